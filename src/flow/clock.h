/* The believed time: the largest packet time so far, lone leaps excepted. */
#ifndef FLOW_CLOCK_H
#define FLOW_CLOCK_H

#include "heloscope/types.h"

struct clock {
    helo_time now; /* HELO_NO_TIME before the first packet */
};

/* Prepares a clock that knows no time. */
static inline void clock_init(struct clock *clock)
{
    clock->now = HELO_NO_TIME;
}

/* The nearest time that can be counted with; HELO_NO_TIME as any other. */
helo_time clock_bound(helo_time time);

/* True if b lies further behind a than the clock lets a lone packet leap. */
bool clock_is_leap(helo_time a, helo_time b);

/* True if a packet of this time would move the clock further than a lone packet may: it should
 * be kept back until the next packet. So is the very first, as nothing vouches for it. */
bool clock_doubts(const struct clock *clock, helo_time time);

/* True if second, the packet after a doubted one, bears the doubted time out. */
bool clock_agrees(const struct clock *clock, helo_time doubted, helo_time second);

/* Moves the clock to time unless it is past it. */
static inline void clock_advance(struct clock *clock, helo_time time)
{
    if (time > clock->now)
        clock->now = time;
}

#endif
