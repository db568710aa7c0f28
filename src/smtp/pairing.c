/* Which reply answers which command: in order, checked by acknowledgement numbers, and silent where
 * a gap in the capture leaves it open. */
#include "smtp/session.h"

static bool announces_close(uint16_t code)
{
    return code == 221 || code == 421;
}

struct exchange *pairing_find(struct smtp_session *session, const struct helo_reply *reply,
                              uint64_t acked, bool *hidden)
{
    struct exchange *first = session->queue.first;

    *hidden = true;
    if (session->ambiguous || (first != NULL && first->kind == EXCHANGE_HIDDEN))
        return NULL;
    if (first == NULL || first->end > acked) {
        /* Unasked, unless it answers what was not captured. */
        *hidden = acked > session->client_offset || session->commands_hidden ||
                  session->server_gap_open || session->state == CLIENT_UNSYNCED;
        return NULL;
    }
    if (session->server_gap_open && announces_close(reply->code) && first->verb != VERB_QUIT)
        return NULL;
    *hidden = false;
    return first;
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
        drop_up_to(session, session->hidden_mark);
    }
}

void pairing_server_gap(struct smtp_session *session, uint64_t end)
{
    uint32_t outstanding = 0;
    for (const struct exchange *e = session->queue.first; e != NULL && outstanding < 2; e = e->next)
        outstanding += e->count;
    session->greeted = true;
    session->server_gap_open = true;
    session->server_gap_end = end;
    session->gap_mark = session->next_number;
    session->ambiguous |= outstanding > 1;
    session->reply_cut = true;
    session->await_lost = true;
    session->server_offset = end;
    line_reset(&session->server_line, session->shared->mem);
    reply_reset(&session->reply, session->shared->mem);
}

void pairing_client_gap(struct smtp_session *session, uint64_t end, helo_time time)
{
    session->commands_hidden = true;
    session->hidden_end = end;
    session->hidden_mark = session->next_number;
    if (session->last_reply_acked >= end)
        return; /* what was hidden has been answered already */
    struct stream_chunk nothing = {.time = time};
    if (command_queue(session, EXCHANGE_HIDDEN, VERB_OTHER, &nothing, end) != NULL)
        session->hidden_mark = session->next_number;
}
