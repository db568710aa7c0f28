/* What the client sent that may be secret, remembered so that no reply can tell it. A dialogue's
 * memory lasts until the dialogue ends: servers repeat a password long after its AUTH is over.
 *
 * Not the secrets are kept but marks: hashes of every few octets in a row of them. Their number is
 * bounded; with more of them, and without memory, everything is masked from then on. */
#ifndef SMTP_SECRETS_H
#define SMTP_SECRETS_H

#include "base/mem.h"
#include "heloscope/types.h"

/* All zero but mem is empty. Marks are wiped when it is freed. */
struct secrets {
    struct mem *mem;
    uint64_t *marks; /* an open hash table */
    uint32_t size;   /* its places, a power of two */
    uint32_t count;
    uint64_t *pairs; /* which two octets in a row any mark has, by their hash; NULL: none */
    bool has_whole;  /* a mark of a secret too short for runs */
    bool everything; /* mask whole texts */
    bool veil;       /* the same, while the caller wants it */
};

/* A secret as it is, such as a password: found again from four octets in a row on (eight if it is
 * longer than LIMIT_SECRET_FINE), letters in any case, also within Base64 and hexadecimal. One of
 * three octets is found whole, a shorter one where it stands alone. */
void secrets_add(struct secrets *secrets, struct helo_slice secret);

/* A line of Base64 that holds secrets: found again from four octets on, from eight in any case of
 * letters; from four in any case if it is shorter than eight, or of one word that is no text in
 * Base64: it may be a secret in clear. Base64 of one mechanism's messages has much in common: in a
 * challenge it must be 16, or all of it. */
void secrets_add_line(struct secrets *secrets, struct helo_slice line);

/* A line that may be anything: itself, and what each of its words holds if it is Base64. */
void secrets_add_words(struct secrets *secrets, struct helo_slice line);

/* A line that should be Base64, as lenient servers read it: octets that are not of its alphabet
 * left out, "-" and "_" also taken for "+" and "/" (RFC 4648 sections 3.3 and 5). Only what it
 * says. */
void secrets_add_lenient(struct secrets *secrets, struct helo_slice line);

/* A line of text that is private rather than secret: found again from eight octets on. */
void secrets_add_text(struct secrets *secrets, struct helo_slice line);

/* A secret that is not known: everything is masked from now on. */
void secrets_mask_everything(struct secrets *secrets);

/* True if there is anything to mask. */
bool secrets_any(const struct secrets *secrets);

/* True if texts are masked as a whole now. */
bool secrets_hides_all(const struct secrets *secrets);

/* True if the text is a secret that was added, no more and no less, letters in any case. */
bool secrets_has(const struct secrets *secrets, struct helo_slice text);

/* Copies text to scratch, each run of marks as asterisks, never longer than it was, cut at
 * LIMIT_REPLY_TEXT and at size. text may be scratch. Line breaks stay, and break no run. challenge:
 * it is the text of a 334. If nothing is to be masked, text itself is returned. */
struct helo_slice secrets_mask(const struct secrets *secrets, struct helo_slice text,
                               bool challenge, uint8_t *scratch, size_t size);

/* Forgets all. */
void secrets_free(struct secrets *secrets);

#endif
