/* Connections on ports of SMTP that speak something else: what is told of them. They keep nothing
 * but their flow. */
#include <string.h>

#include "engine/crew.h"

struct helo_slice other_name(struct helo_engine *engine, uint16_t protocol)
{
    const char *name = "";
    if ((protocol & OTHER_SIGNATURE) != 0 && protocol != OTHER_SIGNATURE)
        name = signature_name((enum signature)(protocol & ~OTHER_SIGNATURE));
    else if (protocol != OTHER_SIGNATURE && protocol != NAMING_UNKNOWN && engine->naming != NULL)
        name = naming_name(engine->naming, protocol);
    return (struct helo_slice){(const uint8_t *)name, strlen(name)};
}

/* Fills in what events of the flow share. */
static void describe(struct helo_engine *engine, struct connection *connection, struct flow *flow,
                     uint16_t protocol, const struct arrival *first)
{
    connection_describe(engine, connection, flow, first);
    flow->foreign = true;
    flow->protocol = protocol;
}

void other_begin(struct helo_engine *engine, struct flow *flow, uint16_t protocol,
                 const struct arrival *first)
{
    struct connection connection = {0};
    if (engine->member != NULL && !crew_enlist(engine->member, &connection.slot))
        return; /* without memory it is not told of */
    struct fact open = {.kind = FACT_OPEN};
    struct fact foreign = {.kind = FACT_FOREIGN,
                           .of.foreign = {.protocol = other_name(engine, protocol)}};
    describe(engine, &connection, flow, protocol, first);
    engine->stats.sessions_active++;
    connection.rules.order = flow->timer.order;
    connection_tell(&connection, NULL, &open, flow->created);
    connection_tell(&connection, NULL, &foreign, first->segment->time);
    connection_over(&connection);
    flow->told = (uint8_t)connection.envelope.number;
}

/* What ended it, as far as a connection without a stream shows that. */
static enum helo_close_reason reason_of(const struct flow *flow, enum smtp_cause cause)
{
    static const enum helo_close_reason BY[2][HELO_SIDES] = {
        {HELO_CLOSE_CLIENT_FIN, HELO_CLOSE_SERVER_FIN},
        {HELO_CLOSE_CLIENT_RST, HELO_CLOSE_SERVER_RST}};
    static const enum helo_close_reason WITHOUT[] = {
        [SMTP_CONNECTION_OVER] = HELO_CLOSE_UNKNOWN, [SMTP_REPLACED] = HELO_CLOSE_REPLACED,
        [SMTP_IDLE] = HELO_CLOSE_IDLE_TIMEOUT,       [SMTP_CAPTURE_END] = HELO_CLOSE_CAPTURE_END,
        [SMTP_EVICTED] = HELO_CLOSE_EVICTED,
    };
    return flow->closer >= 0 ? BY[flow->closed_by_rst][flow->closer != flow->client]
                             : WITHOUT[cause];
}

void other_end(struct helo_engine *engine, struct flow *flow, enum smtp_cause cause, helo_time time)
{
    static const struct segment plain; /* the flow keeps no tunnels, nor where it was captured */
    static const struct arrival unknown = {.segment = &plain};
    struct connection connection = {0};
    bool has_slot = engine->member == NULL || crew_enlist(engine->member, &connection.slot);
    helo_time end = time > flow->created ? time : flow->created;
    struct helo_session session = {
        .kind = HELO_KIND_OTHER,
        .outcome = HELO_OUTCOME_UNKNOWN,
        .start = flow->created,
        .end = end,
        .one_sided = flow->half[0].packets == 0 || flow->half[1].packets == 0,
        .seen_side = flow->half[flow->client].packets > 0 ? HELO_CLIENT : HELO_SERVER,
        .close_reason = reason_of(flow, cause),
        .has_close_by = flow->closer >= 0,
        .close_by = flow->closer == flow->client ? HELO_CLIENT : HELO_SERVER,
    };
    struct helo_event event = {.dataset = HELO_DATASET_SESSION, .of.session = &session};
    describe(engine, &connection, flow, flow->protocol, &unknown);
    connection.envelope.number = flow->told;
    if (has_slot) {
        connection_tell(&connection, &event, NULL, end);
        connection_over(&connection);
    }
    engine->stats.sessions_active--;
    engine->stats.sessions_ended++;
    flow->foreign = false;
}
