/* Packets on their way to the workers: decoded, with copies of what the decoder lent. */
#ifndef ENGINE_BATCH_H
#define ENGINE_BATCH_H

#include "base/limits.h"
#include "decode/segment.h"

#define BATCH_NOBODY UINT16_MAX

struct batch_segment {
    struct segment segment;
    const char *interface;
    uint8_t mac[2][6];
};

/* One reader fills it, then all workers read it; each looks at every step's clock and follows the
 * segments that are its own. */
struct batch {
    uint64_t first; /* the number of its first step */
    uint32_t steps;
    bool flush; /* its last step ends all connections */
    size_t octets_used;
    helo_time clock[LIMIT_BATCH_STEPS];
    uint16_t owner[LIMIT_BATCH_STEPS]; /* BATCH_NOBODY: no segment */
    struct batch_segment segments[LIMIT_BATCH_STEPS];
    uint8_t octets[LIMIT_BATCH_OCTETS];
};

/* True if it has room for another step with this segment (NULL: none). */
bool batch_has_room(const struct batch *batch, const struct segment *segment);

/* Adds a step; there is room. */
void batch_add(struct batch *batch, helo_time now, const struct segment *segment,
               const char *interface, uint16_t owner);

/* Empties it. */
void batch_begin(struct batch *batch, uint64_t first);

#endif
