/* One place between an event and all of its forms: what passes it may be read by anybody who may
 * read the output. */
#include "report/credentials.h"

#include <string.h>

#include <openssl/crypto.h>

#include "base/limits.h"
#include "heloscope/report.h"
#include "report/hide.h"

#define CHALLENGE_CODE 334

struct credentials {
    struct mem *mem;
    enum helo_credentials mode;
    uint8_t key[HELO_MOST_HASH_KEY];
    struct hide hide;
    struct helo_event event;
    union {
        struct helo_session session;
        struct helo_exchange exchange;
        struct helo_auth auth;
        struct helo_message message;
        struct helo_tls tls;
        struct helo_anomaly anomaly;
    } of;
};

struct credentials *credentials_new(struct mem *mem, enum helo_credentials mode, const uint8_t *key,
                                    size_t key_len)
{
    struct credentials *made = mem_take_zero(mem, sizeof(*made));

    if (made == NULL)
        return NULL;
    made->mem = mem;
    made->mode = mode;
    if (mode != HELO_CREDENTIALS_HASH)
        return made;
    made->hide.room = mem_take(mem, LIMIT_HIDE_ROOM);
    if (made->hide.room == NULL) {
        credentials_free(made);
        return NULL;
    }
    made->hide.size = LIMIT_HIDE_ROOM;
    memcpy(made->key, key, key_len);
    made->hide.key = made->key;
    made->hide.key_len = key_len;
    return made;
}

static void hide_challenges(struct hide *hide, struct helo_auth *auth,
                            const struct hide_names *names)
{
    uint32_t count = auth->challenge_count < LIMIT_LIST ? auth->challenge_count : LIMIT_LIST;
    struct helo_challenge *copy = count == 0 ? NULL : hide_take(hide, count * sizeof(*copy));

    auth->challenge_count = copy == NULL ? 0 : count;
    for (uint32_t i = 0; i < auth->challenge_count; i++) {
        copy[i] = auth->challenges[i];
        copy[i].text = hide_text(hide, copy[i].text, names);
        copy[i].status = hide_text(hide, copy[i].status, names);
        copy[i].scope = hide_text(hide, copy[i].scope, names);
    }
    auth->challenges = copy;
}

static void hide_auth(struct hide *hide, struct helo_auth *auth, struct hide_names *names)
{
    hide_add(names, auth->user_name);
    hide_add(names, auth->authzid);
    auth->user_name = hide_name(hide, auth->user_name);
    auth->user_domain = hide_name(hide, auth->user_domain);
    auth->authzid = hide_name(hide, auth->authzid);
    auth->workstation = hide_text(hide, auth->workstation, names);
    auth->service_principal = hide_text(hide, auth->service_principal, names);
    auth->oauth_host = hide_text(hide, auth->oauth_host, names);
    auth->reply.text = hide_text(hide, auth->reply.text, names);
    hide_challenges(hide, auth, names);
}

static bool is_auth(struct helo_slice keyword)
{
    static const char AUTH[] = "AUTH";

    for (size_t i = 0; i < sizeof(AUTH) - 1; i++)
        if (keyword.len != sizeof(AUTH) - 1 || (keyword.ptr[i] & ~0x20) != AUTH[i])
            return false;
    return true;
}

static void hide_message(struct hide *hide, struct helo_message *message, struct hide_names *names)
{
    uint32_t count = message->parameter_count < LIMIT_LIST ? message->parameter_count : LIMIT_LIST;
    struct helo_parameter *copy = count == 0 ? NULL : hide_take(hide, count * sizeof(*copy));

    message->parameter_count = copy == NULL ? 0 : count;
    for (uint32_t i = 0; i < message->parameter_count; i++) {
        copy[i] = message->parameters[i];
        if (is_auth(copy[i].keyword))
            copy[i].value = hide_xtext(hide, copy[i].value, names);
        else
            copy[i].value = hide_value(hide, copy[i].value, names);
    }
    message->parameters = copy;
    message->reply.text = hide_text(hide, message->reply.text, names);
    message->helo = hide_text(hide, message->helo, names);
    message->queue_id = hide_text(hide, message->queue_id, names);
}

static void hide_tls(struct hide *hide, struct helo_tls *tls, const struct hide_names *names)
{
    tls->server_name = hide_text(hide, tls->server_name, names);
    tls->next_protocol = hide_text(hide, tls->next_protocol, names);
    tls->subject = hide_text(hide, tls->subject, names);
    tls->issuer = hide_text(hide, tls->issuer, names);
    tls->names = hide_lines(hide, tls->names, &tls->name_count, names);
}

static bool is(struct helo_slice text, const char *word)
{
    return text.len == strlen(word) && memcmp(text.ptr, word, text.len) == 0;
}

/* Commands about addresses, which are mail's and not the client's, and told in any case. */
static bool has_path(struct helo_slice verb)
{
    static const char *const VERBS[] = {"MAIL", "RCPT", "VRFY", "EXPN", "SEND", "SOML", "SAML"};

    for (size_t i = 0; i < sizeof(VERBS) / sizeof(VERBS[0]); i++)
        if (is(verb, VERBS[i]))
            return true;
    return false;
}

