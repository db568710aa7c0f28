/* Rules about TLS: that it is not prevented, not tampered with, and not worth nothing. */
#include <string.h>

#include "base/ciphers.h"
#include "rules/rule.h"

static const struct helo_slice nothing = {NULL, 0};

#define DAY 86400

/* HS-301 */
enum { STRIPPED_SECONDS };

struct offered {
    bool starttls; /* this server offered it in its last session in clear */
};

/* A keyword that a firewall wrote over: XXXXXXXX, XXXXXXXA, ********. */
static bool is_masked(struct helo_slice keyword)
{
    if (keyword.len < 4)
        return false;
    uint8_t mask = keyword.ptr[0];
    if (mask != 'X' && mask != '*')
        return false;
    for (size_t i = 1; i < keyword.len; i++) {
        bool end = i + 1 == keyword.len && keyword.ptr[i] == 'A' && mask == 'X';
        if (keyword.ptr[i] != mask && !end)
            return false;
    }
    return true;
}

static struct helo_slice masked_in(const struct helo_session *session)
{
    for (uint32_t i = 0; i < session->capability_count; i++) {
        if (is_masked(session->capabilities[i]))
            return session->capabilities[i];
    }
    return nothing;
}

static void tell_stripped(struct rule_call *call, const char *how, struct helo_slice keyword)
{
    const struct helo_session *session = call->fact->of.end.session;
    struct helo_anomaly anomaly = rule_anomaly(call);
    evidence_word(&anomaly, "how", how);
    evidence_text(&anomaly, "keyword", keyword);
    if (session->starttls_reply_code != 0)
        evidence_number(&anomaly, "reply_code", session->starttls_reply_code);
    rule_tell(call, &anomaly);
}

/* A server that forgets what it offered. Only whole replies to EHLO in clear count. */
static void judge_memory(struct rule_call *call, const struct helo_session *session)
{
    if (!rule_is_word(session->client_verb, "EHLO") || session->capability_count == 0 ||
        session->tls)
        return;
    struct subject *subject = rule_remember(call, BY_SERVER, nothing);
    if (subject == NULL)
        return;
    struct offered *offered = (void *)subject->state;
    bool before = offered->starttls;
    offered->starttls |= session->starttls_offered;
    if (before && !session->starttls_offered)
        tell_stripped(call, "not_offered", nothing);
}

static void remember_offer(struct rule_call *call)
{
    struct subject *subject = rule_remember(call, BY_SERVER, nothing);
    if (subject != NULL)
        ((struct offered *)(void *)subject->state)->starttls = true;
}

static void starttls_stripped(struct rule_call *call)
{
    const struct helo_session *session = call->fact->of.end.session;
    struct helo_slice masked = masked_in(session);
    bool refused = session->starttls_reply_code >= 400 && session->starttls_offered &&
                   session->messages_attempted + session->auth_attempts > 0;
    if (session->gap_count > 0 || session->midstream || session->one_sided || session->decrypted)
        return;
    if (masked.len > 0)
        tell_stripped(call, "masked", masked);
    else if (refused)
        tell_stripped(call, "refused", nothing);
    if (session->tls && session->starttls_offered)
        remember_offer(call);
    else
        judge_memory(call, session);
}

/* HS-302 */
static void starttls_injection(struct rule_call *call)
{
    const struct fact_irregularity *what = &call->fact->of.irregularity;
    if (what->what != IRREGULAR_INJECTED)
        return;
    struct helo_anomaly anomaly = rule_anomaly(call);
    evidence_word(&anomaly, "side", rule_side_name(what->side));
    rule_tell(call, &anomaly);
}

/* HS-303 */
enum { FAILED_PLAINTEXT };

struct handshake {
    bool alerted[HELO_SIDES];
    uint8_t alert[HELO_SIDES];
};

static void note_alerts(struct rule_call *call)
{
    const struct helo_tls *tls = call->fact->of.tls;
    struct handshake *handshake = rule_session(call);
    for (int i = 0; handshake != NULL && i < HELO_SIDES; i++) {
        handshake->alerted[i] = tls->has_alert[i];
        handshake->alert[i] = tls->alert[i];
    }
}

/* What became of it; NULL: all is well, or it can't be told. */
static const char *failure_of(const struct rule_call *call)
{
    const struct helo_session *session = call->fact->of.end.session;
    bool blind = session->gap_count > 0 || session->midstream || session->one_sided ||
                 session->uncertain || call->fact->of.end.close.hidden;
    if (session->starttls_reply_code != 220 || session->starttls_established || blind)
        return NULL;
    /* A server that goes on in clear as if all was well comes from a tap that decrypts. */
    if (session->close_expected || session->messages_accepted > 0 || session->auth_successes > 0 ||
        (session->decrypted && session->auth_failures > 0))
        return NULL;
    if (session->decrypted)
        return call->parameters[FAILED_PLAINTEXT] != 0 ? "plaintext" : NULL;
    if (!session->has_close_by)
        return NULL;
    return session->tls ? "handshake" : "closed";
}

