/* Certificates, by libcrypto; what it gives is copied and let go at once. */
#include "tls/certificate.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/bytes.h"
#include "base/limits.h"

#define DAYS_TO_1970 719468 /* from 0000-03-01 */

/* Seconds since 1970 of a date in the Gregorian calendar, years counted from March. */
static int64_t seconds_of(const struct tm *date)
{
    int64_t month = date->tm_mon + 1;
    int64_t year = (int64_t)date->tm_year + 1900 - (month <= 2);
    int64_t days = year * 365 + year / 4 - year / 100 + year / 400 +
                   (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + date->tm_mday - 1 -
                   DAYS_TO_1970;
    return ((days * 24 + date->tm_hour) * 60 + date->tm_min) * 60 + date->tm_sec;
}

static bool read_time(const ASN1_TIME *from, int64_t *seconds)
{
    struct tm date;
    if (from == NULL || ASN1_TIME_to_tm(from, &date) != 1)
        return false;
    *seconds = seconds_of(&date);
    return true;
}

/* The octets that were written to out so far. */
static size_t written(BIO *out)
{
    char *octets;
    long len = BIO_get_mem_data(out, &octets);
    return len > 0 ? (size_t)len : 0;
}

static size_t write_name(BIO *out, const X509_NAME *name)
{
    size_t before = written(out);
    unsigned long how = XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB;
    if (name != NULL)
        (void)X509_NAME_print_ex(out, name, 0, how);
    return written(out) - before;
}

/* One DNS name or address; a name with a line break in it is none. */
static bool write_general_name(BIO *out, const GENERAL_NAME *name)
{
    int kind;
    const ASN1_STRING *value = GENERAL_NAME_get0_value(name, &kind);
    if (kind != GEN_DNS)
        return false;
    const uint8_t *octets = ASN1_STRING_get0_data(value);
    int len = ASN1_STRING_length(value);
    if (len <= 0 || memchr(octets, '\n', (size_t)len) != NULL ||
        written(out) + (size_t)len + 1 > LIMIT_TLS_NAMES)
        return false;
    return BIO_write(out, "\n", 1) == 1 && BIO_write(out, octets, len) == len;
}

static uint32_t write_names(BIO *out, const X509 *x509)
{
    uint32_t count = 0;
    GENERAL_NAMES *names = X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(names) && count < LIMIT_LIST; i++)
        count += write_general_name(out, sk_GENERAL_NAME_value(names, i));
    GENERAL_NAMES_free(names);
    return count;
}

static void keep_texts(struct tls_certificate *certificate, struct mem *mem, const X509 *x509)
{
    BIO *out = BIO_new(BIO_s_mem());
    if (out == NULL)
        return;
    size_t subject = write_name(out, X509_get_subject_name(x509));
    size_t issuer = write_name(out, X509_get_issuer_name(x509));
    uint32_t count = write_names(out, x509);
    char *octets;
    size_t len = written(out);
    (void)BIO_get_mem_data(out, &octets);
    if (len > 0 && len <= LIMIT_TLS_HANDSHAKE * 2)
        certificate->kept = mem_take(mem, len);
    if (certificate->kept != NULL) {
        uint8_t *at = memcpy(certificate->kept, octets, len);
        certificate->size = (uint32_t)len;
        certificate->subject = (struct helo_slice){at, subject};
        certificate->issuer = (struct helo_slice){at + subject, issuer};
        certificate->names = (struct helo_slice){at + subject + issuer, len - subject - issuer};
        certificate->name_count = count;
    }
    BIO_free(out);
}

static void parse(struct tls_certificate *certificate, struct mem *mem, struct helo_slice der)
{
    const uint8_t *at = der.ptr;
    X509 *x509 = d2i_X509(NULL, &at, (long)der.len);
    if (x509 != NULL) {
        certificate->readable = true;
        certificate->has_validity =
            read_time(X509_get0_notBefore(x509), &certificate->not_before) &&
            read_time(X509_get0_notAfter(x509), &certificate->not_after);
        certificate->self_signed = X509_self_signed(x509, 0) == 1;
        keep_texts(certificate, mem, x509);
        X509_free(x509);
    }
    ERR_clear_error();
}

/* A length of three octets; false if there are fewer behind it. */
static bool take_u24(struct bytes *from, struct helo_slice *slice)
{
    if (from->left < 3)
        return false;
    size_t len = (size_t)from->at[0] << 16 | bytes_u16(from->at + 1);
    (void)bytes_skip(from, 3);
    *slice = (struct helo_slice){from->at, len};
    return bytes_skip(from, len);
}

bool tls_certificate_read(struct tls_certificate *certificate, struct mem *mem,
                          struct helo_slice body)
{
    struct bytes message = {body.ptr, body.len};
    struct helo_slice list, der;
    if (!take_u24(&message, &list))
        return false;
    struct bytes chain = {list.ptr, list.len};
    if (!take_u24(&chain, &der) || der.len == 0)
        return false;
    tls_certificate_free(certificate, mem);
    certificate->present =
        EVP_Digest(der.ptr, der.len, certificate->sha256, NULL, EVP_sha256(), NULL) == 1;
    if (certificate->present)
        parse(certificate, mem, der);
    return certificate->present;
}

void tls_certificate_free(struct tls_certificate *certificate, struct mem *mem)
{
    mem_give(mem, certificate->kept, certificate->size);
    memset(certificate, 0, sizeof(*certificate));
}
