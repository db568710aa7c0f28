/* Decode: every link type, VLAN, IPv4, IPv6 and TCP, well-formed and not. */
#include "decode_build.h"

static struct build b;
static struct rig rig;

static int open_rig(void **state)
{
    (void)state;
    rig_open(&rig, false);
    return 0;
}

static int open_verifying(void **state)
{
    (void)state;
    rig_open(&rig, true);
    return 0;
}

static int close_rig(void **state)
{
    (void)state;
    rig_close(&rig);
    return 0;
}

/* The segment of build_plain with so many octets of payload, all captured. */
static void assert_plain(int family, size_t payload)
{
    const struct segment *s = &rig.segment;
    uint8_t address[2][16] = {{0}, {0}};
    struct build *expected = malloc(sizeof(*expected));

    assert_non_null(expected);
    for (int i = 0; i < 2; i++)
        memcpy(address[i], family == 4 ? build_v4[i] : build_v6[i], family == 4 ? 4 : 16);
    build_payload(expected, payload);
    assert_int_equal(s->time, 1);
    assert_int_equal(s->packet, 42);
    assert_int_equal(s->family, family);
    assert_memory_equal(s->source, address[0], 16);
    assert_memory_equal(s->destination, address[1], 16);
    assert_int_equal(s->source_port, BUILD_SOURCE_PORT);
    assert_int_equal(s->destination_port, BUILD_DESTINATION_PORT);
    assert_int_equal(s->seq, BUILD_SEQ);
    assert_int_equal(s->ack, BUILD_ACK);
    assert_int_equal(s->flags, SEGMENT_ACK | SEGMENT_PSH);
    assert_int_equal(s->window, 4321);
    assert_int_equal(s->window_scale, -1);
    assert_int_equal(s->cut, 0);
    assert_int_equal(s->payload_len, payload);
    if (payload != 0)
        assert_memory_equal(s->payload, build_data(expected), payload);
    free(expected);
}

static void ethernet_gives_the_segment_and_both_macs(void **state)
{
    (void)state;
    const int families[] = {4, 6};
    for (size_t i = 0; i < 2; i++) {
        build_plain(&b, families[i], 33);
        assert_int_equal(rig_build(&rig, LINK_EN10MB, &b), DECODE_SEGMENT);
        assert_plain(families[i], 33);
        assert_memory_equal(rig.segment.destination_mac, build_macs, 6);
        assert_memory_equal(rig.segment.source_mac, build_macs + 6, 6);
        assert_int_equal(rig.segment.vlan_count, 0);
        assert_ptr_equal(rig.segment.payload, rig.copy + build_len(&b) - 33);
    }
}

static void ethernet_padding_is_no_payload(void **state)
{
    (void)state;
    build_plain(&b, 4, 0);
    build_pad(&b, 6);
    assert_int_equal(rig_build(&rig, LINK_EN10MB, &b), DECODE_SEGMENT);
    assert_plain(4, 0);
    build_plain(&b, 6, 3);
    build_pad(&b, 4);
    assert_int_equal(rig_build(&rig, LINK_EN10MB, &b), DECODE_SEGMENT);
    assert_plain(6, 3);
}

static void padding_that_was_cut_is_no_cut(void **state)
{
    (void)state;
    build_plain(&b, 4, 5);
    uint32_t captured = build_len(&b);
    assert_int_equal(rig_decode(&rig, LINK_EN10MB, build_data(&b), captured, captured + 40, 1),
                     DECODE_SEGMENT);
    assert_plain(4, 5);
}

