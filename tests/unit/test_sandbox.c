/* Once confined, the program can open nothing and make nothing; its broker opens what the options
 * name, and nothing else. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/broker.h"
#include "cli/sandbox.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* Exit codes of a child. */
enum { REFUSED = 10, DONE, BROKEN };

static int could(bool done)
{
    return done ? DONE : errno == EACCES ? REFUSED : BROKEN;
}

static int open_to_read(void)
{
    return could(open("/etc/passwd", O_RDONLY) >= 0);
}

static int open_to_write(void)
{
    return could(open("/tmp/heloscope-sandbox", O_WRONLY | O_CREAT, 0600) >= 0);
}

static int open_folder(void)
{
    return could(open("/", O_RDONLY | O_DIRECTORY) >= 0);
}

static int make_socket(void)
{
    return could(socket(AF_UNIX, SOCK_STREAM, 0) >= 0);
}

static int make_socket_pair(void)
{
    int ends[2];
    return could(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
}

static int make_process(void)
{
    return could(fork() >= 0);
}

static int run_program(void)
{
    return could(execl("/bin/true", "true", (char *)NULL) == 0);
}

static int signal_another(void)
{
    return could(kill(getppid(), 0) == 0);
}

static int trace(void)
{
    return could(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0);
}

static int make_code(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return could(page != MAP_FAILED);
}

static int look_at_path(void)
{
    struct stat about;
    return could(stat("/etc/passwd", &about) == 0);
}

static int type_into_terminal(void)
{
    return could(ioctl(STDIN_FILENO, TIOCSTI, "x") == 0);
}

static int unlink_file(void)
{
    return could(unlink("/tmp/heloscope-nothing") == 0);
}

static int send_to_address(void)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = "/tmp/heloscope-nothing"};
    return could(sendto(STDERR_FILENO, "x", 1, 0, (struct sockaddr *)&to, sizeof to) >= 0);
}

/* What no part of the program does once everything is open. */
static int (*const forbidden[])(void) = {
    open_to_read,       open_to_write,   open_folder,  make_socket,
    make_socket_pair,   make_process,    run_program,  trace,
    signal_another,     make_code,       look_at_path, unlink_file,
    type_into_terminal, send_to_address,
};

/* In a child: confined as role, tries one thing. Returns how it ended, as wait gives it. */
static int in_child(enum sandbox_role role, int (*try)(void), bool landlock_only)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit no_core = {0, 0};
        struct helo_error error;
        setrlimit(RLIMIT_CORE, &no_core);
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        bool confined = landlock_only ? sandbox_landlock(NULL, 0, &error)
                                      : sandbox_enter(role, NULL, 0, &error);
        _exit(confined ? try() : BROKEN);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void assert_killed(int status)
{
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSYS);
}

static void assert_exit(int status, int code)
{
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), code);
}

static void whatever_a_run_has_no_use_for_kills_it(void **state)
{
    (void)state;
    if (!sandbox_layers().seccomp)
        skip();
    for (size_t i = 0; i < COUNT(forbidden); i++) {
        assert_killed(in_child(SANDBOX_READER, forbidden[i], false));
        assert_killed(in_child(SANDBOX_WATCHER, forbidden[i], false));
    }
}

static void landlock_alone_refuses_every_file(void **state)
{
    (void)state;
    if (sandbox_layers().landlock == 0)
        skip();
    assert_exit(in_child(SANDBOX_READER, open_to_read, true), REFUSED);
    assert_exit(in_child(SANDBOX_READER, open_to_write, true), REFUSED);
    assert_exit(in_child(SANDBOX_READER, open_folder, true), REFUSED);
}

static void *fill(void *context)
{
    memset(context, 7, 100000);
    prctl(PR_SET_NAME, "worker");
    return context;
}

