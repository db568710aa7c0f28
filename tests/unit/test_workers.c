/* Several workers write what one does: the same octets, whatever the capture, the number of them,
 * the room between them and the run. */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "../support/grow.h"
#include "heloscope/capture.h"
#include "heloscope/heloscope.h"
#include "heloscope/report.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* How a capture is run. */
struct way {
    unsigned workers;
    size_t ring; /* 0: as ever */
    bool prompt;
};

static const struct way WAYS[] = {{1, 0, false}, {2, 0, false},    {3, 0, false},  {8, 0, false},
                                  {2, 0, true},  {3, 1024, false}, {8, 1024, true}};
/* Of those a short test takes these: the first is what the others are held to. */
#define FEW_WAYS 4
#define RUNS     3

/* Packets in memory. */
struct packets {
    struct helo_packet *at;
    size_t count, capacity;
};

static bool keep(void *context, const struct helo_packet *packet)
{
    struct packets *packets = context;
    uint8_t *data = grow_take(packet->captured + 1u);
    memcpy(data, packet->data, packet->captured);
    packets->at = grow_array(packets->at, &packets->capacity, packets->count, sizeof *packets->at);
    packets->at[packets->count] = *packet;
    packets->at[packets->count++].data = data;
    return true;
}

static void load(const char *path, struct packets *packets)
{
    struct helo_capture *capture;
    struct helo_error error;
    if (helo_capture_open_files(&path, 1, NULL, &capture, &error) != HELO_OK)
        fail_msg("%s", error.message);
    helo_capture_run(capture, keep, packets, &error);
    helo_capture_close(capture);
}

static void unload(struct packets *packets)
{
    for (size_t i = 0; i < packets->count; i++)
        free((void *)(uintptr_t)packets->at[i].data);
    free(packets->at);
}

static struct helo_report *make_report(const char *path)
{
    struct helo_report_config settings = {.sensor = "test",
                                          .datasets = ((1u << HELO_DATASET_COUNT) - 1) &
                                                      ~(1u << HELO_DATASET_STATS)};
    struct helo_report *report;
    struct helo_error error;
    assert_int_equal(helo_report_new(&settings, &report, &error), HELO_OK);
    assert_int_equal(helo_report_add(report, HELO_FORMAT_JSON, path, false, &error), HELO_OK);
    return report;
}

/* What is written of the first count packets; owned by the caller. *stats may be NULL. */
static char *run(const struct packets *packets, size_t count, const struct way *way,
                 struct helo_stats *stats)
{
    struct helo_config config;
    struct helo_engine *engine;
    struct helo_error error;
    char path[64];
    size_t length;
    int file = memfd_create("events", 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    struct helo_report *report = make_report(path);
    helo_config_init(&config);
    config.workers = way->workers;
    config.worker_ring = way->ring;
    config.prompt = way->prompt;
    assert_int_equal(helo_engine_new(&config, helo_report_event, report, &engine, &error), HELO_OK);
    for (size_t i = 0; i < count; i++)
        helo_engine_packet(engine, &packets->at[i]);
    helo_engine_flush(engine);
    if (stats != NULL)
        helo_engine_stats(engine, stats);
    helo_engine_free(engine);
    assert_int_equal(helo_report_flush(report, &error), HELO_OK);
    helo_report_free(report);
    char *text = grow_read_file(path, &length);
    close(file);
    return text;
}

static void show_difference(const char *what, const struct way *way, const char *a, const char *b)
{
    size_t line = 1;
    while (*a == *b) {
        line += *a == '\n';
        a++;
        b++;
    }
    fail_msg("%s, %u workers, a ring of %zu: line %zu differs:\n%.600s\n%.600s", what, way->workers,
             way->ring, line, a, b);
}

/* Holds all ways over the packets to the first. */
static void compare(const char *what, const struct packets *packets, size_t count, size_t ways)
{
    char *one = run(packets, count, &WAYS[0], NULL);
    for (size_t i = 1; i < ways; i++) {
        char *several = run(packets, count, &WAYS[i], NULL);
        if (strcmp(one, several) != 0)
            show_difference(what, &WAYS[i], one, several);
        free(several);
    }
    free(one);
}

static glob_t captures(void)
{
    glob_t found;
    assert_int_equal(glob("pcaps/*.pcap*", 0, NULL, &found), 0);
    assert_true(found.gl_pathc > 50);
    return found;
}

static void every_capture_whole_and_cut(void **state)
{
    (void)state;
    glob_t found = captures();
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct packets packets = {0};
        load(found.gl_pathv[i], &packets);
        compare(found.gl_pathv[i], &packets, packets.count, COUNT(WAYS));
        compare(found.gl_pathv[i], &packets, packets.count / 2, FEW_WAYS);
        compare(found.gl_pathv[i], &packets, packets.count / 3, FEW_WAYS);
        unload(&packets);
    }
    globfree(&found);
}

static int by_time(const void *a, const void *b)
{
    const struct helo_packet *x = a, *y = b;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return x->number < y->number ? -1 : 1;
}

/* All captures as one in which they happen side by side, in which as many timers as possible are
 * due at the same time. */
