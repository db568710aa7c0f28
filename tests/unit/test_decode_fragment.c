/* Decode: IP fragments in every order, overlapping, late, too many, and without memory. */
#include "decode_build.h"

#define OCTETS 96 /* of the datagram's payload: a TCP header and 76 octets */

static struct build whole; /* the datagram's payload */
static struct build b;
static struct rig rig;

static void make_whole(int family, size_t payload)
{
    build_payload(&whole, payload);
    build_tcp(&whole, family, SEGMENT_ACK | SEGMENT_PSH, NULL, 0);
}

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

/* A fragment of bytes, as a packet in b. */
static void build_part(int family, uint32_t id, uint32_t offset, const uint8_t *bytes, uint32_t len,
                       bool more)
{
    build_bytes(&b, bytes, len);
    if (family == 4) {
        build_ipv4(&b, 6, (uint16_t)id, (uint16_t)(offset / 8 + (more ? 0x2000 : 0)), 0);
    } else {
        build_fragment(&b, 6, id, (uint16_t)(offset + (more ? 1 : 0)));
        build_ipv6(&b, 44);
    }
}

static enum decode_result send_bytes(int family, uint32_t id, uint32_t offset, const uint8_t *bytes,
                                     uint32_t len, bool more, helo_time now)
{
    build_part(family, id, offset, bytes, len, more);
    return rig_decode(&rig, LINK_RAW, build_data(&b), build_len(&b), build_len(&b), now);
}

/* Octets [from, to) of whole; the last ones without the flag for more. */
static enum decode_result send_part(int family, uint32_t id, uint32_t from, uint32_t to,
                                    helo_time now)
{
    return send_bytes(family, id, from, build_data(&whole) + from, to - from,
                      to < build_len(&whole), now);
}

/* The last packet's segment is whole's, and lives on although the packet is gone. */
static void assert_whole(int family)
{
    free(rig.copy);
    rig.copy = NULL;
    assert_int_equal(rig.segment.family, family);
    assert_int_equal(rig.segment.source_port, BUILD_SOURCE_PORT);
    assert_int_equal(rig.segment.seq, BUILD_SEQ);
    assert_int_equal(rig.segment.cut, 0);
    assert_int_equal(rig.segment.payload_len, build_len(&whole) - 20);
    assert_memory_equal(rig.segment.payload, build_data(&whole) + 20, build_len(&whole) - 20);
}

static const int families[] = {4, 6};

static void fragments_join_in_every_order(void **state)
{
    (void)state;
    static const uint32_t cuts[] = {0, 8, 48, 80, OCTETS};

    for (size_t f = 0; f < 2; f++) {
        make_whole(families[f], OCTETS - 20);
        uint32_t id = 1;
        for (unsigned order = 0; order < 256; order++, id++) {
            unsigned at[4] = {order & 3, order >> 2 & 3, order >> 4 & 3, order >> 6};
            if (((1u << at[0]) | (1u << at[1]) | (1u << at[2]) | (1u << at[3])) != 15)
                continue;
            for (int i = 0; i < 4; i++) {
                enum decode_result result =
                    send_part(families[f], id, cuts[at[i]], cuts[at[i] + 1], 1);
                assert_int_equal(result, i < 3 ? DECODE_FRAGMENT : DECODE_SEGMENT);
            }
            assert_whole(families[f]);
        }
    }
}

static void duplicates_change_nothing(void **state)
{
    (void)state;
    static const uint32_t cuts[] = {0, 24, 64, OCTETS};

    for (size_t f = 0; f < 2; f++) {
        make_whole(families[f], OCTETS - 20);
        for (unsigned first = 0; first < 3; first++) {
            unsigned at[3] = {first, (first + 1) % 3, (first + 2) % 3};
            for (int i = 0; i < 2; i++) {
                for (int again = 0; again < 3; again++) {
                    for (int k = 0; k <= i; k++)
                        assert_int_equal(
                            send_part(families[f], first, cuts[at[k]], cuts[at[k] + 1], 1),
                            DECODE_FRAGMENT);
                }
            }
            assert_int_equal(send_part(families[f], first, cuts[at[2]], cuts[at[2] + 1], 1),
                             DECODE_SEGMENT);
            assert_whole(families[f]);
        }
    }
}

