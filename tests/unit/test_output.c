/* Outputs of a live run: nobody waits for them, what they do not take is kept and then counted, and
 * files are opened anew without losing or repeating a line. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/mem.h"
#include "report/output.h"

#define MANY 2000

struct fixture {
    char folder[32];
    char path[64];
    char moved[64];
    struct mem *mem;
    struct output *output;
    unsigned next; /* number of the next line */
    char *text;    /* what was read, NUL-terminated */
    size_t len;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    if (f == NULL)
        return -1;
    strcpy(f->folder, "/tmp/output-XXXXXX");
    if (mkdtemp(f->folder) == NULL)
        return -1;
    snprintf(f->path, sizeof(f->path), "%s/events", f->folder);
    snprintf(f->moved, sizeof(f->moved), "%s/events.1", f->folder);
    f->mem = mem_new(LIMIT_REPORT_MEMORY, 0);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    *state = f;
    return f->mem != NULL ? 0 : -1;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    output_close(f->output);
    mem_destroy(f->mem);
    unlink(f->path);
    unlink(f->moved);
    rmdir(f->folder);
    free(f->text);
    free(f);
    return 0;
}

static void open_output(struct fixture *f, const char *target, bool live)
{
    struct helo_error error = {""};
    assert_int_equal(output_open(f->mem, "json", target, live, &f->output, &error), HELO_OK);
}

/* Lines of different lengths, each with its number; how many were taken. */
static unsigned write_lines_of(struct fixture *f, unsigned count)
{
    unsigned taken = 0;
    for (unsigned i = 0; i < count; i++) {
        char line[1400];
        unsigned padding = f->next * 37 % 1300;
        int len = snprintf(line, sizeof(line), "%u %0*d\n", f->next++, (int)padding + 1, 0);
        taken += output_line(f->output, line, (size_t)len);
    }
    return taken;
}

static void append_fd(struct fixture *f, int fd)
{
    char some[65536];
    ssize_t n;
    while ((n = read(fd, some, sizeof(some))) > 0) {
        f->text = realloc(f->text, f->len + (size_t)n + 1);
        memcpy(f->text + f->len, some, (size_t)n);
        f->len += (size_t)n;
        f->text[f->len] = '\0';
    }
}

static void append_file(struct fixture *f, const char *path)
{
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    append_fd(f, fd);
    close(fd);
}

/* How many lines there are, which must be whole, of increasing numbers, and without a hole unless
 * some may be missing. */
static unsigned check_lines(const struct fixture *f, bool may_miss)
{
    unsigned count = 0;
    long last = -1;
    for (char *at = f->text; at != NULL && *at != '\0';) {
        char *end = strchr(at, '\n');
        char *behind;
        assert_non_null(end);
        long number = strtol(at, &behind, 10);
        assert_int_equal(end - behind - 1, number * 37 % 1300 + 1);
        assert_true(may_miss ? number > last : number == last + 1);
        last = number;
        count++;
        at = end + 1;
    }
    return count;
}

