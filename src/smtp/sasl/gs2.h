/* Attributes as SCRAM writes them, "a=value,b=value" (RFC 5802 section 5), and the GS2 header. */
#ifndef SMTP_SASL_GS2_H
#define SMTP_SASL_GS2_H

#include "heloscope/types.h"

/* Cuts off what stands before the next comma, and the comma. */
struct helo_slice gs2_next(struct helo_slice *rest);

/* True if the attribute is letter's; value is what follows the '='. */
bool gs2_letter(struct helo_slice attribute, uint8_t letter, struct helo_slice *value);

/* The first attribute of letter in the list. */
bool gs2_find(struct helo_slice list, uint8_t letter, struct helo_slice *value);

/* Undoes =2C and =3D in a name, into room for LIMIT_STRING_KEPT octets; false at any other '='. */
bool gs2_unescape(struct helo_slice value, uint8_t *room, struct helo_slice *name);

/* Cuts off "n,a=admin,": binding is "n", "y" or what follows "p=", authzid is unescaped into room
 * for LIMIT_STRING_KEPT octets. False if there is no such header. */
bool gs2_header(struct helo_slice *rest, struct helo_slice *binding, uint8_t *room,
                struct helo_slice *authzid);

#endif
