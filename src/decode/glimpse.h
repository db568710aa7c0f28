/* Which connection a packet belongs to, before its turn. */
#ifndef DECODE_GLIMPSE_H
#define DECODE_GLIMPSE_H

#include "decode/segment.h"

/* Fills in what flow_expect needs; false where that is not to be read at a glance. It is a guess:
 * whoever acts on it must not depend on its being right. */
bool decode_glimpse(const struct helo_packet *packet, struct segment *segment);

#endif
