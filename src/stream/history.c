/* The last octets of a side in a ring that grows with what is said, and digests of older ones. */
#include "stream/history.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/limits.h"

#define FIRST_SIZE    32u
#define FIRST_DIGESTS 16u
#define WORD          sizeof(uint64_t)

/* Makes the ring large enough for len more octets, at most LIMIT_HISTORY; false without memory. */
static bool grow_octets(struct history *history, struct mem *mem, uint64_t offset, size_t len)
{
    size_t wanted = (size_t)(offset - history->from) + len;
    size_t size = history->size > 0 ? history->size : FIRST_SIZE;
    while (size < wanted && size < LIMIT_HISTORY)
        size *= 2;
    if (size == history->size)
        return true;
    uint8_t *octets = mem_take(mem, size);
    if (octets == NULL)
        return history->size > 0;
    for (uint64_t at = history->from; at < offset; at++)
        octets[at % size] = history->octets[at % history->size];
    mem_give(mem, history->octets, history->size);
    history->octets = octets;
    history->size = (uint16_t)size;
    return true;
}

static void put(struct history *history, uint64_t offset, const uint8_t *data, size_t len)
{
    size_t at = offset % history->size;
    if (at + len <= history->size) {
        memcpy(history->octets + at, data, len);
        return;
    }
    size_t front = history->size - at;
    memcpy(history->octets + at, data, front);
    memcpy(history->octets, data + front, len - front);
}

/* Keeps the last octets: all of what commands and replies are made of, but only a little of bulk,
 * where remembering would cost more than delivering. */
static void keep_octets(struct history *history, struct mem *mem, uint64_t offset,
                        const uint8_t *data, size_t len)
{
    if (len > LIMIT_HISTORY) {
        size_t skip = len - LIMIT_HISTORY_BULK;
        offset += skip;
        data += skip;
        len = LIMIT_HISTORY_BULK;
        history->from = offset;
    }
    if (history->size < LIMIT_HISTORY && !grow_octets(history, mem, offset, len)) {
        history->from = offset + len;
        return;
    }
    if (len > history->size) {
        offset += len - history->size;
        data += len - history->size;
        len = history->size;
    }
    put(history, offset, data, len);
    if (offset + len - history->from > history->size)
        history->from = offset + len - history->size;
}

/* A digest of all octets, or of bulk a sample at places that nobody can know. */
static uint32_t digest_of(uint64_t key, uint64_t offset, const uint8_t *data, size_t len)
{
    if (len <= LIMIT_DIGEST_WHOLE)
        return (uint32_t)XXH3_64bits_withSeed(data, len, key ^ offset);
    size_t stride = (len - WORD) / LIMIT_DIGEST_SAMPLES;
    uint64_t sum = (key ^ offset) * XXH_PRIME64_1;
    const uint8_t *at = data + (((sum >> 32) * stride) >> 32);
    for (unsigned i = 0; i < LIMIT_DIGEST_SAMPLES; i++, at += stride) {
        uint64_t word;
        memcpy(&word, at, WORD);
        sum = (sum ^ word) * XXH_PRIME64_2;
        sum ^= sum >> 29;
    }
    return (uint32_t)(sum >> 32);
}

static struct history_digest *digest_at(const struct history *history, unsigned i)
{
    return &history->digests[(history->digest_first + i) % history->digest_size];
}

/* A larger ring; false at the bound or without memory. */
static bool grow_digests(struct history *history, struct mem *mem)
{
    size_t size = history->digest_size > 0 ? history->digest_size * 2u : FIRST_DIGESTS;
    if (size > LIMIT_DIGESTS)
        return false;
    struct history_digest *digests = mem_take(mem, size * sizeof(*digests));
    if (digests == NULL)
        return false;
    for (unsigned i = 0; i < history->digest_count; i++)
        digests[i] = *digest_at(history, i);
    mem_give(mem, history->digests, history->digest_size * sizeof(*digests));
    history->digests = digests;
    history->digest_size = (uint16_t)size;
    history->digest_first = 0;
    return true;
}

static bool oldest_is_needed(const struct history *history, uint64_t acked)
{
    const struct history_digest *oldest = digest_at(history, 0);
    return oldest->offset + oldest->len > acked;
}

static void keep_digest(struct history *history, struct mem *mem,
                        const struct history_digest *digest, uint64_t acked)
{
    if (history->digest_count == history->digest_size) {
        bool grow = history->digest_size == 0 || oldest_is_needed(history, acked);
        if ((!grow || !grow_digests(history, mem)) && history->digest_size == 0)
            return;
    }
    if (history->digest_count == history->digest_size) {
        history->digest_first = (uint16_t)((history->digest_first + 1u) % history->digest_size);
        history->digest_count--;
    }
    *digest_at(history, history->digest_count++) = *digest;
}

void history_add(struct history *history, struct mem *mem, uint64_t key, uint64_t offset,
                 const uint8_t *data, size_t len, uint64_t acked)
{
    /* Digests are wanted as soon as an octet is going to be forgotten. */
    if (offset + len > LIMIT_HISTORY) {
        struct history_digest digest = {offset, (uint32_t)len, digest_of(key, offset, data, len)};
        keep_digest(history, mem, &digest, acked);
    }
    keep_octets(history, mem, offset, data, len);
}

void history_skip(struct history *history, uint64_t offset)
{
    history->from = offset;
}

/* The digest of what began at offset, if what comes again has all of it; NULL if there is none. */
static const struct history_digest *find_digest(const struct history *history, uint64_t offset,
                                                uint64_t end)
{
    unsigned low = 0;
    unsigned high = history->digest_count;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (digest_at(history, middle)->offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    const struct history_digest *found =
        low < history->digest_count ? digest_at(history, low) : NULL;
    if (found == NULL || found->offset != offset || found->offset + found->len > end)
        return NULL;
    return found;
}

bool history_agrees(const struct history *history, uint64_t key, uint64_t offset,
                    const uint8_t *data, size_t len, uint64_t end, uint64_t *unchecked)
{
    uint64_t stop = offset + len < end ? offset + len : end;
    uint64_t at = offset;
    *unchecked = 0;
    while (at < stop && at < history->from) {
        const struct history_digest *digest = find_digest(history, at, stop);
        if (digest == NULL)
            break;
        if (digest->sum != digest_of(key, at, data + (at - offset), digest->len))
            return false;
        at += digest->len;
    }
    if (at < stop && at < history->from)
        *unchecked = stop < history->from ? stop : history->from;
    if (at < history->from)
        at = history->from;
    for (; at < stop; at++) {
        if (history->octets[at % history->size] != data[at - offset])
            return false;
    }
    return true;
}

void history_free(struct history *history, struct mem *mem)
{
    mem_give(mem, history->octets, history->size);
    mem_give(mem, history->digests, history->digest_size * sizeof(*history->digests));
    *history = (struct history){0};
}
