/* Reads UDP headers and the tunnel headers on the ports that IANA gave to tunnels. */
#include "decode/overlay.h"

#include "base/bytes.h"
#include "decode/link.h"

#define UDP_HEADER    8u
#define VXLAN_HEADER  8u
#define GENEVE_HEADER 8u
#define ETHERNET_TYPE 0x6558 /* an Ethernet frame where an EtherType is asked for */

enum port { PORT_VXLAN = 4789, PORT_VXLAN_GPE = 4790, PORT_GENEVE = 6081 };

/* The first octet of VXLAN (draft-smith-vxlan-group-policy for G) and of VXLAN-GPE. */
enum vxlan_flag {
    VXLAN_GROUP = 0x80,
    VXLAN_VNI = 0x08,
    GPE_NEXT_PROTOCOL = 0x04,
    GPE_BROADCAST = 0x02,
};

/* draft-ietf-nvo3-vxlan-gpe section 3.1. */
enum gpe_protocol {
    GPE_IPV4 = 1,
    GPE_IPV6 = 2,
    GPE_ETHERNET = 3,
    GPE_MPLS = 5,
};

/* The first two octets of GENEVE (RFC 8926 section 3.4). */
enum geneve_field {
    GENEVE_VERSION = 0xc000,
    GENEVE_CONTROL = 0x0080,
};

/* The first n octets of a datagram are not there: cut off, or it is none of the tunnel's. */
static enum layer too_short(struct walk *walk, uint32_t n)
{
    return walk->wire < n ? LAYER_OTHER : walk_fail(walk, HELO_UNDECODABLE_TRUNCATED);
}

/* Enters the tunnel whose header of so many octets is at the cursor; the network's number is where
 * all three have it. */
static bool enter(struct walk *walk, enum helo_tunnel_kind kind, bool has_id, uint32_t header)
{
    const struct helo_tunnel tunnel = {
        .kind = (uint8_t)kind, .has_id = has_id, .id = has_id ? bytes_u32(walk->at + 4) >> 8 : 0};
    if (!walk_enter(walk, tunnel))
        return false;
    walk_step(walk, header);
    return true;
}

static enum layer read_vxlan(struct walk *walk)
{
    if (walk->left < VXLAN_HEADER)
        return too_short(walk, VXLAN_HEADER);
    if ((walk->at[0] & ~VXLAN_GROUP) != VXLAN_VNI)
        return LAYER_OTHER;
    if (!enter(walk, HELO_TUNNEL_VXLAN, true, VXLAN_HEADER))
        return LAYER_BAD;
    return link_read_ethernet(walk);
}

/* Version, OAM and reserved bits must be 0; without the P bit it is plain VXLAN. */
static bool is_gpe(uint8_t flags)
{
    return (flags & ~(VXLAN_VNI | GPE_NEXT_PROTOCOL | GPE_BROADCAST)) == 0 &&
           (flags & (VXLAN_VNI | GPE_NEXT_PROTOCOL)) != 0;
}

static enum layer read_vxlan_gpe(struct walk *walk)
{
    if (walk->left < VXLAN_HEADER)
        return too_short(walk, VXLAN_HEADER);
    uint8_t flags = walk->at[0];
    uint8_t protocol = (flags & GPE_NEXT_PROTOCOL) != 0 ? walk->at[3] : GPE_ETHERNET;
    enum layer layer = LAYER_OTHER;
    if (protocol == GPE_IPV4)
        layer = LAYER_IPV4;
    else if (protocol == GPE_IPV6)
        layer = LAYER_IPV6;
    else if (protocol == GPE_MPLS)
        layer = LAYER_MPLS;
    if (!is_gpe(flags) || (layer == LAYER_OTHER && protocol != GPE_ETHERNET))
        return LAYER_OTHER;
    if (!enter(walk, HELO_TUNNEL_VXLAN, (flags & VXLAN_VNI) != 0, VXLAN_HEADER))
        return LAYER_BAD;
    return protocol == GPE_ETHERNET ? link_read_ethernet(walk) : layer;
}

static enum layer read_geneve(struct walk *walk)
{
    if (walk->left < GENEVE_HEADER)
        return too_short(walk, GENEVE_HEADER);
    uint16_t first = bytes_u16(walk->at);
    uint16_t protocol = bytes_u16(walk->at + 2);
    uint32_t header = GENEVE_HEADER + (first >> 8 & 0x3fu) * 4u;
    enum layer layer = link_of_ethertype(protocol);
    if ((first & (GENEVE_VERSION | GENEVE_CONTROL)) != 0 ||
        (layer == LAYER_OTHER && protocol != ETHERNET_TYPE))
        return LAYER_OTHER;
    if (walk->left < header)
        return too_short(walk, header);
    if (!enter(walk, HELO_TUNNEL_GENEVE, true, header))
        return LAYER_BAD;
    return protocol == ETHERNET_TYPE ? link_read_ethernet(walk) : layer;
}

/* Takes the datagram's length as UDP states it; 0 is segmentation offload's. */
static bool set_length(struct walk *walk, uint32_t length)
{
    if (length == 0)
        return true;
    if (length < UDP_HEADER || length > walk->wire)
        return false;
    walk_trim(walk, length);
    return true;
}

enum layer overlay_read_udp(struct walk *walk)
{
    if (walk->left < UDP_HEADER)
        return too_short(walk, UDP_HEADER);
    uint16_t port = bytes_u16(walk->at + 2);
    if (port != PORT_VXLAN && port != PORT_VXLAN_GPE && port != PORT_GENEVE)
        return LAYER_OTHER;
    if (!set_length(walk, bytes_u16(walk->at + 4)))
        return LAYER_OTHER;
    walk_step(walk, UDP_HEADER);
    if (port == PORT_VXLAN)
        return read_vxlan(walk);
    return port == PORT_VXLAN_GPE ? read_vxlan_gpe(walk) : read_geneve(walk);
}
