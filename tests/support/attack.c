/* Attacks on memory, each a function that makes the i-th packet. */
#include "attack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "frame.h"
#include "prng.h"

#define T0             (INT64_C(1700000000) * HELO_SECOND)
#define SLACK          (UINT64_C(6) << 20)
#define HONEST         64   /* one packet in so many is an honest one */
#define LOOK           4096 /* packets between two looks at the process */
#define FULL           1400 /* octets of a full segment */
#define VICTIM         UINT32_C(0x00fe0000)
#define SERVER_ADDRESS UINT32_C(0x00ffffff)

#if defined(__SANITIZE_ADDRESS__)
#define MEASURES_PROCESS false
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MEASURES_PROCESS false
#endif
#endif
#ifndef MEASURES_PROCESS
#define MEASURES_PROCESS true
#endif

struct world {
    struct helo_engine *engine;
    struct synth synth;
    struct prng prng;
    helo_time now;
    uint64_t number;
    uint64_t cap;
    unsigned step;   /* of the honest dialogue at hand */
    uint32_t victim; /* its client */
    uint32_t next[HELO_SIDES];
    char full[FULL];
    uint32_t full_length;
    struct attack_result result;
};

static void send_segment(struct world *world, uint32_t client, enum helo_side side, unsigned flags,
                         uint32_t seq, uint32_t ack, const void *data, uint32_t len)
{
    uint8_t frame[FRAME_MAX];
    struct synth_segment segment = {.side = side,
                                    .seq = seq,
                                    .ack = ack,
                                    .window = SYNTH_WINDOW,
                                    .flags = (uint8_t)flags,
                                    .data = data,
                                    .length = len};
    for (unsigned i = 0; i < HELO_SIDES; i++) {
        uint32_t address = i == HELO_CLIENT ? client : SERVER_ADDRESS;
        world->synth.end[i] = (struct helo_endpoint){
            .family = 4,
            .address = {(uint8_t)(10 + (address >> 24)), (uint8_t)(address >> 16),
                        (uint8_t)(address >> 8), (uint8_t)address},
            .port = i == HELO_CLIENT ? 40000 : 25};
    }
    uint32_t length = frame_write(&world->synth, &segment, 1, frame);
    struct helo_packet packet = {.time = world->now += HELO_MICROSECOND,
                                 .data = frame,
                                 .captured = length,
                                 .length = length,
                                 .link_type = 1,
                                 .number = ++world->number};
    helo_engine_packet(world->engine, &packet);
}

/* The honest dialogue, a segment a step. */
static const struct {
    enum helo_side side;
    unsigned flags;
    const char *text;
} HONEST_STEPS[] = {
    {HELO_CLIENT, SYNTH_SYN, ""},
    {HELO_SERVER, SYNTH_SYN | SYNTH_ACK, ""},
    {HELO_CLIENT, SYNTH_ACK, ""},
    {HELO_SERVER, SYNTH_ACK, "220 mx ESMTP\r\n"},
    {HELO_CLIENT, SYNTH_ACK, "EHLO honest\r\n"},
    {HELO_SERVER, SYNTH_ACK, "250 mx\r\n"},
    {HELO_CLIENT, SYNTH_ACK, "MAIL FROM:<a@example.org>\r\n"},
    {HELO_SERVER, SYNTH_ACK, "250 2.1.0 ok\r\n"},
    {HELO_CLIENT, SYNTH_ACK, "RCPT TO:<b@example.net>\r\n"},
    {HELO_SERVER, SYNTH_ACK, "250 2.1.5 ok\r\n"},
    {HELO_CLIENT, SYNTH_ACK, "DATA\r\n"},
    {HELO_SERVER, SYNTH_ACK, "354 go\r\n"},
    {HELO_CLIENT, SYNTH_ACK, "Subject: x\r\n\r\ntext\r\n.\r\n"},
    {HELO_SERVER, SYNTH_ACK, "250 2.0.0 ok\r\n"},
    {HELO_CLIENT, SYNTH_ACK, "QUIT\r\n"},
    {HELO_SERVER, SYNTH_ACK, "221 2.0.0 bye\r\n"},
    {HELO_SERVER, SYNTH_FIN | SYNTH_ACK, ""},
    {HELO_CLIENT, SYNTH_FIN | SYNTH_ACK, ""},
    {HELO_SERVER, SYNTH_ACK, ""},
};
#define STEPS (sizeof(HONEST_STEPS) / sizeof(HONEST_STEPS[0]))

static void honest_step(struct world *world)
{
    enum helo_side side = HONEST_STEPS[world->step].side;
    const char *text = HONEST_STEPS[world->step].text;
    unsigned flags = HONEST_STEPS[world->step].flags;
    uint32_t len = (uint32_t)strlen(text);
    uint32_t ack = (flags & SYNTH_ACK) != 0 ? world->next[1 - side] : 0;
    send_segment(world, VICTIM + world->victim, side, flags, world->next[side], ack, text, len);
    world->next[side] += len + ((flags & (SYNTH_SYN | SYNTH_FIN)) != 0);
    if (++world->step < STEPS)
        return;
    world->step = 0;
    world->victim = (world->victim + 1) & 0xffff;
    world->next[0] = world->next[1] = 0;
    world->result.honest++;
}

