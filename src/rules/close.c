/* Rules about how sessions end: the 221 side. */
#include <string.h>

#include "rules/rule.h"

/* What made a server close of its own accord. A greeting of 421 is HS-102's alone, and stands
 * first: HS-101 has those behind it. */
enum close_cause {
    CAUSE_AS_GREETING,
    CAUSE_CLIENT_GONE,
    CAUSE_SHUTDOWN,
    CAUSE_IDLE_TIMEOUT,
    CAUSE_AFTER_AUTH_FAILURE,
    CAUSE_AFTER_ERRORS,
    CAUSE_AS_ANSWER,
    CAUSE_UNKNOWN,
};

/* In the order in which they are asked for. */
static const struct helo_rule_cause causes[] = {
    [CAUSE_AS_GREETING] = {"cause", "as_greeting", "The 421 stands in place of the greeting.",
                           "The server takes no session now: look whether it is overloaded, limits "
                           "connections, or has an opinion of this client."},
    [CAUSE_CLIENT_GONE] = {"cause", "client_gone",
                           "The client had closed its side before the reply.",
                           "The client had closed the connection already: find out why it left "
                           "without QUIT, by its log or by what the server last told it."},
    [CAUSE_SHUTDOWN] = {"cause", "shutdown",
                        "The reply's text speaks of shutting down, going down or a restart.",
                        "The server says that it stops: if nobody stopped or restarted it at this "
                        "time, look in its log for the reason."},
    [CAUSE_IDLE_TIMEOUT] = {"cause", "idle_timeout",
                            "Silence came before the reply, for as long as is set, or for a second "
                            "where the text blames it.",
                            "The server gave up waiting for the client: find out why the client "
                            "was silent, or raise the server's command timeout (RFC 5321 section "
                            "4.5.3.2 asks for 5 minutes)."},
    [CAUSE_AFTER_AUTH_FAILURE] = {"cause", "after_auth_failure",
                                  "The last thing before the reply was an AUTH that failed.",
                                  "The server hangs up on failed logins: correct the account's "
                                  "password or mechanism in the client, or look for guessing if "
                                  "nobody owns that client."},
    [CAUSE_AFTER_ERRORS] = {"cause", "after_errors",
                            "The session has as many refusals as are set, or the last reply was a "
                            "5xx.",
                            "The server tired of refusing the client: read the refusals in this "
                            "session, mend the client or the addresses that it uses, or raise the "
                            "server's error limit."},
    [CAUSE_AS_ANSWER] = {"cause", "as_answer", "The reply is the answer to a command.",
                         "The server closed instead of answering a command: look in its log for "
                         "a policy, a resource limit or a filter that ends sessions at that "
                         "command."},
    [CAUSE_UNKNOWN] = {"cause", "unknown", "None of these.",
                       "Nothing in the dialogue explains the close: look in the server's log at "
                       "this time for a restart, a stop or an administrator's action."},
    {NULL, NULL, NULL, NULL},
};

/* Tells the cause, and its advice. */
static void show_cause(struct helo_anomaly *anomaly, enum close_cause cause)
{
    anomaly->advice = causes[cause].advice;
    evidence_word(anomaly, causes[cause].key, causes[cause].name);
}

/* Does the text say that the client was too slow? */
static bool blames_silence(struct helo_slice text)
{
    return rule_has_word(text, "timeout") || rule_has_word(text, "timed out") ||
           rule_has_word(text, "idle");
}

/* Does it say that the server itself goes away? */
static bool tells_of_shutdown(struct helo_slice text)
{
    return rule_has_word(text, "shutting down") || rule_has_word(text, "shutdown") ||
           rule_has_word(text, "going down") || rule_has_word(text, "restart");
}

/* Why the server announced a close. parameters: silence in seconds, refusals. A reply that says so
 * makes an idle timeout of a shorter silence, too. */
static enum close_cause cause_of(const struct rule_call *call)
{
    const struct helo_session *session = call->fact->of.end.session;
    const struct fact_close *close = &call->fact->of.end.close;
    bool answers = close->answered.len > 0;
    helo_time idle = session->has_close_idle ? session->close_idle : 0;
    helo_time enough = call->parameters[0] * HELO_SECOND;
    if (close->client_gone)
        return CAUSE_CLIENT_GONE;
    if (tells_of_shutdown(session->close_reply_text))
        return CAUSE_SHUTDOWN;
    if (!answers &&
        (idle >= enough || (idle >= HELO_SECOND && blames_silence(session->close_reply_text))))
        return CAUSE_IDLE_TIMEOUT;
    if (close->auth_failed)
        return CAUSE_AFTER_AUTH_FAILURE;
    if (close->refusals >= (uint64_t)call->parameters[1] || close->last_code / 100 == 5)
        return CAUSE_AFTER_ERRORS;
    return answers ? CAUSE_AS_ANSWER : CAUSE_UNKNOWN;
}

