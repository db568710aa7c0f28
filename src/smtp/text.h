/* Owned copies of wire text, bounded. */
#ifndef SMTP_TEXT_H
#define SMTP_TEXT_H

#include "base/mem.h"
#include "heloscope/types.h"

/* Owned octets; all zero is empty. */
struct text {
    uint8_t *ptr;
    uint32_t len;
    uint32_t size;
};

/* Replaces the contents by at most limit octets of slice. False without memory (then empty). */
bool text_set(struct mem *mem, struct text *text, struct helo_slice slice, size_t limit);

/* Adds what fits under limit; false without memory or when something did not fit. */
bool text_add(struct mem *mem, struct text *text, struct helo_slice slice, size_t limit);

/* Frees the contents. */
void text_free(struct mem *mem, struct text *text);

static inline struct helo_slice text_slice(const struct text *text)
{
    return (struct helo_slice){text->ptr, text->len};
}

/* A slice of a string literal. */
#define SLICE(literal) ((struct helo_slice){(const uint8_t *)(literal), sizeof(literal) - 1})

/* True if a begins with the literal, letters in any case. */
bool slice_has_prefix(struct helo_slice slice, const char *prefix);

/* True if a is the literal, letters in any case. */
bool slice_is(struct helo_slice slice, const char *word);

/* Cuts the next word (up to a blank) off *rest; empty at the end. */
struct helo_slice slice_word(struct helo_slice *rest);

#endif
