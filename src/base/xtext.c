/* xtext, undone leniently: what is none is text as it is. */
#include "base/xtext.h"

static int hexadecimal_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct helo_slice xtext_undo(struct helo_slice xtext, uint8_t *plain)
{
    size_t len = 0;

    for (size_t i = 0; i < xtext.len; i++) {
        int high = -1;
        int low = -1;
        if (xtext.ptr[i] == '+' && xtext.len - i > 2) {
            high = hexadecimal_value(xtext.ptr[i + 1]);
            low = hexadecimal_value(xtext.ptr[i + 2]);
        }
        if (high >= 0 && low >= 0) {
            plain[len++] = (uint8_t)(high << 4 | low);
            i += 2;
        } else {
            plain[len++] = xtext.ptr[i];
        }
    }
    return (struct helo_slice){plain, len};
}
