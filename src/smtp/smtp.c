/* The dialogue's face: the stream's callbacks, its beginning and its end. */
#include "smtp/smtp.h"

#include <string.h>

#include "smtp/session.h"

size_t smtp_size(void)
{
    return sizeof(struct smtp_session);
}

struct smtp_session *smtp_init(void *memory, struct smtp_shared *shared, void *context,
                               const struct smtp_start *start)
{
    struct smtp_session *session = memory;
    memset(session, 0, sizeof(*session));
    session->shared = shared;
    session->context = context;
    session->start = start->time;
    session->activity = session->last_activity = start->time;
    session->reply_time = start->time;
    session->server_port = start->server_port;
    session->midstream = start->midstream;
    session->secrets.mem = session->spilt.mem = session->tls_watch.mem = shared->mem;
    session->trusted_proxy = start->trusted_proxy;
    session->odd_port = start->odd_port;
    if (start->proxy_kind.len > 0)
        session->proxied = mem_take_zero(shared->mem, sizeof(*session->proxied));
    if (session->proxied != NULL) {
        session->proxied->kind = start->proxy_kind;
        text_set(shared->mem, &session->proxied->target, start->proxy_target, LIMIT_STRING_KEPT);
    }
    proxy_learn_login(session, &start->proxy_login);
    session->unknown_hidden = start->midstream;
    session->commands_hidden = start->midstream;
    session->state = start->midstream ? CLIENT_UNSYNCED : CLIENT_START;
    return session;
}

void smtp_close(struct smtp_session *session)
{
    struct mem *mem = session->shared->mem;
    exchange_clear(&session->queue, mem);
    auth_free(session);
    secrets_free(&session->secrets);
    secrets_free(&session->spilt);
    tls_release(&session->tls_watch);
    while (session->transactions != NULL) {
        struct transaction *first = session->transactions;
        session->transactions = first->next;
        transaction_free(mem, first);
    }
    line_reset(&session->client_line, mem);
    line_reset(&session->server_line, mem);
    reply_reset(&session->reply, mem);
    if (session->proxied != NULL) {
        text_free(mem, &session->proxied->target);
        mem_give(mem, session->proxied, sizeof(*session->proxied));
    }
    text_free(mem, &session->banner);
    text_free(mem, &session->helo);
    text_free(mem, &session->capabilities);
    text_free(mem, &session->quit_text);
    if (session->announcement != NULL)
        text_free(mem, &session->announcement->text);
    mem_give(mem, session->announcement, sizeof(*session->announcement));
    mem_give(mem, session->replies, session->reply_size * sizeof(*session->replies));
    if (session->latencies != NULL)
        mem_give(mem, session->latencies, session->latency_room * sizeof(*session->latencies));
}

bool smtp_has_failed(const struct smtp_session *session)
{
    return session->failed;
}

bool smtp_is_whole(struct smtp_session *session)
{
    if (mem_failures(session->shared->mem) != session->shared->failures)
        session->failed = true;
    return !session->failed;
}

void smtp_told(struct smtp_session *session)
{
    session->shared->failures = mem_failures(session->shared->mem);
}

size_t smtp_bytes(void *context, enum helo_side side, const struct stream_chunk *chunk)
{
    struct smtp_session *session = context;
    smtp_told(session); /* what failed before this step */
    size_t taken = chunk->len;
    helo_time before = session->activity;

    if (session->failed)
        return taken;
    session->payload_seen = true;
    session->last_activity = session->activity;
    if (chunk->time > session->activity)
        session->activity = chunk->time;
    if (chunk->offset < SMTP_OPENING && session->shared->sink.opening != NULL)
        session->shared->sink.opening(session->context, side, chunk);
    if (side == HELO_SERVER)
        taken = server_bytes(session, chunk);
    else
        taken = client_bytes(session, chunk);
    if (!smtp_is_whole(session))
        return chunk->len;
    if (side == HELO_CLIENT)
        notice_line(session, chunk->time);
    if (taken == 0)
        session->activity = before; /* it will come again */
    return taken;
}

void smtp_gap(void *context, enum helo_side side, uint64_t offset, uint64_t len, helo_time time)
{
    (void)time;
    struct smtp_session *session = context;
    smtp_told(session);
    session->gap_count++;
    session->gap_bytes += len;
    if (session->failed)
        return;
    if (side == HELO_CLIENT) {
        client_gap(session, offset, len);
    } else if (session->state == CLIENT_TLS) {
        tls_gap(session, HELO_SERVER, len);
    } else {
        pairing_server_gap(session, offset + len);
    }
    (void)smtp_is_whole(session);
}

