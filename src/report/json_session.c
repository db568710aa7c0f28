/* The object `smtp` of session events. */
#include "report/json_event.h"
#include "report/names.h"

static void when_true(struct json *json, const char *key, bool value)
{
    if (value)
        json_bool(json, key, true);
}

static void marks(struct json *json, const struct helo_session *session)
{
    when_true(json, "midstream", session->midstream);
    if (session->one_sided)
        json_name(json, "one_sided", name_of_side(session->seen_side));
    when_true(json, "uncertain", session->uncertain);
    when_true(json, "decrypted", session->decrypted);
    json_open(json, "gaps", '{');
    json_u64(json, "count", session->gap_count);
    json_u64(json, "bytes", session->gap_bytes);
    json_close(json, '}');
}

static void command_counts(struct json *json, const struct helo_session *session)
{
    if (session->command_count == 0)
        return;
    json_open(json, "commands", '{');
    for (uint32_t i = 0; i < session->command_count; i++) {
        json_text_key(json, "smtp.session.commands", session->commands[i].verb);
        line_u64(json->line, session->commands[i].count);
    }
    json_close(json, '}');
}

static void reply_counts(struct json *json, const struct helo_session *session)
{
    if (session->reply_count == 0)
        return;
    json_open(json, "replies", '{');
    for (uint32_t i = 0; i < session->reply_count; i++) {
        char code[NUMBER_LONGEST];
        *number_decimal(code, session->replies[i].code) = '\0';
        json_u64(json, code, session->replies[i].count);
    }
    json_close(json, '}');
}

static void latencies(struct json *json, const struct helo_session *session)
{
    if (session->has_first_reply)
        json_milliseconds(json, "first_reply_ms", session->first_reply);
    if (!session->has_reply_times)
        return;
    json_open(json, "reply_ms", '{');
    json_milliseconds(json, "p50", session->reply_p50);
    json_milliseconds(json, "max", session->reply_max);
    json_close(json, '}');
}

static void auth_counts(struct json *json, const struct helo_session *session)
{
    if (!session->auth_seen)
        return;
    json_open(json, "auth", '{');
    json_u64(json, "attempts", session->auth_attempts);
    json_u64(json, "successes", session->auth_successes);
    json_u64(json, "failures", session->auth_failures);
    json_u64(json, "challenges", session->auth_challenges);
    json_close(json, '}');
}

/* Where mail may have gone unseen (inside TLS, in a gap, on a side that was not captured) a 0 would
 * claim that there was none. */
static void mail_counts(struct json *json, const struct helo_session *session)
{
    bool hidden = session->mail_may_be_hidden;
    if (session->messages_attempted > 0 || !hidden) {
        json_open(json, "messages", '{');
        json_u64(json, "attempted", session->messages_attempted);
        json_u64(json, "accepted", session->messages_accepted);
        json_u64(json, "rejected", session->messages_rejected);
        if (session->messages_partial > 0)
            json_u64(json, "partial", session->messages_partial);
        json_close(json, '}');
    }
    if (session->recipients_accepted + session->recipients_rejected > 0 || !hidden) {
        json_open(json, "recipients", '{');
        json_u64(json, "accepted", session->recipients_accepted);
        json_u64(json, "rejected", session->recipients_rejected);
        json_close(json, '}');
    }
}

static void starttls(struct json *json, const struct helo_session *session)
{
    if (!session->starttls_offered && !session->starttls_requested)
        return;
    json_open(json, "starttls", '{');
    json_bool(json, "offered", session->starttls_offered);
    json_bool(json, "requested", session->starttls_requested);
    if (session->starttls_reply_code != 0)
        json_u64(json, "reply_code", session->starttls_reply_code);
    json_bool(json, "established", session->starttls_established);
    json_close(json, '}');
}

static void close_object(struct json *json, const struct helo_session *session)
{
    json_open(json, "close", '{');
    json_name(json, "reason", name_of_close(session->close_reason));
    if (session->has_close_by)
        json_name(json, "by", name_of_side(session->close_by));
    if (session->close_reply_code != 0)
        json_u64(json, "reply_code", session->close_reply_code);
    json_text(json, "smtp.session.close.reply_text", session->close_reply_text);
    if (session->kind != HELO_KIND_OTHER)
        json_name(json, "state", name_of_phase(session->close_state));
    if (session->has_close_idle)
        json_milliseconds(json, "idle_ms", session->close_idle);
    json_bool(json, "expected", session->close_expected);
    json_close(json, '}');
}

/* What only a dialogue has, and a connection that is no SMTP has not. */
static void dialogue(struct json *json, const struct helo_session *session)
{
    command_counts(json, session);
    reply_counts(json, session);
    json_bool(json, "pipelining", session->pipelining);
    latencies(json, session);
    auth_counts(json, session);
    mail_counts(json, session);
    starttls(json, session);
    json_bool(json, "tls", session->tls);
}

static void proxy_object(struct json *json, const struct helo_session *session)
{
    if (session->proxy_kind.len == 0)
        return;
    json_open(json, "proxy", '{');
    json_text(json, "smtp.proxy.kind", session->proxy_kind);
    json_text(json, "smtp.proxy.target", session->proxy_target);
    json_close(json, '}');
}

static void server_object(struct json *json, const struct helo_session *session)
{
    static const char CAPABILITIES[] = "smtp.server.capabilities";

    if (session->banner.len == 0 && session->server_name.len == 0 &&
        session->server_software.len == 0 && session->capability_count == 0)
        return;
    json_open(json, "server", '{');
    json_text(json, "smtp.server.banner", session->banner);
    json_text(json, "smtp.server.name", session->server_name);
    json_text(json, "smtp.server.software", session->server_software);
    if (session->capability_count > 0) {
        uint32_t length = json_list_length(json, CAPABILITIES, session->capability_count,
                                           session->capability_count);
        json_open(json, "capabilities", '[');
        for (uint32_t i = 0; i < length; i++)
            json_text_element(json, CAPABILITIES, session->capabilities[i]);
        json_close(json, ']');
    }
    json_close(json, '}');
}

void json_event_session_id(struct json *json, const struct helo_connection *connection)
{
    char *to = json_member(json, "id", NUMBER_LONGEST);

    if (to == NULL)
        return;
    *to++ = '"';
    to = number_hex(to, connection->session_id, 16);
    *to++ = '"';
    json_end(json, to);
}

void json_event_session(struct json *json, const struct helo_event *event,
                        const struct event_context *context)
{
    const struct helo_session *session = event->of.session;

    (void)context;
    json_open(json, "session", '{');
    json_event_session_id(json, event->connection);
    json_name(json, "kind", name_of_kind(session->kind));
    marks(json, session);
    if (session->kind != HELO_KIND_OTHER)
        dialogue(json, session);
    close_object(json, session);
    json_close(json, '}');
    proxy_object(json, session);
    server_object(json, session);
    json_text(json, "smtp.helo", session->helo);
    if (session->client_verb.len > 0) {
        json_open(json, "client", '{');
        json_text(json, "smtp.client.verb", session->client_verb);
        json_close(json, '}');
    }
}
