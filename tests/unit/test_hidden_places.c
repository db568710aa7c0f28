/* Where else a secret, or with names hashed a name, may come again: parameters, attributes, what a
 * proxy was told, TLS in the clear. Nothing of it is told there either, and what is none still is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "../support/written.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define SECRET       "hmpflsprft"
#define NAME         "zeppelinuser"
#define HELLO                                                                                      \
    "S: 220 mx.example.net ESMTP\nC: EHLO client.example.org\n"                                    \
    "S: 250-mx.example.net\nS: 250 AUTH PLAIN LOGIN\n"
#define AUTH                                                                                       \
    "C: AUTH PLAIN AHplcHBlbGludXNlcgBobXBmbHNwcmZ0\nS: 535 no\n" /* NUL NAME NUL SECRET           \
                                                                   */
#define OK   "S: 250 ok\n"
#define BYE  "C: QUIT\nS: 221 bye\nFIN S\nFIN C\n"
#define LONG 8192

struct place {
    const char *what, *dialogue;
    const char *told; /* beside it, and not hidden; NULL: nothing in particular */
};

static const struct place SECRETS[] = {
    {"ENVID", HELLO AUTH "C: MAIL FROM:<a@example.org> SIZE=10 ENVID=" SECRET "\n" OK BYE,
     "a@example.org"},
    {"ENVID in xtext", HELLO AUTH "C: MAIL FROM:<a@example.org> ENVID=hm+70fl+73pr+66t\n" OK BYE,
     "a@example.org"},
    {"all of ENVID in xtext",
     HELLO AUTH "C: MAIL FROM:<a@example.org> ENVID=+68+6D+70+66+6C+73+70+72+66+74\n" OK BYE,
     "a@example.org"},
    {"ENVID where a part of it reads as xtext", /* the password is hmpf+6Cprft */
     HELLO "C: AUTH PLAIN AHplcHBlbGludXNlcgBobXBmKzZDcHJmdA==\nS: 535 no\n"
           "C: MAIL FROM:<a@example.org> ENVID=hmpf+6Cprft\n" OK BYE,
     "***"},
    {"ORCPT",
     HELLO AUTH "C: MAIL FROM:<a@example.org>\n" OK
                "C: RCPT TO:<b@example.net> NOTIFY=NEVER ORCPT=rfc822;" SECRET
                "@example.net\n" OK BYE,
     "never"},
    {"a parameter of nobody's",
     HELLO AUTH "C: MAIL FROM:<a@example.org> X-NOTE=no" SECRET "\n" OK BYE, "a@example.org"},
    {"AUTH= with a password for a name",
     HELLO AUTH "C: MAIL FROM:<a@example.org> AUTH=" SECRET "\n" OK BYE, "a@example.org"},
    {"PASSWORD= of XCLIENT, which nobody has sent before",
     HELLO "C: XCLIENT ADDR=192.0.2.9 PASSWORD=" SECRET "\nS: 220 mx\nC: NOOP\nS: 250 " SECRET
           "\n" BYE,
     "addr=192.0.2.9"},
    {"the same, its end still to come",
     HELLO "C> XCLIENT PASSWORD=" SECRET "\nS: 421 tired of " SECRET "\nC> x\\r\\n\n" BYE, NULL},
    {"FORWARD= of XCLIENT, fields in Base64", /* pass=hmpflsprft */
     HELLO "C: XCLIENT ADDR=192.0.2.9 FORWARD=cGFzcz1obXBmbHNwcmZ0\nS: 220 " SECRET "\n" BYE,
     "addr=192.0.2.9"},
    {"PASSWORD= behind any verb",
     HELLO "C: MAIL FROM:<a@example.org> PASSWORD=" SECRET "\nS: 555 no " SECRET "\n" BYE,
     "a@example.org"},
    {"a name that repeats the answer to an AUTH that is lost",
     HELLO "GAP C 12\nC: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: emVwcGVsaW51c2Vy\n"
           "S: 334 UGFzc3dvcmQ6\nC: aG1wZmxzcHJmdA==\nS: 535 no\nC: HELO " SECRET "\n" OK BYE,
     "helo"},
    {"the answer to a 334 to a word that is none of ours",
     HELLO "C: X-LOGIN\nS: 334 VXNlcm5hbWU6\nC: bm9ib2R5\nS: 334 UGFzc3dvcmQ6\n"
           "C: " SECRET "\nS: 235 ok " SECRET "\nC: " SECRET "\nS: 500 no\n" BYE,
     "x-login"},
    {"the same in Base64, which reads like a verb", /* NUL nobody NUL hmpflsprft */
     HELLO "C: X-LOGIN\nS: 334 UGFzc3dvcmQ6\nC: AG5vYm9keQBobXBmbHNwcmZ0\nS: 235 " SECRET "\n" BYE,
     "x-login"},
    {"an answer to a 334 that nothing had asked for",
     HELLO "C: NOOP\nS: 334 UGFzc3dvcmQ6\nC: " SECRET "\nS: 535 no " SECRET "\nC: RSET\n" OK
           "C: " SECRET "\nS: 500 no\n" BYE,
     "rset"},
    {"what follows a mechanism behind a word that is not AUTH",
     HELLO "C: XAUTH PLAIN AG5vYm9keQBobXBmbHNwcmZ0\nS: 500 no " SECRET "\nC: NOOP\nS: 250 " SECRET
           "\n" BYE,
     "xauth"},
    {"Base64 with blanks in it, which a server leaves out",
     HELLO "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: bm9ib2R5\nS: 334 UGFzc3dvcmQ6\n"
           "C: aG 1w Zm xz cH Jm dA ==\nS: 535 no " SECRET "\n" BYE,
     "auth"},
    {"Base64 with blanks in it in the command",
     HELLO "C: AUTH PLAIN AG5 vYm9keQBo bXBmb HNwcmZ0\nS: 535 no " SECRET "\n" BYE, NULL},
    {"the same with a letter of URLs in it, its challenge not captured",
     HELLO "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: bm9ib2R5\nGAP S 18\nS: 334 UGFzc3dvcmQ6\n"
           "C: aG1wZ-mxzcHJmdA==\nS: 535 no " SECRET "\n" BYE,
     "auth"},
    {"Base64 as URLs have it (RFC 4648, section 5)", /* 0xff 0xfe 0xfd hmpflsprft */
     HELLO "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: bm9ib2R5\nS: 334 UGFzc3dvcmQ6\n"
           "C: _-79aG1wZmxzcHJmdA==\nS: 535 no " SECRET "\n" BYE,
     "auth"},
    {"what follows Base64 behind octets that are none",
     HELLO "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: bm9ib2R5\nS: 334 UGFzc3dvcmQ6\n"
           "C: aG1wZm!xzcHJmdA==\nS: 535 no " SECRET "\n" BYE,
     "auth"},
    {"the password in Base64 as a name, with its padding",
     HELLO AUTH "C: HELO aG1wZmxzcHJmdA==\nS: 250 hello\n" BYE, "***"},
    {"a parameter's keyword",
     HELLO AUTH "C: MAIL FROM:<a@example.org> " SECRET " SIZE=10\n" OK
                "C: RCPT TO:<b@example.net> X" SECRET "=1\n" OK BYE,
     "from:<a@example.org> *** size=10"},
    {"the keyword of the only parameter",
     HELLO AUTH "C: MAIL FROM:<a@example.org> " SECRET "\n" OK BYE, "a@example.org"},
    {"a password that is a part of a keyword", /* NUL nobody NUL utf8 */
     HELLO "C: AUTH PLAIN AG5vYm9keQB1dGY4\nS: 535 no\n"
           "C: MAIL FROM:<a@example.org> SMTPUTF8 BODY=8BITMIME\n" OK BYE,
     "<a@example.org> smtputf8 body=8bitmime"},
    {"the trace of ANONYMOUS",
     HELLO "C: AUTH ANONYMOUS aG1wZmxzcHJmdA==\nS: 235 hello " SECRET "\n" BYE, "anonymous"},
    {"what else OAUTHBEARER has", /* n,a=nobody,^Aauth=Bearer x^Apost=t=hmpflsprft^A^A */
     HELLO
     "C: AUTH OAUTHBEARER "
     "bixhPW5vYm9keSwBYXV0aD1CZWFyZXIgeHl6enl4eXp6eQFwb3N0PXQ9aG1wZmxzcHJmdAEB\nS: 535 no " SECRET
     "\n" BYE,
     "auth"},
};

