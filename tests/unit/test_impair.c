/* However a dialogue crosses the wire, its events mean the same. */
#include <stdlib.h>

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
    char *expected = meaning_of(given->truth, variant->acks_changed);
    char *actual = meaning_of(result, variant->acks_changed);
    char *difference = meaning_difference(expected, actual);
    free(expected);
    free(actual);
    return difference;
}

int main(void)
{
    static const struct campaign campaign = {
        .name = "an impaired capture means the same", .seeds = 25, .make = make, .check = check};
    return group_campaign(&campaign);
}
