/* The clock of a live run: the time of day, which may be set back, made one that goes on. */
#include "cli/live_clock.h"

helo_time live_clock_read(struct live_clock *clock, helo_time day, helo_time monotonic)
{
    helo_time time = day;
    helo_time gone_on = clock->time + (monotonic - clock->monotonic);
    if (clock->started && gone_on > time)
        time = gone_on;
    *clock = (struct live_clock){.started = true, .time = time, .monotonic = monotonic};
    return time;
}
