/* Impairments of the way: order, times, forgeries, fragments, numbers. */
#include <string.h>

#include "impair.h"
#include "impair_parts.h"

void impair_reorder(struct synth *synth, struct prng *prng)
{
    uint64_t one_in = 2 + prng_below(prng, 10);
    for (size_t i = 0; i < synth->count; i++) {
        struct synth_segment *s = &synth->segments[i];
        if ((s->flags & SYNTH_SYN) == 0 && prng_one_in(prng, one_in))
            s->time += (helo_time)prng_below(prng, IMPAIR_LATE);
    }
    synth_sort(synth);
}

void impair_skew(struct synth *synth, struct prng *prng)
{
    enum helo_side late = prng_one_in(prng, 2) ? HELO_CLIENT : HELO_SERVER;
    helo_time by = 1 + (helo_time)prng_below(prng, IMPAIR_LATE);
    for (size_t i = 0; i < synth->count; i++)
        if (synth->segments[i].side == late)
            synth->segments[i].time += by;
    synth_sort(synth);
}

void impair_sides(struct synth *synth, struct prng *prng)
{
    enum helo_side first = prng_one_in(prng, 2) ? HELO_CLIENT : HELO_SERVER;
    struct synth *old = synth_copy(synth);
    synth->count = 0;
    for (int turn = 0; turn < 2; turn++)
        for (size_t i = 0; i < old->count; i++)
            if ((old->segments[i].side == first) == (turn == 0))
                synth_add(synth, &old->segments[i]);
    synth_free_copy(old);
}

/* Both sides as somebody at the capture point knows them after some packets of the file. */
struct watch {
    uint32_t next[HELO_SIDES];
    uint32_t ack[HELO_SIDES]; /* given by the side */
    bool syn[HELO_SIDES];
    bool hole[HELO_SIDES];
    bool over;
    /* What the whole file holds of the side in the end, and the other's acknowledgements of it. */
    uint32_t last[HELO_SIDES];
    uint32_t last_acked[HELO_SIDES];
};

static void look_ahead(struct watch *w, const struct synth *synth)
{
    for (size_t i = 0; i < synth->count; i++) {
        const struct synth_segment *s = &synth->segments[i];
        if (s->length > 0 && s->seq + s->length > w->last[s->side])
            w->last[s->side] = s->seq + s->length;
        if (s->ack > w->last_acked[1 - s->side])
            w->last_acked[1 - s->side] = s->ack;
    }
}

static void watch_segment(struct watch *w, const struct synth_segment *s)
{
    uint32_t end = s->seq + s->length;
    if ((s->flags & (SYNTH_SYN | SYNTH_FIN)) != 0)
        end++;
    if ((s->flags & SYNTH_SYN) != 0)
        w->syn[s->side] = true;
    if (s->seq > w->next[s->side])
        w->hole[s->side] = true;
    if (end > w->next[s->side])
        w->next[s->side] = end;
    if (s->ack > w->ack[s->side])
        w->ack[s->side] = s->ack;
    w->over |= (s->flags & (SYNTH_FIN | SYNTH_RST)) != 0;
}

static bool settled(const struct watch *w)
{
    return w->syn[HELO_CLIENT] && w->syn[HELO_SERVER] && !w->over;
}

static void add_keepalive(struct synth *synth, struct prng *prng, const struct watch *w,
                          helo_time time)
{
    for (int side = 0; side < HELO_SIDES; side++) {
        if (w->hole[side] || w->next[side] < 2 || w->ack[1 - side] != w->next[side])
            continue;
        struct synth_segment s = {.time = time,
                                  .side = (enum helo_side)side,
                                  .seq = w->next[side] - 1,
                                  .ack = w->ack[side],
                                  .flags = SYNTH_ACK,
                                  .window = SYNTH_WINDOW};
        s.data = synth->garbage;
        s.length = prng_one_in(prng, 3) ? 0 : 1;
        synth_add(synth, &s);
    }
}

void impair_keepalive(struct synth *synth, struct prng *prng)
{
    struct watch w;
    memset(&w, 0, sizeof w);
    struct synth *old = synth_copy(synth);
    uint64_t one_in = 3 + old->count / 100;
    synth->count = 0;
    for (size_t i = 0; i < old->count; i++) {
        synth_add(synth, &old->segments[i]);
        watch_segment(&w, &old->segments[i]);
        if (settled(&w) && prng_one_in(prng, one_in))
            add_keepalive(synth, prng, &w, old->segments[i].time);
    }
    synth_free_copy(old);
}

