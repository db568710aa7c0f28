/* The adapter to nDPI, for 4.2 and from 4.10 on: the only file that knows it, or its versions. */
#include "classify/ndpi.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#include <ndpi_api.h>
#pragma GCC diagnostic pop

#include <string.h>

#include "base/limits.h"

#define IP_HEADER  20u
#define TCP_HEADER 20u
#define PACKET     (IP_HEADER + TCP_HEADER + LIMIT_CLASSIFY_OCTETS)

#if NDPI_MAJOR > 4 || (NDPI_MAJOR == 4 && NDPI_MINOR >= 10)
#define NDPI_HAS_CONTEXTS 1 /* no preferences, a context shared by modules instead */
#else
#define NDPI_HAS_CONTEXTS 0
#endif

struct naming {
    struct ndpi_detection_module_struct *module;
    char name[64];
    _Alignas(8) uint8_t packet[PACKET];
};

static struct ndpi_detection_module_struct *module_new(void)
{
#if NDPI_HAS_CONTEXTS
    struct ndpi_detection_module_struct *module = ndpi_init_detection_module(NULL);
#else
    struct ndpi_detection_module_struct *module =
        ndpi_init_detection_module(ndpi_dont_load_tor_hosts | ndpi_dont_init_libgcrypt);
#endif
    if (module == NULL)
        return NULL;
#if NDPI_MAJOR < 5 /* since then all protocols are on from the beginning */
    NDPI_PROTOCOL_BITMASK all;
    NDPI_BITMASK_SET_ALL(all);
    ndpi_set_protocol_detection_bitmask2(module, &all);
#endif
    ndpi_finalize_initialization(module);
    return module;
}

struct naming *naming_new(struct mem *mem)
{
    struct naming *naming = mem_take_zero(mem, sizeof(*naming));
    if (naming == NULL)
        return NULL;
    naming->module = module_new();
    if (naming->module == NULL) {
        mem_give(mem, naming, sizeof(*naming));
        return NULL;
    }
    return naming;
}

void naming_free(struct mem *mem, struct naming *naming)
{
    if (naming == NULL)
        return;
    ndpi_exit_detection_module(naming->module);
    mem_give(mem, naming, sizeof(*naming));
}

static size_t flow_size(void)
{
    return ndpi_detection_get_sizeof_ndpi_flow_struct();
}

/* To others a connection's state is a struct naming_flow, which there is none of. */
static struct ndpi_flow_struct *ndpi_of(struct naming_flow *flow)
{
    return (struct ndpi_flow_struct *)(void *)flow;
}

struct naming_flow *naming_begin(struct mem *mem)
{
    return mem_take_zero(mem, flow_size());
}

void naming_end(struct mem *mem, struct naming_flow *flow)
{
    if (flow == NULL)
        return;
    ndpi_free_flow_data(ndpi_of(flow));
    mem_give(mem, flow, flow_size());
}

static void put_u16(uint8_t *to, unsigned value)
{
    to[0] = (uint8_t)(value >> 8);
    to[1] = (uint8_t)value;
}

static void put_u32(uint8_t *to, uint32_t value)
{
    put_u16(to, value >> 16);
    put_u16(to + 2, value & 0xffff);
}

/* nDPI wants packets: the payload behind headers of ours, with the connection's numbers. The
 * addresses are for documentation (RFC 5737), so that nDPI's lists of networks name nothing, and
 * the ports dynamic ones (RFC 6335): by port 25 alone, 4.2 takes a request of HTTP for SMTP. */
static unsigned write_packet(uint8_t *packet, enum helo_side side, const struct segment *segment)
{
    static const uint8_t ends[HELO_SIDES][4] = {{192, 0, 2, 1}, {192, 0, 2, 2}};
    static const unsigned ports[HELO_SIDES] = {61001, 61002};
    size_t len =
        segment->payload_len < LIMIT_CLASSIFY_OCTETS ? segment->payload_len : LIMIT_CLASSIFY_OCTETS;
    unsigned total = (unsigned)(IP_HEADER + TCP_HEADER + len);
    uint8_t *tcp = packet + IP_HEADER;

    memset(packet, 0, IP_HEADER + TCP_HEADER);
    packet[0] = 0x45;
    put_u16(packet + 2, total);
    packet[8] = 64;
    packet[9] = 6;
    memcpy(packet + 12, ends[side], 4);
    memcpy(packet + 16, ends[1 - side], 4);
    put_u16(tcp, ports[side]);
    put_u16(tcp + 2, ports[1 - side]);
    put_u32(tcp + 4, segment->seq);
    put_u32(tcp + 8, segment->ack);
    tcp[12] = TCP_HEADER / 4 << 4;
    tcp[13] = (uint8_t)(SEGMENT_ACK | SEGMENT_PSH);
    put_u16(tcp + 14, segment->window);
    memcpy(tcp + TCP_HEADER, segment->payload, len);
    return total;
}

/* TLS.Google is TLS to us: what is spoken, not to whom. */
static uint16_t protocol_of(const ndpi_protocol *found)
{
#if NDPI_MAJOR >= 5
    uint16_t master = found->proto.master_protocol, app = found->proto.app_protocol;
#else
    uint16_t master = found->master_protocol, app = found->app_protocol;
#endif
    return master != NDPI_PROTOCOL_UNKNOWN ? master : app;
}

uint16_t naming_segment(struct naming *naming, struct naming_flow *flow, enum helo_side side,
                        const struct segment *segment)
{
    unsigned total = write_packet(naming->packet, side, segment);
    uint64_t milliseconds = (uint64_t)(segment->time / HELO_MILLISECOND);
#if NDPI_HAS_CONTEXTS
    ndpi_protocol found = ndpi_detection_process_packet(
        naming->module, ndpi_of(flow), naming->packet, (unsigned short)total, milliseconds, NULL);
#else
    ndpi_protocol found = ndpi_detection_process_packet(
        naming->module, ndpi_of(flow), naming->packet, (unsigned short)total, milliseconds);
#endif
    /* Not by the port, nor by what other connections were. */
    return ndpi_of(flow)->confidence == NDPI_CONFIDENCE_DPI ? protocol_of(&found) : NAMING_UNKNOWN;
}

bool naming_is_smtp(uint16_t protocol)
{
    return protocol == NDPI_PROTOCOL_MAIL_SMTP || protocol == NDPI_PROTOCOL_MAIL_SMTPS;
}

const char *naming_name(struct naming *naming, uint16_t protocol)
{
    const char *name = ndpi_get_proto_name(naming->module, protocol);
    size_t len = 0;
    for (; name != NULL && name[len] != '\0' && len + 1 < sizeof(naming->name); len++) {
        char c = name[len];
        naming->name[len] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    }
    naming->name[len] = '\0';
    return naming->name;
}
