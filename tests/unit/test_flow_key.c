/* Flow: VLANs and tunnels tell connections apart when, and only when, the key has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flow/flow.h"

/* The first packet of a connection, or with back the answer to it. */
static struct segment make_segment(bool back)
{
    struct segment segment;
    memset(&segment, 0xa5, sizeof(segment));
    segment.time = 1;
    segment.family = 4;
    segment.flags = back ? SEGMENT_SYN | SEGMENT_ACK : SEGMENT_SYN;
    memset(segment.source, 0, 16);
    memset(segment.destination, 0, 16);
    memcpy(segment.source, (const uint8_t[]){10, 0, 0, back ? 2 : 1}, 4);
    memcpy(segment.destination, (const uint8_t[]){10, 0, 0, back ? 1 : 2}, 4);
    segment.source_port = back ? 25 : 40000;
    segment.destination_port = back ? 40000 : 25;
    segment.source_mac = segment.destination_mac = NULL;
    segment.vlan_count = 0;
    segment.vlan[0] = segment.vlan[1] = 0;
    segment.tunnel_count = 0;
    return segment;
}

static void tag(struct segment *segment, uint8_t count, uint16_t outer, uint16_t inner)
{
    segment->vlan_count = count;
    segment->vlan[0] = outer;
    segment->vlan[1] = inner;
}

static void wrap(struct segment *segment, enum helo_tunnel_kind kind, bool has_id, uint32_t id)
{
    segment->tunnel[segment->tunnel_count++] =
        (struct helo_tunnel){.kind = (uint8_t)kind, .has_id = has_id, .id = id};
}

/* Ways in which a packet may be dressed. */
enum dress {
    BARE,
    PRIORITY_TAG, /* VLAN 0 is none (IEEE 802.1Q) */
    VLAN_7,
    VLAN_8,
    QINQ_7_8,
    VXLAN_0,
    VXLAN_42,
    VXLAN_43,
    GENEVE_42,
    VXLAN_42_AROUND_43,
    VXLAN_42_AROUND_GRE,
    VXLAN_WITHOUT_VNI,
    ERSPAN_7,
    DRESSES
};

static struct segment dressed(enum dress dress, bool back)
{
    struct segment segment = make_segment(back);
    if (dress == PRIORITY_TAG)
        tag(&segment, 1, 0, 0);
    if (dress == VLAN_7 || dress == VLAN_8)
        tag(&segment, 1, dress == VLAN_7 ? 7 : 8, 0);
    if (dress == QINQ_7_8)
        tag(&segment, 2, 7, 8);
    if (dress == VXLAN_0)
        wrap(&segment, HELO_TUNNEL_VXLAN, true, 0);
    if (dress == VXLAN_42 || dress == VXLAN_42_AROUND_43 || dress == VXLAN_42_AROUND_GRE)
        wrap(&segment, HELO_TUNNEL_VXLAN, true, 42);
    if (dress == VXLAN_43 || dress == VXLAN_42_AROUND_43)
        wrap(&segment, HELO_TUNNEL_VXLAN, true, 43);
    if (dress == GENEVE_42)
        wrap(&segment, HELO_TUNNEL_GENEVE, true, 42);
    if (dress == VXLAN_42_AROUND_GRE)
        wrap(&segment, HELO_TUNNEL_GRE, false, 0);
    if (dress == VXLAN_WITHOUT_VNI)
        wrap(&segment, HELO_TUNNEL_VXLAN, false, 0);
    if (dress == ERSPAN_7)
        wrap(&segment, HELO_TUNNEL_ERSPAN, true, 7);
    return segment;
}

/* Dresses of one number are one connection under a key with that part. */
static const struct {
    int vlan;
    int vni;
} groups[DRESSES] = {
    [BARE] = {0, 0},
    [PRIORITY_TAG] = {0, 0},
    [VLAN_7] = {7, 0},
    [VLAN_8] = {8, 0},
    [QINQ_7_8] = {78, 0},
    [VXLAN_0] = {0, 1},
    [VXLAN_42] = {0, 42},
    [VXLAN_43] = {0, 43},
    [GENEVE_42] = {0, 42},
    [VXLAN_42_AROUND_43] = {0, 43},
    [VXLAN_42_AROUND_GRE] = {0, 42},
    [VXLAN_WITHOUT_VNI] = {0, 0},
    [ERSPAN_7] = {0, 0},
};

/* Does the answer in dress b find the connection that dress a began? */
static bool meets(const struct flow_key *parts, enum dress a, enum dress b)
{
    static const uint8_t secret[192] = {1, 2, 3};
    const struct flow_timeouts timeouts = {.idle = HELO_SECOND};
    struct segment first = dressed(a, false);
    struct segment answer = dressed(b, true);
    struct mem *mem = mem_new(UINT64_C(1) << 20, 0);
    assert_non_null(mem);
    struct flow_table *table = flow_table_new(mem, secret, &timeouts, parts);
    assert_non_null(table);
    unsigned direction;
    struct flow *flow = flow_make(table, &first, 1, &direction);
    assert_non_null(flow);
    unsigned back;
    struct flow *found = flow_find(table, &answer, &back);
    assert_true(found == NULL || (found == flow && back == 1 - direction));
    flow_table_free(table);
    mem_destroy(mem);
    return found != NULL;
}

static void try_all(const struct flow_key *parts)
{
    for (int a = 0; a < DRESSES; a++) {
        for (int b = 0; b < DRESSES; b++) {
            bool same = (!parts->vlan || groups[a].vlan == groups[b].vlan) &&
                        (!parts->vni || groups[a].vni == groups[b].vni);
            assert_int_equal(meets(parts, (enum dress)a, (enum dress)b), same);
        }
    }
}

static void by_default_the_same_addresses_are_one_connection(void **state)
{
    (void)state;
    try_all(&(struct flow_key){.vlan = false, .vni = false});
}

static void vlans_tell_connections_apart(void **state)
{
    (void)state;
    try_all(&(struct flow_key){.vlan = true});
}

static void the_innermost_network_tells_connections_apart(void **state)
{
    (void)state;
    try_all(&(struct flow_key){.vni = true});
}

static void both_may_be_wanted(void **state)
{
    (void)state;
    try_all(&(struct flow_key){.vlan = true, .vni = true});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_default_the_same_addresses_are_one_connection),
        cmocka_unit_test(vlans_tell_connections_apart),
        cmocka_unit_test(the_innermost_network_tells_connections_apart),
        cmocka_unit_test(both_may_be_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
