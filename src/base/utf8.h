/* One UTF-8 character (RFC 3629), told from bytes that are none. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Octets of the character at at, 1 to 4, and its code point; 0 if it is not one: a stray or
 * missing continuation, an overlong form, a surrogate or beyond U+10FFFF. left > 0. */
size_t utf8_character(const uint8_t *at, size_t left, uint32_t *code);

#endif
