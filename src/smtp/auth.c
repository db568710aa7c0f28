/* AUTH exchanges: fed to the mechanism's decoder line by line, told when they end. */
#include "smtp/auth.h"

#include <string.h>
#include <strings.h>

#include "smtp/sasl/sasl.h"
#include "smtp/session.h"

struct auth_exchange {
    struct sasl *sasl;
    helo_time start;
    bool gap;
    bool has_advertised;
    bool advertised;
    bool in_transaction;
};

/* Is the mechanism in a line of capabilities that begins with AUTH ("AUTH PLAIN", "AUTH=LOGIN")? */
static bool line_offers(struct helo_slice line, struct helo_slice mechanism)
{
    if (!slice_has_prefix(line, "AUTH") || line.len < 5 ||
        (line.ptr[4] != ' ' && line.ptr[4] != '='))
        return false;
    line.ptr += 5;
    line.len -= 5;
    for (struct helo_slice word = slice_word(&line); word.len > 0; word = slice_word(&line)) {
        if (word.len == mechanism.len &&
            strncasecmp((const char *)word.ptr, (const char *)mechanism.ptr, word.len) == 0)
            return true;
    }
    return false;
}

static bool is_offered(const struct smtp_session *session, struct helo_slice mechanism)
{
    struct helo_slice rest = text_slice(&session->capabilities);
    while (rest.len > 0) {
        const uint8_t *lf = memchr(rest.ptr, '\n', rest.len);
        size_t len = lf != NULL ? (size_t)(lf - rest.ptr) : rest.len;
        if (line_offers((struct helo_slice){rest.ptr, len}, mechanism))
            return true;
        len += lf != NULL;
        rest.ptr += len;
        rest.len -= len;
    }
    return false;
}

bool auth_may_tell(const struct smtp_session *session, struct helo_slice mechanism)
{
    return sasl_knows(mechanism) || (session->capabilities_known && is_offered(session, mechanism));
}

static void respond(struct smtp_session *session, struct helo_slice line, bool initial,
                    helo_time time)
{
    struct sasl *sasl = session->auth->sasl;
    struct helo_auth facts = {0};
    notice_sasl(session, HELO_CLIENT, sasl_response(sasl, line, initial), time);
    sasl_facts(sasl, &facts);
    names_tell_auth(session, &facts);
}

void auth_begin(struct smtp_session *session, struct helo_slice mechanism,
                struct helo_slice initial, bool has_initial, helo_time time)
{
    struct mem *mem = session->shared->mem;
    auth_break_off(session, session->careful, time);
    session->auth_seen = true;
    session->has_secret = true;
    session->auth_open = true;
    session->auth_attempts++;
    struct auth_exchange *auth = mem_take_zero(mem, sizeof(*auth));
    if (auth == NULL) {
        session->failed = true;
        return;
    }
    auth->sasl = sasl_new(mem, mechanism, &session->secrets);
    auth->start = time;
    auth->in_transaction = session->current != NULL && session->current->mail_accepted;
    /* Before EHLO, or after HELO, nothing was advertised: unless that was not captured. */
    auth->has_advertised =
        session->capabilities_known ||
        (session->gap_count == 0 && !session->midstream && session->server_offset > 0);
    auth->advertised = session->capabilities_known && is_offered(session, mechanism);
    session->auth = auth;
    if (auth->sasl == NULL)
        session->failed = true;
    else if (has_initial)
        respond(session, initial, true, time);
}

void auth_response(struct smtp_session *session, struct helo_slice line, helo_time time)
{
    if (session->auth != NULL && session->auth->sasl != NULL)
        respond(session, line, false, time);
    else
        secrets_add_words(&session->secrets, line);
}

void auth_challenge(struct smtp_session *session, struct helo_slice text, helo_time latency)
{
    session->auth_challenges++;
    if (session->auth != NULL && session->auth->sasl != NULL)
        notice_sasl(session, HELO_SERVER, sasl_challenge(session->auth->sasl, text, latency),
                    session->reply_time);
}

void auth_gap(struct smtp_session *session)
{
    if (session->auth == NULL)
        return;
    session->auth->gap = true;
    if (session->auth->sasl != NULL)
        sasl_gap(session->auth->sasl);
}

/* The results that a code means whatever the enhanced code says. */
static const struct {
    uint16_t code;
    enum helo_auth_result result;
} meanings[] = {
    {235, HELO_AUTH_SUCCESS},
    {502, HELO_AUTH_UNSUPPORTED},
    {504, HELO_AUTH_UNSUPPORTED},
    {538, HELO_AUTH_ENCRYPTION_REQUIRED},
    {530, HELO_AUTH_ENCRYPTION_REQUIRED},
    {534, HELO_AUTH_TOO_WEAK},
    {432, HELO_AUTH_TRANSITION_NEEDED},
    {454, HELO_AUTH_NOT_AVAILABLE},
    {503, HELO_AUTH_BAD_SEQUENCE},
    {500, HELO_AUTH_SYNTAX},
    {501, HELO_AUTH_SYNTAX},
    {421, HELO_AUTH_CLOSED_BY_SERVER},
    {221, HELO_AUTH_CLOSED_BY_SERVER},
    {535, HELO_AUTH_FAILURE},
};

