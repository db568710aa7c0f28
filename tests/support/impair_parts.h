/* The single impairments, each a pass over a list of segments. */
#ifndef SUPPORT_IMPAIR_PARTS_H
#define SUPPORT_IMPAIR_PARTS_H

#include "prng.h"
#include "synth.h"

/* Cuts segments into pieces of 1 … most octets; of ten segments, share are cut. */
void impair_cut(struct synth *synth, struct prng *prng, uint32_t most, unsigned share);

/* Lets some segments begin earlier, with octets that were sent before. */
void impair_overlap(struct synth *synth, struct prng *prng);

/* Adds copies up to IMPAIR_LATE later: the segments as they were or, if fresh, as a sender makes
 * them anew, with other boundaries and its acknowledgement of that time. */
void impair_copy(struct synth *synth, struct prng *prng, bool fresh);

/* Adds acknowledgements that were already given; zero: with a closed window, then an open one. */
void impair_ack(struct synth *synth, struct prng *prng, bool zero);

/* Lets some packets but SYNs be late. */
void impair_reorder(struct synth *synth, struct prng *prng);

/* Lets all packets of one side be late by the same time. */
void impair_skew(struct synth *synth, struct prng *prng);

/* Puts all packets of one side before those of the other, times as they are. */
void impair_sides(struct synth *synth, struct prng *prng);

/* Adds keep-alives (RFC 9293 section 3.8.4) where everything is acknowledged. */
void impair_keepalive(struct synth *synth, struct prng *prng);

/* Adds segments from somebody who knows the addresses but not the sequence numbers. */
void impair_forge(struct synth *synth, struct prng *prng);

/* Marks segments to become IP fragments. */
void impair_fragment(struct synth *synth, struct prng *prng);

/* Marks all segments to be padded. */
void impair_pad(struct synth *synth);

/* Chooses initial sequence numbers that wrap within each stream. */
void impair_wrap(struct synth *synth, struct prng *prng);

/* Takes away some segments with octets. */
void impair_drop(struct synth *synth, struct prng *prng);

#endif
