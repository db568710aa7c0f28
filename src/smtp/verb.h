/* The SMTP command verbs that are known, in one table. */
#ifndef SMTP_VERB_H
#define SMTP_VERB_H

#include "heloscope/types.h"

enum verb {
    VERB_OTHER, /* not in the table */
    VERB_EHLO,
    VERB_HELO,
    VERB_LHLO,
    VERB_MAIL,
    VERB_RCPT,
    VERB_DATA,
    VERB_BDAT,
    VERB_RSET,
    VERB_NOOP,
    VERB_QUIT,
    VERB_VRFY,
    VERB_EXPN,
    VERB_HELP,
    VERB_ETRN,
    VERB_ATRN,
    VERB_TURN,
    VERB_AUTH,
    VERB_STARTTLS,
    VERB_X_ANONYMOUSTLS,
    VERB_XCLIENT,
    VERB_XFORWARD,
    VERB_BURL,
    VERB_SEND,
    VERB_SOML,
    VERB_SAML,
    VERB_X_EXPS,
    VERB_X_LINK2STATE,
    VERB_XEXCH50,
    VERB_VERB,
    VERB_ONEX,
    VERB_DEBUG,
    VERB_WIZ,
    VERB_COUNT
};

/* The verb that begins a command line (RFC 5321 section 4.1.1: in any case of letters), and in
 * *rest the line behind it, its leading blanks skipped. A token that no entry has is VERB_OTHER;
 * *token is the token in either case. */
enum verb verb_parse(struct helo_slice line, struct helo_slice *token, struct helo_slice *rest);

/* The verb's name in upper case; "OTHER" for VERB_OTHER. */
struct helo_slice verb_name(enum verb verb);

/* True if the line is this verb in the syntax that RFC 5321 gives it, strictly enough to tell a
 * command from a line of text or a Base64 word. */
bool verb_is_strict(enum verb verb, struct helo_slice rest);

/* True if more octets can make this beginning of a line a known verb. */
bool verb_may_become(struct helo_slice begun);

#endif
