/* Whether the first lines of a connection are those of SMTP, by themselves: what FTP, which greets
 * with 220 too, and others say is told apart. Pure functions over the octets so far. */
#ifndef CLASSIFY_GREETING_H
#define CLASSIFY_GREETING_H

#include "heloscope/types.h"

enum greeting {
    GREETING_MORE,   /* too little to tell, or a line that has not ended */
    GREETING_SMTP,   /* 220, 421, 521 or 554, and the text names SMTP or LMTP */
    GREETING_PLAIN,  /* one of these codes, and nothing more to go by */
    GREETING_FTP,    /* 220 and the text names FTP */
    GREETING_NUMBER, /* another code: NNTP, a broken server */
    GREETING_NOT,    /* no reply of SMTP */
};

/* What a server's first octets are (RFC 5321 section 4.2): whole is true if no more will come, so
 * that a line without its end is judged as it is. */
enum greeting greeting_of(struct helo_slice server, bool whole);

enum opening {
    OPENING_MORE,    /* no whole line, or lines that FTP and SMTP share */
    OPENING_SMTP,    /* EHLO, HELO or LHLO with a name, or MAIL FROM: */
    OPENING_FOREIGN, /* a line that no SMTP client begins with */
};

/* What a client's first lines are (RFC 5321 section 4.1.4). */
enum opening opening_of(struct helo_slice client);

/* True if the octets may be the beginning of a command line: a word of letters. */
bool opening_is_text(struct helo_slice client);

/* True if a line, wherever in a dialogue, can only be of SMTP: a hello, MAIL, RCPT, or a reply with
 * an enhanced status code. */
bool opening_is_of_mail(struct helo_slice line);

#endif
