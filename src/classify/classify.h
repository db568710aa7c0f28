/* Is a connection SMTP? Judged by its first octets, of both sides; pure functions. */
#ifndef CLASSIFY_CLASSIFY_H
#define CLASSIFY_CLASSIFY_H

#include "classify/proxy.h"
#include "classify/signature.h"

enum classify_verdict {
    CLASSIFY_MORE, /* can't be told yet */
    CLASSIFY_SMTP,
    CLASSIFY_OTHER,
};

/* What is known of the port. */
enum classify_port {
    CLASSIFY_PORT_ANY,       /* not one of SMTP: the octets must prove it */
    CLASSIFY_PORT_CLEARTEXT, /* SMTP without TLS from the first octet: 25, 2525 */
    CLASSIFY_PORT_EITHER,    /* SMTP, with TLS from the first octet or without */
    CLASSIFY_PORT_TLS,       /* SMTP with TLS from the first octet: 465 */
};

struct classify_view {
    struct helo_slice side[HELO_SIDES]; /* octets in order from the connection's beginning */
    enum classify_port port;
    bool whole; /* nothing more will come: what can't be told is decided by the port */
};

/* Judges a connection whose beginning was captured. *proxy is filled if SMTP lies behind a proxy's
 * handshake, else its kind is NULL.
 *
 * The server's first octets decide, whatever the client sent before them: it can't hide SMTP by
 * sending something else first. Only a client's hello is enough alone. */
enum classify_verdict classify_judge(const struct classify_view *view, struct proxy *proxy);

/* Judges the first line of a segment of a connection that was picked up in its middle, on a port
 * that is not SMTP's: true if only SMTP has it. */
bool classify_is_of_mail(struct helo_slice payload);

enum classify_client {
    CLASSIFY_CLIENT_FITS,    /* it may be an SMTP client: a command, a PROXY header */
    CLASSIFY_CLIENT_KNOWN,   /* it speaks another protocol: *signature */
    CLASSIFY_CLIENT_UNKNOWN, /* these are no words: nDPI may know what they are */
};

/* What the first octets are that a client sends to an SMTP server. */
enum classify_client classify_client_of(struct helo_slice octets, enum signature *signature);

#endif
