/* The clock of a live run: the time of day, which may be set back, made one that goes on. */
#ifndef CLI_LIVE_CLOCK_H
#define CLI_LIVE_CLOCK_H

#include "heloscope/types.h"

/* Plain data, zero at first. */
struct live_clock {
    bool started;
    helo_time time;      /* what was last told */
    helo_time monotonic; /* when */
};

/* The time to be told to the engine at this monotonic time, the time of day being day. When the
 * host's clock is set back, packets carry earlier times than the engine has seen, and its timers
 * would stand still until the old time is reached again: so the clock then goes on from where it
 * was. Set forward, it follows. */
helo_time live_clock_read(struct live_clock *clock, helo_time day, helo_time monotonic);

#endif
