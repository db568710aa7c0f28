/* Names found in text, by a keyword before them or because they are known, and hashed there. */
#ifndef REPORT_HIDE_H
#define REPORT_HIDE_H

#include "base/limits.h"
#include "base/mem.h"
#include "heloscope/types.h"

/* Names to look for; borrowed. Of every name itself, and what stands before an @ or behind a
 * backslash in it. */
struct hide_names {
    struct helo_slice at[LIMIT_HIDE_NAMES];
    size_t count;
    bool lost;                  /* some are not known: no text can be told */
    bool begins[UINT8_MAX + 1]; /* by first octet, in lower case */
};

/* A key, and a room that everything made with it lies in. */
struct hide {
    const uint8_t *key;
    size_t key_len;
    uint8_t *room;
    size_t size;
    size_t used;
};

/* A piece of the room, aligned for anything; NULL when it is full. */
void *hide_take(struct hide *hide, size_t size);

/* hmac-sha256:<hex> of the name in ASCII lower case (RFC 2104); empty for an empty name and when
 * there is no room. */
struct helo_slice hide_name(struct hide *hide, struct helo_slice name);

/* The same of an xtext (RFC 3461 section 4), undone first and added to names, so that it equals
 * what AUTH says. Values that stand for nobody stay: <> (RFC 4954 section 5), [UNAVAILABLE]. */
struct helo_slice hide_xtext(struct hide *hide, struct helo_slice value, struct hide_names *names);

/* Another number for a number: a name could be tried out that went into it without the key. */
uint64_t hide_number(const struct hide *hide, uint64_t number);

/* The arguments of a command with the values of AUTH= and LOGIN= hashed and added to names, and
 * with names hashed in the other values. */
struct helo_slice hide_arguments(struct hide *hide, struct helo_slice text,
                                 struct hide_names *names);

/* A value of another parameter, which may be xtext, with names hashed in it; then as what it stands
 * for. */
struct helo_slice hide_value(struct hide *hide, struct helo_slice value,
                             const struct hide_names *names);

/* Lines, each behind a line feed, with names hashed in them; *count of them in and out. */
struct helo_slice hide_lines(struct hide *hide, struct helo_slice lines, uint32_t *count,
                             const struct hide_names *names);

/* No names. */
void hide_begin(struct hide_names *names);

/* Adds a name to those to be looked for. */
void hide_add(struct hide_names *names, struct helo_slice name);

/* Adds the names of a session (struct helo_connection), xtext also as what it stands for. */
void hide_add_all(struct hide *hide, struct hide_names *names, struct helo_slice all);

/* The text with every name hashed in it, letters in any case. Names of one to three letters only
 * where they stand alone: inside of words they would hide nothing and be told by their places. */
struct helo_slice hide_text(struct hide *hide, struct helo_slice text,
                            const struct hide_names *names);

#endif
