/* Looking through memory as it was given back, uninitialised octets included: valgrind is told that
 * this is meant. */
#ifndef RECYCLED_H
#define RECYCLED_H

#include <stddef.h>

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#endif

/* Lets size octets at block be read, whether they were ever written or not. */
static inline void recycled_readable(const void *block, size_t size)
{
#ifdef VALGRIND_MAKE_MEM_DEFINED
    (void)VALGRIND_MAKE_MEM_DEFINED(block, size);
#else
    (void)block;
    (void)size;
#endif
}

#endif
