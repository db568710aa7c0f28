/* One connection that may speak SMTP: its stream, its dialogue, its events. */
#include <stddef.h>
#include <string.h>

#include "base/limits.h"
#include "base/network.h"
#include "engine/crew.h"
#include "smtp/reply.h"
#include "smtp/verb.h"

static void fill_traffic(struct connection *connection)
{
    const struct flow *flow = connection->flow;
    struct helo_endpoint *end = connection->envelope.connection.end;
    for (int i = 0; i < HELO_SIDES; i++) {
        const struct flow_half *half = &flow->half[i == 0 ? flow->client : 1 - flow->client];
        end[i].bytes = half->bytes;
        end[i].packets = half->packets;
    }
}

/* The connection that these facts are a part of. */
static struct connection *connection_of(const struct helo_connection *facts)
{
    return (struct connection *)((uintptr_t)facts -
                                 offsetof(struct connection, envelope.connection));
}

void connection_refresh(void *context, const struct helo_connection *facts)
{
    (void)context;
    fill_traffic(connection_of(facts));
}

static bool is_wanted(uint32_t kinds, const struct fact *fact)
{
    return fact != NULL && (kinds >> fact->kind & 1) != 0;
}

/* Reports an event (stamped), a fact, or both. */
static void report(struct connection *connection, const struct helo_event *event,
                   const struct fact *fact)
{
    struct helo_engine *engine = connection->engine;
    bool has_fact = is_wanted(engine->reported, fact);
    if (event == NULL && !has_fact)
        return;
    struct record record = {.kind = RECORD_TOLD,
                            .tally = &connection->tally,
                            .slot = connection->slot,
                            .has_event = event != NULL,
                            .has_fact = has_fact};
    if (event != NULL)
        record.event = *event;
    else
        record.event.number = connection->envelope.number;
    if (has_fact)
        record.fact = *fact;
    engine_report(engine, &record);
}

void connection_tell(struct connection *connection, struct helo_event *event, struct fact *fact,
                     helo_time time)
{
    struct helo_engine *engine = connection->engine;
    fill_traffic(connection);
    if (event != NULL) {
        envelope_stamp(&connection->envelope, event, time);
        event->foreign = connection->flow->foreign;
        if (event->foreign)
            event->protocol = other_name(engine, connection->flow->protocol);
    }
    if (fact != NULL) {
        fact->time = time > connection->envelope.last_time ? time : connection->envelope.last_time;
        fact->connection = &connection->envelope.connection;
    }
    report(connection, event, fact);
    if (fact == NULL || !rules_want(engine->rules, fact->kind))
        return;
    struct mem_account *account = mem_charge(engine->mem, NULL); /* counters are nobody's */
    rules_fact(engine->rules, &connection->rules, fact);
    mem_charge(engine->mem, account);
}

void connection_tell_anomaly(void *context, const struct helo_connection *facts,
                             const struct helo_anomaly *anomaly, helo_time time)
{
    struct helo_engine *engine = context;
    struct connection *connection = connection_of(facts);
    struct helo_event event = {.dataset = HELO_DATASET_ANOMALY, .of.anomaly = anomaly};
    if (engine->firing_rules) {
        engine->key.at = time;
        engine->key.order = connection->rules.order;
    }
    size_t rule = helo_rule_find(anomaly->rule->id);
    if (rule < HELO_MOST_RULES)
        engine->stats.anomalies[rule]++;
    connection_tell(connection, &event, NULL, time);
}

static void on_fact(void *context, struct fact *fact, helo_time time)
{
    connection_tell(context, NULL, fact, time);
}

/* exchange NULL: exchanges are only numbered. */
static void on_exchange(void *context, const struct helo_exchange *exchange, helo_time time)
{
    struct connection *connection = context;
    struct helo_event event = {.dataset = HELO_DATASET_EXCHANGE, .of.exchange = exchange};
    if (exchange != NULL)
        connection_tell(connection, &event, NULL, time);
    else
        envelope_stamp(&connection->envelope, &event, time);
}

