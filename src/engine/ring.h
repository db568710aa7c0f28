/* A queue of pieces of memory from one thread to one other, of bounded size, without a lock. */
#ifndef ENGINE_RING_H
#define ENGINE_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

/* Each side's words are in a cache line of their own. */
struct ring {
    uint8_t *octets;
    size_t size; /* a power of two */
    struct mem *mem;
    struct mem *outside; /* for pieces that are too big for the ring; the writer's */
    _Alignas(64) _Atomic uint64_t written; /* octets since the beginning */
    uint64_t reserved;                     /* up to where the piece at hand reaches */
    struct ring_outside *first, *last;     /* pieces outside, in order */
    _Alignas(64) _Atomic uint64_t read;
};

/* Makes a ring of size octets, rounded up to a power of two, at least 1 KiB. False without memory.
 */
bool ring_init(struct ring *ring, struct mem *mem, size_t size, struct mem *outside);

/* Nobody may use it any more. */
void ring_close(struct ring *ring);

enum ring_result { RING_OK, RING_FULL, RING_NO_MEMORY };

/* The writer: room for a piece of size octets, aligned to 16; RING_FULL: not before the reader has
 * taken more. What does not fit well into the ring at all is taken from outside. */
enum ring_result ring_reserve(struct ring *ring, size_t size, void **piece);

/* The writer: hands over the piece last reserved. */
void ring_publish(struct ring *ring);

/* The reader: the first piece, NULL if there is none; it stays until ring_pop. */
void *ring_front(struct ring *ring);
void ring_pop(struct ring *ring);

#endif
