/* What a reply changes: states move on the reply, never on the command alone. */
#include "smtp/path.h"
#include "smtp/session.h"

static bool is_positive(const struct helo_reply *reply)
{
    return reply->code / 100 == 2;
}

/* EHLO's reply: a keyword a line from the second on (RFC 5321 section 4.1.1.1). */
static void learn_capabilities(struct smtp_session *session, struct helo_slice text)
{
    struct mem *mem = session->shared->mem;
    session->capabilities.len = 0;
    session->capability_count = 0;
    bool greeting = true;
    size_t start = 0;
    for (size_t i = 0; text.len > 0 && i <= text.len; i++) {
        if (i < text.len && text.ptr[i] != '\n')
            continue;
        struct helo_slice line = {text.ptr + start, i - start};
        start = i + 1;
        if (!greeting && line.len > 0 && session->capability_count < LIMIT_CAPABILITIES) {
            text_add(mem, &session->capabilities, line, LIMIT_REPLY_TEXT);
            text_add(mem, &session->capabilities, SLICE("\n"), LIMIT_REPLY_TEXT);
            session->capability_count++;
            session->starttls_offered |= slice_is(line, "STARTTLS");
            odd_capability(&session->odd, line);
        }
        greeting = false;
    }
    if (!smtp_is_whole(session))
        session->capability_count = session->capabilities.len = 0;
}

/* Whatever transaction was open is given up by the server. */
static void reset_transaction(struct smtp_session *session, struct transaction *transaction)
{
    if (transaction == NULL)
        return;
    transaction->client_done = true;
    if (session->current == transaction)
        session->current = NULL;
}

/* RSET or a greeting was refused: the transaction goes on. */
static void resume_transaction(struct smtp_session *session, struct transaction *transaction)
{
    if (transaction != NULL && !transaction->client_done && session->current == NULL)
        session->current = transaction;
}

void answer_name(struct smtp_session *session, const struct exchange *exchange)
{
    session->helo_verb = exchange->verb;
    session->lmtp |= exchange->verb == VERB_LHLO;
    text_set(session->shared->mem, &session->helo, text_slice(&exchange->text), LIMIT_STRING_KEPT);
}

static void answer_hello(struct smtp_session *session, const struct exchange *exchange,
                         const struct helo_reply *reply)
{
    if (!is_positive(reply)) {
        resume_transaction(session, exchange_transaction(exchange));
        return;
    }
    answer_name(session, exchange);
    session->capabilities.len = 0;
    session->capability_count = 0;
    odd_forget(&session->odd);
    bool known = !session->reply_cut && !secrets_hides_all(&session->secrets);
    session->capabilities_known = exchange->verb != VERB_HELO && known;
    if (session->capabilities_known)
        learn_capabilities(session, reply->text);
    reset_transaction(session, exchange_transaction(exchange));
}

static void answer_mail(struct smtp_session *session, struct transaction *transaction,
                        const struct helo_reply *reply)
{
    if (transaction == NULL)
        return;
    transaction_set_helo(transaction, session->shared->mem, text_slice(&session->helo));
    if (is_positive(reply)) {
        transaction->mail_accepted = true;
        open_replace(session, transaction);
    } else {
        transaction->mail_refused = true;
        transaction_set_reply(transaction, session->shared->mem, reply);
        open_fall_back(session, transaction);
    }
}

static void answer_rcpt(struct smtp_session *session, const struct exchange *exchange,
                        const struct helo_reply *reply)
{
    struct transaction *transaction = exchange_transaction(exchange);
    session->recipients_accepted += is_positive(reply);
    session->recipients_rejected += !is_positive(reply) && transaction != NULL;
    if (transaction == NULL)
        return;
    transaction_answer_recipient(transaction, exchange->recipient, reply);
    if (!is_positive(reply) && !transaction->mail_refused)
        transaction_set_reply(transaction, session->shared->mem, reply);
}

static void answer_data(struct smtp_session *session, struct transaction *transaction,
                        const struct helo_reply *reply)
{
    bool go_on = reply->code / 100 == 3;
    if (session->state == CLIENT_AWAIT_DATA ||
        (session->state == CLIENT_DATA_OR_NOT && session->client_line.length == 0))
        client_enter(session, go_on ? CLIENT_CONTENT : CLIENT_COMMAND);
    session->spilling |= !go_on;
    if (transaction != NULL && !go_on) {
        transaction->data_refused = true;
        if (!transaction->mail_refused && reply->code / 100 > 3)
            transaction_set_reply(transaction, session->shared->mem, reply);
    }
}

/* The reply to the whole of a message; LMTP sends one for each accepted recipient. */
static void answer_content(struct smtp_session *session, struct exchange *exchange,
                           const struct helo_reply *reply)
{
    struct transaction *transaction = exchange_transaction(exchange);
    if (transaction == NULL)
        return;
    bool first = transaction->finals_good + transaction->finals_bad == 0;
    if (first && session->lmtp && transaction->accepted > 1)
        exchange->replies = transaction->accepted;
    transaction_answer_content(transaction, session->shared->mem, reply, session->lmtp);
    transaction->over = exchange->replies <= 1;
}

