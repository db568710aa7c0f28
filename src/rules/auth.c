/* Rules about how AUTH is spoken: in the clear, out of turn, malformed, by weaker mechanisms. */
#include <string.h>

#include "base/network.h"
#include "event/auth_result.h"
#include "rules/names.h"
#include "rules/rule.h"

#define DAY 86400

static const struct helo_slice nothing = {NULL, 0};

/* True for what is on the site: --home, and addresses that never leave one. */
static bool is_inside(const struct rule_call *call, const struct helo_endpoint *end)
{
    struct helo_network networks[NETWORK_PRIVATE];
    size_t count = network_private(networks);
    for (size_t i = 0; i < count; i++) {
        if (network_has(&networks[i], end->family, end->address))
            return true;
    }
    return rule_is_home(call, end);
}

/* HS-206. Inside of a site it is less bad; so it is told, unless somebody has set a severity. */
struct exposure {
    struct names users;
    uint8_t mechanism_len;
    uint8_t mechanism[20];
    bool starttls_offered;
    bool inside;
};

static void auth_secret_in_clear(struct rule_call *call)
{
    const struct helo_auth *auth = call->fact->of.auth.auth;
    const struct helo_connection *connection = call->fact->connection;
    if (!auth->secret_exposed)
        return;
    if (rule_is_exempt(call, rule_source(connection), auth->user_name))
        return;
    uint64_t user = subject_hash_of(auth->user_name);
    struct subject *subject = rule_note(call, BY_SOURCE | BY_SERVER, nothing, user, 0);
    if (subject == NULL)
        return;
    struct exposure *exposure = (void *)subject->state;
    if (subject->count == 1)
        *exposure = (struct exposure){0};
    names_add(&exposure->users, auth->user_name);
    size_t len = auth->mechanism.len < sizeof(exposure->mechanism) ? auth->mechanism.len
                                                                   : sizeof(exposure->mechanism);
    if (len > 0)
        memcpy(exposure->mechanism, auth->mechanism.ptr, len);
    exposure->mechanism_len = (uint8_t)len;
    exposure->starttls_offered = call->fact->of.auth.starttls_offered;
    exposure->inside = is_inside(call, &connection->end[HELO_CLIENT]) &&
                       is_inside(call, &connection->end[HELO_SERVER]);
    rule_tell_subject(call, subject);
}

static void describe_exposure(const struct rule_call *call, struct subject *subject,
                              struct helo_anomaly *anomaly)
{
    const struct exposure *exposure = (const void *)subject->state;
    if (exposure->inside && anomaly->severity == call->rule->about.severity)
        anomaly->severity = HELO_SEVERITY_LOW;
    evidence_text(anomaly, "mechanism",
                  (struct helo_slice){exposure->mechanism, exposure->mechanism_len});
    names_show(&exposure->users, "users", true, anomaly);
    evidence_flag(anomaly, "starttls_offered", exposure->starttls_offered);
    evidence_flag(anomaly, "inside", exposure->inside);
}

/* Mechanisms by strength; those not listed are told nothing of. */
static const struct {
    const char *name;
    uint8_t strength;
} mechanisms[] = {
    {"PLAIN", 1},         {"LOGIN", 1},         {"XOAUTH2", 2},          {"OAUTHBEARER", 2},
    {"NTLM", 3},          {"CRAM-MD5", 3},      {"DIGEST-MD5", 3},       {"SCRAM-SHA-1", 4},
    {"SCRAM-SHA-256", 4}, {"SCRAM-SHA-512", 4}, {"SCRAM-SHA-1-PLUS", 5}, {"SCRAM-SHA-256-PLUS", 5},
    {"GSSAPI", 5},        {"EXTERNAL", 5},
};
#define MECHANISMS (sizeof(mechanisms) / sizeof(mechanisms[0]))
#define WEAK       1 /* the secret itself is sent */
#define STRONG     3 /* it is not */

/* The row of a mechanism; MECHANISMS: none. */
static size_t mechanism_of(struct helo_slice name)
{
    size_t i = 0;
    while (i < MECHANISMS && !rule_is_word(name, mechanisms[i].name))
        i++;
    return i;
}

static uint8_t strength_of(struct helo_slice name)
{
    size_t i = mechanism_of(name);
    return i < MECHANISMS ? mechanisms[i].strength : 0;
}

