/* A small seeded generator (splitmix64), so that a failing variant can be made again. */
#ifndef SUPPORT_PRNG_H
#define SUPPORT_PRNG_H

#include <stdbool.h>
#include <stdint.h>

struct prng {
    uint64_t state;
};

/* The next 64 bits. */
static inline uint64_t prng_next(struct prng *prng)
{
    prng->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = prng->state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* A number in 0 … limit - 1; 0 for limit 0. The slight bias does no harm in tests. */
static inline uint64_t prng_below(struct prng *prng, uint64_t limit)
{
    return limit == 0 ? 0 : prng_next(prng) % limit;
}

/* True once in n times. */
static inline bool prng_one_in(struct prng *prng, uint64_t n)
{
    return prng_below(prng, n) == 0;
}

#endif