static void link_types_lead_to_ip(void **state)
{
    (void)state;
    static const struct {
        int link_type;
        int family;
        size_t header_len;
        uint8_t header[20];
    } cases[] = {
        {LINK_RAW, 4, 0, {0}},
        {LINK_RAW, 6, 0, {0}},
        {LINK_RAW_OPENBSD, 4, 0, {0}},
        {LINK_RAW_FILE, 6, 0, {0}},
        {LINK_IPV4, 4, 0, {0}},
        {LINK_IPV6, 6, 0, {0}},
        {LINK_NULL, 4, 4, {2, 0, 0, 0}},
        {LINK_NULL, 4, 4, {0, 0, 0, 2}},
        {LINK_NULL, 6, 4, {10, 0, 0, 0}},
        {LINK_NULL, 6, 4, {24, 0, 0, 0}},
        {LINK_NULL, 6, 4, {28, 0, 0, 0}},
        {LINK_NULL, 6, 4, {30, 0, 0, 0}},
        {LINK_NULL, 6, 4, {0, 0, 0, 10}},
        {LINK_NULL, 6, 4, {0, 0, 0, 24}},
        {LINK_NULL, 6, 4, {0, 0, 0, 28}},
        {LINK_NULL, 6, 4, {0, 0, 0, 30}},
        {LINK_LOOP, 4, 4, {0, 0, 0, 2}},
        {LINK_LOOP, 6, 4, {0, 0, 0, 24}},
        {LINK_LINUX_SLL, 4, 16, {0, 0, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 8, 0}},
        {LINK_LINUX_SLL, 6, 16, {0, 4, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x86, 0xdd}},
        {LINK_LINUX_SLL2, 4, 20, {8, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6}},
        {LINK_LINUX_SLL2, 6, 20, {0x86, 0xdd, 0, 0, 0, 0, 0, 2, 3, 4, 0, 0}},
    };
    static const uint8_t mac[6] = {1, 2, 3, 4, 5, 6};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        build_plain(&b, cases[i].family, 20);
        b.start += 14;
        memcpy(build_front(&b, cases[i].header_len), cases[i].header, cases[i].header_len);
        assert_true(decode_knows_link_type(cases[i].link_type));
        assert_int_equal(rig_build(&rig, cases[i].link_type, &b), DECODE_SEGMENT);
        assert_plain(cases[i].family, 20);
        assert_null(rig.segment.destination_mac);
        bool has_mac = cases[i].header_len >= 16 && cases[i].family == 4;
        assert_int_equal(rig.segment.source_mac != NULL, has_mac);
        if (has_mac)
            assert_memory_equal(rig.segment.source_mac, mac, 6);
    }
}

static void what_is_no_ip_is_other(void **state)
{
    (void)state;
    static const struct {
        int link_type;
        size_t header_len;
        uint8_t header[20];
    } cases[] = {
        {LINK_EN10MB, 14, {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 6}},
        {LINK_EN10MB, 14, {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0, 38}},
        {LINK_NULL, 4, {7, 0, 0, 0}},
        {LINK_LOOP, 4, {2, 0, 0, 0}},
        {LINK_LOOP, 4, {0, 0, 0, 7}},
        {LINK_LINUX_SLL, 16, {0, 0, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 0, 4}},
        {LINK_LINUX_SLL, 16, {0, 0, 3, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0}},
        {LINK_LINUX_SLL, 16, {0, 0, 3, 0x23, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0}},
        {LINK_LINUX_SLL2, 20, {8, 0, 0, 0, 0, 0, 0, 2, 3, 0x38}},
        {LINK_LINUX_SLL2, 20, {8, 6, 0, 0, 0, 0, 0, 2, 0, 1}},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        build_plain(&b, 4, 20);
        b.start += 14;
        memcpy(build_front(&b, cases[i].header_len), cases[i].header, cases[i].header_len);
        assert_int_equal(rig_build(&rig, cases[i].link_type, &b), DECODE_OTHER);
    }
}

static void unknown_link_types_are_said_to_be_so(void **state)
{
    (void)state;
    static const int types[] = {-1, 2, 105, 127, 230, 277};

    build_plain(&b, 4, 1);
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        assert_false(decode_knows_link_type(types[i]));
        assert_bad(&rig, rig_build(&rig, types[i], &b), HELO_UNDECODABLE_LINK_TYPE);
    }
}

