/* The closing summary on stderr. */
#ifndef CLI_SUMMARY_H
#define CLI_SUMMARY_H

#include "heloscope/capture.h"
#include "heloscope/event.h"
#include "heloscope/live.h"

/* What a run came to. */
struct summary {
    struct helo_stats stats;
    struct helo_capture_progress read;
    uint64_t seen[HELO_DATASET_COUNT];            /* events, written or not */
    uint64_t written;                             /* events */
    const struct helo_live_interface *interfaces; /* those that were watched; borrowed */
    size_t interface_count;                       /* 0: captures were read */
    helo_time first;                              /* capture time; HELO_NO_TIME: no packet */
    helo_time last;
    helo_time elapsed;     /* on the wall */
    const uint16_t *ports; /* on which SMTP was looked for; borrowed */
    size_t port_count;
    uint64_t backward; /* packets that are over a second older than one before them */
    bool filtered;
    bool interrupted; /* by a signal */
    bool verbose;
};

void summary_print(const struct summary *summary);

#endif