static const struct place NAMES[] = {
    {"ENVID", HELLO AUTH "C: MAIL FROM:<a@example.org> ENVID=x-" NAME "\n" OK BYE, "a@example.org"},
    {"ENVID in xtext", HELLO AUTH "C: MAIL FROM:<a@example.org> ENVID=+7Aeppelinuse+72\n" OK BYE,
     "a@example.org"},
    {"ORCPT",
     HELLO AUTH "C: MAIL FROM:<a@example.org>\n" OK "C: RCPT TO:<b@example.net> ORCPT=rfc822;" NAME
                "@example.net\n" OK BYE,
     "b@example.net"},
    {"the queue's identifier",
     HELLO AUTH "C: MAIL FROM:<a@example.org>\n" OK "C: RCPT TO:<b@example.net>\n" OK
                "C: DATA\nS: 354 go\nC: x\nC: .\nS: 250 ok: queued as " NAME "-1\n" BYE,
     "b@example.net"},
};

/* The first octets in a row of what must not be told that are there: all of a name, four of a
 * secret; NULL: none. */
static const char *find_piece(const char *text, const char *hidden)
{
    char piece[sizeof(NAME)];
    size_t run = strcmp(hidden, NAME) == 0 ? strlen(hidden) : 4;
    for (size_t i = 0; i + run <= strlen(hidden); i++) {
        snprintf(piece, sizeof(piece), "%.*s", (int)run, hidden + i);
        if (strstr(text, piece) != NULL)
            return strstr(text, piece);
    }
    return NULL;
}

