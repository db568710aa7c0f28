/* UTF-16LE to UTF-8 within bounds. */
#include "smtp/sasl/utf16.h"

#define REPLACEMENT 0xfffdu

static uint32_t unit(struct helo_slice text, size_t at)
{
    return (uint32_t)text.ptr[at] | (uint32_t)text.ptr[at + 1] << 8;
}

/* The character at *at, which is moved past it. */
static uint32_t next(struct helo_slice text, size_t *at)
{
    uint32_t high = unit(text, *at);
    *at += 2;
    if (high < 0xd800 || high > 0xdfff)
        return high;
    if (high > 0xdbff || *at >= text.len)
        return REPLACEMENT;
    uint32_t low = unit(text, *at);
    if (low < 0xdc00 || low > 0xdfff)
        return REPLACEMENT;
    *at += 2;
    return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

static size_t put(uint8_t *to, uint32_t c)
{
    if (c < 0x80) {
        to[0] = (uint8_t)c;
        return 1;
    }
    size_t len = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--, c >>= 6)
        to[i] = (uint8_t)(0x80 | (c & 0x3f));
    to[0] = (uint8_t)((0xf00u >> len & 0xff) | c);
    return len;
}

bool utf16_to_utf8(struct helo_slice text, uint8_t *room, size_t size, struct helo_slice *utf8)
{
    size_t done = 0;
    if (text.len % 2 != 0)
        return false;
    for (size_t at = 0; at < text.len;) {
        uint8_t character[4];
        size_t len = put(character, next(text, &at));
        if (len > size - done)
            break;
        for (size_t i = 0; i < len; i++)
            room[done++] = character[i];
    }
    *utf8 = (struct helo_slice){room, done};
    return true;
}
