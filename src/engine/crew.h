/* Several workers: one thread hands out decoded packets in batches, each worker follows the
 * connections that are its own, and one reporter takes what all of them tell in one order. */
#ifndef ENGINE_CREW_H
#define ENGINE_CREW_H

#include "engine/engine.h"

struct crew;
struct member;

/* Makes what leader's configuration asks for, without threads. NULL without memory; owned by the
 * caller. */
struct crew *crew_new(struct helo_engine *leader);

/* Starts the threads, unless they run: as many workers as the system gives threads to. False: there
 * are none, and nothing was taken. */
bool crew_is_ready(struct crew *crew);

/* The next step: the clock is now, a segment (NULL: none) is to be followed. */
void crew_step(struct crew *crew, helo_time now, const struct segment *segment);

/* Hands on what was taken so far. */
void crew_hand_out(struct crew *crew);

/* Lets everything that was handed in be followed and told. */
void crew_rest(struct crew *crew);

/* Has every connection ended, and comes to rest. */
void crew_flush(struct crew *crew, helo_time now);

/* Adds what the workers counted; at rest. */
void crew_count(const struct crew *crew, struct helo_stats *stats);

/* A worker's engine reports a record: it is handed to the reporter's thread. */
void crew_report(struct member *member, const struct record *record);

/* A worker's engine begins a connection: the number that its records bear, until its last one.
 * False without memory. */
bool crew_enlist(struct member *member, uint32_t *slot);

/* Makes a worker's detection module; nDPI wants them made one after the other. NULL without
 * memory. */
struct naming *crew_naming(struct member *member);

/* Ends the threads and frees the workers, without telling anything; NULL is allowed. */
void crew_free(struct crew *crew);

#endif
