/* Rules about what a server is asked to do for others: enumeration, relaying, slowness, floods. */
#include <string.h>

#include "rules/names.h"
#include "rules/rule.h"

static const struct helo_slice nothing = {NULL, 0};

/* True if the domain is one of --own-domain's or below one. */
static bool is_own(const struct rule_call *call, struct helo_slice domain)
{
    for (size_t i = 0; i < call->config->domain_count; i++) {
        size_t len = strlen(call->config->domains[i]);
        if (domain.len < len)
            continue;
        struct helo_slice tail = {domain.ptr + domain.len - len, len};
        if (rule_is_word(tail, call->config->domains[i]) &&
            (domain.len == len || domain.ptr[domain.len - len - 1] == '.'))
            return true;
    }
    return false;
}

/* HS-601. Whoever sends mail, knows addresses already. */
enum { ENUMERATION_ADDRESSES, ENUMERATION_SECONDS, ENUMERATION_SHARE };
enum { TAG_UNKNOWN, TAG_KNOWN };

struct enumeration {
    struct names names;
    uint16_t last_code;
};

/* Does the reply say that there is no such mailbox? */
static bool is_unknown(uint16_t code, struct helo_enhanced enhanced)
{
    if (enhanced.klass != 0 && code >= 500)
        return enhanced.subject == 1 && enhanced.detail <= 6;
    return code == 550 || code == 551 || code == 553;
}

static void note_address(struct rule_call *call, struct helo_slice address, uint16_t code,
                         struct helo_enhanced enhanced)
{
    bool exact;
    bool unknown = is_unknown(code, enhanced);
    if (!unknown && code / 100 != 2)
        return; /* refused for another reason: it tells nothing of the mailbox */
    struct subject *subject = rule_note(call, BY_SOURCE, nothing, subject_hash_of(address),
                                        unknown ? TAG_UNKNOWN : TAG_KNOWN);
    if (subject == NULL)
        return;
    struct enumeration *state = (void *)subject->state;
    if (subject->count == 1)
        *state = (struct enumeration){0};
    names_add(&state->names, address);
    state->last_code = code;
    uint64_t least = (uint64_t)call->parameters[ENUMERATION_ADDRESSES];
    if (subject->told == NULL && subject->count >= least &&
        subject->tally[TAG_UNKNOWN] * UINT64_C(100) >=
            subject->count * (uint64_t)call->parameters[ENUMERATION_SHARE] &&
        subject_different(subject, ~0u, &exact) >= least)
        rule_tell_subject(call, subject);
}

static void forget_sender(struct rule_call *call)
{
    struct subject_key key = subject_key(BY_SOURCE, call->fact->connection, nothing, 0);
    struct subject *subject = window_find(rule_window(call), &key, call->time);
    if (subject != NULL)
        subject_clear(subject);
}

static void user_enumeration(struct rule_call *call)
{
    const struct fact *fact = call->fact;
    if (fact->kind == FACT_QUERY || fact->kind == FACT_REFUSAL) {
        if (rule_is_word(fact->of.reply.verb, "VRFY") || rule_is_word(fact->of.reply.verb, "EXPN"))
            note_address(call, fact->of.reply.argument, fact->of.reply.reply->code,
                         fact->of.reply.reply->enhanced);
        return;
    }
    const struct helo_message *message = fact->of.message;
    if (message->result == HELO_MESSAGE_ACCEPTED || message->result == HELO_MESSAGE_PARTIAL) {
        forget_sender(call);
        return;
    }
    for (uint32_t i = 0; i < message->recipient_count; i++) {
        const struct helo_recipient *recipient = &message->recipients[i];
        note_address(call, recipient->address, recipient->code, recipient->enhanced);
    }
}

static void describe_enumeration(const struct rule_call *call, struct subject *subject,
                                 struct helo_anomaly *anomaly)
{
    const struct enumeration *state = (const void *)subject->state;
    bool exact;
    (void)call;
    evidence_number(anomaly, "different_addresses",
                    (int64_t)subject_different(subject, ~0u, &exact));
    evidence_number(anomaly, "unknown", (int64_t)subject_tally(subject, TAG_UNKNOWN));
    evidence_number(anomaly, "known", (int64_t)subject_tally(subject, TAG_KNOWN));
    names_show(&state->names, "addresses", false, anomaly);
    evidence_number(anomaly, "reply_code", state->last_code);
}

