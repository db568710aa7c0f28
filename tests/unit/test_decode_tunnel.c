/* Decode: the segment inside every tunnel, alone and nested, whole and in fragments, and lies. */
#include "decode_tunnels.h"

static struct build b;
static struct rig rig;

static int open_rig(void **state)
{
    (void)state;
    rig_open(&rig, false);
    return 0;
}

static int close_rig(void **state)
{
    (void)state;
    rig_close(&rig);
    return 0;
}

static void assert_tunnel(unsigned index, struct helo_tunnel expected)
{
    assert_true(index < rig.segment.tunnel_count);
    assert_int_equal(rig.segment.tunnel[index].kind, expected.kind);
    assert_int_equal(rig.segment.tunnel[index].has_id, expected.has_id);
    assert_int_equal(rig.segment.tunnel[index].id, expected.id);
}

/* The innermost packet is build_plain's. */
static void assert_inner(int family, size_t payload)
{
    const struct segment *s = &rig.segment;
    uint8_t address[2][16] = {{0}, {0}};
    struct build *expected = malloc(sizeof(*expected));

    assert_non_null(expected);
    for (int i = 0; i < 2; i++)
        memcpy(address[i], family == 4 ? build_v4[i] : build_v6[i], family == 4 ? 4 : 16);
    build_payload(expected, payload);
    assert_int_equal(s->family, family);
    assert_memory_equal(s->source, address[0], 16);
    assert_memory_equal(s->destination, address[1], 16);
    assert_int_equal(s->source_port, BUILD_SOURCE_PORT);
    assert_int_equal(s->destination_port, BUILD_DESTINATION_PORT);
    assert_int_equal(s->seq, BUILD_SEQ);
    assert_int_equal(s->payload_len, payload);
    assert_int_equal(s->cut, 0);
    if (payload != 0)
        assert_memory_equal(s->payload, build_data(expected), payload);
    free(expected);
}

static void each_encapsulation_leads_to_the_segment_inside(void **state)
{
    (void)state;
    for (size_t i = 0; i < WRAPS; i++) {
        const struct wrap *wrap = &wraps[i];
        build_wrapped(&b, wrap, 100);
        assert_int_equal(rig_build(&rig, LINK_EN10MB, &b), DECODE_SEGMENT);
        assert_inner(wrap_family(wrap), 100);
        assert_int_equal(rig.segment.tunnel_count, wrap->count);
        for (unsigned t = 0; t < wrap->count; t++)
            assert_tunnel(t, wrap->tunnels[t]);
        /* The innermost frame's; where there is IP alone inside, the outer frame's. */
        bool inner = wrap->content == TYPE_FRAME;
        assert_int_equal(rig.segment.source_mac[5], inner ? build_macs[11] : 0xee);
        assert_int_equal(rig.segment.destination_mac[5], inner ? build_macs[5] : 0xee);
    }
}

static void a_packet_without_a_tunnel_has_none_after_one_with(void **state)
{
    (void)state;
    build_wrapped(&b, &wraps[0], 1);
    assert_int_equal(rig_build(&rig, LINK_EN10MB, &b), DECODE_SEGMENT);
    assert_int_equal(rig.segment.tunnel_count, 1);
    build_plain(&b, 4, 1);
    assert_int_equal(rig_build(&rig, LINK_EN10MB, &b), DECODE_SEGMENT);
    assert_int_equal(rig.segment.tunnel_count, 0);
}

static void padding_behind_a_tunnel_is_no_payload(void **state)
{
    (void)state;
    for (size_t i = 0; i < WRAPS; i++) {
        build_wrapped(&b, &wraps[i], 3);
        build_pad(&b, 20);
        assert_int_equal(rig_build(&rig, LINK_EN10MB, &b), DECODE_SEGMENT);
        assert_inner(wrap_family(&wraps[i]), 3);
    }
}