static void starttls_failed(struct rule_call *call)
{
    static const char *const ALERTS[] = {"client_alert", "server_alert"};
    if (call->fact->kind == FACT_TLS) {
        note_alerts(call);
        return;
    }
    const char *failure = failure_of(call);
    const struct helo_session *session = call->fact->of.end.session;
    const struct handshake *handshake = failure != NULL ? rule_session(call) : NULL;
    if (handshake == NULL)
        return;
    struct helo_anomaly anomaly = rule_anomaly(call);
    evidence_word(&anomaly, "failure", failure);
    if (session->has_close_by)
        evidence_word(&anomaly, "closed_by", rule_side_name(session->close_by));
    for (int i = 0; i < HELO_SIDES; i++) {
        if (handshake->alerted[i])
            evidence_number(&anomaly, ALERTS[i], handshake->alert[i]);
    }
    rule_tell(call, &anomaly);
}

/* HS-304 */
static void tls_framing_broken(struct rule_call *call)
{
    const struct fact_irregularity *what = &call->fact->of.irregularity;
    if (what->what != IRREGULAR_FRAMING)
        return;
    struct helo_anomaly anomaly = rule_anomaly(call);
    evidence_word(&anomaly, "side", rule_side_name(what->side));
    rule_tell(call, &anomaly);
}

/* HS-305 */
enum { OBSOLETE_MINOR };

static void tls_obsolete(struct rule_call *call)
{
    static const char *const VERSIONS[] = {"SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3"};
    const struct helo_tls *tls = call->fact->of.tls;
    bool known = tls->version >= 0x0300 && tls->version <= 0x0304;
    if (!tls->established || !known)
        return;
    bool old = tls->version < 0x0301 + call->parameters[OBSOLETE_MINOR];
    bool weak = cipher_is_weak(tls->cipher);
    if (!old && !weak)
        return;
    struct helo_anomaly anomaly = rule_anomaly(call);
    evidence_word(&anomaly, "version", VERSIONS[tls->version - 0x0300]);
    if (cipher_name(tls->cipher) != NULL)
        evidence_word(&anomaly, "cipher", cipher_name(tls->cipher));
    evidence_flag(&anomaly, "old_version", old);
    evidence_flag(&anomaly, "weak_cipher", weak);
    rule_tell(call, &anomaly);
}

/* HS-306 */
enum { CERTIFICATE_SELF_SIGNED };

static void tls_certificate(struct rule_call *call)
{
    const struct helo_tls *tls = call->fact->of.tls;
    int64_t now = tls->end / HELO_SECOND;
    bool expired = tls->has_validity && now > tls->not_after;
    bool early = tls->has_validity && now < tls->not_before;
    bool alone = tls->self_signed && call->parameters[CERTIFICATE_SELF_SIGNED] != 0;
    if (!tls->has_certificate || (!expired && !early && !alone))
        return;
    struct helo_anomaly anomaly = rule_anomaly(call);
    evidence_text(&anomaly, "subject", tls->subject);
    evidence_text(&anomaly, "issuer", tls->issuer);
    evidence_flag(&anomaly, "expired", expired);
    evidence_flag(&anomaly, "not_yet_valid", early);
    evidence_flag(&anomaly, "self_signed", tls->self_signed);
    rule_tell(call, &anomaly);
}

/* HS-307 */
struct identity {
    uint64_t name; /* hashes; 0: not known */
    uint64_t software;
    uint64_t certificate;
};

static void compare(struct rule_call *call, uint64_t *known, struct helo_slice now,
                    const char *what, bool shown)
{
    uint64_t hash = now.len > 0 ? subject_hash_of(now) | 1 : 0;
    if (hash == 0)
        return;
    bool changed = *known != 0 && *known != hash;
    *known = hash;
    if (!changed)
        return;
    struct helo_anomaly anomaly = rule_anomaly(call);
    evidence_word(&anomaly, "changed", what);
    if (shown)
        evidence_text(&anomaly, "now", now);
    rule_tell(call, &anomaly);
}

static void server_identity_changed(struct rule_call *call)
{
    struct subject *subject = rule_remember(call, BY_SERVER, nothing);
    if (subject == NULL)
        return;
    struct identity *identity = (void *)subject->state;
    if (call->fact->kind == FACT_TLS) {
        const struct helo_tls *tls = call->fact->of.tls;
        struct helo_slice digest = {tls->certificate_sha256, sizeof(tls->certificate_sha256)};
        if (tls->has_certificate)
            compare(call, &identity->certificate, digest, "certificate", false);
        return;
    }
    const struct helo_session *session = call->fact->of.end.session;
    compare(call, &identity->name, session->server_name, "name", true);
    compare(call, &identity->software, session->server_software, "software", true);
}

