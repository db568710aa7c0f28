/* Deep copies, by a table of what points where in each kind of event. */
#include "engine/parcel.h"

#include <string.h>

#define MOST_SLICES 20
#define MOST_LISTS  3

struct shape;

/* An array: where its pointer and its number of elements (uint32_t) are. */
struct list {
    size_t pointer;
    size_t count;
    const struct shape *of;
};

/* A struct that holds slices and arrays. */
struct shape {
    size_t size;
    size_t slices[MOST_SLICES];
    size_t slice_count;
    struct list lists[MOST_LISTS];
    size_t list_count;
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SLICES(...)  .slices = {__VA_ARGS__}, .slice_count = COUNT(((const size_t[]){__VA_ARGS__}))
#define LISTS(...)   .lists = {__VA_ARGS__}, .list_count = COUNT(((const struct list[]){__VA_ARGS__}))

static const struct shape slice = {.size = sizeof(struct helo_slice), SLICES(0)};
static const struct shape parameter = {
    .size = sizeof(struct helo_parameter),
    SLICES(offsetof(struct helo_parameter, keyword), offsetof(struct helo_parameter, value))};
static const struct shape recipient = {.size = sizeof(struct helo_recipient),
                                       SLICES(offsetof(struct helo_recipient, address))};
static const struct shape verb_count = {.size = sizeof(struct helo_verb_count),
                                        SLICES(offsetof(struct helo_verb_count, verb))};
static const struct shape code_count = {.size = sizeof(struct helo_code_count)};
static const struct shape reply = {.size = sizeof(struct helo_reply),
                                   SLICES(offsetof(struct helo_reply, text))};
static const struct shape connection = {
    .size = sizeof(struct helo_connection),
    SLICES(offsetof(struct helo_connection, user), offsetof(struct helo_connection, names))};

static const struct shape exchange = {.size = sizeof(struct helo_exchange),
                                      SLICES(offsetof(struct helo_exchange, verb),
                                             offsetof(struct helo_exchange, argument),
                                             offsetof(struct helo_exchange, reply.text))};

static const struct shape message = {
    .size = sizeof(struct helo_message),
    SLICES(offsetof(struct helo_message, mail_from), offsetof(struct helo_message, helo),
           offsetof(struct helo_message, body), offsetof(struct helo_message, queue_id),
           offsetof(struct helo_message, reply.text)),
    LISTS({offsetof(struct helo_message, recipients),
           offsetof(struct helo_message, recipient_count), &recipient},
          {offsetof(struct helo_message, parameters),
           offsetof(struct helo_message, parameter_count), &parameter})};

static const struct shape challenge = {
    .size = sizeof(struct helo_challenge),
    SLICES(offsetof(struct helo_challenge, text), offsetof(struct helo_challenge, realm),
           offsetof(struct helo_challenge, host), offsetof(struct helo_challenge, target),
           offsetof(struct helo_challenge, dns_domain), offsetof(struct helo_challenge, dns_host),
           offsetof(struct helo_challenge, os_version), offsetof(struct helo_challenge, status),
           offsetof(struct helo_challenge, scope))};

static const struct shape auth = {
    .size = sizeof(struct helo_auth),
    SLICES(offsetof(struct helo_auth, mechanism), offsetof(struct helo_auth, user_name),
           offsetof(struct helo_auth, user_domain), offsetof(struct helo_auth, authzid),
           offsetof(struct helo_auth, workstation), offsetof(struct helo_auth, service_principal),
           offsetof(struct helo_auth, token_kind), offsetof(struct helo_auth, oauth_host),
           offsetof(struct helo_auth, channel_binding), offsetof(struct helo_auth, reply.text),
           offsetof(struct helo_auth, secret)),
    LISTS({offsetof(struct helo_auth, challenges), offsetof(struct helo_auth, challenge_count),
           &challenge})};

static const struct shape session = {
    .size = sizeof(struct helo_session),
    SLICES(offsetof(struct helo_session, proxy_kind), offsetof(struct helo_session, proxy_target),
           offsetof(struct helo_session, banner), offsetof(struct helo_session, server_name),
           offsetof(struct helo_session, server_software), offsetof(struct helo_session, helo),
           offsetof(struct helo_session, client_verb),
           offsetof(struct helo_session, close_reply_text)),
    LISTS({offsetof(struct helo_session, capabilities),
           offsetof(struct helo_session, capability_count), &slice},
          {offsetof(struct helo_session, commands), offsetof(struct helo_session, command_count),
           &verb_count},
          {offsetof(struct helo_session, replies), offsetof(struct helo_session, reply_count),
           &code_count})};

static const struct shape tls = {
    .size = sizeof(struct helo_tls),
    SLICES(offsetof(struct helo_tls, next_protocol), offsetof(struct helo_tls, server_name),
           offsetof(struct helo_tls, ciphers), offsetof(struct helo_tls, subject),
           offsetof(struct helo_tls, issuer), offsetof(struct helo_tls, names))};

/* Room that is filled from its beginning; at NULL: it is only measured. */
struct parcel {
    uint8_t *at;
    size_t len;
};

static void *take(struct parcel *parcel, size_t size)
{
    uint8_t *to = parcel->at != NULL ? parcel->at + parcel->len : NULL;
    parcel->len += (size + 15) / 16 * 16;
    return to;
}

static void *copy(struct parcel *parcel, const void *from, size_t size)
{
    void *to = take(parcel, size);
    if (to != NULL && size > 0)
        memcpy(to, from, size);
    return to;
}

/* A slice's octets; to is where the slice's copy is, NULL: nowhere. Texts lie close together. */
static void copy_slice(struct parcel *parcel, const struct helo_slice *from, struct helo_slice *to)
{
    uint8_t *octets = parcel->at != NULL ? parcel->at + parcel->len : NULL;
    parcel->len += from->len;
    if (octets == NULL || to == NULL || from->len == 0)
        return;
    memcpy(octets, from->ptr, from->len);
    to->ptr = octets;
}

static void align(struct parcel *parcel)
{
    parcel->len = (parcel->len + 15) / 16 * 16;
}

static void copy_inside(struct parcel *parcel, const struct shape *shape, const void *from,
                        void *to);

static void copy_list(struct parcel *parcel, const struct list *list, const uint8_t *from,
                      uint8_t *to)
{
    const uint8_t *elements;
    uint32_t count;
    memcpy(&elements, from + list->pointer, sizeof(elements));
    memcpy(&count, from + list->count, sizeof(count));
    align(parcel);
    uint8_t *copies = copy(parcel, elements, count * list->of->size);
    if (copies != NULL)
        memcpy(to + list->pointer, &copies, sizeof(copies));
    for (uint32_t i = 0; list->of->slice_count > 0 && i < count; i++)
        copy_inside(parcel, list->of, elements + i * list->of->size,
                    copies != NULL ? copies + i * list->of->size : NULL);
}

/* Copies what a struct points to. */
static void copy_inside(struct parcel *parcel, const struct shape *shape, const void *from,
                        void *to)
{
    for (size_t i = 0; i < shape->slice_count; i++)
        copy_slice(parcel, (const void *)((const uint8_t *)from + shape->slices[i]),
                   to != NULL ? (void *)((uint8_t *)to + shape->slices[i]) : NULL);
    for (size_t i = 0; i < shape->list_count; i++)
        copy_list(parcel, &shape->lists[i], from, to);
}

/* Copies a struct and what it points to. */
static const void *copy_whole(struct parcel *parcel, const struct shape *shape, const void *from)
{
    align(parcel);
    void *to = copy(parcel, from, shape->size);
    copy_inside(parcel, shape, from, to);
    return to;
}

static const void *copy_anomaly(struct parcel *parcel, const struct helo_anomaly *from)
{
    align(parcel);
    struct helo_anomaly *to = copy(parcel, from, sizeof(*from));
    copy_slice(parcel, &from->user, to != NULL ? &to->user : NULL);
    for (size_t i = 0; i < from->evidence_count; i++)
        copy_slice(parcel, &from->evidence[i].text, to != NULL ? &to->evidence[i].text : NULL);
    return to;
}

static const void *copy_body(struct parcel *parcel, const struct helo_event *event)
{
    switch (event->dataset) {
    case HELO_DATASET_SESSION:
        return copy_whole(parcel, &session, event->of.session);
    case HELO_DATASET_EXCHANGE:
        return copy_whole(parcel, &exchange, event->of.exchange);
    case HELO_DATASET_AUTH:
        return copy_whole(parcel, &auth, event->of.auth);
    case HELO_DATASET_MESSAGE:
        return copy_whole(parcel, &message, event->of.message);
    case HELO_DATASET_TLS:
        return copy_whole(parcel, &tls, event->of.tls);
    case HELO_DATASET_ANOMALY:
        return copy_anomaly(parcel, event->of.anomaly);
    default:
        return NULL;
    }
}

/* The bodies of these facts are those of the events that they come with. */
static void copy_fact(struct parcel *parcel, const struct fact *from, const void *body,
                      struct fact *to)
{
    bool writes = parcel->at != NULL;
    switch (from->kind) {
    case FACT_AUTH:
        to->of.auth.auth = body;
        break;
    case FACT_MESSAGE:
        to->of.message = body;
        break;
    case FACT_TLS:
        to->of.tls = body;
        break;
    case FACT_FOREIGN:
        copy_slice(parcel, &from->of.foreign.protocol, writes ? &to->of.foreign.protocol : NULL);
        break;
    case FACT_SESSION:
        to->of.end.session = body;
        copy_slice(parcel, &from->of.end.close.answered,
                   writes ? &to->of.end.close.answered : NULL);
        break;
    case FACT_REFUSAL:
    case FACT_QUERY:
    case FACT_UNASKED:
        copy_slice(parcel, &from->of.reply.verb, writes ? &to->of.reply.verb : NULL);
        copy_slice(parcel, &from->of.reply.argument, writes ? &to->of.reply.argument : NULL);
        to->of.reply.reply = copy_whole(parcel, &reply, from->of.reply.reply);
        break;
    case FACT_IRREGULARITY:
        copy_slice(parcel, &from->of.irregularity.text, writes ? &to->of.irregularity.text : NULL);
        break;
    default:
        break;
    }
}

static void copy_all(struct parcel *parcel, const struct record *from)
{
    struct record none; /* what is only measured writes here */
    struct record *to = copy(parcel, from, sizeof(*from));
    const struct helo_connection *where = from->has_event  ? from->event.connection
                                          : from->has_fact ? from->fact.connection
                                                           : NULL;
    const void *body = NULL;
    if (to == NULL)
        to = &none;
    if (where != NULL)
        to->event.connection = to->fact.connection = copy_whole(parcel, &connection, where);
    if (from->has_event) {
        body = copy_body(parcel, &from->event);
        to->event.of.session = body;
        copy_slice(parcel, &from->event.protocol, parcel->at != NULL ? &to->event.protocol : NULL);
    }
    if (from->has_fact)
        copy_fact(parcel, &from->fact, body, &to->fact);
    align(parcel);
}

size_t parcel_size(const struct record *record)
{
    struct parcel parcel = {0};
    copy_all(&parcel, record);
    return parcel.len;
}

struct record *parcel_pack(const struct record *record, void *to)
{
    struct parcel parcel = {.at = to};
    copy_all(&parcel, record);
    return to;
}
