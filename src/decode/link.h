/* Link layers: from the first octet of a packet to its network layer. */
#ifndef DECODE_LINK_H
#define DECODE_LINK_H

#include "decode/walk.h"

/* The values that pcap_datalink() returns; RAW has three, by system and by file. */
enum link_type {
    LINK_NULL = 0,
    LINK_EN10MB = 1,
    LINK_RAW = 12,
    LINK_RAW_OPENBSD = 14,
    LINK_RAW_FILE = 101,
    LINK_LOOP = 108,
    LINK_LINUX_SLL = 113,
    LINK_IPV4 = 228,
    LINK_IPV6 = 229,
    LINK_LINUX_SLL2 = 276,
};

/* True if link_read knows the type. */
bool link_known(int link_type);

/* Reads the link header of a packet of that type. */
enum layer link_read(struct walk *walk, int link_type);

/* Reads one VLAN tag; its identifier goes into the segment. */
enum layer link_read_vlan(struct walk *walk);

/* Reads an Ethernet header, the packet's own or one in a tunnel; its MACs go into the segment. */
enum layer link_read_ethernet(struct walk *walk);

/* What follows an EtherType, in a frame or where a tunnel names its content by one. */
enum layer link_of_ethertype(uint16_t type);

#endif
