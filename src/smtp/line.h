/* Lines out of a stream: whole ones without a copy, cut ones put together. */
#ifndef SMTP_LINE_H
#define SMTP_LINE_H

#include "smtp/text.h"

/* What is odd about a line. */
enum line_oddity {
    LINE_BARE_LF = 1, /* ended by LF without CR */
    LINE_BARE_CR = 2, /* a CR inside */
    LINE_NUL = 4,
    LINE_EIGHT_BIT = 8,
    LINE_OVERLONG = 16, /* longer than the limit: text is its beginning */
};

/* A line without its end. text is borrowed: from the input or from the reader. */
struct line {
    struct helo_slice text;
    uint64_t length; /* octets on the wire, line end included */
    unsigned oddities;
};

/* The beginning of a line whose end has not come yet. */
struct line_reader {
    struct text kept;
    uint64_t length; /* octets so far, those beyond the limit included */
};

/* Takes octets up to and with the next LF; returns how many. *line is filled and true stored in
 * *whole when a line is complete; its text is valid until the next call. Text beyond limit octets
 * is left out. Without memory the line is taken as overlong. */
size_t line_read(struct line_reader *reader, struct mem *mem, const uint8_t *data, size_t len,
                 size_t limit, struct line *line, bool *whole);

/* Forgets an unfinished line. */
void line_reset(struct line_reader *reader, struct mem *mem);

#endif
