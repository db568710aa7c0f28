/* Proxies by their handshakes: SOCKS 4, 4a and 5 (RFC 1928), HTTP CONNECT (RFC 9110 section 9.3.6).
 * Pure functions over the octets of both sides so far. */
#ifndef CLASSIFY_PROXY_H
#define CLASSIFY_PROXY_H

#include "heloscope/event.h"

/* Longest target: a host's name of 255 octets, a colon and a port. */
#define PROXY_TARGET 262

enum proxy_state {
    PROXY_NONE, /* not a proxy's handshake, or refused */
    PROXY_MORE, /* a handshake so far */
    PROXY_OPEN, /* the proxy has said yes */
};

struct proxy {
    const char *kind;        /* socks4, socks5 or connect; static */
    size_t skip[HELO_SIDES]; /* octets of the handshake */
    uint16_t port;           /* of the target */
    uint16_t target_len;
    char target[PROXY_TARGET]; /* host:port, not NUL-terminated; an IPv6 address in brackets */
    /* What the client logged in with, borrowed from its octets; each may be empty. */
    struct helo_slice name, password;
    struct helo_slice header; /* the value of Proxy-Authorization (RFC 9110 section 11.7.2) */
};

/* Reads the handshake. *proxy is filled when it is open. */
enum proxy_state proxy_read(const struct helo_slice side[HELO_SIDES], struct proxy *proxy);

#endif
