/* Attributes of one letter, and the header in front of them that SCRAM and OAUTHBEARER share. */
#include "smtp/sasl/gs2.h"

#include <string.h>

#include "base/limits.h"
#include "smtp/text.h"

struct helo_slice gs2_next(struct helo_slice *rest)
{
    const uint8_t *comma = rest->len > 0 ? memchr(rest->ptr, ',', rest->len) : NULL;
    size_t n = comma != NULL ? (size_t)(comma - rest->ptr) : rest->len;
    struct helo_slice attribute = {rest->ptr, n};
    size_t taken = comma != NULL ? n + 1 : n;
    rest->ptr += taken;
    rest->len -= taken;
    return attribute;
}

bool gs2_letter(struct helo_slice attribute, uint8_t letter, struct helo_slice *value)
{
    if (attribute.len < 2 || attribute.ptr[0] != letter || attribute.ptr[1] != '=')
        return false;
    *value = (struct helo_slice){attribute.ptr + 2, attribute.len - 2};
    return true;
}

bool gs2_find(struct helo_slice list, uint8_t letter, struct helo_slice *value)
{
    while (list.len > 0)
        if (gs2_letter(gs2_next(&list), letter, value))
            return true;
    return false;
}

bool gs2_unescape(struct helo_slice value, uint8_t *room, struct helo_slice *name)
{
    size_t n = 0;
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = value.ptr[i];
        if (c == '=') {
            struct helo_slice code = {value.ptr + i + 1, value.len - i - 1};
            if (!slice_has_prefix(code, "2C") && !slice_has_prefix(code, "3D"))
                return false;
            c = code.ptr[0] == '2' ? ',' : '=';
            i += 2;
        }
        if (n < LIMIT_STRING_KEPT)
            room[n++] = c;
    }
    *name = (struct helo_slice){room, n};
    return true;
}

bool gs2_header(struct helo_slice *rest, struct helo_slice *binding, uint8_t *room,
                struct helo_slice *authzid)
{
    struct helo_slice as;
    *binding = gs2_next(rest);
    as = gs2_next(rest);
    *authzid = (struct helo_slice){NULL, 0};
    if (!slice_is(*binding, "n") && !slice_is(*binding, "y") && !gs2_letter(*binding, 'p', binding))
        return false;
    return as.len == 0 || (gs2_letter(as, 'a', &as) && gs2_unescape(as, room, authzid));
}
