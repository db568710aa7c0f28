/* CRAM-MD5 (RFC 2195): a time stamp in angle brackets, answered by a name and a keyed digest. */
#include <string.h>

#include "smtp/sasl/mechanism.h"

#define DIGEST_DIGITS 32

unsigned cram_challenge(struct sasl *sasl, struct helo_slice text, struct helo_challenge *to)
{
    to->kind = HELO_CHALLENGE_NONCE;
    to->text = state_keep_plain(sasl, text);
    if (text.len < 2 || text.ptr[0] != '<' || text.ptr[text.len - 1] != '>')
        return SASL_MALFORMED;
    const uint8_t *at = memrchr(text.ptr, '@', text.len);
    if (at == NULL)
        return SASL_MALFORMED;
    const uint8_t *end = text.ptr + text.len - 1;
    to->host = state_keep(sasl, (struct helo_slice){at + 1, (size_t)(end - (at + 1))});
    return 0;
}

static bool is_digest(struct helo_slice text)
{
    if (text.len != DIGEST_DIGITS)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f') && !(c >= 'A' && c <= 'F'))
            return false;
    }
    return true;
}

/* The name may hold blanks: the digest stands behind the last one. */
unsigned cram_response(struct sasl *sasl, struct helo_slice answer)
{
    if (answer.len == 0)
        return SASL_EMPTY;
    const uint8_t *blank = memrchr(answer.ptr, ' ', answer.len);
    if (blank == NULL)
        return SASL_MALFORMED;
    struct helo_slice user = {answer.ptr, (size_t)(blank - answer.ptr)};
    struct helo_slice digest = {blank + 1, answer.len - user.len - 1};
    if (!is_digest(digest))
        return SASL_MALFORMED;
    state_set(sasl, &sasl->user, user);
    state_secret(sasl, digest);
    return user.len == 0 ? SASL_EMPTY : 0;
}