static void packets_shorter_than_their_link_header_are_malformed(void **state)
{
    (void)state;
    static const struct {
        int link_type;
        uint32_t header;
        enum helo_undecodable reason;
    } cases[] = {
        {LINK_EN10MB, 14, HELO_UNDECODABLE_LINK_HEADER},
        {LINK_LINUX_SLL, 16, HELO_UNDECODABLE_LINK_HEADER},
        {LINK_LINUX_SLL2, 20, HELO_UNDECODABLE_LINK_HEADER},
        {LINK_NULL, 4, HELO_UNDECODABLE_LINK_HEADER},
        {LINK_LOOP, 4, HELO_UNDECODABLE_LINK_HEADER},
        {LINK_RAW, 1, HELO_UNDECODABLE_IP_HEADER},
        {LINK_IPV4, 20, HELO_UNDECODABLE_IP_HEADER},
        {LINK_IPV6, 40, HELO_UNDECODABLE_IP_HEADER},
    };

    build_plain(&b, 4, 30);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (uint32_t n = 0; n < cases[i].header; n++) {
            enum decode_result result =
                rig_decode(&rig, cases[i].link_type, build_data(&b), n, n, 1);
            assert_bad(&rig, result, cases[i].reason);
            result = rig_decode(&rig, cases[i].link_type, build_data(&b), n, 100, 1);
            assert_bad(&rig, result, HELO_UNDECODABLE_TRUNCATED);
        }
    }
}

static void the_outermost_and_the_innermost_vlan_tag_are_kept(void **state)
{
    (void)state;
    static const uint16_t types[] = {0x8100, 0x88a8, 0x9100};

    for (unsigned tags = 1; tags <= LIMIT_NESTING; tags++) {
        build_plain(&b, 6, 9);
        b.start += 14;
        uint16_t inner = 0x86dd;
        for (unsigned i = tags; i > 0; i--) {
            build_vlan(&b, (uint16_t)(0xe000 + 100 * i), inner);
            inner = types[i % 3];
        }
        build_ethernet(&b, inner);
        assert_int_equal(rig_build(&rig, LINK_EN10MB, &b), DECODE_SEGMENT);
        assert_plain(6, 9);
        assert_int_equal(rig.segment.vlan_count, tags < 2 ? tags : 2);
        assert_int_equal(rig.segment.vlan[0], 100);
        assert_int_equal(rig.segment.vlan[1], tags < 2 ? 0 : 100 * tags);
    }
}

static void vlan_tags_beyond_the_bound_are_nesting(void **state)
{
    (void)state;
    build_plain(&b, 4, 9);
    b.start += 14;
    build_vlan(&b, 9, 0x0800);
    for (int i = 0; i < LIMIT_NESTING; i++)
        build_vlan(&b, 9, 0x8100);
    build_ethernet(&b, 0x8100);
    assert_bad(&rig, rig_build(&rig, LINK_EN10MB, &b), HELO_UNDECODABLE_NESTING);
}

static void a_vlan_tag_that_ends_early_is_malformed(void **state)
{
    (void)state;
    build_plain(&b, 4, 9);
    b.start += 14;
    build_ethernet(&b, 0x8100);
    for (uint32_t n = 14; n < 18; n++) {
        enum decode_result result = rig_decode(&rig, LINK_EN10MB, build_data(&b), n, n, 1);
        assert_bad(&rig, result, HELO_UNDECODABLE_LINK_HEADER);
    }
}

static void cooked_captures_have_vlan_tags_too(void **state)
{
    (void)state;
    build_plain(&b, 4, 9);
    b.start += 14;
    build_vlan(&b, 77, 0x0800);
    put16(build_front(&b, 16) + 14, 0x8100);
    assert_int_equal(rig_build(&rig, LINK_LINUX_SLL, &b), DECODE_SEGMENT);
    assert_plain(4, 9);
    assert_int_equal(rig.segment.vlan_count, 1);
    assert_int_equal(rig.segment.vlan[0], 77);
}

static void ipv4_options_are_stepped_over(void **state)
{
    (void)state;
    for (size_t options = 4; options <= 40; options += 4) {
        build_payload(&b, 17);
        build_tcp(&b, 4, SEGMENT_ACK | SEGMENT_PSH, NULL, 0);
        build_ipv4(&b, 6, 1, 0x4000, options);
        assert_int_equal(rig_build(&rig, LINK_IPV4, &b), DECODE_SEGMENT);
        assert_plain(4, 17);
    }
}

