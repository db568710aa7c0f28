/* Unpacks gzip (RFC 1952) and zstd (RFC 8878) data piece by piece. */
#include "capture/unpack.h"

#include <stdlib.h>
#include <string.h>
#define ZLIB_CONST
#include <zlib.h>
#include <zstd.h>

/* inflateInit2: the largest window, and a gzip header instead of a zlib one. */
#define GZIP_WINDOW_BITS (15 + 16)

struct unpack {
    enum unpack_kind kind;
    bool inside;  /* in the middle of a member or frame */
    bool padding; /* gzip: zeros behind the last member, as tape blocks have them */
    z_stream gzip;
    ZSTD_DStream *zstd;
};

enum unpack_kind unpack_kind_of(const uint8_t *head, size_t len)
{
    if (len >= 2 && head[0] == 0x1f && head[1] == 0x8b)
        return UNPACK_GZIP;
    if (len >= 4 && memcmp(head, "\x28\xb5\x2f\xfd", 4) == 0)
        return UNPACK_ZSTD;
    /* RFC 8878 section 3.1.2: some programs put a skippable frame first. */
    if (len >= 4 && (head[0] & 0xf0) == 0x50 && memcmp(head + 1, "\x2a\x4d\x18", 3) == 0)
        return UNPACK_ZSTD;
    return UNPACK_PLAIN;
}

const char *unpack_name(enum unpack_kind kind)
{
    return kind == UNPACK_GZIP ? "gzip" : kind == UNPACK_ZSTD ? "zstd" : "plain";
}

struct unpack *unpack_new(enum unpack_kind kind)
{
    struct unpack *unpack = calloc(1, sizeof *unpack);
    if (unpack == NULL)
        return NULL;
    unpack->kind = kind;
    bool ready;
    if (kind == UNPACK_GZIP) {
        ready = inflateInit2(&unpack->gzip, GZIP_WINDOW_BITS) == Z_OK;
    } else {
        unpack->zstd = ZSTD_createDStream();
        ready = unpack->zstd != NULL;
    }
    if (!ready) {
        free(unpack);
        return NULL;
    }
    return unpack;
}

static const char *gzip_step(struct unpack *unpack, const uint8_t **in, const uint8_t *in_end,
                             uint8_t *out, size_t out_size, size_t *written)
{
    if (!unpack->inside) {
        while (*in < in_end && **in == 0) {
            unpack->padding = true;
            (*in)++;
        }
        if (*in == in_end)
            return NULL;
        if (unpack->padding || **in != 0x1f)
            return "other data behind its end";
        unpack->inside = true;
    }
    z_stream *z = &unpack->gzip;
    z->next_in = *in;
    z->avail_in = (uInt)(in_end - *in);
    z->next_out = out;
    z->avail_out = (uInt)out_size;
    int result = inflate(z, Z_NO_FLUSH);
    *in = z->next_in;
    *written = out_size - z->avail_out;
    if (result == Z_STREAM_END) {
        unpack->inside = false;
        inflateReset(z);
        return NULL;
    }
    if (result == Z_OK || result == Z_BUF_ERROR)
        return NULL;
    return z->msg != NULL ? z->msg : "out of memory or wrong format";
}

static const char *zstd_step(struct unpack *unpack, const uint8_t **in, const uint8_t *in_end,
                             uint8_t *out, size_t out_size, size_t *written)
{
    ZSTD_inBuffer input = {*in, (size_t)(in_end - *in), 0};
    ZSTD_outBuffer output = {out, out_size, 0};
    size_t result = ZSTD_decompressStream(unpack->zstd, &output, &input);
    *in += input.pos;
    *written = output.pos;
    if (ZSTD_isError(result))
        return ZSTD_getErrorName(result);
    if (input.pos > 0 || output.pos > 0)
        unpack->inside = result != 0;
    return NULL;
}

const char *unpack_step(struct unpack *unpack, const uint8_t **in, const uint8_t *in_end,
                        uint8_t *out, size_t out_size, size_t *written)
{
    *written = 0;
    if (unpack->kind == UNPACK_GZIP)
        return gzip_step(unpack, in, in_end, out, out_size, written);
    return zstd_step(unpack, in, in_end, out, out_size, written);
}

bool unpack_may_end(const struct unpack *unpack)
{
    return !unpack->inside;
}

void unpack_free(struct unpack *unpack)
{
    if (unpack == NULL)
        return;
    if (unpack->kind == UNPACK_GZIP)
        inflateEnd(&unpack->gzip);
    ZSTD_freeDStream(unpack->zstd);
    free(unpack);
}