/* HS-602. X.7.1 is what servers say of blocked senders as well: alone it counts only for a domain
 * that is known to be another's. */
enum { PROBE_REFUSALS, PROBE_SECONDS };

struct probe {
    struct names names;
    uint16_t last_code;
};

static bool speaks_of_relaying(const struct rule_call *call)
{
    const struct fact_reply *refusal = &call->fact->of.reply;
    struct helo_enhanced enhanced = refusal->reply->enhanced;
    if (rule_has_word(refusal->reply->text, "relay"))
        return true;
    struct helo_slice domain = rule_domain_of(refusal->argument);
    return enhanced.subject == 7 && enhanced.detail == 1 && call->config->domain_count > 0 &&
           domain.len > 0 && !is_own(call, domain);
}

static void relay_probe(struct rule_call *call)
{
    const struct fact *fact = call->fact;
    bool *authenticated = rule_session(call);
    if (fact->kind == FACT_AUTH) {
        if (authenticated != NULL && fact->of.auth.auth->result == HELO_AUTH_SUCCESS)
            *authenticated = true;
        return;
    }
    if (!rule_is_word(fact->of.reply.verb, "RCPT") || !speaks_of_relaying(call) ||
        (authenticated != NULL && *authenticated))
        return;
    struct subject *subject =
        rule_note(call, BY_SOURCE, nothing, subject_hash_of(fact->of.reply.argument), 0);
    if (subject == NULL)
        return;
    struct probe *state = (void *)subject->state;
    if (subject->count == 1)
        *state = (struct probe){0};
    names_add(&state->names, fact->of.reply.argument);
    state->last_code = fact->of.reply.reply->code;
    if (subject->count >= (uint64_t)call->parameters[PROBE_REFUSALS])
        rule_tell_subject(call, subject);
}

static void describe_probe(const struct rule_call *call, struct subject *subject,
                           struct helo_anomaly *anomaly)
{
    const struct probe *state = (const void *)subject->state;
    (void)call;
    evidence_number(anomaly, "refusals", (int64_t)subject->told->total);
    names_show(&state->names, "recipients", false, anomaly);
    evidence_number(anomaly, "reply_code", state->last_code);
}

/* HS-603 */
struct relayed {
    struct names recipients;
    struct names senders;
};

static void open_relay_suspected(struct rule_call *call)
{
    const struct fact *fact = call->fact;
    bool *authenticated = rule_session(call);
    if (fact->kind == FACT_AUTH) {
        if (authenticated != NULL && fact->of.auth.auth->result == HELO_AUTH_SUCCESS)
            *authenticated = true;
        return;
    }
    const struct helo_message *message = fact->of.message;
    bool accepted =
        message->result == HELO_MESSAGE_ACCEPTED || message->result == HELO_MESSAGE_PARTIAL;
    if (!accepted || call->config->domain_count == 0 || authenticated == NULL || *authenticated ||
        rule_is_home(call, rule_source(fact->connection)))
        return;
    for (uint32_t i = 0; i < message->recipient_count; i++) {
        const struct helo_recipient *recipient = &message->recipients[i];
        struct helo_slice domain = rule_domain_of(recipient->address);
        if (recipient->code / 100 != 2 || domain.len == 0 || is_own(call, domain))
            continue;
        struct subject *subject =
            rule_note(call, BY_SERVER, nothing, subject_hash_of(recipient->address), 0);
        if (subject == NULL)
            return;
        struct relayed *state = (void *)subject->state;
        if (subject->count == 1)
            *state = (struct relayed){0};
        names_add(&state->recipients, recipient->address);
        names_add(&state->senders, message->mail_from);
        rule_tell_subject(call, subject);
    }
}

static void describe_relayed(const struct rule_call *call, struct subject *subject,
                             struct helo_anomaly *anomaly)
{
    const struct relayed *state = (const void *)subject->state;
    (void)call;
    evidence_number(anomaly, "recipients_accepted", (int64_t)subject->told->total);
    names_show(&state->recipients, "recipients", false, anomaly);
    names_show(&state->senders, "mail_from", false, anomaly);
}

