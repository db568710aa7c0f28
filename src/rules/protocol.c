/* Rules about how the dialogue is spoken: turns, replies, lines, order. Most are told when the
 * session is over, with the first case and the number of them. */
#include "rules/rule.h"

/* The first case of what a rule looks for, and how many there were. */
struct seen {
    struct helo_slice verb;
    uint64_t number;
    uint64_t limit;
    uint32_t count;
    uint16_t oddities; /* of all cases */
    uint16_t code;
    uint8_t side;
    uint8_t phase;
};

/* An oddity's bit in a word. */
struct word {
    uint32_t bit;
    const char *name;
};

static void note(struct seen *seen, const struct fact_irregularity *what)
{
    if (seen->count == 0)
        *seen = (struct seen){.verb = what->verb,
                              .number = what->number,
                              .limit = what->limit,
                              .code = what->code,
                              .side = (uint8_t)what->side,
                              .phase = (uint8_t)what->phase};
    seen->oddities |= (uint16_t)what->oddity;
    if (seen->count < UINT32_MAX)
        seen->count++;
}

/* What the rule kept of the session; NULL: nothing. */
static void *kept(struct rule_call *call)
{
    return call->session->state != NULL ? rule_session(call) : NULL;
}

/* The rule's state if the fact is an irregularity of this kind. */
static void *state_for(struct rule_call *call, enum irregularity what)
{
    bool wanted = call->fact->kind == FACT_IRREGULARITY && call->fact->of.irregularity.what == what;
    return wanted ? rule_session(call) : NULL;
}

/* In a doubtful stream what seems out of turn may only be misread. */
static bool is_doubtful(const struct rule_call *call)
{
    return call->fact->of.end.session->uncertain;
}

/* The rule's state at the session's end, if something was noted. */
static struct seen *seen_at_end(struct rule_call *call)
{
    struct seen *seen = call->fact->kind == FACT_SESSION ? kept(call) : NULL;
    return seen != NULL && seen->count > 0 ? seen : NULL;
}

static void evidence_words(struct helo_anomaly *anomaly, const char *key, uint32_t bits,
                           const struct word *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if ((bits & words[i].bit) != 0)
            evidence_word(anomaly, key, words[i].name);
    }
}

#define WORDS(list) list, sizeof(list) / sizeof((list)[0])

/* HS-401. Exim's client may send before the greeting what it knows from earlier sessions that the
 * server takes: then the EHLO reply offers it here as well. */

static bool has_prefix(struct helo_slice text, const char *word)
{
    struct helo_slice head = text;
    for (head.len = 0; head.len < text.len && text.ptr[head.len] != ' ';)
        head.len++;
    return rule_is_word(head, word);
}

static bool offers_early_pipelining(const struct helo_session *session)
{
    for (uint32_t i = 0; i < session->capability_count; i++) {
        if (has_prefix(session->capabilities[i], "PIPECONNECT") ||
            has_prefix(session->capabilities[i], "X_PIPE_CONNECT"))
            return true;
    }
    return false;
}

static void early_talker(struct rule_call *call)
{
    struct seen *seen = state_for(call, IRREGULAR_EARLY);
    if (seen != NULL)
        note(seen, &call->fact->of.irregularity);
    seen = seen_at_end(call);
    if (seen == NULL || is_doubtful(call) || rule_has_told(call, "HS-403") ||
        offers_early_pipelining(call->fact->of.end.session))
        return;
    struct helo_anomaly anomaly = rule_anomaly(call);
    evidence_text(&anomaly, "verb", seen->verb);
    evidence_text(&anomaly, "banner", call->fact->of.end.session->banner);
    rule_tell(call, &anomaly);
}

/* HS-402. */

struct pipelining {
    struct seen seen;
    struct seen behind_hello; /* part of early pipelining, where that is offered */
    struct helo_slice behind;
};

static const struct word pipelining_words[] = {
    {PIPELINED_BEHIND_LAST, "behind_last_of_group"},
    {PIPELINED_UNOFFERED, "not_offered"},
};

static void note_pipelining(struct pipelining *kept_of, const struct fact_irregularity *what)
{
    bool hello = rule_is_word(what->text, "EHLO");
    struct seen *seen = hello ? &kept_of->behind_hello : &kept_of->seen;
    if (seen->count == 0 && !hello)
        kept_of->behind = what->text;
    note(seen, what);
}

