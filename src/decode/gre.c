/* Reads GRE headers and the three types of ERSPAN (draft-foschiano-erspan). */
#include "decode/gre.h"

#include "base/bytes.h"
#include "decode/link.h"

#define GRE_HEADER 4u
#define GRE_OPTION 4u /* checksum, key and sequence number have four octets each */

/* RFC 2784 section 2.1 and RFC 2890 section 2. */
enum gre_flag {
    GRE_CHECKSUM = 0x8000,
    GRE_KEY = 0x2000,
    GRE_SEQUENCE = 0x1000,
    GRE_FOREIGN = 0x4c00, /* RFC 1701's routing and the like, which must not be guessed at */
    GRE_VERSION = 0x0007, /* 1 is PPTP's */
};

enum gre_protocol {
    GRE_ETHERNET = 0x6558,
    GRE_ERSPAN = 0x88be, /* type II, or type I when there is no sequence number */
    GRE_ERSPAN_III = 0x22eb,
};

#define ERSPAN_II_HEADER    8u
#define ERSPAN_III_HEADER   12u
#define ERSPAN_III_PLATFORM 8u
#define ERSPAN_TRUNCATED    0x0400
#define ERSPAN_SESSION      0x03ff

/* ERSPAN III names the kind of what it carries. */
enum erspan_frame { ERSPAN_FRAME_ETHERNET = 0, ERSPAN_FRAME_IP = 2 };

static enum layer read_erspan_i(struct walk *walk)
{
    const struct helo_tunnel tunnel = {.kind = HELO_TUNNEL_ERSPAN};
    return walk_enter(walk, tunnel) ? link_read_ethernet(walk) : LAYER_BAD;
}

/* The four octets that types II and III begin with: version, VLAN, flags, session. True: go on
 * behind a header of so many octets. */
static bool read_erspan(struct walk *walk, uint8_t version, uint32_t header)
{
    uint16_t flags = bytes_u16(walk->at + 2);
    const struct helo_tunnel tunnel = {
        .kind = HELO_TUNNEL_ERSPAN, .has_id = true, .id = flags & ERSPAN_SESSION};

    if (walk->at[0] >> 4 != version) {
        walk->reason = HELO_UNDECODABLE_TUNNEL_HEADER;
        return false;
    }
    if (!walk_holds(walk, header, HELO_UNDECODABLE_TUNNEL_HEADER) || !walk_enter(walk, tunnel))
        return false;
    walk_step(walk, header);
    if ((flags & ERSPAN_TRUNCATED) != 0)
        walk_continue_unseen(walk);
    return true;
}

static enum layer read_erspan_ii(struct walk *walk)
{
    if (!walk_holds(walk, ERSPAN_II_HEADER, HELO_UNDECODABLE_TUNNEL_HEADER) ||
        !read_erspan(walk, 1, ERSPAN_II_HEADER))
        return LAYER_BAD;
    return link_read_ethernet(walk);
}

static enum layer read_erspan_iii(struct walk *walk)
{
    if (!walk_holds(walk, ERSPAN_III_HEADER, HELO_UNDECODABLE_TUNNEL_HEADER))
        return LAYER_BAD;
    uint16_t last = bytes_u16(walk->at + 10);
    bool has_platform = (last & 1) != 0;
    uint8_t frame = last >> 10 & 0x1f;
    if (!read_erspan(walk, 2, ERSPAN_III_HEADER + (has_platform ? ERSPAN_III_PLATFORM : 0)))
        return LAYER_BAD;
    switch (frame) {
    case ERSPAN_FRAME_ETHERNET:
        return link_read_ethernet(walk);
    case ERSPAN_FRAME_IP:
        return LAYER_IP;
    default:
        return LAYER_OTHER;
    }
}

static enum layer read_content(struct walk *walk, uint16_t protocol, bool has_sequence)
{
    const struct helo_tunnel tunnel = {.kind = HELO_TUNNEL_GRE};

    if (protocol == GRE_ERSPAN)
        return has_sequence ? read_erspan_ii(walk) : read_erspan_i(walk);
    if (protocol == GRE_ERSPAN_III)
        return read_erspan_iii(walk);
    enum layer layer = link_of_ethertype(protocol);
    if (layer == LAYER_OTHER && protocol != GRE_ETHERNET)
        return LAYER_OTHER;
    if (!walk_enter(walk, tunnel))
        return LAYER_BAD;
    return protocol == GRE_ETHERNET ? link_read_ethernet(walk) : layer;
}

enum layer gre_read(struct walk *walk)
{
    if (!walk_holds(walk, GRE_HEADER, HELO_UNDECODABLE_TUNNEL_HEADER))
        return LAYER_BAD;
    uint16_t flags = bytes_u16(walk->at);
    uint16_t protocol = bytes_u16(walk->at + 2);
    if ((flags & (GRE_FOREIGN | GRE_VERSION)) != 0)
        return LAYER_OTHER;
    uint32_t size = GRE_HEADER;
    size += (flags & GRE_CHECKSUM) != 0 ? GRE_OPTION : 0;
    size += (flags & GRE_KEY) != 0 ? GRE_OPTION : 0;
    size += (flags & GRE_SEQUENCE) != 0 ? GRE_OPTION : 0;
    if (!walk_holds(walk, size, HELO_UNDECODABLE_TUNNEL_HEADER))
        return LAYER_BAD;
    walk_step(walk, size);
    return read_content(walk, protocol, (flags & GRE_SEQUENCE) != 0);
}
