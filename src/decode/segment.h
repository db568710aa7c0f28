/* A TCP segment (RFC 9293 section 3.1) as decode hands it to flow. */
#ifndef DECODE_SEGMENT_H
#define DECODE_SEGMENT_H

#include "heloscope/types.h"

enum segment_flag {
    SEGMENT_FIN = 0x01,
    SEGMENT_SYN = 0x02,
    SEGMENT_RST = 0x04,
    SEGMENT_PSH = 0x08,
    SEGMENT_ACK = 0x10,
    SEGMENT_URG = 0x20,
};

/* Plain data; the pointers are borrowed from the packet or the decoder, for one packet's time. */
struct segment {
    helo_time time;
    uint64_t packet;     /* number, for messages */
    uint8_t family;      /* 4 or 6 */
    uint8_t flags;       /* enum segment_flag */
    int8_t window_scale; /* from a SYN's option; -1: none */
    uint8_t vlan_count;  /* tags kept */
    uint8_t tunnel_count;
    bool doubtful;    /* a receiver may read other octets: fragments that differed where they
                         overlap, urgent data (RFC 6093 section 3) */
    uint16_t vlan[2]; /* identifiers: the outermost tag and, of several, the innermost */
    uint16_t source_port;
    uint16_t destination_port;
    uint8_t source[16]; /* network order; IPv4 in the first four octets, the rest 0 */
    uint8_t destination[16];
    uint32_t seq;
    uint32_t ack;    /* 0 without the ACK flag */
    uint16_t window; /* unscaled */
    const uint8_t *payload;
    uint32_t payload_len;      /* octets captured */
    uint32_t cut;              /* further octets that the snap length cut off */
    const uint8_t *source_mac; /* 6 octets, of the innermost frame; NULL: the link has none */
    const uint8_t *destination_mac;
    struct helo_tunnel tunnel[HELO_MAX_TUNNELS]; /* outermost first; only tunnel_count are set */
};

#endif
