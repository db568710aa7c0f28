/* Keeping what an AUTH exchange reveals, and no secret longer than needed. */
#include "smtp/sasl/state.h"

#include <openssl/sha.h>
#include <string.h>

/* A repeated token may be cut; this much of its head is one already. */
#define SHORTEST_HEAD 8

struct state_kept {
    struct state_kept *next;
    size_t size;
    uint8_t octets[];
};

void state_set(struct sasl *sasl, struct text *text, struct helo_slice value)
{
    if (value.len > LIMIT_STRING_KEPT)
        value.len = LIMIT_STRING_KEPT;
    if (!text_set(sasl->mem, text, value, LIMIT_STRING_KEPT))
        sasl->failed = true;
}

void state_wipe(struct sasl *sasl)
{
    if (sasl->secret != NULL)
        explicit_bzero(sasl->secret, sasl->secret_len);
    mem_give(sasl->mem, sasl->secret, sasl->secret_len);
    sasl->secret = NULL;
    sasl->secret_len = 0;
}

void state_secret(struct sasl *sasl, struct helo_slice part)
{
    if (part.len == 0)
        return;
    if (sasl->secrets != NULL)
        secrets_add(sasl->secrets, part);
    if (sasl->secret_is_old)
        state_wipe(sasl);
    sasl->secret_is_old = false;
    size_t before = sasl->secret_len;
    uint8_t *joined = mem_take(sasl->mem, before + part.len);
    if (joined == NULL) {
        sasl->failed = true;
        return;
    }
    if (before > 0)
        memcpy(joined, sasl->secret, before);
    memcpy(joined + before, part.ptr, part.len);
    state_wipe(sasl);
    sasl->secret = joined;
    sasl->secret_len = before + part.len;
}

void state_private(struct sasl *sasl, struct helo_slice part)
{
    if (sasl->secrets != NULL && part.len > 0)
        secrets_add(sasl->secrets, part);
}

void state_reusable(struct sasl *sasl, struct helo_slice secret)
{
    if (secret.len == 0)
        return;
    state_secret(sasl, secret);
    SHA256(secret.ptr, secret.len, sasl->fingerprint);
    sasl->has_fingerprint = true;
    sasl->exposed = true;
}

static bool repeats_secret(const struct sasl *sasl, struct helo_slice text)
{
    size_t head = sasl->secret_len < SHORTEST_HEAD ? sasl->secret_len : SHORTEST_HEAD;
    return head > 0 && memmem(text.ptr, text.len, sasl->secret, head) != NULL;
}

struct helo_slice state_keep(struct sasl *sasl, struct helo_slice text)
{
    if (!sasl->keeping || text.len == 0 || repeats_secret(sasl, text))
        return (struct helo_slice){NULL, 0};
    size_t len = text.len < LIMIT_STRING_KEPT ? text.len : LIMIT_STRING_KEPT;
    struct state_kept *kept = mem_take(sasl->mem, sizeof(*kept) + len);
    if (kept == NULL) {
        sasl->failed = true;
        return (struct helo_slice){NULL, 0};
    }
    kept->next = sasl->kept;
    kept->size = sizeof(*kept) + len;
    sasl->kept = kept;
    if (sasl->secrets != NULL)
        text = secrets_mask(sasl->secrets, text, false, kept->octets, len);
    if (text.ptr != kept->octets)
        memcpy(kept->octets, text.ptr, len);
    return (struct helo_slice){kept->octets, text.len < len ? text.len : len};
}

/* The length of the UTF-8 character at text (RFC 3629, by its shape only), 0 if it is none or a
 * control. */
static size_t character(struct helo_slice text)
{
    uint8_t first = text.ptr[0];
    if (first < 0x80)
        return first >= 0x20 && first != 0x7f ? 1 : 0;
    size_t len = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.len < len)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((text.ptr[i] & 0xc0) != 0x80)
            return 0;
    return len;
}

struct helo_slice state_keep_plain(struct sasl *sasl, struct helo_slice text)
{
    while (text.len > 0 && text.ptr[text.len - 1] == '\0')
        text.len--;
    for (struct helo_slice rest = text; rest.len > 0;) {
        size_t n = character(rest);
        if (n == 0)
            return (struct helo_slice){NULL, 0};
        rest.ptr += n;
        rest.len -= n;
    }
    return state_keep(sasl, text);
}

void state_drop_kept(struct sasl *sasl)
{
    while (sasl->kept != NULL) {
        struct state_kept *kept = sasl->kept;
        sasl->kept = kept->next;
        mem_give(sasl->mem, kept, kept->size);
    }
}
