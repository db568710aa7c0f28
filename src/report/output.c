/* Whole lines in blocks, for whoever takes them; what nobody takes is counted. */
#include "report/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/message.h"
#include "report/sink.h"

struct output {
    struct mem *mem;
    char *name;
    size_t name_size;
    size_t target_at; /* in name */
    struct sink sink;
    bool live;
    int failure; /* for good */
    int trouble; /* live: for now */
    bool torn;   /* what went out last is a part of a line */
    uint64_t written;
    uint64_t dropped;
    char *block;
    size_t size;
    size_t sent; /* octets of block that went out */
    size_t held; /* octets of block */
};

static bool fill(struct output *output, const char *format, const char *target)
{
    size_t format_len = strlen(format);

    output->name_size = format_len + 1 + strlen(target) + 1;
    output->target_at = format_len + 1;
    output->name = mem_take(output->mem, output->name_size);
    output->size = output->live ? LIMIT_OUTPUT_QUEUE : LIMIT_OUTPUT_BLOCK;
    output->block = mem_take(output->mem, output->size);
    if (output->name == NULL || output->block == NULL)
        return false;
    snprintf(output->name, output->name_size, "%s:%s", format, target);
    return true;
}

static void give(struct output *output)
{
    mem_give(output->mem, output->name, output->name_size);
    mem_give(output->mem, output->block, output->size);
    mem_give(output->mem, output, sizeof(*output));
}

enum helo_status output_open(struct mem *mem, const char *format, const char *target, bool live,
                             struct output **output, struct helo_error *error)
{
    struct output *made = mem_take(mem, sizeof(*made));

    *output = NULL;
    if (made != NULL)
        *made = (struct output){.mem = mem, .live = live};
    if (made == NULL || !fill(made, format, target)) {
        if (made != NULL)
            give(made);
        snprintf(error->message, sizeof(error->message), "%.400s: out of memory", target);
        message_tidy(error->message);
        return HELO_ERROR_MEMORY;
    }
    if (!sink_open(&made->sink, target, live)) {
        snprintf(error->message, sizeof(error->message), "%.400s: %s", target, strerror(errno));
        message_tidy(error->message);
        give(made);
        return HELO_ERROR_OUTPUT;
    }
    *output = made;
    return HELO_OK;
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

/* Octets at the end of what was written that are a part of a line. */
static size_t partial_line(const char *from, size_t done)
{
    const char *newline = done == 0 ? NULL : memrchr(from, '\n', done);
    return newline == NULL ? done : done - (size_t)(newline - from) - 1;
}

/* A live output's file may have space again, and a slow reader read on; whoever has gone stays
 * away. */
static bool may_pass(const struct output *output, int error)
{
    return output->live && (error == EAGAIN || (output->sink.file && error != EBADF));
}

/* What of these octets did not go out is lost. */
static void lose(struct output *output, const char *from, size_t len)
{
    size_t lost = count_lines(from, len);
    output->written -= lost;
    output->dropped += lost;
}

/* Writes octets that begin where a line does, or where an earlier write stopped; returns how many
 * are out for good. A full disk takes a part of a line: that is cut off again, lest a reader finds
 * half an event. */
static size_t write_lines(struct output *output, const char *from, size_t len, int wait)
{
    int error;
    size_t done = sink_write(&output->sink, from, len, wait, &error);

    output->trouble = 0;
    output->torn = false;
    if (done == len)
        return done;
    size_t partial = partial_line(from, done);
    if (partial > 0 && sink_cut(&output->sink, partial))
        done -= partial;
    else
        output->torn = partial > 0;
    if (may_pass(output, error)) {
        output->trouble = error;
        return done;
    }
    output->failure = error;
    lose(output, from + done, len - done);
    return done;
}

static bool write_held(struct output *output, int wait)
{
    if (output->failure != 0)
        return false;
    if (output->held > output->sent)
        output->sent +=
            write_lines(output, output->block + output->sent, output->held - output->sent, wait);
    if (output->sent == output->held || output->failure != 0)
        output->sent = output->held = 0;
    return output->failure == 0;
}

static int patience(const struct output *output)
{
    return output->live ? SINK_NEVER : SINK_FOREVER;
}

/* Room behind what is held, for a line of len octets; the write that makes it may fail. */
static bool make_room(struct output *output, size_t len)
{
    if (len <= output->size - output->held)
        return true;
    if (output->trouble == 0)
        write_held(output, patience(output));
    memmove(output->block, output->block + output->sent, output->held - output->sent);
    output->held -= output->sent;
    output->sent = 0;
    return output->failure == 0 && len <= output->size - output->held;
}

static bool keep(struct output *output, const char *line, size_t len)
{
    output->written++;
    memcpy(output->block + output->held, line, len);
    output->held += len;
    if (output->sink.terminal && output->trouble == 0)
        return write_held(output, patience(output));
    return true;
}

bool output_line(struct output *output, const char *line, size_t len)
{
    if (output->failure == 0 && make_room(output, len))
        return keep(output, line, len);
    if (output->failure != 0 || output->live) {
        output->dropped++;
        return false;
    }
    output->written++; /* longer than a block, with nothing held before it */
    write_lines(output, line, len, SINK_FOREVER);
    return output->failure == 0;
}

void output_drop(struct output *output)
{
    output->dropped++;
}

bool output_flush(struct output *output)
{
    return write_held(output, patience(output));
}

bool output_finish(struct output *output)
{
    bool good = write_held(output, output->live ? LIMIT_OUTPUT_GRACE_MILLISECONDS : SINK_FOREVER);
    lose(output, output->block + output->sent, output->held - output->sent);
    output->sent = output->held = 0;
    return good;
}

bool output_is_file(const struct output *output)
{
    return output->sink.owned && output->sink.file;
}

/* The rest of a line whose beginning is elsewhere is no line. */
static void skip_torn(struct output *output)
{
    const char *from = output->block + output->sent;
    const char *newline = output->torn ? memchr(from, '\n', output->held - output->sent) : NULL;
    output->torn = false;
    if (newline == NULL)
        return;
    lose(output, from, (size_t)(newline - from) + 1);
    output->sent += (size_t)(newline - from) + 1;
}

bool output_replace(struct output *output, int fd)
{
    write_held(output, patience(output));
    if (!sink_replace(&output->sink, fd))
        return false;
    skip_torn(output);
    output->failure = 0;
    output->trouble = 0;
    return true;
}

struct output_state output_state(const struct output *output)
{
    return (struct output_state){
        .name = output->name,
        .target = output->name + output->target_at,
        .failure = output->failure,
        .trouble = output->trouble,
        .written = output->written,
        .dropped = output->dropped,
    };
}

const char *output_trouble(int trouble)
{
    if (trouble == 0)
        return "";
    return trouble == EAGAIN ? "its reader is too slow" : strerror(trouble);
}

void output_close(struct output *output)
{
    if (output == NULL)
        return;
    output_finish(output);
    sink_close(&output->sink);
    give(output);
}
