/* The line buffer's growth: doubled up to its limit, kept from line to line. */
#include "report/line.h"

#define LINE_FIRST 8192 /* most events fit; doubled until they do */

void line_init(struct line *line, struct mem *mem, size_t limit)
{
    *line = (struct line){.mem = mem, .limit = limit};
}

void line_free(struct line *line)
{
    mem_give(line->mem, line->at, line->size);
    line_init(line, line->mem, line->limit);
}

bool line_grow(struct line *line, size_t n)
{
    if (n > line->limit - line->len) {
        line->failed = true;
        return false;
    }
    size_t size = line->size == 0 ? LINE_FIRST : line->size;
    while (size - line->len < n)
        size *= 2;
    if (size > line->limit)
        size = line->limit;
    char *at = mem_resize(line->mem, line->at, line->size, size);
    if (at == NULL) {
        line->failed = true;
        return false;
    }
    line->at = at;
    line->size = size;
    return true;
}
