/* Commands: each queued as an exchange, with what it means for the client's own next octets. */
#include <string.h>

#include "smtp/base64.h"
#include "smtp/foreign.h"
#include "smtp/path.h"
#include "smtp/sasl/sasl.h"
#include "smtp/session.h"

#define LONGEST_TOKEN 32
/* Exchanges kept one by one whatever their verbs; past it runs are counted together. */
#define MOST_NODES (2u * LIMIT_OUTSTANDING)

/* Lines of which one says as much as the other: no state waits for the reply to one of them. */
static bool is_alike(const struct exchange *last, enum exchange_kind kind, enum verb verb)
{
    return last->kind == kind && last->verb == verb && !last->mixed &&
           (kind == EXCHANGE_COMMAND || kind == EXCHANGE_UNKNOWN);
}

/* Past the limit a run of the same kind is one exchange with a count; past twice the limit all is.
 */
static bool joins_run(const struct smtp_session *session, enum exchange_kind kind, enum verb verb)
{
    if (session->queue.count < LIMIT_OUTSTANDING)
        return false;
    return session->queue.count >= MOST_NODES || is_alike(session->queue.last, kind, verb);
}

static struct exchange *join_run(struct smtp_session *session, enum exchange_kind kind,
                                 enum verb verb, uint64_t end)
{
    struct exchange *last = session->queue.last;
    exchange_forget(&session->queue, session->shared->mem, last);
    last->has_argument = false;
    if (!is_alike(last, kind, verb)) {
        last->mixed = true;
        last->kind = EXCHANGE_COMMAND;
        last->verb = VERB_OTHER;
        last->last_chunk = last->guessed = false;
    }
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
        struct exchange *run = join_run(session, kind, verb, end);
        if (kind == EXCHANGE_CONTENT)
            exchange_join(run, open_current(session));
        return run;
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
    if (kind == EXCHANGE_CONTENT)
        exchange_join(exchange, open_current(session));
    return exchange;
}

static void take_mail(struct smtp_session *session, struct exchange *exchange,
                      struct helo_slice argument)
{
    session->messages_attempted++;
    struct transaction *transaction = open_begin(session, exchange->time);
    if (transaction == NULL)
        return;
    transaction_set_mail(transaction, session->shared->mem, argument);
    exchange_join(exchange, transaction);
}

static void take_rcpt(struct smtp_session *session, struct exchange *exchange,
                      struct helo_slice argument)
{
    struct transaction *transaction = open_current(session);
    if (transaction == NULL)
        return;
    uint32_t index = transaction_add_recipient(transaction, session->shared->mem, argument);
    exchange_join(exchange, transaction);
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

    exchange_join(exchange, transaction);
    exchange->last_chunk = last && valid && !exchange->mixed;
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
    exchange_join(exchange, open_current(session));
    bool last = slice_is(slice_word(&rest), "LAST");
    exchange->last_chunk = last && !exchange->mixed;
    if (last)
        open_leave(session);
}

/* Notes what should be Base64. What it says then its mechanism's decoder notes; else it may be
 * Base64 for the most part, or a secret as it is. */
static void note_token(struct smtp_session *session, struct helo_slice token)
{
    secrets_add_line(&session->secrets, token);
    if (base64_decode(token, NULL, 0).fault == BASE64_OK)
        return;
    secrets_add_words(&session->secrets, token);
    secrets_add_lenient(&session->secrets, token);
}

/* Only the mechanism is told, if it is one: a client may have forgotten to name it. Whatever else
 * is there is, or may be, a secret. */
