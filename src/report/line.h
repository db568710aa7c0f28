/* One line of output being built: a buffer used again and again, with a bound. */
#ifndef REPORT_LINE_H
#define REPORT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "report/number.h"

/* What does not fit any more is left out and sets failed: the line is then worth nothing. */
struct line {
    struct mem *mem;
    char *at;
    size_t len;
    size_t size;
    size_t limit;
    bool failed;
};

/* An empty line that takes its buffer from mem, at most limit octets of it. */
void line_init(struct line *line, struct mem *mem, size_t limit);

/* Gives the buffer back. */
void line_free(struct line *line);

/* Makes room for n more octets in a full buffer; false (and failed set) without it. */
bool line_grow(struct line *line, size_t n);

/* Starts the next line in the same buffer. */
static inline void line_clear(struct line *line)
{
    line->len = 0;
    line->failed = false;
}

/* Room for n octets at the end, NULL without it. The caller adds to len what it used. */
static inline char *line_reserve(struct line *line, size_t n)
{
    if (line->size - line->len < n && !line_grow(line, n))
        return NULL;
    return line->at + line->len;
}

static inline void line_put(struct line *line, const void *from, size_t n)
{
    char *to = n == 0 ? NULL : line_reserve(line, n);
    if (to == NULL)
        return;
    memcpy(to, from, n);
    line->len += n;
}

static inline void line_string(struct line *line, const char *string)
{
    line_put(line, string, strlen(string));
}

static inline void line_char(struct line *line, char c)
{
    char *to = line_reserve(line, 1);
    if (to == NULL)
        return;
    *to = c;
    line->len++;
}

/* Takes over what was written from line_reserve's pointer up to end. */
static inline void line_commit(struct line *line, const char *end)
{
    line->len = (size_t)(end - line->at);
}

/* Decimal, without leading zeros. */
static inline void line_u64(struct line *line, uint64_t value)
{
    char *to = line_reserve(line, NUMBER_LONGEST);
    if (to != NULL)
        line_commit(line, number_decimal(to, value));
}

#endif
