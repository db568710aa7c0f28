/* What each dataset is: its ECS classification and who writes it. A new dataset is a new row. */
#ifndef REPORT_DATASET_H
#define REPORT_DATASET_H

#include "heloscope/event.h"
#include "report/json.h"

/* What the sensor adds to an event; borrowed. */
struct event_context {
    uint64_t sequence;
    const char *observer; /* a JSON object */
    const char *run;      /* names this run of the sensor in the ids of stats */
    const struct output_state *outputs;
    size_t output_count;
    int statm; /* /proc/self/statm, open; -1: it is not */
};

/* The period that an event tells of and how it came out. */
struct event_span {
    helo_time start;
    helo_time end;
    enum helo_outcome outcome;
};

struct dataset {
    const char *name; /* as in heloscope.<name> and smtp-<name> */
    const char *head; /* members kind, module and dataset of the object `event` */
    const char *tail; /* category, type and action; each begins with a comma */
    const char *open; /* the same for an event whose outcome is unknown; NULL: as ever */
    struct event_span (*span)(const struct helo_event *event); /* NULL: no period */
    /* Writes the members of the object `smtp`. */
    void (*json)(struct json *json, const struct helo_event *event,
                 const struct event_context *context);
    /* Writes what a person wants to know, after time, dataset and addresses. */
    void (*text)(struct line *line, const struct helo_event *event, bool colour);
};

/* The row of a dataset; NULL if nobody writes it. */
const struct dataset *dataset_of(enum helo_dataset dataset);

#endif