static void limit_files(rlim_t octets)
{
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = octets < limit.rlim_max ? octets : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void lines_wait_for_a_full_disk_and_none_is_torn(void **state)
{
    struct fixture *f = *state;
    open_output(f, f->path, true);
    limit_files(100001);
    unsigned taken = write_lines_of(f, MANY);
    bool good = output_flush(f->output);
    struct output_state full = output_state(f->output);
    append_file(f, f->path);
    limit_files(RLIM_INFINITY);
    assert_true(good);
    assert_int_equal(taken, MANY);
    assert_int_equal(full.trouble, EFBIG);
    assert_int_equal(full.failure, 0);
    assert_int_equal(full.dropped, 0);
    assert_true(f->len > 98000 && f->len <= 100001);
    assert_true(check_lines(f, false) > 50); /* whole ones, while it is full */

    assert_true(output_flush(f->output));
    assert_int_equal(output_state(f->output).trouble, 0);
    f->len = 0;
    append_file(f, f->path);
    assert_int_equal(check_lines(f, false), MANY);
}

static void what_no_queue_has_room_for_is_dropped_and_counted(void **state)
{
    struct fixture *f = *state;
    unsigned lines = 3 * LIMIT_OUTPUT_QUEUE / 660;
    open_output(f, f->path, true);
    limit_files(100001);
    unsigned taken = write_lines_of(f, lines);
    output_flush(f->output);
    struct output_state full = output_state(f->output);
    limit_files(RLIM_INFINITY);
    assert_true(taken < lines / 2 && taken > lines / 4);
    assert_int_equal(full.written, taken);
    assert_int_equal(full.dropped, lines - taken);
    assert_true(output_finish(f->output));
    assert_int_equal(output_state(f->output).written, taken);
    append_file(f, f->path);
    assert_int_equal(check_lines(f, true), taken);
}

static void a_disk_that_stays_full_costs_whole_lines_at_the_end(void **state)
{
    struct fixture *f = *state;
    open_output(f, f->path, true);
    limit_files(100001);
    write_lines_of(f, MANY);
    output_finish(f->output);
    struct output_state last = output_state(f->output);
    limit_files(RLIM_INFINITY);
    append_file(f, f->path);
    assert_int_equal(check_lines(f, false), last.written);
    assert_int_equal(last.written + last.dropped, MANY);
    assert_true(last.dropped > 0);
}

static void in_a_file_that_grows_at_its_end_none_is_torn_either(void **state)
{
    struct fixture *f = *state;
    int kept = dup(STDOUT_FILENO);
    int fd = open(f->path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    fflush(stdout);
    dup2(fd, STDOUT_FILENO);
    close(fd);
    limit_files(100001);
    open_output(f, "-", false);
    write_lines_of(f, MANY);
    bool good = output_flush(f->output);
    limit_files(RLIM_INFINITY);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    assert_false(good);
    append_file(f, f->path);
    assert_int_equal(check_lines(f, false), output_state(f->output).written);
    assert_true(f->len > 98000);
}

/* An output to a pipe that nobody reads yet; its reading end, which does not wait. */
static int open_pipe(struct fixture *f)
{
    char target[32];
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    snprintf(target, sizeof(target), "/dev/fd/%d", ends[1]);
    open_output(f, target, true);
    close(ends[1]);
    return ends[0];
}

static void a_slow_reader_holds_nobody_up(void **state)
{
    struct fixture *f = *state;
    int reader = open_pipe(f);
    unsigned lines = 2 * LIMIT_OUTPUT_QUEUE / 660;
    unsigned taken = write_lines_of(f, lines); /* would never return if it waited */
    assert_true(output_flush(f->output));
    struct output_state slow = output_state(f->output);
    assert_int_equal(slow.trouble, EAGAIN);
    assert_int_equal(slow.dropped, lines - taken);
    assert_true(slow.dropped > 0);
    while (output_state(f->output).trouble != 0) {
        append_fd(f, reader);
        assert_true(output_flush(f->output));
    }
    append_fd(f, reader);
    assert_int_equal(check_lines(f, true), taken);
    assert_int_equal(write_lines_of(f, 10), 10);
    assert_true(output_finish(f->output));
    append_fd(f, reader);
    assert_int_equal(check_lines(f, true), taken + 10);
    close(reader);
}

static void a_reader_that_stops_has_whole_lines(void **state)
{
    struct fixture *f = *state;
    int reader = open_pipe(f);
    write_lines_of(f, MANY);
    output_finish(f->output); /* after a while of patience */
    struct output_state last = output_state(f->output);
    append_fd(f, reader);
    assert_int_equal(check_lines(f, false), last.written);
    assert_int_equal(last.written + last.dropped, MANY);
    assert_true(last.dropped > 0);
    close(reader);
}

static void a_reader_that_goes_away_ends_the_output(void **state)
{
    struct fixture *f = *state;
    close(open_pipe(f));
    assert_int_equal(write_lines_of(f, 10), 10);
    assert_false(output_flush(f->output));
    assert_int_equal(output_state(f->output).failure, EPIPE);
    assert_int_equal(write_lines_of(f, 10), 0);
    assert_int_equal(output_state(f->output).dropped, 20);
    assert_int_equal(output_state(f->output).written, 0);
}

static int open_anew(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    return fd;
}

static void a_file_that_was_renamed_is_followed_by_a_new_one(void **state)
{
    struct fixture *f = *state;
    for (int live = 0; live <= 1; live++) {
        f->next = 0;
        f->len = 0;
        unlink(f->path);
        open_output(f, f->path, live);
        assert_true(output_is_file(f->output));
        write_lines_of(f, MANY);
        assert_int_equal(rename(f->path, f->moved), 0);
        write_lines_of(f, MANY);
        assert_true(output_replace(f->output, open_anew(f->path)));
        write_lines_of(f, MANY);
        assert_true(output_finish(f->output));
        append_file(f, f->moved);
        assert_int_equal(check_lines(f, false), 2 * MANY);
        append_file(f, f->path);
        assert_int_equal(check_lines(f, false), 3 * MANY);
        output_close(f->output);
        f->output = NULL;
    }
}

static void a_file_that_was_not_renamed_keeps_what_it_has(void **state)
{
    struct fixture *f = *state;
    open_output(f, f->path, true);
    for (int i = 0; i < 3; i++) {
        write_lines_of(f, MANY);
        assert_true(output_replace(f->output, open_anew(f->path)));
    }
    append_file(f, f->path);
    assert_int_equal(check_lines(f, false), 3 * MANY);
}

static void what_a_full_disk_did_not_take_goes_to_the_new_file(void **state)
{
    struct fixture *f = *state;
    open_output(f, f->path, true);
    limit_files(100001);
    write_lines_of(f, MANY);
    output_flush(f->output);
    rename(f->path, f->moved);
    bool replaced = output_replace(f->output, open_anew(f->path));
    limit_files(RLIM_INFINITY);
    assert_true(replaced);
    assert_true(output_finish(f->output));
    append_file(f, f->moved);
    assert_true(check_lines(f, false) < MANY);
    append_file(f, f->path);
    assert_int_equal(check_lines(f, false), MANY);
}

static void a_file_is_replaced_by_nothing_else(void **state)
{
    struct fixture *f = *state;
    int ends[2];
    open_output(f, f->path, true);
    write_lines_of(f, 5);
    assert_int_equal(pipe(ends), 0);
    assert_false(output_replace(f->output, ends[1]));
    assert_int_equal(errno, EINVAL);
    close(ends[0]);
    close(ends[1]);
    write_lines_of(f, 5);
    assert_true(output_finish(f->output));
    append_file(f, f->path);
    assert_int_equal(check_lines(f, false), 10);
    output_close(f->output);
    open_output(f, "/dev/null", true);
    assert_false(output_is_file(f->output));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lines_wait_for_a_full_disk_and_none_is_torn),
        TEST(what_no_queue_has_room_for_is_dropped_and_counted),
        TEST(a_disk_that_stays_full_costs_whole_lines_at_the_end),
        TEST(in_a_file_that_grows_at_its_end_none_is_torn_either),
        TEST(a_slow_reader_holds_nobody_up),
        TEST(a_reader_that_stops_has_whole_lines),
        TEST(a_reader_that_goes_away_ends_the_output),
        TEST(a_file_that_was_renamed_is_followed_by_a_new_one),
        TEST(a_file_that_was_not_renamed_keeps_what_it_has),
        TEST(what_a_full_disk_did_not_take_goes_to_the_new_file),
        TEST(a_file_is_replaced_by_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
