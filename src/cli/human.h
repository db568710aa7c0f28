/* Numbers and times as people read them. */
#ifndef CLI_HUMAN_H
#define CLI_HUMAN_H

#include "heloscope/types.h"

/* Holds any of the texts below. */
struct human {
    char text[32];
};

/* 1,234,567 */
struct human human_count(uint64_t count);

/* 12 bytes, 1.2 KiB, 34 MiB: powers of 1,024, as in the text output and in --memory. */
struct human human_bytes(double bytes);

/* 400 ms, 1.5 s, 3 min 12 s, 2 h 5 min, 3 d 4 h. */
struct human human_duration(double seconds);

/* "1,234 packets", and "1 packet". */
struct human human_plural(uint64_t count, const char *noun);

#endif
