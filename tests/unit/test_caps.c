/* The memory cap holds under attack, and honest sessions are told of as they were. The same for
 * longer: make bench-hostile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../support/attack.h"
#include "../support/grow.h"

#define PACKETS 60000u
#define CAP     (UINT64_C(8) << 20)

static void the_cap_holds_and_honest_sessions_stay(void **state)
{
    size_t index = (size_t)(uintptr_t)*state;
    struct attack_result result = attack_run(index, PACKETS, CAP);
    const char *why = attack_verdict(&result, CAP);
    print_message("%-28s %6.2f MiB of the engine, the process grew by %6.2f, %llu of %llu honest\n",
                  attack_name(index), (double)result.most_used / (1 << 20),
                  (double)result.resident / (1 << 20), (unsigned long long)result.right,
                  (unsigned long long)result.honest);
    if (why != NULL)
        fail_msg("%s: %s", attack_name(index), why);
    assert_true(result.packets > PACKETS);
}

int main(void)
{
    struct CMUnitTest *tests = grow_take(attack_count() * sizeof(*tests));
    for (size_t i = 0; i < attack_count(); i++)
        tests[i] = (struct CMUnitTest){.name = attack_name(i),
                                       .test_func = the_cap_holds_and_honest_sessions_stay,
                                       .initial_state = (void *)(uintptr_t)i};
    int failed = _cmocka_run_group_tests("caps", tests, attack_count(), NULL, NULL);
    free(tests);
    return failed;
}
