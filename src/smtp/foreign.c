/* Words of other protocols. A client that speaks POP3 to an SMTP server tells its password, too. */
#include "smtp/foreign.h"

#include <string.h>

#include "smtp/text.h"

#define LONGEST_VERB 32

/* First words; a header's name is given without its colon. */
static const char *const WORDS[] = {
    "PASS",                /* POP3 (RFC 1939), FTP (RFC 959) */
    "USER",                /* the same */
    "APOP",                /* POP3 */
    "ACCT",                /* FTP */
    "ADAT",                /* FTP (RFC 2228) */
    "LOGIN",               /* IMAP without its tag; ManageSieve of old */
    "AUTHENTICATE",        /* IMAP without its tag, ManageSieve (RFC 5804) */
    "AUTHINFO",            /* NNTP (RFC 4643) */
    "AUTH",                /* AUTH=PLAIN, AUTH:; AUTH itself is a verb of ours */
    "AUTHORIZATION",       /* HTTP (RFC 9110) */
    "PROXY-AUTHORIZATION", /* the same */
    "COOKIE",              /* HTTP (RFC 6265) */
    "SET-COOKIE",          /* the same */
    "PASSWORD",
    "USERNAME",
    "PASSWD",
    "TOKEN",
    "SECRET",
    "X-API-KEY",
    "X-AUTH-TOKEN",
    "OPER", /* IRC (RFC 2812), which has PASS, too */
};

static bool is_letter(uint8_t c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* IMAP (RFC 9051): what follows the tag. */
static bool is_tagged(struct helo_slice rest)
{
    struct helo_slice word = slice_word(&rest);
    return slice_is(word, "LOGIN") || slice_is(word, "AUTHENTICATE");
}

/* The word that the token is, or begins with and goes on without a letter: "PASS:x", "AUTH=PLAIN".
 */
static const char *word_of(struct helo_slice token)
{
    for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++) {
        size_t len = strlen(WORDS[i]);
        if (slice_has_prefix(token, WORDS[i]) &&
            (token.len == len || !(is_letter(token.ptr[len]) || token.ptr[len] == '-')))
            return WORDS[i];
    }
    return NULL;
}

bool foreign_has_credentials(struct helo_slice token, struct helo_slice rest)
{
    return word_of(token) != NULL || is_tagged(rest);
}

bool foreign_is_verb(struct helo_slice token)
{
    const char *word = word_of(token);
    if (token.len == 0 || token.len > LONGEST_VERB || !is_letter(token.ptr[0]))
        return false;
    if (token.ptr[token.len - 1] == ':')
        token.len--;
    if (word != NULL && token.len != strlen(word))
        return false;
    for (size_t i = 0; i < token.len; i++) {
        uint8_t c = token.ptr[i];
        if (!is_letter(c) && !(c >= '0' && c <= '9') && c != '-' && c != '.' && c != '_')
            return false;
    }
    return true;
}

bool foreign_is_plain(struct helo_slice token, struct helo_slice rest)
{
    if (token.len > 0 && token.ptr[token.len - 1] == ':')
        return false;
    for (size_t i = 0; i < rest.len; i++)
        if (rest.ptr[i] == '=' || rest.ptr[i] == '?' || rest.ptr[i] == '@')
            return false;
    return true;
}
