/* The rules' settings: their defaults, and the options that change them. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/message.h"
#include "base/network.h"
#include "rules/rule.h"

#define LONGEST_RULE_NAME 63

static enum helo_status refuse(struct helo_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static enum helo_status refuse(struct helo_error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof(error->message), format, arguments);
    va_end(arguments);
    message_tidy(error->message);
    return HELO_ERROR_CONFIG;
}

void helo_rules_config_init(struct helo_rules_config *rules)
{
    const struct helo_rule *about;
    memset(rules, 0, sizeof(*rules));
    for (size_t i = 0; (about = helo_rule_at(i)) != NULL; i++) {
        rules->rules[i].severity = about->severity;
        for (size_t p = 0; p < HELO_RULE_PARAMETERS; p++)
            rules->rules[i].value[p] = about->parameters[p].initial;
    }
    rules->home_count = network_private(rules->homes);
}

/* The rule that the first len octets of text name; SIZE_MAX with a reason. */
static size_t find(const char *text, size_t len, struct helo_error *error)
{
    char name[LONGEST_RULE_NAME + 1];
    size_t index = SIZE_MAX;
    if (len < sizeof(name)) {
        memcpy(name, text, len);
        name[len] = '\0';
        index = helo_rule_find(name);
    }
    if (index == SIZE_MAX)
        refuse(error, "no rule is called '%.*s'; see heloscope rules",
               (int)(len < LONGEST_RULE_NAME ? len : LONGEST_RULE_NAME), text);
    return index;
}

static enum helo_status set_severity(struct helo_rule_setting *setting, const char *id,
                                     const char *value, struct helo_error *error)
{
    if (helo_severity_find(value, &setting->severity))
        return HELO_OK;
    return refuse(error, "%s.severity: '%.60s' is none of info, low, medium, high, critical", id,
                  value);
}

static enum helo_status unknown_key(const struct helo_rule *about, const char *key, size_t len,
                                    struct helo_error *error)
{
    char known[256] = "severity";
    size_t at = strlen(known);
    for (size_t p = 0; p < helo_rule_parameter_count(about); p++)
        at += (size_t)snprintf(known + at, sizeof(known) - at, ", %s", about->parameters[p].name);
    return refuse(error, "%s has no '%.*s'; it has %s", about->id, (int)(len < 60 ? len : 60), key,
                  known);
}

enum helo_status helo_rules_set(struct helo_rules_config *rules, const char *assignment,
                                struct helo_error *error)
{
    const char *equals = strchr(assignment, '=');
    const char *dot = strchr(assignment, '.');
    if (equals == NULL || dot == NULL || dot > equals)
        return refuse(error, "'%.100s' is not RULE.key=VALUE", assignment);
    size_t index = find(assignment, (size_t)(dot - assignment), error);
    if (index == SIZE_MAX)
        return HELO_ERROR_CONFIG;
    const struct helo_rule *about = helo_rule_at(index);
    const char *key = dot + 1;
    size_t len = (size_t)(equals - key);
    if (len == strlen("severity") && strncasecmp(key, "severity", len) == 0)
        return set_severity(&rules->rules[index], about->id, equals + 1, error);
    for (size_t p = 0; p < helo_rule_parameter_count(about); p++) {
        const struct helo_rule_parameter *parameter = &about->parameters[p];
        if (strlen(parameter->name) != len || strncasecmp(parameter->name, key, len) != 0)
            continue;
        char *end;
        errno = 0;
        long long value = strtoll(equals + 1, &end, 10);
        if (errno != 0 || end == equals + 1 || *end != '\0' || value < parameter->least ||
            value > parameter->most)
            return refuse(error,
                          "%s.%s: '%.60s' is not a number from %" PRId64 " to %" PRId64 "%s%s",
                          about->id, parameter->name, equals + 1, parameter->least, parameter->most,
                          parameter->unit[0] != '\0' ? " " : "", parameter->unit);
        rules->rules[index].value[p] = value;
        return HELO_OK;
    }
    return unknown_key(about, key, len, error);
}

enum helo_status helo_rules_disable(struct helo_rules_config *rules, const char *rule,
                                    struct helo_error *error)
{
    if (strcasecmp(rule, "all") == 0) {
        for (size_t i = 0; i < HELO_MOST_RULES; i++)
            rules->rules[i].disabled = true;
        return HELO_OK;
    }
    size_t index = find(rule, strlen(rule), error);
    if (index == SIZE_MAX)
        return HELO_ERROR_CONFIG;
    rules->rules[index].disabled = true;
    return HELO_OK;
}

enum helo_status helo_rules_allow(struct helo_rules_config *rules, const char *rule,
                                  const struct helo_network *network, const char *user,
                                  struct helo_error *error)
{
    size_t index = find(rule, strlen(rule), error);
    if (index == SIZE_MAX)
        return HELO_ERROR_CONFIG;
    if (rule_at(index)->wants == WANTS(FACT_LOST))
        return refuse(error,
                      "%s is about the sensor itself: there is nobody to exempt from it; "
                      "--disable switches it off",
                      helo_rule_at(index)->id);
    if (rules->exemption_count == HELO_MOST_EXEMPTIONS)
        return refuse(error, "more than %d exemptions", HELO_MOST_EXEMPTIONS);
    struct helo_exemption *exemption = &rules->exemptions[rules->exemption_count++];
    *exemption = (struct helo_exemption){.rule = index, .user = user};
    if (user == NULL)
        exemption->network = *network;
    return HELO_OK;
}
