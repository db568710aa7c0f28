/* The packets of a plain pcap file, read in large blocks and handed over where they lie: libpcap
 * reads each with two calls and copies it, which costs as much as following it. */
#ifndef CAPTURE_BLOCKS_H
#define CAPTURE_BLOCKS_H

#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdio.h>

#define BLOCKS_HEAD 24 /* octets of a file's header */

struct blocks;

enum blocks_result {
    BLOCKS_PACKET,
    BLOCKS_REST, /* what comes next, be it the end, is libpcap's to judge, whose file stands there
                  */
};

/* Makes a reader of the packets that pcap, just opened with nanosecond stamps, would read from a
 * file that can be repositioned; head is its file header. NULL if that is no plain
 * pcap, or without memory: libpcap reads on. pcap is borrowed for the reader's lifetime. */
struct blocks *blocks_new(pcap_t *pcap, const uint8_t head[BLOCKS_HEAD]);

/* The next packet, as libpcap would give it; its octets stay until the next call. */
enum blocks_result blocks_next(struct blocks *blocks, struct pcap_pkthdr *header,
                               const uint8_t **data);

/* One of the packets after that, each once, as far as they are read and at most
 * LIMIT_CAPTURE_AHEAD before they are next; false if there is none. Its octets stay until it is
 * next. */
bool blocks_ahead(struct blocks *blocks, struct pcap_pkthdr *header, const uint8_t **data);

/* Octets of the file that have been read, its header included. */
uint64_t blocks_read_bytes(const struct blocks *blocks);

/* NULL is allowed. */
void blocks_free(struct blocks *blocks);

#endif
