/* A session in a line: who ended it and how, how long it took, what mail went through. */
#include "report/names.h"
#include "report/text.h"
#include "report/text_parts.h"

#define WIDTH_CLOSE    26 /* refused/421, server closed */
#define WIDTH_DURATION 6
/* Shorter pauses are a dialogue's breath. */
#define SILENCE_WORTH HELO_SECOND

static const char *close_words(enum helo_close_reason reason)
{
    static const char *const WORDS[] = {
        [HELO_CLOSE_REFUSED] = "refused",
        [HELO_CLOSE_SERVER_221] = "server",
        [HELO_CLOSE_SERVER_421] = "server",
        [HELO_CLOSE_QUIT] = "QUIT",
        [HELO_CLOSE_QUIT_OTHER_REPLY] = "QUIT",
        [HELO_CLOSE_QUIT_WITHOUT_REPLY] = "QUIT, no reply",
        [HELO_CLOSE_CLIENT_RST] = "client RST",
        [HELO_CLOSE_SERVER_RST] = "server RST",
        [HELO_CLOSE_CLIENT_FIN] = "client FIN",
        [HELO_CLOSE_SERVER_FIN] = "server FIN",
        [HELO_CLOSE_REPLACED] = "replaced",
        [HELO_CLOSE_IDLE_TIMEOUT] = "idle timeout",
        [HELO_CLOSE_CAPTURE_END] = "capture end",
        [HELO_CLOSE_EVICTED] = "evicted",
        [HELO_CLOSE_UNKNOWN] = "end not seen",
    };
    return WORDS[reason];
}

static bool is_announced(enum helo_close_reason reason)
{
    return reason == HELO_CLOSE_SERVER_221 || reason == HELO_CLOSE_SERVER_421;
}

/* Who sent the first FIN or RST, where the words before have not said it yet. */
static void who_closed(struct line *line, const struct helo_session *session)
{
    static const bool SAID[] = {
        [HELO_CLOSE_CLIENT_RST] = true, [HELO_CLOSE_SERVER_RST] = true,
        [HELO_CLOSE_CLIENT_FIN] = true, [HELO_CLOSE_SERVER_FIN] = true,
        [HELO_CLOSE_UNKNOWN] = false,
    };
    bool by_server = session->close_by == HELO_SERVER;

    if (!session->has_close_by || SAID[session->close_reason] ||
        (by_server && is_announced(session->close_reason)))
        return;
    line_string(line, by_server ? ", server closed" : ", client closed");
}

static void how_it_ended(struct line *line, const struct helo_session *session)
{
    line_string(line, close_words(session->close_reason));
    if (session->close_reply_code != 0) {
        line_char(line, is_announced(session->close_reason) ? ' ' : '/');
        line_u64(line, session->close_reply_code);
    }
    who_closed(line, session);
    if (session->close_expected || session->kind == HELO_KIND_OTHER)
        return;
    bool said = session->close_reason == HELO_CLOSE_REFUSED;
    if (session->close_state != HELO_PHASE_READY && !said) {
        line_string(line, " in ");
        line_string(line, name_of_phase(session->close_state));
    }
}

/* How long nobody had spoken when a session ended that nobody expected to end. */
static void silence(struct line *line, const struct helo_session *session)
{
    if (session->close_expected || session->kind == HELO_KIND_OTHER || !session->has_close_idle ||
        session->close_idle < SILENCE_WORTH)
        return;
    line_string(line, "after ");
    text_interval(line, session->close_idle);
    line_string(line, " silence  ");
}

/* Its place in a list, if there are any. */
static void counted(struct line *line, bool *any, uint64_t count, const char *words)
{
    if (count == 0)
        return;
    if (*any)
        line_string(line, ", ");
    text_count(line, count, words);
    *any = true;
}

static void mail(struct line *line, const struct helo_session *session)
{
    uint64_t ended = (uint64_t)session->messages_accepted + session->messages_rejected +
                     session->messages_partial;
    uint64_t tried = session->messages_attempted;
    bool any = tried == 0 && ended == 0;

    if (any) {
        const char *unseen = session->tls && !session->decrypted ? "encrypted" : "no mail seen";
        line_string(line, session->mail_may_be_hidden ? unseen : "no mail");
    }
    counted(line, &any, session->messages_accepted, " accepted");
    counted(line, &any, session->messages_rejected, " rejected");
    counted(line, &any, session->messages_partial, " partly accepted");
    counted(line, &any, tried > ended ? tried - ended : 0, " unfinished");
    counted(line, &any, session->recipients_rejected,
            session->recipients_rejected == 1 ? " recipient refused" : " recipients refused");
}

static void marks(struct line *line, const struct helo_session *session)
{
    if (session->kind != HELO_KIND_SMTP) {
        line_string(line, "  ");
        line_string(line, name_of_kind(session->kind));
    }
    if (session->tls) {
        line_string(line, "  ");
        text_tls_version(line, session->tls_version);
    }
    if (session->auth_seen) {
        line_string(line, "  auth ");
        text_count(line, session->auth_successes, "/");
        line_u64(line, session->auth_attempts);
    }
    if (session->gap_count > 0) {
        line_string(line, "  ");
        text_count(line, session->gap_count, session->gap_count == 1 ? " gap" : " gaps");
    }
    if (session->midstream)
        line_string(line, "  midstream");
    if (session->uncertain)
        line_string(line, "  uncertain");
}

/* A proxy that the client asks to connect it, where to. */
static void proxy(struct line *line, const struct helo_session *session)
{
    if (session->proxy_kind.len == 0)
        return;
    line_string(line, "  ");
    text_field(line, session->proxy_kind, TEXT_NAME_COLUMNS);
    line_string(line, " to ");
    text_field(line, session->proxy_target, TEXT_NAME_COLUMNS);
}

/* What the server said when it ended what nobody expected to end. */
static void last_words(struct line *line, const struct helo_session *session, bool colour)
{
    struct helo_reply reply = {
        .code = session->close_reply_code,
        .text = session->close_reply_text,
    };

    bool refused = session->close_reason == HELO_CLOSE_REFUSED;
    if ((session->close_expected && !refused) || reply.text.len == 0)
        return;
    line_string(line, "  ");
    text_reply(line, &reply, colour);
}

void text_session(struct line *line, const struct helo_event *event, bool colour)
{
    const struct helo_session *session = event->of.session;

    text_tint(line, session->outcome, colour);
    size_t from = line->len;
    how_it_ended(line, session);
    text_pad(line, from, WIDTH_CLOSE);
    text_untint(line, colour);
    line_string(line, "  ");
    if (session->start != HELO_NO_TIME && session->end >= session->start) {
        from = line->len;
        text_interval(line, session->end - session->start);
        text_pad(line, from, WIDTH_DURATION);
        line_string(line, "  ");
    }
    if (session->kind == HELO_KIND_OTHER) {
        line_string(line, "not SMTP");
        if (event->protocol.len > 0) {
            line_string(line, ": ");
            text_field(line, event->protocol, TEXT_NAME_COLUMNS);
        }
        return;
    }
    silence(line, session);
    mail(line, session);
    marks(line, session);
    if (session->client_verb.len > 0 && session->helo.len > 0) {
        line_string(line, "  ");
        text_field(line, session->client_verb, TEXT_NAME_COLUMNS);
        line_char(line, ' ');
        text_field(line, session->helo, TEXT_NAME_COLUMNS);
    }
    proxy(line, session);
    last_words(line, session, colour);
}
