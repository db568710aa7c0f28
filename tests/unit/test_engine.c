/* Engine: time, order, the memory cap and the end, through the public API alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "../support/frame.h"
#include "../support/prng.h"
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
    bool disorder, midstream;
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
        config.only_ports = true;
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
static void note_interface(void *context, const struct helo_event *event)
{
    const char **interface = context;
    *interface = event->connection->interface;
}

static void an_event_names_where_its_first_payload_was_captured(void **state)
{
    (void)state;
    static const char *const names[] = {"eth0", "eth1", "eth2"};
    const char *seen = NULL;
    struct helo_config config;
    struct helo_error error;
    struct helo_engine *engine;
    static struct synth synth;
    helo_config_init(&config);
    assert_int_equal(helo_engine_new(&config, note_interface, &seen, &engine, &error), HELO_OK);
    memset(&synth, 0, sizeof(synth));
    for (int i = 0; i < HELO_SIDES; i++)
        synth.end[i] =
            (struct helo_endpoint){.family = 4, .address = {10, 0, 0, (uint8_t)i}, .port = 25};
    synth.end[HELO_CLIENT].port = 40000;
    const struct synth_segment segments[] = {
        {.time = T0, .side = HELO_CLIENT, .flags = SYNTH_SYN, .window = SYNTH_WINDOW},
        {.time = T0,
         .side = HELO_SERVER,
         .flags = SYNTH_ACK,
         .seq = 1,
         .ack = 1,
         .window = 9000,
         .data = (const uint8_t *)"220 mx\r\n",
         .length = 8},
        {.time = T0,
         .side = HELO_CLIENT,
         .flags = SYNTH_ACK,
         .seq = 1,
         .ack = 9,
         .window = 9000,
         .data = (const uint8_t *)"QUIT\r\n",
         .length = 6},
    };
    for (size_t i = 0; i < 3; i++) {
        uint8_t frame[FRAME_MAX];
        uint32_t length = frame_write(&synth, &segments[i], 1, frame);
        helo_engine_packet(engine,
                           &(struct helo_packet){T0, frame, length, length, 1, i + 1, names[i]});
    }
    helo_engine_flush(engine);
    assert_string_equal(seen, "eth1");
    helo_engine_free(engine);
}

/* A tick is the only clock of a silent wire; whatever it is told, packets go on after it. */
static void ticks_move_the_clock_and_never_back(void **state)
{
    (void)state;
    struct world w;
    open_world(&w, NULL, on_event);
    helo_engine_tick(w.engine, T0);
    assert_true(helo_engine_clock(w.engine) == T0);
    helo_engine_tick(w.engine, T0 - HELO_SECOND);
    assert_true(helo_engine_clock(w.engine) == T0);
    greet(&w, 1, 25, T0 + HELO_SECOND);
    helo_engine_tick(w.engine, T0 + 901 * HELO_SECOND + HELO_SECOND);
    assert_int_equal(w.sessions, 1);
    helo_engine_free(w.engine);
}

static void every_packet_is_counted_once(void **state)
{
    (void)state;
    struct world w;
    struct helo_stats stats;
    static const uint8_t arp[60] = {[12] = 0x08, [13] = 0x06};
    static const uint8_t odd[20] = {[12] = 0x08, [13] = 0x00, [14] = 0x45};
    open_world(&w, NULL, on_event);
    greet(&w, 1, 25, T0);
    helo_engine_packet(w.engine, &(struct helo_packet){T0, arp, 60, 60, 1, 1, NULL});
    helo_engine_packet(w.engine, &(struct helo_packet){T0, odd, 20, 20, 1, 2, NULL});
    helo_engine_packet(w.engine, &(struct helo_packet){T0, odd, 20, 20, 147, 3, NULL});
    helo_engine_flush(w.engine);
    helo_engine_stats(w.engine, &stats);
    uint64_t undecodable = 0;
    for (size_t i = 0; i < HELO_UNDECODABLE_COUNT; i++)
        undecodable += stats.undecodable[i];
    assert_int_equal(stats.packets_other, 1);
    assert_int_equal(undecodable, 2);
    assert_true(stats.packets_tcp > 2);
    assert_int_equal(stats.packets_held, 0);
    assert_int_equal(stats.packets_received,
                     stats.packets_tcp + stats.packets_other + stats.packets_held + undecodable);
    helo_engine_free(w.engine);
}

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

/* What a session told last, by its number modulo the table. */
struct said {
    uint64_t id;
    helo_time time;
};