static void answer_chunk(struct smtp_session *session, struct exchange *exchange,
                         const struct helo_reply *reply)
{
    struct transaction *transaction = exchange_transaction(exchange);
    if (transaction == NULL)
        return;
    if (exchange->last_chunk) {
        answer_content(session, exchange, reply);
    } else if (!is_positive(reply)) {
        transaction->data_refused = true;
        if (!transaction->mail_refused)
            transaction_set_reply(transaction, session->shared->mem, reply);
    }
}

/* RFC 4954 section 4: 334 goes on, everything else ends. */
static void answer_auth(struct smtp_session *session, const struct exchange *exchange,
                        const struct helo_reply *reply)
{
    bool waiting = session->state == CLIENT_AWAIT_AUTH;
    if (reply->code == 334) {
        auth_challenge(session, session->challenge, session->reply_first - exchange->time);
        if (waiting)
            client_enter(session, CLIENT_RESPONSE);
        notice_turn(session, TURN_CLIENT, HELO_PHASE_AUTH, session->reply_time);
        return;
    }
    notice_turn(session, TURN_NOBODY, HELO_PHASE_AUTH, session->reply_time);
    auth_answer(session, reply, session->reply_time);
    if (waiting)
        client_enter(session, CLIENT_COMMAND);
}

/* Codes that nothing but an AUTH exchange has (RFC 4954 sections 4 and 6). */
static bool is_auth_reply(uint16_t code)
{
    return code == 334 || code == 235 || code == 535;
}

/* Whatever it answers, there is an AUTH by some name: a private one, a mistyped one. What follows a
 * 334 may be its secrets, if anything of the client is captured. */
static void note_auth_reply(struct smtp_session *session, uint16_t code)
{
    if (!is_auth_reply(code))
        return;
    session->has_secret = true;
    session->auth_replied = true;
    session->unknown_hidden |= code == 334 && session->client_offset > 0;
}

static void answer_starttls(struct smtp_session *session, const struct exchange *exchange,
                            const struct helo_reply *reply)
{
    session->starttls_code = reply->code;
    if (reply->code == 220) {
        reset_transaction(session, exchange_transaction(exchange));
        if (session->state == CLIENT_AWAIT_TLS)
            client_enter(session, CLIENT_TLS_OR_NOT);
    } else if (session->state == CLIENT_AWAIT_TLS) {
        client_enter(session, CLIENT_COMMAND);
    }
}

static void answer_xclient(struct smtp_session *session, const struct exchange *exchange,
                           const struct helo_reply *reply)
{
    struct helo_endpoint client;
    if (reply->code != 220)
        return;
    reset_transaction(session, exchange_transaction(exchange));
    if (session->trusted_proxy && proxy_xclient_parse(text_slice(&exchange->text), &client))
        session->shared->sink.real_client(session->context, &client);
}

static void answer_quit(struct smtp_session *session, const struct helo_reply *reply)
{
    session->quit_code = reply->code;
    session->quit_reply_end = session->server_offset;
    session->quit_phase = close_phase(session);
    session->quit_idle = session->reply_idle;
    text_set(session->shared->mem, &session->quit_text, reply->text, LIMIT_STRING_KEPT);
}

static void answer_command(struct smtp_session *session, struct exchange *exchange,
                           const struct helo_reply *reply)
{
    switch ((enum verb)exchange->verb) {
    case VERB_EHLO:
    case VERB_HELO:
    case VERB_LHLO:
        answer_hello(session, exchange, reply);
        break;
    case VERB_MAIL:
    case VERB_SEND:
    case VERB_SOML:
    case VERB_SAML:
        answer_mail(session, exchange_transaction(exchange), reply);
        break;
    case VERB_RCPT:
        answer_rcpt(session, exchange, reply);
        break;
    case VERB_DATA:
        answer_data(session, exchange_transaction(exchange), reply);
        break;
    case VERB_BDAT:
    case VERB_BURL:
        answer_chunk(session, exchange, reply);
        break;
    case VERB_RSET:
        if (is_positive(reply))
            reset_transaction(session, exchange_transaction(exchange));
        else
            resume_transaction(session, exchange_transaction(exchange));
        break;
    case VERB_QUIT:
        answer_quit(session, reply);
        if (is_positive(reply))
            reset_transaction(session, exchange_transaction(exchange));
        break;
    case VERB_AUTH:
    case VERB_X_EXPS:
        answer_auth(session, exchange, reply);
        break;
    case VERB_STARTTLS:
    case VERB_X_ANONYMOUSTLS:
        answer_starttls(session, exchange, reply);
        break;
    case VERB_XCLIENT:
        answer_xclient(session, exchange, reply);
        break;
    default:
        break;
    }
}

