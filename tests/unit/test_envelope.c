/* Envelopes: ids that do not depend on who is looked at first, numbers and times that only grow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>

#include "event/envelope.h"
#include "exact.h"

static struct helo_endpoint endpoint(const char *address, uint16_t port)
{
    struct helo_endpoint end = {.port = port};
    end.family = strchr(address, ':') != NULL ? 6 : 4;
    assert_int_equal(inet_pton(end.family == 6 ? AF_INET6 : AF_INET, address, end.address), 1);
    return end;
}

struct pair {
    const char *address[2];
    uint16_t port[2];
    const char *community_id;
};

/* The first four are published by implementations of the specification (version 1, seed 0); the
 * others were computed from its text by another program. */
static const struct pair PAIRS[] = {
    {{"128.232.110.120", "66.35.250.204"}, {34855, 80}, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
    {{"1.2.3.4", "5.6.7.8"}, {1122, 3344}, "1:wCb3OG7yAFWelaUydu0D+125CLM="},
    {{"192.168.0.1", "10.0.0.5"}, {12345, 80}, "1:JHvDxB6S6/K68OntUBf4DJZYvkM="},
    {{"2001:470:e5bf:dead:4957:2174:e82c:4887", "2607:f8b0:400c:c03::1a"},
     {63943, 25},
     "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4="},
    {{"10.0.0.1", "10.0.0.2"}, {10, 11569}, "1:SXBGMX1lBOwhhoDrZynfROxnhnM="},
    {{"10.0.0.1", "10.0.0.1"}, {25, 24}, "1:8mX0RqU4f++lcF86dBg1HJvuBcY="},
    {{"2001:db8::1", "2001:db8::2"}, {40000, 25}, "1:sWs/g/aiCKWSk0k3VFY0PL2HzU4="},
    {{"0.0.0.0", "255.255.255.255"}, {0, 65535}, "1:LdN0oTsWjz5qVMMtMj5zPyV/TiU="},
};

static void community_ids_are_the_specification_s_in_either_direction(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(PAIRS); i++) {
        for (int turned = 0; turned < 2; turned++) {
            struct helo_connection connection = {0};
            for (int k = 0; k < 2; k++)
                connection.end[k ^ turned] = endpoint(PAIRS[i].address[k], PAIRS[i].port[k]);
            envelope_community_id(&connection);
            assert_string_equal(connection.community_id, PAIRS[i].community_id);
        }
    }
}

static uint64_t session_id(const struct pair *pair, int turned, helo_time start, uint64_t realm)
{
    struct helo_endpoint end[2];
    for (int k = 0; k < 2; k++)
        end[k ^ turned] = endpoint(pair->address[k], pair->port[k]);
    return envelope_session_id(end, start, realm);
}

static void session_ids_do_not_depend_on_direction(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(PAIRS); i++) {
        assert_true(session_id(&PAIRS[i], 0, 12345, 0) == session_id(&PAIRS[i], 1, 12345, 0));
        assert_true(session_id(&PAIRS[i], 0, -1, 9) == session_id(&PAIRS[i], 1, -1, 9));
    }
}

static void session_ids_differ_with_ends_start_and_realm(void **state)
{
    (void)state;
    static const struct pair pairs[] = {
        {{"10.0.0.1", "10.0.0.2"}, {40000, 25}, NULL},
        {{"10.0.0.1", "10.0.0.2"}, {25, 40000}, NULL},
        {{"10.0.0.1", "10.0.0.2"}, {40001, 25}, NULL},
        {{"10.0.0.1", "10.0.0.3"}, {40000, 25}, NULL},
        {{"10.0.0.3", "10.0.0.2"}, {40000, 25}, NULL},
        {{"2001:db8::1", "2001:db8::2"}, {40000, 25}, NULL},
    };
    static const helo_time starts[] = {0, 1, HELO_SECOND, INT64_C(1) << 56, -1};
    static const uint64_t realms[] = {0, 1, UINT64_MAX};
    uint64_t ids[COUNT(pairs) * COUNT(starts) * COUNT(realms)];
    size_t count = 0;
    for (size_t p = 0; p < COUNT(pairs); p++) {
        for (size_t s = 0; s < COUNT(starts); s++) {
            for (size_t r = 0; r < COUNT(realms); r++)
                ids[count++] = session_id(&pairs[p], 0, starts[s], realms[r]);
        }
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < i; k++)
            assert_true(ids[i] != ids[k]);
    }
}

static void what_was_counted_of_an_end_is_no_part_of_the_id(void **state)
{
    (void)state;
    struct helo_endpoint end[2] = {endpoint("10.0.0.1", 40000), endpoint("10.0.0.2", 25)};
    uint64_t id = envelope_session_id(end, 7, 0);
    end[0].bytes = 99;
    end[1].packets = 5;
    end[1].has_mac = true;
    memset(end[1].mac, 0xee, sizeof(end[1].mac));
    assert_true(envelope_session_id(end, 7, 0) == id);
}

static void events_are_numbered_from_1_and_never_earlier_than_the_one_before(void **state)
{
    (void)state;
    static const helo_time given[] = {100, 150, 120, 150, 151, 0, -5, 152};
    static const helo_time wanted[] = {100, 150, 150, 150, 151, 151, 151, 152};
    struct envelope envelope = {0};
    envelope.connection.end[0] = endpoint("10.0.0.1", 40000);
    envelope.connection.end[1] = endpoint("10.0.0.2", 25);
    for (unsigned again = 0; again < 2; again++) {
        envelope_begin(&envelope, 100, 3);
        assert_true(envelope.connection.session_id ==
                    envelope_session_id(envelope.connection.end, 100, 3));
        assert_int_equal(strlen(envelope.connection.community_id), 30);
        for (uint32_t i = 0; i < COUNT(given); i++) {
            struct helo_event event = {0};
            envelope_stamp(&envelope, &event, given[i]);
            assert_int_equal(event.number, i + 1);
            assert_int_equal(event.time, wanted[i]);
            assert_ptr_equal(event.connection, &envelope.connection);
        }
    }
}

static void no_event_is_earlier_than_the_connection_s_start(void **state)
{
    (void)state;
    struct envelope envelope = {0};
    struct helo_event event = {0};
    envelope.connection.end[0] = endpoint("2001:db8::1", 40000);
    envelope.connection.end[1] = endpoint("2001:db8::2", 25);
    envelope_begin(&envelope, 1000, 0);
    envelope_stamp(&envelope, &event, 999);
    assert_int_equal(event.time, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(community_ids_are_the_specification_s_in_either_direction),
        cmocka_unit_test(session_ids_do_not_depend_on_direction),
        cmocka_unit_test(session_ids_differ_with_ends_start_and_realm),
        cmocka_unit_test(what_was_counted_of_an_end_is_no_part_of_the_id),
        cmocka_unit_test(events_are_numbered_from_1_and_never_earlier_than_the_one_before),
        cmocka_unit_test(no_event_is_earlier_than_the_connection_s_start),
    };
    return cmocka_run_group_tests_name("envelope", tests, NULL, NULL);
}
