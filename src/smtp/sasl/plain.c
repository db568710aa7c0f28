/* PLAIN, EXTERNAL, ANONYMOUS, and what is known of none of the others: one answer says it all. */
#include <string.h>

#include "smtp/sasl/mechanism.h"

/* Cuts off what stands before the first octet c, and c; false if there is none. */
static bool cut(struct helo_slice *rest, uint8_t c, struct helo_slice *part)
{
    const uint8_t *at = rest->len > 0 ? memchr(rest->ptr, c, rest->len) : NULL;
    if (at == NULL)
        return false;
    *part = (struct helo_slice){rest->ptr, (size_t)(at - rest->ptr)};
    rest->ptr = at + 1;
    rest->len -= part->len + 1;
    return true;
}

/* RFC 4616 section 2: [authzid] NUL authcid NUL passwd. */
unsigned plain_response(struct sasl *sasl, struct helo_slice answer)
{
    struct helo_slice authzid;
    struct helo_slice user;
    struct helo_slice password = answer;
    if (answer.len == 0)
        return SASL_EMPTY;
    if (!cut(&password, '\0', &authzid) || !cut(&password, '\0', &user))
        return SASL_MALFORMED;
    /* "name NUL password NUL": what stands where the name should is none. */
    if (authzid.len > 0 && password.len == 0)
        return SASL_MALFORMED;
    state_set(sasl, &sasl->authzid, authzid);
    state_set(sasl, &sasl->user, user);
    state_reusable(sasl, password);
    if (user.len == 0 || password.len == 0)
        return SASL_EMPTY;
    return memchr(password.ptr, '\0', password.len) != NULL ? SASL_MALFORMED : 0;
}

/* An answer without any form of its own: after a gap it may be something else. */
static unsigned whole(struct sasl *sasl, struct text *text, struct helo_slice answer)
{
    if (memchr(answer.ptr, '\0', answer.len) != NULL)
        return SASL_MALFORMED;
    if (sasl->lost)
        state_secret(sasl, answer);
    else
        state_set(sasl, text, answer);
    return 0;
}

/* RFC 4422 appendix A: the identity to act as, or nothing; who it is, another layer knows. */
unsigned external_response(struct sasl *sasl, struct helo_slice answer)
{
    if (answer.len == 0)
        return 0;
    return whole(sasl, &sasl->authzid, answer);
}

/* RFC 4505 section 2: trace information, which is no identity. */
unsigned anonymous_response(struct sasl *sasl, struct helo_slice answer)
{
    if (answer.len == 0)
        return 0;
    state_private(sasl, answer);
    return whole(sasl, &sasl->detail[STATE_TRACE], answer);
}

unsigned other_response(struct sasl *sasl, struct helo_slice answer)
{
    state_secret(sasl, answer);
    return 0;
}

unsigned other_challenge(struct sasl *sasl, struct helo_slice text, struct helo_challenge *to)
{
    to->kind = HELO_CHALLENGE_OTHER;
    to->text = state_keep_plain(sasl, text);
    return 0;
}
