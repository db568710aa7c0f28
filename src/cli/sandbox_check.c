/* The self-test of the sandbox: each attempt is made by a process of its own, confined as a run is,
 * as a layer that works may kill it. */
#include "cli/sandbox_check.h"

#include "cli/privileges.h"
#include "cli/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Exit codes of a process that tries: what it tried was refused, or it could do it. */
enum outcome { REFUSED = 10, DONE = 11, BROKEN = 12 };

/* What a process is when it tries. */
enum layer { LAYER_USER, LAYER_LANDLOCK, LAYER_SECCOMP };

static int outcome(bool could)
{
    return could ? DONE : REFUSED;
}

static int read_a_file(void)
{
    return outcome(open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0);
}

static int make_a_file(void)
{
    return outcome(open("/tmp", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600) >= 0);
}

static int make_a_socket(void)
{
    return outcome(socket(AF_INET, SOCK_STREAM, 0) >= 0);
}

static int make_a_packet_socket(void)
{
    return outcome(socket(AF_PACKET, SOCK_RAW, 0) >= 0);
}

/* Nobody listens on the port: it is refused by the peer where it is not by the kernel. */
static int connect_somewhere(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool may = fd >= 0 && (connect(fd, (struct sockaddr *)&to, sizeof to) == 0 || errno != EACCES);
    return outcome(may);
}

static int make_a_process(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    return outcome(child > 0);
}

static int run_a_program(void)
{
    execl("/bin/true", "true", (char *)NULL);
    return REFUSED;
}

static int trace_a_process(void)
{
    return outcome(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0);
}

static int make_code(void)
{
    void *page =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return outcome(page != MAP_FAILED);
}

static int become_root(void)
{
    return outcome(geteuid() != 0 && setuid(0) == 0);
}

static int have_a_capability(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};
    if (syscall(SYS_capget, &header, data) != 0)
        return BROKEN;
    return outcome((data[0].permitted | data[0].effective | data[0].inheritable |
                    data[1].permitted | data[1].effective | data[1].inheritable) != 0);
}

static int gain_a_privilege(void)
{
    return outcome(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1);
}

static int have_a_bounding_set(void)
{
    bool any = false;
    for (unsigned long capability = 0; capability <= CAP_LAST_CAP; capability++)
        any |= prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1;
    return outcome(any);
}

static void *do_nothing(void *nothing)
{
    return nothing;
}

static int make_a_thread(void)
{
    pthread_t thread;
    return outcome(pthread_create(&thread, NULL, do_nothing, NULL) == 0 &&
                   pthread_join(thread, NULL) == 0);
}

/* A thread is confined like who made it. */
static void *read_in_a_thread(void *nothing)
{
    _exit(read_a_file());
    return nothing;
}

static int read_a_file_in_a_thread(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, read_in_a_thread, NULL) == 0)
        pthread_join(thread, NULL);
    return BROKEN;
}

static int write_and_allocate(void)
{
    void *much = malloc(8u << 20);
    bool could = much != NULL && write(STDERR_FILENO, "", 0) == 0;
    free(much);
    return outcome(could);
}

static const struct attempt {
    enum layer layer;
    const char *what;
    int (*try)(void);
    bool may; /* it is what a run does itself */
} attempts[] = {
    {LAYER_USER, "become root", become_root, false},
    {LAYER_USER, "have a capability", have_a_capability, false},
    {LAYER_USER, "gain privileges by a program", gain_a_privilege, false},
    {LAYER_USER, "have a capability bounding set", have_a_bounding_set, false},
    {LAYER_LANDLOCK, "read a file", read_a_file, false},
    {LAYER_LANDLOCK, "make a file", make_a_file, false},
    {LAYER_LANDLOCK, "connect by TCP", connect_somewhere, false},
    {LAYER_SECCOMP, "read a file", read_a_file, false},
    {LAYER_SECCOMP, "read a file in a thread", read_a_file_in_a_thread, false},
    {LAYER_SECCOMP, "make a file", make_a_file, false},
    {LAYER_SECCOMP, "make a socket", make_a_socket, false},
    {LAYER_SECCOMP, "make a packet socket", make_a_packet_socket, false},
    {LAYER_SECCOMP, "make a process", make_a_process, false},
    {LAYER_SECCOMP, "run a program", run_a_program, false},
    {LAYER_SECCOMP, "trace a process", trace_a_process, false},
    {LAYER_SECCOMP, "make code", make_code, false},
    {LAYER_SECCOMP, "make a thread", make_a_thread, true},
    {LAYER_SECCOMP, "write and allocate", write_and_allocate, true},
};
#define ATTEMPTS (sizeof attempts / sizeof attempts[0])

