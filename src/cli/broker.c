/* The broker's two ends: who asks, and the process that opens. A request names a file by its number
 * in the options, never by a path. */
#include "cli/broker.h"

#include "cli/privileges.h"
#include "cli/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum kind { CAPTURE, OUTPUT };

struct request {
    uint32_t kind;
    uint32_t index;
};

struct reply {
    int32_t error; /* 0: a descriptor comes with it */
};

/* A control message with one descriptor. */
union control {
    char octets[CMSG_SPACE(sizeof(int))];
    struct cmsghdr aligned;
};

/* An output by its folder, which nobody can put another one in place of any more. */
struct place {
    int folder;   /* -1: not a file that can be opened again */
    char *target; /* owned; holds name */
    const char *name;
};

struct serving {
    int fd;
    const struct options *options;
    struct place *places; /* of each output */
    struct sandbox_folder *folders;
    size_t folder_count;
};

static bool is_named(const char *path)
{
    return strcmp(path, "-") != 0;
}

/* The process that opens. */

/* Folder and name of an output, symbolic links followed as when it was opened first. */
static void find_place(struct place *place, const char *target)
{
    *place = (struct place){.folder = -1};
    char *path = is_named(target) ? realpath(target, NULL) : NULL;
    if (path == NULL)
        return;
    char *slash = strrchr(path, '/');
    place->target = path;
    place->name = slash + 1;
    *slash = '\0';
    place->folder = open(slash == path ? "/" : path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static void add_folder(struct serving *serving, int fd, bool write)
{
    if (fd >= 0)
        serving->folders[serving->folder_count++] = (struct sandbox_folder){fd, write};
}

/* The folder of a capture: the file may be made by the time that its turn comes. */
static int folder_of(const char *path)
{
    char copy[PATH_MAX];
    int len = snprintf(copy, sizeof copy, "%s", path);
    if (!is_named(path) || len < 0 || (size_t)len >= sizeof copy)
        return -1;
    return open(dirname(copy), O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static bool find_everything(struct serving *serving)
{
    const struct options *options = serving->options;
    serving->places = calloc(options->output_count + 1, sizeof *serving->places);
    serving->folders =
        calloc(options->output_count + options->read_count + 1, sizeof *serving->folders);
    if (serving->places == NULL || serving->folders == NULL)
        return false;
    for (size_t i = 0; i < options->output_count; i++) {
        find_place(&serving->places[i], options->outputs[i].target);
        add_folder(serving, serving->places[i].folder, true);
    }
    for (size_t i = 0; i < options->read_count; i++)
        add_folder(serving, folder_of(options->reads[i]), false);
    return true;
}

/* What whoever may write into the folder puts there in the file's place is not to be written into:
 * no link of either kind. */
static int open_output(const struct place *place)
{
    struct stat about;
    if (place->folder < 0) {
        errno = EACCES;
        return -1;
    }
    int fd = openat(place->folder, place->name,
                    O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, 0640);
    if (fd < 0 || (fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_nlink == 1))
        return fd;
    close(fd);
    errno = EACCES;
    return -1;
}

/* Opens what is asked for; -1 with errno. */
static int open_asked(const struct serving *serving, const struct request *request)
{
    const struct options *options = serving->options;
    if (request->kind == CAPTURE && request->index < options->read_count &&
        is_named(options->reads[request->index]))
        return open(options->reads[request->index],
                    O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK); /* no FIFO holds us up */
    if (request->kind == OUTPUT && request->index < options->output_count)
        return open_output(&serving->places[request->index]);
    errno = EACCES;
    return -1;
}

/* Sends a reply, with fd if that is none of -1. */
static bool send_reply(int to, const struct reply *reply, int fd)
{
    struct reply copy = *reply;
    struct iovec vector = {&copy, sizeof copy};
    union control control = {.octets = {0}};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
    if (fd >= 0) {
        message.msg_control = control.octets;
        message.msg_controllen = sizeof control.octets;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(header), &fd, sizeof fd);
    }
    return sendmsg(to, &message, MSG_NOSIGNAL) == (ssize_t)sizeof copy;
}

static bool answer(const struct serving *serving, const struct request *request)
{
    int fd = open_asked(serving, request);
    struct reply reply = {.error = fd < 0 ? errno : 0};
    bool sent = send_reply(serving->fd, &reply, fd);
    if (fd >= 0)
        close(fd);
    return sent;
}

/* Keeps nothing open that is another's, so that a pipe ends when its writer does. */
static void close_the_rest(int kept)
{
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        close(fd);
    if (kept > STDERR_FILENO + 1)
        close_range(STDERR_FILENO + 1, (unsigned)kept - 1, 0);
    close_range((unsigned)kept + 1, UINT_MAX, 0);
}

/* A terminal's signals are for its caller, whose end is its own. */
static void ignore_signals(void)
{
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
}

static _Noreturn void serve(int fd, const struct options *options)
{
    struct serving serving = {.fd = fd, .options = options};
    struct request request;
    struct helo_error error;
    ignore_signals();
    close_the_rest(fd);
    bool good = find_everything(&serving) && privileges_keep_files() &&
                sandbox_enter(SANDBOX_BROKER, serving.folders, serving.folder_count, &error);
    const struct reply ready = {.error = good ? 0 : EPERM};
    good = send_reply(fd, &ready, -1) && good;
    while (good && recv(fd, &request, sizeof request, 0) == (ssize_t)sizeof request)
        good = answer(&serving, &request);
    _exit(good ? 0 : 1);
}

/* Who asks. */

/* The descriptor that came with a message, -1: none. */
static int descriptor_in(struct msghdr *message)
{
    int fd = -1;
    struct cmsghdr *header = CMSG_FIRSTHDR(message);
    if (header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
        header->cmsg_len == CMSG_LEN(sizeof fd))
        memcpy(&fd, CMSG_DATA(header), sizeof fd);
    return fd;
}

/* Waits for the reply to the last request: its descriptor, or -1 with errno. */
static int await(const struct broker *broker)
{
    struct reply reply;
    union control control;
    struct iovec vector = {&reply, sizeof reply};
    struct msghdr message;
    ssize_t got;
    do {
        message = (struct msghdr){.msg_iov = &vector,
                                  .msg_iovlen = 1,
                                  .msg_control = control.octets,
                                  .msg_controllen = sizeof control.octets};
        got = recvmsg(broker->fd, &message, MSG_CMSG_CLOEXEC);
    } while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof reply) {
        errno = got < 0 ? errno : EPIPE;
        return -1;
    }
    int fd = descriptor_in(&message);
    errno = reply.error;
    return fd;
}

static bool cant_start(struct helo_error *error)
{
    snprintf(error->message, sizeof error->message, "can't start the process that opens files: %s",
             strerror(errno));
    return false;
}

static bool is_wanted(const struct options *options)
{
    bool wanted = options->read_count > 1;
    for (size_t i = 0; i < options->output_count; i++)
        wanted |= is_named(options->outputs[i].target);
    return wanted;
}

bool broker_start(struct broker *broker, const struct options *options, struct helo_error *error)
{
    int ends[2];
    *broker = (struct broker){.fd = -1, .options = options};
    if (!is_wanted(options))
        return true;
    pid_t child = -1;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0)
        child = fork();
    if (child < 0)
        return cant_start(error);
    if (child == 0)
        serve(ends[1], options);
    close(ends[1]);
    broker->fd = ends[0];
    broker->process = child;
    errno = 0;
    await(broker); /* until it is confined */
    return errno == 0 || cant_start(error);
}

static int ask(const struct broker *broker, enum kind kind, size_t index)
{
    struct request request = {(uint32_t)kind, (uint32_t)index};
    if (broker->fd < 0) {
        errno = EACCES;
        return -1;
    }
    if (send(broker->fd, &request, sizeof request, MSG_NOSIGNAL) != (ssize_t)sizeof request)
        return -1;
    return await(broker);
}

int broker_open_capture(void *context, const char *path)
{
    const struct broker *broker = context;
    size_t index = 0;
    while (index < broker->options->read_count && strcmp(broker->options->reads[index], path) != 0)
        index++;
    return ask(broker, CAPTURE, index);
}

int broker_open_output(void *context, const char *path)
{
    const struct broker *broker = context;
    size_t index = 0;
    while (index < broker->options->output_count &&
           strcmp(broker->options->outputs[index].target, path) != 0)
        index++;
    return ask(broker, OUTPUT, index);
}

void broker_stop(struct broker *broker)
{
    if (broker->fd < 0)
        return;
    close(broker->fd);
    broker->fd = -1;
    waitpid(broker->process, NULL, 0);
}
