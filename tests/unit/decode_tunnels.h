/* Every encapsulation that decode follows, put around a packet. */
#ifndef TESTS_DECODE_TUNNELS_H
#define TESTS_DECODE_TUNNELS_H

#include "decode_build.h"

enum { TYPE_IPV4 = 0x0800, TYPE_IPV6 = 0x86dd, TYPE_MPLS = 0x8847, TYPE_FRAME = 0x6558 };

/* Outer headers differ from the inner ones in their last address octets and in their MACs. */

static inline void build_outer_ipv4(struct build *b, uint8_t protocol, uint16_t id, uint16_t place)
{
    build_ipv4(b, protocol, id, place, 0);
    uint8_t *ip = build_data(b);
    ip[15] = 101;
    ip[19] = 102;
    put16(ip + 10, 0);
    put16(ip + 10, (uint16_t)~build_sum(0, ip, 20));
}

static inline void build_outer_ipv6(struct build *b, uint8_t next)
{
    build_ipv6(b, next);
    build_data(b)[23] = 101;
    build_data(b)[39] = 102;
}

static inline void build_outer_frame(struct build *b, uint16_t type)
{
    build_ethernet(b, type);
    build_data(b)[5] = build_data(b)[11] = 0xee;
}

/* IP and Ethernet around a tunnel's header. */
static inline void build_outer(struct build *b, int family, uint8_t protocol)
{
    if (family == 4)
        build_outer_ipv4(b, protocol, 9, 0);
    else
        build_outer_ipv6(b, protocol);
    build_outer_frame(b, family == 4 ? TYPE_IPV4 : TYPE_IPV6);
}

static inline void build_udp(struct build *b, uint16_t port)
{
    uint32_t payload = build_len(b);
    uint8_t *udp = build_front(b, 8);
    put16(udp, 55555);
    put16(udp + 2, port);
    put16(udp + 4, payload + 8);
}

/* flags with the options that they announce. */
static inline void build_gre(struct build *b, uint16_t flags, uint16_t protocol)
{
    size_t options = 0;
    for (uint16_t flag = 0x8000; flag >= 0x1000; flag = (uint16_t)(flag >> 1))
        options += (flags & flag) != 0 && flag != 0x4000 ? 4 : 0;
    uint8_t *gre = build_front(b, 4 + options);
    put16(gre, flags);
    put16(gre + 2, protocol);
    memset(gre + 4, 0x5a, options);
}

#define BUILD_TRUNCATED 0x0400

static inline void build_erspan_ii(struct build *b, uint16_t flags_session)
{
    uint8_t *erspan = build_front(b, 8);
    put16(erspan, 0x1000 | 33);
    put16(erspan + 2, flags_session);
    put32(erspan + 4, 0x000abcde);
    build_gre(b, 0x1000, 0x88be);
}

static inline void build_erspan_iii(struct build *b, uint16_t flags_session, uint16_t last)
{
    if ((last & 1) != 0)
        memset(build_front(b, 8), 0xc3, 8);
    uint8_t *erspan = build_front(b, 12);
    put16(erspan, 0x2000 | 33);
    put16(erspan + 2, flags_session);
    put32(erspan + 4, 0x11223344);
    put16(erspan + 10, last);
    build_gre(b, 0x1000, 0x22eb);
}

static inline void build_vxlan(struct build *b, uint8_t flags, uint8_t next, uint32_t vni)
{
    uint8_t *vxlan = build_front(b, 8);
    vxlan[0] = flags;
    vxlan[3] = next;
    put32(vxlan + 4, vni << 8);
    build_udp(b, next != 0 || (flags & 0x02) != 0 ? 4790 : 4789);
}

static inline void build_geneve(struct build *b, uint8_t words, uint16_t protocol, uint32_t vni)
{
    memset(build_front(b, words * 4u), 0x99, words * 4u);
    uint8_t *geneve = build_front(b, 8);
    geneve[0] = words;
    geneve[1] = 0x40; /* critical options: none of our business */
    put16(geneve + 2, protocol);
    put32(geneve + 4, vni << 8);
    build_udp(b, 6081);
}

static inline void build_labels(struct build *b, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        put32(build_front(b, 4), (uint32_t)(1000 + i) << 12 | (i == 0 ? 0x100u : 0) | 64);
}