static void check_place(const struct place *place, const char *hidden, const char *in_xtext,
                        enum helo_credentials credentials)
{
    static const enum helo_format FORMATS[] = {HELO_FORMAT_JSON, HELO_FORMAT_TEXT};
    for (size_t i = 0; i < COUNT(FORMATS); i++) {
        char *text = written_in_lower(place->dialogue, FORMATS[i], credentials);
        const char *found = find_piece(text, hidden);
        if (found == NULL)
            found = strstr(text, in_xtext);
        if (found != NULL)
            fail_msg("%s: %.60s\nin\n%s", place->what, found, text);
        if (place->told != NULL && strstr(text, place->told) == NULL)
            fail_msg("%s: \"%s\" is not told in\n%s", place->what, place->told, text);
        free(text);
    }
}

static void no_secret_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(SECRETS); i++) {
        check_place(&SECRETS[i], SECRET, "+68+6d", HELO_CREDENTIALS_REDACT);
        check_place(&SECRETS[i], SECRET, "+68+6d", HELO_CREDENTIALS_HASH);
    }
}

static void no_name_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(NAMES); i++)
        check_place(&NAMES[i], NAME, "+7aeppe", HELO_CREDENTIALS_HASH);
}

/* Names, numbers and words of SMTP's own stay what they are, although a secret has them, too. */
static void what_is_no_secret_is_told(void **state)
{
    static const struct place ORDINARY[] = {
        {"numbers and words", /* NUL alice NUL 8bitmime1048576 */
         HELLO "C: AUTH PLAIN AGFsaWNlADhiaXRtaW1lMTA0ODU3Ng==\nS: 535 no\n"
               "C: MAIL FROM:<a@example.org> SIZE=1048576 BODY=8BITMIME\n" OK BYE,
         "size=1048576 body=8bitmime"},
        {"an address with a part of the password", /* NUL alice NUL alice123 */
         HELLO "C: AUTH PLAIN AGFsaWNlAGFsaWNlMTIz\nS: 535 no\nC: MAIL FROM:<a@example.org>\n" OK
               "C: RCPT TO:<b@example.net> ORCPT=rfc822;alice@example.net\n" OK BYE,
         "orcpt=rfc822;alice@example.net"},
        {"a name with a part of the password",
         HELLO "C: AUTH PLAIN AGFsaWNlAGFsaWNlMTIz\nS: 535 no\n"
               "C: MAIL FROM:<a@example.org> AUTH=alice@example.org\n" OK BYE,
         "auth=alice@example.org"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(ORDINARY); i++) {
        char *text =
            written_in_lower(ORDINARY[i].dialogue, HELO_FORMAT_JSON, HELO_CREDENTIALS_REDACT);
        if (strstr(text, ORDINARY[i].told) == NULL)
            fail_msg("%s:\n%s", ORDINARY[i].what, text);
        free(text);
    }
}

/* What the client logs in to a proxy with is a secret of the session behind it, as is whom. */

static const struct place PROXIES[] = {
    {"SOCKS5, name and password (RFC 1929)",
     "C> \\x05\\x01\\x02\nS> \\x05\\x02\nC> \\x01\\x0c" NAME "\\x0a" SECRET
     "\nS> \\x01\\x00\nC> \\x05\\x01\\x00\\x01\\x0a\\x00\\x00\\x02\\x00\\x19\n"
     "S> \\x05\\x00\\x00\\x01\\x0a\\x00\\x00\\x01\\x9c\\x40\n",
     NULL},
    {"CONNECT, Basic (RFC 7617)", /* NAME:SECRET */
     "C> CONNECT mx.example.net:25 HTTP/1.1\\r\\nProxy-Authorization: Basic "
     "emVwcGVsaW51c2VyOmhtcGZsc3ByZnQ=\\r\\n\\r\\n\nS> HTTP/1.1 200 OK\\r\\n\\r\\n\n",
     NULL},
    {"CONNECT, name and password before the host",
     "C> CONNECT " NAME ":" SECRET "@mx.example.net:25 HTTP/1.1\\r\\n\\r\\n\n"
     "S> HTTP/1.1 200 OK\\r\\n\\r\\n\n",
     NULL},
    {"CONNECT, a token (RFC 6750)",
     "C> CONNECT mx.example.net:25 HTTP/1.1\\r\\nHost: x\\r\\nproxy-authorization:Bearer " SECRET
     "\\r\\n\\r\\n\nS> HTTP/1.1 200 OK\\r\\n\\r\\n\n",
     "hello " NAME},
};

static void proxies_are_told_secrets(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(PROXIES); i++) {
        char dialogue[LONG];
        snprintf(dialogue, sizeof(dialogue),
                 "SERVER 198.51.100.25:1080\n%s%sC: NOOP\nS: 250 hello " NAME ", with " SECRET
                 "\n%s",
                 PROXIES[i].dialogue, HELLO, BYE);
        struct place place = {PROXIES[i].what, dialogue, "hello " NAME};
        check_place(&place, SECRET, "+68+6d", HELO_CREDENTIALS_REDACT);
        place.told = PROXIES[i].told != NULL ? PROXIES[i].told : "hello hmac-sha256:";
        check_place(&place, SECRET, PROXIES[i].told != NULL ? "+68+6d" : NAME,
                    HELO_CREDENTIALS_HASH);
    }
}

