/* Blocks of whole lines to a descriptor; the first failure ends an output, never a line halfway. */
#include "report/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/message.h"

struct output {
    struct mem *mem;
    char *name;
    size_t name_size;
    size_t target_at; /* in name */
    int fd;
    bool terminal;
    int failure;
    uint64_t written;
    uint64_t dropped;
    size_t held;
    char block[LIMIT_OUTPUT_BLOCK];
};

static bool is_stdout(const char *target)
{
    return strcmp(target, "-") == 0;
}

static int open_target(const char *target)
{
    int fd;

    if (is_stdout(target))
        return STDOUT_FILENO;
    do {
        fd = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0640);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

static bool copy_name(struct output *output, const char *format, const char *target)
{
    size_t format_len = strlen(format);

    output->name_size = format_len + 1 + strlen(target) + 1;
    output->target_at = format_len + 1;
    output->name = mem_take(output->mem, output->name_size);
    if (output->name == NULL)
        return false;
    snprintf(output->name, output->name_size, "%s:%s", format, target);
    return true;
}

enum helo_status output_open(struct mem *mem, const char *format, const char *target,
                             struct output **output, struct helo_error *error)
{
    struct output *made = mem_take(mem, sizeof(*made));

    *output = NULL;
    if (made != NULL) {
        memset(made, 0, offsetof(struct output, block));
        made->mem = mem;
    }
    if (made == NULL || !copy_name(made, format, target)) {
        mem_give(mem, made, sizeof(*made));
        snprintf(error->message, sizeof(error->message), "%.400s: out of memory", target);
        message_tidy(error->message);
        return HELO_ERROR_MEMORY;
    }
    made->fd = open_target(target);
    if (made->fd < 0) {
        snprintf(error->message, sizeof(error->message), "%.400s: %s", target, strerror(errno));
        message_tidy(error->message);
        mem_give(mem, made->name, made->name_size);
        mem_give(mem, made, sizeof(*made));
        return HELO_ERROR_OUTPUT;
    }
    made->terminal = isatty(made->fd) == 1;
    *output = made;
    return HELO_OK;
}

/* Writes everything; returns how many octets went out, fewer with the failure noted. */
static size_t write_out(struct output *output, const char *from, size_t len)
{
    size_t done = 0;

    while (done < len) {
        ssize_t n = write(output->fd, from + done, len - done);
        if (n >= 0) {
            done += (size_t)n;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            struct pollfd wait = {.fd = output->fd, .events = POLLOUT};
            poll(&wait, 1, -1);
        } else if (errno != EINTR) {
            output->failure = errno;
            break;
        }
    }
    return done;
}

static size_t count_lines(const char *from, size_t len)
{
    size_t lines = 0;

    for (const char *end = from + len; from < end; lines++) {
        const char *newline = memchr(from, '\n', (size_t)(end - from));
        if (newline == NULL)
            break;
        from = newline + 1;
    }
    return lines;
}

/* A full disk takes a part of a line: it is cut off again where the file's end is ours alone. */
static void cut_partial(const struct output *output, size_t partial)
{
    struct stat status;
    int flags = fcntl(output->fd, F_GETFL);
    off_t position = lseek(output->fd, 0, SEEK_CUR);

    if (partial == 0 || flags < 0 || (flags & O_APPEND) != 0 || position < (off_t)partial ||
        fstat(output->fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size != position)
        return;
    if (ftruncate(output->fd, position - (off_t)partial) == 0)
        lseek(output->fd, position - (off_t)partial, SEEK_SET);
}

static bool write_lines(struct output *output, const char *from, size_t len)
{
    size_t done = write_out(output, from, len);
    if (done == len)
        return true;

    const char *newline = done == 0 ? NULL : memrchr(from, '\n', done);
    size_t whole = newline == NULL ? 0 : (size_t)(newline - from) + 1;
    size_t lost = count_lines(from + whole, len - whole);
    cut_partial(output, done - whole);
    output->written -= lost;
    output->dropped += lost;
    return false;
}

static bool write_held(struct output *output)
{
    size_t held = output->held;

    output->held = 0;
    return held == 0 || write_lines(output, output->block, held);
}

bool output_line(struct output *output, const char *line, size_t len)
{
    if (output->failure == 0 && len > sizeof(output->block) - output->held)
        write_held(output);
    if (output->failure != 0) {
        output->dropped++;
        return false;
    }
    output->written++;
    if (len > sizeof(output->block))
        return write_lines(output, line, len);
    memcpy(output->block + output->held, line, len);
    output->held += len;
    return !output->terminal || write_held(output);
}

void output_drop(struct output *output)
{
    output->dropped++;
}

bool output_flush(struct output *output)
{
    return output->failure == 0 && write_held(output);
}

int output_failure(const struct output *output)
{
    return output->failure;
}

struct output_state output_state(const struct output *output)
{
    return (struct output_state){
        .name = output->name,
        .target = output->name + output->target_at,
        .written = output->written,
        .dropped = output->dropped,
    };
}

void output_close(struct output *output)
{
    if (output == NULL)
        return;
    output_flush(output);
    if (output->fd != STDOUT_FILENO)
        close(output->fd);
    mem_give(output->mem, output->name, output->name_size);
    mem_give(output->mem, output, sizeof(*output));
}
