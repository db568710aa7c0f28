/* Writing to a descriptor without being held up by whoever reads it. */
#include "report/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What can be written without waiting where poll says that something can: a pipe has room for
 * PIPE_BUF octets then (pipe(7)), a terminal for its line discipline's WAKEUP_CHARS. */
#define TERMINAL_ROOM 256

static void look_at(struct sink *sink)
{
    struct stat about;
    sink->file = fstat(sink->fd, &about) == 0 && S_ISREG(about.st_mode);
    sink->terminal = isatty(sink->fd) == 1;
}

bool sink_open(struct sink *sink, const char *target, bool keep)
{
    *sink = (struct sink){.fd = STDOUT_FILENO, .owned = strcmp(target, "-") != 0};
    if (sink->owned) {
        do {
            sink->fd = open(target,
                            O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | (keep ? 0 : O_TRUNC), 0640);
        } while (sink->fd < 0 && errno == EINTR);
    }
    if (sink->fd < 0)
        return false;
    look_at(sink);
    return !keep || !sink->owned || !sink->file || lseek(sink->fd, 0, SEEK_END) >= 0;
}

bool sink_replace(struct sink *sink, int fd)
{
    struct sink next = {.fd = fd, .owned = true};
    look_at(&next);
    if (!next.file) {
        errno = EINVAL;
        return false;
    }
    if (lseek(fd, 0, SEEK_END) < 0)
        return false;
    sink_close(sink);
    *sink = next;
    return true;
}

/* Waits until something can be written; 0, or why not. */
static int wait_writable(const struct sink *sink, int wait)
{
    struct pollfd wanted = {.fd = sink->fd, .events = POLLOUT};
    int ready;
    do {
        ready = poll(&wanted, 1, wait);
    } while (ready < 0 && errno == EINTR);
    if (ready < 0)
        return errno;
    return ready > 0 ? 0 : EAGAIN;
}

/* How much may be tried at once: a write to who has too little room would wait. Whole lines where
 * that is possible: who stops reading has no half of one then. */
static size_t portion(const struct sink *sink, const char *from, size_t len, int wait)
{
    size_t room = sink->terminal ? TERMINAL_ROOM : PIPE_BUF;
    if (sink->file || wait == SINK_FOREVER || len <= room)
        return len;
    const char *newline = memrchr(from, '\n', room);
    return newline != NULL ? (size_t)(newline - from) + 1 : room;
}

size_t sink_write(const struct sink *sink, const char *from, size_t len, int wait, int *error)
{
    size_t done = 0;
    *error = 0;
    while (done < len && *error == 0) {
        if (!sink->file && wait != SINK_FOREVER && (*error = wait_writable(sink, wait)) != 0)
            break;
        ssize_t n = write(sink->fd, from + done, portion(sink, from + done, len - done, wait));
        if (n >= 0)
            done += (size_t)n;
        else if (errno == EAGAIN || errno == EWOULDBLOCK)
            *error = wait_writable(sink, wait);
        else if (errno != EINTR)
            *error = errno;
    }
    return done;
}

bool sink_cut(const struct sink *sink, size_t octets)
{
    struct stat about;
    off_t end = lseek(sink->fd, 0, SEEK_CUR);
    if (octets == 0 || end < (off_t)octets || fstat(sink->fd, &about) != 0 ||
        !S_ISREG(about.st_mode) || about.st_size != end)
        return false;
    return ftruncate(sink->fd, end - (off_t)octets) == 0 &&
           lseek(sink->fd, end - (off_t)octets, SEEK_SET) >= 0;
}

void sink_close(struct sink *sink)
{
    if (sink->owned && sink->fd >= 0)
        close(sink->fd);
    sink->fd = -1;
}
