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

static void look(struct helo_engine *engine, bool minute)
{
    struct record record = {.kind = RECORD_LOST,
                            .key = {.step = engine->key.step, .phase = PHASE_LOSS}};
    record.lost.evicted = engine->stats.flows_evicted - engine->losses.evicted;
    if (record.lost.evicted == 0 && !minute)
        return;
    engine->losses.evicted = engine->stats.flows_evicted;
    if (minute)
        take_minute(engine, &record.lost);
    engine->key = record.key;
    engine_report(engine, &record);
}

void loss_look(struct helo_engine *engine)
{
    look(engine, engine->clock.now >= engine->losses.due);
}

void loss_flush(struct helo_engine *engine)
{
    look(engine, true);
}
