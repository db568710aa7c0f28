/* The rules that count over sessions, under a flood of names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "heloscope/rules.h"
#include "rules/rules.h"

#define CAP   (UINT64_C(64) << 20)
#define HOURS 6

/* Names: HELO_FLOOD=10000000 is half a minute's work; test_window has as many for a single rule. */
static uint32_t flood_size(void)
{
    const char *wanted = getenv("HELO_FLOOD");
    return wanted != NULL ? (uint32_t)strtoul(wanted, NULL, 10) : 300000;
}

struct told {
    size_t times[HELO_MOST_RULES]; /* by index */
    uint64_t counters;             /* the most that HS-903 had in a window, which is a minute */
};

static size_t index_of(const char *id)
{
    return helo_rule_find(id);
}

static void tell(void *context, const struct helo_connection *connection,
                 const struct helo_anomaly *anomaly, helo_time time)
{
    struct told *told = context;
    size_t index = index_of(anomaly->rule->id);
    (void)connection;
    (void)time;
    told->times[index]++;
    for (size_t i = 0; i < anomaly->evidence_count; i++) {
        uint64_t number = (uint64_t)anomaly->evidence[i].number;
        if (strcmp(anomaly->evidence[i].key, "counters") == 0 && number > told->counters)
            told->counters = number;
    }
}

/* A login that fails: of a user whom nobody else names, from an address that nobody else has. */
static void fail_login(struct rules *rules, uint32_t source, const char *user, uint64_t secret,
                       helo_time now)
{
    struct helo_connection connection = {.session_id = source};
    struct helo_auth auth = {.result = HELO_AUTH_FAILURE,
                             .mechanism = {(const uint8_t *)"PLAIN", 5},
                             .user_name = {(const uint8_t *)user, strlen(user)},
                             .reply = {.code = 535},
                             .secret_exposed = true};
    struct rules_session session = {0};
    struct fact fact = {.kind = FACT_AUTH, .time = now, .connection = &connection};
    fact.of.auth.auth = &auth;
    fact.of.auth.secret = secret;
    for (int i = 0; i < HELO_SIDES; i++)
        connection.end[i].family = 4;
    memcpy(connection.end[HELO_CLIENT].address, &source, sizeof(source));
    connection.end[HELO_SERVER].address[0] = 203;
    rules_fact(rules, &session, &fact);
    rules_forget(rules, &session);
}

/* Each name once, from an address that has no other, in six hours; and one who guesses twice and
 * then every half an hour. What the rules may take is enough for him, and for few of the others. */
static void a_flood_stays_under_the_cap_says_so_and_hides_nobody(void **state)
{
    struct helo_rules_config *config = calloc(1, sizeof(*config));
    struct mem *mem = mem_new(CAP, 0);
    struct told told = {0};
    uint32_t flood = flood_size();
    (void)state;
    assert_non_null(config);
    assert_non_null(mem);
    helo_rules_config_init(config);
    struct rules *rules = rules_new(RULES_OVER_SESSIONS, mem, config, tell, NULL, &told);
    assert_non_null(rules);
    helo_time start = INT64_C(1700000000) * HELO_SECOND;
    helo_time step = HOURS * 3600 * HELO_SECOND / flood;
    for (uint32_t i = 0; i < flood; i++) {
        char user[16];
        helo_time now = start + i * step;
        snprintf(user, sizeof(user), "user%u", i);
        fail_login(rules, 0x10000000 + i, user, 0x100000000 + i, now);
        if (i == 1 || i % (flood / HOURS / 2) == 0)
            fail_login(rules, 1, "alice", i + 1, now);
        if (i % 4096 == 0)
            assert_true(mem_used(mem) <= CAP / LIMIT_RULES_SHARE);
    }
    assert_true(mem_used(mem) <= CAP / LIMIT_RULES_SHARE);
    assert_true(told.times[index_of("HS-202")] > 0);
    assert_true(told.times[index_of("HS-903")] > 0);
    rules_flush(rules, start + HOURS * 3600 * HELO_SECOND);
    assert_true(told.counters > flood / HOURS / 60); /* several rules count each name */
    rules_free(rules);
    assert_int_equal(mem_used(mem), 0);
    mem_destroy(mem);
    free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flood_stays_under_the_cap_says_so_and_hides_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
