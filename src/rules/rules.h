/* The rules as the engine sees them: facts in, anomalies out. */
#ifndef RULES_RULES_H
#define RULES_RULES_H

#include "base/fact.h"
#include "base/mem.h"

struct rules;

/* What the rules keep of one connection: a part of the connection, all zero at its beginning. */
struct rules_session {
    uint8_t *state; /* of the rules that keep some; NULL: none yet */
    uint64_t told[HELO_MOST_RULES / 64];
    struct rules_timer *timers;
    uint64_t order; /* of sessions whose timers are due at the same time; the engine sets it */
};

/* Which rules are run. Those that look at one session alone can run wherever its packets are
 * followed, and only they have timers; those that count over sessions must see the facts of all, in
 * one order. */
enum rules_scope { RULES_OF_SESSIONS, RULES_OVER_SESSIONS };

/* Brings the octets and packets of a connection's ends up to date, for a timer's fact. */
typedef void (*rules_refresh_fn)(void *context, const struct helo_connection *connection);

/* Receives an anomaly. Of one session: connection is its own. Of several: NULL. */
typedef void (*rules_tell_fn)(void *context, const struct helo_connection *connection,
                              const struct helo_anomaly *anomaly, helo_time time);

/* Makes the rules of this scope as config has them; it is borrowed and outlives them. refresh NULL:
 * no rule of the scope sets timers. NULL without memory; owned by the caller. */
struct rules *rules_new(enum rules_scope scope, struct mem *mem,
                        const struct helo_rules_config *config, rules_tell_fn tell,
                        rules_refresh_fn refresh, void *context);

/* True if some rule wants facts of this kind: those that cost to make are not made for nobody. */
bool rules_want(const struct rules *rules, enum fact_kind kind);

/* Shows a fact to every rule that wants its kind. session belongs to the fact's connection; NULL
 * for facts of the sensor. What was due before the fact comes first. */
void rules_fact(struct rules *rules, struct rules_session *session, const struct fact *fact);

/* Where the next deadline stands, as long as the rules live: before it there is nothing to tick. */
const helo_time *rules_due(const struct rules *rules);

/* The clock: fires the timers that are due. */
void rules_tick(struct rules *rules, helo_time now);

/* The end of the capture: every window ends. */
void rules_flush(struct rules *rules, helo_time now);

/* A connection is over: gives back what was kept of it. */
void rules_forget(struct rules *rules, struct rules_session *session);

void rules_free(struct rules *rules);

#endif
