/* Attacks on memory, with honest sessions among the noise: the same for a fast test and a long
 * measurement. Packets are made as they go, so that what grows is the engine. */
#ifndef SUPPORT_ATTACK_H
#define SUPPORT_ATTACK_H

#include "heloscope/heloscope.h"

struct attack_result {
    uint64_t packets;
    uint64_t most_used;   /* octets that the engine says it has taken, at most */
    uint64_t resident;    /* octets by which the process grew, at most; 0: not measured */
    uint64_t honest;      /* sessions that were held honestly */
    uint64_t right;       /* of them told of just as they were */
    uint64_t subjects;    /* different keys that rules were shown */
    uint64_t evicted;     /* flows */
    uint64_t nanoseconds; /* of the processor, for each packet of both kinds */
};

/* How many attacks there are, and what one is called. */
size_t attack_count(void);
const char *attack_name(size_t index);

/* Runs an attack of so many packets against an engine with this memory cap. */
struct attack_result attack_run(size_t index, uint64_t packets, uint64_t cap);

/* NULL if all of it held; else what did not, static. What the process takes besides the cap, for
 * its allocator and its code, is slack. */
const char *attack_verdict(const struct attack_result *result, uint64_t cap);

#endif
