/* What in a message's content some server may take for its end (SMTP smuggling, CVE-2023-51764 and
 * its kin): a dot alone between two line breaks that are not both what RFC 5321 section 4.1.1.4
 * wants. */
#ifndef SMTP_SMUGGLING_H
#define SMTP_SMUGGLING_H

#include "heloscope/types.h"

/* What stands before the next octet. A line break is as many CRs as there are, with the LF behind
 * them if one is: CRLF, LF, CR, CRCRLF. */
enum smuggling_place {
    SMUGGLING_TEXT,
    SMUGGLING_CR,   /* text, CR */
    SMUGGLING_CRS,  /* text, several CRs */
    SMUGGLING_LINE, /* a line break, and NULs perhaps */
    SMUGGLING_DOT,  /* a line break, a dot, NULs perhaps */
    SMUGGLING_DOT_CR,
    SMUGGLING_DOT_CRS,
};

/* Follows one message's content; all zero is not a start, smuggling_start is. */
struct smuggling {
    uint64_t first;     /* octets of the content before the dot of the first look-alike */
    uint64_t dot;       /* the same of the dot at hand */
    uint32_t sequences; /* look-alikes of the end; stops at UINT32_MAX */
    uint8_t place;      /* enum smuggling_place */
    bool odd;           /* a break or NUL before or behind the dot at hand is not CRLF */
    bool command;       /* behind a look-alike, a line begins with EHLO, MAIL, RCPT, DATA or RSET */
    uint8_t word_len;   /* octets of the line's first word so far; past the longest: none */
    uint8_t word[4];
};

/* The position behind 354 counts as the start of a line. */
void smuggling_start(struct smuggling *smuggling);

/* Takes one octet; before is how many of the content came before it. */
void smuggling_octet(struct smuggling *smuggling, uint8_t c, uint64_t before);

/* Takes len > 0 octets at once among which no dot stands behind a line break. Only where
 * smuggling_may_skip says so. */
void smuggling_skip(struct smuggling *smuggling, const uint8_t *data, size_t len);

/* Octets were never captured: nothing is known of what they left before the next one. */
void smuggling_gap(struct smuggling *smuggling);

/* True while nothing before the next octet matters. */
static inline bool smuggling_may_skip(const struct smuggling *smuggling)
{
    return smuggling->place == SMUGGLING_TEXT && smuggling->word_len > sizeof(smuggling->word);
}

/* True while every line's start matters, as there was a look-alike. */
static inline bool smuggling_wants_lines(const struct smuggling *smuggling)
{
    return smuggling->sequences > 0 && !smuggling->command;
}

#endif
