/* What a rule is made of, and what it may do. A rule is an entry in its family's table and a
 * function over facts; it knows nothing of packets, parsers or output. */
#ifndef RULES_RULE_H
#define RULES_RULE_H

#include "rules/rules.h"
#include "rules/window.h"

struct rule_call;

#define WANTS(kind) (1u << (kind))

struct rule {
    struct helo_rule about;
    unsigned wants;      /* WANTS(FACT_…) | … */
    size_t session_size; /* octets that it keeps of a session, all zero at first */
    /* A fact of a kind that it wants. */
    void (*on_fact)(struct rule_call *call);
    /* Windowed rules: how they count, and the evidence of a subject, told at the crossing and, if
     * the count has grown, again at the window's end. */
    struct window_shape window;
    void (*describe)(const struct rule_call *call, struct subject *subject,
                     struct helo_anomaly *anomaly);
};

/* A family of rules: one file, one row in table.c. */
struct rule_family {
    const struct rule *rules;
    size_t count;
};
extern const struct rule_family rules_close;
extern const struct rule_family rules_guesses;
extern const struct rule_family rules_auth;
extern const struct rule_family rules_transport;
extern const struct rule_family rules_protocol;
extern const struct rule_family rules_attacks;
extern const struct rule_family rules_boundary;
extern const struct rule_family rules_abuse;
extern const struct rule_family rules_volume;
extern const struct rule_family rules_visibility;

/* The rule at index, in the order of the ids. */
const struct rule *rule_at(size_t index);

/* One call of one rule. */
struct rule_call {
    struct rules *rules;
    const struct rule *rule;
    const struct fact *fact;
    const struct helo_rules_config *config;
    const int64_t *parameters; /* as configured, in the order of the rule's own */
    struct rules_session *session;
    size_t index;
    helo_time time;
};

/* The rule's part of the session; NULL without memory. */
void *rule_session(struct rule_call *call);

/* Has the rule with this id spoken of this session? */
bool rule_has_told(const struct rule_call *call, const char *id);

/* Tells of the session, once: later calls do nothing, nor does one for whom it is exempt. */
void rule_tell(struct rule_call *call, const struct helo_anomaly *anomaly);

/* True if the source (NULL: none) or the user is exempt from the rule. */
bool rule_is_exempt(const struct rule_call *call, const struct helo_endpoint *source,
                    struct helo_slice user);

/* The rule's subjects. A subject may go when another is made: be done with one before. */
struct window *rule_window(const struct rule_call *call);

/* Notes that the subject made of parts (enum subject_part) of the fact's connection, and of text,
 * did something: see subject_note. NULL without memory, or if the fact's source or user is exempt.
 */
struct subject *rule_note(struct rule_call *call, unsigned parts, struct helo_slice text,
                          uint64_t value, unsigned tag);

/* The same for a subject of which nothing is counted, only the rule's own state kept. */
struct subject *rule_remember(struct rule_call *call, unsigned parts, struct helo_slice text);

/* Tells of a subject that crossed its threshold, if it was not told of in this window. */
void rule_tell_subject(struct rule_call *call, struct subject *subject);

/* Has the rule called with FACT_TIMER for this connection at deadline, unless it ends before;
 * replaces what was set before. HELO_NO_TIME: not at all. */
void rule_set_timer(struct rule_call *call, helo_time deadline);

/* The time of the first fact: what was before it, nobody knows. */
helo_time rule_watching_since(const struct rule_call *call);

/* A blank anomaly of the rule. */
struct helo_anomaly rule_anomaly(const struct rule_call *call);

/* Adds to the evidence; what is empty or past the list's end is left out. key is static, and so is
 * a word; the others are borrowed until the anomaly is told. */
void evidence_word(struct helo_anomaly *anomaly, const char *key, const char *word);
void evidence_text(struct helo_anomaly *anomaly, const char *key, struct helo_slice text);
void evidence_user(struct helo_anomaly *anomaly, const char *key, struct helo_slice user);
void evidence_number(struct helo_anomaly *anomaly, const char *key, int64_t number);
void evidence_flag(struct helo_anomaly *anomaly, const char *key, bool flag);
void evidence_interval(struct helo_anomaly *anomaly, const char *key, helo_time interval);

/* The address that rules go by: the real client's where a proxy names it, else the source's. */
const struct helo_endpoint *rule_source(const struct helo_connection *connection);

/* True if the address is inside: --home, or private where nothing was said. */
bool rule_is_home(const struct rule_call *call, const struct helo_endpoint *end);

/* A hash of an address, or of its first so many octets: a value to tell addresses apart by. */
uint64_t rule_address_hash(const struct helo_endpoint *end);
uint64_t rule_network_hash(const struct helo_endpoint *end, size_t octets);

/* Phases and sides in a word. */
const char *rule_phase_name(enum helo_phase phase);
const char *rule_side_name(enum helo_side side);

/* True if the rule with this id is on. */
bool rule_is_on(const struct rule_call *call, const char *id);

/* What stands behind the last @ of an address, without a > at its end; borrowed. Empty: it has
 * none. */
struct helo_slice rule_domain_of(struct helo_slice address);

/* True if word (lower case) occurs in text, letters in any case. */
bool rule_has_word(struct helo_slice text, const char *word);

/* True if the slice is the word, letters in any case. */
bool rule_is_word(struct helo_slice slice, const char *word);

#endif