static void bad_pipelining(struct rule_call *call)
{
    struct pipelining *state = state_for(call, IRREGULAR_PIPELINED);
    if (state != NULL)
        note_pipelining(state, &call->fact->of.irregularity);
    state = call->fact->kind == FACT_SESSION ? kept(call) : NULL;
    if (state == NULL || state->seen.count + state->behind_hello.count == 0 || is_doubtful(call))
        return;
    bool allowed = offers_early_pipelining(call->fact->of.end.session);
    uint32_t hello = allowed ? 0 : state->behind_hello.count;
    const struct seen *first = hello > 0 ? &state->behind_hello : &state->seen;
    if (state->seen.count + hello == 0)
        return;
    struct helo_anomaly anomaly = rule_anomaly(call);
    evidence_words(&anomaly, "reason",
                   state->seen.oddities | (hello > 0 ? state->behind_hello.oddities : 0u),
                   WORDS(pipelining_words));
    evidence_text(&anomaly, "verb", first->verb);
    if (hello > 0)
        evidence_word(&anomaly, "behind", "EHLO");
    else
        evidence_text(&anomaly, "behind", state->behind);
    anomaly.count = (uint64_t)state->seen.count + hello;
    rule_tell(call, &anomaly);
}

/* HS-403. Told at once: such connections can live for long. */

static void not_smtp(struct rule_call *call)
{
    const struct fact_foreign *foreign = &call->fact->of.foreign;
    struct helo_anomaly anomaly = rule_anomaly(call);
    if (foreign->protocol.len > 0)
        evidence_text(&anomaly, "protocol", foreign->protocol);
    else
        evidence_word(&anomaly, "protocol", "unknown");
    evidence_word(&anomaly, "server", foreign->server_is_smtp ? "smtp" : "other");
    rule_tell(call, &anomaly);
}

/* HS-404. LMTP has no port of its own (RFC 2033 section 5). */

static void smtp_on_odd_port(struct rule_call *call)
{
    const struct helo_session *session = call->fact->of.end.session;
    struct helo_anomaly anomaly = rule_anomaly(call);
    if (!call->fact->of.end.close.odd_port || session->kind == HELO_KIND_LMTP)
        return;
    evidence_number(&anomaly, "port", call->fact->connection->end[HELO_SERVER].port);
    evidence_text(&anomaly, "proxy_target", session->proxy_target);
    evidence_text(&anomaly, "banner", session->banner);
    rule_tell(call, &anomaly);
}

/* HS-405. */

#define LINE_KEPT 40

struct bad_reply {
    struct seen seen;
    uint8_t line_len;
    uint8_t line[LINE_KEPT];
};

static const struct word reply_words[] = {
    {ANSWER_NO_CODE, "no_code"},
    {ANSWER_CODES_DIFFER, "codes_differ"},
    {ANSWER_WRONG_CLASS, "wrong_class"},
};

static void keep_line(uint8_t line[LINE_KEPT], uint8_t *len, struct helo_slice text)
{
    *len = (uint8_t)(text.len < LINE_KEPT ? text.len : LINE_KEPT);
    for (uint8_t i = 0; i < *len; i++)
        line[i] = text.ptr[i];
}

static void bad_reply(struct rule_call *call)
{
    struct bad_reply *state = state_for(call, IRREGULAR_REPLY);
    if (state != NULL) {
        if (state->seen.count == 0)
            keep_line(state->line, &state->line_len, call->fact->of.irregularity.text);
        note(&state->seen, &call->fact->of.irregularity);
    }
    const struct seen *seen = seen_at_end(call);
    state = kept(call);
    if (seen == NULL || state == NULL || is_doubtful(call) || rule_has_told(call, "HS-403"))
        return;
    struct helo_anomaly anomaly = rule_anomaly(call);
    evidence_words(&anomaly, "reason", seen->oddities, WORDS(reply_words));
    evidence_text(&anomaly, "verb", seen->verb);
    if (seen->code != 0)
        evidence_number(&anomaly, "reply_code", seen->code);
    evidence_text(&anomaly, "line", (struct helo_slice){state->line, state->line_len});
    anomaly.count = seen->count;
    rule_tell(call, &anomaly);
}

/* HS-406. 221 and 421 have rules of their own, and so has a 334; what a server says while an AUTH
 * exchange waits for the client belongs to that. */

