/* Rules about logins that fail, and about those that should not have worked: who guesses. */
#include <string.h>

#include "rules/names.h"
#include "rules/rule.h"

static struct helo_slice user_of(const struct rule_call *call)
{
    return call->fact->of.auth.auth->user_name;
}

static bool has_failed(const struct rule_call *call)
{
    return call->fact->of.auth.auth->result == HELO_AUTH_FAILURE;
}

static bool has_succeeded(const struct rule_call *call)
{
    return call->fact->of.auth.auth->result == HELO_AUTH_SUCCESS;
}

/* A guess: a user with a secret. The same guess again, from a program with a stale password, is no
 * new one. Where the mechanism shows no secret, the user alone. */
static uint64_t guess_of(const struct rule_call *call)
{
    uint64_t user = subject_hash_of(user_of(call));
    return (user ^ call->fact->of.auth.secret * UINT64_C(0x9e3779b97f4a7c15)) >> 8;
}

enum { TAG_SECRET, TAG_NO_SECRET }; /* was the secret seen? */

static unsigned tag_of(const struct rule_call *call)
{
    return call->fact->of.auth.secret != 0 ? TAG_SECRET : TAG_NO_SECRET;
}

/* What is shown of a subject whose failures are counted. */
struct failures {
    struct names names;
    uint64_t first_value;
    uint16_t last_code;
    bool several; /* values: sources, secrets */
    bool secret_unseen;
    uint8_t mechanism_len;
    uint8_t mechanism[20];
};

/* Notes a failure in what is shown; the first one of a window begins anew. several: value tells
 * whether there was more than one kind. */
static void failures_note(const struct rule_call *call, struct subject *subject, uint64_t value)
{
    const struct helo_auth *auth = call->fact->of.auth.auth;
    struct failures *failures = (void *)subject->state;
    if (subject->count == 1)
        *failures = (struct failures){.first_value = value};
    names_add(&failures->names, auth->user_name);
    failures->several |= value != failures->first_value;
    failures->secret_unseen |= call->fact->of.auth.secret == 0;
    failures->last_code = auth->reply.code;
    size_t len = auth->mechanism.len < sizeof(failures->mechanism) ? auth->mechanism.len
                                                                   : sizeof(failures->mechanism);
    if (len > 0)
        memcpy(failures->mechanism, auth->mechanism.ptr, len);
    failures->mechanism_len = (uint8_t)len;
}

static void failures_show(struct subject *subject, struct helo_anomaly *anomaly)
{
    const struct failures *failures = (const void *)subject->state;
    names_show(&failures->names, "users", true, anomaly);
    evidence_text(anomaly, "mechanism",
                  (struct helo_slice){failures->mechanism, failures->mechanism_len});
    if (failures->last_code != 0)
        evidence_number(anomaly, "reply_code", failures->last_code);
}

static void show_different(struct subject *subject, const char *key, struct helo_anomaly *anomaly)
{
    bool exact;
    evidence_number(anomaly, key, (int64_t)subject_different(subject, ~0u, &exact));
    if (!exact)
        evidence_flag(anomaly, "estimated", true);
}

/* HS-201. A phone with a stale password makes one guess again and again: guesses must differ, or,
 * where the mechanism hides them, be three times as many. */
enum { BRUTE_FAILURES, BRUTE_SECONDS, BRUTE_GUESSES };

static void auth_bruteforce(struct rule_call *call)
{
    bool exact;
    if (!has_failed(call))
        return;
    struct subject *subject =
        rule_note(call, BY_SOURCE, (struct helo_slice){0}, guess_of(call), tag_of(call));
    if (subject == NULL)
        return;
    failures_note(call, subject, 0);
    uint64_t least = (uint64_t)call->parameters[BRUTE_FAILURES];
    if (subject->told != NULL || subject->count < least)
        return;
    if (subject_different(subject, ~0u, &exact) >= (uint64_t)call->parameters[BRUTE_GUESSES] ||
        subject_tally(subject, TAG_NO_SECRET) >= 3 * least)
        rule_tell_subject(call, subject);
}

static void describe_guesses(const struct rule_call *call, struct subject *subject,
                             struct helo_anomaly *anomaly)
{
    (void)call;
    evidence_number(anomaly, "failures", (int64_t)subject->told->total);
    show_different(subject, "different_guesses", anomaly);
    failures_show(subject, anomaly);
}