static inline void build_pppoe(struct build *b, uint16_t session, uint16_t protocol)
{
    if (protocol <= UINT8_MAX && (session & 1) != 0)
        build_front(b, 1)[0] = (uint8_t)protocol;
    else
        put16(build_front(b, 2), protocol);
    uint32_t length = build_len(b);
    uint8_t *pppoe = build_front(b, 6);
    put16(pppoe, 0x1100);
    put16(pppoe + 2, session);
    put16(pppoe + 4, length);
}

/* The encapsulations; each puts everything from its own header to the outer Ethernet's. */

static inline void wrap_gre_v4(struct build *b)
{
    build_gre(b, 0, TYPE_IPV4);
    build_outer(b, 4, 47);
}

static inline void wrap_gre_v6(struct build *b)
{
    build_gre(b, 0x2000, TYPE_IPV6);
    build_outer(b, 6, 47);
}

static inline void wrap_gretap(struct build *b)
{
    build_gre(b, 0, TYPE_FRAME);
    build_outer(b, 4, 47);
}

static inline void wrap_gre_options(struct build *b)
{
    build_gre(b, 0xb000, TYPE_FRAME);
    build_outer(b, 6, 47);
}

static inline void wrap_gre_reserved(struct build *b)
{
    build_gre(b, 0x03f8, TYPE_FRAME);
    build_outer(b, 4, 47);
}

static inline void wrap_gre_mpls(struct build *b)
{
    build_labels(b, 2);
    build_gre(b, 0, TYPE_MPLS);
    build_outer(b, 4, 47);
}

static inline void wrap_erspan_i(struct build *b)
{
    build_gre(b, 0, 0x88be);
    build_outer(b, 4, 47);
}

static inline void wrap_erspan_ii(struct build *b)
{
    build_erspan_ii(b, 7);
    build_outer(b, 4, 47);
}

static inline void wrap_erspan_ii_max(struct build *b)
{
    build_erspan_ii(b, 0xfbff);
    build_outer(b, 6, 47);
}

static inline void wrap_erspan_iii(struct build *b)
{
    build_erspan_iii(b, 7, 0x8000);
    build_outer(b, 4, 47);
}

static inline void wrap_erspan_iii_platform(struct build *b)
{
    build_erspan_iii(b, 0, 0x8001);
    build_outer(b, 6, 47);
}

static inline void wrap_erspan_iii_ip(struct build *b)
{
    build_erspan_iii(b, 1023, 0x0801);
    build_outer(b, 4, 47);
}

static inline void wrap_vxlan(struct build *b)
{
    build_vxlan(b, 0x08, 0, 42);
    build_outer(b, 4, 17);
}

static inline void wrap_vxlan_group(struct build *b)
{
    build_vxlan(b, 0x88, 0, 0xffffff);
    build_outer(b, 6, 17);
}

static inline void wrap_gpe_v4(struct build *b)
{
    build_vxlan(b, 0x0c, 1, 43);
    build_outer(b, 4, 17);
}

static inline void wrap_gpe_v6(struct build *b)
{
    build_vxlan(b, 0x0e, 2, 0);
    build_outer(b, 6, 17);
}

static inline void wrap_gpe_frame(struct build *b)
{
    build_vxlan(b, 0x0c, 3, 44);
    build_outer(b, 4, 17);
}

static inline void wrap_gpe_plain(struct build *b)
{
    build_vxlan(b, 0x0a, 0, 45);
    build_outer(b, 4, 17);
}

static inline void wrap_gpe_no_vni(struct build *b)
{
    build_vxlan(b, 0x04, 3, 46);
    build_outer(b, 4, 17);
}

static inline void wrap_gpe_mpls(struct build *b)
{
    build_labels(b, 1);
    build_vxlan(b, 0x0c, 5, 47);
    build_outer(b, 4, 17);
}

static inline void wrap_geneve(struct build *b)
{
    build_geneve(b, 0, TYPE_FRAME, 5);
    build_outer(b, 4, 17);
}

static inline void wrap_geneve_options(struct build *b)
{
    build_geneve(b, 63, TYPE_FRAME, 6);
    build_outer(b, 6, 17);
}

