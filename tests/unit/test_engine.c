/* Engine: time, order, the memory cap and the end, through the public API alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../support/frame.h"
#include "../support/run.h"
#include "event/envelope.h"
#include "exact.h"

#define T0   (INT64_C(1700000000) * HELO_SECOND)
#define HOUR (3600 * HELO_SECOND)

struct world {
    struct helo_engine *engine;
    uint64_t number;
    unsigned sessions, events;
    enum helo_close_reason reason;
    helo_time end, last_time; /* of the last session event */
    uint64_t id[8];           /* session ids as they came */
    uint16_t port[8];         /* of their clients */
    uint32_t last_number;
    bool disorder;
};

static void on_event(void *context, const struct helo_event *event)
{
    struct world *w = context;
    w->events++;
    if (event->dataset != HELO_DATASET_SESSION)
        return;
    w->id[w->sessions % 8] = event->connection->session_id;
    w->port[w->sessions % 8] = event->connection->end[HELO_CLIENT].port;
    w->sessions++;
    w->reason = event->of.session->close_reason;
    w->end = event->of.session->end;
    w->last_time = event->time;
}

/* Numbers count from 1 without a hole, times never go back: for a single session. */
static void on_ordered(void *context, const struct helo_event *event)
{
    struct world *w = context;
    if (event->connection == NULL) /* of the sensor: it has no number in a session */
        return;
    w->disorder |= event->number != w->last_number + 1;
    w->disorder |= w->last_number > 0 && event->time < w->last_time;
    w->last_number = event->number;
    w->last_time = event->time;
    w->events++;
}

static void open_world(struct world *w, const struct helo_config *config, helo_event_fn fn)
{
    struct helo_config own;
    struct helo_error error = {""};
    helo_config_init(&own);
    *w = (struct world){0};
    assert_int_equal(helo_engine_new(config != NULL ? config : &own, fn, w, &w->engine, &error),
                     HELO_OK);
}

/* One segment between client n and server; the text is its payload. */
static void send_to(struct world *w, unsigned n, uint16_t port, enum helo_side side, unsigned flags,
                    uint32_t seq, uint32_t ack, const char *text, helo_time time)
{
    static struct synth synth;
    struct synth_segment segment = {.time = time, .side = side, .seq = seq, .ack = ack};
    uint8_t frame[FRAME_MAX];
    memset(&synth, 0, sizeof(synth));
    for (int i = 0; i < HELO_SIDES; i++) {
        synth.end[i].family = 4;
        memcpy(synth.end[i].address,
               (const uint8_t[]){10, (uint8_t)i, (uint8_t)(n >> 8), (uint8_t)n}, 4);
    }
    synth.end[HELO_CLIENT].port = (uint16_t)(40000 + n % 20000);
    synth.end[HELO_SERVER].port = port;
    segment.window = SYNTH_WINDOW;
    segment.flags = (uint8_t)flags;
    segment.data = (const uint8_t *)text;
    segment.length = (uint32_t)strlen(text);
    uint32_t length = frame_write(&synth, &segment, 1, frame);
    struct helo_slice copy = exact_copy(frame, length);
    struct helo_packet packet = {.time = time,
                                 .data = copy.ptr,
                                 .captured = length,
                                 .length = length,
                                 .link_type = 1,
                                 .number = ++w->number};
    helo_engine_packet(w->engine, &packet);
    exact_free(copy);
}

static void open_to(struct world *w, unsigned n, uint16_t port, helo_time time)
{
    send_to(w, n, port, HELO_CLIENT, SYNTH_SYN, 0, 0, "", time);
    send_to(w, n, port, HELO_SERVER, SYNTH_SYN | SYNTH_ACK, 0, 1, "", time);
    send_to(w, n, port, HELO_CLIENT, SYNTH_ACK, 1, 1, "", time);
}

static void greet(struct world *w, unsigned n, uint16_t port, helo_time time)
{
    open_to(w, n, port, time);
    send_to(w, n, port, HELO_SERVER, SYNTH_ACK | SYNTH_PSH, 1, 1, "220 x ESMTP\r\n", time);
}

static struct helo_stats stats_of(const struct world *w)
{
    struct helo_stats stats;
    helo_engine_stats(w->engine, &stats);
    return stats;
}

static void a_bad_configuration_is_refused_with_a_reason(void **state)
{
    (void)state;
    for (int way = 0; way < 5; way++) {
        struct helo_config config;
        struct helo_error error = {""};
        struct helo_engine *engine = (struct helo_engine *)&config;
        helo_config_init(&config);
        if (way == 0)
            config.port_count = HELO_MAX_PORTS + 1;
        else if (way == 1)
            config.proxy_count = HELO_MAX_NETWORKS + 1;
        else if (way == 2)
            config.memory_cap = (UINT64_C(4) << 20) - 1;
        else
            config.idle_timeout = way == 3 ? 0 : -1;
        assert_int_equal(helo_engine_new(&config, on_event, NULL, &engine, &error),
                         HELO_ERROR_CONFIG);
        assert_null(engine);
        assert_true(strlen(error.message) > 0);
    }
}

