/* `heloscope rules`: the table of rules for people, or as JSON. */
#include "cli/rules_list.h"

#include <inttypes.h>
#include <string.h>

#include "base/message.h"
#include "heloscope/rules.h"

static void text_rule(FILE *to, const struct helo_rule *rule)
{
    fprintf(to, "%s  %-8s  %s\n", rule->id, helo_severity_name(rule->severity), rule->name);
    fprintf(to, "        %s\n", rule->description);
    for (size_t i = 0; i < helo_rule_parameter_count(rule); i++) {
        const struct helo_rule_parameter *p = &rule->parameters[i];
        fprintf(to, "        %s=%" PRId64 "%s%s  %s (%" PRId64 " to %" PRId64 ")\n", p->name,
                p->initial, p->unit[0] != '\0' ? " " : "", p->unit, p->description, p->least,
                p->most);
    }
}

/* The table's strings are ours: of what JSON escapes they have quotation marks at most. */
static void json_string(FILE *to, const char *key, const char *text)
{
    fprintf(to, ",\"%s\":\"", key);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            putc('\\', to);
        putc(*text, to);
    }
    putc('"', to);
}

static void json_parameters(FILE *to, const struct helo_rule *rule)
{
    fputs(",\"parameters\":[", to);
    for (size_t i = 0; i < helo_rule_parameter_count(rule); i++) {
        const struct helo_rule_parameter *p = &rule->parameters[i];
        fprintf(to, "%s{\"default\":%" PRId64 ",\"least\":%" PRId64 ",\"most\":%" PRId64,
                i > 0 ? "," : "", p->initial, p->least, p->most);
        json_string(to, "name", p->name);
        if (p->unit[0] != '\0')
            json_string(to, "unit", p->unit);
        json_string(to, "description", p->description);
        putc('}', to);
    }
    putc(']', to);
}

static void json_techniques(FILE *to, const struct helo_rule *rule)
{
    fputs(",\"techniques\":[", to);
    for (size_t i = 0; i < HELO_RULE_TECHNIQUES && rule->techniques[i] != NULL; i++)
        fprintf(to, "%s\"%s\"", i > 0 ? "," : "", rule->techniques[i]);
    putc(']', to);
}

static void json_causes(FILE *to, const struct helo_rule *rule)
{
    fputs(",\"causes\":[", to);
    for (const struct helo_rule_cause *cause = rule->causes; cause->key != NULL; cause++) {
        fprintf(to, "%s{\"key\":\"%s\"", cause != rule->causes ? "," : "", cause->key);
        json_string(to, "name", cause->name);
        json_string(to, "when", cause->when);
        json_string(to, "advice", cause->advice);
        putc('}', to);
    }
    putc(']', to);
}

static void json_rule(FILE *to, const struct helo_rule *rule)
{
    fprintf(to, "{\"id\":\"%s\"", rule->id);
    json_string(to, "name", rule->name);
    json_string(to, "category", rule->category);
    json_string(to, "severity", helo_severity_name(rule->severity));
    json_string(to, "description", rule->description);
    if (rule->reference != NULL)
        json_string(to, "reference", rule->reference);
    json_techniques(to, rule);
    json_string(to, "advice", rule->advice);
    if (rule->causes != NULL)
        json_causes(to, rule);
    if (rule->memory != NULL)
        json_string(to, "memory", rule->memory);
    json_parameters(to, rule);
    fputs("}\n", to);
}

bool rules_list(int argc, char **argv, FILE *to)
{
    void (*write)(FILE *, const struct helo_rule *) = text_rule;
    const struct helo_rule *rule;
    if (argc == 2 && strcmp(argv[1], "--json") == 0) {
        write = json_rule;
    } else if (argc > 1) {
        struct helo_error error;
        snprintf(error.message, sizeof error.message, "%.400s", argv[1]);
        message_tidy(error.message);
        fprintf(stderr, "heloscope: rules takes nothing but --json, not '%s'\n", error.message);
        return false;
    }
    for (size_t i = 0; (rule = helo_rule_at(i)) != NULL; i++)
        write(to, rule);
    return true;
}
