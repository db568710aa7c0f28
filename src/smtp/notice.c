/* Facts for the rules alone: told when something is noticed, if some rule wants to know. */
#include "smtp/session.h"

static bool is_wanted(const struct smtp_session *session, enum fact_kind kind)
{
    return (session->shared->wanted >> kind & 1u) != 0;
}

static void tell(struct smtp_session *session, struct fact *fact, helo_time time)
{
    if (!smtp_is_whole(session))
        return;
    session->shared->sink.fact(session->context, fact, time);
    smtp_told(session);
}

static bool is_query(const struct exchange *exchange)
{
    return exchange->kind == EXCHANGE_COMMAND && !exchange->mixed &&
           (exchange->verb == VERB_VRFY || exchange->verb == VERB_EXPN);
}

/* The commands whose refusal is a matter of people and mail rather than of the dialogue. */
static bool is_mail(const struct exchange *exchange)
{
    if (exchange->kind == EXCHANGE_CONTENT)
        return true;
    return exchange->kind == EXCHANGE_COMMAND && !exchange->mixed &&
           (exchange->verb == VERB_MAIL || exchange->verb == VERB_RCPT ||
            exchange->verb == VERB_DATA || exchange->verb == VERB_BDAT);
}

static void notice_challenge(struct smtp_session *session, const struct exchange *exchange,
                             const struct helo_reply *reply)
{
    struct fact_irregularity what = {.what = IRREGULAR_CHALLENGE,
                                     .side = HELO_SERVER,
                                     .verb = emit_kind(exchange),
                                     .code = reply->code};
    notice_irregularity(session, &what, session->reply_time);
}

void notice_reply(struct smtp_session *session, const struct exchange *exchange,
                  const struct helo_reply *reply)
{
    bool refused = reply->code >= 400;
    bool query = is_query(exchange);
    enum fact_kind kind = refused ? FACT_REFUSAL : FACT_QUERY;
    bool of_auth = exchange->kind == EXCHANGE_RESPONSE || exchange->kind == EXCHANGE_UNKNOWN ||
                   exchange->verb == VERB_AUTH || exchange->verb == VERB_X_EXPS;
    if (reply->code == 334 && !of_auth)
        notice_challenge(session, exchange, reply);
    if (!(query || (refused && is_mail(exchange))) || !is_wanted(session, kind))
        return;
    struct fact fact = {.kind = kind,
                        .of.reply = {.verb = emit_kind(exchange),
                                     .argument = text_slice(&exchange->text),
                                     .reply = reply,
                                     .phase = (enum helo_phase)exchange->phase}};
    tell(session, &fact, session->reply_time);
}

void notice_unasked(struct smtp_session *session, const struct helo_reply *reply,
                    enum helo_phase phase, bool hidden)
{
    if (!is_wanted(session, FACT_UNASKED))
        return;
    struct fact fact = {.kind = FACT_UNASKED,
                        .of.reply = {.reply = reply,
                                     .phase = phase,
                                     .hidden = hidden || session->careful || session->odd.lossy,
                                     .acked = session->reply_acked}};
    tell(session, &fact, session->reply_time);
}

void notice_turn(struct smtp_session *session, enum fact_turn_of of, enum helo_phase phase,
                 helo_time since)
{
    if (!is_wanted(session, FACT_TURN))
        return;
    struct fact fact = {.kind = FACT_TURN, .of.turn = {.of = of, .phase = phase, .since = since}};
    tell(session, &fact, since);
}

void notice_line(struct smtp_session *session, helo_time time)
{
    bool unfinished = session->client_line.length > 0 &&
                      (session->state == CLIENT_COMMAND || session->state == CLIENT_RESPONSE);
    if (unfinished == session->line_told || !is_wanted(session, FACT_TURN))
        return;
    session->line_told = unfinished;
    struct fact fact = {.kind = FACT_TURN,
                        .of.turn = {.of = unfinished ? TURN_CLIENT : TURN_NOBODY,
                                    .phase = close_phase(session),
                                    .unfinished = true,
                                    .since = time}};
    tell(session, &fact, time);
}

void notice_irregularity(struct smtp_session *session, const struct fact_irregularity *what,
                         helo_time time)
{
    if (!is_wanted(session, FACT_IRREGULARITY))
        return;
    struct fact fact = {.kind = FACT_IRREGULARITY, .of.irregularity = *what};
    fact.of.irregularity.phase = close_phase(session);
    tell(session, &fact, time);
}

void notice_sasl(struct smtp_session *session, enum helo_side side, unsigned oddities,
                 helo_time time)
{
    if (oddities == 0)
        return;
    struct fact_irregularity what = {.what = IRREGULAR_SASL, .side = side, .oddity = oddities};
    notice_irregularity(session, &what, time);
}

/* The client had heard the 221 to its QUIT when it sent this. */
void notice_command(struct smtp_session *session, const struct exchange *exchange)
{
    if (session->quit_code != 221 || session->careful || exchange->acked < session->quit_reply_end)
        return;
    struct fact_irregularity what = {
        .what = IRREGULAR_AFTER_CLOSE, .side = HELO_CLIENT, .verb = emit_kind(exchange)};
    notice_irregularity(session, &what, exchange->time);
}

void notice_late_reply(struct smtp_session *session, const struct helo_reply *reply)
{
    if (session->quit_code != 221 || session->careful)
        return;
    struct fact_irregularity what = {
        .what = IRREGULAR_AFTER_CLOSE, .side = HELO_SERVER, .code = reply->code};
    notice_irregularity(session, &what, session->reply_time);
}
