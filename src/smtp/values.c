/* The values of a command's words, KEY=value: which of them are secrets, and which repeat one. */
#include <string.h>

#include "base/xtext.h"
#include "smtp/path.h"
#include "smtp/session.h"

/* Longer xtext is masked without a look into it: RFC 3461 section 4 allows 100 and 500 octets. */
#define LONGEST_XTEXT 1024
/* Of a name, between its marks: rfc822;DOMAIN\USER@HOST has four. */
#define MOST_PIECES 8u

enum kind {
    VALUE_FREE, /* whatever the client likes: masked where it has a part of a secret */
    VALUE_OURS, /* a number or a word of the protocol */
    VALUE_NAME, /* of somebody: masked if it, or what stands in it beside ; and @, is a secret */
    VALUE_SECRET,
};

struct keyword {
    const char *word;
    enum kind kind;
};

/* Keywords that nobody makes up: whatever they have in common with a secret, they are told. Of MAIL
 * and RCPT as IANA's registry of SMTP service extensions has them; ADDR to LOGIN are Postfix's
 * (XCLIENT_README and XFORWARD_README), FORWARD is Dovecot's: what a passdb said, in Base64. */
static const struct keyword KEYWORDS[] = {
    {"SIZE", VALUE_OURS},       {"BODY", VALUE_OURS},        {"RET", VALUE_OURS},
    {"NOTIFY", VALUE_OURS},     {"BY", VALUE_OURS},          {"HOLDFOR", VALUE_OURS},
    {"HOLDUNTIL", VALUE_OURS},  {"MT-PRIORITY", VALUE_OURS}, {"AUTH", VALUE_NAME},
    {"ORCPT", VALUE_NAME},      {"ENVID", VALUE_FREE},       {"SMTPUTF8", VALUE_FREE},
    {"REQUIRETLS", VALUE_FREE}, {"MTRK", VALUE_FREE},        {"CONPERM", VALUE_FREE},
    {"CONNEG", VALUE_FREE},     {"TRANSID", VALUE_FREE},     {"SOLICIT", VALUE_FREE},
    {"SUBMITTER", VALUE_FREE},  {"RRVS", VALUE_FREE},        {"ADDR", VALUE_OURS},
    {"PORT", VALUE_OURS},       {"PROTO", VALUE_OURS},       {"DESTADDR", VALUE_OURS},
    {"DESTPORT", VALUE_OURS},   {"SOURCE", VALUE_OURS},      {"NAME", VALUE_NAME},
    {"HELO", VALUE_NAME},       {"LOGIN", VALUE_NAME},       {"FORWARD", VALUE_SECRET},
    {"PASSWORD", VALUE_SECRET}, {"PASSWD", VALUE_SECRET},    {"PASS", VALUE_SECRET},
    {"TOKEN", VALUE_SECRET},    {"SECRET", VALUE_SECRET},
};

/* NULL: none that we know. */
static const struct keyword *find_keyword(struct helo_slice word)
{
    for (size_t i = 0; i < sizeof(KEYWORDS) / sizeof(KEYWORDS[0]); i++)
        if (slice_is(word, KEYWORDS[i].word))
            return &KEYWORDS[i];
    return NULL;
}

static enum kind kind_of(const struct keyword *keyword)
{
    return keyword != NULL ? keyword->kind : VALUE_FREE;
}

static bool has_values(struct helo_slice argument)
{
    return argument.len > 0 && memchr(argument.ptr, '=', argument.len) != NULL;
}

void values_note(struct smtp_session *session, struct helo_slice argument)
{
    struct helo_slice keyword, value;
    bool has_value;
    if (!has_values(argument))
        return;
    while (parameter_next(&argument, &keyword, &has_value, &value)) {
        if (has_value && kind_of(find_keyword(keyword)) == VALUE_SECRET) {
            secrets_add_words(&session->secrets, value);
            session->has_secret = true;
        }
    }
}

bool values_is_stars(struct helo_slice text)
{
    while (text.len > 0 && text.ptr[text.len - 1] == '=')
        text.len--;
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] != '*')
            return false;
    return true;
}

