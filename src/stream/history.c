/* The last octets of a side in a ring that grows with what is said, and digests of older ones. */
#include "stream/history.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/limits.h"

#define FIRST_SIZE    32u
#define FIRST_DIGESTS 16u
#define WORD          sizeof(uint64_t)

_Static_assert((LIMIT_HISTORY & (LIMIT_HISTORY - 1)) == 0 &&
                   (LIMIT_DIGESTS & (LIMIT_DIGESTS - 1)) == 0,
               "rings double from powers of two up to these, so that a mask wraps an index");

static size_t wrap(uint64_t at, size_t size)
{
    return (size_t)(at & (size - 1));
}

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
    for (uint64_t at = history->from; at < offset && history->size > 0; at++)
        octets[wrap(at, size)] = history->octets[wrap(at, history->size)];
    mem_give(mem, history->octets, history->size);
    history->octets = octets;
    history->size = (uint16_t)size;
    return true;
}

static void put(struct history *history, uint64_t offset, const uint8_t *data, size_t len)
{
    size_t at = wrap(offset, history->size);
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

static bool is_bulk(size_t len)
{
    return len > LIMIT_DIGEST_WHOLE;
}

static size_t stride_of(size_t len)
{
    return (len - WORD) / LIMIT_DIGEST_SAMPLES;
}

/* The offset of bulk's first sample: nobody can know it. */
static uint64_t first_sample(uint64_t key, uint64_t offset, size_t len)
{
    uint64_t place = (key ^ offset) * XXH_PRIME64_1 >> 32;
    return offset + (place * stride_of(len) >> 32);
}

static uint8_t sample_of(uint64_t key, uint64_t offset, const uint8_t *at)
{
    uint64_t word;
    memcpy(&word, at, WORD);
    return (uint8_t)((word ^ (key + offset)) * XXH_PRIME64_2 >> 56);
}

static void make_digest(struct history_digest *digest, uint64_t key, uint64_t offset,
                        const uint8_t *data, size_t len)
{
    digest->offset = offset;
    digest->len = (uint32_t)len;
    if (!is_bulk(len)) {
        digest->sum = (uint32_t)XXH3_64bits_withSeed(data, len, key ^ offset);
        return;
    }
    uint64_t at = first_sample(key, offset, len);
    for (unsigned i = 0; i < LIMIT_DIGEST_SAMPLES; i++, at += stride_of(len))
        digest->samples[i] = sample_of(key, at, data + (at - offset));
}

static struct history_digest *digest_at(const struct history *history, unsigned i)
{
    return &history->digests[wrap(history->digest_first + i, history->digest_size)];
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
        history->digest_first = (uint16_t)wrap(history->digest_first + 1u, history->digest_size);
        history->digest_count--;
    }
    *digest_at(history, history->digest_count++) = *digest;
}

void history_add(struct history *history, struct mem *mem, uint64_t key, uint64_t offset,
                 const uint8_t *data, size_t len, uint64_t acked)
{
    /* Digests are wanted as soon as an octet is going to be forgotten. */
    if (offset + len > LIMIT_HISTORY) {
        struct history_digest digest;
        make_digest(&digest, key, offset, data, len);
        keep_digest(history, mem, &digest, acked);
    }
    keep_octets(history, mem, offset, data, len);
}

void history_skip(struct history *history, uint64_t offset)
{
    history->from = offset;
}

/* The digest of what the octet at offset was delivered with; NULL if there is none. */
static const struct history_digest *find_digest(const struct history *history, uint64_t offset)
{
    unsigned low = 0;
    unsigned high = history->digest_count;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (digest_at(history, middle)->offset <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    const struct history_digest *found = low > 0 ? digest_at(history, low - 1) : NULL;
    return found != NULL && offset < found->offset + found->len ? found : NULL;
}

/* Octets [at, stop) come again, the first of them at data. */
struct repetition {
    uint64_t at;
    uint64_t stop;
    const uint8_t *data;
};

/* Compares those of bulk's samples that come again as a whole. */
static bool samples_agree(const struct history_digest *digest, uint64_t key,
                          const struct repetition *again)
{
    uint64_t at = first_sample(key, digest->offset, digest->len);
    for (unsigned i = 0; i < LIMIT_DIGEST_SAMPLES; i++, at += stride_of(digest->len)) {
        if (at >= again->at && at + WORD <= again->stop &&
            digest->samples[i] != sample_of(key, at, again->data + (at - again->at)))
            return false;
    }
    return true;
}

/* Compares by digests, and steps over what could be compared; false if something differs. */
static bool digests_agree(const struct history *history, uint64_t key, struct repetition *again)
{
    const struct history_digest *digest;
    while (again->at < again->stop && again->at < history->from &&
           (digest = find_digest(history, again->at)) != NULL) {
        uint64_t end = digest->offset + digest->len;
        bool whole = again->at == digest->offset && end <= again->stop;
        if (is_bulk(digest->len)) {
            if (!samples_agree(digest, key, again))
                return false;
        } else if (!whole) {
            return true;
        } else if (digest->sum !=
                   (uint32_t)XXH3_64bits_withSeed(again->data, digest->len, key ^ again->at)) {
            return false;
        }
        uint64_t step = (end < again->stop ? end : again->stop) - again->at;
        again->at += step;
        again->data += step;
    }
    return true;
}

bool history_agrees(const struct history *history, uint64_t key, uint64_t offset,
                    const uint8_t *data, size_t len, uint64_t end, uint64_t *unchecked)
{
    uint64_t stop = offset + len < end ? offset + len : end;
    struct repetition again = {offset, stop, data};
    *unchecked = 0;
    if (!digests_agree(history, key, &again))
        return false;
    if (again.at < stop && again.at < history->from)
        *unchecked = stop < history->from ? stop : history->from;
    for (uint64_t at = offset > history->from ? offset : history->from; at < stop; at++) {
        if (history->octets[wrap(at, history->size)] != data[at - offset])
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
