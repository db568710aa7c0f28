/* Steps: what a packet or a tick of the clock means for the connections that are followed here. */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/limits.h"
#include "engine/crew.h"

/* Eviction: fewer flows of a class than this, or than one in so many, are a handful. */
#define CROWD 8

struct naming *engine_naming(struct helo_engine *engine)
{
    if (engine->naming == NULL && engine->member != NULL)
        engine->naming = crew_naming(engine->member);
    else if (engine->naming == NULL)
        engine->naming = naming_new(engine->mem);
    return engine->naming;
}

void engine_end_connection(struct helo_engine *engine, struct flow *flow, enum smtp_cause cause,
                           helo_time time)
{
    if (flow->probe != NULL)
        probing_settle(engine, flow);
    if (flow->closing)
        cause = SMTP_CONNECTION_OVER;
    if (flow->connection != NULL)
        connection_end(flow->connection, cause, time);
    if (flow->foreign)
        other_end(engine, flow, cause, time);
}

void engine_end_flow(struct helo_engine *engine, struct flow *flow, enum smtp_cause cause,
                     helo_time time, bool remember)
{
    engine_end_connection(engine, flow, cause, time);
    flow->closing = flow->doubted = false;
    flow->foreign = false;
    timers_remove(&engine->timers, &flow->timer);
    if (!remember) {
        flow_remove(engine->flows, flow);
        return;
    }
    flow->settled = time;
    flow_set_class(engine->flows, flow, FLOW_CLOSED);
    follow_schedule(engine, flow);
}

/* A few flows of a class among a crowd of others are not what fills the memory: who floods with
 * sessions would else push out every connection that has only just begun. */
static bool is_handful(const struct helo_engine *engine, enum flow_class class)
{
    bool counts = class == FLOW_HALF_OPEN || class == FLOW_OTHER || class == FLOW_SILENT;
    size_t count = flow_class_count(engine->flows, class);
    return counts && (count < CROWD || count < flow_count(engine->flows) / CROWD);
}

static bool evict_of(struct helo_engine *engine, enum flow_class class)
{
    struct flow *victim = flow_victim(engine->flows, class);
    if (victim == NULL)
        return false;
    engine->stats.flows_evicted += class != FLOW_CLOSED;
    engine_end_flow(engine, victim, SMTP_EVICTED, engine->clock.now, false);
    return true;
}

/* In the order that the design gives: closed, half-open, not SMTP, silent, undecided, SMTP; but fat
 * connections right after the half-open ones, so that nobody pushes others out by being fat, and
 * handfuls last. */
static bool evict_one(struct helo_engine *engine)
{
    for (int class = FLOW_CLOSED; class < FLOW_CLASSES; class ++)
        if (!is_handful(engine, (enum flow_class) class) &&
            evict_of(engine, (enum flow_class) class))
            return true;
    for (int class = FLOW_CLOSED; class < FLOW_CLASSES; class ++)
        if (evict_of(engine, (enum flow_class) class))
            return true;
    return false;
}

void engine_evict(struct helo_engine *engine)
{
    while (mem_is_short(engine->mem) && evict_one(engine))
        ;
}

void engine_report(struct helo_engine *engine, struct record *record)
{
    record->key = engine->key;
    record->clock = record->key.phase == PHASE_TIMERS ? record->key.at : engine->clock.now;
    if (engine->member != NULL)
        crew_report(engine->member, record);
    else if (engine->reporter != NULL)
        reporter_take(engine->reporter, record);
}

void steps_take(struct helo_engine *engine, uint64_t step, helo_time now,
                const struct segment *segment)
{
    engine->key = (struct record_key){.step = step};
    clock_advance(&engine->clock, now);
    follow_timers(engine);
    if (engine->reporter != NULL && engine->clock.now >= *engine->reporter_due)
        reporter_tick(engine->reporter, engine->clock.now);
    engine->key = (struct record_key){.step = step, .phase = PHASE_PACKET};
    if (segment != NULL) {
        if (mem_is_short(engine->mem))
            engine_evict(engine);
        follow_segment(engine, segment);
    }
    loss_look(engine);
    if (engine->reporter != NULL)
        reporter_end_step(engine->reporter);
}

helo_time steps_due(const struct helo_engine *engine)
{
    helo_time due = engine->losses.due;
    if (timers_due(&engine->timers) < due)
        due = timers_due(&engine->timers);
    return *engine->rules_due < due ? *engine->rules_due : due;
}

static int compare_flows(const void *a, const void *b)
{
    const struct flow *x = *(const struct flow *const *)a;
    const struct flow *y = *(const struct flow *const *)b;
    if (x->created != y->created)
        return x->created < y->created ? -1 : 1;
    return x->timer.order < y->timer.order ? -1 : 1;
}

