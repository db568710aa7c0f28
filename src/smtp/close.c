/* How a dialogue ended, judged once, from facts (docs/events.md, close.reason). */
#include "smtp/session.h"

/* Fewer octets than a command or reply has can hide none; an unseen FIN counts for one. */
#define HIDES_NOTHING 4

enum helo_phase close_phase(const struct smtp_session *session)
{
    if (session->state == CLIENT_TLS)
        return HELO_PHASE_TLS;
    if (session->state == CLIENT_TLS_OR_NOT || session->state == CLIENT_AWAIT_TLS)
        return HELO_PHASE_STARTTLS;
    if (!session->greeted && !session->midstream && !session->client_heard)
        return HELO_PHASE_GREETING;
    if (session->auth_open)
        return HELO_PHASE_AUTH;
    if (session->state == CLIENT_CONTENT || session->state == CLIENT_CHUNK)
        return HELO_PHASE_DATA;
    for (const struct transaction *t = session->transactions; t != NULL; t = t->next) {
        if (t->content_sent)
            return HELO_PHASE_DATA;
    }
    for (const struct transaction *t = session->transactions; t != NULL; t = t->next) {
        if (t->content_begun)
            return HELO_PHASE_DATA;
        if (!t->mail_refused)
            return HELO_PHASE_ENVELOPE;
    }
    return HELO_PHASE_READY;
}

bool close_hides(uint64_t n)
{
    return n >= HIDES_NOTHING;
}

static bool ends_with_gap(const struct smtp_session *session, enum helo_side side, uint64_t offset)
{
    return session->last_gap_end[side] != 0 && session->last_gap_end[side] == offset;
}

bool close_end_is_hidden(const struct smtp_session *session, const struct smtp_finish *finish)
{
    return session->commands_hidden || session->reply_cut ||
           ends_with_gap(session, HELO_CLIENT, session->client_offset) ||
           ends_with_gap(session, HELO_SERVER, session->server_offset) ||
           close_hides(finish->unseen[HELO_CLIENT]) || close_hides(finish->unseen[HELO_SERVER]) ||
           !finish->seen[HELO_CLIENT] || !finish->seen[HELO_SERVER];
}

static enum helo_close_reason by_closer(const struct smtp_session *session)
{
    bool client = session->closer == HELO_CLIENT;
    if (session->closed_how == STREAM_END_RST)
        return client ? HELO_CLOSE_CLIENT_RST : HELO_CLOSE_SERVER_RST;
    return client ? HELO_CLOSE_CLIENT_FIN : HELO_CLOSE_SERVER_FIN;
}

static enum helo_close_reason by_cause(const struct smtp_finish *finish)
{
    if (finish->disputed)
        return HELO_CLOSE_UNKNOWN;
    switch (finish->cause) {
    case SMTP_REPLACED:
        return HELO_CLOSE_REPLACED;
    case SMTP_IDLE:
        return HELO_CLOSE_IDLE_TIMEOUT;
    case SMTP_CAPTURE_END:
        return HELO_CLOSE_CAPTURE_END;
    case SMTP_EVICTED:
        return HELO_CLOSE_EVICTED;
    case SMTP_CONNECTION_OVER:
        break;
    }
    return HELO_CLOSE_UNKNOWN;
}

/* QUIT was sent and no reply to it was seen. */
static enum helo_close_reason after_silent_quit(const struct smtp_session *session,
                                                const struct smtp_finish *finish)
{
    if (session->quit_reply_lost || session->careful || close_end_is_hidden(session, finish))
        return session->has_closer ? HELO_CLOSE_UNKNOWN : by_cause(finish);
    bool server_done = session->ended[HELO_SERVER] || finish->cause == SMTP_CONNECTION_OVER;
    return server_done ? HELO_CLOSE_QUIT_WITHOUT_REPLY : by_cause(finish);
}

static enum helo_close_reason reason_of(const struct smtp_session *session,
                                        const struct smtp_finish *finish)
{
    const struct announcement *announcement = session->announcement;
    bool announced = close_is_announced(session);
    uint16_t greeting = session->greeting_code;

    if (session->state == CLIENT_TLS)
        return session->has_closer ? by_closer(session) : by_cause(finish);
    if (greeting == 421 || greeting == 521 || greeting == 554)
        return HELO_CLOSE_REFUSED;
    if (session->greeting_hidden && !session->accepted_any && !session->midstream)
        return HELO_CLOSE_UNKNOWN; /* the greeting may have been a refusal */
    if (announced && (announcement->hidden || !finish->seen[HELO_CLIENT] ||
                      close_hides(finish->unseen[HELO_CLIENT])))
        return HELO_CLOSE_UNKNOWN; /* it may answer a QUIT */
    if (announced)
        return announcement->code == 221 ? HELO_CLOSE_SERVER_221 : HELO_CLOSE_SERVER_421;
    if (session->quit_seen && session->quit_code != 0)
        return session->quit_code == 221 ? HELO_CLOSE_QUIT : HELO_CLOSE_QUIT_OTHER_REPLY;
    if (session->quit_seen)
        return after_silent_quit(session, finish);
    if (!session->has_closer)
        return by_cause(finish);
    return close_end_is_hidden(session, finish) ? HELO_CLOSE_UNKNOWN : by_closer(session);
}

static void describe_announcement(const struct smtp_session *session, struct helo_session *facts)
{
    const struct announcement *announcement = session->announcement;
    facts->close_reply_code = announcement->code;
    facts->close_reply_text = text_slice(&announcement->text);
    facts->close_state = announcement->phase;
    facts->close_idle = announcement->idle;
    facts->has_close_idle = announcement->idle >= 0;
}

void close_judge(const struct smtp_session *session, const struct smtp_finish *finish,
                 struct helo_session *facts)
{
    enum helo_close_reason reason = reason_of(session, finish);
    facts->close_reason = reason;
    facts->has_close_by = session->has_closer;
    facts->close_by = session->closer;
    facts->close_state = session->has_closer ? session->closed_phase : close_phase(session);
    facts->has_close_idle = session->has_closer && session->closed_idle >= 0;
    facts->close_idle = session->closed_idle;
    if (reason == HELO_CLOSE_REFUSED) {
        facts->close_reply_code = session->greeting_code;
        facts->close_reply_text = text_slice(&session->banner);
        facts->close_state = HELO_PHASE_GREETING;
    } else if (close_is_announced(session) && session->state != CLIENT_TLS) {
        describe_announcement(session, facts);
    } else if (reason == HELO_CLOSE_QUIT || reason == HELO_CLOSE_QUIT_OTHER_REPLY) {
        facts->close_reply_code = session->quit_code;
        facts->close_reply_text = text_slice(&session->quit_text);
        facts->close_state = session->quit_phase;
        facts->has_close_idle = session->quit_idle >= 0;
        facts->close_idle = session->quit_idle;
    }
    facts->close_expected =
        reason == HELO_CLOSE_QUIT ||
        (reason == HELO_CLOSE_REFUSED && session->quit_code != 0 && session->quit_code != 421);
}