static void tell_announced(struct rule_call *call)
{
    const struct helo_session *session = call->fact->of.end.session;
    const struct fact_close *close = &call->fact->of.end.close;
    struct helo_anomaly anomaly = rule_anomaly(call);
    show_cause(&anomaly, cause_of(call));
    evidence_number(&anomaly, "reply_code", session->close_reply_code);
    evidence_text(&anomaly, "reply_text", session->close_reply_text);
    evidence_text(&anomaly, "answered", close->answered);
    if (session->has_close_idle)
        evidence_interval(&anomaly, "idle_ms", session->close_idle);
    evidence_word(&anomaly, "state", rule_phase_name(session->close_state));
    if (close->last_code != 0)
        evidence_number(&anomaly, "previous_reply_code", close->last_code);
    evidence_number(&anomaly, "refusals", close->refusals);
    rule_tell(call, &anomaly);
}

/* The session's close reason is server_221 only where no gap may hide a QUIT; in a doubtful stream
 * what was taken for content may have held one. */
static void server_initiated_close(struct rule_call *call)
{
    const struct helo_session *session = call->fact->of.end.session;
    if (session->close_reason == HELO_CLOSE_SERVER_221 && !session->uncertain)
        tell_announced(call);
}

/* A greeting of 421 is a refusal to begin. */
static void tell_refused(struct rule_call *call)
{
    const struct helo_session *session = call->fact->of.end.session;
    struct helo_anomaly anomaly = rule_anomaly(call);
    show_cause(&anomaly, CAUSE_AS_GREETING);
    evidence_number(&anomaly, "reply_code", session->close_reply_code);
    evidence_text(&anomaly, "reply_text", session->close_reply_text);
    rule_tell(call, &anomaly);
}

static void service_closing(struct rule_call *call)
{
    const struct helo_session *session = call->fact->of.end.session;
    if (session->close_reason == HELO_CLOSE_SERVER_421)
        tell_announced(call);
    else if (session->close_reason == HELO_CLOSE_REFUSED && session->close_reply_code == 421)
        tell_refused(call);
}

/* What HS-103 keeps of a server. */
struct shutdown_state {
    uint64_t open;        /* sessions */
    helo_time opened;     /* the last one */
    helo_time asked;      /* the last session that ended otherwise */
    helo_time first;      /* close of the window */
    uint32_t announced;   /* closes of the window whose reply tells of a shutdown */
    helo_time idle_least; /* silences before the closes of the window */
    helo_time idle_most;
    bool had_any;
};

static bool is_unasked(const struct helo_session *session)
{
    switch (session->close_reason) {
    case HELO_CLOSE_SERVER_221:
    case HELO_CLOSE_SERVER_421:
    case HELO_CLOSE_SERVER_FIN:
    case HELO_CLOSE_SERVER_RST:
        return session->close_state != HELO_PHASE_TLS &&
               session->close_state != HELO_PHASE_STARTTLS;
    default:
        return false;
    }
}

/* Closes that the client brought about, by what it did or by its silence, say nothing of the
 * server. One that says that it stops does so whatever came before. */
static bool is_deserved(const struct fact_close *close, const struct helo_session *session)
{
    if (tells_of_shutdown(session->close_reply_text))
        return false;
    return close->auth_failed || close->refusals >= 3 || close->last_code / 100 == 5 ||
           blames_silence(session->close_reply_text);
}

static bool is_announced(const struct shutdown_state *state, const struct subject *subject)
{
    return state->announced >= subject->count;
}

/* Timeouts of clients that fell silent together have the same silence before them, but do not come
 * with the words of a shutdown. */
static bool may_be_timeouts(const struct shutdown_state *state, const struct subject *subject)
{
    return !is_announced(state, subject) && state->idle_least >= 10 * HELO_SECOND &&
           state->idle_most - state->idle_least < 2 * HELO_SECOND;
}

static void note_close(struct shutdown_state *state, bool first, helo_time time,
                       const struct helo_session *session)
{
    helo_time idle = session->has_close_idle ? session->close_idle : 0;
    if (first) {
        state->first = time;
        state->announced = 0;
    }
    state->announced += tells_of_shutdown(session->close_reply_text);
    if (first || idle < state->idle_least)
        state->idle_least = idle;
    if (first || idle > state->idle_most)
        state->idle_most = idle;
}

