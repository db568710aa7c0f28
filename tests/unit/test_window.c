/* Counters with a window: exact as far as they say, bounded however many subjects there are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "exact.h"
#include "rules/window.h"

#define SECONDS 600
#define SHARE   (256u << 10)
#define FLOOD   10000000u

struct fixture {
    struct mem *mem;
    struct timers ends;
    struct window window;
};

static int make(void **state)
{
    static const struct window_shape SHAPE = {.used = true, .seconds = 0, .state = 24};
    static const int64_t PARAMETERS[] = {SECONDS};
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    f->mem = mem_new(UINT64_C(64) << 20, 0);
    assert_non_null(f->mem);
    timers_init(&f->ends, f->mem);
    window_init(&f->window, f->mem, &f->ends, &SHAPE, PARAMETERS, 7, SHARE);
    *state = f;
    return 0;
}

static int drop(void **state)
{
    struct fixture *f = *state;
    window_free(&f->window);
    timers_close(&f->ends);
    uint64_t left = mem_used(f->mem);
    mem_destroy(f->mem);
    size_t used = f->window.used;
    free(f);
    return left == 0 && used == 0 ? 0 : -1;
}

static helo_time at(int64_t seconds)
{
    return (1700000000 + seconds) * HELO_SECOND;
}

static struct helo_slice text_of(const char *text)
{
    return (struct helo_slice){(const uint8_t *)text, strlen(text)};
}

static struct subject *subject_of(struct fixture *f, const char *user, helo_time now)
{
    struct subject_key key = subject_key(BY_USER, NULL, text_of(user), 0);
    return window_make(&f->window, &key, text_of(user), now);
}

static struct subject *note(struct fixture *f, const char *user, int64_t seconds, uint64_t value,
                            unsigned tag)
{
    struct subject *subject = subject_of(f, user, at(seconds));
    assert_non_null(subject);
    assert_true(subject_note(subject, at(seconds), value + 1, value, tag));
    return subject;
}

static void the_window_slides(void **state)
{
    struct fixture *f = *state;
    struct subject *subject = note(f, "alice", 0, 1, 0);
    note(f, "alice", 300, 2, 1);
    assert_int_equal(note(f, "Alice", 600, 3, 1)->count, 3);
    assert_int_equal(subject_count(subject, at(600)), 3); /* exactly as long is still inside */
    assert_int_equal(subject_count(subject, at(601)), 2);
    assert_int_equal(subject_tally(subject, 0), 0);
    assert_int_equal(subject_tally(subject, 1), 2);
    assert_int_equal(subject_count(subject, at(901)), 1);
    assert_int_equal(subject_count(subject, at(2000)), 0);
}

static void names_are_told_apart_but_not_by_case(void **state)
{
    struct fixture *f = *state;
    struct subject *alice = subject_of(f, "alice", at(0));
    assert_ptr_equal(subject_of(f, "ALICE", at(0)), alice);
    assert_ptr_not_equal(subject_of(f, "alicf", at(0)), alice);
    assert_memory_equal(subject_text(alice).ptr, "alice", 5);
    assert_int_equal(subject_text(alice).len, 5);
}

static void silent_subjects_are_forgotten(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 50; i++) {
        char name[16];
        snprintf(name, sizeof(name), "user%d", i);
        note(f, name, i, 1, 0);
    }
    assert_int_equal(f->window.count, 50);
    note(f, "last", 630, 1, 0);
    assert_int_equal(f->window.count, 50 - 30 + 1); /* 0 … 29 are over 600 s old */
}

static void different_values_are_counted(void **state)
{
    struct fixture *f = *state;
    bool exact;
    struct subject *subject = NULL;
    for (int i = 0; i < 250; i++)
        subject = note(f, "alice", i, (uint64_t)i % 100, (unsigned)i & 1);
    assert_int_equal(subject->count, 250);
    assert_int_equal(subject_different(subject, 3, &exact), 100);
    assert_true(exact);
    assert_int_equal(subject_different(subject, 1, &exact), 50);
    assert_int_equal(subject_most(subject), 3);
    assert_int_equal(subject_rare(subject, 2), 50); /* 50 … 99 twice, the others three times */
    assert_int_equal(subject_count_since(subject, at(240)), 10);
}

