/* A dialogue through engine and report, into memory. */
#include "written.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "frame.h"
#include "grow.h"
#include "heloscope/heloscope.h"
#include "synth.h"

#define LINK_ETHERNET 1

static void must(bool right)
{
    if (!right)
        abort();
}

struct feeder {
    struct helo_engine *engine;
    uint64_t number;
};

static void feed(void *context, const uint8_t *frame, uint32_t length, helo_time time)
{
    struct feeder *feeder = context;
    struct helo_packet packet = {.time = time,
                                 .data = frame,
                                 .captured = length,
                                 .length = length,
                                 .link_type = LINK_ETHERNET,
                                 .number = ++feeder->number};
    helo_engine_packet(feeder->engine, &packet);
}

char *written(const struct transcript *transcript, enum helo_format format,
              enum helo_credentials credentials)
{
    static const uint8_t KEY[HELO_LEAST_HASH_KEY] = {1};
    struct helo_report_config settings = {.sensor = "test",
                                          .datasets = (1u << HELO_DATASET_COUNT) - 1,
                                          .credentials = credentials,
                                          .hash_key = KEY,
                                          .hash_key_len = sizeof(KEY)};
    struct helo_config config;
    struct helo_report *report = NULL;
    struct helo_error error = {""};
    struct feeder feeder = {NULL, 0};
    char path[64];
    size_t length;
    int file = memfd_create("events", 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    helo_config_init(&config);
    config.exchanges = true;
    config.reveal_secrets = credentials == HELO_CREDENTIALS_REVEAL;
    must(helo_report_new(&settings, &report, &error) == HELO_OK);
    must(helo_report_add(report, format, path, false, &error) == HELO_OK);
    must(helo_engine_new(&config, helo_report_event, report, &feeder.engine, &error) == HELO_OK);
    struct synth *synth = synth_make(transcript);
    for (size_t i = 0; i < synth->count; i++)
        frame_make(synth, &synth->segments[i], (uint16_t)(i + 1), feed, &feeder);
    helo_engine_flush(feeder.engine);
    helo_engine_free(feeder.engine);
    must(helo_report_flush(report, &error) == HELO_OK);
    helo_report_free(report);
    synth_free(synth);
    char *text = grow_read_file(path, &length);
    close(file);
    return text;
}

char *written_in_lower(const char *dialogue, enum helo_format format,
                       enum helo_credentials credentials)
{
    struct helo_error error = {""};
    struct transcript *transcript =
        transcript_parse("dialogue", dialogue, strlen(dialogue), &error);
    if (transcript == NULL)
        fprintf(stderr, "%s in\n%s", error.message, dialogue);
    must(transcript != NULL);
    char *text = written(transcript, format, credentials);
    transcript_free(transcript);
    for (char *at = text; *at != '\0'; at++)
        *at = *at >= 'A' && *at <= 'Z' ? (char)(*at + 32) : *at;
    return text;
}