static void on_message(void *context, const struct helo_message *message, helo_time time)
{
    struct fact fact = {.kind = FACT_MESSAGE, .of.message = message};
    struct helo_event event = {.dataset = HELO_DATASET_MESSAGE, .of.message = message};
    connection_tell(context, &event, &fact, time);
}

static void on_auth(void *context, const struct fact_auth *told, helo_time time)
{
    struct connection *connection = context;
    const struct helo_auth *auth = told->auth;
    struct fact fact = {.kind = FACT_AUTH, .of.auth = *told};
    struct helo_event event = {.dataset = HELO_DATASET_AUTH, .of.auth = auth};
    if (auth->user_name.len > 0) {
        text_set(connection->engine->mem, &connection->user, auth->user_name, LIMIT_STRING_KEPT);
        connection->envelope.connection.user = text_slice(&connection->user);
    }
    connection_tell(connection, &event, &fact, time);
}

static void on_tls(void *context, const struct helo_tls *tls, helo_time time)
{
    struct fact fact = {.kind = FACT_TLS, .of.tls = tls};
    struct helo_event event = {.dataset = HELO_DATASET_TLS, .of.tls = tls};
    connection_tell(context, &event, &fact, time);
}

static void on_session(void *context, const struct helo_session *session,
                       const struct fact_close *close, helo_time time)
{
    struct connection *connection = context;
    struct fact fact = {.kind = FACT_SESSION, .of.end = {session, *close}};
    struct helo_event event = {.dataset = HELO_DATASET_SESSION, .of.session = session};
    connection_tell(connection, &event, &fact, time);
}

static bool has_name(struct helo_slice names, struct helo_slice name)
{
    while (names.len > 0) {
        size_t len = (size_t)((const uint8_t *)memchr(names.ptr, 0, names.len) - names.ptr);
        if (len == name.len && memcmp(names.ptr, name.ptr, len) == 0)
            return true;
        names.ptr += len + 1;
        names.len -= len + 1;
    }
    return false;
}

/* Names that differ are kept, one behind the other, while there is room for them. */
static void on_name(void *context, struct helo_slice name)
{
    struct connection *connection = context;
    struct helo_connection *told = &connection->envelope.connection;
    struct mem *mem = connection->engine->mem;
    const uint8_t *nul = memchr(name.ptr, 0, name.len);
    uint32_t before = connection->names.len;
    if (nul != NULL)
        name.len = (size_t)(nul - name.ptr);
    if (name.len > LIMIT_STRING_KEPT)
        name.len = LIMIT_STRING_KEPT;
    if (told->names_lost || has_name(told->names, name))
        return;
    if (!text_add(mem, &connection->names, name, LIMIT_SESSION_NAMES) ||
        !text_add(mem, &connection->names, SLICE("\0"), LIMIT_SESSION_NAMES)) {
        connection->names.len = before;
        told->names_lost = true;
    }
    told->names = text_slice(&connection->names);
}

static void on_real_client(void *context, const struct helo_endpoint *client)
{
    struct connection *connection = context;
    connection->envelope.connection.has_real_client = true;
    connection->envelope.connection.real_client = *client;
}

/* Names what a client speaks whose first octets are no SMTP; empty: they are, or nobody knows. nDPI
 * is asked only about all of a first chunk. */
static struct helo_slice name_client(struct connection *connection, struct helo_slice octets,
                                     helo_time time)
{
    struct helo_engine *engine = connection->engine;
    struct segment segment = {
        .time = time, .payload = octets.ptr, .payload_len = (uint32_t)octets.len};
    struct naming_flow *naming = NULL;
    enum signature signature;
    enum classify_client client = classify_client_of(octets, &signature);
    uint16_t protocol = (uint16_t)(OTHER_SIGNATURE | signature);
    connection->flow->opens_tls = signature == SIGNATURE_TLS && !connection->flow->server_greets;
    if (client == CLASSIFY_CLIENT_FITS || connection->flow->opens_tls)
        return (struct helo_slice){NULL, 0};
    struct mem_account *account = mem_charge(engine->mem, NULL); /* the module is nobody's */
    if (client == CLASSIFY_CLIENT_UNKNOWN && engine_naming(engine) != NULL &&
        (naming = naming_begin(engine->mem)) != NULL)
        protocol = naming_segment(engine->naming, naming, HELO_CLIENT, &segment);
    naming_end(engine->mem, naming);
    mem_charge(engine->mem, account);
    return other_name(engine, naming_is_smtp(protocol) ? NAMING_UNKNOWN : protocol);
}

