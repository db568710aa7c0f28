/* Octets in heap blocks of just their size, so that a read past them shows, and the ways to cut
 * them. */
#ifndef UNIT_EXACT_H
#define UNIT_EXACT_H

#include <stdlib.h>
#include <string.h>

#include "heloscope/types.h"

/* A copy in a block of len octets; exact_free gives it back. */
static inline struct helo_slice exact_copy(const void *from, size_t len)
{
    uint8_t *block = malloc(len > 0 ? len : 1);
    if (block == NULL)
        abort();
    if (len > 0)
        memcpy(block, from, len);
    return (struct helo_slice){block, len};
}

static inline struct helo_slice exact_text(const char *text)
{
    return exact_copy(text, strlen(text));
}

static inline void exact_free(struct helo_slice copy)
{
    free((void *)(uintptr_t)copy.ptr);
}

/* How many ways there are: whole, octet by octet, and in two at every place. */
static inline size_t exact_ways(size_t len)
{
    return len > 1 ? len + 1 : 1;
}

/* The length of the next piece once done octets are given. */
static inline size_t exact_piece(size_t way, size_t len, size_t done)
{
    if (way == 0)
        return len - done;
    if (way == 1)
        return 1;
    return done < way - 1 ? way - 1 - done : len - done;
}

/* Asserts that a slice has the octets of a NUL-terminated text. */
#define assert_slice(slice, text)                                                                  \
    do {                                                                                           \
        struct helo_slice slice_ = (slice);                                                        \
        const char *text_ = (text);                                                                \
        assert_int_equal(slice_.len, strlen(text_));                                               \
        if (slice_.len > 0)                                                                        \
            assert_memory_equal(slice_.ptr, text_, slice_.len);                                    \
    } while (0)

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
