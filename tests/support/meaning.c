/* What a run's events mean, without what another way over the wire may change. */
#include "meaning.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"

/* Those of pipelining come last, so that they can be kept. */
static const char *const dropped[] = {
    "@timestamp",
    "event.start",
    "event.end",
    "event.duration",
    "event.id",
    "event.sequence",
    "smtp.session.id",
    "smtp.exchange.latency_ms",
    "smtp.auth.challenges.latency_ms",
    "smtp.session.first_reply_ms",
    "smtp.session.reply_ms",
    "smtp.session.close.idle_ms",
    "smtp.anomaly.evidence.idle_ms",
    "smtp.anomaly.evidence.waited_ms",
    "smtp.anomaly.evidence.period_ms",
    "smtp.anomaly.evidence.octets",
    "smtp.session.ids",
    "source.bytes",
    "source.packets",
    "destination.bytes",
    "destination.packets",
    "smtp.exchange.pipelined",
    "smtp.session.pipelining",
};

#define COUNT      (sizeof dropped / sizeof dropped[0])
#define PIPELINING 2

char *meaning_of(const struct run_result *result, bool without_pipelining)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    if (out == NULL)
        abort();
    if (result->broken)
        fputs("a line is not JSON\n", out);
    for (size_t i = 0; i < result->count; i++) {
        const struct jtree *event = result->events[i];
        const char *id = jtree_text(event, "event.id");
        bool windowed = strncmp(id, "HS-", 3) == 0; /* by the time at which its window began */
        const char *dash = windowed ? NULL : strrchr(id, '-');
        char *written =
            jtree_write_without(event, dropped, without_pipelining ? COUNT : COUNT - PIPELINING);
        fprintf(out, "%s %s\n", dash == NULL ? "?" : dash + 1, written);
        free(written);
    }
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
