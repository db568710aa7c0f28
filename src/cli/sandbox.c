/* Landlock and seccomp. A build with sanitizers or for coverage has neither: their runtime opens
 * files of its own (HELO_NO_SANDBOX, see Makefile). */
#include "cli/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef HELO_NO_SANDBOX
#define HAS_SANDBOX false
#else
#define HAS_SANDBOX true
#endif

static bool refuse(struct helo_error *error, const char *what, int number)
{
    snprintf(error->message, sizeof error->message, "can't confine itself: %s: %s", what,
             strerror(number));
    return false;
}

/* Landlock. The kernel's header may be older than the kernel: its constants by their numbers, as in
 * Documentation/userspace-api/landlock.rst. */

#define ACCESS_WRITE_FILE (UINT64_C(1) << 1)
#define ACCESS_READ_FILE  (UINT64_C(1) << 2)
#define ACCESS_MAKE_REG   (UINT64_C(1) << 8)
#define ACCESS_TRUNCATE   (UINT64_C(1) << 14) /* since version 3 */
#define CREATE_VERSION    1u
#define RULE_PATH_BENEATH 1

struct landlock_ruleset {
    uint64_t files;
    uint64_t network;
    uint64_t scopes;
};

struct landlock_beneath {
    uint64_t allowed;
    int32_t parent;
} __attribute__((packed));

static int landlock_version(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);
    return version > 0 ? (int)version : 0;
}

/* All that this version can take away. */
static struct landlock_ruleset everything(int version)
{
    static const unsigned file_rights[] = {0, 13, 14, 15, 15, 16};
    const int known = (int)(sizeof file_rights / sizeof file_rights[0]) - 1;
    return (struct landlock_ruleset){
        .files = (UINT64_C(1) << file_rights[version < known ? version : known]) - 1,
        .network = version >= 4 ? 3 : 0, /* binding and connecting TCP */
        .scopes = version >= 6 ? 3 : 0,  /* abstract sockets, signals */
    };
}

static bool allow_folder(int ruleset, uint64_t handled, const struct sandbox_folder *folder)
{
    struct landlock_beneath beneath = {
        .allowed = handled & (folder->write ? ACCESS_WRITE_FILE | ACCESS_MAKE_REG | ACCESS_TRUNCATE
                                            : ACCESS_READ_FILE),
        .parent = folder->fd,
    };
    return syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &beneath, 0) == 0;
}

bool sandbox_landlock(const struct sandbox_folder *folders, size_t count, struct helo_error *error)
{
    int version = HAS_SANDBOX ? landlock_version() : 0;
    if (version == 0)
        return true;
    struct landlock_ruleset all = everything(version);
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
    bool done = ruleset >= 0;
    for (size_t i = 0; done && i < count; i++)
        done = allow_folder(ruleset, all.files, &folders[i]);
    done = done && syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    int number = errno;
    if (ruleset >= 0)
        close(ruleset);
    return done || refuse(error, "Landlock", number);
}

/* seccomp. */

#define READER  (1u << SANDBOX_READER)
#define WATCHER (1u << SANDBOX_WATCHER)
#define BROKER  (1u << SANDBOX_BROKER)
#define BOTH    (READER | WATCHER)
#define ALL     (BOTH | BROKER)

#define ANY     (-1)
#define NO_BITS 0

/* What may be called: anyhow, or with an argument whose bits in mask are those of value. */
struct call {
    int number;
    unsigned roles;
    int argument; /* ANY: whatever they are */
    uint64_t mask;
    uint64_t value;
    const char *why; /* NULL: it is plain */
};

#define WHOLE UINT64_C(0xffffffff)

/* Threads only, no processes. */
#define OF_THREADS ((uint64_t)(CLONE_VM | CLONE_THREAD | CLONE_SIGHAND))