/* 221 and 421 announce a close, unless the session goes on after them. */
static void note_announcement(struct smtp_session *session, const struct exchange *exchange,
                              const struct helo_reply *reply)
{
    bool announces = reply->code == 221 || reply->code == 421;
    if (session->announcement == NULL && announces)
        session->announcement = mem_take_zero(session->shared->mem, sizeof(*session->announcement));
    struct announcement *announcement = session->announcement;
    if (announcement != NULL)
        announcement->code = 0;
    if (announcement == NULL || !announces)
        return;
    announcement->code = reply->code;
    announcement->enhanced = reply->enhanced;
    announcement->phase = close_phase(session);
    announcement->idle = session->reply_idle;
    announcement->hidden = session->commands_hidden;
    announcement->before =
        (struct fact_close){.last_code = session->last_code,
                            .refusals = summary_refusals(session) - (reply->code >= 400),
                            .auth_failed = session->auth_failed_before,
                            .client_gone = session->ended[HELO_CLIENT]};
    if (exchange != NULL)
        announcement->before.answered = emit_kind(exchange);
    text_set(session->shared->mem, &announcement->text, reply->text, LIMIT_STRING_KEPT);
}

static void note_latency(struct smtp_session *session, const struct exchange *exchange)
{
    helo_time latency = session->reply_first - exchange->time;
    if (latency >= 0)
        summary_latency(session, latency);
}

static void finish_first(struct smtp_session *session, struct exchange *exchange)
{
    struct transaction *transaction = exchange_transaction(exchange);
    exchange_free(session->shared->mem, exchange_shift(&session->queue));
    if (transaction != NULL)
        open_settle(session, transaction);
}

/* The server has answered a command, and one that is no AUTH: lines of another kind are over, and
 * so is what was not captured before it. */
static void note_command_answered(struct smtp_session *session, const struct exchange *exchange)
{
    if (exchange->verb == VERB_OTHER || exchange->verb == VERB_AUTH ||
        exchange->verb == VERB_X_EXPS || session->spilling)
        return;
    secrets_free(&session->spilt);
    if (exchange->end > session->last_gap_end[HELO_CLIENT])
        session->veiled = false;
}

void answer(struct smtp_session *session, struct exchange *exchange, const struct helo_reply *reply)
{
    bool of_auth = is_auth_reply(reply->code);
    note_auth_reply(session, reply->code);
    exchange->guessed = exchange->guessed && !of_auth;
    note_latency(session, exchange);
    odd_answer(session, exchange, reply);
    if (exchange->verb != VERB_QUIT || exchange->mixed)
        note_announcement(session, exchange, reply);
    session->accepted_any |= reply->code / 100 < 4 && exchange->verb != VERB_QUIT &&
                             exchange->verb != VERB_RSET && exchange->verb != VERB_NOOP;
    switch ((enum exchange_kind)exchange->kind) {
    case EXCHANGE_COMMAND:
        if (!exchange->mixed)
            answer_command(session, exchange, reply);
        note_command_answered(session, exchange);
        break;
    case EXCHANGE_CONTENT:
        answer_content(session, exchange, reply);
        break;
    case EXCHANGE_RESPONSE:
        if (!exchange->guessed)
            answer_auth(session, exchange, reply);
        else if (session->state == CLIENT_AWAIT_AUTH)
            client_enter(session, CLIENT_COMMAND);
        break;
    case EXCHANGE_UNKNOWN:
        break;
    }
    emit_exchange(session, exchange, reply, session->reply_time, false);
    notice_reply(session, exchange, reply);
    if (exchange->count > 1) {
        exchange->count--;
        exchange->number++;
        if (exchange->recipient != UINT32_MAX)
            exchange->recipient++;
    } else if (exchange->replies > 1) {
        exchange->replies--;
    } else {
        finish_first(session, exchange);
    }
}

/* A server that tires of waiting for a response may challenge again, or end the exchange, unasked.
 */
static void answer_silent_client(struct smtp_session *session, const struct helo_reply *reply)
{
    if (!session->auth_open || session->state != CLIENT_RESPONSE || reply->code == 221 ||
        reply->code == 421)
        return;
    if (reply->code == 334) {
        auth_challenge(session, session->challenge, -1);
        return;
    }
    auth_answer(session, reply, session->reply_time);
    client_enter(session, CLIENT_COMMAND);
}

void answer_unasked(struct smtp_session *session, const struct helo_reply *reply, bool hidden)
{
    struct transaction *transaction = open_current(session);
    enum helo_phase phase = close_phase(session);
    note_auth_reply(session, reply->code);
    note_announcement(session, NULL, reply);
    if (close_is_announced(session))
        session->announcement->hidden |= hidden;
    /* An AUTH goes on that is not followed: what is taken for something else may be its secrets. */
    session->veiled |= reply->code == 334 && hidden && session->client_offset > 0;
    if (!hidden)
        answer_silent_client(session, reply);
    /* More replies than commands: what was taken for one message may have been two. */
    session->uncertain |=
        !hidden && reply->code / 100 == 2 && reply->code != 221 && session->messages_attempted > 0;
    bool in_content = session->state == CLIENT_CONTENT || session->state == CLIENT_CHUNK;
    if (in_content && transaction != NULL && !hidden && reply->code >= 400 && reply->code != 421) {
        transaction->content_refused_early = true;
        transaction_set_reply(transaction, session->shared->mem, reply);
    }
    emit_exchange(session, NULL, reply, session->reply_time, hidden);
    notice_unasked(session, reply, phase, hidden);
}
