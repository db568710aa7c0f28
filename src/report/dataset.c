/* The table of datasets, with the outcome of each. */
#include "report/dataset.h"

#include "report/json_event.h"
#include "report/names.h"
#include "report/text.h"

static struct event_span session_span(const struct helo_event *event)
{
    const struct helo_session *session = event->of.session;
    return (struct event_span){session->start, session->end, name_of_outcome(session->outcome)};
}

static struct event_span exchange_span(const struct helo_event *event)
{
    const struct helo_exchange *exchange = event->of.exchange;
    uint16_t code = exchange->reply.code;
    enum helo_outcome outcome = code >= 200 && code <= 399   ? HELO_OUTCOME_SUCCESS
                                : code >= 400 && code <= 599 ? HELO_OUTCOME_FAILURE
                                                             : HELO_OUTCOME_UNKNOWN;
    return (struct event_span){exchange->start, exchange->end, name_of_outcome(outcome)};
}

/* A partly accepted message was taken over for someone, so the transaction came to its end. */
static struct event_span message_span(const struct helo_event *event)
{
    static const enum helo_outcome OUTCOMES[] = {
        [HELO_MESSAGE_ACCEPTED] = HELO_OUTCOME_SUCCESS,
        [HELO_MESSAGE_PARTIAL] = HELO_OUTCOME_SUCCESS,
        [HELO_MESSAGE_REJECTED] = HELO_OUTCOME_FAILURE,
        [HELO_MESSAGE_ABORTED] = HELO_OUTCOME_UNKNOWN,
        [HELO_MESSAGE_INCOMPLETE] = HELO_OUTCOME_UNKNOWN,
    };
    const struct helo_message *message = event->of.message;
    return (struct event_span){message->start, message->end,
                               name_of_outcome(OUTCOMES[message->result])};
}

#define HEAD(kind, name)                                                                           \
    "\"kind\":\"" kind "\",\"module\":\"heloscope\",\"dataset\":\"heloscope." name "\""
#define CLASSES(category, type) ",\"category\":" category ",\"type\":" type
#define ACTION(name)            ",\"action\":\"smtp-" name "\""

const struct dataset *dataset_of(enum helo_dataset dataset)
{
    static const struct dataset DATASETS[HELO_DATASET_COUNT] = {
        [HELO_DATASET_SESSION] = {"session", HEAD("event", "session"),
                                  CLASSES("[\"network\",\"email\"]", "[\"connection\",\"end\"]")
                                      ACTION("session"),
                                  session_span, json_event_session, text_session},
        [HELO_DATASET_EXCHANGE] = {"exchange", HEAD("event", "exchange"),
                                   CLASSES("[\"network\"]", "[\"protocol\"]") ACTION("exchange"),
                                   exchange_span, json_event_exchange, text_exchange},
        [HELO_DATASET_MESSAGE] = {"message", HEAD("event", "message"),
                                  CLASSES("[\"email\"]", "[\"info\"]") ACTION("message"),
                                  message_span, json_event_message, text_message},
        [HELO_DATASET_STATS] = {"stats", HEAD("metric", "stats"), ACTION("stats"), NULL,
                                json_event_stats, text_stats},
    };
    if ((unsigned)dataset >= HELO_DATASET_COUNT || DATASETS[dataset].name == NULL)
        return NULL;
    return &DATASETS[dataset];
}
