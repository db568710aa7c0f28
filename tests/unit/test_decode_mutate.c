/* Decode: no packet, however cut or damaged, is read past its end or turned into a lie. */
#include "../support/prng.h"
#include "decode_tunnels.h"

static struct build b;

static const uint8_t syn_options[20] = {2, 4, 5, 180, 4, 2, 8, 10, 1, 2,
                                        3, 4, 0, 0,   0, 0, 1, 3,  3, 7};

/* The valid packets that are cut and damaged; each returns its link type. */

static int plain_v4(void)
{
    build_plain(&b, 4, 60);
    return LINK_EN10MB;
}

static int plain_v6(void)
{
    build_plain(&b, 6, 60);
    return LINK_EN10MB;
}

static int syn_v4(void)
{
    build_payload(&b, 0);
    build_tcp(&b, 4, SEGMENT_SYN, syn_options, sizeof(syn_options));
    build_ipv4(&b, 6, 1, 0x4000, 0);
    build_ethernet(&b, 0x0800);
    return LINK_EN10MB;
}

static int fast_open_v6(void)
{
    build_payload(&b, 30);
    build_tcp(&b, 6, SEGMENT_SYN | SEGMENT_ACK, syn_options, sizeof(syn_options));
    build_ipv6(&b, 6);
    return LINK_IPV6;
}

static int tagged(void)
{
    plain_v4();
    b.start += 14;
    build_vlan(&b, 30, 0x0800);
    build_vlan(&b, 20, 0x8100);
    build_vlan(&b, 10, 0x9100);
    build_ethernet(&b, 0x88a8);
    return LINK_EN10MB;
}

static int cooked(void)
{
    static const uint8_t header[16] = {0, 0, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 0x86, 0xdd};
    plain_v6();
    b.start += 14;
    memcpy(build_front(&b, 16), header, 16);
    return LINK_LINUX_SLL;
}

static int cooked2(void)
{
    static const uint8_t header[20] = {8, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6};
    plain_v4();
    b.start += 14;
    memcpy(build_front(&b, 20), header, 20);
    return LINK_LINUX_SLL2;
}

static int null_link(void)
{
    plain_v6();
    b.start += 14;
    build_front(&b, 4)[0] = 30;
    return LINK_NULL;
}

static int loop_link(void)
{
    plain_v4();
    b.start += 14;
    build_front(&b, 4)[3] = 2;
    return LINK_LOOP;
}

static int options_v4(void)
{
    build_payload(&b, 40);
    build_tcp(&b, 4, SEGMENT_ACK | SEGMENT_FIN, syn_options, sizeof(syn_options));
    build_ipv4(&b, 6, 1, 0, 40);
    return LINK_RAW;
}

static int extensions_v6(void)
{
    build_payload(&b, 25);
    build_tcp(&b, 6, SEGMENT_RST, NULL, 0);
    build_extension(&b, 60, 6, 1);
    build_fragment(&b, 60, 99, 0);
    build_extension(&b, 51, 44, 4);
    build_extension(&b, 43, 51, 2);
    build_extension(&b, 0, 43, 0);
    build_ipv6(&b, 0);
    return LINK_RAW;
}

static int first_fragment_v4(void)
{
    build_payload(&b, 60);
    build_tcp(&b, 4, SEGMENT_ACK, NULL, 0);
    build_ipv4(&b, 6, 77, 0x2000, 0);
    return LINK_IPV4;
}

static int last_fragment_v4(void)
{
    build_payload(&b, 33);
    build_ipv4(&b, 6, 77, 10, 0);
    return LINK_IPV4;
}

static int first_fragment_v6(void)
{
    build_payload(&b, 60);
    build_tcp(&b, 6, SEGMENT_ACK, NULL, 0);
    build_fragment(&b, 6, 78, 1);
    build_ipv6(&b, 44);
    return LINK_IPV6;
}

static int last_fragment_v6(void)
{
    build_payload(&b, 33);
    build_fragment(&b, 6, 78, 80);
    build_ipv6(&b, 44);
    return LINK_IPV6;
}

static int datagram(void)
{
    build_payload(&b, 40);
    build_ipv4(&b, 17, 1, 0, 0);
    build_ethernet(&b, 0x0800);
    return LINK_EN10MB;
}

static int (*const packets[])(void) = {
    plain_v4,      plain_v6,          syn_v4,           fast_open_v6,      tagged,
    cooked,        cooked2,           null_link,        loop_link,         options_v4,
    extensions_v6, first_fragment_v4, last_fragment_v4, first_fragment_v6, last_fragment_v6,
    datagram,
};
#define PLAIN   (sizeof(packets) / sizeof(packets[0]))
#define PACKETS (PLAIN + WRAPS)