/* Calls back for every flow of which a session is to be told, or something is to be freed. */
static void each_connected(const struct helo_engine *engine,
                           void (*visit)(struct flow *flow, void *context), void *context)
{
    static const enum flow_class classes[] = {FLOW_SMTP, FLOW_FAT, FLOW_PROBED, FLOW_OTHER};
    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
        for (struct flow *f = flow_first(engine->flows, classes[i]); f != NULL; f = f->class_next) {
            if (f->connection != NULL || f->probe != NULL || f->foreign)
                visit(f, context);
        }
    }
}

struct flow_list {
    struct flow **flows; /* NULL: only counts */
    size_t count;
};

static void list_flow(struct flow *flow, void *context)
{
    struct flow_list *list = context;
    if (list->flows != NULL)
        list->flows[list->count] = flow;
    list->count++;
}

/* Ends the connections in the order of their start; without memory for the list, as they come. */
static void flush_smtp(struct helo_engine *engine)
{
    struct flow_list list = {0};
    each_connected(engine, list_flow, &list);
    size_t count = list.count;
    list = (struct flow_list){.flows = count > 0 ? malloc(count * sizeof(*list.flows)) : NULL};
    if (list.flows == NULL)
        return;
    each_connected(engine, list_flow, &list);
    qsort(list.flows, count, sizeof(*list.flows), compare_flows);
    for (size_t i = 0; i < count; i++) {
        engine->key.at = list.flows[i]->created;
        engine->key.order = list.flows[i]->timer.order;
        engine_end_flow(engine, list.flows[i], SMTP_CAPTURE_END, engine->clock.now, false);
    }
    free(list.flows);
}

void steps_flush(struct helo_engine *engine, uint64_t step)
{
    engine->key = (struct record_key){.step = step, .phase = PHASE_TIMERS};
    flush_smtp(engine);
    for (int class = FLOW_CLOSED; class < FLOW_CLASSES; class ++) {
        struct flow *flow;
        while ((flow = flow_first(engine->flows, (enum flow_class) class)) != NULL)
            engine_end_flow(engine, flow, SMTP_CAPTURE_END, engine->clock.now, false);
    }
    loss_flush(engine);
}

void steps_count(const struct helo_engine *engine, struct helo_stats *stats)
{
    const struct helo_stats *own = &engine->stats;
    stats->flows_active += flow_count(engine->flows);
    stats->flows_created += own->flows_created;
    stats->flows_expired += own->flows_expired;
    stats->flows_evicted += own->flows_evicted;
    stats->buffered_bytes += engine->buffered;
    stats->gaps += engine->stream_counts.gaps;
    stats->gap_bytes += engine->stream_counts.gap_bytes;
    stats->out_of_window += own->out_of_window + engine->stream_counts.out_of_window;
    stats->sessions_active += own->sessions_active;
    stats->sessions_ended += own->sessions_ended;
    stats->allocation_failures += mem_failures(engine->mem);
    stats->memory_used += mem_used(engine->mem);
    for (size_t i = 0; i < HELO_MOST_RULES; i++)
        stats->anomalies[i] += own->anomalies[i];
}

static void free_connection(struct flow *flow, void *context)
{
    struct helo_engine *engine = context;
    probe_free(engine->mem, flow->probe);
    if (flow->connection != NULL)
        connection_free(flow->connection);
}

bool steps_open(struct helo_engine *engine)
{
    const struct helo_config *config = &engine->config;
    struct flow_timeouts timeouts = {.idle = config->idle_timeout};
    struct flow_key parts = {.vlan = config->flow_key_vlan, .vni = config->flow_key_vni};
    uint8_t secret[192];
    timers_init(&engine->timers, engine->mem);
    clock_init(&engine->clock);
    for (size_t i = 0; i < config->port_count; i++)
        engine->is_smtp_port[config->ports[i] / 8] |= (uint8_t)(1u << (config->ports[i] % 8));
    engine->smtp.mem = engine->mem;
    engine->smtp.exchanges = config->exchanges;
    engine->smtp.reveal_secrets = config->reveal_secrets;
    connection_sink(&engine->smtp.sink);
    if (getrandom(secret, sizeof(secret), 0) != (ssize_t)sizeof(secret))
        return false;
    memcpy(&engine->stream_counts.key, secret + sizeof(secret) / 2, sizeof(uint64_t));
    engine->flows = flow_table_new(engine->mem, secret, &timeouts, &parts);
    engine->rules = rules_new(RULES_OF_SESSIONS, engine->mem, &config->rules,
                              connection_tell_anomaly, connection_refresh, engine);
    if (engine->flows == NULL || engine->rules == NULL)
        return false;
    engine->rules_due = rules_due(engine->rules);
    engine->smtp.wanted = engine->reported;
    for (unsigned kind = 0; kind < FACT_KINDS; kind++)
        engine->smtp.wanted |= (uint32_t)rules_want(engine->rules, (enum fact_kind)kind) << kind;
    return true;
}

void steps_close(struct helo_engine *engine)
{
    engine->member = NULL;
    if (engine->flows != NULL)
        each_connected(engine, free_connection, engine);
    flow_table_free(engine->flows);
    rules_free(engine->rules);
    timers_close(&engine->timers);
    naming_free(engine->mem, engine->naming);
}
