/* What a packet costs, and a connection takes, among so many open ones: scale CONNECTIONS KIND. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../support/frame.h"
#include "../support/prng.h"
#include "base/limits.h"
#include "heloscope/heloscope.h"

#define T0      (INT64_C(1700000000) * HELO_SECOND)
#define PACKETS 400000u /* in a round */
#define ROUNDS  5
#define AT_ONCE 4096u /* frames made before the clock runs */

struct scale {
    struct helo_engine *engine;
    struct synth synth;
    struct prng prng;
    uint16_t port;
    uint64_t number;
    helo_time time;
    uint8_t *frames; /* one behind the other, as a capture's buffer has them */
    size_t octets;
    uint32_t length[AT_ONCE];
    size_t count;
};

static void set_ends(struct scale *scale, uint32_t connection)
{
    static const uint8_t server[] = {172, 16, 0, 25};
    const uint8_t client[] = {10, (uint8_t)(connection >> 16), (uint8_t)(connection >> 8),
                              (uint8_t)connection};
    struct helo_endpoint *end = scale->synth.end;
    end[HELO_CLIENT].family = end[HELO_SERVER].family = 4;
    memcpy(end[HELO_CLIENT].address, client, 4);
    memcpy(end[HELO_SERVER].address, server, 4);
    end[HELO_CLIENT].port = 40000;
    end[HELO_SERVER].port = scale->port;
}

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Announces a packet, as a capture's reader does. */
static const uint8_t *expect(struct scale *scale, size_t i, const uint8_t *at)
{
    if (i >= scale->count)
        return at;
    struct helo_packet packet = {
        .data = at, .captured = scale->length[i], .length = scale->length[i], .link_type = 1};
    helo_engine_expect(scale->engine, &packet);
    return at + scale->length[i];
}

/* Hands over the frames that were made; the seconds that it took. */
static double hand_over(struct scale *scale)
{
    double start = cpu_seconds();
    const uint8_t *at = scale->frames;
    const uint8_t *ahead = at;
    for (size_t i = 0; i < LIMIT_CAPTURE_AHEAD; i++)
        ahead = expect(scale, i, ahead);
    for (size_t i = 0; i < scale->count; i++) {
        ahead = expect(scale, i + LIMIT_CAPTURE_AHEAD, ahead);
        scale->time += HELO_MICROSECOND;
        struct helo_packet packet = {.time = scale->time,
                                     .data = at,
                                     .captured = scale->length[i],
                                     .length = scale->length[i],
                                     .link_type = 1,
                                     .number = ++scale->number};
        helo_engine_packet(scale->engine, &packet);
        at += scale->length[i];
    }
    scale->count = scale->octets = 0;
    return cpu_seconds() - start;
}

static double put(struct scale *scale, uint32_t connection, enum helo_side side, unsigned flags,
                  uint32_t seq, uint32_t ack, const char *text)
{
    struct synth_segment segment = {.side = side,
                                    .seq = seq,
                                    .ack = ack,
                                    .window = SYNTH_WINDOW,
                                    .flags = (uint8_t)flags,
                                    .data = (const uint8_t *)text,
                                    .length = (uint32_t)strlen(text)};
    set_ends(scale, connection);
    scale->length[scale->count] =
        frame_write(&scale->synth, &segment, 1, scale->frames + scale->octets);
    scale->octets += scale->length[scale->count];
    return ++scale->count < AT_ONCE ? 0 : hand_over(scale);
}

#define GREETING "220 mx.example.net ESMTP\r\n"

/* Handshakes, and, of SMTP sessions, the greeting: after that they are idle. */
static void open_all(struct scale *scale, uint32_t connections, bool smtp)
{
    for (uint32_t i = 0; i < connections; i++) {
        put(scale, i, HELO_CLIENT, SYNTH_SYN, 0, 0, "");
        put(scale, i, HELO_SERVER, SYNTH_SYN | SYNTH_ACK, 0, 1, "");
        put(scale, i, HELO_CLIENT, SYNTH_ACK, 1, 1, "");
        if (smtp)
            put(scale, i, HELO_SERVER, SYNTH_ACK, 1, 1, GREETING);
    }
    hand_over(scale);
}

/* Acknowledgements in connections at random: what every packet costs, whatever it holds. */
static double round_of_packets(struct scale *scale, uint32_t connections, uint32_t server_next)
{
    double seconds = 0;
    for (uint32_t i = 0; i < PACKETS; i++)
        seconds += put(scale, (uint32_t)prng_below(&scale->prng, connections), HELO_CLIENT,
                       SYNTH_ACK, 1, server_next, "");
    return seconds + hand_over(scale);
}

static void ignore(void *context, const struct helo_event *event)
{
    (void)context;
    (void)event;
}

int main(int argc, char **argv)
{
    struct scale scale = {.prng.state = 1, .time = T0};
    struct helo_config config;
    struct helo_error error;
    struct helo_stats stats;
    bool smtp = argc == 3 && strcmp(argv[2], "smtp") == 0;
    uint32_t connections = argc == 3 ? (uint32_t)strtoul(argv[1], NULL, 10) : 0;
    if (connections == 0 || connections > 1u << 24 || (!smtp && strcmp(argv[2], "other") != 0)) {
        fprintf(stderr, "usage: scale CONNECTIONS smtp|other\n");
        return 2;
    }
    scale.frames = malloc((size_t)AT_ONCE * FRAME_MAX);
    helo_config_init(&config);
    config.memory_cap = UINT64_C(4) << 30;
    scale.port = smtp ? 25 : 443;
    if (scale.frames == NULL ||
        helo_engine_new(&config, ignore, NULL, &scale.engine, &error) != HELO_OK)
        return 1;
    helo_engine_stats(scale.engine, &stats);
    uint64_t before = stats.memory_used;
    open_all(&scale, connections, smtp);
    helo_engine_stats(scale.engine, &stats);
    uint64_t taken = stats.memory_used - before;
    double best = 0;
    for (int i = 0; i < ROUNDS; i++) {
        double seconds = round_of_packets(&scale, connections, smtp ? sizeof(GREETING) : 1);
        best = i == 0 || seconds < best ? seconds : best;
    }
    helo_engine_stats(scale.engine, &stats);
    if (stats.flows_active != connections || (smtp && stats.sessions_active != connections))
        return 1;
    printf("%s %u %.1f %.1f\n", argv[2], connections, best / PACKETS * 1e9,
           (double)taken / connections);
    helo_engine_free(scale.engine);
    free(scale.frames);
    return 0;
}
