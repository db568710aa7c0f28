/* The TCP header (RFC 9293 section 3.1). */
#ifndef DECODE_TCP_H
#define DECODE_TCP_H

#include "decode/walk.h"

/* Reads the header at the cursor and completes the segment, whose addresses are filled already. */
enum layer tcp_read(struct walk *walk);

#endif
