/* Connections whose protocol is being found out: what is held, what it costs, who decides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../support/frame.h"
#include "base/limits.h"
#include "exact.h"
#include "heloscope/heloscope.h"

#define T0 (INT64_C(1700000000) * HELO_SECOND)

struct world {
    struct helo_engine *engine;
    struct synth synth;
    uint64_t packets;
    helo_time time;
    uint32_t next[HELO_SIDES];
    unsigned sessions, others, exchanges, foreign, evicted;
    helo_time greeting, start;
    char protocol[32];
};

static void on_event(void *context, const struct helo_event *event)
{
    struct world *w = context;
    if (event->dataset == HELO_DATASET_EXCHANGE && w->exchanges++ == 0)
        w->greeting = event->time;
    if (event->dataset == HELO_DATASET_ANOMALY && event->connection != NULL)
        w->foreign += strcmp(event->of.anomaly->rule->id, "HS-403") == 0;
    if (event->dataset != HELO_DATASET_SESSION)
        return;
    w->sessions++;
    w->others += event->of.session->kind == HELO_KIND_OTHER;
    w->evicted += event->of.session->close_reason == HELO_CLOSE_EVICTED;
    w->start = event->of.session->start;
    snprintf(w->protocol, sizeof(w->protocol), "%.*s", (int)event->protocol.len,
             (const char *)event->protocol.ptr);
}

static void send_segment(struct world *w, enum helo_side side, unsigned flags,
                         struct helo_slice data)
{
    struct synth_segment segment = {.side = side,
                                    .seq = w->next[side],
                                    .ack = w->next[1 - side],
                                    .window = SYNTH_WINDOW,
                                    .flags = (uint8_t)flags,
                                    .data = data.ptr,
                                    .length = (uint32_t)data.len};
    uint8_t frame[FRAME_MAX];
    uint32_t length = frame_write(&w->synth, &segment, 1, frame);
    w->time += HELO_MILLISECOND;
    struct helo_packet packet = {.time = w->time,
                                 .data = frame,
                                 .captured = length,
                                 .length = length,
                                 .link_type = 1,
                                 .number = ++w->packets};
    w->next[side] += (uint32_t)data.len + ((flags & (SYNTH_SYN | SYNTH_FIN)) != 0);
    helo_engine_packet(w->engine, &packet);
}

static void say(struct world *w, enum helo_side side, const char *text)
{
    struct helo_slice data = {(const uint8_t *)text, strlen(text)};
    send_segment(w, side, SYNTH_ACK | SYNTH_PSH, data);
}

static void flag(struct world *w, enum helo_side side, unsigned flags)
{
    send_segment(w, side, flags, (struct helo_slice){NULL, 0});
}

/* A new connection of client n. */
static void shake_hands(struct world *w, unsigned n, uint16_t port)
{
    for (int i = 0; i < HELO_SIDES; i++) {
        w->synth.end[i].family = 4;
        memcpy(w->synth.end[i].address, (const uint8_t[]){10, (uint8_t)i, 0, (uint8_t)(n >> 8)}, 4);
    }
    w->synth.end[HELO_CLIENT].port = (uint16_t)(40000 + (n & 255));
    w->synth.end[HELO_SERVER].port = port;
    w->next[HELO_CLIENT] = w->next[HELO_SERVER] = 0;
    flag(w, HELO_CLIENT, SYNTH_SYN);
    flag(w, HELO_SERVER, SYNTH_SYN | SYNTH_ACK);
    flag(w, HELO_CLIENT, SYNTH_ACK);
}

static bool begin(struct world *w, uint64_t memory, uint64_t fail)
{
    struct helo_config config;
    struct helo_error error = {""};
    helo_config_init(&config);
    config.memory_cap = memory;
    config.fail_allocation = fail;
    *w = (struct world){.time = T0};
    return helo_engine_new(&config, on_event, w, &w->engine, &error) == HELO_OK;
}

static void end(struct world *w)
{
    helo_engine_flush(w->engine);
    helo_engine_free(w->engine);
}

static uint64_t memory(const struct world *w)
{
    struct helo_stats stats;
    helo_engine_stats(w->engine, &stats);
    return stats.memory_used;
}

