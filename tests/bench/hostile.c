/* What hostile packets cost beside friendly ones: processor time per packet as a ratio. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../support/frame.h"
#include "../support/prng.h"
#include "heloscope/heloscope.h"

#define T0      (INT64_C(1700000000) * HELO_SECOND)
#define PACKETS 200000u
#define ROUNDS  3
#define MOST    5.0 /* docs/design.md, the budget of hostile traffic */

/* The frames of a scenario, made before the clock runs. */
struct frames {
    uint8_t *octets;
    uint32_t *length;
    helo_time *time;
    size_t count;
    struct synth synth;
    struct prng prng;
};

static void put(struct frames *frames, unsigned client, enum helo_side side, unsigned flags,
                uint32_t seq, uint32_t ack, const char *text, uint32_t len, helo_time time)
{
    struct synth_segment segment = {.side = side,
                                    .seq = seq,
                                    .ack = ack,
                                    .window = SYNTH_WINDOW,
                                    .flags = (uint8_t)flags,
                                    .data = (const uint8_t *)text,
                                    .length = len};
    if (frames->count == PACKETS)
        return;
    for (int i = 0; i < HELO_SIDES; i++) {
        frames->synth.end[i].family = 4;
        memcpy(frames->synth.end[i].address,
               (const uint8_t[]){10, (uint8_t)(i == 0 ? client >> 16 : 255), (uint8_t)(client >> 8),
                                 (uint8_t)client},
               4);
        frames->synth.end[i].port = (uint16_t)(i == 0 ? 40000 : 25);
    }
    frames->length[frames->count] =
        frame_write(&frames->synth, &segment, 1, frames->octets + frames->count * FRAME_MAX);
    frames->time[frames->count++] = time;
}

static void shake_hands(struct frames *frames, unsigned client, helo_time time)
{
    put(frames, client, HELO_CLIENT, SYNTH_SYN, 0, 0, "", 0, time);
    put(frames, client, HELO_SERVER, SYNTH_SYN | SYNTH_ACK, 0, 1, "", 0, time);
    put(frames, client, HELO_CLIENT, SYNTH_ACK, 1, 1, "", 0, time);
}

/* Mails as they come, a hundred connections at a time. */
static void friendly(struct frames *frames)
{
    static const char *const lines[] = {"220 x ESMTP\r\n", "EHLO c\r\n",
                                        "250 x\r\n",       "MAIL FROM:<a@x>\r\n",
                                        "250 ok\r\n",      "RCPT TO:<b@x>\r\n",
                                        "250 ok\r\n",      "DATA\r\n",
                                        "354 go\r\n",      "Subject: s\r\n\r\nx\r\n.\r\n",
                                        "250 ok\r\n",      "QUIT\r\n",
                                        "221 bye\r\n"};
    const unsigned count = sizeof(lines) / sizeof(lines[0]);
    helo_time time = T0;
    for (unsigned base = 0; frames->count < PACKETS; base += 100) {
        uint32_t next[HELO_SIDES] = {1, 1};
        for (unsigned c = 0; c < 100; c++)
            shake_hands(frames, base + c, time);
        for (unsigned i = 0; i < count; i++) {
            enum helo_side side = i % 2 == 0 ? HELO_SERVER : HELO_CLIENT;
            uint32_t len = (uint32_t)strlen(lines[i]);
            for (unsigned c = 0; c < 100; c++)
                put(frames, base + c, side, SYNTH_ACK, next[side], next[1 - side], lines[i], len,
                    time += HELO_MICROSECOND);
            next[side] += len;
        }
        for (unsigned c = 0; c < 100; c++) {
            put(frames, base + c, HELO_SERVER, SYNTH_FIN | SYNTH_ACK, next[1], next[0], "", 0,
                time);
            put(frames, base + c, HELO_CLIENT, SYNTH_FIN | SYNTH_ACK, next[0], next[1] + 1, "", 0,
                time);
        }
    }
}

static void syn_flood(struct frames *frames)
{
    for (uint32_t i = 0; i < PACKETS; i++)
        put(frames, i, HELO_CLIENT, SYNTH_SYN, (uint32_t)prng_next(&frames->prng), 0, "", 0,
            T0 + i * HELO_MICROSECOND);
}

static void single_octets(struct frames *frames)
{
    static const char line[] = "NOOP\r\n";
    shake_hands(frames, 1, T0);
    for (uint32_t i = 0; i < PACKETS; i++)
        put(frames, 1, HELO_CLIENT, SYNTH_ACK, 1 + i, 1, line + i % 6, 1,
            T0 + i * HELO_MICROSECOND);
}

