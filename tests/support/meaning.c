/* What a run's events mean, without what another way over the wire may change. */
#include "meaning.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"

/* Those that are kept unless told otherwise come last. */
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
    "smtp.session.uncertain",
};

#define COUNT (sizeof dropped / sizeof dropped[0])
#define KEPT  3

/* The paths that are dropped whatever is wanted, and behind them those that are not. */
static size_t choose(const char *paths[COUNT], unsigned without)
{
    static const unsigned kept[KEPT] = {MEANING_PIPELINING, MEANING_PIPELINING,
                                        MEANING_DOUBT | MEANING_UNCHECKED};
    size_t count = COUNT - KEPT;
    memcpy(paths, dropped, count * sizeof *paths);
    for (size_t i = 0; i < KEPT; i++)
        if ((without & kept[i]) != 0)
            paths[count++] = dropped[COUNT - KEPT + i];
    return count;
}

/* Anomalies that are told by the time at which their window began. */
static bool is_windowed(const struct jtree *event)
{
    return strncmp(jtree_text(event, "event.id"), "HS-", 3) == 0;
}

/* HS-415, somebody contradicts what was said before; and the rules on the protocol, which say
 * nothing where that may be why something looks odd. */
static bool is_of_protocol(const struct jtree *event)
{
    const char *rule = jtree_text(event, "rule.id");
    return rule != NULL && strncmp(rule, "HS-4", 4) == 0;
}

static bool is_left_out(const struct jtree *event, unsigned without)
{
    return strncmp(jtree_text(event, "event.id"), "HS-9", 4) == 0 ||
           ((without & MEANING_DOUBT) != 0 && is_of_protocol(event)) ||
           ((without & MEANING_WINDOWED) != 0 && is_windowed(event));
}

char *meaning_of(const struct run_result *result, unsigned without)
{
    const char *paths[COUNT];
    size_t paths_count = choose(paths, without);
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    if (out == NULL)
        abort();
    if (result->broken)
        fputs("a line is not JSON\n", out);
    for (size_t i = 0; i < result->count; i++) {
        const struct jtree *event = result->events[i];
        if (is_left_out(event, without))
            continue;
        bool numbered = !is_windowed(event) && (without & MEANING_DOUBT) == 0;
        const char *dash = !numbered ? NULL : strrchr(jtree_text(event, "event.id"), '-');
        char *written = jtree_write_without(event, paths, paths_count);
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
