/* What a side has said, remembered so that a repetition with other octets is seen: the last octets
 * as they are, and digests of what came before them. */
#ifndef STREAM_HISTORY_H
#define STREAM_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

/* What was delivered in one go. */
struct history_digest {
    uint64_t offset;
    uint32_t len;
    uint32_t sum;
};

/* All zero is empty. Memory comes as octets do: an idle dialogue needs little. */
struct history {
    uint8_t *octets;                /* at offset modulo size */
    struct history_digest *digests; /* a ring */
    uint64_t from;                  /* offset of the oldest octet kept */
    uint16_t size;                  /* of octets, a power of two */
    uint16_t digest_size;           /* a power of two */
    uint16_t digest_first;
    uint16_t digest_count;
};

/* Remembers octets just delivered, the first of them at offset. Digests of what the peer has not
 * received (acked: offset up to which it has) are kept longest. key: a secret, so that nobody can
 * make other octets with the same digest. Without memory less is remembered. */
void history_add(struct history *history, struct mem *mem, uint64_t key, uint64_t offset,
                 const uint8_t *data, size_t len, uint64_t acked);

/* Nothing is known of what comes before this offset but its digests: a gap. */
void history_skip(struct history *history, uint64_t offset);

/* Compares octets that come again, the first at offset, with what is remembered; end: offset up to
 * which octets have been delivered. False if they differ. *unchecked is the offset behind the last
 * octet that could not be compared, 0 if all could. */
bool history_agrees(const struct history *history, uint64_t key, uint64_t offset,
                    const uint8_t *data, size_t len, uint64_t end, uint64_t *unchecked);

/* Forgets everything. */
void history_free(struct history *history, struct mem *mem);

#endif
