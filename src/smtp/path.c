/* Paths and parameters, as real clients send them. */
#include "smtp/path.h"

#include <string.h>

static void skip_blanks(struct helo_slice *text)
{
    while (text->len > 0 && (text->ptr[0] == ' ' || text->ptr[0] == '\t')) {
        text->ptr++;
        text->len--;
    }
}

/* Steps over the keyword and its colon, which blanks may stand around. */
static bool cut_keyword(struct helo_slice *text, const char *keyword)
{
    struct helo_slice rest = *text;
    if (!slice_has_prefix(rest, keyword))
        return false;
    rest.ptr += strlen(keyword);
    rest.len -= strlen(keyword);
    skip_blanks(&rest);
    if (rest.len == 0 || rest.ptr[0] != ':')
        return false;
    rest.ptr++;
    rest.len--;
    skip_blanks(&rest);
    *text = rest;
    return true;
}

/* True for an octet that ends a mailbox outside quotes. */
static bool ends(uint8_t c, bool bracketed)
{
    return bracketed ? c == '>' : c == ' ' || c == '\t';
}

/* The length of a mailbox up to the octet that ends it outside quotes. */
static size_t span(struct helo_slice text, bool bracketed)
{
    bool quoted = false;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (c == '\\' && quoted && i + 1 < text.len)
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && ends(c, bracketed))
            return i;
    }
    if (!quoted)
        return text.len;
    /* A quote that is never closed quotes nothing. */
    for (size_t i = 0; i < text.len; i++) {
        if (ends(text.ptr[i], bracketed))
            return i;
    }
    return text.len;
}

/* A source route (RFC 5321 appendix C), "@a,@b:", is not part of the mailbox. */
static struct helo_slice without_route(struct helo_slice address)
{
    if (address.len == 0 || address.ptr[0] != '@')
        return address;
    const uint8_t *colon = memchr(address.ptr, ':', address.len);
    if (colon == NULL)
        return address;
    size_t skip = (size_t)(colon - address.ptr) + 1;
    return (struct helo_slice){address.ptr + skip, address.len - skip};
}

bool path_parse(struct helo_slice argument, const char *keyword, struct path *path)
{
    struct helo_slice text = argument;
    *path = (struct path){0};
    if (!cut_keyword(&text, keyword))
        return false;
    bool bracketed = text.len > 0 && text.ptr[0] == '<';
    if (bracketed) {
        text.ptr++;
        text.len--;
    }
    size_t len = span(text, bracketed);
    struct helo_slice address = {text.ptr, len};
    size_t skip = bracketed && len < text.len ? len + 1 : len;
    path->parameters = (struct helo_slice){text.ptr + skip, text.len - skip};
    path->address = without_route(address);
    path->has_address = bracketed || len > 0;
    if (bracketed && path->address.len == 0)
        path->address = SLICE("<>");
    return true;
}

bool parameter_next(struct helo_slice *rest, struct helo_slice *keyword, bool *has_value,
                    struct helo_slice *value)
{
    struct helo_slice word = slice_word(rest);
    if (word.len == 0)
        return false;
    const uint8_t *equals = memchr(word.ptr, '=', word.len);
    *has_value = equals != NULL;
    *keyword = word;
    *value = (struct helo_slice){0};
    if (equals != NULL) {
        keyword->len = (size_t)(equals - word.ptr);
        *value = (struct helo_slice){equals + 1, word.len - keyword->len - 1};
    }
    return true;
}

bool number_parse(struct helo_slice text, uint64_t *number)
{
    uint64_t value = 0;
    if (text.len == 0)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t digit = (uint8_t)(text.ptr[i] - '0');
        if (digit > 9 || value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *number = value;
    return true;
}
