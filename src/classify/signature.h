/* Protocols that a connection's first octets give away: for what has to be told at once, and where
 * nDPI has seen too little. */
#ifndef CLASSIFY_SIGNATURE_H
#define CLASSIFY_SIGNATURE_H

#include "heloscope/types.h"

/* Our own protocols, by the names that nDPI has for them. */
enum signature {
    SIGNATURE_NONE,
    SIGNATURE_HTTP,
    SIGNATURE_TLS,
    SIGNATURE_SSH,
    SIGNATURE_RDP,
    SIGNATURE_SOCKS,
    SIGNATURE_FTP,
    SIGNATURE_POP3,
    SIGNATURE_IMAP,
    SIGNATURE_REDIS,
    SIGNATURE_POSTGRESQL,
    SIGNATURES
};

/* What a client's first octets are. */
enum signature signature_of_client(struct helo_slice octets);

/* What a server's first octets are. */
enum signature signature_of_server(struct helo_slice octets);

/* The name in lower case, as nDPI has it; static. */
const char *signature_name(enum signature signature);

/* True if the octets are, or may become, a record of TLS as it begins a connection: a handshake's
 * or an alert (RFC 8446 section 5.1). */
bool signature_is_tls(struct helo_slice octets);

#endif
