/* Rules about commands and addresses that no mail program has a use for, told at once. */
#include <string.h>

#include "rules/rule.h"

static const struct fact_irregularity *irregular(const struct rule_call *call,
                                                 enum irregularity what)
{
    const struct fact_irregularity *fact = &call->fact->of.irregularity;
    return call->fact->kind == FACT_IRREGULARITY && fact->what == what ? fact : NULL;
}

/* HS-411. */

static const char *chunk_name(uint32_t oddity)
{
    switch (oddity) {
    case CHUNK_NO_SIZE:
        return "no_size";
    case CHUNK_TOO_BIG:
        return "too_big";
    case CHUNK_OVER_SIZE:
        return "over_offered_size";
    default:
        return "mixed_with_data";
    }
}

static void bdat_error(struct rule_call *call)
{
    const struct fact_irregularity *fact = irregular(call, IRREGULAR_CHUNK);
    if (fact == NULL)
        return;
    struct helo_anomaly anomaly = rule_anomaly(call);
    evidence_word(&anomaly, "reason", chunk_name(fact->oddity));
    evidence_text(&anomaly, "verb", fact->verb);
    evidence_text(&anomaly, "argument", fact->text);
    if (fact->limit > 0) {
        evidence_number(&anomaly, "octets", (int64_t)fact->number);
        evidence_number(&anomaly, "allowed_octets", (int64_t)fact->limit);
    }
    if (fact->code != 0)
        evidence_number(&anomaly, "reply_code", fact->code);
    rule_tell(call, &anomaly);
}

/* HS-412. parameters: percent and octets by which content may be larger than declared, as clients
 * estimate. */

static bool is_estimate(const struct rule_call *call, const struct fact_irregularity *fact)
{
    uint64_t more = fact->number - fact->limit;
    if (fact->oddity != SIZE_OVER_DECLARED)
        return false;
    return more <= (uint64_t)call->parameters[1] ||
           more <= fact->limit / 100 * (uint64_t)call->parameters[0];
}

static void size_violation(struct rule_call *call)
{
    const struct fact_irregularity *fact = irregular(call, IRREGULAR_SIZE);
    if (fact == NULL || is_estimate(call, fact))
        return;
    struct helo_anomaly anomaly = rule_anomaly(call);
    bool declared = fact->oddity == SIZE_OVER_DECLARED;
    evidence_word(&anomaly, "reason", declared ? "over_declared" : "over_offered");
    evidence_number(&anomaly, "octets", (int64_t)fact->number);
    evidence_number(&anomaly, declared ? "declared_octets" : "offered_octets",
                    (int64_t)fact->limit);
    evidence_number(&anomaly, "reply_code", fact->code);
    rule_tell(call, &anomaly);
}

/* HS-413. Proxies and content filters inside use XCLIENT and XFORWARD, and are let do so. */

static void privileged_command(struct rule_call *call)
{
    const struct fact_irregularity *fact = irregular(call, IRREGULAR_PRIVILEGED);
    if (fact == NULL)
        return;
    bool trusted = rule_is_word(fact->verb, "XCLIENT") || rule_is_word(fact->verb, "XFORWARD");
    bool accepted = fact->code / 100 == 2;
    bool let = accepted || fact->code == 0; /* unanswered, or the answer is not captured */
    if (trusted && let && rule_is_home(call, &call->fact->connection->end[HELO_CLIENT]))
        return;
    struct helo_anomaly anomaly = rule_anomaly(call);
    evidence_text(&anomaly, "verb", fact->verb);
    if (fact->code != 0)
        evidence_number(&anomaly, "reply_code", fact->code);
    evidence_flag(&anomaly, "accepted", accepted);
    rule_tell(call, &anomaly);
}

/* HS-414. */

/* Finds a word (lower case) in text, letters in any case; text.len if it is not there. */
static size_t find(struct helo_slice text, const char *word)
{
    size_t len = strlen(word);
    for (size_t i = 0; i + len <= text.len; i++) {
        struct helo_slice here = {text.ptr + i, len};
        if (rule_is_word(here, word))
            return i;
    }
    return text.len;
}

static bool has(struct helo_slice text, const char *word)
{
    return find(text, word) < text.len;
}

