/* One check over all transcripts and many seeds: a few each, or for as long as is asked.
 *
 * HELO_IMPAIR_SECONDS=600  run seeds at random for so long instead
 * HELO_IMPAIR_SEED=n       begin with this seed (a failure prints the one to use)
 * HELO_IMPAIR_ONLY=name    this transcript alone
 * HELO_IMPAIR_DUMP=folder  write failing variants there, as NAME-SEED.pcap
 * HELO_TRANSCRIPTS=folder  read the transcripts from there */
#ifndef SUPPORT_CAMPAIGN_H
#define SUPPORT_CAMPAIGN_H

#include "impair.h"
#include "run.h"

/* What a check is given: a dialogue, its clean segments, and what they mean. */
struct campaign_case {
    const struct transcript *transcript;
    const struct synth *clean;
    const struct run_result *truth;
};

/* A variant that once failed: it is always tried. */
struct campaign_pin {
    const char *transcript;
    uint64_t seed;
};

struct campaign {
    const char *name;
    unsigned seeds; /* for each transcript, when no time is given */
    const struct campaign_pin *pins;
    size_t pin_count;
    const char *kind; /* transcripts that name it under EXCEPT are left out; NULL: none */
    /* Makes the variant of a seed. */
    struct impaired (*make)(const struct campaign_case *given, uint64_t seed);
    /* NULL if the variant's events are right; else what is wrong, owned by the caller. */
    char *(*check)(const struct campaign_case *given, const struct impaired *variant,
                   const struct run_result *result);
};

/* A campaign over one transcript. */
struct campaign_work;

/* Prepares the work on all transcripts (or the one that is asked for): an array of *count, each
 * with its name from campaign_name. Owned by the caller. */
struct campaign_work **campaign_begin(const struct campaign *campaign, size_t *count);
void campaign_end(struct campaign_work **works, size_t count);

const char *campaign_name(const struct campaign_work *work);

/* Tries the campaign's seeds on one transcript; false, and said on stderr, at the first failure. */
bool campaign_try(struct campaign_work *work);

/* Tries random seeds on random transcripts if HELO_IMPAIR_SECONDS is set: true, and *status is the
 * program's exit status. */
bool campaign_run_long(struct campaign_work **works, size_t count, int *status);

/* All transcripts from the usual folder; ends the program if there are none. */
struct transcript **campaign_transcripts(size_t *count);

#endif
