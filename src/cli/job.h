/* What a run over files and one over interfaces share: the engine, the outputs, the counts. */
#ifndef CLI_JOB_H
#define CLI_JOB_H

#include "cli/broker.h"
#include "cli/options.h"
#include "cli/outputs.h"
#include "cli/privileges.h"
#include "cli/summary.h"

enum exit_code { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_FOUND = 3 };

/* Plain data; NULL and zero at first, but for options. */
struct job {
    const struct options *options;
    struct broker broker; /* opens what is opened later */
    struct outputs *outputs;
    struct helo_report *report; /* of outputs */
    struct helo_engine *engine;
    bool found;   /* an anomaly at or above --fail-on */
    bool pending; /* events made since the last flush */
    uint64_t seen[HELO_DATASET_COUNT];
    uint64_t events;
    helo_time started; /* on the wall */
};

/* Opens the outputs, which nobody waits for if live; the capture is to be open already: a mistyped
 * name must not empty an output. Then gives up every right that is not needed any more, becoming
 * who privileges says. interface: the only one of a live capture, or NULL. job_close in either
 * case. */
enum helo_status job_open(struct job *job, bool live, const char *interface,
                          const struct privileges *privileges, struct helo_error *error);

/* Makes the engine; the same. */
enum helo_status job_begin(struct job *job, bool nanoseconds, struct helo_error *error);

/* Hands what is written to the system; false when no output is left. */
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