static bool begins(struct helo_slice text, const char *word)
{
    return find(text, word) == 0 && text.len > 0;
}

static size_t count_of(struct helo_slice text, uint8_t c)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += text.ptr[i] == c;
    return count;
}

/* Exim's string expansions that do something. */
static bool is_expansion(struct helo_slice text)
{
    return has(text, "${run") || has(text, "${perl") || has(text, "${readfile") ||
           has(text, "${readsocket") || has(text, "${dlfunc") || has(text, "${lookup");
}

static bool is_log_lookup(struct helo_slice text)
{
    return has(text, "${jndi:") || has(text, "${${");
}

static bool is_shell_function(struct helo_slice text)
{
    return has(text, "() {") || has(text, "(){");
}

/* "key=value" with a key of X.400 (RFC 2156), whose addresses are lists of these as well. */
static bool is_x400_attribute(struct helo_slice part)
{
    static const char *const KEYS[] = {"c",   "a",     "admd", "p",    "prmd",  "o", "ou", "ou1",
                                       "ou2", "ou3",   "ou4",  "cn",   "s",     "g", "i",  "q",
                                       "gq",  "x.121", "t-id", "n-id", "ua-id", "pn"};
    size_t start = 0, end = 0;
    while (start < part.len && part.ptr[start] == ' ')
        start++;
    for (end = start; end < part.len && part.ptr[end] != '=';)
        end++;
    struct helo_slice key = {part.ptr + start, end - start};
    if (end == part.len)
        return false;
    for (size_t i = 0; i < sizeof(KEYS) / sizeof(KEYS[0]); i++) {
        if (rule_is_word(key, KEYS[i]))
            return true;
    }
    return begins(key, "dda:") || begins(key, "dd.");
}

/* "C=US;A= ;P=Example;S=Doe;" */
static bool is_x400(struct helo_slice text)
{
    size_t start = 0;
    while (start < text.len) {
        size_t end = start;
        while (end < text.len && text.ptr[end] != ';')
            end++;
        if (!is_x400_attribute((struct helo_slice){text.ptr + start, end - start}))
            return false;
        start = end + 1;
    }
    return true;
}

/* An address without a domain that is a list of commands. */
static bool is_command_list(struct helo_slice text)
{
    size_t semicolons = count_of(text, ';');
    return count_of(text, '@') == 0 && (begins(text, ";") || (semicolons > 1 && !is_x400(text)));
}

static bool is_pipe(struct helo_slice text)
{
    return begins(text, "|") || has(text, "\"|");
}

static bool is_substitution(struct helo_slice text)
{
    size_t start = find(text, "$(");
    if (start == text.len)
        return count_of(text, '`') > 1;
    struct helo_slice rest = {text.ptr + start, text.len - start};
    return count_of(rest, ')') > 0 || count_of(text, '`') > 1;
}

static bool is_traversal(struct helo_slice text)
{
    return has(text, "../");
}

static const struct shape {
    const char *name;
    const char *cve;
    bool (*matches)(struct helo_slice text);
} shapes[] = {
    {"exim_expansion", "CVE-2019-10149", is_expansion},
    {"log_lookup", "CVE-2021-44228", is_log_lookup},
    {"shell_function", "CVE-2014-6271", is_shell_function},
    {"command_list", "CVE-2020-7247", is_command_list},
    {"pipe", "CVE-2010-1132", is_pipe},
    {"command_substitution", "CWE-78", is_substitution},
    {"path_traversal", "CVE-2015-7611", is_traversal},
};

/* No shape is without one of these. */
static bool is_worth_a_look(struct helo_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        switch (text.ptr[i]) {
        case '$':
        case '(':
        case ';':
        case '|':
        case '`':
        case '/':
            return true;
        default:
            break;
        }
    }
    return false;
}

static struct helo_anomaly shape_of(struct rule_call *call, const char *shape, const char *cve,
                                    const char *where)
{
    struct helo_anomaly anomaly = rule_anomaly(call);
    evidence_word(&anomaly, "shape", shape);
    evidence_word(&anomaly, "cve", cve);
    evidence_word(&anomaly, "where", where);
    return anomaly;
}