static void the_snap_length_cuts_inside_a_tunnel_too(void **state)
{
    (void)state;
    for (size_t i = 0; i < WRAPS; i++) {
        build_wrapped(&b, &wraps[i], 100);
        uint32_t length = build_len(&b);
        for (uint32_t cut = 0; cut <= 100; cut++) {
            enum decode_result result =
                rig_decode(&rig, LINK_EN10MB, build_data(&b), length - cut, length, 1);
            assert_int_equal(result, DECODE_SEGMENT);
            assert_int_equal(rig.segment.payload_len, 100 - cut);
            assert_int_equal(rig.segment.cut, cut);
        }
    }
}

/* Nesting */

/* Can go around a packet whose outer frame holds IP of this version (0: none)? */
static bool fits(const struct wrap *wrap, int outer)
{
    return wrap->content == TYPE_FRAME || (wrap->content == TYPE_IPV4 && outer == 4) ||
           (wrap->content == TYPE_IPV6 && outer == 6);
}

/* Puts one row around the packet, whose own outer IP is of version *outer. */
static void wrap_again(const struct wrap *wrap, int *outer)
{
    if (wrap->content != TYPE_FRAME)
        b.start += 14;
    wrap->put(&b);
    *outer = wrap->outer;
}

static void every_pair_nests_in_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < WRAPS; i++) {
        for (size_t o = 0; o < WRAPS; o++) {
            int outer = wraps[i].outer;
            if (!fits(&wraps[o], outer))
                continue;
            build_wrapped(&b, &wraps[i], 20);
            wrap_again(&wraps[o], &outer);
            assert_int_equal(rig_build(&rig, LINK_EN10MB, &b), DECODE_SEGMENT);
            assert_inner(wrap_family(&wraps[i]), 20);
            assert_int_equal(rig.segment.tunnel_count, wraps[i].count + wraps[o].count);
            assert_tunnel(0, wraps[o].tunnels[0]);
            assert_tunnel(wraps[o].count, wraps[i].tunnels[0]);
        }
    }
}

static void build_deep(const struct wrap *wrap, unsigned depth)
{
    int outer = wrap->outer;
    build_wrapped(&b, wrap, 10);
    for (unsigned i = 1; i < depth; i++)
        wrap_again(wrap, &outer);
}

static void eight_tunnels_are_followed_and_nine_are_not(void **state)
{
    (void)state;
    unsigned tried = 0;
    for (size_t i = 0; i < WRAPS; i++) {
        if (!fits(&wraps[i], wraps[i].outer) || wraps[i].count > 1)
            continue;
        build_deep(&wraps[i], LIMIT_NESTING);
        assert_int_equal(rig_build(&rig, LINK_EN10MB, &b), DECODE_SEGMENT);
        assert_inner(wrap_family(&wraps[i]), 10);
        assert_int_equal(rig.segment.tunnel_count, LIMIT_NESTING);
        for (unsigned t = 0; t < LIMIT_NESTING; t++)
            assert_tunnel(t, wraps[i].tunnels[0]);
        build_deep(&wraps[i], LIMIT_NESTING + 1);
        assert_bad(&rig, rig_build(&rig, LINK_EN10MB, &b), HELO_UNDECODABLE_NESTING);
        tried++;
    }
    assert_true(tried > 15);
}

static void tags_and_tunnels_share_the_bound(void **state)
{
    (void)state;
    for (unsigned tags = 1; tags <= LIMIT_NESTING; tags++) {
        for (unsigned more = 0; more <= 1; more++) {
            int outer = 4;
            build_plain(&b, 4, 10);
            for (unsigned i = 0; i < LIMIT_NESTING - tags + more; i++)
                wrap_again(&wraps[2], &outer);
            b.start += 14;
            for (unsigned i = 0; i < tags; i++)
                build_vlan(&b, 5, i == 0 ? TYPE_IPV4 : 0x8100);
            build_outer_frame(&b, 0x8100);
            enum decode_result result = rig_build(&rig, LINK_EN10MB, &b);
            if (more == 0)
                assert_int_equal(result, DECODE_SEGMENT);
            else
                assert_bad(&rig, result, HELO_UNDECODABLE_NESTING);
        }
    }
}

static void a_label_stack_is_one_tunnel_and_bounded(void **state)
{
    (void)state;
    build_plain(&b, 4, 10);
    b.start += 14;
    build_labels(&b, LIMIT_LABELS + 1);
    build_outer_frame(&b, TYPE_MPLS);
    assert_bad(&rig, rig_build(&rig, LINK_EN10MB, &b), HELO_UNDECODABLE_NESTING);
}

