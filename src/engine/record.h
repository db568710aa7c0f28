/* What whoever follows connections tells the reporter: events, facts, and what was lost. */
#ifndef ENGINE_RECORD_H
#define ENGINE_RECORD_H

#include "base/fact.h"
#include "rules/rules.h"

/* Within a step: first the timers that it makes due, then its packet, then what was lost in it. */
enum record_phase { PHASE_TIMERS, PHASE_PACKET, PHASE_LOSS };

/* The place of a record among all. A step is a packet or a tick of the clock. The order is total
 * but for records of one connection in one phase, which come in the order in which they are made;
 * and it is the one in which a single thread makes them. */
struct record_key {
    uint64_t step;
    enum record_phase phase;
    helo_time at;   /* PHASE_TIMERS: the deadline, else 0 */
    uint64_t order; /* PHASE_TIMERS: of those with the same deadline, else 0 */
};

/* What the reporter knows of a session; all zero at its beginning. */
struct tally {
    uint32_t told;       /* events of the session that the reporter itself has made */
    helo_time last_time; /* of the session's last event */
    struct rules_session rules;
};

enum record_kind {
    RECORD_TOLD, /* an event, a fact, or both */
    RECORD_OVER, /* the session is over: its tally is given back */
    RECORD_LOST,
};

/* What was lost since the last such record, counted by whoever followed the connections. */
struct record_lost {
    uint64_t evicted;
    uint64_t gap_bytes;     /* where a minute is over, else 0 */
    uint64_t stream_octets; /* the same */
};

/* Plain data; the pointers are borrowed for the call. */
struct record {
    enum record_kind kind;
    struct record_key key;
    helo_time clock;
    struct tally *tally; /* NULL for RECORD_LOST */
    bool has_event;
    bool has_fact;
    struct helo_event event; /* its number counts the events of the session made so far, but for
                                those that the reporter makes */
    struct fact fact;        /* its connection is set, the event's too */
    struct record_lost lost;
};

#endif
