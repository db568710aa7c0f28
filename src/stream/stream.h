/* A TCP connection's two byte streams in causal order: a segment is delivered only after all that
 * it acknowledges has been delivered or declared lost (docs/design.md, "Stream"). */
#ifndef STREAM_STREAM_H
#define STREAM_STREAM_H

#include "base/limits.h"
#include "base/mem.h"
#include "decode/segment.h"
#include "heloscope/event.h"
#include "stream/history.h"

/* Octets of one direction in order, as they are delivered. */
struct stream_chunk {
    const uint8_t *data; /* borrowed for the call */
    size_t len;
    uint64_t offset; /* of data[0] in its direction; the first octet after SYN or pick-up is 0 */
    uint64_t acked;  /* offset in the other direction up to which the sender had received */
    helo_time time;  /* of the packet */
    bool forced;     /* the consumer must not stop: nothing more will come to help it */
    bool early;      /* not all that it acknowledges has been delivered or declared lost */
};

enum stream_end {
    STREAM_END_FIN,
    STREAM_END_CROSSING, /* a FIN, told second, that was sent before the other's was received */
    STREAM_END_RST,
};

/* Who receives a stream. Calls come in causal order over both directions. */
struct stream_consumer {
    void *context;
    /* Takes octets; returns how many. Fewer than len: what the other side holds is offered, then
     * the rest again; 0: the consumer stops there and is called again when the other side has
     * spoken, or with forced set. */
    size_t (*bytes)(void *context, enum helo_side side, const struct stream_chunk *chunk);
    /* So many octets from offset on were never captured. */
    void (*gap)(void *context, enum helo_side side, uint64_t offset, uint64_t len, helo_time time);
    /* The side sent its last octet. */
    void (*end)(void *context, enum helo_side side, enum stream_end how, helo_time time);
    /* It did not: it goes on, and the end was somebody else's. */
    void (*resume)(void *context, enum helo_side side);
    /* The side sent again, with other octets, what was already captured (RFC 9293 section 3.10.7.4
     * leaves open which ones a receiver takes; here the first win). */
    void (*conflict)(void *context, enum helo_side side, uint64_t offset, helo_time time);
    /* The side sent again what is not remembered, before the other had acknowledged it, so that it
     * may have been other octets; or octets that a receiver may read otherwise. */
    void (*unchecked)(void *context, enum helo_side side, uint64_t offset, helo_time time);
};

struct stream_segment; /* a copy of a segment that has to wait */

/* One direction. What every segment touches comes first and fits a cache line. */
struct stream_side {
    uint64_t offset;        /* of next */
    uint32_t next;          /* sequence number after the last octet delivered or declared lost */
    uint32_t acked;         /* highest acknowledgement of the other side */
    uint32_t end;           /* highest sequence number seen */
    uint32_t window;        /* largest receive window that this side has advertised */
    uint32_t edge_seq;      /* where its farthest segment began, and what that acknowledged: what */
    uint32_t edge_ack;      /* comes before it was first sent with no higher acknowledgement */
    helo_time acked_at;     /* clock when acked last moved; HELO_NO_TIME: never */
    helo_time want_since;   /* clock since when it is acknowledged beyond next, unseen */
    helo_time beyond_since; /* clock since when it is acknowledged beyond next, seen or not */
    uint32_t waiting_count;
    int8_t window_scale; /* -1: not known */
    bool known : 1;      /* next is set */
    bool edge_known : 1; /* edge_seq and edge_ack are set */
    bool guessed : 1;    /* next may be too high: no SYN was seen, nothing is delivered yet */
    bool shown : 1;      /* a packet of the side itself was seen */
    bool fin : 1;
    bool fin_delivered : 1;
    bool rst : 1;
    bool rst_delivered : 1;
    bool rst_doubted : 1; /* in the window, but not where the side's own would be */
    bool rst_early : 1;   /* it came before anybody had spoken, who then did */
    uint8_t strays;       /* segments out of the window on end that agree with the other side's */
    struct stream_segment *held; /* what the consumer stopped at */
    uint32_t edge_from;          /* where the octets without a hole begin that edge_seq is among */
    struct stream_segment *held_last;
    struct stream_segment **waiting; /* sorted by sequence number, without overlap */
    helo_time fin_time;
    helo_time fin_arrival;
    helo_time rst_time;
    uint32_t waiting_size;
    uint32_t waiting_bytes;
    uint32_t held_bytes;
    uint32_t fin_seq;
    uint32_t fin_ack;
    uint32_t rst_seq;
    uint32_t stray_seq; /* an out-of-window segment, waiting for the other side to confirm it */
    uint32_t stray_ack;
    struct history history; /* of the octets delivered */
};