enum { SHUTDOWN_SECONDS, SHUTDOWN_SESSIONS, SHUTDOWN_CLIENTS, SHUTDOWN_ALL };

/* Are these closes of one client the server's doing? All of its sessions stood open together when
 * they ended within a second, or their replies say so: one that is hung up on again and again is
 * never that. */
static bool ended_together(const struct shutdown_state *state, const struct subject *subject,
                           helo_time time)
{
    return is_announced(state, subject) ||
           (time - state->first <= HELO_SECOND && state->opened < state->first);
}

/* May a server that was spoken to a moment ago have gone since? One that hangs up on a client does
 * so when that says something; one that dies does so at any moment, amid silences. */
#define AMID_SILENCE (HELO_SECOND / 10)

static bool is_no_reaction(const struct shutdown_state *state, const struct subject *subject,
                           helo_time time)
{
    return time - state->opened > HELO_SECOND || is_announced(state, subject) ||
           (ended_together(state, subject, time) && state->idle_least >= AMID_SILENCE);
}

/* Have enough sessions of enough clients ended, or all that there were? */
static bool is_shutdown(const struct rule_call *call, const struct subject *subject)
{
    const struct shutdown_state *state = (const void *)subject->state;
    bool exact;
    uint64_t clients = subject_different(subject, 1, &exact);
    if (may_be_timeouts(state, subject))
        return false;
    bool together = ended_together(state, subject, call->time);
    bool many = subject->count >= (uint64_t)call->parameters[SHUTDOWN_SESSIONS];
    if (many && clients >= (uint64_t)call->parameters[SHUTDOWN_CLIENTS])
        return true;
    return state->open == 0 && (together || (clients >= 2 && !many)) &&
           subject->count >= (uint64_t)call->parameters[SHUTDOWN_ALL] &&
           call->time - state->asked > subject->window->length &&
           is_no_reaction(state, subject, call->time);
}

static void server_shutdown(struct rule_call *call)
{
    const struct helo_connection *connection = call->fact->connection;
    struct subject *subject = rule_remember(call, BY_SERVER, (struct helo_slice){0});
    if (subject == NULL)
        return;
    struct shutdown_state *state = (void *)subject->state;
    if (!state->had_any)
        state->asked = INT64_MIN / 2;
    state->had_any = true;
    if (call->fact->kind == FACT_OPEN) {
        state->open++;
        state->opened = call->time;
        return;
    }
    const struct helo_session *session = call->fact->of.end.session;
    state->open -= state->open > 0;
    if (!is_unasked(session) || is_deserved(&call->fact->of.end.close, session)) {
        state->asked = call->time;
        return;
    }
    note_close(state, subject_count(subject, call->time) == 0, call->time, session);
    uint64_t client = rule_address_hash(rule_source(connection));
    subject = rule_note(call, BY_SERVER, (struct helo_slice){0}, client, 0);
    if (subject != NULL && is_shutdown(call, subject))
        rule_tell_subject(call, subject);
}

static void describe_shutdown(const struct rule_call *call, struct subject *subject,
                              struct helo_anomaly *anomaly)
{
    const struct shutdown_state *state = (const void *)subject->state;
    bool exact;
    (void)call;
    evidence_number(anomaly, "sessions_closed", (int64_t)subject->told->total);
    evidence_number(anomaly, "clients", (int64_t)subject_different(subject, 1, &exact));
    evidence_number(anomaly, "sessions_left_open", (int64_t)state->open);
    evidence_interval(anomaly, "shortest_silence_ms", state->idle_least);
    evidence_interval(anomaly, "longest_silence_ms", state->idle_most);
}

static void quit_unanswered(struct rule_call *call)
{
    const struct helo_session *session = call->fact->of.end.session;
    if (session->close_reason != HELO_CLOSE_QUIT_WITHOUT_REPLY)
        return;
    struct helo_anomaly anomaly = rule_anomaly(call);
    if (session->has_close_by)
        evidence_word(&anomaly, "closed_by", rule_side_name(session->close_by));
    evidence_word(&anomaly, "state", rule_phase_name(session->close_state));
    rule_tell(call, &anomaly);
}

static void quit_misanswered(struct rule_call *call)
{
    const struct helo_session *session = call->fact->of.end.session;
    if (session->close_reason != HELO_CLOSE_QUIT_OTHER_REPLY)
        return;
    struct helo_anomaly anomaly = rule_anomaly(call);
    evidence_number(&anomaly, "reply_code", session->close_reply_code);
    evidence_text(&anomaly, "reply_text", session->close_reply_text);
    rule_tell(call, &anomaly);
}