static void many_small_fragments_join_backwards_and_shuffled(void **state)
{
    (void)state;
    const uint32_t count = LIMIT_FRAGMENTS_PER_DATAGRAM;

    for (size_t f = 0; f < 2; f++) {
        make_whole(families[f], count * 8 - 20);
        for (uint32_t step = 1; step < 256; step += 50) {
            for (uint32_t i = 0; i < count; i++) {
                uint32_t from = ((count - 1 - i) * step % count) * 8;
                assert_int_equal(send_part(families[f], step, from, from + 8, 1),
                                 i + 1 < count ? DECODE_FRAGMENT : DECODE_SEGMENT);
            }
            assert_whole(families[f]);
        }
    }
}

static void the_largest_datagram_joins(void **state)
{
    (void)state;
    for (size_t f = 0; f < 2; f++) {
        make_whole(families[f], LIMIT_DATAGRAM - 20);
        uint32_t n = build_len(&whole);
        for (uint32_t from = 0; from < n; from += 1480) {
            uint32_t to = from + 1480 < n ? from + 1480 : n;
            assert_int_equal(send_part(families[f], 9, from, to, 1),
                             to < n ? DECODE_FRAGMENT : DECODE_SEGMENT);
        }
        assert_whole(families[f]);
    }
}

static void fragments_of_different_datagrams_do_not_mix(void **state)
{
    (void)state;
    for (size_t f = 0; f < 2; f++) {
        make_whole(families[f], OCTETS - 20);
        assert_int_equal(send_part(families[f], 1, 0, 48, 1), DECODE_FRAGMENT);
        assert_int_equal(send_part(families[f], 2, 48, OCTETS, 1), DECODE_FRAGMENT);
        build_part(families[f], 1, 48, build_data(&whole) + 48, OCTETS - 48, false);
        build_data(&b)[families[f] == 4 ? 15 : 23] ^= 1; /* another source */
        assert_int_equal(rig_build(&rig, LINK_RAW, &b), DECODE_FRAGMENT);
        build_part(families[f], 1, 48, build_data(&whole) + 48, OCTETS - 48, false);
        build_data(&b)[families[f] == 4 ? 19 : 39] ^= 1; /* another destination */
        assert_int_equal(rig_build(&rig, LINK_RAW, &b), DECODE_FRAGMENT);
        assert_int_equal(send_part(families[f], 1, 48, OCTETS, 1), DECODE_SEGMENT);
        assert_whole(families[f]);
    }
}

/* Straight at the table, as other protocols are not asked for yet. */
static void the_protocol_tells_ipv4_datagrams_apart_but_not_ipv6_ones(void **state)
{
    (void)state;
    uint8_t address[16] = {1};
    uint8_t data[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct fragment_table *table = fragment_new(rig.mem);
    struct fragment_whole joined;

    assert_non_null(table);
    for (size_t f = 0; f < 2; f++) {
        struct fragment fragment = {.family = (uint8_t)families[f],
                                    .source = address,
                                    .destination = address,
                                    .id = 5,
                                    .protocol = 6,
                                    .more = true,
                                    .data = data,
                                    .len = 8};
        assert_int_equal(fragment_push(table, &fragment, 1, &joined), FRAGMENT_HELD);
        fragment.protocol = 47;
        fragment.offset = 8;
        fragment.more = false;
        enum fragment_result result = fragment_push(table, &fragment, 1, &joined);
        assert_int_equal(result, families[f] == 4 ? FRAGMENT_HELD : FRAGMENT_WHOLE);
    }
    assert_int_equal(joined.protocol, 6);
    assert_int_equal(joined.len, 16);
    fragment_free(table);
    fragment_free(NULL);
}

struct part {
    uint32_t from;
    uint32_t to;
    bool last;
    char fill;
};

static void the_first_octets_win_where_ipv4_fragments_overlap(void **state)
{
    (void)state;
    /* The payload behind a TCP header at offset 0; every case ends at 64. */
    static const struct {
        struct part parts[6];
        const char *payload;
    } cases[] = {
        {{{24, 40, false, 'a'}, {24, 64, true, 'b'}}, "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbb"},
        {{{40, 64, true, 'a'}, {24, 48, false, 'b'}}, "bbbbbbbbbbbbbbbbaaaaaaaaaaaaaaaaaaaaaaaa"},
        {{{32, 40, false, 'a'}, {48, 56, false, 'b'}, {24, 64, true, 'c'}},
         "ccccccccaaaaaaaaccccccccbbbbbbbbcccccccc"},
        {{{24, 32, false, 'a'}, {24, 32, false, 'b'}, {32, 64, true, 'c'}},
         "aaaaaaaacccccccccccccccccccccccccccccccc"},
        {{{56, 64, true, 'a'}, {32, 40, false, 'b'}, {24, 48, false, 'c'}, {40, 64, true, 'd'}},
         "ccccccccbbbbbbbbccccccccddddddddaaaaaaaa"},
        {{{24, 48, false, 'a'}, {32, 40, false, 'b'}, {40, 64, true, 'c'}},
         "aaaaaaaaaaaaaaaaaaaaaaaacccccccccccccccc"},
    };
    uint8_t bytes[64];

    make_whole(4, 4);
    for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        enum decode_result result =
            send_bytes(4, i, 0, build_data(&whole), build_len(&whole), true, 1);
        assert_int_equal(result, DECODE_FRAGMENT);
        for (const struct part *part = cases[i].parts; part->to != 0; part++) {
            assert_int_equal(result, DECODE_FRAGMENT);
            memset(bytes, part->fill, sizeof(bytes));
            result = send_bytes(4, i, part->from, bytes, part->to - part->from, !part->last, 1);
        }
        assert_int_equal(result, DECODE_SEGMENT);
        assert_int_equal(rig.segment.payload_len, 44);
        assert_memory_equal(rig.segment.payload, build_data(&whole) + 20, 4);
        assert_memory_equal(rig.segment.payload + 4, cases[i].payload, 40);
    }
}

