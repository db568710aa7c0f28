/* The object `smtp` of stats events: the engine's counters, the outputs' and the process's. */
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "report/json_event.h"
#include "report/names.h"
#include "report/output.h"

static void undecodable(struct json *json, const struct helo_stats *stats)
{
    bool open = false;

    for (int i = 0; i < HELO_UNDECODABLE_COUNT; i++) {
        if (stats->undecodable[i] == 0)
            continue;
        if (!open)
            json_open(json, "undecodable", '{');
        open = true;
        json_u64(json, name_of_undecodable((enum helo_undecodable)i), stats->undecodable[i]);
    }
    if (open)
        json_close(json, '}');
}

static void packets(struct json *json, const struct helo_stats *stats)
{
    json_open(json, "packets", '{');
    json_u64(json, "received", stats->packets_received);
    if (stats->has_drops) {
        json_u64(json, "dropped_kernel", stats->dropped_kernel);
        json_u64(json, "dropped_interface", stats->dropped_interface);
    }
    json_u64(json, "truncated", stats->packets_truncated);
    json_u64(json, "other", stats->packets_other);
    undecodable(json, stats);
    json_close(json, '}');
}

static void flows_and_streams(struct json *json, const struct helo_stats *stats)
{
    json_open(json, "flows", '{');
    json_u64(json, "active", stats->flows_active);
    json_u64(json, "created", stats->flows_created);
    json_u64(json, "expired", stats->flows_expired);
    json_u64(json, "evicted", stats->flows_evicted);
    json_close(json, '}');
    json_open(json, "stream", '{');
    json_u64(json, "buffered_bytes", stats->buffered_bytes);
    json_u64(json, "gaps", stats->gaps);
    json_u64(json, "gap_bytes", stats->gap_bytes);
    json_u64(json, "out_of_window", stats->out_of_window);
    json_close(json, '}');
    json_open(json, "sessions", '{');
    json_u64(json, "active", stats->sessions_active);
    json_u64(json, "ended", stats->sessions_ended);
    json_close(json, '}');
}

static void outputs(struct json *json, const struct event_context *context)
{
    json_open(json, "events", '[');
    for (size_t i = 0; i < context->output_count; i++) {
        const struct output_state *output = &context->outputs[i];
        json_open_element(json, '{');
        json_text(json, "smtp.stats.events.output",
                  (struct helo_slice){(const uint8_t *)output->name, strlen(output->name)});
        json_u64(json, "written", output->written);
        json_u64(json, "dropped", output->dropped);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void anomalies(struct json *json, const struct helo_stats *stats)
{
    bool open = false;

    for (size_t i = 0; i < helo_rules_count(); i++) {
        if (stats->anomalies[i] == 0)
            continue;
        if (!open)
            json_open(json, "anomalies", '{');
        open = true;
        json_u64(json, helo_rule_at(i)->id, stats->anomalies[i]);
    }
    if (open)
        json_close(json, '}');
}

/* The second number of /proc/self/statm; 0 where there is no such file. */
static uint64_t resident_octets(int statm)
{
    char text[128];
    ssize_t got = pread(statm, text, sizeof(text) - 1, 0);
    if (got <= 0)
        return 0;
    text[got] = '\0';
    const char *second = strchr(text, ' ');
    if (second == NULL)
        return 0;
    return strtoull(second, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void process(struct json *json, int statm)
{
    struct rusage usage;
    uint64_t resident = resident_octets(statm);

    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        int64_t seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec;
        int64_t micros = usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
        json_milliseconds(json, "cpu_ms", seconds * HELO_SECOND + micros * HELO_MICROSECOND);
    }
    if (resident > 0)
        json_u64(json, "rss_bytes", resident);
}

void json_event_stats(struct json *json, const struct helo_event *event,
                      const struct event_context *context)
{
    const struct helo_stats *stats = event->of.stats;

    json_open(json, "stats", '{');
    packets(json, stats);
    json_u64(json, "bytes", stats->bytes);
    flows_and_streams(json, stats);
    outputs(json, context);
    anomalies(json, stats);
    json_open(json, "memory", '{');
    json_u64(json, "used", stats->memory_used);
    json_u64(json, "cap", stats->memory_cap);
    json_u64(json, "failures", stats->allocation_failures);
    json_close(json, '}');
    process(json, context->statm);
    json_close(json, '}');
}
