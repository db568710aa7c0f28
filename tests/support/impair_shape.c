/* Impairments of the segments themselves: cuts, overlaps, copies, losses. */
#include <stdlib.h>

#include "impair.h"
#include "impair_parts.h"

/* Takes the segments out, so that a pass can add them anew; the caller frees the array. */
static struct synth_segment *take_all(struct synth *synth, size_t *count)
{
    struct synth_segment *taken = synth->segments;
    *count = synth->count;
    synth->segments = NULL;
    synth->count = synth->capacity = 0;
    return taken;
}

static void add_pieces(struct synth *synth, struct prng *prng, const struct synth_segment *whole,
                       uint32_t most)
{
    for (uint32_t from = 0; from < whole->length;) {
        uint32_t left = whole->length - from;
        uint32_t length = 1 + (uint32_t)prng_below(prng, most);
        if (length > left)
            length = left;
        struct synth_segment piece = *whole;
        piece.seq += from;
        piece.data += from;
        piece.length = length;
        if (length < left)
            piece.flags = SYNTH_ACK;
        synth_add(synth, &piece);
        from += length;
    }
}

void impair_cut(struct synth *synth, struct prng *prng, uint32_t most, unsigned share)
{
    size_t count;
    struct synth_segment *old = take_all(synth, &count);
    for (size_t i = 0; i < count; i++) {
        if (old[i].length > 1 && prng_below(prng, 10) < share)
            add_pieces(synth, prng, &old[i], most);
        else
            synth_add(synth, &old[i]);
    }
    free(old);
}

/* How many captured octets stand directly before this position of a side's stream. */
static uint32_t captured_before(const struct synth *synth, enum helo_side side, uint32_t seq,
                                uint32_t most)
{
    uint32_t n = 0;
    while (n < most && seq - n > 1 && !synth->stream[side].lost[seq - n - 2])
        n++;
    return n;
}

/* How many captured octets stand from this position on, up to the edge of what was sent. */
static uint32_t captured_from(const struct synth *synth, enum helo_side side, uint32_t seq,
                              uint32_t edge, uint32_t most)
{
    uint32_t n = 0;
    /* The edge may stand behind a FIN, which is no octet. */
    if (edge > synth->stream[side].length + 1)
        edge = synth->stream[side].length + 1;
    while (n < most && seq + n < edge && !synth->stream[side].lost[seq + n - 1])
        n++;
    return n;
}

static void begin_earlier(const struct synth *synth, struct synth_segment *s, uint32_t octets)
{
    octets = captured_before(synth, s->side, s->seq, octets);
    if (s->length + octets > SYNTH_MSS)
        octets = SYNTH_MSS - s->length;
    s->seq -= octets;
    s->length += octets;
    s->data = synth->stream[s->side].bytes + (s->seq - 1);
}

/* A capture that begins in the middle must not learn of octets before it. */
static uint32_t first_sequence(const struct synth *synth, enum helo_side side)
{
    for (size_t i = 0; i < synth->count; i++)
        if (synth->segments[i].side == side)
            return synth->segments[i].seq;
    return 0;
}

void impair_overlap(struct synth *synth, struct prng *prng)
{
    for (size_t i = 0; i < synth->count; i++) {
        struct synth_segment *s = &synth->segments[i];
        uint32_t room = s->seq - first_sequence(synth, s->side);
        if (s->length == 0 || room == 0 || !prng_one_in(prng, 3))
            continue;
        uint32_t wanted = 1 + (uint32_t)prng_below(prng, 40);
        begin_earlier(synth, s, wanted < room ? wanted : room);
    }
}

/* What a side had sent and acknowledged up to a time. */
struct standing {
    bool known;
    uint32_t next, ack;
};

