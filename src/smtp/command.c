/* Commands: each queued as an exchange, with what it means for the client's own next octets. */
#include <string.h>

#include "smtp/path.h"
#include "smtp/session.h"

#define LONGEST_TOKEN 32
/* Exchanges kept one by one whatever their verbs; past it runs are counted together. */
#define MOST_NODES (2u * LIMIT_OUTSTANDING)

/* Octets kept of a line that a reply may echo: all of it, unless a flood of them is outstanding. */
static size_t secret_limit(const struct smtp_session *session)
{
    return session->queue.count <= 16 ? LIMIT_COMMAND_LINE : LIMIT_STRING_KEPT;
}

/* Past the limit a run of the same verb is one exchange with a count. */
static bool joins_run(const struct smtp_session *session, enum exchange_kind kind, enum verb verb)
{
    const struct exchange *last = session->queue.last;
    if (session->queue.count < LIMIT_OUTSTANDING || kind != EXCHANGE_COMMAND ||
        last->kind != EXCHANGE_COMMAND)
        return false;
    return last->verb == verb || session->queue.count >= MOST_NODES;
}

static struct exchange *join_run(struct smtp_session *session, enum verb verb, uint64_t end)
{
    struct exchange *last = session->queue.last;
    text_free(session->shared->mem, &last->text);
    last->has_argument = false;
    last->mixed |= last->verb != verb;
    last->count++;
    last->end = end;
    return last;
}

/* A command is pipelined if the reply before it was not received when it was sent. What the
 * capture did not see of either side may have been that reply, or what it answers. */
static bool is_pipelined(const struct smtp_session *session, const struct stream_chunk *chunk)
{
    if (chunk->acked > session->server_offset || session->gap_count > 0 || session->careful)
        return false;
    return session->queue.first != NULL ||
           (session->last_reply_end > chunk->acked && session->queue_ever);
}

struct exchange *command_queue(struct smtp_session *session, enum exchange_kind kind,
                               enum verb verb, const struct stream_chunk *chunk, uint64_t end)
{
    if (joins_run(session, kind, verb)) {
        session->next_number++;
        return join_run(session, verb, end);
    }
    session->client_heard |= chunk->acked > 0;
    bool pipelined = kind == EXCHANGE_COMMAND && is_pipelined(session, chunk);
    struct exchange *exchange = exchange_append(&session->queue, session->shared->mem);
    if (exchange == NULL) {
        session->failed = true;
        return NULL;
    }
    exchange->kind = (uint8_t)kind;
    exchange->verb = (uint8_t)verb;
    exchange->number = ++session->next_number;
    exchange->end = end;
    exchange->acked = chunk->acked;
    exchange->time = exchange->start = chunk->time;
    exchange->phase = (uint8_t)close_phase(session);
    exchange->pipelined = pipelined;
    session->pipelining |= pipelined;
    session->queue_ever = true;
    odd_queued(session, exchange);
    if (kind == EXCHANGE_COMMAND)
        notice_command(session, exchange);
    if (kind == EXCHANGE_CONTENT) {
        exchange->transaction = open_current(session);
        if (exchange->transaction != NULL)
            exchange->transaction->outstanding++;
    }
    return exchange;
}

static void join(struct exchange *exchange, struct transaction *transaction)
{
    if (transaction == NULL || exchange->transaction == transaction)
        return;
    if (exchange->transaction == NULL && exchange->count == 1) {
        exchange->transaction = transaction;
        transaction->outstanding++;
    }
}

static void take_mail(struct smtp_session *session, struct exchange *exchange,
                      struct helo_slice argument)
{
    session->messages_attempted++;
    struct transaction *transaction = open_begin(session, exchange->time);
    if (transaction == NULL)
        return;
    transaction_set_mail(transaction, session->shared->mem, argument);
    join(exchange, transaction);
}

