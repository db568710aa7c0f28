/* Decimal digits two at a time. */
#include "report/number.h"

char *number_decimal(char *to, uint64_t value)
{
    unsigned digits = 1;

    if (value < 10) {
        *to = (char)('0' + value);
        return to + 1;
    }
    if (value < 100)
        return number_pair(to, (uint32_t)value);
    for (uint64_t rest = value; rest >= 10; digits++)
        rest /= 10;
    return number_padded(to, value, digits);
}

char *number_padded(char *to, uint64_t value, unsigned digits)
{
    unsigned left = digits;

    for (; left >= 2; left -= 2) {
        number_pair(to + left - 2, (uint32_t)(value % 100));
        value /= 100;
    }
    if (left == 1)
        to[0] = (char)('0' + value % 10);
    return to + digits;
}

char *number_hex(char *to, uint64_t value, unsigned digits)
{
    for (unsigned i = digits; i > 0; i--) {
        to[i - 1] = "0123456789abcdef"[value & 15];
        value >>= 4;
    }
    return to + digits;
}

char *number_thousandths(char *to, uint64_t value)
{
    uint64_t fraction = value % 1000;
    unsigned digits = 3;

    to = number_decimal(to, value / 1000);
    if (fraction == 0)
        return to;
    for (; fraction % 10 == 0; fraction /= 10)
        digits--;
    *to++ = '.';
    return number_padded(to, fraction, digits);
}