/* A VXLAN packet with so many tags in its inner and in its outer frame. */
static void build_tagged(unsigned inner, unsigned outer)
{
    build_plain(&b, 4, 10);
    uint8_t macs[12];
    memcpy(macs, build_data(&b), 12);
    b.start += 14;
    for (unsigned i = inner; i > 0; i--)
        build_vlan(&b, (uint16_t)(200 + i), i == inner ? TYPE_IPV4 : 0x8100);
    build_ethernet(&b, inner != 0 ? 0x8100 : TYPE_IPV4);
    wraps[12].put(&b);
    b.start += 14;
    for (unsigned i = outer; i > 0; i--)
        build_vlan(&b, (uint16_t)(100 + i), i == outer ? TYPE_IPV4 : 0x8100);
    build_outer_frame(&b, outer != 0 ? 0x8100 : TYPE_IPV4);
}

static void the_outermost_and_the_innermost_tag_are_kept_across_tunnels(void **state)
{
    (void)state;
    for (unsigned inner = 0; inner <= 3; inner++) {
        for (unsigned outer = 0; outer <= 3; outer++) {
            build_tagged(inner, outer);
            assert_int_equal(rig_build(&rig, LINK_EN10MB, &b), DECODE_SEGMENT);
            unsigned tags = inner + outer;
            unsigned first = outer != 0 ? 101 : 201;
            unsigned last = inner != 0 ? 200 + inner : 100 + outer;
            assert_int_equal(rig.segment.vlan_count, tags < 2 ? tags : 2);
            assert_int_equal(rig.segment.vlan[0], tags > 0 ? first : 0);
            assert_int_equal(rig.segment.vlan[1], tags > 1 ? last : 0);
        }
    }
}

/* Fragments */

/* The IP packet in b in two parts, the first of so many octets behind its header, decoded one after
 * the other within a tunnel or (wrap NULL) alone; what the last one gave. */
static enum decode_result send_parts(int family, uint32_t first, const struct wrap *wrap)
{
    static struct build whole;
    enum decode_result result = DECODE_OTHER;
    whole = b;
    uint32_t header = family == 4 ? 20 : 40;
    uint8_t protocol = build_data(&whole)[family == 4 ? 9 : 6];
    uint32_t total = build_len(&whole) - header;

    for (unsigned part = 0; part < 2; part++) {
        uint32_t from = part == 0 ? 0 : first;
        uint32_t to = part == 0 ? first : total;
        build_bytes(&b, build_data(&whole) + header + from, to - from);
        if (family == 4) {
            build_ipv4(&b, protocol, 77, (uint16_t)(from / 8 | (part == 0 ? 0x2000 : 0)), 0);
        } else {
            build_fragment(&b, protocol, 77, (uint16_t)(from | (part == 0 ? 1 : 0)));
            build_ipv6(&b, 44);
        }
        if (wrap == NULL || wrap->content == TYPE_FRAME)
            build_ethernet(&b, family == 4 ? TYPE_IPV4 : TYPE_IPV6);
        if (wrap != NULL)
            wrap->put(&b);
        result = rig_build(&rig, LINK_EN10MB, &b);
        if (part == 0)
            assert_int_equal(result, DECODE_FRAGMENT);
    }
    return result;
}

static void outer_datagrams_in_fragments_are_joined(void **state)
{
    (void)state;
    for (size_t i = 0; i < WRAPS; i++) {
        if (wraps[i].outer == 0)
            continue;
        for (uint32_t first = 8; first <= 64; first += 8) {
            build_wrapped(&b, &wraps[i], 300);
            b.start += 14;
            assert_int_equal(send_parts(wraps[i].outer, first, NULL), DECODE_SEGMENT);
            assert_inner(wrap_family(&wraps[i]), 300);
            assert_int_equal(rig.segment.tunnel_count, wraps[i].count);
            assert_tunnel(0, wraps[i].tunnels[0]);
        }
    }
}

