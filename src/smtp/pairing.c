/* Which reply answers which command: in order, checked by acknowledgement numbers. Once octets that
 * may have held a command or a reply are missing, order is no longer enough: then the numbers must
 * be exact, until a reply comes that only one command can have. */
#include "smtp/session.h"

/* A FIN that was acknowledged but not yet delivered counts as one octet. */
#define FIN_OCTET 1

/* Replies that only one kind of command has, and only as the last of its group (RFC 2920 section
 * 3.1): they tell where the dialogue is whatever was lost before. */
static bool is_anchored(const struct exchange *exchange, uint16_t code)
{
    bool auth = exchange->verb == VERB_AUTH || exchange->kind == EXCHANGE_RESPONSE;
    return (code == 354 && exchange->verb == VERB_DATA) ||
           (code == 221 && exchange->verb == VERB_QUIT) || (code == 235 && auth);
}

/* Could a server of good sense mean this reply for this exchange? Only asked where octets are
 * missing: there, what makes no sense has been paired wrongly. */
static bool is_plausible(const struct exchange *exchange, uint16_t code)
{
    bool auth = exchange->verb == VERB_AUTH || exchange->kind == EXCHANGE_RESPONSE ||
                exchange->kind == EXCHANGE_UNKNOWN;
    bool greets = exchange->verb == VERB_STARTTLS || exchange->verb == VERB_XCLIENT ||
                  exchange->verb == VERB_X_ANONYMOUSTLS;
    switch (code) {
    case 220:
        return greets;
    case 221:
        return exchange->verb == VERB_QUIT;
    case 334:
    case 235:
    case 535:
        return auth;
    case 354:
        return exchange->verb == VERB_DATA;
    default:
        break;
    }
    bool final = code / 100 == 2;
    return !final ||
           !(greets || auth || exchange->verb == VERB_QUIT || exchange->verb == VERB_DATA);
}

/* The last exchange that the reply can answer, if the reply is an anchor for it. */
static struct exchange *find_anchor(struct smtp_session *session, uint16_t code, uint64_t acked)
{
    struct exchange *last = exchange_heard(&session->queue, acked);
    if (last == NULL || last->count > 1 || last->mixed || acked - last->end > FIN_OCTET ||
        !is_anchored(last, code))
        return NULL;
    while (session->queue.first != last)
        pairing_drop_first(session, true);
    if (session->hidden_end > acked)
        return last; /* what is hidden comes after it */
    session->careful = false;
    session->commands_hidden = false;
    return last;
}

/* Strictly one after the other: the client had heard all before this reply when it sent its only
 * outstanding line, and the server had received just that line, and not when it spoke before. A
 * close may be announced unasked. */
static bool is_exact(const struct smtp_session *session, const struct exchange *first,
                     uint16_t code, uint64_t acked)
{
    return !session->commands_hidden && first->next == NULL && first->count == 1 && !first->mixed &&
           first->end <= acked && acked - first->end <= FIN_OCTET &&
           first->acked == session->reply_offset && session->last_reply_acked < first->end &&
           is_plausible(first, code) && (code != 421 || first->verb == VERB_QUIT);
}

struct exchange *pairing_find(struct smtp_session *session, const struct helo_reply *reply,
                              uint64_t acked, bool *hidden)
{
    struct exchange *first = session->queue.first;
    bool outstanding = first != NULL && first->end <= acked;

    /* The client had heard this before it sent that: one of both is a copy that was sent later. */
    if (outstanding && first->acked >= session->server_offset)
        session->careful = true;

    *hidden = false;
    if (outstanding && !session->careful)
        return first;
    if (outstanding) {
        struct exchange *anchor = find_anchor(session, reply->code, acked);
        if (anchor != NULL)
            return anchor;
        if (is_exact(session, first, reply->code, acked))
            return first;
    }
    /* Unasked, unless it answers what was not captured. */
    *hidden = outstanding || acked > session->client_offset || session->commands_hidden ||
              session->state == CLIENT_UNSYNCED;
    return NULL;
}

void pairing_drop_first(struct smtp_session *session, bool lost)
{
    struct exchange *exchange = exchange_shift(&session->queue);
    struct transaction *transaction = exchange_transaction(exchange);

    odd_unanswered(session, exchange, lost);
    for (; exchange->count > 0; exchange->count--, exchange->number++)
        emit_exchange(session, exchange, NULL, exchange->time, lost);
    if (lost && (exchange->verb == VERB_AUTH || exchange->kind == EXCHANGE_RESPONSE))
        auth_gap(session);
    bool hello =
        exchange->verb == VERB_EHLO || exchange->verb == VERB_HELO || exchange->verb == VERB_LHLO;
    if (lost && hello && session->helo_verb == VERB_OTHER)
        answer_name(session, exchange);
    if (lost && exchange->verb == VERB_QUIT)
        session->quit_reply_lost = true;
    if (lost && exchange->verb == VERB_MAIL)
        open_doubt(session, transaction);
    exchange_free(session->shared->mem, exchange);
    if (transaction != NULL) {
        transaction->gap |= lost;
        open_settle(session, transaction);
    }
}

void pairing_client_speaks(struct smtp_session *session, uint64_t acked)
{
    if (!session->careful)
        return;
    /* The client has heard something since it sent these: what, was not captured. */
    while (session->queue.first != NULL && session->queue.first->acked < acked)
        pairing_drop_first(session, true);
    /* It has heard all that the server said, and that was said after the hidden part. */
    if (acked >= session->server_offset && session->last_reply_acked >= session->hidden_end)
        session->commands_hidden = false;
}

void pairing_server_gap(struct smtp_session *session, uint64_t end)
{
    session->careful = true;
    auth_gap(session);
    session->greeting_hidden |= !session->greeted;
    session->greeted = true;
    session->reply_cut = true;
    session->await_lost = true;
    session->server_offset = end;
    session->last_gap_end[HELO_SERVER] = end;
    line_reset(&session->server_line, session->shared->mem);
    reply_reset(&session->reply, session->shared->mem);
}

void pairing_client_gap(struct smtp_session *session, uint64_t end)
{
    session->careful = true;
    auth_gap(session);
    session->commands_hidden = true;
    session->hidden_end = end;
}
