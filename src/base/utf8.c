/* UTF-8 by the table of RFC 3629 section 4: the second octet's range excludes all that is wrong. */
#include "base/utf8.h"

static size_t length_of(uint8_t first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xC2 || first > 0xF4)
        return 0;
    return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

static uint8_t second_from(uint8_t first)
{
    return first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
}

static uint8_t second_to(uint8_t first)
{
    return first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
}

size_t utf8_character(const uint8_t *at, size_t left, uint32_t *code)
{
    size_t length = length_of(at[0]);

    if (length == 0 || length > left)
        return 0;
    if (length == 1) {
        *code = at[0];
        return 1;
    }
    if (at[1] < second_from(at[0]) || at[1] > second_to(at[0]))
        return 0;
    uint32_t value = at[0] & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (at[i] & 0x3Fu);
    }
    *code = value;
    return length;
}