static void holes(struct frames *frames)
{
    shake_hands(frames, 1, T0);
    for (uint32_t i = 0; i < PACKETS; i++)
        put(frames, 1, HELO_CLIENT, SYNTH_ACK, 3 + 2 * (i % 250000), 1, "x", 1,
            T0 + i * HELO_MICROSECOND);
}

/* From the far end to the near one: each goes before all others. */
static void holes_backwards(struct frames *frames)
{
    shake_hands(frames, 1, T0);
    for (uint32_t i = 0; i < PACKETS; i++)
        put(frames, 1, HELO_CLIENT, SYNTH_ACK, 3 + 2 * (250000 - i % 250000), 1, "x", 1,
            T0 + i * HELO_MICROSECOND);
}

static void overlaps(struct frames *frames)
{
    static char text[1400];
    memset(text, 'x', sizeof(text));
    shake_hands(frames, 1, T0);
    for (uint32_t i = 0; i < PACKETS; i++)
        put(frames, 1, HELO_CLIENT, SYNTH_ACK, 10 + (uint32_t)prng_below(&frames->prng, 50000), 1,
            text, 1 + (uint32_t)prng_below(&frames->prng, sizeof(text) - 1),
            T0 + i * HELO_MICROSECOND);
}

static void forged_acks(struct frames *frames)
{
    shake_hands(frames, 1, T0);
    for (uint32_t i = 0; i < PACKETS; i++)
        put(frames, 1, (enum helo_side)(i % 2), SYNTH_ACK, 1 + 2 * (i % 400), 1 + i % 60000, "y", 1,
            T0 + i * HELO_MICROSECOND);
}

static void forged_ends(struct frames *frames)
{
    shake_hands(frames, 1, T0);
    for (uint32_t i = 0; i < PACKETS; i++)
        put(frames, 1, (enum helo_side)(i % 2), i % 3 == 0 ? SYNTH_RST : SYNTH_FIN | SYNTH_ACK,
            1 + (uint32_t)prng_below(&frames->prng, 60000), 1, "", 0, T0 + i * HELO_MICROSECOND);
}

static void ignore(void *context, const struct helo_event *event)
{
    (void)context;
    (void)event;
}

/* Processor nanoseconds per packet, the least of some rounds; *over if memory passed the cap. */
static double cost_of(const struct frames *frames, bool *over)
{
    double least = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct helo_config config;
        struct helo_engine *engine;
        struct helo_error error;
        struct helo_stats stats;
        helo_config_init(&config);
        config.memory_cap = UINT64_C(32) << 20;
        if (helo_engine_new(&config, ignore, NULL, &engine, &error) != HELO_OK)
            exit(1);
        clock_t begin = clock();
        for (size_t i = 0; i < frames->count; i++) {
            struct helo_packet packet = {.time = frames->time[i],
                                         .data = frames->octets + i * FRAME_MAX,
                                         .captured = frames->length[i],
                                         .length = frames->length[i],
                                         .link_type = 1,
                                         .number = i + 1};
            helo_engine_packet(engine, &packet);
        }
        helo_engine_stats(engine, &stats);
        *over |= stats.memory_used > stats.memory_cap;
        helo_engine_flush(engine);
        double cost = (double)(clock() - begin) * 1e9 / CLOCKS_PER_SEC / (double)frames->count;
        helo_engine_free(engine);
        least = round == 0 || cost < least ? cost : least;
    }
    return least;
}

int main(void)
{
    static const struct {
        const char *name;
        void (*make)(struct frames *frames);
    } scenarios[] = {
        {"friendly", friendly},
        {"SYN flood", syn_flood},
        {"segments of one octet", single_octets},
        {"out-of-order holes", holes},
        {"out-of-order holes, backwards", holes_backwards},
        {"overlapping retransmissions", overlaps},
        {"forged acknowledgements", forged_acks},
        {"forged FINs and RSTs", forged_ends},
    };
    struct frames frames = {.octets = malloc((size_t)PACKETS * FRAME_MAX),
                            .length = malloc(PACKETS * sizeof(uint32_t)),
                            .time = malloc(PACKETS * sizeof(helo_time))};
    double base = 0;
    bool over = false, bad = false;
    if (frames.octets == NULL || frames.length == NULL || frames.time == NULL)
        return 1;
    for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
        frames.count = 0;
        frames.prng = (struct prng){1};
        scenarios[i].make(&frames);
        double cost = cost_of(&frames, &over);
        base = i == 0 ? cost : base;
        bad |= cost > MOST * base;
        printf("%-32s %5.2f x%s\n", scenarios[i].name, cost / base,
               cost > MOST * base ? "  above the budget" : "");
    }
    if (over)
        printf("memory passed the cap\n");
    free(frames.octets);
    free(frames.length);
    free(frames.time);
    return bad || over;
}