/* A user's domain is a part of who it is: told only if somebody has told it before the user. */
static void domains_of_users_are_hidden(void **state)
{
    static const struct {
        const char *banner, *auth, *domain;
        bool told;
    } CASES[] = {
        {"mx.example.net", "AGFsaWNlQGNvcnAuZXhhbXBsZQBobXBmbHNwcmZ0", "corp.example", false},
        {"mx.corp.example", "AGFsaWNlQGNvcnAuZXhhbXBsZQBobXBmbHNwcmZ0", "corp.example", true},
        {"mx.example.net", "AENPUlAtTkVUXGFsaWNlAGhtcGZsc3ByZnQ=", "corp-net", false},
        {"CORP-NET ready", "AENPUlAtTkVUXGFsaWNlAGhtcGZsc3ByZnQ=", "corp-net", true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(CASES); i++) {
        char dialogue[LONG];
        snprintf(dialogue, sizeof(dialogue),
                 "S: 220 %s\nC: EHLO client.example.org\nS: 250 AUTH PLAIN\n"
                 "C: AUTH PLAIN %s\nS: 535 no such domain: %s\n" BYE,
                 CASES[i].banner, CASES[i].auth, CASES[i].domain);
        char *text = written_in_lower(dialogue, HELO_FORMAT_JSON, HELO_CREDENTIALS_HASH);
        bool told = strstr(text, CASES[i].domain) != NULL;
        if (told != CASES[i].told)
            fail_msg("%s, %s:\n%s", CASES[i].banner, CASES[i].domain, text);
        free(text);
    }
}

/* TLS: a ClientHello with names in it, as a line of a transcript. */

static char *put_octet(char *to, unsigned octet)
{
    return to + sprintf(to, "\\x%02x", octet);
}

static char *put_u16(char *to, size_t number)
{
    return put_octet(put_octet(to, (unsigned)(number >> 8)), (unsigned)(number & 255));
}

static void client_hello(char *to, const char *server_name, const char *protocol)
{
    size_t name = strlen(server_name), chosen = strlen(protocol);
    size_t extensions = 4 + 5 + name + 4 + 3 + chosen;
    size_t body = 2 + 32 + 1 + 2 + 2 + 2 + 2 + extensions;
    to += sprintf(to, "C> \\x16\\x03\\x01");
    to = put_u16(to, body + 4);
    to += sprintf(to, "\\x01\\x00");
    to = put_u16(to, body);
    to += sprintf(to, "\\x03\\x03%.*s\\x00\\x00\\x02\\x13\\x01\\x01\\x00", 32,
                  "01234567890123456789012345678901");
    to = put_u16(to, extensions);
    to = put_u16(put_u16(put_u16(to, 0), name + 5), name + 3); /* server_name (RFC 6066) */
    to = put_u16(put_octet(to, 0), name);
    to += sprintf(to, "%s", server_name);
    to = put_u16(put_u16(put_u16(to, 16), chosen + 3), chosen + 1); /* ALPN (RFC 7301) */
    to = put_octet(to, (unsigned)chosen);
    sprintf(to, "%s\n", protocol);
}

/* A certificate signed by itself, expired, for a host of that name and whoever is in its subject.
 */
static size_t certificate(uint8_t *der, size_t size, const char *subject, const char *host)
{
    char names[200];
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x509 = X509_new();
    X509_NAME *name = X509_get_subject_name(x509);
    snprintf(names, sizeof(names), "DNS:first.example.org,DNS:%s.example.org", host);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names);
    assert_non_null(extension);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)subject, -1, -1, 0);
    X509_set_issuer_name(x509, name);
    X509_set_version(x509, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    ASN1_TIME_set(X509_getm_notBefore(x509), 1000000000);
    ASN1_TIME_set(X509_getm_notAfter(x509), 1100000000);
    X509_set_pubkey(x509, key);
    X509_add_ext(x509, extension, -1);
    assert_true(X509_sign(x509, key, EVP_sha256()) > 0);
    int len = i2d_X509(x509, NULL);
    assert_true(len > 0 && (size_t)len <= size);
    i2d_X509(x509, &der);
    X509_EXTENSION_free(extension);
    X509_free(x509);
    EVP_PKEY_free(key);
    return (size_t)len;
}

