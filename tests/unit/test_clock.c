/* Clock: the largest time read so far, and which times a lone packet can't make it believe. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "exact.h"
#include "flow/clock.h"

#define LEAP (LIMIT_LEAP_SECONDS * HELO_SECOND)
#define NOON (INT64_C(1700000000) * HELO_SECOND)

static void it_knows_no_time_before_the_first_packet(void **state)
{
    struct clock clock;
    (void)state;
    clock_init(&clock);
    assert_true(clock.now == HELO_NO_TIME);
}

static void it_is_the_largest_time_so_far(void **state)
{
    struct clock clock;
    (void)state;
    clock_init(&clock);
    clock_advance(&clock, NOON);
    assert_true(clock.now == NOON);
    clock_advance(&clock, NOON - 1);
    assert_true(clock.now == NOON);
    clock_advance(&clock, NOON + 1);
    assert_true(clock.now == NOON + 1);
}

static void it_doubts_the_first_time_and_leaps_of_more_than_an_hour(void **state)
{
    static const struct {
        helo_time now, time;
        bool doubts;
    } cases[] = {
        {HELO_NO_TIME, NOON, true},      {HELO_NO_TIME, 0, true},
        {HELO_NO_TIME, INT64_MAX, true}, {NOON, NOON, false},
        {NOON, NOON + LEAP, false},      {NOON, NOON + LEAP + 1, true},
        {NOON, INT64_MAX, true},         {-NOON, INT64_MAX, true}, /* their difference overflows */
        {NOON, NOON - 2 * LEAP, false},  {INT64_MAX, INT64_MIN + 1, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct clock clock = {cases[i].now};
        assert_int_equal(clock_doubts(&clock, cases[i].time), cases[i].doubts);
    }
}

static void the_second_packet_bears_a_leap_out_or_not(void **state)
{
    static const struct {
        helo_time now, doubted, second;
        bool agrees;
    } cases[] = {
        /* At the beginning the two must be within an hour of each other. */
        {HELO_NO_TIME, NOON, NOON, true},
        {HELO_NO_TIME, NOON, NOON + LEAP, true},
        {HELO_NO_TIME, NOON, NOON - LEAP, true},
        {HELO_NO_TIME, NOON, NOON + LEAP + 1, false},
        {HELO_NO_TIME, NOON, NOON - LEAP - 1, false},
        {HELO_NO_TIME, 0, NOON, false},
        /* Later the second must have leapt too, and not be much before the first. */
        {NOON, NOON + 2 * LEAP, NOON + 2 * LEAP + 1, true},
        {NOON, NOON + 2 * LEAP, NOON + 5 * LEAP, true},
        {NOON, NOON + 3 * LEAP, NOON + 2 * LEAP, true},
        {NOON, NOON + 3 * LEAP + 1, NOON + 2 * LEAP, false},
        {NOON, NOON + 2 * LEAP, NOON + LEAP, false},
        {NOON, NOON + 2 * LEAP, NOON + 1, false},
        {NOON, NOON + 2 * LEAP, NOON - 1, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct clock clock = {cases[i].now};
        assert_int_equal(clock_agrees(&clock, cases[i].doubted, cases[i].second), cases[i].agrees);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_knows_no_time_before_the_first_packet),
        cmocka_unit_test(it_is_the_largest_time_so_far),
        cmocka_unit_test(it_doubts_the_first_time_and_leaps_of_more_than_an_hour),
        cmocka_unit_test(the_second_packet_bears_a_leap_out_or_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
