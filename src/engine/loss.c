/* Counts what the sensor itself has lost, for the rules: stream octets by the minute, and state. */
#include "engine/engine.h"

#define MINUTE (60 * HELO_SECOND)

static void take_minute(struct helo_engine *engine, struct record_lost *lost)
{
    struct losses *losses = &engine->losses;
    lost->gap_bytes = engine->stream_counts.gap_bytes - losses->gap_bytes;
    lost->stream_octets = engine->stream_octets - losses->stream_octets;
    losses->gap_bytes = engine->stream_counts.gap_bytes;
    losses->stream_octets = engine->stream_octets;
    losses->due = engine->clock.now + MINUTE;
}

static void report(struct helo_engine *engine, uint64_t evicted, bool minute)
{
    struct record record = {.kind = RECORD_LOST, .lost.evicted = evicted};
    engine->losses.evicted += evicted;
    if (minute)
        take_minute(engine, &record.lost);
    engine->key = (struct record_key){.step = engine->key.step, .phase = PHASE_LOSS};
    engine_report(engine, &record);
}

void loss_look(struct helo_engine *engine)
{
    uint64_t evicted = engine->stats.flows_evicted - engine->losses.evicted;
    bool minute = engine->clock.now >= engine->losses.due;
    if (evicted > 0 || minute)
        report(engine, evicted, minute);
}

void loss_flush(struct helo_engine *engine)
{
    report(engine, engine->stats.flows_evicted - engine->losses.evicted, true);
}