static void a_silent_session_ends_exactly_at_its_deadline(void **state)
{
    static const helo_time spans[] = {0, 10 * HELO_SECOND};
    (void)state;
    for (size_t i = 0; i < COUNT(spans); i++) {
        struct helo_config config;
        struct world w;
        helo_config_init(&config);
        assert_true(config.idle_timeout == 900 * HELO_SECOND);
        if (spans[i] != 0)
            config.idle_timeout = spans[i];
        helo_time due = T0 + config.idle_timeout;
        open_world(&w, &config, on_event);
        greet(&w, 1, 25, T0);
        helo_engine_tick(w.engine, due - 1);
        assert_int_equal(w.sessions, 0);
        helo_engine_tick(w.engine, due + 5 * HELO_SECOND);
        assert_int_equal(w.sessions, 1);
        assert_int_equal(w.reason, HELO_CLOSE_IDLE_TIMEOUT);
        assert_true(w.last_time == due);
        assert_int_equal(stats_of(&w).flows_expired, 1);
        helo_engine_free(w.engine);
    }
}

static void a_half_open_connection_is_over_after_30_seconds(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, NULL, on_event);
    send_to(&w, 1, 25, HELO_CLIENT, SYNTH_SYN, 0, 0, "", T0);
    helo_engine_tick(w.engine, T0 + 30 * HELO_SECOND - 1);
    assert_int_equal(stats_of(&w).flows_active, 1);
    helo_engine_tick(w.engine, T0 + 30 * HELO_SECOND);
    assert_int_equal(stats_of(&w).flows_active, 0);
    assert_int_equal(w.events, 0);
    helo_engine_free(w.engine);
}

static void timers_fire_before_a_later_packet(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, NULL, on_event);
    greet(&w, 1, 25, T0);
    send_to(&w, 1, 25, HELO_CLIENT, SYNTH_ACK, 1, 14, "NOOP\r\n", T0 + 900 * HELO_SECOND);
    assert_int_equal(w.sessions, 1);
    assert_true(w.last_time == T0 + 900 * HELO_SECOND);
    helo_engine_free(w.engine);
}

static void a_lone_leap_moves_the_clock_only_when_a_second_packet_agrees(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, NULL, on_event);
    assert_true(helo_engine_clock(w.engine) == HELO_NO_TIME);
    greet(&w, 1, 25, T0);
    send_to(&w, 1, 25, HELO_CLIENT, SYNTH_ACK, 1, 14, "", T0 + 100 * HOUR);
    assert_true(helo_engine_clock(w.engine) == T0);
    send_to(&w, 1, 25, HELO_CLIENT, SYNTH_ACK, 1, 14, "", T0 + HELO_SECOND);
    assert_true(helo_engine_clock(w.engine) == T0 + HELO_SECOND);
    assert_int_equal(w.sessions, 0);
    send_to(&w, 1, 25, HELO_CLIENT, SYNTH_ACK, 1, 14, "", T0); /* times that go back */
    assert_true(helo_engine_clock(w.engine) == T0 + HELO_SECOND);
    send_to(&w, 2, 25, HELO_CLIENT, SYNTH_SYN, 0, 0, "", T0 + 100 * HOUR);
    send_to(&w, 2, 25, HELO_CLIENT, SYNTH_SYN, 0, 0, "", T0 + 100 * HOUR + 1);
    assert_true(helo_engine_clock(w.engine) == T0 + 100 * HOUR + 1);
    assert_int_equal(w.sessions, 1);
    helo_engine_free(w.engine);
}

static void an_odd_first_packet_does_not_set_the_clock(void **state)
{
    static const helo_time odd[] = {0, T0 + 1000 * HOUR, T0 - 2 * HOUR};
    (void)state;
    for (size_t i = 0; i < COUNT(odd); i++) {
        struct world w;
        open_world(&w, NULL, on_event);
        send_to(&w, 1, 25, HELO_CLIENT, SYNTH_SYN, 0, 0, "", odd[i]);
        send_to(&w, 1, 25, HELO_SERVER, SYNTH_SYN | SYNTH_ACK, 0, 1, "", T0);
        assert_true(helo_engine_clock(w.engine) == T0);
        helo_engine_free(w.engine);
    }
}

