/* Memory: counted against the cap, recycled, resized, refused on demand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../support/prng.h"
#include "base/mem.h"

#define LARGEST_CLASS (128u << 10)

static void sizes_are_counted_in_their_class(void **state)
{
    (void)state;
    static const struct {
        size_t size;
        uint64_t counted;
    } cases[] = {
        {0, 32},
        {1, 32},
        {24, 32},
        {25, 48},
        {40, 48},
        {41, 64},
        {232, 240},
        {248, 256},
        {249, 256},
        {256, 256},
        {257, 384},
        {384, 384},
        {385, 512},
        {1000, 1024},
        {1024, 1024},
        {1025, 1536},
        {1537, 2048},
        {LARGEST_CLASS / 4 * 3, LARGEST_CLASS / 4 * 3},
        {LARGEST_CLASS - 1, LARGEST_CLASS},
        {LARGEST_CLASS, LARGEST_CLASS},
        {LARGEST_CLASS + 1, LARGEST_CLASS + 1},
        {1000001, 1000001},
    };
    struct mem *mem = mem_new(2u << 20, 0);

    assert_non_null(mem);
    assert_int_equal(mem_cap(mem), 2u << 20);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (int again = 0; again < 2; again++) {
            uint8_t *block = mem_take(mem, cases[i].size);
            assert_non_null(block);
            assert_int_equal(mem_used(mem), cases[i].counted);
            memset(block, 0x5a, cases[i].size);
            mem_give(mem, block, cases[i].size);
            assert_int_equal(mem_used(mem), 0);
        }
    }
    assert_int_equal(mem_failures(mem), 0);
    mem_destroy(mem);
}

static void allocators_that_share_a_cap_take_what_the_others_leave(void **state)
{
    (void)state;
    struct mem_pool pool = {.cap = 1u << 20};
    struct mem *a = mem_new_shared(&pool, 0);
    struct mem *b = mem_new_shared(&pool, 0);
    void *most = mem_take(a, 900u << 10);

    assert_int_equal(mem_cap(b), pool.cap);
    assert_non_null(most);
    assert_false(mem_is_short(a) != mem_is_short(b));
    assert_null(mem_take(b, 200u << 10));
    assert_int_equal(mem_failures(b), 1);
    void *small = mem_take(b, 60u << 10);
    assert_non_null(small);
    assert_true(mem_is_short(a) && mem_is_short(b));
    assert_true(pool.granted <= pool.cap && pool.granted >= mem_used(a) + mem_used(b));
    mem_give(a, most, 900u << 10);
    assert_false(mem_is_short(b));
    most = mem_take(b, 900u << 10);
    assert_non_null(most);
    assert_null(mem_take(a, 200u << 10));
    mem_give(b, most, 900u << 10);
    mem_give(b, small, 60u << 10);
    mem_destroy(a);
    mem_destroy(b);
    assert_int_equal(pool.granted, 0);
}

static void nothing_is_taken_past_the_cap(void **state)
{
    (void)state;
    struct mem *mem = mem_new(256, 0);
    void *first = mem_take(mem, 100);
    void *second = mem_take(mem, 128);

    assert_non_null(first);
    assert_non_null(second);
    assert_int_equal(mem_used(mem), 256);
    assert_null(mem_take(mem, 1));
    assert_null(mem_take_zero(mem, 0));
    assert_int_equal(mem_failures(mem), 2);
    assert_int_equal(mem_used(mem), 256);
    mem_give(mem, first, 100);
    first = mem_take(mem, 90);
    assert_non_null(first);
    assert_null(mem_take(mem, 1));
    mem_give(mem, first, 90);
    mem_give(mem, second, 128);
    assert_int_equal(mem_used(mem), 0);
    mem_destroy(mem);
}

static void impossible_sizes_are_refused(void **state)
{
    (void)state;
    static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX / 2, SIZE_MAX / 2 + 2,
                                   (size_t)1 << 62};
    struct mem *mem = mem_new(1u << 30, 0);

    assert_non_null(mem);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        assert_null(mem_take(mem, sizes[i]));
        assert_int_equal(mem_failures(mem), i + 1);
        assert_int_equal(mem_used(mem), 0);
    }
    mem_destroy(mem);
}

static void zeroed_blocks_are_zero_though_recycled(void **state)
{
    (void)state;
    struct mem *mem = mem_new(1u << 20, 0);

    assert_non_null(mem);
    for (size_t size = 1; size < 5000; size = size * 3 + 1) {
        uint8_t *block = mem_take(mem, size);
        assert_non_null(block);
        memset(block, 0xff, size);
        mem_give(mem, block, size);
        block = mem_take_zero(mem, size);
        assert_non_null(block);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(block[i], 0);
        mem_give(mem, block, size);
    }
    mem_destroy(mem);
}

static void blocks_that_are_out_never_overlap(void **state)
{
    (void)state;
    enum { BLOCKS = 200 };
    static struct {
        uint8_t *block;
        size_t size;
        uint8_t fill;
    } out[BLOCKS];
    struct mem *mem = mem_new(16u << 20, 0);
    struct prng prng = {.state = 3};

    assert_non_null(mem);
    for (unsigned i = 0; i < 20000; i++) {
        size_t at = prng_below(&prng, BLOCKS);
        for (size_t k = 0; k < out[at].size; k++)
            assert_int_equal(out[at].block[k], out[at].fill);
        mem_give(mem, out[at].block, out[at].size);
        out[at].size = 1 + prng_below(&prng, 1u << prng_below(&prng, 11));
        out[at].fill = (uint8_t)i;
        out[at].block = mem_take(mem, out[at].size);
        assert_non_null(out[at].block);
        memset(out[at].block, out[at].fill, out[at].size);
    }
    for (size_t at = 0; at < BLOCKS; at++)
        mem_give(mem, out[at].block, out[at].size);
    assert_int_equal(mem_used(mem), 0);
    mem_destroy(mem);
}

static void resizing_keeps_the_contents(void **state)
{
    (void)state;
    static const size_t sizes[] = {10,  24,   25,     32,     33,  64, 250, 248, 256,
                                   257, 5000, 200000, 300000, 200, 40, 1,   0,   100};
    struct mem *mem = mem_new(4u << 20, 0);
    uint8_t *block = mem_resize(mem, NULL, 0, 5);
    size_t size = 5;

    assert_non_null(block);
    memset(block, 0, size);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        for (size_t k = 0; k < size; k++)
            block[k] = (uint8_t)(k + i);
        uint8_t *other = mem_resize(mem, block, size, sizes[i]);
        assert_non_null(other);
        for (size_t k = 0; k < size && k < sizes[i]; k++)
            assert_int_equal(other[k], (uint8_t)(k + i));
        block = other;
        size = sizes[i];
    }
    assert_int_equal(mem_used(mem), 112);
    mem_give(mem, block, size);
    assert_int_equal(mem_used(mem), 0);
    mem_destroy(mem);
}

static void a_resize_that_fails_leaves_the_block_alone(void **state)
{
    (void)state;
    struct mem *mem = mem_new(1024, 0);
    uint8_t *block = mem_take(mem, 512);

    assert_non_null(block);
    memset(block, 0x77, 512);
    assert_null(mem_resize(mem, block, 512, 4096));
    assert_int_equal(mem_failures(mem), 1);
    assert_int_equal(mem_used(mem), 512);
    for (size_t i = 0; i < 512; i++)
        assert_int_equal(block[i], 0x77);
    mem_give(mem, block, 512);
    mem_destroy(mem);
}

static void the_chosen_allocation_fails_and_no_other(void **state)
{
    (void)state;
    for (uint64_t fail_at = 1; fail_at <= 5; fail_at++) {
        struct mem *mem = mem_new(1u << 20, fail_at);
        void *blocks[6];
        assert_non_null(mem);
        for (uint64_t n = 1; n <= 6; n++) {
            blocks[n - 1] = mem_take(mem, 50);
            assert_int_equal(blocks[n - 1] == NULL, n == fail_at);
        }
        assert_int_equal(mem_failures(mem), 1);
        assert_int_equal(mem_used(mem), 5 * 64);
        for (size_t n = 0; n < 6; n++)
            mem_give(mem, blocks[n], 50);
        assert_int_equal(mem_used(mem), 0);
        mem_destroy(mem);
    }
}

/* More blocks of a class than are kept for the next use: the rest goes back to the system. */
static void a_burst_is_given_back(void **state)
{
    (void)state;
    enum { BLOCKS = 100, SIZE = 10000 };
    void *blocks[BLOCKS];
    struct mem *mem = mem_new(64u << 20, 0);

    assert_non_null(mem);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < BLOCKS; i++) {
            blocks[i] = mem_take(mem, SIZE);
            assert_non_null(blocks[i]);
            memset(blocks[i], i, SIZE);
        }
        assert_int_equal(mem_used(mem), BLOCKS * 12288);
        for (int i = 0; i < BLOCKS; i++)
            mem_give(mem, blocks[i], SIZE);
        assert_int_equal(mem_used(mem), 0);
    }
    mem_destroy(mem);
}

static void nothing_can_be_given_back_or_destroyed(void **state)
{
    (void)state;
    struct mem *mem = mem_new(64, 0);
    assert_non_null(mem);
    mem_give(mem, NULL, 50);
    assert_int_equal(mem_used(mem), 0);
    mem_destroy(mem);
    mem_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_counted_in_their_class),
        cmocka_unit_test(nothing_is_taken_past_the_cap),
        cmocka_unit_test(impossible_sizes_are_refused),
        cmocka_unit_test(zeroed_blocks_are_zero_though_recycled),
        cmocka_unit_test(blocks_that_are_out_never_overlap),
        cmocka_unit_test(resizing_keeps_the_contents),
        cmocka_unit_test(a_resize_that_fails_leaves_the_block_alone),
        cmocka_unit_test(the_chosen_allocation_fails_and_no_other),
        cmocka_unit_test(allocators_that_share_a_cap_take_what_the_others_leave),
        cmocka_unit_test(a_burst_is_given_back),
        cmocka_unit_test(nothing_can_be_given_back_or_destroyed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
