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

/* text ends with the LF, unless octets of the line are missing from it. */
static void finish(struct line *line, struct helo_slice text, uint64_t length, size_t limit)
{
    unsigned oddities = 0;
    bool overlong = text.len != length;
    if (!overlong) {
        text.len--;
        if (text.len > 0 && text.ptr[text.len - 1] == '\r')
            text.len--;
        else
            oddities |= LINE_BARE_LF;
    }
    if (overlong || text.len > limit)
        oddities = LINE_OVERLONG;
    if (text.len > limit)
        text.len = limit;
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
        size_t kept = taken > limit + 2 ? limit + 2 : taken;
        finish(line, (struct helo_slice){data, kept}, taken, limit);
        return taken;
    }
    if (reader->length == 0)
        reader->kept.len = 0;
    reader->length += taken;
    text_add(mem, &reader->kept, (struct helo_slice){data, taken}, limit + 2);
    if (lf != NULL) {
        finish(line, text_slice(&reader->kept), reader->length, limit);
        reader->length = 0;
    }
    return taken;
}

void line_reset(struct line_reader *reader, struct mem *mem)
{
    text_free(mem, &reader->kept);
    reader->length = 0;
}