static void inner_datagrams_in_fragments_are_joined(void **state)
{
    (void)state;
    for (size_t i = 0; i < WRAPS; i++) {
        int family = wrap_family(&wraps[i]);
        build_plain(&b, family, 300);
        b.start += 14;
        assert_int_equal(send_parts(family, 64, &wraps[i]), DECODE_SEGMENT);
        assert_inner(family, 300);
        assert_int_equal(rig.segment.tunnel_count, wraps[i].count);
    }
}

/* Fragments of inner fragments: the outer datagram of each is in two parts. */
static void fragments_inside_fragments_are_joined(void **state)
{
    (void)state;
    static struct build inner;
    enum decode_result result = DECODE_OTHER;
    build_plain(&inner, 4, 400);
    inner.start += 14;
    for (unsigned part = 0; part < 2; part++) {
        uint32_t from = part == 0 ? 0 : 200;
        uint32_t len = part == 0 ? 200 : build_len(&inner) - 20 - 200;
        build_bytes(&b, build_data(&inner) + 20 + from, len);
        build_ipv4(&b, 6, 55, part == 0 ? 0x2000 : 25, 0);
        build_ethernet(&b, TYPE_IPV4);
        wraps[12].put(&b);
        b.start += 14;
        result = send_parts(4, 64, NULL);
        if (part == 0)
            assert_int_equal(result, DECODE_FRAGMENT);
    }
    assert_int_equal(result, DECODE_SEGMENT);
    assert_inner(4, 400);
}

static void fragments_from_different_networks_do_not_meet(void **state)
{
    (void)state;
    static const uint32_t networks[2] = {1, 2};
    static struct build whole;
    build_plain(&whole, 4, 100);
    whole.start += 34;
    uint32_t total = build_len(&whole);
    /* The first part in both networks, then the last part in both. */
    for (unsigned turn = 0; turn < 4; turn++) {
        bool last = turn >= 2;
        build_bytes(&b, build_data(&whole) + (last ? 64 : 0), last ? total - 64 : 64);
        if (turn % 2 == 1 && !last)
            build_data(&b)[63] ^= 0xff; /* payload of the second network's */
        build_ipv4(&b, 6, 77, last ? 8 : 0x2000, 0);
        build_ethernet(&b, TYPE_IPV4);
        build_vxlan(&b, 8, 0, networks[turn % 2]);
        build_outer(&b, 4, 17);
        enum decode_result result = rig_build(&rig, LINK_EN10MB, &b);
        assert_int_equal(result, last ? DECODE_SEGMENT : DECODE_FRAGMENT);
        if (turn == 2)
            assert_inner(4, 100);
        if (turn == 3)
            assert_int_equal(rig.segment.payload[43], build_data(&whole)[63] ^ 0xff);
    }
}

/* Lies */

enum place { AT_TUNNEL, AT_UDP };

