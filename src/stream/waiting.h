/* The bounded list of segments that wait for their turn, sorted by sequence number. */
#ifndef STREAM_WAITING_H
#define STREAM_WAITING_H

#include "stream/stream.h"

/* A waiting or held piece of a stream. Its octets follow it. */
struct stream_segment {
    struct stream_segment *next; /* in the held list */
    helo_time time;
    helo_time arrival; /* clock */
    uint64_t offset;   /* once held */
    uint64_t acked;    /* once held */
    uint64_t gap;      /* once held: not octets but so many lost ones */
    uint32_t seq;
    uint32_t ack;
    uint32_t len;
    uint32_t cut;
    bool has_ack;
    bool early;  /* once held: see stream_chunk */
    bool is_fin; /* once held: the end of the side */
    uint8_t data[];
};

/* Difference of sequence numbers (RFC 9293 section 3.4): positive if a is later than b. */
static inline int32_t sequence_after(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b);
}

/* A piece of a captured segment: what to queue. */
struct piece {
    const uint8_t *data;
    uint32_t seq;
    uint32_t len;
    uint32_t cut;
    uint32_t ack;
    bool has_ack;
    helo_time time;
};

enum waiting_result {
    WAITING_QUEUED,
    WAITING_FULL,   /* no room: release or drop something and try again */
    WAITING_FAILED, /* no memory */
};

/* Copies into the list those octets of the piece that no waiting segment has; the first captured
 * win. *conflict is set when an overlap differs. */
enum waiting_result waiting_insert(struct stream *stream, struct stream_side *side,
                                   const struct piece *piece, bool *conflict);

/* Waiting segments that have other octets where the piece lies may be anybody's: what they
 * acknowledge tells nothing, and is taken to be what the piece does. True if there are any. */
bool waiting_doubt(struct stream_side *side, const struct piece *piece);

/* Takes the first segment out of the list, to be freed by segment_free. */
struct stream_segment *waiting_shift(struct stream *stream, struct stream_side *side);

/* Drops the segment farthest from being delivered, if it lies beyond seq; false if none does. */
bool waiting_drop_farthest(struct stream *stream, struct stream_side *side, uint32_t seq);

/* Makes a held piece; counts its octets. NULL without memory. */
struct stream_segment *segment_make(struct stream *stream, const uint8_t *data, uint32_t len);

/* Gives a segment back. */
void segment_free(struct stream *stream, struct stream_segment *segment);

/* Gives the list's own memory back if it is empty. */
void waiting_trim(struct stream *stream, struct stream_side *side);

#endif