enum helo_auth_result auth_result_of(const struct helo_reply *reply, bool cancelled)
{
    if (cancelled)
        return HELO_AUTH_CANCELLED;
    if (reply->code >= 400 && reply->enhanced.subject == 7) {
        switch (reply->enhanced.detail) {
        case 11:
            return HELO_AUTH_ENCRYPTION_REQUIRED;
        case 9:
            return HELO_AUTH_TOO_WEAK;
        case 8:
            return HELO_AUTH_FAILURE;
        default:
            break;
        }
    }
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
        if (meanings[i].code == reply->code)
            return meanings[i].result;
    }
    if (reply->code / 100 == 5)
        return HELO_AUTH_FAILURE;
    return reply->code / 100 == 4 ? HELO_AUTH_TEMPORARY : HELO_AUTH_UNKNOWN;
}

static void count(struct smtp_session *session, enum helo_auth_result result)
{
    switch (result) {
    case HELO_AUTH_SUCCESS:
        session->auth_successes++;
        session->authenticated = true;
        break;
    case HELO_AUTH_CANCELLED:
    case HELO_AUTH_ABANDONED:
    case HELO_AUTH_CLOSED_BY_SERVER:
    case HELO_AUTH_UNKNOWN:
        break;
    default:
        session->auth_failures++;
        session->auth_failed = true;
        break;
    }
}

static void add_details(const struct sasl *sasl, struct helo_auth *facts)
{
    struct sasl_details details;
    sasl_details(sasl, &details);
    facts->workstation = details.workstation;
    facts->service_principal = details.service;
    facts->token_kind = details.token;
    facts->oauth_host = details.host;
    facts->oauth_port = details.port;
    facts->channel_binding = details.binding;
}

static void tell(struct smtp_session *session, enum helo_auth_result result,
                 const struct helo_reply *reply, helo_time time)
{
    struct auth_exchange *auth = session->auth;
    struct helo_auth facts = {
        .start = auth->start, .end = time > auth->start ? time : auth->start, .result = result};
    uint8_t secret[LIMIT_STRING_KEPT];

    count(session, result);
    if (auth->sasl != NULL) {
        sasl_facts(auth->sasl, &facts);
        add_details(auth->sasl, &facts);
    }
    if (reply != NULL)
        facts.reply = *reply;
    facts.tls = session->decrypted;
    facts.has_advertised = auth->has_advertised;
    facts.advertised = auth->advertised;
    facts.secret_exposed = facts.secret_exposed && !session->decrypted;
    if (session->shared->reveal_secrets && auth->sasl != NULL)
        facts.secret =
            (struct helo_slice){secret, sasl_last_secret(auth->sasl, secret, sizeof(secret))};
    struct fact_auth told = {.auth = &facts,
                             .starttls_offered = session->starttls_offered,
                             .in_transaction = auth->in_transaction};
    if (auth->sasl != NULL)
        told.secret = sasl_secret_digest(auth->sasl, session->shared->digest_key);
    if (smtp_is_whole(session)) {
        session->shared->sink.auth(session->context, &told, time);
        smtp_told(session);
    }
    explicit_bzero(secret, sizeof(secret));
    auth_free(session);
}

void auth_answer(struct smtp_session *session, const struct helo_reply *reply, helo_time time)
{
    struct auth_exchange *auth = session->auth;
    session->auth_open = false;
    if (auth == NULL)
        return;
    bool cancelled = auth->sasl != NULL && sasl_is_cancelled(auth->sasl);
    tell(session, auth_result_of(reply, cancelled), reply, time);
}

void auth_break_off(struct smtp_session *session, bool hidden, helo_time time)
{
    struct auth_exchange *auth = session->auth;
    session->auth_open = false;
    if (auth == NULL)
        return;
    enum helo_auth_result result = HELO_AUTH_ABANDONED;
    if (auth->sasl != NULL && sasl_is_cancelled(auth->sasl))
        result = HELO_AUTH_CANCELLED;
    else if (hidden || auth->gap)
        result = HELO_AUTH_UNKNOWN;
    else if (close_is_announced(session))
        result = HELO_AUTH_CLOSED_BY_SERVER;
    struct helo_reply reply = {.lines = 1};
    bool closed = result == HELO_AUTH_CLOSED_BY_SERVER;
    if (closed) {
        reply.code = session->announcement->code;
        reply.enhanced = session->announcement->enhanced;
        reply.text = text_slice(&session->announcement->text);
    }
    tell(session, result, closed ? &reply : NULL, time);
}

void auth_free(struct smtp_session *session)
{
    if (session->auth == NULL)
        return;
    sasl_free(session->auth->sasl);
    mem_give(session->shared->mem, session->auth, sizeof(*session->auth));
    session->auth = NULL;
}