/* Changes one octet of build_plain's packet (offsets from the IP header on). */
static void malformed_headers_have_their_reason(void **state)
{
    (void)state;
    static const struct {
        int family;
        size_t offset;
        uint8_t value;
        enum helo_undecodable reason;
    } cases[] = {
        {4, 0, 0x55, HELO_UNDECODABLE_IP_HEADER}, /* version */
        {4, 0, 0x65, HELO_UNDECODABLE_IP_HEADER},
        {4, 0, 0x44, HELO_UNDECODABLE_IP_HEADER}, /* header length under 20 */
        {4, 0, 0x4f, HELO_UNDECODABLE_IP_HEADER}, /* header length over total length */
        {4, 3, 19, HELO_UNDECODABLE_IP_HEADER},   /* total length under header length */
        {4, 2, 1, HELO_UNDECODABLE_TRUNCATED},    /* total length over what the packet has */
        {4, 3, 39, HELO_UNDECODABLE_TCP_HEADER},  /* no room for TCP */
        {4, 3, 20, HELO_UNDECODABLE_TCP_HEADER},
        {4, 32, 0x40, HELO_UNDECODABLE_TCP_HEADER}, /* data offset under 20 */
        {4, 32, 0xf0, HELO_UNDECODABLE_TCP_HEADER}, /* data offset past the end */
        {6, 0, 0x40, HELO_UNDECODABLE_IP_HEADER},
        {6, 4, 1, HELO_UNDECODABLE_TRUNCATED},
        {6, 5, 19, HELO_UNDECODABLE_TCP_HEADER},
        {6, 52, 0x00, HELO_UNDECODABLE_TCP_HEADER},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        build_plain(&b, cases[i].family, 10);
        b.start += 14;
        build_data(&b)[cases[i].offset] = cases[i].value;
        int link_type = cases[i].family == 4 ? LINK_IPV4 : LINK_IPV6;
        assert_bad(&rig, rig_build(&rig, link_type, &b), cases[i].reason);
    }
}

static void raw_ip_of_no_known_version_is_malformed(void **state)
{
    (void)state;
    build_plain(&b, 4, 10);
    b.start += 14;
    build_data(&b)[0] = 0x75;
    assert_bad(&rig, rig_build(&rig, LINK_RAW, &b), HELO_UNDECODABLE_IP_HEADER);
}

static void protocols_but_tcp_are_other(void **state)
{
    (void)state;
    static const uint8_t protocols[] = {1, 17, 47, 50, 58, 59, 132};

    for (size_t i = 0; i < sizeof(protocols); i++) {
        build_payload(&b, 12);
        build_ipv4(&b, protocols[i], 1, 0, 0);
        assert_int_equal(rig_build(&rig, LINK_RAW, &b), DECODE_OTHER);
        build_payload(&b, 12);
        build_ipv6(&b, protocols[i]);
        assert_int_equal(rig_build(&rig, LINK_RAW, &b), DECODE_OTHER);
    }
}

static void zero_length_from_offload_lasts_to_the_end(void **state)
{
    (void)state;
    build_plain(&b, 4, 5000);
    put16(build_data(&b) + 16, 0);
    assert_int_equal(rig_build(&rig, LINK_EN10MB, &b), DECODE_SEGMENT);
    assert_plain(4, 5000);
    build_plain(&b, 6, 100000);
    put16(build_data(&b) + 18, 0);
    assert_int_equal(rig_build(&rig, LINK_EN10MB, &b), DECODE_SEGMENT);
    assert_plain(6, 100000);
}

static void zero_length_is_not_believed_without_bound(void **state)
{
    (void)state;
    build_plain(&b, 4, 100);
    put16(build_data(&b) + 16, 0);
    uint32_t n = build_len(&b);
    uint32_t most = LIMIT_OFFLOAD + 14;
    assert_int_equal(rig_decode(&rig, LINK_EN10MB, build_data(&b), n, most, 1), DECODE_SEGMENT);
    assert_int_equal(rig.segment.payload_len + rig.segment.cut, LIMIT_OFFLOAD - 40);
    enum decode_result result = rig_decode(&rig, LINK_EN10MB, build_data(&b), n, most + 1, 1);
    assert_bad(&rig, result, HELO_UNDECODABLE_IP_HEADER);
    result = rig_decode(&rig, LINK_EN10MB, build_data(&b), n, UINT32_MAX, 1);
    assert_bad(&rig, result, HELO_UNDECODABLE_IP_HEADER);
}