struct leaper {
    struct world world;
    struct said said[1024];
    unsigned sessions, bad;
};

static bool is_span(helo_time start, helo_time end)
{
    return start >= 0 && end >= start;
}

static bool has_sane_times(const struct helo_event *event)
{
    switch (event->dataset) {
    case HELO_DATASET_SESSION: {
        const struct helo_session *session = event->of.session;
        return is_span(session->start, session->end) &&
               (!session->has_close_idle || session->close_idle >= 0) &&
               (!session->has_first_reply || session->first_reply >= 0) &&
               (!session->has_reply_times ||
                (session->reply_p50 >= 0 && session->reply_max >= session->reply_p50));
    }
    case HELO_DATASET_EXCHANGE:
        return is_span(event->of.exchange->start, event->of.exchange->end) &&
               (!event->of.exchange->has_latency || event->of.exchange->latency >= 0);
    case HELO_DATASET_MESSAGE:
        return is_span(event->of.message->start, event->of.message->end);
    case HELO_DATASET_AUTH:
        return is_span(event->of.auth->start, event->of.auth->end);
    default:
        return true;
    }
}

static void on_leap(void *context, const struct helo_event *event)
{
    struct leaper *l = context;
    if (event->connection == NULL)
        return;
    struct said *said = &l->said[event->connection->session_id % COUNT(l->said)];
    l->sessions += event->dataset == HELO_DATASET_SESSION;
    l->bad += !has_sane_times(event);
    l->bad +=
        event->number > 1 && said->id == event->connection->session_id && event->time < said->time;
    *said = (struct said){event->connection->session_id, event->time};
}

/* Times as a broken clock, a damaged file or several files in the wrong order give them. */
static helo_time leap(struct prng *prng, helo_time now)
{
    static const helo_time far[] = {0,
                                    1,
                                    -1,
                                    INT64_MAX,
                                    INT64_MIN,
                                    INT64_MIN + 1,
                                    INT64_C(4294967295) * HELO_SECOND,
                                    INT64_C(1700000000) * HELO_SECOND,
                                    INT64_MAX / 2};
    switch (prng_below(prng, 12)) {
    case 0:
        return far[prng_below(prng, COUNT(far))];
    case 1:
        return (helo_time)prng_next(prng);
    case 2:
        return now - (helo_time)prng_below(prng, 7200) * HELO_SECOND;
    case 3:
        return now + (helo_time)prng_below(prng, 7200) * HELO_SECOND;
    default:
        return now + (helo_time)prng_below(prng, 1000) * HELO_MILLISECOND;
    }
}

static void play_leaping(struct leaper *l, struct prng *prng)
{
    static const char *const lines[][2] = {
        {"220 x ESMTP\r\n", "EHLO c\r\n"},
        {"250-x\r\n250 AUTH PLAIN\r\n", "AUTH PLAIN AHUAcA==\r\n"},
        {"235 ok\r\n", "MAIL FROM:<a@x>\r\n"},
        {"250 ok\r\n", "RCPT TO:<b@x>\r\n"},
        {"250 ok\r\n", "DATA\r\n"},
        {"354 go\r\n", "Subject: s\r\n\r\nx\r\n.\r\n"},
        {"250 taken\r\n", "QUIT\r\n"},
        {"221 bye\r\n", ""},
    };
    struct world *w = &l->world;
    unsigned n = (unsigned)prng_below(prng, 20000);
    helo_time now = leap(prng, T0);
    uint32_t next[HELO_SIDES] = {1, 1};
    if (prng_below(prng, 4) > 0)
        open_to(w, n, 25, now);
    for (size_t i = 0; i < COUNT(lines); i++) {
        for (int side = HELO_SIDES - 1; side >= 0; side--) {
            const char *text = lines[i][side == HELO_CLIENT];
            now = leap(prng, now > 0 && now < INT64_MAX / 2 ? now : T0);
            if (prng_below(prng, 12) > 0)
                send_to(w, n, 25, (enum helo_side)side, SYNTH_ACK, next[side], next[1 - side], text,
                        now);
            next[side] += (uint32_t)strlen(text);
        }
    }
    if (prng_below(prng, 3) > 0) {
        send_to(w, n, 25, HELO_SERVER, SYNTH_FIN | SYNTH_ACK, next[1], next[0], "", now);
        send_to(w, n, 25, HELO_CLIENT, SYNTH_FIN | SYNTH_ACK, next[0], next[1] + 1, "",
                leap(prng, T0));
    }
}