/* The client's first octets with those of the chunk, once they tell what it speaks or are enough
 * to; else empty. */
static struct helo_slice opening_with(struct connection *connection,
                                      const struct stream_chunk *chunk)
{
    size_t room = sizeof(connection->opening) - connection->opened;
    enum signature signature;
    if (chunk->offset != connection->opened)
        return (struct helo_slice){NULL, 0};
    if (connection->opened == 0 && chunk->len >= room)
        return (struct helo_slice){chunk->data, chunk->len};
    size_t more = chunk->len < room ? chunk->len : room;
    memcpy(connection->opening + connection->opened, chunk->data, more);
    connection->opened = (uint8_t)(connection->opened + more);
    struct helo_slice opening = {connection->opening, connection->opened};
    bool tells = more == room || classify_client_of(opening, &signature) == CLASSIFY_CLIENT_KNOWN;
    return tells ? opening : (struct helo_slice){NULL, 0};
}

static void tell_foreign(struct connection *connection, struct helo_slice name, helo_time time)
{
    bool smtp = connection->flow->server_greets;
    struct fact fact = {.kind = FACT_FOREIGN, .of.foreign = {name, .server_is_smtp = smtp}};
    if (name.len > 0)
        on_fact(connection, &fact, time);
}

/* TLS before the server has spoken is SMTP's as well, until the server greets in clear. */
static void on_server_opening(struct connection *connection, const struct stream_chunk *chunk)
{
    struct flow *flow = connection->flow;
    flow->server_greets |= chunk->offset == 0 && chunk->data[0] >= '2' && chunk->data[0] <= '5';
    if (flow->opens_tls && flow->server_greets)
        tell_foreign(connection, other_name(connection->engine, OTHER_SIGNATURE | SIGNATURE_TLS),
                     chunk->time);
    flow->opens_tls = false;
}

/* A client may speak another protocol than its server. */
static void on_opening(void *context, enum helo_side side, const struct stream_chunk *chunk)
{
    struct connection *connection = context;
    struct flow *flow = connection->flow;
    if (side == HELO_SERVER)
        on_server_opening(connection, chunk);
    if (side == HELO_SERVER || flow->client_known)
        return;
    struct helo_slice octets = opening_with(connection, chunk);
    if (octets.len == 0)
        return;
    flow->client_known = true;
    tell_foreign(connection, name_client(connection, octets, chunk->time), chunk->time);
}

void connection_sink(struct smtp_sink *sink)
{
    *sink = (struct smtp_sink){.opening = on_opening,
                               .exchange = on_exchange,
                               .message = on_message,
                               .auth = on_auth,
                               .tls = on_tls,
                               .session = on_session,
                               .fact = on_fact,
                               .name = on_name,
                               .real_client = on_real_client};
}

/* Without a SYN: who speaks a command is client; else the port tells; else who replies is server.
 */
static void find_roles(const struct helo_engine *engine, struct flow *flow, unsigned direction,
                       const struct segment *segment)
{
    struct helo_slice payload = {segment->payload, segment->payload_len};
    struct helo_slice token, rest;
    bool from_server_port = engine_is_smtp_port(engine, segment->source_port);
    bool to_server_port = engine_is_smtp_port(engine, segment->destination_port);

    if (flow->client >= 0)
        return;
    const uint8_t *lf = payload.len > 0 ? memchr(payload.ptr, '\n', payload.len) : NULL;
    if (lf != NULL)
        payload.len = (size_t)(lf - payload.ptr) - (lf > payload.ptr && lf[-1] == '\r');
    bool sends_command =
        payload.len > 0 && verb_is_strict(verb_parse(payload, &token, &rest), rest);
    bool is_client = to_server_port;
    if (sends_command)
        is_client = true;
    else if (from_server_port == to_server_port)
        is_client = reply_code_of(payload) == 0;
    flow->client = (int8_t)(is_client ? direction : 1 - direction);
}

