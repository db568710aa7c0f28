/* One member of a JSON object, for the errors of OAuth servers. */
#ifndef SMTP_SASL_MEMBER_H
#define SMTP_SASL_MEMBER_H

#include "heloscope/types.h"

/* Finds the first member of this name in an object, not in objects inside it: a string without its
 * escapes, or what else stands there as it is, in room for size octets. What is not quite JSON
 * (RFC 8259) is read on as far as it goes. False if there is no such member. */
bool member_find(struct helo_slice object, const char *name, uint8_t *room, size_t size,
                 struct helo_slice *value);

#endif
