/* Timers: the earliest deadline comes first, whatever was queued, moved and removed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/timers.h"
#include "exact.h"

#define MANY 2000u

struct heap {
    struct mem *mem;
    struct timers timers;
    struct timer timer[MANY];
};

static int make(void **state)
{
    struct heap *heap = calloc(1, sizeof(*heap));
    assert_non_null(heap);
    heap->mem = mem_new(UINT64_C(4) << 20, 0);
    assert_non_null(heap->mem);
    timers_init(&heap->timers, heap->mem);
    for (unsigned i = 0; i < MANY; i++)
        heap->timer[i].index = TIMER_NONE;
    *state = heap;
    return 0;
}

static int drop(void **state)
{
    struct heap *heap = *state;
    timers_close(&heap->timers);
    uint64_t left = mem_used(heap->mem);
    mem_destroy(heap->mem);
    free(heap);
    return left == 0 ? 0 : -1;
}

/* The earliest deadline by looking at all of them. */
static helo_time earliest(const struct heap *heap)
{
    helo_time least = INT64_MAX;
    for (unsigned i = 0; i < MANY; i++) {
        if (heap->timer[i].index != TIMER_NONE &&
            timers_deadline(&heap->timers, &heap->timer[i]) < least)
            least = timers_deadline(&heap->timers, &heap->timer[i]);
    }
    return least;
}

static void an_empty_heap_has_no_first(void **state)
{
    struct heap *heap = *state;
    assert_null(timers_first(&heap->timers));
    timers_remove(&heap->timers, &heap->timer[0]); /* not queued: nothing happens */
    assert_null(timers_first(&heap->timers));
}

static void they_come_in_the_order_of_their_deadlines(void **state)
{
    struct heap *heap = *state;
    helo_time last = INT64_MIN;
    for (unsigned i = 0; i < MANY; i++)
        assert_true(timers_set(&heap->timers, &heap->timer[i], (i * 7919u) % 1009u));
    for (unsigned i = 0; i < MANY; i++) {
        struct timer *first = timers_first(&heap->timers);
        assert_non_null(first);
        assert_true(timers_due(&heap->timers) >= last);
        last = timers_due(&heap->timers);
        timers_remove(&heap->timers, first);
        assert_int_equal(first->index, TIMER_NONE);
    }
    assert_null(timers_first(&heap->timers));
}

static void one_that_is_set_again_moves_and_is_not_doubled(void **state)
{
    struct heap *heap = *state;
    struct timer *timer = heap->timer;
    timers_set(&heap->timers, &timer[0], 10);
    timers_set(&heap->timers, &timer[1], 20);
    timers_set(&heap->timers, &timer[0], 30);
    assert_ptr_equal(timers_first(&heap->timers), &timer[1]);
    timers_set(&heap->timers, &timer[0], 5);
    assert_ptr_equal(timers_first(&heap->timers), &timer[0]);
    timers_remove(&heap->timers, &timer[0]);
    timers_remove(&heap->timers, &timer[1]);
    assert_null(timers_first(&heap->timers));
}

static void of_the_same_deadline_the_lower_order_is_first_whatever_else_is_queued(void **state)
{
    struct heap *heap = *state;
    for (uint32_t others = 0; others < 8; others++) {
        for (uint32_t i = 0; i < 8; i++) {
            struct timer *timer = &heap->timer[i];
            timer->order = (i * 5u + 3u) % 8u;
            assert_true(timers_set(&heap->timers, timer, 100));
        }
        for (uint32_t i = 0; i < others; i++)
            assert_true(timers_set(&heap->timers, &heap->timer[8 + i], (helo_time)(40 + 10 * i)));
        uint64_t next = 0;
        for (struct timer *first; (first = timers_first(&heap->timers)) != NULL;) {
            if (timers_due(&heap->timers) == 100 && first < &heap->timer[8])
                assert_int_equal(first->order, next++);
            timers_remove(&heap->timers, first);
        }
        assert_int_equal(next, 8);
    }
}

static void one_removed_amid_the_heap_leaves_the_rest_in_order(void **state)
{
    static const helo_time deadlines[] = {1, 10, 2, 3, 4, 11, 12, 13, 14, 5, 6};
    static const helo_time left[] = {1, 2, 3, 4, 5, 6, 10, 12, 13, 14};
    struct heap *heap = *state;
    for (size_t i = 0; i < COUNT(deadlines); i++)
        timers_set(&heap->timers, &heap->timer[i], deadlines[i]);
    timers_remove(&heap->timers, &heap->timer[5]); /* the last moves up from another branch */
    for (uint32_t i = 1; i < heap->timers.count; i++)
        assert_true(heap->timers.heap[(i - 1) / 4].deadline <= heap->timers.heap[i].deadline);
    for (size_t i = 0; i < COUNT(left); i++) {
        struct timer *first = timers_first(&heap->timers);
        assert_non_null(first);
        assert_true(timers_due(&heap->timers) == left[i]);
        timers_remove(&heap->timers, first);
    }
}

static void the_first_stays_the_earliest_through_random_changes(void **state)
{
    struct heap *heap = *state;
    uint64_t seed = 12345;
    for (unsigned round = 0; round < 6000; round++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
        struct timer *timer = &heap->timer[(seed >> 33) % 300];
        if ((seed >> 20) % 3 == 0)
            timers_remove(&heap->timers, timer);
        else
            assert_true(timers_set(&heap->timers, timer, (helo_time)(seed >> 45)));
        assert_true(timers_due(&heap->timers) == earliest(heap));
    }
}

static void without_memory_none_is_queued_but_those_that_are_can_move(void **state)
{
    struct heap *heap = *state;
    struct mem *mem = mem_new(UINT64_C(4) << 20, 2);
    struct timers timers;
    unsigned queued = 0;
    timers_init(&timers, mem);
    while (queued < MANY && timers_set(&timers, &heap->timer[queued], (helo_time)queued))
        queued++;
    assert_in_range(queued, 1, MANY - 1);
    assert_int_equal(heap->timer[queued].index, TIMER_NONE);
    assert_true(timers_set(&timers, &heap->timer[queued - 1], -1));
    assert_ptr_equal(timers_first(&timers), &heap->timer[queued - 1]);
    timers_close(&timers);
    assert_int_equal(mem_used(mem), 0);
    mem_destroy(mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_empty_heap_has_no_first, make, drop),
        cmocka_unit_test_setup_teardown(they_come_in_the_order_of_their_deadlines, make, drop),
        cmocka_unit_test_setup_teardown(one_that_is_set_again_moves_and_is_not_doubled, make, drop),
        cmocka_unit_test_setup_teardown(
            of_the_same_deadline_the_lower_order_is_first_whatever_else_is_queued, make, drop),
        cmocka_unit_test_setup_teardown(one_removed_amid_the_heap_leaves_the_rest_in_order, make,
                                        drop),
        cmocka_unit_test_setup_teardown(the_first_stays_the_earliest_through_random_changes, make,
                                        drop),
        cmocka_unit_test_setup_teardown(without_memory_none_is_queued_but_those_that_are_can_move,
                                        make, drop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
