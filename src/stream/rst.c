/* Judges RSTs. Anybody can hit the window, few its edge, and none keeps a side from going on. */
#include "stream/rst.h"

#include "stream/fin.h"

/* Is the RST where its sender's own would be (RFC 5961 section 3.2)? Anybody can hit the window. */
static bool rst_is_exact(const struct stream_side *side, uint32_t seq)
{
    return seq == side->next || seq == side->acked || seq == side->end ||
           (side->fin && seq == side->fin_seq + FIN_OCTET);
}

static void set_rst(struct stream_side *side, uint32_t seq, helo_time time)
{
    side->rst = true;
    side->rst_doubted = !rst_is_exact(side, seq);
    side->rst_seq = seq;
    side->rst_time = time;
}

void stream_note_rst(struct stream *stream, enum helo_side s, uint32_t seq, helo_time time)
{
    set_rst(&stream->side[s], seq, time);
    stream->side[s].rst_early = true;
}

enum stream_verdict rst_take(struct stream *stream, enum helo_side s, const struct segment *segment)
{
    struct stream_side *side = &stream->side[s];
    if (sequence_after(segment->seq, side->next) < 0 && segment->seq != side->acked) {
        stream->counts->out_of_window++;
        return STREAM_DROPPED;
    }
    bool exact = rst_is_exact(side, segment->seq);
    if (!side->rst || (side->rst_doubted && exact))
        set_rst(side, segment->seq, segment->time);
    if (exact)
        side->rst_early = false;
    return side->rst_doubted ? STREAM_TAKEN : STREAM_RESET;
}

/* A side that sends octets or a FIN behind its RST, or when what was under way must have come, did
 * not send the RST. */
static bool revives(const struct stream *stream, const struct stream_side *side,
                    const struct segment *segment)
{
    if (!side->rst || side->rst_delivered)
        return false;
    bool speaks = segment->payload_len > 0 || (segment->flags & SEGMENT_FIN) != 0;
    bool behind = segment->payload_len > 0 &&
                  sequence_after(segment->seq + segment->payload_len, side->rst_seq) > 0;
    bool late = stream->clock - side->rst_time >= CAUSAL_WAIT;
    return behind || (speaks && late);
}

/* Nor did a side whose peer says something new when it must have received the RST. */
static bool outlives(const struct stream_side *side, const struct stream_side *peer,
                     const struct segment *segment)
{
    return side->rst && !side->rst_delivered && segment->payload_len > 0 &&
           sequence_after(segment->seq + segment->payload_len, peer->end) > 0 &&
           segment->time - side->rst_time >= CAUSAL_WAIT;
}

bool rst_refute(struct stream *stream, enum helo_side s, const struct segment *segment)
{
    bool counted = false;
    for (int i = 0; i < HELO_SIDES; i++) {
        struct stream_side *side = &stream->side[i];
        bool refuted = i == (int)s ? revives(stream, side, segment)
                                   : outlives(side, &stream->side[s], segment);
        if (!refuted)
            continue;
        if (!side->rst_doubted)
            stream->consumer.conflict(stream->consumer.context, (enum helo_side)i, side->offset,
                                      segment->time);
        counted |= !side->rst_doubted;
        side->rst = side->rst_doubted = side->rst_early = false;
    }
    return counted;
}

/* A doubted RST was captured before its side's last octets if those have come up to it. */
static void settle_rst(const struct stream *stream, struct stream_side *side)
{
    if (!side->rst_doubted)
        return;
    if (stream_is_over(stream))
        side->rst = side->rst_doubted = false;
    else if (rst_is_exact(side, side->rst_seq))
        side->rst_doubted = false;
}

void rst_tell(struct stream *stream)
{
    for (int s = 0; s < HELO_SIDES; s++)
        settle_rst(stream, &stream->side[s]);
    for (int s = 0; s < HELO_SIDES; s++) {
        struct stream_side *side = &stream->side[s];
        if (side->rst && !side->rst_doubted && !side->rst_delivered) {
            side->rst_delivered = true;
            stream->consumer.end(stream->consumer.context, (enum helo_side)s, STREAM_END_RST,
                                 side->rst_time);
        }
    }
}
