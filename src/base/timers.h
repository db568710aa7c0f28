/* Deadlines of many objects in one heap; the earliest is read in constant time. */
#ifndef BASE_TIMERS_H
#define BASE_TIMERS_H

#include "base/mem.h"
#include "heloscope/types.h"

#define TIMER_NONE UINT32_MAX

/* What an object has of the heap: embed it; index is TIMER_NONE while it is not queued. Of two with
 * the same deadline that of the lower order is first, whatever else is queued: the owner sets it
 * while the timer is not queued, or leaves it 0 where it does not matter. */
struct timer {
    uint64_t order;
    uint32_t index;
};

/* Deadlines stand beside each other, so that comparing them waits for memory once and not for each
 * timer. */
struct timer_entry {
    helo_time deadline;
    struct timer *timer;
};

struct timers {
    struct mem *mem;
    struct timer_entry *heap;
    uint32_t count;
    uint32_t size;
    uint64_t orders; /* given out so far */
};

/* Makes an empty heap. */
void timers_init(struct timers *timers, struct mem *mem);

/* Frees the heap's own memory; the timers belong to their owners. */
void timers_close(struct timers *timers);

/* Queues the timer, or moves it, to deadline. False without memory (only when not yet queued). */
bool timers_set(struct timers *timers, struct timer *timer, helo_time deadline);

/* An order behind all that it has given before: first come, first served. */
static inline uint64_t timers_order(struct timers *timers)
{
    return ++timers->orders;
}

/* Takes the timer out; nothing happens if it is not queued. */
void timers_remove(struct timers *timers, struct timer *timer);

/* The timer with the earliest deadline, NULL if there is none. */
static inline struct timer *timers_first(const struct timers *timers)
{
    return timers->count > 0 ? timers->heap[0].timer : NULL;
}

/* Its deadline; INT64_MAX if there is none. */
static inline helo_time timers_due(const struct timers *timers)
{
    return timers->count > 0 ? timers->heap[0].deadline : INT64_MAX;
}

/* The deadline of a timer that is queued. */
static inline helo_time timers_deadline(const struct timers *timers, const struct timer *timer)
{
    return timers->heap[timer->index].deadline;
}

#endif
