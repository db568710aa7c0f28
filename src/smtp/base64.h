/* Base64 (RFC 4648 section 4) as AUTH uses it: checked first, decoded by libb64 after that. */
#ifndef SMTP_BASE64_H
#define SMTP_BASE64_H

#include "heloscope/types.h"

enum base64_fault {
    BASE64_OK = 0,
    BASE64_ALPHABET, /* an octet that Base64 does not have */
    BASE64_PADDING,  /* '=' before the end, or more or less of it than the last group needs */
    BASE64_LENGTH,   /* not a whole number of groups of four, and no padding either */
    BASE64_ROOM,     /* the text is right, but the caller's buffer is too small */
};

struct base64_outcome {
    enum base64_fault fault;
    size_t at;  /* offset of the octet at fault, or the text's length where one is missing */
    size_t len; /* octets decoded, or needed; 0 at a fault of the text */
};

/* Decodes text to buffer, which holds size octets; nothing is written unless all is right. A NULL
 * buffer asks only what is wrong and how much room is needed. */
struct base64_outcome base64_decode(struct helo_slice text, uint8_t *buffer, size_t size);

/* True if an octet is of the alphabet (RFC 4648 section 4); padding is not. */
bool base64_has(uint8_t c);

#endif
