/* Rules about how much: bounces to a domain, mail of an account, refusals by a server. */
#include <string.h>

#include "rules/rule.h"

static const struct helo_slice nothing = {NULL, 0};

/* HS-607. The counts of the windows before this one, by their number since 1970. */
enum { STORM_MESSAGES, STORM_SECONDS, STORM_FACTOR, STORM_LEAST };
#define STORM_HISTORY 24

struct storm {
    int64_t number;                    /* of the window at hand */
    uint32_t count[STORM_HISTORY + 1]; /* by number, modulo: the one at hand, and those before */
};

/* Goes on to a window, emptying those that were skipped. */
static void storm_advance(struct storm *storm, int64_t number)
{
    for (int64_t n = storm->number + 1; n <= number && n <= storm->number + STORM_HISTORY + 1; n++)
        storm->count[(uint64_t)n % (STORM_HISTORY + 1)] = 0;
    if (number > storm->number + STORM_HISTORY)
        memset(storm->count, 0, sizeof(storm->count));
    if (number > storm->number)
        storm->number = number;
}

/* How many windows before this one were watched whole, at most STORM_HISTORY. */
static int64_t windows_watched(const struct rule_call *call, int64_t number)
{
    helo_time length = rule_window(call)->length;
    int64_t first = (rule_watching_since(call) + length - 1) / length;
    int64_t watched = number - first;
    return watched < 0 ? 0 : watched < STORM_HISTORY ? watched : STORM_HISTORY;
}

/* Messages in the windows before the one at hand. */
static uint64_t storm_before(const struct storm *storm)
{
    uint64_t sum = 0;
    for (size_t i = 0; i <= STORM_HISTORY; i++)
        sum += storm->count[i];
    return sum - storm->count[(uint64_t)storm->number % (STORM_HISTORY + 1)];
}

static void note_bounce(struct rule_call *call, struct helo_slice domain)
{
    int64_t number = call->time / rule_window(call)->length;
    struct subject *subject = rule_note(call, BY_TEXT, domain, 0, 0);
    if (subject == NULL)
        return;
    struct storm *storm = (void *)subject->state;
    if (storm->number == 0)
        storm->number = number;
    storm_advance(storm, number);
    storm->count[(uint64_t)storm->number % (STORM_HISTORY + 1)]++;
    int64_t watched = windows_watched(call, number);
    if (subject->told != NULL || watched < call->parameters[STORM_LEAST] ||
        subject->count < (uint64_t)call->parameters[STORM_MESSAGES])
        return;
    if ((uint64_t)subject->count * (uint64_t)watched >=
        storm_before(storm) * (uint64_t)call->parameters[STORM_FACTOR])
        rule_tell_subject(call, subject);
}

/* A bounce has one recipient (RFC 5321 section 6.1); of several the first one's domain counts. */
static void bounce_storm(struct rule_call *call)
{
    const struct helo_message *message = call->fact->of.message;
    if (!message->has_mail_from || !rule_is_word(message->mail_from, "<>") ||
        message->recipient_count == 0)
        return;
    struct helo_slice domain = rule_domain_of(message->recipients[0].address);
    if (domain.len > 0)
        note_bounce(call, domain);
}

static void describe_storm(const struct rule_call *call, struct subject *subject,
                           struct helo_anomaly *anomaly)
{
    const struct storm *storm = (const void *)subject->state;
    (void)call;
    evidence_text(anomaly, "domain", subject_text(subject));
    evidence_number(anomaly, "bounces", (int64_t)subject->told->total);
    evidence_number(anomaly, "in_24_windows_before", (int64_t)storm_before(storm));
}

/* HS-608 */
enum { ACCOUNT_MESSAGES, ACCOUNT_SECONDS, ACCOUNT_SENDERS, ACCOUNT_SENDERS_SECONDS };

struct account {
    bool authenticated;
    uint16_t len;
    uint8_t user[128];
};

struct account_state {
    uint64_t sender;   /* a hash of the first one */
    bool several;      /* there was another */
    uint32_t messages; /* as last counted over ACCOUNT_SECONDS */
    uint32_t senders;
};

