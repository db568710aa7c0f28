/* Networks: what is inside of one, and which are private. */
#ifndef BASE_NETWORK_H
#define BASE_NETWORK_H

#include "heloscope/types.h"

/* True if the address (family 4 or 6, network order) lies in the network. */
bool network_has(const struct helo_network *network, uint8_t family, const uint8_t address[16]);

/* The networks that are nobody's outside of a site: RFC 1918, RFC 4193, link-local, loopback. */
#define NETWORK_PRIVATE 8

/* Fills them in; returns how many. */
size_t network_private(struct helo_network networks[NETWORK_PRIVATE]);

#endif
