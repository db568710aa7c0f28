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
    static const unsigned kept[KEPT] = {MEANING_PIPELINING, MEANING_PIPELINING, MEANING_DOUBT};
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

/* HS-415, somebody contradicts what was said before; and the rules that say nothing where that may
 * be why something looks odd: those on the protocol, on TLS, and on a 221 that nobody asked for. */
static bool is_of_protocol(const struct jtree *event)
{
    const char *rule = jtree_text(event, "rule.id");
    return rule != NULL && (strncmp(rule, "HS-4", 4) == 0 || strncmp(rule, "HS-3", 4) == 0 ||
                            strcmp(rule, "HS-101") == 0);
}

/* Told of one session, by comparing it with those before it. */
static bool compares_sessions(const struct jtree *event)
{
    const char *rule = jtree_text(event, "rule.id");
    return rule != NULL && (strcmp(rule, "HS-301") == 0 || strcmp(rule, "HS-307") == 0);
}

static bool is_left_out(const struct jtree *event, unsigned without)
{
    return strncmp(jtree_text(event, "event.id"), "HS-9", 4) == 0 ||
           ((without & MEANING_DOUBT) != 0 && is_of_protocol(event)) ||
           ((without & MEANING_WINDOWED) != 0 && is_windowed(event));
}

/* How many events of the same session before this one were taken out. */
static int before_it(const struct run_result *result, size_t index, const char *out_of)
{
    const char *session = jtree_text(result->events[index], "smtp.session.id");
    int count = 0;
    for (size_t i = 0; i < index; i++) {
        const char *other = jtree_text(result->events[i], "smtp.session.id");
        count += out_of[i] && session != NULL && other != NULL && strcmp(session, other) == 0;
    }
    return count;
}

bool meaning_is_uncertain(const struct run_result *result)
{
    for (size_t i = 0; i < result->count; i++)
        if (jtree_true(result->events[i], "smtp.session.uncertain"))
            return true;
    return false;
}

char *meaning_of(const struct run_result *result, unsigned without)
{
    const char *paths[COUNT];
    size_t paths_count = choose(paths, without);
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    char *out_of = calloc(result->count + 1, 1);
    if (out == NULL || out_of == NULL)
        abort();
    if (result->broken)
        fputs("a line is not JSON\n", out);
    for (size_t i = 0; i < result->count; i++) {
        const struct jtree *event = result->events[i];
        bool alone = (without & MEANING_WINDOWED) != 0 && compares_sessions(event);
        if (alone)
            out_of[i] = 1;
        if (alone || is_left_out(event, without))
            continue;
        bool numbered = !is_windowed(event) && (without & MEANING_DOUBT) == 0;
        const char *dash = !numbered ? NULL : strrchr(jtree_text(event, "event.id"), '-');
        char *written = jtree_write_without(event, paths, paths_count);
        if (dash == NULL)
            fprintf(out, "? %s\n", written);
        else
            fprintf(out, "%d %s\n", atoi(dash + 1) - before_it(result, i, out_of), written);
        free(written);
    }
    fclose(out);
    free(out_of);
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
