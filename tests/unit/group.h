/* CMocka groups of one function over many states, each a test of its own name. */
#ifndef UNIT_GROUP_H
#define UNIT_GROUP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../support/campaign.h"
#include "../support/grow.h"

struct group {
    void **states;
    const char **names;
    size_t count;
};

/* Runs the function over every state; how many tests failed. */
static inline int group_run(const char *name, CMUnitTestFunction function,
                            const struct group *group)
{
    struct CMUnitTest *tests = grow_take(group->count * sizeof *tests);
    for (size_t i = 0; i < group->count; i++) {
        tests[i].name = group->names[i];
        tests[i].test_func = function;
        tests[i].initial_state = group->states[i];
    }
    int failed = _cmocka_run_group_tests(name, tests, group->count, NULL, NULL);
    free(tests);
    return failed;
}

/* The same over transcripts. */
static inline int group_transcripts(const char *name, CMUnitTestFunction function,
                                    struct transcript **transcripts, size_t count)
{
    struct group group = {.states = (void **)transcripts, .count = count};
    group.names = grow_take(count * sizeof(const char *));
    for (size_t i = 0; i < count; i++)
        group.names[i] = transcripts[i]->name;
    int failed = group_run(name, function, &group);
    free(group.names);
    return failed;
}

static inline void group_try_campaign(void **state)
{
    assert_true(campaign_try(*state));
}

/* Runs a campaign: every transcript a test, or the long run if one is asked for. */
static inline int group_campaign(const struct campaign *campaign)
{
    struct group group;
    int status;
    struct campaign_work **works = campaign_begin(campaign, &group.count);
    if (!campaign_run_long(works, group.count, &status)) {
        group.states = (void **)works;
        group.names = grow_take(group.count * sizeof(const char *));
        for (size_t i = 0; i < group.count; i++)
            group.names[i] = campaign_name(works[i]);
        status = group_run(campaign->name, group_try_campaign, &group);
        free(group.names);
    }
    campaign_end(works, group.count);
    return status;
}

#endif
