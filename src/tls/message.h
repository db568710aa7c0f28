/* Handshake messages of one side, out of whatever records carry them (RFC 8446 section 4). */
#ifndef TLS_MESSAGE_H
#define TLS_MESSAGE_H

#include "base/bytes.h"
#include "base/mem.h"
#include "heloscope/types.h"

enum tls_message_type {
    TLS_CLIENT_HELLO = 1,
    TLS_SERVER_HELLO = 2,
    TLS_CERTIFICATE = 11,
    TLS_SERVER_HELLO_DONE = 14,
};

/* All zero is the start. */
struct tls_messages {
    uint8_t head[4]; /* of the message at hand: type and length */
    uint8_t have;
    bool kept;     /* its body is wanted, and there is room */
    uint32_t left; /* octets of its body to come */
    uint8_t *body; /* owned */
    uint32_t len;
    uint32_t size;
};

/* Reads up to the end of a message, or of in. wanted: types to keep, bits; room: octets that body
 * may grow to. True at a message's end: its type is head[0], its body, if kept, is there until the
 * next call. *starved: memory failed. */
bool tls_message_read(struct tls_messages *messages, struct mem *mem, struct bytes *in,
                      uint32_t wanted, uint32_t room, bool *starved);

/* Hands over the body of the message that ended: the caller owns it, size as it was taken. */
uint8_t *tls_message_take(struct tls_messages *messages, uint32_t *size);

/* Frees what it holds. */
void tls_messages_free(struct tls_messages *messages, struct mem *mem);

#endif
