/* Hashing names with a key, and finding them in what servers and clients say. */
#include "report/hide.h"

#include <stddef.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/ascii.h"
#include "base/limits.h"
#include "base/xtext.h"
#include "report/number.h"

#define PREFIX     "hmac-sha256:"
#define PREFIX_LEN (sizeof(PREFIX) - 1)
#define DIGEST_LEN 32
#define HASHED_LEN (PREFIX_LEN + 2 * DIGEST_LEN)
#define SHORT_NAME 4 /* shorter ones are parts of too many words */
#define ALIGNMENT  _Alignof(max_align_t)

/* What is made piece by piece, cut where no event would show more. */
struct made {
    uint8_t *at;
    size_t len;
};

static bool same_letters(const uint8_t *a, const uint8_t *b, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (ascii_lower(a[i]) != ascii_lower(b[i]))
            return false;
    return true;
}

void *hide_take(struct hide *hide, size_t size)
{
    size_t at = (hide->used + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;

    if (at > hide->size || size > hide->size - at)
        return NULL;
    hide->used = at + size;
    return hide->room + at;
}

/* Without OpenSSL's help there is no hash: nothing is written then, rather than the name. */
static bool digest(const struct hide *hide, struct helo_slice name, uint8_t out[DIGEST_LEN])
{
    uint8_t text[LIMIT_STRING_KEPT];
    size_t len = name.len < sizeof(text) ? name.len : sizeof(text);
    unsigned made = 0;

    for (size_t i = 0; i < len; i++)
        text[i] = ascii_lower(name.ptr[i]);
    return HMAC(EVP_sha256(), hide->key, (int)hide->key_len, text, len, out, &made) != NULL &&
           made == DIGEST_LEN;
}

struct helo_slice hide_name(struct hide *hide, struct helo_slice name)
{
    static const struct helo_slice NONE = {NULL, 0};
    uint8_t octets[DIGEST_LEN];
    char *text = name.len == 0 ? NULL : hide_take(hide, HASHED_LEN);

    if (text == NULL || !digest(hide, name, octets))
        return NONE;
    memcpy(text, PREFIX, PREFIX_LEN);
    char *to = text + PREFIX_LEN;
    for (size_t i = 0; i < DIGEST_LEN; i++)
        to = number_hex(to, octets[i], 2);
    return (struct helo_slice){(const uint8_t *)text, HASHED_LEN};
}

uint64_t hide_number(const struct hide *hide, uint64_t number)
{
    uint8_t octets[DIGEST_LEN] = {0};
    uint64_t hidden = 0;

    if (!digest(hide, (struct helo_slice){(const uint8_t *)&number, sizeof(number)}, octets))
        return 0;
    for (size_t i = 0; i < sizeof(hidden); i++)
        hidden = hidden << 8 | octets[i];
    return hidden;
}

static void add(struct hide_names *names, struct helo_slice name)
{
    if (name.len == 0)
        return;
    if (names->count == LIMIT_HIDE_NAMES) {
        names->lost = true;
        return;
    }
    names->at[names->count++] = name;
    names->begins[ascii_lower(name.ptr[0])] = true;
}

void hide_begin(struct hide_names *names)
{
    names->count = 0;
    names->lost = false;
    memset(names->begins, 0, sizeof(names->begins));
}

/* Servers leave off a domain that goes without saying. */
void hide_add(struct hide_names *names, struct helo_slice name)
{
    const uint8_t *at = name.len == 0 ? NULL : memrchr(name.ptr, '@', name.len);
    const uint8_t *backslash = name.len == 0 ? NULL : memchr(name.ptr, '\\', name.len);

    add(names, name);
    if (at != NULL)
        add(names, (struct helo_slice){name.ptr, (size_t)(at - name.ptr)});
    if (backslash != NULL) {
        size_t before = (size_t)(backslash - name.ptr) + 1;
        add(names, (struct helo_slice){backslash + 1, name.len - before});
    }
}

/* What an xtext stands for; empty without room. */
static struct helo_slice plain_of(struct hide *hide, struct helo_slice xtext)
{
    uint8_t *plain = hide_take(hide, xtext.len);

    return plain == NULL ? (struct helo_slice){NULL, 0} : xtext_undo(xtext, plain);
}

static bool is_nobody(struct helo_slice value)
{
    static const char *const NOBODY[] = {"<>", "[UNAVAILABLE]", "[TEMPUNAVAIL]"};

    for (size_t i = 0; i < sizeof(NOBODY) / sizeof(NOBODY[0]); i++)
        if (value.len == strlen(NOBODY[i]) &&
            same_letters(value.ptr, (const uint8_t *)NOBODY[i], value.len))
            return true;
    return value.len == 0;
}

struct helo_slice hide_xtext(struct hide *hide, struct helo_slice value, struct hide_names *names)
{
    if (is_nobody(value))
        return value;
    struct helo_slice name = plain_of(hide, value);
    hide_add(names, name);
    return hide_name(hide, name);
}

void hide_add_all(struct hide *hide, struct hide_names *names, struct helo_slice all)
{
    while (all.len > 0) {
        const uint8_t *nul = memchr(all.ptr, 0, all.len);
        struct helo_slice name = {all.ptr, nul == NULL ? all.len : (size_t)(nul - all.ptr)};
        size_t skip = name.len + (nul != NULL);
        if (!is_nobody(name))
            hide_add(names, name);
        if (name.len > 0 && memchr(name.ptr, '+', name.len) != NULL) {
            struct helo_slice plain = plain_of(hide, name);
            names->lost |= plain.ptr == NULL;
            if (plain.ptr != NULL)
                hide_add(names, plain);
        }
        all.ptr += skip;
        all.len -= skip;
    }
}

static bool begin(struct hide *hide, struct made *made)
{
    made->at = hide_take(hide, LIMIT_STRING_KEPT);
    made->len = 0;
    return made->at != NULL;
}

static void put(struct made *made, const uint8_t *from, size_t len)
{
    size_t left = LIMIT_STRING_KEPT - made->len;
    if (len > left)
        len = left;
    if (len > 0)
        memcpy(made->at + made->len, from, len);
    made->len += len;
}

/* Puts what takes a name's place, and gives back the room that it was made in. */
static void put_hashed(struct hide *hide, struct made *made, struct helo_slice name)
{
    size_t used = hide->used;
    struct helo_slice hashed = hide_name(hide, name);

    put(made, hashed.ptr, hashed.len);
    hide->used = used;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* Is the word's value somebody's name? */
static bool is_named(struct helo_slice word)
{
    static const char *const KEYWORDS[] = {"AUTH=", "LOGIN="};

    for (size_t k = 0; k < sizeof(KEYWORDS) / sizeof(KEYWORDS[0]); k++) {
        size_t len = strlen(KEYWORDS[k]);
        if (word.len >= len && same_letters(word.ptr, (const uint8_t *)KEYWORDS[k], len))
            return true;
    }
    return false;
}

static bool is_same(struct helo_slice a, struct helo_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

struct helo_slice hide_value(struct hide *hide, struct helo_slice value,
                             const struct hide_names *names)
{
    size_t used = hide->used;
    struct helo_slice plain = plain_of(hide, value);
    struct helo_slice hidden = hide_text(hide, plain, names);

    if (!is_same(hidden, plain) || plain.len < value.len / 3)
        return hidden;
    hide->used = used;
    return value;
}

/* The value of a word that has one, from its = on. */
static struct helo_slice value_of(struct helo_slice word)
{
    const uint8_t *equals = word.len == 0 ? NULL : memchr(word.ptr, '=', word.len);
    size_t skip = equals == NULL ? word.len : (size_t)(equals - word.ptr) + 1;

    return (struct helo_slice){word.ptr + skip, word.len - skip};
}

/* A word of a command as it may be told, put behind what is made. */
static void put_word(struct hide *hide, struct made *made, struct helo_slice word,
                     struct hide_names *names)
{
    struct helo_slice value = value_of(word);
    bool named = is_named(word);
    size_t used = hide->used;

    put(made, word.ptr, word.len - value.len);
    value = named ? hide_xtext(hide, value, names) : hide_value(hide, value, names);
    put(made, value.ptr, value.len);
    if (!named)
        hide->used = used; /* else what names has been given lies there */
}

struct helo_slice hide_arguments(struct hide *hide, struct helo_slice text,
                                 struct hide_names *names)
{
    struct made made;

    if (!begin(hide, &made))
        return (struct helo_slice){NULL, 0};
    for (size_t i = 0; i < text.len;) {
        struct helo_slice word = {text.ptr + i, 0};
        while (i + word.len < text.len && !is_blank(text.ptr[i + word.len]))
            word.len++;
        put_word(hide, &made, word, names);
        i += word.len;
        for (; i < text.len && is_blank(text.ptr[i]); i++)
            put(&made, text.ptr + i, 1);
    }
    return (struct helo_slice){made.at, made.len};
}

struct helo_slice hide_lines(struct hide *hide, struct helo_slice lines, uint32_t *count,
                             const struct hide_names *names)
{
    uint8_t *at = lines.len == 0 ? NULL : hide_take(hide, LIMIT_TLS_NAMES);
    struct helo_slice all = {at, 0};
    uint32_t known = at == NULL ? 0 : *count;

    for (*count = 0; *count < known; (*count)++) {
        size_t used = hide->used;
        lines.ptr++; /* the line feed */
        lines.len--;
        const uint8_t *next = lines.len == 0 ? NULL : memchr(lines.ptr, '\n', lines.len);
        struct helo_slice line = {lines.ptr, next == NULL ? lines.len : (size_t)(next - lines.ptr)};
        struct helo_slice hidden = hide_text(hide, line, names);
        if (hidden.len + 1 > LIMIT_TLS_NAMES - all.len)
            break;
        at[all.len++] = '\n';
        if (hidden.len > 0)
            memcpy(at + all.len, hidden.ptr, hidden.len);
        all.len += hidden.len;
        lines.ptr += line.len;
        lines.len -= line.len;
        hide->used = used;
    }
    return all;
}

static bool is_word(uint8_t c)
{
    return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c >= 0x80;
}

/* Octets at i that are the name; 0: none. At the end of a text that was cut, its beginning is
 * enough. */
static size_t name_at(struct helo_slice text, size_t i, struct helo_slice name)
{
    size_t left = text.len - i;
    size_t len = left < name.len ? left : name.len;

    if ((len < name.len && text.len < LIMIT_STRING_KEPT) ||
        !same_letters(text.ptr + i, name.ptr, len))
        return 0;
    if (name.len < SHORT_NAME &&
        ((i > 0 && is_word(text.ptr[i - 1])) || (len < left && is_word(text.ptr[i + len]))))
        return 0;
    return len;
}

/* The longest name at i. */
static size_t longest_at(struct helo_slice text, size_t i, const struct hide_names *names,
                         struct helo_slice *name)
{
    size_t longest = 0;

    if (!names->begins[ascii_lower(text.ptr[i])])
        return 0;
    for (size_t k = 0; k < names->count; k++) {
        size_t len = name_at(text, i, names->at[k]);
        if (len > longest) {
            longest = len;
            *name = names->at[k];
        }
    }
    return longest;
}

struct helo_slice hide_text(struct hide *hide, struct helo_slice text,
                            const struct hide_names *names)
{
    struct made made;
    struct helo_slice name;
    size_t i = 0;

    if (names->lost)
        return (struct helo_slice){NULL, 0};
    if (names->count == 0)
        return text;
    while (i < text.len && longest_at(text, i, names, &name) == 0)
        i++;
    if (i == text.len)
        return text;
    if (!begin(hide, &made))
        return (struct helo_slice){NULL, 0};
    put(&made, text.ptr, i);
    while (i < text.len && made.len < LIMIT_STRING_KEPT) {
        size_t len = longest_at(text, i, names, &name);
        if (len == 0) {
            put(&made, text.ptr + i++, 1);
            continue;
        }
        put_hashed(hide, &made, name);
        i += len;
    }
    return (struct helo_slice){made.at, made.len};
}
