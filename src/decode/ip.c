/* Reads IP headers down to the protocol that they carry. */
#include "decode/ip.h"

#include <string.h>

#include "base/bytes.h"
#include "base/limits.h"
#include "decode/checksum.h"

#define V4_HEADER       20u
#define V6_HEADER       40u
#define EXTENSION_MIN   8u
#define FRAGMENT_HEADER 8u

/* IANA's protocol numbers. */
enum protocol {
    PROTOCOL_HOP_BY_HOP = 0,
    PROTOCOL_IPV4 = 4,
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    PROTOCOL_IPV6 = 41,
    PROTOCOL_ROUTING = 43,
    PROTOCOL_FRAGMENT = 44,
    PROTOCOL_GRE = 47,
    PROTOCOL_AH = 51,
    PROTOCOL_DESTINATION = 60,
    PROTOCOL_MOBILITY = 135,
    PROTOCOL_MPLS = 137,
    PROTOCOL_HIP = 139,
    PROTOCOL_SHIM6 = 140,
};

static enum layer of_protocol(uint8_t protocol)
{
    switch (protocol) {
    case PROTOCOL_TCP:
        return LAYER_TCP;
    case PROTOCOL_UDP:
        return LAYER_UDP;
    case PROTOCOL_IPV4:
        return LAYER_IPV4_IN_IP;
    case PROTOCOL_IPV6:
        return LAYER_IPV6_IN_IP;
    case PROTOCOL_GRE:
        return LAYER_GRE;
    case PROTOCOL_MPLS:
        return LAYER_MPLS;
    default:
        return LAYER_OTHER;
    }
}

/* Takes the datagram's length as its header states it (0: segmentation offload or a jumbogram,
 * which lasts to the packet's end). Octets that the packet never had are no cut: a header that
 * claims them lies, and its receiver drops it too. */
static bool set_length(struct walk *walk, uint32_t total, uint32_t header)
{
    if (total == 0 && walk->wire <= LIMIT_OFFLOAD)
        total = walk->wire;
    if (total < header) {
        walk->reason = HELO_UNDECODABLE_IP_HEADER;
        return false;
    }
    if (total > walk->wire) {
        walk->reason = HELO_UNDECODABLE_TRUNCATED;
        return false;
    }
    walk_trim(walk, total);
    return true;
}

static void set_addresses(struct segment *segment, uint8_t family, const uint8_t *addresses)
{
    size_t size = family == 4 ? 4 : 16;

    segment->family = family;
    memset(segment->source, 0, sizeof(segment->source));
    memset(segment->destination, 0, sizeof(segment->destination));
    memcpy(segment->source, addresses, size);
    memcpy(segment->destination, addresses + size, size);
}

/* Tenants may use the same addresses: fragments meet only within one tunnel. */
static uint32_t realm_of(const struct segment *segment)
{
    if (segment->tunnel_count == 0)
        return 0;
    const struct helo_tunnel *tunnel = &segment->tunnel[segment->tunnel_count - 1];
    return (tunnel->kind + 1u) << 24 ^ (tunnel->has_id ? tunnel->id : 0);
}

/* Gives the cursor's octets to reassembly. True when that made the datagram whole: the cursor
 * stands on it, *protocol is what it holds. Else *end is how the walk ends. */
static bool reassemble(struct walk *walk, struct fragment *fragment, uint8_t *protocol,
                       enum layer *end)
{
    struct fragment_whole whole;

    if (walk->left < walk->wire) {
        *end = walk_fail(walk, HELO_UNDECODABLE_FRAGMENT);
        return false;
    }
    fragment->family = walk->segment->family;
    fragment->source = walk->segment->source;
    fragment->destination = walk->segment->destination;
    fragment->realm = realm_of(walk->segment);
    fragment->data = walk->at;
    fragment->len = walk->left;
    walk->fragmented = true;
    switch (fragment_push(walk->fragments, fragment, walk->now, &whole)) {
    case FRAGMENT_WHOLE:
        walk->at = whole.data;
        walk->left = whole.len;
        walk->wire = whole.len;
        *protocol = whole.protocol;
        walk->doubtful |= whole.differed;
        return true;
    case FRAGMENT_HELD:
        *end = LAYER_HELD;
        return false;
    default:
        *end = walk_fail(walk, HELO_UNDECODABLE_FRAGMENT);
        return false;
    }
}

static enum layer read_v4_fragment(struct walk *walk, uint16_t id, uint16_t place, uint8_t protocol)
{
    struct fragment fragment = {.id = id,
                                .protocol = protocol,
                                .offset = (place & 0x1fffu) * 8u,
                                .more = (place & 0x2000) != 0};
    enum layer end = LAYER_OTHER;

    /* Every IPv4 fragment names the protocol: what leads nowhere need not be kept. */
    if (of_protocol(protocol) == LAYER_OTHER || !reassemble(walk, &fragment, &protocol, &end))
        return end;
    return of_protocol(protocol);
}

