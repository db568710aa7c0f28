/* Reports: events written as JSON lines or as text, to files or stdout. */
#ifndef HELOSCOPE_REPORT_H
#define HELOSCOPE_REPORT_H

#include "heloscope/event.h"
#include "heloscope/types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct helo_report;

enum helo_format { HELO_FORMAT_JSON, HELO_FORMAT_TEXT };

/* Bits by dataset: 1u << HELO_DATASET_SESSION, … */
typedef uint32_t helo_dataset_set;

/* Fewer octets of a key could be tried out; more are no better. */
#define HELO_LEAST_HASH_KEY 16
#define HELO_MOST_HASH_KEY  4096

struct helo_report_config {
    const char *sensor;        /* observer.name; NULL: the host's name. Borrowed */
    const char *interface;     /* observer.ingress.interface.name of events that name none
                                  themselves; NULL: left out. Borrowed */
    helo_dataset_set datasets; /* which events are written */
    enum helo_credentials credentials;
    const uint8_t *hash_key; /* for HELO_CREDENTIALS_HASH; copied */
    size_t hash_key_len;
    bool live; /* never wait for an output: while one takes nothing (a full disk, a slow reader) its
                  lines are kept, as far as there is room, and then dropped. Otherwise a reader is
                  waited for, and an output that fails is given up */
};

/* What became of one output. */
struct helo_report_output {
    const char *name;    /* borrowed from the report */
    const char *failure; /* why it was given up; NULL: it was not. Valid until the next call */
    const char *trouble; /* why its lines are kept for now; NULL: they are not. The same */
    bool slow;           /* it is a reader that the trouble lies with: that is the way of pipes */
    uint64_t written;    /* events that it took */
    uint64_t dropped;
};

/* Makes a report without outputs; config is copied. *report is owned by the caller.
 * HELO_ERROR_CONFIG for names to be hashed with too short or too long a key. */
enum helo_status helo_report_new(const struct helo_report_config *config,
                                 struct helo_report **report, struct helo_error *error);

/* Adds an output: target is a path (created or truncated) or "-" for stdout. colour: ANSI colours
 * in text. HELO_ERROR_OUTPUT with a reason when it can't be opened. */
enum helo_status helo_report_add(struct helo_report *report, enum helo_format format,
                                 const char *target, bool colour, struct helo_error *error);

/* Writes one event to every output, if its dataset is wanted. Its signature is helo_event_fn's,
 * context being the report. A write that fails is told by helo_report_flush; whole lines only
 * are written. */
void helo_report_event(void *report, const struct helo_event *event);

/* Writes a stats event from these counters, stamped time, if wanted. */
void helo_report_stats(struct helo_report *report, const struct helo_stats *stats, helo_time time);

/* Hands buffered lines to the system. HELO_ERROR_OUTPUT with a reason if any output was given up.
 */
enum helo_status helo_report_flush(struct helo_report *report, struct helo_error *error);

/* The same at the end of a run, with a little patience for slow readers of a live one.
 * HELO_ERROR_OUTPUT with a reason if any output was given up or lost an event. */
enum helo_status helo_report_finish(struct helo_report *report, struct helo_error *error);

/* Opens every output that is a regular file anew, as after it was renamed; lines that wait go to
 * the old file as far as that takes them, else to the new one. open_file opens a target for writing
 * at its end, made if need be and not emptied. One that can't be opened goes on as it was, and
 * *error has the first reason with HELO_ERROR_OUTPUT. */
enum helo_status helo_report_reopen(struct helo_report *report, helo_open_fn open_file,
                                    void *context, struct helo_error *error);

/* Outputs so far, and the one at index. */
size_t helo_report_count(const struct helo_report *report);
void helo_report_output(const struct helo_report *report, size_t index,
                        struct helo_report_output *output);

/* Events written so far, per dataset. */
uint64_t helo_report_written(const struct helo_report *report, enum helo_dataset dataset);

/* Flushes and closes; NULL is allowed. The result of the flush is lost: call helo_report_finish. */
void helo_report_free(struct helo_report *report);

#ifdef __cplusplus
}
#endif

#endif
