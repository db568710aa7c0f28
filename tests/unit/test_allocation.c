/* Memory that is not there: the n-th allocation fails, for every n, once as the system's (malloc
 * and its kin, of everything that is ours: capture, report, outputs, engine) and once as one of
 * base/mem.h's. Whatever fails: no crash, all that was taken comes back, only whole and sound lines
 * are written, and nothing untrue is said.
 *
 * The program is linked with --wrap for the functions below; what libraries take is theirs. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "../support/grow.h"
#include "../support/sound.h"
#include "../support/truth.h"
#include "cli/options.h"
#include "exact.h"
#include "heloscope/capture.h"
#include "heloscope/report.h"

#define ARGUMENTS 16
/* No capture below needs as many. */
#define MOST 200000u

/* The allocations of the run at hand; they are counted, and fail, only while one is at hand. */
static struct {
    bool armed;
    bool failed;
    uint64_t count;
    uint64_t fail_at; /* 0: none */
    int64_t live;     /* blocks that have not come back */
} heap;

static bool heap_refuses(void)
{
    if (!heap.armed || ++heap.count != heap.fail_at)
        return false;
    heap.failed = true;
    errno = ENOMEM;
    return true;
}

static void *heap_counts(void *block)
{
    heap.live += heap.armed && block != NULL;
    return block;
}

/* The linker's names for what is behind the wrapped functions.
 * NOLINTBEGIN(bugprone-reserved-*,cert-*) */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_reallocarray(void *block, size_t count, size_t size);
char *__real_strdup(const char *text);
void __real_free(void *block);
FILE *__real_fopen(const char *path, const char *mode);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_reallocarray(void *block, size_t count, size_t size);
char *__wrap_strdup(const char *text);
void __wrap_free(void *block);
FILE *__wrap_fopen(const char *path, const char *mode);

