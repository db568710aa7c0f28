/* The clocks on the wall: files are read without them, but for progress and rates. */
#ifndef CLI_WALL_H
#define CLI_WALL_H

#include "heloscope/types.h"

#include <time.h>

/* Nanoseconds since some point in the past; coarse: a few milliseconds exact, and cheap. */
static inline helo_time wall_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return now.tv_sec * HELO_SECOND + now.tv_nsec;
}

/* The time of day. */
static inline helo_time wall_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * HELO_SECOND + now.tv_nsec;
}

#endif
