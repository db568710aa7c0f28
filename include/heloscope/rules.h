/* The anomaly rules: what each is, and how a configuration changes them. docs/rules.md is made from
 * the same table. */
#ifndef HELOSCOPE_RULES_H
#define HELOSCOPE_RULES_H

#include "heloscope/types.h"

#ifdef __cplusplus
extern "C" {
#endif

enum helo_severity {
    HELO_SEVERITY_INFO,
    HELO_SEVERITY_LOW,
    HELO_SEVERITY_MEDIUM,
    HELO_SEVERITY_HIGH,
    HELO_SEVERITY_CRITICAL,
    HELO_SEVERITIES
};

/* A number that decides when a rule speaks; HELO_RULE_PARAMETERS of them at most, the first
 * without a name ends the list. */
struct helo_rule_parameter {
    const char *name;
    const char *unit; /* "s", "%", "octets"; "": a plain count */
    const char *description;
    int64_t initial; /* its value unless set */
    int64_t least;
    int64_t most;
};

/* One of several causes that a rule tells apart in its evidence, each with its own advice. */
struct helo_rule_cause {
    const char *key;    /* of the evidence; NULL ends the list */
    const char *name;   /* what the evidence says there */
    const char *when;   /* a sentence: what it goes by */
    const char *advice; /* what to do, as anomalies have it */
};

#define HELO_RULE_PARAMETERS 6
#define HELO_RULE_TECHNIQUES 3

/* What a rule is. All strings are static. */
struct helo_rule {
    const char *id;       /* HS-nnn */
    const char *name;     /* snake case */
    const char *category; /* close, authentication, tls, protocol, boundary, abuse, visibility */
    enum helo_severity severity;
    const char *description; /* one sentence: what was seen */
    const char *reference;   /* RFCs, CVEs; NULL: none */
    /* ATT&CK technique or sub-technique, "T1110" or "T1110.001"; NULL ends the list. */
    const char *techniques[HELO_RULE_TECHNIQUES];
    const char *advice; /* one sentence: what to do, where no cause says more */
    /* NULL: it tells none apart. */
    const struct helo_rule_cause *causes;
    const char *memory; /* what it keeps for each subject; NULL: nothing beyond the session */
    struct helo_rule_parameter parameters[HELO_RULE_PARAMETERS];
};

/* No configuration has room for more. */
#define HELO_MOST_RULES 128

/* How many rules there are, and the rule at index, in the order of their ids; NULL past the end. */
size_t helo_rules_count(void);
const struct helo_rule *helo_rule_at(size_t index);

/* The index of the rule with this id or name, letters in any case; SIZE_MAX: none. */
size_t helo_rule_find(const char *id_or_name);

/* The parameters of a rule. */
size_t helo_rule_parameter_count(const struct helo_rule *rule);

/* "info" to "critical", and the number that event.severity has for it. */
const char *helo_severity_name(enum helo_severity severity);
unsigned helo_severity_number(enum helo_severity severity);

/* Finds the severity of this name; false: there is none. */
bool helo_severity_find(const char *name, enum helo_severity *severity);

/* How one rule is set. */
struct helo_rule_setting {
    bool disabled;
    enum helo_severity severity;
    int64_t value[HELO_RULE_PARAMETERS]; /* in the order of the rule's parameters */
};

#define HELO_MOST_EXEMPTIONS 256

/* Who is exempt from a rule: a network of sources, or a user. */
struct helo_exemption {
    size_t rule; /* its index */
    struct helo_network network;
    const char *user; /* NULL: the network; borrowed, compared with letters in any case */
};

#define HELO_MOST_HOMES   64
#define HELO_MOST_DOMAINS 256

/* Everything that changes what the rules say; the strings are borrowed and outlive the engine. */
struct helo_rules_config {
    struct helo_rule_setting rules[HELO_MOST_RULES];
    struct helo_exemption exemptions[HELO_MOST_EXEMPTIONS];
    size_t exemption_count;
    struct helo_network homes[HELO_MOST_HOMES]; /* what is inside: private and loopback addresses
                                                   unless told otherwise */
    size_t home_count;
    const char *domains[HELO_MOST_DOMAINS]; /* whose mail is ours, subdomains included */
    size_t domain_count;
};

/* Fills the settings with the rules' own. */
void helo_rules_config_init(struct helo_rules_config *rules);

/* Each changes the settings by the text of an option, or returns HELO_ERROR_CONFIG with a reason
 * that names the rule, the key and the allowed range.
 * set: "RULE.key=VALUE" or "RULE.severity=NAME"; RULE is an id or a name. */
enum helo_status helo_rules_set(struct helo_rules_config *rules, const char *assignment,
                                struct helo_error *error);
enum helo_status helo_rules_disable(struct helo_rules_config *rules, const char *rule,
                                    struct helo_error *error);

/* Exempts a user from a rule, or a network if user is NULL. user is borrowed. */
enum helo_status helo_rules_allow(struct helo_rules_config *rules, const char *rule,
                                  const struct helo_network *network, const char *user,
                                  struct helo_error *error);

#ifdef __cplusplus
}
#endif

#endif