static bool is_same(struct helo_slice a, struct helo_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Where masked text goes: beside what values_mask makes. */
struct room {
    const struct secrets *secrets;
    uint8_t *at;
    size_t size;
};

static struct helo_slice mask(const struct room *room, struct helo_slice text)
{
    return secrets_mask(room->secrets, text, false, room->at, room->size);
}

/* A value that the client made up, as it may be told. What is masked as it is or as xtext, but is
 * not the same as both, may have the rest of the secret in either: nothing of it is told. */
static struct helo_slice mask_free(const struct room *room, struct helo_slice value)
{
    uint8_t plain[LONGEST_XTEXT];
    if (value.len > sizeof(plain))
        return SLICE("***");
    struct helo_slice meant = xtext_undo(value, plain);
    bool encoded = !is_same(meant, value);
    bool repeats = encoded && !is_same(mask(room, meant), meant);
    explicit_bzero(plain, value.len);
    struct helo_slice masked = mask(room, value);
    return repeats || (encoded && !is_same(masked, value)) ? SLICE("***") : masked;
}

static bool is_mark(uint8_t c)
{
    return c == ';' || c == '@' || c == '\\';
}

/* Where the pieces of a name begin, and behind its end; 0: too many to be a name's. */
static size_t find_pieces(struct helo_slice name, size_t at[MOST_PIECES + 1])
{
    size_t count = 0;
    at[count++] = 0;
    for (size_t i = 0; i < name.len; i++) {
        if (!is_mark(name.ptr[i]))
            continue;
        if (count == MOST_PIECES)
            return 0;
        at[count++] = i + 1;
    }
    at[count] = name.len + 1;
    return count;
}

/* Is a piece of a name, are several of them in a row, or is all of it a secret? */
static bool names_secret(const struct secrets *secrets, struct helo_slice name)
{
    size_t at[MOST_PIECES + 1];
    size_t count = find_pieces(name, at);
    if (count == 0)
        return true;
    for (size_t i = 0; i < count; i++)
        for (size_t k = i + 1; k <= count; k++)
            if (secrets_has(secrets, (struct helo_slice){name.ptr + at[i], at[k] - 1 - at[i]}))
                return true;
    return false;
}

static struct helo_slice mask_name(const struct room *room, struct helo_slice value)
{
    uint8_t plain[LONGEST_XTEXT];
    bool secret = names_secret(room->secrets, value);
    if (!secret && value.len <= sizeof(plain)) {
        secret = names_secret(room->secrets, xtext_undo(value, plain));
        explicit_bzero(plain, value.len);
    }
    return secret ? SLICE("***") : value;
}

static struct helo_slice told(const struct room *room, enum kind kind, struct helo_slice value)
{
    switch (kind) {
    case VALUE_FREE:
        return mask_free(room, value);
    case VALUE_NAME:
        return mask_name(room, value);
    case VALUE_SECRET:
        return SLICE("***");
    case VALUE_OURS:
        break;
    }
    return value;
}

/* The path of MAIL and RCPT is an address: it stays. */
static size_t begin_of_values(struct helo_slice argument)
{
    struct path path;
    if (path_parse(argument, "FROM", &path) || path_parse(argument, "TO", &path))
        return (size_t)(path.parameters.ptr - argument.ptr);
    return 0;
}

/* What is made, cut where there is no room. */
struct made {
    uint8_t *at;
    size_t len;
    size_t size;
};

static void put(struct made *made, const uint8_t *from, const uint8_t *end)
{
    size_t len = (size_t)(end - from);
    if (len > made->size - made->len)
        len = made->size - made->len;
    if (len > 0)
        memcpy(made->at + made->len, from, len);
    made->len += len;
}

/* Puts what stands instead of a part of the argument, and what is before it. */
static void replace(struct made *made, const uint8_t **done, struct helo_slice part,
                    struct helo_slice by)
{
    if (is_same(part, by))
        return;
    put(made, *done, part.ptr);
    put(made, by.ptr, by.ptr + by.len);
    *done = part.ptr + part.len;
}

struct helo_slice values_mask(struct smtp_session *session, struct helo_slice argument)
{
    uint8_t *scratch = session->shared->scratch;
    size_t half = sizeof(session->shared->scratch) / 2;
    struct room room = {&session->secrets, scratch + half, half};
    struct made made = {scratch, 0, half};
    struct helo_slice keyword, value;
    bool has_value;
    if (!secrets_any(&session->secrets))
        return argument;
    size_t begin = begin_of_values(argument);
    if (begin == 0 && !has_values(argument))
        return argument;
    const uint8_t *done = argument.ptr, *end = argument.ptr + argument.len;
    struct helo_slice rest = {argument.ptr + begin, argument.len - begin};
    while (parameter_next(&rest, &keyword, &has_value, &value)) {
        const struct keyword *known = find_keyword(keyword);
        if (begin > 0 && known == NULL) /* other commands' words are names */
            replace(&made, &done, keyword, mask(&room, keyword));
        if (has_value)
            replace(&made, &done, value, told(&room, kind_of(known), value));
    }
    if (done == argument.ptr)
        return argument;
    put(&made, done, end);
    return (struct helo_slice){made.at, made.len};
}
