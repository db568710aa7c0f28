/* First octets of common protocols. */
#include "classify/signature.h"

#include <string.h>

#include "base/bytes.h"

static bool begins(struct helo_slice text, const char *word)
{
    size_t len = strlen(word);
    return text.len >= len && memcmp(text.ptr, word, len) == 0;
}

bool signature_is_tls(struct helo_slice octets)
{
    return octets.len > 0 && (octets.ptr[0] == 21 || octets.ptr[0] == 22) &&
           (octets.len < 2 || octets.ptr[1] == 3);
}

/* A request line (RFC 9112 section 3): method, target, version. */
static bool is_http(struct helo_slice text)
{
    static const char *const METHODS[] = {"GET ",     "POST ",    "HEAD ",  "PUT ",  "DELETE ",
                                          "OPTIONS ", "CONNECT ", "TRACE ", "PATCH "};
    for (size_t i = 0; i < sizeof(METHODS) / sizeof(METHODS[0]); i++) {
        if (begins(text, METHODS[i]))
            return memmem(text.ptr, text.len, " HTTP/1.", 8) != NULL;
    }
    return begins(text, "PRI * HTTP/2.0");
}

/* A TPKT with an X.224 connection request (RFC 1006, MS-RDPBCGR section 2.2.1.1). */
static bool is_rdp(struct helo_slice text)
{
    return text.len >= 6 && text.ptr[0] == 3 && text.ptr[1] == 0 && bytes_u16(text.ptr + 2) >= 11 &&
           text.ptr[5] == 0xe0;
}

/* RFC 1928 section 3, and SOCKS 4: CONNECT or BIND. */
static bool is_socks(struct helo_slice text)
{
    if (text.len >= 3 && text.ptr[0] == 5)
        return text.ptr[1] > 0 && text.len == 2u + text.ptr[1];
    return text.len >= 9 && text.ptr[0] == 4 && (text.ptr[1] == 1 || text.ptr[1] == 2) &&
           text.ptr[text.len - 1] == 0;
}

/* A startup, SSL or GSSAPI request (PostgreSQL's manual, Message Formats). */
static bool is_postgresql(struct helo_slice text)
{
    if (text.len < 8 || bytes_u32(text.ptr) != text.len)
        return false;
    uint32_t code = bytes_u32(text.ptr + 4);
    return code == 0x00030000 || code == 80877103 || code == 80877104;
}

/* An array of bulk strings (RESP). */
static bool is_redis(struct helo_slice text)
{
    return text.len >= 6 && text.ptr[0] == '*' && text.ptr[1] >= '1' && text.ptr[1] <= '9' &&
           memmem(text.ptr, text.len, "\r\n$", 3) != NULL;
}

enum signature signature_of_client(struct helo_slice octets)
{
    if (octets.len >= 3 && signature_is_tls(octets))
        return SIGNATURE_TLS;
    if (is_http(octets))
        return SIGNATURE_HTTP;
    if (begins(octets, "SSH-"))
        return SIGNATURE_SSH;
    if (is_rdp(octets))
        return SIGNATURE_RDP;
    if (is_socks(octets))
        return SIGNATURE_SOCKS;
    if (is_postgresql(octets))
        return SIGNATURE_POSTGRESQL;
    return is_redis(octets) ? SIGNATURE_REDIS : SIGNATURE_NONE;
}

enum signature signature_of_server(struct helo_slice octets)
{
    if (octets.len >= 3 && signature_is_tls(octets))
        return SIGNATURE_TLS;
    if (begins(octets, "SSH-"))
        return SIGNATURE_SSH;
    if (begins(octets, "HTTP/1."))
        return SIGNATURE_HTTP;
    if (begins(octets, "+OK"))
        return SIGNATURE_POP3;
    if (begins(octets, "* OK") || begins(octets, "* PREAUTH") || begins(octets, "* BYE"))
        return SIGNATURE_IMAP;
    return begins(octets, "220") ? SIGNATURE_FTP : SIGNATURE_NONE;
}

const char *signature_name(enum signature signature)
{
    static const char *const NAMES[SIGNATURES] = {
        [SIGNATURE_NONE] = "unknown",
        [SIGNATURE_HTTP] = "http",
        [SIGNATURE_TLS] = "tls",
        [SIGNATURE_SSH] = "ssh",
        [SIGNATURE_RDP] = "rdp",
        [SIGNATURE_SOCKS] = "socks",
        [SIGNATURE_FTP] = "ftp_control",
        [SIGNATURE_POP3] = "pop3",
        [SIGNATURE_IMAP] = "imap",
        [SIGNATURE_REDIS] = "redis",
        [SIGNATURE_POSTGRESQL] = "postgresql",
    };
    return NAMES[signature];
}