/* An honest session is told of as it was. */
static bool is_right(const struct helo_session *session)
{
    return session->close_reason == HELO_CLOSE_QUIT && session->messages_accepted == 1 &&
           session->recipients_accepted == 1 && session->gap_count == 0 && !session->midstream &&
           session->outcome == HELO_OUTCOME_SUCCESS;
}

static void on_event(void *context, const struct helo_event *event)
{
    struct world *world = context;
    if (event->dataset != HELO_DATASET_SESSION)
        return;
    const uint8_t *client = event->connection->end[HELO_CLIENT].address;
    bool is_victim = client[0] == 10 && client[1] == VICTIM >> 16;
    world->result.right += is_victim && is_right(event->of.session);
}

static void syn_flood(struct world *world, uint64_t i)
{
    send_segment(world, (uint32_t)i & 0x7fffff, HELO_CLIENT, SYNTH_SYN,
                 (uint32_t)prng_next(&world->prng), 0, "", 0);
}

/* Addresses that differ in few bits, as one would try to make them meet in a table. */
static void hash_flood(struct world *world, uint64_t i)
{
    uint32_t client = (uint32_t)(i * 0x10001u) & 0x1dfdffff;
    send_segment(world, client, HELO_CLIENT, SYNTH_ACK, 1, 1, "NOOP\r\n", 6);
}

static void idle_sessions(struct world *world, uint64_t i)
{
    uint32_t client = (uint32_t)(i / 4) & 0x7fffff;
    static const unsigned flags[] = {SYNTH_SYN, SYNTH_SYN | SYNTH_ACK, SYNTH_ACK, SYNTH_ACK};
    unsigned at = (unsigned)(i % 4);
    enum helo_side side = at % 2 == 0 ? HELO_CLIENT : HELO_SERVER;
    const char *text = at == 3 ? "220 mx ESMTP hello\r\n" : "";
    send_segment(world, client, side, flags[at], at > 1, at == 0 ? 0 : 1, text,
                 (uint32_t)strlen(text));
}

static void single_octets(struct world *world, uint64_t i)
{
    static const char line[] = "NOOP\r\n";
    send_segment(world, 1, HELO_CLIENT, SYNTH_ACK, 1 + (uint32_t)i, 1, line + i % 6, 1);
}

static void endless_line(struct world *world, uint64_t i)
{
    memset(world->full, 'x', sizeof(world->full));
    send_segment(world, 1, (enum helo_side)(i % 2), SYNTH_ACK, 1 + (uint32_t)(i / 2) * FULL, 1,
                 world->full, FULL);
}

/* Fills the segment with a line, again and again. */
static void fill_with(struct world *world, const char *line)
{
    size_t len = strlen(line);
    world->full_length = 0;
    while (world->full_length + len <= sizeof(world->full)) {
        memcpy(world->full + world->full_length, line, len);
        world->full_length += (uint32_t)len;
    }
}

static void endless_pipelining(struct world *world, uint64_t i)
{
    char line[64];
    snprintf(line, sizeof(line), "RCPT TO:<user%u@example.net>\r\n", (unsigned)(i % 90000 + 10000));
    fill_with(world, line);
    send_segment(world, 1, HELO_CLIENT, SYNTH_ACK, 1 + (uint32_t)i * world->full_length, 1,
                 world->full, world->full_length);
}

/* The same, over as many connections as there are packets in 64. */
static void many_pipelines(struct world *world, uint64_t i)
{
    fill_with(world, "MAIL FROM:<a@x> ENVID=0123456789 RET=HDRS SIZE=1000\r\nRSET\r\n");
    send_segment(world, (uint32_t)(i / 64) & 0x7fffff, HELO_CLIENT, SYNTH_ACK,
                 1 + (uint32_t)(i % 64) * world->full_length, 1, world->full, world->full_length);
}

static void holes(struct world *world, uint64_t i)
{
    send_segment(world, 1, HELO_CLIENT, SYNTH_ACK, 3 + 2 * (uint32_t)(i % 500000), 1, "x", 1);
}

/* A few holes in each of many connections. */
static void many_holes(struct world *world, uint64_t i)
{
    memset(world->full, 'x', sizeof(world->full));
    send_segment(world, (uint32_t)(i / 40) & 0x7fffff, HELO_CLIENT, SYNTH_ACK,
                 1 + (uint32_t)(i % 40) * (FULL + 1), 1, world->full, FULL);
}

