/* Fills batches. */
#include "engine/batch.h"

#include <string.h>

bool batch_has_room(const struct batch *batch, const struct segment *segment)
{
    size_t octets = segment != NULL ? segment->payload_len : 0;
    return batch->steps < LIMIT_BATCH_STEPS && octets <= LIMIT_BATCH_OCTETS - batch->octets_used;
}

static void copy_mac(const uint8_t **address, uint8_t copy[6])
{
    if (*address == NULL)
        return;
    memcpy(copy, *address, 6);
    *address = copy;
}

static void copy_segment(struct batch *batch, struct batch_segment *to,
                         const struct segment *segment)
{
    uint8_t *payload = batch->octets + batch->octets_used;
    to->segment = *segment;
    to->segment.payload = payload;
    if (segment->payload_len > 0)
        memcpy(payload, segment->payload, segment->payload_len);
    batch->octets_used += segment->payload_len;
    copy_mac(&to->segment.source_mac, to->mac[0]);
    copy_mac(&to->segment.destination_mac, to->mac[1]);
}

void batch_add(struct batch *batch, helo_time now, const struct segment *segment,
               const char *interface, uint16_t owner)
{
    uint32_t step = batch->steps++;
    batch->clock[step] = now;
    batch->owner[step] = owner;
    if (segment == NULL)
        return;
    copy_segment(batch, &batch->segments[step], segment);
    batch->segments[step].interface = interface;
}

void batch_begin(struct batch *batch, uint64_t first)
{
    batch->first = first;
    batch->steps = 0;
    batch->flush = false;
    batch->octets_used = 0;
}
