/* TLS seen from outside: record headers only (RFC 8446 section 5.1). */
#ifndef SMTP_TLS_H
#define SMTP_TLS_H

#include "heloscope/types.h"

/* One side's records; all zero is the start. */
struct tls_watch {
    uint8_t header[5];
    uint8_t have;   /* octets of the header at hand */
    uint32_t left;  /* octets of the record's body to come */
    bool lost;      /* a gap or bytes that are no TLS: nothing more can be told */
    bool handshake; /* a handshake record was seen */
    bool protected; /* change_cipher_spec or application_data: the handshake got that far */
};

/* True if octets can begin a TLS connection: a ClientHello's record, or its beginning. */
bool tls_looks_like(const uint8_t *data, size_t len);

/* Follows the records of one side. */
void tls_watch_bytes(struct tls_watch *watch, const uint8_t *data, size_t len);

/* Octets of the side are lost. */
void tls_watch_gap(struct tls_watch *watch, uint64_t len);

#endif