static void the_snap_length_cuts_payload_and_says_how_much(void **state)
{
    (void)state;
    build_plain(&b, 4, 100);
    uint32_t length = build_len(&b);
    for (uint32_t seen = 0; seen <= 100; seen++) {
        enum decode_result result =
            rig_decode(&rig, LINK_EN10MB, build_data(&b), length - 100 + seen, length, 1);
        assert_int_equal(result, DECODE_SEGMENT);
        assert_int_equal(rig.segment.payload_len, seen);
        assert_int_equal(rig.segment.cut, 100 - seen);
    }
}

static void octets_the_packet_never_had_are_no_cut(void **state)
{
    (void)state;
    build_plain(&b, 4, 100);
    uint32_t length = build_len(&b);
    enum decode_result result =
        rig_decode(&rig, LINK_EN10MB, build_data(&b), length - 50, length - 1, 1);
    assert_bad(&rig, result, HELO_UNDECODABLE_TRUNCATED);
    result = rig_decode(&rig, LINK_EN10MB, build_data(&b), length - 50, length - 50, 1);
    assert_bad(&rig, result, HELO_UNDECODABLE_TRUNCATED);
}

static void a_length_below_what_is_captured_is_corrected(void **state)
{
    (void)state;
    build_plain(&b, 4, 100);
    uint32_t captured = build_len(&b);
    for (uint32_t length = 0; length < captured; length++) {
        assert_int_equal(rig_decode(&rig, LINK_EN10MB, build_data(&b), captured, length, 1),
                         DECODE_SEGMENT);
        assert_plain(4, 100);
    }
}

static void tcp_options_that_were_cut_spoil_only_a_syn(void **state)
{
    (void)state;
    static const uint8_t options[8] = {1, 3, 3, 7, 1, 1, 1, 0};

    for (uint32_t cut = 1; cut <= 8; cut++) {
        build_payload(&b, 0);
        build_tcp(&b, 4, SEGMENT_SYN, options, sizeof(options));
        build_ipv4(&b, 6, 1, 0, 0);
        enum decode_result result = rig_decode(&rig, LINK_RAW, build_data(&b), 48 - cut, 48, 1);
        assert_bad(&rig, result, HELO_UNDECODABLE_TRUNCATED);
        build_payload(&b, 5);
        build_tcp(&b, 4, SEGMENT_ACK, options, sizeof(options));
        build_ipv4(&b, 6, 1, 0, 0);
        result = rig_decode(&rig, LINK_RAW, build_data(&b), 48 - cut, 53, 1);
        assert_int_equal(result, DECODE_SEGMENT);
        assert_int_equal(rig.segment.payload_len, 0);
        assert_int_equal(rig.segment.cut, 5);
    }
}

