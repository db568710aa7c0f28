/* Times and addresses as people and JSON read them. */
#ifndef REPORT_FORMAT_H
#define REPORT_FORMAT_H

#include "heloscope/event.h"

#define FORMAT_LONGEST 48 /* room that any of these needs: an IPv6 address has up to 39 */

/* Each writes at to and returns the end of what it wrote; there is no NUL behind it. */

/* RFC 3339 in UTC with six digits after the second, nine if nanoseconds. */
char *format_timestamp(char *to, helo_time time, bool nanoseconds);

/* HH:MM:SS.mmm in UTC; dashes for HELO_NO_TIME. */
char *format_clock(char *to, helo_time time);

/* The address: dotted quad, or RFC 5952. family is 4 or 6. */
char *format_address(char *to, const struct helo_endpoint *end);

/* Six pairs of upper case digits with hyphens (IEEE 802), as ECS has it. */
char *format_mac(char *to, const uint8_t mac[6]);

/* An enhanced status code, 5.7.1. */
char *format_enhanced(char *to, struct helo_enhanced enhanced);

#endif
