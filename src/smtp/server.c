/* The server's side: replies out of its octets, each to the exchange that it answers. */
#include <string.h>

#include "smtp/session.h"

#define TLS_HEAD   3 /* octets that tell a record of TLS */
#define REPLY_HEAD 4 /* octets that tell a reply: its code, and no fourth digit */

/* RFC 5321 section 3.1: the first reply of a connection is nobody's answer. */
static void take_greeting(struct smtp_session *session, const struct helo_reply *reply,
                          helo_time time)
{
    session->greeting_code = reply->code;
    if (!session->midstream && session->reply_first >= session->start) {
        session->has_first_reply = true;
        session->first_reply = session->reply_first - session->start;
    }
    text_set(session->shared->mem, &session->banner, reply->text, LIMIT_STRING_KEPT);
    emit_exchange(session, NULL, reply, time, false);
    session->greeted = true;
    session->last_reply_end = session->server_offset;
    odd_greeting(session, time);
}

/* Is the first reply the greeting, or did none come and it answers a command? 220 greets, unless it
 * answers one of the three commands that have it; other 2xx and 3xx answer what they acknowledge.
 */
static bool is_greeting(const struct smtp_session *session, uint16_t code)
{
    const struct exchange *first = session->queue.first;
    if (session->greeted || session->reply_offset != 0)
        return false;
    bool answers = first != NULL && first->end <= session->reply_acked;
    bool may_be_220 = answers && (first->verb == VERB_STARTTLS || first->verb == VERB_XCLIENT ||
                                  first->verb == VERB_X_ANONYMOUSTLS);
    if (code == 220)
        return !may_be_220;
    return !session->midstream && (!answers || code >= 400);
}

/* The server answers content whose end is not CRLF . CRLF: either it takes less for the end, or the
 * end is in a gap. */
static void end_content_by_reply(struct smtp_session *session, const struct stream_chunk *chunk,
                                 uint16_t code)
{
    struct transaction *transaction = open_current(session);
    bool gap = transaction != NULL ? transaction->gap : session->content_cut;
    if (session->state != CLIENT_CONTENT || code == 421 ||
        session->reply_acked <= session->content_from ||
        (session->queue.first != NULL && session->queue.first->end <= session->reply_acked))
        return;
    bool lenient =
        content_ends_leniently(&session->content) && session->reply_acked >= session->client_offset;
    if (!lenient && !gap)
        return;
    if (lenient)
        content_end_leniently(&session->content);
    session->odd.lenient_end = lenient;
    struct stream_chunk end = *chunk;
    /* Of content that is lost as a whole nobody knows when it was sent: no latency is told of what
     * was sent after its reply. */
    end.time = session->content_time != HELO_NO_TIME ? session->content_time : chunk->time + 1;
    end.acked = session->reply_offset; /* the client had heard all before this reply */
    client_end_content(session, &end, session->reply_acked);
    session->content_cut = false;
    if (!lenient) {
        session->commands_hidden = true;
        session->hidden_end = session->client_offset;
        client_enter(session, CLIENT_UNSYNCED);
    }
}

/* The server has had more of the client than was read: lines that wait for this reply, or that come
 * late. One octet may be a FIN. Where nothing of the client is captured, nothing can be known. */
static bool may_repeat_unread(const struct smtp_session *session, uint64_t acked, bool early)
{
    if (session->client_offset == 0)
        return early && session->unknown_hidden;
    return early || acked > session->client_offset + 1;
}

/* A reply's text as it may be told. Every reply passes here before anything is done with it, so
 * what is learnt from it and kept has no secret in it either. Where the line that it may repeat was
 * not captured, or comes later, nothing of the text is told. */
static struct helo_slice without_secrets(struct smtp_session *session, struct helo_slice text,
                                         bool challenge, const struct stream_chunk *chunk)
{
    uint8_t *scratch = session->shared->scratch;
    size_t size = sizeof(session->shared->scratch);
    client_note_begun(session);
    session->secrets.veil =
        session->veiled || may_repeat_unread(session, session->reply_acked, chunk->early);
    text = secrets_mask(&session->secrets, text, challenge, scratch, size);
    return secrets_mask(&session->spilt, text, challenge, scratch, size);
}

