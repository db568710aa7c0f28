/* GRE (RFC 2784, RFC 2890) and ERSPAN, which rides on it. */
#ifndef DECODE_GRE_H
#define DECODE_GRE_H

#include "decode/walk.h"

/* Reads the GRE header at the cursor, and an ERSPAN header behind it. */
enum layer gre_read(struct walk *walk);

#endif