/* In the process that tries. Everything that a run gives up, but of the layers that open nothing
 * one alone: the other would hide that it does not hold. */
static int try_confined(const struct attempt *attempt, const struct privileges *privileges,
                        enum sandbox_role role)
{
    const struct rlimit no_core = {0, 0};
    struct helo_error error = {""};
    setrlimit(RLIMIT_CORE, &no_core);
    bool ready = privileges_drop(privileges, &error);
    if (ready && attempt->layer == LAYER_LANDLOCK)
        ready = sandbox_landlock(NULL, 0, &error);
    if (ready && attempt->layer == LAYER_SECCOMP)
        ready = sandbox_seccomp(role, &error);
    if (ready)
        return attempt->try();
    fprintf(stderr, "heloscope: %s\n", error.message);
    return BROKEN;
}

/* How it ended, as wait gives it; -1: it was not even begun. */
static int run_attempt(const struct attempt *attempt, const struct privileges *privileges,
                       enum sandbox_role role)
{
    int status = -1;
    pid_t child = fork();
    if (child == 0)
        _exit(try_confined(attempt, privileges, role));
    if (child > 0)
        waitpid(child, &status, 0);
    return status;
}

static const char *word_for(int status)
{
    if (status != -1 && WIFSIGNALED(status))
        return WTERMSIG(status) == SIGSYS ? "killed" : "died";
    switch (status == -1 ? BROKEN : WEXITSTATUS(status)) {
    case REFUSED:
        return "refused";
    case DONE:
    case 0: /* of the program that was run */
        return "possible";
    default:
        return "can't be tried";
    }
}

static bool held(const struct attempt *attempt, const char *word)
{
    if (attempt->may)
        return strcmp(word, "possible") == 0;
    return strcmp(word, attempt->layer == LAYER_SECCOMP ? "killed" : "refused") == 0;
}

static bool is_missing(const struct attempt *attempt, const struct sandbox_layers *layers)
{
    if (attempt->try == connect_somewhere && layers->landlock < 4)
        return true;
    return (attempt->layer == LAYER_SECCOMP && !layers->seccomp) ||
           (attempt->layer == LAYER_LANDLOCK && layers->landlock == 0);
}

/* Without CAP_SETPCAP the bounding set can't be emptied; with no_new_privs nothing is gained from
 * it. */
static bool is_harmless(const struct attempt *attempt, const char *word)
{
    return attempt->try == have_a_bounding_set && strcmp(word, "possible") == 0 && geteuid() != 0;
}

static bool check_one(const struct attempt *attempt, const struct privileges *privileges,
                      const struct sandbox_layers *layers, FILE *to)
{
    static const char *const names[] = {
        [LAYER_USER] = "user", [LAYER_LANDLOCK] = "Landlock", [LAYER_SECCOMP] = "seccomp"};
    const char *verdict = "ok";
    const char *word = "";
    bool good = false;
    if (is_missing(attempt, layers)) {
        verdict = "MISSING, the kernel or this build has it not";
    } else {
        fflush(to);
        word = word_for(run_attempt(attempt, privileges, SANDBOX_READER));
        const char *other = word_for(run_attempt(attempt, privileges, SANDBOX_WATCHER));
        good = held(attempt, word) && held(attempt, other);
        if (!good && is_harmless(attempt, word)) {
            good = true;
            verdict = "ok, as no privileges can be gained";
        } else if (!good) {
            verdict = "FAILED";
        }
    }
    fprintf(to, "%-9s %-32s %-15s %s\n", names[attempt->layer], attempt->what, word, verdict);
    return good;
}

int sandbox_check(const struct options *options, FILE *to)
{
    struct privileges privileges;
    struct helo_error error = {""};
    struct sandbox_layers layers = sandbox_layers();
    bool good = true;
    if (!privileges_resolve(&privileges, options->user, &error)) {
        fprintf(stderr, "heloscope: %s\n", error.message);
        return 2;
    }
    for (size_t i = 0; i < ATTEMPTS; i++)
        good = check_one(&attempts[i], &privileges, &layers, to) && good;
    fprintf(to, "%s\n", good ? "every layer holds" : "NOT every layer holds");
    return good ? 0 : 1;
}
