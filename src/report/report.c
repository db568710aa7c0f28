/* The report: numbers the events that are wanted, has each made once per form, hands it out. */
#include "heloscope/report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/message.h"
#include "report/credentials.h"
#include "report/dataset.h"
#include "report/json_event.h"
#include "report/output.h"
#include "report/text.h"

/* The forms that an event can take; each is made at most once per event. */
enum form { FORM_JSON, FORM_TEXT, FORM_TEXT_COLOUR, FORM_COUNT };

#define FNV_OFFSET UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME  UINT64_C(0x100000001b3)

struct report_output {
    struct output *output;
    enum form form;
};

struct helo_report {
    struct mem *mem;
    helo_dataset_set datasets;
    bool live;
    int statm; /* open from the start, as nothing may be opened later; -1: there is none */
    struct credentials *credentials;
    char *sensor;
    struct line observer;       /* a JSON object, NUL-terminated */
    struct line observer_there; /* the same where an event names its interface */
    const char *there;          /* that interface; NULL: none yet. Borrowed */
    char run[17];
    bool has_run;
    uint64_t sequence;
    uint32_t stats_number;
    uint64_t written[HELO_DATASET_COUNT];
    struct line lines[FORM_COUNT];
    struct text_layout layout;
    struct json json;
    struct report_output outputs[LIMIT_OUTPUTS];
    size_t output_count;
};

static char *sensor_name(const char *configured)
{
    char host[256] = "";

    if (configured == NULL && gethostname(host, sizeof(host) - 1) != 0)
        host[0] = '\0';
    return strdup(configured != NULL ? configured : host);
}

/* Writes the object `observer`, NUL-terminated. */
static void make_observer(struct helo_report *report, struct line *line, const char *interface)
{
    line_clear(line);
    json_event_observer(&report->json, line, report->sensor, interface);
    line_char(line, '\0');
}

/* The observer of an event; its interface is the last one's nearly always. */
static const char *observer_of(struct helo_report *report, const struct helo_event *event)
{
    const char *interface = event->connection != NULL ? event->connection->interface : NULL;

    if (interface == NULL)
        return report->observer.at;
    if (interface != report->there)
        make_observer(report, &report->observer_there, interface);
    report->there = report->observer_there.failed ? NULL : interface;
    return report->there != NULL ? report->observer_there.at : report->observer.at;
}

/* False without memory; what was taken is in report. */
static bool fill(struct helo_report *report, const struct helo_report_config *config)
{
    report->mem = mem_new(LIMIT_REPORT_MEMORY, 0);
    report->sensor = sensor_name(config->sensor);
    report->datasets = config->datasets;
    report->live = config->live;
    report->statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (report->mem == NULL || report->sensor == NULL)
        return false;
    report->credentials =
        credentials_new(report->mem, config->credentials, config->hash_key, config->hash_key_len);
    for (int i = 0; i < FORM_COUNT; i++)
        line_init(&report->lines[i], report->mem, LIMIT_LINE);
    line_init(&report->observer, report->mem, LIMIT_LINE);
    line_init(&report->observer_there, report->mem, LIMIT_LINE);
    make_observer(report, &report->observer, config->interface);
    return report->credentials != NULL && !report->observer.failed;
}

enum helo_status helo_report_new(const struct helo_report_config *config,
                                 struct helo_report **report, struct helo_error *error)
{
    *report = NULL;
    if (config->credentials == HELO_CREDENTIALS_HASH &&
        (config->hash_key == NULL || config->hash_key_len < HELO_LEAST_HASH_KEY ||
         config->hash_key_len > HELO_MOST_HASH_KEY)) {
        snprintf(error->message, sizeof(error->message), "a hash key has %d to %d octets",
                 HELO_LEAST_HASH_KEY, HELO_MOST_HASH_KEY);
        return HELO_ERROR_CONFIG;
    }
    struct helo_report *made = calloc(1, sizeof(*made));
    if (made == NULL || !fill(made, config)) {
        helo_report_free(made);
        snprintf(error->message, sizeof(error->message), "out of memory");
        return HELO_ERROR_MEMORY;
    }
    *report = made;
    return HELO_OK;
}

