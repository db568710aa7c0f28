/* What the fuzz targets share: the input taken apart, and what must be true of what comes out. A
 * target's only entry is LLVMFuzzerTestOneInput, as libFuzzer and AFL++ call it. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heloscope/types.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The rest of an input. */
struct fuzz_input {
    const uint8_t *at;
    size_t left;
};

/* Ends the program, for the fuzzer to keep the input. */
static inline void fuzz_must(bool right, const char *what)
{
    if (right)
        return;
    fprintf(stderr, "fuzz: %s\n", what);
    abort();
}

/* The same of a reason, which is to be NULL. */
static inline void fuzz_sound(const char *why)
{
    fuzz_must(why == NULL, why);
}

/* The next octet; 0 at the end. */
static inline uint8_t fuzz_octet(struct fuzz_input *input)
{
    if (input->left == 0)
        return 0;
    input->left--;
    return *input->at++;
}

static inline uint32_t fuzz_number16(struct fuzz_input *input)
{
    uint32_t high = fuzz_octet(input);
    return high << 8 | fuzz_octet(input);
}

/* At most len of the next octets, borrowed. */
static inline struct helo_slice fuzz_take(struct fuzz_input *input, size_t len)
{
    struct helo_slice taken = {input->at, len < input->left ? len : input->left};
    input->at += taken.len;
    input->left -= taken.len;
    return taken;
}

/* A copy in a block of just its size, so that a read past it shows; fuzz_free gives it back. */
static inline struct helo_slice fuzz_exact(struct helo_slice from)
{
    uint8_t *copy = malloc(from.len > 0 ? from.len : 1);
    fuzz_must(copy != NULL, "no memory for a copy");
    if (from.len > 0)
        memcpy(copy, from.ptr, from.len);
    return (struct helo_slice){copy, from.len};
}

static inline void fuzz_free(struct helo_slice copy)
{
    free((void *)(uintptr_t)copy.ptr);
}

/* Reads every octet, so that a sanitizer finds a stale one. */
static inline void fuzz_look(struct helo_slice slice)
{
    const volatile uint8_t *at = slice.ptr;
    for (size_t i = 0; i < slice.len; i++)
        (void)at[i];
}

/* How octets are cut: the next piece's length, drawn from *state, at least 1, at most left. */
static inline size_t fuzz_piece(uint32_t *state, size_t left)
{
    *state = *state * 1664525u + 1013904223u;
    size_t piece = 1 + (*state >> 24) % 7;
    if ((*state >> 20 & 7) == 0)
        piece *= 16;
    return piece < left ? piece : left;
}

#endif
