/* Rules about how sessions end: the 221 side. */
#include "rules/rule.h"

/* What made a server close of its own accord. */
enum close_cause {
    CAUSE_IDLE_TIMEOUT,
    CAUSE_AFTER_AUTH_FAILURE,
    CAUSE_AFTER_ERRORS,
    CAUSE_AS_ANSWER,
    CAUSE_UNKNOWN,
};

/* Each cause in a word, and the advice that fits it. */
static const struct {
    const char *name;
    const char *advice;
} causes[] = {
    [CAUSE_IDLE_TIMEOUT] = {"idle_timeout",
                            "The server gave up waiting for the client: find out why the client "
                            "was silent, or raise the server's command timeout (RFC 5321 section "
                            "4.5.3.2 asks for 5 minutes)."},
    [CAUSE_AFTER_AUTH_FAILURE] = {"after_auth_failure",
                                  "The server hangs up on failed logins: correct the account's "
                                  "password or mechanism in the client, or look for guessing if "
                                  "nobody owns that client."},
    [CAUSE_AFTER_ERRORS] = {"after_errors",
                            "The server tired of refusing the client: read the refusals in this "
                            "session, mend the client or the addresses that it uses, or raise the "
                            "server's error limit."},
    [CAUSE_AS_ANSWER] = {"as_answer",
                         "The server closed instead of answering a command: look in its log for "
                         "a policy, a resource limit or a filter that ends sessions at that "
                         "command."},
    [CAUSE_UNKNOWN] = {"unknown",
                       "Nothing in the dialogue explains the close: look in the server's log at "
                       "this time for a restart, a stop or an administrator's action."},
};

/* Why the server announced a close. parameters: silence in seconds, refusals. */
static enum close_cause cause_of(const struct rule_call *call)
{
    const struct helo_session *session = call->fact->of.end.session;
    const struct fact_close *close = &call->fact->of.end.close;
    bool answers = close->answered.len > 0;
    if (!answers && session->has_close_idle &&
        session->close_idle >= call->parameters[0] * HELO_SECOND)
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
    enum close_cause cause = cause_of(call);
    struct helo_anomaly anomaly = rule_anomaly(call);
    anomaly.advice = causes[cause].advice;
    evidence_word(&anomaly, "cause", causes[cause].name);
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

/* The session's close reason is server_221 only where no gap may hide a QUIT. */
static void server_initiated_close(struct rule_call *call)
{
    if (call->fact->of.end.session->close_reason == HELO_CLOSE_SERVER_221)
        tell_announced(call);
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
                  .parameters = ANNOUNCED_PARAMETERS},
        .wants = WANTS(FACT_SESSION),
        .on_fact = server_initiated_close,
    },
};

const struct rule_family rules_close = {rules, sizeof(rules) / sizeof(rules[0])};
