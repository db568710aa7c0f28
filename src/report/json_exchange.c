/* The object `smtp` of exchange events, and replies wherever they stand. */
#include "report/format.h"
#include "report/json_event.h"
#include "report/names.h"

void json_event_enhanced(struct json *json, struct helo_enhanced enhanced)
{
    if (enhanced.klass == 0)
        return;
    char text[FORMAT_LONGEST];
    *format_enhanced(text, enhanced) = '\0';
    json_name(json, "enhanced", text);
}

void json_event_reply(struct json *json, const struct helo_reply *reply)
{
    if (reply->code == 0)
        return;
    const char *class = name_of_reply_class(reply->code);

    json_open(json, "reply", '{');
    json_u64(json, "code", reply->code);
    json_event_enhanced(json, reply->enhanced);
    if (class != NULL)
        json_name(json, "class", class);
    json_text(json, "smtp.reply.text", reply->text);
    json_u64(json, "lines", reply->lines);
    json_close(json, '}');
}

static void command_object(struct json *json, const struct helo_exchange *exchange)
{
    if (!exchange->has_command)
        return;
    json_open(json, "command", '{');
    json_text(json, "smtp.command.verb", exchange->verb);
    if (exchange->has_argument)
        json_text(json, "smtp.command.argument", exchange->argument);
    json_close(json, '}');
}

void json_event_exchange(struct json *json, const struct helo_event *event,
                         const struct event_context *context)
{
    const struct helo_exchange *exchange = event->of.exchange;

    (void)context;
    json_open(json, "session", '{');
    json_event_session_id(json, event->connection);
    json_close(json, '}');
    command_object(json, exchange);
    json_event_reply(json, &exchange->reply);
    json_open(json, "exchange", '{');
    json_u64(json, "number", exchange->number);
    if (exchange->has_latency)
        json_milliseconds(json, "latency_ms", exchange->latency);
    if (exchange->has_command)
        json_bool(json, "pipelined", exchange->pipelined);
    if (exchange->reply_lost)
        json_bool(json, "reply_lost", true);
    json_name(json, "phase", name_of_phase(exchange->phase));
    if (exchange->count > 1)
        json_u64(json, "count", exchange->count);
    json_close(json, '}');
}