static void window_scale_is_read_from_a_syn(void **state)
{
    (void)state;
    static const struct {
        uint8_t options[12];
        int scale;
    } cases[] = {
        {{3, 3, 7}, 7},
        {{3, 3, 0}, 0},
        {{3, 3, 14}, 14},
        {{3, 3, 15}, 14}, /* RFC 7323 section 2.3 */
        {{3, 3, 255}, 14},
        {{2, 4, 5, 180, 4, 2, 1, 3, 3, 9, 1, 1}, 9},
        {{1, 1, 1, 1, 1, 1, 1, 1, 1, 3, 3, 5}, 5},
        {{0, 3, 3, 7}, -1},                             /* behind the end of the list */
        {{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 3, 3}, -1},     /* runs past the end */
        {{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 3}, -1},     /* length octet missing */
        {{3, 3, 6, 8, 0, 1, 1, 1, 1, 1, 1, 1}, 6},      /* length 0 behind it */
        {{8, 0, 3, 3, 6}, -1},                          /* length 0 before it */
        {{8, 1, 3, 3, 6}, -1},                          /* length 1 */
        {{3, 2, 3, 3, 4, 1, 1, 1, 1, 1, 1, 1}, 4},      /* wrong length for a scale */
        {{3, 4, 9, 9, 1, 1, 1, 1, 1, 1, 1, 1}, -1},     /* the same, longer */
        {{254, 13, 1, 1, 1, 1, 1, 1, 1, 3, 3, 1}, -1},  /* longer than the list */
        {{254, 9, 3, 3, 7, 0, 0, 0, 0, 3, 3, 1}, 1},    /* inside another option */
        {{255, 255, 3, 3, 7, 1, 1, 1, 1, 1, 1, 1}, -1}, /* far longer */
        {{0}, -1},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        build_payload(&b, 0);
        build_tcp(&b, 4, SEGMENT_SYN, cases[i].options, sizeof(cases[i].options));
        build_ipv4(&b, 6, 1, 0, 0);
        assert_int_equal(rig_build(&rig, LINK_RAW, &b), DECODE_SEGMENT);
        assert_int_equal(rig.segment.window_scale, cases[i].scale);
        assert_int_equal(rig.segment.payload_len, 0);
    }
}

static void window_scale_outside_a_syn_is_ignored(void **state)
{
    (void)state;
    static const uint8_t options[4] = {1, 3, 3, 7};

    build_payload(&b, 4);
    build_tcp(&b, 6, SEGMENT_ACK, options, sizeof(options));
    build_ipv6(&b, 6);
    assert_int_equal(rig_build(&rig, LINK_RAW, &b), DECODE_SEGMENT);
    assert_int_equal(rig.segment.window_scale, -1);
    assert_int_equal(rig.segment.payload_len, 4);
}

static void the_acknowledgement_counts_only_with_its_flag(void **state)
{
    (void)state;
    for (unsigned flags = 0; flags < 256; flags++) {
        build_payload(&b, 0);
        build_tcp(&b, 4, (uint8_t)flags, NULL, 0);
        build_ipv4(&b, 6, 1, 0, 0);
        assert_int_equal(rig_build(&rig, LINK_RAW, &b), DECODE_SEGMENT);
        assert_int_equal(rig.segment.flags, flags & 0x3f);
        assert_int_equal(rig.segment.ack, (flags & SEGMENT_ACK) != 0 ? BUILD_ACK : 0);
    }
}

static void ipv6_extension_headers_are_stepped_over(void **state)
{
    (void)state;
    static const struct {
        uint8_t kind;
        uint8_t units;
    } chains[][LIMIT_EXTENSIONS + 1] = {
        {{0, 0}, {6, 0}},
        {{0, 3}, {60, 1}, {43, 2}, {51, 4}, {60, 0}, {6, 0}},
        {{51, 0}, {6, 0}},
        {{51, 255}, {6, 0}},
        {{60, 255}, {6, 0}},
        {{135, 1}, {139, 2}, {140, 0}, {6, 0}},
        {{44, 0}, {6, 0}},
        {{0, 0}, {44, 0}, {60, 2}, {6, 0}},
        {{60, 0}, {60, 0}, {60, 0}, {60, 0}, {60, 0}, {60, 0}, {60, 0}, {60, 0}, {6, 0}},
    };

    for (size_t i = 0; i < sizeof(chains) / sizeof(chains[0]); i++) {
        size_t count = 0;
        while (chains[i][count].kind != 6)
            count++;
        build_payload(&b, 21);
        build_tcp(&b, 6, SEGMENT_ACK | SEGMENT_PSH, NULL, 0);
        for (size_t k = count; k > 0; k--)
            build_extension(&b, chains[i][k - 1].kind, chains[i][k].kind, chains[i][k - 1].units);
        build_ipv6(&b, chains[i][0].kind);
        assert_int_equal(rig_build(&rig, LINK_IPV6, &b), DECODE_SEGMENT);
        assert_plain(6, 21);
    }
}