static int work_in_threads(void)
{
    pthread_t threads[4];
    for (size_t i = 0; i < COUNT(threads); i++)
        if (pthread_create(&threads[i], NULL, fill, malloc(100000)) != 0)
            return BROKEN;
    for (size_t i = 0; i < COUNT(threads); i++) {
        void *filled = NULL;
        pthread_join(threads[i], &filled);
        free(filled);
    }
    return DONE;
}

static int write_what_is_open(void)
{
    struct stat about;
    FILE *file = fdopen(STDERR_FILENO, "w");
    bool good = file != NULL && fstat(STDERR_FILENO, &about) == 0 && lseek(0, 0, SEEK_CUR) >= -1;
    return could(good && fprintf(file, "%s", "") == 0 && fflush(file) == 0);
}

static void threads_and_open_files_are_a_run_s_own(void **state)
{
    (void)state;
    for (unsigned role = SANDBOX_READER; role <= SANDBOX_WATCHER; role++) {
        assert_exit(in_child((enum sandbox_role)role, work_in_threads, false), DONE);
        assert_exit(in_child((enum sandbox_role)role, write_what_is_open, false), DONE);
    }
}

static void *open_it(void *context)
{
    _exit(open_to_read());
    return context;
}

static int open_in_thread(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, open_it, NULL) == 0)
        pthread_join(thread, NULL);
    return BROKEN;
}

static void a_thread_is_confined_as_its_maker_is(void **state)
{
    (void)state;
    if (!sandbox_layers().seccomp)
        skip();
    assert_killed(in_child(SANDBOX_READER, open_in_thread, false));
}

static int gate[2];

static void *open_when_told(void *context)
{
    char go;
    if (read(gate[0], &go, 1) == 1)
        _exit(open_to_read());
    return context;
}

/* A thread that was there before. */
static void a_thread_that_was_there_is_confined_too(void **state)
{
    int status = 0;
    (void)state;
    if (!sandbox_layers().seccomp)
        skip();
    assert_int_equal(pipe(gate), 0);
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit no_core = {0, 0};
        struct helo_error error;
        pthread_t thread;
        setrlimit(RLIMIT_CORE, &no_core);
        bool good = pthread_create(&thread, NULL, open_when_told, NULL) == 0 &&
                    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                    sandbox_seccomp(SANDBOX_READER, &error) && write(gate[1], "x", 1) == 1;
        if (good)
            pthread_join(thread, NULL);
        _exit(BROKEN);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_killed(status);
    close(gate[0]);
    close(gate[1]);
}

/* The broker. */

struct fixture {
    char folder[32];
    char paths[6][64];
    const char *reads[3];
    struct options_output outputs[2];
    struct options options;
    struct broker broker;
};

enum { FIRST, SECOND, EVENTS, OTHER, MOVED, LINKED };

static void make_file(const char *path, const char *content)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static int setup(void **state)
{
    static const char *const names[] = {"first", "second", "events", "other", "moved", "linked"};
    struct fixture *f = calloc(1, sizeof *f);
    if (f == NULL)
        return -1;
    strcpy(f->folder, "/tmp/broker-XXXXXX");
    if (mkdtemp(f->folder) == NULL)
        return -1;
    for (size_t i = 0; i < COUNT(names); i++) {
        snprintf(f->paths[i], sizeof f->paths[i], "%s/%s", f->folder, names[i]);
        if (i <= OTHER)
            make_file(f->paths[i], names[i]);
    }
    f->reads[0] = f->paths[FIRST];
    f->reads[1] = f->paths[SECOND];
    f->reads[2] = "-";
    f->outputs[0] = (struct options_output){HELO_FORMAT_JSON, f->paths[EVENTS]};
    f->outputs[1] = (struct options_output){HELO_FORMAT_TEXT, "-"};
    f->options = (struct options){
        .reads = f->reads, .read_count = 3, .outputs = f->outputs, .output_count = 2};
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    broker_stop(&f->broker);
    for (size_t i = 0; i < COUNT(f->paths); i++)
        unlink(f->paths[i]);
    rmdir(f->folder);
    free(f);
    return 0;
}