static void tell_shape(struct rule_call *call, const char *shape, const char *cve,
                       const char *where, struct helo_slice text)
{
    struct helo_anomaly anomaly = shape_of(call, shape, cve, where);
    evidence_text(&anomaly, "text", text);
    rule_tell(call, &anomaly);
}

/* The value names a user, whatever else is in it. */
static void tell_auth_parameter(struct rule_call *call, struct helo_slice value)
{
    struct helo_anomaly anomaly = shape_of(call, "auth_parameter", "CVE-2020-28021", "AUTH=");
    evidence_user(&anomaly, "text", value);
    rule_tell(call, &anomaly);
}

static void look_at(struct rule_call *call, const char *where, struct helo_slice text)
{
    if (!is_worth_a_look(text))
        return;
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        if (shapes[i].matches(text)) {
            tell_shape(call, shapes[i].name, shapes[i].cve, where, text);
            return;
        }
    }
}

static int hex_of(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool is_control(int c)
{
    return c < ' ' || c == 0x7f;
}

/* A control character, plain or as "+" and two hexadecimal digits, which a spool file was injected
 * with; or a "+" too near the end, behind which a decoder reads on. What RFC 3461 section 4 forbids
 * besides harms nobody, and honest clients send it: no value, lower-case digits, a "=" or a "+" of
 * an address that was not encoded. */
static bool is_harmful_xtext(struct helo_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (is_control(text.ptr[i]))
            return true;
        if (text.ptr[i] != '+')
            continue;
        if (i + 2 >= text.len)
            return true;
        int high = hex_of(text.ptr[i + 1]), low = hex_of(text.ptr[i + 2]);
        if (high >= 0 && low >= 0 && is_control(high * 16 + low))
            return true;
    }
    return false;
}

static void look_at_message(struct rule_call *call, const struct helo_message *message)
{
    look_at(call, "sender", message->mail_from);
    for (uint32_t i = 0; i < message->recipient_count; i++)
        look_at(call, "recipient", message->recipients[i].address);
    for (uint32_t i = 0; i < message->parameter_count; i++) {
        const struct helo_parameter *parameter = &message->parameters[i];
        if (rule_is_word(parameter->keyword, "AUTH") && is_harmful_xtext(parameter->value))
            tell_auth_parameter(call, parameter->value);
    }
}

/* What stands between the brackets of a command's argument, or all of it. */
static struct helo_slice address_of(struct helo_slice argument)
{
    size_t start = 0, end = argument.len;
    while (start < argument.len && argument.ptr[start] != '<')
        start++;
    if (start == argument.len)
        return argument;
    while (end > start + 1 && argument.ptr[end - 1] != '>')
        end--;
    if (end == start + 1)
        end = argument.len + 1;
    return (struct helo_slice){argument.ptr + start + 1, end - start - 2};
}

static void look_at_argument(struct rule_call *call, const struct fact_reply *fact)
{
    const char *where = "argument";
    if (rule_is_word(fact->verb, "MAIL"))
        where = "sender";
    else if (rule_is_word(fact->verb, "RCPT"))
        where = "recipient";
    look_at(call, where, address_of(fact->argument));
}

static void exploit_shape(struct rule_call *call)
{
    const struct fact_irregularity *fact = irregular(call, IRREGULAR_PRIVILEGED);
    switch (call->fact->kind) {
    case FACT_MESSAGE:
        look_at_message(call, call->fact->of.message);
        break;
    case FACT_REFUSAL:
    case FACT_QUERY:
        look_at_argument(call, &call->fact->of.reply);
        break;
    case FACT_SESSION:
        look_at(call, "helo", call->fact->of.end.session->helo);
        break;
    default:
        if (fact != NULL && rule_is_word(fact->verb, "X-LINK2STATE") && has(fact->text, "chunk="))
            tell_shape(call, "link_state_chunk", "CVE-2005-0560", "X-LINK2STATE", fact->text);
        break;
    }
}

/* HS-415. */

static void stream_conflict(struct rule_call *call)
{
    const struct fact_irregularity *fact = irregular(call, IRREGULAR_CONFLICT);
    if (fact == NULL)
        return;
    struct helo_anomaly anomaly = rule_anomaly(call);
    evidence_word(&anomaly, "side", rule_side_name(fact->side));
    evidence_number(&anomaly, "stream_offset", (int64_t)fact->number);
    evidence_word(&anomaly, "state", rule_phase_name(fact->phase));
    rule_tell(call, &anomaly);
}

