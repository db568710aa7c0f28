/* Marks: what is kept of secrets. secrets.c makes them, mask.c looks for them. */
#ifndef SMTP_MARKS_H
#define SMTP_MARKS_H

#include "smtp/secrets.h"

/* Kinds of marks. The same octets as marks of two kinds are two marks. */
enum mark_kind {
    MARK_FOUR = 1,   /* octets of a secret, in lower case */
    MARK_FOUR_LINE,  /* octets of a line, as they are */
    MARK_EIGHT,      /* octets of a secret, in lower case */
    MARK_EIGHT_LINE, /* octets of a line, in lower case */
    MARK_WHOLE,      /* a secret of up to three octets, in lower case, and their number */
    MARK_FULL,       /* marks_hash of any secret */
};

#define MARK_WHOLE_LONGEST 3u /* octets */

/* Adds a mark; in the octets the last one stands lowest. At the bound, and without memory,
 * everything is masked from now on. */
void marks_add(struct secrets *secrets, enum mark_kind kind, uint64_t octets);

/* True if there is this mark; secrets->count must not be 0. */
bool marks_have(const struct secrets *secrets, enum mark_kind kind, uint64_t octets);

/* The lowest two of the octets stand in a row in what is marked: most runs are told from marks by
 * that alone. */
void marks_add_pair(struct secrets *secrets, uint32_t octets);

static inline uint32_t marks_pair_of(uint32_t octets)
{
    return ((octets & 0xffff) * 40503u >> 6) & 1023;
}

static inline bool marks_have_pair(const struct secrets *secrets, uint32_t octets)
{
    uint32_t pair = marks_pair_of(octets);
    return secrets->pairs != NULL && (secrets->pairs[pair / 64] >> (pair % 64) & 1) != 0;
}

/* A hash of a text, letters in any case. */
uint64_t marks_hash(struct helo_slice text);

#endif
