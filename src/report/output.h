/* A place that lines go to: a file, a pipe or stdout, written in large blocks of whole lines. */
#ifndef REPORT_OUTPUT_H
#define REPORT_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "heloscope/types.h"

struct output;

/* What became of the lines of one output. */
struct output_state {
    const char *name;   /* borrowed from the output */
    const char *target; /* the same */
    uint64_t written;   /* taken; those that a failing write lost are taken out again */
    uint64_t dropped;   /* lost, for whatever reason */
};

/* Opens target (created with mode 0640, or emptied; "-" is stdout); name is "FORMAT:TARGET", of
 * which the target is borrowed from the copy that the output keeps. HELO_ERROR_OUTPUT with a
 * reason when it can't be opened. *output is owned by the caller. */
enum helo_status output_open(struct mem *mem, const char *format, const char *target,
                             struct output **output, struct helo_error *error);

/* Takes one line, its newline included. A line for a terminal goes out at once. False when it was
 * dropped, as everything is after a failure. */
bool output_line(struct output *output, const char *line, size_t len);

/* Counts a line that could not be made. */
void output_drop(struct output *output);

/* Hands what is held to the system. False when this or an earlier write has failed. */
bool output_flush(struct output *output);

/* The errno of the failure; 0: none. */
int output_failure(const struct output *output);

struct output_state output_state(const struct output *output);

/* Flushes and closes; NULL is allowed. */
void output_close(struct output *output);

#endif