/* Builds one of the packets above or one of the encapsulations; its link type. */
static int make_packet(size_t number)
{
    if (number < PLAIN)
        return packets[number]();
    build_wrapped(&b, &wraps[number - PLAIN], 60);
    return LINK_EN10MB;
}

/* Everything in a segment but where its octets lie and how many were seen. */
static void assert_same_facts(const struct segment *cut, const struct segment *full)
{
    assert_int_equal(cut->family, full->family);
    assert_int_equal(cut->flags, full->flags);
    assert_int_equal(cut->window_scale, full->window_scale);
    assert_int_equal(cut->vlan_count, full->vlan_count);
    assert_memory_equal(cut->vlan, full->vlan, sizeof(cut->vlan));
    assert_int_equal(cut->tunnel_count, full->tunnel_count);
    for (unsigned i = 0; i < cut->tunnel_count; i++) {
        assert_int_equal(cut->tunnel[i].kind, full->tunnel[i].kind);
        assert_int_equal(cut->tunnel[i].has_id, full->tunnel[i].has_id);
        assert_int_equal(cut->tunnel[i].id, full->tunnel[i].id);
    }
    assert_int_equal(cut->source_port, full->source_port);
    assert_int_equal(cut->destination_port, full->destination_port);
    assert_memory_equal(cut->source, full->source, 16);
    assert_memory_equal(cut->destination, full->destination, 16);
    assert_int_equal(cut->seq, full->seq);
    assert_int_equal(cut->ack, full->ack);
    assert_int_equal(cut->window, full->window);
    assert_int_equal(cut->source_mac != NULL, full->source_mac != NULL);
    assert_int_equal(cut->payload_len + cut->cut, full->payload_len);
    if (cut->payload_len != 0)
        assert_memory_equal(cut->payload, full->payload, cut->payload_len);
}

static void a_packet_cut_at_any_octet_gives_its_facts_or_none(void **state)
{
    (void)state;
    for (size_t p = 0; p < PACKETS; p++) {
        struct rig full;
        int link_type = make_packet(p);
        uint32_t length = build_len(&b);
        rig_open(&full, false);
        enum decode_result whole = rig_build(&full, link_type, &b);
        assert_int_not_equal(whole, DECODE_UNDECODABLE);
        unsigned segments = 0;
        for (uint32_t n = 0; n < length; n++) {
            struct rig cut;
            rig_open(&cut, n % 2 != 0);
            enum decode_result result = rig_decode(&cut, link_type, build_data(&b), n, length, 1);
            if (result == DECODE_SEGMENT) {
                assert_int_equal(whole, DECODE_SEGMENT);
                assert_same_facts(&cut.segment, &full.segment);
                segments++;
            } else if (result == DECODE_UNDECODABLE) {
                assert_true(cut.reason == HELO_UNDECODABLE_TRUNCATED ||
                            cut.reason == HELO_UNDECODABLE_FRAGMENT);
            } else {
                assert_int_equal(result, DECODE_OTHER);
                assert_int_equal(whole, DECODE_OTHER);
            }
            rig_close(&cut);
        }
        if (whole == DECODE_SEGMENT)
            assert_true(segments >= full.segment.payload_len);
        rig_close(&full);
    }
}

/* The capture does not say that it was cut: the IP header still tells. */
static void a_packet_that_ends_early_unsaid_is_never_a_segment(void **state)
{
    (void)state;
    for (size_t p = 0; p < PACKETS; p++) {
        int link_type = make_packet(p);
        for (uint32_t n = 0; n < build_len(&b); n++) {
            struct rig rig;
            rig_open(&rig, false);
            enum decode_result result = rig_decode(&rig, link_type, build_data(&b), n, n, 1);
            assert_int_equal(result, DECODE_UNDECODABLE);
            assert_true(rig.reason < HELO_UNDECODABLE_COUNT);
            rig_close(&rig);
        }
    }
}

/* Reads every octet that a segment points at, and checks what holds for all segments. */
static void assert_sane(const struct segment *s, uint32_t length)
{
    unsigned sum = 0;

    for (uint32_t i = 0; i < s->payload_len; i++)
        sum += s->payload[i];
    for (int i = 0; i < 6; i++) {
        sum += s->source_mac != NULL ? s->source_mac[i] : 0;
        sum += s->destination_mac != NULL ? s->destination_mac[i] : 0;
    }
    assert_true(sum <= 255u * (s->payload_len + 12));
    assert_true(s->family == 4 || s->family == 6);
    assert_true(s->flags < 64);
    assert_true(s->vlan_count <= 2);
    assert_true(s->vlan[0] < 4096 && s->vlan[1] < 4096);
    assert_true(s->tunnel_count <= LIMIT_NESTING);
    for (unsigned i = 0; i < s->tunnel_count; i++) {
        assert_true(s->tunnel[i].kind < HELO_TUNNEL_KINDS);
        assert_true(s->tunnel[i].id < 1u << 24);
    }
    assert_in_range(s->window_scale + 1, 0, 15);
    assert_true((s->flags & SEGMENT_SYN) != 0 || s->window_scale == -1);
    assert_true((s->flags & SEGMENT_ACK) != 0 || s->ack == 0);
    /* A joined datagram is not bounded by the packet that completed it, and is never cut; a copy
     * that says that it is truncated is bounded by its own header. */
    bool joined = s->cut == 0 && s->payload_len < 65536;
    bool copy = s->tunnel_count != 0 && s->payload_len + s->cut < 65536;
    assert_true(s->payload_len + s->cut <= length || joined || copy);
    for (int i = 4; s->family == 4 && i < 16; i++)
        assert_int_equal(s->source[i] | s->destination[i], 0);
}