static void learn_account(struct rule_call *call, struct account *account)
{
    const struct helo_auth *auth = call->fact->of.auth.auth;
    if (auth->result != HELO_AUTH_SUCCESS || auth->user_name.len == 0)
        return;
    account->authenticated = true;
    account->len = (uint16_t)(auth->user_name.len < sizeof(account->user) ? auth->user_name.len
                                                                          : sizeof(account->user));
    memcpy(account->user, auth->user_name.ptr, account->len);
}

static void account_volume(struct rule_call *call)
{
    bool exact;
    if (call->fact->kind == FACT_MESSAGE && call->session->state == NULL)
        return;
    struct account *account = rule_session(call);
    if (account == NULL)
        return;
    if (call->fact->kind == FACT_AUTH) {
        learn_account(call, account);
        return;
    }
    const struct helo_message *message = call->fact->of.message;
    if (!account->authenticated ||
        (message->result != HELO_MESSAGE_ACCEPTED && message->result != HELO_MESSAGE_PARTIAL))
        return;
    struct subject *subject =
        rule_note(call, BY_USER, (struct helo_slice){account->user, account->len},
                  subject_hash_of(message->mail_from), 0);
    if (subject == NULL)
        return;
    struct account_state *state = (void *)subject->state;
    helo_time since = call->time - call->parameters[ACCOUNT_SECONDS] * HELO_SECOND;
    state->messages = subject_count_since(subject, since);
    uint64_t sender = subject_hash_of(message->mail_from);
    if (subject->count == 1)
        *state = (struct account_state){.sender = sender, .messages = state->messages};
    state->several |= sender != state->sender;
    if (subject->told != NULL || subject->count <= call->parameters[ACCOUNT_SENDERS])
        return;
    state->senders = state->several ? (uint32_t)subject_different(subject, 1, &exact) : 1;
    if (state->messages > call->parameters[ACCOUNT_MESSAGES] ||
        state->senders > call->parameters[ACCOUNT_SENDERS])
        rule_tell_subject(call, subject);
}

static void describe_account(const struct rule_call *call, struct subject *subject,
                             struct helo_anomaly *anomaly)
{
    const struct account_state *state = (const void *)subject->state;
    bool exact;
    evidence_number(anomaly, "messages", (int64_t)subject->told->total);
    evidence_number(anomaly, "messages_lately", state->messages);
    evidence_number(anomaly, "lately_s", call->parameters[ACCOUNT_SECONDS]);
    evidence_number(anomaly, "reverse_paths", (int64_t)subject_different(subject, 1, &exact));
}

/* HS-609. A source that asks for nonsense is not the server's fault: several must be refused. */
enum { REJECTING_SHARE, REJECTING_REPLIES, REJECTING_SECONDS, REJECTING_CLIENTS };
enum { TAG_ACCEPTED, TAG_REFUSED };

static struct subject *note_verdict(struct rule_call *call, uint64_t client, uint16_t code)
{
    return rule_note(call, BY_SERVER, nothing, client, code >= 400 ? TAG_REFUSED : TAG_ACCEPTED);
}

static void server_rejecting(struct rule_call *call)
{
    bool exact;
    const struct helo_message *message = call->fact->of.message;
    uint64_t client = rule_address_hash(rule_source(call->fact->connection));
    struct subject *subject = NULL;
    bool refused_early = message->recipient_count > 0 &&
                         message->recipients[message->recipient_count - 1].code >= 400;
    for (uint32_t i = 0; i < message->recipient_count; i++) {
        if (message->recipients[i].code != 0)
            subject = note_verdict(call, client, message->recipients[i].code);
    }
    if (message->reply.code != 0 && !refused_early)
        subject = note_verdict(call, client, message->reply.code);
    if (subject == NULL || subject->told != NULL ||
        subject->count < (uint64_t)call->parameters[REJECTING_REPLIES])
        return;
    if (subject->tally[TAG_REFUSED] * INT64_C(100) >
            subject->count * call->parameters[REJECTING_SHARE] &&
        subject_different(subject, 1u << TAG_REFUSED, &exact) >=
            (uint64_t)call->parameters[REJECTING_CLIENTS])
        rule_tell_subject(call, subject);
}