void smtp_end(void *context, enum helo_side side, enum stream_end how, helo_time time)
{
    struct smtp_session *session = context;
    session->ended[side] = true;
    /* A FIN is told when it is acknowledged: of two that crossed, the first may be told second. */
    bool first = how == STREAM_END_CROSSING && time < session->closed_at;
    if (session->has_closer && !first)
        return;
    session->has_closer = true;
    session->closer = side;
    session->closed_how = how == STREAM_END_RST ? STREAM_END_RST : STREAM_END_FIN;
    session->closed_at = time;
    session->closed_idle = time - session->activity;
    session->closed_phase = close_phase(session);
}

void smtp_resume(void *context, enum helo_side side)
{
    struct smtp_session *session = context;
    session->uncertain = true;
    session->ended[side] = false;
    if (!session->has_closer || session->closer != side)
        return;
    session->has_closer = session->ended[1 - side];
    session->closer = (enum helo_side)(1 - side);
}

void smtp_conflict(void *context, enum helo_side side, uint64_t offset, helo_time time)
{
    struct smtp_session *session = context;
    struct fact_irregularity what = {.what = IRREGULAR_CONFLICT, .side = side, .number = offset};
    session->uncertain = true;
    if (!session->failed)
        notice_irregularity(session, &what, time);
}

void smtp_unchecked(void *context, enum helo_side side, uint64_t offset, helo_time time)
{
    struct smtp_session *session = context;
    (void)side;
    (void)offset;
    (void)time;
    session->uncertain = true;
}

/* What is still outstanding will never be answered; a gap hides it if the capture, and not a peer,
 * ended first. */
static void drop_outstanding(struct smtp_session *session, const struct smtp_finish *finish)
{
    bool hidden =
        session->gap_count > 0 || session->careful || close_end_is_hidden(session, finish);
    while (session->queue.first != NULL)
        pairing_drop_first(session, hidden);
}

/* Content that was begun and never ended: as much of it as was sent. */
static void break_off_content(struct smtp_session *session)
{
    struct transaction *transaction = open_current(session);
    if (session->state != CLIENT_CONTENT || session->content.octets == 0)
        return;
    struct stream_chunk nothing = {.time = session->content_time};
    command_queue(session, EXCHANGE_CONTENT, VERB_OTHER, &nothing, session->client_offset);
    if (transaction != NULL && !transaction->gap) {
        transaction->has_size = true;
        transaction->size = session->content.octets - session->content.stuffed;
    }
}

static void finish_transactions(struct smtp_session *session, const struct smtp_finish *finish)
{
    bool cut_off = finish->cause != SMTP_CONNECTION_OVER || session->gap_count > 0 ||
                   close_hides(finish->unseen[HELO_SERVER]) ||
                   close_hides(finish->unseen[HELO_CLIENT]);
    while (session->transactions != NULL) {
        struct transaction *first = session->transactions;
        session->transactions = first->next;
        emit_message(session, first, cut_off);
    }
    session->current = session->last_transaction = NULL;
    session->transaction_count = 0;
}

/* Did the capture, and not a peer, end the AUTH exchange? */
static bool auth_is_hidden(const struct smtp_session *session, const struct smtp_finish *finish)
{
    return session->gap_count > 0 || close_end_is_hidden(session, finish) ||
           finish->cause == SMTP_CAPTURE_END || finish->cause == SMTP_EVICTED;
}

void smtp_finish(struct smtp_session *session, const struct smtp_finish *finish)
{
    struct smtp_finish end = *finish;
    struct helo_session facts = {0};
    if (session->finished)
        return;
    session->finished = true;
    smtp_told(session);
    if (session->failed)
        end.cause = SMTP_EVICTED;
    if (!session->payload_seen && session->gap_count == 0)
        return; /* nobody said anything: no session */
    if (session->has_closer && finish->cause == SMTP_CONNECTION_OVER)
        end.time = session->closed_at > session->activity ? session->closed_at : session->activity;
    /* Judge before the outstanding exchanges are dropped: they are what the close left open. */
    close_judge(session, &end, &facts);
    if (finish->unseen[HELO_CLIENT] > 0 && open_current(session) != NULL)
        open_current(session)->gap = true;
    break_off_content(session);
    drop_outstanding(session, finish);
    auth_break_off(session, auth_is_hidden(session, finish), end.time);
    finish_transactions(session, finish);
    tls_finish(session, session->gap_count == 0 && !close_end_is_hidden(session, finish), end.time);
    summary_emit(session, &end, &facts);
}
