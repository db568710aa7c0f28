/* What a run over files and one over interfaces share: the engine, the outputs, the counts. */
#include "cli/job.h"

#include "cli/signals.h"
#include "cli/terminal.h"
#include "cli/wall.h"
#include "heloscope/heloscope.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void job_complain(const struct helo_error *error)
{
    fprintf(stderr, "heloscope: %s\n", error->message);
}

static void lock(struct job *job)
{
    if (job->shared)
        pthread_mutex_lock(&job->lock);
}

static void unlock(struct job *job)
{
    if (job->shared)
        pthread_mutex_unlock(&job->lock);
}

static void on_event(void *context, const struct helo_event *event)
{
    struct job *job = context;
    lock(job);
    job->seen[event->dataset]++;
    job->events++;
    job->pending = true;
    job->found |= event->dataset == HELO_DATASET_ANOMALY &&
                  event->of.anomaly->severity >= job->options->fail_on;
    helo_report_event(job->report, event);
    unlock(job);
}

/* With several workers events come some time after their packet, maybe the last for long. */
static void on_pause(void *context)
{
    struct job *job = context;
    if (job->from_pipe && job_is_pending(job))
        job_flush(job);
}

uint64_t job_events(struct job *job)
{
    lock(job);
    uint64_t events = job->events;
    unlock(job);
    return events;
}

bool job_is_pending(struct job *job)
{
    lock(job);
    bool pending = job->pending;
    unlock(job);
    return pending;
}

void job_tell_stats(struct job *job, const struct helo_stats *stats, helo_time time)
{
    lock(job);
    helo_report_stats(job->report, stats, time);
    job->pending = true;
    unlock(job);
}

bool job_flush(struct job *job)
{
    struct helo_error error;
    lock(job);
    job->pending = false;
    if (helo_report_flush(job->report, &error) != HELO_OK && job->options->output_count == 1)
        job->outputs_dead = true;
    bool alive = !job->outputs_dead;
    unlock(job);
    return alive;
}

/* A target may be a terminal by its name, too: /dev/tty. Nothing but a device is opened for it. */
static bool is_terminal(const char *target)
{
    struct stat about;
    if (strcmp(target, "-") == 0)
        return isatty(STDOUT_FILENO);
    if (stat(target, &about) != 0 || !S_ISCHR(about.st_mode))
        return false;
    int fd = open(target, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    bool terminal = fd >= 0 && isatty(fd);
    if (fd >= 0)
        close(fd);
    return terminal;
}

static bool wants_colour(const struct options_output *output)
{
    return output->format == HELO_FORMAT_TEXT && terminal_may_have_styles() &&
           is_terminal(output->target);
}

static enum helo_status open_outputs(struct job *job, const char *interface,
                                     struct helo_error *error)
{
    const struct options *options = job->options;
    struct helo_report_config config = {
        .sensor = options->sensor,
        .interface = interface,
        .datasets = options->datasets,
        .credentials = options->credentials,
        .hash_key = options->hash_key,
        .hash_key_len = options->hash_key_len,
    };
    enum helo_status status = helo_report_new(&config, &job->report, error);
    for (size_t i = 0; status == HELO_OK && i < options->output_count; i++) {
        const struct options_output *output = &options->outputs[i];
        status = helo_report_add(job->report, output->format, output->target, wants_colour(output),
                                 error);
    }
    return status;
}

enum helo_status job_open(struct job *job, bool nanoseconds, const char *interface,
                          struct helo_error *error)
{
    enum helo_status status = open_outputs(job, interface, error);
    if (status != HELO_OK)
        return status;
    struct helo_config config = job->options->engine;
    config.nanoseconds = nanoseconds;
    config.prompt = job->from_pipe;
    config.on_pause = on_pause;
    job->shared = config.workers > 1;
    if (job->shared)
        pthread_mutex_init(&job->lock, NULL);
    config.exchanges = (job->options->datasets & 1u << HELO_DATASET_EXCHANGE) != 0;
    return helo_engine_new(&config, on_event, job, &job->engine, error);
}

bool job_finish(struct job *job, helo_time time, const struct helo_stats *stats)
{
    struct helo_error error;
    job_tell_stats(job, stats, time);
    lock(job);
    enum helo_status status = helo_report_flush(job->report, &error);
    unlock(job);
    if (status == HELO_OK)
        return true;
    job_complain(&error);
    return false;
}

void job_summarise(const struct job *job, struct summary *summary)
{
    if (job->options->quiet)
        return;
    summary->elapsed = wall_now() - job->started;
    summary->filtered = job->options->filter != NULL;
    summary->interrupted = signals_caught();
    summary->verbose = job->options->verbose;
    memcpy(summary->seen, job->seen, sizeof summary->seen);
    for (unsigned i = 0; i < HELO_DATASET_COUNT; i++)
        summary->written += helo_report_written(job->report, (enum helo_dataset)i);
    summary_print(summary);
}

enum exit_code job_outcome(const struct job *job)
{
    return job->found ? EXIT_FOUND : EXIT_DONE;
}

void job_close(struct job *job)
{
    helo_engine_free(job->engine);
    helo_report_free(job->report);
    if (job->shared)
        pthread_mutex_destroy(&job->lock);
}
