/* The ring: what goes in comes out, whole and in order, or not yet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>

#include "engine/ring.h"

#define SIZE 1024u
#define MANY 200000u

struct test {
    struct mem *mem;
    struct mem *outside;
    struct ring ring;
};

static int make(void **state)
{
    struct test *test = aligned_alloc(_Alignof(struct test), sizeof *test);
    test->mem = mem_new(1u << 20, 0);
    test->outside = mem_new(1u << 20, 0);
    *state = test;
    return test->mem != NULL && ring_init(&test->ring, test->mem, SIZE, test->outside) ? 0 : -1;
}

static int drop(void **state)
{
    struct test *test = *state;
    ring_close(&test->ring);
    bool back = mem_used(test->mem) == 0 && mem_used(test->outside) == 0;
    mem_destroy(test->mem);
    mem_destroy(test->outside);
    free(test);
    return back ? 0 : -1;
}

/* A piece that holds its own number and size. */
static size_t size_of(uint64_t number)
{
    uint64_t hash = number * UINT64_C(0x9e3779b97f4a7c15);
    return 16 + (hash >> 40) % ((hash & 7) == 0 ? 2000 : 200);
}

static bool put(struct ring *ring, uint64_t number)
{
    void *piece;
    size_t size = size_of(number);
    if (ring_reserve(ring, size, &piece) != RING_OK)
        return false;
    assert_int_equal((uintptr_t)piece % 16, 0);
    memset(piece, (int)(number & 0xff), size);
    memcpy(piece, &number, sizeof number);
    ring_publish(ring);
    return true;
}

static void check(const uint8_t *piece, uint64_t number)
{
    uint64_t found;
    memcpy(&found, piece, sizeof found);
    assert_true(found == number);
    for (size_t i = sizeof found; i < size_of(number); i++)
        assert_int_equal(piece[i], number & 0xff);
}

static void pieces_of_any_size_come_out_in_order(void **state)
{
    struct test *test = *state;
    uint64_t in = 0, out = 0, seed = 7;
    while (out < 20000) {
        seed = seed * UINT64_C(6364136223846793005) + 1;
        if ((seed >> 60) % 2 == 0 && put(&test->ring, in))
            in++;
        const uint8_t *piece = (seed >> 59) % 2 == 0 ? ring_front(&test->ring) : NULL;
        if (piece == NULL)
            continue;
        check(piece, out++);
        ring_pop(&test->ring);
    }
    assert_true(in - out < SIZE / 32);
}

static void a_full_ring_takes_more_once_it_was_read(void **state)
{
    struct test *test = *state;
    uint64_t in = 0;
    void *piece;
    while (put(&test->ring, in))
        in++;
    assert_true(in > 2);
    assert_int_equal(ring_reserve(&test->ring, 240, &piece), RING_FULL);
    for (uint64_t out = 0; out < in; out++) {
        check(ring_front(&test->ring), out);
        ring_pop(&test->ring);
    }
    assert_null(ring_front(&test->ring));
    assert_int_equal(ring_reserve(&test->ring, 240, &piece), RING_OK);
}

static void what_lies_outside_is_given_back_once_it_was_read(void **state)
{
    struct test *test = *state;
    void *piece;
    assert_int_equal(ring_reserve(&test->ring, 100000, &piece), RING_OK);
    memset(piece, 1, 100000);
    ring_publish(&test->ring);
    assert_true(mem_used(test->outside) >= 100000);
    assert_ptr_equal(ring_front(&test->ring), piece);
    ring_pop(&test->ring);
    assert_int_equal(ring_reserve(&test->ring, 16, &piece), RING_OK);
    assert_int_equal(mem_used(test->outside), 0);
}

static void without_memory_outside_it_says_so_and_goes_on(void **state)
{
    struct test *test = *state;
    void *piece;
    assert_int_equal(ring_reserve(&test->ring, 2u << 20, &piece), RING_NO_MEMORY);
    assert_null(ring_front(&test->ring));
    assert_true(put(&test->ring, 1));
    check(ring_front(&test->ring), 1);
}

static void *write_many(void *context)
{
    struct ring *ring = context;
    for (uint64_t i = 0; i < MANY;)
        i += put(ring, i);
    return NULL;
}

static void two_threads_need_no_lock(void **state)
{
    struct test *test = *state;
    pthread_t writer;
    assert_int_equal(pthread_create(&writer, NULL, write_many, &test->ring), 0);
    for (uint64_t i = 0; i < MANY;) {
        const uint8_t *piece = ring_front(&test->ring);
        if (piece == NULL)
            continue;
        check(piece, i++);
        ring_pop(&test->ring);
    }
    pthread_join(writer, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pieces_of_any_size_come_out_in_order, make, drop),
        cmocka_unit_test_setup_teardown(a_full_ring_takes_more_once_it_was_read, make, drop),
        cmocka_unit_test_setup_teardown(what_lies_outside_is_given_back_once_it_was_read, make,
                                        drop),
        cmocka_unit_test_setup_teardown(without_memory_outside_it_says_so_and_goes_on, make, drop),
        cmocka_unit_test_setup_teardown(two_threads_need_no_lock, make, drop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
