/* Names in UTF-16LE, as Windows sends them. */
#ifndef SMTP_SASL_UTF16_H
#define SMTP_SASL_UTF16_H

#include "heloscope/types.h"

/* Converts to UTF-8 in room for size octets, stopping at the last character that fits; a lone
 * surrogate becomes U+FFFD. False, and nothing done, if text ends in half a code unit. */
bool utf16_to_utf8(struct helo_slice text, uint8_t *room, size_t size, struct helo_slice *utf8);

#endif
