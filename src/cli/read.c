/* A run over stored captures and pipes. */
#include "cli/read.h"

#include "cli/privileges.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "cli/wall.h"
#include "heloscope/capture.h"
#include "heloscope/heloscope.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Packets between two looks at the clock; from a pipe, where each may be the last for long, one. */
#define LOOK_EVERY 256
/* Time between two updates of the progress line and two looks at the outputs' health. */
#define UPDATE_EVERY (HELO_SECOND / 5)

struct reading {
    struct job *job;
    struct helo_capture *capture;
    bool show_progress;
    unsigned until_look;
    helo_time updated;
    helo_time first;   /* HELO_NO_TIME: no packet yet */
    helo_time latest;  /* likewise */
    uint64_t backward; /* packets that are over a second older than one before them */
    bool unopened;     /* a capture before the first that could be opened */
    struct progress progress;
};

/* What is done a few times a second; false: it is no use to go on. */
static bool look(struct reading *reading)
{
    reading->until_look = reading->job->from_pipe ? 1 : LOOK_EVERY;
    helo_time now = wall_now();
    if (now - reading->updated < UPDATE_EVERY)
        return true;
    reading->updated = now;
    if (reading->show_progress) {
        struct helo_capture_progress at;
        helo_capture_progress(reading->capture, &at);
        progress_show(&reading->progress, &at, job_events(reading->job), now);
    }
    return job_flush(reading->job);
}

static bool on_packet(void *context, const struct helo_packet *packet)
{
    struct reading *reading = context;
    if (reading->first == HELO_NO_TIME)
        reading->first = reading->latest = packet->time;
    reading->backward += packet->time < reading->latest - HELO_SECOND;
    if (packet->time > reading->latest)
        reading->latest = packet->time;
    helo_engine_packet(reading->job->engine, packet);
    if (reading->job->from_pipe && job_is_pending(reading->job) && !job_flush(reading->job))
        return false;
    if (--reading->until_look > 0)
        return true;
    return look(reading);
}

static void on_ahead(void *context, const struct helo_packet *packet)
{
    const struct reading *reading = context;
    helo_engine_expect(reading->job->engine, packet);
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
            struct helo_error error;
            snprintf(error.message, sizeof error.message,
                     "the output %.400s is a capture to be read; nothing was done",
                     options->outputs[i].target);
            job_complain(&error);
            return false;
        }
    }
    return true;
}

static bool writes_to_terminal(const struct options *options)
{
    for (size_t i = 0; i < options->output_count; i++)
        if (strcmp(options->outputs[i].target, "-") == 0 && isatty(STDOUT_FILENO))
            return true;
    return false;
}

static void begin(struct reading *reading)
{
    const struct options *options = reading->job->options;
    reading->show_progress =
        !options->quiet && isatty(STDERR_FILENO) && !writes_to_terminal(options);
    reading->job->started = wall_now();
    reading->progress.start = reading->job->started;
    reading->updated = reading->job->started;
    reading->until_look = reading->job->from_pipe ? 1 : LOOK_EVERY;
    reading->first = HELO_NO_TIME;
}

/* The time that a stats event is stamped with: the capture's clock, or now if it never ran. */
static helo_time stats_time(const struct job *job)
{
    helo_time clock = helo_engine_clock(job->engine);
    return clock != HELO_NO_TIME ? clock : wall_time();
}

static void stop(void *capture)
{
    helo_capture_stop(capture);
}

/* Reads everything, ends what is open, closes the books. */
static enum exit_code read_all(struct reading *reading)
{
    struct job *job = reading->job;
    struct helo_error input;
    struct summary summary = {.first = HELO_NO_TIME};
    begin(reading);
    signals_stop(stop, reading->capture);
    enum helo_status in = helo_capture_run(reading->capture, on_packet, reading, &input);
    helo_engine_flush(job->engine);
    helo_engine_stats(job->engine, &summary.stats);
    progress_clear(&reading->progress);
    bool written = job_finish(job, stats_time(job), &summary.stats);

    uint64_t unreadable = summary.stats.undecodable[HELO_UNDECODABLE_LINK_TYPE];
    if (unreadable > 0)
        fputs("heloscope: a capture has a link type that can't be read; Ethernet, Linux cooked, "
              "raw IP and loopback can\n",
              stderr);
    helo_capture_progress(reading->capture, &summary.read);
    summary.first = reading->first;
    summary.backward = reading->backward;
    summary.last = helo_engine_clock(job->engine);
    job_summarise(job, &summary);
    bool read = in == HELO_OK && !reading->unopened && unreadable == 0;
    return read && written ? job_outcome(job) : EXIT_FAILED;
}

/* Opens the first capture that can be; the others before it are complained of. */
static enum helo_status open_first(struct reading *reading, struct helo_error *error)
{
    const struct options *options = reading->job->options;
    enum helo_status status;
    size_t at = 0;
    for (;;) {
        status = helo_capture_open_files(options->reads + at, options->read_count - at,
                                         options->filter, &reading->capture, error);
        if (status != HELO_ERROR_INPUT || ++at >= options->read_count)
            return status;
        job_complain(error);
        reading->unopened = true;
    }
}

static void on_error(void *context, const struct helo_error *error)
{
    struct reading *reading = context;
    progress_clear(&reading->progress);
    job_complain(error);
}

/* Opens the first capture and the outputs, and gives up the right to open more. */
static enum helo_status open_everything(struct reading *reading, struct helo_error *error)
{
    struct job *job = reading->job;
    const struct options *options = job->options;
    struct privileges privileges = {0};
    enum helo_status status = open_first(reading, error);
    if (status != HELO_OK)
        return status;
    /* Before the outputs: none is to be emptied for nothing. */
    if (options->user != NULL && !privileges_resolve(&privileges, options->user, error))
        return HELO_ERROR_CONFIG;
    helo_capture_open_with(reading->capture, broker_open_capture, &job->broker);
    helo_capture_on_error(reading->capture, on_error, reading);
    helo_capture_on_ahead(reading->capture, on_ahead, reading);
    struct helo_capture_progress at;
    helo_capture_progress(reading->capture, &at);
    job->from_pipe = at.total_bytes == 0;
    status = job_open(job, false, NULL, &privileges, error);
    return status == HELO_OK ? job_begin(job, helo_capture_nanoseconds(reading->capture), error)
                             : status;
}

enum exit_code read_captures(struct job *job)
{
    struct reading reading = {.job = job};
    struct helo_error error = {""};
    if (!outputs_spare_inputs(job->options))
        return EXIT_USAGE;
    enum helo_status status = open_everything(&reading, &error);
    enum exit_code code = status == HELO_ERROR_CONFIG ? EXIT_USAGE : EXIT_FAILED;
    if (status == HELO_OK)
        code = read_all(&reading);
    else
        job_complain(&error);
    signals_release();
    helo_capture_close(reading.capture);
    return code;
}