/* Somebody else tries somebody else's password each time, and is refused: keys for the rules. */
static void rule_keys(struct world *world, uint64_t i)
{
    static const char REFUSAL[] = "535 5.7.8 Error: authentication failed\r\n";
    static const char DIGITS[] = "ABCDEFGHIJKLMNOP";
    char attempt[] = "AUTH PLAIN AHVzZXJAAAAAAAAAAHB3\r\n";
    const uint32_t length = sizeof(attempt) - 1;
    uint64_t key = i / 3;
    uint32_t client = (uint32_t)key & 0x7fffff;
    client |= (uint32_t)(key >> 23 & 0x1f) << 24;
    for (unsigned k = 0; k < 8; k++)
        attempt[18 + k] = DIGITS[key >> (4 * k) & 15];
    if (i % 3 == 0) {
        send_segment(world, client, HELO_CLIENT, SYNTH_ACK, 1, 1, attempt, length);
        world->result.subjects++;
    } else if (i % 3 == 1) {
        send_segment(world, client, HELO_SERVER, SYNTH_ACK, 1, 1 + length, REFUSAL,
                     sizeof(REFUSAL) - 1);
    } else {
        send_segment(world, client, HELO_CLIENT, SYNTH_RST | SYNTH_ACK, 1 + length, sizeof(REFUSAL),
                     "", 0);
    }
}

static const struct {
    const char *name;
    void (*packet)(struct world *world, uint64_t i);
} ATTACKS[] = {
    {"SYN flood", syn_flood},
    {"hash flood", hash_flood},
    {"idle sessions", idle_sessions},
    {"segments of one octet", single_octets},
    {"endless line", endless_line},
    {"endless pipelining", endless_pipelining},
    {"many pipelines", many_pipelines},
    {"out-of-order holes", holes},
    {"holes in many connections", many_holes},
    {"rule keys", rule_keys},
};

size_t attack_count(void)
{
    return sizeof(ATTACKS) / sizeof(ATTACKS[0]);
}

const char *attack_name(size_t index)
{
    return ATTACKS[index].name;
}

/* Octets of the process in memory. */
static uint64_t resident(void)
{
    unsigned long long size = 0, pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%llu %llu", &size, &pages) != 2)
        pages = 0;
    if (file != NULL)
        fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void look(struct world *world, uint64_t before)
{
    struct helo_stats stats;
    helo_engine_stats(world->engine, &stats);
    uint64_t now = MEASURES_PROCESS ? resident() : 0;
    uint64_t grown = now > before ? now - before : 0;
    if (stats.memory_used > world->result.most_used)
        world->result.most_used = stats.memory_used;
    if (grown > world->result.resident)
        world->result.resident = grown;
    world->result.evicted = stats.flows_evicted;
}

static struct attack_result run_here(size_t index, uint64_t packets, uint64_t cap)
{
    struct world world = {.now = T0, .cap = cap, .prng = {1}};
    struct helo_config config;
    struct helo_error error;
    helo_config_init(&config);
    config.memory_cap = cap;
    uint64_t before = MEASURES_PROCESS ? resident() : 0;
    if (helo_engine_new(&config, on_event, &world, &world.engine, &error) != HELO_OK)
        abort();
    clock_t begin = clock();
    for (uint64_t i = 0; i < packets; i++) {
        ATTACKS[index].packet(&world, i);
        if (i % HONEST == 0)
            honest_step(&world);
        if (i % LOOK == 0)
            look(&world, before);
    }
    while (world.step != 0)
        honest_step(&world);
    look(&world, before);
    helo_engine_flush(world.engine);
    world.result.packets = world.number;
    world.result.nanoseconds =
        (uint64_t)((double)(clock() - begin) * 1e9 / CLOCKS_PER_SEC / (double)world.number);
    helo_engine_free(world.engine);
    return world.result;
}

/* In a process of its own, as memory that was given back stays with the one that had it. */
struct attack_result attack_run(size_t index, uint64_t packets, uint64_t cap)
{
    struct attack_result result = {0};
    int ends[2];
    if (pipe(ends) != 0)
        abort();
    pid_t child = fork();
    if (child == 0) {
        result = run_here(index, packets, cap);
        bool told = write(ends[1], &result, sizeof(result)) == (ssize_t)sizeof(result);
        _exit(told ? 0 : 1);
    }
    close(ends[1]);
    ssize_t got = read(ends[0], &result, sizeof(result));
    close(ends[0]);
    int status;
    if (waitpid(child, &status, 0) != child || status != 0 || got != (ssize_t)sizeof(result))
        result.most_used = UINT64_MAX;
    return result;
}

const char *attack_verdict(const struct attack_result *result, uint64_t cap)
{
    if (result->most_used > cap)
        return "more memory than the cap, or broken off";
    if (result->resident > cap + SLACK)
        return "the process grew by more than the cap";
    if (result->honest == 0 || result->right != result->honest)
        return "an honest session was not told of as it was";
    return NULL;
}
