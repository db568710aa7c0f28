/* The engine's parts, shared by its files. */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "base/mem.h"
#include "decode/decode.h"
#include "event/envelope.h"
#include "flow/clock.h"
#include "flow/flow.h"
#include "heloscope/heloscope.h"
#include "smtp/smtp.h"
#include "smtp/text.h"
#include "stream/stream.h"

/* A packet kept back until the next one tells whether its time is to be believed. */
struct held_packet {
    struct helo_packet packet;
    uint8_t *data; /* owned; NULL: none is kept */
};

struct helo_engine {
    struct helo_config config;
    helo_event_fn on_event;
    void *context;
    struct mem *mem;
    struct decoder *decoder;
    struct flow_table *flows;
    struct timers timers;
    struct clock clock;
    struct held_packet held;
    struct smtp_shared smtp;
    struct stream_counts stream_counts;
    uint64_t buffered;
    struct helo_stats stats;
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
    helo_time latest;           /* time of the latest packet, as the dialogue was told */
    helo_time behind;           /* how far the last packet's time was behind the clock */
    struct stream stream;
};

/* engine.c */

/* Removes state until the memory cap has room again. */
void engine_evict(struct helo_engine *engine);

/* Ends a flow's connection, if it has one, and forgets the flow or remembers it as closed. */
void engine_end_flow(struct helo_engine *engine, struct flow *flow, enum smtp_cause cause,
                     helo_time time, bool remember);

/* follow.c */

/* Follows one segment. */
void follow_segment(struct helo_engine *engine, const struct segment *segment);

/* Fires every timer that is due at the clock. */
void follow_timers(struct helo_engine *engine);

/* (Re)queues the flow's timer, lazily when its deadline has only moved on. */
void follow_schedule(struct helo_engine *engine, struct flow *flow);

/* connection.c */

/* The callbacks through which dialogues tell their facts. */
void connection_sink(struct smtp_sink *sink);

/* True if a port is taken for SMTP. */
static inline bool engine_is_smtp_port(const struct helo_engine *engine, uint16_t port)
{
    return (engine->is_smtp_port[port / 8] >> (port % 8) & 1) != 0;
}

/* Makes the connection of a flow at its first payload; false without memory. */
bool connection_begin(struct helo_engine *engine, struct flow *flow, unsigned direction,
                      const struct segment *segment);

/* Hands a segment to it. False if it has to be given up: memory failed, or it wants more than its
 * share. */
bool connection_push(struct connection *connection, unsigned direction,
                     const struct segment *segment);

/* Lets the stream release what has waited long enough at the deadline. False as above. */
bool connection_expire(struct connection *connection, helo_time deadline);

/* Reports what is left and frees it; time: the clock, or the deadline that passed. */
void connection_end(struct connection *connection, enum smtp_cause cause, helo_time time);

/* Frees it unreported. */
void connection_free(struct connection *connection);

#endif
