/* Fingerprints, fed to the digest value by value: no text of them is kept. */
#include "tls/fingerprint.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/ciphers.h"

#define JA4_HASH 12 /* characters of each of its hashes */

static const char digits[] = "0123456789abcdef";

/* A digest that grows; context NULL: libcrypto would not. */
struct digest {
    EVP_MD_CTX *context;
};

static struct digest digest_begin(const EVP_MD *kind)
{
    struct digest digest = {EVP_MD_CTX_new()};
    if (digest.context != NULL && EVP_DigestInit_ex(digest.context, kind, NULL) != 1) {
        EVP_MD_CTX_free(digest.context);
        digest.context = NULL;
    }
    return digest;
}

static void add(struct digest *digest, const char *text, size_t len)
{
    if (digest->context != NULL)
        (void)EVP_DigestUpdate(digest->context, text, len);
}

/* The first octets of the digest in hexadecimal, and a NUL. */
static void digest_end(struct digest *digest, char *to, size_t characters)
{
    uint8_t value[EVP_MAX_MD_SIZE];
    to[0] = '\0';
    if (digest->context == NULL)
        return;
    if (EVP_DigestFinal_ex(digest->context, value, NULL) == 1) {
        for (size_t i = 0; i < characters; i++)
            to[i] = digits[i % 2 == 0 ? value[i / 2] >> 4 : value[i / 2] & 15];
        to[characters] = '\0';
    }
    EVP_MD_CTX_free(digest->context);
}

static void add_decimal(struct digest *digest, uint16_t value, bool first)
{
    char text[8];
    size_t at = sizeof(text);
    do {
        text[--at] = (char)('0' + value % 10);
        value = (uint16_t)(value / 10);
    } while (value > 0);
    if (!first)
        text[--at] = '-';
    add(digest, text + at, sizeof(text) - at);
}

/* A field of JA3: the values, less those that are GREASE. */
static void add_values(struct digest *digest, const uint16_t *values, size_t count)
{
    bool first = true;
    for (size_t i = 0; i < count; i++) {
        if (cipher_is_grease(values[i]))
            continue;
        add_decimal(digest, values[i], first);
        first = false;
    }
}

static void add_list(struct digest *digest, struct helo_slice list)
{
    bool first = true;
    add(digest, ",", 1);
    for (size_t i = 0; i < tls_count(list); i++) {
        uint16_t value = tls_at(list, i);
        if (cipher_is_grease(value))
            continue;
        add_decimal(digest, value, first);
        first = false;
    }
}

void tls_ja3(const struct tls_hello *hello, char to[TLS_JA3_SIZE])
{
    struct digest digest = digest_begin(EVP_md5());
    add_decimal(&digest, hello->version, true);
    add_list(&digest, hello->ciphers);
    add(&digest, ",", 1);
    add_values(&digest, hello->extensions, hello->extension_count);
    add_list(&digest, hello->groups);
    add(&digest, ",", 1);
    for (size_t i = 0; i < hello->formats.len; i++)
        add_decimal(&digest, hello->formats.ptr[i], i == 0);
    digest_end(&digest, to, TLS_JA3_SIZE - 1);
}

void tls_ja3s(const struct tls_hello *hello, char to[TLS_JA3_SIZE])
{
    struct digest digest = digest_begin(EVP_md5());
    add_decimal(&digest, hello->version, true);
    add(&digest, ",", 1);
    add_decimal(&digest, hello->cipher, true);
    add(&digest, ",", 1);
    add_values(&digest, hello->extensions, hello->extension_count);
    digest_end(&digest, to, TLS_JA3_SIZE - 1);
}

/* The highest version that is offered, in two characters. */
static const char *ja4_version(const struct tls_hello *hello)
{
    static const char *const NAMES[] = {"s3", "10", "11", "12", "13"};
    uint16_t highest = tls_count(hello->versions) == 0 ? hello->version : 0;
    for (size_t i = 0; i < tls_count(hello->versions); i++) {
        uint16_t version = tls_at(hello->versions, i);
        if (!cipher_is_grease(version) && version > highest)
            highest = version;
    }
    bool known = highest >= 0x0300 && highest <= 0x0304;
    return known ? NAMES[highest - 0x0300] : "00";
}