static void take_auth(struct smtp_session *session, struct exchange *exchange,
                      struct helo_slice argument)
{
    struct helo_slice rest = argument;
    struct helo_slice mechanism = slice_word(&rest);
    struct helo_slice behind = rest;
    struct helo_slice initial = slice_word(&rest);
    if (mechanism.len > 0 && !auth_may_tell(session, mechanism)) {
        secrets_add_words(&session->secrets, argument);
        mechanism = SLICE("OTHER");
    }
    note_token(session, initial);
    secrets_add_words(&session->secrets, rest);
    if (rest.len > 0)
        secrets_add_lenient(&session->secrets, behind);
    if (exchange->count == 1) {
        exchange->has_argument = mechanism.len > 0;
        exchange_keep(&session->queue, session->shared->mem, exchange, mechanism);
    }
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
        exchange_join(exchange, open_current(session));
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
        exchange_join(exchange, open_current(session));
        client_enter(session, CLIENT_AWAIT_TLS);
        break;
    case VERB_QUIT:
        session->quit_seen = true;
        exchange_join(exchange, open_current(session));
        break;
    case VERB_EHLO:
    case VERB_HELO:
    case VERB_LHLO:
    case VERB_RSET:
        exchange_join(exchange, open_current(session));
        session->current = NULL; /* it comes back if the reply is no */
        break;
    case VERB_XCLIENT:
        exchange_join(exchange, open_current(session));
        break;
    default:
        break;
    }
}

static bool begins_auth(enum verb verb)
{
    return verb == VERB_AUTH || verb == VERB_X_EXPS;
}

/* Are there credentials behind a word that is no command of ours? It may be a private or a mistyped
 * AUTH: then a mechanism follows. */
static bool has_credentials(struct helo_slice token, struct helo_slice rest)
{
    struct helo_slice words = rest;
    return foreign_has_credentials(token, rest) || sasl_knows(slice_word(&words));
}

/* Notes a line whose text is never told, for the replies that may repeat it. Those of a message are
 * private, not secret, and too many for the memory of secrets. A verb is no part of the secret. */
static void note_hidden(struct smtp_session *session, const struct line *line)
{
    struct helo_slice token, rest;
    enum verb verb = verb_parse(line->text, &token, &rest);
    struct helo_slice text = verb == VERB_OTHER ? line->text : rest;
    if (session->spilling && !session->unknown_hidden && !has_credentials(token, rest))
        secrets_add_text(&session->spilt, text);
    else if ((line->oddities & LINE_OVERLONG) != 0)
        secrets_mask_everything(&session->secrets);
    else
        secrets_add_words(&session->secrets, text);
}

/* Notes an answer to a challenge. What it says in Base64 its mechanism's decoder notes, if its end
 * has come. */
static void note_response(struct smtp_session *session, const struct line *line)
{
    if ((line->oddities & LINE_OVERLONG) != 0)
        secrets_mask_everything(&session->secrets);
    note_token(session, line->text);
}

/* Octets of a token as they are told. */
static void keep_token(struct smtp_session *session, struct exchange *exchange,
                       struct helo_slice token)
{
    text_set(session->shared->mem, &exchange->token, token, LONGEST_TOKEN);
    for (uint32_t i = 0; i < exchange->token.len; i++) {
        uint8_t *c = &exchange->token.ptr[i];
        *c = *c >= 'a' && *c <= 'z' ? (uint8_t)(*c - 32) : *c;
    }
}

/* A line that is no command of ours. In a session with AUTH, after a gap or a pick-up it may be a
 * response, after a refused DATA a line of the message: nothing of it is told. Elsewhere it is told
 * as a command, but for what may be another protocol's credentials. */
