/* From a dialogue to TCP segments: handshake, flights, acknowledgements, teardown, times. */
#include "synth.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"

#define SYNTH_START   (INT64_C(1700000000) * HELO_SECOND)
#define SYNTH_SPACING (20 * HELO_MICROSECOND) /* between segments of one flight */
#define SYNTH_DELACK  (40 * HELO_MILLISECOND) /* an acknowledgement that nothing carries */

/* The dialogue as it is being played. */
struct player {
    const struct transcript *transcript;
    struct synth *made;
    helo_time now;
    uint32_t next[HELO_SIDES];      /* relative sequence number of what is sent next */
    uint32_t received[HELO_SIDES];  /* what the side has received from the other, as an ack */
    uint32_t acked[HELO_SIDES];     /* the highest ack that the side has sent */
    uint32_t flight[HELO_SIDES];    /* relative sequence number where the last flight began */
    uint32_t starts[HELO_SIDES][8]; /* the last segments' first numbers, newest first */
    bool finished[HELO_SIDES];
    int64_t cross; /* -1: none */
    bool speaking;
    enum helo_side speaker;
};

static enum helo_side other(enum helo_side side)
{
    return side == HELO_CLIENT ? HELO_SERVER : HELO_CLIENT;
}

void synth_add(struct synth *synth, const struct synth_segment *segment)
{
    synth->segments =
        grow_array(synth->segments, &synth->capacity, synth->count, sizeof *synth->segments);
    synth->segments[synth->count++] = *segment;
}

static bool hidden(const struct player *p, const struct synth_segment *s)
{
    const struct transcript *t = p->transcript;
    if (t->one_sided && s->side != t->seen_side)
        return true;
    if (t->midstream && (s->seq == 0 || (s->seq == 1 && s->ack == 1 && s->length == 0)))
        return (s->flags & (SYNTH_FIN | SYNTH_RST)) == 0;
    return t->lose_acks && s->length == 0 && s->flags == SYNTH_ACK;
}

static void emit(struct player *p, enum helo_side side, uint32_t seq, uint32_t length,
                 unsigned flags)
{
    struct synth_segment s = {.time = p->now,
                              .side = side,
                              .seq = seq,
                              .ack = p->received[side],
                              .window = SYNTH_WINDOW,
                              .flags = (uint8_t)flags,
                              .length = length};
    if (length > 0)
        s.data = p->made->stream[side].bytes + (seq - 1);
    if ((flags & SYNTH_ACK) == 0)
        s.ack = 0;
    p->acked[side] = s.ack;
    if (!hidden(p, &s))
        synth_add(p->made, &s);
}

static void pure_ack(struct player *p, enum helo_side side)
{
    p->received[side] = p->next[other(side)];
    if (p->acked[side] != p->received[side])
        emit(p, side, p->next[side], 0, SYNTH_ACK);
}

static void handshake(struct player *p)
{
    emit(p, HELO_CLIENT, 0, 0, SYNTH_SYN);
    p->next[HELO_CLIENT] = 1;
    p->received[HELO_SERVER] = 1;
    p->now += SYNTH_HOP;
    emit(p, HELO_SERVER, 0, 0, SYNTH_SYN | SYNTH_ACK);
    p->next[HELO_SERVER] = 1;
    p->received[HELO_CLIENT] = 1;
    p->now += SYNTH_HOP;
    emit(p, HELO_CLIENT, 1, 0, SYNTH_ACK);
    p->flight[HELO_CLIENT] = p->flight[HELO_SERVER] = 1;
}

/* The segment's octets that are captured, in as many pieces as that makes. */
static void emit_captured(struct player *p, enum helo_side side, uint32_t length, bool last)
{
    uint32_t seq = p->next[side];
    const bool *lost = p->made->stream[side].lost + (seq - 1);
    for (uint32_t from = 0; from < length;) {
        uint32_t to = from + 1;
        while (to < length && lost[to] == lost[from])
            to++;
        if (!lost[from])
            emit(p, side, seq + from, to - from,
                 SYNTH_ACK | (last && to == length ? (unsigned)SYNTH_PSH : 0));
        from = to;
    }
}

/* What the speaker has received when its flight begins: all, unless it crosses the other's. */
static void settle_received(struct player *p, enum helo_side side)
{
    enum helo_side peer = other(side);
    uint32_t known = p->next[peer];
    if (p->cross == 0)
        known = p->flight[peer];
    else if (p->cross > 0)
        known = p->starts[peer][(p->cross - 1) & 7];
    if (known > p->received[side])
        p->received[side] = known;
    p->cross = -1;
}

static void begin_flight(struct player *p, enum helo_side side)
{
    if (p->speaking && p->speaker == side)
        return;
    bool crossed = p->cross >= 0;
    p->now += crossed ? SYNTH_SPACING : 2 * SYNTH_HOP;
    settle_received(p, side);
    p->speaking = true;
    p->speaker = side;
    p->flight[side] = p->next[side];
}

/* Sends what stands between here and the next SPLIT or change of speaker. */
static void send_segments(struct player *p, enum helo_side side, uint32_t length)
{
    enum helo_side peer = other(side);
    for (unsigned n = 1; length > 0; n++) {
        uint32_t piece = length < SYNTH_MSS ? length : SYNTH_MSS;
        memmove(p->starts[side] + 1, p->starts[side], 7 * sizeof p->starts[side][0]);
        p->starts[side][0] = p->next[side];
        emit_captured(p, side, piece, piece == length);
        p->next[side] += piece;
        length -= piece;
        p->now += SYNTH_SPACING;
        /* RFC 9293 section 3.8.6.3: an ACK for at least every second full segment. */
        if (n % 2 == 0 && length > 0) {
            p->now += SYNTH_SPACING;
            pure_ack(p, peer);
        }
    }
}

