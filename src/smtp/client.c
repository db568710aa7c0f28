/* The client's side: what its next octets are, by what the server last said. */
#include <string.h>

#include "base/bytes.h"
#include "smtp/session.h"

#define PROXY_V1_LINE   107
#define PROXY_V2_HEADER 16

static const uint8_t proxy_v2_signature[12] = "\r\n\r\n\0\r\nQUIT\n";

void client_enter(struct smtp_session *session, enum client_state state)
{
    session->state = state;
    if (state == CLIENT_AWAIT_DATA || state == CLIENT_AWAIT_AUTH || state == CLIENT_AWAIT_TLS)
        session->await_lost = false;
    if (state == CLIENT_TLS) {
        session->tls = true;
        session->greeted = true;
        line_reset(&session->client_line, session->shared->mem);
        line_reset(&session->server_line, session->shared->mem);
    }
    if (state == CLIENT_CONTENT) {
        struct transaction *transaction = open_current(session);
        content_start(&session->content);
        session->content_from = session->client_offset;
        session->content_time = HELO_NO_TIME;
        if (transaction != NULL)
            transaction->content_begun = true;
        notice_turn(session, TURN_CLIENT, HELO_PHASE_DATA, session->reply_time);
    }
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How far octets agree with a signature: 0 not at all, else the octets compared. */
static bool begins(const uint8_t *head, size_t len, const void *signature, size_t size)
{
    return memcmp(head, signature, smaller(len, size)) == 0;
}

/* What the first octets are; CLIENT_START while they may still become several things. */
static enum client_state start_of(const uint8_t *head, size_t len)
{
    if (begins(head, len, "PROXY ", 6))
        return len >= 6 ? CLIENT_PROXY_V1 : CLIENT_START;
    if (begins(head, len, proxy_v2_signature, sizeof(proxy_v2_signature)))
        return len >= sizeof(proxy_v2_signature) ? CLIENT_PROXY_V2 : CLIENT_START;
    bool may_be_tls = head[0] == 22 || (head[0] & 0x80) != 0;
    if (may_be_tls && len < 3)
        return CLIENT_START;
    return tls_looks_like(head, len) ? CLIENT_TLS : CLIENT_COMMAND;
}

static size_t read_start(struct smtp_session *session, const struct stream_chunk *chunk)
{
    struct text *kept = &session->client_line.kept;
    uint8_t head[PROXY_V2_HEADER];
    size_t have = kept->len;
    size_t take = smaller(sizeof(head) - have, chunk->len);
    if (have > 0)
        memcpy(head, kept->ptr, have);
    memcpy(head + have, chunk->data, take);

    enum client_state state = start_of(head, have + take);
    if (state == CLIENT_TLS && session->spoke_smtp)
        state = CLIENT_COMMAND; /* the server has greeted in clear: it does not speak TLS */
    if (state == CLIENT_START && !chunk->forced) {
        text_add(session->shared->mem, kept, (struct helo_slice){chunk->data, take}, sizeof(head));
        return take;
    }
    kept->len = 0;
    client_enter(session, state == CLIENT_START ? CLIENT_COMMAND : state);
    if (have > 0) {
        struct stream_chunk before = *chunk;
        before.data = head;
        before.len = have;
        before.offset -= have;
        client_bytes(session, &before);
    }
    return 0;
}

static void learn_proxy(struct smtp_session *session, bool named,
                        const struct helo_endpoint *client)
{
    if (named && session->trusted_proxy)
        session->shared->sink.real_client(session->context, client);
    client_enter(session, CLIENT_COMMAND);
}

static size_t read_proxy_v1(struct smtp_session *session, const struct stream_chunk *chunk)
{
    struct line line;
    bool whole;
    size_t n = line_read(&session->client_line, session->shared->mem, chunk->data, chunk->len,
                         PROXY_V1_LINE, &line, &whole);
    struct helo_endpoint client;
    if (whole)
        learn_proxy(session, proxy_v1_parse(line.text, &client), &client);
    return n;
}

static size_t read_proxy_v2(struct smtp_session *session, const struct stream_chunk *chunk)
{
    struct text *kept = &session->client_line.kept;
    struct mem *mem = session->shared->mem;
    size_t want = PROXY_V2_HEADER;
    if (kept->len >= PROXY_V2_HEADER)
        want += bytes_u16(kept->ptr + 14);
    size_t n = smaller(want - kept->len, chunk->len);
    if (!text_add(mem, kept, (struct helo_slice){chunk->data, n}, want)) {
        session->failed = true;
        return chunk->len;
    }
    if (kept->len == want && (want > PROXY_V2_HEADER || bytes_u16(kept->ptr + 14) == 0)) {
        struct helo_endpoint client;
        bool named = proxy_v2_parse(text_slice(kept), &client);
        line_reset(&session->client_line, mem);
        learn_proxy(session, named, &client);
    }
    return n;
}

/* Reads on in the line at hand; *whole: it is there, in *line. */
static size_t read_line(struct smtp_session *session, const struct stream_chunk *chunk,
                        struct line *line, bool *whole)
{
    size_t n = line_read(&session->client_line, session->shared->mem, chunk->data, chunk->len,
                         LIMIT_COMMAND_LINE, line, whole);
    session->client_offset = chunk->offset + n;
    return n;
}

static size_t read_command(struct smtp_session *session, const struct stream_chunk *chunk)
{
    struct line line;
    bool whole;
    size_t n = read_line(session, chunk, &line, &whole);
    if (whole)
        command_line(session, &line, chunk, session->client_offset);
    return n;
}

static size_t read_response(struct smtp_session *session, const struct stream_chunk *chunk)
{
    struct line line;
    bool whole;
    size_t n = read_line(session, chunk, &line, &whole);
    if (!whole)
        return n;
    struct helo_slice token, rest;
    bool is_command =
        session->response_guessed && verb_is_strict(verb_parse(line.text, &token, &rest), rest);
    if (is_command) {
        session->response_guessed = false;
        client_enter(session, CLIENT_COMMAND);
        command_line(session, &line, chunk, session->client_offset);
    } else {
        command_response(session, &line, chunk, session->client_offset);
    }
    return n;
}

void client_end_content(struct smtp_session *session, const struct stream_chunk *chunk,
                        uint64_t end)
{
    struct transaction *transaction = open_current(session);
    struct exchange *exchange = command_queue(session, EXCHANGE_CONTENT, VERB_OTHER, chunk, end);
    client_enter(session, CLIENT_COMMAND);
    notice_turn(session, TURN_NOBODY, HELO_PHASE_DATA, chunk->time);
    odd_content_end(session, chunk->time);
    if (exchange == NULL || transaction == NULL)
        return;
    transaction->content_sent = true;
    transaction->has_size = !transaction->gap;
    transaction->size = content_size(&session->content);
    open_leave(session);
}

static size_t read_content(struct smtp_session *session, const struct stream_chunk *chunk)
{
    bool ended;
    uint64_t before = session->content.octets;
    size_t n = content_scan(&session->content, chunk->data, chunk->len, &ended);
    session->client_offset = chunk->offset + n;
    session->content_time = chunk->time;
    odd_content(session, chunk, n, before);
    if (ended)
        client_end_content(session, chunk, session->client_offset);
    return n;
}

static size_t read_chunk(struct smtp_session *session, const struct stream_chunk *chunk)
{
    size_t n = chunk->len < session->chunk_left ? chunk->len : (size_t)session->chunk_left;
    session->chunk_left -= n;
    session->client_offset = chunk->offset + n;
    if (session->chunk_left == 0) {
        client_enter(session, CLIENT_COMMAND);
        notice_turn(session, TURN_NOBODY, HELO_PHASE_DATA, chunk->time);
    }
    return n;
}

/* The reply to DATA is lost: a first line that is a command was not content. */
static size_t read_data_or_not(struct smtp_session *session, const struct stream_chunk *chunk)
{
    struct line line;
    struct helo_slice token, rest;
    bool whole, ended;
    uint64_t before = session->client_line.length;
    size_t n = line_read(&session->client_line, session->shared->mem, chunk->data, chunk->len,
                         LIMIT_COMMAND_LINE, &line, &whole);
    if (!whole)
        return n;
    if (verb_is_strict(verb_parse(line.text, &token, &rest), rest)) {
        client_enter(session, CLIENT_COMMAND);
        session->client_offset = chunk->offset + n;
        command_line(session, &line, chunk, session->client_offset);
        return n;
    }
    session->client_offset = chunk->offset - before;
    client_enter(session, CLIENT_CONTENT);
    if (before > 0) { /* the part of the line that came in earlier pieces */
        struct stream_chunk kept = *chunk;
        kept.data = session->client_line.kept.ptr;
        kept.len = before < session->client_line.kept.len ? before : session->client_line.kept.len;
        content_scan(&session->content, kept.data, kept.len, &ended);
        odd_content(session, &kept, kept.len, 0);
        session->content.octets += before - kept.len;
    }
    return 0;
}

/* Stops until the reply comes; where it can't come any more the octets themselves decide. */
static size_t await_reply(struct smtp_session *session, const struct stream_chunk *chunk)
{
    if (!chunk->forced && !session->await_lost)
        return 0;
    enum client_state state = session->state;
    session->uncertain = true;
    if (state == CLIENT_AWAIT_TLS)
        client_enter(session,
                     tls_looks_like(chunk->data, chunk->len) ? CLIENT_TLS : CLIENT_COMMAND);
    else
        client_enter(session, state == CLIENT_AWAIT_DATA ? CLIENT_DATA_OR_NOT : CLIENT_RESPONSE);
    session->response_guessed = session->state == CLIENT_RESPONSE;
    return 0;
}

/* The line whose end has not come. */
static struct line begun_line(const struct smtp_session *session)
{
    struct line line = {.text = text_slice(&session->client_line.kept),
                        .length = session->client_line.length};
    if (line.text.len < line.length)
        line.oddities = LINE_OVERLONG;
    return line;
}

void client_note_begun(struct smtp_session *session)
{
    struct line line = begun_line(session);
    if (line.length == 0 || session->begun_noted == session->client_offset)
        return;
    session->begun_noted = session->client_offset;
    command_begun(session, &line);
}

/* Where nothing is missing, octets that were sent before the 220 was heard are injected. Told once
 * a line, at its beginning. */
static void notice_injected(struct smtp_session *session, helo_time time)
{
    struct fact_irregularity what = {.what = IRREGULAR_INJECTED, .side = HELO_CLIENT};
    if (session->client_line.length == 0 && session->gap_count == 0 && !session->careful &&
        !session->midstream)
        notice_irregularity(session, &what, time);
}

/* A line in front of TLS. Nobody has to act on it, but a server may repeat it. */
static size_t read_injected(struct smtp_session *session, const struct stream_chunk *chunk)
{
    struct line line;
    bool whole;
    size_t n = read_line(session, chunk, &line, &whole);
    if (whole)
        command_fragment(session, &line, true);
    return n;
}

/* After 220 to STARTTLS: what was sent before the 220 could be known is no TLS, and was injected;
 * what is sent after it is TLS, or the plain dialogue of a decrypting tap. */
static size_t read_tls_or_not(struct smtp_session *session, const struct stream_chunk *chunk)
{
    bool is_tls = tls_looks_like(chunk->data, chunk->len);
    if (!is_tls && chunk->acked < session->last_reply_end && !chunk->forced) {
        notice_injected(session, chunk->time);
        return read_injected(session, chunk);
    }
    struct line begun = begun_line(session);
    if (is_tls && begun.length > 0)
        command_fragment(session, &begun, true); /* else it goes on */
    session->decrypted |= !is_tls;
    client_enter(session, is_tls ? CLIENT_TLS : CLIENT_COMMAND);
    return 0;
}

static size_t read_tls(struct smtp_session *session, const struct stream_chunk *chunk)
{
    tls_octets(session, HELO_CLIENT, (struct helo_slice){chunk->data, chunk->len}, chunk->time);
    return chunk->len;
}

static bool is_tls_record(const uint8_t *data, size_t len)
{
    return len >= 5 && data[0] >= 20 && data[0] <= 23 && data[1] == 3 && data[2] <= 4;
}

/* After a gap or a pick-up, lines may be commands, responses or content. A line that begins a
 * segment, is strictly a command and ends in CRLF is one; a lone line that is none may be a
 * response. */
static size_t read_unsynced(struct smtp_session *session, const struct stream_chunk *chunk)
{
    if (!session->spoke_smtp && is_tls_record(chunk->data, chunk->len)) {
        session->tls_watch.side[HELO_CLIENT].reader.lost = true;
        client_enter(session, CLIENT_TLS);
        return 0;
    }
    struct line line;
    bool whole;
    size_t n = line_read(&session->client_line, session->shared->mem, chunk->data, chunk->len,
                         LIMIT_COMMAND_LINE, &line, &whole);
    session->client_offset = chunk->offset + n;
    if (!whole)
        return n;
    struct helo_slice token, rest;
    bool is_command = verb_is_strict(verb_parse(line.text, &token, &rest), rest);
    bool is_alone = n == chunk->len && !session->midstream;
    bool begun = !session->line_cut && (line.oddities & LINE_BARE_LF) == 0;
    session->line_cut = n < chunk->len; /* several lines in a segment: content, most likely */
    if (begun && is_command)
        client_enter(session, CLIENT_COMMAND);
    if (begun && (is_command || is_alone))
        command_line(session, &line, chunk, session->client_offset);
    else
        command_fragment(session, &line, n == chunk->len && line.length == n);
    return n;
}

static size_t read_opaque(struct smtp_session *session, const struct stream_chunk *chunk)
{
    session->client_offset = chunk->offset + chunk->len;
    return chunk->len;
}

static size_t read_some(struct smtp_session *session, const struct stream_chunk *chunk)
{
    switch (session->state) {
    case CLIENT_START:
        return read_start(session, chunk);
    case CLIENT_PROXY_V1:
        return read_proxy_v1(session, chunk);
    case CLIENT_PROXY_V2:
        return read_proxy_v2(session, chunk);
    case CLIENT_COMMAND:
        return read_command(session, chunk);
    case CLIENT_AWAIT_DATA:
    case CLIENT_AWAIT_AUTH:
    case CLIENT_AWAIT_TLS:
        return await_reply(session, chunk);
    case CLIENT_DATA_OR_NOT:
        return read_data_or_not(session, chunk);
    case CLIENT_CONTENT:
        return read_content(session, chunk);
    case CLIENT_CHUNK:
        return read_chunk(session, chunk);
    case CLIENT_RESPONSE:
        return read_response(session, chunk);
    case CLIENT_TLS_OR_NOT:
        return read_tls_or_not(session, chunk);
    case CLIENT_TLS:
        return read_tls(session, chunk);
    case CLIENT_UNSYNCED:
        return read_unsynced(session, chunk);
    case CLIENT_OPAQUE:
        break;
    }
    return read_opaque(session, chunk);
}

size_t client_bytes(struct smtp_session *session, const struct stream_chunk *chunk)
{
    struct stream_chunk rest = *chunk;
    while (rest.len > 0) {
        enum client_state before = session->state;
        size_t n = read_some(session, &rest);
        if (!smtp_is_whole(session))
            return chunk->len;
        if (n == 0 && session->state == before)
            break;
        rest.data += n;
        rest.len -= n;
        rest.offset += n;
    }
    return chunk->len - rest.len;
}

void client_resync(struct smtp_session *session, uint16_t code, uint64_t acked)
{
    if (session->state != CLIENT_UNSYNCED || acked < session->client_offset)
        return;
    line_reset(&session->client_line, session->shared->mem);
    session->line_cut = false;
    if (code == 354) {
        client_enter(session, CLIENT_CONTENT);
        session->content_cut = true;
    } else {
        client_enter(session, code == 334 ? CLIENT_RESPONSE : CLIENT_COMMAND);
    }
}

/* A gap cuts a line, or hides one, that may hold a secret. */
static void note_cut(struct smtp_session *session)
{
    struct line line = begun_line(session);
    bool responds = session->state == CLIENT_RESPONSE || session->state == CLIENT_AWAIT_AUTH;
    bool commands = session->state == CLIENT_COMMAND || session->state == CLIENT_UNSYNCED;
    if (responds || session->auth_open || (session->auth_seen && session->unknown_hidden))
        session->veiled = true;
    if (line.length > 0 && (responds || commands))
        command_fragment(session, &line, responds || session->unknown_hidden);
}

/* In content the end is looked for on; elsewhere the side is out of step. */
void client_gap(struct smtp_session *session, uint64_t offset, uint64_t len)
{
    struct transaction *transaction = open_current(session);
    note_cut(session);
    line_reset(&session->client_line, session->shared->mem);
    session->client_offset = offset + len;
    if (session->state == CLIENT_TLS) {
        tls_gap(session, HELO_CLIENT, len);
        return;
    }
    if (transaction != NULL)
        transaction->gap = true;
    else if (session->state == CLIENT_CONTENT)
        session->content_cut = true;
    session->last_gap_end[HELO_CLIENT] = session->client_offset;
    session->unknown_hidden = true;
    if (session->state == CLIENT_CONTENT) {
        content_gap(&session->content);
        return;
    }
    if (session->state == CLIENT_CHUNK && len <= session->chunk_left) {
        session->chunk_left -= len;
        if (session->chunk_left == 0)
            client_enter(session, CLIENT_COMMAND);
        return;
    }
    if (session->state != CLIENT_OPAQUE)
        client_enter(session, CLIENT_UNSYNCED);
    session->line_cut = false;
    if (transaction != NULL) {
        transaction->torn = true;
        open_leave(session); /* what comes next may be another's */
    }
    pairing_client_gap(session, session->client_offset);
}
