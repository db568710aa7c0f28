/* The engine: time, packets, memory, the end. */
#include "engine/crew.h"

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
    config->workers = 1;
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
    else if (config->workers < 1 || config->workers > HELO_MAX_WORKERS)
        reason = "there are 1 to 64 workers";
    else if (config->idle_timeout <= 0)
        reason = "the idle timeout must be positive";
    if (reason == NULL)
        return HELO_OK;
    snprintf(error->message, sizeof(error->message), "%s", reason);
    return HELO_ERROR_CONFIG;
}

/* Allocators of its own, or, for several workers, under a cap that all share. */
static bool make_memory(struct helo_engine *engine)
{
    uint64_t fail_at = engine->config.fail_allocation;
    bool alone = engine->config.workers <= 1;
    engine->pool.cap = engine->config.memory_cap;
    engine->mem =
        alone ? mem_new(engine->pool.cap, fail_at) : mem_new_shared(&engine->pool, fail_at);
    engine->reporter_mem = alone ? engine->mem : mem_new_shared(&engine->pool, fail_at);
    return engine->mem != NULL && engine->reporter_mem != NULL;
}

static bool make_parts(struct helo_engine *engine, helo_event_fn on_event, void *context)
{
    uint8_t *key = engine->smtp.digest_key;
    ssize_t size = sizeof(engine->smtp.digest_key);
    if (!make_memory(engine) || getrandom(key, (size_t)size, 0) != size)
        return false;
    engine->decoder = decoder_new(engine->mem, engine->config.verify_checksums);
    engine->reporter = reporter_new(engine->reporter_mem, &engine->config.rules, on_event, context);
    if (engine->decoder == NULL || engine->reporter == NULL)
        return false;
    engine->reporter_due = reporter_due(engine->reporter);
    engine->reported = reporter_wants(engine->reporter);
    if (!steps_open(engine))
        return false;
    if (engine->config.workers > 1)
        engine->crew = crew_new(engine);
    return engine->config.workers <= 1 || engine->crew != NULL;
}

enum helo_status helo_engine_new(const struct helo_config *config, helo_event_fn on_event,
                                 void *context, struct helo_engine **made, struct helo_error *error)
{
    *made = NULL;
    enum helo_status status = check_config(config, error);
    if (status != HELO_OK)
        return status;
    struct helo_engine *engine = calloc(1, sizeof(*engine));
    if (engine != NULL) {
        engine->config = *config;
        engine->context = context;
        if (engine->config.idle_timeout > LIMIT_TIMEOUT_SECONDS * HELO_SECOND)
            engine->config.idle_timeout = LIMIT_TIMEOUT_SECONDS * HELO_SECOND;
    }
    if (engine == NULL || !make_parts(engine, on_event, context)) {
        helo_engine_free(engine);
        snprintf(error->message, sizeof(error->message), "out of memory");
        return HELO_ERROR_MEMORY;
    }
    *made = engine;
    return HELO_OK;
}

/* A step is taken here, or by whoever follows the segment's connection. */
static void take_step(struct helo_engine *engine, helo_time now, const struct segment *segment)
{
    clock_advance(&engine->clock, now);
    if (engine->crew != NULL && !crew_is_ready(engine->crew)) {
        crew_free(engine->crew); /* no threads are to be had */
        engine->crew = NULL;
    }
    if (engine->crew != NULL)
        crew_step(engine->crew, engine->clock.now, segment);
    else
        steps_take(engine, ++engine->steps, engine->clock.now, segment);
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
    if (engine->crew != NULL)
        crew_hand_out(engine->crew);
}

void helo_engine_flush(struct helo_engine *engine)
{
    if (engine->held.data != NULL)
        let_go(engine, engine->clock.now == HELO_NO_TIME);
    if (engine->crew != NULL)
        crew_flush(engine->crew, engine->clock.now);
    else
        steps_flush(engine, ++engine->steps);
    reporter_flush(engine->reporter, engine->clock.now);
}

/* What comes before connections is counted here, the rest where they are followed. */
void helo_engine_stats(const struct helo_engine *engine, struct helo_stats *stats)
{
    const struct helo_stats *own = &engine->stats;
    *stats = (struct helo_stats){.packets_received = own->packets_received,
                                 .packets_truncated = own->packets_truncated,
                                 .packets_tcp = own->packets_tcp,
                                 .packets_other = own->packets_other,
                                 .packets_held = own->packets_held,
                                 .bytes = own->bytes,
                                 .memory_cap = engine->pool.cap};
    memcpy(stats->undecodable, own->undecodable, sizeof(own->undecodable));
    steps_count(engine, stats);
    if (engine->crew != NULL) {
        crew_rest(engine->crew);
        crew_count(engine->crew, stats);
        stats->memory_used += mem_used(engine->reporter_mem);
        stats->allocation_failures += mem_failures(engine->reporter_mem);
    }
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

void helo_engine_free(struct helo_engine *engine)
{
    if (engine == NULL)
        return;
    crew_free(engine->crew);
    if (engine->mem != NULL) {
        steps_close(engine);
        if (engine->held.data != NULL)
            mem_give(engine->mem, engine->held.data, engine->held.packet.captured + 1u);
        decoder_free(engine->decoder);
    }
    reporter_free(engine->reporter);
    if (engine->reporter_mem != engine->mem)
        mem_destroy(engine->reporter_mem);
    mem_destroy(engine->mem);
    free(engine);
}
