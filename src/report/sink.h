/* A descriptor that lines go to: a file, a pipe, a terminal, or stdout, whatever that is. */
#ifndef REPORT_SINK_H
#define REPORT_SINK_H

#include <stdbool.h>
#include <stddef.h>

/* Plain data; fd -1: closed. */
struct sink {
    int fd;
    bool owned; /* not stdout */
    bool file;  /* a regular one: it never makes its writer wait */
    bool terminal;
};

/* How long sink_write waits for a reader that takes nothing, besides milliseconds. */
#define SINK_FOREVER (-1)
#define SINK_NEVER   0

/* Opens target (created with mode 0640, or emptied; kept, and gone on behind what it holds, if
 * keep;
 * "-" is stdout). False with errno. */
bool sink_open(struct sink *sink, const char *target, bool keep);

/* Goes on with another descriptor of the same target, which the sink owns from now on, behind what
 * it holds already; the old one is closed. False with errno, and the old one kept (fd is then the
 * caller's): it is no regular file. */
bool sink_replace(struct sink *sink, int fd);

/* Writes len octets, waiting so long for a reader each time that he takes nothing. Returns how many
 * went out; where that is not all of them *error is why, EAGAIN for the reader. Unless it waits
 * forever, lines of up to PIPE_BUF octets go out whole or not at all. */
size_t sink_write(const struct sink *sink, const char *from, size_t len, int wait, int *error);

/* Takes the last so many octets that were written out of a regular file, if they are still its end.
 * False: they stay. */
bool sink_cut(const struct sink *sink, size_t octets);

/* Closes it, but for stdout. */
void sink_close(struct sink *sink);

#endif