static void counts_go_on_exactly_and_values_by_estimate(void **state)
{
    struct fixture *f = *state;
    bool exact;
    struct subject *subject = note(f, "alice", 0, 0, 0);
    assert_true(subject_begin_told(subject, at(0)));
    for (uint64_t i = 1; i < 20000; i++)
        note(f, "alice", 1, i, 2);
    assert_int_equal(subject->told->total, 20000);
    assert_int_equal(subject_tally(subject, 2), 19999);
    assert_int_equal(subject->count, LIMIT_RULE_EVENTS);
    uint64_t different = subject_different(subject, 7, &exact);
    assert_false(exact);
    assert_in_range(different, 17200, 22800); /* three standard errors */
    assert_int_equal(subject->told->session_count, HELO_MOST_SESSIONS);
    subject_end_told(subject);
    assert_int_equal(subject->count, 0);
}

static void a_told_subject_ends_with_its_window(void **state)
{
    struct fixture *f = *state;
    struct subject *subject = note(f, "alice", 100, 1, 0);
    note(f, "alice", 200, 2, 0);
    uint64_t before = subject_id(subject);
    assert_true(subject_begin_told(subject, at(200)));
    assert_ptr_equal(timers_first(&f->ends), &subject->timer);
    assert_true(timers_due(&f->ends) == at(100 + SECONDS));
    uint64_t crossing = subject_id(subject);
    assert_true(crossing != before);
    note(f, "alice", 300, 3, 0);
    assert_true(subject_id(subject) != crossing); /* the end has an id of its own */
    note(f, "bob", 5000, 1, 0);                   /* told ones do not expire unasked */
    assert_ptr_equal(subject_of(f, "alice", at(5000)), subject);
    subject_end_told(subject);
    assert_null(timers_first(&f->ends));
}

/* Whoever was seen twice outlives a flood of names that are seen once. */
static void a_flood_stays_in_its_share_and_says_so(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 3; i++)
        note(f, "slow", i, (uint64_t)i, 0);
    for (uint32_t i = 0; i < FLOOD; i++) {
        struct subject_key key = {.parts = BY_TEXT, .text = i};
        struct subject *subject = window_make(&f->window, &key, (struct helo_slice){0}, at(10));
        assert_non_null(subject);
        assert_true(subject_note(subject, at(10), 1, 1, 0));
        assert_true(f->window.used <= SHARE);
    }
    assert_true(f->window.dropped > FLOOD - SHARE / 64);
    assert_true(mem_used(f->mem) <= SHARE + 4096); /* and the heap of ends */
    assert_int_equal(subject_of(f, "slow", at(10))->count, 3);
}

static void no_failing_allocation_breaks_it(void **state)
{
    struct fixture *f = *state;
    for (uint64_t nth = 1; nth < 40; nth++) {
        struct fixture g = *f;
        g.mem = mem_new(UINT64_C(1) << 20, nth);
        timers_init(&g.ends, g.mem);
        g.window.mem = g.mem;
        g.window.ends = &g.ends;
        for (int i = 0; i < 30; i++) {
            char name[16];
            snprintf(name, sizeof(name), "user%d", i % 5);
            struct subject *subject = subject_of(&g, name, at(i));
            if (subject != NULL && subject_note(subject, at(i), 1, (uint64_t)i, 0) && i == 20)
                subject_begin_told(subject, at(i));
        }
        window_free(&g.window);
        timers_close(&g.ends);
        assert_int_equal(mem_used(g.mem), 0);
        mem_destroy(g.mem);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_window_slides, make, drop),
        cmocka_unit_test_setup_teardown(names_are_told_apart_but_not_by_case, make, drop),
        cmocka_unit_test_setup_teardown(silent_subjects_are_forgotten, make, drop),
        cmocka_unit_test_setup_teardown(different_values_are_counted, make, drop),
        cmocka_unit_test_setup_teardown(counts_go_on_exactly_and_values_by_estimate, make, drop),
        cmocka_unit_test_setup_teardown(a_told_subject_ends_with_its_window, make, drop),
        cmocka_unit_test_setup_teardown(a_flood_stays_in_its_share_and_says_so, make, drop),
        cmocka_unit_test_setup_teardown(no_failing_allocation_breaks_it, make, drop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
