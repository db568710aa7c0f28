/* One run of the program: captures in, events out. */
#include "cli/run.h"

#include "cli/progress.h"
#include "cli/signals.h"
#include "cli/summary.h"
#include "cli/terminal.h"
#include "cli/wall.h"
#include "heloscope/capture.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Packets between two looks at the clock; from a pipe, where each may be the last for long, one. */
#define LOOK_EVERY 256
/* Time between two updates of the progress line and two looks at the outputs' health. */
#define UPDATE_EVERY (HELO_SECOND / 5)

enum exit_code { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_FOUND = 3 };

struct run {
    const struct options *options;
    struct helo_capture *capture;
    struct helo_report *report;
    struct helo_engine *engine;
    bool live_reader; /* input from a pipe: events are passed on as they come */
    bool show_progress;
    bool pending;      /* events made since the last flush */
    bool found;        /* an anomaly at or above --fail-on */
    bool outputs_dead; /* nobody is left to write to */
    unsigned until_look;
    helo_time updated;
    helo_time first;
    uint64_t seen[HELO_DATASET_COUNT];
    uint64_t events;
    struct progress progress;
};

static void complain(const struct helo_error *error)
{
    fprintf(stderr, "heloscope: %s\n", error->message);
}

static void on_event(void *context, const struct helo_event *event)
{
    struct run *run = context;
    run->seen[event->dataset]++;
    run->events++;
    run->pending = true;
    run->found |= event->dataset == HELO_DATASET_ANOMALY &&
                  event->of.anomaly->severity >= run->options->fail_on;
    helo_report_event(run->report, event);
}

/* Hands what is written to the system; false when that fails and there is no other output. */
static bool flush_outputs(struct run *run)
{
    struct helo_error error;
    run->pending = false;
    if (helo_report_flush(run->report, &error) != HELO_OK && run->options->output_count == 1)
        run->outputs_dead = true;
    return !run->outputs_dead;
}

/* What is done a few times a second; false: it is no use to go on. */
static bool look(struct run *run)
{
    run->until_look = run->live_reader ? 1 : LOOK_EVERY;
    helo_time now = wall_now();
    if (now - run->updated < UPDATE_EVERY)
        return true;
    run->updated = now;
    if (run->show_progress) {
        struct helo_capture_progress at;
        helo_capture_progress(run->capture, &at);
        progress_show(&run->progress, &at, run->events, now);
    }
    return flush_outputs(run);
}

static bool on_packet(void *context, const struct helo_packet *packet)
{
    struct run *run = context;
    if (run->first == HELO_NO_TIME)
        run->first = packet->time;
    helo_engine_packet(run->engine, packet);
    if (run->live_reader && run->pending && !flush_outputs(run))
        return false;
    if (--run->until_look > 0)
        return true;
    return look(run);
}

