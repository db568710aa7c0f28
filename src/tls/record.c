/* Reading TLS records, whatever pieces they come in. */
#include "tls/record.h"

#include "base/limits.h"

bool tls_looks_like(const uint8_t *data, size_t len)
{
    if (len == 0)
        return false;
    if ((data[0] & 0x80) != 0) /* an SSLv2 record with a CLIENT-HELLO (RFC 6101 appendix E) */
        return len < 3 || data[2] == 1;
    return data[0] == TLS_HANDSHAKE && (len < 2 || data[1] == 3);
}

/* RFC 6101 appendix E: SSLv2's header has two octets; the three behind them are read already. */
static bool is_v2_hello(const struct tls_reader *reader)
{
    return !reader->began && (reader->header[0] & 0x80) != 0 && reader->header[2] == 1 &&
           bytes_u16(reader->header) - 0x8000 >= 3;
}

static bool take_header(struct tls_reader *reader, struct tls_part *part)
{
    const uint8_t *header = reader->header;
    uint16_t length = bytes_u16(header + 3);
    reader->have = 0;
    if (is_v2_hello(reader)) {
        reader->left = (uint16_t)(bytes_u16(header) - 0x8000 - 3);
        reader->skipped = true;
        *part = (struct tls_part){.type = TLS_HANDSHAKE, .begins = true, .left = reader->left};
    } else if (header[0] < TLS_CHANGE_CIPHER_SPEC || header[0] > TLS_HEARTBEAT || header[1] != 3 ||
               length > LIMIT_TLS_RECORD) {
        reader->lost = reader->broken = true;
        return false;
    } else {
        reader->left = length;
        reader->skipped = false;
        *part =
            (struct tls_part){.type = header[0], .begins = true, .length = length, .left = length};
    }
    reader->began = true;
    return true;
}

bool tls_read(struct tls_reader *reader, struct bytes *in, struct tls_part *part)
{
    if (reader->lost || in->left == 0)
        return false;
    if (reader->left > 0) {
        size_t n = reader->left < in->left ? reader->left : in->left;
        reader->left = (uint16_t)(reader->left - n);
        *part =
            (struct tls_part){.type = reader->header[0], .left = reader->left, .body = {in->at, n}};
        return bytes_skip(in, n);
    }
    while (in->left > 0 && reader->have < sizeof(reader->header)) {
        reader->header[reader->have++] = *in->at;
        (void)bytes_skip(in, 1);
    }
    return reader->have == sizeof(reader->header) && take_header(reader, part);
}

void tls_read_gap(struct tls_reader *reader, uint64_t len)
{
    reader->skipped = true;
    if (len <= reader->left)
        reader->left = (uint16_t)(reader->left - len);
    else
        reader->lost = true;
}
