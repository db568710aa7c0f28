/* Runs segments through an engine and returns what a report wrote about them. */
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "frame.h"
#include "grow.h"
#include "heloscope/report.h"

#define LINK_ETHERNET 1 /* DLT_EN10MB */

struct feeder {
    struct helo_engine *engine;
    uint64_t number;
};

/* An exact-size copy, so that a sanitizer sees the first octet read past the frame. */
static void feed_frame(void *context, const uint8_t *frame, uint32_t length, helo_time time)
{
    struct feeder *f = context;
    uint8_t *copy = malloc(length);
    if (copy == NULL)
        abort();
    memcpy(copy, frame, length);
    struct helo_packet packet = {.time = time,
                                 .data = copy,
                                 .captured = length,
                                 .length = length,
                                 .link_type = LINK_ETHERNET,
                                 .number = ++f->number};
    helo_engine_packet(f->engine, &packet);
    free(copy);
}

static void die(const char *what, const struct helo_error *error)
{
    fprintf(stderr, "test support: %s: %s\n", what, error->message);
    abort();
}

static void run_engine(const struct synth *synth, const struct helo_config *config,
                       struct helo_report *report, struct run_result *result)
{
    struct helo_error error = {""};
    struct feeder f = {NULL, 0};
    if (helo_engine_new(config, helo_report_event, report, &f.engine, &error) != HELO_OK)
        die("engine", &error);
    for (size_t i = 0; i < synth->count; i++)
        frame_make(synth, &synth->segments[i], (uint16_t)(i + 1), feed_frame, &f);
    if (synth->count == 0 || synth->finish > synth->segments[synth->count - 1].time)
        helo_engine_tick(f.engine, synth->finish);
    helo_engine_flush(f.engine);
    helo_engine_stats(f.engine, &result->stats);
    helo_engine_free(f.engine);
    if (helo_report_flush(report, &error) != HELO_OK)
        die("report", &error);
}

static void read_lines(struct run_result *result)
{
    for (const char *at = result->text; *at != '\0';) {
        size_t length = strcspn(at, "\n");
        struct jtree *event = jtree_parse(at, length);
        if (event == NULL || event->kind != JTREE_OBJECT || at[length] != '\n') {
            result->broken = true;
            jtree_free(event);
            return;
        }
        result->events =
            grow_array(result->events, &result->capacity, result->count, sizeof(struct jtree *));
        result->events[result->count++] = event;
        at += length + 1;
    }
}

struct run_result *run_from_text(const char *text)
{
    struct run_result *result = grow_take(sizeof *result);
    result->text = grow_copy(text, strlen(text));
    read_lines(result);
    return result;
}

struct run_result *run_synth(const struct synth *synth, const struct helo_config *config)
{
    struct helo_config own;
    helo_config_init(&own);
    own.exchanges = true;
    struct helo_report_config settings = {.sensor = "test", .datasets = 0};
    settings.datasets = (1u << HELO_DATASET_COUNT) - 1;
    settings.datasets &= ~(1u << HELO_DATASET_STATS);
    struct helo_report *report = NULL;
    struct helo_error error = {""};
    char path[64];
    int file = memfd_create("events", 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (helo_report_new(&settings, &report, &error) != HELO_OK ||
        helo_report_add(report, HELO_FORMAT_JSON, path, false, &error) != HELO_OK)
        die("report", &error);
    struct run_result *result = grow_take(sizeof *result);
    run_engine(synth, config == NULL ? &own : config, report, result);
    helo_report_free(report);
    size_t length;
    result->text = grow_read_file(path, &length);
    close(file);
    result->broken = strlen(result->text) != length;
    read_lines(result);
    return result;
}

struct run_result *run_transcript(const struct transcript *transcript)
{
    struct synth *synth = synth_make(transcript);
    struct run_result *result = run_synth(synth, NULL);
    synth_free(synth);
    return result;
}

void run_free(struct run_result *result)
{
    if (result == NULL)
        return;
    for (size_t i = 0; i < result->count; i++)
        jtree_free(result->events[i]);
    free(result->events);
    free(result->text);
    free(result);
}

const char *run_dataset(const struct jtree *event)
{
    const char *name = jtree_text(event, "event.dataset");
    const char *dot = strchr(name, '.');
    return dot == NULL ? "" : dot + 1;
}