/* HS-202: what comes in bursts is HS-201's. */
enum { SLOW_FAILURES, SLOW_SECONDS, SLOW_GUESSES };
#define BURST_SECONDS  600
#define BURST_FAILURES 5

static void auth_bruteforce_slow(struct rule_call *call)
{
    bool exact;
    if (has_succeeded(call)) {
        struct subject_key key =
            subject_key(BY_SOURCE, call->fact->connection, (struct helo_slice){0}, 0);
        struct subject *known = window_find(rule_window(call), &key, call->time);
        if (known != NULL)
            subject_clear(known);
    }
    if (!has_failed(call))
        return;
    struct subject *subject =
        rule_note(call, BY_SOURCE, (struct helo_slice){0}, guess_of(call), tag_of(call));
    if (subject == NULL)
        return;
    failures_note(call, subject, 0);
    if (subject_count_since(subject, call->time - BURST_SECONDS * HELO_SECOND) >= BURST_FAILURES)
        subject_clear(subject);
    if (subject->told == NULL && subject->count >= (uint64_t)call->parameters[SLOW_FAILURES] &&
        subject_different(subject, ~0u, &exact) >= (uint64_t)call->parameters[SLOW_GUESSES])
        rule_tell_subject(call, subject);
}

/* HS-203: many users, few tries each, from one source or network; or one secret for many. */
enum { SPRAY_USERS, SPRAY_TRIES, SPRAY_SECONDS, SPRAY_SAME_SECRET };

static void spray_from(struct rule_call *call, unsigned part)
{
    uint64_t user = subject_hash_of(user_of(call)) >> 8;
    struct subject *subject = rule_note(call, part, (struct helo_slice){0}, user, tag_of(call));
    if (subject == NULL)
        return;
    failures_note(call, subject, rule_address_hash(rule_source(call->fact->connection)));
    const struct failures *failures = (const void *)subject->state;
    bool other_rule = part == BY_NETWORK && !failures->several; /* one source speaks for itself */
    uint64_t least = (uint64_t)call->parameters[SPRAY_USERS];
    if (subject->told == NULL && !other_rule && subject->count >= least &&
        subject_rare(subject, (uint32_t)call->parameters[SPRAY_TRIES]) >= least)
        rule_tell_subject(call, subject);
}

static void spray_of_secret(struct rule_call *call)
{
    bool exact;
    uint64_t user = subject_hash_of(user_of(call)) >> 8;
    const struct helo_connection *connection = call->fact->connection;
    if (call->fact->of.auth.secret == 0 ||
        rule_is_exempt(call, rule_source(connection), user_of(call)))
        return;
    struct subject_key key =
        subject_key(BY_SECRET, connection, (struct helo_slice){0}, call->fact->of.auth.secret);
    struct subject *subject = window_make(rule_window(call), &key, user_of(call), call->time);
    if (subject == NULL ||
        !subject_note(subject, call->time, connection->session_id, user, TAG_SECRET))
        return;
    failures_note(call, subject, 0);
    if (subject->told == NULL &&
        subject_different(subject, ~0u, &exact) >= (uint64_t)call->parameters[SPRAY_SAME_SECRET])
        rule_tell_subject(call, subject);
}

static void auth_password_spray(struct rule_call *call)
{
    if (!has_failed(call) || user_of(call).len == 0)
        return;
    spray_from(call, BY_SOURCE);
    spray_from(call, BY_NETWORK);
    spray_of_secret(call);
}

static void describe_spray(const struct rule_call *call, struct subject *subject,
                           struct helo_anomaly *anomaly)
{
    (void)call;
    evidence_word(anomaly, "shape",
                  (subject->key.parts & BY_SECRET) != 0 ? "same_secret" : "many_users");
    evidence_number(anomaly, "failures", (int64_t)subject->told->total);
    show_different(subject, "different_users", anomaly);
    failures_show(subject, anomaly);
}

/* HS-204: a user's own devices with one stale password are no attack. */
enum { DISTRIBUTED_SOURCES, DISTRIBUTED_SECONDS };

