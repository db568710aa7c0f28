/* One check over all transcripts and many seeds: a few each, or for as long as is asked. */
#include "campaign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "frame.h"
#include "grow.h"
#include "pcapfile.h"

/* A campaign that fails everywhere need not say so a million times. */
#define MOST_FAILURES 20

struct campaign_work {
    const struct campaign *campaign;
    struct transcript *transcript;
    struct synth *clean;
    struct run_result *truth;
    struct campaign_case given;
    uint64_t seed;
    unsigned failures;
};

struct transcript **campaign_transcripts(size_t *count)
{
    struct helo_error error = {""};
    const char *folder = getenv("HELO_TRANSCRIPTS");
    struct transcript **all =
        transcript_load_all(folder == NULL ? "tests/transcripts" : folder, count, &error);
    if (all == NULL || *count == 0) {
        fprintf(stderr, "no transcripts: %s\n", error.message);
        exit(EXIT_FAILURE);
    }
    return all;
}

static void write_frame(void *context, const uint8_t *frame, uint32_t length, helo_time time)
{
    pcapfile_write(context, frame, length, time);
}

static void dump(const struct campaign_work *work, uint64_t seed, const struct synth *synth)
{
    const char *folder = getenv("HELO_IMPAIR_DUMP");
    char path[1024];
    if (folder == NULL)
        return;
    snprintf(path, sizeof path, "%.500s/%.200s-%llu.pcap", folder, work->given.transcript->name,
             (unsigned long long)seed);
    struct pcapfile *file = pcapfile_create(path);
    if (file == NULL) {
        perror(path);
        return;
    }
    for (size_t i = 0; i < synth->count; i++)
        frame_make(synth, &synth->segments[i], (uint16_t)(i + 1), write_frame, file);
    pcapfile_close(file);
    fprintf(stderr, "written: %s\n", path);
}

static void complain(const struct campaign_work *work, uint64_t seed,
                     const struct impaired *variant, const char *why)
{
    fprintf(stderr, "%s: %s: HELO_IMPAIR_SEED=%llu:", work->campaign->name,
            work->given.transcript->name, (unsigned long long)seed);
    for (unsigned i = 0; i < IMPAIR_KINDS; i++)
        if ((variant->kinds & IMPAIR_BIT(i)) != 0)
            fprintf(stderr, " %s", impair_name((enum impair_kind)i));
    fprintf(stderr, "\n%s\n", why);
}

static bool try_seed(struct campaign_work *work, uint64_t seed)
{
    struct impaired variant = work->campaign->make(&work->given, seed);
    struct run_result *result = run_synth(variant.synth, NULL);
    char *why = work->campaign->check(&work->given, &variant, result);
    if (why != NULL && work->failures++ < MOST_FAILURES) {
        complain(work, seed, &variant, why);
        dump(work, seed, variant.synth);
    }
    bool good = why == NULL;
    free(why);
    run_free(result);
    impair_free(&variant);
    return good;
}

bool campaign_try(struct campaign_work *work)
{
    for (size_t i = 0; i < work->campaign->pin_count; i++) {
        const struct campaign_pin *pin = &work->campaign->pins[i];
        if (strcmp(pin->transcript, campaign_name(work)) == 0 && !try_seed(work, pin->seed))
            return false;
    }
    for (unsigned i = 0; i < work->campaign->seeds; i++)
        if (!try_seed(work, work->seed + i))
            return false;
    return true;
}

const char *campaign_name(const struct campaign_work *work)
{
    return work->given.transcript->name;
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

bool campaign_run_long(struct campaign_work **works, size_t count, int *status)
{
    const char *seconds = getenv("HELO_IMPAIR_SECONDS");
    unsigned long tries = 0, failures = 0;
    if (seconds == NULL)
        return false;
    struct prng prng = {works[0]->seed};
    double end = seconds_now() + atof(seconds);
    fprintf(stderr, "%s: seed base %llu\n", works[0]->campaign->name,
            (unsigned long long)works[0]->seed);
    while (seconds_now() < end && failures < MOST_FAILURES) {
        struct campaign_work *work = works[prng_below(&prng, count)];
        failures += try_seed(work, prng_next(&prng)) ? 0 : 1;
        tries++;
    }
    fprintf(stderr, "%s: %lu variants, %lu failed\n", works[0]->campaign->name, tries, failures);
    *status = failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    return true;
}

static uint64_t first_seed(void)
{
    const char *given = getenv("HELO_IMPAIR_SEED");
    if (given != NULL)
        return strtoull(given, NULL, 10);
    return getenv("HELO_IMPAIR_SECONDS") == NULL ? 1 : (uint64_t)time(NULL);
}

static struct campaign_work *work_on(const struct campaign *campaign, struct transcript *transcript)
{
    struct campaign_work *work = grow_take(sizeof *work);
    work->campaign = campaign;
    work->transcript = transcript;
    work->clean = synth_make(transcript);
    work->truth = run_synth(work->clean, NULL);
    work->given = (struct campaign_case){transcript, work->clean, work->truth};
    work->seed = first_seed();
    return work;
}

struct campaign_work **campaign_begin(const struct campaign *campaign, size_t *count)
{
    const char *only = getenv("HELO_IMPAIR_ONLY");
    size_t all_count;
    struct transcript **all = campaign_transcripts(&all_count);
    struct campaign_work **works = grow_take(all_count * sizeof(struct campaign_work *));
    *count = 0;
    for (size_t i = 0; i < all_count; i++) {
        bool excepted = campaign->kind != NULL && transcript_excepts(all[i], campaign->kind);
        if (!excepted && (only == NULL || strcmp(only, all[i]->name) == 0))
            works[(*count)++] = work_on(campaign, all[i]);
        else
            transcript_free(all[i]);
    }
    free(all);
    if (*count > 0)
        return works;
    fprintf(stderr, "no transcript is called %s\n", only == NULL ? "" : only);
    exit(EXIT_FAILURE);
}

void campaign_end(struct campaign_work **works, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        run_free(works[i]->truth);
        synth_free(works[i]->clean);
        transcript_free(works[i]->transcript);
        free(works[i]);
    }
    free(works);
}