static void unknown_line(struct smtp_session *session, const struct line *line,
                         const struct stream_chunk *chunk, uint64_t end)
{
    struct helo_slice token, rest;
    enum verb verb = verb_parse(line->text, &token, &rest);
    bool credentials = has_credentials(token, rest);
    bool hidden = verb != VERB_OTHER || session->unknown_hidden || session->spilling ||
                  session->auth_seen || session->auth_replied || !foreign_is_verb(token);
    struct exchange *exchange = command_queue(session, hidden ? EXCHANGE_UNKNOWN : EXCHANGE_COMMAND,
                                              VERB_OTHER, chunk, end);
    if (hidden)
        note_hidden(session, line);
    else if (credentials || !foreign_is_plain(token, rest))
        secrets_add_words(&session->secrets, rest);
    session->unknown_hidden |= credentials;
    session->has_secret |= credentials;
    if (!hidden)
        summary_count_command(session, verb);
    if (hidden || exchange == NULL || exchange->count > 1)
        return;
    keep_token(session, exchange, token);
    if (rest.len == 0 || credentials || !foreign_is_plain(token, rest))
        return;
    exchange->has_argument = true;
    exchange_keep(&session->queue, session->shared->mem, exchange, rest);
}

/* Is it the beginning of a line that may be told, as far as it goes? */
static bool may_tell_begun(const struct smtp_session *session, struct helo_slice begun)
{
    struct helo_slice token, rest;
    enum verb verb = verb_parse(begun, &token, &rest);
    if (begins_auth(verb))
        return rest.len == 0;
    if (verb != VERB_OTHER)
        return rest.len == 0 || !(session->unknown_hidden || session->spilling);
    return verb_may_become(begun);
}

void command_begun(struct smtp_session *session, const struct line *begun)
{
    if (session->state == CLIENT_RESPONSE) {
        note_response(session, begun);
        secrets_add_words(&session->secrets, begun->text);
    } else if (!may_tell_begun(session, begun->text)) {
        note_hidden(session, begun);
    } else {
        values_note(session, begun->text);
    }
}

/* Notes what a URL (RFC 5092) has of a secret: the password behind the user's name, if there is
 * one, and the token behind URLAUTH=. Returns what follows it. */
static struct helo_slice behind_url(struct smtp_session *session, struct helo_slice argument)
{
    struct helo_slice url = slice_word(&argument);
    const uint8_t *at = url.len > 0 ? memchr(url.ptr, '@', url.len) : NULL;
    size_t colon = at != NULL ? (size_t)(at - url.ptr) : 0;
    while (colon > 0 && url.ptr[colon - 1] != ':' && url.ptr[colon - 1] != '/')
        colon--;
    if (colon > 0 && url.ptr[colon - 1] == ':')
        secrets_add(&session->secrets,
                    (struct helo_slice){url.ptr + colon, (size_t)(at - url.ptr) - colon});
    while (url.len > 0 && !slice_has_prefix(url, ";URLAUTH=")) {
        url.ptr++;
        url.len--;
    }
    secrets_add(&session->secrets, url);
    while (argument.len > 0 && (argument.ptr[0] == ' ' || argument.ptr[0] == '\t')) {
        argument.ptr++;
        argument.len--;
    }
    return argument;
}

/* What a command's line has behind the verb, as it may be told. A client may repeat there what it
 * has sent as a secret: that is masked, but in a strict command, where most words are names, only
 * all of it, and the values that it made up. Of BURL nothing is kept but LAST: its URL may have a
 * password or a token in it (RFC 4467). */
static struct helo_slice told_argument(struct smtp_session *session, enum verb verb,
                                       struct helo_slice argument)
{
    struct smtp_shared *shared = session->shared;
    if (verb == VERB_BURL)
        argument = behind_url(session, argument);
    if (!secrets_any(&session->secrets))
        return argument;
    struct helo_slice masked =
        secrets_mask(&session->secrets, argument, false, shared->scratch, sizeof(shared->scratch));
    bool strict = verb_is_strict(verb, argument);
    bool is_number = verb == VERB_BDAT || verb == VERB_XEXCH50;
    /* Without an AUTH, what is remembered may be the rest of such a command behind a gap. */
    bool is_secret = session->has_secret && values_is_stars(masked) && !is_number &&
                     !secrets_hides_all(&session->secrets);
    return is_secret || !strict ? masked : values_mask(session, argument);
}

/* Keeps what may be told of an argument. Returned is what of it is to be acted on: addresses and
 * values as they may be told, numbers as they are. */
