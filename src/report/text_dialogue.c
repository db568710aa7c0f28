/* Exchanges and messages in a line: what was asked for, what was answered. */
#include "report/names.h"
#include "report/text.h"
#include "report/text_parts.h"

#define RECIPIENTS_SHOWN 3
#define WIDTH_RESULT     10
#define WIDTH_SIZE       10 /* 1023.9 KiB */

static void command(struct line *line, const struct helo_exchange *exchange)
{
    text_field(line, exchange->verb, TEXT_NAME_COLUMNS);
    if (exchange->has_argument && exchange->argument.len > 0) {
        line_char(line, ' ');
        text_field(line, exchange->argument, TEXT_ARGUMENT_COLUMNS);
    }
    if (exchange->count > 1) {
        line_string(line, ", ");
        text_count(line, exchange->count, " times");
    }
    line_string(line, " \u2192 ");
}

void text_exchange(struct line *line, const struct helo_event *event, bool colour)
{
    const struct helo_exchange *exchange = event->of.exchange;

    if (exchange->has_command)
        command(line, exchange);
    if (exchange->reply.code == 0) {
        text_result(line, exchange->reply_lost ? "reply lost" : "no reply", HELO_OUTCOME_UNKNOWN,
                    colour);
        return;
    }
    text_reply(line, &exchange->reply, colour);
    if (exchange->has_latency && exchange->latency >= 0) {
        line_string(line, " (");
        text_interval(line, exchange->latency);
        line_char(line, ')');
    }
}

/* The null reverse-path brings its own brackets. */
static void address(struct line *line, struct helo_slice address)
{
    bool null_path = address.len == 2 && memcmp(address.ptr, "<>", 2) == 0;

    if (!null_path)
        line_char(line, '<');
    text_field(line, address, TEXT_ADDRESS_COLUMNS);
    if (!null_path)
        line_char(line, '>');
}

static void recipients(struct line *line, const struct helo_message *message)
{
    uint32_t shown = message->recipient_count;
    if (shown > RECIPIENTS_SHOWN)
        shown = RECIPIENTS_SHOWN;

    for (uint32_t i = 0; i < shown; i++) {
        const struct helo_recipient *recipient = &message->recipients[i];
        uint16_t code = recipient->final_code != 0 ? recipient->final_code : recipient->code;
        line_string(line, i == 0 ? " \u2192 " : ", ");
        address(line, recipient->address);
        if (code >= 400) {
            line_char(line, ' ');
            line_u64(line, code);
        }
    }
    if (message->recipient_total > shown) {
        line_string(line, shown == 0 ? " \u2192 +" : " +");
        line_u64(line, message->recipient_total - shown);
    }
}

void text_message(struct line *line, const struct helo_event *event, bool colour)
{
    static const enum helo_outcome TINTS[] = {
        [HELO_MESSAGE_ACCEPTED] = HELO_OUTCOME_SUCCESS,
        [HELO_MESSAGE_PARTIAL] = HELO_OUTCOME_UNKNOWN,
        [HELO_MESSAGE_REJECTED] = HELO_OUTCOME_FAILURE,
        [HELO_MESSAGE_ABORTED] = HELO_OUTCOME_UNKNOWN,
        [HELO_MESSAGE_INCOMPLETE] = HELO_OUTCOME_UNKNOWN,
    };
    const struct helo_message *message = event->of.message;

    text_tint(line, TINTS[message->result], colour);
    size_t from = line->len;
    line_string(line, name_of_message_result(message->result));
    text_pad(line, from, WIDTH_RESULT);
    text_untint(line, colour);
    line_string(line, "  ");
    from = line->len;
    if (message->has_size)
        text_size(line, message->size);
    text_pad(line, from, WIDTH_SIZE);
    line_string(line, "  ");
    if (message->has_mail_from)
        address(line, message->mail_from);
    else
        line_string(line, "sender not seen");
    recipients(line, message);
    if (message->queue_id.len > 0) {
        line_string(line, "  queue id ");
        text_field(line, message->queue_id, TEXT_NAME_COLUMNS);
    }
    if (message->result != HELO_MESSAGE_ACCEPTED && message->reply.code != 0) {
        line_string(line, "  ");
        text_reply(line, &message->reply, colour);
    }
}
