/* Characters of ASCII, whatever the locale. */
#ifndef BASE_ASCII_H
#define BASE_ASCII_H

#include <stdint.h>

/* A letter in lower case; anything else as it is. */
static inline uint8_t ascii_lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

/* What a hexadecimal digit stands for; negative: it is none. */
static inline int ascii_hexadecimal(uint8_t c)
{
    uint8_t letter = ascii_lower(c);
    if (c >= '0' && c <= '9')
        return c - '0';
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

#endif
