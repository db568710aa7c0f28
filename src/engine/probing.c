/* What a connection speaks, found out before it has a dialogue: the segments are held meanwhile, so
 * that what turns out to be SMTP joins from its first octet. */
#include "engine/engine.h"

#define REPLY_CODE 3 /* octets (RFC 5321 section 4.2) */

static enum classify_port port_of(const struct helo_engine *engine, const struct flow *flow)
{
    uint16_t port = flow->client >= 0 ? flow->port[1 - flow->client] : 0;
    if (!engine_is_smtp_flow(engine, flow))
        return CLASSIFY_PORT_ANY;
    if (port == 465)
        return CLASSIFY_PORT_TLS;
    return port == 25 || port == 2525 ? CLASSIFY_PORT_CLEARTEXT : CLASSIFY_PORT_EITHER;
}

/* Where a direction's octets begin. */
static uint32_t beginning_of(const struct segment *segment)
{
    return segment->seq + ((segment->flags & SEGMENT_SYN) != 0);
}

static void fill_view(struct helo_engine *engine, const struct flow *flow, bool whole,
                      struct classify_view *view)
{
    *view = (struct classify_view){.port = port_of(engine, flow), .whole = whole};
    for (int i = 0; i < HELO_SIDES; i++) {
        unsigned half = (unsigned)(i == HELO_CLIENT ? flow->client : 1 - flow->client);
        if (flow->half[half].edge_known)
            view->side[i] =
                probe_octets(flow->probe, half, flow->half[half].edge, engine->probe_room[i]);
    }
}

/* The flow is not SMTP, and nothing more is to be found out. */
static enum probing become_other(struct helo_engine *engine, struct flow *flow)
{
    struct probe *probe = flow->probe;
    flow->probe = NULL;
    flow_set_class(engine->flows, flow, FLOW_OTHER);
    if (probe == NULL)
        return PROBING_OTHER;
    for (const struct probe_segment *held = probe->first; held != NULL; held = held->next) {
        if ((held->segment.flags & SEGMENT_FIN) == 0)
            continue;
        if (flow->closer < 0)
            flow->closer = (int8_t)held->direction;
        flow->half[held->direction].fin = true;
    }
    probe_free(engine->mem, probe);
    return PROBING_OTHER;
}

/* The protocol by its first octets, where nDPI has seen too little. */
static uint16_t signature_in(const struct classify_view *view)
{
    enum signature found = SIGNATURE_NONE;
    if (view->side[HELO_SERVER].len > 0)
        found = signature_of_server(view->side[HELO_SERVER]);
    if (found == SIGNATURE_NONE)
        found = signature_of_client(view->side[HELO_CLIENT]);
    return (uint16_t)(OTHER_SIGNATURE | found);
}

static struct arrival arrival_of(const struct probe *probe, const struct probe_segment *held)
{
    return (struct arrival){&held->segment, held->direction, held->clock, probe->interface};
}

/* Takes a segment out of its direction's traffic, or puts it back: events tell how far it had come.
 */
static void count_again(struct flow *flow, const struct arrival *arrival, bool back)
{
    struct flow_half *half = &flow->half[arrival->direction];
    uint64_t octets = (uint64_t)arrival->segment->payload_len + arrival->segment->cut;
    if (back)
        half->packets++;
    else
        half->packets--;
    half->bytes += back ? octets : -octets;
}

/* Hands the connection a held segment, and before it what the stream was to do by then. */
static bool push_held(struct connection *connection, const struct arrival *arrival)
{
    while (stream_is_waiting(&connection->stream)) {
        helo_time deadline = stream_deadline(&connection->stream);
        if (deadline > arrival->clock)
            break;
        if (!connection_expire(connection, deadline))
            return false;
    }
    count_again(connection->flow, arrival, true);
    return connection_push(connection, arrival);
}

/* The flow is SMTP: what was held becomes its beginning. */
static enum probing join(struct helo_engine *engine, struct flow *flow, const struct proxy *proxy,
                         bool server_greets)
{
    struct probe *probe = flow->probe;
    struct probe_segment *held;
    struct arrival arrival;
    if (probe->first == NULL)
        return become_other(engine, flow);
    flow->probe = NULL;
    for (held = probe->first; held != NULL; held = held->next) {
        arrival = arrival_of(probe, held);
        count_again(flow, &arrival, false);
    }
    arrival = arrival_of(probe, probe->first);
    bool ok = connection_begin(engine, flow, &arrival, proxy);
    if (ok)
        flow->server_greets = server_greets;
    for (held = probe->first; held != NULL && ok; held = held->next) {
        arrival = arrival_of(probe, held);
        ok = push_held(flow->connection, &arrival);
    }
    probe_free(engine->mem, probe);
    return ok ? PROBING_TAKEN : PROBING_FAILED;
}

