/* Unpacks gzip (RFC 1952) and zstd (RFC 8878) data piece by piece. */
#ifndef CAPTURE_UNPACK_H
#define CAPTURE_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum unpack_kind { UNPACK_PLAIN, UNPACK_GZIP, UNPACK_ZSTD };

struct unpack;

/* Octets that unpack_kind_of looks at. */
#define UNPACK_MAGIC 4

/* What the first octets of a file say. */
enum unpack_kind unpack_kind_of(const uint8_t *head, size_t len);

/* For messages: "gzip", "zstd". */
const char *unpack_name(enum unpack_kind kind);

/* Makes an unpacker for UNPACK_GZIP or UNPACK_ZSTD; NULL without memory. */
struct unpack *unpack_new(enum unpack_kind kind);

/* Takes octets from *in (moved past what was taken) and writes up to out_size octets to out; their
 * number is in *written. NULL, or why the data are damaged (valid until the next call). */
const char *unpack_step(struct unpack *unpack, const uint8_t **in, const uint8_t *in_end,
                        uint8_t *out, size_t out_size, size_t *written);

/* True if the data may end here: not in the middle of a gzip member or zstd frame. */
bool unpack_may_end(const struct unpack *unpack);

/* NULL is allowed. */
void unpack_free(struct unpack *unpack);

#endif