static void take_reply(struct smtp_session *session, const struct helo_reply *heard,
                       const struct stream_chunk *chunk)
{
    struct helo_reply masked = *heard;
    const struct helo_reply *reply = &masked;
    masked.text = without_secrets(session, heard->text, heard->code == 334, chunk);
    session->challenge = heard->text;
    session->spoke_smtp = true;
    session->auth_failed_before = session->auth_failed;
    session->auth_failed = false;
    summary_count_reply(session, reply->code);
    if (is_greeting(session, reply->code)) {
        take_greeting(session, reply, chunk->time);
    } else {
        bool hidden = false;
        session->greeted = true;
        end_content_by_reply(session, chunk, reply->code);
        session->reply_time = chunk->time;
        notice_late_reply(session, reply);
        struct exchange *exchange = pairing_find(session, reply, session->reply_acked, &hidden);
        if (exchange != NULL) {
            session->last_reply_end = session->server_offset;
            answer(session, exchange, reply);
        } else {
            answer_unasked(session, reply, hidden);
        }
    }
    session->challenge = (struct helo_slice){NULL, 0};
    session->secrets.veil = false;
    session->reply_cut = false;
    session->last_code = reply->code;
    if (session->reply_acked > session->last_reply_acked)
        session->last_reply_acked = session->reply_acked;
    client_resync(session, reply->code, session->reply_acked);
}

static void take_line(struct smtp_session *session, const struct line *line,
                      const struct stream_chunk *chunk)
{
    struct helo_reply reply;
    unsigned oddities = 0;
    uint16_t code = reply_code_of(line->text);
    if (!smtp_is_whole(session))
        return; /* there was no memory for the line */
    /* A greeting may be left unfinished for a client that did not wait for it. */
    if (!session->greeted && session->reply.open && code != 0 && code != session->reply.code &&
        reply_break_off(&session->reply, &reply)) {
        take_reply(session, &reply, chunk);
        session->reply_offset = session->server_offset;
        session->reply_first = chunk->time;
        session->reply_acked = chunk->acked;
    }
    bool complete =
        reply_parse(&session->reply, session->shared->mem, line->text, &reply, &oddities);
    if (odd_is_reply_line(line, oddities)) {
        struct helo_slice told = without_secrets(session, line->text, false, chunk);
        odd_reply_line(session, line, told, oddities, chunk->time);
        session->secrets.veil = false;
    }
    if (!complete || !smtp_is_whole(session))
        return;
    take_reply(session, &reply, chunk);
    if (session->reply.text.size >
        0) /* an idle session needs no room for another one of its like */
        reply_reset(&session->reply, session->shared->mem);
}

/* The first octets of what is at hand, in head: those that came before the chunk, and its own. */
static size_t join_head(uint8_t *head, size_t size, struct helo_slice before,
                        const struct stream_chunk *chunk)
{
    size_t more = chunk->len < size - before.len ? chunk->len : size - before.len;
    if (before.len > 0)
        memcpy(head, before.ptr, before.len);
    memcpy(head + before.len, chunk->data, more);
    return before.len + more;
}

/* TLS without a STARTTLS that was seen: implicit, and the client is not captured. However small the
 * segments are, the server's first octets tell, and where some are missing those of any line: they
 * wait for its end. */
