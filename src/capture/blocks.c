/* The packets of a plain pcap file (draft-ietf-opsawg-pcap), in blocks. */
#include "capture/blocks.h"

#include "base/bytes.h"
#include "base/limits.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAGIC            0xa1b2c3d4u
#define MAGIC_NANOSECOND 0xa1b23c4du
#define MAJOR            2u
#define MINOR            4u
#define RECORD           16u /* octets of a packet's header */

struct blocks {
    FILE *file;   /* libpcap's, which stays where it was until it is given back */
    off_t first;  /* where the packets begin in it */
    off_t offset; /* of what is read next */
    bool swapped;
    uint32_t fraction; /* nanoseconds in a unit of the stamp's second half */
    uint32_t most;     /* octets of a packet; more is for libpcap */
    size_t at;         /* of the next packet's header, in octets */
    size_t scout;      /* of the one that blocks_ahead gives next */
    size_t ahead;      /* packets between the two */
    size_t end;
    uint8_t octets[LIMIT_CAPTURE_BLOCK];
};

static uint32_t read_u32(const struct blocks *blocks, const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return blocks->swapped ? __builtin_bswap32(value) : value;
}

/* The rarer versions differ in the order of the lengths. */
static bool is_plain(struct blocks *blocks, const uint8_t head[BLOCKS_HEAD])
{
    uint32_t magic;
    uint16_t version[2];
    memcpy(&magic, head, sizeof magic);
    memcpy(version, head + 4, sizeof version);
    blocks->swapped =
        magic == __builtin_bswap32(MAGIC) || magic == __builtin_bswap32(MAGIC_NANOSECOND);
    if (blocks->swapped) {
        magic = __builtin_bswap32(magic);
        version[0] = __builtin_bswap16(version[0]);
        version[1] = __builtin_bswap16(version[1]);
    }
    blocks->fraction = magic == MAGIC_NANOSECOND ? 1 : 1000;
    return (magic == MAGIC || magic == MAGIC_NANOSECOND) && version[0] == MAJOR &&
           version[1] == MINOR;
}

struct blocks *blocks_new(pcap_t *pcap, const uint8_t head[BLOCKS_HEAD])
{
    struct blocks *blocks = malloc(sizeof *blocks);
    if (blocks == NULL)
        return NULL;
    int snapshot = pcap_snapshot(pcap);
    blocks->file = pcap_file(pcap);
    blocks->first = blocks->offset = ftello(blocks->file);
    blocks->most = LIMIT_CAPTURE_BLOCK - RECORD;
    if (snapshot >= 0 && (uint32_t)snapshot < blocks->most)
        blocks->most = (uint32_t)snapshot;
    blocks->at = blocks->scout = blocks->end = blocks->ahead = 0;
    if (is_plain(blocks, head))
        return blocks;
    free(blocks);
    return NULL;
}

/* The packet whose header begins at offset; false if it is not whole there, or not ordinary. */
static bool packet_at(const struct blocks *blocks, size_t offset, struct pcap_pkthdr *header,
                      const uint8_t **data)
{
    const uint8_t *at = blocks->octets + offset;
    size_t left = blocks->end - offset;
    if (left < RECORD)
        return false;
    header->caplen = read_u32(blocks, at + 8);
    header->len = read_u32(blocks, at + 12);
    if (header->caplen > blocks->most || left - RECORD < header->caplen)
        return false;
    header->ts.tv_sec = (int32_t)read_u32(blocks, at);
    header->ts.tv_usec = (int64_t)(int32_t)read_u32(blocks, at + 4) * blocks->fraction;
    *data = at + RECORD;
    return true;
}

/* Moves what is left to the front and reads on; false if nothing more came. */
static bool refill(struct blocks *blocks)
{
    blocks->end -= blocks->at;
    blocks->scout -= blocks->at;
    memmove(blocks->octets, blocks->octets + blocks->at, blocks->end);
    blocks->at = 0;
    ssize_t got;
    do {
        got = pread(fileno(blocks->file), blocks->octets + blocks->end,
                    LIMIT_CAPTURE_BLOCK - blocks->end, blocks->offset);
    } while (got < 0 && errno == EINTR);
    if (got <= 0)
        return false; /* a failure is libpcap's to tell of */
    blocks->end += (size_t)got;
    blocks->offset += got;
    return true;
}

/* Sets libpcap's file to the packet at hand. */
static enum blocks_result give_back(struct blocks *blocks)
{
    (void)fseeko(blocks->file, blocks->offset - (off_t)(blocks->end - blocks->at), SEEK_SET);
    return BLOCKS_REST;
}

uint64_t blocks_read_bytes(const struct blocks *blocks)
{
    return (uint64_t)(blocks->offset - blocks->first) + BLOCKS_HEAD;
}

enum blocks_result blocks_next(struct blocks *blocks, struct pcap_pkthdr *header,
                               const uint8_t **data)
{
    while (!packet_at(blocks, blocks->at, header, data))
        if (!refill(blocks))
            return give_back(blocks);
    blocks->at += RECORD + header->caplen;
    if (blocks->ahead > 0)
        blocks->ahead--;
    else
        blocks->scout = blocks->at;
    return BLOCKS_PACKET;
}

bool blocks_ahead(struct blocks *blocks, struct pcap_pkthdr *header, const uint8_t **data)
{
    if (blocks->ahead == LIMIT_CAPTURE_AHEAD || !packet_at(blocks, blocks->scout, header, data))
        return false;
    blocks->scout += RECORD + header->caplen;
    blocks->ahead++;
    return true;
}

void blocks_free(struct blocks *blocks)
{
    free(blocks);
}