static void a_leap_at_the_end_of_the_file_is_read_at_the_clock(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, NULL, on_event);
    greet(&w, 1, 25, T0);
    send_to(&w, 1, 25, HELO_CLIENT, SYNTH_ACK, 1, 14, "NOOP\r\n", T0 + 100 * HOUR);
    helo_engine_flush(w.engine);
    assert_int_equal(w.sessions, 1);
    assert_int_equal(w.reason, HELO_CLOSE_CAPTURE_END);
    assert_true(w.last_time == T0);
    helo_engine_free(w.engine);
}

static void a_lone_packet_is_read_at_its_own_time(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, NULL, on_event);
    send_to(&w, 1, 25, HELO_SERVER, SYNTH_ACK, 1, 1, "220 x ESMTP\r\n", T0);
    assert_true(helo_engine_clock(w.engine) == HELO_NO_TIME);
    helo_engine_flush(w.engine);
    assert_true(helo_engine_clock(w.engine) == T0);
    assert_int_equal(w.sessions, 1);
    helo_engine_free(w.engine);
}

static void the_flush_ends_sessions_in_order_of_their_start_and_ids_are_stable(void **state)
{
    struct world first = {0};
    (void)state;
    for (int run = 0; run < 2; run++) {
        struct world w;
        open_world(&w, NULL, on_event);
        for (unsigned n = 3; n > 0; n--)
            open_to(&w, n, 25, T0 + (3 - n) * HELO_SECOND);
        for (unsigned n = 1; n < 4; n++) /* they speak in another order */
            send_to(&w, n, 25, HELO_SERVER, SYNTH_ACK, 1, 1, "220 x\r\n", T0 + 5 * HELO_SECOND);
        helo_engine_flush(w.engine);
        assert_int_equal(w.sessions, 3);
        assert_int_equal(w.port[0], 40003);
        assert_int_equal(w.port[1], 40002);
        assert_int_equal(w.port[2], 40001);
        assert_true(w.id[0] != w.id[1] && w.id[1] != w.id[2] && w.id[0] != w.id[2]);
        if (run == 1)
            assert_memory_equal(w.id, first.id, 3 * sizeof(w.id[0]));
        assert_int_equal(stats_of(&w).flows_active, 0);
        greet(&w, 4, 25, T0 + 6 * HELO_SECOND); /* it can be used on */
        helo_engine_flush(w.engine);
        assert_int_equal(w.sessions, 4);
        helo_engine_free(w.engine);
        w.engine = NULL;
        first = w;
    }
}

static void only_configured_ports_are_smtp(void **state)
{
    static const struct {
        uint16_t port;
        bool smtp, own;
    } cases[] = {{25, true, false},    {465, true, false}, {587, true, false},
                 {2525, true, false},  {80, false, false}, {10025, false, false},
                 {10025, false, true}, {2500, true, true}, {25, false, true}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct helo_config config;
        struct world w;
        helo_config_init(&config);
        if (cases[i].own) {
            config.ports[0] = 2500;
            config.port_count = 1;
        }
        open_world(&w, &config, on_event);
        greet(&w, 1, cases[i].port, T0);
        helo_engine_flush(w.engine);
        assert_int_equal(w.sessions, cases[i].smtp);
        helo_engine_free(w.engine);
    }
}

static void roles_of_a_pick_up_come_from_commands_before_ports(void **state)
{
    static const struct {
        enum helo_side side;
        const char *text;
        uint16_t client_port;
    } cases[] = {
        {HELO_CLIENT, "EHLO x\r\n", 40001},
        {HELO_CLIENT, "garbage\r\n", 40001},
        {HELO_SERVER, "250 ok\r\n", 40001},
        {HELO_SERVER, "EHLO x\r\n", 25}, /* a client that connects from port 25 */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct world w;
        open_world(&w, NULL, on_event);
        send_to(&w, 1, 25, cases[i].side, SYNTH_ACK, 1, 1, cases[i].text, T0);
        helo_engine_flush(w.engine);
        assert_int_equal(w.sessions, 1);
        assert_int_equal(w.port[0], cases[i].client_port);
        helo_engine_free(w.engine);
    }
}

static void under_the_cap_the_least_worth_goes_first(void **state)
{
    struct helo_config config;
    struct world w;
    (void)state;
    helo_config_init(&config);
    config.memory_cap = UINT64_C(4) << 20;
    open_world(&w, &config, on_event);
    greet(&w, 30000, 25, T0);
    for (unsigned n = 0; n < 30000; n++)
        send_to(&w, n, 25, HELO_CLIENT, SYNTH_SYN, 0, 0, "", T0);
    struct helo_stats stats = stats_of(&w);
    assert_true(stats.flows_evicted > 10000);
    assert_true(stats.memory_used <= stats.memory_cap);
    assert_int_equal(stats.sessions_active, 1); /* a flood of SYNs costs no session */
    assert_int_equal(w.sessions, 0);
    for (unsigned n = 0; n < 5000; n++)
        greet(&w, n, 25, T0 + HELO_SECOND);
    assert_int_equal(w.reason, HELO_CLOSE_EVICTED);
    assert_true(w.sessions > 0);
    assert_true(stats_of(&w).memory_used <= config.memory_cap);
    helo_engine_flush(w.engine);
    assert_int_equal(w.sessions, 5001);
    helo_engine_free(w.engine);
}

