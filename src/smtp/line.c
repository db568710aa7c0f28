/* The line reader (RFC 5321 section 2.3.8, lenient: a bare LF ends a line, and is noted). */
#include "smtp/line.h"

#include <string.h>

static unsigned oddities_of(struct helo_slice text)
{
    unsigned oddities = 0;
    uint8_t high = 0;
    bool nul = false;
    for (size_t i = 0; i < text.len; i++) {
        high |= text.ptr[i];
        nul |= text.ptr[i] == 0;
    }
    if (high & 0x80)
        oddities |= LINE_EIGHT_BIT;
    if (nul)
        oddities |= LINE_NUL;
    if (text.len > 0 && memchr(text.ptr, '\r', text.len) != NULL)
        oddities |= LINE_BARE_CR;
    return oddities;
}

/* text ends with the LF, unless the line is overlong. */
static void finish(struct line *line, struct helo_slice text, uint64_t length, bool overlong)
{
    unsigned oddities = overlong ? LINE_OVERLONG : 0;
    if (!overlong) {
        text.len--;
        if (text.len > 0 && text.ptr[text.len - 1] == '\r')
            text.len--;
        else
            oddities |= LINE_BARE_LF;
    }
    line->text = text;
    line->length = length;
    line->oddities = oddities | oddities_of(text);
}

size_t line_read(struct line_reader *reader, struct mem *mem, const uint8_t *data, size_t len,
                 size_t limit, struct line *line, bool *whole)
{
    const uint8_t *lf = memchr(data, '\n', len);
    size_t taken = lf != NULL ? (size_t)(lf - data) + 1 : len;
    *whole = lf != NULL;
    if (reader->length == 0 && lf != NULL) {
        bool overlong = taken > limit + 2;
        finish(line, (struct helo_slice){data, overlong ? limit : taken}, taken, overlong);
        return taken;
    }
    if (reader->length == 0)
        reader->kept.len = 0;
    reader->length += taken;
    text_add(mem, &reader->kept, (struct helo_slice){data, taken}, limit + 2);
    if (lf != NULL) {
        bool overlong = reader->length != reader->kept.len;
        finish(line, text_slice(&reader->kept), reader->length, overlong);
        reader->length = 0;
    }
    return taken;
}

void line_reset(struct line_reader *reader, struct mem *mem)
{
    text_free(mem, &reader->kept);
    reader->length = 0;
}
