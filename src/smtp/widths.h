/* Lines of content that are longer than RFC 5321 section 4.5.3.1.6 allows: found by looking back
 * from where a line would have to end, so that of ordinary text only one octet in thirty is read.
 */
#ifndef SMTP_WIDTHS_H
#define SMTP_WIDTHS_H

#include "heloscope/types.h"

/* Octets of a line of content, its CRLF included. */
#define LONGEST_TEXT_LINE 1000

/* All zero is a start. */
struct widths {
    uint64_t from; /* octets of the content before a line that is not known to end in time */
    bool found;    /* that line is too long; nothing more is looked for */
};

/* Takes octets of content, before being how many came before them. True when they make a line too
 * long, the first of this content: then from is where it begins. */
bool widths_scan(struct widths *widths, uint64_t before, const uint8_t *data, size_t len);

#endif