struct unmatched {
    struct seen seen;
    uint8_t text_len;
    uint8_t text[LINE_KEPT];
};

static bool is_unmatched(const struct fact_reply *fact)
{
    uint16_t code = fact->reply->code;
    return !fact->hidden && fact->phase != HELO_PHASE_AUTH && code != 221 && code != 421 &&
           code != 334;
}

static void note_unmatched(struct rule_call *call)
{
    const struct fact_reply *fact = &call->fact->of.reply;
    struct unmatched *state = is_unmatched(fact) ? rule_session(call) : NULL;
    struct fact_irregularity what = {.code = fact->reply->code, .phase = fact->phase};
    if (state == NULL)
        return;
    if (state->seen.count == 0)
        keep_line(state->text, &state->text_len, fact->reply->text);
    note(&state->seen, &what);
}

static void unmatched_reply(struct rule_call *call)
{
    if (call->fact->kind == FACT_UNASKED)
        note_unmatched(call);
    const struct seen *seen = seen_at_end(call);
    const struct unmatched *state = kept(call);
    if (seen == NULL || state == NULL || is_doubtful(call) || rule_has_told(call, "HS-503"))
        return;
    struct helo_anomaly anomaly = rule_anomaly(call);
    evidence_number(&anomaly, "reply_code", seen->code);
    evidence_text(&anomaly, "reply_text", (struct helo_slice){state->text, state->text_len});
    evidence_word(&anomaly, "state", rule_phase_name((enum helo_phase)seen->phase));
    anomaly.count = seen->count;
    rule_tell(call, &anomaly);
}

/* HS-407. */

static void line_too_long(struct rule_call *call)
{
    struct seen *seen = state_for(call, IRREGULAR_LENGTH);
    if (seen != NULL)
        note(seen, &call->fact->of.irregularity);
    seen = seen_at_end(call);
    if (seen == NULL)
        return;
    struct helo_anomaly anomaly = rule_anomaly(call);
    bool content = seen->side == HELO_CLIENT && seen->verb.len == 0;
    evidence_word(&anomaly, "side", rule_side_name((enum helo_side)seen->side));
    evidence_word(&anomaly, "line",
                  content                     ? "content"
                  : seen->side == HELO_CLIENT ? "command"
                                              : "reply");
    evidence_text(&anomaly, "verb", seen->verb);
    evidence_number(&anomaly, content ? "content_offset" : "octets", (int64_t)seen->number);
    evidence_number(&anomaly, "allowed_octets", (int64_t)seen->limit);
    anomaly.count = seen->count;
    rule_tell(call, &anomaly);
}

/* HS-408. */

static const struct word octet_words[] = {
    {OCTETS_BARE_LF, "bare_lf"},
    {OCTETS_BARE_CR, "bare_cr"},
    {OCTETS_NUL, "nul"},
    {OCTETS_EIGHT_BIT, "eight_bit"},
};

static void bad_line_ending(struct rule_call *call)
{
    struct seen *seen = state_for(call, IRREGULAR_OCTETS);
    if (seen != NULL)
        note(seen, &call->fact->of.irregularity);
    seen = seen_at_end(call);
    if (seen == NULL)
        return;
    struct helo_anomaly anomaly = rule_anomaly(call);
    evidence_words(&anomaly, "reason", seen->oddities, WORDS(octet_words));
    evidence_word(&anomaly, "side", rule_side_name((enum helo_side)seen->side));
    evidence_text(&anomaly, "verb", seen->verb);
    evidence_word(&anomaly, "state", rule_phase_name((enum helo_phase)seen->phase));
    anomaly.count = seen->count;
    rule_tell(call, &anomaly);
}

/* HS-409. */

struct order {
    struct seen seen;
    uint8_t reason; /* enum order_oddity of the first case */
};

static const char *order_name(uint32_t oddity)
{
    static const char *const NAMES[] = {
        [ORDER_NO_MAIL] = "no_mail",
        [ORDER_NO_RECIPIENT] = "no_recipient",
        [ORDER_NESTED_MAIL] = "nested_mail",
    };
    return NAMES[oddity];
}