/* Changes octets of a wrapped packet, counted from the tunnel's header or the UDP header. */
static const struct lie {
    void (*put)(struct build *b);
    enum place place;
    uint8_t offset;
    uint8_t value;
    enum decode_result result;
    enum helo_undecodable reason;
} lies[] = {
    {wrap_gretap, AT_TUNNEL, 1, 0x01, DECODE_OTHER, 0}, /* PPTP */
    {wrap_gretap, AT_TUNNEL, 1, 0x02, DECODE_OTHER, 0},
    {wrap_gretap, AT_TUNNEL, 0, 0x40, DECODE_OTHER, 0}, /* routing */
    {wrap_gretap, AT_TUNNEL, 0, 0x08, DECODE_OTHER, 0}, /* strict source route */
    {wrap_gretap, AT_TUNNEL, 0, 0x04, DECODE_OTHER, 0}, /* recursion */
    {wrap_gretap, AT_TUNNEL, 2, 0x88, DECODE_OTHER, 0}, /* no known protocol */
    {wrap_erspan_ii, AT_TUNNEL, 8, 0x00, DECODE_UNDECODABLE, HELO_UNDECODABLE_TUNNEL_HEADER},
    {wrap_erspan_ii, AT_TUNNEL, 8, 0x20, DECODE_UNDECODABLE, HELO_UNDECODABLE_TUNNEL_HEADER},
    {wrap_erspan_iii, AT_TUNNEL, 8, 0x10, DECODE_UNDECODABLE, HELO_UNDECODABLE_TUNNEL_HEADER},
    {wrap_erspan_iii, AT_TUNNEL, 18, 0x04, DECODE_OTHER, 0}, /* frame type 1 */
    {wrap_erspan_iii, AT_TUNNEL, 18, 0x7c, DECODE_OTHER, 0},
    {wrap_vxlan, AT_UDP, 2, 0x11, DECODE_OTHER, 0}, /* another port */
    {wrap_vxlan, AT_UDP, 4, 0xff, DECODE_OTHER, 0}, /* longer than IP says */
    {wrap_vxlan, AT_TUNNEL, 0, 0x00, DECODE_OTHER, 0},
    {wrap_vxlan, AT_TUNNEL, 0, 0x80, DECODE_OTHER, 0},
    {wrap_vxlan, AT_TUNNEL, 0, 0x0c, DECODE_OTHER, 0},
    {wrap_vxlan, AT_TUNNEL, 0, 0xff, DECODE_OTHER, 0},
    {wrap_gpe_frame, AT_TUNNEL, 0, 0x00, DECODE_OTHER, 0},
    {wrap_gpe_frame, AT_TUNNEL, 0, 0x1c, DECODE_OTHER, 0}, /* version 1 */
    {wrap_gpe_frame, AT_TUNNEL, 0, 0x0d, DECODE_OTHER, 0}, /* OAM */
    {wrap_gpe_frame, AT_TUNNEL, 0, 0x8c, DECODE_OTHER, 0}, /* reserved */
    {wrap_gpe_frame, AT_TUNNEL, 3, 4, DECODE_OTHER, 0},    /* NSH */
    {wrap_gpe_frame, AT_TUNNEL, 3, 0, DECODE_OTHER, 0},
    {wrap_geneve, AT_TUNNEL, 0, 0x40, DECODE_OTHER, 0}, /* version 1 */
    {wrap_geneve, AT_TUNNEL, 0, 0x80, DECODE_OTHER, 0},
    {wrap_geneve, AT_TUNNEL, 0, 0x3f, DECODE_OTHER, 0}, /* options longer than the datagram */
    {wrap_geneve, AT_TUNNEL, 1, 0x80, DECODE_OTHER, 0}, /* control */
    {wrap_geneve, AT_TUNNEL, 2, 0x88, DECODE_OTHER, 0},
    {wrap_4_in_4, AT_TUNNEL, 0, 0x65, DECODE_UNDECODABLE, HELO_UNDECODABLE_IP_HEADER},
    {wrap_6_in_4, AT_TUNNEL, 0, 0x45, DECODE_UNDECODABLE, HELO_UNDECODABLE_IP_HEADER},
    {wrap_4_in_4, AT_TUNNEL, 2, 0x01, DECODE_UNDECODABLE, HELO_UNDECODABLE_TRUNCATED},
    {wrap_6_in_4, AT_TUNNEL, 4, 0x01, DECODE_UNDECODABLE, HELO_UNDECODABLE_TRUNCATED},
    {wrap_mpls_multicast, AT_TUNNEL, 4, 0x10, DECODE_OTHER, 0}, /* associated channel */
    {wrap_mpls_multicast, AT_TUNNEL, 4, 0xf0, DECODE_OTHER, 0},
    {wrap_pppoe_v4, AT_TUNNEL, 0, 0x12, DECODE_UNDECODABLE, HELO_UNDECODABLE_TUNNEL_HEADER},
    {wrap_pppoe_v4, AT_TUNNEL, 1, 0xa7, DECODE_UNDECODABLE, HELO_UNDECODABLE_TUNNEL_HEADER},
    {wrap_pppoe_v4, AT_TUNNEL, 4, 0x01, DECODE_UNDECODABLE, HELO_UNDECODABLE_TUNNEL_HEADER},
    {wrap_pppoe_v4, AT_TUNNEL, 5, 0x01, DECODE_UNDECODABLE, HELO_UNDECODABLE_TUNNEL_HEADER},
    {wrap_pppoe_v4, AT_TUNNEL, 5, 0x00, DECODE_UNDECODABLE, HELO_UNDECODABLE_TUNNEL_HEADER},
    {wrap_pppoe_v4, AT_TUNNEL, 5, 40, DECODE_UNDECODABLE, HELO_UNDECODABLE_TRUNCATED},
    {wrap_pppoe_v4, AT_TUNNEL, 6, 0xc0, DECODE_OTHER, 0}, /* LCP */
};

