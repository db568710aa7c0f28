/* Fuzz target: what the rules are told. Lines of "=assignment", "-rule", "+rule user"; whatever
 * they say, what is taken is within the ranges that the rules' table gives, and what is not is
 * refused in one line and changes nothing. */
#include "fuzz.h"

#include "../support/sound.h"
#include "heloscope/rules.h"

#define LINES 64

static void check_settings(const struct helo_rules_config *rules)
{
    for (size_t i = 0; i < helo_rules_count(); i++) {
        const struct helo_rule *rule = helo_rule_at(i);
        fuzz_must(rules->rules[i].severity < HELO_SEVERITIES, "a severity that there is not");
        for (size_t k = 0; k < helo_rule_parameter_count(rule); k++) {
            const struct helo_rule_parameter *parameter = &rule->parameters[k];
            int64_t value = rules->rules[i].value[k];
            fuzz_must(value >= parameter->least && value <= parameter->most, "out of its range");
        }
    }
    fuzz_must(rules->exemption_count <= HELO_MOST_EXEMPTIONS, "more exemptions than there is room");
    for (size_t i = 0; i < rules->exemption_count; i++)
        fuzz_must(rules->exemptions[i].rule < helo_rules_count(), "a rule that there is not");
}

static enum helo_status apply(struct helo_rules_config *rules, char *text, struct helo_error *error)
{
    static const struct helo_network network = {.family = 4, .bits = 8, .address = {10}};
    if (*text == '=')
        return helo_rules_set(rules, text + 1, error);
    if (*text == '-')
        return helo_rules_disable(rules, text + 1, error);
    if (*text != '+')
        return helo_rules_allow(rules, text, &network, NULL, error);
    char *blank = strchr(text, ' ');
    if (blank != NULL)
        *blank = '\0';
    return helo_rules_allow(rules, text + 1, NULL, blank == NULL ? "" : blank + 1, error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct helo_rules_config rules, before;
    char *texts = malloc(size + 1);
    fuzz_must(texts != NULL, "no memory for a copy");
    if (size > 0)
        memcpy(texts, data, size);
    texts[size] = '\0';
    helo_rules_config_init(&rules);
    char *rest = texts;
    for (unsigned lines = 0; rest != NULL && lines < LINES; lines++) {
        char *line = strsep(&rest, "\n");
        char *copy = strdup(line);
        struct helo_error error = {""};
        before = rules;
        if (apply(&rules, copy, &error) != HELO_OK) {
            fuzz_sound(sound_message(error.message));
            fuzz_must(memcmp(&before, &rules, sizeof(rules)) == 0, "refused, but changed");
        }
        check_settings(&rules);
        /* Who is exempt is borrowed: by what lives as long. */
        free(copy);
    }
    free(texts);
    return 0;
}