static void fill_ends(const struct flow *flow, struct helo_connection *connection)
{
    for (int i = 0; i < HELO_SIDES; i++) {
        int half = i == 0 ? flow->client : 1 - flow->client;
        struct helo_endpoint *end = &connection->end[i];
        end->family = flow->family;
        memcpy(end->address, flow->address[half], sizeof(end->address));
        end->port = flow->port[half];
        end->has_mac = flow->has_mac;
        memcpy(end->mac, flow->mac[half], sizeof(end->mac));
    }
    connection->vlan_count = flow->vlan_count;
    memcpy(connection->vlan, flow->vlan, sizeof(connection->vlan));
}

static void fill_tunnels(const struct segment *segment, struct helo_connection *connection)
{
    connection->tunnel_count = segment->tunnel_count;
    memcpy(connection->tunnel, segment->tunnel,
           segment->tunnel_count * sizeof(connection->tunnel[0]));
}

static bool is_trusted_proxy(const struct helo_config *config, const struct helo_endpoint *end)
{
    for (size_t i = 0; i < config->proxy_count; i++) {
        if (network_has(&config->proxies[i], end->family, end->address))
            return true;
    }
    return false;
}

static void fill_edges(const struct flow *flow, struct stream_edge edge[HELO_SIDES])
{
    for (int i = 0; i < HELO_SIDES; i++) {
        const struct flow_half *half = &flow->half[i == 0 ? flow->client : 1 - flow->client];
        edge[i] = (struct stream_edge){.known = half->edge_known,
                                       .guessed = half->edge_guessed,
                                       .next = half->edge,
                                       .window_scale = half->window_scale,
                                       .syn_seen = half->syn_seen,
                                       .seen = half->seen};
    }
}

/* A connection and its dialogue are one block: they are used together and freed together. */
static size_t connection_size(void)
{
    return sizeof(struct connection) + smtp_size();
}

/* Both ends are done, or, if a FIN or RST turned out to be forged, no longer. */
static void note_close(const struct connection *connection, helo_time clock)
{
    struct flow *flow = connection->flow;
    bool was_doubted = flow->doubted;
    bool over = stream_is_over(&connection->stream);
    flow->doubted = over && !stream_is_over_for_sure(&connection->stream);
    if (over && (!flow->closing || (was_doubted && !flow->doubted)))
        flow->settled = clock;
    flow->closing = over;
}

/* The time of a packet within its connection: never before its beginning, and never further back
 * than two mirror ports, or two directions stored one after the other, may differ. Small steps back
 * are left, as they tell which latencies are not known. */
static helo_time packet_time(struct connection *connection, helo_time time)
{
    helo_time start = connection->flow->created;
    connection->behind = connection->engine->clock.now - time;
    if (time < start)
        time = start;
    if (time < connection->latest && clock_is_leap(connection->latest, time))
        time = connection->latest;
    if (time > connection->latest)
        connection->latest = time;
    return time;
}

/* What the clock means within the connection, where the packets' times lie far behind it: a file
 * that is older than the one before it, or a clock that was led astray. */
static helo_time clock_time(const struct connection *connection, helo_time clock)
{
    helo_time time = clock - connection->behind;
    if (!clock_is_leap(clock, time) || time < connection->latest)
        time = clock;
    return time > connection->flow->created ? time : connection->flow->created;
}

/* What a connection may take. */
static uint64_t share_of(const struct helo_engine *engine)
{
    uint64_t part = mem_cap(engine->mem) / LIMIT_CONNECTION_PART;
    return part < LIMIT_CONNECTION_OCTETS ? part : LIMIT_CONNECTION_OCTETS;
}