static void start(struct fixture *f)
{
    struct helo_error error = {""};
    assert_true(broker_start(&f->broker, &f->options, &error));
    assert_true(f->broker.fd >= 0);
}

static void assert_content(const char *path, const char *content)
{
    char text[64] = "";
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(text, content);
}

static void a_broker_opens_what_the_options_name(void **state)
{
    struct fixture *f = *state;
    char text[16] = "";
    start(f);
    for (int turn = 0; turn < 3; turn++) {
        int fd = broker_open_capture(&f->broker, f->paths[SECOND]);
        assert_true(fd >= 0);
        assert_int_equal(read(fd, text, sizeof text), 6);
        assert_memory_equal(text, "second", 6);
        assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
        assert_int_equal(write(fd, "x", 1), -1);
        close(fd);
    }
    assert_int_equal(rename(f->paths[EVENTS], f->paths[MOVED]), 0);
    int fd = broker_open_output(&f->broker, f->paths[EVENTS]);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "new", 3), 3);
    assert_int_equal(ftruncate(fd, 2), 0);
    close(fd);
    assert_content(f->paths[EVENTS], "ne");
    assert_content(f->paths[MOVED], "events");
}

static void assert_refused(int fd, int why)
{
    assert_int_equal(fd, -1);
    assert_int_equal(errno, why);
}

static void a_broker_opens_nothing_else(void **state)
{
    struct fixture *f = *state;
    start(f);
    assert_refused(broker_open_capture(&f->broker, f->paths[OTHER]), EACCES);
    assert_refused(broker_open_capture(&f->broker, f->paths[EVENTS]), EACCES);
    assert_refused(broker_open_capture(&f->broker, "-"), EACCES);
    assert_refused(broker_open_capture(&f->broker, "/etc/passwd"), EACCES);
    assert_refused(broker_open_output(&f->broker, f->paths[SECOND]), EACCES);
    assert_refused(broker_open_output(&f->broker, f->paths[OTHER]), EACCES);
    assert_refused(broker_open_output(&f->broker, "-"), EACCES);
    unlink(f->paths[SECOND]);
    assert_refused(broker_open_capture(&f->broker, f->paths[SECOND]), ENOENT);
}

/* Requests that no honest client makes. */
static void a_broker_survives_what_it_is_asked(void **state)
{
    struct fixture *f = *state;
    const uint32_t requests[][2] = {{0, 3}, {0, UINT32_MAX}, {1, 2}, {2, 0}, {UINT32_MAX, 0}};
    start(f);
    for (size_t i = 0; i < COUNT(requests); i++) {
        int32_t reply = 0;
        assert_int_equal(send(f->broker.fd, requests[i], sizeof requests[i], 0), 8);
        assert_int_equal(recv(f->broker.fd, &reply, sizeof reply, 0), sizeof reply);
        assert_int_equal(reply, EACCES);
    }
    int fd = broker_open_capture(&f->broker, f->paths[SECOND]);
    assert_true(fd >= 0);
    close(fd);
}

/* A FIFO that nobody writes holds up nobody either. */
static void a_broker_is_never_stuck(void **state)
{
    struct fixture *f = *state;
    unlink(f->paths[SECOND]);
    assert_int_equal(mkfifo(f->paths[SECOND], 0600), 0);
    start(f);
    int fd = broker_open_capture(&f->broker, f->paths[SECOND]);
    assert_true(fd >= 0);
    close(fd);
}

static void a_link_in_an_output_s_place_is_not_followed(void **state)
{
    struct fixture *f = *state;
    start(f);
    unlink(f->paths[EVENTS]);
    assert_int_equal(symlink(f->paths[OTHER], f->paths[EVENTS]), 0);
    assert_refused(broker_open_output(&f->broker, f->paths[EVENTS]), ELOOP);
    unlink(f->paths[EVENTS]);
    assert_int_equal(link(f->paths[OTHER], f->paths[EVENTS]), 0);
    assert_refused(broker_open_output(&f->broker, f->paths[EVENTS]), EACCES);
    unlink(f->paths[EVENTS]);
    assert_int_equal(mkfifo(f->paths[EVENTS], 0600), 0);
    assert_int_equal(broker_open_output(&f->broker, f->paths[EVENTS]), -1);
    assert_content(f->paths[OTHER], "other");
}