static void hide_session(struct hide *hide, struct helo_session *session,
                         const struct hide_names *names)
{
    uint32_t count = session->capability_count;
    struct helo_slice *copy = count == 0 ? NULL : hide_take(hide, count * sizeof(*copy));

    session->capability_count = copy == NULL ? 0 : count;
    for (uint32_t i = 0; i < session->capability_count; i++)
        copy[i] = hide_text(hide, session->capabilities[i], names);
    session->capabilities = copy;
    session->banner = hide_text(hide, session->banner, names);
    session->helo = hide_text(hide, session->helo, names);
    session->close_reply_text = hide_text(hide, session->close_reply_text, names);
    session->proxy_target = hide_text(hide, session->proxy_target, names);
}

/* A challenge is Base64, in which a name would not be found; the auth event has what it says. */
static void hide_exchange(struct hide *hide, struct helo_exchange *exchange,
                          struct hide_names *names)
{
    exchange->argument = hide_arguments(hide, exchange->argument, names);
    if (!has_path(exchange->verb))
        exchange->argument = hide_text(hide, exchange->argument, names);
    if (exchange->reply.code == CHALLENGE_CODE)
        exchange->reply.text = (struct helo_slice){NULL, 0};
    exchange->reply.text = hide_text(hide, exchange->reply.text, names);
}

static void hide_anomaly(struct hide *hide, struct helo_anomaly *anomaly, struct hide_names *names)
{
    if (anomaly->subject_hash != 0)
        anomaly->subject_hash = hide_number(hide, anomaly->subject_hash);
    hide_add(names, anomaly->user);
    anomaly->user = hide_name(hide, anomaly->user);
    for (size_t i = 0; i < anomaly->evidence_count; i++) {
        if (anomaly->evidence[i].kind == HELO_EVIDENCE_USER)
            hide_add(names, anomaly->evidence[i].text);
    }
    for (size_t i = 0; i < anomaly->evidence_count; i++) {
        struct helo_evidence *evidence = &anomaly->evidence[i];
        if (evidence->kind == HELO_EVIDENCE_USER)
            evidence->text = hide_name(hide, evidence->text);
        else if (evidence->kind == HELO_EVIDENCE_TEXT)
            evidence->text = hide_text(hide, evidence->text, names);
    }
}

static void hide_event(struct credentials *credentials, struct helo_event *event)
{
    struct hide *hide = &credentials->hide;
    struct hide_names names;

    hide->used = 0;
    hide_begin(&names);
    if (event->connection != NULL) {
        names.lost = event->connection->names_lost;
        hide_add(&names, event->connection->user);
        hide_add_all(hide, &names, event->connection->names);
    }
    switch (event->dataset) {
    case HELO_DATASET_SESSION:
        credentials->of.session = *event->of.session;
        event->of.session = &credentials->of.session;
        hide_session(hide, &credentials->of.session, &names);
        break;
    case HELO_DATASET_EXCHANGE:
        credentials->of.exchange = *event->of.exchange;
        event->of.exchange = &credentials->of.exchange;
        hide_exchange(hide, &credentials->of.exchange, &names);
        break;
    case HELO_DATASET_AUTH:
        hide_auth(hide, &credentials->of.auth, &names);
        break;
    case HELO_DATASET_MESSAGE:
        credentials->of.message = *event->of.message;
        event->of.message = &credentials->of.message;
        hide_message(hide, &credentials->of.message, &names);
        break;
    case HELO_DATASET_TLS:
        credentials->of.tls = *event->of.tls;
        event->of.tls = &credentials->of.tls;
        hide_tls(hide, &credentials->of.tls, &names);
        break;
    case HELO_DATASET_ANOMALY:
        credentials->of.anomaly = *event->of.anomaly;
        event->of.anomaly = &credentials->of.anomaly;
        hide_anomaly(hide, &credentials->of.anomaly, &names);
        break;
    default:
        break;
    }
}

const struct helo_event *credentials_apply(struct credentials *credentials,
                                           const struct helo_event *event)
{
    if (credentials->mode == HELO_CREDENTIALS_REVEAL)
        return event;
    credentials->event = *event;
    if (event->dataset == HELO_DATASET_AUTH) {
        credentials->of.auth = *event->of.auth;
        credentials->of.auth.secret = (struct helo_slice){NULL, 0};
        credentials->event.of.auth = &credentials->of.auth;
    }
    if (credentials->mode == HELO_CREDENTIALS_HASH)
        hide_event(credentials, &credentials->event);
    return &credentials->event;
}

void credentials_free(struct credentials *credentials)
{
    if (credentials == NULL)
        return;
    mem_give(credentials->mem, credentials->hide.room, credentials->hide.size);
    OPENSSL_cleanse(credentials->key, sizeof(credentials->key));
    mem_give(credentials->mem, credentials, sizeof(*credentials));
}
