/* The engine's parts, shared by its files. */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "base/limits.h"
#include "base/mem.h"
#include "classify/classify.h"
#include "classify/ndpi.h"
#include "classify/probe.h"
#include "decode/decode.h"
#include "engine/record.h"
#include "engine/reporter.h"
#include "event/envelope.h"
#include "flow/clock.h"
#include "flow/flow.h"
#include "heloscope/heloscope.h"
#include "rules/rules.h"
#include "smtp/smtp.h"
#include "smtp/text.h"
#include "stream/stream.h"

#define EXPECTED 8 /* packets, a power of two */

/* A packet kept back until the next one tells whether its time is to be believed. */
struct held_packet {
    struct helo_packet packet;
    uint8_t *data; /* owned; NULL: none is kept */
};

/* The counters of lost things as the rules were last told of them. */
struct losses {
    helo_time due; /* the next look at the streams */
    uint64_t gap_bytes;
    uint64_t stream_octets;
    uint64_t evicted;
};

/* Packets before their turn, as a ring: where their flows are found. */
struct expected {
    uint32_t hash[EXPECTED];
    uint8_t known; /* those that have one, as bits */
    uint8_t at;
};

struct helo_engine {
    struct helo_config config;
    struct mem *mem;
    struct clock clock;

    /* What comes before connections, and after them: not with a worker of several. */
    struct mem_pool pool;
    struct mem *reporter_mem; /* mem where there is one thread */
    struct decoder *decoder;
    struct held_packet held;
    struct expected expected;
    struct crew *crew; /* the workers; NULL: connections are followed here */
    struct reporter *reporter;
    void *context; /* of the callbacks */
    const helo_time *reporter_due;
    uint64_t steps; /* packets and ticks so far */

    /* What follows connections. */
    struct member *member; /* of a worker: itself, for the crew */
    struct record_key key; /* of what is told now */
    uint32_t reported;     /* kinds of facts that the reporter wants, as bits */
    struct flow_table *flows;
    struct timers timers;
    const char *interface; /* of the packet at hand; NULL: from a file */
    struct smtp_shared smtp;
    struct rules *rules; /* of sessions */
    const helo_time *rules_due;
    bool firing_rules;
    struct stream_counts stream_counts;
    uint64_t stream_octets; /* payload handed to streams */
    uint64_t buffered;
    struct losses losses;
    struct helo_stats stats;
    struct naming *naming; /* NULL: not needed so far */
    uint8_t probe_room[HELO_SIDES][LIMIT_CLASSIFY_OCTETS];
    uint8_t is_smtp_port[65536 / 8];
};

/* A connection that speaks, or may speak, SMTP; its dialogue lies behind it. */
struct connection {
    _Alignas(16) struct helo_engine *engine;
    struct flow *flow;
    struct smtp_session *smtp;
    struct envelope envelope;
    struct mem_account account; /* what stream and dialogue take */
    struct text user;           /* the last name given by AUTH */
    struct text names;          /* those given so far, a NUL behind each */
    struct rules_session rules; /* of the rules of sessions */
    struct tally tally;         /* where the reporter is in the same thread */
    uint32_t slot;              /* where it is not: the connection's number at this worker */
    helo_time latest;           /* time of the latest packet, as the dialogue was told */
    /* The client's first octets, while they don't tell what it speaks, and how many of them. */
    uint8_t opening[SMTP_OPENING];
    uint8_t opened;
    helo_time behind; /* how far the last packet's time was behind the clock */
    struct stream stream;
};

/* steps.c */

/* Makes what follows connections; the configuration, the allocator and what is reported are set.
 * False without memory; steps_close in either case. */
bool steps_open(struct helo_engine *engine);

/* Takes a step: the clock goes on to now, what that makes due is done, a segment (NULL: none) is
 * followed. */
void steps_take(struct helo_engine *engine, uint64_t step, helo_time now,
                const struct segment *segment);

/* Before this time a step without a segment changes nothing. */
helo_time steps_due(const struct helo_engine *engine);

/* A step that ends every connection. */
void steps_flush(struct helo_engine *engine, uint64_t step);

/* Adds what was counted of connections. */
void steps_count(const struct helo_engine *engine, struct helo_stats *stats);

/* Frees what follows connections, untold. */
void steps_close(struct helo_engine *engine);

/* Removes state until the memory cap has room again. */
void engine_evict(struct helo_engine *engine);

/* Ends a flow's connection, if it has one, and forgets the flow or remembers it as closed. */
void engine_end_flow(struct helo_engine *engine, struct flow *flow, enum smtp_cause cause,
                     helo_time time, bool remember);

/* Ends what the flow has of a connection: decided, reported, gone. */
void engine_end_connection(struct helo_engine *engine, struct flow *flow, enum smtp_cause cause,
                           helo_time time);

/* The detection module, made when first needed; NULL without memory. */
struct naming *engine_naming(struct helo_engine *engine);

