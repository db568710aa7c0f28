/* Verbs: table, recognition, and the strict look that tells commands from text. */
#include "smtp/verb.h"

#include <string.h>
#include <strings.h>

enum shape {
    SHAPE_ANY,    /* anything may follow */
    SHAPE_NONE,   /* nothing may follow */
    SHAPE_WORD,   /* one word must follow */
    SHAPE_FROM,   /* FROM: must follow */
    SHAPE_TO,     /* TO: must follow */
    SHAPE_NUMBER, /* digits must follow */
    SHAPE_NAME,   /* a word that begins with a letter must follow */
};

struct entry {
    const char *name;
    uint8_t len;
    uint8_t shape;
};

#define ENTRY(verb, name, shape) [verb] = {name, sizeof(name) - 1, shape}

static const struct entry table[VERB_COUNT] = {
    ENTRY(VERB_OTHER, "OTHER", SHAPE_ANY),
    ENTRY(VERB_EHLO, "EHLO", SHAPE_WORD),
    ENTRY(VERB_HELO, "HELO", SHAPE_WORD),
    ENTRY(VERB_LHLO, "LHLO", SHAPE_WORD),
    ENTRY(VERB_MAIL, "MAIL", SHAPE_FROM),
    ENTRY(VERB_RCPT, "RCPT", SHAPE_TO),
    ENTRY(VERB_DATA, "DATA", SHAPE_NONE),
    ENTRY(VERB_BDAT, "BDAT", SHAPE_NUMBER),
    ENTRY(VERB_RSET, "RSET", SHAPE_NONE),
    ENTRY(VERB_NOOP, "NOOP", SHAPE_NONE),
    ENTRY(VERB_QUIT, "QUIT", SHAPE_NONE),
    ENTRY(VERB_VRFY, "VRFY", SHAPE_WORD),
    ENTRY(VERB_EXPN, "EXPN", SHAPE_WORD),
    ENTRY(VERB_HELP, "HELP", SHAPE_NONE),
    ENTRY(VERB_ETRN, "ETRN", SHAPE_WORD),
    ENTRY(VERB_ATRN, "ATRN", SHAPE_WORD),
    ENTRY(VERB_TURN, "TURN", SHAPE_NONE),
    ENTRY(VERB_AUTH, "AUTH", SHAPE_NAME),
    ENTRY(VERB_STARTTLS, "STARTTLS", SHAPE_NONE),
    ENTRY(VERB_X_ANONYMOUSTLS, "X-ANONYMOUSTLS", SHAPE_NONE),
    ENTRY(VERB_XCLIENT, "XCLIENT", SHAPE_NAME),
    ENTRY(VERB_XFORWARD, "XFORWARD", SHAPE_NAME),
    ENTRY(VERB_BURL, "BURL", SHAPE_NAME),
    ENTRY(VERB_SEND, "SEND", SHAPE_FROM),
    ENTRY(VERB_SOML, "SOML", SHAPE_FROM),
    ENTRY(VERB_SAML, "SAML", SHAPE_FROM),
    ENTRY(VERB_X_EXPS, "X-EXPS", SHAPE_NAME),
    ENTRY(VERB_X_LINK2STATE, "X-LINK2STATE", SHAPE_NAME),
    ENTRY(VERB_XEXCH50, "XEXCH50", SHAPE_NUMBER),
    ENTRY(VERB_VERB, "VERB", SHAPE_NONE),
    ENTRY(VERB_ONEX, "ONEX", SHAPE_NONE),
    ENTRY(VERB_DEBUG, "DEBUG", SHAPE_NONE),
    ENTRY(VERB_WIZ, "WIZ", SHAPE_NONE),
};

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static enum verb look_up(struct helo_slice token)
{
    for (unsigned v = VERB_OTHER + 1; v < VERB_COUNT; v++) {
        if (table[v].len == token.len && ((table[v].name[0] ^ token.ptr[0]) & 0xdf) == 0 &&
            strncasecmp(table[v].name, (const char *)token.ptr, token.len) == 0)
            return (enum verb)v;
    }
    return VERB_OTHER;
}

enum verb verb_parse(struct helo_slice line, struct helo_slice *token, struct helo_slice *rest)
{
    size_t start = 0;
    *token = *rest = line;
    if (line.len == 0)
        return VERB_OTHER;
    while (start < line.len && is_blank(line.ptr[start]))
        start++;
    size_t end = start;
    while (end < line.len && !is_blank(line.ptr[end]))
        end++;
    size_t next = end;
    while (next < line.len && is_blank(line.ptr[next]))
        next++;
    *token = (struct helo_slice){line.ptr + start, end - start};
    *rest = (struct helo_slice){line.ptr + next, line.len - next};
    if (token->len == 0)
        return VERB_OTHER;
    return look_up(*token);
}

struct helo_slice verb_name(enum verb verb)
{
    return (struct helo_slice){(const uint8_t *)table[verb].name, table[verb].len};
}

static bool has_prefix(struct helo_slice text, const char *prefix)
{
    size_t len = strlen(prefix);
    return text.len >= len && strncasecmp((const char *)text.ptr, prefix, len) == 0;
}

static bool is_letter(uint8_t c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

bool verb_is_strict(enum verb verb, struct helo_slice rest)
{
    if (verb == VERB_OTHER)
        return false;
    switch ((enum shape)table[verb].shape) {
    case SHAPE_NONE:
        return rest.len == 0;
    case SHAPE_WORD:
        return rest.len > 0 && memchr(rest.ptr, ' ', rest.len) == NULL;
    case SHAPE_FROM:
        return has_prefix(rest, "FROM:");
    case SHAPE_TO:
        return has_prefix(rest, "TO:");
    case SHAPE_NUMBER:
        return rest.len > 0 && rest.ptr[0] >= '0' && rest.ptr[0] <= '9';
    case SHAPE_NAME:
        return rest.len > 0 && is_letter(rest.ptr[0]);
    case SHAPE_ANY:
        break;
    }
    return true;
}

bool verb_may_become(struct helo_slice begun)
{
    for (unsigned v = VERB_OTHER + 1; v < VERB_COUNT; v++) {
        if (begun.len < table[v].len &&
            strncasecmp(table[v].name, (const char *)begun.ptr, begun.len) == 0)
            return true;
    }
    return false;
}
