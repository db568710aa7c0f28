/* SCRAM (RFC 5802, 7677): attributes of one letter; the server's last word comes in a 334. */
#include <string.h>

#include "smtp/base64.h"
#include "smtp/path.h"
#include "smtp/sasl/mechanism.h"

static struct helo_slice attribute_next(struct helo_slice *rest)
{
    const uint8_t *comma = rest->len > 0 ? memchr(rest->ptr, ',', rest->len) : NULL;
    size_t n = comma != NULL ? (size_t)(comma - rest->ptr) : rest->len;
    struct helo_slice attribute = {rest->ptr, n};
    size_t taken = comma != NULL ? n + 1 : n;
    rest->ptr += taken;
    rest->len -= taken;
    return attribute;
}

static bool has_letter(struct helo_slice attribute, char letter, struct helo_slice *value)
{
    if (attribute.len < 2 || attribute.ptr[0] != letter || attribute.ptr[1] != '=')
        return false;
    *value = (struct helo_slice){attribute.ptr + 2, attribute.len - 2};
    return true;
}

static bool find(struct helo_slice list, char letter, struct helo_slice *value)
{
    while (list.len > 0)
        if (has_letter(attribute_next(&list), letter, value))
            return true;
    return false;
}

/* Undoes =2C and =3D (section 5.1) into room for LIMIT_STRING_KEPT octets; false at any other '='.
 */
static bool unescape(struct helo_slice value, uint8_t *room, struct helo_slice *name)
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

/* gs2-header client-first-message-bare: "n,a=admin,n=user,r=…" (section 7). */
static unsigned client_first(struct sasl *sasl, struct helo_slice answer)
{
    struct helo_slice rest = answer;
    struct helo_slice binding = attribute_next(&rest);
    struct helo_slice authzid = attribute_next(&rest);
    struct helo_slice as = {NULL, 0};
    struct helo_slice user;
    struct helo_slice nonce;
    uint8_t as_room[LIMIT_STRING_KEPT];
    uint8_t user_room[LIMIT_STRING_KEPT];

    if (!slice_is(binding, "n") && !slice_is(binding, "y") && !has_letter(binding, 'p', &binding))
        return SASL_MALFORMED;
    if (authzid.len > 0 &&
        (!has_letter(authzid, 'a', &authzid) || !unescape(authzid, as_room, &as)))
        return SASL_MALFORMED;
    if (!find(rest, 'r', &nonce) || !find(rest, 'n', &user) || !unescape(user, user_room, &user))
        return SASL_MALFORMED;
    state_set(sasl, &sasl->detail[STATE_BINDING], binding);
    state_set(sasl, &sasl->authzid, as);
    state_set(sasl, &sasl->user, user);
    sasl->user_seen = true;
    return user.len == 0 ? SASL_EMPTY : 0;
}

unsigned scram_response(struct sasl *sasl, struct helo_slice answer)
{
    struct helo_slice value;
    if (answer.len == 0) /* rightly so after the server's last word */
        return sasl->user_seen || sasl->lost ? 0 : SASL_EMPTY;
    if (!slice_has_prefix(answer, "c="))
        return client_first(sasl, answer);
    sasl->user_seen = true;
    if (!find(answer, 'r', &value) || !find(answer, 'p', &value))
        return SASL_MALFORMED;
    state_secret(sasl, value);
    return value.len == 0 ? SASL_EMPTY : 0;
}

unsigned scram_challenge(struct sasl *sasl, struct helo_slice text, struct helo_challenge *to)
{
    struct helo_slice value;
    struct helo_slice salt;
    uint64_t iterations;
    to->kind = HELO_CHALLENGE_SERVER_FINAL;
    struct helo_slice rest = text;
    struct helo_slice first = attribute_next(&rest);
    if (has_letter(first, 'v', &value))
        return value.len == 0 ? SASL_EMPTY : 0;
    if (has_letter(first, 'e', &value)) {
        to->text = state_keep_plain(sasl, value);
        return value.len == 0 ? SASL_EMPTY : 0;
    }
    to->kind = HELO_CHALLENGE_NONCE;
    if (!find(text, 'r', &value) || !find(text, 's', &salt)) {
        to->kind = HELO_CHALLENGE_OTHER;
        return SASL_MALFORMED;
    }
    struct base64_outcome outcome = base64_decode(salt, NULL, 0);
    if (outcome.fault != BASE64_OK || !find(text, 'i', &value) ||
        !number_parse(value, &iterations) || iterations == 0 || iterations > UINT32_MAX)
        return SASL_MALFORMED;
    sasl->salt_length = (uint32_t)outcome.len;
    to->iterations = (uint32_t)iterations;
    return 0;
}
