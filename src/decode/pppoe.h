/* PPPoE sessions (RFC 2516) and the PPP in them. */
#ifndef DECODE_PPPOE_H
#define DECODE_PPPOE_H

#include "decode/walk.h"

/* Reads the PPPoE session header and the PPP protocol at the cursor. */
enum layer pppoe_read(struct walk *walk);

#endif
