/* Packets before their turn: what following them will touch is fetched from memory meanwhile. Among
 * many connections none of it is in the processor's cache any more, and each fetch takes as long as
 * hundreds of instructions. */
#include "decode/glimpse.h"
#include "engine/engine.h"

/* Steps of a packet, in packets since it was announced. */
#define FLOW_STEP       3u
#define CONNECTION_STEP 6u

_Static_assert(CONNECTION_STEP < LIMIT_CAPTURE_AHEAD && LIMIT_CAPTURE_AHEAD <= EXPECTED,
               "a packet's steps are taken before its turn, and remembered until then");

static bool is_known(const struct expected *expected, unsigned at)
{
    return (expected->known >> at & 1) != 0;
}

static void expect_flow(struct helo_engine *engine, unsigned at)
{
    if (is_known(&engine->expected, at))
        flow_expect_flow(engine->flows, engine->expected.hash[at]);
}

static void expect_connection(struct helo_engine *engine, unsigned at)
{
    if (is_known(&engine->expected, at))
        connection_fetch(flow_expected(engine->flows, engine->expected.hash[at]));
}

void helo_engine_expect(struct helo_engine *engine, const struct helo_packet *packet)
{
    struct expected *expected = &engine->expected;
    struct segment segment;
    unsigned at = expected->at;
    if (engine->crew != NULL)
        return; /* others follow the connections */
    expected->known &= (uint8_t) ~(1u << at);
    if (decode_glimpse(packet, &segment)) {
        expected->hash[at] = flow_expect(engine->flows, &segment);
        expected->known |= (uint8_t)(1u << at);
    }
    expect_flow(engine, (at - FLOW_STEP) % EXPECTED);
    expect_connection(engine, (at - CONNECTION_STEP) % EXPECTED);
    expected->at = (uint8_t)((at + 1) % EXPECTED);
}