/* HS-604: looked at every period while a line or content is unfinished. */
enum { SLOW_SECONDS, SLOW_RATE };

struct slowness {
    bool content;
    helo_time since; /* of the period at hand */
    uint64_t octets; /* the client had sent at its beginning */
};

static void slow_session(struct rule_call *call)
{
    const struct fact *fact = call->fact;
    const struct fact_turn *turn = &fact->of.turn;
    uint64_t octets = fact->connection->end[HELO_CLIENT].bytes;
    helo_time period = call->parameters[SLOW_SECONDS] * HELO_SECOND;
    if (fact->kind == FACT_TURN && turn->phase == HELO_PHASE_AUTH && !turn->unfinished)
        return;
    struct slowness *slowness = rule_session(call);
    if (slowness == NULL)
        return;
    if (fact->kind == FACT_TURN) {
        *slowness = (struct slowness){!turn->unfinished, turn->since, octets};
        rule_set_timer(call, turn->of == TURN_CLIENT ? turn->since + period : HELO_NO_TIME);
        return;
    }
    uint64_t sent = octets - slowness->octets;
    if (sent < (uint64_t)(call->parameters[SLOW_SECONDS] * call->parameters[SLOW_RATE])) {
        struct helo_anomaly anomaly = rule_anomaly(call);
        evidence_word(&anomaly, "unfinished", slowness->content ? "content" : "line");
        evidence_number(&anomaly, "octets", (int64_t)sent);
        evidence_interval(&anomaly, "period_ms", call->time - slowness->since);
        rule_tell(call, &anomaly);
        return;
    }
    slowness->since = call->time;
    slowness->octets = octets;
    rule_set_timer(call, call->time + period);
}

/* HS-605. Inside TLS there may have been a transaction: such a session accuses nobody. Load
 * balancers look after many servers at once, every second or two: what only looks whether a server
 * is there counts for that server alone. */
enum { FLOOD_SESSIONS, FLOOD_SECONDS, FLOOD_SHARE };
enum { TAG_IDLE, TAG_BUSY, TAG_LOOKED };

/* Did the client want nothing of the server? */
static bool only_looked(const struct helo_session *session)
{
    static const char *const POLITE[] = {"EHLO", "HELO", "LHLO", "NOOP", "QUIT"};
    for (uint32_t i = 0; i < session->command_count; i++) {
        size_t word = 0;
        while (word < sizeof(POLITE) / sizeof(POLITE[0]) &&
               !rule_is_word(session->commands[i].verb, POLITE[word]))
            word++;
        if (word == sizeof(POLITE) / sizeof(POLITE[0]))
            return false;
    }
    return session->gap_count == 0;
}

static uint64_t server_of(const struct helo_connection *connection)
{
    const struct helo_endpoint *server = &connection->end[HELO_SERVER];
    return (rule_address_hash(server) >> 8) ^ server->port;
}

static void connection_flood(struct rule_call *call)
{
    const struct helo_session *session = call->fact->of.end.session;
    bool busy = session->messages_attempted > 0 || session->mail_may_be_hidden;
    unsigned tag = busy ? TAG_BUSY : only_looked(session) ? TAG_LOOKED : TAG_IDLE;
    struct subject *subject =
        rule_note(call, BY_SOURCE, nothing, server_of(call->fact->connection), tag);
    uint64_t least = (uint64_t)call->parameters[FLOOD_SESSIONS];
    if (subject == NULL || subject->told != NULL || subject->count < least)
        return;
    uint64_t idle = subject->count - subject->tally[TAG_BUSY];
    if (idle * 100 >= subject->count * (uint64_t)call->parameters[FLOOD_SHARE] &&
        (subject->count - subject->tally[TAG_LOOKED] >= least || subject_most(subject) >= least))
        rule_tell_subject(call, subject);
}

static void describe_flood(const struct rule_call *call, struct subject *subject,
                           struct helo_anomaly *anomaly)
{
    (void)call;
    evidence_number(anomaly, "connections", (int64_t)subject->told->total);
    evidence_number(
        anomaly, "without_transaction",
        (int64_t)(subject_tally(subject, TAG_IDLE) + subject_tally(subject, TAG_LOOKED)));
}