static inline void wrap_geneve_v4(struct build *b)
{
    build_geneve(b, 1, TYPE_IPV4, 7);
    build_outer(b, 4, 17);
}

static inline void wrap_geneve_v6(struct build *b)
{
    build_geneve(b, 2, TYPE_IPV6, 8);
    build_outer(b, 4, 17);
}

static inline void wrap_4_in_4(struct build *b)
{
    build_outer(b, 4, 4);
}

static inline void wrap_6_in_4(struct build *b)
{
    build_outer(b, 4, 41);
}

static inline void wrap_4_in_6(struct build *b)
{
    build_outer(b, 6, 4);
}

static inline void wrap_6_in_6(struct build *b)
{
    build_outer_ipv6(b, 41);
    /* RFC 2473 section 4.1.1: the tunnel encapsulation limit in a destination option. */
    b->start += 40;
    build_extension(b, 60, 41, 0);
    build_outer(b, 6, 60);
}

static inline void wrap_mpls(struct build *b)
{
    build_labels(b, LIMIT_LABELS);
    build_outer_frame(b, TYPE_MPLS);
}

static inline void wrap_mpls_multicast(struct build *b)
{
    build_labels(b, 1);
    build_outer_frame(b, 0x8848);
}

static inline void wrap_mpls_pseudowire(struct build *b)
{
    put32(build_front(b, 4), 0x00001234);
    build_labels(b, 2);
    build_outer_frame(b, TYPE_MPLS);
}

static inline void wrap_mpls_in_ip(struct build *b)
{
    build_labels(b, 1);
    build_outer(b, 4, 137);
}

static inline void wrap_pppoe_v4(struct build *b)
{
    build_pppoe(b, 16, 0x0021);
    build_outer_frame(b, 0x8864);
}

static inline void wrap_pppoe_v6(struct build *b)
{
    build_pppoe(b, 0xfffe, 0x0057);
    build_outer_frame(b, 0x8864);
}

static inline void wrap_pppoe_short(struct build *b)
{
    build_pppoe(b, 17, 0x0021);
    build_outer_frame(b, 0x8864);
}

static inline void wrap_pppoe_mpls(struct build *b)
{
    build_labels(b, 1);
    build_pppoe(b, 18, 0x0281);
    build_outer_frame(b, 0x8864);
}

