/* The transactions that are open: the client's current one and those that wait for replies. */
#include "smtp/session.h"

struct transaction *open_current(const struct smtp_session *session)
{
    return session->current;
}

static void unlink_transaction(struct smtp_session *session, struct transaction *transaction)
{
    struct transaction *previous = transaction->previous;
    struct transaction *next = transaction->next;
    *(previous != NULL ? &previous->next : &session->transactions) = next;
    *(next != NULL ? &next->previous : &session->last_transaction) = previous;
    session->transaction_count--;
    if (session->current == transaction)
        session->current = NULL;
}

/* Deeper pipelining than any honest client's: the oldest is reported as it stands. Its exchanges
 * find out when they are answered, so that nobody has to look for them. */
static void make_room(struct smtp_session *session)
{
    struct transaction *oldest = session->transactions;
    if (session->transaction_count < LIMIT_OPEN_TRANSACTIONS)
        return;
    oldest->client_done = true;
    oldest->gap = true;
    session->uncertain = true;
    unlink_transaction(session, oldest);
    emit_message(session, oldest, false);
}

struct transaction *open_begin(struct smtp_session *session, helo_time time)
{
    make_room(session);
    uint32_t limit = session->transaction_count < LIMIT_ROOMY_TRANSACTIONS
                         ? LIMIT_TRANSACTION_TEXT
                         : LIMIT_NARROW_TRANSACTION_TEXT;
    struct transaction *transaction =
        transaction_new(session->shared->mem, session->messages_attempted, time, limit);
    if (transaction == NULL) {
        session->failed = true;
        return NULL;
    }
    struct transaction *last = session->last_transaction;
    transaction->previous = last;
    *(last != NULL ? &last->next : &session->transactions) = transaction;
    session->last_transaction = transaction;
    session->transaction_count++;
    session->current = transaction;
    return transaction;
}

void open_leave(struct smtp_session *session)
{
    if (session->current != NULL)
        session->current->client_done = true;
    session->current = NULL;
}

/* Those before an accepted MAIL can't go on: the server has given them up. */
void open_replace(struct smtp_session *session, const struct transaction *transaction)
{
    struct transaction *next;
    for (struct transaction *t = session->transactions; t != NULL && t != transaction; t = next) {
        next = t->next;
        t->client_done = true;
        open_settle(session, t);
    }
}

/* After a refused MAIL an earlier transaction may still be open at the server. */
void open_fall_back(struct smtp_session *session, struct transaction *transaction)
{
    struct transaction *open = NULL;
    if (session->current != transaction || transaction->recipient_total > 0)
        return;
    for (struct transaction *t = session->transactions; t != transaction; t = t->next) {
        if (!t->client_done && t->mail_accepted)
            open = t;
    }
    if (open == NULL) {
        open_doubt(session, transaction);
        return;
    }
    transaction->client_done = true;
    session->current = open;
}

void open_doubt(struct smtp_session *session, struct transaction *transaction)
{
    bool older = session->midstream || session->last_gap_end[HELO_CLIENT] != 0;
    if (transaction == NULL)
        return;
    for (struct transaction *t = session->transactions; t != NULL && t != transaction;
         t = t->next) {
        if (t->client_done || t->mail_refused)
            continue;
        t->gap = t->client_done = older = true;
    }
    if (!older)
        return;
    transaction->torn |= !transaction->mail_refused;
    if (transaction == session->current)
        open_leave(session);
}

void open_settle(struct smtp_session *session, struct transaction *transaction)
{
    if (transaction->outstanding > 0 || (!transaction->over && !transaction->client_done))
        return;
    unlink_transaction(session, transaction);
    emit_message(session, transaction, false);
}
