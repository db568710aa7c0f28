/* Integers as text without printf, which would be most of an event's cost. */
#ifndef REPORT_NUMBER_H
#define REPORT_NUMBER_H

#include <stdint.h>

#define NUMBER_LONGEST 24 /* room that any of these needs: 2^64 - 1 with a point and a fraction */

/* Each writes at to and returns the end of what it wrote; there is no NUL behind it. */

/* Two decimal digits of a value below 100. */
static inline char *number_pair(char *to, uint32_t value)
{
    to[0] = (char)('0' + value / 10);
    to[1] = (char)('0' + value % 10);
    return to + 2;
}

/* Decimal, without leading zeros. */
char *number_decimal(char *to, uint64_t value);

/* Decimal, the last digits of it, at most 20. */
char *number_padded(char *to, uint64_t value, unsigned digits);

/* Lower case hexadecimal, the last digits of it, at most 16. */
char *number_hex(char *to, uint64_t value, unsigned digits);

/* value thousandths as a decimal number without trailing zeros: 12345 is 12.345, 12000 is 12. */
char *number_thousandths(char *to, uint64_t value);

#endif
