/* Runs segments through an engine and returns what a report wrote about them. */
#ifndef SUPPORT_RUN_H
#define SUPPORT_RUN_H

#include "heloscope/heloscope.h"
#include "jtree.h"
#include "synth.h"

/* Every event of a run but stats, in order: the JSON lines and what was read from them. */
struct run_result {
    char *text;
    struct jtree **events;
    size_t count, capacity;
    struct helo_stats stats;
    bool broken; /* a line was not a JSON object */
};

/* Runs a synth's segments through a fresh engine made from config (NULL: the defaults with
 * exchanges), ticks the clock to the dialogue's end and flushes. Owned by the caller. */
struct run_result *run_synth(const struct synth *synth, const struct helo_config *config);

/* The same over a transcript as it stands. */
struct run_result *run_transcript(const struct transcript *transcript);

/* What a run would return that wrote this text. */
struct run_result *run_from_text(const char *text);

void run_free(struct run_result *result);

/* The dataset's name without "heloscope.", "" for a line without one. */
const char *run_dataset(const struct jtree *event);

#endif