/* Nor is a folder that was put in the place of its folder. */
static void an_output_is_where_its_folder_was(void **state)
{
    struct fixture *f = *state;
    char inner[64], aside[64], target[80];
    snprintf(inner, sizeof inner, "%s/inner", f->folder);
    snprintf(aside, sizeof aside, "%s/aside", f->folder);
    snprintf(target, sizeof target, "%s/moved", inner);
    assert_int_equal(mkdir(inner, 0755), 0);
    make_file(target, "");
    f->outputs[0].target = target;
    start(f);
    assert_int_equal(rename(inner, aside), 0);
    assert_int_equal(symlink(f->folder, inner), 0);
    int fd = broker_open_output(&f->broker, target);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "here", 4), 4);
    close(fd);
    assert_int_equal(access(f->paths[MOVED], F_OK), -1);
    unlink(inner);
    snprintf(target, sizeof target, "%s/moved", aside);
    assert_content(target, "here");
    unlink(target);
    rmdir(aside);
}

static void a_broker_is_confined_itself(void **state)
{
    struct fixture *f = *state;
    char path[40], line[128];
    bool filtered = false, no_new = false;
    if (!sandbox_layers().seccomp)
        skip();
    start(f);
    snprintf(path, sizeof path, "/proc/%d/status", (int)f->broker.process);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        filtered |= strcmp(line, "Seccomp:\t2\n") == 0;
        no_new |= strcmp(line, "NoNewPrivs:\t1\n") == 0;
    }
    fclose(file);
    assert_true(filtered);
    assert_true(no_new);
    snprintf(path, sizeof path, "/proc/%d/fd/1", (int)f->broker.process);
    ssize_t len = readlink(path, line, sizeof line - 1);
    if (len > 0) /* 1 may be a folder of its own, but not what is ours */
        assert_memory_equal(line, f->folder, (size_t)len);
}

static void a_broker_ends_with_its_caller_s_end_of_the_socket(void **state)
{
    struct fixture *f = *state;
    start(f);
    pid_t process = f->broker.process;
    broker_stop(&f->broker);
    assert_int_equal(kill(process, 0), -1);
    assert_int_equal(errno, ESRCH);
}

static void none_is_started_where_nothing_is_opened_later(void **state)
{
    struct fixture *f = *state;
    struct helo_error error;
    f->options.read_count = 1;
    f->options.outputs = &f->outputs[1];
    f->options.output_count = 1;
    assert_true(broker_start(&f->broker, &f->options, &error));
    assert_int_equal(f->broker.fd, -1);
    assert_refused(broker_open_capture(&f->broker, f->paths[FIRST]), EACCES);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_a_run_has_no_use_for_kills_it),
        cmocka_unit_test(landlock_alone_refuses_every_file),
        cmocka_unit_test(threads_and_open_files_are_a_run_s_own),
        cmocka_unit_test(a_thread_is_confined_as_its_maker_is),
        cmocka_unit_test(a_thread_that_was_there_is_confined_too),
        TEST(a_broker_opens_what_the_options_name),
        TEST(a_broker_opens_nothing_else),
        TEST(a_broker_survives_what_it_is_asked),
        TEST(a_broker_is_never_stuck),
        TEST(a_link_in_an_output_s_place_is_not_followed),
        TEST(an_output_is_where_its_folder_was),
        TEST(a_broker_is_confined_itself),
        TEST(a_broker_ends_with_its_caller_s_end_of_the_socket),
        TEST(none_is_started_where_nothing_is_opened_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
