/* Connections by their 5-tuple: made, found, expired; who is client and who is server. */
#ifndef FLOW_FLOW_H
#define FLOW_FLOW_H

#include "base/mem.h"
#include "base/timers.h"
#include "decode/segment.h"
#include "heloscope/event.h"

/* What a connection is worth keeping, in the order in which the memory cap takes them. */
enum flow_class {
    FLOW_CLOSED,    /* over and reported; remembered so that a late packet makes no ghost */
    FLOW_HALF_OPEN, /* nothing but SYNs */
    FLOW_FAT,       /* has a stream, and takes more memory than its like */
    FLOW_OTHER,     /* decided not SMTP */
    FLOW_SILENT,    /* established, no payload yet */
    FLOW_PROBED,    /* what it speaks is being found out */
    FLOW_SMTP,      /* has a stream */
    FLOW_CLASSES
};

/* One direction of a connection, by the order of the key, not by role. */
struct flow_half {
    uint64_t bytes;           /* TCP payload, retransmissions included */
    uint64_t packets : 48;    /* 2^48 segments without payload are 16 petabytes on the wire */
    int64_t window_scale : 8; /* -1: no option, or no SYN seen */
    bool syn_seen : 1;
    bool edge_known : 1;
    bool edge_guessed : 1; /* from the other side's acknowledgement: the true one may be lower */
    bool has_candidate : 1;
    bool has_answered : 1; /* the candidate is a SYN-ACK */
    bool fin : 1;          /* only kept here while there is no stream */
    bool rst : 1;          /* it sent a RST; edge is where, once the connection is over */
    helo_time seen;        /* clock at its last packet; HELO_NO_TIME: never seen */
    uint32_t isn;          /* if syn_seen */
    uint32_t edge;         /* next sequence number expected, if edge_known */
    uint32_t candidate;    /* sequence number of a SYN that may start a new connection */
    uint32_t answered;     /* what a candidate SYN-ACK acknowledges */
};

struct flow {
    /* Key: the lower (address, port) first. */
    uint8_t address[2][16];
    uint16_t port[2];
    uint8_t family;
    uint8_t class;  /* enum flow_class */
    int8_t client;  /* index of the client's half; -1: not known */
    int8_t closer;  /* not SMTP: half that sent the first FIN or RST; -1: none */
    uint64_t realm; /* of the key: VLANs and VNI, 0 where they are no part of it */
    bool midstream : 1;
    bool closing : 1; /* both ends are done, late packets are waited for */
    bool doubted : 1; /* closing, but by what a blind forger could have sent */
    bool
        unheard : 1; /* closed by a RST before anybody had spoken: whoever speaks takes that back */
    bool refuted : 1; /* it goes on where one before it was told to be over */
    bool rivals : 1;  /* it replaced one that was not over: rival is where that one's sides stood */
    bool has_mac : 1;
    bool foreign : 1; /* on a port of SMTP, but not SMTP: its end is told */
    bool closed_by_rst : 1;
    bool client_known : 1;  /* the client's first octets were looked at */
    bool opens_tls : 1;     /* they were TLS, and the server has not spoken before them */
    bool server_greets : 1; /* the server's first octets are a reply, and no TLS */
    uint8_t told;           /* foreign: events so far */
    uint8_t vlan_count;
    uint16_t vlan[2];
    uint16_t protocol; /* foreign: what it speaks, as the engine numbers it */
    uint8_t mac[2][6];
    struct timer timer;
    helo_time created; /* packet time */
    helo_time touched; /* clock at the last packet */
    helo_time settled; /* clock when it became closing or closed */
    uint32_t rival[2];
    struct flow_half half[2];
    struct flow *class_prev;
    struct flow *class_next;
    void *connection; /* the engine's, while the class is FLOW_SMTP or FLOW_FAT */
    void *probe;      /* the engine's, while it is FLOW_PROBED */
};

/* With the system's own octets it takes 240 (base/mem.c). */
_Static_assert(sizeof(struct flow) <= 232, "a flow fits its budget");

struct flow_table;

struct flow_timeouts {
    helo_time idle;
};

/* What tells connections apart besides addresses and ports: for networks that use the same
 * addresses. Off by default, as mirrors may show the two directions differently. */
struct flow_key {
    bool vlan;
    bool vni; /* of the innermost VXLAN or GENEVE */
};

/* Makes a table; secret keys its hash so that nobody can aim at one bucket. NULL without memory. */
struct flow_table *flow_table_new(struct mem *mem, const uint8_t secret[192],
                                  const struct flow_timeouts *timeouts,
                                  const struct flow_key *parts);

/* Frees the table and its flows; the flows' connections must have been freed before. */
void flow_table_free(struct flow_table *table);

/* Finds the segment's flow. *direction is the index of the sending half. NULL if there is none. */
struct flow *flow_find(struct flow_table *table, const struct segment *segment,
                       unsigned *direction);

/* Packets are expected in three steps, some packets apart, so that what the next step needs is
 * fetched from memory meanwhile. First: where the segment's flow would be found; needs no more of
 * the segment than decode_glimpse tells. */
uint32_t flow_expect(const struct flow_table *table, const struct segment *segment);

/* Second: fetches the flow that is found there. */
void flow_expect_flow(const struct flow_table *table, uint32_t hash);

/* Third: what its connection is, NULL if there is none. */
const void *flow_expected(const struct flow_table *table, uint32_t hash);

/* Makes the segment's flow, which must not exist. NULL without memory. */
struct flow *flow_make(struct flow_table *table, const struct segment *segment, helo_time clock,
                       unsigned *direction);

/* Takes a flow out and frees it. */
void flow_remove(struct flow_table *table, struct flow *flow);

/* Moves a flow to another class. */
void flow_set_class(struct flow_table *table, struct flow *flow, enum flow_class class);

/* When the flow's own timer is due: half-open, idle, lingering, forgotten. */
helo_time flow_deadline(const struct flow_table *table, const struct flow *flow);

/* The flow that has been longest in this class and has not been touched since it was last looked
 * at here, for eviction; NULL if the class is empty. */
struct flow *flow_victim(struct flow_table *table, enum flow_class class);

/* First of a class, and the next; for flushing. The order is that of entering the class. */
struct flow *flow_first(const struct flow_table *table, enum flow_class class);

size_t flow_class_count(const struct flow_table *table, enum flow_class class);
size_t flow_count(const struct flow_table *table);

enum flow_verdict {
    FLOW_GO_ON,   /* the segment belongs to the connection */
    FLOW_IGNORE,  /* it does not (a SYN that nobody answered yet, say): count and forget */
    FLOW_RESTART, /* a new connection on the same tuple begins: end the old one, then flow_restart
                   */
};

/* Follows the handshake (RFC 9293 section 3.5). A SYN on a living connection replaces it only when
 * its sequence number differs and a SYN-ACK acknowledges it, in whatever order they are seen. */
enum flow_verdict flow_handshake(struct flow *flow, unsigned direction,
                                 const struct segment *segment);

/* Makes the flow a new connection that begins with this segment. */
void flow_restart(struct flow_table *table, struct flow *flow, const struct segment *segment,
                  helo_time clock, unsigned direction);

#endif