/* HS-210 and HS-107 say it better where they speak. */
static void abrupt_close(struct rule_call *call)
{
    const struct helo_session *session = call->fact->of.end.session;
    enum helo_close_reason reason = session->close_reason;
    enum helo_phase state = session->close_state;
    bool abrupt = reason == HELO_CLOSE_CLIENT_RST || reason == HELO_CLOSE_SERVER_RST ||
                  reason == HELO_CLOSE_CLIENT_FIN ||
                  (reason == HELO_CLOSE_SERVER_FIN && !rule_is_on(call, "HS-107"));
    bool busy =
        state == HELO_PHASE_AUTH || state == HELO_PHASE_ENVELOPE || state == HELO_PHASE_DATA;
    if (!abrupt || !busy || rule_has_told(call, "HS-210"))
        return;
    struct helo_anomaly anomaly = rule_anomaly(call);
    if (state == HELO_PHASE_DATA && anomaly.severity == HELO_SEVERITY_LOW)
        anomaly.severity = HELO_SEVERITY_MEDIUM;
    bool rst = reason == HELO_CLOSE_CLIENT_RST || reason == HELO_CLOSE_SERVER_RST;
    evidence_word(&anomaly, "closed_by", rule_side_name(session->close_by));
    evidence_word(&anomaly, "how", rst ? "RST" : "FIN");
    evidence_word(&anomaly, "state", rule_phase_name(state));
    if (session->has_close_idle)
        evidence_interval(&anomaly, "idle_ms", session->close_idle);
    rule_tell(call, &anomaly);
}

/* RFC 7504: a host that takes no mail says 521 and may close. */
#define NO_MAIL_HERE 521

/* A refusal and the close within a moment belong together ("500 too many errors"): that is no
 * 421, but neither is it silence. */
static bool said_why(const struct helo_session *session, const struct fact_close *close)
{
    bool awaits_tls = session->starttls_reply_code == 220 && !session->starttls_established;
    if (awaits_tls && close->last_code == 220)
        return true; /* by an alert of TLS, perhaps: the handshake failed, which is another matter
                      */
    bool at_once = !session->has_close_idle || session->close_idle < HELO_SECOND;
    return close->last_code == NO_MAIL_HERE || (close->last_code / 100 == 5 && at_once);
}

/* Inside TLS the goodbye is not seen, and after STARTTLS the close has rules of its own. */
static void silent_server_close(struct rule_call *call)
{
    const struct helo_session *session = call->fact->of.end.session;
    enum helo_phase state = session->close_state;
    if (session->close_reason != HELO_CLOSE_SERVER_FIN || state == HELO_PHASE_TLS ||
        state == HELO_PHASE_STARTTLS || said_why(session, &call->fact->of.end.close))
        return;
    struct helo_anomaly anomaly = rule_anomaly(call);
    evidence_word(&anomaly, "state", rule_phase_name(state));
    if (session->has_close_idle)
        evidence_interval(&anomaly, "idle_ms", session->close_idle);
    if (call->fact->of.end.close.last_code != 0)
        evidence_number(&anomaly, "previous_reply_code", call->fact->of.end.close.last_code);
    rule_tell(call, &anomaly);
}

static void talk_after_close(struct rule_call *call)
{
    const struct fact_irregularity *what = &call->fact->of.irregularity;
    if (what->what != IRREGULAR_AFTER_CLOSE)
        return;
    struct helo_anomaly anomaly = rule_anomaly(call);
    evidence_word(&anomaly, "side", rule_side_name(what->side));
    evidence_text(&anomaly, "verb", what->verb);
    if (what->code != 0)
        evidence_number(&anomaly, "reply_code", what->code);
    rule_tell(call, &anomaly);
}

#define ANNOUNCED_PARAMETERS                                                                       \
    {                                                                                              \
        {"idle", "s", "silence before the reply that makes it an idle timeout", 10, 1, 3600},      \
            {"refusals", "", "4xx and 5xx replies in the session that explain the close",          \
             3,          1,  1000},                                                                \
    }