static void smtp_found_late_is_told_with_the_times_of_its_segments(void **state)
{
    struct world w;
    (void)state;
    assert_true(begin(&w, 64u << 20, 0));
    shake_hands(&w, 1, 8025);
    helo_time opened = w.time;
    say(&w, HELO_SERVER, "22");
    say(&w, HELO_SERVER, "0 mx.example.net\r");
    say(&w, HELO_SERVER, "\n");
    assert_int_equal(w.exchanges, 0);
    say(&w, HELO_CLIENT, "EHLO x\r\n");
    assert_int_equal(w.exchanges, 1);
    assert_true(w.greeting == opened + 3 * HELO_MILLISECOND);
    say(&w, HELO_SERVER, "250 mx.example.net\r\n");
    assert_int_equal(w.exchanges, 2);
    end(&w);
    assert_int_equal(w.sessions, 1);
    assert_int_equal(w.others, 0);
    assert_true(w.start == T0 + HELO_MILLISECOND);
}

static void nobody_hides_a_session_by_filling_what_is_held(void **state)
{
    struct world w;
    (void)state;
    assert_true(begin(&w, 64u << 20, 0));
    shake_hands(&w, 1, 25);
    say(&w, HELO_CLIENT, "GET / HTTP/1.1\r\n\r\n");
    for (int i = 0; i < 40; i++)
        flag(&w, HELO_CLIENT, SYNTH_ACK);
    say(&w, HELO_SERVER, "220 mx.example.net ESMTP\r\n");
    say(&w, HELO_CLIENT, "QUIT\r\n");
    say(&w, HELO_SERVER, "221 Bye\r\n");
    end(&w);
    assert_int_equal(w.sessions, 1);
    assert_int_equal(w.others, 0);
    assert_true(w.exchanges > 0);
}

/* Octets that were forged before the SYN-ACK has told where the server's begin. */
static void octets_before_the_syn_ack_are_none_of_the_server(void **state)
{
    static const char *const forged[] = {"HTTP/1.1 200 OK\r\n\r\n", "SSH-2.0-x\r\n", "2"};
    (void)state;
    for (size_t i = 0; i < COUNT(forged); i++) {
        struct world w;
        assert_true(begin(&w, 64u << 20, 0));
        shake_hands(&w, 1, 25);
        w.synth.end[HELO_CLIENT].port++;
        w.next[HELO_CLIENT] = 0;
        w.next[HELO_SERVER] = 5000;
        flag(&w, HELO_CLIENT, SYNTH_SYN);
        say(&w, HELO_SERVER, forged[i]);
        w.next[HELO_SERVER] = 0;
        flag(&w, HELO_SERVER, SYNTH_SYN | SYNTH_ACK);
        flag(&w, HELO_CLIENT, SYNTH_ACK);
        say(&w, HELO_SERVER, "220 mx.example.net ESMTP\r\n");
        say(&w, HELO_CLIENT, "QUIT\r\n");
        end(&w);
        assert_int_equal(w.others, 0);
        assert_true(w.exchanges > 0);
    }
}

