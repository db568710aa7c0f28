/* Tells the rules what the sensor itself has lost: stream octets by the minute, and state. */
#include "engine/engine.h"

#define MINUTE (60 * HELO_SECOND)

static void tell(struct helo_engine *engine, enum loss what, uint64_t count, uint64_t of)
{
    struct fact fact = {.kind = FACT_LOST,
                        .time = engine->clock.now,
                        .of.lost = {.what = what, .count = count, .of = of}};
    rules_fact(engine->rules, NULL, &fact);
}

/* What was lost counts as having been there. */
static void tell_stream(struct helo_engine *engine)
{
    struct losses *losses = &engine->losses;
    uint64_t gaps = engine->stream_counts.gap_bytes - losses->gap_bytes;
    uint64_t octets = engine->stream_octets - losses->stream_octets;
    losses->gap_bytes = engine->stream_counts.gap_bytes;
    losses->stream_octets = engine->stream_octets;
    losses->due = engine->clock.now + MINUTE;
    if (gaps > 0)
        tell(engine, LOSS_STREAM, gaps, octets + gaps);
}

void loss_look(struct helo_engine *engine)
{
    struct losses *losses = &engine->losses;
    uint64_t evicted = engine->stats.flows_evicted - losses->evicted;
    losses->evicted = engine->stats.flows_evicted;
    if (evicted > 0)
        tell(engine, LOSS_SESSIONS, evicted, 0);
    if (engine->clock.now >= losses->due)
        tell_stream(engine);
}

void loss_flush(struct helo_engine *engine)
{
    loss_look(engine);
    tell_stream(engine);
}
