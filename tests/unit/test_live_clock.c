/* The clock of a live run over clocks that are set back and forth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/live_clock.c"

#define DAY  (INT64_C(1700000000) * HELO_SECOND)
#define HOUR (3600 * HELO_SECOND)

static void it_is_the_time_of_day_while_that_goes_on(void **state)
{
    (void)state;
    struct live_clock clock = {0};
    for (helo_time t = 0; t < 10 * HELO_SECOND; t += HELO_SECOND / 4)
        assert_int_equal(live_clock_read(&clock, DAY + t, 77 + t), DAY + t);
}

static void set_back_it_goes_on_at_the_same_rate(void **state)
{
    (void)state;
    struct live_clock clock = {0};
    live_clock_read(&clock, DAY, 0);
    for (helo_time t = HELO_SECOND; t < HOUR; t += HELO_SECOND)
        assert_int_equal(live_clock_read(&clock, DAY - HOUR + t, t), DAY + t);
    /* And when it is set right again, nothing leaps. */
    assert_int_equal(live_clock_read(&clock, DAY + HOUR, HOUR), DAY + HOUR);
}

static void set_forward_it_follows(void **state)
{
    (void)state;
    struct live_clock clock = {0};
    live_clock_read(&clock, DAY, 0);
    assert_int_equal(live_clock_read(&clock, DAY + 5 * HOUR, HELO_SECOND), DAY + 5 * HOUR);
    assert_int_equal(live_clock_read(&clock, DAY + 5 * HOUR + 1, HELO_SECOND + 1),
                     DAY + 5 * HOUR + 1);
}

/* The monotonic clock is read coarsely: that must not add up. */
static void what_clocks_waver_by_does_not_add_up(void **state)
{
    (void)state;
    struct live_clock clock = {0};
    helo_time most = 0;
    for (helo_time t = 0; t < HOUR; t += HELO_SECOND / 4) {
        helo_time coarse = t / HELO_SECOND % 2 != 0 ? t - 4 * HELO_MILLISECOND : t;
        helo_time ahead = live_clock_read(&clock, DAY + t, coarse) - (DAY + t);
        most = ahead > most ? ahead : most;
    }
    assert_true(most <= 4 * HELO_MILLISECOND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_time_of_day_while_that_goes_on),
        cmocka_unit_test(set_back_it_goes_on_at_the_same_rate),
        cmocka_unit_test(set_forward_it_follows),
        cmocka_unit_test(what_clocks_waver_by_does_not_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