/* TLS 1.2: hello and certificate, each in a record. */
static void server_hello(char *to, const char *subject, const char *host)
{
    uint8_t der[1024];
    size_t len = certificate(der, sizeof(der), subject, host);
    to += sprintf(to,
                  "S> \\x16\\x03\\x03\\x00\\x2a\\x02\\x00\\x00\\x26\\x03\\x03%.32s"
                  "\\x00\\xc0\\x2b\\x00\nS> \\x16\\x03\\x03",
                  "01234567890123456789012345678901");
    to = put_u16(to, len + 10);
    to = put_u16(put_octet(put_octet(to, 11), 0), len + 6);
    to = put_u16(put_octet(to, 0), len + 3);
    to = put_u16(put_octet(to, 0), len);
    for (size_t i = 0; i < len; i++)
        to = put_octet(to, der[i]);
    sprintf(to, "\n");
}

/* A certificate is told of by its event and by a rule. */
static void certificates_tell_neither(void **state)
{
    static char hello[2 * LONG], dialogue[4 * LONG];
    (void)state;
    for (unsigned form = 0; form < 2; form++) {
        const char *hidden = form == 0 ? SECRET : NAME;
        server_hello(hello, hidden, hidden);
        snprintf(dialogue, sizeof(dialogue),
                 HELLO AUTH "C: STARTTLS\nS: 220 go\nC> \\x16\\x03\\x01\\x00\\x2d\\x01\\x00\\x00"
                            "\\x29\\x03\\x0301234567890123456789012345678901"
                            "\\x00\\x00\\x02\\xc0\\x2b\\x01\\x00\n%sFIN C\nFIN S\n",
                 hello);
        struct place place = {"certificate", dialogue, "hs-306"};
        if (form == 0)
            check_place(&place, hidden, "+68+6d", HELO_CREDENTIALS_REDACT);
        check_place(&place, hidden, "+68+6d", HELO_CREDENTIALS_HASH);
        char *text = written_in_lower(dialogue, HELO_FORMAT_JSON, HELO_CREDENTIALS_REDACT);
        assert_int_equal(form == 1, strstr(text, "\"" NAME ".example.org") != NULL);
        free(text);
        text = written_in_lower(dialogue, HELO_FORMAT_JSON, HELO_CREDENTIALS_HASH);
        assert_non_null(strstr(text, "\"first.example.org\",\""));
        free(text);
    }
}

