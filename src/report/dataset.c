/* The table of datasets, with the outcome of each. */
#include "report/dataset.h"

#include "report/json_event.h"
#include "report/text.h"

static struct event_span session_span(const struct helo_event *event)
{
    const struct helo_session *session = event->of.session;
    return (struct event_span){session->start, session->end, session->outcome};
}

static struct event_span exchange_span(const struct helo_event *event)
{
    const struct helo_exchange *exchange = event->of.exchange;
    uint16_t code = exchange->reply.code;
    enum helo_outcome outcome = code >= 200 && code <= 399   ? HELO_OUTCOME_SUCCESS
                                : code >= 400 && code <= 599 ? HELO_OUTCOME_FAILURE
                                                             : HELO_OUTCOME_UNKNOWN;
    return (struct event_span){exchange->start, exchange->end, outcome};
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
    return (struct event_span){message->start, message->end, OUTCOMES[message->result]};
}

/* What the client or the capture broke off was not decided by the server. */
static struct event_span auth_span(const struct helo_event *event)
{
    static const enum helo_outcome OUTCOMES[] = {
        [HELO_AUTH_SUCCESS] = HELO_OUTCOME_SUCCESS,
        [HELO_AUTH_CANCELLED] = HELO_OUTCOME_UNKNOWN,
        [HELO_AUTH_UNSUPPORTED] = HELO_OUTCOME_FAILURE,
        [HELO_AUTH_ENCRYPTION_REQUIRED] = HELO_OUTCOME_FAILURE,
        [HELO_AUTH_TOO_WEAK] = HELO_OUTCOME_FAILURE,
        [HELO_AUTH_TRANSITION_NEEDED] = HELO_OUTCOME_FAILURE,
        [HELO_AUTH_NOT_AVAILABLE] = HELO_OUTCOME_FAILURE,
        [HELO_AUTH_TEMPORARY] = HELO_OUTCOME_FAILURE,
        [HELO_AUTH_BAD_SEQUENCE] = HELO_OUTCOME_FAILURE,
        [HELO_AUTH_SYNTAX] = HELO_OUTCOME_FAILURE,
        [HELO_AUTH_CLOSED_BY_SERVER] = HELO_OUTCOME_UNKNOWN,
        [HELO_AUTH_FAILURE] = HELO_OUTCOME_FAILURE,
        [HELO_AUTH_ABANDONED] = HELO_OUTCOME_UNKNOWN,
        [HELO_AUTH_UNKNOWN] = HELO_OUTCOME_UNKNOWN,
    };
    const struct helo_auth *auth = event->of.auth;
    return (struct event_span){auth->start, auth->end, OUTCOMES[auth->result]};
}

static struct event_span tls_span(const struct helo_event *event)
{
    const struct helo_tls *tls = event->of.tls;
    enum helo_outcome outcome = !tls->has_established ? HELO_OUTCOME_UNKNOWN
                                : tls->established    ? HELO_OUTCOME_SUCCESS
                                                      : HELO_OUTCOME_FAILURE;
    return (struct event_span){tls->start, tls->end, outcome};
}

#define HEAD(kind, name)                                                                           \
    "\"kind\":\"" kind "\",\"module\":\"heloscope\",\"dataset\":\"heloscope." name "\""
#define CLASSES(category, type) ",\"category\":" category ",\"type\":" type
#define ACTION(name)            ",\"action\":\"smtp-" name "\""

const struct dataset *dataset_of(enum helo_dataset dataset)
{
    static const struct dataset DATASETS[HELO_DATASET_COUNT] = {
        [HELO_DATASET_SESSION] = {.name = "session",
                                  .head = HEAD("event", "session"),
                                  .tail = CLASSES("[\"network\",\"email\"]",
                                                  "[\"connection\",\"end\"]") ACTION("session"),
                                  .span = session_span,
                                  .json = json_event_session,
                                  .text = text_session},
        [HELO_DATASET_EXCHANGE] = {.name = "exchange",
                                   .head = HEAD("event", "exchange"),
                                   .tail = CLASSES("[\"network\"]", "[\"protocol\"]")
                                       ACTION("exchange"),
                                   .span = exchange_span,
                                   .json = json_event_exchange,
                                   .text = text_exchange},
        [HELO_DATASET_AUTH] = {.name = "auth",
                               .head = HEAD("event", "auth"),
                               .tail =
                                   CLASSES("[\"authentication\"]", "[\"start\"]") ACTION("auth"),
                               .open = CLASSES("[\"authentication\"]", "[\"info\"]") ACTION("auth"),
                               .span = auth_span,
                               .json = json_event_auth,
                               .text = text_auth},
        [HELO_DATASET_MESSAGE] = {.name = "message",
                                  .head = HEAD("event", "message"),
                                  .tail = CLASSES("[\"email\"]", "[\"info\"]") ACTION("message"),
                                  .span = message_span,
                                  .json = json_event_message,
                                  .text = text_message},
        [HELO_DATASET_TLS] = {.name = "tls",
                              .head = HEAD("event", "tls"),
                              .tail = CLASSES("[\"network\"]", "[\"protocol\"]") ACTION("tls"),
                              .span = tls_span,
                              .json = json_event_tls,
                              .text = text_tls},
        [HELO_DATASET_ANOMALY] = {.name = "anomaly",
                                  .head = HEAD("alert", "anomaly"),
                                  .tail = CLASSES("[\"network\",\"intrusion_detection\"]",
                                                  "[\"info\"]") ACTION("anomaly"),
                                  .json = json_event_anomaly,
                                  .text = text_anomaly},
        [HELO_DATASET_STATS] = {.name = "stats",
                                .head = HEAD("metric", "stats"),
                                .tail = ACTION("stats"),
                                .json = json_event_stats,
                                .text = text_stats},
    };
    if ((unsigned)dataset >= HELO_DATASET_COUNT || DATASETS[dataset].name == NULL)
        return NULL;
    return &DATASETS[dataset];
}
