/* The table of all rules, by family, and finding one in it. */
#include <string.h>
#include <strings.h>

#include "rules/rule.h"

static const struct rule_family *const families[] = {
    &rules_close,   &rules_guesses,  &rules_auth,  &rules_transport, &rules_protocol,
    &rules_attacks, &rules_boundary, &rules_abuse, &rules_volume,    &rules_visibility};
#define FAMILIES (sizeof(families) / sizeof(families[0]))

const struct rule *rule_at(size_t index)
{
    for (size_t i = 0; i < FAMILIES; i++) {
        if (index < families[i]->count)
            return &families[i]->rules[index];
        index -= families[i]->count;
    }
    return NULL;
}

size_t helo_rules_count(void)
{
    size_t count = 0;
    for (size_t i = 0; i < FAMILIES; i++)
        count += families[i]->count;
    return count;
}

const struct helo_rule *helo_rule_at(size_t index)
{
    const struct rule *rule = rule_at(index);
    return rule != NULL ? &rule->about : NULL;
}

size_t helo_rule_find(const char *id_or_name)
{
    const struct helo_rule *about;
    for (size_t i = 0; (about = helo_rule_at(i)) != NULL; i++) {
        if (strcasecmp(about->id, id_or_name) == 0 || strcasecmp(about->name, id_or_name) == 0)
            return i;
    }
    return SIZE_MAX;
}

size_t helo_rule_parameter_count(const struct helo_rule *rule)
{
    size_t count = 0;
    while (count < HELO_RULE_PARAMETERS && rule->parameters[count].name != NULL)
        count++;
    return count;
}

static const struct {
    const char *name;
    unsigned number;
} severities[HELO_SEVERITIES] = {
    [HELO_SEVERITY_INFO] = {"info", 10},         [HELO_SEVERITY_LOW] = {"low", 25},
    [HELO_SEVERITY_MEDIUM] = {"medium", 50},     [HELO_SEVERITY_HIGH] = {"high", 75},
    [HELO_SEVERITY_CRITICAL] = {"critical", 95},
};

const char *helo_severity_name(enum helo_severity severity)
{
    return severities[severity].name;
}

unsigned helo_severity_number(enum helo_severity severity)
{
    return severities[severity].number;
}

bool helo_severity_find(const char *name, enum helo_severity *severity)
{
    for (unsigned i = 0; i < HELO_SEVERITIES; i++) {
        if (strcasecmp(severities[i].name, name) != 0)
            continue;
        *severity = (enum helo_severity)i;
        return true;
    }
    return false;
}