/* HS-606: the first refusal of a client's network, a sender and a recipient is remembered. */
#define LONGEST_PAIR 1024

struct greylisting {
    helo_time refused; /* first */
    uint32_t refusals;
};

/* "sender recipient" */
static struct helo_slice pair_of(const struct helo_message *message,
                                 const struct helo_recipient *recipient, uint8_t *to)
{
    size_t from = message->mail_from.len;
    if (from + recipient->address.len + 1 > LONGEST_PAIR)
        return nothing;
    if (from > 0)
        memcpy(to, message->mail_from.ptr, from);
    to[from] = ' ';
    if (recipient->address.len > 0)
        memcpy(to + from + 1, recipient->address.ptr, recipient->address.len);
    return (struct helo_slice){to, from + 1 + recipient->address.len};
}

static void note_deferred(struct rule_call *call, struct helo_slice pair)
{
    struct subject *subject = rule_remember(call, BY_NETWORK | BY_TEXT, pair);
    if (subject == NULL)
        return;
    struct greylisting *state = (void *)subject->state;
    if (state->refusals++ == 0)
        state->refused = call->time;
}

static void tell_greylisted(struct rule_call *call, struct helo_slice pair,
                            const struct helo_recipient *recipient)
{
    struct subject_key key = subject_key(BY_NETWORK | BY_TEXT, call->fact->connection, pair, 0);
    struct subject *subject = window_find(rule_window(call), &key, call->time);
    if (subject == NULL)
        return;
    struct greylisting *state = (void *)subject->state;
    struct helo_anomaly anomaly = rule_anomaly(call);
    if (state->refusals == 0)
        return;
    evidence_interval(&anomaly, "delay_ms", call->time - state->refused);
    evidence_number(&anomaly, "refusals", state->refusals);
    evidence_text(&anomaly, "mail_from", call->fact->of.message->mail_from);
    evidence_text(&anomaly, "recipient", recipient->address);
    rule_tell(call, &anomaly);
    state->refusals = 0;
}

static void greylisted(struct rule_call *call)
{
    const struct helo_message *message = call->fact->of.message;
    bool accepted = message->result == HELO_MESSAGE_ACCEPTED;
    uint8_t text[LONGEST_PAIR];
    for (uint32_t i = 0; i < message->recipient_count; i++) {
        const struct helo_recipient *recipient = &message->recipients[i];
        bool deferred = recipient->code == 450 || recipient->code == 451;
        if (!deferred && (!accepted || rule_window(call)->count == 0))
            continue;
        struct helo_slice pair = pair_of(message, recipient, text);
        if (deferred && pair.len > 0)
            note_deferred(call, pair);
        else if (pair.len > 0)
            tell_greylisted(call, pair, recipient);
    }
}

#define SECONDS(initial)                                                                           \
    {                                                                                              \
        "seconds", "s", "length of the window", initial, 1, 604800                                 \
    }

