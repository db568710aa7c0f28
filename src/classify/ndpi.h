/* What protocol it is, as nDPI names it. The one file that knows nDPI is ndpi.c. */
#ifndef CLASSIFY_NDPI_H
#define CLASSIFY_NDPI_H

#include "base/mem.h"
#include "decode/segment.h"
#include "heloscope/event.h"

/* A detection module. nDPI allocates it, about 5 MB, by its own means: its hooks are variables of
 * the process, not of a module, so it can't be counted against an engine's cap. */
struct naming;

/* A connection under detection; counted against the cap, but for short strings that nDPI keeps of
 * some protocols. */
struct naming_flow;

/* No protocol known. */
#define NAMING_UNKNOWN 0

/* Makes a module; NULL without memory. It takes some 50 ms: an engine makes one when it first
 * needs it. */
struct naming *naming_new(struct mem *mem);

/* Begins a connection; NULL without memory. */
struct naming_flow *naming_begin(struct mem *mem);

/* Shows it a segment with payload, at most LIMIT_CLASSIFY_OCTETS of it. Returns the protocol's
 * number, the same for the life of the module, or NAMING_UNKNOWN as long as it is not known.
 * Protocols that a port alone suggests do not count. */
uint16_t naming_segment(struct naming *naming, struct naming_flow *flow, enum helo_side side,
                        const struct segment *segment);

/* True if this is what nDPI calls SMTP, with or without TLS. */
bool naming_is_smtp(uint16_t protocol);

/* The protocol's name in lower case; valid until the next call. */
const char *naming_name(struct naming *naming, uint16_t protocol);

/* Frees a connection's state; NULL is allowed. */
void naming_end(struct mem *mem, struct naming_flow *flow);

/* Frees the module; NULL is allowed. */
void naming_free(struct mem *mem, struct naming *naming);

#endif