/* The mechanisms that the session's last EHLO reply offered, as bits by row. */
static uint32_t offered_in(const struct helo_session *session)
{
    uint32_t offered = 0;
    for (uint32_t i = 0; i < session->capability_count; i++) {
        struct helo_slice rest = session->capabilities[i];
        if (rest.len < 5 || !rule_is_word((struct helo_slice){rest.ptr, 4}, "AUTH") ||
            (rest.ptr[4] != ' ' && rest.ptr[4] != '='))
            continue;
        for (size_t at = 5; at < rest.len;) {
            size_t end = at;
            while (end < rest.len && rest.ptr[end] != ' ')
                end++;
            size_t row = mechanism_of((struct helo_slice){rest.ptr + at, end - at});
            offered |= row < MECHANISMS ? UINT32_C(1) << row : 0;
            at = end + 1;
        }
    }
    return offered;
}

static bool offers(uint32_t offered, uint8_t least, uint8_t most)
{
    for (size_t i = 0; i < MECHANISMS; i++) {
        if ((offered >> i & 1) != 0 && mechanisms[i].strength >= least &&
            mechanisms[i].strength <= most)
            return true;
    }
    return false;
}

static void show_mechanisms(struct helo_anomaly *anomaly, const char *key, uint32_t set)
{
    for (size_t i = 0; i < MECHANISMS; i++) {
        if ((set >> i & 1) != 0)
            evidence_word(anomaly, key, mechanisms[i].name);
    }
}

/* HS-207. What a decrypting tap shows was not in the clear. */
struct offer {
    uint32_t offered;
    bool starttls;
};

static void auth_offered_in_clear(struct rule_call *call)
{
    const struct helo_session *session = call->fact->of.end.session;
    uint32_t offered = offered_in(session);
    if (session->decrypted || !offers(offered, WEAK, WEAK))
        return;
    struct subject *subject = rule_note(call, BY_SERVER, nothing, 0, 0);
    if (subject == NULL)
        return;
    struct offer *offer = (void *)subject->state;
    offer->offered = offered;
    offer->starttls = session->starttls_offered;
    rule_tell_subject(call, subject);
}

static void describe_offer(const struct rule_call *call, struct subject *subject,
                           struct helo_anomaly *anomaly)
{
    const struct offer *offer = (const void *)subject->state;
    (void)call;
    show_mechanisms(anomaly, "mechanisms", offer->offered);
    evidence_flag(anomaly, "starttls_offered", offer->starttls);
}

/* HS-208 */
static void auth_unasked_challenge(struct rule_call *call)
{
    const struct fact *fact = call->fact;
    struct helo_slice answered = nothing;
    if (fact->kind == FACT_UNASKED) {
        if (fact->of.reply.reply->code != 334 || fact->of.reply.hidden ||
            fact->of.reply.phase == HELO_PHASE_AUTH)
            return;
    } else if (fact->of.irregularity.what == IRREGULAR_CHALLENGE) {
        answered = fact->of.irregularity.verb;
    } else {
        return;
    }
    struct helo_anomaly anomaly = rule_anomaly(call);
    evidence_number(&anomaly, "reply_code", 334);
    if (answered.len > 0)
        evidence_text(&anomaly, "answered", answered);
    else
        evidence_word(&anomaly, "answered", "nothing");
    rule_tell(call, &anomaly);
}

/* HS-209: the timer is set at each turn of an exchange, and off when it is over. */
struct stall {
    enum fact_turn_of of;
    helo_time since;
};

enum { TURN_OF_CLIENT, TURN_OF_SERVER };

static const struct helo_rule_cause turns[] = {
    [TURN_OF_CLIENT] = {"turn", "client", "A challenge waits for its answer.",
                        "The client does not answer the challenge: look whether it waits for its "
                        "user, crashed, or does not know the mechanism."},
    [TURN_OF_SERVER] = {"turn", "server", "An answer, or AUTH itself, waits for its reply.",
                        "The server does not judge the answer: look at its password backend "
                        "(directory, database, SASL daemon)."},
    {NULL, NULL, NULL, NULL},
};

