/* Reads link headers and VLAN tags, the packet's own and those of frames in tunnels. */
#include "decode/link.h"

#include "base/bytes.h"
#include "base/limits.h"

#define ETHERNET_HEADER 14
#define SLL_HEADER      16
#define SLL2_HEADER     20
#define FAMILY_HEADER   4
#define VLAN_HEADER     4
#define MAC_LENGTH      6

enum layer link_of_ethertype(uint16_t type)
{
    switch (type) {
    case 0x0800:
        return LAYER_IPV4;
    case 0x86dd:
        return LAYER_IPV6;
    case 0x8100:
    case 0x88a8:
    case 0x9100:
        return LAYER_VLAN;
    case 0x8847:
    case 0x8848:
        return LAYER_MPLS;
    case 0x8864:
        return LAYER_PPPOE;
    default:
        return LAYER_OTHER;
    }
}

enum layer link_read_ethernet(struct walk *walk)
{
    if (!walk_holds(walk, ETHERNET_HEADER, HELO_UNDECODABLE_LINK_HEADER))
        return LAYER_BAD;
    walk->segment->destination_mac = walk->at;
    walk->segment->source_mac = walk->at + MAC_LENGTH;
    uint16_t type = bytes_u16(walk->at + 12);
    walk_step(walk, ETHERNET_HEADER);
    return link_of_ethertype(type);
}

/* ARPHRD values of devices whose packets have no EtherType in a cooked header. */
static bool has_ethertype(uint16_t device)
{
    return device != 770 /* FRAD */ && device != 803 /* radiotap */ && device != 824 /* netlink */;
}

static enum layer read_sll(struct walk *walk)
{
    if (!walk_holds(walk, SLL_HEADER, HELO_UNDECODABLE_LINK_HEADER))
        return LAYER_BAD;
    uint16_t device = bytes_u16(walk->at + 2);
    uint16_t type = bytes_u16(walk->at + 14);
    if (bytes_u16(walk->at + 4) == MAC_LENGTH)
        walk->segment->source_mac = walk->at + 6;
    walk_step(walk, SLL_HEADER);
    return has_ethertype(device) ? link_of_ethertype(type) : LAYER_OTHER;
}

static enum layer read_sll2(struct walk *walk)
{
    if (!walk_holds(walk, SLL2_HEADER, HELO_UNDECODABLE_LINK_HEADER))
        return LAYER_BAD;
    uint16_t type = bytes_u16(walk->at);
    uint16_t device = bytes_u16(walk->at + 8);
    if (walk->at[11] == MAC_LENGTH)
        walk->segment->source_mac = walk->at + 12;
    walk_step(walk, SLL2_HEADER);
    return has_ethertype(device) ? link_of_ethertype(type) : LAYER_OTHER;
}

/* AF_INET is 2 everywhere; AF_INET6 is 24, 28 or 30 on the BSDs and macOS, 10 on Linux. */
static enum layer of_family(uint32_t family)
{
    switch (family) {
    case 2:
        return LAYER_IPV4;
    case 10:
    case 24:
    case 28:
    case 30:
        return LAYER_IPV6;
    default:
        return LAYER_OTHER;
    }
}

static enum layer read_family(struct walk *walk, bool any_order)
{
    if (!walk_holds(walk, FAMILY_HEADER, HELO_UNDECODABLE_LINK_HEADER))
        return LAYER_BAD;
    uint32_t family = bytes_u32(walk->at);
    if (any_order && family > UINT16_MAX)
        family = __builtin_bswap32(family);
    walk_step(walk, FAMILY_HEADER);
    return of_family(family);
}

bool link_known(int link_type)
{
    switch (link_type) {
    case LINK_NULL:
    case LINK_EN10MB:
    case LINK_RAW:
    case LINK_RAW_OPENBSD:
    case LINK_RAW_FILE:
    case LINK_LOOP:
    case LINK_LINUX_SLL:
    case LINK_IPV4:
    case LINK_IPV6:
    case LINK_LINUX_SLL2:
        return true;
    default:
        return false;
    }
}

enum layer link_read(struct walk *walk, int link_type)
{
    switch (link_type) {
    case LINK_EN10MB:
        return link_read_ethernet(walk);
    case LINK_LINUX_SLL:
        return read_sll(walk);
    case LINK_LINUX_SLL2:
        return read_sll2(walk);
    case LINK_RAW:
    case LINK_RAW_OPENBSD:
    case LINK_RAW_FILE:
        return LAYER_IP;
    case LINK_IPV4:
        return LAYER_IPV4;
    case LINK_IPV6:
        return LAYER_IPV6;
    case LINK_NULL:
        return read_family(walk, true);
    case LINK_LOOP:
        return read_family(walk, false);
    default:
        return walk_fail(walk, HELO_UNDECODABLE_LINK_TYPE);
    }
}

enum layer link_read_vlan(struct walk *walk)
{
    struct segment *segment = walk->segment;

    if (!walk_descend(walk) || !walk_holds(walk, VLAN_HEADER, HELO_UNDECODABLE_LINK_HEADER))
        return LAYER_BAD;
    segment->vlan[segment->vlan_count == 0 ? 0 : 1] = bytes_u16(walk->at) & 0x0fff;
    if (segment->vlan_count < 2)
        segment->vlan_count++;
    uint16_t type = bytes_u16(walk->at + 2);
    walk_step(walk, VLAN_HEADER);
    return link_of_ethertype(type);
}