static void an_overlap_discards_the_ipv6_datagram_and_what_comes_late(void **state)
{
    (void)state;
    static const struct {
        uint32_t from;
        uint32_t to;
        uint8_t change;
    } overlaps[] = {{0, 40, 0}, {0, 24, 0},  {8, 24, 0},  {16, 48, 0}, {24, 32, 0},
                    {0, 32, 1}, {24, 56, 0}, {56, 64, 0}, {64, 96, 9}};

    make_whole(6, OCTETS - 20);
    for (uint32_t i = 0; i < sizeof(overlaps) / sizeof(overlaps[0]); i++) {
        assert_int_equal(send_part(6, i, 0, 32, 1), DECODE_FRAGMENT);
        assert_int_equal(send_part(6, i, 48, 96, 1), DECODE_FRAGMENT);
        build_part(6, i, overlaps[i].from, build_data(&whole) + overlaps[i].from,
                   overlaps[i].to - overlaps[i].from, true);
        build_data(&b)[48] ^= overlaps[i].change;
        assert_bad(&rig, rig_build(&rig, LINK_RAW, &b), HELO_UNDECODABLE_FRAGMENT);
        assert_bad(&rig, send_part(6, i, 32, 48, 1), HELO_UNDECODABLE_FRAGMENT);
        assert_bad(&rig, send_part(6, i, 0, 32, 1), HELO_UNDECODABLE_FRAGMENT);
    }
    helo_time later = 1 + LIMIT_FRAGMENT_SECONDS * HELO_SECOND;
    assert_int_equal(send_part(6, 0, 0, 32, later), DECODE_FRAGMENT);
    assert_int_equal(send_part(6, 0, 32, 96, later), DECODE_SEGMENT);
    assert_whole(6);
}

static void an_end_that_moves_is_refused(void **state)
{
    (void)state;
    for (size_t f = 0; f < 2; f++) {
        int family = families[f];
        make_whole(family, OCTETS - 20);
        const uint8_t *bytes = build_data(&whole);
        static const struct {
            uint32_t from, to;
            bool more;
        } contradictions[] = {{80, 88, false}, {88, 104, true}, {96, 104, false}, {80, 104, false}};
        for (uint32_t i = 0; i < 4; i++) {
            uint32_t len = contradictions[i].to - contradictions[i].from;
            assert_int_equal(send_part(family, i, 88, OCTETS, 1), DECODE_FRAGMENT);
            enum decode_result result = send_bytes(family, i, contradictions[i].from, bytes, len,
                                                   contradictions[i].more, 1);
            assert_bad(&rig, result, HELO_UNDECODABLE_FRAGMENT);
            /* IPv4 goes on without the liar, IPv6 gives the datagram up. */
            assert_int_equal(send_part(family, i, 0, 88, 1),
                             family == 4 ? DECODE_SEGMENT : DECODE_UNDECODABLE);
        }
        /* The end comes after what lies behind it. */
        assert_int_equal(send_part(family, 9, 64, 72, 1), DECODE_FRAGMENT);
        assert_bad(&rig, send_bytes(family, 9, 40, bytes, 8, false, 1), HELO_UNDECODABLE_FRAGMENT);
    }
}

