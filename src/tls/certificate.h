/* A server's certificate (RFC 5280), as far as it may be seen: before TLS 1.3. */
#ifndef TLS_CERTIFICATE_H
#define TLS_CERTIFICATE_H

#include "base/mem.h"
#include "heloscope/types.h"

#define TLS_SHA256 32

/* All zero is none. The texts are slices of kept, which is owned. */
struct tls_certificate {
    bool present;
    bool readable; /* libcrypto could parse it: what follows the hash is known */
    uint8_t sha256[TLS_SHA256];
    bool has_validity;
    int64_t not_before, not_after; /* seconds since 1970 */
    bool self_signed;
    struct helo_slice subject, issuer; /* RFC 2253, in UTF-8 */
    struct helo_slice names;           /* DNS names and addresses, each behind a '\n' */
    uint32_t name_count;
    uint8_t *kept;
    uint32_t size;
};

/* Reads the first certificate of a Certificate message's body (RFC 5246 section 7.4.2). False if
 * there is none. Without memory the texts are empty. */
bool tls_certificate_read(struct tls_certificate *certificate, struct mem *mem,
                          struct helo_slice body);

/* Frees what it holds. */
void tls_certificate_free(struct tls_certificate *certificate, struct mem *mem);

#endif