static bool has_target(const struct helo_report *report, const char *target)
{
    for (size_t i = 0; i < report->output_count; i++)
        if (strcmp(output_state(report->outputs[i].output).target, target) == 0)
            return true;
    return false;
}

enum helo_status helo_report_add(struct helo_report *report, enum helo_format format,
                                 const char *target, bool colour, struct helo_error *error)
{
    struct report_output *added = &report->outputs[report->output_count];

    if (report->output_count == LIMIT_OUTPUTS) {
        snprintf(error->message, sizeof(error->message), "more than %d outputs", LIMIT_OUTPUTS);
        return HELO_ERROR_CONFIG;
    }
    if (has_target(report, target)) {
        snprintf(error->message, sizeof(error->message), "%.400s: two outputs can't share a target",
                 target);
        message_tidy(error->message);
        return HELO_ERROR_CONFIG;
    }
    enum helo_status status = output_open(report->mem, format == HELO_FORMAT_JSON ? "json" : "text",
                                          target, report->live, &added->output, error);
    if (status != HELO_OK)
        return status;
    added->form = format == HELO_FORMAT_JSON ? FORM_JSON : colour ? FORM_TEXT_COLOUR : FORM_TEXT;
    report->output_count++;
    return HELO_OK;
}

static uint64_t fnv1a(uint64_t hash, const void *data, size_t len)
{
    const uint8_t *at = data;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ at[i]) * FNV_PRIME;
    return hash;
}

/* The same capture read by the same sensor is the same run: sensor and first time name it. */
static void name_run(struct helo_report *report, helo_time first)
{
    uint8_t octets[8];

    for (size_t i = 0; i < sizeof(octets); i++)
        octets[i] = (uint8_t)((uint64_t)first >> (56 - 8 * i));
    uint64_t hash = fnv1a(FNV_OFFSET, report->sensor, strlen(report->sensor));
    hash = fnv1a(hash, octets, sizeof(octets));
    snprintf(report->run, sizeof(report->run), "%016llx", (unsigned long long)hash);
    report->has_run = true;
}

static void make_json(struct helo_report *report, const struct helo_event *event)
{
    struct output_state states[LIMIT_OUTPUTS];
    struct event_context context = {
        .sequence = report->sequence,
        .observer = observer_of(report, event),
        .run = report->run,
        .outputs = states,
        .output_count = report->output_count,
        .statm = report->statm,
    };

    if (event->dataset == HELO_DATASET_STATS)
        for (size_t i = 0; i < report->output_count; i++)
            states[i] = output_state(report->outputs[i].output);
    json_event_write(&report->json, &report->lines[FORM_JSON], event, &context);
}

static void make(struct helo_report *report, enum form form, const struct helo_event *event)
{
    struct line *line = &report->lines[form];

    line_clear(line);
    if (form == FORM_JSON)
        make_json(report, event);
    else
        text_event(line, &report->layout, event, form == FORM_TEXT_COLOUR);
}

/* Every form is made before the first goes out: stats tell the same of all outputs. */
static void make_forms(struct helo_report *report, const struct helo_event *event)
{
    bool made[FORM_COUNT] = {false};

    for (size_t i = 0; i < report->output_count; i++) {
        enum form form = report->outputs[i].form;
        if (!made[form])
            make(report, form, event);
        made[form] = true;
    }
}

void helo_report_event(void *context, const struct helo_event *event)
{
    struct helo_report *report = context;
    bool taken = false;

    if (!report->has_run)
        name_run(report, event->time);
    if (dataset_of(event->dataset) == NULL || (report->datasets >> event->dataset & 1u) == 0)
        return;
    report->sequence++;
    event = credentials_apply(report->credentials, event);
    make_forms(report, event);
    for (size_t i = 0; i < report->output_count; i++) {
        struct report_output *to = &report->outputs[i];
        const struct line *line = &report->lines[to->form];
        if (line->failed)
            output_drop(to->output);
        else if (output_line(to->output, line->at, line->len))
            taken = true;
    }
    if (taken)
        report->written[event->dataset]++;
}