static const struct wrap *row_of(void (*put)(struct build *b))
{
    size_t i = 0;
    while (i < WRAPS && wraps[i].put != put)
        i++;
    assert_true(i < WRAPS);
    return &wraps[i];
}

static void headers_that_lie_have_their_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        const struct wrap *wrap = row_of(lies[i].put);
        build_wrapped(&b, wrap, 30);
        size_t ip = wrap->outer == 4 ? 20 : wrap->outer == 6 ? 40 : 0;
        size_t at = 14 + ip + lies[i].offset;
        bool is_udp = build_data(&b)[23] == 17 && wrap->outer == 4;
        if (lies[i].place == AT_TUNNEL && is_udp)
            at += 8;
        build_data(&b)[at] = lies[i].value;
        enum decode_result result = rig_build(&rig, LINK_EN10MB, &b);
        assert_int_equal(result, lies[i].result);
        if (result == DECODE_UNDECODABLE)
            assert_int_equal(rig.reason, lies[i].reason);
    }
}

static void a_udp_length_is_kept_to(void **state)
{
    (void)state;
    static const struct {
        uint16_t length;
        enum decode_result result;
    } cases[] = {
        {0, DECODE_SEGMENT},                                                   /* offload */
        {1, DECODE_OTHER},        {7, DECODE_OTHER},        {8, DECODE_OTHER}, /* no VXLAN header */
        {15, DECODE_OTHER},       {16, DECODE_UNDECODABLE},                    /* no frame */
        {29, DECODE_UNDECODABLE}, {30, DECODE_UNDECODABLE}, {99, DECODE_UNDECODABLE},
        {100, DECODE_SEGMENT},    {101, DECODE_OTHER},      {0xffff, DECODE_OTHER},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        build_wrapped(&b, &wraps[12], 100 - 8 - 8 - 14 - 20 - 20);
        put16(build_data(&b) + 14 + 20 + 4, cases[i].length);
        assert_int_equal(rig_build(&rig, LINK_EN10MB, &b), cases[i].result);
    }
}

static void udp_to_other_ports_is_other_however_short(void **state)
{
    (void)state;
    for (uint32_t len = 0; len < 30; len++) {
        build_payload(&b, len);
        build_ipv4(&b, 17, 1, 0, 0);
        assert_int_equal(rig_build(&rig, LINK_RAW, &b), DECODE_OTHER);
    }
    build_wrapped(&b, &wraps[12], 10);
    put16(build_data(&b) + 34, 4789);
    put16(build_data(&b) + 36, 55555);
    assert_int_equal(rig_build(&rig, LINK_EN10MB, &b), DECODE_OTHER);
}

/* Whole outer datagrams that hold no more than the tunnel's first octets. */
static void tunnels_that_end_early_are_other_over_udp_and_malformed_elsewhere(void **state)
{
    (void)state;
    static const struct {
        void (*put)(struct build *b);
        uint8_t header;
        enum decode_result result;
    } cases[] = {
        {wrap_gretap, 4, DECODE_UNDECODABLE},      {wrap_erspan_ii, 16, DECODE_UNDECODABLE},
        {wrap_erspan_iii, 20, DECODE_UNDECODABLE}, {wrap_vxlan, 8, DECODE_OTHER},
        {wrap_gpe_frame, 8, DECODE_OTHER},         {wrap_geneve, 8, DECODE_OTHER},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (uint32_t n = 0; n < cases[i].header; n++) {
            build_wrapped(&b, row_of(cases[i].put), 10);
            bool is_udp = cases[i].result == DECODE_OTHER;
            size_t at = 14 + 20 + (is_udp ? 8 : 0);
            uint8_t protocol = build_data(&b)[23];
            build_bytes(&b, build_data(&b) + at, n);
            if (is_udp)
                build_udp(&b, cases[i].put == wrap_vxlan       ? 4789
                              : cases[i].put == wrap_gpe_frame ? 4790
                                                               : 6081);
            build_outer(&b, 4, protocol);
            assert_int_equal(rig_build(&rig, LINK_EN10MB, &b), cases[i].result);
            if (!is_udp)
                assert_int_equal(rig.reason, HELO_UNDECODABLE_TUNNEL_HEADER);
        }
    }
}

