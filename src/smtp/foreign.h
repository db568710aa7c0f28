/* Lines of other protocols that come to SMTP ports: which of them carry credentials. */
#ifndef SMTP_FOREIGN_H
#define SMTP_FOREIGN_H

#include "heloscope/types.h"

/* True if the line authenticates somebody in some protocol: POP3, IMAP, FTP, NNTP, HTTP. token is
 * its first word, rest what follows. */
bool foreign_has_credentials(struct helo_slice token, struct helo_slice rest);

/* True if the token may be told as a verb: a plain word, with a colon behind it if it is a header's
 * name, and not a word of credentials with something joined to it. */
bool foreign_is_verb(struct helo_slice token);

/* True if what follows the verb may be told: no header's value, no "key=value", no query, no
 * "user:password@host". */
bool foreign_is_plain(struct helo_slice token, struct helo_slice rest);

#endif
