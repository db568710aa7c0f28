/* Looking up one member of a JSON object without building anything. */
#include "smtp/sasl/member.h"

#include <string.h>

static void step(struct helo_slice *rest, size_t n)
{
    rest->ptr += n;
    rest->len -= n;
}

static void skip_blanks(struct helo_slice *rest)
{
    while (rest->len > 0 && rest->ptr[0] <= ' ')
        step(rest, 1);
}

/* Cuts a string off, rest being behind its opening quote; its escapes stay. */
static struct helo_slice string_next(struct helo_slice *rest)
{
    size_t n = 0;
    while (n < rest->len && rest->ptr[n] != '"')
        n += rest->ptr[n] == '\\' && n + 1 < rest->len ? 2 : 1;
    struct helo_slice string = {rest->ptr, n};
    step(rest, n < rest->len ? n + 1 : n);
    return string;
}

static bool hex4(struct helo_slice text, uint32_t *value)
{
    *value = 0;
    if (text.len < 4)
        return false;
    for (size_t i = 0; i < 4; i++) {
        uint8_t c = (uint8_t)(text.ptr[i] | 0x20);
        uint32_t digit = c >= 'a' && c <= 'f' ? c - 'a' + 10u : c - (uint32_t)'0';
        if (digit > 15 || (digit > 9 && c < 'a'))
            return false;
        *value = *value << 4 | digit;
    }
    return true;
}

/* A character of the basic plane in UTF-8; half a pair is not worth joining here. */
static size_t put(uint8_t *to, uint32_t c)
{
    if (c < 0x80) {
        to[0] = (uint8_t)c;
        return 1;
    }
    if (c >= 0xd800 && c <= 0xdfff)
        c = 0xfffd;
    if (c < 0x800) {
        to[0] = (uint8_t)(0xc0 | c >> 6);
        to[1] = (uint8_t)(0x80 | (c & 0x3f));
        return 2;
    }
    to[0] = (uint8_t)(0xe0 | c >> 12);
    to[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
    to[2] = (uint8_t)(0x80 | (c & 0x3f));
    return 3;
}

/* One character of a string, escaped or not, to at most 3 octets; returns how many. */
static size_t character_next(struct helo_slice *string, uint8_t *to)
{
    static const char ESCAPES[] = "b\bf\fn\nr\rt\t";
    uint32_t c = string->ptr[0];
    step(string, 1);
    if (c != '\\' || string->len == 0) {
        to[0] = (uint8_t)c;
        return 1;
    }
    c = string->ptr[0];
    step(string, 1);
    if (c == 'u' && hex4(*string, &c)) {
        step(string, 4);
        return put(to, c);
    }
    for (size_t i = 0; i + 1 < sizeof(ESCAPES); i += 2)
        if (c == (uint8_t)ESCAPES[i])
            c = (uint8_t)ESCAPES[i + 1];
    to[0] = (uint8_t)c;
    return 1;
}

static struct helo_slice value_next(struct helo_slice *rest, uint8_t *room, size_t size)
{
    size_t done = 0;
    skip_blanks(rest);
    if (rest->len > 0 && rest->ptr[0] == '"') {
        step(rest, 1);
        struct helo_slice string = string_next(rest);
        while (string.len > 0) {
            uint8_t character[3];
            size_t n = character_next(&string, character);
            if (n > size - done)
                break;
            memcpy(room + done, character, n);
            done += n;
        }
        return (struct helo_slice){room, done};
    }
    while (rest->len > 0 && done < size && strchr(",}]{[", rest->ptr[0]) == NULL &&
           rest->ptr[0] > ' ') {
        room[done++] = rest->ptr[0];
        step(rest, 1);
    }
    return (struct helo_slice){room, done};
}

bool member_find(struct helo_slice object, const char *name, uint8_t *room, size_t size,
                 struct helo_slice *value)
{
    size_t depth = 0;
    while (object.len > 0) {
        uint8_t c = object.ptr[0];
        step(&object, 1);
        if (c == '{' || c == '[')
            depth++;
        else if ((c == '}' || c == ']') && depth > 0)
            depth--;
        if (c != '"')
            continue;
        struct helo_slice key = string_next(&object);
        skip_blanks(&object);
        if (depth != 1 || object.len == 0 || object.ptr[0] != ':')
            continue;
        if (key.len != strlen(name) || memcmp(key.ptr, name, key.len) != 0)
            continue;
        step(&object, 1);
        *value = value_next(&object, room, size);
        return true;
    }
    return false;
}
