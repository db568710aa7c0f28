/* Topics of reply codes: from the table, or from their digits. */
#include "cli/topic_make.h"

#include <string.h>

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
    topic->parts[TOPIC_CLASS] = topic_say(topic, "%uyz, %s: %s\nx%uz, %s: %s", first, class->name,
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
    topic->parts[TOPIC_RULES] = topic_rules(topic, first == 1 ? "HS-405" : NULL);
    topic->parts[TOPIC_REFERENCES] =
        topic_say(topic, "Nowhere; its digits in %s", helo_explain_class(first)->references);
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
    topic->parts[TOPIC_WITH] = topic_list(topic, entry->enhanced);
    topic->parts[TOPIC_RULES] = topic_rules(topic, entry->rules);
    topic->parts[TOPIC_REFERENCES] = entry->references;
}

static void fill_code(struct topic *topic)
{
    topic->kind = TOPIC_CODE;
    topic->name = topic_say(topic, "%u", topic->code);
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

bool topic_make_code(struct topic *topic, const char *wanted)
{
    if (!parse_code(wanted, &topic->code))
        return false;
    fill_code(topic);
    return true;
}
