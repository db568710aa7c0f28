/* What may be written of who logged in and with what: secrets dropped, names hashed. */
#ifndef REPORT_CREDENTIALS_H
#define REPORT_CREDENTIALS_H

#include "base/mem.h"
#include "heloscope/event.h"

struct credentials;

/* Takes over mode, and for HELO_CREDENTIALS_HASH a copy of the key, of at most HELO_MOST_HASH_KEY
 * octets. NULL without memory; owned by the caller. */
struct credentials *credentials_new(struct mem *mem, enum helo_credentials mode, const uint8_t *key,
                                    size_t key_len);

/* The event as it may be written: itself, or a copy that is valid until the next call. What there
 * is no room for is left out of the copy, never shown. */
const struct helo_event *credentials_apply(struct credentials *credentials,
                                           const struct helo_event *event);

/* Wipes the key; NULL is allowed. */
void credentials_free(struct credentials *credentials);

#endif
