/* However a dialogue crosses the wire, its events mean the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/campaign.h"
#include "../support/meaning.h"
#include "group.h"

static struct impaired make(const struct campaign_case *given, uint64_t seed)
{
    return impair_make(given->transcript, given->clean, seed);
}

static char *check(const struct campaign_case *given, const struct impaired *variant,
                   const struct run_result *result)
{
    bool copied = (variant->kinds & (IMPAIR_BIT(IMPAIR_COPY) | IMPAIR_BIT(IMPAIR_OVERLAP))) != 0;
    bool forged = (variant->kinds & IMPAIR_BIT(IMPAIR_FORGE)) != 0;
    /* Octets that came again in other pieces, and too late to be compared, are doubted. */
    bool doubted = forged || (copied && meaning_is_uncertain(result));
    unsigned without = (variant->acks_changed ? MEANING_PIPELINING : MEANING_WHOLE) |
                       (doubted ? MEANING_DOUBT : MEANING_WHOLE);
    char *expected = meaning_of(given->truth, without);
    char *actual = meaning_of(result, without);
    char *difference = meaning_difference(expected, actual);
    free(expected);
    free(actual);
    return difference;
}

/* Another connection from the same port, once the first is over, is another session. */

static const char second_dialogue[] =
    "S: 220 second.example.net ESMTP\nC: EHLO second.example.org\n"
    "S: 250 second.example.net\nC: QUIT\nS: 221 bye\n"
    "FIN S\nFIN C\n";

static bool is_closed(const struct synth *synth)
{
    unsigned finished = 0;
    for (size_t i = 0; i < synth->count; i++) {
        if ((synth->segments[i].flags & SYNTH_RST) != 0)
            return true;
        if ((synth->segments[i].flags & SYNTH_FIN) != 0)
            finished |= 1u << synth->segments[i].side;
    }
    return finished == 3;
}

static char *meaning_of_synth(const struct synth *synth)
{
    struct run_result *result = run_synth(synth, NULL);
    char *meaning = meaning_of(result, MEANING_WINDOWED);
    run_free(result);
    return meaning;
}

static char *difference_of_reuse(const struct synth *first, const struct synth *second,
                                 helo_time pause, uint32_t jump)
{
    struct synth *both = impair_reuse(first, second, pause, jump);
    char *one = meaning_of_synth(first), *two = meaning_of_synth(second);
    char *expected = grow_take(strlen(one) + strlen(two) + 1);
    strcat(strcpy(expected, one), two);
    char *actual = meaning_of_synth(both);
    char *difference = meaning_difference(expected, actual);
    free(one);
    free(two);
    free(expected);
    free(actual);
    synth_free_copy(both);
    return difference;
}

static void a_port_used_again_is_a_new_session(void **state)
{
    static const struct {
        helo_time pause;
        uint32_t jump;
    } table[] = {
        {200 * HELO_MILLISECOND, 5000000},    {200 * HELO_MILLISECOND, 0u - 5000000},
        {3 * HELO_SECOND, 5000000},           {3 * HELO_SECOND, 300000},
        {45 * HELO_SECOND, 0u - 2000000000u},
    };
    const struct transcript *transcript = *state;
    struct helo_error error = {""};
    struct transcript *other =
        transcript_parse("second", second_dialogue, sizeof second_dialogue - 1, &error);
    assert_non_null(other);
    struct synth *first = synth_make(transcript);
    memcpy(other->end, transcript->end, sizeof other->end);
    struct synth *second = synth_make(other);
    char *why = NULL;
    for (size_t i = 0; i < sizeof table / sizeof table[0] && why == NULL && is_closed(first); i++)
        why = difference_of_reuse(first, second, table[i].pause, table[i].jump);
    if (why != NULL)
        fprintf(stderr, "%s: %s\n", transcript->name, why);
    bool good = why == NULL;
    free(why);
    synth_free(first);
    synth_free(second);
    transcript_free(other);
    assert_true(good);
}

static int reuse_ports(void)
{
    size_t count;
    struct transcript **all = campaign_transcripts(&count);
    int failed = group_transcripts("a port used again is a new session",
                                   a_port_used_again_is_a_new_session, all, count);
    transcript_free_all(all, count);
    return failed;
}

int main(void)
{
    static const struct campaign_pin pins[] = {
        {"auth_codes", 9713030226123438938u},
        {"auth_plain_challenge", 13603659184034037869u},
        {"close_421_after_silence", 3486677121450047584u},
        {"close_421_after_silence", 9320974109207254066u},
        {"close_unasked_221", 8368900085515525301u},
        {"pipelining_crossing", 16474909337716249059u},
    };
    static const struct campaign campaign = {.name = "an impaired capture means the same",
                                             .seeds = 25,
                                             .pins = pins,
                                             .pin_count = sizeof pins / sizeof pins[0],
                                             .make = make,
                                             .check = check};
    int failed = group_campaign(&campaign);
    return failed + (getenv("HELO_IMPAIR_SECONDS") == NULL ? reuse_ports() : 0);
}
