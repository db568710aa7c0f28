/* Allocation in size classes with bounded free lists. */
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define MEM_RECYCLE 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MEM_RECYCLE 0
#endif
#endif
#ifndef MEM_RECYCLE
#define MEM_RECYCLE 1
#endif

/* Small blocks, of which there are many, go by the system's own measure: steps of 16 octets, 8 of
 * them its own. Of others there are two for each power of two. */
#define STEP           16u
#define SYSTEM_OWN     8u
#define SMALLEST       24u
#define SMALL          256u
#define SMALL_COUNT    (SMALL / STEP)
#define LARGE_SMALLEST 8u  /* 256 octets, none of them the system's */
#define LARGE_LARGEST  17u /* 128 KiB; larger blocks go to the system */
#define CLASS_COUNT    (SMALL_COUNT + 2 * (LARGE_LARGEST - LARGE_SMALLEST) + 1u)
/* Recycled octets kept per class: enough for a burst, little against the smallest cap. */
#define SMALL_KEPT (32u << 10)
#define LARGE_KEPT (128u << 10)
/* What is asked of a pool at a time: seldom, and little against the smallest cap. */
#define GRAIN (UINT64_C(16) << 10)

struct free_block {
    struct free_block *next;
};

struct mem {
    uint64_t used;
    uint64_t cap;          /* of a shared one: what the pool has granted */
    struct mem_pool *pool; /* NULL: not shared */
    uint64_t taken;
    uint64_t fail_at;
    uint64_t failures;
    struct mem_account *account;
    struct free_block *free[CLASS_COUNT];
    size_t kept[CLASS_COUNT];
};

static unsigned class_of(size_t size)
{
    if (size <= SMALLEST)
        size = SMALLEST;
    if (size <= SMALL - SYSTEM_OWN)
        return (unsigned)(size + SYSTEM_OWN - 1) / STEP;
    unsigned power = (unsigned)(64 - __builtin_clzll((unsigned long long)(size - 1)));
    unsigned class = SMALL_COUNT + 2 * (power - LARGE_SMALLEST);
    return power > LARGE_SMALLEST && size <= (size_t)3 << (power - 2) ? class - 1 : class;
}

/* What a block of this size costs. */
static size_t rounded(size_t size)
{
    unsigned class = class_of(size);
    if (class >= CLASS_COUNT)
        return size;
    if (class < SMALL_COUNT)
        return (class + 1) * STEP;
    unsigned power = LARGE_SMALLEST + (class - SMALL_COUNT) / 2;
    return (class - SMALL_COUNT) % 2 == 0 ? (size_t)1 << power : (size_t)3 << (power - 1);
}

/* What is asked of the system for it. */
static size_t asked(size_t size)
{
    return class_of(size) < SMALL_COUNT ? rounded(size) - SYSTEM_OWN : rounded(size);
}

struct mem *mem_new(uint64_t cap, uint64_t fail_at)
{
    struct mem *mem = calloc(1, sizeof(*mem));
    if (mem != NULL) {
        mem->cap = cap;
        mem->fail_at = fail_at;
    }
    return mem;
}

struct mem *mem_new_shared(struct mem_pool *pool, uint64_t fail_at)
{
    struct mem *mem = mem_new(0, fail_at);
    if (mem != NULL)
        mem->pool = pool;
    return mem;
}

/* Room for so much more, of a shared allocator by a new grant. */
static bool has_room(struct mem *mem, uint64_t whole)
{
    if (whole <= mem->cap - mem->used)
        return true;
    if (mem->pool == NULL)
        return false;
    uint64_t more = (whole - (mem->cap - mem->used) + GRAIN - 1) / GRAIN * GRAIN;
    uint64_t granted = atomic_fetch_add_explicit(&mem->pool->granted, more, memory_order_relaxed);
    if (granted > mem->pool->cap || more > mem->pool->cap - granted) {
        atomic_fetch_sub_explicit(&mem->pool->granted, more, memory_order_relaxed);
        return false;
    }
    mem->cap += more;
    return true;
}

