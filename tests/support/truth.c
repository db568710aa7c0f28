/* Holds what is said of a capture with losses against what really happened. */
#include "truth.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

__attribute__((format(printf, 1, 2))) static char *untrue(const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return grow_copy(text, strlen(text));
}

static bool is(const struct jtree *event, const char *dataset)
{
    return strcmp(run_dataset(event), dataset) == 0;
}

static bool same_text(const struct jtree *a, const struct jtree *b, const char *path)
{
    return strcmp(jtree_text(a, path), jtree_text(b, path)) == 0;
}

/* Exchanges. */

static bool same_exchange(const struct jtree *truth, const struct jtree *said)
{
    if (!is(truth, "exchange") || !same_text(truth, said, "smtp.reply.code"))
        return false;
    const char *verb = jtree_text(said, "smtp.command.verb");
    if (verb[0] == '\0' || strcmp(verb, "*UNKNOWN*") == 0)
        return true;
    if (!same_text(truth, said, "smtp.command.verb"))
        return false;
    return jtree_at(said, "smtp.command.argument") == NULL ||
           same_text(truth, said, "smtp.command.argument");
}

/* With a command they must be among the true ones in order; a lone reply only has to exist. */
static char *check_exchanges(const struct run_result *truth, const struct run_result *said)
{
    size_t next = 0;
    for (size_t i = 0; i < said->count; i++) {
        const struct jtree *event = said->events[i];
        if (!is(event, "exchange") || jtree_at(event, "smtp.reply.code") == NULL)
            continue;
        bool alone = jtree_at(event, "smtp.command") == NULL;
        size_t k = alone ? 0 : next;
        while (k < truth->count && !same_exchange(truth->events[k], event))
            k++;
        if (k == truth->count)
            return untrue(
                "no such exchange, or not in this order: %s %s = %s (number %lld)",
                jtree_text(event, "smtp.command.verb"), jtree_text(event, "smtp.command.argument"),
                jtree_text(event, "smtp.reply.code"), jtree_integer(event, "smtp.exchange.number"));
        if (!alone)
            next = k + 1;
    }
    return NULL;
}

/* Messages. */

static const struct jtree *recipients(const struct jtree *event)
{
    const struct jtree *list = jtree_at(event, "smtp.message.recipients");
    return list == NULL ? NULL : list->child;
}

/* The recipient at or behind *at with the same address and codes that are not other ones. */
static bool find_recipient(const struct jtree **at, const struct jtree *said)
{
    static const char *const codes[] = {"code", "final_code"};
    for (; *at != NULL; *at = (*at)->next) {
        bool same = same_text(*at, said, "address");
        for (size_t i = 0; i < COUNT(codes) && same; i++)
            same = jtree_at(said, codes[i]) == NULL || same_text(*at, said, codes[i]);
        if (same) {
            *at = (*at)->next;
            return true;
        }
    }
    return false;
}

static bool may_be_message(const struct jtree *truth, const struct jtree *said)
{
    const char *result = jtree_text(said, "smtp.message.result");
    bool decided = strcmp(result, "incomplete") != 0;
    if (!is(truth, "message") || (decided && !same_text(truth, said, "smtp.message.result")))
        return false;
    if (jtree_at(said, "smtp.mail_from") != NULL && !same_text(truth, said, "smtp.mail_from"))
        return false;
    /* Of a transcript that has gaps itself the truth is not told whole. */
    if (jtree_at(said, "smtp.message.size") != NULL &&
        jtree_at(truth, "smtp.message.size") != NULL &&
        !same_text(truth, said, "smtp.message.size"))
        return false;
    /* A list cut at its limit does not tell who else there was. */
    if (jtree_at(truth, "smtp.list_counts") != NULL)
        return true;
    const struct jtree *at = recipients(truth);
    for (const struct jtree *r = recipients(said); r != NULL; r = r->next)
        if (!find_recipient(&at, r))
            return false;
    return true;
}

static char *check_messages(const struct run_result *truth, const struct run_result *said)
{
    for (size_t i = 0; i < said->count; i++) {
        const struct jtree *event = said->events[i];
        bool found = !is(event, "message");
        for (size_t k = 0; k < truth->count && !found; k++)
            found = may_be_message(truth->events[k], event);
        if (found)
            continue;
        char *message = jtree_write(jtree_at(event, "smtp"));
        char *why = untrue("no such message: %s", message);
        free(message);
        return why;
    }
    return NULL;
}

/* Sessions. */

static const struct jtree *session_of(const struct run_result *result, size_t n)
{
    for (size_t i = 0; i < result->count; i++)
        if (is(result->events[i], "session") && n-- == 0)
            return result->events[i];
    return NULL;
}

static char *check_counters(const struct jtree *truth, const struct jtree *said)
{
    static const char *const counters[] = {
        "smtp.session.auth.attempts",       "smtp.session.auth.successes",
        "smtp.session.auth.failures",       "smtp.session.auth.challenges",
        "smtp.session.messages.attempted",  "smtp.session.messages.accepted",
        "smtp.session.messages.rejected",   "smtp.session.recipients.accepted",
        "smtp.session.recipients.rejected",
    };
    static const char *const objects[] = {"smtp.session.commands", "smtp.session.replies"};
    for (size_t i = 0; i < COUNT(counters); i++)
        if (jtree_integer(said, counters[i]) > jtree_integer(truth, counters[i]))
            return untrue("%s is %lld, in truth %lld", counters[i],
                          jtree_integer(said, counters[i]), jtree_integer(truth, counters[i]));
    for (size_t i = 0; i < COUNT(objects); i++) {
        const struct jtree *object = jtree_at(said, objects[i]);
        for (const struct jtree *c = object == NULL ? NULL : object->child; c != NULL;
             c = c->next) {
            long long true_count = jtree_integer(jtree_at(truth, objects[i]), c->key);
            /* A line whose beginning is missing is no known verb. */
            if (strcmp(c->key, "OTHER") != 0 && strtoll(c->text, NULL, 10) > true_count)
                return untrue("%s.%s is %s, in truth %lld", objects[i], c->key, c->text,
                              true_count);
        }
    }
    return NULL;
}

