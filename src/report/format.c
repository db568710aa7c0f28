/* Times by civil-from-days arithmetic and addresses by hand: libc's ways lock or go by printf. */
#include "report/format.h"

#include <string.h>

#include "base/bytes.h"
#include "report/number.h"

#define SECONDS_PER_DAY INT64_C(86400)
#define DAYS_PER_ERA    INT64_C(146097) /* 400 Gregorian years */
#define DAYS_TO_EPOCH   INT64_C(719468) /* from 0000-03-01 to 1970-01-01 */
#define GROUPS          8               /* of an IPv6 address */

struct civil {
    uint32_t year;
    uint32_t month;
    uint32_t day;
};

/* The remainder that belongs to floor_divide, without the product that could overflow. */
static int64_t floor_rest(int64_t value, int64_t by)
{
    int64_t rest = value % by;
    return rest < 0 ? rest + by : rest;
}

static int64_t floor_divide(int64_t value, int64_t by)
{
    return value >= 0 ? value / by : -((-(value + 1)) / by) - 1;
}

/* Years counted from March put the leap day last, and month lengths into a linear formula. */
static struct civil civil_of(int64_t days)
{
    int64_t shifted = days + DAYS_TO_EPOCH;
    int64_t era = floor_divide(shifted, DAYS_PER_ERA);
    int64_t day_of_era = floor_rest(shifted, DAYS_PER_ERA);
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t from_march = (5 * day_of_year + 2) / 153;
    struct civil civil = {
        .year = (uint32_t)(year_of_era + era * 400 + (from_march >= 10)),
        .month = (uint32_t)(from_march < 10 ? from_march + 3 : from_march - 9),
        .day = (uint32_t)(day_of_year - (153 * from_march + 2) / 5 + 1),
    };
    return civil;
}

static char *time_of_day(char *to, uint32_t second)
{
    to = number_pair(to, second / 3600);
    *to++ = ':';
    to = number_pair(to, second / 60 % 60);
    *to++ = ':';
    return number_pair(to, second % 60);
}

char *format_timestamp(char *to, helo_time time, bool nanoseconds)
{
    int64_t seconds = floor_divide(time, HELO_SECOND);
    uint32_t fraction = (uint32_t)floor_rest(time, HELO_SECOND);
    struct civil civil = civil_of(floor_divide(seconds, SECONDS_PER_DAY));

    to = number_pair(to, civil.year / 100);
    to = number_pair(to, civil.year % 100);
    *to++ = '-';
    to = number_pair(to, civil.month);
    *to++ = '-';
    to = number_pair(to, civil.day);
    *to++ = 'T';
    to = time_of_day(to, (uint32_t)floor_rest(seconds, SECONDS_PER_DAY));
    *to++ = '.';
    to = number_pair(to, fraction / 10000000);
    to = number_pair(to, fraction / 100000 % 100);
    to = number_pair(to, fraction / 1000 % 100);
    if (nanoseconds)
        to = number_padded(to, fraction % 1000, 3);
    *to++ = 'Z';
    return to;
}

static char *put_string(char *to, const char *string)
{
    size_t len = strlen(string);
    memcpy(to, string, len);
    return to + len;
}

char *format_clock(char *to, helo_time time)
{
    if (time == HELO_NO_TIME)
        return put_string(to, "--:--:--.---");
    int64_t seconds = floor_divide(time, HELO_SECOND);
    int64_t fraction = floor_rest(time, HELO_SECOND);
    to = time_of_day(to, (uint32_t)floor_rest(seconds, SECONDS_PER_DAY));
    *to++ = '.';
    return number_padded(to, (uint64_t)(fraction / HELO_MILLISECOND), 3);
}

static char *dotted_quad(char *to, const uint8_t *address)
{
    for (int i = 0; i < 4; i++) {
        if (i > 0)
            *to++ = '.';
        to = number_decimal(to, address[i]);
    }
    return to;
}

/* The first of the longest runs of two or more zero groups (RFC 5952 section 4.2). */
static int longest_zeros(const uint16_t groups[GROUPS], int *length)
{
    int best = -1;

    *length = 1;
    for (int i = 0; i < GROUPS; i++) {
        int run = 0;
        while (i + run < GROUPS && groups[i + run] == 0)
            run++;
        if (run > *length) {
            best = i;
            *length = run;
        }
        i += run;
    }
    return best;
}

static char *colon_groups(char *to, const uint8_t *address)
{
    uint16_t groups[GROUPS];
    for (int i = 0; i < GROUPS; i++)
        groups[i] = bytes_u16(address + 2 * i);
    int length;
    int zeros = longest_zeros(groups, &length);

    if (zeros == 0 && length == 5 && groups[5] == 0xFFFF) /* IPv4-mapped, RFC 5952 section 5 */
        return dotted_quad(put_string(to, "::ffff:"), address + 12);
    for (int i = 0; i < GROUPS; i++) {
        if (i == zeros) {
            to = put_string(to, "::");
            i += length - 1;
            continue;
        }
        if (i > 0 && i != zeros + length)
            *to++ = ':';
        unsigned digits = groups[i] > 0xFFF ? 4 : groups[i] > 0xFF ? 3 : groups[i] > 0xF ? 2 : 1;
        to = number_hex(to, groups[i], digits);
    }
    return to;
}

char *format_address(char *to, const struct helo_endpoint *end)
{
    return end->family == 4 ? dotted_quad(to, end->address) : colon_groups(to, end->address);
}

char *format_mac(char *to, const uint8_t mac[6])
{
    for (size_t i = 0; i < 6; i++) {
        if (i > 0)
            *to++ = '-';
        *to++ = "0123456789ABCDEF"[mac[i] >> 4];
        *to++ = "0123456789ABCDEF"[mac[i] & 15];
    }
    return to;
}

char *format_enhanced(char *to, struct helo_enhanced enhanced)
{
    to = number_decimal(to, enhanced.klass);
    *to++ = '.';
    to = number_decimal(to, enhanced.subject);
    *to++ = '.';
    return number_decimal(to, enhanced.detail);
}
