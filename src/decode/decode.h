/* From a packet to its TCP segment: link layer, VLAN, IP, fragments, tunnels, TCP header. */
#ifndef DECODE_DECODE_H
#define DECODE_DECODE_H

#include "base/mem.h"
#include "decode/segment.h"
#include "heloscope/event.h"

struct decoder;

enum decode_result {
    DECODE_SEGMENT,     /* *segment is filled */
    DECODE_OTHER,       /* well-formed, but no TCP: nothing to follow */
    DECODE_FRAGMENT,    /* kept; the datagram is not whole yet */
    DECODE_UNDECODABLE, /* *reason says why */
};

/* Makes a decoder that keeps fragments in mem; verify_checksums drops segments whose IPv4 header
 * or TCP checksum is wrong. NULL without memory. Owned by the caller. */
struct decoder *decoder_new(struct mem *mem, bool verify_checksums);

/* Reads one packet (link types: EN10MB, LINUX_SLL, LINUX_SLL2, RAW, IPV4, IPV6, NULL, LOOP).
 * now is the engine's clock, for the fragments' timeout. The segment's pointers stay valid until
 * the next call. */
enum decode_result decode_packet(struct decoder *decoder, const struct helo_packet *packet,
                                 helo_time now, struct segment *segment,
                                 enum helo_undecodable *reason);

/* True if link_type can be read at all. */
bool decode_knows_link_type(int link_type);

/* Frees the decoder and its fragments; NULL is allowed. */
void decoder_free(struct decoder *decoder);

#endif