/* One row per encapsulation. */
static const struct wrap {
    void (*put)(struct build *b);
    uint16_t content; /* what goes inside: TYPE_FRAME, TYPE_IPV4 or TYPE_IPV6 */
    int outer;        /* the version of IP in the frame around it; 0: none */
    struct helo_tunnel tunnels[2];
    uint8_t count;
} wraps[] = {
    {wrap_gre_v4, TYPE_IPV4, 4, {{HELO_TUNNEL_GRE, false, 0}}, 1},
    {wrap_gre_v6, TYPE_IPV6, 6, {{HELO_TUNNEL_GRE, false, 0}}, 1},
    {wrap_gretap, TYPE_FRAME, 4, {{HELO_TUNNEL_GRE, false, 0}}, 1},
    {wrap_gre_options, TYPE_FRAME, 6, {{HELO_TUNNEL_GRE, false, 0}}, 1},
    {wrap_gre_reserved, TYPE_FRAME, 4, {{HELO_TUNNEL_GRE, false, 0}}, 1},
    {wrap_gre_mpls, TYPE_IPV6, 4, {{HELO_TUNNEL_GRE, false, 0}, {HELO_TUNNEL_MPLS, false, 0}}, 2},
    {wrap_erspan_i, TYPE_FRAME, 4, {{HELO_TUNNEL_ERSPAN, false, 0}}, 1},
    {wrap_erspan_ii, TYPE_FRAME, 4, {{HELO_TUNNEL_ERSPAN, true, 7}}, 1},
    {wrap_erspan_ii_max, TYPE_FRAME, 6, {{HELO_TUNNEL_ERSPAN, true, 1023}}, 1},
    {wrap_erspan_iii, TYPE_FRAME, 4, {{HELO_TUNNEL_ERSPAN, true, 7}}, 1},
    {wrap_erspan_iii_platform, TYPE_FRAME, 6, {{HELO_TUNNEL_ERSPAN, true, 0}}, 1},
    {wrap_erspan_iii_ip, TYPE_IPV6, 4, {{HELO_TUNNEL_ERSPAN, true, 1023}}, 1},
    {wrap_vxlan, TYPE_FRAME, 4, {{HELO_TUNNEL_VXLAN, true, 42}}, 1},
    {wrap_vxlan_group, TYPE_FRAME, 6, {{HELO_TUNNEL_VXLAN, true, 0xffffff}}, 1},
    {wrap_gpe_v4, TYPE_IPV4, 4, {{HELO_TUNNEL_VXLAN, true, 43}}, 1},
    {wrap_gpe_v6, TYPE_IPV6, 6, {{HELO_TUNNEL_VXLAN, true, 0}}, 1},
    {wrap_gpe_frame, TYPE_FRAME, 4, {{HELO_TUNNEL_VXLAN, true, 44}}, 1},
    {wrap_gpe_plain, TYPE_FRAME, 4, {{HELO_TUNNEL_VXLAN, true, 45}}, 1},
    {wrap_gpe_no_vni, TYPE_FRAME, 4, {{HELO_TUNNEL_VXLAN, false, 0}}, 1},
    {wrap_gpe_mpls, TYPE_IPV4, 4, {{HELO_TUNNEL_VXLAN, true, 47}, {HELO_TUNNEL_MPLS, false, 0}}, 2},
    {wrap_geneve, TYPE_FRAME, 4, {{HELO_TUNNEL_GENEVE, true, 5}}, 1},
    {wrap_geneve_options, TYPE_FRAME, 6, {{HELO_TUNNEL_GENEVE, true, 6}}, 1},
    {wrap_geneve_v4, TYPE_IPV4, 4, {{HELO_TUNNEL_GENEVE, true, 7}}, 1},
    {wrap_geneve_v6, TYPE_IPV6, 4, {{HELO_TUNNEL_GENEVE, true, 8}}, 1},
    {wrap_4_in_4, TYPE_IPV4, 4, {{HELO_TUNNEL_IPIP, false, 0}}, 1},
    {wrap_6_in_4, TYPE_IPV6, 4, {{HELO_TUNNEL_IPIP, false, 0}}, 1},
    {wrap_4_in_6, TYPE_IPV4, 6, {{HELO_TUNNEL_IPIP, false, 0}}, 1},
    {wrap_6_in_6, TYPE_IPV6, 6, {{HELO_TUNNEL_IPIP, false, 0}}, 1},
    {wrap_mpls, TYPE_IPV4, 0, {{HELO_TUNNEL_MPLS, false, 0}}, 1},
    {wrap_mpls_multicast, TYPE_IPV6, 0, {{HELO_TUNNEL_MPLS, false, 0}}, 1},
    {wrap_mpls_pseudowire, TYPE_FRAME, 0, {{HELO_TUNNEL_MPLS, false, 0}}, 1},
    {wrap_mpls_in_ip, TYPE_IPV4, 4, {{HELO_TUNNEL_MPLS, false, 0}}, 1},
    {wrap_pppoe_v4, TYPE_IPV4, 0, {{HELO_TUNNEL_PPPOE, true, 16}}, 1},
    {wrap_pppoe_v6, TYPE_IPV6, 0, {{HELO_TUNNEL_PPPOE, true, 0xfffe}}, 1},
    {wrap_pppoe_short, TYPE_IPV4, 0, {{HELO_TUNNEL_PPPOE, true, 17}}, 1},
    {wrap_pppoe_mpls,
     TYPE_IPV4,
     0,
     {{HELO_TUNNEL_PPPOE, true, 18}, {HELO_TUNNEL_MPLS, false, 0}},
     2},
};
#define WRAPS (sizeof(wraps) / sizeof(wraps[0]))

/* The version of IP that a row's innermost packet has in the tests. */
static inline int wrap_family(const struct wrap *wrap)
{
    return wrap->content == TYPE_IPV6 ? 6 : 4;
}

/* A plain packet with so much payload, wrapped once. */
static inline void build_wrapped(struct build *b, const struct wrap *wrap, size_t payload)
{
    build_plain(b, wrap_family(wrap), payload);
    if (wrap->content != TYPE_FRAME)
        b->start += 14;
    wrap->put(b);
}

#endif
