/* The reporter: all records in one order; the rules that count over sessions; the events' last
 * number and time. What it hands over depends on the capture alone, not on who followed what. */
#ifndef ENGINE_REPORTER_H
#define ENGINE_REPORTER_H

#include "engine/record.h"
#include "heloscope/heloscope.h"

struct reporter;

/* Makes a reporter that hands events to on_event(context, …); mem is for its rules, whose
 * configuration is borrowed and outlives it. NULL without memory; owned by the caller. */
struct reporter *reporter_new(struct mem *mem, const struct helo_rules_config *rules,
                              helo_event_fn on_event, void *context);

/* The kinds of facts, as bits, that are to be in records; FACT_OPEN always is. */
uint32_t reporter_wants(const struct reporter *reporter);

/* Takes the next record of all. */
void reporter_take(struct reporter *reporter, const struct record *record);

/* What was lost in the records of a step counts as one: told of when they are all there. */
void reporter_end_step(struct reporter *reporter);

/* Where the next deadline of its rules stands, and lets them fire up to now. */
const helo_time *reporter_due(const struct reporter *reporter);
void reporter_tick(struct reporter *reporter, helo_time now);

/* The end of the capture: ends every window. */
void reporter_flush(struct reporter *reporter, helo_time now);

/* Adds the anomalies that it has told of, by rule. */
void reporter_count(const struct reporter *reporter, uint64_t anomalies[HELO_MOST_RULES]);

/* NULL is allowed. Tallies are to be over. */
void reporter_free(struct reporter *reporter);

#endif