static struct packets all_at_once(helo_time grid)
{
    glob_t found = captures();
    struct packets packets = {0};
    for (size_t i = 0; i < found.gl_pathc; i++) {
        size_t first = packets.count;
        load(found.gl_pathv[i], &packets);
        helo_time shift = first < packets.count ? packets.at[first].time : 0;
        for (size_t j = first; j < packets.count; j++) {
            helo_time time = packets.at[j].time - shift;
            packets.at[j].time = HELO_SECOND + time / grid * grid;
            packets.at[j].number = j + 1;
        }
    }
    globfree(&found);
    qsort(packets.at, packets.count, sizeof *packets.at, by_time);
    return packets;
}

static void all_captures_side_by_side(void **state)
{
    static const helo_time grids[] = {1, HELO_SECOND};
    (void)state;
    for (size_t i = 0; i < COUNT(grids); i++) {
        struct packets packets = all_at_once(grids[i]);
        for (int again = 0; again < RUNS; again++)
            compare("all captures", &packets, packets.count, COUNT(WAYS));
        unload(&packets);
    }
}

static void counters_add_up_to_those_of_one(void **state)
{
    (void)state;
    struct packets packets = all_at_once(1);
    struct helo_stats one, several;
    free(run(&packets, packets.count, &WAYS[0], &one));
    for (size_t i = 1; i < COUNT(WAYS); i++) {
        free(run(&packets, packets.count, &WAYS[i], &several));
        several.memory_used = one.memory_used; /* what is kept for reuse differs */
        assert_memory_equal(&one, &several, sizeof one);
    }
    assert_true(one.sessions_ended > 100 && one.packets_tcp > 1000);
    unload(&packets);
}

static void ignore(void *context, const struct helo_event *event)
{
    (void)context;
    (void)event;
}

static void an_engine_may_be_freed_at_any_time(void **state)
{
    (void)state;
    struct packets packets = all_at_once(1);
    for (size_t count = 0; count <= packets.count; count = 2 * count + 1) {
        struct helo_config config;
        struct helo_engine *engine;
        struct helo_error error;
        helo_config_init(&config);
        config.workers = 4;
        config.worker_ring = 1024;
        assert_int_equal(helo_engine_new(&config, ignore, NULL, &engine, &error), HELO_OK);
        for (size_t i = 0; i < count; i++)
            helo_engine_packet(engine, &packets.at[i]);
        helo_engine_free(engine);
    }
    unload(&packets);
}

static void whichever_allocation_fails_the_workers_go_on(void **state)
{
    (void)state;
    struct packets packets = all_at_once(1);
    for (uint64_t nth = 1; nth < 4000; nth = nth + 1 + nth / 8) {
        struct helo_config config;
        struct helo_engine *engine;
        struct helo_error error;
        struct helo_stats stats;
        helo_config_init(&config);
        config.workers = 3;
        config.fail_allocation = nth;
        if (helo_engine_new(&config, ignore, NULL, &engine, &error) != HELO_OK) {
            assert_null(engine);
            continue;
        }
        for (size_t i = 0; i < packets.count; i++)
            helo_engine_packet(engine, &packets.at[i]);
        helo_engine_flush(engine);
        helo_engine_stats(engine, &stats);
        assert_int_equal(stats.packets_received, packets.count);
        assert_int_equal(stats.sessions_active, 0);
        helo_engine_free(engine);
    }
    unload(&packets);
}

static void their_number_is_bounded(void **state)
{
    static const unsigned wrong[] = {0, HELO_MAX_WORKERS + 1};
    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct helo_config config;
        struct helo_engine *engine;
        struct helo_error error;
        helo_config_init(&config);
        config.workers = wrong[i];
        assert_int_equal(helo_engine_new(&config, ignore, NULL, &engine, &error),
                         HELO_ERROR_CONFIG);
        assert_non_null(strstr(error.message, "workers"));
    }
}

static void note_pause(void *context)
{
    unsigned *pauses = context;
    ++*pauses;
}

static void a_pause_is_told_of_when_all_was_handed_over(void **state)
{
    (void)state;
    struct packets packets = all_at_once(1);
    struct helo_config config;
    struct helo_engine *engine;
    struct helo_error error;
    struct helo_stats stats;
    unsigned pauses = 0;
    helo_config_init(&config);
    config.workers = 2;
    config.on_pause = note_pause;
    assert_int_equal(helo_engine_new(&config, ignore, &pauses, &engine, &error), HELO_OK);
    helo_engine_packet(engine, &packets.at[0]); /* it is kept back until the next */
    helo_engine_packet(engine, &packets.at[1]);
    helo_engine_stats(engine, &stats);
    assert_true(pauses > 0);
    helo_engine_free(engine);
    unload(&packets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_capture_whole_and_cut),
        cmocka_unit_test(all_captures_side_by_side),
        cmocka_unit_test(counters_add_up_to_those_of_one),
        cmocka_unit_test(an_engine_may_be_freed_at_any_time),
        cmocka_unit_test(whichever_allocation_fails_the_workers_go_on),
        cmocka_unit_test(their_number_is_bounded),
        cmocka_unit_test(a_pause_is_told_of_when_all_was_handed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
