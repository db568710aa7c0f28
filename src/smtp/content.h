/* Message content after 354: where it ends, how long it is (RFC 5321 section 4.5.2). */
#ifndef SMTP_CONTENT_H
#define SMTP_CONTENT_H

#include "heloscope/types.h"
#include "smtp/smuggling.h"

/* Scans for <CRLF>.<CRLF>; all zero is not a start, content_start is. */
struct content_scan {
    uint64_t octets;  /* seen, the terminator included once it was found */
    uint64_t stuffed; /* dots that transparency added */
    uint8_t state;
    bool bare_dot_stuffed; /* the dot of bare_end was counted in stuffed */
    uint64_t
        bare_end; /* octets up to and with the last lenient end (LF . LF and the like); 0: none */
    struct smuggling smuggling;
};

/* The position behind 354 counts as the start of a line. */
void content_start(struct content_scan *scan);

/* Scans octets; returns how many belong to the content: fewer than len only when *ended is set,
 * the terminator being the last octet taken. */
size_t content_scan(struct content_scan *scan, const uint8_t *data, size_t len, bool *ended);

/* A gap: nothing is known of the octets in it. */
void content_gap(struct content_scan *scan);

/* The message's size: unstuffed, without the terminator. */
uint64_t content_size(const struct content_scan *scan);

/* True if the octets so far end with a line break, a dot and a line break that are not all CRLF:
 * what a lenient server may take for the end. */
bool content_ends_leniently(const struct content_scan *scan);

/* Takes the lenient end for the end. */
void content_end_leniently(struct content_scan *scan);

#endif
