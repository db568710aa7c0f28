/* The way of a segment: to its flow, through the handshake, into its connection; and the timers. */
#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/limits.h"
#include "engine/engine.h"

/* Of what is due at the same time the rules' timers come first. */
#define ORDER_FLOWS (UINT64_C(1) << 63)

static helo_time deadline_of(const struct helo_engine *engine, const struct flow *flow)
{
    helo_time deadline = flow_deadline(engine->flows, flow);
    const struct connection *connection = flow->connection;
    if (connection != NULL && stream_is_waiting(&connection->stream)) {
        helo_time stream = stream_deadline(&connection->stream);
        if (stream < deadline)
            deadline = stream;
    }
    return deadline;
}

/* Queues the flow's timer unless it fires early enough. */
static void queue(struct helo_engine *engine, struct flow *flow)
{
    helo_time deadline = deadline_of(engine, flow);
    if (flow->timer.index != TIMER_NONE &&
        deadline >= timers_deadline(&engine->timers, &flow->timer))
        return;
    if (!timers_set(&engine->timers, &flow->timer, deadline)) {
        engine->stats.flows_evicted++;
        engine_end_flow(engine, flow, SMTP_EVICTED, engine->clock.now, false);
    }
}

void follow_schedule(struct helo_engine *engine, struct flow *flow)
{
    const struct connection *connection = flow->connection;
    bool waits = flow->closing || (connection != NULL && stream_is_waiting(&connection->stream));
    if (flow->timer.index == TIMER_NONE || flow->class <= FLOW_HALF_OPEN || waits)
        queue(engine, flow); /* else its deadline has only moved on */
}

/* What the flow's own deadline means. */
static void expire_flow(struct helo_engine *engine, struct flow *flow, helo_time deadline)
{
    if (flow->closing) {
        engine_end_flow(engine, flow, SMTP_CONNECTION_OVER, deadline, true);
        return;
    }
    if (flow->class != FLOW_CLOSED)
        engine->stats.flows_expired++;
    engine_end_flow(engine, flow, SMTP_IDLE, deadline, false);
}

/* Memory failed the connection, or it wants more than its share. */
static void give_up(struct helo_engine *engine, struct flow *flow, helo_time time)
{
    engine->stats.flows_evicted++;
    engine_end_flow(engine, flow, SMTP_EVICTED, time, true);
}

static void fire(struct helo_engine *engine, struct flow *flow)
{
    helo_time deadline = deadline_of(engine, flow);
    if (deadline >
        timers_deadline(&engine->timers, &flow->timer)) { /* it has moved on since it was queued */
        timers_set(&engine->timers, &flow->timer, deadline);
        return;
    }
    if (flow_deadline(engine->flows, flow) <= deadline) {
        expire_flow(engine, flow, deadline);
        return;
    }
    if (!connection_expire(flow->connection, deadline)) {
        give_up(engine, flow, deadline);
        return;
    }
    timers_remove(&engine->timers, &flow->timer);
    helo_time next = deadline_of(engine, flow);
    assert(next > deadline); /* what was due was done */
    timers_set(&engine->timers, &flow->timer, next);
}

/* The rules' timers up to a deadline come before the flow's. */
static void fire_rules(struct helo_engine *engine, helo_time now)
{
    if (now < *engine->rules_due)
        return;
    engine->key.order = 0; /* connection_tell_anomaly fills in the rest */
    engine->firing_rules = true;
    rules_tick(engine->rules, now);
    engine->firing_rules = false;
}

void follow_timers(struct helo_engine *engine)
{
    const struct timer *first;
    engine->key.phase = PHASE_TIMERS;
    helo_time due;
    while ((due = timers_due(&engine->timers)) <= engine->clock.now &&
           (first = timers_first(&engine->timers)) != NULL) {
        struct flow *flow = (struct flow *)((uintptr_t)first - offsetof(struct flow, timer));
        fire_rules(engine, due);
        engine->key.at = due;
        engine->key.order = ORDER_FLOWS + first->order;
        fire(engine, flow);
    }
    fire_rules(engine, engine->clock.now);
}

/* The flow of a segment, made if need be; NULL when it is not worth one or memory is short. */
static struct flow *flow_of(struct helo_engine *engine, const struct segment *segment,
                            unsigned *direction)
{
    struct flow *flow = flow_find(engine->flows, segment, direction);
    if (flow != NULL || (segment->flags & SEGMENT_RST) != 0)
        return flow;
    flow = flow_make(engine->flows, segment, engine->clock.now, direction);
    if (flow == NULL)
        return NULL;
    flow->timer.order = engine->key.step; /* no step makes two */
    engine->stats.flows_created++;
    return flow;
}

