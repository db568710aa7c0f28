/* The records of one side of a TLS connection (RFC 8446 section 5.1, RFC 5246 section 6.2). */
#ifndef TLS_RECORD_H
#define TLS_RECORD_H

#include "base/bytes.h"
#include "heloscope/types.h"

enum tls_type {
    TLS_CHANGE_CIPHER_SPEC = 20,
    TLS_ALERT = 21,
    TLS_HANDSHAKE = 22,
    TLS_APPLICATION = 23,
    TLS_HEARTBEAT = 24,
};

/* All zero is the start. */
struct tls_reader {
    uint8_t header[5];
    uint8_t have;     /* octets of the header at hand */
    uint16_t left;    /* octets of the record's body to come */
    bool lost : 1;    /* a gap hides where the records begin, or it is broken */
    bool broken : 1;  /* octets came that are no record */
    bool skipped : 1; /* octets of a body are lost */
    bool began : 1;   /* a record was begun */
};

/* What was read: a header (body empty), or octets of the body behind it. */
struct tls_part {
    uint8_t type;
    bool begins;            /* a header */
    uint16_t length;        /* of a header: the whole body's */
    uint16_t left;          /* octets of the body behind this part */
    struct helo_slice body; /* borrowed from what was given to read */
};

/* True if octets can begin a TLS connection: a ClientHello's record, or its beginning. */
bool tls_looks_like(const uint8_t *data, size_t len);

/* Reads the next part from in and moves in on. False when in is empty or all that can be read of it
 * is read; once lost, nothing is. */
bool tls_read(struct tls_reader *reader, struct bytes *in, struct tls_part *part);

/* Octets of the side are lost. Within a body the records stay known. */
void tls_read_gap(struct tls_reader *reader, uint64_t len);

#endif
