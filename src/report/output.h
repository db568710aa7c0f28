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
    int failure;        /* errno of what ended it; 0: nothing did */
    int trouble;        /* errno of why lines wait; EAGAIN: for a slow reader; 0: they do not */
    uint64_t written;   /* taken; those that a failing write lost are taken out again */
    uint64_t dropped;   /* lost, for whatever reason */
};

/* Opens target (created with mode 0640, or emptied; "-" is stdout); name is "FORMAT:TARGET", of
 * which the target is borrowed from the copy that the output keeps. live: nobody waits for its
 * reader; lines wait, up to LIMIT_OUTPUT_QUEUE octets of them, and beyond that are dropped, until
 * it takes them again. Otherwise its reader is waited for, and the first failure ends it.
 * HELO_ERROR_OUTPUT with a reason when it can't be opened. *output is owned by the caller. */
enum helo_status output_open(struct mem *mem, const char *format, const char *target, bool live,
                             struct output **output, struct helo_error *error);

/* Takes one line, its newline included. A line for a terminal goes out at once. False when it was
 * dropped, as everything is after a failure. */
bool output_line(struct output *output, const char *line, size_t len);

/* Counts a line that could not be made. */
void output_drop(struct output *output);

/* Hands what is held to the system, as far as that takes it. False when this or an earlier write
 * has failed for good. */
bool output_flush(struct output *output);

/* The same at the end: a slow reader has LIMIT_OUTPUT_GRACE_MILLISECONDS for each step; what is not
 * taken then is dropped. */
bool output_finish(struct output *output);

/* Whether it is a file with a name, which may be opened anew. */
bool output_is_file(const struct output *output);

/* Goes on in fd, another descriptor of the target, which it owns from now on: what is held goes to
 * the old one as far as that takes it, then to this. A failure is forgotten. False with errno when
 * fd is no regular file; then it is still the caller's. */
bool output_replace(struct output *output, int fd);

struct output_state output_state(const struct output *output);

/* What a trouble means, for people; "" for 0. */
const char *output_trouble(int trouble);

/* Flushes and closes; NULL is allowed. */
void output_close(struct output *output);

#endif