/* The side that once sent a RST goes on with data: the RST was not its own. */
static bool was_reset_falsely(const struct flow *flow, unsigned direction,
                              const struct segment *segment)
{
    const struct flow_half *half = &flow->half[direction];
    return flow->class == FLOW_CLOSED && half->rst && segment->payload_len > 0 &&
           (segment->flags & SEGMENT_ACK) != 0 &&
           (uint32_t)(segment->seq - half->edge) < LIMIT_UNKNOWN_WINDOW;
}

/* Somebody speaks on a connection that a RST had ended before: either was under way, or the RST was
 * not the peer's. What is known of the handshake still holds. */
static bool is_heard_after_all(const struct flow *flow, unsigned direction,
                               const struct segment *segment)
{
    const struct flow_half *half = &flow->half[direction];
    return flow->class == FLOW_CLOSED && flow->unheard && segment->payload_len > 0 &&
           (segment->flags & (SEGMENT_ACK | SEGMENT_SYN)) == SEGMENT_ACK &&
           (!half->edge_known || (uint32_t)(segment->seq - half->edge) < LIMIT_UNKNOWN_WINDOW);
}

/* A RST behind octets that were not captured yet: it counts once the connection has spoken. */
static void note_early_rst(struct flow_half *half, const struct segment *segment)
{
    if ((segment->flags & SEGMENT_RST) == 0 || half->rst || half->has_candidate ||
        !half->edge_known || (uint32_t)(segment->seq - half->edge) > LIMIT_UNKNOWN_WINDOW)
        return;
    half->rst = true;
    half->candidate = segment->seq;
}

/* FIN and RST of a connection without a stream. With no payload seen the sequence number must be
 * exact where it matters (RFC 5961 section 3). */
static void close_silent(struct helo_engine *engine, struct flow *flow, unsigned direction,
                         const struct segment *segment)
{
    struct flow_half *half = &flow->half[direction];
    bool exact = half->edge_known && segment->seq == half->edge;
    bool answers_syn =
        flow->class == FLOW_HALF_OPEN && !half->edge_known && (segment->flags & SEGMENT_ACK) != 0 &&
        flow->half[1 - direction].edge_known && segment->ack == flow->half[1 - direction].edge;

    if (flow->class != FLOW_OTHER && !exact && !answers_syn) {
        note_early_rst(half, segment);
        return;
    }
    if (flow->closer < 0) {
        flow->closer = (int8_t)direction;
        flow->closed_by_rst = (segment->flags & SEGMENT_RST) != 0;
    }
    half->fin |= (segment->flags & SEGMENT_FIN) != 0;
    if ((segment->flags & SEGMENT_RST) == 0 && !(half->fin && flow->half[1 - direction].fin))
        return;
    if ((segment->flags & SEGMENT_RST) != 0 && flow->class != FLOW_OTHER) {
        if (exact) {
            half->rst = true;
            half->candidate = segment->seq;
        }
        flow->unheard = true;
    }
    engine_end_flow(engine, flow, SMTP_CONNECTION_OVER, engine->clock.now, true);
}

/* A flow leaves the handshake with its first segment that is neither SYN nor RST. */
static void establish(struct helo_engine *engine, struct flow *flow, const struct segment *segment)
{
    bool watched = !engine->config.only_ports || engine_is_smtp_flow(engine, flow);
    if ((flow->class != FLOW_HALF_OPEN && flow->class != FLOW_SILENT) ||
        (segment->flags & (SEGMENT_SYN | SEGMENT_RST)) != 0)
        return;
    bool was_half_open = flow->class == FLOW_HALF_OPEN;
    flow_set_class(engine->flows, flow, watched ? FLOW_SILENT : FLOW_OTHER);
    if (was_half_open && flow->timer.index != TIMER_NONE)
        queue(engine, flow); /* idling may end sooner than waiting for an answer */
}

static void note_traffic(const struct helo_engine *engine, struct flow *flow, unsigned direction,
                         const struct segment *segment)
{
    struct flow_half *half = &flow->half[direction];
    half->packets++;
    half->bytes += segment->payload_len + segment->cut;
    half->seen = engine->clock.now;
    flow->touched = engine->clock.now;
}

/* True if the segment may tell, or change, what a flow without connection speaks. */
static bool is_telling(const struct helo_engine *engine, const struct flow *flow,
                       const struct segment *segment)
{
    if (flow->probe != NULL)
        return true;
    if (flow->class == FLOW_OTHER || (segment->flags & SEGMENT_RST) != 0)
        return false;
    if (segment->payload_len > 0)
        return !engine->config.only_ports || engine_is_smtp_flow(engine, flow);
    return (segment->cut > 0 || (segment->flags & SEGMENT_FIN) != 0) &&
           engine_is_smtp_flow(engine, flow);
}

