/* Oddities of replies and of the order of commands: told at the reply, when their outcome is known.
 */
#include "smtp/path.h"
#include "smtp/session.h"

static bool is_positive(const struct helo_reply *reply)
{
    return reply->code / 100 == 2;
}

/* Does order alone tell what answers what, and is nothing hidden that would explain it? */
static bool is_plain(const struct smtp_session *session, const struct exchange *exchange)
{
    return session->gap_count == 0 && !session->careful && !session->commands_hidden &&
           !session->uncertain && !session->odd.lossy && !exchange->mixed && exchange->count == 1;
}

static void tell(struct smtp_session *session, const struct exchange *exchange,
                 const struct helo_reply *reply, struct fact_irregularity what)
{
    what.verb = emit_kind(exchange);
    what.code = reply->code;
    notice_irregularity(session, &what, session->reply_time);
}

static bool is_wrong_class(const struct exchange *exchange, uint16_t code)
{
    bool data = exchange->kind == EXCHANGE_COMMAND && exchange->verb == VERB_DATA;
    bool answers_354 = data || exchange->verb == VERB_XEXCH50 || exchange->kind == EXCHANGE_UNKNOWN;
    return (code == 354 && !answers_354) || (code / 100 == 2 && data);
}

/* Is an earlier transaction open at the server? */
static bool is_nested(const struct smtp_session *session, const struct transaction *transaction)
{
    for (const struct transaction *t = session->transactions; t != NULL && t != transaction;
         t = t->next) {
        if (t->mail_accepted && !t->client_done)
            return true;
    }
    return false;
}

/* What the client could know when it sent the command: a pipelined one waits for no reply. */
static enum order_oddity order_of(const struct smtp_session *session,
                                  const struct exchange *exchange)
{
    const struct transaction *transaction = exchange_transaction(exchange);
    switch ((enum verb)exchange->verb) {
    case VERB_MAIL:
        return is_nested(session, transaction) ? ORDER_NESTED_MAIL : 0;
    case VERB_RCPT:
        if (transaction == NULL || (transaction->mail_refused && !exchange->pipelined))
            return ORDER_NO_MAIL;
        return 0;
    case VERB_DATA:
    case VERB_BDAT:
        if (transaction == NULL)
            return ORDER_NO_MAIL;
        return transaction->accepted == 0 && !exchange->pipelined ? ORDER_NO_RECIPIENT : 0;
    default:
        return 0;
    }
}

static void check_order(struct smtp_session *session, const struct exchange *exchange,
                        const struct helo_reply *reply)
{
    bool content = exchange->kind == EXCHANGE_CONTENT;
    uint32_t oddity = content ? session->odd.data_order : (uint32_t)order_of(session, exchange);
    session->odd.data_order = 0;
    if (oddity == 0 || (content && !is_positive(reply)))
        return;
    if (reply->code == 354)
        session->odd.data_order = (uint8_t)oddity;
    tell(session, exchange, reply,
         (struct fact_irregularity){.what = IRREGULAR_ORDER, .oddity = oddity});
}

/* RFC 3030: DATA in a transaction of BDAT, more chunks than the server takes. */
static void check_chunks(struct smtp_session *session, const struct exchange *exchange,
                         const struct helo_reply *reply)
{
    const struct transaction *transaction = exchange_transaction(exchange);
    struct fact_irregularity what = {.what = IRREGULAR_CHUNK, .text = text_slice(&exchange->text)};
    if (transaction == NULL || !transaction->chunking)
        return;
    if (exchange->verb == VERB_DATA)
        what.oddity = CHUNK_MIXED;
    if (exchange->verb == VERB_BDAT && session->odd.size_offered > 0 &&
        transaction->size > session->odd.size_offered) {
        what.oddity = CHUNK_OVER_SIZE;
        what.number = transaction->size;
        what.limit = session->odd.size_offered;
    }
    if (what.oddity != 0)
        tell(session, exchange, reply, what);
}

static void check_size(struct smtp_session *session, const struct exchange *exchange,
                       const struct helo_reply *reply)
{
    const struct transaction *transaction = exchange_transaction(exchange);
    struct fact_irregularity what = {.what = IRREGULAR_SIZE};
    if (transaction == NULL || !transaction->has_size || !is_positive(reply))
        return;
    what.number = transaction->size;
    if (session->odd.size_offered > 0 && transaction->size > session->odd.size_offered) {
        what.oddity = SIZE_OVER_OFFERED;
        what.limit = session->odd.size_offered;
    } else if (transaction->has_size_declared && transaction->size > transaction->size_declared) {
        what.oddity = SIZE_OVER_DECLARED;
        what.limit = transaction->size_declared;
    }
    if (what.oddity != 0)
        tell(session, exchange, reply, what);
}

static bool is_privileged(enum verb verb)
{
    switch (verb) {
    case VERB_XCLIENT:
    case VERB_XFORWARD:
    case VERB_TURN:
    case VERB_DEBUG:
    case VERB_WIZ:
    case VERB_X_LINK2STATE:
        return true;
    default:
        return false;
    }
}

static void check_verb(struct smtp_session *session, const struct exchange *exchange,
                       const struct helo_reply *reply)
{
    struct fact_irregularity what = {.what = IRREGULAR_PRIVILEGED};
    if (exchange->mixed || !is_privileged((enum verb)exchange->verb))
        return;
    if (exchange->verb == VERB_X_LINK2STATE)
        what.text = text_slice(&exchange->text);
    tell(session, exchange, reply, what);
}

/* Of commands that belong to a transaction, and of content. */
static void check_mail(struct smtp_session *session, const struct exchange *exchange,
                       const struct helo_reply *reply)
{
    bool content = exchange->kind == EXCHANGE_CONTENT;
    if (!content && exchange->verb != VERB_MAIL && exchange->verb != VERB_RCPT &&
        exchange->verb != VERB_DATA && exchange->verb != VERB_BDAT)
        return;
    check_order(session, exchange, reply);
    if (content || exchange->last_chunk)
        check_size(session, exchange, reply);
    if (!content)
        check_chunks(session, exchange, reply);
}

void odd_answer(struct smtp_session *session, const struct exchange *exchange,
                const struct helo_reply *reply)
{
    bool unknown = reply->code == 500 || reply->code == 502;
    bool command = exchange->kind == EXCHANGE_COMMAND;
    if (command)
        check_verb(session, exchange, reply);
    if (unknown && (command || exchange->kind == EXCHANGE_UNKNOWN))
        tell(session, exchange, reply, (struct fact_irregularity){.what = IRREGULAR_UNKNOWN});
    if (!is_plain(session, exchange))
        return;
    if (is_wrong_class(exchange, reply->code))
        tell(session, exchange, reply,
             (struct fact_irregularity){
                 .what = IRREGULAR_REPLY, .side = HELO_SERVER, .oddity = ANSWER_WRONG_CLASS});
    if (command || exchange->kind == EXCHANGE_CONTENT)
        check_mail(session, exchange, reply);
}

void odd_unanswered(struct smtp_session *session, const struct exchange *exchange, bool lost)
{
    struct helo_reply none = {0};
    session->odd.lossy |= lost;
    if (exchange->kind == EXCHANGE_COMMAND)
        check_verb(session, exchange, &none);
}