static void auth_distributed(struct rule_call *call)
{
    bool exact;
    if (!has_failed(call) || user_of(call).len == 0)
        return;
    uint64_t source = rule_address_hash(rule_source(call->fact->connection)) >> 8;
    struct subject *subject = rule_note(call, BY_USER, user_of(call), source, tag_of(call));
    if (subject == NULL)
        return;
    failures_note(call, subject, call->fact->of.auth.secret);
    const struct failures *failures = (const void *)subject->state;
    if (subject->told == NULL && (failures->several || failures->secret_unseen) &&
        subject->count >= (uint64_t)call->parameters[DISTRIBUTED_SOURCES] &&
        subject_different(subject, ~0u, &exact) >= (uint64_t)call->parameters[DISTRIBUTED_SOURCES])
        rule_tell_subject(call, subject);
}

static void describe_distributed(const struct rule_call *call, struct subject *subject,
                                 struct helo_anomaly *anomaly)
{
    (void)call;
    evidence_number(anomaly, "failures", (int64_t)subject->told->total);
    show_different(subject, "different_sources", anomaly);
    failures_show(subject, anomaly);
}

/* HS-205. Where the mechanism hides the secrets, a program with a stale password that was mended
 * looks like a guesser who got in: such a login is worth a line, and an alarm only after three
 * times as many failures, as for HS-201. */
enum { BREACH_HERE, BREACH_ANYWHERE, BREACH_SECONDS };

struct breach {
    uint32_t failures; /* 0: too few, or all the same guess */
    bool doubtful;
};

/* What the user's failures, from this source or from anywhere, come to; they are done with. */
static struct breach take_failures(struct rule_call *call, unsigned parts, int64_t least)
{
    bool exact;
    struct breach breach = {0};
    struct subject_key key = subject_key(parts, call->fact->connection, user_of(call), 0);
    struct subject *subject = window_find(rule_window(call), &key, call->time);
    int64_t count = subject != NULL ? subject_count(subject, call->time) : 0;
    if (subject == NULL)
        return breach;
    bool told_apart = subject_different(subject, ~0u, &exact) >= 2;
    int64_t unseen = (int64_t)subject_tally(subject, TAG_NO_SECRET);
    if (count >= least && (told_apart || unseen >= least))
        breach = (struct breach){(uint32_t)count, !told_apart && unseen < 3 * least};
    subject_clear(subject);
    return breach;
}

static void auth_success_after_failures(struct rule_call *call)
{
    if (user_of(call).len == 0)
        return;
    if (has_failed(call)) {
        rule_note(call, BY_USER | BY_SOURCE, user_of(call), guess_of(call), tag_of(call));
        rule_note(call, BY_USER, user_of(call), guess_of(call), tag_of(call));
    }
    if (!has_succeeded(call))
        return;
    struct breach here = take_failures(call, BY_USER | BY_SOURCE, call->parameters[BREACH_HERE]);
    struct breach anywhere = take_failures(call, BY_USER, call->parameters[BREACH_ANYWHERE]);
    if (here.failures == 0 && anywhere.failures == 0)
        return;
    bool doubtful =
        (here.failures == 0 || here.doubtful) && (anywhere.failures == 0 || anywhere.doubtful);
    struct helo_anomaly anomaly = rule_anomaly(call);
    if (doubtful && anomaly.severity == call->rule->about.severity)
        anomaly.severity = HELO_SEVERITY_INFO;
    anomaly.count = here.failures > anywhere.failures ? here.failures : anywhere.failures;
    anomaly.window = call->parameters[BREACH_SECONDS] * HELO_SECOND;
    evidence_user(&anomaly, "user", user_of(call));
    evidence_number(&anomaly, "failures_before", (int64_t)anomaly.count);
    evidence_word(&anomaly, "from", here.failures > 0 ? "same_source" : "anywhere");
    evidence_text(&anomaly, "mechanism", call->fact->of.auth.auth->mechanism);
    if (doubtful)
        evidence_flag(&anomaly, "guesses_unseen", true);
    rule_tell(call, &anomaly);
}

#define SECONDS(initial)                                                                           \
    {                                                                                              \
        "seconds", "s", "length of the window", initial, 1, 604800                                 \
    }

