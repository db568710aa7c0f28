/* Base64, checked before libb64 sees it: libb64 1.2 skips what it does not know, reads past its
 * table for '{', writes an octet more than it decodes, and takes char to be signed. */
#include "smtp/base64.h"

#include <b64/cdecode.h>
#include <string.h>

/* Characters handed to libb64 at a time: whole groups, so that no state crosses a block. */
#define BLOCK_TEXT 1024u
#define BLOCK_DATA (BLOCK_TEXT / 4 * 3)

bool base64_has(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
}

static struct base64_outcome fault(enum base64_fault which, size_t at)
{
    return (struct base64_outcome){.fault = which, .at = at};
}

/* Tells what is wrong with text; *data is how many of its characters are no padding. */
static struct base64_outcome check(struct helo_slice text, size_t *data)
{
    size_t end = text.len;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '=') {
            if (end == text.len)
                end = i;
        } else if (!base64_has(text.ptr[i])) {
            return fault(BASE64_ALPHABET, i);
        }
    }
    for (size_t i = end; i < text.len; i++)
        if (text.ptr[i] != '=')
            return fault(BASE64_PADDING, end);
    size_t wanted = end % 4 == 0 ? 0 : 4 - end % 4;
    size_t padding = text.len - end;
    *data = end;
    if (padding > wanted || (padding > 0 && wanted == 3))
        return fault(BASE64_PADDING, wanted == 3 ? end : end + wanted);
    if (padding > 0 && padding < wanted)
        return fault(BASE64_PADDING, text.len);
    if (padding < wanted)
        return fault(BASE64_LENGTH, text.len);
    return (struct base64_outcome){.len = end / 4 * 3 + end % 4 * 3 / 4};
}

struct base64_outcome base64_decode(struct helo_slice text, uint8_t *buffer, size_t size)
{
    size_t data = 0;
    struct base64_outcome outcome = check(text, &data);
    if (outcome.fault != BASE64_OK || buffer == NULL)
        return outcome;
    if (outcome.len > size) {
        outcome.fault = BASE64_ROOM;
        return outcome;
    }
    char block[BLOCK_DATA + 1];
    base64_decodestate state;
    size_t done = 0;
    for (size_t at = 0; at < data; at += BLOCK_TEXT) {
        size_t n = data - at < BLOCK_TEXT ? data - at : BLOCK_TEXT;
        base64_init_decodestate(&state);
        int got = base64_decode_block((const char *)text.ptr + at, (int)n, block, &state);
        memcpy(buffer + done, block, (size_t)got);
        done += (size_t)got;
    }
    explicit_bzero(block, sizeof(block));
    explicit_bzero(&state, sizeof(state));
    return outcome;
}
