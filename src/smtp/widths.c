/* The search for long lines: every stretch of the allowed length must hold a line feed. */
#include "smtp/widths.h"

#include <string.h>

/* The last line feed at or behind from, below end; both count from the content's beginning. */
static const uint8_t *last_break(const uint8_t *data, uint64_t before, uint64_t from, uint64_t end)
{
    size_t low = from > before ? (size_t)(from - before) : 0;
    size_t high = (size_t)(end - before);
    return low < high ? memrchr(data + low, '\n', high - low) : NULL;
}

bool widths_scan(struct widths *widths, uint64_t before, const uint8_t *data, size_t len)
{
    uint64_t end = before + len;
    const uint8_t *lf;
    while (!widths->found && widths->from + LONGEST_TEXT_LINE <= end) {
        lf = last_break(data, before, widths->from, widths->from + LONGEST_TEXT_LINE);
        if (lf == NULL)
            return widths->found = true;
        widths->from = before + (size_t)(lf - data) + 1;
    }
    if (!widths->found && (lf = last_break(data, before, widths->from, end)) != NULL)
        widths->from = before + (size_t)(lf - data) + 1;
    return false;
}
