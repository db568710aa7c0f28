/* Judges FINs. Anybody can put one into a window, so what the peers do decides. */
#include "stream/fin.h"

#include "stream/held.h"

void fin_clip(const struct stream_side *side, struct piece *piece)
{
    int32_t room = side->fin ? sequence_after(side->fin_seq, piece->seq) : INT32_MAX;
    uint32_t most = room > 0 ? (uint32_t)room : 0;
    if (piece->len + piece->cut <= most)
        return;
    piece->len = piece->len < most ? piece->len : most;
    piece->cut = piece->cut < most - piece->len ? piece->cut : most - piece->len;
}

void fin_weigh(struct stream *stream, enum helo_side s, struct piece *piece)
{
    struct stream_side *side = &stream->side[s];
    uint32_t end = piece->seq + piece->len + piece->cut;
    if (!side->fin || sequence_after(end, side->fin_seq) <= 0)
        return;
    if (side->fin_delivered || fin_is_acked(side)) {
        fin_clip(side, piece);
        return;
    }
    side->fin = false;
    stream->consumer.conflict(stream->consumer.context, s, side->offset, piece->time);
}

/* A FIN that acknowledges one octet more than there was came after the other side's own, which
 * nobody captured. */
static void infer_other_fin(struct stream *stream, enum helo_side s)
{
    const struct stream_side *side = &stream->side[s];
    struct stream_side *other = &stream->side[1 - s];
    if (other->fin || other->waiting_count > 0 || !other->known ||
        sequence_after(side->fin_ack, other->next) != 1)
        return;
    other->fin = true;
    other->fin_seq = other->next;
    other->fin_time = other->fin_arrival = side->fin_time;
    other->fin_delivered = true;
    other->next++;
    held_end(stream, (enum helo_side)(1 - s), side->fin_time);
}

void fin_deliver(struct stream *stream, enum helo_side s)
{
    struct stream_side *side = &stream->side[s];
    if (fin_is_acked(side) || side_is_absent(stream, &stream->side[1 - s]))
        infer_other_fin(stream, s);
    side->fin_delivered = true;
    side->guessed = false;
    side->next++;
    held_end(stream, s, side->fin_time);
}

void fin_note(struct stream *stream, struct stream_side *side, const struct segment *segment,
              uint32_t seq)
{
    if ((segment->flags & SEGMENT_FIN) == 0 || side->fin_delivered)
        return;
    if (side->fin && seq == side->fin_seq) {
        if (sequence_after(side->fin_ack, segment->ack) > 0)
            side->fin_ack = segment->ack;
        return;
    }
    if (sequence_after(seq, side->next) < 0 || fin_is_acked(side))
        return; /* octets behind it are delivered, or another FIN holds */
    side->fin = true;
    side->fin_seq = seq;
    side->fin_ack = segment->ack;
    side->fin_time = segment->time;
    side->fin_arrival = stream->clock;
}

bool fin_refute(struct stream *stream, enum helo_side s, helo_time time)
{
    struct stream_side *side = &stream->side[s];
    bool told = side->fin_delivered;
    bool acked = sequence_after(side->acked, side->fin_seq) > FIN_OCTET;
    bool said = sequence_after(side->end, side->fin_seq) > FIN_OCTET;
    if (!side->fin || (told && !said) ||
        (!acked && !side_is_absent(stream, &stream->side[1 - s])) || (!told && !acked))
        return false;
    side->fin = side->fin_delivered = false;
    if (told) {
        side->next--;
        held_resume(stream, s);
    }
    stream->consumer.conflict(stream->consumer.context, s, side->offset, time);
    return told;
}
