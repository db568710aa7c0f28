/* Wire text shown to a terminal: what could move the cursor, hide or pose as ours is spelt out. */
#include "base/utf8.h"
#include "report/text.h"

#define ESCAPE_LONGEST 10 /* \u{10ffff} */

struct range {
    uint32_t from;
    uint32_t to;
};

static bool misleads(uint32_t code)
{
    static const struct range RANGES[] = {
        {0x80, 0x9F},       /* C1 controls */
        {0xAD, 0xAD},       /* soft hyphen */
        {0x61C, 0x61C},     /* direction */
        {0x180E, 0x180E},   /* no width */
        {0x200B, 0x200F},   /* no width, direction */
        {0x2026, 0x2026},   /* our ellipsis */
        {0x2028, 0x202E},   /* line and paragraph ends, direction */
        {0x2060, 0x206F},   /* no width, direction */
        {0x2192, 0x2192},   /* our arrow */
        {0xFEFF, 0xFEFF},   /* no width */
        {0xFFF9, 0xFFFB},   /* interlinear annotation */
        {0xE0000, 0xE007F}, /* tags */
    };

    for (size_t i = 0; i < sizeof(RANGES) / sizeof(RANGES[0]); i++)
        if (code >= RANGES[i].from && code <= RANGES[i].to)
            return true;
    return false;
}

static size_t put_byte(char *to, uint8_t byte)
{
    to[0] = '\\';
    to[1] = 'x';
    number_hex(to + 2, byte, 2);
    return 4;
}

static size_t put_code(char *to, uint32_t code)
{
    unsigned digits = 1;

    while (digits < 6 && code >> 4 * digits != 0)
        digits++;
    memcpy(to, "\\u{", 3);
    number_hex(to + 3, code, digits);
    to[3 + digits] = '}';
    return digits + 4;
}

/* Shows a byte that is no character, or a control character. */
static size_t show_byte(char *to, uint8_t byte, bool lines)
{
    if (lines && byte == '\n') {
        memcpy(to, " / ", 3);
        return 3;
    }
    return put_byte(to, byte);
}

/* Shows the character at at; returns the octets it has, and its octets and columns as shown. */
static size_t show(char *to, const uint8_t *at, size_t left, bool lines, size_t *shown,
                   size_t *columns)
{
    uint32_t code;
    size_t n = utf8_character(at, left, &code);

    if (n == 0 || code < 0x20 || code == 0x7F) {
        *columns = *shown = show_byte(to, at[0], lines);
        return 1;
    }
    if (code == '\\') {
        memcpy(to, "\\\\", 2);
        *columns = *shown = 2;
    } else if (misleads(code)) {
        *columns = *shown = put_code(to, code);
    } else {
        memcpy(to, at, n);
        *shown = n;
        *columns = 1;
    }
    return n;
}

/* Octets from at on that stand for themselves and take a column each, at most limit. */
static size_t plain_run(const uint8_t *at, size_t limit)
{
    size_t run = 0;
    while (run < limit && at[run] >= 0x20 && at[run] < 0x7F && at[run] != '\\')
        run++;
    return run;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void write_field(struct line *line, struct helo_slice text, size_t columns, bool lines)
{
    size_t used = 0;
    size_t fits = line->len; /* the end of what leaves a column for the ellipsis */

    for (size_t i = 0; i < text.len;) {
        size_t run = plain_run(text.ptr + i, smaller(text.len - i, columns - used));
        line_put(line, text.ptr + i, run);
        if (line->failed)
            return;
        i += run;
        used += run;
        if (run > 0)
            fits = line->len - (used == columns);
        if (i == text.len)
            return;

        char *to = line_reserve(line, ESCAPE_LONGEST);
        if (to == NULL)
            return;
        size_t shown;
        size_t width;
        i += show(to, text.ptr + i, text.len - i, lines, &shown, &width);
        if (used + width > columns) {
            line->len = fits;
            line_string(line, "\u2026");
            return;
        }
        line->len += shown;
        used += width;
        if (used < columns)
            fits = line->len;
    }
}

void text_field(struct line *line, struct helo_slice text, size_t columns)
{
    write_field(line, text, columns, false);
}

void text_lines(struct line *line, struct helo_slice text, size_t columns)
{
    write_field(line, text, columns, true);
}
