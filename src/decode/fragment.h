/* Reassembly of IP datagrams from their fragments, bounded in number, octets and time. */
#ifndef DECODE_FRAGMENT_H
#define DECODE_FRAGMENT_H

#include "base/limits.h"
#include "base/mem.h"
#include "heloscope/types.h"

struct fragment_table;

/* One fragment; everything is borrowed for the call. */
struct fragment {
    uint8_t family;        /* 4 or 6 */
    const uint8_t *source; /* 16 octets, as in a segment */
    const uint8_t *destination;
    uint32_t realm; /* the tunnel it came in: addresses mean something only there */
    uint32_t id;
    uint8_t protocol;
    bool more;       /* not the datagram's last */
    uint32_t offset; /* octets */
    const uint8_t *data;
    uint32_t len;
};

/* A datagram's payload; owned by the table until fragment_tidy. */
struct fragment_whole {
    const uint8_t *data;
    uint32_t len;
    uint8_t protocol; /* of the first fragment */
    bool differed;    /* fragments overlapped with other octets: receivers disagree which count */
};

enum fragment_result {
    FRAGMENT_HELD,    /* kept, or known already */
    FRAGMENT_WHOLE,   /* *whole is filled */
    FRAGMENT_REFUSED, /* malformed, against the others, past a bound, or out of memory */
};

/* Makes an empty table that takes its memory from mem; NULL without memory. */
struct fragment_table *fragment_new(struct mem *mem);

/* Adds a fragment that came at now. IPv4 datagrams are told apart by realm, addresses,
 * identification and protocol (RFC 791), IPv6 ones without the protocol (RFC 8200 section 4.5).
 * Where IPv4 fragments overlap, the first octets win; an IPv6 datagram with an overlap is dropped
 * whole, late fragments included (RFC 5722). */
enum fragment_result fragment_push(struct fragment_table *table, const struct fragment *fragment,
                                   helo_time now, struct fragment_whole *whole);

/* Frees what fragment_push handed out, and the datagrams whose time is over. */
void fragment_tidy(struct fragment_table *table, helo_time now);

/* When fragment_tidy has something to do: INT64_MIN at once, INT64_MAX never. */
helo_time fragment_due(const struct fragment_table *table);

/* Frees everything; NULL is allowed. */
void fragment_free(struct fragment_table *table);

#endif
