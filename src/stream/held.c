/* The queue behind a consumer's stop: octets, gaps and the end, in order. */
#include "stream/held.h"

#include "stream/waiting.h"

static void append(struct stream_side *side, struct stream_segment *segment)
{
    segment->next = NULL;
    *(side->held != NULL ? &side->held_last->next : &side->held) = segment;
    side->held_last = segment;
    side->held_bytes += segment->len;
}

static void shift(struct stream *stream, struct stream_side *side)
{
    struct stream_segment *first = side->held;
    side->held = first->next;
    side->held_bytes -= first->len;
    segment_free(stream, first);
}

/* Without memory the octets become a gap: lost, but not silently. */
static void hold(struct stream *stream, enum helo_side s, const struct stream_chunk *chunk)
{
    struct stream_segment *segment = segment_make(stream, chunk->data, (uint32_t)chunk->len);
    if (segment == NULL) {
        held_release(stream, s, true);
        stream->counts->gaps++;
        stream->counts->gap_bytes += chunk->len;
        stream->consumer.gap(stream->consumer.context, s, chunk->offset, chunk->len, chunk->time);
        return;
    }
    segment->time = chunk->time;
    segment->offset = chunk->offset;
    segment->acked = chunk->acked;
    segment->early = chunk->early;
    append(&stream->side[s], segment);
}

/* Offers the first held item; false if the consumer stays where it is. */
static bool offer(struct stream *stream, enum helo_side s, size_t *taken, bool forced)
{
    struct stream_side *side = &stream->side[s];
    struct stream_segment *first = side->held;
    struct stream_consumer *consumer = &stream->consumer;

    if (first->gap > 0) {
        consumer->gap(consumer->context, s, first->offset, first->gap, first->time);
    } else if (first->is_fin) {
        consumer->end(consumer->context, s, STREAM_END_FIN, first->time);
    } else {
        struct stream_chunk chunk = {.data = first->data + *taken,
                                     .len = first->len - *taken,
                                     .offset = first->offset + *taken,
                                     .acked = first->acked,
                                     .time = first->time,
                                     .forced = forced,
                                     .early = first->early};
        size_t n = consumer->bytes(consumer->context, s, &chunk);
        if (n < chunk.len) {
            *taken += n;
            return false;
        }
    }
    *taken = 0;
    shift(stream, side);
    return true;
}

/* Replaces the first held segment, of which some octets were taken, by its rest. */
static void keep_rest(struct stream *stream, struct stream_side *side, size_t taken)
{
    struct stream_segment *first = side->held;
    if (taken == 0)
        return;
    struct stream_segment *rest =
        segment_make(stream, first->data + taken, first->len - (uint32_t)taken);
    if (rest == NULL) {
        /* Offered again from where it stands is better than twice: drop it as a gap. */
        first->gap = first->len - taken;
        first->offset += taken;
        return;
    }
    rest->time = first->time;
    rest->offset = first->offset + taken;
    rest->acked = first->acked;
    rest->early = first->early;
    rest->next = first->next;
    if (side->held_last == first)
        side->held_last = rest;
    side->held_bytes -= (uint32_t)taken;
    side->held = rest;
    segment_free(stream, first);
}

void held_release(struct stream *stream, enum helo_side s, bool forced)
{
    struct stream_side *side = &stream->side[s];
    size_t taken = 0;
    while (side->held != NULL && offer(stream, s, &taken, forced))
        ;
    if (side->held != NULL)
        keep_rest(stream, side, taken);
}

void held_bytes(struct stream *stream, enum helo_side s, const struct stream_chunk *chunk)
{
    struct stream_side *side = &stream->side[s];
    struct stream_side *other = &stream->side[1 - s];
    struct stream_chunk rest = *chunk;

    while (side->held == NULL && rest.len > 0) {
        size_t n = stream->consumer.bytes(stream->consumer.context, s, &rest);
        rest.data += n;
        rest.len -= n;
        rest.offset += n;
        if (n == 0)
            break;
        /* It stopped behind what the other side was waiting for: let that catch up first. */
        if (rest.len > 0 && other->held != NULL)
            held_release(stream, (enum helo_side)(1 - s), false);
    }
    if (rest.len > 0) {
        hold(stream, s, &rest);
        if (side->held_bytes >= LIMIT_HELD_BYTES || chunk->forced || other->fin_delivered)
            held_release(stream, s, true);
    }
    if (other->held != NULL)
        held_release(stream, (enum helo_side)(1 - s), false);
}

void held_gap(struct stream *stream, enum helo_side s, uint64_t offset, uint32_t len,
              helo_time time)
{
    struct stream_side *side = &stream->side[s];
    struct stream_segment *segment = side->held != NULL ? segment_make(stream, NULL, 0) : NULL;

    if (segment != NULL) {
        segment->time = time;
        segment->offset = offset;
        segment->gap = len;
        append(side, segment);
    } else {
        held_release(stream, s, true);
        stream->consumer.gap(stream->consumer.context, s, offset, len, time);
    }
    if (stream->side[1 - s].held != NULL)
        held_release(stream, (enum helo_side)(1 - s), false);
}

void held_end(struct stream *stream, enum helo_side s, helo_time time)
{
    struct stream_side *side = &stream->side[s];
    struct stream_segment *segment = side->held != NULL ? segment_make(stream, NULL, 0) : NULL;

    if (segment != NULL) {
        segment->time = time;
        segment->is_fin = true;
        append(side, segment);
    } else {
        held_release(stream, s, true);
        stream->consumer.end(stream->consumer.context, s, STREAM_END_FIN, time);
    }
    if (stream->side[1 - s].held != NULL)
        held_release(stream, (enum helo_side)(1 - s), true);
}

bool held_take_back_end(struct stream *stream, enum helo_side s)
{
    struct stream_side *side = &stream->side[s];
    struct stream_segment *before = NULL;
    for (struct stream_segment *at = side->held; at != NULL; before = at, at = at->next) {
        if (!at->is_fin)
            continue;
        *(before != NULL ? &before->next : &side->held) = at->next;
        if (side->held_last == at)
            side->held_last = before;
        segment_free(stream, at);
        return true;
    }
    return false;
}

bool held_has_end(const struct stream *stream, enum helo_side s)
{
    return stream->side[s].held != NULL && stream->side[s].held_last->is_fin;
}

void held_drop(struct stream *stream, enum helo_side s)
{
    struct stream_side *side = &stream->side[s];
    while (side->held != NULL)
        shift(stream, side);
}