void connection_describe(struct helo_engine *engine, struct connection *connection,
                         struct flow *flow, const struct arrival *first)
{
    struct helo_connection *facts = &connection->envelope.connection;
    connection->engine = engine;
    connection->flow = flow;
    fill_ends(flow, facts);
    fill_tunnels(first->segment, facts);
    facts->nanoseconds = engine->config.nanoseconds;
    facts->interface = first->interface;
    envelope_begin(&connection->envelope, flow->created, flow->realm);
}

/* Makes the dialogue and its stream, which begins behind the handshake of a proxy. */
static void make_dialogue(struct connection *connection, const struct proxy *proxy)
{
    struct helo_engine *engine = connection->engine;
    const struct flow *flow = connection->flow;
    const struct helo_endpoint *end = connection->envelope.connection.end;
    bool proxied = proxy->kind != NULL;
    struct smtp_start start = {
        .time = flow->created,
        .server_port = proxied ? proxy->port : end[HELO_SERVER].port,
        .midstream = flow->midstream,
        .trusted_proxy = is_trusted_proxy(&engine->config, &end[HELO_CLIENT]),
    };
    if (proxied) {
        start.proxy_kind = (struct helo_slice){(const uint8_t *)proxy->kind, strlen(proxy->kind)};
        start.proxy_target = (struct helo_slice){(const uint8_t *)proxy->target, proxy->target_len};
        start.proxy_login = (struct smtp_login){proxy->name, proxy->password, proxy->header};
    }
    start.odd_port =
        proxied ? !engine_is_smtp_port(engine, proxy->port) : !engine_is_smtp_flow(engine, flow);
    connection->smtp = smtp_init(connection + 1, &engine->smtp, connection, &start);
    struct stream_consumer consumer = {connection->smtp, smtp_bytes,    smtp_gap,      smtp_end,
                                       smtp_resume,      smtp_conflict, smtp_unchecked};
    struct stream_edge edge[HELO_SIDES];
    fill_edges(flow, edge);
    for (int i = 0; i < HELO_SIDES && proxied; i++)
        edge[i].next += (uint32_t)proxy->skip[i];
    stream_init(&connection->stream, engine->mem, &consumer, &engine->stream_counts,
                &engine->buffered, edge);
}

bool connection_begin(struct helo_engine *engine, struct flow *flow, const struct arrival *first,
                      const struct proxy *proxy)
{
    struct connection *connection = mem_take(engine->mem, connection_size());
    if (connection == NULL)
        return false;
    memset(connection, 0, sizeof(*connection));
    if (engine->member != NULL && !crew_enlist(engine->member, &connection->slot)) {
        mem_give(engine->mem, connection, connection_size());
        return false;
    }
    find_roles(engine, flow, first->direction, first->segment);
    connection_describe(engine, connection, flow, first);
    connection->account.most = share_of(engine);
    connection->flow->client_known = flow->midstream;
    mem_charge(engine->mem, &connection->account);
    make_dialogue(connection, proxy);
    mem_charge(engine->mem, NULL);
    connection->latest = flow->created;
    connection->behind = first->clock - first->segment->time;
    for (int i = 0; i < HELO_SIDES; i++) {
        struct flow_half *half = &flow->half[i == 0 ? flow->client : 1 - flow->client];
        if (half->rst)
            stream_note_rst(&connection->stream, (enum helo_side)i, half->candidate,
                            clock_time(connection, half->seen));
    }
    if (flow->refuted) /* what was told of its beginning was not true to its end */
        smtp_conflict(connection->smtp,
                      (int)first->direction == flow->client ? HELO_CLIENT : HELO_SERVER, 0,
                      first->segment->time);
    flow->settled = first->clock - 1; /* whoever has only just begun is passed over once */
    flow->connection = connection;
    note_close(connection, first->clock);
    flow_set_class(engine->flows, flow, FLOW_SMTP);
    engine->stats.sessions_active++;
    struct fact open = {.kind = FACT_OPEN};
    connection->rules.order = flow->timer.order;
    connection_tell(connection, NULL, &open, flow->created);
    return true;
}

