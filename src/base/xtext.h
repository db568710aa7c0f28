/* The encoding of values in SMTP parameters (RFC 3461 section 4). */
#ifndef BASE_XTEXT_H
#define BASE_XTEXT_H

#include "heloscope/types.h"

/* Undoes "+3D" and its like; a "+" that begins none stays. plain has room for xtext.len octets;
 * returned is what of it is filled. */
struct helo_slice xtext_undo(struct helo_slice xtext, uint8_t *plain);

#endif