/* Gives the pool back what is more than a grain of reserve. */
static void return_grant(struct mem *mem, uint64_t reserve)
{
    if (mem->pool == NULL || mem->cap - mem->used <= 2 * reserve)
        return;
    uint64_t left = mem->cap - mem->used;
    uint64_t back = (left - reserve) / GRAIN * GRAIN;
    mem->cap -= back;
    atomic_fetch_sub_explicit(&mem->pool->granted, back, memory_order_relaxed);
}

void mem_destroy(struct mem *mem)
{
    if (mem == NULL)
        return;
    for (unsigned i = 0; i < CLASS_COUNT; i++) {
        while (mem->free[i] != NULL) {
            struct free_block *block = mem->free[i];
            mem->free[i] = block->next;
            free(block);
        }
    }
    return_grant(mem, 0);
    free(mem);
}

struct mem_account *mem_charge(struct mem *mem, struct mem_account *account)
{
    struct mem_account *before = mem->account;
    mem->account = account;
    return before;
}

/* May the account at hand take so much more? */
static bool account_allows(struct mem *mem, size_t whole)
{
    struct mem_account *account = mem->account;
    if (account == NULL ||
        (account->used <= account->most && whole <= account->most - account->used))
        return true;
    account->refused = true;
    return false;
}

void *mem_take(struct mem *mem, size_t size)
{
    size_t whole = rounded(size);
    void *block = NULL;

    mem->taken++;
    if (account_allows(mem, whole) && whole >= size && mem->taken != mem->fail_at &&
        has_room(mem, whole)) {
        unsigned class = class_of(size);
        if (MEM_RECYCLE && class < CLASS_COUNT && mem->free[class] != NULL) {
            block = mem->free[class];
            mem->free[class] = mem->free[class]->next;
            mem->kept[class] -= whole;
        } else {
            block = malloc(MEM_RECYCLE ? asked(size) : size);
        }
    }
    if (block == NULL) {
        mem->failures++;
        return NULL;
    }
    mem->used += whole;
    if (mem->account != NULL)
        mem->account->used += whole;
    return block;
}

void *mem_take_zero(struct mem *mem, size_t size)
{
    void *block = mem_take(mem, size);
    if (block != NULL)
        memset(block, 0, size);
    return block;
}

void mem_give(struct mem *mem, void *block, size_t size)
{
    if (block == NULL)
        return;
    size_t whole = rounded(size);
    unsigned class = class_of(size);
    mem->used -= whole;
    if (mem->account != NULL)
        mem->account->used -= whole;
    return_grant(mem, GRAIN);
    size_t most = class < SMALL_COUNT ? SMALL_KEPT : LARGE_KEPT;
    if (MEM_RECYCLE && class < CLASS_COUNT && mem->kept[class] + whole <= most) {
        struct free_block *free_block = block;
        free_block->next = mem->free[class];
        mem->free[class] = free_block;
        mem->kept[class] += whole;
    } else {
        free(block);
    }
}

void *mem_resize(struct mem *mem, void *block, size_t old_size, size_t new_size)
{
    if (MEM_RECYCLE && block != NULL && class_of(old_size) == class_of(new_size) &&
        rounded(old_size) == rounded(new_size))
        return block;
    void *bigger = mem_take(mem, new_size);
    if (bigger == NULL)
        return NULL;
    if (block != NULL) {
        memcpy(bigger, block, old_size < new_size ? old_size : new_size);
        mem_give(mem, block, old_size);
    }
    return bigger;
}

uint64_t mem_used(const struct mem *mem)
{
    return mem->used;
}

uint64_t mem_cap(const struct mem *mem)
{
    return mem->pool != NULL ? mem->pool->cap : mem->cap;
}

bool mem_is_short(const struct mem *mem)
{
    uint64_t cap = mem_cap(mem);
    uint64_t used = mem->pool != NULL
                        ? atomic_load_explicit(&mem->pool->granted, memory_order_relaxed)
                        : mem->used;
    return used > cap - cap / 8;
}

uint64_t mem_failures(const struct mem *mem)
{
    return mem->failures;
}