/* Hands a record to the reporter, in whatever thread it is; key and clock are filled in. */
void engine_report(struct helo_engine *engine, struct record *record);

/* loss.c */

/* Reports what has been lost since the last look; cheap where nothing was. */
void loss_look(struct helo_engine *engine);

/* The same at the end of the capture, whatever time it is. */
void loss_flush(struct helo_engine *engine);

/* follow.c */

/* Follows one segment. */
void follow_segment(struct helo_engine *engine, const struct segment *segment);

/* Fires every timer that is due at the clock, those of flows and of rules, in one order. */
void follow_timers(struct helo_engine *engine);

/* (Re)queues the flow's timer, lazily when its deadline has only moved on. */
void follow_schedule(struct helo_engine *engine, struct flow *flow);

/* connection.c */

/* The callbacks through which dialogues tell their facts. */
void connection_sink(struct smtp_sink *sink);

/* A rule spoke (rules_tell_fn), context being the engine. */
void connection_tell_anomaly(void *context, const struct helo_connection *connection,
                             const struct helo_anomaly *anomaly, helo_time time);

/* Counts a connection's traffic up to now (rules_refresh_fn). */
void connection_refresh(void *context, const struct helo_connection *connection);

/* True if a port is taken for SMTP. */
static inline bool engine_is_smtp_port(const struct helo_engine *engine, uint16_t port)
{
    return (engine->is_smtp_port[port / 8] >> (port % 8) & 1) != 0;
}

/* True if one of the flow's ports is. */
static inline bool engine_is_smtp_flow(const struct helo_engine *engine, const struct flow *flow)
{
    return engine_is_smtp_port(engine, flow->port[0]) || engine_is_smtp_port(engine, flow->port[1]);
}

/* A segment, who sent it, when it came by the clock, and where. */
struct arrival {
    const struct segment *segment;
    unsigned direction;
    helo_time clock;
    const char *interface; /* NULL: from a file */
};

/* Makes the connection of a flow at its first payload, behind a proxy's handshake (its kind NULL:
 * no proxy); false without memory. */
bool connection_begin(struct helo_engine *engine, struct flow *flow, const struct arrival *first,
                      const struct proxy *proxy);

/* Fills in what all events of a flow's connection share, and begins them; first tells of tunnels
 * and interface, as far as they are known. */
void connection_describe(struct helo_engine *engine, struct connection *connection,
                         struct flow *flow, const struct arrival *first);

/* Tells of an event, a fact that it came with, or a fact alone: the reporter, then the rules of
 * sessions. */
void connection_tell(struct connection *connection, struct helo_event *event, struct fact *fact,
                     helo_time time);

/* Has fetched from memory, side by side and not one by one, what handing it a segment touches; NULL
 * is allowed. */
void connection_fetch(const struct connection *connection);

/* Hands a segment to it. False if it has to be given up: memory failed, or it wants more than its
 * share. */
bool connection_push(struct connection *connection, const struct arrival *arrival);

/* Lets the stream release what has waited long enough at the deadline. False as above. */
bool connection_expire(struct connection *connection, helo_time deadline);

/* Reports what is left and frees it; time: the clock, or the deadline that passed. */
void connection_end(struct connection *connection, enum smtp_cause cause, helo_time time);

/* Lets rules and reporter forget what they keep of it: nothing more is told of it. */
void connection_over(struct connection *connection);

/* Frees it unreported. */
void connection_free(struct connection *connection);

/* probing.c */

enum probing {
    PROBING_HELD,   /* the segment waits with others until more is known */
    PROBING_JOINED, /* the flow has a connection, the segment is still to be pushed */
    PROBING_TAKEN,  /* it has one, and the segment was pushed as well */
    PROBING_OTHER,  /* the flow is not SMTP */
    PROBING_FAILED, /* memory failed the flow: it has to be given up */
};

/* Finds out what a flow without connection speaks, by a segment that says something. */
enum probing probing_segment(struct helo_engine *engine, struct flow *flow,
                             const struct arrival *arrival);

/* Decides what can't be told by the port: nothing more will come. */
void probing_settle(struct helo_engine *engine, struct flow *flow);

/* other.c: connections on ports of SMTP that are not SMTP. */

/* Protocols by our own signatures have this bit beside enum signature; others are nDPI's. */
#define OTHER_SIGNATURE 0x8000u

/* Tells the rules that the flow speaks another protocol; its tunnels are the segment's. */
void other_begin(struct helo_engine *engine, struct flow *flow, uint16_t protocol,
                 const struct arrival *first);

/* Tells of its session. */
void other_end(struct helo_engine *engine, struct flow *flow, enum smtp_cause cause,
               helo_time time);

/* The protocol's name; empty if it is not known; valid until the next call. */
struct helo_slice other_name(struct helo_engine *engine, uint16_t protocol);

#endif
