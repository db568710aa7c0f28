/* The one way to memory: counted against a cap, size classes recycled, failure on demand. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mem;

/* A cap that several allocators share, each used by one thread. */
struct mem_pool {
    uint64_t cap;
    _Atomic uint64_t granted; /* to the allocators, in grains; a little more than they use */
};

/* What one owner, a connection, has taken, and the most that it may take. */
struct mem_account {
    uint64_t used;
    uint64_t most;
    bool refused; /* it wanted more */
};

/* Makes an allocator that hands out at most cap octets at a time; fail_at: the n-th allocation
 * fails (tests), 0 for none. NULL when there is no memory for itself. */
struct mem *mem_new(uint64_t cap, uint64_t fail_at);

/* The same under the cap of a pool, which outlives it. */
struct mem *mem_new_shared(struct mem_pool *pool, uint64_t fail_at);

/* Frees the allocator and its recycled blocks; everything taken from it must be back. */
void mem_destroy(struct mem *mem);

/* Takes size octets, not cleared. NULL when the cap or the system says no. */
void *mem_take(struct mem *mem, size_t size);

/* The same, cleared. */
void *mem_take_zero(struct mem *mem, size_t size);

/* Gives a block back; size as it was taken. NULL is allowed. */
void mem_give(struct mem *mem, void *block, size_t size);

/* Changes a block's size, contents kept; NULL (and the old block still valid) on failure. */
void *mem_resize(struct mem *mem, void *block, size_t old_size, size_t new_size);

/* Until the next call, what is taken and given back is account's too, and nothing is taken beyond
 * its most; NULL: nobody's. What was taken under an account must be given back under it.
 * Returns the account before. */
struct mem_account *mem_charge(struct mem *mem, struct mem_account *account);

/* True from seven eighths of the cap on, whoever shares it: something should be given up. */
bool mem_is_short(const struct mem *mem);

/* Octets taken now, rounded up to their classes; the cap, be it shared; failed takes so far. */
uint64_t mem_used(const struct mem *mem);
uint64_t mem_cap(const struct mem *mem);
uint64_t mem_failures(const struct mem *mem);

#endif
