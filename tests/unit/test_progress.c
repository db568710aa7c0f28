/* What the program tells a person on stderr: numbers, the progress line, the summary. */
#include "cli/human.c"
#include "cli/progress.c"
#include "cli/summary.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* stderr, turned into a file for a while. */
struct diverted {
    int saved;
    FILE *file;
    char text[4096];
};

static void divert(struct diverted *d)
{
    fflush(stderr);
    d->saved = dup(STDERR_FILENO);
    d->file = tmpfile();
    assert_non_null(d->file);
    dup2(fileno(d->file), STDERR_FILENO);
}

static void restore(struct diverted *d)
{
    fflush(stderr);
    dup2(d->saved, STDERR_FILENO);
    close(d->saved);
    rewind(d->file);
    size_t len = fread(d->text, 1, sizeof d->text - 1, d->file);
    d->text[len] = '\0';
    fclose(d->file);
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("'%s' lacks '%s'", text, part);
}

static void counts_have_commas(void **state)
{
    (void)state;
    static const struct {
        uint64_t count;
        const char *text;
    } cases[] = {
        {0, "0"},
        {999, "999"},
        {1000, "1,000"},
        {123456, "123,456"},
        {1234567, "1,234,567"},
        {UINT64_MAX, "18,446,744,073,709,551,615"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(human_count(cases[i].count).text, cases[i].text);
    assert_string_equal(human_plural(0, "packet").text, "0 packets");
    assert_string_equal(human_plural(1, "packet").text, "1 packet");
    assert_string_equal(human_plural(2000, "packet").text, "2,000 packets");
}

static void sizes_and_times_have_two_or_three_digits(void **state)
{
    (void)state;
    static const struct {
        double bytes;
        const char *text;
    } sizes[] = {
        {0, "0 bytes"},     {1023, "1023 bytes"},  {1024, "1.0 KiB"},    {10180, "9.9 KiB"},
        {10240, "10 KiB"},  {1048000, "1023 KiB"}, {1048576, "1.0 MiB"}, {1.5e9, "1.4 GiB"},
        {2.5e13, "23 TiB"}, {1.8e19, "16 EiB"},
    };
    static const struct {
        double seconds;
        const char *text;
    } times[] = {
        {0, "0 ms"},           {-1, "0 ms"},        {0.0316, "32 ms"},
        {0.9994, "999 ms"},    {0.9996, "1.0 s"},   {9.94, "9.9 s"},
        {9.96, "10 s"},        {59.4, "59 s"},      {59.6, "1 min 0 s"},
        {3599, "59 min 59 s"}, {3600, "1 h 0 min"}, {86399, "23 h 59 min"},
        {86400, "1 d 0 h"},    {1e6, "11 d 13 h"},  {1e300, "11574074 d 1 h"},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        assert_string_equal(human_bytes(sizes[i].bytes).text, sizes[i].text);
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        assert_string_equal(human_duration(times[i].seconds).text, times[i].text);
}

static void the_progress_line_tells_share_rate_and_time_left(void **state)
{
    (void)state;
    static const struct {
        struct helo_capture_progress at;
        helo_time now;
        const char *line;
    } cases[] = {
        {{250, 1000, 42}, HELO_SECOND, "\r 25 %  42 packets  7 events  250 bytes/s  3.0 s left"},
        {{1000, 1000, 1}, HELO_SECOND, "\r100 %  1 packet  7 events  1000 bytes/s  0 ms left"},
        {{250, 1000, 42}, HELO_SECOND / 4, "\r 25 %  42 packets  7 events "},
        {{5000, 0, 42}, HELO_SECOND, "\r42 packets  7 events  4.9 KiB/s "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct progress progress = {0};
        struct diverted d;
        divert(&d);
        progress_show(&progress, &cases[i].at, 7, cases[i].now);
        restore(&d);
        assert_true(progress.shown);
        assert_int_equal(strncmp(d.text, cases[i].line, strlen(cases[i].line)), 0);
        assert_int_equal(strlen(d.text), 1 + WIDTH);
        assert_int_equal(strstr(d.text, "left") != NULL, i < 2);
    }
}

static void the_widest_progress_line_is_cut_to_the_terminal(void **state)
{
    (void)state;
    struct progress progress = {0};
    struct helo_capture_progress at = {1, UINT64_MAX, UINT64_MAX};
    struct diverted d;
    divert(&d);
    progress_show(&progress, &at, UINT64_MAX, INT64_MAX);
    restore(&d);
    assert_int_equal(strlen(d.text), 1 + WIDTH);
}

static void the_progress_line_is_cleared_once(void **state)
{
    (void)state;
    struct progress progress = {.shown = true};
    struct diverted d;
    divert(&d);
    progress_clear(&progress);
    progress_clear(&progress);
    restore(&d);
    assert_int_equal(strlen(d.text), 2 + WIDTH);
    assert_int_equal(d.text[strlen(d.text) - 1], '\r');
    assert_int_equal(strspn(d.text + 1, " "), WIDTH);
}

static void the_summary_has_two_lines_when_all_is_well(void **state)
{
    (void)state;
    struct summary summary = {
        .read = {.read_bytes = 1500000, .packets = 2000},
        .seen = {[HELO_DATASET_SESSION] = 3, [HELO_DATASET_MESSAGE] = 1, [HELO_DATASET_AUTH] = 2},
        .written = 6,
        .first = HELO_SECOND,
        .last = 61 * HELO_SECOND,
        .elapsed = 20 * HELO_MILLISECOND,
        .stats = {.packets_received = 2000},
    };
    struct diverted d;
    divert(&d);
    summary_print(&summary);
    restore(&d);
    assert_string_equal(
        d.text,
        "heloscope: 2,000 packets, 1.4 MiB, 1 min 0 s of traffic; read in 20 ms\n"
        "heloscope: 3 sessions, 1 message, 2 authentications, 0 anomalies; 6 events written\n");
}

static void the_summary_names_every_doubt(void **state)
{
    (void)state;
    struct summary summary = {.first = HELO_NO_TIME, .interrupted = true};
    summary.stats.packets_truncated = 1;
    summary.stats.gaps = 2;
    summary.stats.gap_bytes = 2920;
    summary.stats.flows_evicted = 5;
    uint64_t total = 0;
    for (size_t i = 0; i < HELO_UNDECODABLE_COUNT; i++)
        total += summary.stats.undecodable[i] = i + 1;
    struct diverted d;
    divert(&d);
    summary_print(&summary);
    restore(&d);
    assert_has(d.text, ", stopped by a signal\n");
    assert_has(d.text, "1 packet cut by the snap length");
    assert_has(d.text, "2 gaps in the streams, 2,920 octets never captured");
    assert_has(d.text, "5 connections given up at the memory cap");
    char line[100];
    snprintf(line, sizeof line, "%d packets could not be decoded: 1 %s, 2 %s", (int)total,
             reasons[0], reasons[1]);
    assert_has(d.text, line);
    for (size_t i = 0; i < HELO_UNDECODABLE_COUNT; i++)
        assert_has(d.text, reasons[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_have_commas),
        cmocka_unit_test(sizes_and_times_have_two_or_three_digits),
        cmocka_unit_test(the_progress_line_tells_share_rate_and_time_left),
        cmocka_unit_test(the_widest_progress_line_is_cut_to_the_terminal),
        cmocka_unit_test(the_progress_line_is_cleared_once),
        cmocka_unit_test(the_summary_has_two_lines_when_all_is_well),
        cmocka_unit_test(the_summary_names_every_doubt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
