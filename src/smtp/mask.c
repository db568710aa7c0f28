/* Masking what a reply repeats of a line that may hold a secret: in time linear in both. */
#include "smtp/session.h"

/* So many octets in a row that both have are an echo; fewer are chance. Base64 of the same
 * mechanism's messages has more in common than people's texts. */
#define ECHO_TEXT      4
#define ECHO_CHALLENGE 16

/* Which runs of so many octets a secret has: a bit for each value of their hash. */
struct runs {
    size_t length;
    uint8_t bits[2][1u << 13]; /* by two halves of the hash, so that chance hits are rare */
};

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static uint32_t hash_run(const uint8_t *at, size_t length)
{
    uint32_t hash = UINT32_C(2166136261); /* FNV-1a */
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ lower(at[i])) * UINT32_C(16777619);
    return hash;
}

static void note_runs(struct runs *runs, struct helo_slice secret)
{
    size_t length = runs->length;
    for (size_t i = 0; i + length <= secret.len; i++) {
        uint32_t hash = hash_run(secret.ptr + i, length);
        uint32_t high = hash >> 16;
        uint32_t low = hash & 0xffff;
        runs->bits[0][high / 8] |= (uint8_t)(1u << (high % 8));
        runs->bits[1][low / 8] |= (uint8_t)(1u << (low % 8));
    }
}

static bool has_run(const struct runs *runs, const uint8_t *at)
{
    uint32_t hash = hash_run(at, runs->length);
    uint32_t high = hash >> 16;
    uint32_t low = hash & 0xffff;
    return ((runs->bits[0][high / 8] >> (high % 8)) & (runs->bits[1][low / 8] >> (low % 8)) & 1) !=
           0;
}

/* The octets at the start of text that echo a secret too short to have a run: itself, whole. */
static size_t short_echo(struct helo_slice text, struct helo_slice secret)
{
    for (size_t i = 0; i < secret.len; i++) {
        if (i >= text.len || lower(text.ptr[i]) != lower(secret.ptr[i]))
            return 0;
    }
    return secret.len;
}

/* The octets at the start of text that are made of the secret's runs, one overlapping the next. */
static size_t long_echo(struct helo_slice text, const struct runs *runs)
{
    size_t echoed = 0;
    for (size_t i = 0; i + runs->length <= text.len && has_run(runs, text.ptr + i); i++)
        echoed = i + runs->length;
    return echoed;
}

struct helo_slice mask_echo(struct helo_slice text, struct helo_slice secret, bool challenge,
                            uint8_t *scratch, size_t size)
{
    size_t length = challenge ? ECHO_CHALLENGE : ECHO_TEXT;
    struct runs runs = {.length = length};
    size_t out = 0;
    if (secret.len == 0)
        return text;
    if (text.len > LIMIT_STRING_KEPT)
        text.len = LIMIT_STRING_KEPT;
    if (secret.len >= length)
        note_runs(&runs, secret);
    while (text.len > 0 && out < size) {
        size_t n = secret.len < length ? short_echo(text, secret) : long_echo(text, &runs);
        /* Never longer than what it replaces: text may be scratch itself. */
        for (size_t stars = n < 3 ? n : 3; stars > 0 && out < size; stars--)
            scratch[out++] = '*';
        if (n == 0)
            scratch[out++] = text.ptr[0];
        size_t step = n > 0 ? n : 1;
        text.ptr += step;
        text.len -= step;
    }
    return (struct helo_slice){scratch, out};
}
