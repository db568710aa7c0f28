/* What fuzzers found, read again: each file of tests/fuzz/regressions/, its name beginning with its
 * target's, with every beginning of it; the corpora of tests/fuzz/corpus/, a file a target (see
 * tests/fuzz/pack.py); and the seeds that fuzzers begin with, which tests/fuzz/seeds.py makes of
 * today's captures and transcripts. A sanitizer, or the target itself, ends the program where
 * something is not mended. */
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
#include "base/bytes.h"
#include "exact.h"

#define REGRESSIONS "tests/fuzz/regressions"
#define CORPORA     "tests/fuzz/corpus"
#define SEEDS       "tests/fuzz/seeds.py"
/* Beginnings of longer ones are tried at so many places at most. */
#define BEGINNINGS 2000
/* Of an input that is packed, in octets. */
#define LONGEST (1u << 20)

/* Each target's entry, under its own name. */
#define TARGETS(each)                                                                              \
    each(capture) each(content) each(decode) each(dialogue) each(file) each(json) each(line)       \
        each(options) each(rules) each(sasl) each(stream) each(tls)
#define DECLARE(name) int fuzz_##name(const uint8_t *data, size_t size);
TARGETS(DECLARE)

#define ENTRY(name) {#name, fuzz_##name},
static const struct target {
    const char *name;
    int (*run)(const uint8_t *data, size_t size);
} targets[] = {TARGETS(ENTRY)};

static const struct target *target_of(const char *file)
{
    for (size_t i = 0; i < COUNT(targets); i++) {
        size_t len = strlen(targets[i].name);
        if (strncmp(file, targets[i].name, len) == 0 && file[len] == '-')
            return &targets[i];
    }
    return NULL;
}

static void run_octets(const struct target *target, const void *octets, size_t len)
{
    struct helo_slice copy = exact_copy(octets, len);
    assert_int_equal(target->run(copy.ptr, copy.len), 0);
    exact_free(copy);
}

/* Runs a finding and its beginnings, in blocks of just their size. */
static void replay(const struct target *target, const char *path)
{
    size_t length;
    char *whole = grow_read_file(path, &length);
    if (whole == NULL)
        fail_msg("%s can't be read", path);
    size_t step = 1 + length / BEGINNINGS;
    for (size_t size = 0; size < length; size += step)
        run_octets(target, whole, size);
    run_octets(target, whole, length);
    free(whole);
}

static void what_fuzzers_found_is_read_without_harm(void **state)
{
    size_t replayed = 0;
    DIR *folder = opendir(REGRESSIONS);
    (void)state;
    assert_non_null(folder);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char path[512];
        if (entry->d_name[0] == '.')
            continue;
        const struct target *target = target_of(entry->d_name);
        if (target == NULL)
            fail_msg("%s: no target has this name", entry->d_name);
        snprintf(path, sizeof(path), REGRESSIONS "/%s", entry->d_name);
        replay(target, path);
        replayed++;
    }
    closedir(folder);
    assert_true(replayed > 0);
}

/* Runs inputs that stand one behind the other, each behind its length; returns their number. */
static size_t run_packed(const struct target *target, FILE *packed)
{
    uint8_t head[4];
    size_t count = 0;
    for (; fread(head, 1, sizeof(head), packed) == sizeof(head); count++) {
        size_t size = bytes_u32(head);
        assert_true(size <= LONGEST);
        uint8_t *octets = grow_take(size);
        assert_int_equal(fread(octets, 1, size, packed), size);
        run_octets(target, octets, size);
        free(octets);
    }
    assert_true(feof(packed));
    return count;
}

static void check_packed(const struct target *target, FILE *packed, int (*end)(FILE *),
                         const char *what)
{
    assert_non_null(packed);
    size_t count = run_packed(target, packed);
    assert_int_equal(end(packed), 0);
    print_message("%-10s %4zu %s\n", target->name, count, what);
    assert_true(count > 0);
}

static void a_corpus_is_read_without_harm(void **state)
{
    const struct target *target = *state;
    char path[128];
    snprintf(path, sizeof(path), CORPORA "/%s", target->name);
    check_packed(target, fopen(path, "rb"), fclose, "inputs");
}

static void seeds_are_read_without_harm(void **state)
{
    const struct target *target = *state;
    char command[128];
    snprintf(command, sizeof(command), SEEDS " fuzz_%s -", target->name);
    check_packed(target, popen(command, "r"), pclose, "seeds");
}

int main(void)
{
    struct CMUnitTest tests[1 + 2 * COUNT(targets)] = {
        cmocka_unit_test(what_fuzzers_found_is_read_without_harm),
    };
    for (size_t i = 0; i < COUNT(targets); i++) {
        void *target = (void *)(uintptr_t)&targets[i];
        tests[1 + 2 * i] = (struct CMUnitTest){.name = targets[i].name,
                                               .test_func = a_corpus_is_read_without_harm,
                                               .initial_state = target};
        tests[2 + 2 * i] = (struct CMUnitTest){.name = targets[i].name,
                                               .test_func = seeds_are_read_without_harm,
                                               .initial_state = target};
    }
    return cmocka_run_group_tests_name("what fuzzers found", tests, NULL, NULL);
}
