/* Fuzz target: the public API. The first octet picks the configuration, the second the allocation
 * that fails; then come packets, each behind a head that says how it is made, from the engine
 * through a report that writes every event as JSON and as text, which must be sound. */
#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

#include "../support/sound.h"
#include "heloscope/heloscope.h"
#include "heloscope/report.h"

#define PACKETS     512
#define HEAD        4
#define HEADERS     40 /* IPv4 and TCP without options */
#define MEMORY      (UINT64_C(8) << 20)
#define CLIENT_PORT 40000
#define SERVER_PORT 25
#define LINK_RAW    101 /* LINKTYPE_RAW: DLT_RAW in files */
#define HOLE        100

/* The configuration. */
enum { HASH = 1, REVEAL = 2, KEYS = 4, CHECKSUMS = 8, SMALL = 16 };

/* How a packet is made: as it stands, or as a segment around the octets given. */
enum { SERVER = 1, SYN = 2, FIN = 4, RST = 8, HIDDEN = 16, AGAIN = 32, UNACKNOWLEDGED = 64 };
enum { AS_IT_STANDS = 128 };

struct peers {
    uint32_t next[HELO_SIDES];
    uint32_t acknowledged[HELO_SIDES];
};

/* Files in memory that the report writes to: the same ones for the whole run. */
enum { JSON, TEXT, SINKS };
static struct sink {
    char path[64];
    int file;
} sinks[SINKS];

static void put16(uint8_t *to, uint32_t value)
{
    to[0] = (uint8_t)(value >> 8);
    to[1] = (uint8_t)value;
}

static void put32(uint8_t *to, uint32_t value)
{
    put16(to, value >> 16);
    put16(to + 2, value);
}

/* Fills in the headers of a segment whose payload is behind them, and goes on from it. */
static void write_headers(uint8_t *packet, size_t size, uint8_t how, struct peers *peers)
{
    unsigned side = (how & SERVER) != 0 ? HELO_SERVER : HELO_CLIENT;
    uint32_t length = (uint32_t)(size - HEADERS);
    uint8_t *tcp = packet + 20;
    uint8_t flags = (how & SYN) != 0 && side == HELO_CLIENT ? 0 : 0x10;
    flags |= (uint8_t)((how & SYN) != 0 ? 2 : 0) | (uint8_t)((how & FIN) != 0 ? 1 : 0);
    flags |= (uint8_t)((how & RST) != 0 ? 4 : 0);
    memset(packet, 0, HEADERS);
    packet[0] = 0x45;
    put16(packet + 2, (uint32_t)size);
    packet[8] = 64;
    packet[9] = 6;
    put32(packet + 12, 0xc0000201u + side);
    put32(packet + 16, 0xc0000202u - side);
    put16(tcp, side == HELO_CLIENT ? CLIENT_PORT : SERVER_PORT);
    put16(tcp + 2, side == HELO_CLIENT ? SERVER_PORT : CLIENT_PORT);
    put32(tcp + 4, peers->next[side]);
    if ((how & UNACKNOWLEDGED) == 0)
        peers->acknowledged[side] = peers->next[1 - side];
    put32(tcp + 8, peers->acknowledged[side]);
    tcp[12] = 0x50;
    tcp[13] = flags;
    put16(tcp + 14, 0xffff);
    if ((how & AGAIN) == 0)
        peers->next[side] += length + (flags & 1u) + ((flags & 2u) >> 1);
}

/* The next packet, in a block of just its size. */
static uint8_t *next_packet(struct fuzz_input *input, struct peers *peers, int first_link,
                            struct helo_packet *packet)
{
    const uint8_t *head = input->at;
    size_t length = (size_t)head[2] << 8 | head[3];
    size_t before = (head[0] & AS_IT_STANDS) != 0 ? 0 : HEADERS;
    input->at += HEAD;
    input->left -= HEAD;
    if (length > input->left)
        length = input->left;
    uint8_t *octets = malloc(before + length > 0 ? before + length : 1);
    memcpy(octets + before, input->at, length);
    input->at += length;
    input->left -= length;
    if (before > 0) {
        if ((head[0] & HIDDEN) != 0)
            peers->next[head[0] & SERVER] += HOLE;
        write_headers(octets, before + length, head[0], peers);
    }
    packet->link_type = before > 0 ? LINK_RAW : first_link;
    /* Up to 2 s a packet, or beyond every timer. */
    packet->time += head[1] == 0xff ? 1000 * HELO_SECOND : head[1] * 8 * HELO_MILLISECOND;
    packet->data = octets;
    packet->captured = (uint32_t)(before + length);
    packet->length = packet->captured;
    packet->number++;
    return octets;
}