static bool is_alphanumeric(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* The first and the last character of the first ALPN value, or of it in hexadecimal. */
static void ja4_protocol(struct helo_slice protocol, char to[2])
{
    to[0] = to[1] = '0';
    if (protocol.len == 0)
        return;
    uint8_t first = protocol.ptr[0], last = protocol.ptr[protocol.len - 1];
    bool plain = is_alphanumeric(first) && is_alphanumeric(last);
    to[0] = plain ? (char)first : digits[first >> 4];
    to[1] = plain ? (char)last : digits[last & 15];
}

static int by_value(const void *a, const void *b)
{
    return *(const uint16_t *)a - *(const uint16_t *)b;
}

static void add_hexadecimal(struct digest *digest, uint16_t value, char before)
{
    char text[] = {before, digits[value >> 12], digits[value >> 8 & 15], digits[value >> 4 & 15],
                   digits[value & 15]};
    size_t skip = before == '\0' ? 1 : 0;
    add(digest, text + skip, sizeof(text) - skip);
}

static void add_sorted(struct digest *digest, uint16_t *values, size_t count)
{
    if (count > 0)
        qsort(values, count, sizeof(*values), by_value);
    for (size_t i = 0; i < count; i++)
        add_hexadecimal(digest, values[i], i > 0 ? ',' : '\0');
}

/* Of nothing the hash is zeros. */
static void ja4_hash(struct digest *digest, bool nothing, char *to)
{
    digest_end(digest, to, JA4_HASH);
    if (nothing && to[0] != '\0')
        memset(to, '0', JA4_HASH);
}

static size_t ja4_ciphers(const struct tls_hello *hello, char *hash)
{
    uint16_t values[LIMIT_TLS_CIPHERS];
    size_t count = 0;
    for (size_t i = 0; i < tls_count(hello->ciphers); i++) {
        uint16_t value = tls_at(hello->ciphers, i);
        if (!cipher_is_grease(value))
            values[count++] = value;
    }
    struct digest digest = digest_begin(EVP_sha256());
    add_sorted(&digest, values, count);
    ja4_hash(&digest, count == 0, hash);
    return count;
}

/* Server name and ALPN are counted, but are not in the hash: they depend on who is called. */
static size_t ja4_extensions(const struct tls_hello *hello, char *hash)
{
    uint16_t values[LIMIT_TLS_EXTENSIONS];
    size_t count = 0, all = 0;
    for (size_t i = 0; i < hello->extension_count; i++) {
        uint16_t value = hello->extensions[i];
        if (cipher_is_grease(value))
            continue;
        all++;
        if (value != TLS_SERVER_NAME && value != TLS_ALPN)
            values[count++] = value;
    }
    struct digest digest = digest_begin(EVP_sha256());
    add_sorted(&digest, values, count);
    char before = '_';
    for (size_t i = 0; i < tls_count(hello->signatures); i++) {
        uint16_t value = tls_at(hello->signatures, i);
        if (cipher_is_grease(value))
            continue;
        add_hexadecimal(&digest, value, before);
        before = ',';
    }
    ja4_hash(&digest, count == 0 && before == '_', hash);
    return all;
}

static void two_digits(char *to, size_t number)
{
    size_t shown = number < 99 ? number : 99;
    to[0] = (char)('0' + shown / 10);
    to[1] = (char)('0' + shown % 10);
}

void tls_ja4(const struct tls_hello *hello, char to[TLS_JA4_SIZE])
{
    char ciphers[JA4_HASH + 1], extensions[JA4_HASH + 1];
    to[0] = 't';
    memcpy(to + 1, ja4_version(hello), 2);
    to[3] = hello->server_name_sent ? 'd' : 'i';
    two_digits(to + 4, ja4_ciphers(hello, ciphers));
    two_digits(to + 6, ja4_extensions(hello, extensions));
    ja4_protocol(hello->protocol, to + 8);
    to[10] = '_';
    memcpy(to + 11, ciphers, JA4_HASH);
    to[23] = '_';
    memcpy(to + 24, extensions, JA4_HASH);
    to[36] = '\0';
    if (ciphers[0] == '\0' || extensions[0] == '\0')
        to[0] = '\0';
}
