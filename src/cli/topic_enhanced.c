/* Topics of enhanced codes: from the registry, or from class, subject and detail. */
#include "cli/topic_make.h"

#include <ctype.h>
#include <string.h>

static bool has_class(const struct helo_explain_enhanced *entry, unsigned class)
{
    return class == 0 || strchr(entry->classes, (int)('0' + class)) != NULL;
}

static const char *class_text(struct topic *topic)
{
    const struct helo_explain_part *class = helo_explain_enhanced_class(topic->class);
    if (class != NULL)
        return topic_say(topic, "%u.y.z, %s: %s\n", topic->class, class->name, class->meaning);
    return "X.y.z, any class: 2 is success, 4 a failure that may pass, 5 a permanent one.\n";
}

static void numbers_of_enhanced(struct topic *topic, const struct helo_explain_enhanced *entry)
{
    const struct helo_explain_part *subject = helo_explain_enhanced_subject(topic->subject);
    const char *class = class_text(topic);
    const char *about =
        subject != NULL
            ? topic_say(topic, "x.%u.z, %s: %s\n", topic->subject, subject->name, subject->meaning)
            : topic_say(topic, "x.%u.z: no subject has this number.\n", topic->subject);
    const char *detail =
        entry != NULL
            ? topic_say(topic, "x.%u.%u: %s.", topic->subject, topic->detail, entry->title)
            : topic_say(topic, "x.%u.%u: not registered.", topic->subject, topic->detail);
    topic->parts[TOPIC_CLASS] = topic_say(topic, "%s%s%s", class, about, detail);
}

/* The classes that an enhanced code makes sense with, and the reply codes. */
static const char *classes_and_codes(struct topic *topic, const struct helo_explain_enhanced *entry)
{
    const char *classes = topic_list(topic, entry->classes);
    const char *codes = topic_list(topic, entry->codes);
    const char *unusual = has_class(entry, topic->class) ? "" : ", so this one is unusual";
    if (codes == NULL)
        return topic_say(topic, "Class %s%s.", classes, unusual);
    return topic_say(topic, "Class %s%s. Reply codes %s.", classes, unusual, codes);
}

static void known_enhanced(struct topic *topic, const struct helo_explain_enhanced *entry)
{
    bool success = topic->class == 2 && entry->success != NULL;
    topic->title = success && entry->detail == 0 ? "success, no details" : entry->title;
    topic->parts[TOPIC_MEANING] = success ? entry->success : entry->meaning;
    if (topic->class == 0 && entry->success != NULL)
        topic->parts[TOPIC_MEANING] =
            topic_say(topic, "%s\nWith class 2: %s", entry->meaning, entry->success);
    if (topic->class != 2)
        topic->parts[TOPIC_ADVICE] = entry->advice;
    topic->parts[TOPIC_WITH] = classes_and_codes(topic, entry);
    topic->parts[TOPIC_RULES] = topic->class == 2 ? NULL : topic_rules(topic, entry->rules);
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
                      ? topic_say(topic, "X.%u.%u", topic->subject, topic->detail)
                      : topic_say(topic, "%u.%u.%u", topic->class, topic->subject, topic->detail);
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

bool topic_make_enhanced(struct topic *topic, const char *wanted)
{
    if (!parse_enhanced(wanted, topic))
        return false;
    fill_enhanced(topic);
    return true;
}