/* False when the flow had to go: there was no memory for its connection. */
static bool follow_open(struct helo_engine *engine, struct flow *flow, unsigned direction,
                        const struct segment *segment)
{
    struct arrival arrival = {segment, direction, engine->clock.now, engine->interface};
    enum probing found = flow->connection != NULL ? PROBING_JOINED : PROBING_OTHER;
    if (flow->connection == NULL && is_telling(engine, flow, segment))
        found = probing_segment(engine, flow, &arrival);
    if (found == PROBING_FAILED) {
        bool joined = flow->connection != NULL;
        engine->stats.flows_evicted++;
        engine_end_flow(engine, flow, SMTP_EVICTED, engine->clock.now, joined);
        return joined;
    }
    if (found == PROBING_OTHER && (segment->flags & (SEGMENT_FIN | SEGMENT_RST)) != 0)
        close_silent(engine, flow, direction, segment);
    if (found == PROBING_JOINED && !connection_push(flow->connection, &arrival))
        give_up(engine, flow, engine->clock.now);
    return true;
}

/* Where each side of a living connection stands that a handshake is about to replace. */
static void note_rival(const struct flow *flow, uint32_t stands[2])
{
    const struct connection *connection = flow->connection;
    for (int i = 0; i < 2; i++) {
        stands[i] = flow->half[i].edge;
        if (connection != NULL)
            stands[i] = connection->stream.side[i == flow->client ? HELO_CLIENT : HELO_SERVER].next;
    }
}

/* A connection was replaced, and nothing has been said on the new one when both sides' numbers are
 * the old one's again: no end has made the handshake. A host that answers a SYN anew has forgotten
 * the old connection. */
static bool is_rival_of(const struct flow *flow, unsigned direction, const struct segment *segment)
{
    return flow->rivals && flow->connection == NULL && segment->payload_len > 0 &&
           (segment->flags & (SEGMENT_ACK | SEGMENT_SYN)) == SEGMENT_ACK &&
           (uint32_t)(segment->seq - flow->rival[direction]) < LIMIT_RIVAL_OCTETS &&
           (uint32_t)(segment->ack - flow->rival[1 - direction]) < LIMIT_RIVAL_OCTETS;
}

/* What the handshake makes of a segment, after whatever ends or begins with it. */
static enum flow_verdict follow_handshake(struct helo_engine *engine, struct flow *flow,
                                          unsigned direction, const struct segment *segment)
{
    enum flow_verdict verdict = flow_handshake(flow, direction, segment);
    bool refuted = verdict == FLOW_GO_ON ? is_rival_of(flow, direction, segment)
                                         : was_reset_falsely(flow, direction, segment);
    if (verdict == FLOW_GO_ON && !refuted)
        return verdict;
    if (verdict == FLOW_IGNORE && is_heard_after_all(flow, direction, segment)) {
        flow->unheard = false;
        flow_set_class(engine->flows, flow, FLOW_HALF_OPEN);
        return flow_handshake(flow, direction, segment);
    }
    if (verdict == FLOW_IGNORE && !refuted)
        return verdict;
    refuted &= verdict != FLOW_RESTART;
    bool living = verdict == FLOW_RESTART && !flow->closing && flow->class != FLOW_CLOSED;
    uint32_t rival[2];
    note_rival(flow, rival);
    engine_end_connection(engine, flow, SMTP_REPLACED, segment->time);
    flow_restart(engine->flows, flow, segment, engine->clock.now, direction);
    flow->refuted = refuted;
    flow->rivals = living;
    memcpy(flow->rival, rival, sizeof(rival));
    engine->stats.flows_created++;
    return flow_handshake(flow, direction, segment);
}

void follow_segment(struct helo_engine *engine, const struct segment *segment)
{
    unsigned direction;
    struct flow *flow = flow_of(engine, segment, &direction);
    if (flow == NULL)
        return;
    if (flow->class == FLOW_OTHER &&
        (segment->flags & (SEGMENT_SYN | SEGMENT_FIN | SEGMENT_RST)) == 0) {
        note_traffic(engine, flow, direction, segment); /* most of what crosses a link */
        return;
    }
    connection_fetch(flow->connection);
    enum flow_verdict verdict = follow_handshake(engine, flow, direction, segment);
    note_traffic(engine, flow, direction, segment);
    if (verdict == FLOW_IGNORE) {
        engine->stats.out_of_window++;
        return;
    }
    establish(engine, flow, segment);
    if (follow_open(engine, flow, direction, segment))
        follow_schedule(engine, flow);
}
