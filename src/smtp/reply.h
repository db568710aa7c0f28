/* Replies out of lines (RFC 5321 section 4.2), multi-line ones put together. */
#ifndef SMTP_REPLY_H
#define SMTP_REPLY_H

#include "base/limits.h"
#include "heloscope/event.h"
#include "smtp/line.h"
#include "smtp/text.h"

enum reply_oddity {
    REPLY_NO_CODE = 1,      /* a line without three digits of 2xx to 5xx: left out */
    REPLY_CODES_DIFFER = 2, /* within one multi-line reply */
    REPLY_NO_SEPARATOR = 4, /* neither blank nor hyphen behind the code */
};

/* A reply in the making; all zero is empty. */
struct reply_parser {
    uint16_t code;
    uint32_t lines;
    struct helo_enhanced enhanced;
    struct text text; /* of the lines so far; only multi-line replies need it */
    bool open;        /* a first line was read, the last one not yet */
};

/* Reads one line. True when it completes a reply: *reply is filled, its text valid until the next
 * call, borrowed from the line or the parser. *oddities collects enum reply_oddity. */
bool reply_parse(struct reply_parser *parser, struct mem *mem, struct helo_slice line,
                 struct helo_reply *reply, unsigned *oddities);

/* Closes a multi-line reply whose last line never came, if one is open. */
bool reply_break_off(struct reply_parser *parser, struct helo_reply *reply);

/* The code that a line begins with, 0 if it is no reply line. */
uint16_t reply_code_of(struct helo_slice line);

/* Forgets an unfinished reply. */
void reply_reset(struct reply_parser *parser, struct mem *mem);

#endif
