/* One AUTH exchange as its two sides speak it (RFC 4422): who tries, by what, what was asked. Of
 * secrets only the last is held, for masking what repeats it, and wiped with the exchange. */
#ifndef SMTP_SASL_SASL_H
#define SMTP_SASL_SASL_H

#include "base/mem.h"
#include "heloscope/event.h"
#include "smtp/secrets.h"

struct sasl;

/* What is odd about a line of the exchange. */
enum sasl_oddity {
    SASL_ALPHABET = 1,   /* an octet that Base64 does not have */
    SASL_PADDING = 2,    /* '=' inside, or too much or too little of it */
    SASL_LENGTH = 4,     /* not a whole number of groups of four */
    SASL_OVERLONG = 8,   /* over 12,288 octets (RFC 4954 section 4.5) */
    SASL_EMPTY = 16,     /* nothing where the mechanism has a value */
    SASL_MALFORMED = 32, /* Base64, but not what the mechanism has here */
    SASL_TOO_MANY = 64,  /* a challenge more than the mechanism has rounds */
};

/* Begins an exchange. mechanism as the client wrote it. What it says that is secret is added to
 * secrets, which outlives it, and what secrets knows is masked in challenges; NULL: nobody masks.
 * NULL without memory; owned by the caller. */
struct sasl *sasl_new(struct mem *mem, struct helo_slice mechanism, struct secrets *secrets);

/* True if the name is one that a decoder is for: not a word that somebody made up. */
bool sasl_knows(struct helo_slice mechanism);

/* The client's answer, as it stood on the line: the initial response ("=" is an empty one) or a
 * line after a 334. The line is only read during the call. Returns enum sasl_oddity bits. */
unsigned sasl_response(struct sasl *sasl, struct helo_slice line, bool initial);

/* The text of a 334, as it stood in the reply; latency as in struct helo_challenge, negative:
 * unknown. Returns enum sasl_oddity bits. */
unsigned sasl_challenge(struct sasl *sasl, struct helo_slice text, helo_time latency);

/* A line of the exchange, or all that is left of it, was not captured: what comes is read without
 * assuming what was said before. */
void sasl_gap(struct sasl *sasl);

/* Fills mechanism, initial_response, challenges, rounds, user_name, user_domain, authzid of facts,
 * and whether a reusable secret was sent (secret_exposed, regardless of TLS). The slices stay valid
 * until the next call that is not const. */
void sasl_facts(const struct sasl *sasl, struct helo_auth *facts);

/* What else the two sides say in the clear; slices are empty, numbers 0, where there is none. */
struct sasl_details {
    struct helo_slice token;       /* GSSAPI and its kin: what the client's first token is */
    struct helo_slice realm;       /* the client's: DIGEST-MD5, a Kerberos ticket */
    struct helo_slice service;     /* a ticket's principal, DIGEST-MD5's URI: "smtp/host" */
    struct helo_slice workstation; /* NTLM: the client's name for itself */
    struct helo_slice netbios_domain, netbios_host; /* NTLM: the server's */
    struct helo_slice host; /* OAUTHBEARER: the server as the client sees it */
    uint16_t port;
    struct helo_slice binding; /* SCRAM: "n", "y", or the channel binding's name */
    uint32_t salt_length;      /* SCRAM: octets */
    struct helo_slice qop;     /* DIGEST-MD5: what the client took, else what was offered */
    struct helo_slice algorithm;
    struct helo_slice trace; /* ANONYMOUS: said by nobody in particular, so never a user's name */
};

/* Fills details; the slices stay valid until the next call that is not const. */
void sasl_details(const struct sasl *sasl, struct sasl_details *details);

/* True if memory failed: what is known is right, but may not be all, nor the last secret. */
bool sasl_has_failed(const struct sasl *sasl);

/* True if the client's last answer was "*". */
bool sasl_is_cancelled(const struct sasl *sasl);

/* A digest of the last reusable secret, keyed by key (a per-run random one): equal secrets give
 * equal digests within a run. 0: none was sent. Never to be written anywhere. */
uint64_t sasl_secret_digest(const struct sasl *sasl, const uint8_t key[16]);

/* Every octet run in a line that is secret (decoded), for masking echoes: copies at most size
 * octets of the last secret to buffer, 0 if there was none. It outlives answers that have none (an
 * OAuth client's empty one after the error), as the reply to those may still repeat it. */
size_t sasl_last_secret(const struct sasl *sasl, uint8_t *buffer, size_t size);

/* Frees it, wiping what it held; NULL is allowed. */
void sasl_free(struct sasl *sasl);

#endif
