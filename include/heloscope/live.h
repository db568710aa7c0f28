/* Live captures: the packets of network interfaces as they come, through libpcap. */
#ifndef HELOSCOPE_LIVE_H
#define HELOSCOPE_LIVE_H

#include "heloscope/capture.h"

#ifdef __cplusplus
extern "C" {
#endif

#define HELO_LEAST_SNAPLEN 64
#define HELO_MOST_SNAPLEN  262144 /* libpcap's own bound; with it nothing is cut */
#define HELO_LEAST_BUFFER  (UINT64_C(1) << 20)
#define HELO_MOST_BUFFER   (UINT64_C(1) << 30)

/* What is watched, and how. The strings are borrowed: packets and events name their interface by
 * these pointers, so they outlive the engine too. */
struct helo_live_config {
    const char *const *interfaces;
    size_t count;
    const char *filter; /* pcap-filter(7); NULL: none */
    bool promiscuous;   /* packets for others as well: what a mirror port sends */
    uint32_t snaplen;   /* octets of each packet */
    uint64_t buffer;    /* octets of each interface's ring buffer in the kernel */
};

/* Everything of every packet, promiscuous, 16 MiB of buffer. */
void helo_live_config_init(struct helo_live_config *config);

enum helo_live_state {
    HELO_LIVE_UP,
    HELO_LIVE_NO_CARRIER, /* up, but nothing is plugged in */
    HELO_LIVE_DOWN,       /* comes back by itself when the interface is up again */
    HELO_LIVE_GONE,       /* removed; watched again as soon as there is one of that name and kind */
    HELO_LIVE_CHANGED,    /* gone, and what has its name now has another link layer */
    HELO_LIVE_FAILED,     /* it can't be read any more: it is closed */
};

/* One interface of a capture. What the kernel put into the ring and nobody has read yet is in none
 * of the counts; after the run there is none. */
struct helo_live_interface {
    const char *name;
    const char *link_name; /* of its link type, as libpcap calls it; static */
    int link_type;         /* a DLT_ value */
    enum helo_live_state state;
    uint64_t packets;           /* handed over */
    uint64_t dropped_kernel;    /* the ring buffer was full */
    uint64_t dropped_interface; /* the interface had no room; counted only where the capture is
                                   promiscuous, as else most of them were not for us */
};

struct helo_live_callbacks {
    void *context;
    helo_packet_fn on_packet;
    /* After each round of reading, at least a few times a second: what was captured before
     * settled has been handed over; HELO_NO_TIME while there is more to be read than a round
     * takes. Returns false to stop the run. */
    bool (*on_round)(void *context, helo_time settled);
    /* An interface's state is another one than before. */
    void (*on_change)(void *context, const struct helo_live_interface *interface);
};

struct helo_live;

/* Opens all interfaces, which from now on are captured. HELO_ERROR_INPUT with a reason in *error,
 * *live NULL, if one can't be opened or the filter does not compile for it, HELO_ERROR_CONFIG if a
 * number is out of its range. The config's list is read, its strings are borrowed as said there. */
enum helo_status helo_live_open(const struct helo_live_config *config, struct helo_live **live,
                                struct helo_error *error);

/* Hands over packets as they come, those of several interfaces in the order of their times, until
 * it is stopped or none can be read any more; then what was captured before the stop.
 * HELO_ERROR_INPUT, with the first reason in *error, if interfaces failed or are gone at its end.
 */
enum helo_status helo_live_run(struct helo_live *live, const struct helo_live_callbacks *callbacks,
                               struct helo_error *error);

/* Makes helo_live_run return soon; safe in a signal handler. */
void helo_live_stop(struct helo_live *live);

size_t helo_live_count(const struct helo_live *live);

/* The interface number index, from 0, in the order of the configuration, as it is now. */
void helo_live_interface(struct helo_live *live, size_t index,
                         struct helo_live_interface *interface);

/* Closes everything; NULL is allowed. */
void helo_live_close(struct helo_live *live);

#ifdef __cplusplus
}
#endif

#endif