static void too_many_extension_headers_are_nesting(void **state)
{
    (void)state;
    build_payload(&b, 21);
    build_tcp(&b, 6, SEGMENT_ACK, NULL, 0);
    build_extension(&b, 60, 6, 0);
    for (int i = 0; i < LIMIT_EXTENSIONS; i++)
        build_extension(&b, 60, 60, 0);
    build_ipv6(&b, 60);
    assert_bad(&rig, rig_build(&rig, LINK_IPV6, &b), HELO_UNDECODABLE_NESTING);
}

static void extension_headers_past_the_end_are_malformed(void **state)
{
    (void)state;
    static const struct {
        uint8_t kind;
        size_t octets;
        uint8_t units;
    } cases[] = {
        {60, 7, 0}, {60, 8, 1},  {60, 2047, 255}, {0, 15, 1}, {43, 8, 9},
        {51, 8, 1}, {51, 11, 1}, {51, 7, 0},      {44, 7, 0}, {135, 8, 2},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        build_payload(&b, cases[i].octets);
        build_data(&b)[1] = cases[i].units;
        build_ipv6(&b, cases[i].kind);
        assert_bad(&rig, rig_build(&rig, LINK_IPV6, &b), HELO_UNDECODABLE_IP_HEADER);
    }
}

static void an_extension_header_that_was_cut_is_truncated(void **state)
{
    (void)state;
    build_payload(&b, 21);
    build_tcp(&b, 6, SEGMENT_ACK, NULL, 0);
    build_extension(&b, 60, 6, 3);
    build_ipv6(&b, 60);
    for (uint32_t n = 40; n < 72; n++) {
        enum decode_result result =
            rig_decode(&rig, LINK_IPV6, build_data(&b), n, build_len(&b), 1);
        assert_bad(&rig, result, HELO_UNDECODABLE_TRUNCATED);
    }
}

static void right_checksums_pass(void **state)
{
    (void)state;
    for (size_t payload = 0; payload < 70; payload++) {
        build_plain(&b, 4, payload);
        assert_int_equal(rig_build(&rig, LINK_EN10MB, &b), DECODE_SEGMENT);
        assert_plain(4, payload);
        build_plain(&b, 6, payload);
        assert_int_equal(rig_build(&rig, LINK_EN10MB, &b), DECODE_SEGMENT);
        assert_plain(6, payload);
    }
    build_plain(&b, 6, 100000);
    put16(build_data(&b) + 18, 0);
    assert_int_equal(rig_build(&rig, LINK_EN10MB, &b), DECODE_SEGMENT);
}

/* Every octet that a checksum covers, each of its bits. */
static void a_wrong_bit_fails_the_checksum(void **state)
{
    (void)state;
    static const int families[] = {4, 6};

    for (size_t f = 0; f < 2; f++) {
        build_plain(&b, families[f], 11);
        b.start += 14;
        size_t from = families[f] == 4 ? 12 : 8; /* addresses, then TCP */
        for (size_t i = from; i < build_len(&b); i++) {
            bool offset = i == (families[f] == 4 ? 32u : 52u);
            for (unsigned bit = 0; bit < 8; bit++) {
                if (offset && bit >= 4)
                    continue; /* the data offset itself has a reason of its own */
                build_data(&b)[i] ^= (uint8_t)(1u << bit);
                assert_bad(&rig, rig_build(&rig, LINK_RAW, &b), HELO_UNDECODABLE_CHECKSUM);
                build_data(&b)[i] ^= (uint8_t)(1u << bit);
            }
        }
    }
}

static void a_wrong_ipv4_header_checksum_is_found_in_a_cut_packet(void **state)
{
    (void)state;
    build_plain(&b, 4, 100);
    build_data(&b)[14 + 8] ^= 1;
    enum decode_result result = rig_decode(&rig, LINK_EN10MB, build_data(&b), 60, build_len(&b), 1);
    assert_bad(&rig, result, HELO_UNDECODABLE_CHECKSUM);
}

static void what_was_cut_is_not_called_damaged(void **state)
{
    (void)state;
    build_plain(&b, 4, 100);
    enum decode_result result =
        rig_decode(&rig, LINK_EN10MB, build_data(&b), 100, build_len(&b), 1);
    assert_int_equal(result, DECODE_SEGMENT);
    assert_int_equal(rig.segment.cut, 54);
}