enum layer ip_read_v4(struct walk *walk)
{
    if (!walk_holds(walk, V4_HEADER, HELO_UNDECODABLE_IP_HEADER))
        return LAYER_BAD;
    const uint8_t *ip = walk->at;
    uint32_t header = (ip[0] & 0x0fu) * 4u;
    if (ip[0] >> 4 != 4 || header < V4_HEADER)
        return walk_fail(walk, HELO_UNDECODABLE_IP_HEADER);
    if (!walk_holds(walk, header, HELO_UNDECODABLE_IP_HEADER) ||
        !set_length(walk, bytes_u16(ip + 2), header))
        return LAYER_BAD;
    if (walk->verify_checksums && !checksum_right(checksum_add(0, ip, header)))
        return walk_fail(walk, HELO_UNDECODABLE_CHECKSUM);
    set_addresses(walk->segment, 4, ip + 12);
    walk->rerouted = false;
    walk_step(walk, header);
    uint16_t place = bytes_u16(ip + 6);
    if ((place & 0x3fff) != 0)
        return read_v4_fragment(walk, bytes_u16(ip + 4), place, ip[9]);
    return of_protocol(ip[9]);
}

/* The headers of RFC 8200 section 4 and RFC 7045 that can be stepped over. */
static bool is_extension(uint8_t next)
{
    switch (next) {
    case PROTOCOL_HOP_BY_HOP:
    case PROTOCOL_ROUTING:
    case PROTOCOL_FRAGMENT:
    case PROTOCOL_AH:
    case PROTOCOL_DESTINATION:
    case PROTOCOL_MOBILITY:
    case PROTOCOL_HIP:
    case PROTOCOL_SHIM6:
        return true;
    default:
        return false;
    }
}

/* Steps over the extension header at the cursor, *next being its kind and then what follows. */
static bool skip_extension(struct walk *walk, uint8_t *next)
{
    if (!walk_holds(walk, EXTENSION_MIN, HELO_UNDECODABLE_IP_HEADER))
        return false;
    const uint8_t *extension = walk->at;
    /* RFC 4302 section 2.2: AH alone counts in units of four octets. */
    uint32_t size = *next == PROTOCOL_AH ? (extension[1] + 2u) * 4u : (extension[1] + 1u) * 8u;
    if (!walk_holds(walk, size, HELO_UNDECODABLE_IP_HEADER))
        return false;
    /* RFC 8200 section 8.1: the checksum is over the last destination of the route. */
    if (*next == PROTOCOL_ROUTING && extension[3] != 0)
        walk->rerouted = true;
    *next = extension[0];
    walk_step(walk, size);
    return true;
}

/* RFC 8200 section 4.5. True: go on with *next at the cursor; else *end is how the walk ends. */
static bool read_v6_fragment(struct walk *walk, uint8_t *next, enum layer *end)
{
    if (!walk_holds(walk, FRAGMENT_HEADER, HELO_UNDECODABLE_IP_HEADER)) {
        *end = LAYER_BAD;
        return false;
    }
    uint16_t place = bytes_u16(walk->at + 2);
    struct fragment fragment = {.id = bytes_u32(walk->at + 4),
                                .protocol = walk->at[0],
                                .offset = place & 0xfff8u,
                                .more = (place & 1) != 0};
    walk_step(walk, FRAGMENT_HEADER);
    /* RFC 6946: an atomic fragment is whole, whatever else has its identification. */
    if (fragment.offset == 0 && !fragment.more) {
        *next = fragment.protocol;
        return true;
    }
    return reassemble(walk, &fragment, next, end);
}

static enum layer read_extensions(struct walk *walk, uint8_t next)
{
    enum layer end = LAYER_BAD;

    for (unsigned count = 0; is_extension(next); count++) {
        if (count == LIMIT_EXTENSIONS)
            return walk_fail(walk, HELO_UNDECODABLE_NESTING);
        if (next == PROTOCOL_FRAGMENT) {
            if (!read_v6_fragment(walk, &next, &end))
                return end;
        } else if (!skip_extension(walk, &next)) {
            return LAYER_BAD;
        }
    }
    return of_protocol(next);
}

enum layer ip_read_v6(struct walk *walk)
{
    if (!walk_holds(walk, V6_HEADER, HELO_UNDECODABLE_IP_HEADER))
        return LAYER_BAD;
    const uint8_t *ip = walk->at;
    if (ip[0] >> 4 != 6)
        return walk_fail(walk, HELO_UNDECODABLE_IP_HEADER);
    uint32_t payload = bytes_u16(ip + 4);
    if (!set_length(walk, payload != 0 ? payload + V6_HEADER : 0, V6_HEADER))
        return LAYER_BAD;
    set_addresses(walk->segment, 6, ip + 8);
    walk->rerouted = false;
    walk_step(walk, V6_HEADER);
    return read_extensions(walk, ip[6]);
}

enum layer ip_read_any(struct walk *walk)
{
    if (!walk_holds(walk, 1, HELO_UNDECODABLE_IP_HEADER))
        return LAYER_BAD;
    return walk->at[0] >> 4 == 6 ? LAYER_IPV6 : LAYER_IPV4;
}

static const struct helo_tunnel in_ip = {.kind = HELO_TUNNEL_IPIP};

enum layer ip_read_v4_in_ip(struct walk *walk)
{
    return walk_enter(walk, in_ip) ? ip_read_v4(walk) : LAYER_BAD;
}

enum layer ip_read_v6_in_ip(struct walk *walk)
{
    return walk_enter(walk, in_ip) ? ip_read_v6(walk) : LAYER_BAD;
}