/* Runs for as many seconds as HELO_LEAP_SECONDS says, from a seed of the time's, else briefly. */
static void whatever_the_times_no_event_ends_before_it_starts(void **state)
{
    static struct leaper l;
    const char *seconds = getenv("HELO_LEAP_SECONDS");
    time_t until = time(NULL) + (seconds != NULL ? strtol(seconds, NULL, 10) : 0);
    uint64_t seed = seconds != NULL ? (uint64_t)time(NULL) : 1;
    (void)state;
    for (unsigned round = 0; round < 300 || time(NULL) < until; round++, seed++) {
        struct prng prng = {seed};
        l = (struct leaper){.bad = 0};
        struct helo_config config;
        struct helo_error error;
        helo_config_init(&config);
        config.idle_timeout = round % 3 == 0 ? INT64_MAX : 900 * HELO_SECOND;
        assert_int_equal(helo_engine_new(&config, on_leap, &l, &l.world.engine, &error), HELO_OK);
        for (unsigned i = 0; i < 12; i++)
            play_leaping(&l, &prng);
        helo_engine_tick(l.world.engine, leap(&prng, T0));
        helo_engine_flush(l.world.engine);
        helo_engine_free(l.world.engine);
        if (l.bad > 0 || l.sessions == 0)
            fail_msg("seed %llu: %u events with impossible times", (unsigned long long)seed, l.bad);
    }
}

static void a_session_of_an_older_file_ends_by_its_own_time(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, NULL, on_event);
    greet(&w, 1, 25, T0 + 1000 * HOUR);
    helo_engine_tick(w.engine, T0 + 1000 * HOUR + HELO_SECOND);
    greet(&w, 2, 25, T0);
    helo_engine_tick(w.engine, T0 + 1000 * HOUR + 901 * HELO_SECOND);
    assert_int_equal(w.sessions, 2);
    assert_int_equal(w.port[1], 40002);
    assert_true(w.end == T0 + 900 * HELO_SECOND);
    helo_engine_free(w.engine);
}

/* What somebody forges amid a dialogue: one or two segments that only the sensor sees. */
struct forgery {
    const char *name;
    struct {
        enum helo_side side;
        unsigned flags;   /* 0: none */
        int32_t seq, ack; /* from the true edges */
    } segment[2];
};

static const struct forgery forgeries[] = {
#define FA (SYNTH_FIN | SYNTH_ACK)
#define RA (SYNTH_RST | SYNTH_ACK)
    {"nothing", {{HELO_CLIENT, 0, 0, 0}}},
    {"client FIN, exact", {{HELO_CLIENT, FA, 0, 0}}},
    {"server FIN, exact", {{HELO_SERVER, FA, 0, 0}}},
    {"client FIN, amid what follows", {{HELO_CLIENT, FA, 3, 0}}},
    {"server FIN, amid what follows", {{HELO_SERVER, FA, 3, 0}}},
    {"client FIN, beyond", {{HELO_CLIENT, FA, 40, 0}}},
    {"server FIN, beyond", {{HELO_SERVER, FA, 40, 0}}},
    {"client FIN, far beyond", {{HELO_CLIENT, FA, 30000, 0}}},
    {"server FIN, far beyond", {{HELO_SERVER, FA, 30000, 0}}},
    {"client FIN, before", {{HELO_CLIENT, FA, -1, 0}}},
    {"server FIN, before", {{HELO_SERVER, FA, -1, 0}}},
    {"client FIN, out of the window", {{HELO_CLIENT, FA, 0x30000000, 0}}},
    {"client FIN, acknowledged", {{HELO_CLIENT, FA, 0, 0}, {HELO_SERVER, SYNTH_ACK, 0, 1}}},
    {"server FIN, acknowledged", {{HELO_SERVER, FA, 0, 0}, {HELO_CLIENT, SYNTH_ACK, 0, 1}}},
    {"both FINs", {{HELO_CLIENT, FA, 0, 0}, {HELO_SERVER, FA, 0, 1}}},
    {"two client FINs", {{HELO_CLIENT, FA, 2, 0}, {HELO_CLIENT, FA, 5, 0}}},
    {"client RST, exact", {{HELO_CLIENT, SYNTH_RST, 0, 0}}},
    {"server RST, exact", {{HELO_SERVER, RA, 0, 0}}},
    {"both RSTs", {{HELO_CLIENT, RA, 0, 0}, {HELO_SERVER, RA, 0, 0}}},
    {"client RST, in the window", {{HELO_CLIENT, SYNTH_RST, 50, 0}}},
    {"server RST, in the window", {{HELO_SERVER, RA, 50, 0}}},
    {"client RST, far in the window", {{HELO_CLIENT, SYNTH_RST, 30000, 0}}},
    {"server RST, far in the window", {{HELO_SERVER, RA, 30000, 0}}},
    {"client RST, out of the window", {{HELO_CLIENT, SYNTH_RST, 0x30000000, 0}}},
    {"server RST, before", {{HELO_SERVER, RA, -5, 0}}},
#undef FA
#undef RA
};