/* What stands in a handshake in clear may repeat what an AUTH before it has said. */
static void handshakes_tell_neither(void **state)
{
    char hello[LONG], dialogue[2 * LONG];
    (void)state;
    client_hello(hello, "x." SECRET ".example.org", "smtp");
    snprintf(dialogue, sizeof(dialogue), HELLO AUTH "C: STARTTLS\nS: 220 go\n%sFIN C\nFIN S\n",
             hello);
    struct place secret = {"server name", dialogue, ".example.org"};
    check_place(&secret, SECRET, "+68+6d", HELO_CREDENTIALS_REDACT);
    check_place(&secret, SECRET, "+68+6d", HELO_CREDENTIALS_HASH);
    client_hello(hello, NAME ".example.org", "smtp");
    snprintf(dialogue, sizeof(dialogue), HELLO AUTH "C: STARTTLS\nS: 220 go\n%sFIN C\nFIN S\n",
             hello);
    struct place name = {"server name", dialogue, NAME ".example.org"};
    check_place(&name, SECRET, "+68+6d", HELO_CREDENTIALS_REDACT);
    name.told = ".example.org";
    check_place(&name, NAME, "+68+6d", HELO_CREDENTIALS_HASH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_secret_is_told),           cmocka_unit_test(no_name_is_told),
        cmocka_unit_test(what_is_no_secret_is_told),   cmocka_unit_test(proxies_are_told_secrets),
        cmocka_unit_test(domains_of_users_are_hidden), cmocka_unit_test(handshakes_tell_neither),
        cmocka_unit_test(certificates_tell_neither),
    };
    return cmocka_run_group_tests_name("hidden_places", tests, NULL, NULL);
}
