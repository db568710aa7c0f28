/* The reporter: rules that count over sessions, and the last stamp on every event. */
#include "engine/reporter.h"

struct reporter {
    struct mem *mem;
    struct rules *rules;
    helo_event_fn on_event;
    void *context;
    const struct record *at; /* the record at hand; NULL: none */
    bool has_lost;
    helo_time lost_clock;
    struct record_lost lost; /* in this step */
    uint64_t anomalies[HELO_MOST_RULES];
};

/* An event's number in its session counts the reporter's own events too, and none is before the
 * one before it. */
static void stamp(struct tally *tally, struct helo_event *event)
{
    event->number += tally->told;
    if (event->time < tally->last_time)
        event->time = tally->last_time;
    tally->last_time = event->time;
}

/* A rule spoke (rules_tell_fn). Of one session: it is that of the record at hand. */
static void tell_anomaly(void *context, const struct helo_connection *connection,
                         const struct helo_anomaly *anomaly, helo_time time)
{
    struct reporter *reporter = context;
    struct helo_event event = {.dataset = HELO_DATASET_ANOMALY,
                               .time = time,
                               .connection = connection,
                               .of.anomaly = anomaly};
    if (connection != NULL) {
        reporter->at->tally->told++;
        event.number = reporter->at->event.number;
        stamp(reporter->at->tally, &event);
    }
    size_t rule = helo_rule_find(anomaly->rule->id);
    if (rule < HELO_MOST_RULES)
        reporter->anomalies[rule]++;
    reporter->on_event(reporter->context, &event);
}

struct reporter *reporter_new(struct mem *mem, const struct helo_rules_config *rules,
                              helo_event_fn on_event, void *context)
{
    struct reporter *reporter = mem_take_zero(mem, sizeof(*reporter));
    if (reporter == NULL)
        return NULL;
    reporter->mem = mem;
    reporter->on_event = on_event;
    reporter->context = context;
    reporter->rules = rules_new(RULES_OVER_SESSIONS, mem, rules, tell_anomaly, NULL, reporter);
    if (reporter->rules == NULL) {
        reporter_free(reporter);
        return NULL;
    }
    return reporter;
}

uint32_t reporter_wants(const struct reporter *reporter)
{
    uint32_t wants = 1u << FACT_OPEN; /* the rules count from the first fact on */
    for (unsigned kind = 0; kind < FACT_KINDS; kind++)
        wants |= (uint32_t)rules_want(reporter->rules, (enum fact_kind)kind) << kind;
    return wants;
}

static void take_told(struct reporter *reporter, const struct record *record)
{
    if (record->has_event) {
        struct helo_event event = record->event;
        stamp(record->tally, &event);
        reporter->on_event(reporter->context, &event);
    }
    if (record->has_fact)
        rules_fact(reporter->rules, &record->tally->rules, &record->fact);
}

static void add_lost(struct reporter *reporter, const struct record *record)
{
    reporter->has_lost = true;
    reporter->lost_clock = record->clock;
    reporter->lost.evicted += record->lost.evicted;
    reporter->lost.gap_bytes += record->lost.gap_bytes;
    reporter->lost.stream_octets += record->lost.stream_octets;
}

void reporter_take(struct reporter *reporter, const struct record *record)
{
    struct mem_account *account = mem_charge(reporter->mem, NULL); /* counters are nobody's */
    if (record->kind != RECORD_OVER)
        reporter_tick(reporter, record->clock);
    reporter->at = record;
    switch (record->kind) {
    case RECORD_TOLD:
        take_told(reporter, record);
        break;
    case RECORD_OVER:
        rules_forget(reporter->rules, &record->tally->rules);
        break;
    case RECORD_LOST:
        add_lost(reporter, record);
        break;
    }
    reporter->at = NULL;
    mem_charge(reporter->mem, account);
}

static void tell_lost(struct reporter *reporter, enum loss what, uint64_t count, uint64_t of)
{
    struct fact fact = {.kind = FACT_LOST,
                        .time = reporter->lost_clock,
                        .of.lost = {.what = what, .count = count, .of = of}};
    if (count > 0)
        rules_fact(reporter->rules, NULL, &fact);
}

void reporter_end_step(struct reporter *reporter)
{
    if (!reporter->has_lost)
        return;
    struct record_lost lost = reporter->lost;
    reporter->has_lost = false;
    reporter->lost = (struct record_lost){0};
    tell_lost(reporter, LOSS_SESSIONS, lost.evicted, 0);
    /* What was lost counts as having been there. */
    tell_lost(reporter, LOSS_STREAM, lost.gap_bytes, lost.stream_octets + lost.gap_bytes);
}

const helo_time *reporter_due(const struct reporter *reporter)
{
    return rules_due(reporter->rules);
}

void reporter_tick(struct reporter *reporter, helo_time now)
{
    rules_tick(reporter->rules, now);
}

void reporter_flush(struct reporter *reporter, helo_time now)
{
    reporter_end_step(reporter);
    rules_flush(reporter->rules, now);
}

void reporter_count(const struct reporter *reporter, uint64_t anomalies[HELO_MOST_RULES])
{
    for (size_t i = 0; i < HELO_MOST_RULES; i++)
        anomalies[i] += reporter->anomalies[i];
}

void reporter_free(struct reporter *reporter)
{
    if (reporter == NULL)
        return;
    rules_free(reporter->rules);
    mem_give(reporter->mem, reporter, sizeof(*reporter));
}
