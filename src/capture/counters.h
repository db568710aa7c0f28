/* What was dropped on the way to a capture, from counters that are opened once: libpcap opens the
 * interface's anew each time, which a program without rights can't. */
#ifndef CAPTURE_COUNTERS_H
#define CAPTURE_COUNTERS_H

#include <stdint.h>

#define COUNTERS_FILES 2

/* Of one interface. Plain data. */
struct counters {
    int fd[COUNTERS_FILES]; /* -1: there is no such counter */
    uint64_t seen;          /* their sum when it was read last */
};

#define COUNTERS_NONE                                                                              \
    {                                                                                              \
        .fd = { -1, -1 }                                                                           \
    }

/* Opens the counters of what the interface of that name had no room for, as far as there are any.
 */
void counters_open(struct counters *counters, const char *name);

/* What they have grown since they were opened or read last. */
uint64_t counters_interface(struct counters *counters);

/* Packets that a packet socket had no room for since it was asked last. */
uint64_t counters_kernel(int socket);

/* Closing them twice does nothing. */
void counters_close(struct counters *counters);

#endif
