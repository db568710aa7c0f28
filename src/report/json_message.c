/* The object `smtp` of message events. */
#include "base/limits.h"
#include "report/json_event.h"
#include "report/names.h"

static const char RCPT_TO[] = "smtp.rcpt_to";
static const char RECIPIENTS[] = "smtp.message.recipients";
static const char PARAMETERS[] = "smtp.message.parameters";

static void rcpt_to(struct json *json, const struct helo_message *message)
{
    uint32_t length =
        json_list_length(json, RCPT_TO, message->recipient_count, message->recipient_total);
    if (length == 0)
        return;
    json_open(json, "rcpt_to", '[');
    for (uint32_t i = 0; i < length; i++)
        json_text_element(json, RCPT_TO, message->recipients[i].address);
    json_close(json, ']');
}

static void recipients(struct json *json, const struct helo_message *message)
{
    uint32_t length =
        json_list_length(json, RECIPIENTS, message->recipient_count, message->recipient_total);
    if (length == 0)
        return;
    json_open(json, "recipients", '[');
    for (uint32_t i = 0; i < length; i++) {
        const struct helo_recipient *recipient = &message->recipients[i];
        json_open_element(json, '{');
        json_text(json, "smtp.message.recipients.address", recipient->address);
        if (recipient->code != 0)
            json_u64(json, "code", recipient->code);
        json_event_enhanced(json, recipient->enhanced);
        if (recipient->final_code != 0)
            json_u64(json, "final_code", recipient->final_code);
        json_close(json, '}');
    }
    json_close(json, ']');
}

/* A keyword (RFC 5321 section 4.1.2) is ASCII, and so can be a key that no other one looks like. */
static bool is_keyword(struct helo_slice keyword)
{
    if (keyword.len == 0 || keyword.len > LIMIT_STRING)
        return false;
    for (size_t i = 0; i < keyword.len; i++)
        if (keyword.ptr[i] <= ' ' || keyword.ptr[i] >= 0x7F)
            return false;
    return true;
}

static bool is_repeated(const struct helo_message *message, uint32_t index)
{
    struct helo_slice keyword = message->parameters[index].keyword;

    for (uint32_t i = 0; i < index; i++) {
        struct helo_slice earlier = message->parameters[i].keyword;
        if (earlier.len == keyword.len && memcmp(earlier.ptr, keyword.ptr, keyword.len) == 0)
            return true;
    }
    return false;
}

static void parameters(struct json *json, const struct helo_message *message)
{
    bool open = false;

    for (uint32_t i = 0; i < message->parameter_count && i < LIMIT_LIST; i++) {
        const struct helo_parameter *parameter = &message->parameters[i];
        if (!is_keyword(parameter->keyword) || is_repeated(message, i))
            continue;
        if (!open)
            json_open(json, "parameters", '{');
        open = true;
        json_text_key(json, PARAMETERS, parameter->keyword);
        if (parameter->has_value && parameter->value.len > 0)
            json_string(json, PARAMETERS, parameter->value);
        else
            line_string(json->line, "true");
    }
    if (open)
        json_close(json, '}');
}

static void message_object(struct json *json, const struct helo_message *message)
{
    json_open(json, "message", '{');
    json_u64(json, "number", message->number);
    if (message->has_size_declared)
        json_u64(json, "size_declared", message->size_declared);
    if (message->has_size)
        json_u64(json, "size", message->size);
    json_text(json, "smtp.message.body", message->body);
    json_bool(json, "chunking", message->chunking);
    json_text(json, "smtp.message.queue_id", message->queue_id);
    recipients(json, message);
    parameters(json, message);
    json_name(json, "result", name_of_message_result(message->result));
    json_close(json, '}');
}

void json_event_message(struct json *json, const struct helo_event *event,
                        const struct event_context *context)
{
    const struct helo_message *message = event->of.message;

    (void)context;
    json_open(json, "session", '{');
    json_event_session_id(json, event->connection);
    json_close(json, '}');
    if (message->has_mail_from)
        json_text(json, "smtp.mail_from", message->mail_from);
    rcpt_to(json, message);
    json_text(json, "smtp.helo", message->helo);
    message_object(json, message);
    json_event_reply(json, &message->reply);
}
