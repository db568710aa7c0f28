/* Builds packets from the inside out, and decodes exact-size copies of them. */
#ifndef TESTS_DECODE_BUILD_H
#define TESTS_DECODE_BUILD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decode/decode.h"
#include "decode/link.h"

#define BUILD_FRONT 4096
#define BUILD_ROOM  (BUILD_FRONT + 140000)

/* Octets [start, end) of room; headers are put in front. */
struct build {
    uint8_t room[BUILD_ROOM];
    size_t start;
    size_t end;
};

static const uint8_t build_v4[2][4] = {{192, 0, 2, 1}, {198, 51, 100, 2}};
static const uint8_t build_v6[2][16] = {
    {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},
    {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 2},
};
static const uint8_t build_macs[12] = {2, 0, 0, 0, 0, 0xd0, 2, 0, 0, 0, 0, 0x50};

static inline uint8_t *build_data(struct build *b)
{
    return b->room + b->start;
}

static inline uint32_t build_len(const struct build *b)
{
    return (uint32_t)(b->end - b->start);
}

static inline void put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static inline void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value & 0xffff);
}

/* Puts n zero octets in front and returns where they are. */
static inline uint8_t *build_front(struct build *b, size_t n)
{
    assert_true(b->start >= n);
    b->start -= n;
    memset(build_data(b), 0, n);
    return build_data(b);
}

/* Appends n octets behind everything: what a link pads with. */
static inline void build_pad(struct build *b, size_t n)
{
    assert_true(b->end + n <= BUILD_ROOM);
    memset(b->room + b->end, 0xee, n);
    b->end += n;
}

/* Starts a packet with a payload of n octets that differ from their neighbours. */
static inline void build_payload(struct build *b, size_t n)
{
    b->start = b->end = BUILD_FRONT;
    build_pad(b, n);
    for (size_t i = 0; i < n; i++)
        b->room[BUILD_FRONT + i] = (uint8_t)(i * 7 + i / 251 + 1);
}

/* Starts a packet with these octets. */
static inline void build_bytes(struct build *b, const uint8_t *data, size_t n)
{
    build_payload(b, n);
    memcpy(build_data(b), data, n);
}

/* The one's complement sum as RFC 1071 words it, 16 bits at a time. */
static inline uint16_t build_sum(uint32_t sum, const uint8_t *data, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        sum += (i & 1) != 0 ? data[i] : (uint32_t)data[i] << 8;
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)sum;
}

#define BUILD_SOURCE_PORT      49152
#define BUILD_DESTINATION_PORT 25
#define BUILD_SEQ              0xfffffff0u
#define BUILD_ACK              0x12345678u

static inline void build_tcp(struct build *b, int family, uint8_t flags, const uint8_t *options,
                             size_t options_len)
{
    uint8_t *tcp = build_front(b, 20 + options_len);
    put16(tcp, BUILD_SOURCE_PORT);
    put16(tcp + 2, BUILD_DESTINATION_PORT);
    put32(tcp + 4, BUILD_SEQ);
    put32(tcp + 8, BUILD_ACK);
    tcp[12] = (uint8_t)((20 + options_len) / 4 << 4);
    tcp[13] = flags;
    put16(tcp + 14, 4321);
    if (options_len != 0)
        memcpy(tcp + 20, options, options_len);
    const uint8_t *addresses = family == 4 ? build_v4[0] : build_v6[0];
    uint16_t sum = build_sum(6 + (build_len(b) >> 16) + (build_len(b) & 0xffff), addresses,
                             family == 4 ? 8 : 32);
    put16(tcp + 16, (uint16_t)~build_sum(sum, tcp, build_len(b)));
}

/* An IPv4 header; id and place are for fragments; options_len a multiple of 4. */
static inline void build_ipv4(struct build *b, uint8_t protocol, uint16_t id, uint16_t place,
                              size_t options_len)
{
    uint8_t *ip = build_front(b, 20 + options_len);
    ip[0] = (uint8_t)(0x45 + options_len / 4);
    put16(ip + 2, build_len(b));
    put16(ip + 4, id);
    put16(ip + 6, place);
    ip[8] = 64;
    ip[9] = protocol;
    memcpy(ip + 12, build_v4, 8);
    memset(ip + 20, 1, options_len);
    put16(ip + 10, (uint16_t)~build_sum(0, ip, 20 + options_len));
}

