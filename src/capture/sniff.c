/* What a file's content is: which clock a capture has, and what a file that is none looks like. */
#include "capture/sniff.h"

#include "base/bytes.h"
#include "base/limits.h"

#include <string.h>

#define PCAP_NANOSECOND_MAGIC 0xa1b23c4du

/* pcapng (draft-ietf-opsawg-pcapng): block types, the byte-order magic, the option that counts. */
#define BLOCK_SECTION         0x0a0d0d0au
#define BLOCK_INTERFACE       1u
#define BLOCK_PACKET_OBSOLETE 2u
#define BLOCK_SIMPLE_PACKET   3u
#define BLOCK_ENHANCED_PACKET 6u
#define BYTE_ORDER_MAGIC      0x1a2b3c4du
#define OPTION_END            0u
#define OPTION_TSRESOL        9u

/* Fixed parts: a block's type and length, an interface block up to its options. */
#define BLOCK_HEAD     8u
#define INTERFACE_HEAD 16u

static uint32_t read_u32(const uint8_t *at, bool little)
{
    return little ? __builtin_bswap32(bytes_u32(at)) : bytes_u32(at);
}

static uint32_t read_u16(const uint8_t *at, bool little)
{
    return little ? (uint32_t)(at[1] << 8 | at[0]) : bytes_u16(at);
}

/* if_tsresol: a negative power of 10, or of 2 with the high bit set; 2^-20 s is under 1 us. */
static bool resolution_is_fine(uint8_t value)
{
    return (value & 0x80) != 0 ? (value & 0x7f) >= 20 : value > 6;
}

static bool options_are_fine(const uint8_t *at, size_t len, bool little)
{
    struct bytes options = {at, len};
    while (options.left >= 4) {
        uint32_t code = read_u16(options.at, little);
        uint32_t size = read_u16(options.at + 2, little);
        if (code == OPTION_END)
            return false;
        if (code == OPTION_TSRESOL && size >= 1 && options.left >= 5)
            return resolution_is_fine(options.at[4]);
        if (!bytes_skip(&options, 4 + ((size + 3) & ~(size_t)3)))
            return false;
    }
    return false;
}

static bool pcapng_is_fine(struct source *source)
{
    bool little = false;
    size_t at = 0;
    const uint8_t *head;
    while (source_peek(source, at + BLOCK_HEAD + 4, &head) >= at + BLOCK_HEAD + 4) {
        uint32_t type = bytes_u32(head + at);
        if (type == BLOCK_SECTION)
            little = bytes_u32(head + at + BLOCK_HEAD) != BYTE_ORDER_MAGIC;
        else
            type = read_u32(head + at, little);
        uint32_t len = read_u32(head + at + 4, little);
        if (type == BLOCK_PACKET_OBSOLETE || type == BLOCK_SIMPLE_PACKET ||
            type == BLOCK_ENHANCED_PACKET || len < BLOCK_HEAD + 4 || len > LIMIT_CAPTURE_HEAD)
            return false;
        if (source_peek(source, at + len, &head) < at + len)
            return false;
        if (type == BLOCK_INTERFACE && len >= INTERFACE_HEAD + 4 &&
            options_are_fine(head + at + INTERFACE_HEAD, len - INTERFACE_HEAD - 4, little))
            return true;
        at += len;
    }
    return false;
}

bool sniff_nanoseconds(struct source *source)
{
    const uint8_t *head;
    if (source_peek(source, 4, &head) < 4)
        return false;
    uint32_t magic = bytes_u32(head);
    if (magic == BLOCK_SECTION)
        return pcapng_is_fine(source);
    return magic == PCAP_NANOSECOND_MAGIC || magic == __builtin_bswap32(PCAP_NANOSECOND_MAGIC);
}

#define HELP_EDITCAP "`editcap IN OUT.pcapng` turns it into one that can be read"
#define HELP_UNPACK  "unpack it and give the captures in it"

static const struct {
    size_t offset;
    const char *magic;
    struct sniff_kind kind;
} magics[] = {
    {0, "\xfd\x37zXZ", {"an xz file", "`xz -dc IN | heloscope -r -` reads it"}},
    {0, "BZh", {"a bzip2 file", "`bzip2 -dc IN | heloscope -r -` reads it"}},
    {0, "\x04\x22\x4d\x18", {"an lz4 file", "`lz4 -dc IN | heloscope -r -` reads it"}},
    {0, "\x1f\x8b", {"gzip data packed twice", "unpack it once"}},
    {0, "\x28\xb5\x2f\xfd", {"zstd data packed twice", "unpack it once"}},
    {0, "PK\x03\x04", {"a zip archive", HELP_UNPACK}},
    {0, "7z\xbc\xaf\x27\x1c", {"a 7z archive", HELP_UNPACK}},
    {257, "ustar", {"a tar archive", HELP_UNPACK}},
    {0, "snoop", {"a snoop capture", HELP_EDITCAP}},
    {0, "GMBU", {"a Network Monitor capture", HELP_EDITCAP}},
    {0, "RTSS", {"a Network Monitor capture", HELP_EDITCAP}},
    {0, "XCP", {"a NetXRay capture", HELP_EDITCAP}},
    {0, "TRSNIFF data", {"a Sniffer capture", HELP_EDITCAP}},
    {0, "iptrace ", {"an iptrace capture", HELP_EDITCAP}},
    {0, "\x7f\x45LF", {"a program", NULL}},
    {0, "%PDF-", {"a PDF document", NULL}},
    {0, "{\"", {"JSON", "heloscope reads captures and writes JSON"}},
};

static bool is_text(const uint8_t *head, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((head[i] < 0x20 && strchr("\t\n\r\f\x1b", head[i]) == NULL) || head[i] == 0x7f ||
            head[i] == 0)
            return false;
    return true;
}

struct sniff_kind sniff_kind(const uint8_t *head, size_t len)
{
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++) {
        size_t offset = magics[i].offset;
        size_t size = strlen(magics[i].magic);
        if (len >= offset + size && memcmp(head + offset, magics[i].magic, size) == 0)
            return magics[i].kind;
    }
    if (is_text(head, len))
        return (struct sniff_kind){"text", "`tcpdump -w FILE` writes a capture, without -w text"};
    return (struct sniff_kind){"neither pcap nor pcapng", NULL};
}
