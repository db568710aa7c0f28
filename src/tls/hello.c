/* Hellos, length by length: whatever does not fit into what is around it makes the hello none. */
#include "tls/hello.h"

#include <string.h>

#include "base/bytes.h"

#define RANDOM_OCTETS 32
#define TLS_1_3       0x0304

/* RFC 8446 section 4.1.3: SHA-256 of "HelloRetryRequest". */
static const uint8_t retry_random[RANDOM_OCTETS] = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

/* Cuts off what a length of one or two octets is in front of. */
static bool take_vector(struct bytes *from, unsigned width, struct helo_slice *vector)
{
    if (from->left < width)
        return false;
    size_t len = width == 1 ? from->at[0] : bytes_u16(from->at);
    (void)bytes_skip(from, width);
    *vector = (struct helo_slice){from->at, len};
    return bytes_skip(from, len);
}

static bool take_u16(struct bytes *from, uint16_t *value)
{
    return bytes_get_u16(from, 0, value) && bytes_skip(from, 2);
}

/* A list of values of two octets in an extension, behind its length. */
static bool take_pairs(struct bytes body, unsigned width, struct helo_slice *list)
{
    return take_vector(&body, width, list) && list->len % 2 == 0;
}

/* RFC 6066 section 3: the first name, a host's. A server answers with nothing. */
static bool take_server_name(struct bytes body, struct tls_hello *hello)
{
    struct helo_slice list;
    hello->server_name_sent = true;
    if (body.left == 0)
        return true;
    if (!take_vector(&body, 2, &list))
        return false;
    struct bytes names = {list.ptr, list.len};
    bool is_host = names.left > 0 && names.at[0] == 0;
    return is_host && bytes_skip(&names, 1) && take_vector(&names, 2, &hello->server_name);
}

/* RFC 7301 section 3.1 */
static bool take_protocol(struct bytes body, struct tls_hello *hello)
{
    struct helo_slice list;
    if (!take_vector(&body, 2, &list))
        return false;
    struct bytes names = {list.ptr, list.len};
    return take_vector(&names, 1, &hello->protocol);
}

static bool take_versions(struct bytes body, bool client, struct tls_hello *hello)
{
    return client ? take_pairs(body, 1, &hello->versions)
                  : take_u16(&body, &hello->selected_version);
}

static bool take_extension(uint16_t type, struct bytes body, bool client, struct tls_hello *hello)
{
    switch (type) {
    case TLS_SERVER_NAME:
        return take_server_name(body, hello);
    case TLS_GROUPS:
        return take_pairs(body, 2, &hello->groups);
    case TLS_POINT_FORMATS:
        return take_vector(&body, 1, &hello->formats);
    case TLS_SIGNATURE_ALGORITHMS:
        return take_pairs(body, 2, &hello->signatures);
    case TLS_ALPN:
        return take_protocol(body, hello);
    case TLS_SUPPORTED_VERSIONS:
        return take_versions(body, client, hello);
    case TLS_PRE_SHARED_KEY:
        hello->pre_shared_key = true;
        return true;
    case TLS_EARLY_DATA:
        hello->early_data = true;
        return true;
    default:
        return true;
    }
}

/* Hellos of before TLS 1.0 may end without extensions. */
static bool take_extensions(struct bytes *from, bool client, struct tls_hello *hello)
{
    struct helo_slice all, body;
    uint16_t type;
    if (from->left == 0)
        return true;
    if (!take_vector(from, 2, &all))
        return false;
    struct bytes rest = {all.ptr, all.len};
    while (rest.left > 0) {
        if (hello->extension_count == LIMIT_TLS_EXTENSIONS || !take_u16(&rest, &type) ||
            !take_vector(&rest, 2, &body) ||
            !take_extension(type, (struct bytes){body.ptr, body.len}, client, hello))
            return false;
        hello->extensions[hello->extension_count++] = type;
    }
    return true;
}

bool tls_client_hello(struct helo_slice body, struct tls_hello *hello)
{
    struct bytes from = {body.ptr, body.len};
    struct helo_slice session, compressions;
    memset(hello, 0, sizeof(*hello));
    return take_u16(&from, &hello->version) && hello->version >> 8 == 3 &&
           bytes_skip(&from, RANDOM_OCTETS) && take_vector(&from, 1, &session) &&
           take_vector(&from, 2, &hello->ciphers) && hello->ciphers.len % 2 == 0 &&
           tls_count(hello->ciphers) <= LIMIT_TLS_CIPHERS && take_vector(&from, 1, &compressions) &&
           take_extensions(&from, true, hello);
}

bool tls_server_hello(struct helo_slice body, struct tls_hello *hello)
{
    struct bytes from = {body.ptr, body.len};
    struct helo_slice session;
    memset(hello, 0, sizeof(*hello));
    if (!take_u16(&from, &hello->version) || hello->version >> 8 != 3)
        return false;
    hello->retry = from.left >= RANDOM_OCTETS && memcmp(from.at, retry_random, RANDOM_OCTETS) == 0;
    return bytes_skip(&from, RANDOM_OCTETS) && take_vector(&from, 1, &session) &&
           take_u16(&from, &hello->cipher) && bytes_skip(&from, 1) &&
           take_extensions(&from, false, hello);
}

uint16_t tls_hello_version(const struct tls_hello *hello)
{
    uint16_t version = hello->selected_version != 0 ? hello->selected_version : hello->version;
    bool draft = version >> 8 == 0x7f; /* of TLS 1.3 (its drafts, section 4.2.1.1) */
    return draft ? TLS_1_3 : version;
}
