/* Waiting segments: sorted insertion without overlap, first bytes win. */
#include "stream/waiting.h"

#include <string.h>

struct stream_segment *segment_make(struct stream *stream, const uint8_t *data, uint32_t len)
{
    struct stream_segment *segment = mem_take(stream->mem, sizeof(*segment) + len);
    if (segment == NULL)
        return NULL;
    *segment = (struct stream_segment){.len = len};
    if (len > 0)
        memcpy(segment->data, data, len);
    *stream->buffered += len;
    return segment;
}

void segment_free(struct stream *stream, struct stream_segment *segment)
{
    *stream->buffered -= segment->len;
    mem_give(stream->mem, segment, sizeof(*segment) + segment->len);
}

/* The number of waiting segments that begin at or before seq. */
static uint32_t find(const struct stream_side *side, uint32_t seq)
{
    uint32_t low = 0;
    uint32_t high = side->waiting_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (sequence_after(side->waiting[middle]->seq, seq) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool grow(struct stream *stream, struct stream_side *side)
{
    uint32_t size = side->waiting_size > 0 ? side->waiting_size * 2 : 8;
    struct stream_segment **waiting = mem_resize(
        stream->mem, side->waiting, side->waiting_size * sizeof(*waiting), size * sizeof(*waiting));
    if (waiting == NULL)
        return false;
    side->waiting = waiting;
    side->waiting_size = size;
    return true;
}

static enum waiting_result insert_at(struct stream *stream, struct stream_side *side,
                                     uint32_t index, const struct piece *piece)
{
    if (side->waiting_count >= LIMIT_WAITING_SEGMENTS ||
        piece->len > LIMIT_WAITING_BYTES - side->waiting_bytes)
        return WAITING_FULL;
    if (side->waiting_count == side->waiting_size && !grow(stream, side))
        return WAITING_FAILED;
    struct stream_segment *segment = segment_make(stream, piece->data, piece->len);
    if (segment == NULL)
        return WAITING_FAILED;
    segment->time = piece->time;
    segment->arrival = stream->clock;
    segment->seq = piece->seq;
    segment->ack = piece->ack;
    segment->has_ack = piece->has_ack;
    segment->cut = piece->cut;
    memmove(side->waiting + index + 1, side->waiting + index,
            (side->waiting_count - index) * sizeof(*side->waiting));
    side->waiting[index] = segment;
    side->waiting_count++;
    side->waiting_bytes += piece->len;
    return WAITING_QUEUED;
}

static void advance(struct piece *piece, uint32_t by)
{
    if (by == 0)
        return; /* a piece without octets has no data to step over */
    piece->data += by;
    piece->seq += by;
    piece->len -= by;
}

/* Cuts a waiting segment in two behind its first octets; false without memory or room. */
static bool split(struct stream *stream, struct stream_side *side, uint32_t index, uint32_t octets)
{
    struct stream_segment *whole = side->waiting[index];
    struct piece rest = {whole->data + octets, whole->seq + octets, whole->len - octets, whole->cut,
                         whole->ack,           whole->has_ack,      whole->time};
    struct stream_segment *front = segment_make(stream, whole->data, octets);
    if (front == NULL)
        return false;
    front->time = whole->time;
    front->arrival = whole->arrival;
    front->seq = whole->seq;
    front->ack = whole->ack;
    front->has_ack = whole->has_ack;
    if (insert_at(stream, side, index + 1, &rest) != WAITING_QUEUED) {
        segment_free(stream, front);
        return false;
    }
    side->waiting[index + 1]->arrival = whole->arrival;
    side->waiting[index] = front;
    side->waiting_bytes -= rest.len;
    segment_free(stream, whole);
    return true;
}

/* Does this waiting segment acknowledge more than the next one, of which it is known that its side
 * sent it after this one? What lies beyond a hole may be anybody's. */
static bool is_ahead_of_next(const struct stream_side *side, uint32_t index)
{
    if (index + 1 >= side->waiting_count)
        return false;
    const struct stream_segment *segment = side->waiting[index];
    const struct stream_segment *after = side->waiting[index + 1];
    bool adjoins = segment->seq + segment->len + segment->cut == after->seq;
    return segment->has_ack && after->has_ack && sequence_after(segment->ack, after->ack) > 0 &&
           (adjoins || sequence_after(side->acked, after->seq) > 0);
}

/* Acknowledgements never go back from one octet to a later one: a copy that was sent late tells
 * more than the original did, but not more than what is known of later octets. */
static void keep_acks_in_order(struct stream_side *side, uint32_t index)
{
    if (is_ahead_of_next(side, index))
        side->waiting[index]->ack = side->waiting[index + 1]->ack;
    for (; index > 0 && is_ahead_of_next(side, index - 1); index--)
        side->waiting[index - 1]->ack = side->waiting[index]->ack;
}

/* Another copy acknowledges less: those octets were first sent when it was. Only they. */
static void lower_ack(struct stream *stream, struct stream_side *side, uint32_t index,
                      uint32_t into, uint32_t covered, uint32_t ack)
{
    if (into > 0) {
        if (!split(stream, side, index, into))
            return;
        index++;
    }
    if (covered < side->waiting[index]->len && !split(stream, side, index, covered))
        return;
    side->waiting[index]->ack = ack;
    keep_acks_in_order(side, index);
}

/* Compares the piece's start with the segment that covers it and steps over what it covers. */
static void step_over(struct stream *stream, struct stream_side *side, uint32_t index,
                      struct piece *piece, bool *conflict)
{
    const struct stream_segment *segment = side->waiting[index];
    uint32_t into = piece->seq - segment->seq;
    uint32_t covered = segment->len - into;
    if (covered > piece->len)
        covered = piece->len;
    if (memcmp(segment->data + into, piece->data, covered) != 0)
        *conflict = true;
    else if (piece->has_ack && segment->has_ack && sequence_after(segment->ack, piece->ack) > 0)
        lower_ack(stream, side, index, into, covered, piece->ack);
    advance(piece, covered);
}

/* Octets of the segment from seq on. */
static uint32_t octets_from(const struct stream_segment *segment, uint32_t seq)
{
    uint32_t into = seq - segment->seq;
    return into < segment->len ? segment->len - into : 0;
}

/* Cut-off octets alone: what a waiting segment has of them is not missing. False if it has all. */
static bool step_cut(const struct stream_segment *segment, struct piece *piece)
{
    uint32_t here = octets_from(segment, piece->seq);
    piece->seq += here;
    piece->cut -= here < piece->cut ? here : piece->cut;
    return piece->cut > 0;
}

enum waiting_result waiting_insert(struct stream *stream, struct stream_side *side,
                                   const struct piece *piece, bool *conflict)
{
    struct piece rest = *piece;
    bool bare_cut = rest.len == 0 && rest.cut > 0;

    while (rest.len > 0 || bare_cut) {
        uint32_t index = find(side, rest.seq);
        struct stream_segment *before = index > 0 ? side->waiting[index - 1] : NULL;
        if (before != NULL && octets_from(before, rest.seq) > 0) {
            if (bare_cut) {
                bare_cut = step_cut(before, &rest);
                continue;
            }
            step_over(stream, side, index - 1, &rest, conflict);
            continue;
        }
        struct piece part = rest;
        if (index < side->waiting_count) {
            uint32_t room = side->waiting[index]->seq - rest.seq;
            if (part.len > room)
                part.len = room;
        }
        if (part.len < rest.len)
            part.cut = 0;
        enum waiting_result result = insert_at(stream, side, index, &part);
        if (result != WAITING_QUEUED)
            return result;
        keep_acks_in_order(side, index);
        advance(&rest, part.len);
        bare_cut = false;
    }
    return WAITING_QUEUED;
}

/* Do both have octets for some place, and others? */
static bool differs(const struct stream_segment *segment, const struct piece *piece)
{
    int32_t into = sequence_after(segment->seq, piece->seq); /* where it begins in the piece */
    uint32_t from = into < 0 ? (uint32_t)-into : 0;
    uint32_t at = into < 0 ? 0 : (uint32_t)into;
    if (from >= segment->len || at >= piece->len)
        return false;
    uint32_t len = segment->len - from < piece->len - at ? segment->len - from : piece->len - at;
    return memcmp(segment->data + from, piece->data + at, len) != 0;
}

bool waiting_doubt(struct stream_side *side, const struct piece *piece)
{
    bool doubted = false;
    uint32_t index = find(side, piece->seq);
    uint32_t end = piece->seq + piece->len;
    for (uint32_t i = index > 0 ? index - 1 : 0;
         i < side->waiting_count && sequence_after(side->waiting[i]->seq, end) < 0; i++) {
        struct stream_segment *segment = side->waiting[i];
        if (!differs(segment, piece))
            continue;
        doubted = true;
        if (piece->has_ack && sequence_after(piece->ack, segment->ack) > 0)
            segment->ack = piece->ack;
    }
    return doubted;
}

struct stream_segment *waiting_shift(struct stream *stream, struct stream_side *side)
{
    struct stream_segment *first = side->waiting[0];
    side->waiting_count--;
    side->waiting_bytes -= first->len;
    memmove(side->waiting, side->waiting + 1, side->waiting_count * sizeof(*side->waiting));
    waiting_trim(stream, side);
    return first;
}

bool waiting_drop_farthest(struct stream *stream, struct stream_side *side, uint32_t seq)
{
    if (side->waiting_count == 0)
        return false;
    struct stream_segment *last = side->waiting[side->waiting_count - 1];
    if (sequence_after(last->seq, seq) <= 0)
        return false;
    side->waiting_count--;
    side->waiting_bytes -= last->len;
    segment_free(stream, last);
    return true;
}

void waiting_trim(struct stream *stream, struct stream_side *side)
{
    if (side->waiting_count > 0 || side->waiting == NULL)
        return;
    mem_give(stream->mem, side->waiting, side->waiting_size * sizeof(*side->waiting));
    side->waiting = NULL;
    side->waiting_size = 0;
}