void helo_report_stats(struct helo_report *report, const struct helo_stats *stats, helo_time time)
{
    struct helo_event event = {
        .dataset = HELO_DATASET_STATS,
        .time = time,
        .number = ++report->stats_number,
        .of.stats = stats,
    };
    helo_report_event(report, &event);
}

static const char *name_of_target(const char *target)
{
    return strcmp(target, "-") == 0 ? "standard output" : target;
}

static enum helo_status tell_failure(const struct output_state *state, struct helo_error *error)
{
    snprintf(error->message, sizeof(error->message), "%.400s: %s", name_of_target(state->target),
             strerror(state->failure));
    message_tidy(error->message);
    return HELO_ERROR_OUTPUT;
}

enum helo_status helo_report_flush(struct helo_report *report, struct helo_error *error)
{
    enum helo_status status = HELO_OK;

    for (size_t i = 0; i < report->output_count; i++) {
        struct output *output = report->outputs[i].output;
        if (output_flush(output) || status != HELO_OK)
            continue;
        struct output_state state = output_state(output);
        status = tell_failure(&state, error);
    }
    return status;
}

enum helo_status helo_report_finish(struct helo_report *report, struct helo_error *error)
{
    enum helo_status status = HELO_OK;

    for (size_t i = 0; i < report->output_count; i++) {
        struct output *output = report->outputs[i].output;
        output_finish(output);
        struct output_state state = output_state(output);
        if (status != HELO_OK || (state.failure == 0 && state.dropped == 0))
            continue;
        status = HELO_ERROR_OUTPUT;
        if (state.failure != 0)
            tell_failure(&state, error);
        else
            snprintf(error->message, sizeof(error->message), "%.400s: %llu %s dropped%s%s",
                     name_of_target(state.target), (unsigned long long)state.dropped,
                     state.dropped == 1 ? "event was" : "events were",
                     state.trouble != 0 ? ": " : "", output_trouble(state.trouble));
        message_tidy(error->message);
    }
    return status;
}

size_t helo_report_count(const struct helo_report *report)
{
    return report->output_count;
}

void helo_report_output(const struct helo_report *report, size_t index,
                        struct helo_report_output *output)
{
    struct output_state state = output_state(report->outputs[index].output);
    *output = (struct helo_report_output){
        .name = name_of_target(state.target),
        .failure = state.failure != 0 ? strerror(state.failure) : NULL,
        .trouble = state.trouble != 0 ? output_trouble(state.trouble) : NULL,
        .slow = state.trouble == EAGAIN,
        .written = state.written,
        .dropped = state.dropped,
    };
}

/* Opens one output anew; 0, or why it could not be. */
static int reopen(struct output *output, helo_open_fn open_file, void *context)
{
    int fd = open_file(context, output_state(output).target);
    if (fd < 0)
        return errno;
    if (output_replace(output, fd))
        return 0;
    int why = errno;
    close(fd);
    return why;
}

enum helo_status helo_report_reopen(struct helo_report *report, helo_open_fn open_file,
                                    void *context, struct helo_error *error)
{
    enum helo_status status = HELO_OK;

    for (size_t i = 0; i < report->output_count; i++) {
        struct output *output = report->outputs[i].output;
        int why = output_is_file(output) ? reopen(output, open_file, context) : 0;
        if (why == 0 || status != HELO_OK)
            continue;
        status = HELO_ERROR_OUTPUT;
        snprintf(error->message, sizeof(error->message), "%.400s: can't be opened again: %s",
                 output_state(output).target, strerror(why));
        message_tidy(error->message);
    }
    return status;
}

uint64_t helo_report_written(const struct helo_report *report, enum helo_dataset dataset)
{
    return report->written[dataset];
}

void helo_report_free(struct helo_report *report)
{
    if (report == NULL)
        return;
    for (size_t i = 0; i < report->output_count; i++)
        output_close(report->outputs[i].output);
    if (report->mem != NULL) {
        for (int i = 0; i < FORM_COUNT; i++)
            line_free(&report->lines[i]);
        line_free(&report->observer);
        line_free(&report->observer_there);
        credentials_free(report->credentials);
    }
    if (report->statm >= 0)
        close(report->statm);
    mem_destroy(report->mem);
    free(report->sensor);
    free(report);
}
