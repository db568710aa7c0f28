/* Walks a packet down its layers until a TCP segment or the reason why there is none. */
#include "decode/decode.h"

#include "decode/gre.h"
#include "decode/ip.h"
#include "decode/link.h"
#include "decode/mpls.h"
#include "decode/overlay.h"
#include "decode/pppoe.h"
#include "decode/tcp.h"
#include "decode/walk.h"

struct decoder {
    struct mem *mem;
    struct fragment_table *fragments;
    helo_time due; /* of the fragment table */
    bool verify_checksums;
};

struct decoder *decoder_new(struct mem *mem, bool verify_checksums)
{
    struct decoder *decoder = mem_take_zero(mem, sizeof(*decoder));
    if (decoder == NULL)
        return NULL;
    decoder->mem = mem;
    decoder->verify_checksums = verify_checksums;
    decoder->due = INT64_MAX;
    decoder->fragments = fragment_new(mem);
    if (decoder->fragments == NULL) {
        decoder_free(decoder);
        return NULL;
    }
    return decoder;
}

/* One turn per layer: a tunnel is a further layer with its own reader. */
static enum decode_result walk_down(struct walk *walk, enum layer layer)
{
    for (;;) {
        switch (layer) {
        case LAYER_VLAN:
            layer = link_read_vlan(walk);
            break;
        case LAYER_IP:
            layer = ip_read_any(walk);
            break;
        case LAYER_IPV4:
            layer = ip_read_v4(walk);
            break;
        case LAYER_IPV6:
            layer = ip_read_v6(walk);
            break;
        case LAYER_TCP:
            layer = tcp_read(walk);
            break;
        case LAYER_IPV4_IN_IP:
            layer = ip_read_v4_in_ip(walk);
            break;
        case LAYER_IPV6_IN_IP:
            layer = ip_read_v6_in_ip(walk);
            break;
        case LAYER_UDP:
            layer = overlay_read_udp(walk);
            break;
        case LAYER_GRE:
            layer = gre_read(walk);
            break;
        case LAYER_MPLS:
            layer = mpls_read(walk);
            break;
        case LAYER_PPPOE:
            layer = pppoe_read(walk);
            break;
        case LAYER_SEGMENT:
            return DECODE_SEGMENT;
        case LAYER_OTHER:
            return DECODE_OTHER;
        case LAYER_HELD:
            return DECODE_FRAGMENT;
        case LAYER_BAD:
            return DECODE_UNDECODABLE;
        }
    }
}

enum decode_result decode_packet(struct decoder *decoder, const struct helo_packet *packet,
                                 helo_time now, struct segment *segment,
                                 enum helo_undecodable *reason)
{
    struct walk walk = {
        .at = packet->data,
        .left = packet->captured,
        .wire = packet->length > packet->captured ? packet->length : packet->captured,
        .verify_checksums = decoder->verify_checksums,
        .now = now,
        .fragments = decoder->fragments,
        .segment = segment,
    };

    if (now >= decoder->due) {
        fragment_tidy(decoder->fragments, now);
        decoder->due = fragment_due(decoder->fragments);
    }
    segment->time = packet->time;
    segment->packet = packet->number;
    segment->vlan_count = 0;
    segment->tunnel_count = 0;
    segment->vlan[0] = segment->vlan[1] = 0;
    segment->source_mac = segment->destination_mac = NULL;
    enum decode_result result = walk_down(&walk, link_read(&walk, packet->link_type));
    if (walk.fragmented)
        decoder->due = fragment_due(decoder->fragments);
    *reason = walk.reason;
    return result;
}

bool decode_knows_link_type(int link_type)
{
    return link_known(link_type);
}

void decoder_free(struct decoder *decoder)
{
    if (decoder == NULL)
        return;
    fragment_free(decoder->fragments);
    mem_give(decoder->mem, decoder, sizeof(*decoder));
}
