/* Colours, columns, and quantities rounded for the eye. */
#include "report/text_parts.h"

void text_tint(struct line *line, enum helo_outcome outcome, bool colour)
{
    static const char *const CODES[] = {
        [HELO_OUTCOME_SUCCESS] = "\033[32m",
        [HELO_OUTCOME_FAILURE] = "\033[31m",
        [HELO_OUTCOME_UNKNOWN] = "\033[33m",
    };
    if (colour)
        line_string(line, CODES[outcome]);
}

void text_untint(struct line *line, bool colour)
{
    if (colour)
        line_string(line, "\033[0m");
}

void text_result(struct line *line, const char *result, enum helo_outcome outcome, bool colour)
{
    text_tint(line, outcome, colour);
    line_string(line, result);
    text_untint(line, colour);
}

void text_pad(struct line *line, size_t from, size_t width)
{
    while (!line->failed && line->len - from < width)
        line_char(line, ' ');
}

static void tenths(struct line *line, uint64_t value)
{
    line_u64(line, value / 10);
    line_char(line, '.');
    line_u64(line, value % 10);
}

/* "2 h 5 min", "24 h": value in the smaller unit, ratio of which make a larger one. */
static void two_units(struct line *line, uint64_t value, unsigned ratio, const char *large,
                      const char *small)
{
    text_count(line, value / ratio, large);
    if (value % ratio == 0)
        return;
    line_char(line, ' ');
    text_count(line, value % ratio, small);
}

void text_interval(struct line *line, helo_time interval)
{
    uint64_t ms = interval < 0 ? 0 : (uint64_t)(interval / HELO_MILLISECOND);

    if (ms < 1000) {
        text_count(line, ms, " ms");
    } else if (ms < 120000) {
        tenths(line, ms / 100);
        line_string(line, " s");
    } else if (ms < 3600000) {
        text_count(line, ms / 60000, " min");
    } else if (ms < 172800000) {
        two_units(line, ms / 60000, 60, " h", " min");
    } else {
        two_units(line, ms / 3600000, 24, " d", " h");
    }
}

void text_size(struct line *line, uint64_t octets)
{
    static const char *const UNITS[] = {" KiB", " MiB", " GiB"};
    uint64_t unit = 1024;
    size_t i = 0;

    if (octets < unit) {
        text_count(line, octets, " B");
        return;
    }
    for (; i < 2 && octets / unit >= 1024; i++)
        unit *= 1024;
    tenths(line, octets / unit * 10 + octets % unit * 10 / unit);
    line_string(line, UNITS[i]);
}

void text_count(struct line *line, uint64_t count, const char *words)
{
    line_u64(line, count);
    line_string(line, words);
}