static bool same_file(const char *a, const char *b)
{
    struct stat x, y;
    return strcmp(a, "-") != 0 && strcmp(b, "-") != 0 && stat(a, &x) == 0 && stat(b, &y) == 0 &&
           S_ISREG(x.st_mode) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* Opening an output empties it: not over a capture that is to be read. */
static bool outputs_spare_inputs(const struct options *options)
{
    for (size_t i = 0; i < options->output_count; i++) {
        for (size_t j = 0; j < options->read_count; j++) {
            if (!same_file(options->outputs[i].target, options->reads[j]))
                continue;
            fprintf(stderr, "heloscope: the output %s is a capture to be read; nothing was done\n",
                    options->outputs[i].target);
            return false;
        }
    }
    return true;
}

static bool wants_colour(const struct options_output *output)
{
    return output->format == HELO_FORMAT_TEXT && strcmp(output->target, "-") == 0 &&
           terminal_has_styles();
}

static enum helo_status open_outputs(struct run *run, struct helo_error *error)
{
    const struct options *options = run->options;
    struct helo_report_config config = {
        .sensor = options->sensor,
        .datasets = options->datasets,
        .credentials = options->credentials,
        .hash_key = options->hash_key,
        .hash_key_len = options->hash_key_len,
    };
    enum helo_status status = helo_report_new(&config, &run->report, error);
    for (size_t i = 0; status == HELO_OK && i < options->output_count; i++) {
        const struct options_output *output = &options->outputs[i];
        status = helo_report_add(run->report, output->format, output->target, wants_colour(output),
                                 error);
    }
    return status;
}

/* Opens the captures first: a mistyped name must not empty an output. */
static enum helo_status open_all(struct run *run, struct helo_error *error)
{
    const struct options *options = run->options;
    enum helo_status status = helo_capture_open_files(options->reads, options->read_count,
                                                      options->filter, &run->capture, error);
    if (status == HELO_OK)
        status = open_outputs(run, error);
    if (status != HELO_OK)
        return status;
    struct helo_config config = options->engine;
    config.nanoseconds = helo_capture_nanoseconds(run->capture);
    config.exchanges = (options->datasets & 1u << HELO_DATASET_EXCHANGE) != 0;
    return helo_engine_new(&config, on_event, run, &run->engine, error);
}

static bool writes_to_terminal(const struct options *options)
{
    for (size_t i = 0; i < options->output_count; i++)
        if (strcmp(options->outputs[i].target, "-") == 0 && isatty(STDOUT_FILENO))
            return true;
    return false;
}

/* The time that a stats event is stamped with: the capture's clock, or now if it never ran. */
static helo_time stats_time(const struct run *run)
{
    helo_time clock = helo_engine_clock(run->engine);
    if (clock != HELO_NO_TIME)
        return clock;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * HELO_SECOND + now.tv_nsec;
}

static void summarise(const struct run *run, const struct helo_stats *stats, helo_time started)
{
    struct summary summary = {
        .stats = *stats,
        .first = run->first,
        .last = helo_engine_clock(run->engine),
        .elapsed = wall_now() - started,
        .filtered = run->options->filter != NULL,
        .interrupted = signals_caught(),
        .verbose = run->options->verbose,
    };
    helo_capture_progress(run->capture, &summary.read);
    memcpy(summary.seen, run->seen, sizeof summary.seen);
    for (unsigned i = 0; i < HELO_DATASET_COUNT; i++)
        summary.written += helo_report_written(run->report, (enum helo_dataset)i);
    summary_print(&summary);
}

/* Reads everything, ends what is open, closes the books. */
static int read_all(struct run *run)
{
    struct helo_capture_progress at;
    helo_capture_progress(run->capture, &at);
    run->live_reader = at.total_bytes == 0;
    run->show_progress =
        !run->options->quiet && isatty(STDERR_FILENO) && !writes_to_terminal(run->options);
    helo_time started = wall_now();
    run->progress.start = started;
    run->updated = started;
    run->until_look = run->live_reader ? 1 : LOOK_EVERY;

    struct helo_error input;
    struct helo_error output;
    signals_stop(run->capture);
    enum helo_status in = helo_capture_run(run->capture, on_packet, run, &input);
    helo_engine_flush(run->engine);
    struct helo_stats stats;
    helo_engine_stats(run->engine, &stats);
    helo_report_stats(run->report, &stats, stats_time(run));
    enum helo_status out = helo_report_flush(run->report, &output);
    progress_clear(&run->progress);

    if (in != HELO_OK)
        complain(&input);
    if (out != HELO_OK)
        complain(&output);
    uint64_t unreadable = stats.undecodable[HELO_UNDECODABLE_LINK_TYPE];
    if (unreadable > 0)
        fputs("heloscope: a capture has a link type that can't be read; Ethernet, Linux cooked, "
              "raw IP and loopback can\n",
              stderr);
    if (!run->options->quiet)
        summarise(run, &stats, started);
    if (in != HELO_OK || out != HELO_OK || unreadable > 0)
        return EXIT_FAILED;
    return run->found ? EXIT_FOUND : EXIT_DONE;
}

int run(const struct options *options)
{
    if (!outputs_spare_inputs(options))
        return EXIT_USAGE;
    if (options->credentials == HELO_CREDENTIALS_REVEAL)
        fputs("heloscope: warning: passwords and tokens will be written, as --credentials reveal "
              "says; treat the outputs like them\n",
              stderr);
    struct run run = {.options = options, .first = HELO_NO_TIME};
    struct helo_error error = {""};
    enum helo_status status = open_all(&run, &error);
    int code;
    if (status == HELO_OK) {
        code = read_all(&run);
    } else {
        complain(&error);
        code = status == HELO_ERROR_CONFIG ? EXIT_USAGE : EXIT_FAILED;
    }
    signals_release();
    helo_engine_free(run.engine);
    helo_report_free(run.report);
    helo_capture_close(run.capture);
    return code;
}