/* Whoever has become fat, or thin again, changes class. False if it has to be given up. */
static bool settle_memory(struct connection *connection)
{
    struct flow *flow = connection->flow;
    uint64_t used = connection->account.used;
    mem_charge(connection->engine->mem, NULL);
    if (flow->class == FLOW_SMTP && used > LIMIT_FAT_OCTETS)
        flow_set_class(connection->engine->flows, flow, FLOW_FAT);
    else if (flow->class == FLOW_FAT && used < LIMIT_FAT_OCTETS / 2)
        flow_set_class(connection->engine->flows, flow, FLOW_SMTP);
    return !connection->account.refused && !smtp_has_failed(connection->smtp);
}

void connection_fetch(const struct connection *connection)
{
    if (connection == NULL)
        return;
    __builtin_prefetch(connection);
    __builtin_prefetch(&connection->stream);
    __builtin_prefetch(&connection->stream.side[0]);
    __builtin_prefetch(&connection->stream.side[1]);
    __builtin_prefetch(connection + 1);
    __builtin_prefetch((const char *)(connection + 1) + 64);
}

bool connection_push(struct connection *connection, const struct arrival *arrival)
{
    const struct segment *segment = arrival->segment;
    const struct flow *flow = connection->flow;
    connection->engine->stream_octets += segment->payload_len;
    helo_time clock = arrival->clock;
    enum helo_side side = (int)arrival->direction == flow->client ? HELO_CLIENT : HELO_SERVER;
    helo_time time = packet_time(connection, segment->time);
    struct segment moved;
    if (time != segment->time) {
        moved = *segment;
        moved.time = time;
        segment = &moved;
    }
    mem_charge(connection->engine->mem, &connection->account);
    stream_push(&connection->stream, side, segment, clock);
    note_close(connection, clock);
    return settle_memory(connection);
}

bool connection_expire(struct connection *connection, helo_time deadline)
{
    mem_charge(connection->engine->mem, &connection->account);
    stream_expire(&connection->stream, deadline);
    note_close(connection, deadline);
    return settle_memory(connection);
}

void connection_end(struct connection *connection, enum smtp_cause cause, helo_time time)
{
    struct flow *flow = connection->flow;
    struct smtp_finish finish = {.cause = cause, .time = clock_time(connection, time)};
    mem_charge(connection->engine->mem, &connection->account);
    stream_finish(&connection->stream, time);
    finish.disputed = stream_is_disputed(&connection->stream);
    if (stream_is_reset(&connection->stream))
        finish.cause = SMTP_CONNECTION_OVER; /* known only now that nothing more came */
    for (int i = 0; i < HELO_SIDES; i++) {
        struct flow_half *half = &flow->half[i == 0 ? flow->client : 1 - flow->client];
        finish.unseen[i] = stream_unseen(&connection->stream, (enum helo_side)i);
        finish.seen[i] = half->packets > 0;
        half->rst = connection->stream.side[i].rst;
        half->edge = connection->stream.side[i].next;
    }
    smtp_finish(connection->smtp, &finish);
    mem_charge(connection->engine->mem, NULL);
    connection->engine->stats.sessions_active--;
    connection->engine->stats.sessions_ended++;
    connection_free(connection);
}

void connection_over(struct connection *connection)
{
    struct record over = {
        .kind = RECORD_OVER, .tally = &connection->tally, .slot = connection->slot};
    rules_forget(connection->engine->rules, &connection->rules);
    engine_report(connection->engine, &over);
}

void connection_free(struct connection *connection)
{
    struct mem *mem = connection->engine->mem;
    connection->flow->connection = NULL;
    mem_charge(mem, &connection->account);
    stream_close(&connection->stream);
    smtp_close(connection->smtp);
    text_free(mem, &connection->user);
    text_free(mem, &connection->names);
    mem_charge(mem, NULL);
    connection_over(connection);
    mem_give(mem, connection, connection_size());
}