static void auth_challenge_stalled(struct rule_call *call)
{
    const struct fact_turn *turn = &call->fact->of.turn;
    helo_time wait = call->parameters[0] * HELO_SECOND;
    if (call->fact->kind == FACT_TURN && (turn->phase != HELO_PHASE_AUTH || turn->unfinished))
        return;
    struct stall *stall = rule_session(call);
    if (stall == NULL)
        return;
    if (call->fact->kind == FACT_TURN) {
        *stall = (struct stall){turn->of, turn->since};
        rule_set_timer(call, turn->of == TURN_NOBODY ? HELO_NO_TIME : turn->since + wait);
        return;
    }
    struct helo_anomaly anomaly = rule_anomaly(call);
    const struct helo_rule_cause *turn_of =
        &turns[stall->of == TURN_CLIENT ? TURN_OF_CLIENT : TURN_OF_SERVER];
    anomaly.advice = turn_of->advice;
    evidence_word(&anomaly, turn_of->key, turn_of->name);
    evidence_interval(&anomaly, "waited_ms", call->time - stall->since);
    rule_tell(call, &anomaly);
}

/* HS-210 */
static void auth_abandoned(struct rule_call *call)
{
    const struct helo_auth *auth = call->fact->of.auth.auth;
    if (auth->result != HELO_AUTH_ABANDONED)
        return;
    struct helo_anomaly anomaly = rule_anomaly(call);
    evidence_text(&anomaly, "mechanism", auth->mechanism);
    evidence_user(&anomaly, "user", auth->user_name);
    evidence_number(&anomaly, "challenges", auth->rounds);
    rule_tell(call, &anomaly);
}

/* HS-211; the bits are those of src/smtp/sasl/sasl.h, in its order. */
static void auth_malformed(struct rule_call *call)
{
    static const char *const WHY[] = {"alphabet", "padding", "length",
                                      "overlong", "empty",   "content"};
    const struct fact_irregularity *what = &call->fact->of.irregularity;
    if (what->what != IRREGULAR_SASL)
        return;
    struct helo_anomaly anomaly = rule_anomaly(call);
    for (size_t bit = 0; bit < sizeof(WHY) / sizeof(WHY[0]); bit++) {
        if ((what->oddity >> bit & 1) != 0)
            evidence_word(&anomaly, "why", WHY[bit]);
    }
    if (anomaly.evidence_count == 0)
        return;
    evidence_word(&anomaly, "side", rule_side_name(what->side));
    rule_tell(call, &anomaly);
}

/* HS-212 */
#define TOO_MANY_CHALLENGES 64

static void auth_too_many_challenges(struct rule_call *call)
{
    const struct fact_irregularity *what = &call->fact->of.irregularity;
    if (what->what != IRREGULAR_SASL || (what->oddity & TOO_MANY_CHALLENGES) == 0)
        return;
    struct helo_anomaly anomaly = rule_anomaly(call);
    evidence_word(&anomaly, "side", rule_side_name(what->side));
    rule_tell(call, &anomaly);
}

/* HS-213 */
static void auth_not_advertised(struct rule_call *call)
{
    const struct helo_auth *auth = call->fact->of.auth.auth;
    if (!auth->has_advertised || auth->advertised || auth->mechanism.len == 0)
        return;
    struct helo_anomaly anomaly = rule_anomaly(call);
    evidence_text(&anomaly, "mechanism", auth->mechanism);
    evidence_word(&anomaly, "result", auth_result_name(auth->result));
    rule_tell(call, &anomaly);
}

/* HS-214 */
static void auth_out_of_sequence(struct rule_call *call)
{
    const struct helo_auth *auth = call->fact->of.auth.auth;
    bool *authenticated = rule_session(call);
    bool again = authenticated != NULL && *authenticated;
    if (again || call->fact->of.auth.in_transaction) {
        struct helo_anomaly anomaly = rule_anomaly(call);
        evidence_word(&anomaly, "why", again ? "after_success" : "in_transaction");
        evidence_text(&anomaly, "mechanism", auth->mechanism);
        if (auth->reply.code != 0)
            evidence_number(&anomaly, "reply_code", auth->reply.code);
        rule_tell(call, &anomaly);
    }
    if (authenticated != NULL && auth->result == HELO_AUTH_SUCCESS)
        *authenticated = true;
}

/* HS-215, three ways: the server refused a strong mechanism and gets a weak one; a user's client
 * used a strong one on this server before; the server offered a source more before. */
struct downgrade {
    uint8_t refused; /* of a session: the row of the strong mechanism that was refused, plus 1 */
};

struct strongest {
    uint8_t row; /* of the strongest that succeeded, plus 1 */
    uint32_t offered;
};

