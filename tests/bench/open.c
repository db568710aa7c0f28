/* How much memory open connections take that are not SMTP: open [CONNECTIONS]. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "../support/frame.h"
#include "heloscope/heloscope.h"

#define START (INT64_C(1700000000) * HELO_SECOND)

struct world {
    struct helo_engine *engine;
    struct synth synth;
    uint64_t packets, events;
};

static void on_event(void *context, const struct helo_event *event)
{
    struct world *w = context;
    (void)event;
    w->events++;
}

static void set_ends(struct synth *synth, uint32_t n)
{
    for (int i = 0; i < HELO_SIDES; i++) {
        synth->end[i].family = 4;
        memcpy(synth->end[i].address,
               (const uint8_t[]){(uint8_t)(10 + i), (uint8_t)(i == HELO_CLIENT ? n >> 16 : 0),
                                 (uint8_t)(i == HELO_CLIENT ? n >> 8 : 0),
                                 (uint8_t)(i == HELO_CLIENT ? n : 1)},
               4);
    }
    synth->end[HELO_CLIENT].port = 40000;
    synth->end[HELO_SERVER].port = 443;
}

static void send(struct world *w, enum helo_side side, unsigned flags, uint32_t seq, uint32_t ack,
                 const char *text)
{
    struct synth_segment segment = {.side = side,
                                    .seq = seq,
                                    .ack = ack,
                                    .window = SYNTH_WINDOW,
                                    .flags = (uint8_t)flags,
                                    .data = (const uint8_t *)text,
                                    .length = (uint32_t)strlen(text)};
    uint8_t frame[FRAME_MAX];
    uint32_t length = frame_write(&w->synth, &segment, 1, frame);
    struct helo_packet packet = {.time = START + (helo_time)w->packets * HELO_MICROSECOND,
                                 .data = frame,
                                 .captured = length,
                                 .length = length,
                                 .link_type = 1,
                                 .number = ++w->packets};
    helo_engine_packet(w->engine, &packet);
}

/* A handshake, a request and an answer; the connection stays open. */
static void open_one(struct world *w, uint32_t n)
{
    static const char hello[] = "\x16\x03\x01\x02\x05\x01 and what else there is to say";
    set_ends(&w->synth, n);
    send(w, HELO_CLIENT, SYNTH_SYN, 0, 0, "");
    send(w, HELO_SERVER, SYNTH_SYN | SYNTH_ACK, 0, 1, "");
    send(w, HELO_CLIENT, SYNTH_ACK, 1, 1, "");
    send(w, HELO_CLIENT, SYNTH_ACK | SYNTH_PSH, 1, 1, hello);
    send(w, HELO_SERVER, SYNTH_ACK | SYNTH_PSH, 1, sizeof hello, hello);
}

int main(int argc, char **argv)
{
    static struct world w;
    uint32_t count = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1000000;
    struct helo_config config;
    struct helo_error error = {""};
    struct helo_stats stats;
    struct rusage before, after;
    helo_config_init(&config);
    if (helo_engine_new(&config, on_event, &w, &w.engine, &error) != HELO_OK) {
        fprintf(stderr, "open: %s\n", error.message);
        return 1;
    }
    getrusage(RUSAGE_SELF, &before);
    for (uint32_t n = 0; n < count; n++)
        open_one(&w, n);
    getrusage(RUSAGE_SELF, &after);
    helo_engine_stats(w.engine, &stats);
    printf("%llu connections open, none SMTP: %.1f octets each by the engine's count, "
           "%.1f by the system's (%.1f MB)\n",
           (unsigned long long)stats.flows_active, (double)stats.memory_used / count,
           (double)(after.ru_maxrss - before.ru_maxrss) * 1024 / count,
           (double)after.ru_maxrss * 1024 / 1e6);
    helo_engine_free(w.engine);
    return stats.flows_active == count ? 0 : 1;
}