static void take_rcpt(struct smtp_session *session, struct exchange *exchange,
                      struct helo_slice argument)
{
    struct transaction *transaction = open_current(session);
    if (transaction == NULL)
        return;
    uint32_t index = transaction_add_recipient(transaction, session->shared->mem, argument);
    join(exchange, transaction);
    if (exchange->count == 1)
        exchange->recipient = index;
}

/* BDAT (RFC 3030): so many octets follow, whatever the reply. A size that is none takes nothing. */
static void take_bdat(struct smtp_session *session, struct exchange *exchange,
                      struct helo_slice argument)
{
    struct transaction *transaction = open_current(session);
    struct helo_slice rest = argument;
    uint64_t size = 0;
    bool valid = number_parse(slice_word(&rest), &size) && size <= INT64_MAX;
    struct helo_slice word = slice_word(&rest);
    bool last = slice_is(word, "LAST");
    valid = valid && (last || word.len == 0);

    join(exchange, transaction);
    exchange->last_chunk = last && valid;
    if (transaction != NULL)
        transaction->chunking = true;
    if (transaction != NULL && valid) {
        transaction->content_begun = true;
        transaction->size += size;
        if (last) {
            transaction->content_sent = true;
            transaction->has_size = true;
            open_leave(session);
        }
    }
    session->chunk_left = valid ? size : 0;
    if (session->chunk_left == 0)
        return;
    client_enter(session, CLIENT_CHUNK);
    notice_turn(session, TURN_CLIENT, HELO_PHASE_DATA, exchange->time);
}

/* BURL (RFC 4468): content that is fetched by the server; its length is not on this wire. */
static void take_burl(struct smtp_session *session, struct exchange *exchange,
                      struct helo_slice argument)
{
    struct helo_slice rest = argument;
    slice_word(&rest);
    join(exchange, open_current(session));
    exchange->last_chunk = slice_is(slice_word(&rest), "LAST");
    if (exchange->last_chunk)
        open_leave(session);
}

/* Only the mechanism is kept; an initial response is there to be masked in the reply. */
static void take_auth(struct smtp_session *session, struct exchange *exchange,
                      struct helo_slice argument)
{
    struct helo_slice rest = argument;
    struct helo_slice mechanism = slice_word(&rest);
    struct mem *mem = session->shared->mem;
    text_set(mem, &exchange->text, mechanism, LIMIT_STRING_KEPT);
    struct helo_slice initial = slice_word(&rest);
    text_set(mem, &exchange->secret, initial, LIMIT_COMMAND_LINE);
    exchange->has_argument = mechanism.len > 0;
    auth_begin(session, mechanism, initial, initial.len > 0, exchange->time);
    session->unknown_hidden = true;
    client_enter(session, CLIENT_AWAIT_AUTH);
    notice_turn(session, TURN_SERVER, HELO_PHASE_AUTH, exchange->time);
}

static void take_verb(struct smtp_session *session, struct exchange *exchange, enum verb verb,
                      struct helo_slice argument)
{
    switch (verb) {
    case VERB_MAIL:
    case VERB_SEND:
    case VERB_SOML:
    case VERB_SAML:
        take_mail(session, exchange, argument);
        break;
    case VERB_RCPT:
        take_rcpt(session, exchange, argument);
        break;
    case VERB_DATA:
        join(exchange, open_current(session));
        client_enter(session, CLIENT_AWAIT_DATA);
        break;
    case VERB_BDAT:
        take_bdat(session, exchange, argument);
        break;
    case VERB_BURL:
        take_burl(session, exchange, argument);
        break;
    case VERB_AUTH:
    case VERB_X_EXPS:
        take_auth(session, exchange, argument);
        break;
    case VERB_STARTTLS:
    case VERB_X_ANONYMOUSTLS:
        session->starttls_requested = true;
        join(exchange, open_current(session));
        client_enter(session, CLIENT_AWAIT_TLS);
        break;
    case VERB_QUIT:
        session->quit_seen = true;
        join(exchange, open_current(session));
        break;
    case VERB_EHLO:
    case VERB_HELO:
    case VERB_LHLO:
    case VERB_RSET:
        join(exchange, open_current(session));
        session->current = NULL; /* it comes back if the reply is no */
        break;
    case VERB_XCLIENT:
        join(exchange, open_current(session));
        break;
    default:
        break;
    }
}

