/* Reads of a packet no more than which connection it belongs to, where that is simple. */
#include "decode/glimpse.h"

#include <string.h>

#include "base/bytes.h"
#include "decode/link.h"

#define ETHERNET_HEADER 14u
#define VLAN_HEADER     4u
#define V4_HEADER       20u
#define V6_HEADER       40u
#define PORTS           4u
#define TCP             6u
#define FRAGMENT        0x3fffu /* more to come, or an offset (RFC 791 section 3.1) */

static bool read_ports(const uint8_t *at, struct segment *segment)
{
    segment->source_port = bytes_u16(at);
    segment->destination_port = bytes_u16(at + 2);
    return true;
}

static bool read_v4(const uint8_t *at, size_t left, struct segment *segment)
{
    size_t header = left > 0 ? (size_t)(at[0] & 0x0f) * 4 : 0;
    if (header < V4_HEADER || left < header + PORTS || at[9] != TCP ||
        (bytes_u16(at + 6) & FRAGMENT) != 0)
        return false;
    segment->family = 4;
    memset(segment->source, 0, sizeof(segment->source));
    memset(segment->destination, 0, sizeof(segment->destination));
    memcpy(segment->source, at + 12, 4);
    memcpy(segment->destination, at + 16, 4);
    return read_ports(at + header, segment);
}

static bool read_v6(const uint8_t *at, size_t left, struct segment *segment)
{
    if (left < V6_HEADER + PORTS || at[6] != TCP)
        return false;
    segment->family = 6;
    memcpy(segment->source, at + 8, 16);
    memcpy(segment->destination, at + 24, 16);
    return read_ports(at + V6_HEADER, segment);
}

bool decode_glimpse(const struct helo_packet *packet, struct segment *segment)
{
    if (packet->link_type != LINK_EN10MB || packet->captured < ETHERNET_HEADER)
        return false;
    const uint8_t *at = packet->data + ETHERNET_HEADER;
    size_t left = packet->captured - ETHERNET_HEADER;
    uint16_t type = bytes_u16(at - 2);
    if (type == 0x8100 && left >= VLAN_HEADER) {
        type = bytes_u16(at + 2);
        at += VLAN_HEADER;
        left -= VLAN_HEADER;
    }
    segment->vlan[0] = segment->vlan[1] = 0;
    segment->tunnel_count = 0;
    if (type == 0x0800)
        return read_v4(at, left, segment);
    return type == 0x86dd && read_v6(at, left, segment);
}
