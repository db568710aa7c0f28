/* Reads MPLS label stacks; what they carry shows in its first four bits. */
#include "decode/mpls.h"

#include "decode/link.h"

#define LABEL        4u
#define CONTROL_WORD 4u

/* The first nibble behind the stack (RFC 4928 section 3, RFC 4385 section 3). */
enum nibble { NIBBLE_CONTROL_WORD = 0, NIBBLE_IPV4 = 4, NIBBLE_IPV6 = 6 };

static bool skip_stack(struct walk *walk)
{
    bool bottom = false;

    for (unsigned count = 0; !bottom; count++) {
        if (count == LIMIT_LABELS) {
            walk->reason = HELO_UNDECODABLE_NESTING;
            return false;
        }
        if (!walk_holds(walk, LABEL, HELO_UNDECODABLE_TUNNEL_HEADER))
            return false;
        bottom = (walk->at[2] & 1) != 0;
        walk_step(walk, LABEL);
    }
    return true;
}

enum layer mpls_read(struct walk *walk)
{
    const struct helo_tunnel tunnel = {.kind = HELO_TUNNEL_MPLS};

    if (!walk_enter(walk, tunnel) || !skip_stack(walk) ||
        !walk_holds(walk, 1, HELO_UNDECODABLE_TUNNEL_HEADER))
        return LAYER_BAD;
    switch (walk->at[0] >> 4) {
    case NIBBLE_IPV4:
        return LAYER_IPV4;
    case NIBBLE_IPV6:
        return LAYER_IPV6;
    case NIBBLE_CONTROL_WORD:
        if (!walk_holds(walk, CONTROL_WORD, HELO_UNDECODABLE_TUNNEL_HEADER))
            return LAYER_BAD;
        walk_step(walk, CONTROL_WORD);
        return link_read_ethernet(walk);
    default:
        return LAYER_OTHER;
    }
}