static const struct rule rules[] = {
    {
        .about = {.id = "HS-301",
                  .name = "starttls_stripped",
                  .category = "tls",
                  .severity = HELO_SEVERITY_HIGH,
                  .description = "STARTTLS is kept from a client: masked in the reply to EHLO, "
                                 "refused although offered, or offered no longer.",
                  .reference = "RFC 3207 section 6, RFC 8314",
                  .techniques = {"T1557"},
                  .advice = "Look for a firewall that inspects SMTP, or somebody else between "
                            "client and server; have clients insist on TLS (MTA-STS, DANE).",
                  .memory = "whether a server offered STARTTLS",
                  .parameters = {{"seconds", "s", "how long an offer is remembered", DAY, 1,
                                  604800}}},
        .wants = WANTS(FACT_SESSION),
        .on_fact = starttls_stripped,
        .window = {.used = true, .seconds = STRIPPED_SECONDS, .state = sizeof(struct offered)},
    },
    {
        .about = {.id = "HS-302",
                  .name = "starttls_injection",
                  .category = "tls",
                  .severity = HELO_SEVERITY_HIGH,
                  .description = "Octets in clear stand between STARTTLS, or the 220 to it, and "
                                 "the first record of TLS.",
                  .reference = "CVE-2011-0411, CVE-2021-38371, RFC 3207 section 4.2",
                  .techniques = {"T1557"},
                  .advice = "See that both programs throw away what they have read before TLS "
                            "begins, and look for who put it there."},
        .wants = WANTS(FACT_IRREGULARITY),
        .on_fact = starttls_injection,
    },
    {
        .about = {.id = "HS-303",
                  .name = "starttls_failed",
                  .category = "tls",
                  .severity = HELO_SEVERITY_MEDIUM,
                  .description = "The server agreed to STARTTLS, but no TLS came of it.",
                  .reference = "RFC 3207 section 4.1",
                  .advice = "Read the alert, if there is one, and the server's log: a certificate "
                            "that the client does not trust, or no version or cipher in common.",
                  .parameters = {{"plaintext", "",
                                  "1: tell of a dialogue in clear behind the 220; 0: it comes from "
                                  "a tap that decrypts",
                                  1, 0, 1}}},
        .wants = WANTS(FACT_SESSION) | WANTS(FACT_TLS),
        .session_size = sizeof(struct handshake),
        .on_fact = starttls_failed,
    },
    {
        .about = {.id = "HS-304",
                  .name = "tls_framing_broken",
                  .category = "tls",
                  .severity = HELO_SEVERITY_HIGH,
                  .description = "Inside an established TLS connection came octets that are no "
                                 "record of it.",
                  .reference = "RFC 8446 section 5.1",
                  .techniques = {"T1557"},
                  .advice = "Somebody writes into the connection, or one end went on in clear: "
                            "look at the octets in the capture, and at who could send them."},
        .wants = WANTS(FACT_IRREGULARITY),
        .on_fact = tls_framing_broken,
    },
    {
        .about = {.id = "HS-305",
                  .name = "tls_obsolete",
                  .category = "tls",
                  .severity = HELO_SEVERITY_LOW,
                  .description = "The two ends agreed on a version of TLS, or a cipher, that "
                                 "nobody should use any more.",
                  .reference = "RFC 8996, RFC 9325",
                  .techniques = {"T1040"},
                  .advice = "Upgrade whichever end can do no better, and switch off old versions "
                            "and weak ciphers where logins or known partners are concerned.",
                  .parameters = {{"minor", "", "lowest 1.x version of TLS that is not told of", 2,
                                  0, 3}}},
        .wants = WANTS(FACT_TLS),
        .on_fact = tls_obsolete,
    },
    {
        .about = {.id = "HS-306",
                  .name = "tls_certificate",
                  .category = "tls",
                  .severity = HELO_SEVERITY_LOW,
                  .description = "The server's certificate is out of date or signed by itself.",
                  .reference = "RFC 5280 section 6.1, RFC 7672",
                  .techniques = {"T1557"},
                  .advice = "Give the server a certificate that its clients can check, or publish "
                            "TLSA records for it; see that renewal works.",
                  .parameters = {{"self_signed", "",
                                  "1: tell also of certificates that are only self-signed", 1, 0,
                                  1}}},
        .wants = WANTS(FACT_TLS),
        .on_fact = tls_certificate,
    },
    {
        .about = {.id = "HS-307",
                  .name = "server_identity_changed",
                  .category = "tls",
                  .severity = HELO_SEVERITY_MEDIUM,
                  .description = "A server greets with another name or software, or shows another "
                                 "certificate, than before.",
                  .reference = "RFC 5321 section 4.3.1",
                  .techniques = {"T1557"},
                  .advice = "If nobody moved or renewed the server, find out who answers in its "
                            "place; several machines behind one address are to be exempt.",
                  .memory = "name, software and certificate of a server, as hashes",
                  .parameters = {{"seconds", "s", "how long they are remembered", DAY, 1, 604800}}},
        .wants = WANTS(FACT_SESSION) | WANTS(FACT_TLS),
        .on_fact = server_identity_changed,
        .window = {.used = true, .seconds = 0, .state = sizeof(struct identity)},
    },
};

const struct rule_family rules_transport = {rules, sizeof(rules) / sizeof(rules[0])};