/* Within any window. */
#define NEAR 2000

/* An end that nobody sent is found out by what its side says past it, and the peer's hearing it. */
static bool is_contradicted(const struct watch *w, const struct synth_segment *s)
{
    return w->last[s->side] > s->seq + 1 && w->last_acked[s->side] > s->seq + 1;
}

static void add_forgery(struct synth *synth, struct prng *prng, const struct watch *w,
                        helo_time time)
{
    enum helo_side side = prng_one_in(prng, 2) ? HELO_CLIENT : HELO_SERVER;
    uint32_t far = (1u << 29) + (uint32_t)prng_below(prng, 1u << 30);
    struct synth_segment s = {.time = time,
                              .side = side,
                              .seq = w->next[side],
                              .ack = w->ack[side],
                              .flags = SYNTH_ACK,
                              .window = SYNTH_WINDOW,
                              .data = synth->garbage};
    switch (prng_below(prng, 8)) {
    case 0:
        s = (struct synth_segment){.time = time,
                                   .side = HELO_CLIENT,
                                   .seq = s.seq + far,
                                   .flags = SYNTH_SYN,
                                   .window = SYNTH_WINDOW};
        break;
    case 1:
        s.seq += far;
        s.flags = SYNTH_RST;
        break;
    case 2:
        s.seq += far;
        s.flags = SYNTH_RST | SYNTH_ACK;
        break;
    case 3:
        s.ack += far;
        break;
    case 6: /* in the window: where its receiver would take it for the sender's, or further on */
        s.seq += prng_one_in(prng, 2) ? 0 : (uint32_t)prng_below(prng, NEAR);
        s.flags = SYNTH_FIN | SYNTH_ACK;
        if (!is_contradicted(w, &s))
            return;
        break;
    case 7: /* in the window, but not where its receiver would take it */
        s.seq += 2 + (uint32_t)prng_below(prng, NEAR);
        s.flags = SYNTH_RST | SYNTH_ACK;
        if (!is_contradicted(w, &s))
            return;
        break;
    case 4:
        s.seq += far;
        s.length = 1 + (uint32_t)prng_below(prng, sizeof synth->garbage);
        break;
    default:
        s.flags = SYNTH_PSH;
        s.ack = 0;
        s.length = 1 + (uint32_t)prng_below(prng, sizeof synth->garbage);
        break;
    }
    synth_add(synth, &s);
}

void impair_forge(struct synth *synth, struct prng *prng)
{
    struct watch w;
    memset(&w, 0, sizeof w);
    struct synth *old = synth_copy(synth);
    uint64_t one_in = 4 + old->count / 50;
    look_ahead(&w, old);
    synth->count = 0;
    for (size_t i = 0; i < old->count; i++) {
        synth_add(synth, &old->segments[i]);
        watch_segment(&w, &old->segments[i]);
        if (settled(&w) && prng_one_in(prng, one_in))
            add_forgery(synth, prng, &w, old->segments[i].time);
    }
    synth_free_copy(old);
}

void impair_fragment(struct synth *synth, struct prng *prng)
{
    for (size_t i = 0; i < synth->count; i++) {
        struct synth_segment *s = &synth->segments[i];
        if (!prng_one_in(prng, 4))
            continue;
        uint32_t datagram = 20 + s->length;
        uint32_t least = datagram / 64 < 8 ? 8 : datagram / 64;
        s->fragment = (uint16_t)((least + prng_below(prng, datagram)) / 8 * 8);
        s->backwards = prng_one_in(prng, 3);
    }
}

void impair_pad(struct synth *synth)
{
    for (size_t i = 0; i < synth->count; i++)
        synth->segments[i].padded = true;
}

void impair_wrap(struct synth *synth, struct prng *prng)
{
    for (int side = 0; side < HELO_SIDES; side++) {
        uint32_t length = synth->stream[side].length + 2;
        synth->isn[side] = 0u - (uint32_t)prng_below(prng, length);
    }
}
