/* IPv4 and IPv6 with options, extension headers and fragments. */
#ifndef DECODE_IP_H
#define DECODE_IP_H

#include "decode/walk.h"

/* Each reads the header at the cursor, fills the segment's addresses and leaves the cursor on the
 * payload, which after the last fragment is the reassembled datagram's. */
enum layer ip_read_any(struct walk *walk);
enum layer ip_read_v4(struct walk *walk);
enum layer ip_read_v6(struct walk *walk);

/* The same for a datagram that another one carries (RFC 2003, RFC 2473, RFC 4213). */
enum layer ip_read_v4_in_ip(struct walk *walk);
enum layer ip_read_v6_in_ip(struct walk *walk);

#endif