/* Have both ends seen what is held of either? Until then it may be somebody else's, who puts other
 * octets before those of the true server to have the session taken for something else. */
static bool is_confirmed(const struct flow *flow)
{
    const struct probe *probe = flow->probe;
    for (const struct probe_segment *held = probe->first; held != NULL; held = held->next)
        if (held->segment.payload_len > 0 &&
            !probe_is_acknowledged(probe, held->direction, flow->half[held->direction].edge))
            return false;
    return true;
}

/* Has the server said enough of a greeting to tell that it is none? */
static bool server_has_spoken(struct helo_engine *engine, const struct flow *flow)
{
    struct classify_view view;
    fill_view(engine, flow, true, &view);
    return view.side[HELO_SERVER].len >= REPLY_CODE;
}

/* On a port of SMTP, but not SMTP: nDPI names it, from as many segments as it needs. */
static enum probing find_name(struct helo_engine *engine, struct flow *flow, bool whole)
{
    static const struct proxy none;
    struct probe *probe = flow->probe;
    unsigned client = (unsigned)flow->client;
    /* The port says SMTP, and the stream the rest: nobody hides a session by contradicting it, or
     * by filling what is held before its server has spoken. */
    if (probe_contradicts(probe) ||
        (probe->full && (!is_confirmed(flow) || !server_has_spoken(engine, flow))))
        return join(engine, flow, &none, false);
    if (!whole && !is_confirmed(flow))
        return PROBING_HELD;
    probe->foreign = true;
    uint16_t protocol = probe_name(engine->mem, probe, engine_naming(engine), client);
    if (naming_is_smtp(protocol))
        protocol = NAMING_UNKNOWN; /* we know better */
    if (protocol == NAMING_UNKNOWN) {
        struct classify_view view;
        fill_view(engine, flow, true, &view);
        if (!whole && view.side[HELO_CLIENT].len == 0)
            return PROBING_HELD; /* the client's octets say more */
        protocol = signature_in(&view);
        if (!whole && protocol == OTHER_SIGNATURE)
            return PROBING_HELD;
    }
    if (probe->first == NULL)
        return become_other(engine, flow);
    struct arrival first = arrival_of(probe, probe->first);
    other_begin(engine, flow, protocol, &first);
    return become_other(engine, flow);
}

/* A connection that was picked up in its middle has no greeting to go by: a line that only SMTP
 * has, or nDPI. */
static enum probing judge_midstream(struct helo_engine *engine, struct flow *flow, bool whole)
{
    static const struct proxy none;
    struct probe *probe = flow->probe;
    const struct segment *last = &probe->last->segment;
    unsigned client = flow->client >= 0 ? (unsigned)flow->client : probe->first->direction;
    if (classify_is_of_mail((struct helo_slice){last->payload, last->payload_len}))
        return join(engine, flow, &none, false);
    uint16_t protocol = probe_name(engine->mem, probe, engine_naming(engine), client);
    if (naming_is_smtp(protocol))
        return join(engine, flow, &none, false);
    return whole || protocol != NAMING_UNKNOWN ? become_other(engine, flow) : PROBING_HELD;
}

/* Judges what is held; whole: nothing more will be. */
static enum probing judge_held(struct helo_engine *engine, struct flow *flow, bool whole)
{
    struct probe *probe = flow->probe;
    struct classify_view view;
    struct proxy proxy;
    if (probe->foreign)
        return find_name(engine, flow, whole);
    if (flow->midstream)
        return judge_midstream(engine, flow, whole);
    fill_view(engine, flow, whole, &view);
    enum classify_verdict verdict = classify_judge(&view, &proxy);
    bool server_greets =
        view.side[HELO_SERVER].len > 0 && !signature_is_tls(view.side[HELO_SERVER]);
    if (verdict == CLASSIFY_MORE && view.port == CLASSIFY_PORT_ANY &&
        probe->count >= LIMIT_CLASSIFY_PATIENCE &&
        naming_is_smtp(
            probe_name(engine->mem, probe, engine_naming(engine), (unsigned)flow->client)))
        verdict = CLASSIFY_SMTP;
    if (verdict == CLASSIFY_SMTP)
        return join(engine, flow, &proxy, server_greets);
    if (verdict == CLASSIFY_MORE)
        return PROBING_HELD;
    return view.port == CLASSIFY_PORT_ANY ? become_other(engine, flow)
                                          : find_name(engine, flow, whole);
}

/* True if a direction's octets are held up to its FIN. */
static bool is_whole(struct helo_engine *engine, const struct flow *flow, unsigned direction)
{
    const struct probe *probe = flow->probe;
    uint32_t edge = flow->half[direction].edge;
    struct helo_slice octets = probe_octets(probe, direction, edge, engine->probe_room[0]);
    for (const struct probe_segment *held = probe->first; held != NULL; held = held->next)
        if (held->direction == direction && (held->segment.flags & SEGMENT_FIN) != 0 &&
            beginning_of(&held->segment) + held->segment.payload_len == edge + octets.len)
            return true;
    return false;
}

