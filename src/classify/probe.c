/* Held segments. */
#include "classify/probe.h"

#include <string.h>

struct probe *probe_new(struct mem *mem)
{
    return mem_take_zero(mem, sizeof(struct probe));
}

bool probe_has_room(const struct probe *probe, const struct segment *segment)
{
    return probe->count < LIMIT_CLASSIFY_PACKETS &&
           segment->payload_len <= LIMIT_CLASSIFY_OCTETS - probe->octets;
}

bool probe_hold(struct mem *mem, struct probe *probe, unsigned direction,
                const struct segment *segment, helo_time clock)
{
    struct probe_segment *held = mem_take(mem, sizeof(*held) + segment->payload_len);
    if (held == NULL)
        return false;
    *held = (struct probe_segment){
        .segment = *segment, .clock = clock, .direction = (uint8_t)direction};
    held->segment.payload = held->octets;
    held->segment.source_mac = held->segment.destination_mac = NULL;
    if (segment->payload_len > 0)
        memcpy(held->octets, segment->payload, segment->payload_len);
    *(probe->last != NULL ? &probe->last->next : &probe->first) = held;
    probe->last = held;
    probe->count++;
    probe->octets += segment->payload_len;
    return true;
}

/* The held segment that has the octet at seq; *skip: how far into it. Octets without an
 * acknowledgement are nobody's (RFC 9293 section 3.10.7.4). */
static const struct probe_segment *segment_at(const struct probe *probe, unsigned direction,
                                              uint32_t seq, uint32_t *skip)
{
    for (const struct probe_segment *held = probe->first; held != NULL; held = held->next) {
        uint32_t first = held->segment.seq + ((held->segment.flags & SEGMENT_SYN) != 0);
        *skip = seq - first;
        bool counts = (held->segment.flags & (SEGMENT_ACK | SEGMENT_SYN)) != 0;
        if (held->direction == direction && counts && *skip < held->segment.payload_len)
            return held;
    }
    return NULL;
}

struct helo_slice probe_octets(const struct probe *probe, unsigned direction, uint32_t seq,
                               uint8_t *room)
{
    struct helo_slice octets = {NULL, 0};
    const struct probe_segment *held;
    uint32_t skip;
    while ((held = segment_at(probe, direction, seq, &skip)) != NULL) {
        const uint8_t *from = held->octets + skip;
        size_t n = held->segment.payload_len - skip;
        if (octets.len == 0) {
            octets = (struct helo_slice){from, n};
        } else {
            if (octets.ptr != room)
                memcpy(room, octets.ptr, octets.len);
            memcpy(room + octets.len, from, n);
            octets = (struct helo_slice){room, octets.len + n};
        }
        seq += (uint32_t)n;
    }
    return octets;
}

/* Do two segments have other octets where both have some? */
static bool differ(const struct probe_segment *a, const struct probe_segment *b)
{
    uint32_t ahead =
        b->segment.seq - a->segment.seq; /* of a, modulo 2^32: b begins so much later */
    if (ahead > a->segment.payload_len)
        return false;
    size_t common = a->segment.payload_len - ahead;
    if (common > b->segment.payload_len)
        common = b->segment.payload_len;
    return common > 0 && memcmp(a->octets + ahead, b->octets, common) != 0;
}

bool probe_contradicts(const struct probe *probe)
{
    for (const struct probe_segment *a = probe->first; a != NULL; a = a->next)
        for (const struct probe_segment *b = a->next; b != NULL; b = b->next)
            if (a->direction == b->direction && (differ(a, b) || differ(b, a)))
                return true;
    return false;
}

bool probe_is_acknowledged(const struct probe *probe, unsigned direction, uint32_t seq)
{
    for (const struct probe_segment *held = probe->first; held != NULL; held = held->next)
        if (held->direction != direction && (held->segment.flags & SEGMENT_ACK) != 0 &&
            (int32_t)(held->segment.ack - seq) > 0)
            return true;
    return false;
}

uint16_t probe_name(struct mem *mem, struct probe *probe, struct naming *naming, unsigned client)
{
    uint16_t protocol = NAMING_UNKNOWN;
    if (probe->naming == NULL)
        probe->naming = naming_begin(mem);
    if (probe->naming == NULL || naming == NULL)
        return NAMING_UNKNOWN;
    for (struct probe_segment *held = probe->first; held != NULL; held = held->next) {
        enum helo_side side = held->direction == client ? HELO_CLIENT : HELO_SERVER;
        if (!held->shown && held->segment.payload_len > 0 && protocol == NAMING_UNKNOWN)
            protocol = naming_segment(naming, probe->naming, side, &held->segment);
        held->shown = true;
    }
    return protocol;
}

void probe_let_go(struct mem *mem, struct probe *probe)
{
    while (probe->first != NULL) {
        struct probe_segment *held = probe->first;
        probe->first = held->next;
        mem_give(mem, held, sizeof(*held) + held->segment.payload_len);
    }
    probe->last = NULL;
}

void probe_free(struct mem *mem, struct probe *probe)
{
    if (probe == NULL)
        return;
    probe_let_go(mem, probe);
    naming_end(mem, probe->naming);
    mem_give(mem, probe, sizeof(*probe));
}
