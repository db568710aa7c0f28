/* Other ways over the wire for the same dialogue, made from a seed. */
#ifndef SUPPORT_IMPAIR_H
#define SUPPORT_IMPAIR_H

#include "prng.h"
#include "synth.h"

/* What may happen to a capture without changing what was said; the names stand in EXCEPT. */
enum impair_kind {
    IMPAIR_CUT,       /* cut: segments in pieces, down to single octets */
    IMPAIR_OVERLAP,   /* overlap: segments that begin with octets already sent */
    IMPAIR_COPY,      /* copy: retransmissions, whole, merged, with other boundaries */
    IMPAIR_ACK,       /* ack: acknowledgements said again */
    IMPAIR_ZERO,      /* zero: windows closed and opened */
    IMPAIR_REORDER,   /* reorder: packets late by up to 50 ms */
    IMPAIR_SKEW,      /* skew: one direction late by up to 50 ms */
    IMPAIR_SIDES,     /* sides: all of one direction, then all of the other */
    IMPAIR_KEEPALIVE, /* keepalive: an octet of garbage below the edge */
    IMPAIR_FORGE,     /* forge: SYN, RST, FIN, ACK and data that no end has sent */
    IMPAIR_FRAGMENT,  /* fragment: IP fragments, also backwards */
    IMPAIR_PAD,       /* pad: garbage behind short datagrams */
    IMPAIR_WRAP,      /* wrap: sequence numbers pass 2^32 in the middle */
    IMPAIR_KINDS
};

#define IMPAIR_BIT(kind) (1u << (kind))

/* Longest that one packet or one side is late. */
#define IMPAIR_LATE (50 * HELO_MILLISECOND)

struct impaired {
    struct synth *synth; /* borrows the original's octets */
    unsigned kinds;      /* bits of what was done */
    bool acks_changed;   /* copies acknowledge more than the originals did */
};

/* The name of a kind as it stands in EXCEPT. */
const char *impair_name(enum impair_kind kind);

/* A variant of the same meaning: a random choice of the kinds that the transcript allows. */
struct impaired impair_make(const struct transcript *transcript, const struct synth *clean,
                            uint64_t seed);

/* The same with these kinds, as far as the transcript allows them. */
struct impaired impair_with(const struct transcript *transcript, const struct synth *clean,
                            uint64_t seed, unsigned kinds);

/* The clean segments in pieces: of one octet each, or at random. */
struct impaired impair_cut_bytes(const struct synth *clean);
struct impaired impair_cut_random(const struct synth *clean, uint64_t seed);

/* A variant of which some segments with octets were never captured, perhaps impaired besides. */
struct impaired impair_lose(const struct transcript *transcript, const struct synth *clean,
                            uint64_t seed);

/* Two connections on one tuple, the second a while after the first: its numbers begin jump further.
 * second must outlive the result, which is the caller's (synth_free_copy). */
struct synth *impair_reuse(const struct synth *first, const struct synth *second, helo_time pause,
                           uint32_t jump);

void impair_free(struct impaired *impaired);

#endif
