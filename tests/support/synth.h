/* From a dialogue to TCP segments: handshake, flights, acknowledgements, teardown, times. */
#ifndef SUPPORT_SYNTH_H
#define SUPPORT_SYNTH_H

#include "transcript.h"

#define SYNTH_MSS    1460
#define SYNTH_HOP    HELO_MILLISECOND /* from one end to the other */
#define SYNTH_WINDOW 502
#define SYNTH_SCALE  7

enum synth_flag {
    SYNTH_FIN = 0x01,
    SYNTH_SYN = 0x02,
    SYNTH_RST = 0x04,
    SYNTH_PSH = 0x08,
    SYNTH_ACK = 0x10,
};

/* A segment as it passes the capture point. */
struct synth_segment {
    helo_time time;
    enum helo_side side; /* the sender */
    uint32_t seq;        /* relative: 0 is the SYN, 1 the first octet */
    uint32_t ack;        /* relative to the other side's */
    uint16_t window;
    uint8_t flags;
    bool padded;         /* garbage behind the datagram */
    uint16_t fragment;   /* not 0: cut into IP fragments of so many octets, a multiple of 8 */
    bool backwards;      /* the last fragment first */
    const uint8_t *data; /* borrowed from the synth's streams or garbage */
    uint32_t length;
};

/* What one side says, all of it; lost[i] when octet i is never captured. */
struct synth_stream {
    uint8_t *bytes;
    bool *lost;
    uint32_t length;
};

struct synth {
    struct helo_endpoint end[HELO_SIDES];
    uint32_t isn[HELO_SIDES];
    struct synth_stream stream[HELO_SIDES];
    struct synth_segment *segments; /* in the order of the file */
    size_t count, capacity;
    helo_time finish; /* when the dialogue's last WAIT is over */
    uint8_t garbage[64];
};

/* Makes the clean segments of a dialogue; owned by the caller. */
struct synth *synth_make(const struct transcript *transcript);

/* An independent copy; its segments borrow the original's octets, which must outlive it. */
struct synth *synth_copy(const struct synth *original);

void synth_free(struct synth *synth);
void synth_free_copy(struct synth *copy);

/* Appends a segment. */
void synth_add(struct synth *synth, const struct synth_segment *segment);

/* Sorts the segments by time, keeping the order of equals. */
void synth_sort(struct synth *synth);

#endif