static void malformed_fragments_are_refused(void **state)
{
    (void)state;
    static uint8_t bytes[2000];

    for (size_t f = 0; f < 2; f++) {
        int family = families[f];
        const struct {
            uint32_t offset, len;
            bool more;
        } cases[] = {
            {0, 15, true},     /* not a multiple of 8 */
            {8, 0, false},     /* nothing in it */
            {65528, 8, false}, /* past the largest datagram by one octet */
            {65528, 2000, true},
        };
        for (size_t i = 0; i < 4; i++) {
            if (family == 6 && cases[i].len == 0)
                continue; /* its length would be 8, which is checked below */
            enum decode_result result = send_bytes(family, (uint32_t)i, cases[i].offset, bytes,
                                                   cases[i].len, cases[i].more, 1);
            assert_bad(&rig, result, HELO_UNDECODABLE_FRAGMENT);
        }
    }
    build_part(6, 1, 8, bytes, 0, false);
    assert_bad(&rig, rig_build(&rig, LINK_RAW, &b), HELO_UNDECODABLE_FRAGMENT);
}

static void a_fragment_that_was_cut_cannot_be_joined(void **state)
{
    (void)state;
    for (size_t f = 0; f < 2; f++) {
        make_whole(families[f], OCTETS - 20);
        build_part(families[f], 1, 0, build_data(&whole), 64, true);
        for (uint32_t cut = 1; cut <= 64; cut++) {
            enum decode_result result =
                rig_decode(&rig, LINK_RAW, build_data(&b), build_len(&b) - cut, build_len(&b), 1);
            assert_bad(&rig, result, HELO_UNDECODABLE_FRAGMENT);
        }
        /* The datagram can still come whole, from a retransmission in the same pieces. */
        assert_int_equal(send_part(families[f], 1, 64, OCTETS, 1), DECODE_FRAGMENT);
        assert_int_equal(send_part(families[f], 1, 0, 64, 1), DECODE_SEGMENT);
        assert_whole(families[f]);
    }
}

static void ipv4_fragments_of_other_protocols_are_not_kept(void **state)
{
    (void)state;
    uint64_t before = mem_used(rig.mem);
    build_payload(&b, 64);
    build_ipv4(&b, 1, 1, 0x2000, 0);
    assert_int_equal(rig_build(&rig, LINK_RAW, &b), DECODE_OTHER);
    assert_int_equal(mem_used(rig.mem), before);
}

static void the_first_ipv6_fragment_names_the_protocol(void **state)
{
    (void)state;
    static const struct {
        uint8_t first, second;
        enum decode_result result;
    } cases[] = {{6, 17, DECODE_SEGMENT}, {17, 6, DECODE_OTHER}};

    make_whole(6, OCTETS - 20);
    for (uint32_t i = 0; i < 4; i++) {
        bool backwards = i >= 2;
        for (int k = 0; k < 2; k++) {
            bool second = (k == 1) != backwards;
            build_part(6, i, second ? 48 : 0, build_data(&whole) + (second ? 48 : 0), 48, !second);
            build_data(&b)[40] = second ? cases[i % 2].second : cases[i % 2].first;
            assert_int_equal(rig_build(&rig, LINK_RAW, &b),
                             k == 0 ? DECODE_FRAGMENT : cases[i % 2].result);
        }
    }
}

static void extension_headers_go_on_inside_the_joined_datagram(void **state)
{
    (void)state;
    make_whole(6, OCTETS - 28);
    build_extension(&whole, 60, 6, 0);
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t from = i * 48;
        build_part(6, 1, from, build_data(&whole) + from, 48, i == 0);
        build_data(&b)[40] = 60;
        assert_int_equal(rig_build(&rig, LINK_RAW, &b), i == 0 ? DECODE_FRAGMENT : DECODE_SEGMENT);
    }
    whole.start += 8;
    assert_whole(6);
}

