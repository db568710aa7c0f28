/* What tells two topics apart, and which of them to expect when. */
#include "cli/compare.h"

#include "heloscope/rules.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct writer {
    char *at;
    size_t left;
};

static void say(struct writer *writer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void say(struct writer *writer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(writer->at, writer->left, format, arguments);
    va_end(arguments);
    assert(len >= 0 && (size_t)len < writer->left);
    writer->at += len;
    writer->left -= (size_t)len;
}

/* One digit of both: the same, or what each says. */
static void compare_digit(struct writer *writer, const char *which, unsigned left, unsigned right,
                          const struct helo_explain_part *(*part)(unsigned digit))
{
    if (left == right)
        say(writer, "%s: %u in both, %s.\n", which, left, part(left)->name);
    else
        say(writer, "%s: %u (%s) and %u (%s).\n", which, left, part(left)->name, right,
            part(right)->name);
}

/* What a change of the first digit changes for the client. */
static const char *consequence(unsigned class)
{
    static const char *const texts[] = {
        [1] = "is no reply of SMTP",
        [2] = "is a success",
        [3] = "waits for the rest of what the client has to say",
        [4] = "may be a success when tried again later",
        [5] = "fails again unless something is changed",
    };
    return texts[class];
}

static void expect_code(struct writer *writer, const struct topic *topic, const char *end)
{
    const char *seen = topic->parts[TOPIC_SEEN];
    say(writer, "%s: %s%s", topic->name,
        seen != NULL ? seen : "no standard tells; expect it from no server that keeps to them.",
        end);
}

/* Any two codes, by their digits and by when they are seen. */
static void compare_digits(struct comparison *comparison, const struct topic *left,
                           const struct topic *right)
{
    struct writer writer = {comparison->room, sizeof comparison->room};
    unsigned first[2] = {left->code / 100, right->code / 100};
    unsigned second[2] = {left->code / 10 % 10, right->code / 10 % 10};
    compare_digit(&writer, "First digit", first[0], first[1], helo_explain_class);
    compare_digit(&writer, "Second digit", second[0], second[1], helo_explain_group);
    if (first[0] != first[1])
        say(&writer, "What follows from it: %s %s, %s %s.", left->name, consequence(first[0]),
            right->name, consequence(first[1]));
    else
        say(&writer, "What follows from it: each %s; what tells them apart is in the parts above.",
            consequence(first[0]));
    comparison->differences = comparison->room;
    writer.at++;
    writer.left--;
    comparison->expect = writer.at;
    expect_code(&writer, left, "\n");
    expect_code(&writer, right, "");
}

static void compare_codes(struct comparison *comparison, const struct topic *left,
                          const struct topic *right)
{
    const struct helo_explain_pair *pair = helo_explain_pair(left->code, right->code);
    if (pair == NULL) {
        compare_digits(comparison, left, right);
        return;
    }
    comparison->differences = pair->differences;
    comparison->expect = pair->expect;
    comparison->example = pair->example;
}

static const char *name_of(const struct helo_explain_part *part)
{
    return part != NULL ? part->name : "not defined";
}

static void compare_enhanced(struct comparison *comparison, const struct topic *left,
                             const struct topic *right)
{
    struct writer writer = {comparison->room, sizeof comparison->room};
    if (left->class != right->class && left->class != 0 && right->class != 0)
        say(&writer, "Class: %s %s, %s %s.\n", left->name, consequence(left->class), right->name,
            consequence(right->class));
    if (left->subject == right->subject)
        say(&writer, "Subject: the same, %s.",
            name_of(helo_explain_enhanced_subject(left->subject)));
    else
        say(&writer, "Subject: %s is about %s, %s about %s.", left->name,
            name_of(helo_explain_enhanced_subject(left->subject)), right->name,
            name_of(helo_explain_enhanced_subject(right->subject)));
    if (left->subject == right->subject && left->detail == right->detail)
        say(&writer, "\nDetail: the same.");
    comparison->differences = comparison->room;
}

/* Whether a list has this word. */
static bool lists(const char *list, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = list; at != NULL && *at != '\0'; at += strspn(at, " ")) {
        size_t here = strcspn(at, " ");
        if (here == len && strncmp(at, word, len) == 0)
            return true;
        at += here;
    }
    return false;
}

