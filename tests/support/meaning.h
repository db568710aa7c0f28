/* What a run's events mean, without what another way over the wire may change.
 *
 * Two captures of one dialogue mean the same if their events, in order, are the same but for
 *   @timestamp, event.start, event.end, event.duration,
 *   latencies (exchange and challenge latency_ms, session first_reply_ms and reply_ms),
 *       close.idle_ms: when the packets were captured;
 *   smtp.session.id, event.id but for the number behind its dash: made from the start time;
 *   event.sequence: what other connections there were;
 *   source.bytes, .packets, destination.bytes, .packets: retransmissions count;
 *   pipelined, pipelining where asked for: copies that acknowledge more make it undecidable.
 * Nothing else may differ: no name, number, order, reason, text. */
#ifndef SUPPORT_MEANING_H
#define SUPPORT_MEANING_H

#include "run.h"

enum meaning_part {
    MEANING_WHOLE = 0,
    MEANING_PIPELINING = 1, /* what copies that acknowledge more make undecidable */
    /* That a session is uncertain, as where somebody contradicts an end; HS-101, HS-3nn, HS-4nn,
     * and the numbers of events, among which those stand. */
    MEANING_DOUBT = 2,
    MEANING_WINDOWED = 4, /* anomalies over a time, which belong to no one session */
};

/* True if a session says that it is uncertain. */
bool meaning_is_uncertain(const struct run_result *result);

/* One event per line, without these parts, and without what is said of the capture itself (rules
 * HS-9nn); owned by the caller. */
char *meaning_of(const struct run_result *result, unsigned without);

/* NULL if both texts are the same; else their first differing lines, owned by the caller. */
char *meaning_difference(const char *expected, const char *actual);

#endif
