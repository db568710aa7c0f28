/* Names of TLS cipher suites, as IANA registered them. */
#ifndef BASE_CIPHERS_H
#define BASE_CIPHERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The name of a cipher suite, static; NULL if none is registered. */
const char *cipher_name(uint16_t number);

/* True if nobody should choose it any more: it encrypts not at all or breakably (RFC 9325
 * section 4.1). */
bool cipher_is_weak(uint16_t number);

/* RFC 8701: values that clients scatter so that servers learn to pass over what they do not know.
 */
static inline bool cipher_is_grease(uint16_t value)
{
    return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

#endif
