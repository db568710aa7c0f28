/* Walking over TLS records. */
#include "smtp/tls.h"

#include "base/bytes.h"

enum { TLS_CHANGE_CIPHER_SPEC = 20, TLS_ALERT = 21, TLS_HANDSHAKE = 22, TLS_APPLICATION = 23 };

bool tls_looks_like(const uint8_t *data, size_t len)
{
    if (len == 0)
        return false;
    if ((data[0] & 0x80) != 0) /* an SSLv2 record with a CLIENT-HELLO (RFC 6101 appendix E) */
        return len < 3 || data[2] == 1;
    return data[0] == TLS_HANDSHAKE && (len < 2 || data[1] == 3);
}

static void note(struct tls_watch *watch)
{
    uint8_t type = watch->header[0];
    if (type < TLS_CHANGE_CIPHER_SPEC || type > TLS_APPLICATION + 1 || watch->header[1] != 3) {
        watch->lost = true;
        return;
    }
    watch->handshake |= type == TLS_HANDSHAKE;
    watch->protected |= type == TLS_CHANGE_CIPHER_SPEC || type == TLS_APPLICATION;
    watch->left = bytes_u16(watch->header + 3);
}

void tls_watch_bytes(struct tls_watch *watch, const uint8_t *data, size_t len)
{
    while (len > 0 && !watch->lost) {
        if (watch->left > 0) {
            size_t n = watch->left < len ? watch->left : len;
            watch->left -= (uint32_t)n;
            data += n;
            len -= n;
            continue;
        }
        watch->header[watch->have++] = *data++;
        len--;
        if (watch->have == sizeof(watch->header)) {
            watch->have = 0;
            note(watch);
        }
    }
}

void tls_watch_gap(struct tls_watch *watch, uint64_t len)
{
    if (len <= watch->left)
        watch->left -= (uint32_t)len;
    else
        watch->lost = true;
}
