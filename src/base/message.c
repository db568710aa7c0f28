/* Messages for people, without what could move the cursor or pose as another message. */
#include "base/message.h"

#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"

/* Control characters, C1 ones among them; what ends a line or turns the text about (Unicode's
 * Bidi_Control); the byte order mark. */
static bool misleads(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0x61C || code == 0x200E ||
           code == 0x200F || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF;
}

void message_tidy(char *message)
{
    size_t left = strlen(message);
    while (left > 0) {
        uint32_t code = 0;
        size_t n = utf8_character((const uint8_t *)message, left, &code);
        if (n == 0 || misleads(code))
            memset(message, '?', n > 0 ? n : 1);
        message += n > 0 ? n : 1;
        left -= n > 0 ? n : 1;
    }
}
