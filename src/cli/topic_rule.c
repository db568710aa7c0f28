/* Topics of rules, from the table that the engine has of them. */
#include "cli/topic_make.h"
#include "heloscope/rules.h"

#include <inttypes.h>
#include <string.h>

/* Whether a list of ids has this one. */
static bool lists(const char *list, const char *id)
{
    return list != NULL && strstr(list, id) != NULL;
}

/* The codes whose pages name the rule; NULL: none. */
static const char *codes_of(struct topic *topic, const char *id)
{
    const char *text = topic_say(topic, "%s", "");
    const struct helo_explain_code *code;
    bool any = false;
    topic->used--;
    for (size_t i = 0; (code = helo_explain_code_at(i)) != NULL; i++) {
        if (!lists(code->rules, id))
            continue;
        topic_say(topic, "%s%u", any ? ", " : "", code->code);
        topic->used--;
        any = true;
    }
    topic->used++;
    return any ? text : NULL;
}

static const char *parameters_of(struct topic *topic, const struct helo_rule *rule)
{
    const char *text =
        topic_say(topic, "--set %s.severity=%s", rule->id, helo_severity_name(rule->severity));
    topic->used--;
    for (size_t i = 0; i < helo_rule_parameter_count(rule); i++) {
        const struct helo_rule_parameter *p = &rule->parameters[i];
        topic_say(topic, "\n--set %s.%s=%" PRId64 ": %s (%" PRId64 " to %" PRId64 "%s%s)", rule->id,
                  p->name, p->initial, p->description, p->least, p->most,
                  *p->unit != '\0' ? " " : "", p->unit);
        topic->used--;
    }
    topic->used++;
    return text;
}

/* NULL: it tells none apart. */
static const char *causes_of(struct topic *topic, const struct helo_rule *rule)
{
    if (rule->causes == NULL)
        return NULL;
    const char *text = topic_say(topic, "%s", "");
    topic->used--;
    for (const struct helo_rule_cause *cause = rule->causes; cause->key != NULL; cause++) {
        topic_say(topic, "%s%s=%s: %s %s", cause != rule->causes ? "\n" : "", cause->key,
                  cause->name, cause->when, cause->advice);
        topic->used--;
    }
    topic->used++;
    return text;
}

static const char *techniques_of(struct topic *topic, const struct helo_rule *rule)
{
    if (rule->techniques[0] == NULL)
        return NULL;
    const char *text = topic_say(topic, "%s", rule->techniques[0]);
    topic->used--;
    for (size_t i = 1; i < HELO_RULE_TECHNIQUES && rule->techniques[i] != NULL; i++) {
        topic_say(topic, ", %s", rule->techniques[i]);
        topic->used--;
    }
    topic->used++;
    return text;
}

bool topic_make_rule(struct topic *topic, const char *wanted)
{
    const struct helo_rule *rule = helo_rule_at(helo_rule_find(wanted));
    if (rule == NULL)
        return false;
    topic->kind = TOPIC_RULE;
    topic->rule = rule;
    topic->name = rule->id;
    topic->title = rule->name;
    topic->parts[TOPIC_SEVERITY] =
        topic_say(topic, "%s, category %s", helo_severity_name(rule->severity), rule->category);
    topic->parts[TOPIC_MEANING] = rule->description;
    topic->parts[TOPIC_ADVICE] = rule->advice;
    topic->parts[TOPIC_CAUSES] = causes_of(topic, rule);
    topic->parts[TOPIC_PARAMETERS] = parameters_of(topic, rule);
    topic->parts[TOPIC_CODES] = codes_of(topic, rule->id);
    topic->parts[TOPIC_TECHNIQUES] = techniques_of(topic, rule);
    topic->parts[TOPIC_REFERENCES] = rule->reference;
    return true;
}
