/* One stored capture as a FILE that libpcap can read: opened, recognised, unpacked. */
#ifndef CAPTURE_SOURCE_H
#define CAPTURE_SOURCE_H

#include "heloscope/types.h"

#include <signal.h>
#include <stdio.h>

struct source;

struct source_opener {
    helo_open_fn open;
    void *context; /* the first argument of open; borrowed */
};

/* An opener's function that just opens; its context is not used. */
int source_open_plainly(void *context, const char *path);

/* Opens path by opener ("-": stdin) and looks whether it is compressed. path is borrowed, and *stop
 * too: as soon as it is set, reading ends as if the file did. HELO_ERROR_INPUT with a reason,
 * *source NULL, if the file can't be read. */
enum helo_status source_open(const char *path, const volatile sig_atomic_t *stop,
                             const struct source_opener *opener, struct source **source,
                             struct helo_error *error);

/* The first octets of the unpacked content, which stay to be read: at least want of them if there
 * are so many and want <= LIMIT_CAPTURE_HEAD. Returns how many are at *head. */
size_t source_peek(struct source *source, size_t want, const uint8_t **head);

/* A FILE over the unpacked content, made once; NULL without memory. fclose it (or pcap_close)
 * before source_close. */
FILE *source_file(struct source *source);

/* True if that FILE is the file as stored, so that it can be repositioned. */
bool source_is_stored(const struct source *source);

/* Why reading failed or the compressed data are not whole; NULL: nothing is wrong. */
const char *source_failure(const struct source *source);

/* Octets of the file as stored that have been read. */
uint64_t source_read_bytes(const struct source *source);

/* NULL is allowed. */
void source_close(struct source *source);

#endif
