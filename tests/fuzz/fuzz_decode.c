/* Fuzz target: packets through the decoder. The first octet picks link type and checksums; then
 * come packets, each behind two octets of length and one of time. What a segment points at can be
 * read, and what it says of itself agrees. */
#include "fuzz.h"

#include "decode/decode.h"

#define MEMORY  (UINT64_C(4) << 20)
#define PACKETS 256

static void check_segment(const struct segment *segment)
{
    static const uint8_t zero[12];
    fuzz_must(segment->family == 4 || segment->family == 6, "a family that there is not");
    fuzz_must(segment->vlan_count <= 2 && segment->tunnel_count <= HELO_MAX_TUNNELS,
              "more tags or tunnels than are kept");
    fuzz_must(segment->family == 6 || (memcmp(segment->source + 4, zero, 12) == 0 &&
                                       memcmp(segment->destination + 4, zero, 12) == 0),
              "octets behind an address");
    fuzz_must((segment->flags & SEGMENT_ACK) != 0 || segment->ack == 0, "ack without ACK");
    fuzz_must(segment->window_scale >= -1 && segment->window_scale <= 14, "a scale past RFC 7323");
    fuzz_look((struct helo_slice){segment->payload, segment->payload_len});
    if (segment->source_mac != NULL)
        fuzz_look((struct helo_slice){segment->source_mac, 6});
    if (segment->destination_mac != NULL)
        fuzz_look((struct helo_slice){segment->destination_mac, 6});
    for (unsigned i = 0; i < segment->tunnel_count; i++)
        fuzz_must(segment->tunnel[i].kind < HELO_TUNNEL_KINDS, "a tunnel that there is not");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int LINKS[] = {1, 12, 101, 113, 276, 0, 108, 228, 229};
    struct fuzz_input input = {data, size};
    struct helo_packet packet = {.time = HELO_SECOND};
    struct segment segment;
    enum helo_undecodable reason;
    uint8_t how = fuzz_octet(&input);
    struct mem *mem = mem_new(MEMORY, 0);
    struct decoder *decoder = decoder_new(mem, (how & 16) != 0);
    packet.link_type = LINKS[(how & 15) % (sizeof(LINKS) / sizeof(LINKS[0]))];
    fuzz_must(decode_knows_link_type(packet.link_type), "a link type that is not known");
    while (input.left > 0 && packet.number < PACKETS) {
        uint32_t length = fuzz_number16(&input);
        packet.time += fuzz_octet(&input) * HELO_SECOND / 4;
        struct helo_slice copy = fuzz_exact(fuzz_take(&input, length & 0x7fff));
        packet.data = copy.ptr;
        packet.captured = (uint32_t)copy.len;
        packet.length = packet.captured + ((length & 0x8000) != 0 ? 100 : 0);
        packet.number++;
        memset(&segment, 0x5a, sizeof(segment));
        switch (decode_packet(decoder, &packet, packet.time, &segment, &reason)) {
        case DECODE_SEGMENT:
            check_segment(&segment);
            break;
        case DECODE_UNDECODABLE:
            fuzz_must(reason < HELO_UNDECODABLE_COUNT, "a reason that there is not");
            break;
        default:
            break;
        }
        fuzz_free(copy);
    }
    decoder_free(decoder);
    fuzz_must(mem_used(mem) == 0, "memory that did not come back");
    mem_destroy(mem);
    return 0;
}