/* A fragment within a fragment within …: each join is one header of the chain. */
static void fragments_nested_in_fragments_end_at_the_bound(void **state)
{
    (void)state;
    enum decode_result result = DECODE_SEGMENT;

    make_whole(6, OCTETS - 20);
    for (uint32_t level = 1; level <= LIMIT_EXTENSIONS + 1; level++) {
        /* The other halves first, so that one packet then joins every level. */
        struct build inner = whole;
        for (uint32_t k = 1; k <= level; k++) {
            uint32_t half = build_len(&inner) / 16 * 8;
            build_part(6, level * 100 + k, half, build_data(&inner) + half,
                       build_len(&inner) - half, false);
            assert_int_equal(rig_build(&rig, LINK_RAW, &b), DECODE_FRAGMENT);
            inner.end = inner.start + half;
            build_fragment(&inner, k == 1 ? 6 : 44, level * 100 + k, 1);
        }
        build_bytes(&b, build_data(&inner), build_len(&inner));
        build_ipv6(&b, 44);
        result = rig_build(&rig, LINK_RAW, &b);
        if (level <= LIMIT_EXTENSIONS) {
            assert_int_equal(result, DECODE_SEGMENT);
            assert_whole(6);
        }
    }
    assert_bad(&rig, result, HELO_UNDECODABLE_NESTING);
}

static void atomic_fragments_are_whole_whatever_is_kept(void **state)
{
    (void)state;
    make_whole(6, OCTETS - 20);
    assert_int_equal(send_part(6, 7, 0, 48, 1), DECODE_FRAGMENT);
    build_part(6, 7, 0, build_data(&whole), OCTETS, false);
    assert_int_equal(rig_build(&rig, LINK_RAW, &b), DECODE_SEGMENT);
    assert_int_equal(rig.segment.payload_len, OCTETS - 20);
    assert_int_equal(send_part(6, 7, 48, OCTETS, 1), DECODE_SEGMENT);
    assert_whole(6);
}

static void reassembly_gives_up_at_its_deadline(void **state)
{
    (void)state;
    const helo_time wait = LIMIT_FRAGMENT_SECONDS * HELO_SECOND;
    static const helo_time starts[] = {0, 1700000000000000000, -5000000000};

    for (size_t f = 0; f < 2; f++) {
        make_whole(families[f], OCTETS - 20);
        for (size_t i = 0; i < 3; i++) {
            helo_time start = starts[i];
            rig_close(&rig);
            rig_open(&rig, false);
            assert_int_equal(send_part(families[f], 1, 0, 48, start), DECODE_FRAGMENT);
            assert_int_equal(send_part(families[f], 1, 48, OCTETS, start + wait - 1),
                             DECODE_SEGMENT);
            assert_int_equal(send_part(families[f], 1, 0, 48, start), DECODE_FRAGMENT);
            assert_int_equal(send_part(families[f], 1, 48, OCTETS, start + wait), DECODE_FRAGMENT);
        }
    }
}

static void expiry_needs_no_further_fragment(void **state)
{
    (void)state;
    uint64_t before = mem_used(rig.mem);
    make_whole(4, OCTETS - 20);
    assert_int_equal(send_part(4, 1, 0, 48, 5), DECODE_FRAGMENT);
    assert_true(mem_used(rig.mem) > before);
    build_plain(&b, 4, 1);
    helo_time due = 5 + LIMIT_FRAGMENT_SECONDS * HELO_SECOND;
    rig_decode(&rig, LINK_EN10MB, build_data(&b), build_len(&b), build_len(&b), due);
    assert_int_equal(mem_used(rig.mem), before);
}

static void the_end_of_time_does_not_overflow(void **state)
{
    (void)state;
    make_whole(4, OCTETS - 20);
    assert_int_equal(send_part(4, 1, 0, 48, INT64_MAX - 1), DECODE_FRAGMENT);
    assert_int_equal(send_part(4, 1, 48, OCTETS, INT64_MAX - 1), DECODE_SEGMENT);
    assert_int_equal(send_part(4, 1, 0, 48, INT64_MIN), DECODE_FRAGMENT);
    assert_int_equal(send_part(4, 1, 48, OCTETS, INT64_MIN), DECODE_SEGMENT);
    assert_whole(4);
}

