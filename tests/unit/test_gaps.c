/* Of a capture with losses nothing untrue is said. */
#include "../support/campaign.h"
#include "../support/truth.h"
#include "group.h"

static struct impaired make(const struct campaign_case *given, uint64_t seed)
{
    return impair_lose(given->transcript, given->clean, seed);
}

static char *check(const struct campaign_case *given, const struct impaired *variant,
                   const struct run_result *result)
{
    (void)variant;
    return truth_violation(given->truth, result);
}

int main(void)
{
    static const struct campaign campaign = {.name = "a lossy capture tells no lies",
                                             .seeds = 25,
                                             .kind = "loss",
                                             .make = make,
                                             .check = check};
    return group_campaign(&campaign);
}
