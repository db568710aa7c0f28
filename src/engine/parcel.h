/* A record with everything that it points to, in one piece of memory: to be read by another
 * thread, at another time. */
#ifndef ENGINE_PARCEL_H
#define ENGINE_PARCEL_H

#include "engine/record.h"

/* Octets that the record takes in one piece. */
size_t parcel_size(const struct record *record);

/* Copies the record to to, parcel_size octets aligned to 16; what it returns lies there. Only
 * static strings and names of interfaces are still where they were, and the tally. */
struct record *parcel_pack(const struct record *record, void *to);

#endif