/* ERSPAN's T bit: the mirror cut its copy. */
static void a_truncated_mirror_copy_is_cut_like_by_a_snap_length(void **state)
{
    (void)state;
    for (uint32_t cut = 1; cut <= 100; cut++) {
        for (int type = 2; type <= 3; type++) {
            for (int said = 0; said <= 1; said++) {
                build_plain(&b, 4, 100);
                b.end -= cut;
                uint16_t session = (uint16_t)(said != 0 ? 9 | BUILD_TRUNCATED : 9);
                if (type == 2)
                    build_erspan_ii(&b, session);
                else
                    build_erspan_iii(&b, session, 0x8000);
                build_outer(&b, 4, 47);
                enum decode_result result = rig_build(&rig, LINK_EN10MB, &b);
                if (said == 0) {
                    assert_bad(&rig, result, HELO_UNDECODABLE_TRUNCATED);
                    continue;
                }
                assert_int_equal(result, DECODE_SEGMENT);
                assert_int_equal(rig.segment.payload_len, 100 - cut);
                assert_int_equal(rig.segment.cut, cut);
                assert_tunnel(0, (struct helo_tunnel){HELO_TUNNEL_ERSPAN, true, 9});
            }
        }
    }
}

static void a_truncated_copy_without_a_length_is_not_believed(void **state)
{
    (void)state;
    build_plain(&b, 4, 100);
    put16(build_data(&b) + 16, 0);
    build_erspan_ii(&b, 9 | BUILD_TRUNCATED);
    build_outer(&b, 4, 47);
    assert_bad(&rig, rig_build(&rig, LINK_EN10MB, &b), HELO_UNDECODABLE_IP_HEADER);
}

static void checksums_are_verified_inside(void **state)
{
    (void)state;
    struct rig strict;
    rig_open(&strict, true);
    for (size_t i = 0; i < WRAPS; i++) {
        build_wrapped(&b, &wraps[i], 30);
        assert_int_equal(rig_build(&strict, LINK_EN10MB, &b), DECODE_SEGMENT);
        build_data(&b)[build_len(&b) - 1] ^= 1;
        assert_bad(&strict, rig_build(&strict, LINK_EN10MB, &b), HELO_UNDECODABLE_CHECKSUM);
    }
    rig_close(&strict);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_rig, close_rig)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_encapsulation_leads_to_the_segment_inside),
        TEST(a_packet_without_a_tunnel_has_none_after_one_with),
        TEST(padding_behind_a_tunnel_is_no_payload),
        TEST(the_snap_length_cuts_inside_a_tunnel_too),
        TEST(every_pair_nests_in_order),
        TEST(eight_tunnels_are_followed_and_nine_are_not),
        TEST(tags_and_tunnels_share_the_bound),
        TEST(a_label_stack_is_one_tunnel_and_bounded),
        TEST(the_outermost_and_the_innermost_tag_are_kept_across_tunnels),
        TEST(outer_datagrams_in_fragments_are_joined),
        TEST(inner_datagrams_in_fragments_are_joined),
        TEST(fragments_inside_fragments_are_joined),
        TEST(fragments_from_different_networks_do_not_meet),
        TEST(headers_that_lie_have_their_reason),
        TEST(a_udp_length_is_kept_to),
        TEST(udp_to_other_ports_is_other_however_short),
        TEST(tunnels_that_end_early_are_other_over_udp_and_malformed_elsewhere),
        TEST(a_truncated_mirror_copy_is_cut_like_by_a_snap_length),
        TEST(a_truncated_copy_without_a_length_is_not_believed),
        TEST(checksums_are_verified_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
