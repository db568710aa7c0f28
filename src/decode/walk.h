/* The cursor that walks down a packet's layers, and the names of what can come next. */
#ifndef DECODE_WALK_H
#define DECODE_WALK_H

#include "base/limits.h"
#include "decode/fragment.h"
#include "decode/segment.h"
#include "heloscope/event.h"

/* Every tunnel is a level of nesting, so the list never overflows. */
_Static_assert(HELO_MAX_TUNNELS == LIMIT_NESTING, "the tunnels of a segment have room");

/* What the octets at the cursor are, or how the walk ended. */
enum layer {
    LAYER_VLAN, /* the four octets after a VLAN EtherType */
    LAYER_IP,   /* the version octet tells which */
    LAYER_IPV4,
    LAYER_IPV6,
    LAYER_TCP,
    LAYER_IPV4_IN_IP,
    LAYER_IPV6_IN_IP,
    LAYER_UDP,
    LAYER_GRE,
    LAYER_MPLS,
    LAYER_PPPOE,
    LAYER_SEGMENT, /* the end: the segment is filled */
    LAYER_OTHER,   /* the end: nothing that leads to TCP */
    LAYER_HELD,    /* the end: a fragment that waits for the others */
    LAYER_BAD,     /* the end: walk.reason says why */
};

/* Each layer's reader checks what it needs, steps over it and returns the next layer. */
struct walk {
    const uint8_t *at;
    uint32_t left; /* octets captured at the cursor */
    /* Between left and wire: as neighbours they get written one by one and read as a pair, for
     * which the processor waits 12 cycles per layer. */
    unsigned depth;
    uint32_t wire; /* octets that the layers so far say there were, never less than left */
    bool verify_checksums;
    bool rerouted;   /* the IP destination is not yet the one in the TCP checksum */
    bool fragmented; /* the fragment table was used */
    bool doubtful;   /* by fragments that differed */
    helo_time now;
    struct fragment_table *fragments;
    struct segment *segment;
    enum helo_undecodable reason;
};

static inline enum layer walk_fail(struct walk *walk, enum helo_undecodable reason)
{
    walk->reason = reason;
    return LAYER_BAD;
}

/* True if n octets are there. If not, the reason tells a capture that was cut from a header that
 * never was whole. */
static inline bool walk_holds(struct walk *walk, uint32_t n, enum helo_undecodable malformed)
{
    if (walk->left >= n)
        return true;
    walk->reason = walk->wire < n ? malformed : HELO_UNDECODABLE_TRUNCATED;
    return false;
}

/* Steps over n octets; the caller has checked them with walk_holds. */
static inline void walk_step(struct walk *walk, uint32_t n)
{
    walk->at += n;
    walk->left -= n;
    walk->wire -= n;
}

/* Forgets what lies behind the first total octets (padding, checksums of the link). */
static inline void walk_trim(struct walk *walk, uint32_t total)
{
    walk->wire = total;
    if (walk->left > total)
        walk->left = total;
}

/* The octets behind the header at the cursor are no more than a copy of the packet's beginning: how
 * long it was, its own headers tell. */
static inline void walk_continue_unseen(struct walk *walk)
{
    if (walk->wire < LIMIT_UNSEEN)
        walk->wire = LIMIT_UNSEEN;
}

/* One more tag or tunnel around what matters; false when there are too many. */
static inline bool walk_descend(struct walk *walk)
{
    if (walk->depth == LIMIT_NESTING) {
        walk->reason = HELO_UNDECODABLE_NESTING;
        return false;
    }
    walk->depth++;
    return true;
}

/* Notes that what follows lies in a tunnel; false when there are too many. */
static inline bool walk_enter(struct walk *walk, struct helo_tunnel tunnel)
{
    if (!walk_descend(walk))
        return false;
    walk->segment->tunnel[walk->segment->tunnel_count++] = tunnel;
    return true;
}

#endif