static inline void build_ipv6(struct build *b, uint8_t next)
{
    uint32_t payload = build_len(b);
    uint8_t *ip = build_front(b, 40);
    ip[0] = 0x60;
    put16(ip + 4, payload);
    ip[6] = next;
    ip[7] = 64;
    memcpy(ip + 8, build_v6, 32);
}

/* An extension header of kind's length rule, units as its length octet states. */
static inline void build_extension(struct build *b, uint8_t kind, uint8_t next, uint8_t units)
{
    size_t size = kind == 51 ? (units + 2u) * 4u : (units + 1u) * 8u;
    uint8_t *extension = build_front(b, size);
    extension[0] = next;
    extension[1] = units;
}

static inline void build_fragment(struct build *b, uint8_t next, uint32_t id, uint16_t place)
{
    uint8_t *header = build_front(b, 8);
    header[0] = next;
    put16(header + 2, place);
    put32(header + 4, id);
}

static inline void build_vlan(struct build *b, uint16_t tci, uint16_t type)
{
    uint8_t *tag = build_front(b, 4);
    put16(tag, tci);
    put16(tag + 2, type);
}

static inline void build_ethernet(struct build *b, uint16_t type)
{
    uint8_t *header = build_front(b, 14);
    memcpy(header, build_macs, 12);
    put16(header + 12, type);
}

/* A whole packet: payload octets in TCP in IPv4 or IPv6 in Ethernet. */
static inline void build_plain(struct build *b, int family, size_t payload)
{
    build_payload(b, payload);
    build_tcp(b, family, SEGMENT_ACK | SEGMENT_PSH, NULL, 0);
    if (family == 4)
        build_ipv4(b, 6, 1, 0, 0);
    else
        build_ipv6(b, 6);
    build_ethernet(b, family == 4 ? 0x0800 : 0x86dd);
}

/* A decoder and what it said last. */
struct rig {
    struct mem *mem;
    struct decoder *decoder;
    uint8_t *copy; /* of the last packet, exactly its octets, so that an overread is caught */
    struct segment segment;
    enum helo_undecodable reason;
};

static inline void rig_open(struct rig *rig, bool verify_checksums)
{
    memset(rig, 0, sizeof(*rig));
    rig->mem = mem_new(64u << 20, 0);
    assert_non_null(rig->mem);
    rig->decoder = decoder_new(rig->mem, verify_checksums);
    assert_non_null(rig->decoder);
}

static inline void rig_close(struct rig *rig)
{
    decoder_free(rig->decoder);
    assert_int_equal(mem_used(rig->mem), 0);
    mem_destroy(rig->mem);
    free(rig->copy);
}

static inline enum decode_result rig_decode(struct rig *rig, int link_type, const uint8_t *data,
                                            uint32_t captured, uint32_t length, helo_time now)
{
    free(rig->copy);
    rig->copy = malloc(captured);
    assert_true(rig->copy != NULL || captured == 0);
    if (captured != 0)
        memcpy(rig->copy, data, captured);
    struct helo_packet packet = {.time = now,
                                 .data = rig->copy,
                                 .captured = captured,
                                 .length = length,
                                 .link_type = link_type,
                                 .number = 42};
    memset(&rig->segment, 0xa5, sizeof(rig->segment));
    rig->reason = HELO_UNDECODABLE_COUNT;
    return decode_packet(rig->decoder, &packet, now, &rig->segment, &rig->reason);
}

static inline enum decode_result rig_build(struct rig *rig, int link_type, struct build *b)
{
    return rig_decode(rig, link_type, build_data(b), build_len(b), build_len(b), 1);
}

static inline void assert_bad(struct rig *rig, enum decode_result result,
                              enum helo_undecodable reason)
{
    assert_int_equal(result, DECODE_UNDECODABLE);
    assert_int_equal(rig->reason, reason);
}

#endif
