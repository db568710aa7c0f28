/* FINs: which are their side's own, by what both peers do. */
#ifndef STREAM_FIN_H
#define STREAM_FIN_H

#include "stream/side.h"
#include "stream/waiting.h"

/* A FIN was captured and not told yet. */
static inline bool fin_waits(const struct stream_side *side)
{
    return side->fin && !side->fin_delivered;
}

/* The peer has receivedthe FIN: it acknowledges the number behind the last octet, and never more.
 * Whoever made a FIN up can't make the peer say so without ending the connection in truth. */
static inline bool fin_is_acked(const struct stream_side *side)
{
    return side->fin && sequence_after(side->acked, side->fin_seq) == FIN_OCTET;
}

/* Cuts off what of a piece lies behind its side's FIN: nothing follows one. */
void fin_clip(const struct stream_side *side, struct piece *piece);

/* Octets behind a FIN, about to be delivered: the peer has taken the FIN, and they count for
 * nothing, or it has not, and it was not the side's own. */
void fin_weigh(struct stream *stream, enum helo_side side, struct piece *piece);

/* Tells of a side's FIN, and of the other side's where this one acknowledges one that nobody
 * captured. */
void fin_deliver(struct stream *stream, enum helo_side side);

/* Notes the FIN of a segment, at seq. Of several the last one counts, while none is acknowledged: a
 * TCP sends its FIN again at the same place, so others are not all its own. */
void fin_note(struct stream *stream, struct stream_side *side, const struct segment *segment,
              uint32_t seq);

/* Takes back a FIN that was not its side's own: the peer acknowledges octets behind it. If the
 * consumer has heard of the end already, the acknowledgement of the FIN was made up as well; then
 * somebody must have seen such octets, and of a side alone they are enough. True if the consumer is
 * told. */
bool fin_refute(struct stream *stream, enum helo_side side, helo_time time);

#endif