static void the_oldest_datagram_makes_way_when_all_places_are_taken(void **state)
{
    (void)state;
    for (size_t f = 0; f < 2; f++) {
        make_whole(families[f], OCTETS - 20);
        for (uint32_t id = 0; id <= LIMIT_FRAGMENT_DATAGRAMS; id++)
            assert_int_equal(send_part(families[f], id, 0, 48, 1), DECODE_FRAGMENT);
        for (uint32_t id = LIMIT_FRAGMENT_DATAGRAMS; id > 0; id--)
            assert_int_equal(send_part(families[f], id, 48, OCTETS, 1), DECODE_SEGMENT);
        assert_int_equal(send_part(families[f], 0, 48, OCTETS, 1), DECODE_FRAGMENT);
        assert_int_equal(send_part(families[f], 0, 0, 48, 1), DECODE_SEGMENT);
    }
}

static void too_many_fragments_give_the_datagram_up(void **state)
{
    (void)state;
    for (size_t f = 0; f < 2; f++) {
        make_whole(families[f], 16 * LIMIT_FRAGMENTS_PER_DATAGRAM);
        uint32_t from = 0;
        for (int i = 0; i < LIMIT_FRAGMENTS_PER_DATAGRAM; i++, from += 16)
            assert_int_equal(send_part(families[f], 1, from, from + 8, 1), DECODE_FRAGMENT);
        assert_bad(&rig, send_part(families[f], 1, from, from + 8, 1), HELO_UNDECODABLE_FRAGMENT);
        assert_bad(&rig, send_part(families[f], 1, 8, 16, 1), HELO_UNDECODABLE_FRAGMENT);
    }
}

static void the_oldest_datagrams_make_way_when_too_many_octets_are_kept(void **state)
{
    (void)state;
    const uint32_t size = 32000;
    const uint32_t fit = LIMIT_FRAGMENT_OCTETS / size;

    make_whole(4, size);
    for (uint32_t id = 0; id <= fit; id++)
        assert_int_equal(send_part(4, id, 0, size, 1), DECODE_FRAGMENT);
    uint32_t end = build_len(&whole);
    for (uint32_t id = 1; id <= fit; id++) {
        assert_int_equal(send_part(4, id, size, end, 1), DECODE_SEGMENT);
        assert_whole(4);
    }
    assert_int_equal(send_part(4, 0, size, end, 1), DECODE_FRAGMENT);
    /* A datagram never makes way for itself. */
    rig_close(&rig);
    rig_open(&rig, false);
    make_whole(6, 65000);
    for (uint32_t id = 0; id < 100; id++)
        assert_int_equal(send_part(6, id, 8, 64000, 1), DECODE_FRAGMENT);
    assert_int_equal(send_part(6, 84, 64000, build_len(&whole), 1), DECODE_FRAGMENT);
    for (uint32_t id = 200; id < 216; id++)
        send_part(6, id, 8, 64000, 1);
    assert_int_equal(send_part(6, 215, 64000, build_len(&whole), 1), DECODE_FRAGMENT);
    assert_int_equal(send_part(6, 215, 0, 8, 1), DECODE_SEGMENT);
    assert_whole(6);
}

static void a_flood_of_fragments_stays_within_its_memory(void **state)
{
    (void)state;
    /* Octets, as much again for rounding, 32 for each smallest piece and its place in the list. */
    const uint64_t most = 2 * LIMIT_FRAGMENT_OCTETS +
                          (uint64_t)LIMIT_FRAGMENT_DATAGRAMS * LIMIT_FRAGMENTS_PER_DATAGRAM * 64 +
                          (1u << 17);
    uint64_t peak = 0;

    for (size_t f = 0; f < 2; f++) {
        make_whole(families[f], 60000);
        for (uint32_t i = 0; i < 60000; i++) {
            uint32_t from = i * 2654435761u % 7000 * 8;
            uint32_t size = i % 5 != 0 ? 8 : i % 3000 / 8 * 8 + 8;
            send_part(families[f], i % (i < 30000 ? 200 : 400) * 7, from, from + size, i);
            if (mem_used(rig.mem) > peak)
                peak = mem_used(rig.mem);
        }
    }
    assert_true(peak > LIMIT_FRAGMENT_OCTETS / 2);
    assert_true(peak <= most);
}