static void tell_downgrade(struct rule_call *call, const char *how, size_t before,
                           struct helo_slice now)
{
    struct helo_anomaly anomaly = rule_anomaly(call);
    evidence_word(&anomaly, "how", how);
    evidence_word(&anomaly, "before", mechanisms[before].name);
    evidence_text(&anomaly, "now", now);
    rule_tell(call, &anomaly);
}

/* What is known of a user's client, or of a source, on this server. */
static struct strongest *memory_of(struct rule_call *call, unsigned parts, struct helo_slice user)
{
    struct subject *subject = rule_remember(call, parts, user);
    return subject != NULL ? (void *)subject->state : NULL;
}

static void judge_mechanism(struct rule_call *call)
{
    const struct helo_auth *auth = call->fact->of.auth.auth;
    struct downgrade *session = rule_session(call);
    size_t row = mechanism_of(auth->mechanism);
    uint8_t strength = strength_of(auth->mechanism);
    if (session == NULL || row == MECHANISMS || auth->tls)
        return;
    if (strength == WEAK && session->refused > 0)
        tell_downgrade(call, "refused", session->refused - 1u, auth->mechanism);
    if (strength >= STRONG && auth->advertised &&
        (auth->reply.code == 504 || auth->reply.code == 534))
        session->refused = (uint8_t)(row + 1);
    if (auth->result != HELO_AUTH_SUCCESS || auth->user_name.len == 0)
        return;
    struct strongest *known = memory_of(call, BY_USER | BY_SOURCE | BY_SERVER, auth->user_name);
    if (known == NULL)
        return;
    if (strength == WEAK && known->row > 0)
        tell_downgrade(call, "client", known->row - 1u, auth->mechanism);
    if (strength >= STRONG)
        known->row = (uint8_t)(row + 1);
}

static void judge_offer(struct rule_call *call)
{
    const struct helo_session *session = call->fact->of.end.session;
    uint32_t offered = offered_in(session);
    if (session->decrypted || offered == 0)
        return;
    struct strongest *known = memory_of(call, BY_SOURCE | BY_SERVER, nothing);
    if (known == NULL)
        return;
    uint32_t lost = known->offered & ~offered;
    known->offered = offered;
    for (size_t i = 0; i < MECHANISMS; i++) {
        if ((lost >> i & 1) == 0 || mechanisms[i].strength < STRONG ||
            offers(offered, STRONG, UINT8_MAX) || !offers(offered, WEAK, WEAK))
            continue;
        struct helo_anomaly anomaly = rule_anomaly(call);
        evidence_word(&anomaly, "how", "server_offers_less");
        evidence_word(&anomaly, "before", mechanisms[i].name);
        show_mechanisms(&anomaly, "now", offered);
        rule_tell(call, &anomaly);
        return;
    }
}

static void auth_downgrade(struct rule_call *call)
{
    if (call->fact->kind == FACT_AUTH)
        judge_mechanism(call);
    else
        judge_offer(call);
}

/* HS-216 */
struct hopping {
    uint8_t cancelled; /* the row of the mechanism that was cancelled last, plus 1 */
    uint8_t times;
};

static void auth_mechanism_hopping(struct rule_call *call)
{
    const struct helo_auth *auth = call->fact->of.auth.auth;
    struct hopping *hopping = rule_session(call);
    size_t row = mechanism_of(auth->mechanism);
    if (hopping == NULL)
        return;
    if (hopping->cancelled > 0 && hopping->cancelled != row + 1 && hopping->times < UINT8_MAX)
        hopping->times++;
    hopping->cancelled = auth->result == HELO_AUTH_CANCELLED ? (uint8_t)(row + 1) : 0;
    if (hopping->times < call->parameters[0])
        return;
    struct helo_anomaly anomaly = rule_anomaly(call);
    evidence_number(&anomaly, "changes", hopping->times);
    evidence_text(&anomaly, "mechanism", auth->mechanism);
    rule_tell(call, &anomaly);
}

/* HS-217 */
enum { NETWORKS_LEAST, NETWORKS_SECONDS };

static void auth_same_user_many_networks(struct rule_call *call)
{
    bool exact;
    const struct helo_auth *auth = call->fact->of.auth.auth;
    if (auth->result != HELO_AUTH_SUCCESS || auth->user_name.len == 0)
        return;
    const struct helo_endpoint *source = rule_source(call->fact->connection);
    uint64_t network = rule_network_hash(source, source->family == 4 ? 2 : 4) >> 8;
    struct subject *subject = rule_note(call, BY_USER, auth->user_name, network, 0);
    if (subject != NULL && subject->told == NULL &&
        subject_different(subject, 1, &exact) >= (uint64_t)call->parameters[NETWORKS_LEAST])
        rule_tell_subject(call, subject);
}

