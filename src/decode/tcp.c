/* Reads the TCP header into the segment. */
#include "decode/tcp.h"

#include "base/bytes.h"
#include "decode/checksum.h"

#define HEADER_MIN 20u
#define FLAGS      0x3fu

enum option { OPTION_END = 0, OPTION_NOP = 1, OPTION_WINDOW_SCALE = 3 };

/* RFC 7323 section 2.3: a larger shift counts as 14. */
#define SCALE_MAX 14

/* A malformed option ends the list, as it does in the hosts: what came before it counts. */
static int8_t window_scale(const uint8_t *option, uint32_t left)
{
    int8_t scale = -1;

    for (uint32_t size; left != 0 && option[0] != OPTION_END; option += size, left -= size) {
        size = 1;
        if (option[0] == OPTION_NOP)
            continue;
        size = left > 1 ? option[1] : 0;
        if (size < 2 || size > left)
            break;
        if (option[0] == OPTION_WINDOW_SCALE && size == 3)
            scale = (int8_t)(option[2] < SCALE_MAX ? option[2] : SCALE_MAX);
    }
    return scale;
}

/* The pseudo-header of RFC 9293 section 3.1 and RFC 8200 section 8.1, then header and payload. */
static bool damaged(const struct walk *walk)
{
    const struct segment *segment = walk->segment;
    size_t address = segment->family == 4 ? 4 : 16;

    if (walk->left < walk->wire || walk->rerouted)
        return false;
    uint64_t sum = 6u + (uint64_t)walk->wire;
    sum = checksum_add(sum, segment->source, address);
    sum = checksum_add(sum, segment->destination, address);
    return !checksum_right(checksum_add(sum, walk->at, walk->left));
}

enum layer tcp_read(struct walk *walk)
{
    struct segment *segment = walk->segment;

    if (!walk_holds(walk, HEADER_MIN, HELO_UNDECODABLE_TCP_HEADER))
        return LAYER_BAD;
    const uint8_t *tcp = walk->at;
    uint32_t header = (uint32_t)(tcp[12] >> 4) * 4u;
    if (header < HEADER_MIN || header > walk->wire)
        return walk_fail(walk, HELO_UNDECODABLE_TCP_HEADER);
    if (walk->verify_checksums && damaged(walk))
        return walk_fail(walk, HELO_UNDECODABLE_CHECKSUM);

    segment->source_port = bytes_u16(tcp);
    segment->destination_port = bytes_u16(tcp + 2);
    segment->seq = bytes_u32(tcp + 4);
    segment->flags = tcp[13] & FLAGS;
    segment->ack = (segment->flags & SEGMENT_ACK) != 0 ? bytes_u32(tcp + 8) : 0;
    segment->window = bytes_u16(tcp + 14);
    segment->window_scale = -1;
    segment->doubtful = walk->doubtful || (segment->flags & SEGMENT_URG) != 0;
    if ((segment->flags & SEGMENT_SYN) != 0) {
        /* Without its options a SYN would claim that windows are not scaled. */
        if (walk->left < header)
            return walk_fail(walk, HELO_UNDECODABLE_TRUNCATED);
        segment->window_scale = window_scale(tcp + HEADER_MIN, header - HEADER_MIN);
    }
    uint32_t seen = walk->left > header ? walk->left - header : 0;
    segment->payload = seen != 0 ? tcp + header : NULL;
    segment->payload_len = seen;
    segment->cut = walk->wire - header - seen;
    return LAYER_SEGMENT;
}
