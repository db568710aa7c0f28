/* One thing explained: a reply code, an enhanced code or a rule, as the parts of its page. */
#include "cli/topic.h"

#include <assert.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *heading;
    const char *key;
} names[TOPIC_PARTS] = {
    [TOPIC_CLASS] = {"What its digits say", "class"},
    [TOPIC_MEANING] = {"What it means", "meaning"},
    [TOPIC_SEEN] = {"When it is seen", "seen"},
    [TOPIC_BEFORE] = {"What comes before it", "before"},
    [TOPIC_AFTER] = {"What comes after it", "after"},
    [TOPIC_EXAMPLE] = {"How it looks", "example"},
    [TOPIC_SUSPECT] = {"When it is a sign of trouble", "suspect"},
    [TOPIC_ADVICE] = {"What to do", "advice"},
    [TOPIC_WITH] = {"What often comes with it", "with"},
    [TOPIC_RULES] = {"Rules that look at it", "rules"},
    [TOPIC_REFERENCES] = {"Where it is defined", "references"},
};

const char *topic_heading(enum topic_part part)
{
    return names[part].heading;
}

const char *topic_key(enum topic_part part)
{
    return names[part].key;
}

bool topic_is_dialogue(enum topic_part part)
{
    return part == TOPIC_EXAMPLE;
}

/* Puts a text together in the topic's room. */
static const char *say(struct topic *topic, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static const char *say(struct topic *topic, const char *format, ...)
{
    char *text = topic->room + topic->used;
    size_t left = sizeof topic->room - topic->used;
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text, left, format, arguments);
    va_end(arguments);
    assert(len >= 0 && (size_t)len < left);
    topic->used += (size_t)len + 1;
    return text;
}

/* "HS-101 HS-103" → "HS-101, HS-103" */
static const char *with_commas(struct topic *topic, const char *list)
{
    if (list == NULL)
        return NULL;
    const char *text = say(topic, "%s", "");
    topic->used--;
    while (*list != '\0') {
        size_t len = strcspn(list, " ");
        say(topic, "%.*s%s", (int)len, list, list[len] != '\0' ? ", " : "");
        topic->used--;
        list += len + strspn(list + len, " ");
    }
    topic->used++;
    return text;
}

/* What RFC 5321 lets a client do with a code that it does not know. */
static const char *advice_by_class(unsigned class)
{
    static const char *const advice[] = {
        [1] = "Find out what is listening there; it is hardly a mail server.",
        [2] = "Take it for a success, as a client does that does not know the code.",
        [3] = "A client that does not know the code can't go on: what it should send is unknown. "
              "Find out which software the server is.",
        [4] = "Treat it as any temporary failure: try again later. Read its text and its enhanced "
              "code, if it has one; they tell more than the code.",
        [5] =
            "Treat it as any permanent failure: do not repeat it unchanged. Read its text and its "
            "enhanced code, if it has one; they tell more than the code.",
    };
    return advice[class];
}

static void digits_of_code(struct topic *topic)
{
    unsigned first = topic->code / 100, second = topic->code / 10 % 10;
    const struct helo_explain_part *class = helo_explain_class(first);
    const struct helo_explain_part *group = helo_explain_group(second);
    topic->parts[TOPIC_CLASS] = say(topic, "%uyz, %s: %s\nx%uz, %s: %s", first, class->name,
                                    class->meaning, second, group->name, group->meaning);
}

static void unknown_code(struct topic *topic)
{
    unsigned first = topic->code / 100;
    topic->title = "A code of no table";
    topic->parts[TOPIC_MEANING] =
        "No RFC that heloscope knows of gives this code a meaning. Its server made it up, or an "
        "extension of its own defines it. Clients go by the first digit.";
    topic->parts[TOPIC_ADVICE] = advice_by_class(first);
    topic->parts[TOPIC_RULES] = first == 1 ? "HS-405" : NULL;
    topic->parts[TOPIC_REFERENCES] =
        say(topic, "Nowhere; its digits in %s", helo_explain_class(first)->references);
}

static void known_code(struct topic *topic, const struct helo_explain_code *entry)
{
    topic->title = entry->title;
    topic->parts[TOPIC_MEANING] = entry->meaning;
    topic->parts[TOPIC_SEEN] = entry->seen;
    topic->parts[TOPIC_BEFORE] = entry->before;
    topic->parts[TOPIC_AFTER] = entry->after;
    topic->parts[TOPIC_EXAMPLE] = entry->example;
    topic->parts[TOPIC_SUSPECT] = entry->suspect;
    topic->parts[TOPIC_ADVICE] = entry->advice;
    topic->parts[TOPIC_WITH] = with_commas(topic, entry->enhanced);
    topic->parts[TOPIC_RULES] = with_commas(topic, entry->rules);
    topic->parts[TOPIC_REFERENCES] = entry->references;
}

static void fill_code(struct topic *topic)
{
    topic->kind = TOPIC_CODE;
    topic->name = say(topic, "%u", topic->code);
    digits_of_code(topic);
    const struct helo_explain_code *entry = helo_explain_code(topic->code);
    if (entry != NULL)
        known_code(topic, entry);
    else
        unknown_code(topic);
}

/* Three digits, of which the first is a class. */
static bool parse_code(const char *wanted, unsigned *code)
{
    if (strlen(wanted) != 3 || strspn(wanted, "0123456789") != 3)
        return false;
    *code = (unsigned)((wanted[0] - '0') * 100 + (wanted[1] - '0') * 10 + (wanted[2] - '0'));
    return helo_explain_class(*code / 100) != NULL;
}

