/* One thing explained: a reply code, an enhanced code or a rule, as the parts of its page. */
#include "cli/topic.h"

#include "cli/nearest.h"
#include "cli/topic_make.h"
#include "heloscope/rules.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *heading;
    const char *key;
} names[TOPIC_PARTS] = {
    [TOPIC_CLASS] = {"What its digits say", "class"},
    [TOPIC_SEVERITY] = {"Severity and category", "severity"},
    [TOPIC_MEANING] = {"What it means", "meaning"},
    [TOPIC_SEEN] = {"When it is seen", "seen"},
    [TOPIC_BEFORE] = {"What comes before it", "before"},
    [TOPIC_AFTER] = {"What comes after it", "after"},
    [TOPIC_EXAMPLE] = {"How it looks", "example"},
    [TOPIC_SUSPECT] = {"When it is a sign of trouble", "suspect"},
    [TOPIC_ADVICE] = {"What to do", "advice"},
    [TOPIC_CAUSES] = {"Its causes, and what to do about each", "causes"},
    [TOPIC_PARAMETERS] = {"What can be set", "parameters"},
    [TOPIC_WITH] = {"What often comes with it", "with"},
    [TOPIC_CODES] = {"Codes that it looks at", "codes"},
    [TOPIC_RULES] = {"Rules that look at it", "rules"},
    [TOPIC_TECHNIQUES] = {"Techniques of ATT&CK", "techniques"},
    [TOPIC_REFERENCES] = {"References", "references"},
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

const char *topic_say(struct topic *topic, const char *format, ...)
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

const char *topic_list(struct topic *topic, const char *list)
{
    if (list == NULL)
        return NULL;
    const char *text = topic_say(topic, "%s", "");
    topic->used--;
    while (*list != '\0') {
        size_t len = strcspn(list, " ");
        topic_say(topic, "%.*s%s", (int)len, list, list[len] != '\0' ? ", " : "");
        topic->used--;
        list += len + strspn(list + len, " ");
    }
    topic->used++;
    return text;
}

const char *topic_rules(struct topic *topic, const char *list)
{
    const char *text = topic_say(topic, "%s", "");
    bool any = false;
    topic->used--;
    while (list != NULL && *list != '\0') {
        char id[8];
        size_t len = strcspn(list, " ");
        snprintf(id, sizeof id, "%.*s", (int)len, list);
        const struct helo_rule *rule = helo_rule_at(helo_rule_find(id));
        if (rule != NULL) {
            topic_say(topic, "%s%s %s", any ? "\n" : "", rule->id, rule->name);
            topic->used--;
            any = true;
        }
        list += len + strspn(list + len, " ");
    }
    topic->used++;
    return any ? text : NULL;
}

/* Longer names are nobody's, and not shown in full. */
#define MOST_WANTED 60

static void fail(struct helo_error *error, const char *wanted)
{
    const char *rule = nearest_rule(wanted);
    snprintf(error->message, sizeof error->message,
             "'%.*s' is neither a reply code (100 to 599), nor an enhanced code (5.7.8), nor a "
             "rule%s%s%s",
             MOST_WANTED, wanted, rule != NULL ? "; did you mean " : "", rule != NULL ? rule : "",
             rule != NULL ? "?" : "");
}

bool topic_find(struct topic *topic, const char *wanted, struct helo_error *error)
{
    static bool (*const makers[])(struct topic * topic, const char *wanted) = {
        topic_make_code, topic_make_enhanced, topic_make_rule};
    for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++) {
        *topic = (struct topic){0};
        if (makers[i](topic, wanted))
            return true;
    }
    fail(error, wanted);
    return false;
}
