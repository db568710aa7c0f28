/* XOAUTH2 (as Google and Microsoft document it) and OAUTHBEARER (RFC 7628): a name and a token. */
#include <string.h>

#include "smtp/path.h"
#include "smtp/sasl/gs2.h"
#include "smtp/sasl/mechanism.h"
#include "smtp/sasl/member.h"

#define SEPARATOR 0x01

/* Cuts off the first "key=value" of a list with a separator behind each. */
static struct helo_slice next_pair(struct helo_slice *list)
{
    const uint8_t *end = memchr(list->ptr, SEPARATOR, list->len);
    size_t n = end != NULL ? (size_t)(end - list->ptr) : list->len;
    struct helo_slice pair = {list->ptr, n};
    n += end != NULL ? 1 : 0;
    list->ptr += n;
    list->len -= n;
    return pair;
}

/* The value of "key=value" in such a list. */
static bool find(struct helo_slice list, const char *key, struct helo_slice *value)
{
    while (list.len > 0) {
        struct helo_slice pair = next_pair(&list);
        if (slice_has_prefix(pair, key)) {
            *value = (struct helo_slice){pair.ptr + strlen(key), pair.len - strlen(key)};
            return true;
        }
    }
    return false;
}

/* What else is in the list, such as a query or a body of HTTP (RFC 7628 section 3.1), may have a
 * token in it as well. */
static void keep_rest_private(struct sasl *sasl, struct helo_slice list)
{
    static const char *const KNOWN[] = {"auth=", "user=", "host=", "port="};
    while (list.len > 0) {
        struct helo_slice pair = next_pair(&list);
        bool known = false;
        for (size_t i = 0; i < sizeof(KNOWN) / sizeof(KNOWN[0]); i++)
            known = known || slice_has_prefix(pair, KNOWN[i]);
        const uint8_t *value = pair.len > 0 ? memchr(pair.ptr, '=', pair.len) : NULL;
        if (!known && value != NULL)
            state_private(
                sasl, (struct helo_slice){value + 1, pair.len - (size_t)(value + 1 - pair.ptr)});
    }
}

/* After an error the client has nothing to say, and says so in one of two ways (RFC 7628 section
 * 3.2.3). */
static bool is_acknowledgement(struct helo_slice answer)
{
    return answer.len == 0 || (answer.len == 1 && answer.ptr[0] == SEPARATOR);
}

/* The credentials behind the scheme's name. */
static unsigned take_token(struct sasl *sasl, struct helo_slice authorization)
{
    struct helo_slice token = authorization;
    struct helo_slice scheme = slice_word(&token);
    while (token.len > 0 && token.ptr[0] == ' ') {
        token.ptr++;
        token.len--;
    }
    if (token.len == 0 && !slice_is(scheme, "Bearer"))
        token = scheme;
    sasl->password_seen = true;
    state_reusable(sasl, token);
    return token.len == 0 ? SASL_EMPTY : 0;
}

unsigned xoauth2_response(struct sasl *sasl, struct helo_slice answer)
{
    struct helo_slice user;
    struct helo_slice token;
    if (is_acknowledgement(answer))
        return sasl->password_seen || sasl->lost ? 0 : SASL_EMPTY;
    if (!slice_has_prefix(answer, "user=") || !find(answer, "user=", &user) ||
        !find(answer, "auth=", &token))
        return SASL_MALFORMED;
    state_set(sasl, &sasl->user, user);
    return take_token(sasl, token) | (user.len == 0 ? SASL_EMPTY : 0u);
}

/* The name in the header is whom to act as; that the token is theirs, the server finds out, so it
 * is the only name there is. */
unsigned oauthbearer_response(struct sasl *sasl, struct helo_slice answer)
{
    struct helo_slice list = answer;
    struct helo_slice binding;
    struct helo_slice user;
    struct helo_slice value;
    uint8_t room[LIMIT_STRING_KEPT];
    uint64_t port;
    if (is_acknowledgement(answer))
        return sasl->password_seen || sasl->lost ? 0 : SASL_EMPTY;
    if (!gs2_header(&list, &binding, room, &user) || list.len == 0 || list.ptr[0] != SEPARATOR ||
        !find(list, "auth=", &value))
        return SASL_MALFORMED;
    unsigned odd = take_token(sasl, value);
    keep_rest_private(sasl, list);
    if (user.len == 0)
        (void)find(list, "user=", &user);
    state_set(sasl, &sasl->user, user);
    if (find(list, "host=", &value))
        state_set(sasl, &sasl->detail[STATE_HOST], value);
    if (find(list, "port=", &value)) {
        if (number_parse(value, &port) && port <= UINT16_MAX)
            sasl->port = (uint16_t)port;
        else
            odd |= SASL_MALFORMED;
    }
    return odd;
}

unsigned oauth_challenge(struct sasl *sasl, struct helo_slice text, struct helo_challenge *to)
{
    uint8_t room[LIMIT_STRING_KEPT];
    struct helo_slice value;
    if (!sasl->password_seen && !sasl->lost)
        return other_challenge(sasl, text, to);
    to->kind = HELO_CHALLENGE_ERROR;
    if (member_find(text, "status", room, sizeof(room), &value))
        to->status = state_keep(sasl, value);
    if (member_find(text, "scope", room, sizeof(room), &value))
        to->scope = state_keep(sasl, value);
    if (text.ptr[0] == '{' && to->status.len > 0)
        return 0;
    to->text = state_keep_plain(sasl, text);
    return text.ptr[0] == '{' ? 0 : SASL_MALFORMED;
}
