/* What a run over files and one over interfaces share: the engine, the outputs, the counts. */
#ifndef CLI_JOB_H
#define CLI_JOB_H

#include "cli/options.h"
#include "cli/summary.h"

#include <pthread.h>

enum exit_code { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_FOUND = 3 };

/* Plain data; NULL and zero at first, but for options and from_pipe. */
struct job {
    const struct options *options;
    struct helo_report *report;
    struct helo_engine *engine;
    bool from_pipe;       /* events are to be passed on as they come */
    bool shared;          /* events come from another thread: what follows is under the lock */
    pthread_mutex_t lock; /* if shared */
    bool found;           /* an anomaly at or above --fail-on */
    bool pending;         /* events made since the last flush */
    bool outputs_dead;    /* nobody is left to write to */
    uint64_t seen[HELO_DATASET_COUNT];
    uint64_t events;
    helo_time started; /* on the wall */
};

/* Opens the outputs and makes the engine; the capture is to be open already: a mistyped name must
 * not empty an output. interface: the only one of a live capture, or NULL. job_close in either
 * case. */
enum helo_status job_open(struct job *job, bool nanoseconds, const char *interface,
                          struct helo_error *error);

/* The events so far; true if some were made since the last flush. */
uint64_t job_events(struct job *job);
bool job_is_pending(struct job *job);

/* Writes a stats event. */
void job_tell_stats(struct job *job, const struct helo_stats *stats, helo_time time);

/* Hands what is written to the system; false when that fails and there is no other output. */
bool job_flush(struct job *job);

/* Writes these as the last stats, stamped time, and flushes; the engine is to be flushed already.
 * False, and said on stderr, if an output failed. */
bool job_finish(struct job *job, helo_time time, const struct helo_stats *stats);

/* Prints the summary, unless quiet; the caller has filled in what it read. */
void job_summarise(const struct job *job, struct summary *summary);

/* How a run ends that did all it was asked for. */
enum exit_code job_outcome(const struct job *job);

/* Says it on stderr. */
void job_complain(const struct helo_error *error);

void job_close(struct job *job);

#endif
