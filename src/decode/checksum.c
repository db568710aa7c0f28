/* Sums 16-bit words, four octets at a time. */
#include "decode/checksum.h"

#include "base/bytes.h"

uint64_t checksum_add(uint64_t sum, const uint8_t *data, size_t len)
{
    while (len >= 4) {
        sum += bytes_u32(data);
        data += 4;
        len -= 4;
    }
    if (len >= 2) {
        sum += bytes_u16(data);
        data += 2;
        len -= 2;
    }
    if (len != 0)
        sum += (uint64_t)data[0] << 8;
    return sum;
}

bool checksum_right(uint64_t sum)
{
    while (sum > UINT16_MAX)
        sum = (sum >> 16) + (sum & UINT16_MAX);
    return sum == UINT16_MAX;
}
