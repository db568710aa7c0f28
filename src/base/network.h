/* Is an address inside a network? */
#ifndef BASE_NETWORK_H
#define BASE_NETWORK_H

#include "heloscope/types.h"

/* True if the address (family 4 or 6, network order) lies in the network. */
bool network_has(const struct helo_network *network, uint8_t family, const uint8_t address[16]);

#endif
