/* SCRAM (RFC 5802, 7677): attributes of one letter; the server's last word comes in a 334. */
#include "smtp/base64.h"
#include "smtp/path.h"
#include "smtp/sasl/gs2.h"
#include "smtp/sasl/mechanism.h"

/* gs2-header client-first-message-bare: "n,a=admin,n=user,r=…" (section 7). */
static unsigned client_first(struct sasl *sasl, struct helo_slice answer)
{
    struct helo_slice rest = answer;
    struct helo_slice binding;
    struct helo_slice authzid;
    struct helo_slice user;
    struct helo_slice nonce;
    uint8_t authzid_room[LIMIT_STRING_KEPT];
    uint8_t user_room[LIMIT_STRING_KEPT];

    if (!gs2_header(&rest, &binding, authzid_room, &authzid))
        return SASL_MALFORMED;
    if (!gs2_find(rest, 'r', &nonce) || !gs2_find(rest, 'n', &user) ||
        !gs2_unescape(user, user_room, &user))
        return SASL_MALFORMED;
    state_set(sasl, &sasl->detail[STATE_BINDING], binding);
    state_set(sasl, &sasl->authzid, authzid);
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
    if (!gs2_find(answer, 'r', &value) || !gs2_find(answer, 'p', &value))
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
    struct helo_slice first = gs2_next(&rest);
    if (gs2_letter(first, 'v', &value))
        return value.len == 0 ? SASL_EMPTY : 0;
    if (gs2_letter(first, 'e', &value)) {
        to->text = state_keep_plain(sasl, value);
        return value.len == 0 ? SASL_EMPTY : 0;
    }
    to->kind = HELO_CHALLENGE_NONCE;
    if (!gs2_find(text, 'r', &value) || !gs2_find(text, 's', &salt)) {
        to->kind = HELO_CHALLENGE_OTHER;
        return SASL_MALFORMED;
    }
    struct base64_outcome outcome = base64_decode(salt, NULL, 0);
    if (outcome.fault != BASE64_OK || !gs2_find(text, 'i', &value) ||
        !number_parse(value, &iterations) || iterations == 0 || iterations > UINT32_MAX)
        return SASL_MALFORMED;
    sasl->salt_length = (uint32_t)outcome.len;
    to->iterations = (uint32_t)iterations;
    return 0;
}
