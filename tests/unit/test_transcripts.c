/* Every transcript yields the events that it asks for, however its segments are cut. */
#include <stdio.h>
#include <stdlib.h>

#include "../support/campaign.h"
#include "../support/grow.h"
#include "../support/meaning.h"
#include "../support/wanted.h"
#include "group.h"

#define RANDOM_CUTS 200

static void expectations_hold(void **state)
{
    const struct transcript *transcript = *state;
    struct run_result *result = run_transcript(transcript);
    char *why;
    bool good = wanted_check(transcript, result, &why);
    if (!good)
        fprintf(stderr, "%s", why);
    free(why);
    run_free(result);
    assert_true(good);
}

/* Runs one way of cutting and holds it against the expectations and the whole run's meaning. */
static bool same(const struct transcript *transcript, const char *whole, struct impaired cut)
{
    char *why;
    struct run_result *result = run_synth(cut.synth, NULL);
    bool good = wanted_check(transcript, result, &why);
    if (good) {
        char *meaning = meaning_of(result, MEANING_WHOLE);
        why = meaning_difference(whole, meaning);
        good = why == NULL;
        free(meaning);
    }
    if (!good)
        fprintf(stderr, "%s: %s\n", transcript->name, why);
    free(why);
    run_free(result);
    impair_free(&cut);
    return good;
}

static char *meaning_whole(const struct synth *clean)
{
    struct run_result *result = run_synth(clean, NULL);
    char *meaning = meaning_of(result, MEANING_WHOLE);
    run_free(result);
    return meaning;
}

static void single_octets_mean_the_same(void **state)
{
    struct synth *clean = synth_make(*state);
    char *whole = meaning_whole(clean);
    bool good = same(*state, whole, impair_cut_bytes(clean));
    free(whole);
    synth_free(clean);
    assert_true(good);
}

static void random_cuts_mean_the_same(void **state)
{
    struct synth *clean = synth_make(*state);
    char *whole = meaning_whole(clean);
    bool good = true;
    /* Large dialogues are cut into enough pieces by a few seeds. */
    size_t octets = (size_t)clean->stream[0].length + clean->stream[1].length;
    uint64_t seeds = octets > 10000 ? RANDOM_CUTS / 20 : RANDOM_CUTS;
    for (uint64_t seed = 1; seed <= seeds && good; seed++) {
        good = same(*state, whole, impair_cut_random(clean, seed));
        if (!good)
            fprintf(stderr, "seed %llu\n", (unsigned long long)seed);
    }
    free(whole);
    synth_free(clean);
    assert_true(good);
}

int main(void)
{
    size_t count;
    struct transcript **all = campaign_transcripts(&count);
    int failed = group_transcripts("expectations hold", expectations_hold, all, count);
    failed +=
        group_transcripts("single octets mean the same", single_octets_mean_the_same, all, count);
    failed += group_transcripts("random cuts mean the same", random_cuts_mean_the_same, all, count);
    transcript_free_all(all, count);
    return failed;
}
