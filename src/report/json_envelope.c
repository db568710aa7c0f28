/* The envelope: what every event carries, whatever its dataset, around the object `smtp`. */
#include "heloscope/heloscope.h"
#include "report/format.h"
#include "report/json_event.h"
#include "report/names.h"

static inline void timestamp(struct json *json, const char *key, helo_time time, bool nanoseconds)
{
    if (time == HELO_NO_TIME)
        return;
    char *to = json_member(json, key, FORMAT_LONGEST + 2);
    if (to == NULL)
        return;
    *to++ = '"';
    to = format_timestamp(to, time, nanoseconds);
    *to++ = '"';
    json_end(json, to);
}

static struct helo_slice slice_of(const char *string)
{
    return (struct helo_slice){(const uint8_t *)string, strlen(string)};
}

void json_event_observer(struct json *json, struct line *line, const char *sensor,
                         const char *interface)
{
    json_begin(json, line);
    json_open_element(json, '{');
    json_text(json, "observer.name", slice_of(sensor));
    json_name(json, "type", "sensor");
    json_name(json, "product", "heloscope");
    json_name(json, "version", HELO_VERSION);
    if (interface != NULL) {
        json_open(json, "ingress", '{');
        json_open(json, "interface", '{');
        json_text(json, "observer.ingress.interface.name", slice_of(interface));
        json_close(json, '}');
        json_close(json, '}');
    }
    json_close(json, '}');
}

/* Of several sessions: the rule, and a hash of the subject and the window's start. */
static void windowed_id(struct json *json, const struct helo_anomaly *anomaly)
{
    size_t len = strlen(anomaly->rule->id);
    char *to = json_member(json, "id", len + 1 + 16 + 2);
    if (to == NULL)
        return;
    *to++ = '"';
    memcpy(to, anomaly->rule->id, len);
    to += len;
    *to++ = '-';
    to = number_hex(to, anomaly->subject_hash, 16);
    *to++ = '"';
    json_end(json, to);
}

static void event_id(struct json *json, const struct helo_event *event,
                     const struct event_context *context)
{
    static const char STATS[] = "-stats-";
    size_t run = strlen(context->run);
    if (event->connection == NULL && event->dataset == HELO_DATASET_ANOMALY) {
        windowed_id(json, event->of.anomaly);
        return;
    }
    char *to = json_member(json, "id", run + sizeof(STATS) + 2 * NUMBER_LONGEST);

    if (to == NULL)
        return;
    *to++ = '"';
    if (event->connection != NULL) {
        to = number_hex(to, event->connection->session_id, 16);
        *to++ = '-';
    } else {
        memcpy(to, context->run, run);
        memcpy(to + run, STATS, sizeof(STATS) - 1);
        to += run + sizeof(STATS) - 1;
    }
    to = number_decimal(to, event->number);
    *to++ = '"';
    json_end(json, to);
}

static void event_object(struct json *json, const struct dataset *dataset,
                         const struct helo_event *event, const struct event_context *context,
                         bool nanoseconds)
{
    json_open(json, "event", '{');
    line_string(json->line, dataset->head);
    json->comma = true;
    event_id(json, event, context);
    json_u64(json, "sequence", context->sequence);
    if (dataset->span == NULL) {
        line_string(json->line, dataset->tail);
        if (event->dataset == HELO_DATASET_ANOMALY)
            json_u64(json, "severity", helo_severity_number(event->of.anomaly->severity));
        json_close(json, '}');
        return;
    }
    struct event_span span = dataset->span(event);
    bool open = dataset->open != NULL && span.outcome == HELO_OUTCOME_UNKNOWN;
    line_string(json->line, open ? dataset->open : dataset->tail);
    json_name(json, "outcome", name_of_outcome(span.outcome));
    timestamp(json, "start", span.start, nanoseconds);
    timestamp(json, "end", span.end, nanoseconds);
    if (span.start != HELO_NO_TIME && span.end >= span.start)
        json_u64(json, "duration", (uint64_t)span.end - (uint64_t)span.start);
    json_close(json, '}');
}

static char *quoted_address(char *to, const struct helo_endpoint *end)
{
    *to++ = '"';
    to = format_address(to, end);
    *to++ = '"';
    return to;
}

void json_event_address(struct json *json, const char *key, const struct helo_endpoint *end)
{
    char *to = json_member(json, key, FORMAT_LONGEST + 2);
    if (to != NULL)
        json_end(json, quoted_address(to, end));
}

static void address_element(struct json *json, const struct helo_endpoint *end)
{
    json_comma(json);
    char *to = line_reserve(json->line, FORMAT_LONGEST + 2);
    if (to != NULL)
        line_commit(json->line, quoted_address(to, end));
}

static void address_and_port(struct json *json, const struct helo_endpoint *end, bool has_port)
{
    json_event_address(json, "ip", end);
    if (has_port)
        json_u64(json, "port", end->port);
}

static inline void wire_end(struct json *json, const char *key, const struct helo_endpoint *end)
{
    json_open(json, key, '{');
    address_and_port(json, end, true);
    char *to = end->has_mac ? json_member(json, "mac", FORMAT_LONGEST + 2) : NULL;
    if (to != NULL) {
        *to++ = '"';
        to = format_mac(to, end->mac);
        *to++ = '"';
        json_end(json, to);
    }
    json_u64(json, "bytes", end->bytes);
    json_u64(json, "packets", end->packets);
    json_close(json, '}');
}

