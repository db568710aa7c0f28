/* One interface that is captured: opened, read packet by packet, counted, watched. */
#ifndef CAPTURE_TAP_H
#define CAPTURE_TAP_H

#include "capture/counters.h"
#include "heloscope/live.h"

#include <pcap/pcap.h>

/* Plain data, for live.c to merge several. */
struct tap {
    struct helo_live_interface about;
    pcap_t *pcap; /* NULL: closed */
    int fd;       /* to poll; -1: closed */
    int index;    /* the kernel's number of the interface; 0: any */
    int kind;     /* what it is to the kernel (ARPHRD_) */
    bool promiscuous;
    /* The packet that is next; its octets are valid until the next tap_read. */
    struct helo_packet head;
    bool has_head;
    helo_time taken;   /* monotonic time at which head was read */
    unsigned failures; /* reads that failed since the last that did not */
    helo_time lost_at; /* monotonic time at which the interface's loss was seen; 0: it is there */
    bool failed;       /* it could not be read any more, though it is there */
    struct helo_error lost; /* the reason */
    struct counters counters;
};

/* Opens the interface of that name; from now on its packets are kept in a ring of the kernel's.
 * HELO_ERROR_INPUT with a reason and what helps in *error, tap closed, if that fails. */
enum helo_status tap_open(struct tap *tap, const char *name, const struct helo_live_config *config,
                          struct helo_error *error);

/* Reads a packet into head if there is one in the ring; false without. Does not wait. */
bool tap_read(struct tap *tap);

/* Lets nothing more into the ring. */
void tap_refuse(struct tap *tap);

/* Fetches the kernel's counters. */
void tap_count(struct tap *tap);

/* Asks the kernel what became of the interface; now is monotonic time. True if its state has
 * changed. One that is lost has lost_at and lost set, and is HELO_LIVE_GONE or HELO_LIVE_FAILED as
 * soon as the kernel has had the time to hand over what it had captured. tap_close is in order for
 * HELO_LIVE_FAILED; after HELO_LIVE_GONE the tap is bound to the next interface of its name, if
 * that is of the same kind (else it is HELO_LIVE_CHANGED), and lost_at is 0 again. Neither socket
 * nor ring are made anew: that takes rights which a program may have given up. */
bool tap_look(struct tap *tap, helo_time now);

/* Nothing comes from it: it is closed, or gone so far. */
bool tap_is_away(const struct tap *tap);

/* Closing a closed tap does nothing. */
void tap_close(struct tap *tap);

#endif
