/* MPLS label stacks (RFC 3032) and the Ethernet pseudowires in them (RFC 4448). */
#ifndef DECODE_MPLS_H
#define DECODE_MPLS_H

#include "decode/walk.h"

/* Reads the label stack at the cursor to its bottom, and a pseudowire's control word. */
enum layer mpls_read(struct walk *walk);

#endif
