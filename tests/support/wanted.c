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

/* Words that follow one another unchanged are written once, with their number. */
struct words {
    FILE *out;
    char last[128];
    long long times;
    bool any;
};

static void words_flush(struct words *words)
{
    char *equals = strrchr(words->last, '=');
    if (words->times == 0 || equals == NULL)
        return;
    fputs(words->any ? " " : "", words->out);
    if (words->times == 1)
        fputs(words->last, words->out);
    else
        fprintf(words->out, "%.*s*%lld%s", (int)(equals - words->last), words->last, words->times,
                equals);
    words->any = true;
}

static void words_add(struct words *words, const char *word, long long times)
{
    if (strcmp(words->last, word) != 0) {
        words_flush(words);
        snprintf(words->last, sizeof words->last, "%s", word);
        words->times = 0;
    }
    words->times += times;
}

static void add_exchange(struct words *words, const struct jtree *event)
{
    char word[128];
    const char *verb = jtree_text(event, "smtp.command.verb");
    const char *code = jtree_text(event, "smtp.reply.code");
    if (code[0] == '\0')
        code = jtree_true(event, "smtp.exchange.reply_lost") ? "?" : "-";
    snprintf(word, sizeof word, "%.80s=%.10s", verb[0] == '\0' ? "-" : verb, code);
    long long times = jtree_integer(event, "smtp.exchange.count");
    words_add(words, word, times == 0 ? 1 : times);
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
    struct words words = {.out = open_memstream(&text, &length)};
    if (words.out == NULL)
        abort();
    for (size_t i = 0; i < count; i++)
        add_exchange(&words, exchanges[i]);
    words_flush(&words);
    fclose(words.out);
    free(exchanges);
    return text;
}

/* A DIALOGUE line as wanted_dialogue would write it. */
static char *canonical(const char *line)
{
    char *text = NULL, *copy = grow_copy(line, strlen(line)), *rest = NULL;
    size_t length;
    struct words words = {.out = open_memstream(&text, &length)};
    if (words.out == NULL)
        abort();
    for (char *word = strtok_r(copy, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        char *equals = strrchr(word, '=');
        char *digits = equals;
        while (digits != NULL && digits > word && digits[-1] >= '0' && digits[-1] <= '9')
            digits--;
        long long times = 1;
        if (digits != NULL && digits < equals && digits > word && digits[-1] == '*') {
            times = strtoll(digits, NULL, 10);
            memmove(digits - 1, equals, strlen(equals) + 1);
        }
        words_add(&words, word, times);
    }
    words_flush(&words);
    fclose(words.out);
    free(copy);
    return text;
}

static bool same_dialogue(const char *dialogue, const char *wanted)
{
    char *line = canonical(wanted);
    bool same = strcmp(dialogue, line) == 0;
    free(line);
    return same;
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
        return same_dialogue(dialogue, e->text);
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
