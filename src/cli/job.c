/* What a run over files and one over interfaces share: the engine, the outputs, the counts. */
#include "cli/job.h"

#include "base/message.h"
#include "cli/sandbox.h"
#include "cli/signals.h"
#include "cli/wall.h"
#include "heloscope/heloscope.h"

#include <malloc.h>
#include <string.h>

void job_complain(const struct helo_error *error)
{
    struct helo_error tidy = *error; /* it may quote a name that somebody else chose */
    message_tidy(tidy.message);
    fprintf(stderr, "heloscope: %s\n", tidy.message);
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
    bool pending = job->pending || outputs_wait(job->outputs);
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
    lock(job);
    job->pending = false;
    bool alive = outputs_flush(job->outputs);
    unlock(job);
    return alive;
}

static void tell_layers(const struct options *options)
{
    struct sandbox_layers layers = sandbox_layers();
    if (options->verbose)
        fprintf(stderr, "heloscope: the kernel has %s and %s to confine it\n",
                layers.seccomp ? "seccomp" : "no seccomp",
                layers.landlock > 0 ? "Landlock" : "no Landlock");
}

/* From here on nothing can be opened but through the broker. */
static bool confine(struct job *job, bool live, const struct privileges *privileges,
                    struct helo_error *error)
{
    if (!helo_prepare()) {
        snprintf(error->message, sizeof error->message, "libcrypto does not work");
        return false;
    }
    tell_layers(job->options);
    return broker_start(&job->broker, job->options, error) && privileges_drop(privileges, error) &&
           sandbox_enter(live ? SANDBOX_WATCHER : SANDBOX_READER, NULL, 0, error);
}

enum helo_status job_open(struct job *job, bool live, const char *interface,
                          const struct privileges *privileges, struct helo_error *error)
{
    enum helo_status status =
        outputs_open(job->options, live, interface, &job->broker, &job->outputs, error);
    if (status != HELO_OK)
        return status;
    job->report = outputs_report(job->outputs);
    return confine(job, live, privileges, error) ? HELO_OK : HELO_ERROR_INPUT;
}

enum helo_status job_begin(struct job *job, bool nanoseconds, struct helo_error *error)
{
    struct helo_config config = job->options->engine;
    config.nanoseconds = nanoseconds;
    /* Arenas of threads have glibc open files, when there are many of them and when one shrinks,
     * and the sandbox kills for that; what is used again and again does not come from malloc here.
     */
    mallopt(M_ARENA_MAX, 1);
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
    job_tell_stats(job, stats, time);
    lock(job);
    bool written = outputs_finish(job->outputs);
    unlock(job);
    return written;
}

void job_summarise(const struct job *job, struct summary *summary)
{
    if (job->options->quiet)
        return;
    summary->elapsed = wall_now() - job->started;
    summary->ports = job->options->engine.ports;
    summary->port_count = job->options->engine.only_ports ? job->options->engine.port_count : 0;
    summary->filtered = job->options->filter != NULL;
    summary->interrupted = signals_caught();
    summary->verbose = job->options->verbose;
    memcpy(summary->seen, job->seen, sizeof summary->seen);
    summary->written = outputs_written(job->outputs);
    summary_print(summary);
}

enum exit_code job_outcome(const struct job *job)
{
    return job->found ? EXIT_FOUND : EXIT_DONE;
}

void job_close(struct job *job)
{
    helo_engine_free(job->engine);
    outputs_close(job->outputs);
    if (job->shared)
        pthread_mutex_destroy(&job->lock);
    broker_stop(&job->broker);
}