static void tell_order(struct rule_call *call, struct helo_slice verb, uint32_t reason,
                       uint16_t code, uint32_t count)
{
    struct helo_anomaly anomaly = rule_anomaly(call);
    bool accepted = code / 100 == 2;
    if (accepted && anomaly.severity == call->rule->about.severity)
        anomaly.severity = HELO_SEVERITY_HIGH;
    evidence_word(&anomaly, "reason", order_name(reason));
    evidence_text(&anomaly, "verb", verb);
    evidence_number(&anomaly, "reply_code", code);
    evidence_flag(&anomaly, "accepted", accepted);
    anomaly.count = count;
    rule_tell(call, &anomaly);
}

static void out_of_sequence(struct rule_call *call)
{
    struct order *state = state_for(call, IRREGULAR_ORDER);
    if (state != NULL) {
        const struct fact_irregularity *what = &call->fact->of.irregularity;
        bool content = rule_is_word(what->verb, "*DATA*"); /* of a DATA that was noted */
        if (!content || state->seen.count == 0)
            note(&state->seen, what);
        if (state->seen.count == 1)
            state->reason = (uint8_t)what->oddity;
        if (what->code / 100 == 2) /* at once: this is a server to mend */
            tell_order(call, what->verb, what->oddity, what->code, state->seen.count);
    }
    const struct seen *seen = seen_at_end(call);
    state = kept(call);
    if (seen == NULL || state == NULL)
        return;
    tell_order(call, seen->verb, state->reason, seen->code, seen->count);
}

/* HS-410. parameters: commands. */

static void unknown_commands(struct rule_call *call)
{
    struct seen *seen = state_for(call, IRREGULAR_UNKNOWN);
    if (seen != NULL)
        note(seen, &call->fact->of.irregularity);
    seen = seen_at_end(call);
    if (seen == NULL || seen->count < call->parameters[0] || rule_has_told(call, "HS-403"))
        return;
    struct helo_anomaly anomaly = rule_anomaly(call);
    evidence_text(&anomaly, "first_verb", seen->verb);
    evidence_number(&anomaly, "reply_code", seen->code);
    anomaly.count = seen->count;
    rule_tell(call, &anomaly);
}

#define AT_END (WANTS(FACT_IRREGULARITY) | WANTS(FACT_SESSION))