static const struct rule rules[] = {
    {
        .about = {.id = "HS-101",
                  .name = "server_initiated_close",
                  .category = "close",
                  .severity = HELO_SEVERITY_MEDIUM,
                  .description = "The server closed the session with a 221 that no QUIT asked for.",
                  .reference = "RFC 5321 sections 3.8 and 4.2.1",
                  .advice = "Look at the cause in the evidence: each has its own remedy.",
                  .causes = &causes[CAUSE_AS_GREETING + 1],
                  .parameters = ANNOUNCED_PARAMETERS},
        .wants = WANTS(FACT_SESSION),
        .on_fact = server_initiated_close,
    },
    {
        .about = {.id = "HS-102",
                  .name = "service_closing",
                  .category = "close",
                  .severity = HELO_SEVERITY_LOW,
                  .description = "The server announced with a 421 that it closes the session.",
                  .reference = "RFC 5321 sections 3.8 and 4.2.1",
                  .advice = "Look at the cause in the evidence: each has its own remedy.",
                  .causes = causes,
                  .parameters = ANNOUNCED_PARAMETERS},
        .wants = WANTS(FACT_SESSION),
        .on_fact = service_closing,
    },
    {
        .about = {.id = "HS-103",
                  .name = "server_shutdown",
                  .category = "close",
                  .severity = HELO_SEVERITY_HIGH,
                  .description = "A server closed many sessions, or all that were open, within "
                                 "seconds and unasked: it stops, restarts or dies.",
                  .reference = "RFC 5321 section 3.8",
                  .advice = "If nobody restarted the mail server at this time, look in its log for "
                            "a crash, and at its memory and disk.",
                  .memory = "the closes of the window and the number of open sessions of a server",
                  .parameters = {{"seconds", "s", "length of the window", 10, 1, 3600},
                                 {"sessions", "", "sessions closed unasked", 5, 2, 250},
                                 {"clients", "", "different clients among them", 3, 1, 250},
                                 {"all", "", "sessions that are enough if none is left open", 3, 2,
                                  250}}},
        .wants = WANTS(FACT_OPEN) | WANTS(FACT_SESSION),
        .on_fact = server_shutdown,
        .window = {.used = true,
                   .seconds = SHUTDOWN_SECONDS,
                   .state = sizeof(struct shutdown_state),
                   .keep = 86400},
        .describe = describe_shutdown,
    },
    {
        .about = {.id = "HS-104",
                  .name = "quit_unanswered",
                  .category = "close",
                  .severity = HELO_SEVERITY_INFO,
                  .description = "The connection ended without a reply to QUIT.",
                  .reference = "RFC 5321 section 4.1.1.10",
                  .advice = "Harmless by itself; if it is frequent, look for a server or a "
                            "middlebox that cuts connections off early."},
        .wants = WANTS(FACT_SESSION),
        .on_fact = quit_unanswered,
    },
    {
        .about = {.id = "HS-105",
                  .name = "quit_misanswered",
                  .category = "close",
                  .severity = HELO_SEVERITY_LOW,
                  .description = "QUIT was answered by another reply than 221.",
                  .reference = "RFC 5321 section 4.1.1.10",
                  .advice =
                      "Look whether the server is an SMTP server at all, or whether something "
                      "between it and the client answers for it."},
        .wants = WANTS(FACT_SESSION),
        .on_fact = quit_misanswered,
    },
    {
        .about = {.id = "HS-106",
                  .name = "abrupt_close",
                  .category = "close",
                  .severity = HELO_SEVERITY_LOW,
                  .description = "The connection ended in the middle of a login, an envelope or a "
                                 "message; inside a message it is medium.",
                  .reference = "RFC 5321 sections 3.8 and 4.1.1.10",
                  .advice = "If one client or one network does it often, look there for a crashing "
                            "program, a firewall with short timeouts or a path MTU problem."},
        .wants = WANTS(FACT_SESSION),
        .on_fact = abrupt_close,
    },
    {
        .about = {.id = "HS-107",
                  .name = "silent_server_close",
                  .category = "close",
                  .severity = HELO_SEVERITY_LOW,
                  .description = "The server closed the connection without a word: no 221, no 421, "
                                 "no QUIT before it.",
                  .reference = "RFC 5321 section 3.8",
                  .advice = "A server has to announce a close: look in its log for a crash or an "
                            "access rule, and at proxies before it."},
        .wants = WANTS(FACT_SESSION),
        .on_fact = silent_server_close,
    },
    {
        .about = {.id = "HS-108",
                  .name = "talk_after_close",
                  .category = "close",
                  .severity = HELO_SEVERITY_MEDIUM,
                  .description = "One side went on talking after the 221 that answered QUIT.",
                  .reference = "RFC 5321 section 4.1.1.10",
                  .advice = "Compare both sides' logs: a confused client, a proxy that reuses "
                            "connections, or somebody else's bytes in this one."},
        .wants = WANTS(FACT_IRREGULARITY),
        .on_fact = talk_after_close,
    },
};

const struct rule_family rules_close = {rules, sizeof(rules) / sizeof(rules[0])};
