/* Colours, columns, and quantities rounded for the eye. */
#include "report/text_parts.h"

#include "report/format.h"
#include "report/names.h"
#include "report/text.h"

/* What hide_name makes of a name, and how many of its digits are shown: of a hundred thousand names
 * two have these in common once in 50,000 times. */
#define HASHED        "hmac-sha256:"
#define HASHED_LEN    (strlen(HASHED) + 64)
#define HASHED_DIGITS 12

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

void text_endpoint(struct line *line, const struct helo_endpoint *end)
{
    bool brackets = end->family != 4 && end->port != 0;
    char *to = line_reserve(line, FORMAT_LONGEST + NUMBER_LONGEST);

    if (to == NULL)
        return;
    if (brackets)
        *to++ = '[';
    to = format_address(to, end);
    if (brackets)
        *to++ = ']';
    if (end->port != 0) {
        *to++ = ':';
        to = number_decimal(to, end->port);
    }
    line_commit(line, to);
}

static bool is_hashed(struct helo_slice name)
{
    if (name.len != HASHED_LEN || memcmp(name.ptr, HASHED, strlen(HASHED)) != 0)
        return false;
    for (size_t i = strlen(HASHED); i < name.len; i++)
        if (memchr("0123456789abcdef", name.ptr[i], 16) == NULL)
            return false;
    return true;
}

void text_user(struct line *line, struct helo_slice name)
{
    if (is_hashed(name))
        text_field(line, name, strlen(HASHED) + HASHED_DIGITS + 1);
    else
        text_field(line, name, TEXT_USER_COLUMNS);
}

void text_tls_version(struct line *line, uint16_t version)
{
    const char *name = name_of_tls_version(version);

    line_string(line, version == 0x0300 ? "SSL" : "TLS");
    if (name == NULL)
        return;
    line_char(line, ' ');
    line_string(line, name);
}
