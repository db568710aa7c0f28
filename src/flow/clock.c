/* Whether a packet's time is to be believed. */
#include "flow/clock.h"

#include "base/limits.h"

#define LEAP (LIMIT_LEAP_SECONDS * HELO_SECOND)
#define MOST (LIMIT_TIME_SECONDS * HELO_SECOND)

/* b - a without overflow: a capture may hold any 64-bit time. */
static bool leaps(helo_time a, helo_time b)
{
    return b > a && (uint64_t)b - (uint64_t)a > (uint64_t)LEAP;
}

helo_time clock_bound(helo_time time)
{
    if (time < 0)
        return 0;
    return time < MOST ? time : MOST;
}

bool clock_is_leap(helo_time a, helo_time b)
{
    return leaps(b, a);
}

bool clock_doubts(const struct clock *clock, helo_time time)
{
    return clock->now == HELO_NO_TIME || leaps(clock->now, time);
}

bool clock_agrees(const struct clock *clock, helo_time doubted, helo_time second)
{
    if (clock->now == HELO_NO_TIME)
        return !leaps(second, doubted) && !leaps(doubted, second);
    return leaps(clock->now, second) && !leaps(second, doubted);
}