static const struct call calls[] = {
    {SCMP_SYS(read), BOTH, ANY, 0, 0, NULL},
    {SCMP_SYS(pread64), BOTH, ANY, 0, 0, "blocks of a capture; what memory is used, open already"},
    {SCMP_SYS(write), BOTH, ANY, 0, 0, NULL},
    {SCMP_SYS(writev), BOTH, ANY, 0, 0, "glibc's last words"},
    {SCMP_SYS(close), ALL, ANY, 0, 0, NULL},
    {SCMP_SYS(lseek), BOTH, ANY, 0, 0, NULL},
    {SCMP_SYS(fstat), ALL, ANY, 0, 0, NULL},
    {SCMP_SYS(newfstatat), ALL, 3, WHOLE, AT_EMPTY_PATH, "fstat; no path"},
    {SCMP_SYS(ftruncate), BOTH, ANY, 0, 0, "half a line that a full disk took"},
    {SCMP_SYS(fcntl), BOTH, 1, WHOLE, F_GETFL, NULL},
    {SCMP_SYS(fcntl), BOTH, 1, WHOLE, F_GETFD, NULL},
    {SCMP_SYS(fcntl), BOTH, 1, WHOLE, F_DUPFD_CLOEXEC, "the next capture, given to libpcap"},
    {SCMP_SYS(ioctl), BOTH, 1, WHOLE, TCGETS, "is it a terminal?"},
    {SCMP_SYS(ioctl), BOTH, 1, WHOLE, TIOCGWINSZ, NULL},
    {SCMP_SYS(ioctl), WATCHER, 1, WHOLE, SIOCGIFNAME, "is the interface still there?"},
    {SCMP_SYS(ioctl), WATCHER, 1, WHOLE, SIOCGIFFLAGS, "is it up?"},
    {SCMP_SYS(ioctl), WATCHER, 1, WHOLE, SIOCGIFINDEX, "was it made anew?"},
    {SCMP_SYS(ioctl), WATCHER, 1, WHOLE, SIOCGIFHWADDR, "is that of the same kind?"},
    {SCMP_SYS(bind), WATCHER, 2, WHOLE, sizeof(struct sockaddr_ll), "watching that one"},
    {SCMP_SYS(setsockopt), WATCHER, 2, WHOLE, PACKET_ADD_MEMBERSHIP, "the same, promiscuous"},
    {SCMP_SYS(poll), BOTH, ANY, 0, 0, NULL},
    {SCMP_SYS(ppoll), BOTH, ANY, 0, 0, "poll, where a machine has no other"},
    {SCMP_SYS(getsockopt), WATCHER, ANY, 0, 0, "errors and drops of an interface"},
    {SCMP_SYS(getsockname), WATCHER, ANY, 0, 0, "libpcap, when an interface is gone"},
    {SCMP_SYS(setsockopt), WATCHER, 2, WHOLE, SO_ATTACH_FILTER, "what comes after the stop"},
    {SCMP_SYS(setsockopt), WATCHER, 2, WHOLE, PACKET_RX_RING, "libpcap, closing"},
    {SCMP_SYS(sendto), BOTH, 4, UINT64_MAX, 0,
     "to the broker, and for the counters of interfaces; no address"},
    {SCMP_SYS(recvmsg), BOTH, ANY, 0, 0, "from the broker, and those counters"},
    {SCMP_SYS(wait4), BOTH, ANY, 0, 0, "the broker's end"},
    {SCMP_SYS(mmap), BOTH, 2, PROT_EXEC, NO_BITS, NULL},
    {SCMP_SYS(mprotect), BOTH, 2, PROT_EXEC, NO_BITS, NULL},
    {SCMP_SYS(mremap), BOTH, ANY, 0, 0, NULL},
    {SCMP_SYS(munmap), BOTH, ANY, 0, 0, NULL},
    {SCMP_SYS(madvise), BOTH, ANY, 0, 0, NULL},
    {SCMP_SYS(brk), BOTH, ANY, 0, 0, NULL},
    {SCMP_SYS(futex), BOTH, ANY, 0, 0, NULL},
    {SCMP_SYS(clone), BOTH, 0, OF_THREADS, OF_THREADS, "a worker"},
    {SCMP_SYS(set_robust_list), BOTH, ANY, 0, 0, "a worker"},
    {SCMP_SYS(rseq), BOTH, ANY, 0, 0, "a worker"},
    {SCMP_SYS(sched_yield), BOTH, ANY, 0, 0, "a worker"},
    {SCMP_SYS(prctl), BOTH, 0, WHOLE, PR_SET_NAME, "a worker"},
    {SCMP_SYS(rt_sigaction), BOTH, ANY, 0, 0, NULL},
    {SCMP_SYS(rt_sigprocmask), BOTH, ANY, 0, 0, NULL},
    {SCMP_SYS(rt_sigreturn), ALL, ANY, 0, 0, NULL},
    {SCMP_SYS(restart_syscall), ALL, ANY, 0, 0, NULL},
    {SCMP_SYS(clock_gettime), BOTH, ANY, 0, 0, NULL},
    {SCMP_SYS(clock_nanosleep), BOTH, ANY, 0, 0, NULL},
    {SCMP_SYS(gettimeofday), BOTH, ANY, 0, 0, NULL},
    {SCMP_SYS(getrandom), BOTH, ANY, 0, 0, NULL},
    {SCMP_SYS(getrusage), BOTH, ANY, 0, 0, "processor time in the stats"},
    {SCMP_SYS(sysinfo), BOTH, ANY, 0, 0, "glibc's qsort of many, how much memory there is"},
    {SCMP_SYS(getpid), BOTH, ANY, 0, 0, "abort, and libcrypto's look at forks"},
    {SCMP_SYS(gettid), BOTH, ANY, 0, 0, "abort"},
    {SCMP_SYS(tgkill), BOTH, 2, WHOLE, 6, "abort: SIGABRT"},
    {SCMP_SYS(exit), ALL, ANY, 0, 0, NULL},
    {SCMP_SYS(exit_group), ALL, ANY, 0, 0, NULL},
    {SCMP_SYS(openat), BROKER, ANY, 0, 0, "what it is there for"},
    {SCMP_SYS(recvfrom), BROKER, ANY, 0, 0, NULL},
    {SCMP_SYS(sendmsg), BROKER, ANY, 0, 0, NULL},
};

