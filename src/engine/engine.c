/* The engine: time, packets, memory, the end. */
#include "engine/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/limits.h"
#include "base/network.h"

#define LEAST_MEMORY (UINT64_C(4) << 20)

void helo_config_init(struct helo_config *config)
{
    static const uint16_t ports[] = {25, 465, 587, 2525};
    *config = (struct helo_config){0};
    memcpy(config->ports, ports, sizeof(ports));
    config->port_count = sizeof(ports) / sizeof(ports[0]);
    config->proxy_count = network_private(config->proxies);
    helo_rules_config_init(&config->rules);
    config->memory_cap = UINT64_C(512) << 20;
    config->idle_timeout = LIMIT_IDLE_SECONDS * HELO_SECOND;
    config->exchanges = true;
}

static enum helo_status check_config(const struct helo_config *config, struct helo_error *error)
{
    const char *reason = NULL;
    if (config->port_count > HELO_MAX_PORTS)
        reason = "too many ports";
    else if (config->proxy_count > HELO_MAX_NETWORKS)
        reason = "too many proxy networks";
    else if (config->memory_cap < LEAST_MEMORY)
        reason = "the memory cap must be at least 4 MiB";
    else if (config->idle_timeout <= 0)
        reason = "the idle timeout must be positive";
    if (reason == NULL)
        return HELO_OK;
    snprintf(error->message, sizeof(error->message), "%s", reason);
    return HELO_ERROR_CONFIG;
}

/* Who wants which facts, and when. */
static void connect_reporter(struct helo_engine *engine)
{
    engine->rules_due = rules_due(engine->rules);
    engine->reporter_due = reporter_due(engine->reporter);
    engine->reported = reporter_wants(engine->reporter);
    engine->smtp.wanted = engine->reported;
    for (unsigned kind = 0; kind < FACT_KINDS; kind++)
        engine->smtp.wanted |= (uint32_t)rules_want(engine->rules, (enum fact_kind)kind) << kind;
}

static bool make_parts(struct helo_engine *engine, helo_event_fn on_event, void *context)
{
    struct flow_timeouts timeouts = {.idle = engine->config.idle_timeout};
    struct flow_key parts = {.vlan = engine->config.flow_key_vlan,
                             .vni = engine->config.flow_key_vni};
    uint8_t secret[192];
    uint8_t *key = engine->smtp.digest_key;
    ssize_t size = sizeof(engine->smtp.digest_key);
    if (getrandom(secret, sizeof(secret), 0) != (ssize_t)sizeof(secret) ||
        getrandom(key, (size_t)size, 0) != size)
        return false;
    memcpy(&engine->stream_counts.key, secret + sizeof(secret) / 2, sizeof(uint64_t));
    engine->decoder = decoder_new(engine->mem, engine->config.verify_checksums);
    engine->flows = flow_table_new(engine->mem, secret, &timeouts, &parts);
    engine->rules = rules_new(RULES_OF_SESSIONS, engine->mem, &engine->config.rules,
                              connection_tell_anomaly, connection_refresh, engine);
    engine->reporter = reporter_new(engine->mem, &engine->config.rules, on_event, context);
    if (engine->decoder == NULL || engine->flows == NULL || engine->rules == NULL ||
        engine->reporter == NULL)
        return false;
    connect_reporter(engine);
    return true;
}

enum helo_status helo_engine_new(const struct helo_config *config, helo_event_fn on_event,
                                 void *context, struct helo_engine **made, struct helo_error *error)
{
    *made = NULL;
    enum helo_status status = check_config(config, error);
    if (status != HELO_OK)
        return status;
    struct helo_engine *engine = calloc(1, sizeof(*engine));
    struct mem *mem = mem_new(config->memory_cap, config->fail_allocation);
    if (engine == NULL || mem == NULL) {
        free(engine);
        mem_destroy(mem);
        snprintf(error->message, sizeof(error->message), "out of memory");
        return HELO_ERROR_MEMORY;
    }
    engine->config = *config;
    if (engine->config.idle_timeout > LIMIT_TIMEOUT_SECONDS * HELO_SECOND)
        engine->config.idle_timeout = LIMIT_TIMEOUT_SECONDS * HELO_SECOND;
    engine->mem = mem;
    clock_init(&engine->clock);
    timers_init(&engine->timers, mem);
    for (size_t i = 0; i < config->port_count; i++)
        engine->is_smtp_port[config->ports[i] / 8] |= (uint8_t)(1u << (config->ports[i] % 8));
    engine->smtp.mem = mem;
    engine->smtp.exchanges = config->exchanges;
    engine->smtp.reveal_secrets = config->reveal_secrets;
    connection_sink(&engine->smtp.sink);
    if (!make_parts(engine, on_event, context)) {
        helo_engine_free(engine);
        snprintf(error->message, sizeof(error->message), "out of memory");
        return HELO_ERROR_MEMORY;
    }
    *made = engine;
    return HELO_OK;
}