void *__wrap_malloc(size_t size)
{
    return heap_refuses() ? NULL : heap_counts(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return heap_refuses() ? NULL : heap_counts(__real_calloc(count, size));
}

void *__wrap_reallocarray(void *block, size_t count, size_t size)
{
    if (heap_refuses())
        return NULL;
    return block == NULL ? heap_counts(__real_reallocarray(block, count, size))
                         : __real_reallocarray(block, count, size);
}

char *__wrap_strdup(const char *text)
{
    return heap_refuses() ? NULL : heap_counts(__real_strdup(text));
}

void __wrap_free(void *block)
{
    heap.live -= heap.armed && block != NULL;
    __real_free(block);
}

/* A FILE is an allocation too. */
FILE *__wrap_fopen(const char *path, const char *mode)
{
    return heap_refuses() ? NULL : __real_fopen(path, mode);
}
/* NOLINTEND(bugprone-reserved-*,cert-*) */

/* What is run: options for a capture, what they are about, and how it went. */
struct work {
    const char *options;
    const char *paths[2]; /* of the outputs, JSON and text: files in memory */
    int files[2];
    uint64_t fail_take; /* the engine's n-th allocation fails; 0: none */
    bool refused;       /* something could not be begun */
    struct helo_error error;
    struct helo_stats stats;
};

static bool on_packet(void *engine, const struct helo_packet *packet)
{
    helo_engine_packet(engine, packet);
    return true;
}

static enum helo_status open_report(const struct work *work, const struct options *options,
                                    struct helo_report **report, struct helo_error *error)
{
    struct helo_report_config config = {.sensor = options->sensor,
                                        .datasets = options->datasets,
                                        .credentials = options->credentials,
                                        .hash_key = options->hash_key,
                                        .hash_key_len = options->hash_key_len};
    enum helo_status status = helo_report_new(&config, report, error);
    if (status == HELO_OK)
        status = helo_report_add(*report, HELO_FORMAT_JSON, work->paths[0], false, error);
    if (status == HELO_OK)
        status = helo_report_add(*report, HELO_FORMAT_TEXT, work->paths[1], true, error);
    return status;
}

/* As the program does it. */
static enum helo_status run_options(struct work *work, struct options *options)
{
    struct helo_capture *capture = NULL;
    struct helo_report *report = NULL;
    struct helo_engine *engine = NULL;
    options->engine.fail_allocation = work->fail_take;
    enum helo_status status = helo_capture_open_files(options->reads, options->read_count,
                                                      options->filter, &capture, &work->error);
    if (status == HELO_OK)
        status = open_report(work, options, &report, &work->error);
    if (status == HELO_OK)
        status =
            helo_engine_new(&options->engine, helo_report_event, report, &engine, &work->error);
    work->refused = status != HELO_OK;
    if (status == HELO_OK)
        status = helo_capture_run(capture, on_packet, engine, &work->error);
    if (engine != NULL) {
        struct helo_error error = {""};
        helo_time end = helo_engine_clock(engine);
        helo_engine_flush(engine);
        helo_engine_stats(engine, &work->stats);
        helo_report_stats(report, &work->stats, end);
        if (helo_report_flush(report, &error) != HELO_OK && status == HELO_OK) {
            status = HELO_ERROR_OUTPUT;
            work->error = error;
        }
    }
    helo_engine_free(engine);
    helo_report_free(report);
    helo_capture_close(capture);
    return status;
}

static enum helo_status run_work(struct work *work)
{
    char line[512];
    char *words[ARGUMENTS + 2] = {(char[]){"heloscope"}};
    int count = 1;
    struct options options;
    snprintf(line, sizeof(line), "%s", work->options);
    for (char *rest = line, *word = strsep(&rest, " "); word != NULL && count <= ARGUMENTS;
         word = strsep(&rest, " "))
        words[count++] = word;
    work->error.message[0] = '\0';
    work->refused = true;
    enum helo_status status = HELO_ERROR_CONFIG;
    if (options_parse(&options, count, words, &work->error))
        status = run_options(work, &options);
    options_free(&options);
    return status;
}

static void work_open(struct work *work, const char *options)
{
    static char paths[2][64];
    *work = (struct work){.options = options};
    for (unsigned i = 0; i < 2; i++) {
        work->files[i] = memfd_create("output", 0);
        snprintf(paths[i], sizeof(paths[i]), "/proc/self/fd/%d", work->files[i]);
        work->paths[i] = paths[i];
    }
}

static void work_close(struct work *work)
{
    close(work->files[0]);
    close(work->files[1]);
}

static void empty_outputs(const struct work *work)
{
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(ftruncate(work->files[i], 0), 0);
}

/* What was said of one connection, borrowed from the events of a run: as many keys name it. Who
 * spoke with whom does; one that was given up may be picked up again, under another id. */
#define CONNECTION 4
#define SESSION    5
static struct run_result part_of(const struct run_result *whole, const struct jtree *like,
                                 size_t count)
{
    static const char *const keys[] = {"source.ip", "source.port", "destination.ip",
                                       "destination.port", "smtp.session.id"};
    struct run_result part = {0};
    for (size_t i = 0; i < whole->count; i++) {
        bool same = true;
        for (size_t k = 0; k < count; k++)
            same = same &&
                   strcmp(jtree_text(whole->events[i], keys[k]), jtree_text(like, keys[k])) == 0;
        if (!same)
            continue;
        part.events = grow_array(part.events, &part.capacity, part.count, sizeof(struct jtree *));
        part.events[part.count++] = whole->events[i];
    }
    return part;
}

/* That a connection was given up is no untruth about how it closed. */
static void allow_eviction(const struct jtree *session)
{
    const struct jtree *reason = jtree_at(session, "smtp.session.close.reason");
    if (reason == NULL || strcmp(reason->text, "evicted") != 0)
        return;
    assert_string_equal(jtree_text(session, "event.outcome"), "unknown");
    memcpy(reason->text, "unknown", sizeof("unknown"));
}

/* An anomaly that did not happen; NULL: none. That the sensor had to give up something, and where
 * the capture has losses, it may say. */
static const char *false_alarm(const struct run_result *truth, const struct run_result *said)
{
    for (size_t i = 0; i < said->count; i++) {
        const char *rule = jtree_text(said->events[i], "rule.id");
        bool happened = *rule == '\0' || strcmp(rule, "HS-902") == 0 || strcmp(rule, "HS-903") == 0;
        for (size_t k = 0; k < truth->count && !happened; k++)
            happened = strcmp(jtree_text(truth->events[k], "rule.id"), rule) == 0;
        if (!happened)
            return rule;
    }
    return NULL;
}

/* NULL if all that is said is true; else what is not, owned. */
static char *untruth(const struct run_result *truth, const struct run_result *said)
{
    const char *rule = false_alarm(truth, said);
    if (rule != NULL)
        return grow_copy(rule, strlen(rule));
    for (size_t i = 0; i < said->count; i++) {
        if (strcmp(run_dataset(said->events[i]), "session") != 0)
            continue;
        allow_eviction(said->events[i]);
        struct run_result real = part_of(truth, said->events[i], CONNECTION);
        struct run_result seen = part_of(said, said->events[i], SESSION);
        char *why = truth_violation(&real, &seen);
        free(real.events);
        free(seen.events);
        if (why != NULL)
            return why;
    }
    return NULL;
}

struct world {
    struct work work;
    struct run_result *truth;
    uint64_t refused;
};

/* The n-th allocation fails: which of the two kinds, says take. False if there was no such one. */
static bool fail_one(struct world *world, uint64_t n, bool take)
{
    struct work *work = &world->work;
    size_t length[2];
    empty_outputs(work);
    work->fail_take = take ? n : 0;
    heap.fail_at = take ? 0 : n;
    heap.count = 0;
    heap.failed = false;
    heap.live = 0;
    heap.armed = true;
    enum helo_status status = run_work(work);
    heap.armed = false;
    bool failed =
        take ? work->stats.allocation_failures > 0 || status == HELO_ERROR_MEMORY : heap.failed;
    if (heap.live != 0)
        fail_msg("%s %llu: %lld blocks did not come back", take ? "take" : "allocation",
                 (unsigned long long)n, (long long)heap.live);
    if (status != HELO_OK && sound_message(work->error.message) != NULL)
        fail_msg("allocation %llu: %s", (unsigned long long)n, sound_message(work->error.message));
    world->refused += work->refused;
    char *json = grow_read_file(work->paths[0], &length[0]);
    char *text = grow_read_file(work->paths[1], &length[1]);
    if (sound_json(json, length[0]) != NULL || sound_text(text, length[1], true) != NULL)
        fail_msg("%s %llu: unsound lines", take ? "take" : "allocation", (unsigned long long)n);
    struct run_result *said = run_from_text(json);
    char *why = untruth(world->truth, said);
    if (why != NULL)
        fail_msg("%s %llu: %s", take ? "take" : "allocation", (unsigned long long)n, why);
    run_free(said);
    free(json);
    free(text);
    return failed;
}

static void no_failure_does_harm(void **state)
{
    struct world world = {0};
    uint64_t system = 0, takes = 0;
    size_t length;
    work_open(&world.work, *state);
    assert_int_equal(run_work(&world.work), HELO_OK);
    char *json = grow_read_file(world.work.paths[0], &length);
    world.truth = run_from_text(json);
    assert_false(world.truth->broken);
    assert_true(world.truth->count > 0);
    free(json);
    while (system < MOST && fail_one(&world, system + 1, false))
        system++;
    while (takes < MOST && fail_one(&world, takes + 1, true))
        takes++;
    print_message("%-60s %5llu of the system and %5llu takes failed; %llu runs refused\n",
                  world.work.options, (unsigned long long)system, (unsigned long long)takes,
                  (unsigned long long)world.refused);
    assert_in_range(system, 10, MOST - 1);
    assert_in_range(takes, 10, MOST - 1);
    run_free(world.truth);
    work_close(&world.work);
}

int main(void)
{
#define READ(name) "-e all -r pcaps/" name ".pcap"
    static const char *const cases[] = {
        READ("postfix-plain") " -v port 25",
        READ("postfix-clients"),
        READ("postfix-pipelining"),
        READ("postfix-bdat-chunks"),
        READ("postfix-too-many-errors"),
        READ("postfix-xclient"),
        READ("postfix-out-of-order"),
        READ("auth-order-dovecot"),
        READ("auth-scram-postfix") " --credentials reveal",
        READ("auth-ntlm"),
        READ("auth-gssapi"),
        READ("auth-oauthbearer"),
        READ("abuse-brute-force"),
        READ("abuse-smuggling-accepted"),
        READ("abuse-harvest"),
        READ("lmtp-mixed") " --ports 24",
        READ("tls-postfix-smtps"),
        READ("tls-cleartext-after-220"),
        READ("tunnel-vxlan-fragments") " --flow-key vlan,vni",
        READ("made-nested-8") " --checksums",
        READ("proxy-v2-postfix"),
        READ("wire-midstream-in-data"),
        READ("wire-snaplen"),
        "-e all -r pcaps/postfix-plain.pcap -r pcaps/wire-ipv6.pcap",
    };
    struct CMUnitTest tests[COUNT(cases)];
    for (size_t i = 0; i < COUNT(cases); i++)
        tests[i] = (struct CMUnitTest){.name = cases[i],
                                       .test_func = no_failure_does_harm,
                                       .initial_state = (void *)(uintptr_t)cases[i]};
    return cmocka_run_group_tests_name("allocations that fail", tests, NULL, NULL);
}
