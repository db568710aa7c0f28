/* Which reply answers which command: in order, checked by acknowledgement numbers, and silent where
 * a gap in the capture leaves it open. */
#include "smtp/session.h"

/* A FIN that was acknowledged but not yet delivered counts as one octet. */
#define FIN_OCTET 1

static bool announces_close(uint16_t code)
{
    return code == 221 || code == 421;
}

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
    struct exchange *last = NULL;
    for (struct exchange *e = session->queue.first; e != NULL && e->end <= acked; e = e->next)
        last = e;
    if (last == NULL || last->kind == EXCHANGE_HIDDEN || last->count > 1 ||
        acked - last->end > FIN_OCTET || !is_anchored(last, code))
        return NULL;
    while (session->queue.first != last)
        pairing_drop_first(session, true);
    session->ambiguous = false;
    session->server_gap_open = false;
    session->commands_hidden = false;
    return last;
}

/* After a gap in the server's octets the one command outstanding is answered by what follows only
 * if the server had received nothing after it; a close may be announced without any command. */
static bool answers_after_gap(const struct exchange *first, uint16_t code, uint64_t acked)
{
    return first->next == NULL && first->count == 1 && first->end == acked &&
           (!announces_close(code) || first->verb == VERB_QUIT);
}

struct exchange *pairing_find(struct smtp_session *session, const struct helo_reply *reply,
                              uint64_t acked, bool *hidden)
{
    struct exchange *first = session->queue.first;
    bool unsure = session->ambiguous || session->server_gap_open ||
                  (first != NULL && first->kind == EXCHANGE_HIDDEN);

    *hidden = false;
    if (!unsure && first != NULL && first->end <= acked) {
        if (session->gap_count == 0 || is_plausible(first, reply->code))
            return first;
        session->ambiguous = unsure = true;
    }
    if (unsure && first != NULL) {
        struct exchange *anchor = find_anchor(session, reply->code, acked);
        if (anchor != NULL)
            return anchor;
        if (!session->ambiguous && first->kind != EXCHANGE_HIDDEN && !session->commands_hidden &&
            answers_after_gap(first, reply->code, acked))
            return first;
    }
    /* Unasked, unless it answers what was not captured. */
    *hidden = unsure || acked > session->client_offset || session->commands_hidden ||
              session->state == CLIENT_UNSYNCED;
    return NULL;
}

void pairing_drop_first(struct smtp_session *session, bool lost)
{
    struct exchange *exchange = exchange_shift(&session->queue);
    struct transaction *transaction = exchange->transaction;

    if (exchange->kind != EXCHANGE_HIDDEN) {
        for (; exchange->count > 0; exchange->count--)
            emit_exchange(session, exchange, NULL, exchange->time, lost);
        if (lost && exchange->verb == VERB_QUIT)
            session->quit_reply_lost = true;
        if (lost && exchange->verb == VERB_MAIL)
            open_doubt(session, transaction);
    }
    if (transaction != NULL) {
        transaction->outstanding--;
        transaction->gap |= lost;
        open_settle(session, transaction);
    }
    exchange_free(session->shared->mem, exchange);
}

static void drop_up_to(struct smtp_session *session, uint32_t number)
{
    while (session->queue.first != NULL && session->queue.first->number <= number)
        pairing_drop_first(session, true);
}

void pairing_client_speaks(struct smtp_session *session, uint64_t acked)
{
    if (session->server_gap_open && acked >= session->server_gap_end) {
        session->server_gap_open = false;
        session->ambiguous = false;
        drop_up_to(session, session->gap_mark);
    }
    /* The client has heard all that the server said, and that was said after the hidden part. */
    if (session->commands_hidden && acked >= session->server_offset &&
        session->last_reply_acked >= session->hidden_end) {
        session->commands_hidden = false;
        drop_up_to(session, session->next_number);
    }
}

/* The last outstanding exchange that was sent before the gap's octets were received, 0: none. */
static uint32_t last_before_gap(const struct smtp_session *session, uint64_t gap_end)
{
    uint32_t number = 0;
    for (const struct exchange *e = session->queue.first; e != NULL && e->acked < gap_end;
         e = e->next)
        number = e->number + e->count - 1;
    return number;
}

void pairing_server_gap(struct smtp_session *session, uint64_t end)
{
    uint32_t before = last_before_gap(session, end);
    const struct exchange *last = session->queue.last;
    session->greeted = true;
    session->reply_cut = true;
    session->await_lost = true;
    session->server_offset = end;
    session->last_gap_end[HELO_SERVER] = end;
    line_reset(&session->server_line, session->shared->mem);
    reply_reset(&session->reply, session->shared->mem);
    if (session->queue.first != NULL && last->acked >= end) {
        drop_up_to(session, before); /* the client went on after what the gap hides */
        return;
    }
    session->server_gap_open = true;
    session->server_gap_end = end;
    session->gap_mark = session->next_number;
    session->ambiguous |= session->queue.first != NULL &&
                          (session->queue.first->next != NULL || session->queue.first->count > 1);
}

void pairing_client_gap(struct smtp_session *session, uint64_t end, helo_time time)
{
    struct stream_chunk nothing = {.time = time};
    session->commands_hidden = true;
    session->hidden_end = end;
    command_queue(session, EXCHANGE_HIDDEN, VERB_OTHER, &nothing, end);
}