static const struct rule rules[] = {
    {
        .about = {.id = "HS-201",
                  .name = "auth_bruteforce",
                  .category = "authentication",
                  .severity = HELO_SEVERITY_HIGH,
                  .description = "Many logins from one source failed, with different guesses.",
                  .reference = "RFC 4954 section 6",
                  .techniques = {"T1110.001"},
                  .advice = "Block the source at the firewall, limit failed logins on the server, "
                            "and check whether one of these users got in afterwards.",
                  .memory = "the failures of a source",
                  .parameters = {{"failures", "", "failed logins", 5, 2, 250},
                                 SECONDS(600),
                                 {"guesses", "", "different pairs of user and secret among them", 3,
                                  1, 250}}},
        .wants = WANTS(FACT_AUTH),
        .on_fact = auth_bruteforce,
        .window = {.used = true, .seconds = BRUTE_SECONDS, .state = sizeof(struct failures)},
        .describe = describe_guesses,
    },
    {
        .about = {.id = "HS-202",
                  .name = "auth_bruteforce_slow",
                  .category = "authentication",
                  .severity = HELO_SEVERITY_HIGH,
                  .description = "Logins from one source failed over hours, with different guesses "
                                 "and without a success.",
                  .reference = "RFC 4954 section 6",
                  .techniques = {"T1110.001"},
                  .advice = "Block the source, and have the server count failures over days: it "
                            "stays below limits that look at minutes.",
                  .memory = "the failures of a source",
                  .parameters = {{"failures", "", "failed logins without a success", 6, 2, 250},
                                 SECONDS(86400),
                                 {"guesses", "", "different pairs of user and secret among them", 2,
                                  1, 250}}},
        .wants = WANTS(FACT_AUTH),
        .on_fact = auth_bruteforce_slow,
        .window = {.used = true, .seconds = SLOW_SECONDS, .state = sizeof(struct failures)},
        .describe = describe_guesses,
    },
    {
        .about = {.id = "HS-203",
                  .name = "auth_password_spray",
                  .category = "authentication",
                  .severity = HELO_SEVERITY_HIGH,
                  .description = "A few tries each for many users failed, from one source or "
                                 "network, or with the same secret.",
                  .reference = "RFC 4954 section 6",
                  .techniques = {"T1110.003"},
                  .advice = "Block the source or its network, and look for one of these users that "
                            "got in: a common password is being tried.",
                  .memory = "the failures of a source, a network and a secret's digest",
                  .parameters = {{"users", "", "different users", 10, 2, 250},
                                 {"tries", "", "most tries for a user to count", 2, 1, 250},
                                 SECONDS(3600),
                                 {"same_secret", "", "different users with the same secret", 3, 2,
                                  250}}},
        .wants = WANTS(FACT_AUTH),
        .on_fact = auth_password_spray,
        .window = {.used = true, .seconds = SPRAY_SECONDS, .state = sizeof(struct failures)},
        .describe = describe_spray,
    },
    {
        .about = {.id = "HS-204",
                  .name = "auth_distributed",
                  .category = "authentication",
                  .severity = HELO_SEVERITY_HIGH,
                  .description = "Logins for one user failed from many sources.",
                  .reference = "RFC 4954 section 6",
                  .techniques = {"T1110"},
                  .advice = "Protect this account: a strong password, a second factor or a lock by "
                            "user; blocking addresses alone does not help here.",
                  .memory = "the failures of a user",
                  .parameters = {{"sources", "", "different sources", 5, 2, 250}, SECONDS(3600)}},
        .wants = WANTS(FACT_AUTH),
        .on_fact = auth_distributed,
        .window = {.used = true, .seconds = DISTRIBUTED_SECONDS, .state = sizeof(struct failures)},
        .describe = describe_distributed,
    },
    {
        .about = {.id = "HS-205",
                  .name = "auth_success_after_failures",
                  .category = "authentication",
                  .severity = HELO_SEVERITY_CRITICAL,
                  .description = "A login succeeded after its user had been guessed at.",
                  .reference = "RFC 4954 section 6",
                  .techniques = {"T1110.001", "T1078"},
                  .advice = "Treat the account as taken over until its owner says otherwise: end "
                            "its sessions, change its password, look at what it sent.",
                  .memory = "the failures of a user, and of a user from a source",
                  .parameters = {{"here", "", "failures from the same source", 3, 2, 250},
                                 {"anywhere", "", "failures from any source", 5, 2, 250},
                                 SECONDS(3600)}},
        .wants = WANTS(FACT_AUTH),
        .on_fact = auth_success_after_failures,
        .window = {.used = true, .seconds = BREACH_SECONDS},
    },
};

const struct rule_family rules_guesses = {rules, sizeof(rules) / sizeof(rules[0])};
