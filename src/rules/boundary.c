/* Rules about where a message ends: SMTP smuggling. */
#include "rules/rule.h"

/* What a boundary rule knows of the session. */
struct boundary {
    uint64_t sequences; /* of the last content that has some */
    uint64_t acked; /* a reply that acknowledges more octets was given after the first of them */
    struct helo_slice verb; /* of a command that the client sent behind a taken one */
    uint32_t extra;         /* replies that no command had asked for, since */
    uint16_t extra_code;    /* of the first */
    bool command;           /* a command stands behind it */
    bool taken;             /* the server took it for the end, as the next command shows */
};

static bool smuggles(struct helo_slice verb)
{
    static const char *const VERBS[] = {"EHLO", "HELO", "MAIL", "RCPT", "DATA", "RSET"};
    for (size_t i = 0; i < sizeof(VERBS) / sizeof(VERBS[0]); i++) {
        if (rule_is_word(verb, VERBS[i]))
            return true;
    }
    return false;
}

/* A client that ends its commands with LF alone ends its content so as well, and may send on behind
 * it. It speaks for itself: a relay, through whom others smuggle, ends its commands with CRLF. */
static bool is_own_end(const struct fact_irregularity *fact)
{
    return (fact->oddity & BOUNDARY_BARE) != 0;
}

/* Takes the fact into the rule's state; NULL if it is of no concern. */
static struct boundary *follow(struct rule_call *call)
{
    const struct fact_irregularity *fact = &call->fact->of.irregularity;
    if (call->fact->kind == FACT_SESSION)
        return call->session->state != NULL ? rule_session(call) : NULL;
    if (call->fact->kind != FACT_IRREGULARITY || fact->what != IRREGULAR_BOUNDARY ||
        is_own_end(fact))
        return NULL;
    struct boundary *state = rule_session(call);
    if (state == NULL)
        return NULL;
    state->sequences = fact->number;
    if ((fact->oddity & BOUNDARY_TAKEN) != 0) {
        state->taken = smuggles(fact->verb);
        state->verb = state->taken ? fact->verb : state->verb;
    } else {
        state->acked = fact->limit;
    }
    state->command |= state->taken || (fact->oddity & BOUNDARY_COMMAND) != 0;
    return state;
}

/* Content is over, or will have no more. */
static bool is_over(const struct rule_call *call)
{
    return call->fact->kind == FACT_SESSION ||
           (call->fact->of.irregularity.oddity & (BOUNDARY_CLOSED | BOUNDARY_TAKEN)) != 0;
}

static void tell(struct rule_call *call, const struct boundary *state)
{
    struct helo_anomaly anomaly = rule_anomaly(call);
    evidence_number(&anomaly, "client_offset", (int64_t)state->acked);
    evidence_flag(&anomaly, "command_follows", state->command);
    evidence_text(&anomaly, "verb", state->verb);
    if (state->extra > 0)
        evidence_number(&anomaly, "reply_code", state->extra_code);
    anomaly.count = state->sequences;
    rule_tell(call, &anomaly);
}

static void smuggling_sequence(struct rule_call *call)
{
    const struct boundary *state = follow(call);
    if (state != NULL && state->sequences > 0 && is_over(call))
        tell(call, state);
}

static void smuggling_attempt(struct rule_call *call)
{
    const struct boundary *state = follow(call);
    if (state != NULL && state->command && is_over(call))
        tell(call, state);
}

/* A reply that nobody asked for, after the server had the look-alike. */
static struct boundary *count_reply(struct rule_call *call)
{
    const struct fact_reply *fact = &call->fact->of.reply;
    struct boundary *state = call->session->state != NULL ? rule_session(call) : NULL;
    if (state == NULL || state->sequences == 0 || fact->hidden || fact->acked <= state->acked ||
        fact->reply->code == 221 || fact->reply->code == 421)
        return NULL;
    if (state->extra++ == 0)
        state->extra_code = fact->reply->code;
    return state;
}

static void smuggling_accepted(struct rule_call *call)
{
    const struct boundary *state =
        call->fact->kind == FACT_UNASKED ? count_reply(call) : follow(call);
    if (state != NULL && state->command && (state->extra > 0 || state->taken))
        tell(call, state);
}

#define REFERENCE                                                                                  \
    "RFC 5321 sections 2.3.8 and 4.1.1.4, CVE-2023-51764, CVE-2023-51765, CVE-2023-51766"

static const struct rule rules[] = {
    {
        .about = {.id = "HS-501",
                  .name = "smuggling_sequence",
                  .category = "boundary",
                  .severity = HELO_SEVERITY_MEDIUM,
                  .description = "Content holds what a lenient server takes for its end: a dot "
                                 "alone between line breaks that are not both CRLF.",
                  .reference = REFERENCE,
                  .advice = "See that every server behind this one refuses bare CR and LF, and "
                            "look at the message: programs that send it are broken or probe."},
        .wants = WANTS(FACT_IRREGULARITY) | WANTS(FACT_SESSION),
        .session_size = sizeof(struct boundary),
        .on_fact = smuggling_sequence,
    },
    {
        .about = {.id = "HS-502",
                  .name = "smuggling_attempt",
                  .category = "boundary",
                  .severity = HELO_SEVERITY_HIGH,
                  .description = "Behind a look-alike of the end of content, commands follow: a "
                                 "second message is smuggled past whoever sees only one.",
                  .reference = REFERENCE,
                  .techniques = {"T1672"},
                  .advice = "Block the sender, and see that every server that gets this message "
                            "refuses bare CR and LF in content."},
        .wants = WANTS(FACT_IRREGULARITY) | WANTS(FACT_SESSION),
        .session_size = sizeof(struct boundary),
        .on_fact = smuggling_attempt,
    },
    {
        .about = {.id = "HS-503",
                  .name = "smuggling_accepted",
                  .category = "boundary",
                  .severity = HELO_SEVERITY_CRITICAL,
                  .description = "The server took a look-alike for the end of the content and "
                                 "answered the commands behind it.",
                  .reference = REFERENCE,
                  .techniques = {"T1672"},
                  .advice = "This server accepts smuggled mail: have it insist on CRLF (Postfix: "
                            "smtpd_forbid_bare_newline = yes), and find the message that it "
                            "accepted besides."},
        .wants = WANTS(FACT_IRREGULARITY) | WANTS(FACT_UNASKED),
        .session_size = sizeof(struct boundary),
        .on_fact = smuggling_accepted,
    },
};

const struct rule_family rules_boundary = {rules, sizeof(rules) / sizeof(rules[0])};
