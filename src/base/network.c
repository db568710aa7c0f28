/* Prefix comparison, and the table of private networks. */
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

size_t network_private(struct helo_network networks[NETWORK_PRIVATE])
{
    static const struct helo_network PRIVATE[NETWORK_PRIVATE] = {
        {4, 8, {10}},        {4, 12, {172, 16}}, {4, 16, {192, 168}},   {4, 8, {127}},
        {4, 16, {169, 254}}, {6, 7, {0xfc}},     {6, 10, {0xfe, 0x80}}, {6, 128, {[15] = 1}},
    };
    memcpy(networks, PRIVATE, sizeof(PRIVATE));
    return NETWORK_PRIVATE;
}