/* XCLIENT may tell the address alone; port 0 is then the unknown one. */
static void real_client(struct json *json, const struct helo_endpoint *end)
{
    json_open(json, "client", '{');
    address_and_port(json, end, end->port != 0);
    json_close(json, '}');
}

static void vlan_object(struct json *json, uint16_t id)
{
    char text[NUMBER_LONGEST];

    *number_decimal(text, id) = '\0';
    json_open(json, "vlan", '{');
    json_name(json, "id", text);
    json_close(json, '}');
}

static void network_object(struct json *json, const struct helo_event *event)
{
    const struct helo_connection *connection = event->connection;
    bool other =
        event->dataset == HELO_DATASET_SESSION && event->of.session->kind == HELO_KIND_OTHER;

    json_open(json, "network", '{');
    json_name(json, "transport", "tcp");
    json_name(json, "type", connection->end[HELO_CLIENT].family == 4 ? "ipv4" : "ipv6");
    if (event->foreign)
        json_text(json, "network.protocol", event->protocol);
    else if (!other)
        json_name(json, "protocol", "smtp");
    if (connection->community_id[0] != '\0')
        json_name(json, "community_id", connection->community_id);
    if (connection->vlan_count > 0)
        vlan_object(json, connection->vlan[0]);
    if (connection->vlan_count > 1) {
        json_open(json, "inner", '{');
        vlan_object(json, connection->vlan[1]);
        json_close(json, '}');
    }
    json_close(json, '}');
}

static bool same_address(const struct helo_endpoint *a, const struct helo_endpoint *b)
{
    return a->family == b->family && memcmp(a->address, b->address, a->family == 4 ? 4 : 16) == 0;
}

void json_event_addresses(struct json *json, const struct helo_endpoint *const ends[], size_t count)
{
    json_open(json, "ip", '[');
    for (size_t i = 0; i < count; i++) {
        bool known = false;
        for (size_t j = 0; j < i; j++)
            known = known || same_address(ends[i], ends[j]);
        if (known)
            continue;
        address_element(json, ends[i]);
    }
    json_close(json, ']');
}

static void related_ip(struct json *json, const struct helo_connection *connection)
{
    const struct helo_endpoint *ends[] = {&connection->end[HELO_CLIENT],
                                          &connection->end[HELO_SERVER], &connection->real_client};
    json_event_addresses(json, ends, connection->has_real_client ? 3 : 2);
}

static void connection_objects(struct json *json, const struct helo_event *event)
{
    const struct helo_connection *connection = event->connection;

    wire_end(json, "source", &connection->end[HELO_CLIENT]);
    wire_end(json, "destination", &connection->end[HELO_SERVER]);
    if (connection->has_real_client)
        real_client(json, &connection->real_client);
    network_object(json, event);
    if (event->dataset == HELO_DATASET_AUTH)
        json_event_user(json, event->of.auth);
    if (event->dataset == HELO_DATASET_TLS)
        json_event_tls_facts(json, event->of.tls);
    json_open(json, "related", '{');
    related_ip(json, connection);
    if (event->dataset == HELO_DATASET_AUTH)
        json_event_related_user(json, event->of.auth);
    json_close(json, '}');
}

/* "vxlan:42" or "gre". */
static void tunnel_element(struct json *json, const struct helo_tunnel *tunnel)
{
    const char *name = name_of_tunnel((enum helo_tunnel_kind)tunnel->kind);
    size_t len = strlen(name);

    json_comma(json);
    char *to = line_reserve(json->line, len + 3 + NUMBER_LONGEST);
    if (to == NULL)
        return;
    *to++ = '"';
    memcpy(to, name, len);
    to += len;
    if (tunnel->has_id) {
        *to++ = ':';
        to = number_decimal(to, tunnel->id);
    }
    *to++ = '"';
    line_commit(json->line, to);
}

static void capture_object(struct json *json, const struct helo_connection *connection)
{
    json_open(json, "capture", '{');
    json_open(json, "tunnel", '[');
    for (uint8_t i = 0; i < connection->tunnel_count; i++)
        tunnel_element(json, &connection->tunnel[i]);
    json_close(json, ']');
    json_close(json, '}');
}

void json_event_write(struct json *json, struct line *line, const struct helo_event *event,
                      const struct event_context *context)
{
    const struct dataset *dataset = dataset_of(event->dataset);
    bool nanoseconds = event->connection != NULL && event->connection->nanoseconds;

    json_begin(json, line);
    json_open_element(json, '{');
    timestamp(json, "@timestamp", event->time, nanoseconds);
    json_raw(json, "ecs", "{\"version\":\"8.17.0\"}");
    event_object(json, dataset, event, context, nanoseconds);
    json_raw(json, "observer", context->observer);
    if (event->connection != NULL)
        connection_objects(json, event);
    else if (event->dataset == HELO_DATASET_ANOMALY)
        json_event_shared(json, event->of.anomaly);
    if (event->dataset == HELO_DATASET_ANOMALY)
        json_event_rule(json, event->of.anomaly);
    json_open(json, "smtp", '{');
    if (event->connection != NULL && event->connection->tunnel_count > 0)
        capture_object(json, event->connection);
    dataset->json(json, event, context);
    json_write_notes(json);
    json_close(json, '}');
    json_close(json, '}');
    line_char(line, '\n');
}
