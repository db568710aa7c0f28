/* A binary heap of timers that know their place in it. */
#include "base/timers.h"

void timers_init(struct timers *timers, struct mem *mem)
{
    *timers = (struct timers){.mem = mem};
}

void timers_close(struct timers *timers)
{
    mem_give(timers->mem, timers->heap, timers->size * sizeof(*timers->heap));
    *timers = (struct timers){.mem = timers->mem};
}

static void place(struct timers *timers, struct timer *timer, uint32_t index)
{
    timers->heap[index] = timer;
    timer->index = index;
}

static bool is_before(const struct timer *a, const struct timer *b)
{
    return a->deadline != b->deadline ? a->deadline < b->deadline : a->order < b->order;
}

static void sift_up(struct timers *timers, struct timer *timer)
{
    uint32_t index = timer->index;
    while (index > 0) {
        uint32_t parent = (index - 1) / 2;
        if (!is_before(timer, timers->heap[parent]))
            break;
        place(timers, timers->heap[parent], index);
        index = parent;
    }
    place(timers, timer, index);
}

static void sift_down(struct timers *timers, struct timer *timer)
{
    uint32_t index = timer->index;
    for (;;) {
        uint32_t child = 2 * index + 1;
        if (child >= timers->count)
            break;
        if (child + 1 < timers->count && is_before(timers->heap[child + 1], timers->heap[child]))
            child++;
        if (!is_before(timers->heap[child], timer))
            break;
        place(timers, timers->heap[child], index);
        index = child;
    }
    place(timers, timer, index);
}

static bool grow(struct timers *timers)
{
    uint32_t size = timers->size > 0 ? timers->size * 2 : 256;
    struct timer **heap =
        mem_resize(timers->mem, timers->heap, timers->size * sizeof(*heap), size * sizeof(*heap));
    if (heap == NULL)
        return false;
    timers->heap = heap;
    timers->size = size;
    return true;
}

bool timers_set(struct timers *timers, struct timer *timer, helo_time deadline)
{
    if (timer->index == TIMER_NONE) {
        if (timers->count == timers->size && !grow(timers))
            return false;
        timer->deadline = deadline;
        place(timers, timer, timers->count++);
        sift_up(timers, timer);
    } else if (deadline < timer->deadline) {
        timer->deadline = deadline;
        sift_up(timers, timer);
    } else {
        timer->deadline = deadline;
        sift_down(timers, timer);
    }
    return true;
}

void timers_remove(struct timers *timers, struct timer *timer)
{
    if (timer->index == TIMER_NONE)
        return;
    struct timer *last = timers->heap[--timers->count];
    if (last != timer) {
        place(timers, last, timer->index);
        sift_up(timers, last);
        sift_down(timers, last);
    }
    timer->index = TIMER_NONE;
}
