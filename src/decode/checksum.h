/* The Internet checksum (RFC 1071), to verify. */
#ifndef DECODE_CHECKSUM_H
#define DECODE_CHECKSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Adds len octets to a running sum that starts at 0; only the last piece may have an odd length. */
uint64_t checksum_add(uint64_t sum, const uint8_t *data, size_t len);

/* True if a sum over data with its checksum field says that nothing was damaged. */
bool checksum_right(uint64_t sum);

#endif
