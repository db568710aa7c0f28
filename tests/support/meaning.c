/* What a run's events mean, without what another way over the wire may change. */
#include "meaning.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"

static const char *const dropped[] = {
    "@timestamp",
    "event.start",
    "event.end",
    "event.duration",
    "event.id",
    "smtp.session.id",
    "smtp.exchange.latency_ms",
    "smtp.session.first_reply_ms",
    "smtp.session.reply_ms",
    "smtp.session.close.idle_ms",
    "source.bytes",
    "source.packets",
    "destination.bytes",
    "destination.packets",
};
static const char *const dropped_pipelining[] = {
    "smtp.exchange.pipelined",
    "smtp.session.pipelining",
};

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static void write_event(FILE *out, const struct jtree *event, bool without_pipelining)
{
    char *written = jtree_write(event);
    struct jtree *copy = jtree_parse(written, strlen(written));
    const char *dash = strrchr(jtree_text(event, "event.id"), '-');
    fprintf(out, "%s ", dash == NULL ? "?" : dash + 1);
    free(written);
    for (size_t i = 0; i < COUNT(dropped); i++)
        jtree_remove(copy, dropped[i]);
    for (size_t i = 0; i < COUNT(dropped_pipelining) && without_pipelining; i++)
        jtree_remove(copy, dropped_pipelining[i]);
    written = jtree_write(copy);
    fprintf(out, "%s\n", written);
    free(written);
    jtree_free(copy);
}

char *meaning_of(const struct run_result *result, bool without_pipelining)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    if (out == NULL)
        abort();
    if (result->broken)
        fputs("a line is not JSON\n", out);
    for (size_t i = 0; i < result->count; i++)
        write_event(out, result->events[i], without_pipelining);
    fclose(out);
    return text;
}

char *meaning_difference(const char *expected, const char *actual)
{
    while (*expected != '\0' || *actual != '\0') {
        int one = (int)strcspn(expected, "\n"), two = (int)strcspn(actual, "\n");
        if (one != two || memcmp(expected, actual, (size_t)one) != 0) {
            size_t size = (size_t)one + (size_t)two + 32;
            char *text = grow_take(size);
            snprintf(text, size, "expected: %.*s\nactual:   %.*s\n", one, expected, two, actual);
            return text;
        }
        expected += one + (expected[one] == '\n');
        actual += two + (actual[two] == '\n');
    }
    return NULL;
}