static const struct rule rules[] = {
    {
        .about = {.id = "HS-411",
                  .name = "bdat_error",
                  .category = "protocol",
                  .severity = HELO_SEVERITY_MEDIUM,
                  .description = "A BDAT had no valid size, one over 2^63 - 1 or over what the "
                                 "server takes, or was mixed with DATA.",
                  .reference = "RFC 3030 sections 2 and 4.2",
                  .advice = "Where server and client count chunks differently, content becomes "
                            "commands: see that the server is patched and look at the client."},
        .wants = WANTS(FACT_IRREGULARITY),
        .on_fact = bdat_error,
    },
    {
        .about = {.id = "HS-412",
                  .name = "size_violation",
                  .category = "protocol",
                  .severity = HELO_SEVERITY_LOW,
                  .description = "The server accepted content that was larger than declared by "
                                 "SIZE, or than it says that it takes.",
                  .reference = "RFC 1870 sections 4 and 6",
                  .advice = "See whether the server enforces its limit; a client that declares "
                            "much less than it sends evades quotas and filters.",
                  .parameters = {{"percent", "%", "more than declared that passes for an estimate",
                                  10, 0, 1000},
                                 {"octets", "octets",
                                  "more than declared that passes for an estimate", 1024, 0,
                                  1000000000}}},
        .wants = WANTS(FACT_IRREGULARITY),
        .on_fact = size_violation,
    },
    {
        .about = {.id = "HS-413",
                  .name = "privileged_command",
                  .category = "protocol",
                  .severity = HELO_SEVERITY_MEDIUM,
                  .description = "A client used XCLIENT, XFORWARD, TURN, DEBUG, WIZ or "
                                 "X-LINK2STATE; a proxy inside whose XCLIENT or XFORWARD is "
                                 "accepted may.",
                  .reference = "Postfix XCLIENT_README and XFORWARD_README, RFC 1985 section 4, "
                               "CVE-1999-0095, CVE-1999-0145, CVE-2005-0560",
                  .techniques = {"T1190"},
                  .advice = "Exempt proxies and filters by --allow; from anybody else this probes "
                            "for old holes or claims another address: see that the server "
                            "refused it."},
        .wants = WANTS(FACT_IRREGULARITY),
        .on_fact = privileged_command,
    },
    {
        .about = {.id = "HS-414",
                  .name = "exploit_shape",
                  .category = "protocol",
                  .severity = HELO_SEVERITY_HIGH,
                  .description = "An address, a name or a parameter has the shape of a known "
                                 "attack on mail servers.",
                  .reference = "CVE-2019-10149, CVE-2020-7247, CVE-2020-28021, CVE-2021-44228, "
                               "CVE-2014-6271, CVE-2010-1132, CVE-2015-7611, CVE-2005-0560",
                  .techniques = {"T1190"},
                  .advice = "See that the server is patched against the CVE in the evidence, and "
                            "whether it ran anything at this time; block the source."},
        .wants = WANTS(FACT_MESSAGE) | WANTS(FACT_REFUSAL) | WANTS(FACT_QUERY) |
                 WANTS(FACT_SESSION) | WANTS(FACT_IRREGULARITY),
        .on_fact = exploit_shape,
    },
    {
        .about = {.id = "HS-415",
                  .name = "stream_conflict",
                  .category = "protocol",
                  .severity = HELO_SEVERITY_HIGH,
                  .description = "Octets were sent again as other octets: what the receiver took "
                                 "may differ from what is told here.",
                  .reference = "RFC 9293 section 3.10.7.4",
                  .techniques = {"T1562"},
                  .advice = "Somebody hides a dialogue from sensors, or a middlebox rewrites it "
                            "before or behind the capture point: compare with the server's log."},
        .wants = WANTS(FACT_IRREGULARITY),
        .on_fact = stream_conflict,
    },
};

const struct rule_family rules_attacks = {rules, sizeof(rules) / sizeof(rules[0])};
