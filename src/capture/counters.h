/* What was dropped on the way to a capture. libpcap opens files for the interface's counters each
 * time, which a program without rights can't; here a socket is asked that is open already. */
#ifndef CAPTURE_COUNTERS_H
#define CAPTURE_COUNTERS_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of one interface. Plain data. */
struct counters {
    int socket; /* netlink's; -1: nothing is counted */
    int index;  /* the kernel's number of the interface */
    uint64_t seen;
};

#define COUNTERS_NONE                                                                              \
    {                                                                                              \
        .socket = -1                                                                               \
    }

/* Begins to count what the interface of that number has no room for. */
void counters_open(struct counters *counters, int index);

/* Goes on with another interface, whose drops up to now are not ours. */
void counters_move(struct counters *counters, int index);

/* What they have grown since they were opened, moved or read last. */
uint64_t counters_interface(struct counters *counters);

/* What rtnetlink's answer of len octets says of an interface's drops; false if it says nothing. */
bool counters_read(const struct nlmsghdr *answer, size_t len, uint64_t *count);

/* Packets that a packet socket had no room for since it was asked last. */
uint64_t counters_kernel(int socket);

/* Closing them twice does nothing. */
void counters_close(struct counters *counters);

#endif