static void open_sinks(void)
{
    for (unsigned i = 0; i < SINKS && sinks[i].path[0] == '\0'; i++) {
        sinks[i].file = memfd_create("sink", 0);
        snprintf(sinks[i].path, sizeof(sinks[i].path), "/proc/self/fd/%d", sinks[i].file);
    }
}

/* All that was written to a sink; owned. */
static struct helo_slice written_to(const struct sink *sink)
{
    off_t length = lseek(sink->file, 0, SEEK_END);
    size_t size = length > 0 ? (size_t)length : 0;
    uint8_t *text = malloc(size + 1);
    fuzz_must(text != NULL && pread(sink->file, text, size, 0) == (ssize_t)size,
              "what was written can't be read");
    return (struct helo_slice){text, size};
}

static void check_sinks(void)
{
    struct helo_slice json = written_to(&sinks[JSON]), text = written_to(&sinks[TEXT]);
    fuzz_sound(sound_json((const char *)json.ptr, json.len));
    fuzz_sound(sound_text((const char *)text.ptr, text.len, true));
    fuzz_free(json);
    fuzz_free(text);
}

static struct helo_report *make_report(uint8_t choice)
{
    static const uint8_t KEY[32] = {1};
    struct helo_report_config config = {.sensor = "fuzz",
                                        .datasets = (1u << HELO_DATASET_COUNT) - 1,
                                        .hash_key = KEY,
                                        .hash_key_len = sizeof(KEY)};
    struct helo_report *report = NULL;
    struct helo_error error;
    if ((choice & HASH) != 0)
        config.credentials = HELO_CREDENTIALS_HASH;
    else if ((choice & REVEAL) != 0)
        config.credentials = HELO_CREDENTIALS_REVEAL;
    if (helo_report_new(&config, &report, &error) != HELO_OK ||
        helo_report_add(report, HELO_FORMAT_JSON, sinks[JSON].path, false, &error) != HELO_OK ||
        helo_report_add(report, HELO_FORMAT_TEXT, sinks[TEXT].path, true, &error) != HELO_OK)
        abort();
    return report;
}

static struct helo_engine *make_engine(uint8_t choice, uint8_t failing, struct helo_report *report)
{
    struct helo_config config;
    struct helo_engine *engine = NULL;
    struct helo_error error;
    helo_config_init(&config);
    config.exchanges = true;
    config.memory_cap = (choice & SMALL) != 0 ? MEMORY / 2 : MEMORY;
    config.reveal_secrets = (choice & (HASH | REVEAL)) == REVEAL;
    config.flow_key_vlan = (choice & KEYS) != 0;
    config.flow_key_vni = (choice & KEYS) != 0;
    config.verify_checksums = (choice & CHECKSUMS) != 0;
    config.fail_allocation = failing;
    (void)helo_engine_new(&config, helo_report_event, report, &engine, &error);
    return engine;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int LINKS[] = {1, 101, 113, 276, 0, 108, 12, 228, 229};
    if (size < 3)
        return 0;
    open_sinks();
    struct helo_report *report = make_report(data[0]);
    struct helo_engine *engine = make_engine(data[0], data[1], report);
    struct helo_packet packet = {.time = 1700000000 * HELO_SECOND};
    struct peers peers = {{1000, 0xfffffff0u}, {0xfffffff0u, 1000}};
    struct fuzz_input input = {data + 3, size - 3};
    struct helo_error error;
    int link = LINKS[data[2] % (sizeof(LINKS) / sizeof(LINKS[0]))];
    while (engine != NULL && input.left >= HEAD && packet.number < PACKETS) {
        uint8_t *octets = next_packet(&input, &peers, link, &packet);
        helo_engine_packet(engine, &packet);
        free(octets);
    }
    if (engine != NULL) {
        struct helo_stats stats;
        helo_engine_flush(engine);
        helo_engine_stats(engine, &stats);
        if (stats.memory_used > stats.memory_cap)
            abort();
        helo_report_stats(report, &stats, packet.time);
    }
    if (helo_report_flush(report, &error) != HELO_OK)
        abort();
    helo_engine_free(engine);
    helo_report_free(report);
    check_sinks();
    return 0;
}
