/* Holds a run's events against what its transcript says must be found. */
#include "wanted.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"

static unsigned count_covering(const struct run_result *result, const struct expectation *e)
{
    struct jtree *wanted = jtree_parse(e->text, strlen(e->text));
    unsigned count = 0;
    for (size_t i = 0; i < result->count; i++) {
        const struct jtree *event = result->events[i];
        bool named = e->dataset[0] == '\0' || strcmp(e->dataset, run_dataset(event)) == 0;
        count += named && jtree_covers(event, wanted) ? 1 : 0;
    }
    jtree_free(wanted);
    return count;
}

static unsigned count_same(const struct transcript *t, const struct expectation *wanted)
{
    unsigned count = 0;
    for (size_t i = 0; i < t->expectation_count; i++) {
        const struct expectation *e = &t->expectations[i];
        if (e->kind == EXPECT_EVENT && strcmp(e->text, wanted->text) == 0 &&
            strcmp(e->dataset, wanted->dataset) == 0)
            count += e->count;
    }
    return count;
}

static unsigned count_sessions(const struct run_result *result)
{
    unsigned count = 0;
    for (size_t i = 0; i < result->count; i++)
        count += strcmp(run_dataset(result->events[i]), "session") == 0 ? 1 : 0;
    return count;
}

static int by_number(const void *a, const void *b)
{
    const struct jtree *const *one = a, *const *two = b;
    long long x = jtree_integer(*one, "smtp.exchange.number");
    long long y = jtree_integer(*two, "smtp.exchange.number");
    return (x > y) - (x < y);
}

/* "EHLO=250"; owned. */
static char *word_of(const struct jtree *event)
{
    char word[128];
    const char *verb = jtree_text(event, "smtp.command.verb");
    const char *code = jtree_text(event, "smtp.reply.code");
    bool lost = jtree_true(event, "smtp.exchange.reply_lost");
    snprintf(word, sizeof word, "%.80s=%.10s", verb[0] == '\0' ? "-" : verb,
             code[0] != '\0' ? code
             : lost          ? "?"
                             : "-");
    return grow_copy(word, strlen(word));
}

static long long run_length(const struct jtree *event)
{
    long long count = jtree_integer(event, "smtp.exchange.count");
    return count == 0 ? 1 : count;
}

static void write_words(FILE *out, const struct jtree **exchanges, size_t count)
{
    for (size_t i = 0; i < count;) {
        char *word = word_of(exchanges[i]);
        long long times = run_length(exchanges[i]);
        size_t next = i + 1;
        for (bool same = true; next < count && same;) {
            char *following = word_of(exchanges[next]);
            same = strcmp(word, following) == 0;
            times += same ? run_length(exchanges[next]) : 0;
            next += same ? 1 : 0;
            free(following);
        }
        fputs(i == 0 ? "" : " ", out);
        char *equals = strchr(word, '=');
        if (times == 1)
            fputs(word, out);
        else
            fprintf(out, "%.*s*%lld%s", (int)(equals - word), word, times, equals);
        free(word);
        i = next;
    }
}

char *wanted_dialogue(const struct run_result *result)
{
    const struct jtree **exchanges = grow_take((result->count + 1) * sizeof(struct jtree *));
    size_t count = 0, length;
    for (size_t i = 0; i < result->count; i++)
        if (strcmp(run_dataset(result->events[i]), "exchange") == 0)
            exchanges[count++] = result->events[i];
    qsort(exchanges, count, sizeof(struct jtree *), by_number);
    char *text = NULL;
    FILE *out = open_memstream(&text, &length);
    if (out == NULL)
        abort();
    write_words(out, exchanges, count);
    fclose(out);
    free(exchanges);
    return text;
}

static bool holds(const struct transcript *t, const struct expectation *e,
                  const struct run_result *result, const char *dialogue)
{
    switch (e->kind) {
    case EXPECT_EVENT:
        return count_covering(result, e) >= count_same(t, e);
    case EXPECT_NO_EVENT:
        return count_covering(result, e) == 0;
    case EXPECT_SECRET:
        return strstr(result->text, e->text) == NULL;
    case EXPECT_DIALOGUE:
        return strcmp(dialogue, e->text) == 0;
    case EXPECT_SESSIONS:
        return count_sessions(result) == strtoul(e->text, NULL, 10);
    }
    return false;
}

static char *explain(const struct transcript *t, const struct expectation *e,
                     const struct run_result *result, const char *dialogue)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    if (out == NULL)
        abort();
    fprintf(out, "%s:%u: does not hold: %s\n", t->name, e->line, e->text);
    fprintf(out, "dialogue: %s\n%s", dialogue, result->text);
    fclose(out);
    return text;
}

bool wanted_check(const struct transcript *transcript, const struct run_result *result, char **why)
{
    static const struct expectation json = {.kind = EXPECT_NO_EVENT, .text = "JSON lines only"};
    static const struct expectation one = {.kind = EXPECT_SESSIONS, .text = "1"};
    const struct expectation *failed = result->broken ? &json : NULL;
    char *dialogue = wanted_dialogue(result);
    bool sessions_given = false;
    *why = NULL;
    for (size_t i = 0; i < transcript->expectation_count && failed == NULL; i++) {
        const struct expectation *e = &transcript->expectations[i];
        sessions_given |= e->kind == EXPECT_SESSIONS;
        if (!holds(transcript, e, result, dialogue))
            failed = e;
    }
    if (failed == NULL && !sessions_given && !holds(transcript, &one, result, dialogue))
        failed = &one;
    if (failed != NULL)
        *why = explain(transcript, failed, result, dialogue);
    free(dialogue);
    return failed == NULL;
}
