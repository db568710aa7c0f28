/* Checked reading of packet bytes: nothing past the end is ever touched. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A cursor over borrowed bytes. */
struct bytes {
    const uint8_t *at;
    size_t left;
};

/* Steps over n octets; false, and nothing moved, if there are fewer. */
static inline bool bytes_skip(struct bytes *b, size_t n)
{
    if (b->left < n)
        return false;
    b->at += n;
    b->left -= n;
    return true;
}

/* Big-endian reads at an offset; the caller has checked that offset + width <= left. */
static inline uint16_t bytes_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t bytes_u32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* The same with the check: false if the octets are not all there. */
static inline bool bytes_get_u16(const struct bytes *b, size_t offset, uint16_t *value)
{
    if (b->left < 2 || offset > b->left - 2)
        return false;
    *value = bytes_u16(b->at + offset);
    return true;
}

static inline bool bytes_get_u32(const struct bytes *b, size_t offset, uint32_t *value)
{
    if (b->left < 4 || offset > b->left - 4)
        return false;
    *value = bytes_u32(b->at + offset);
    return true;
}

#endif
