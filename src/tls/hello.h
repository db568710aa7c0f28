/* ClientHello and ServerHello (RFC 8446 section 4.1, RFC 5246 section 7.4.1). */
#ifndef TLS_HELLO_H
#define TLS_HELLO_H

#include "base/limits.h"
#include "heloscope/types.h"

/* Extensions that are looked into (IANA, "TLS ExtensionType Values"). */
enum tls_extension {
    TLS_SERVER_NAME = 0,
    TLS_GROUPS = 10,
    TLS_POINT_FORMATS = 11,
    TLS_SIGNATURE_ALGORITHMS = 13,
    TLS_ALPN = 16,
    TLS_PRE_SHARED_KEY = 41,
    TLS_EARLY_DATA = 42,
    TLS_SUPPORTED_VERSIONS = 43,
};

/* A hello's facts; the slices are borrowed from the message. Lists are as on the wire, without
 * their length. */
struct tls_hello {
    uint16_t version;          /* the field of that name: 0x0303 also where it is TLS 1.3 */
    uint16_t selected_version; /* a server's supported_versions; 0: none */
    uint16_t cipher;           /* a server's choice */
    bool retry;                /* a server's HelloRetryRequest (RFC 8446 section 4.1.3) */
    struct helo_slice ciphers; /* a client's, two octets each */
    uint16_t extensions[LIMIT_TLS_EXTENSIONS];
    size_t extension_count;
    bool server_name_sent;
    struct helo_slice server_name;
    struct helo_slice protocol;   /* the first of ALPN */
    struct helo_slice groups;     /* two octets each */
    struct helo_slice formats;    /* one octet each */
    struct helo_slice versions;   /* two octets each */
    struct helo_slice signatures; /* two octets each */
    bool pre_shared_key;
    bool early_data;
};

/* Read a handshake message's body. False if it is none; *hello is then of no use. */
bool tls_client_hello(struct helo_slice body, struct tls_hello *hello);
bool tls_server_hello(struct helo_slice body, struct tls_hello *hello);

/* The version that a server's hello decides on: 0x0300 to 0x0304. */
uint16_t tls_hello_version(const struct tls_hello *hello);

/* How many values of two octets a list has, and the one at index. */
static inline size_t tls_count(struct helo_slice list)
{
    return list.len / 2;
}
static inline uint16_t tls_at(struct helo_slice list, size_t index)
{
    return (uint16_t)(list.ptr[2 * index] << 8 | list.ptr[2 * index + 1]);
}

#endif