/* True if a held segment ends the connection, as far as that can be told without a stream: a RST
 * at its exact place, or both FINs. */
static bool ends(struct helo_engine *engine, const struct flow *flow, const struct arrival *arrival)
{
    const struct segment *segment = arrival->segment;
    uint32_t next = flow->half[arrival->direction].edge;
    if ((segment->flags & SEGMENT_RST) == 0)
        return is_whole(engine, flow, 0) && is_whole(engine, flow, 1);
    const struct probe *probe = flow->probe;
    for (const struct probe_segment *held = probe->first; held != NULL; held = held->next) {
        uint32_t end = beginning_of(&held->segment) + held->segment.payload_len + held->segment.cut;
        if (held->direction == arrival->direction && (int32_t)(end - next) > 0)
            next = end;
    }
    return segment->seq == next;
}

/* A flow that can't be held is what its port says. */
static enum probing by_port(struct helo_engine *engine, struct flow *flow,
                            const struct arrival *arrival)
{
    static const struct proxy none;
    if (!engine_is_smtp_flow(engine, flow))
        return become_other(engine, flow);
    return connection_begin(engine, flow, arrival, &none) ? PROBING_JOINED : PROBING_FAILED;
}

/* The most frequent case: the first octets are enough, and nothing has to be held. */
static enum probing judge_first(struct helo_engine *engine, struct flow *flow,
                                const struct arrival *arrival)
{
    const struct segment *segment = arrival->segment;
    struct classify_view view = {.port = port_of(engine, flow)};
    unsigned side = (int)arrival->direction == flow->client ? HELO_CLIENT : HELO_SERVER;
    struct proxy proxy;
    if (flow->half[arrival->direction].edge != beginning_of(segment) || segment->cut > 0 ||
        (segment->flags & (SEGMENT_ACK | SEGMENT_SYN)) == 0)
        return engine_is_smtp_flow(engine, flow) ? by_port(engine, flow, arrival) : PROBING_HELD;
    view.side[side] = (struct helo_slice){segment->payload, segment->payload_len};
    enum classify_verdict verdict = classify_judge(&view, &proxy);
    if (verdict == CLASSIFY_OTHER && view.port == CLASSIFY_PORT_ANY)
        return become_other(engine, flow);
    if (verdict != CLASSIFY_SMTP)
        return PROBING_HELD;
    return connection_begin(engine, flow, arrival, &proxy) ? PROBING_JOINED : PROBING_FAILED;
}

/* Begins to hold; false without memory. */
static bool begin_to_hold(struct helo_engine *engine, struct flow *flow)
{
    struct probe *probe = probe_new(engine->mem);
    if (probe == NULL)
        return false;
    probe->interface = engine->interface;
    flow->probe = probe;
    flow_set_class(engine->flows, flow, FLOW_PROBED);
    return true;
}

enum probing probing_segment(struct helo_engine *engine, struct flow *flow,
                             const struct arrival *arrival)
{
    const struct segment *segment = arrival->segment;
    struct probe *probe = flow->probe;
    if (probe == NULL) {
        bool tells = segment->payload_len > 0 && flow->client >= 0;
        if (engine_is_smtp_flow(engine, flow) && (flow->midstream || !tells))
            return by_port(engine, flow, arrival);
        enum probing found = flow->midstream ? PROBING_HELD : judge_first(engine, flow, arrival);
        if (found != PROBING_HELD)
            return found;
        if (!begin_to_hold(engine, flow))
            return PROBING_FAILED;
        probe = flow->probe;
    }
    if (!probe_has_room(probe, segment)) {
        if (probe->first == NULL)
            return by_port(engine, flow, arrival);
        count_again(flow, arrival, false);
        probe->full = true;
        enum probing found = judge_held(engine, flow, true);
        count_again(flow, arrival, true);
        return found == PROBING_TAKEN ? PROBING_JOINED : found;
    }
    if (!probe_hold(engine->mem, probe, arrival->direction, segment, arrival->clock))
        return PROBING_FAILED;
    bool over = ends(engine, flow, arrival);
    probe->full = !over && probe->count == LIMIT_CLASSIFY_PACKETS;
    return judge_held(engine, flow, over || probe->count == LIMIT_CLASSIFY_PACKETS);
}

void probing_settle(struct helo_engine *engine, struct flow *flow)
{
    struct probe *probe = flow->probe;
    if (probe->first != NULL)
        judge_held(engine, flow, true);
    else
        become_other(engine, flow);
}