static void on_forged(void *context, const struct helo_event *event)
{
    struct world *w = context;
    if (event->dataset == HELO_DATASET_MESSAGE)
        w->events += event->of.message->result == HELO_MESSAGE_ACCEPTED;
    if (event->dataset != HELO_DATASET_SESSION)
        return;
    w->sessions++;
    w->reason = event->of.session->close_reason;
    w->disorder = event->of.session->uncertain;
    w->midstream = event->of.session->midstream;
    w->last_time = event->of.session->start;
}

static void forge(struct world *w, const struct forgery *forgery, const uint32_t next[HELO_SIDES],
                  helo_time time)
{
    for (int i = 0; i < 2 && forgery->segment[i].flags != 0; i++) {
        enum helo_side side = forgery->segment[i].side;
        send_to(w, 1, 25, side, forgery->segment[i].flags,
                next[side] + (uint32_t)forgery->segment[i].seq,
                next[1 - side] + (uint32_t)forgery->segment[i].ack, "", time);
    }
}

/* A mail from its greeting to both FINs; before step at the forgery, then a pause. The handshake is
 * the caller's. */
static void play_forged(struct world *w, const struct forgery *forgery, unsigned at,
                        helo_time pause)
{
    static const struct {
        enum helo_side side;
        const char *text;
    } steps[] = {
        {HELO_SERVER, "220 x ESMTP\r\n"}, {HELO_CLIENT, "EHLO c\r\n"},
        {HELO_SERVER, "250 x\r\n"},       {HELO_CLIENT, "MAIL FROM:<a@x>\r\n"},
        {HELO_SERVER, "250 ok\r\n"},      {HELO_CLIENT, "RCPT TO:<b@x>\r\n"},
        {HELO_SERVER, "250 ok\r\n"},      {HELO_CLIENT, "DATA\r\n"},
        {HELO_SERVER, "354 go\r\n"},      {HELO_CLIENT, "Subject: s\r\n\r\nx\r\n"},
        {HELO_CLIENT, "y\r\n.\r\n"},      {HELO_SERVER, "250 taken\r\n"},
        {HELO_CLIENT, "QUIT\r\n"},        {HELO_SERVER, "221 bye\r\n"},
    };
    uint32_t next[HELO_SIDES] = {1, 1};
    helo_time time = T0;
    for (unsigned i = 0; i < COUNT(steps); i++) {
        enum helo_side side = steps[i].side;
        if (i == at) {
            forge(w, forgery, next, time + HELO_MILLISECOND);
            time += pause;
        }
        time += 20 * HELO_MILLISECOND;
        send_to(w, 1, 25, side, SYNTH_ACK, next[side], next[1 - side], steps[i].text, time);
        next[side] += (uint32_t)strlen(steps[i].text);
    }
    time += 20 * HELO_MILLISECOND;
    send_to(w, 1, 25, HELO_CLIENT, SYNTH_FIN | SYNTH_ACK, next[0], next[1], "", time);
    send_to(w, 1, 25, HELO_SERVER, SYNTH_FIN | SYNTH_ACK, next[1], next[0] + 1, "", time);
    send_to(w, 1, 25, HELO_CLIENT, SYNTH_ACK, next[0] + 1, next[1] + 1, "", time);
    helo_engine_tick(w->engine, time + 40 * HELO_SECOND);
}

/* Whatever is forged wherever, the session is told to its end, as one, and its mail is accepted. */
static void forged_ends_end_no_session(void **state)
{
    (void)state;
    for (size_t f = 0; f < COUNT(forgeries); f++) {
        for (unsigned at = 0; at < 14; at++) {
            for (helo_time pause = 0; pause < HELO_SECOND; pause += 800 * HELO_MILLISECOND) {
                struct world w;
                open_world(&w, NULL, on_forged);
                open_to(&w, 1, 25, T0);
                play_forged(&w, &forgeries[f], at, pause);
                if (w.sessions != 1 || w.events != 1 || w.reason != HELO_CLOSE_QUIT)
                    fail_msg("%s before step %u, pause %lld: %u sessions, %u accepted, reason %d",
                             forgeries[f].name, at, (long long)pause, w.sessions, w.events,
                             (int)w.reason);
                if (f == 0)
                    assert_false(w.disorder);
                helo_engine_free(w.engine);
            }
        }
    }
}

