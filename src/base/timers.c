/* A heap of timers that know their place in it, each with up to four below it. */
#include "base/timers.h"

#define BELOW 4u

void timers_init(struct timers *timers, struct mem *mem)
{
    *timers = (struct timers){.mem = mem};
}

void timers_close(struct timers *timers)
{
    mem_give(timers->mem, timers->heap, timers->size * sizeof(*timers->heap));
    *timers = (struct timers){.mem = timers->mem};
}

static void place(struct timers *timers, struct timer_entry entry, uint32_t index)
{
    timers->heap[index] = entry;
    entry.timer->index = index;
}

static bool is_before(const struct timer_entry *a, const struct timer_entry *b)
{
    return a->deadline != b->deadline ? a->deadline < b->deadline
                                      : a->timer->order < b->timer->order;
}

/* Finds the entry's place, from index towards the first. */
static void sift_up(struct timers *timers, struct timer_entry entry, uint32_t index)
{
    while (index > 0) {
        uint32_t above = (index - 1) / BELOW;
        if (!is_before(&entry, &timers->heap[above]))
            break;
        place(timers, timers->heap[above], index);
        index = above;
    }
    place(timers, entry, index);
}

/* The first of those below index; timers->count if there is none. */
static uint32_t first_below(const struct timers *timers, uint32_t index)
{
    uint32_t first = index * BELOW + 1;
    if (first >= timers->count)
        return timers->count;
    uint32_t end = timers->count - first < BELOW ? timers->count : first + BELOW;
    for (uint32_t i = first + 1; i < end; i++)
        if (is_before(&timers->heap[i], &timers->heap[first]))
            first = i;
    return first;
}

/* Finds the entry's place, from index away from the first. */
static void sift_down(struct timers *timers, struct timer_entry entry, uint32_t index)
{
    uint32_t below;
    while ((below = first_below(timers, index)) < timers->count &&
           is_before(&timers->heap[below], &entry)) {
        place(timers, timers->heap[below], index);
        index = below;
    }
    place(timers, entry, index);
}

static bool grow(struct timers *timers)
{
    uint32_t size = timers->size > 0 ? timers->size * 2 : 256;
    struct timer_entry *heap =
        mem_resize(timers->mem, timers->heap, timers->size * sizeof(*heap), size * sizeof(*heap));
    if (heap == NULL)
        return false;
    timers->heap = heap;
    timers->size = size;
    return true;
}

bool timers_set(struct timers *timers, struct timer *timer, helo_time deadline)
{
    struct timer_entry entry = {deadline, timer};
    if (timer->index == TIMER_NONE) {
        if (timers->count == timers->size && !grow(timers))
            return false;
        sift_up(timers, entry, timers->count++);
    } else if (deadline < timers->heap[timer->index].deadline) {
        sift_up(timers, entry, timer->index);
    } else {
        sift_down(timers, entry, timer->index);
    }
    return true;
}

void timers_remove(struct timers *timers, struct timer *timer)
{
    if (timer->index == TIMER_NONE)
        return;
    struct timer_entry last = timers->heap[--timers->count];
    if (last.timer != timer) {
        sift_up(timers, last, timer->index);
        sift_down(timers, last, last.timer->index);
    }
    timer->index = TIMER_NONE;
}
