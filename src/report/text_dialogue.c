/* Exchanges and messages in a line: what was asked for, what was answered. */
#include "report/format.h"
#include "report/names.h"
#include "report/text.h"
#include "report/text_parts.h"

#define RECIPIENTS_SHOWN 3
#define WIDTH_RESULT     10

/* 4xx may do better next time: neither good nor bad. */
static enum helo_outcome reply_outcome(uint16_t code)
{
    if (code >= 200 && code <= 399)
        return HELO_OUTCOME_SUCCESS;
    return code >= 500 && code <= 599 ? HELO_OUTCOME_FAILURE : HELO_OUTCOME_UNKNOWN;
}

/* The enhanced code, unless the text begins with it anyhow. */
static void enhanced(struct line *line, const struct helo_reply *reply)
{
    char code[FORMAT_LONGEST];
    size_t len = (size_t)(format_enhanced(code, reply->enhanced) - code);

    if (reply->enhanced.klass == 0 ||
        (reply->text.len >= len && memcmp(reply->text.ptr, code, len) == 0))
        return;
    line_char(line, ' ');
    line_put(line, code, len);
}

static void reply(struct line *line, const struct helo_reply *reply, bool colour)
{
    text_tint(line, reply_outcome(reply->code), colour);
    line_u64(line, reply->code);
    text_untint(line, colour);
    enhanced(line, reply);
    if (reply->text.len > 0)
        line_char(line, ' ');
    text_field(line, reply->text, TEXT_REPLY_COLUMNS);
}

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
    reply(line, &exchange->reply, colour);
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
    if (message->has_size) {
        text_size(line, message->size);
        line_string(line, "  ");
    }
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
        reply(line, &message->reply, colour);
    }
}
