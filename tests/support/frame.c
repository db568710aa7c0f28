/* Segments as Ethernet frames with correct lengths and checksums. */
#include "frame.h"

#include <string.h>

#define ETHERNET       14
#define ETHERNET_LEAST 60
#define IPV4_HEADER    20
#define IPV6_HEADER    40
#define IPV6_FRAGMENT  8
#define TCP_HEADER     20
#define PROTOCOL_TCP   6

static void put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value & 0xffff);
}

/* RFC 1071, unfolded; a trailing odd octet counts as the high half. */
static uint64_t sum(const uint8_t *at, size_t length)
{
    uint64_t total = 0;
    for (; length >= 2; at += 2, length -= 2)
        total += (unsigned)(at[0] << 8 | at[1]);
    return length > 0 ? total + ((unsigned)at[0] << 8) : total;
}

static unsigned fold(uint64_t total)
{
    while (total >> 16 != 0)
        total = (total & 0xffff) + (total >> 16);
    return ~(unsigned)total & 0xffff;
}

static size_t address_length(const struct synth *synth)
{
    return synth->end[HELO_CLIENT].family == 6 ? 16 : 4;
}

/* MSS 1460, NOP, window scale 7, SACK permitted, NOP, NOP. */
static size_t put_options(uint8_t *at, unsigned flags)
{
    static const uint8_t options[] = {
        2, 4, SYNTH_MSS >> 8, SYNTH_MSS & 0xff, 1, 3, 3, SYNTH_SCALE, 4, 2, 1, 1};
    if ((flags & SYNTH_SYN) == 0)
        return 0;
    memcpy(at, options, sizeof options);
    return sizeof options;
}

static uint32_t put_tcp(const struct synth *synth, const struct synth_segment *s, uint8_t *at)
{
    enum helo_side peer = s->side == HELO_CLIENT ? HELO_SERVER : HELO_CLIENT;
    const struct helo_endpoint *from = &synth->end[s->side], *to = &synth->end[peer];
    size_t header = TCP_HEADER + put_options(at + TCP_HEADER, s->flags);
    put16(at, from->port);
    put16(at + 2, to->port);
    put32(at + 4, synth->isn[s->side] + s->seq);
    put32(at + 8, (s->flags & SYNTH_ACK) != 0 ? synth->isn[peer] + s->ack : 0);
    at[12] = (uint8_t)(header / 4 << 4);
    at[13] = s->flags;
    put16(at + 14, s->window);
    put32(at + 16, 0);
    if (s->length > 0)
        memcpy(at + header, s->data, s->length);
    uint32_t length = (uint32_t)header + s->length;
    size_t width = address_length(synth);
    uint64_t total = sum(from->address, width) + sum(to->address, width);
    put16(at + 16, fold(total + PROTOCOL_TCP + length + sum(at, length)));
    return length;
}

/* Where in the datagram a fragment lies. */
struct piece {
    uint32_t offset, length;
    bool more, fragmented;
    uint16_t id;
};

static size_t put_ipv4(const struct synth *synth, enum helo_side side, const struct piece *piece,
                       uint8_t *at)
{
    memset(at, 0, IPV4_HEADER);
    at[0] = 0x45;
    put16(at + 2, IPV4_HEADER + piece->length);
    put16(at + 4, piece->id);
    if (piece->fragmented)
        put16(at + 6, (piece->more ? 0x2000u : 0u) | piece->offset / 8);
    else
        put16(at + 6, 0x4000);
    at[8] = 61;
    at[9] = PROTOCOL_TCP;
    memcpy(at + 12, synth->end[side].address, 4);
    memcpy(at + 16, synth->end[side == HELO_CLIENT ? HELO_SERVER : HELO_CLIENT].address, 4);
    put16(at + 10, fold(sum(at, IPV4_HEADER)));
    return IPV4_HEADER;
}

static size_t put_ipv6(const struct synth *synth, enum helo_side side, const struct piece *piece,
                       uint8_t *at)
{
    size_t extension = piece->fragmented ? IPV6_FRAGMENT : 0;
    memset(at, 0, IPV6_HEADER + extension);
    at[0] = 0x60;
    put16(at + 4, (unsigned)extension + piece->length);
    at[6] = piece->fragmented ? 44 : PROTOCOL_TCP;
    at[7] = 61;
    memcpy(at + 8, synth->end[side].address, 16);
    memcpy(at + 24, synth->end[side == HELO_CLIENT ? HELO_SERVER : HELO_CLIENT].address, 16);
    if (piece->fragmented) {
        at[IPV6_HEADER] = PROTOCOL_TCP;
        put16(at + IPV6_HEADER + 2, piece->offset | (piece->more ? 1u : 0u));
        put32(at + IPV6_HEADER + 4, piece->id);
    }
    return IPV6_HEADER + extension;
}

static size_t put_ethernet(const struct synth *synth, enum helo_side side, uint8_t *at)
{
    static const uint8_t client[6] = {2, 0, 0, 0, 0, 1}, server[6] = {2, 0, 0, 0, 0, 2};
    memcpy(at, side == HELO_CLIENT ? server : client, 6);
    memcpy(at + 6, side == HELO_CLIENT ? client : server, 6);
    put16(at + 12, synth->end[side].family == 6 ? 0x86dd : 0x0800);
    return ETHERNET;
}

static uint32_t put_frame(const struct synth *synth, const struct synth_segment *s,
                          const struct piece *piece, const uint8_t *datagram, uint8_t *out)
{
    size_t used = put_ethernet(synth, s->side, out);
    if (synth->end[s->side].family == 6)
        used += put_ipv6(synth, s->side, piece, out + used);
    else
        used += put_ipv4(synth, s->side, piece, out + used);
    memmove(out + used, datagram + piece->offset, piece->length);
    used += piece->length;
    while (s->padded && used < ETHERNET_LEAST)
        out[used++] = 0xa5;
    return (uint32_t)used;
}

uint32_t frame_write(const struct synth *synth, const struct synth_segment *segment, uint16_t id,
                     uint8_t *out)
{
    uint8_t tcp[FRAME_MAX];
    struct piece whole = {.id = id};
    whole.length = put_tcp(synth, segment, tcp);
    return put_frame(synth, segment, &whole, tcp, out);
}

void frame_make(const struct synth *synth, const struct synth_segment *segment, uint16_t id,
                frame_fn on_frame, void *context)
{
    uint8_t tcp[FRAME_MAX], out[FRAME_MAX];
    uint32_t length = put_tcp(synth, segment, tcp);
    uint32_t step = segment->fragment == 0 ? length : segment->fragment;
    uint32_t count = (length + step - 1) / step;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t n = segment->backwards ? count - 1 - i : i;
        struct piece piece = {.offset = n * step, .id = id, .fragmented = count > 1};
        piece.more = n + 1 < count;
        piece.length = piece.more ? step : length - piece.offset;
        uint32_t size = put_frame(synth, segment, &piece, tcp, out);
        on_frame(context, out, size, segment->time);
    }
}