/* A handshake with a RST behind the first, second or third segment, from where its sender stands.
 */
static void open_reset(struct world *w, enum helo_side side, unsigned behind)
{
    static const struct {
        enum helo_side side;
        unsigned flags;
        uint32_t seq, ack;
    } shakes[] = {{HELO_CLIENT, SYNTH_SYN, 0, 0},
                  {HELO_SERVER, SYNTH_SYN | SYNTH_ACK, 0, 1},
                  {HELO_CLIENT, SYNTH_ACK, 1, 1}};
    for (unsigned i = 0; i < COUNT(shakes); i++) {
        send_to(w, 1, 25, shakes[i].side, shakes[i].flags, shakes[i].seq, shakes[i].ack, "", T0);
        if (i == behind)
            send_to(w, 1, 25, side, SYNTH_RST | SYNTH_ACK, side == HELO_CLIENT || i > 0, 1, "", T0);
    }
}

/* Nobody has spoken yet when a RST comes that is exactly where its sender stands; then, early or
 * late, the session goes on. */
static void a_rst_before_any_payload_hides_no_session(void **state)
{
    static const int pauses[] = {0, 300, 800, 2000, 6000, 20000};
    (void)state;
    for (unsigned i = 0; i < 6 * 2 * COUNT(pauses); i++) {
        enum helo_side side = i % 2 != 0 ? HELO_SERVER : HELO_CLIENT;
        unsigned behind = i / 2 % 3;
        unsigned at = i / 6 % 2;
        helo_time pause = pauses[i / 12] * HELO_MILLISECOND;
        struct world w;
        open_world(&w, NULL, on_forged);
        open_reset(&w, side, behind);
        play_forged(&w, &forgeries[0], at, pause);
        if (w.sessions != 1 || w.events != 1 || w.reason != HELO_CLOSE_QUIT || w.midstream ||
            w.last_time != T0)
            fail_msg("RST of side %d behind segment %u, %d ms before step %u: %u sessions, "
                     "%u accepted, reason %d",
                     (int)side, behind, pauses[i / 12], at, w.sessions, w.events, (int)w.reason);
        helo_engine_free(w.engine);
    }
}

/* The same RST, and nothing more: there was no session. And with octets that were under way: there
 * was one, which the RST ended. */
static void a_rst_before_any_payload_is_believed_where_nothing_goes_on(void **state)
{
    (void)state;
    for (int greeted = 0; greeted < 2; greeted++) {
        struct world w;
        open_world(&w, NULL, on_event);
        open_reset(&w, HELO_CLIENT, 2);
        if (greeted)
            send_to(&w, 1, 25, HELO_SERVER, SYNTH_ACK, 1, 1, "220 x\r\n", T0 + HELO_MILLISECOND);
        helo_engine_tick(w.engine, T0 + 31 * HELO_SECOND);
        assert_int_equal(w.sessions, greeted);
        helo_engine_tick(w.engine, T0 + 62 * HELO_SECOND);
        assert_int_equal(stats_of(&w).flows_active, 0);
        if (greeted)
            assert_int_equal(w.reason, HELO_CLOSE_CLIENT_RST);
        helo_engine_free(w.engine);
    }
}

/* A RST in the middle, believed and told of, and the client goes on: that must not look honest. */
static void a_session_that_goes_on_after_its_reset_was_told_is_uncertain(void **state)
{
    (void)state;
    for (int pause = 2; pause <= 20; pause += 18) {
        struct world w;
        open_world(&w, NULL, on_forged);
        greet(&w, 1, 25, T0);
        send_to(&w, 1, 25, HELO_CLIENT, SYNTH_RST, 1, 0, "", T0);
        send_to(&w, 1, 25, HELO_CLIENT, SYNTH_ACK, 1, 14, "EHLO c\r\n", T0 + pause * HELO_SECOND);
        assert_int_equal(w.sessions, 1);
        assert_int_equal(w.reason, HELO_CLOSE_CLIENT_RST);
        helo_engine_flush(w.engine);
        assert_int_equal(w.sessions, 2);
        assert_true(w.midstream);
        assert_true(w.disorder);
        helo_engine_free(w.engine);
    }
}