static bool has_class(const struct helo_explain_enhanced *entry, unsigned class)
{
    return class == 0 || strchr(entry->classes, (int)('0' + class)) != NULL;
}

static const char *class_text(struct topic *topic)
{
    const struct helo_explain_part *class = helo_explain_enhanced_class(topic->class);
    if (class != NULL)
        return say(topic, "%u.y.z, %s: %s\n", topic->class, class->name, class->meaning);
    return "X.y.z, any class: 2 is success, 4 a failure that may pass, 5 a permanent one.\n";
}

static void numbers_of_enhanced(struct topic *topic, const struct helo_explain_enhanced *entry)
{
    const struct helo_explain_part *subject = helo_explain_enhanced_subject(topic->subject);
    const char *class = class_text(topic);
    const char *about =
        subject != NULL
            ? say(topic, "x.%u.z, %s: %s\n", topic->subject, subject->name, subject->meaning)
            : say(topic, "x.%u.z: no subject has this number.\n", topic->subject);
    const char *detail =
        entry != NULL ? say(topic, "x.%u.%u: %s.", topic->subject, topic->detail, entry->title)
                      : say(topic, "x.%u.%u: not registered.", topic->subject, topic->detail);
    topic->parts[TOPIC_CLASS] = say(topic, "%s%s%s", class, about, detail);
}

/* The classes that an enhanced code makes sense with, and the reply codes. */
static const char *classes_and_codes(struct topic *topic, const struct helo_explain_enhanced *entry)
{
    const char *classes = with_commas(topic, entry->classes);
    const char *codes = with_commas(topic, entry->codes);
    const char *unusual = has_class(entry, topic->class) ? "" : ", so this one is unusual";
    if (codes == NULL)
        return say(topic, "Class %s%s.", classes, unusual);
    return say(topic, "Class %s%s. Reply codes %s.", classes, unusual, codes);
}

static void known_enhanced(struct topic *topic, const struct helo_explain_enhanced *entry)
{
    bool success = topic->class == 2 && entry->success != NULL;
    topic->title = success && entry->detail == 0 ? "success, no details" : entry->title;
    topic->parts[TOPIC_MEANING] = success ? entry->success : entry->meaning;
    if (topic->class == 0 && entry->success != NULL)
        topic->parts[TOPIC_MEANING] =
            say(topic, "%s\nWith class 2: %s", entry->meaning, entry->success);
    if (topic->class != 2)
        topic->parts[TOPIC_ADVICE] = entry->advice;
    topic->parts[TOPIC_WITH] = classes_and_codes(topic, entry);
    topic->parts[TOPIC_RULES] = topic->class == 2 ? NULL : with_commas(topic, entry->rules);
    topic->parts[TOPIC_REFERENCES] = entry->references;
}

static void unknown_enhanced(struct topic *topic)
{
    topic->title = "not registered";
    topic->parts[TOPIC_MEANING] =
        "The registry of enhanced codes does not have this one. Its server made it up; what can be "
        "said of it comes from its class and subject.";
    topic->parts[TOPIC_ADVICE] = topic->class == 2 ? NULL : "Read the reply's text.";
    topic->parts[TOPIC_REFERENCES] = "Nowhere; its parts in RFC 3463 §2, §3";
}

static void fill_enhanced(struct topic *topic)
{
    topic->kind = TOPIC_ENHANCED;
    topic->name = topic->class == 0
                      ? say(topic, "X.%u.%u", topic->subject, topic->detail)
                      : say(topic, "%u.%u.%u", topic->class, topic->subject, topic->detail);
    const struct helo_explain_enhanced *entry =
        helo_explain_enhanced(topic->subject, topic->detail);
    numbers_of_enhanced(topic, entry);
    if (entry != NULL)
        known_enhanced(topic, entry);
    else
        unknown_enhanced(topic);
}

/* A number of up to three digits without zeros before it (RFC 2034 §4). */
static bool parse_number(const char **at, unsigned *number)
{
    size_t len = strspn(*at, "0123456789");
    if (len == 0 || len > 3 || (len > 1 && **at == '0'))
        return false;
    for (*number = 0; len > 0; len--)
        *number = *number * 10 + (unsigned)(*(*at)++ - '0');
    return true;
}

static bool parse_enhanced(const char *wanted, struct topic *topic)
{
    const char *at = wanted + 1;
    bool any = toupper((unsigned char)*wanted) == 'X';
    topic->class = any ? 0 : (unsigned)(*wanted - '0');
    if (!any &&
        (!isdigit((unsigned char)*wanted) || helo_explain_enhanced_class(topic->class) == NULL))
        return false;
    return *at++ == '.' && parse_number(&at, &topic->subject) && *at++ == '.' &&
           parse_number(&at, &topic->detail) && *at == '\0';
}

bool topic_find(struct topic *topic, const char *wanted, struct helo_error *error)
{
    *topic = (struct topic){0};
    if (parse_code(wanted, &topic->code)) {
        fill_code(topic);
        return true;
    }
    if (parse_enhanced(wanted, topic)) {
        fill_enhanced(topic);
        return true;
    }
    snprintf(error->message, sizeof error->message,
             "'%.60s' is neither a reply code (100 to 599), nor an enhanced code (5.7.8), nor a "
             "rule",
             wanted);
    return false;
}