static void notice_tls(struct smtp_session *session, const struct stream_chunk *chunk)
{
    uint8_t head[TLS_HEAD];
    struct helo_slice before = text_slice(&session->server_line.kept);
    if (session->server_line.length == 0)
        before.len = 0;
    if (session->spoke_smtp || before.len >= sizeof(head) ||
        before.len != session->server_line.length)
        return;
    if (chunk->offset != before.len && session->gap_count == 0 && !session->midstream)
        return;
    size_t kept = before.len;
    if (join_head(head, sizeof(head), before, chunk) < sizeof(head) || head[0] < 20 ||
        head[0] > 23 || head[1] != 3 || head[2] > 4)
        return;
    client_enter(session, CLIENT_TLS);
    tls_octets(session, HELO_SERVER, (struct helo_slice){head, kept}, chunk->time);
}

/* The client began TLS on a port where the server speaks in clear: nothing was encrypted. What the
 * server said before the chunk stands in the head of a record that never came. */
static void refuse_tls(struct smtp_session *session, const struct stream_chunk *chunk)
{
    const struct tls_reader *reader = &session->tls_watch.side[HELO_SERVER].reader;
    uint8_t head[sizeof(reader->header)];
    struct helo_slice before = {reader->header, reader->have};
    if (chunk->offset != before.len || session->starttls_code == 220)
        return;
    struct helo_slice start = {head, join_head(head, sizeof(head), before, chunk)};
    if (start.len < REPLY_HEAD || reply_code_of(start) == 0)
        return;
    struct line line;
    bool whole;
    session->tls = false;
    session->greeted = false;
    client_enter(session, CLIENT_COMMAND);
    if (before.len > 0)
        line_read(&session->server_line, session->shared->mem, head, before.len, LIMIT_REPLY_LINE,
                  &line, &whole);
    session->reply_first = chunk->time;
    session->reply_idle = chunk->time - session->last_activity;
    session->reply_acked = chunk->acked;
    tls_refused(session, chunk->time);
}

static bool client_waits(const struct smtp_session *session)
{
    return session->state == CLIENT_AWAIT_DATA || session->state == CLIENT_AWAIT_AUTH ||
           session->state == CLIENT_AWAIT_TLS;
}

/* Between its 220 to STARTTLS and the client's hello a server has nothing to say. Told once a line,
 * at its beginning. */
static void notice_injected(struct smtp_session *session, const struct stream_chunk *chunk,
                            size_t at)
{
    struct fact_irregularity what = {.what = IRREGULAR_INJECTED, .side = HELO_SERVER};
    bool first = chunk->data[at] >= 20 && chunk->data[at] <= 24; /* a record after all */
    if (session->state == CLIENT_TLS_OR_NOT && session->server_line.length == 0 && !first &&
        session->gap_count == 0 && !session->careful && !session->midstream)
        notice_irregularity(session, &what, chunk->time);
}

size_t server_bytes(struct smtp_session *session, const struct stream_chunk *chunk)
{
    if (session->state == CLIENT_TLS)
        refuse_tls(session, chunk);
    else
        notice_tls(session, chunk);
    session->careful |= chunk->early; /* what it answers may come late, and its own reply later */
    size_t at = 0;
    while (at < chunk->len && session->state != CLIENT_TLS) {
        struct line line;
        bool whole;
        notice_injected(session, chunk, at);
        if (session->server_line.length == 0 && !session->reply.open) {
            session->reply_first = chunk->time;
            session->reply_idle = chunk->time - session->last_activity;
            session->reply_offset = chunk->offset + at;
            session->reply_acked = chunk->acked;
        }
        at += line_read(&session->server_line, session->shared->mem, chunk->data + at,
                        chunk->len - at, LIMIT_REPLY_LINE, &line, &whole);
        session->server_offset = chunk->offset + at;
        bool waited = client_waits(session);
        if (whole)
            take_line(session, &line, chunk);
        if (session->failed)
            return chunk->len;
        if (waited && !client_waits(session) && session->state != CLIENT_TLS)
            return at; /* what the client has sent meanwhile comes before the next reply */
    }
    if (at < chunk->len)
        tls_octets(session, HELO_SERVER, (struct helo_slice){chunk->data + at, chunk->len - at},
                   chunk->time);
    session->server_offset = chunk->offset + chunk->len;
    return chunk->len;
}