static bool is_printable(struct helo_slice token)
{
    for (size_t i = 0; i < token.len; i++) {
        if (token.ptr[i] <= ' ' || token.ptr[i] > '~')
            return false;
    }
    return token.len > 0 && token.len <= LONGEST_TOKEN;
}

/* A line that is no known verb. Near an AUTH, a gap or a pick-up it may be a response: its text is
 * kept for nothing but masking. */
static void unknown_line(struct smtp_session *session, struct helo_slice line,
                         struct helo_slice token, struct helo_slice rest,
                         const struct stream_chunk *chunk, uint64_t end)
{
    bool hidden = session->unknown_hidden || !is_printable(token);
    struct mem *mem = session->shared->mem;
    struct exchange *exchange = command_queue(session, hidden ? EXCHANGE_UNKNOWN : EXCHANGE_COMMAND,
                                              VERB_OTHER, chunk, end);
    if (exchange == NULL || exchange->count > 1)
        return;
    if (hidden) {
        text_set(mem, &exchange->secret, line, secret_limit(session));
        return;
    }
    text_set(mem, &exchange->token, token, LONGEST_TOKEN);
    for (uint32_t i = 0; i < exchange->token.len; i++) {
        uint8_t *c = &exchange->token.ptr[i];
        *c = *c >= 'a' && *c <= 'z' ? (uint8_t)(*c - 32) : *c;
    }
    exchange->has_argument = rest.len > 0;
    text_set(mem, &exchange->text, rest, LIMIT_STRING_KEPT);
}

static bool begins_auth(enum verb verb)
{
    return verb == VERB_AUTH || verb == VERB_X_EXPS;
}

void command_line(struct smtp_session *session, const struct line *line,
                  const struct stream_chunk *chunk, uint64_t end)
{
    struct helo_slice token, rest;
    pairing_client_speaks(session, chunk->acked);
    enum verb verb = verb_parse(line->text, &token, &rest);
    if (verb == VERB_OTHER) {
        if (!session->unknown_hidden)
            summary_count_command(session, verb);
        unknown_line(session, line->text, token, rest, chunk, end);
        odd_command_line(session, verb, rest, line, chunk->time);
        return;
    }
    session->spoke_smtp = true;
    session->unknown_hidden = false;
    summary_count_command(session, verb);
    struct exchange *exchange = command_queue(session, EXCHANGE_COMMAND, verb, chunk, end);
    if (exchange == NULL)
        return;
    if (exchange->count == 1 && rest.len > 0 && !begins_auth(verb)) {
        exchange->has_argument = true;
        text_set(session->shared->mem, &exchange->text, rest, LIMIT_STRING_KEPT);
    }
    odd_command_line(session, verb, rest, line, chunk->time);
    take_verb(session, exchange, verb, rest);
}

void command_response(struct smtp_session *session, const struct line *line,
                      const struct stream_chunk *chunk, uint64_t end)
{
    pairing_client_speaks(session, chunk->acked);
    struct exchange *exchange = command_queue(session, EXCHANGE_RESPONSE, VERB_OTHER, chunk, end);
    session->unknown_hidden = true;
    client_enter(session, CLIENT_AWAIT_AUTH);
    notice_turn(session, TURN_SERVER, HELO_PHASE_AUTH, chunk->time);
    if (exchange != NULL) {
        exchange->guessed = session->response_guessed;
        text_set(session->shared->mem, &exchange->secret, line->text, secret_limit(session));
    }
    if (session->response_guessed)
        auth_gap(session); /* it may be no response at all */
    else
        auth_response(session, line->text, chunk->time);
    session->response_guessed = false;
}