static void describe_rejecting(const struct rule_call *call, struct subject *subject,
                               struct helo_anomaly *anomaly)
{
    bool exact;
    (void)call;
    evidence_number(anomaly, "replies", (int64_t)subject->told->total);
    evidence_number(anomaly, "refusals", (int64_t)subject_tally(subject, TAG_REFUSED));
    evidence_number(anomaly, "clients_refused",
                    (int64_t)subject_different(subject, 1u << TAG_REFUSED, &exact));
}

static const struct rule rules[] = {
    {
        .about =
            {.id = "HS-607",
             .name = "bounce_storm",
             .category = "abuse",
             .severity = HELO_SEVERITY_MEDIUM,
             .description = "Far more bounces (MAIL FROM:<>) to one domain than before.",
             .reference = "RFC 5321 section 6.1",
             .advice = "Somebody sends with addresses of this domain as sender: publish SPF "
                       "and DMARC for it, tag its own mail (BATV), and look whether one of its "
                       "accounts is abused.",
             .memory = "the bounces to a domain, by window",
             .parameters = {{"messages", "", "bounces in the window", 50, 2, 250},
                            {"seconds", "s", "length of the window", 600, 1, 86400},
                            {"factor", "", "times the mean of the windows before", 10, 1, 1000},
                            {"least", "", "windows that must have been watched before", 6, 0, 24}}},
        .wants = WANTS(FACT_MESSAGE),
        .on_fact = bounce_storm,
        .window =
            {.used = true, .seconds = STORM_SECONDS, .state = sizeof(struct storm), .keep = 86400},
        .describe = describe_storm,
    },
    {
        .about = {.id = "HS-608",
                  .name = "account_volume",
                  .category = "abuse",
                  .severity = HELO_SEVERITY_HIGH,
                  .description = "An account sends very many messages, or with many reverse-paths.",
                  .reference = "RFC 5321 section 7.8",
                  .techniques = {"T1078"},
                  .advice =
                      "Ask the account's owner; if it is not theirs, change the password, end "
                      "the sessions and empty the queue. Allow robots and lists by name.",
                  .memory = "the messages of a user",
                  .parameters = {{"messages", "", "more messages than these", 100, 1, 250},
                                 {"messages_seconds", "s", "in so long", 900, 1, 3600},
                                 {"senders", "", "more different reverse-paths than these", 10, 1,
                                  250},
                                 {"seconds", "s", "length of the window, for reverse-paths",
                                  3600, 1, 86400}}},
        .wants = WANTS(FACT_AUTH) | WANTS(FACT_MESSAGE),
        .session_size = sizeof(struct account),
        .on_fact = account_volume,
        .window = {.used = true,
                   .seconds = ACCOUNT_SENDERS_SECONDS,
                   .state = sizeof(struct account_state)},
        .describe = describe_account,
    },
    {
        .about = {.id = "HS-609",
                  .name = "server_rejecting",
                  .category = "abuse",
                  .severity = HELO_SEVERITY_MEDIUM,
                  .description = "A server refuses most senders, recipients or messages of several "
                                 "clients.",
                  .reference = "RFC 5321 section 4.2.1",
                  .advice = "Look in the server's log for what fails: a full disk, a directory or "
                            "filter that is down, a blocklist that answers for everything.",
                  .memory = "the replies of a server",
                  .parameters = {{"share", "%", "more refusals than these", 50, 1, 99},
                                 {"replies", "", "replies in the window", 50, 2, 250},
                                 {"seconds", "s", "length of the window", 300, 1, 86400},
                                 {"clients", "", "different clients refused", 3, 1, 250}}},
        .wants = WANTS(FACT_MESSAGE),
        .on_fact = server_rejecting,
        .window = {.used = true, .seconds = REJECTING_SECONDS},
        .describe = describe_rejecting,
    },
};

const struct rule_family rules_volume = {rules, sizeof(rules) / sizeof(rules[0])};
