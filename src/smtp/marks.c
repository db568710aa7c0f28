/* The table of marks, and the octets that any of them has in a row. */
#include "smtp/marks.h"

#include <string.h>

#include "base/ascii.h"
#include "base/limits.h"

#define PAIRS_SIZE (16 * sizeof(uint64_t)) /* a bit for each of 1,024 hashes */
#define FIRST_SIZE 128u

/* Differs from run to run by an address that no sender knows, so that nobody can make marks meet in
 * one place. 64 bits: with 32 other octets have a secret's mark now and then, in some runs. 0 is
 * for free places. */
static uint64_t mark_of(const struct secrets *secrets, enum mark_kind kind, uint64_t octets)
{
    uint64_t hash = octets ^ ((uint64_t)(uintptr_t)secrets + kind) * UINT64_C(0x9E3779B97F4A7C15);
    hash = (hash ^ hash >> 32) * UINT64_C(0xD6E8FEB86659FD93);
    hash = (hash ^ hash >> 32) * UINT64_C(0xD6E8FEB86659FD93);
    hash ^= hash >> 32;
    return hash | (hash == 0);
}

/* The place of a mark, or the free one where it belongs. */
static uint32_t place_of(const uint64_t *marks, uint32_t size, uint64_t mark)
{
    uint32_t at = (uint32_t)mark & (size - 1);
    while (marks[at] != 0 && marks[at] != mark)
        at = (at + 1) & (size - 1);
    return at;
}

static void give_back(struct secrets *secrets)
{
    if (secrets->marks != NULL)
        explicit_bzero(secrets->marks, secrets->size * sizeof(*secrets->marks));
    mem_give(secrets->mem, secrets->marks, secrets->size * sizeof(*secrets->marks));
    secrets->marks = NULL;
}

/* A larger table. False without memory, or when it is as large as it may be. */
static bool grow(struct secrets *secrets)
{
    uint32_t size = secrets->size == 0 ? FIRST_SIZE : secrets->size * 2;
    uint64_t *marks = NULL;
    if (size <= LIMIT_SECRET_MARKS)
        marks = mem_take_zero(secrets->mem, size * sizeof(*marks));
    if (marks == NULL) {
        secrets_mask_everything(secrets);
        return false;
    }
    for (uint32_t i = 0; i < secrets->size; i++) {
        if (secrets->marks[i] != 0)
            marks[place_of(marks, size, secrets->marks[i])] = secrets->marks[i];
    }
    give_back(secrets);
    secrets->marks = marks;
    secrets->size = size;
    return true;
}

void marks_add(struct secrets *secrets, enum mark_kind kind, uint64_t octets)
{
    uint64_t mark = mark_of(secrets, kind, octets);
    if (secrets->everything || (secrets->count >= secrets->size / 4 * 3 && !grow(secrets)))
        return;
    uint32_t place = place_of(secrets->marks, secrets->size, mark);
    secrets->count += secrets->marks[place] == 0;
    secrets->marks[place] = mark;
}

bool marks_have(const struct secrets *secrets, enum mark_kind kind, uint64_t octets)
{
    uint64_t mark = mark_of(secrets, kind, octets);
    return secrets->marks[place_of(secrets->marks, secrets->size, mark)] == mark;
}

void marks_add_pair(struct secrets *secrets, uint32_t octets)
{
    uint32_t pair = marks_pair_of(octets);
    if (secrets->pairs == NULL)
        secrets->pairs = mem_take_zero(secrets->mem, PAIRS_SIZE);
    if (secrets->pairs == NULL)
        secrets_mask_everything(secrets);
    else
        secrets->pairs[pair / 64] |= UINT64_C(1) << pair % 64;
}

uint64_t marks_hash(struct helo_slice text)
{
    uint64_t hash = text.len;
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ ascii_lower(text.ptr[i])) * UINT64_C(0x9E3779B97F4A7C15) + (hash >> 29);
    return hash;
}

void secrets_mask_everything(struct secrets *secrets)
{
    secrets->everything = true;
    give_back(secrets);
    secrets->size = secrets->count = 0;
}

void secrets_free(struct secrets *secrets)
{
    struct mem *mem = secrets->mem;
    if (secrets->pairs != NULL)
        explicit_bzero(secrets->pairs, PAIRS_SIZE);
    mem_give(mem, secrets->pairs, PAIRS_SIZE);
    give_back(secrets);
    *secrets = (struct secrets){.mem = mem};
}