static void damage(struct prng *prng, uint8_t *data, uint32_t len)
{
    static const uint8_t values[] = {0,  1,  4,  6,    17,   40,   41,   43,  44,
                                     47, 51, 60, 0x45, 0x60, 0x7f, 0x80, 0xff};
    uint64_t changes = 1 + prng_below(prng, 6);

    for (uint64_t i = 0; i < changes; i++) {
        /* Headers more often than payload. */
        uint64_t head = prng_one_in(prng, 2) ? 60 : 160;
        uint64_t at = prng_below(prng, prng_one_in(prng, 3) || len < head ? len : head);
        if (prng_one_in(prng, 2))
            data[at] = values[prng_below(prng, sizeof(values))];
        else if (prng_one_in(prng, 2))
            data[at] ^= (uint8_t)(1u << prng_below(prng, 8));
        else
            data[at] = (uint8_t)prng_next(prng);
    }
}

static void damaged_packets_are_read_within_their_bounds(void **state)
{
    (void)state;
    struct prng prng = {.state = 20240229};
    unsigned seen[DECODE_UNDECODABLE + 1] = {0};
    unsigned reasons[HELO_UNDECODABLE_COUNT] = {0};
    struct rig rig;

    rig_open(&rig, false);
    for (uint32_t i = 0; i < 300000; i++) {
        int link_type = make_packet(prng_below(&prng, PACKETS));
        uint32_t length = build_len(&b);
        uint32_t captured = length;
        damage(&prng, build_data(&b), length);
        if (prng_one_in(&prng, 4))
            captured = (uint32_t)prng_below(&prng, length + 1);
        if (prng_one_in(&prng, 8))
            length = (uint32_t)prng_next(&prng);
        enum decode_result result = rig_decode(&rig, link_type, build_data(&b), captured, length,
                                               (helo_time)i * HELO_MILLISECOND);
        assert_true((unsigned)result <= DECODE_UNDECODABLE);
        seen[result]++;
        if (result == DECODE_UNDECODABLE) {
            assert_true(rig.reason < HELO_UNDECODABLE_COUNT);
            reasons[rig.reason]++;
        }
        if (result == DECODE_SEGMENT)
            assert_sane(&rig.segment, length > captured ? length : captured);
    }
    rig_close(&rig);
    for (unsigned i = 0; i <= DECODE_UNDECODABLE; i++)
        assert_true(seen[i] > 1000);
    assert_true(reasons[HELO_UNDECODABLE_TRUNCATED] > 1000);
    assert_true(reasons[HELO_UNDECODABLE_IP_HEADER] > 1000);
    assert_true(reasons[HELO_UNDECODABLE_FRAGMENT] > 1000);
    assert_true(reasons[HELO_UNDECODABLE_TCP_HEADER] > 1000);
    assert_true(reasons[HELO_UNDECODABLE_TUNNEL_HEADER] > 1000);
}

static void damage_is_found_when_checksums_are_verified(void **state)
{
    (void)state;
    struct prng prng = {.state = 7};
    struct rig rig;

    rig_open(&rig, true);
    for (uint32_t i = 0; i < 10000; i++) {
        plain_v4();
        /* One octet of header or payload, so that the sum is sure to tell; no header that
         * decides what is covered. */
        uint64_t at = 14 + 20 + prng_below(&prng, build_len(&b) - 34);
        uint8_t change = (uint8_t)(1 + prng_below(&prng, 255));
        build_data(&b)[at] ^= change;
        enum decode_result result = rig_build(&rig, LINK_EN10MB, &b);
        assert_int_equal(result, DECODE_UNDECODABLE);
        assert_true(rig.reason == HELO_UNDECODABLE_CHECKSUM ||
                    (at == 46 && rig.reason == HELO_UNDECODABLE_TCP_HEADER));
    }
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_packet_cut_at_any_octet_gives_its_facts_or_none),
        cmocka_unit_test(a_packet_that_ends_early_unsaid_is_never_a_segment),
        cmocka_unit_test(damaged_packets_are_read_within_their_bounds),
        cmocka_unit_test(damage_is_found_when_checksums_are_verified),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
