/* Facts handed to the sink: exchanges and messages. */
#include "smtp/session.h"

static struct helo_slice verb_of(const struct exchange *exchange)
{
    switch ((enum exchange_kind)exchange->kind) {
    case EXCHANGE_RESPONSE:
        return exchange->guessed ? SLICE("*UNKNOWN*") : SLICE("*RESPONSE*");
    case EXCHANGE_UNKNOWN:
        return SLICE("*UNKNOWN*");
    case EXCHANGE_CONTENT:
        return SLICE("*DATA*");
    case EXCHANGE_COMMAND:
        break;
    }
    if (exchange->mixed)
        return SLICE("*UNKNOWN*");
    if (exchange->verb == VERB_OTHER)
        return text_slice(&exchange->token);
    return verb_name((enum verb)exchange->verb);
}

struct helo_slice emit_kind(const struct exchange *exchange)
{
    bool unknown = exchange->kind == EXCHANGE_COMMAND && exchange->verb == VERB_OTHER;
    return unknown ? verb_name(VERB_OTHER) : verb_of(exchange);
}

void emit_exchange(struct smtp_session *session, const struct exchange *exchange,
                   const struct helo_reply *reply, helo_time time, bool lost)
{
    struct helo_exchange event = {.start = time, .end = time};

    if (!smtp_is_whole(session))
        return;
    if (!session->shared->exchanges) {
        session->shared->sink.exchange(session->context, NULL, time);
        return;
    }
    if (exchange != NULL) {
        event.has_command = true;
        event.number = exchange->number;
        event.verb = verb_of(exchange);
        event.has_argument = exchange->has_argument;
        event.argument = text_slice(&exchange->text);
        event.pipelined = exchange->pipelined;
        event.phase = (enum helo_phase)exchange->phase;
        event.start = exchange->start;
    } else {
        event.number = ++session->next_number;
        event.phase = session->greeted ? close_phase(session) : HELO_PHASE_GREETING;
        event.start = session->reply_first;
    }
    if (reply != NULL) {
        event.reply = *reply;
        event.latency = exchange != NULL ? session->reply_first - exchange->time : -1;
        event.has_latency = event.latency >= 0;
    }
    event.reply_lost = exchange != NULL && reply == NULL && lost;
    if (event.start > time)
        event.start = time;
    session->shared->sink.exchange(session->context, &event, time);
    smtp_told(session);
}

static struct helo_slice piece(const struct transaction *transaction, struct extent extent)
{
    if (extent.len == 0)
        return (struct helo_slice){0};
    return (struct helo_slice){transaction->text.ptr + extent.at, extent.len};
}

static void fill(const struct smtp_session *session, const struct transaction *transaction,
                 bool cut_off, struct helo_message *message)
{
    *message = (struct helo_message){
        .number = transaction->number,
        .start = transaction->start,
        .end = transaction->end,
        .has_mail_from = transaction->has_mail_from,
        .mail_from = piece(transaction, transaction->mail_from),
        .helo = transaction->has_helo ? piece(transaction, transaction->helo)
                                      : text_slice(&session->helo),
        .recipient_total = transaction->recipient_total,
        .has_size_declared = transaction->has_size_declared,
        .size_declared = transaction->size_declared,
        .has_size = transaction->has_size && !transaction->torn,
        .size = transaction->size,
        .body = piece(transaction, transaction->body),
        .chunking = transaction->chunking,
        .queue_id = piece(transaction, transaction->queue_id),
        .reply = transaction->reply,
        .result = transaction_result(transaction, cut_off),
    };
    message->reply.text = piece(transaction, transaction->reply_text);
}

/* The lists of the event, built beside the transaction's own. */
static void fill_lists(struct mem *mem, const struct transaction *transaction,
                       struct helo_message *message, struct helo_recipient **recipients,
                       struct helo_parameter **parameters)
{
    uint32_t count = transaction->recipient_count;
    *recipients = count > 0 ? mem_take(mem, count * sizeof(**recipients)) : NULL;
    for (uint32_t i = 0; *recipients != NULL && i < count; i++) {
        const struct recipient *from = &transaction->recipients[i];
        (*recipients)[i] = (struct helo_recipient){.address = piece(transaction, from->address),
                                                   .code = from->code,
                                                   .enhanced = from->enhanced,
                                                   .final_code = from->final_code};
    }
    message->recipients = *recipients;
    message->recipient_count = *recipients != NULL ? count : 0;

    count = transaction->parameter_count;
    *parameters = count > 0 ? mem_take(mem, count * sizeof(**parameters)) : NULL;
    for (uint32_t i = 0; *parameters != NULL && i < count; i++) {
        const struct parameter *from = &transaction->parameters[i];
        (*parameters)[i] = (struct helo_parameter){.keyword = piece(transaction, from->keyword),
                                                   .has_value = from->has_value,
                                                   .value = piece(transaction, from->value)};
    }
    message->parameters = *parameters;
    message->parameter_count = *parameters != NULL ? count : 0;
}

void emit_message(struct smtp_session *session, struct transaction *transaction, bool cut_off)
{
    struct mem *mem = session->shared->mem;
    struct helo_message message;
    struct helo_recipient *recipients;
    struct helo_parameter *parameters;

    if (session->reply_time > transaction->end)
        transaction->end = session->reply_time;
    if (transaction->start > transaction->end)
        transaction->end = transaction->start;
    fill(session, transaction, cut_off, &message);
    fill_lists(mem, transaction, &message, &recipients, &parameters);
    if (smtp_is_whole(session)) {
        session->messages_accepted += message.result == HELO_MESSAGE_ACCEPTED;
        session->messages_rejected += message.result == HELO_MESSAGE_REJECTED;
        session->messages_partial += message.result == HELO_MESSAGE_PARTIAL;
        session->shared->sink.message(session->context, &message, transaction->end);
        smtp_told(session);
    }
    mem_give(mem, recipients, transaction->recipient_count * sizeof(*recipients));
    mem_give(mem, parameters, transaction->parameter_count * sizeof(*parameters));
    transaction_detach(mem, transaction);
}
