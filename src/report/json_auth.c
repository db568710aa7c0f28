/* What auth events have of their own: the object `smtp`, and who it was. */
#include "base/limits.h"
#include "event/auth_result.h"
#include "report/json_event.h"
#include "report/names.h"

#define CHALLENGES "smtp.auth.challenges"

void json_event_user(struct json *json, const struct helo_auth *auth)
{
    if (auth->user_name.len == 0 && auth->user_domain.len == 0)
        return;
    json_open(json, "user", '{');
    json_text(json, "user.name", auth->user_name);
    json_text(json, "user.domain", auth->user_domain);
    json_close(json, '}');
}

/* What is past the limit is not written, so that it makes no difference. */
static bool look_the_same(struct helo_slice a, struct helo_slice b)
{
    size_t shown_a = a.len < LIMIT_STRING ? a.len : LIMIT_STRING;
    size_t shown_b = b.len < LIMIT_STRING ? b.len : LIMIT_STRING;
    return shown_a == shown_b && (shown_a == 0 || memcmp(a.ptr, b.ptr, shown_a) == 0);
}

void json_event_related_user(struct json *json, const struct helo_auth *auth)
{
    static const char RELATED[] = "related.user";

    if (auth->user_name.len == 0 && auth->authzid.len == 0)
        return;
    json_open(json, "user", '[');
    json_text_element(json, RELATED, auth->user_name);
    if (!look_the_same(auth->user_name, auth->authzid))
        json_text_element(json, RELATED, auth->authzid);
    json_close(json, ']');
}

static void challenge_element(struct json *json, const struct helo_challenge *challenge)
{
    json_open_element(json, '{');
    json_name(json, "kind", name_of_challenge(challenge->kind));
    json_text(json, CHALLENGES ".text", challenge->text);
    if (challenge->has_latency)
        json_milliseconds(json, "latency_ms", challenge->latency);
    json_text(json, CHALLENGES ".realm", challenge->realm);
    json_text(json, CHALLENGES ".host", challenge->host);
    if (challenge->iterations > 0)
        json_u64(json, "iterations", challenge->iterations);
    json_text(json, CHALLENGES ".target", challenge->target);
    json_text(json, CHALLENGES ".dns_domain", challenge->dns_domain);
    json_text(json, CHALLENGES ".dns_host", challenge->dns_host);
    json_text(json, CHALLENGES ".os_version", challenge->os_version);
    json_text(json, CHALLENGES ".status", challenge->status);
    json_text(json, CHALLENGES ".scope", challenge->scope);
    json_close(json, '}');
}

static void challenge_list(struct json *json, const struct helo_auth *auth)
{
    uint32_t length =
        json_list_length(json, CHALLENGES, auth->challenge_count, auth->challenge_count);

    if (length == 0)
        return;
    json_open(json, "challenges", '[');
    for (uint32_t i = 0; i < length; i++)
        challenge_element(json, &auth->challenges[i]);
    json_close(json, ']');
}

static void oauth_object(struct json *json, const struct helo_auth *auth)
{
    if (auth->oauth_host.len == 0 && auth->oauth_port == 0)
        return;
    json_open(json, "oauth", '{');
    json_text(json, "smtp.auth.oauth.host", auth->oauth_host);
    if (auth->oauth_port > 0)
        json_u64(json, "port", auth->oauth_port);
    json_close(json, '}');
}

void json_event_auth(struct json *json, const struct helo_event *event,
                     const struct event_context *context)
{
    const struct helo_auth *auth = event->of.auth;

    (void)context;
    json_open(json, "session", '{');
    json_event_session_id(json, event->connection);
    json_close(json, '}');
    json_open(json, "auth", '{');
    json_text(json, "smtp.auth.mechanism", auth->mechanism);
    json_bool(json, "initial_response", auth->initial_response);
    challenge_list(json, auth);
    json_u64(json, "rounds", auth->rounds);
    json_text(json, "smtp.auth.authzid", auth->authzid);
    json_text(json, "smtp.auth.workstation", auth->workstation);
    json_text(json, "smtp.auth.service_principal", auth->service_principal);
    json_text(json, "smtp.auth.token_kind", auth->token_kind);
    oauth_object(json, auth);
    json_text(json, "smtp.auth.channel_binding", auth->channel_binding);
    json_text(json, "smtp.auth.secret", auth->secret);
    json_name(json, "result", auth_result_name(auth->result));
    json_bool(json, "tls", auth->tls);
    if (auth->has_advertised)
        json_bool(json, "advertised", auth->advertised);
    json_bool(json, "secret_exposed", auth->secret_exposed);
    json_close(json, '}');
    json_event_reply(json, &auth->reply);
}