static int add_call(scmp_filter_ctx filter, const struct call *call)
{
    if (call->argument == ANY)
        return seccomp_rule_add(filter, SCMP_ACT_ALLOW, call->number, 0);
    return seccomp_rule_add(
        filter, SCMP_ACT_ALLOW, call->number, 1,
        SCMP_CMP64((unsigned)call->argument, SCMP_CMP_MASKED_EQ, call->mask, call->value));
}

static int add_calls(scmp_filter_ctx filter, enum sandbox_role role)
{
    int result = 0;
    for (size_t i = 0; result == 0 && i < sizeof calls / sizeof calls[0]; i++)
        if ((calls[i].roles & 1u << role) != 0)
            result = add_call(filter, &calls[i]);
    /* Its flags lie in memory, where no filter sees them: glibc falls back to clone. */
    if (result == 0 && role != SANDBOX_BROKER)
        result = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    return result;
}

static bool kernel_has_seccomp(void)
{
    /* EFAULT for the filter that is none: it would take one. */
    return prctl(PR_SET_SECCOMP, 2 /* SECCOMP_MODE_FILTER */, NULL, 0, 0) != 0 && errno == EFAULT;
}

bool sandbox_seccomp(enum sandbox_role role, struct helo_error *error)
{
    if (!HAS_SANDBOX || !kernel_has_seccomp())
        return true;
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (filter == NULL)
        return refuse(error, "seccomp", ENOMEM);
    int result = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (result == 0)
        result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    if (result == 0)
        result = add_calls(filter, role);
    if (result == 0)
        result = seccomp_load(filter);
    seccomp_release(filter);
    return result == 0 || refuse(error, "seccomp", -result);
}

struct sandbox_layers sandbox_layers(void)
{
    return (struct sandbox_layers){
        .seccomp = HAS_SANDBOX && kernel_has_seccomp(),
        .landlock = HAS_SANDBOX ? landlock_version() : 0,
    };
}

bool sandbox_enter(enum sandbox_role role, const struct sandbox_folder *folders, size_t count,
                   struct helo_error *error)
{
    return sandbox_landlock(folders, count, error) && sandbox_seccomp(role, error);
}
