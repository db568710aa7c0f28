/* What is said by everybody. */
#include "smtp/stock.h"

#include <string.h>

#include "smtp/text.h"

/* From the replies of Postfix, Exim, Dovecot, OpenSMTPD, Sendmail and Exchange to AUTH and to what
 * comes after it. */
static const char *const WORDS[] = {
    "aborted",      "accepted",      "access",         "again",      "allowed",     "argument",
    "authenticate", "authenticated", "authentication", "base64",     "cancelled",   "client",
    "closing",      "command",       "commands",       "connection", "credentials", "data",
    "delivery",     "denied",        "disabled",       "domain",     "encryption",  "error",
    "esmtp",        "failed",        "failure",        "first",      "goodbye",     "greetings",
    "hello",        "incorrect",     "input",          "internal",   "invalid",     "later",
    "line",         "login",         "mail",           "mailbox",    "mechanism",   "message",
    "missing",      "need",          "offered",        "parameter",  "password",    "pleased",
    "please",       "postfix",       "protocol",       "queued",     "ready",       "recipient",
    "recipients",   "rejected",      "relay",          "required",   "response",    "secure",
    "sender",       "sequence",      "server",         "service",    "smtp",        "succeeded",
    "success",      "successful",    "support",        "supported",  "syntax",      "temporarily",
    "temporary",    "timeout",       "transaction",    "unable",     "unavailable", "unknown",
    "unrecognized", "unsupported",   "user",           "username",   "wrong",
};

/* A run of zeros, and of nothing but 'A' in Base64, is padding. */
static bool is_padding(struct helo_slice octets)
{
    if (octets.len == 0 || (octets.ptr[0] != 0 && octets.ptr[0] != 'A'))
        return false;
    for (size_t i = 1; i < octets.len; i++)
        if (octets.ptr[i] != octets.ptr[0])
            return false;
    return true;
}

bool stock_is_word(struct helo_slice word)
{
    for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++)
        if (slice_is(word, WORDS[i]))
            return true;
    return false;
}

bool stock_is_common(struct helo_slice octets)
{
    static const struct helo_slice COMMON[] = {
        /* Kerberos V5 in GSSAPI (RFC 4121 section 4.1) */
        {(const uint8_t *)"\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02", 11},
        /* The head of an AP-REQ or AP-REP (RFC 4120 section 5.5) */
        {(const uint8_t *)"\xa0\x03\x02\x01\x05\xa1\x03\x02\x01", 9},
    };
    for (size_t i = 0; i < sizeof(COMMON) / sizeof(COMMON[0]); i++)
        if (octets.len > 0 && memmem(COMMON[i].ptr, COMMON[i].len, octets.ptr, octets.len) != NULL)
            return true;
    return is_padding(octets);
}