static const char dialogue[] = "S: 220 mx ESMTP\nC: EHLO x\nS: 250-mx\nS: 250 PIPELINING\n"
                               "C: MAIL FROM:<a@x>\nC: RCPT TO:<b@y>\nC: DATA\nS: 250 ok\n"
                               "S: 250 ok\nS: 354 go\nC: Subject: s\nC:\nC: text\nC: .\n"
                               "S: 250 queued\nC: QUIT\nS: 221 bye\nFIN S\nFIN C\n";

static void feed(void *context, const uint8_t *frame, uint32_t length, helo_time time)
{
    struct world *w = context;
    struct helo_slice copy = exact_copy(frame, length);
    struct helo_packet packet = {.time = time,
                                 .data = copy.ptr,
                                 .captured = length,
                                 .length = length,
                                 .link_type = 1,
                                 .number = ++w->number};
    helo_engine_packet(w->engine, &packet);
    exact_free(copy);
}

static void play(struct world *w)
{
    struct helo_error error = {""};
    struct transcript *t = transcript_parse("mail", dialogue, sizeof(dialogue) - 1, &error);
    if (t == NULL)
        fail_msg("%s", error.message);
    struct synth *synth = synth_make(t);
    for (size_t i = 0; i < synth->count; i++)
        frame_make(synth, &synth->segments[i], (uint16_t)(i + 1), feed, w);
    helo_engine_flush(w->engine);
    synth_free(synth);
    transcript_free(t);
}

static void event_numbers_have_no_hole_and_times_never_go_back(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, NULL, on_ordered);
    play(&w);
    assert_true(w.events > 8);
    assert_false(w.disorder);
    helo_engine_free(w.engine);
}

static void whichever_allocation_fails_the_engine_goes_on(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 10000; n++) {
        struct helo_config config;
        struct helo_error error = {""};
        struct world w = {0};
        helo_config_init(&config);
        config.fail_allocation = n;
        enum helo_status status = helo_engine_new(&config, on_ordered, &w, &w.engine, &error);
        if (status != HELO_OK) {
            assert_int_equal(status, HELO_ERROR_MEMORY);
            assert_null(w.engine);
            assert_true(strlen(error.message) > 0);
            continue;
        }
        play(&w);
        struct helo_stats stats = stats_of(&w);
        assert_false(w.disorder);
        assert_int_equal(stats.buffered_bytes, 0);
        helo_engine_free(w.engine);
        if (stats.allocation_failures == 0) {
            assert_in_range(n, 5, 9999);
            return;
        }
    }
    fail_msg("there is no end of allocations");
}

/* From the baseline of the Community ID specification. */
static void community_ids_are_those_of_the_specification(void **state)
{
    static const struct helo_endpoint a = {
        .family = 4, .address = {128, 232, 110, 120}, .port = 34855};
    static const struct helo_endpoint b = {.family = 4, .address = {66, 35, 250, 204}, .port = 80};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct helo_connection connection = {.end = {i == 0 ? a : b, i == 0 ? b : a}};
        envelope_community_id(&connection);
        assert_string_equal(connection.community_id, "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_configuration_is_refused_with_a_reason),
        cmocka_unit_test(a_silent_session_ends_exactly_at_its_deadline),
        cmocka_unit_test(a_half_open_connection_is_over_after_30_seconds),
        cmocka_unit_test(timers_fire_before_a_later_packet),
        cmocka_unit_test(a_lone_leap_moves_the_clock_only_when_a_second_packet_agrees),
        cmocka_unit_test(an_odd_first_packet_does_not_set_the_clock),
        cmocka_unit_test(a_leap_at_the_end_of_the_file_is_read_at_the_clock),
        cmocka_unit_test(a_lone_packet_is_read_at_its_own_time),
        cmocka_unit_test(the_flush_ends_sessions_in_order_of_their_start_and_ids_are_stable),
        cmocka_unit_test(only_configured_ports_are_smtp),
        cmocka_unit_test(roles_of_a_pick_up_come_from_commands_before_ports),
        cmocka_unit_test(under_the_cap_the_least_worth_goes_first),
        cmocka_unit_test(event_numbers_have_no_hole_and_times_never_go_back),
        cmocka_unit_test(whichever_allocation_fails_the_engine_goes_on),
        cmocka_unit_test(community_ids_are_those_of_the_specification),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