static char *check_flags(const struct jtree *truth, const struct jtree *said)
{
    static const char *const flags[] = {
        "smtp.session.pipelining",         "smtp.session.tls",
        "smtp.session.decrypted",          "smtp.session.starttls.offered",
        "smtp.session.starttls.requested", "smtp.session.starttls.established",
        "smtp.session.close.expected",
    };
    for (size_t i = 0; i < COUNT(flags); i++)
        if (jtree_true(said, flags[i]) && !jtree_true(truth, flags[i]))
            return untrue("%s is true, in truth it is not", flags[i]);
    return NULL;
}

static bool greeted_with(const struct run_result *truth, const char *name)
{
    for (size_t i = 0; i < truth->count; i++) {
        const char *verb = jtree_text(truth->events[i], "smtp.command.verb");
        if ((strcmp(verb, "EHLO") == 0 || strcmp(verb, "HELO") == 0 || strcmp(verb, "LHLO") == 0) &&
            strcmp(jtree_text(truth->events[i], "smtp.command.argument"), name) == 0)
            return true;
    }
    return false;
}

static bool replied_with(const struct run_result *truth, const char *line)
{
    for (size_t i = 0; i < truth->count; i++)
        if (strstr(jtree_text(truth->events[i], "smtp.reply.text"), line) != NULL)
            return true;
    return false;
}

static char *check_names(const struct run_result *truth, const struct jtree *said)
{
    const char *name = jtree_text(said, "smtp.helo");
    if (name[0] != '\0' && !greeted_with(truth, name))
        return untrue("nobody is called %s", name);
    const struct jtree *list = jtree_at(said, "smtp.server.capabilities");
    for (const struct jtree *c = list == NULL ? NULL : list->child; c != NULL; c = c->next)
        if (!replied_with(truth, c->text))
            return untrue("no such capability: %s", c->text);
    return NULL;
}

static char *check_close(const struct jtree *truth, const struct jtree *said)
{
    const char *true_reason = jtree_text(truth, "smtp.session.close.reason");
    const char *reason = jtree_text(said, "smtp.session.close.reason");
    if (strcmp(reason, true_reason) != 0 && strcmp(reason, "unknown") != 0)
        return untrue("close.reason is %s, in truth %s", reason, true_reason);
    const char *true_outcome = jtree_text(truth, "event.outcome");
    const char *outcome = jtree_text(said, "event.outcome");
    if (strcmp(outcome, true_outcome) != 0 && strcmp(outcome, "unknown") != 0 &&
        strcmp(true_outcome, "unknown") != 0)
        return untrue("event.outcome is %s, in truth %s", outcome, true_outcome);
    return NULL;
}

static char *check_sessions(const struct run_result *truth, const struct run_result *said)
{
    for (size_t n = 0;; n++) {
        const struct jtree *real = session_of(truth, n), *seen = session_of(said, n);
        if (seen == NULL)
            return NULL;
        if (real == NULL)
            return untrue("more sessions than there were");
        char *why = check_counters(real, seen);
        if (why == NULL)
            why = check_flags(real, seen);
        if (why == NULL)
            why = check_names(truth, seen);
        if (why == NULL)
            why = check_close(real, seen);
        if (why != NULL)
            return why;
    }
}

/* Anomalies of the protocol: each rule that speaks is one that speaks of the whole capture. */

/* What waited for no reply is told by acknowledgements, and a copy may acknowledge more. */
static bool hangs_on_copies(const struct jtree *event)
{
    return strcmp(jtree_text(event, "smtp.anomaly.evidence.reason"), "no_recipient") == 0;
}

static bool is_of_protocol(const struct jtree *event)
{
    const char *category = jtree_text(event, "rule.category");
    return is(event, "anomaly") &&
           (strcmp(category, "protocol") == 0 || strcmp(category, "boundary") == 0);
}

static char *check_anomalies(const struct run_result *truth, const struct run_result *said)
{
    for (size_t i = 0; i < said->count; i++) {
        const struct jtree *event = said->events[i];
        size_t k = 0;
        if (!is_of_protocol(event) || hangs_on_copies(event))
            continue;
        while (k < truth->count &&
               !(is_of_protocol(truth->events[k]) && same_text(truth->events[k], event, "rule.id")))
            k++;
        if (k == truth->count)
            return untrue("anomaly %s did not happen", jtree_text(event, "rule.id"));
    }
    return NULL;
}

char *truth_violation(const struct run_result *truth, const struct run_result *said)
{
    if (said->broken)
        return untrue("a line is not JSON");
    char *why = check_exchanges(truth, said);
    if (why == NULL)
        why = check_messages(truth, said);
    if (why == NULL)
        why = check_sessions(truth, said);
    if (why == NULL)
        why = check_anomalies(truth, said);
    return why;
}
