/* The progress line on stderr. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "heloscope/capture.h"

/* Plain data. */
struct progress {
    bool shown; /* a line stands on the terminal */
    helo_time start;
};

/* Writes the line, over the one before. */
void progress_show(struct progress *progress, const struct helo_capture_progress *at,
                   uint64_t events, helo_time now);

/* Takes the line away. */
void progress_clear(struct progress *progress);

#endif