static struct standing stand(const struct synth *synth, enum helo_side side, helo_time time)
{
    struct standing standing = {false, 0, 0};
    for (size_t i = 0; i < synth->count && synth->segments[i].time <= time; i++) {
        const struct synth_segment *s = &synth->segments[i];
        uint32_t end = s->seq + s->length + ((s->flags & (SYNTH_SYN | SYNTH_FIN)) != 0 ? 1 : 0);
        if (s->side != side)
            continue;
        if (!standing.known || end > standing.next)
            standing.next = end;
        if (!standing.known || s->ack > standing.ack)
            standing.ack = s->ack;
        standing.known = true;
    }
    return standing;
}

static void add_copy(struct synth *synth, struct prng *prng, const struct synth *sent,
                     struct synth_segment copy, bool fresh)
{
    copy.time += (helo_time)prng_below(prng, IMPAIR_LATE);
    struct standing now = stand(sent, copy.side, copy.time);
    if (fresh && copy.length > 0 && prng_one_in(prng, 2)) {
        uint32_t room = copy.seq - first_sequence(sent, copy.side);
        uint32_t back = (uint32_t)prng_below(prng, 200);
        begin_earlier(sent, &copy, back < room ? back : room);
        uint32_t more = captured_from(sent, copy.side, copy.seq + copy.length, now.next,
                                      (uint32_t)prng_below(prng, 200));
        if ((copy.flags & SYNTH_FIN) == 0 && copy.length + more <= SYNTH_MSS)
            copy.length += more;
    }
    /* A network's copy is the segment as it was; a sender's acknowledges what it has by now. */
    if (fresh && copy.length > 0)
        copy.ack = now.ack;
    synth_add(synth, &copy);
}

void impair_copy(struct synth *synth, struct prng *prng, bool fresh)
{
    struct synth *sent = synth_copy(synth);
    uint64_t one_in = 2 + prng_below(prng, 6) + sent->count / 500;
    for (size_t i = 0; i < sent->count; i++) {
        const struct synth_segment *s = &sent->segments[i];
        if ((s->flags & SYNTH_RST) == 0 && prng_one_in(prng, one_in))
            add_copy(synth, prng, sent, *s, fresh);
    }
    synth_free_copy(sent);
    synth_sort(synth);
}

void impair_ack(struct synth *synth, struct prng *prng, bool zero)
{
    struct synth *sent = synth_copy(synth);
    uint64_t one_in = 3 + sent->count / 200;
    for (size_t i = 0; i < sent->count; i++) {
        const struct synth_segment *s = &sent->segments[i];
        if ((s->flags & (SYNTH_SYN | SYNTH_RST)) != 0 || !prng_one_in(prng, one_in))
            continue;
        struct standing now = stand(sent, s->side, s->time);
        struct synth_segment ack = {.time = s->time,
                                    .side = s->side,
                                    .seq = now.next,
                                    .ack = now.ack,
                                    .flags = SYNTH_ACK,
                                    .window = zero ? 0 : SYNTH_WINDOW};
        synth_add(synth, &ack);
        ack.window = SYNTH_WINDOW;
        if (zero)
            synth_add(synth, &ack);
    }
    synth_free_copy(sent);
    synth_sort(synth);
}

void impair_drop(struct synth *synth, struct prng *prng)
{
    size_t with_octets = 0, kept = 0;
    for (size_t i = 0; i < synth->count; i++)
        with_octets += synth->segments[i].length > 0 ? 1 : 0;
    uint64_t losses = 1 + prng_below(prng, 4);
    bool acks_too = prng_one_in(prng, 2);
    unsigned burst = 0;
    for (size_t i = 0; i < synth->count; i++) {
        const struct synth_segment *s = &synth->segments[i];
        bool lost = s->length == 0 && s->flags == SYNTH_ACK && acks_too && prng_one_in(prng, 3);
        if (s->length > 0 && burst == 0 && prng_below(prng, with_octets) < losses)
            burst = 1 + (unsigned)prng_below(prng, 3);
        if (s->length > 0 && burst > 0) {
            burst--;
            lost = true;
        }
        if (!lost)
            synth->segments[kept++] = *s;
    }
    synth->count = kept;
}