/* Both directions full of what can't be delivered, more than one connection may keep. */
static void be_fat(struct world *w, unsigned n, helo_time time)
{
    static char text[1400];
    memset(text, 'x', sizeof(text) - 1);
    open_to(w, n, 25, time);
    for (uint32_t i = 0; i < 700; i++) {
        for (int side = 0; side < HELO_SIDES; side++)
            send_to(w, n, 25, (enum helo_side)side, SYNTH_ACK, 10 + i * (uint32_t)sizeof(text), 1,
                    text, time);
    }
}

static void on_honest(void *context, const struct helo_event *event)
{
    struct world *w = context;
    if (event->dataset != HELO_DATASET_SESSION)
        return;
    bool fat = event->connection->end[HELO_CLIENT].port == 40000 + 5000;
    w->sessions++;
    w->events += event->of.session->close_reason == HELO_CLOSE_EVICTED && !fat;
}

static void a_fat_connection_costs_no_other(void **state)
{
    struct helo_config config;
    struct world w;
    (void)state;
    helo_config_init(&config);
    config.memory_cap = UINT64_C(8) << 20;
    open_world(&w, &config, on_honest);
    for (unsigned n = 0; n < 1000; n++)
        greet(&w, n, 25, T0);
    be_fat(&w, 5000, T0 + HELO_SECOND);
    assert_true(stats_of(&w).memory_used <= config.memory_cap);
    assert_int_equal(stats_of(&w).flows_evicted, 1);
    assert_int_equal(w.sessions, 1); /* the fat one */
    helo_engine_flush(w.engine);
    assert_int_equal(w.sessions, 1001);
    assert_int_equal(w.events, 0); /* none of the honest was lost */
    helo_engine_free(w.engine);
}

/* What an idle session takes, with its flow, its place in the table and all that is kept of what
 * was said. Connection and dialogue are one block of 2 KiB: a few octets more make it one of 4. */
static void an_idle_session_takes_little_more_than_3_kib(void **state)
{
    enum { SESSIONS = 1 << 14 };
    static const char banner[] = "220 mail.example.org ESMTP Postfix (Debian/GNU)\r\n";
    static const char reply[] =
        "250-mail.example.org\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n"
        "250-VRFY\r\n250-ETRN\r\n250-STARTTLS\r\n250-ENHANCEDSTATUSCODES\r\n"
        "250-8BITMIME\r\n250-DSN\r\n250-SMTPUTF8\r\n250 CHUNKING\r\n";
    struct world w;
    (void)state;
    open_world(&w, NULL, on_event);
    uint64_t before = stats_of(&w).memory_used;
    for (unsigned n = 0; n < SESSIONS; n++) {
        open_to(&w, n, 25, T0);
        send_to(&w, n, 25, HELO_SERVER, SYNTH_ACK, 1, 1, banner, T0);
        send_to(&w, n, 25, HELO_CLIENT, SYNTH_ACK, 1, sizeof(banner), "EHLO client.example\r\n",
                T0);
        send_to(&w, n, 25, HELO_SERVER, SYNTH_ACK, sizeof(banner), 22, reply, T0);
        send_to(&w, n, 25, HELO_CLIENT, SYNTH_ACK, 22, sizeof(banner) + sizeof(reply) - 1, "", T0);
    }
    struct helo_stats stats = stats_of(&w);
    uint64_t each = (stats.memory_used - before) / SESSIONS;
    assert_int_equal(stats.sessions_active, SESSIONS);
    if (each > 3200)
        fail_msg("%llu octets", (unsigned long long)each);
    helo_engine_free(w.engine);
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
        cmocka_unit_test(an_event_names_where_its_first_payload_was_captured),
        cmocka_unit_test(ticks_move_the_clock_and_never_back),
        cmocka_unit_test(every_packet_is_counted_once),
        cmocka_unit_test(community_ids_are_those_of_the_specification),
        cmocka_unit_test(whatever_the_times_no_event_ends_before_it_starts),
        cmocka_unit_test(a_session_of_an_older_file_ends_by_its_own_time),
        cmocka_unit_test(an_idle_session_takes_little_more_than_3_kib),
        cmocka_unit_test(forged_ends_end_no_session),
        cmocka_unit_test(a_rst_before_any_payload_hides_no_session),
        cmocka_unit_test(a_rst_before_any_payload_is_believed_where_nothing_goes_on),
        cmocka_unit_test(a_session_that_goes_on_after_its_reset_was_told_is_uncertain),
        cmocka_unit_test(a_fat_connection_costs_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
