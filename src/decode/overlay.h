/* The tunnels over UDP: VXLAN (RFC 7348), VXLAN-GPE, GENEVE (RFC 8926). */
#ifndef DECODE_OVERLAY_H
#define DECODE_OVERLAY_H

#include "decode/walk.h"

/* Reads the UDP header at the cursor and, on a tunnel's port, the tunnel's. A datagram on such a
 * port that is none of the tunnel's is something else, not malformed. */
enum layer overlay_read_udp(struct walk *walk);

#endif