static void describe_networks(const struct rule_call *call, struct subject *subject,
                              struct helo_anomaly *anomaly)
{
    bool exact;
    (void)call;
    evidence_number(anomaly, "successes", (int64_t)subject->told->total);
    evidence_number(anomaly, "different_networks", (int64_t)subject_different(subject, 1, &exact));
}

#define SECONDS(initial)                                                                           \
    {                                                                                              \
        "seconds", "s", "length of the window", initial, 1, 604800                                 \
    }

static const struct rule rules[] = {
    {
        .about = {.id = "HS-206",
                  .name = "auth_secret_in_clear",
                  .category = "authentication",
                  .severity = HELO_SEVERITY_MEDIUM,
                  .description = "A password or token crossed the network in the clear; between "
                                 "private addresses it is low.",
                  .reference = "RFC 4954 section 4, RFC 8314 section 3",
                  .techniques = {"T1040"},
                  .advice = "Change this password, have the client use TLS (port 465, or STARTTLS "
                            "on 587), and have the server offer AUTH only after it.",
                  .memory = "the logins of a source at a server",
                  .parameters = {SECONDS(DAY)}},
        .wants = WANTS(FACT_AUTH),
        .on_fact = auth_secret_in_clear,
        .window = {.used = true, .seconds = 0, .state = sizeof(struct exposure)},
        .describe = describe_exposure,
    },
    {
        .about = {.id = "HS-207",
                  .name = "auth_offered_in_clear",
                  .category = "authentication",
                  .severity = HELO_SEVERITY_INFO,
                  .description = "A server offers PLAIN or LOGIN before TLS.",
                  .reference = "RFC 4954 section 4, RFC 8314 section 3",
                  .techniques = {"T1040"},
                  .advice = "Configure the server to offer these mechanisms only inside TLS.",
                  .memory = "that a server was seen",
                  .parameters = {SECONDS(DAY)}},
        .wants = WANTS(FACT_SESSION),
        .on_fact = auth_offered_in_clear,
        .window = {.used = true, .seconds = 0, .state = sizeof(struct offer), .once = true},
        .describe = describe_offer,
    },
    {
        .about = {.id = "HS-208",
                  .name = "auth_unasked_challenge",
                  .category = "authentication",
                  .severity = HELO_SEVERITY_MEDIUM,
                  .description = "The server sent a 334 with no AUTH exchange open.",
                  .reference = "RFC 4954 section 4",
                  .advice = "A client that answers gives its password away: look whether this is "
                            "the server that it should be."},
        .wants = WANTS(FACT_UNASKED) | WANTS(FACT_IRREGULARITY),
        .on_fact = auth_unasked_challenge,
    },
    {
        .about = {.id = "HS-209",
                  .name = "auth_challenge_stalled",
                  .category = "authentication",
                  .severity = HELO_SEVERITY_MEDIUM,
                  .description = "An AUTH exchange stands still: a challenge without an answer, or "
                                 "an answer without a reply.",
                  .reference = "RFC 4954 section 4, RFC 5321 section 4.5.3.2",
                  .advice = "Look at the side whose turn it was.",
                  .causes = turns,
                  .parameters = {{"wait", "s", "silence of the side whose turn it is", 60, 1,
                                  3600}}},
        .wants = WANTS(FACT_TURN) | WANTS(FACT_TIMER),
        .session_size = sizeof(struct stall),
        .on_fact = auth_challenge_stalled,
    },
    {
        .about = {.id = "HS-210",
                  .name = "auth_abandoned",
                  .category = "authentication",
                  .severity = HELO_SEVERITY_LOW,
                  .description = "The connection was closed, or the dialogue went on, inside an "
                                 "AUTH exchange.",
                  .reference = "RFC 4954 section 4",
                  .advice = "If one client does it often, look there: it may not know the "
                            "mechanism, not trust the server, or count users by their challenges."},
        .wants = WANTS(FACT_AUTH),
        .on_fact = auth_abandoned,
    },
    {
        .about = {.id = "HS-211",
                  .name = "auth_malformed",
                  .category = "authentication",
                  .severity = HELO_SEVERITY_MEDIUM,
                  .description = "A line of an AUTH exchange is not what it has to be: no Base64, "
                                 "too long, empty, or not what the mechanism has there.",
                  .reference = "RFC 4954 section 4, RFC 4648 section 4",
                  .advice = "Look for a broken client or server, by the side in the evidence; if "
                            "nobody owns that client, for somebody who tries the parser."},
        .wants = WANTS(FACT_IRREGULARITY),
        .on_fact = auth_malformed,
    },
    {
        .about = {.id = "HS-212",
                  .name = "auth_too_many_challenges",
                  .category = "authentication",
                  .severity = HELO_SEVERITY_MEDIUM,
                  .description = "The server sent more challenges than the mechanism has.",
                  .reference = "RFC 4422 section 3",
                  .advice =
                      "Look whether this is the server that it should be: its client is asked "
                      "for more than it owes."},
        .wants = WANTS(FACT_IRREGULARITY),
        .on_fact = auth_too_many_challenges,
    },
    {
        .about = {.id = "HS-213",
                  .name = "auth_not_advertised",
                  .category = "authentication",
                  .severity = HELO_SEVERITY_LOW,
                  .description = "The client used a mechanism that the server had not offered, or "
                                 "AUTH before EHLO.",
                  .reference = "RFC 4954 sections 3 and 4",
                  .advice = "Correct the client's settings; programs that guess passwords often "
                            "do not read what is offered."},
        .wants = WANTS(FACT_AUTH),
        .on_fact = auth_not_advertised,
    },
    {
        .about = {.id = "HS-214",
                  .name = "auth_out_of_sequence",
                  .category = "authentication",
                  .severity = HELO_SEVERITY_LOW,
                  .description = "AUTH after a successful one, or inside a mail transaction.",
                  .reference = "RFC 4954 section 4",
                  .advice = "Correct the client: it may be two programs behind one connection."},
        .wants = WANTS(FACT_AUTH),
        .session_size = sizeof(bool),
        .on_fact = auth_out_of_sequence,
    },
    {
        .about = {.id = "HS-215",
                  .name = "auth_downgrade",
                  .category = "authentication",
                  .severity = HELO_SEVERITY_MEDIUM,
                  .description = "A weaker mechanism took the place of a stronger one.",
                  .reference = "RFC 4954 section 9, RFC 4422 section 6.1",
                  .techniques = {"T1557"},
                  .advice = "If nobody changed the server's or the client's settings, somebody "
                            "between them may have: compare what the server offers from elsewhere.",
                  .memory = "the strongest mechanism of a user from a source at a server, and what "
                            "a server offered to a source",
                  .parameters = {SECONDS(DAY)}},
        .wants = WANTS(FACT_AUTH) | WANTS(FACT_SESSION),
        .session_size = sizeof(struct downgrade),
        .on_fact = auth_downgrade,
        .window = {.used = true, .seconds = 0, .state = sizeof(struct strongest)},
    },
    {
        .about = {.id = "HS-216",
                  .name = "auth_mechanism_hopping",
                  .category = "authentication",
                  .severity = HELO_SEVERITY_MEDIUM,
                  .description = "AUTH was cancelled for another mechanism, again and again.",
                  .reference = "CVE-2011-1720",
                  .advice =
                      "Keep the server's SASL library up to date: memory of one mechanism was "
                      "once used by the next.",
                  .parameters = {{"changes", "", "changes of mechanism after a cancelled AUTH", 2,
                                  1, 250}}},
        .wants = WANTS(FACT_AUTH),
        .session_size = sizeof(struct hopping),
        .on_fact = auth_mechanism_hopping,
    },
    {
        .about = {.id = "HS-217",
                  .name = "auth_same_user_many_networks",
                  .category = "authentication",
                  .severity = HELO_SEVERITY_MEDIUM,
                  .description = "One user logged in from many networks in a short time.",
                  .reference = "RFC 4954 section 9",
                  .techniques = {"T1078"},
                  .advice = "Ask the user whether all of these places are theirs (VPNs and mobile "
                            "networks may be); if not, change the password.",
                  .memory = "the successes of a user",
                  .parameters = {{"networks", "", "different /16, of IPv6 /32", 4, 2, 250},
                                 SECONDS(3600)}},
        .wants = WANTS(FACT_AUTH),
        .on_fact = auth_same_user_many_networks,
        .window = {.used = true, .seconds = NETWORKS_SECONDS},
        .describe = describe_networks,
    },
};

const struct rule_family rules_auth = {rules, sizeof(rules) / sizeof(rules[0])};
