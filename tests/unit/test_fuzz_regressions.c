/* What fuzzers found, read again: each file of tests/fuzz/regressions/, its name beginning with its
 * fuzzer's. A sanitizer, or the fuzzer itself, ends the program where one is not mended. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../support/grow.h"

#define FOLDER       "tests/fuzz/regressions"
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* All fuzzers' entries have the same name. */
#define LLVMFuzzerTestOneInput fuzz_capture
#include "../fuzz/fuzz_capture.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_sasl
#include "../fuzz/fuzz_sasl.c"
#undef LLVMFuzzerTestOneInput

static const struct fuzzer {
    const char *prefix;
    int (*run)(const uint8_t *data, size_t size);
} fuzzers[] = {
    {"capture-", fuzz_capture},
    {"sasl-", fuzz_sasl},
};

/* Runs a finding, and every beginning of it, in blocks of just their size. */
static void replay(const struct fuzzer *fuzzer, const char *name)
{
    char path[512];
    size_t length;
    snprintf(path, sizeof(path), FOLDER "/%s", name);
    char *whole = grow_read_file(path, &length);
    assert_non_null(whole);
    assert_true(length > 0);
    for (size_t size = 0; size <= length; size++) {
        uint8_t *data = malloc(size > 0 ? size : 1);
        memcpy(data, whole, size);
        assert_int_equal(fuzzer->run(data, size), 0);
        free(data);
    }
    free(whole);
}

static void what_fuzzers_found_is_read_without_harm(void **state)
{
    size_t replayed = 0;
    DIR *folder = opendir(FOLDER);
    (void)state;
    assert_non_null(folder);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] == '.')
            continue;
        size_t before = replayed;
        for (size_t i = 0; i < COUNT(fuzzers); i++) {
            if (strncmp(entry->d_name, fuzzers[i].prefix, strlen(fuzzers[i].prefix)) != 0)
                continue;
            replay(&fuzzers[i], entry->d_name);
            replayed++;
        }
        if (replayed == before)
            fail_msg("%s: no fuzzer has this name", entry->d_name);
    }
    closedir(folder);
    assert_true(replayed > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fuzzers_found_is_read_without_harm),
    };
    return cmocka_run_group_tests_name("what fuzzers found", tests, NULL, NULL);
}