static void what_is_not_smtp_keeps_its_flow_alone(void **state)
{
    static const uint16_t ports[] = {8080, 25};
    (void)state;
    for (size_t i = 0; i < COUNT(ports); i++) {
        struct world w;
        assert_true(begin(&w, 64u << 20, 0));
        shake_hands(&w, 1, ports[i]); /* what is made once is made */
        say(&w, HELO_CLIENT, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        say(&w, HELO_SERVER, "HTTP/1.1 200 OK\r\n\r\n");
        say(&w, HELO_CLIENT, "GET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
        shake_hands(&w, 2, ports[i]);
        uint64_t silent = memory(&w);
        say(&w, HELO_CLIENT, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        assert_true(memory(&w) > silent); /* held */
        say(&w, HELO_SERVER, "HTTP/1.1 200 OK\r\n\r\n");
        /* On a port of SMTP both have to have seen what the other sent. */
        say(&w, HELO_CLIENT, "GET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
        assert_int_equal(memory(&w), silent);
        say(&w, HELO_SERVER, "220 mx.example.net ESMTP\r\n");
        assert_int_equal(memory(&w), silent);
        end(&w);
        assert_int_equal(w.sessions, ports[i] == 25 ? 2 : 0);
        assert_int_equal(w.others, w.sessions);
        assert_int_equal(w.foreign, w.sessions);
        assert_string_equal(w.protocol, ports[i] == 25 ? "http" : "");
    }
}

static void what_is_held_is_bounded(void **state)
{
    static char large[1000];
    (void)state;
    memset(large, 'x', sizeof(large) - 1);
    for (int way = 0; way < 2; way++) { /* many segments, many octets */
        struct world w;
        uint64_t most = 0;
        assert_true(begin(&w, 64u << 20, 0));
        shake_hands(&w, 1, 8080); /* what is made once is made */
        for (int i = 0; i < 40; i++)
            say(&w, HELO_CLIENT, "x");
        shake_hands(&w, 2, 8080);
        uint64_t silent = memory(&w);
        for (int i = 0; i < 40; i++) {
            say(&w, HELO_CLIENT, way == 0 ? "x" : large);
            most = memory(&w) > most ? memory(&w) : most;
        }
        assert_int_equal(memory(&w), silent);
        assert_true(most > silent);
        /* Copies of segments are rounded to the next power of two; nDPI has its own meanwhile. */
        assert_true(most < silent + 2 * (LIMIT_CLASSIFY_OCTETS + LIMIT_CLASSIFY_PACKETS * 512) +
                               (2u << 10));
        end(&w);
        assert_int_equal(w.sessions, 0);
    }
}

static void whichever_allocation_fails_it_goes_on(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 60; n++) {
        struct world w;
        if (!begin(&w, 64u << 20, n))
            continue;
        for (unsigned port = 25; port < 50; port += 8) {
            shake_hands(&w, port, (uint16_t)port);
            say(&w, HELO_SERVER, "220 x\r\n");
            say(&w, HELO_CLIENT, "EHLO x\r\n");
            shake_hands(&w, port + 100, (uint16_t)port);
            say(&w, HELO_CLIENT, "\x05\x01\x02");
            say(&w, HELO_SERVER, "\x05\xff");
            flag(&w, HELO_SERVER, SYNTH_FIN | SYNTH_ACK);
            flag(&w, HELO_CLIENT, SYNTH_FIN | SYNTH_ACK);
        }
        end(&w);
    }
}

static void a_rst_or_both_fins_end_the_waiting(void **state)
{
    (void)state;
    for (int way = 0; way < 2; way++) {
        struct world w;
        assert_true(begin(&w, 64u << 20, 0));
        shake_hands(&w, 1, 25);
        say(&w, HELO_CLIENT, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        assert_int_equal(w.foreign, 0);
        if (way == 0) {
            flag(&w, HELO_SERVER, SYNTH_RST);
        } else {
            flag(&w, HELO_SERVER, SYNTH_FIN | SYNTH_ACK);
            flag(&w, HELO_CLIENT, SYNTH_FIN | SYNTH_ACK);
        }
        assert_int_equal(w.foreign, 1);
        end(&w);
        assert_int_equal(w.others, 1);
        assert_string_equal(w.protocol, "http");
    }
}

static void under_the_cap_the_undecided_go_after_the_silent(void **state)
{
    struct world w;
    (void)state;
    assert_true(begin(&w, 4u << 20, 0));
    shake_hands(&w, 1, 25);
    say(&w, HELO_SERVER, "220 x ESMTP\r\n");
    for (unsigned n = 2; n < 20; n++) {
        shake_hands(&w, n, 8080);
        say(&w, HELO_CLIENT, "EHLO"); /* undecided, and SMTP in the end */
    }
    for (unsigned n = 100; n < 20000; n++)
        shake_hands(&w, n, 8080);
    shake_hands(&w, 20001, 25);
    say(&w, HELO_SERVER, "220 x ESMTP\r\n");
    assert_int_equal(w.evicted, 0);
    assert_true(memory(&w) <= 4u << 20);
    end(&w);
    assert_int_equal(w.sessions, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(smtp_found_late_is_told_with_the_times_of_its_segments),
        cmocka_unit_test(what_is_not_smtp_keeps_its_flow_alone),
        cmocka_unit_test(nobody_hides_a_session_by_filling_what_is_held),
        cmocka_unit_test(octets_before_the_syn_ack_are_none_of_the_server),
        cmocka_unit_test(what_is_held_is_bounded),
        cmocka_unit_test(whichever_allocation_fails_it_goes_on),
        cmocka_unit_test(a_rst_or_both_fins_end_the_waiting),
        cmocka_unit_test(under_the_cap_the_undecided_go_after_the_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
