/* Prefix comparison. */
#include "base/network.h"

#include <string.h>

bool network_has(const struct helo_network *network, uint8_t family, const uint8_t address[16])
{
    if (network->family != family)
        return false;
    size_t whole = network->bits / 8;
    unsigned rest = network->bits % 8;
    if (memcmp(network->address, address, whole) != 0)
        return false;
    uint8_t mask = (uint8_t)(0xff00u >> rest);
    return rest == 0 || ((network->address[whole] ^ address[whole]) & mask) == 0;
}
