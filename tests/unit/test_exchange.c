/* The exchange queue: first in, first out, nothing left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exact.h"
#include "smtp/exchange.h"

static void exchanges_come_out_in_the_order_in_which_they_went_in(void **state)
{
    (void)state;
    struct mem *mem = mem_new(1u << 20, 0);
    struct exchange_queue queue = {0};
    uint32_t in = 0, out = 0;
    assert_null(exchange_shift(&queue));
    for (unsigned round = 0; round < 50; round++) {
        for (unsigned i = 0; i < 1 + round % 7; i++)
            exchange_append(&queue, mem)->number = ++in;
        assert_int_equal(queue.count, in - out);
        /* Emptied every few rounds: what was last must not be appended to again. */
        for (unsigned i = 0; (round % 3 == 0 || i < round % 5) && queue.first != NULL; i++) {
            struct exchange *exchange = exchange_shift(&queue);
            assert_int_equal(exchange->number, ++out);
            exchange_free(mem, exchange);
        }
        assert_int_equal(queue.count, in - out);
    }
    exchange_clear(&queue, mem);
    assert_null(queue.first);
    assert_int_equal(queue.count, 0);
    assert_int_equal(mem_used(mem), 0);
    mem_destroy(mem);
}

static void a_new_exchange_is_one_command_that_waits_for_one_reply(void **state)
{
    (void)state;
    struct mem *mem = mem_new(1u << 20, 0);
    struct exchange_queue queue = {0};
    struct exchange *exchange = exchange_append(&queue, mem);
    assert_int_equal(exchange->count, 1);
    assert_int_equal(exchange->replies, 1);
    assert_int_equal(exchange->recipient, UINT32_MAX);
    assert_int_equal(exchange->kind, EXCHANGE_COMMAND);
    assert_null(exchange_transaction(exchange));
    assert_null(exchange->next);
    exchange_clear(&queue, mem);
    mem_destroy(mem);
}

static void clearing_frees_all_texts(void **state)
{
    (void)state;
    struct mem *mem = mem_new(1u << 20, 0);
    struct exchange_queue queue = {0};
    for (unsigned i = 0; i < 5; i++) {
        struct exchange *exchange = exchange_append(&queue, mem);
        assert_true(text_set(mem, &exchange->text, SLICE("FROM:<a@b>"), 100));
        assert_true(text_set(mem, &exchange->token, SLICE("XYZZY"), 100));
    }
    exchange_clear(&queue, mem);
    assert_int_equal(mem_used(mem), 0);
    assert_non_null(exchange_append(&queue, mem));
    assert_int_equal(queue.count, 1);
    exchange_clear(&queue, mem);
    mem_destroy(mem);
}

static void without_memory_the_queue_stays_as_it_was(void **state)
{
    (void)state;
    struct mem *mem = mem_new(1u << 20, 2);
    struct exchange_queue queue = {0};
    struct exchange *first = exchange_append(&queue, mem);
    assert_non_null(first);
    assert_null(exchange_append(&queue, mem));
    assert_int_equal(queue.count, 1);
    struct exchange *third = exchange_append(&queue, mem);
    assert_ptr_equal(first->next, third);
    assert_int_equal(queue.count, 2);
    exchange_clear(&queue, mem);
    assert_int_equal(mem_used(mem), 0);
    mem_destroy(mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exchanges_come_out_in_the_order_in_which_they_went_in),
        cmocka_unit_test(a_new_exchange_is_one_command_that_waits_for_one_reply),
        cmocka_unit_test(clearing_frees_all_texts),
        cmocka_unit_test(without_memory_the_queue_stays_as_it_was),
    };
    return cmocka_run_group_tests_name("exchange", tests, NULL, NULL);
}
