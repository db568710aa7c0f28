/* Reads PPPoE session headers and the PPP protocol number behind them. */
#include "decode/pppoe.h"

#include "base/bytes.h"

#define PPPOE_HEADER  6u
#define PPPOE_SESSION 0x1100 /* version 1, type 1, code 0 */

enum ppp_protocol {
    PPP_IPV4 = 0x0021,
    PPP_IPV6 = 0x0057,
    PPP_MPLS = 0x0281,
    PPP_MPLS_MULTI = 0x0283
};

static enum layer of_protocol(uint16_t protocol)
{
    switch (protocol) {
    case PPP_IPV4:
        return LAYER_IPV4;
    case PPP_IPV6:
        return LAYER_IPV6;
    case PPP_MPLS:
    case PPP_MPLS_MULTI:
        return LAYER_MPLS;
    default:
        return LAYER_OTHER;
    }
}

/* RFC 1661 section 6.5: the last octet of a protocol is odd, all others are even, and a first one
 * of 0 may have been left out. */
static enum layer read_ppp(struct walk *walk)
{
    if (!walk_holds(walk, 1, HELO_UNDECODABLE_TUNNEL_HEADER))
        return LAYER_BAD;
    uint32_t size = (walk->at[0] & 1) != 0 ? 1 : 2;
    if (!walk_holds(walk, size, HELO_UNDECODABLE_TUNNEL_HEADER))
        return LAYER_BAD;
    uint16_t protocol = size == 1 ? walk->at[0] : bytes_u16(walk->at);
    walk_step(walk, size);
    return of_protocol(protocol);
}

enum layer pppoe_read(struct walk *walk)
{
    if (!walk_holds(walk, PPPOE_HEADER, HELO_UNDECODABLE_TUNNEL_HEADER))
        return LAYER_BAD;
    uint32_t length = bytes_u16(walk->at + 4);
    const struct helo_tunnel tunnel = {
        .kind = HELO_TUNNEL_PPPOE, .has_id = true, .id = bytes_u16(walk->at + 2)};
    if (bytes_u16(walk->at) != PPPOE_SESSION || length > walk->wire - PPPOE_HEADER)
        return walk_fail(walk, HELO_UNDECODABLE_TUNNEL_HEADER);
    if (!walk_enter(walk, tunnel))
        return LAYER_BAD;
    walk_step(walk, PPPOE_HEADER);
    walk_trim(walk, length);
    return read_ppp(walk);
}