static void a_joined_segment_is_held_to_its_checksum(void **state)
{
    (void)state;
    for (size_t f = 0; f < 2; f++) {
        for (uint32_t wrong = 0; wrong < 2; wrong++) {
            make_whole(families[f], OCTETS - 20);
            build_data(&whole)[70] ^= (uint8_t)wrong;
            assert_int_equal(send_part(families[f], wrong, 0, 48, 1), DECODE_FRAGMENT);
            enum decode_result result = send_part(families[f], wrong, 48, OCTETS, 1);
            if (wrong != 0)
                assert_bad(&rig, result, HELO_UNDECODABLE_CHECKSUM);
            else
                assert_int_equal(result, DECODE_SEGMENT);
        }
    }
}

/* Two datagrams, overlapping in IPv4, while the n-th allocation fails: what still joins is right,
 * what does not is said to be lost, nothing leaks. */
static bool run_with_failure(uint64_t n)
{
    static const uint32_t order[] = {56, 0, 72, 24, 8, 40, 88, 64, 16, 80, 32, 48};
    unsigned joined = 0;

    memset(&rig, 0, sizeof(rig));
    rig.mem = mem_new(1u << 20, n);
    assert_non_null(rig.mem);
    rig.decoder = decoder_new(rig.mem, false);
    if (rig.decoder == NULL) {
        assert_int_equal(mem_used(rig.mem), 0);
        mem_destroy(rig.mem);
        return true;
    }
    for (size_t f = 0; f < 2; f++) {
        make_whole(families[f], OCTETS - 20);
        unsigned refused = 0;
        for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
            enum decode_result result = send_part(families[f], 1, order[i], order[i] + 8, 1);
            refused += result == DECODE_UNDECODABLE;
            if (result == DECODE_SEGMENT) {
                joined++;
                assert_whole(families[f]);
            }
        }
        assert_true(joined == f + 1 || refused > 0 || mem_failures(rig.mem) == 1);
    }
    bool failed = mem_failures(rig.mem) != 0;
    assert_int_equal(joined, failed ? 1 : 2);
    rig_close(&rig);
    return failed;
}

static void an_allocation_that_fails_costs_one_datagram(void **state)
{
    (void)state;
    uint64_t n = 1;

    while (run_with_failure(n))
        n++;
    assert_true(n > 30);
}

#define TEST(name)      cmocka_unit_test_setup_teardown(name, open_rig, close_rig)
#define TEST_SUMS(name) cmocka_unit_test_setup_teardown(name, open_verifying, close_rig)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(fragments_join_in_every_order),
        TEST(duplicates_change_nothing),
        TEST(many_small_fragments_join_backwards_and_shuffled),
        TEST(the_largest_datagram_joins),
        TEST(fragments_of_different_datagrams_do_not_mix),
        TEST(the_protocol_tells_ipv4_datagrams_apart_but_not_ipv6_ones),
        TEST(the_first_octets_win_where_ipv4_fragments_overlap),
        TEST(an_overlap_discards_the_ipv6_datagram_and_what_comes_late),
        TEST(an_end_that_moves_is_refused),
        TEST(malformed_fragments_are_refused),
        TEST(a_fragment_that_was_cut_cannot_be_joined),
        TEST(ipv4_fragments_of_other_protocols_are_not_kept),
        TEST(the_first_ipv6_fragment_names_the_protocol),
        TEST(extension_headers_go_on_inside_the_joined_datagram),
        TEST(fragments_nested_in_fragments_end_at_the_bound),
        TEST(atomic_fragments_are_whole_whatever_is_kept),
        TEST(reassembly_gives_up_at_its_deadline),
        TEST(expiry_needs_no_further_fragment),
        TEST(the_end_of_time_does_not_overflow),
        TEST(the_oldest_datagram_makes_way_when_all_places_are_taken),
        TEST(too_many_fragments_give_the_datagram_up),
        TEST(the_oldest_datagrams_make_way_when_too_many_octets_are_kept),
        TEST(a_flood_of_fragments_stays_within_its_memory),
        TEST_SUMS(a_joined_segment_is_held_to_its_checksum),
        cmocka_unit_test(an_allocation_that_fails_costs_one_datagram),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
