/* Masking what a reply repeats of a line that may hold a secret. */
#include "smtp/session.h"

#define SHORTEST_ECHO 4

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

/* The length of the longest run at text that the secret has somewhere. */
static size_t echo_at(struct helo_slice text, size_t at, struct helo_slice secret)
{
    size_t longest = 0;
    for (size_t s = 0; s + longest < secret.len; s++) {
        size_t n = 0;
        while (at + n < text.len && s + n < secret.len &&
               lower(text.ptr[at + n]) == lower(secret.ptr[s + n]))
            n++;
        if (n > longest)
            longest = n;
    }
    return longest;
}

struct helo_slice mask_echo(struct helo_slice text, struct helo_slice secret, uint8_t *scratch,
                            size_t size)
{
    size_t shortest = secret.len < SHORTEST_ECHO ? secret.len : SHORTEST_ECHO;
    size_t out = 0;
    if (shortest == 0)
        return text;
    if (text.len > LIMIT_STRING_KEPT)
        text.len = LIMIT_STRING_KEPT;
    for (size_t i = 0; i < text.len && out < size;) {
        size_t n = echo_at(text, i, secret);
        if (n >= shortest) {
            /* Never longer than what it replaces: text may be scratch itself. */
            for (size_t stars = n < 3 ? n : 3; stars > 0 && out < size; stars--)
                scratch[out++] = '*';
            i += n;
        } else {
            scratch[out++] = text.ptr[i++];
        }
    }
    return (struct helo_slice){scratch, out};
}