static const struct rule rules[] = {
    {
        .about = {.id = "HS-601",
                  .name = "user_enumeration",
                  .category = "abuse",
                  .severity = HELO_SEVERITY_MEDIUM,
                  .description = "One source asks for many addresses of which most do not exist, "
                                 "and sends nothing.",
                  .reference = "RFC 5321 sections 3.5.3 and 7.3",
                  .techniques = {"T1589.002"},
                  .advice = "Limit refused recipients for each client, switch VRFY and EXPN off, "
                            "and block the source if it goes on.",
                  .memory = "the addresses that a source asked for",
                  .parameters = {{"addresses", "", "different addresses", 10, 2, 250},
                                 SECONDS(600),
                                 {"share", "%", "of them that must be refused", 80, 1, 100}}},
        .wants = WANTS(FACT_QUERY) | WANTS(FACT_REFUSAL) | WANTS(FACT_MESSAGE),
        .on_fact = user_enumeration,
        .window = {.used = true,
                   .seconds = ENUMERATION_SECONDS,
                   .state = sizeof(struct enumeration)},
        .describe = describe_enumeration,
    },
    {
        .about = {.id = "HS-602",
                  .name = "relay_probe",
                  .category = "abuse",
                  .severity = HELO_SEVERITY_MEDIUM,
                  .description = "One source asks, without AUTH, to relay to domains that the "
                                 "server does not serve.",
                  .reference = "RFC 5321 section 7.9, RFC 3463 section 3.8",
                  .techniques = {"T1595"},
                  .advice = "If the client is yours, have it log in or add it to the relay's "
                            "networks; otherwise nothing was lost, and the source may be blocked.",
                  .memory = "the refusals of a source",
                  .parameters = {{"refusals", "", "recipients refused", 2, 1, 250}, SECONDS(600)}},
        .wants = WANTS(FACT_REFUSAL) | WANTS(FACT_AUTH),
        .session_size = sizeof(bool),
        .on_fact = relay_probe,
        .window = {.used = true, .seconds = PROBE_SECONDS, .state = sizeof(struct probe)},
        .describe = describe_probe,
    },
    {
        .about = {.id = "HS-603",
                  .name = "open_relay_suspected",
                  .category = "abuse",
                  .severity = HELO_SEVERITY_HIGH,
                  .description = "The server took mail without AUTH from outside (--home) for a "
                                 "domain that is not ours (--own-domain).",
                  .reference = "RFC 5321 section 7.9",
                  .techniques = {"T1586.002"},
                  .advice = "Close the relay for clients from outside at once, unless the domain "
                            "is served here: then name it with --own-domain.",
                  .memory = "the recipients that a server took",
                  .parameters = {SECONDS(3600)}},
        .wants = WANTS(FACT_MESSAGE) | WANTS(FACT_AUTH),
        .session_size = sizeof(bool),
        .on_fact = open_relay_suspected,
        .window = {.used = true, .seconds = 0, .state = sizeof(struct relayed)},
        .describe = describe_relayed,
    },
    {
        .about = {.id = "HS-604",
                  .name = "slow_session",
                  .category = "abuse",
                  .severity = HELO_SEVERITY_MEDIUM,
                  .description = "The client left a line or a message unfinished and sends next to "
                                 "nothing.",
                  .reference = "RFC 5321 section 4.5.3.2",
                  .techniques = {"T1499.001"},
                  .advice =
                      "If many sessions do it, somebody holds the server's connections: limit "
                      "them by client and shorten the timeouts.",
                  .parameters = {{"seconds", "s", "a period so slow", 60, 1, 3600},
                                 {"rate", "octets/s", "fewer than so many are slow", 10, 1,
                                  10000}}},
        .wants = WANTS(FACT_TURN) | WANTS(FACT_TIMER),
        .session_size = sizeof(struct slowness),
        .on_fact = slow_session,
    },
    {
        .about = {.id = "HS-605",
                  .name = "connection_flood",
                  .category = "abuse",
                  .severity = HELO_SEVERITY_MEDIUM,
                  .description = "One source opens many connections in a minute, most without a "
                                 "mail transaction; those that ask for nothing, to one server.",
                  .reference = "RFC 5321 section 7.8",
                  .techniques = {"T1499.002"},
                  .advice =
                      "Limit the connections of a client on the server or at the firewall; if "
                      "it is a monitor or a load balancer of yours, allow it.",
                  .memory = "the sessions of a source",
                  .parameters = {{"sessions", "", "sessions that ended", 50, 2, 250},
                                 SECONDS(60),
                                 {"share", "%", "of them without a transaction", 80, 1, 100}}},
        .wants = WANTS(FACT_SESSION),
        .on_fact = connection_flood,
        .window = {.used = true, .seconds = FLOOD_SECONDS},
        .describe = describe_flood,
    },
    {
        .about = {.id = "HS-606",
                  .name = "greylisted",
                  .category = "abuse",
                  .severity = HELO_SEVERITY_INFO,
                  .description = "A recipient was refused for a while and then accepted for the "
                                 "same client network and sender.",
                  .reference = "RFC 6647",
                  .advice = "Greylisting at work: if the delay is too long, let the client try "
                            "again sooner, or exempt its network on the server.",
                  .memory = "the first refusal of a client's network, a sender and a recipient",
                  .parameters = {SECONDS(86400)}},
        .wants = WANTS(FACT_MESSAGE),
        .on_fact = greylisted,
        .window = {.used = true, .seconds = 0, .state = sizeof(struct greylisting)},
    },
};

const struct rule_family rules_abuse = {rules, sizeof(rules) / sizeof(rules[0])};
