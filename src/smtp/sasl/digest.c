/* DIGEST-MD5 (RFC 2831): lists of key=value, values quoted or not. */
#include <string.h>

#include "smtp/sasl/mechanism.h"

/* One pair; a quoted value is given without its quotes but with its backslashes. */
struct pair {
    struct helo_slice key;
    struct helo_slice value;
    bool quoted;
};

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void step(struct helo_slice *rest, size_t n)
{
    rest->ptr += n;
    rest->len -= n;
}

static void skip(struct helo_slice *rest, bool commas)
{
    while (rest->len > 0 && (is_blank(rest->ptr[0]) || (commas && rest->ptr[0] == ',')))
        step(rest, 1);
}

/* Cuts a value off; false if its closing quote is missing. */
static bool value_next(struct helo_slice *rest, struct pair *pair)
{
    size_t n = 0;
    pair->quoted = rest->len > 0 && rest->ptr[0] == '"';
    if (!pair->quoted) {
        while (n < rest->len && rest->ptr[n] != ',' && !is_blank(rest->ptr[n]))
            n++;
        pair->value = (struct helo_slice){rest->ptr, n};
        step(rest, n);
        return true;
    }
    step(rest, 1);
    while (n < rest->len && rest->ptr[n] != '"')
        n += rest->ptr[n] == '\\' ? 2 : 1;
    if (n >= rest->len)
        return false;
    pair->value = (struct helo_slice){rest->ptr, n};
    step(rest, n + 1);
    return true;
}

/* Cuts the next pair off: 1, 0 at the end, -1 if it is none. */
static int pair_next(struct helo_slice *rest, struct pair *pair)
{
    size_t n = 0;
    skip(rest, true);
    if (rest->len == 0)
        return 0;
    while (n < rest->len && rest->ptr[n] != '=' && rest->ptr[n] != ',' && !is_blank(rest->ptr[n]))
        n++;
    pair->key = (struct helo_slice){rest->ptr, n};
    step(rest, n);
    skip(rest, false);
    if (n == 0 || rest->len == 0 || rest->ptr[0] != '=')
        return -1;
    step(rest, 1);
    skip(rest, false);
    if (!value_next(rest, pair))
        return -1;
    skip(rest, false);
    return rest->len > 0 && rest->ptr[0] != ',' ? -1 : 1;
}

/* The first value of key; 1 found, 0 not, -1 the list is none. */
static int find(struct helo_slice list, const char *key, struct pair *found)
{
    struct pair pair;
    int more;
    int result = 0;
    while ((more = pair_next(&list, &pair)) > 0) {
        if (result == 0 && slice_is(pair.key, key)) {
            *found = pair;
            result = 1;
        }
    }
    return more < 0 ? -1 : result;
}

/* The value without backslashes (RFC 2831 section 7.1), in room for LIMIT_STRING_KEPT octets. */
static struct helo_slice unquoted(const struct pair *pair, uint8_t *room)
{
    size_t n = 0;
    if (!pair->quoted)
        return pair->value;
    for (size_t i = 0; i < pair->value.len && n < LIMIT_STRING_KEPT; i++) {
        if (pair->value.ptr[i] == '\\' && i + 1 < pair->value.len)
            i++;
        room[n++] = pair->value.ptr[i];
    }
    return (struct helo_slice){room, n};
}

static void set_from(struct sasl *sasl, struct helo_slice list, const char *key, struct text *text)
{
    struct pair pair;
    uint8_t room[LIMIT_STRING_KEPT];
    if (find(list, key, &pair) == 1)
        state_set(sasl, text, unquoted(&pair, room));
}

unsigned digest_challenge(struct sasl *sasl, struct helo_slice text, struct helo_challenge *to)
{
    struct pair pair;
    uint8_t room[LIMIT_STRING_KEPT];
    int has_proof = find(text, "rspauth", &pair);
    to->kind = has_proof == 1 ? HELO_CHALLENGE_SERVER_FINAL : HELO_CHALLENGE_NONCE;
    if (has_proof == 1)
        return 0;
    if (has_proof < 0 || find(text, "nonce", &pair) != 1) {
        to->kind = HELO_CHALLENGE_OTHER;
        return SASL_MALFORMED;
    }
    if (find(text, "realm", &pair) == 1)
        to->realm = state_keep(sasl, unquoted(&pair, room));
    set_from(sasl, text, "qop", &sasl->detail[STATE_QOP]);
    set_from(sasl, text, "algorithm", &sasl->detail[STATE_ALGORITHM]);
    return 0;
}

unsigned digest_response(struct sasl *sasl, struct helo_slice answer)
{
    struct pair user;
    struct pair proof;
    uint8_t room[LIMIT_STRING_KEPT];
    if (answer.len == 0) /* rightly so after rspauth, section 2.1.3 */
        return sasl->user_seen ? 0 : SASL_EMPTY;
    if (find(answer, "username", &user) != 1 || find(answer, "response", &proof) != 1)
        return SASL_MALFORMED;
    struct helo_slice name = unquoted(&user, room);
    sasl->user_seen = true;
    state_set(sasl, &sasl->user, name);
    state_secret(sasl, proof.value);
    set_from(sasl, answer, "authzid", &sasl->authzid);
    set_from(sasl, answer, "realm", &sasl->domain);
    set_from(sasl, answer, "realm", &sasl->detail[STATE_REALM]);
    set_from(sasl, answer, "digest-uri", &sasl->detail[STATE_SERVICE]);
    set_from(sasl, answer, "qop", &sasl->detail[STATE_QOP]);
    return name.len == 0 ? SASL_EMPTY : 0;
}