static bool are_paired(const struct topic *code, const struct topic *enhanced)
{
    const struct helo_explain_code *reply = helo_explain_code(code->code);
    const struct helo_explain_enhanced *entry =
        helo_explain_enhanced(enhanced->subject, enhanced->detail);
    return (reply != NULL && lists(reply->enhanced, enhanced->name)) ||
           (entry != NULL && lists(entry->codes, code->name));
}

/* A reply code and an enhanced code stand in one reply, if they agree. */
static void compare_mixed(struct comparison *comparison, const struct topic *code,
                          const struct topic *enhanced)
{
    struct writer writer = {comparison->room, sizeof comparison->room};
    unsigned class = code->code / 100;
    say(&writer,
        "Place: %s begins a reply, and programs act by it; %s stands behind it in the text and "
        "tells why.\n",
        code->name, enhanced->name);
    if (class == 1 || class == 3)
        say(&writer, "Together: never. Replies of %uyz carry no enhanced code (RFC 2034 §4).",
            class);
    else if (enhanced->class != 0 && enhanced->class != class)
        say(&writer,
            "Together: never in a correct reply. Both must begin with the same digit (RFC 2034 "
            "§4); %s and %s contradict each other.",
            code->name, enhanced->name);
    else if (are_paired(code, enhanced))
        say(&writer, "Together: often, as in “%s %s …”.", code->name, enhanced->name);
    else
        say(&writer, "Together: allowed, but unusual.");
    comparison->differences = comparison->room;
}

static void compare_rules(struct comparison *comparison, const struct topic *left,
                          const struct topic *right)
{
    struct writer writer = {comparison->room, sizeof comparison->room};
    const struct helo_rule *of_left = left->rule, *of_right = right->rule;
    if (strcmp(of_left->category, of_right->category) == 0)
        say(&writer, "Category: %s for both.\n", of_left->category);
    else
        say(&writer, "Category: %s for %s, %s for %s.\n", of_left->category, left->name,
            of_right->category, right->name);
    if (of_left->severity == of_right->severity)
        say(&writer, "Severity: %s for both.", helo_severity_name(of_left->severity));
    else
        say(&writer, "Severity: %s for %s, %s for %s.", helo_severity_name(of_left->severity),
            left->name, helo_severity_name(of_right->severity), right->name);
    comparison->differences = comparison->room;
    writer.at++;
    writer.left--;
    comparison->expect = writer.at;
    say(&writer, "%s: %s\n%s: %s", left->name, of_left->description, right->name,
        of_right->description);
}

/* Whether the page of a code or enhanced code names a rule. */
static bool names_rule(const struct topic *topic, const struct helo_rule *rule)
{
    const char *rules = topic->parts[TOPIC_RULES];
    return rules != NULL && strstr(rules, rule->id) != NULL;
}

static void compare_with_rule(struct comparison *comparison, const struct topic *rule,
                              const struct topic *other)
{
    struct writer writer = {comparison->room, sizeof comparison->room};
    say(&writer,
        "What they are: %s is a word of the server's; %s is what heloscope says of a session.\n",
        other->name, rule->name);
    say(&writer, "Together: %s %s %s.", rule->name,
        names_rule(other, rule->rule) ? "looks at" : "does not look at", other->name);
    comparison->differences = comparison->room;
}

void compare_topics(struct comparison *comparison, const struct topic *left,
                    const struct topic *right)
{
    *comparison = (struct comparison){0};
    if (left->kind == TOPIC_CODE && right->kind == TOPIC_CODE)
        compare_codes(comparison, left, right);
    else if (left->kind == TOPIC_ENHANCED && right->kind == TOPIC_ENHANCED)
        compare_enhanced(comparison, left, right);
    else if (left->kind == TOPIC_CODE && right->kind == TOPIC_ENHANCED)
        compare_mixed(comparison, left, right);
    else if (left->kind == TOPIC_ENHANCED && right->kind == TOPIC_CODE)
        compare_mixed(comparison, right, left);
    else if (left->kind == TOPIC_RULE && right->kind == TOPIC_RULE)
        compare_rules(comparison, left, right);
    else if (left->kind == TOPIC_RULE)
        compare_with_rule(comparison, left, right);
    else
        compare_with_rule(comparison, right, left);
}