static void a_route_that_goes_on_is_not_called_damaged(void **state)
{
    (void)state;
    static const struct {
        uint8_t segments_left;
        enum decode_result result;
    } cases[] = {{0, DECODE_UNDECODABLE}, {1, DECODE_SEGMENT}};

    for (size_t i = 0; i < 2; i++) {
        build_payload(&b, 10);
        build_tcp(&b, 6, SEGMENT_ACK, NULL, 0);
        build_extension(&b, 43, 6, 2);
        build_data(&b)[3] = cases[i].segments_left;
        build_ipv6(&b, 43);
        build_data(&b)[39] ^= 0x55; /* not the destination that the checksum covers */
        assert_int_equal(rig_build(&rig, LINK_IPV6, &b), cases[i].result);
    }
}

static void checksums_from_offload_pass_unless_asked_for(void **state)
{
    (void)state;
    build_plain(&b, 4, 50);
    put16(build_data(&b) + 14 + 10, 0);
    put16(build_data(&b) + 34 + 16, 0xbeef);
    assert_int_equal(rig_build(&rig, LINK_EN10MB, &b), DECODE_SEGMENT);
    assert_plain(4, 50);
}

static void allocation_failure_makes_no_decoder(void **state)
{
    (void)state;
    for (uint64_t n = 1; n <= 2; n++) {
        struct mem *mem = mem_new(1u << 20, n);
        assert_non_null(mem);
        assert_null(decoder_new(mem, false));
        assert_int_equal(mem_used(mem), 0);
        mem_destroy(mem);
    }
    decoder_free(NULL);
}

#define TEST(name)      cmocka_unit_test_setup_teardown(name, open_rig, close_rig)
#define TEST_SUMS(name) cmocka_unit_test_setup_teardown(name, open_verifying, close_rig)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(ethernet_gives_the_segment_and_both_macs),
        TEST(ethernet_padding_is_no_payload),
        TEST(padding_that_was_cut_is_no_cut),
        TEST(link_types_lead_to_ip),
        TEST(what_is_no_ip_is_other),
        TEST(unknown_link_types_are_said_to_be_so),
        TEST(packets_shorter_than_their_link_header_are_malformed),
        TEST(the_outermost_and_the_innermost_vlan_tag_are_kept),
        TEST(vlan_tags_beyond_the_bound_are_nesting),
        TEST(a_vlan_tag_that_ends_early_is_malformed),
        TEST(cooked_captures_have_vlan_tags_too),
        TEST(ipv4_options_are_stepped_over),
        TEST(malformed_headers_have_their_reason),
        TEST(raw_ip_of_no_known_version_is_malformed),
        TEST(protocols_but_tcp_are_other),
        TEST(zero_length_from_offload_lasts_to_the_end),
        TEST(zero_length_is_not_believed_without_bound),
        TEST(the_snap_length_cuts_payload_and_says_how_much),
        TEST(octets_the_packet_never_had_are_no_cut),
        TEST(a_length_below_what_is_captured_is_corrected),
        TEST(tcp_options_that_were_cut_spoil_only_a_syn),
        TEST(window_scale_is_read_from_a_syn),
        TEST(window_scale_outside_a_syn_is_ignored),
        TEST(the_acknowledgement_counts_only_with_its_flag),
        TEST(ipv6_extension_headers_are_stepped_over),
        TEST(too_many_extension_headers_are_nesting),
        TEST(extension_headers_past_the_end_are_malformed),
        TEST(an_extension_header_that_was_cut_is_truncated),
        TEST_SUMS(right_checksums_pass),
        TEST_SUMS(a_wrong_bit_fails_the_checksum),
        TEST_SUMS(a_wrong_ipv4_header_checksum_is_found_in_a_cut_packet),
        TEST_SUMS(what_was_cut_is_not_called_damaged),
        TEST_SUMS(a_route_that_goes_on_is_not_called_damaged),
        TEST(checksums_from_offload_pass_unless_asked_for),
        cmocka_unit_test(allocation_failure_makes_no_decoder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