static struct helo_slice take_argument(struct smtp_session *session, struct exchange *exchange,
                                       enum verb verb, struct helo_slice argument)
{
    names_find(session, argument);
    struct helo_slice told = told_argument(session, verb, argument);
    if (exchange->count == 1) {
        exchange->has_argument = told.len > 0;
        exchange_keep(&session->queue, session->shared->mem, exchange, told);
    }
    return verb == VERB_BDAT || verb == VERB_BURL ? argument : told;
}

void command_line(struct smtp_session *session, const struct line *line,
                  const struct stream_chunk *chunk, uint64_t end)
{
    struct helo_slice token, rest;
    if (!smtp_is_whole(session))
        return; /* there was no memory for the line */
    pairing_client_speaks(session, chunk->acked);
    enum verb verb = verb_parse(line->text, &token, &rest);
    bool strict = verb_is_strict(verb, rest) || rest.len == 0; /* a verb alone tells nothing */
    if (!begins_auth(verb))
        values_note(session, rest);
    if (verb == VERB_OTHER || (!strict && (session->unknown_hidden || session->spilling))) {
        bool hidden = session->unknown_hidden || session->spilling;
        unknown_line(session, line, chunk, end);
        if (!hidden)
            odd_command_line(session, verb, rest, line, chunk->time);
        return;
    }
    session->spoke_smtp = true;
    session->unknown_hidden = false;
    if (session->state == CLIENT_COMMAND)
        session->auth_open = false; /* its last reply was not captured, if it was open */
    session->spilling = session->spilling && !strict;
    summary_count_command(session, verb);
    if (begins_auth(verb) && (line->oddities & LINE_OVERLONG) != 0)
        secrets_mask_everything(&session->secrets);
    struct exchange *exchange = command_queue(session, EXCHANGE_COMMAND, verb, chunk, end);
    if (exchange == NULL)
        return;
    odd_command_line(session, verb, rest, line, chunk->time);
    if (!begins_auth(verb) && rest.len > 0)
        rest = take_argument(session, exchange, verb, rest);
    take_verb(session, exchange, verb, rest);
}

void command_fragment(struct smtp_session *session, const struct line *line, bool alone)
{
    struct helo_slice token, rest;
    enum verb verb = verb_parse(line->text, &token, &rest);
    if (begins_auth(verb)) {
        struct helo_slice mechanism = slice_word(&rest);
        if (!auth_may_tell(session, mechanism))
            secrets_add_words(&session->secrets, mechanism);
        if ((line->oddities & LINE_OVERLONG) != 0)
            secrets_mask_everything(&session->secrets);
        secrets_add_words(&session->secrets, rest);
        session->has_secret = true;
        return;
    }
    values_note(session, rest);
    session->has_secret |= has_credentials(token, rest);
    if (verb_is_strict(verb, rest))
        return;
    if (alone)
        note_hidden(session, line);
    else
        secrets_add_text(&session->spilt, line->text);
}

void command_response(struct smtp_session *session, const struct line *line,
                      const struct stream_chunk *chunk, uint64_t end)
{
    pairing_client_speaks(session, chunk->acked);
    struct exchange *exchange = command_queue(session, EXCHANGE_RESPONSE, VERB_OTHER, chunk, end);
    session->unknown_hidden = true;
    client_enter(session, CLIENT_AWAIT_AUTH);
    notice_turn(session, TURN_SERVER, HELO_PHASE_AUTH, chunk->time);
    if (exchange != NULL && exchange->count == 1)
        exchange->guessed = session->response_guessed;
    note_response(session, line);
    if (session->response_guessed)
        secrets_add_words(&session->secrets, line->text);
    if (session->response_guessed) {
        auth_gap(session); /* it may be no response at all */
    } else {
        auth_response(session, line->text, chunk->time);
    }
    session->response_guessed = false;
}