struct naming *engine_naming(struct helo_engine *engine)
{
    if (engine->naming == NULL)
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

/* In the order that the design gives: closed, half-open, not SMTP, silent, undecided, SMTP; but fat
 * connections right after the half-open ones, so that nobody pushes others out by being fat. */
static bool evict_one(struct helo_engine *engine)
{
    for (int class = FLOW_CLOSED; class < FLOW_CLASSES; class ++) {
        struct flow *victim = flow_victim(engine->flows, (enum flow_class) class);
        if (victim == NULL)
            continue;
        engine->stats.flows_evicted += class != FLOW_CLOSED;
        engine_end_flow(engine, victim, SMTP_EVICTED, engine->clock.now, false);
        return true;
    }
    return false;
}

void engine_evict(struct helo_engine *engine)
{
    uint64_t cap = mem_cap(engine->mem);
    while (mem_used(engine->mem) > cap - cap / 8 && evict_one(engine))
        ;
}

void engine_report(struct helo_engine *engine, struct record *record)
{
    record->key = engine->key;
    record->clock = record->key.phase == PHASE_TIMERS ? record->key.at : engine->clock.now;
    reporter_take(engine->reporter, record);
}

/* A step: the clock goes on to now, what that makes due is done, a segment (NULL: none) followed.
 */
static void take_step(struct helo_engine *engine, helo_time now, const struct segment *segment)
{
    engine->key = (struct record_key){.step = ++engine->steps};
    clock_advance(&engine->clock, now);
    follow_timers(engine);
    if (engine->clock.now >= *engine->reporter_due)
        reporter_tick(engine->reporter, engine->clock.now);
    engine->key = (struct record_key){.step = engine->steps, .phase = PHASE_PACKET};
    if (segment != NULL) {
        if (mem_used(engine->mem) > mem_cap(engine->mem) - mem_cap(engine->mem) / 8)
            engine_evict(engine);
        follow_segment(engine, segment);
    }
    loss_look(engine);
    reporter_end_step(engine->reporter);
}

static void process(struct helo_engine *engine, const struct helo_packet *packet)
{
    struct segment segment;
    enum helo_undecodable reason;
    const struct segment *decoded = NULL;

    engine->interface = packet->interface;
    clock_advance(&engine->clock, packet->time);
    switch (decode_packet(engine->decoder, packet, engine->clock.now, &segment, &reason)) {
    case DECODE_SEGMENT:
        engine->stats.packets_tcp++;
        decoded = &segment;
        break;
    case DECODE_OTHER:
        engine->stats.packets_other++;
        break;
    case DECODE_UNDECODABLE:
        engine->stats.undecodable[reason]++;
        break;
    case DECODE_FRAGMENT:
        engine->stats.packets_held++;
        break;
    }
    take_step(engine, engine->clock.now, decoded);
}

static bool hold_back(struct helo_engine *engine, const struct helo_packet *packet)
{
    uint8_t *data = mem_take(engine->mem, packet->captured + 1u);
    if (data == NULL)
        return false;
    memcpy(data, packet->data, packet->captured);
    engine->held = (struct held_packet){.packet = *packet, .data = data};
    engine->held.packet.data = data;
    return true;
}

/* Processes the packet that was kept back, at its own time or, if nothing bears it out, at the
 * clock's. */
static void let_go(struct helo_engine *engine, bool believed)
{
    struct held_packet held = engine->held;
    engine->held.data = NULL;
    if (!believed && engine->clock.now != HELO_NO_TIME)
        held.packet.time = engine->clock.now;
    process(engine, &held.packet);
    mem_give(engine->mem, held.data, held.packet.captured + 1u);
}

static void settle_held(struct helo_engine *engine, helo_time second)
{
    bool believed = clock_agrees(&engine->clock, engine->held.packet.time, second);
    if (!believed && engine->clock.now == HELO_NO_TIME)
        clock_advance(&engine->clock, second);
    let_go(engine, believed);
}

/* Reads a packet whose time can be counted with. */
static void take_packet(struct helo_engine *engine, const struct helo_packet *packet)
{
    engine->stats.packets_received++;
    engine->stats.bytes += packet->length;
    engine->stats.packets_truncated += packet->captured < packet->length;
    if (engine->held.data != NULL)
        settle_held(engine, packet->time);
    if (!clock_doubts(&engine->clock, packet->time)) {
        process(engine, packet);
    } else if (!hold_back(engine, packet)) {
        struct helo_packet now = *packet;
        if (engine->clock.now != HELO_NO_TIME)
            now.time = engine->clock.now;
        process(engine, &now);
    }
}

void helo_engine_packet(struct helo_engine *engine, const struct helo_packet *packet)
{
    struct helo_packet bounded;
    if (packet->time != clock_bound(packet->time)) {
        bounded = *packet;
        bounded.time = clock_bound(packet->time);
        packet = &bounded;
    }
    take_packet(engine, packet);
}

void helo_engine_tick(struct helo_engine *engine, helo_time now)
{
    now = clock_bound(now);
    if (engine->held.data != NULL)
        settle_held(engine, now);
    take_step(engine, now, NULL);
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

void helo_engine_flush(struct helo_engine *engine)
{
    if (engine->held.data != NULL)
        let_go(engine, engine->clock.now == HELO_NO_TIME);
    engine->key = (struct record_key){.step = ++engine->steps, .phase = PHASE_TIMERS};
    flush_smtp(engine);
    for (int class = FLOW_CLOSED; class < FLOW_CLASSES; class ++) {
        struct flow *flow;
        while ((flow = flow_first(engine->flows, (enum flow_class) class)) != NULL)
            engine_end_flow(engine, flow, SMTP_CAPTURE_END, engine->clock.now, false);
    }
    loss_flush(engine);
    reporter_flush(engine->reporter, engine->clock.now);
}

void helo_engine_stats(const struct helo_engine *engine, struct helo_stats *stats)
{
    *stats = engine->stats;
    stats->flows_active = flow_count(engine->flows);
    stats->buffered_bytes = engine->buffered;
    stats->gaps = engine->stream_counts.gaps;
    stats->gap_bytes = engine->stream_counts.gap_bytes;
    stats->out_of_window += engine->stream_counts.out_of_window;
    stats->allocation_failures = mem_failures(engine->mem);
    stats->memory_used = mem_used(engine->mem);
    stats->memory_cap = mem_cap(engine->mem);
    reporter_count(engine->reporter, stats->anomalies);
}

helo_time helo_engine_clock(const struct helo_engine *engine)
{
    return engine->clock.now;
}

bool helo_knows_link_type(int link_type)
{
    return decode_knows_link_type(link_type);
}

static void free_connection(struct flow *flow, void *context)
{
    struct helo_engine *engine = context;
    probe_free(engine->mem, flow->probe);
    if (flow->connection != NULL)
        connection_free(flow->connection);
}

void helo_engine_free(struct helo_engine *engine)
{
    if (engine == NULL)
        return;
    if (engine->flows != NULL)
        each_connected(engine, free_connection, engine);
    if (engine->held.data != NULL)
        mem_give(engine->mem, engine->held.data, engine->held.packet.captured + 1u);
    flow_table_free(engine->flows);
    rules_free(engine->rules);
    reporter_free(engine->reporter);
    timers_close(&engine->timers);
    naming_free(engine->mem, engine->naming);
    decoder_free(engine->decoder);
    mem_destroy(engine->mem);
    free(engine);
}
