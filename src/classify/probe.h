/* The first segments of a connection, held until it is known what it speaks; and nDPI's look at
 * them. */
#ifndef CLASSIFY_PROBE_H
#define CLASSIFY_PROBE_H

#include "base/limits.h"
#include "classify/ndpi.h"
#include "flow/flow.h"

/* A held segment: its payload is owned, its MAC addresses are gone. */
struct probe_segment {
    struct probe_segment *next;
    struct segment segment;
    helo_time clock; /* the engine's when it came */
    uint8_t direction;
    bool shown; /* to nDPI */
    uint8_t octets[];
};

struct probe {
    struct probe_segment *first;
    struct probe_segment *last;
    struct naming_flow *naming; /* NULL: nDPI was not asked */
    const char *interface;      /* where its first segment was captured live; NULL: file */
    uint32_t octets;            /* seen, of payload: also after the segments were let go */
    uint16_t count;             /* of segments seen */
    bool foreign;               /* it is not SMTP; what else is being found out */
    bool full;                  /* nothing more is held, though it is not over */
};

/* Makes an empty one; NULL without memory. */
struct probe *probe_new(struct mem *mem);

/* True if it may hold the segment as well: LIMIT_CLASSIFY_PACKETS, LIMIT_CLASSIFY_OCTETS. */
bool probe_has_room(const struct probe *probe, const struct segment *segment);

/* Holds a copy of the segment. False without memory. */
bool probe_hold(struct mem *mem, struct probe *probe, unsigned direction,
                const struct segment *segment, helo_time clock);

/* The octets of one direction in order from seq on, as far as they are held: a slice of room, which
 * has LIMIT_CLASSIFY_OCTETS, or of the only segment that has any. */
struct helo_slice probe_octets(const struct probe *probe, unsigned direction, uint32_t seq,
                               uint8_t *room);

/* True if two held segments of a direction differ in octets at the same place. */
bool probe_contradicts(const struct probe *probe);

/* True if a held segment of the other direction acknowledges octets of this one from seq on. */
bool probe_is_acknowledged(const struct probe *probe, unsigned direction, uint32_t seq);

/* Shows nDPI what it has not seen of the held segments; client is the client's direction. Returns
 * the protocol, or NAMING_UNKNOWN. */
uint16_t probe_name(struct mem *mem, struct probe *probe, struct naming *naming, unsigned client);

/* Frees the segments; the rest stays. */
void probe_let_go(struct mem *mem, struct probe *probe);

/* Frees all of it; NULL is allowed. */
void probe_free(struct mem *mem, struct probe *probe);

#endif