static const struct rule rules[] = {
    {
        .about = {.id = "HS-401",
                  .name = "early_talker",
                  .category = "protocol",
                  .severity = HELO_SEVERITY_MEDIUM,
                  .description = "The client spoke before it had received the whole greeting, as "
                                 "programs do that send mail without reading replies.",
                  .reference = "RFC 5321 sections 3.1 and 4.3.1",
                  .advice =
                      "Look at what else this source sends: bulk mailers and bots do not wait "
                      "for the greeting, and a delay before it (postscreen, greet_pause) "
                      "keeps them off."},
        .wants = AT_END,
        .session_size = sizeof(struct seen),
        .on_fact = early_talker,
    },
    {
        .about = {.id = "HS-402",
                  .name = "bad_pipelining",
                  .category = "protocol",
                  .severity = HELO_SEVERITY_LOW,
                  .description = "The client sent on without the reply that it had to wait for: "
                                 "behind a command that ends a group, or where PIPELINING was not "
                                 "offered.",
                  .reference = "RFC 2920 section 3.1, RFC 4954 section 4, RFC 3207 section 4",
                  .advice = "Find out which program this is: one that does not read replies is a "
                            "bulk mailer, a script or an attempt to inject commands."},
        .wants = AT_END,
        .session_size = sizeof(struct pipelining),
        .on_fact = bad_pipelining,
    },
    {
        .about = {.id = "HS-403",
                  .name = "not_smtp",
                  .category = "protocol",
                  .severity = HELO_SEVERITY_MEDIUM,
                  .description =
                      "On a port of SMTP another protocol is spoken, by the client alone "
                      "or by both.",
                  .reference = "RFC 5321 section 3.1",
                  .advice = "A client that speaks something else to a mail server is a scanner or "
                            "misconfigured; if the server speaks it as well, find out what is run "
                            "there behind the port that firewalls leave open for mail."},
        .wants = WANTS(FACT_FOREIGN),
        .on_fact = not_smtp,
    },
    {
        .about = {.id = "HS-404",
                  .name = "smtp_on_odd_port",
                  .category = "protocol",
                  .severity = HELO_SEVERITY_LOW,
                  .description = "SMTP is spoken on a port that is not one of --ports.",
                  .reference = "RFC 5321 section 4.5.4.2, RFC 6409 section 3.1, RFC 8314",
                  .advice = "If this is a relay or content filter of yours, name its port with "
                            "--ports; else find out who runs a mail server there, and past which "
                            "rules of the firewall."},
        .wants = WANTS(FACT_SESSION),
        .on_fact = smtp_on_odd_port,
    },
    {
        .about = {.id = "HS-405",
                  .name = "bad_reply",
                  .category = "protocol",
                  .severity = HELO_SEVERITY_MEDIUM,
                  .description = "The server sent a line without a reply code, a reply whose lines "
                                 "differ in their codes, or a code that its command can't have.",
                  .reference = "RFC 5321 sections 4.2 and 4.3.2",
                  .advice = "Look at what stands at that address: a broken server or filter, a "
                            "middlebox that rewrites replies, or no mail server at all."},
        .wants = AT_END,
        .session_size = sizeof(struct bad_reply),
        .on_fact = bad_reply,
    },
    {
        .about = {.id = "HS-406",
                  .name = "unmatched_reply",
                  .category = "protocol",
                  .severity = HELO_SEVERITY_MEDIUM,
                  .description = "The server sent a reply that no command had asked for.",
                  .reference = "RFC 5321 section 4.2",
                  .advice = "Compare with the server's log: from here on client and server may "
                            "disagree about which reply answers what, and mail can be lost or "
                            "sent twice."},
        .wants = WANTS(FACT_UNASKED) | WANTS(FACT_SESSION),
        .session_size = sizeof(struct unmatched),
        .on_fact = unmatched_reply,
    },
    {
        .about = {.id = "HS-407",
                  .name = "line_too_long",
                  .category = "protocol",
                  .severity = HELO_SEVERITY_LOW,
                  .description = "A command, reply or line of content was longer than allowed.",
                  .reference = "RFC 5321 section 4.5.3.1, and the RFCs of the extensions offered",
                  .advice = "Long content lines come from careless programs; long commands also "
                            "from attempts to overflow a buffer: see that the server is patched, "
                            "and refuse them."},
        .wants = AT_END,
        .session_size = sizeof(struct seen),
        .on_fact = line_too_long,
    },
    {
        .about = {.id = "HS-408",
                  .name = "bad_line_ending",
                  .category = "protocol",
                  .severity = HELO_SEVERITY_LOW,
                  .description = "A command or reply held a bare CR or LF, a NUL, or octets over "
                                 "127 without SMTPUTF8.",
                  .reference = "RFC 5321 sections 2.3.8 and 2.4, RFC 6531",
                  .advice = "Have the program corrected that speaks so: peers that read such lines "
                            "differently can be made to see different dialogues."},
        .wants = AT_END,
        .session_size = sizeof(struct seen),
        .on_fact = bad_line_ending,
    },
    {
        .about = {.id = "HS-409",
                  .name = "out_of_sequence",
                  .category = "protocol",
                  .severity = HELO_SEVERITY_LOW,
                  .description = "RCPT, DATA or BDAT came without what must precede it, or MAIL "
                                 "inside a transaction; high if the server accepted that.",
                  .reference = "RFC 5321 sections 3.3 and 4.1.4, RFC 2920 section 3.1",
                  .advice = "Look at the client, which sends without reading replies or probes "
                            "the server; a server that accepts it has to be mended."},
        .wants = AT_END,
        .session_size = sizeof(struct order),
        .on_fact = out_of_sequence,
    },
    {
        .about = {.id = "HS-410",
                  .name = "unknown_commands",
                  .category = "protocol",
                  .severity = HELO_SEVERITY_LOW,
                  .description = "Many commands of a session were answered as unknown (500, 502).",
                  .reference = "RFC 5321 section 4.2.4",
                  .advice =
                      "Find out what the client takes the server for: another protocol, a "
                      "scanner's guesses, or the content of a message whose DATA was refused.",
                  .parameters = {{"commands", "", "commands answered 500 or 502 in a session", 5, 1,
                                  1000000}}},
        .wants = AT_END,
        .session_size = sizeof(struct seen),
        .on_fact = unknown_commands,
    },
};

const struct rule_family rules_protocol = {rules, sizeof(rules) / sizeof(rules[0])};
