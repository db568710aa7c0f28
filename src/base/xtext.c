/* xtext, undone leniently: what is none is text as it is. */
#include "base/xtext.h"

#include "base/ascii.h"

struct helo_slice xtext_undo(struct helo_slice xtext, uint8_t *plain)
{
    size_t len = 0;

    for (size_t i = 0; i < xtext.len; i++) {
        int high = -1;
        int low = -1;
        if (xtext.ptr[i] == '+' && xtext.len - i > 2) {
            high = ascii_hexadecimal(xtext.ptr[i + 1]);
            low = ascii_hexadecimal(xtext.ptr[i + 2]);
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