static void finish_side(struct player *p, enum helo_side side)
{
    begin_flight(p, side);
    emit(p, side, p->next[side], 0, SYNTH_FIN | SYNTH_ACK);
    p->next[side]++;
    p->finished[side] = true;
    p->now += SYNTH_HOP;
    if (p->finished[other(side)])
        pure_ack(p, other(side));
    p->speaking = false;
}

static void wait_a_while(struct player *p, int64_t amount)
{
    if (amount > SYNTH_DELACK) {
        p->now += SYNTH_DELACK;
        amount -= SYNTH_DELACK;
        if (p->cross < 0) {
            pure_ack(p, HELO_CLIENT);
            pure_ack(p, HELO_SERVER);
        }
    }
    p->now += amount;
    p->speaking = false;
}

static void play_step(struct player *p, const struct step *step)
{
    switch (step->kind) {
    case STEP_WAIT:
        wait_a_while(p, step->amount);
        break;
    case STEP_CROSS:
        p->cross = step->amount;
        p->speaking = false;
        break;
    case STEP_FIN:
        finish_side(p, step->side);
        break;
    case STEP_RST:
        begin_flight(p, step->side);
        emit(p, step->side, p->next[step->side], 0, SYNTH_RST | SYNTH_ACK);
        break;
    case STEP_DATA:
    case STEP_SPLIT:
    case STEP_GAP:
        break;
    }
}

/* Octets of this side from step i on up to the next SPLIT, turn or motion; *i moves past them. */
static uint32_t gather(const struct transcript *t, size_t *i, enum helo_side side)
{
    uint32_t length = 0;
    for (; *i < t->step_count; ++*i) {
        const struct step *step = &t->steps[*i];
        if (step->kind == STEP_GAP)
            continue;
        if (step->kind != STEP_DATA || step->side != side)
            break;
        length += (uint32_t)step->length;
    }
    return length;
}

static void play(struct player *p)
{
    const struct transcript *t = p->transcript;
    handshake(p);
    for (size_t i = 0; i < t->step_count;) {
        const struct step *step = &t->steps[i];
        if (step->kind != STEP_DATA) {
            play_step(p, step);
            i++;
            continue;
        }
        enum helo_side side = step->side;
        begin_flight(p, side);
        send_segments(p, side, gather(t, &i, side));
    }
    p->made->finish = p->now;
}

/* Both streams whole, with the gaps' octets marked. */
static void lay_streams(struct synth *made, const struct transcript *t)
{
    int64_t gap[HELO_SIDES] = {0, 0};
    for (int side = 0; side < HELO_SIDES; side++) {
        made->stream[side].bytes = grow_take(t->byte_count);
        made->stream[side].lost = grow_take(t->byte_count * sizeof(bool));
    }
    for (size_t i = 0; i < t->step_count; i++) {
        const struct step *step = &t->steps[i];
        struct synth_stream *stream = &made->stream[step->side];
        if (step->kind == STEP_GAP)
            gap[step->side] = step->amount;
        if (step->kind != STEP_DATA)
            continue;
        memcpy(stream->bytes + stream->length, t->bytes + step->offset, step->length);
        for (size_t k = 0; k < step->length && gap[step->side] > 0; k++, gap[step->side]--)
            stream->lost[stream->length + k] = true;
        stream->length += (uint32_t)step->length;
    }
}

struct synth *synth_make(const struct transcript *transcript)
{
    struct synth *made = grow_take(sizeof *made);
    made->isn[HELO_CLIENT] = 1000000;
    made->isn[HELO_SERVER] = 2000000;
    memset(made->garbage, '!', sizeof made->garbage);
    memcpy(made->end, transcript->end, sizeof made->end);
    lay_streams(made, transcript);
    struct player p = {.transcript = transcript, .made = made, .now = SYNTH_START, .cross = -1};
    play(&p);
    return made;
}

struct synth *synth_copy(const struct synth *original)
{
    struct synth *copy = grow_take(sizeof *copy);
    *copy = *original;
    copy->segments = NULL;
    copy->count = copy->capacity = 0;
    for (size_t i = 0; i < original->count; i++)
        synth_add(copy, &original->segments[i]);
    return copy;
}

void synth_free_copy(struct synth *copy)
{
    if (copy == NULL)
        return;
    free(copy->segments);
    free(copy);
}

void synth_free(struct synth *synth)
{
    if (synth == NULL)
        return;
    for (int side = 0; side < HELO_SIDES; side++) {
        free(synth->stream[side].bytes);
        free(synth->stream[side].lost);
    }
    synth_free_copy(synth);
}

/* A stable merge sort: qsort leaves the order of equals open. */
void synth_sort(struct synth *synth)
{
    size_t n = synth->count;
    struct synth_segment *from = synth->segments;
    struct synth_segment *to = grow_take((n + 1) * sizeof *to);
    struct synth_segment *spare = to;
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t low = 0; low < n; low += 2 * width) {
            size_t mid = low + width < n ? low + width : n;
            size_t high = low + 2 * width < n ? low + 2 * width : n;
            for (size_t a = low, b = mid, k = low; k < high; k++) {
                bool left = b == high || (a < mid && from[a].time <= from[b].time);
                to[k] = from[left ? a++ : b++];
            }
        }
        struct synth_segment *swap = from;
        from = to;
        to = swap;
    }
    if (from != synth->segments)
        memcpy(synth->segments, from, n * sizeof *from);
    free(spare);
}