/* What all streams of an engine share. */
struct stream_counts {
    uint64_t key; /* a secret of the run, for digests */
    uint64_t gaps;
    uint64_t gap_bytes;
    uint64_t out_of_window;
    uint64_t dropped; /* segments that found no room */
};

struct stream {
    struct mem *mem;
    struct stream_consumer consumer;
    struct stream_counts *counts; /* shared by all streams of an engine */
    uint64_t *buffered;           /* octets waiting or held, over all streams of an engine */
    helo_time clock;
    struct stream_side side[HELO_SIDES];
};

/* How a side stands before its first payload. */
struct stream_edge {
    bool known;
    bool guessed; /* next may be too high: the side's SYN may still come */
    uint32_t next;
    int8_t window_scale; /* -1: not known; both sides must have sent the option for it to count */
    bool syn_seen;
    helo_time seen; /* clock at its last packet; HELO_NO_TIME: never */
};

/* Prepares a stream in caller-owned memory; counts and buffered outlive it. */
void stream_init(struct stream *stream, struct mem *mem, const struct stream_consumer *consumer,
                 struct stream_counts *counts, uint64_t *buffered,
                 const struct stream_edge edge[HELO_SIDES]);

enum stream_verdict {
    STREAM_TAKEN,
    STREAM_DROPPED, /* out of window, or without ACK: counted */
    STREAM_RESET, /* a RST where its sender's own would be: end the connection when late packets are
                     through */
    STREAM_REVIVED, /* a side that sent a RST or FIN goes on: it was not its own */
};

/* Takes one segment of one side at the engine's clock. Delivers what can be delivered. */
enum stream_verdict stream_push(struct stream *stream, enum helo_side side,
                                const struct segment *segment, helo_time clock);

/* A RST that came before the stream was made: somebody speaks in spite of it. */
void stream_note_rst(struct stream *stream, enum helo_side side, uint32_t seq, helo_time time);

/* True if anything waits or is held, so that stream_deadline may tell a time. */
static inline bool stream_is_waiting(const struct stream *stream)
{
    const struct stream_side *a = &stream->side[0];
    const struct stream_side *b = &stream->side[1];
    return (a->waiting_count | b->waiting_count) != 0 || a->held != NULL || b->held != NULL ||
           a->fin != a->fin_delivered || b->fin != b->fin_delivered;
}

/* When stream_expire must be called, INT64_MAX for never. */
helo_time stream_deadline(const struct stream *stream);

/* Releases what has waited long enough at clock. */
void stream_expire(struct stream *stream, helo_time clock);

/* Delivers everything that is left: holes become gaps, held octets are forced. */
void stream_finish(struct stream *stream, helo_time clock);

/* Octets of a side that it must have sent, by its own numbers or the other's acknowledgements, but
 * that were never captured nor declared lost: what may have been said unheard at the end. */
uint64_t stream_unseen(const struct stream *stream, enum helo_side side);

/* True if a side sent a RST that its peer took, as far as can be told. */
bool stream_is_reset(const struct stream *stream);

/* True if both sides have delivered their FIN, or one is reset; no longer once a side goes on. */
bool stream_is_over(const struct stream *stream);

/* True if moreover each FIN is acknowledged, and the RST not older than what has been said: a
 * forger who is not heard does not get there. */
bool stream_is_over_for_sure(const struct stream *stream);

/* True if, after stream_finish, a RST is left of which nobody can tell whether its side sent it. */
bool stream_is_disputed(const struct stream *stream);

/* Frees what the stream holds, undelivered. */
void stream_close(struct stream *stream);

#endif
