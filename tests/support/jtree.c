/* A small strict JSON reader (RFC 8259) for checking what the reports write. */
#include "jtree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"

#define JTREE_DEPTH 32

struct reader {
    const char *at;
    const char *end;
};

static struct jtree *read_value(struct reader *r, int depth);

static void skip_space(struct reader *r)
{
    while (r->at < r->end && strchr(" \t\r\n", *r->at) != NULL && *r->at != '\0')
        r->at++;
}

static bool take(struct reader *r, char wanted)
{
    if (r->at == r->end || *r->at != wanted)
        return false;
    r->at++;
    return true;
}

static int hex4(struct reader *r)
{
    int value = 0;
    for (int i = 0; i < 4; i++) {
        const char *digits = "0123456789abcdef";
        if (r->at == r->end || *r->at == '\0')
            return -1;
        char c = *r->at++;
        const char *found = strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
        if (found == NULL)
            return -1;
        value = value * 16 + (int)(found - digits);
    }
    return value;
}

static size_t put_utf8(char *out, unsigned code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3f));
    out[2] = (char)(0x80 | (code >> 6 & 0x3f));
    out[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

/* The code point of \uXXXX, the 'u' being read; -1 for a broken one or half a pair. */
static int read_unicode(struct reader *r)
{
    int high = hex4(r);
    if (high < 0xd800 || high > 0xdfff)
        return high;
    if (high > 0xdbff || !take(r, '\\') || !take(r, 'u'))
        return -1;
    int low = hex4(r);
    if (low < 0xdc00 || low > 0xdfff)
        return -1;
    return 0x10000 + (high - 0xd800) * 0x400 + (low - 0xdc00);
}

static bool read_escape(struct reader *r, char *out, size_t *used)
{
    if (r->at == r->end)
        return false;
    char c = *r->at++;
    if (c == 'u') {
        int code = read_unicode(r);
        if (code < 0)
            return false;
        *used += put_utf8(out + *used, (unsigned)code);
        return true;
    }
    const char *names = "\"\\/bfnrt";
    const char *found = c == '\0' ? NULL : strchr(names, c);
    if (found == NULL)
        return false;
    out[(*used)++] = "\"\\/\b\f\n\r\t"[found - names];
    return true;
}

/* A string, its opening quote being read; owned. An escape is never shorter than its meaning. */
static char *read_string(struct reader *r, size_t *length)
{
    const char *close = r->at;
    while (close < r->end && *close != '"')
        close += *close == '\\' && close + 1 < r->end ? 2 : 1;
    char *out = grow_take((size_t)(close - r->at) + 5);
    size_t used = 0;
    while (r->at < r->end && *r->at != '"') {
        unsigned char c = (unsigned char)*r->at++;
        if (c < 0x20 || (c == '\\' && !read_escape(r, out, &used))) {
            free(out);
            return NULL;
        }
        if (c != '\\')
            out[used++] = (char)c;
    }
    if (!take(r, '"')) {
        free(out);
        return NULL;
    }
    out[used] = '\0';
    *length = used;
    return out;
}

static bool has_key(const struct jtree *object, const char *key)
{
    for (const struct jtree *c = object->child; c != NULL; c = c->next)
        if (strcmp(c->key, key) == 0)
            return true;
    return false;
}

static struct jtree *read_member(struct reader *r, const struct jtree *parent, int depth)
{
    char *key = NULL;
    if (parent->kind == JTREE_OBJECT) {
        size_t length;
        skip_space(r);
        key = take(r, '"') ? read_string(r, &length) : NULL;
        if (key == NULL)
            return NULL;
        skip_space(r);
        if (has_key(parent, key) || !take(r, ':')) {
            free(key);
            return NULL;
        }
    }
    struct jtree *child = read_value(r, depth + 1);
    if (child == NULL)
        free(key);
    else
        child->key = key;
    return child;
}

static bool read_children(struct reader *r, struct jtree *parent, int depth)
{
    char close = parent->kind == JTREE_OBJECT ? '}' : ']';
    struct jtree **tail = &parent->child;
    skip_space(r);
    if (take(r, close))
        return true;
    do {
        *tail = read_member(r, parent, depth);
        if (*tail == NULL)
            return false;
        tail = &(*tail)->next;
        skip_space(r);
    } while (take(r, ','));
    return take(r, close);
}

static bool read_digits(struct reader *r)
{
    const char *start = r->at;
    while (r->at < r->end && *r->at >= '0' && *r->at <= '9')
        r->at++;
    return r->at > start;
}

static bool read_number(struct reader *r, struct jtree *value)
{
    const char *start = r->at;
    take(r, '-');
    if (!take(r, '0') && !read_digits(r))
        return false;
    if (take(r, '.') && !read_digits(r))
        return false;
    if (take(r, 'e') || take(r, 'E')) {
        if (!take(r, '+'))
            take(r, '-');
        if (!read_digits(r))
            return false;
    }
    value->length = (size_t)(r->at - start);
    value->text = grow_copy(start, value->length);
    return true;
}

static bool read_word(struct reader *r, const char *word)
{
    size_t length = strlen(word);
    if ((size_t)(r->end - r->at) < length || memcmp(r->at, word, length) != 0)
        return false;
    r->at += length;
    return true;
}

static bool read_into(struct reader *r, struct jtree *value, int depth)
{
    if (take(r, '"')) {
        value->kind = JTREE_STRING;
        value->text = read_string(r, &value->length);
        return value->text != NULL;
    }
    if (take(r, '{')) {
        value->kind = JTREE_OBJECT;
        return read_children(r, value, depth);
    }
    if (take(r, '[')) {
        value->kind = JTREE_ARRAY;
        return read_children(r, value, depth);
    }
    static const struct {
        const char *word;
        enum jtree_kind kind;
    } words[] = {{"null", JTREE_NULL}, {"false", JTREE_FALSE}, {"true", JTREE_TRUE}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        value->kind = words[i].kind;
        if (read_word(r, words[i].word))
            return true;
    }
    value->kind = JTREE_NUMBER;
    return read_number(r, value);
}

static struct jtree *read_value(struct reader *r, int depth)
{
    if (depth > JTREE_DEPTH)
        return NULL;
    struct jtree *value = grow_take(sizeof *value);
    skip_space(r);
    if (read_into(r, value, depth))
        return value;
    jtree_free(value);
    return NULL;
}

struct jtree *jtree_parse(const char *text, size_t length)
{
    struct reader r = {text, text + length};
    struct jtree *value = read_value(&r, 0);
    skip_space(&r);
    if (value != NULL && r.at != r.end) {
        jtree_free(value);
        return NULL;
    }
    return value;
}

void jtree_free(struct jtree *value)
{
    while (value != NULL) {
        struct jtree *next = value->next;
        jtree_free(value->child);
        free(value->key);
        free(value->text);
        free(value);
        value = next;
    }
}

const struct jtree *jtree_at(const struct jtree *value, const char *path)
{
    while (value != NULL && *path != '\0') {
        size_t length = strcspn(path, ".");
        if (value->kind != JTREE_OBJECT)
            return NULL;
        const struct jtree *child = value->child;
        while (child != NULL &&
               (strlen(child->key) != length || memcmp(child->key, path, length) != 0))
            child = child->next;
        value = child;
        path += length;
        path += *path == '.';
    }
    return value;
}

const char *jtree_text(const struct jtree *value, const char *path)
{
    const struct jtree *found = jtree_at(value, path);
    return found == NULL || found->text == NULL ? "" : found->text;
}

long long jtree_integer(const struct jtree *value, const char *path)
{
    return strtoll(jtree_text(value, path), NULL, 10);
}

bool jtree_true(const struct jtree *value, const char *path)
{
    const struct jtree *found = jtree_at(value, path);
    return found != NULL && found->kind == JTREE_TRUE;
}

size_t jtree_count(const struct jtree *value)
{
    size_t count = 0;
    for (const struct jtree *c = value == NULL ? NULL : value->child; c != NULL; c = c->next)
        count++;
    return count;
}

static bool covers_members(const struct jtree *actual, const struct jtree *wanted)
{
    for (const struct jtree *w = wanted->child; w != NULL; w = w->next)
        if (!jtree_covers(jtree_at(actual, w->key), w))
            return false;
    return true;
}

static bool covers_elements(const struct jtree *actual, const struct jtree *wanted)
{
    const struct jtree *a = actual->child, *w = wanted->child;
    while (a != NULL && w != NULL && jtree_covers(a, w)) {
        a = a->next;
        w = w->next;
    }
    return a == NULL && w == NULL;
}

bool jtree_covers(const struct jtree *actual, const struct jtree *wanted)
{
    if (wanted->kind == JTREE_NULL)
        return actual == NULL;
    if (actual == NULL || actual->kind != wanted->kind)
        return false;
    if (wanted->kind == JTREE_OBJECT)
        return covers_members(actual, wanted);
    if (wanted->kind == JTREE_ARRAY)
        return covers_elements(actual, wanted);
    if (wanted->text == NULL)
        return true;
    return actual->length == wanted->length &&
           memcmp(actual->text, wanted->text, wanted->length) == 0;
}

/* What is being written, and where in the tree that is. */
struct writer {
    char *text;
    size_t used, capacity;
    char path[256];
    const char *const *without;
    size_t without_count;
};

static void put(struct writer *w, const char *text, size_t length)
{
    while (w->capacity < w->used + length + 1)
        w->text = grow_array(w->text, &w->capacity, w->capacity, 1);
    memcpy(w->text + w->used, text, length);
    w->used += length;
    w->text[w->used] = '\0';
}

static void put_string(struct writer *w, const char *text, size_t length)
{
    put(w, "\"", 1);
    for (size_t from = 0, to = 0; from < length; from = to) {
        while (to < length && (unsigned char)text[to] >= 0x20 && text[to] != '"' &&
               text[to] != '\\')
            to++;
        put(w, text + from, to - from);
        if (to == length)
            break;
        char escape[8];
        bool control = (unsigned char)text[to] < 0x20;
        int size = snprintf(escape, sizeof escape, control ? "\\u%04x" : "\\%c", text[to]);
        put(w, escape, (size_t)size);
        to++;
    }
    put(w, "\"", 1);
}

static bool left_out(const struct writer *w)
{
    for (size_t i = 0; i < w->without_count; i++)
        if (strcmp(w->path, w->without[i]) == 0)
            return true;
    return false;
}

static void put_value(struct writer *w, const struct jtree *value);

static void put_children(struct writer *w, const struct jtree *value)
{
    size_t depth = strlen(w->path);
    bool any = false;
    for (const struct jtree *c = value->child; c != NULL; c = c->next) {
        if (c->key != NULL)
            snprintf(w->path + depth, sizeof w->path - depth, "%s%s", depth == 0 ? "" : ".",
                     c->key);
        if (c->key == NULL || !left_out(w)) {
            put(w, ",", any ? 1 : 0);
            any = true;
            if (c->key != NULL) {
                put_string(w, c->key, strlen(c->key));
                put(w, ":", 1);
            }
            put_value(w, c);
        }
        w->path[depth] = '\0';
    }
}

static void put_value(struct writer *w, const struct jtree *value)
{
    static const char *const words[] = {
        [JTREE_NULL] = "null", [JTREE_FALSE] = "false", [JTREE_TRUE] = "true"};
    switch (value->kind) {
    case JTREE_STRING:
        put_string(w, value->text, value->length);
        break;
    case JTREE_NUMBER:
        put(w, value->text, value->length);
        break;
    case JTREE_ARRAY:
        put(w, "[", 1);
        put_children(w, value);
        put(w, "]", 1);
        break;
    case JTREE_OBJECT:
        put(w, "{", 1);
        put_children(w, value);
        put(w, "}", 1);
        break;
    case JTREE_NULL:
    case JTREE_FALSE:
    case JTREE_TRUE:
        put(w, words[value->kind], strlen(words[value->kind]));
        break;
    }
}

char *jtree_write_without(const struct jtree *value, const char *const *paths, size_t count)
{
    struct writer w = {.without = paths, .without_count = count};
    put_value(&w, value);
    return w.text;
}

char *jtree_write(const struct jtree *value)
{
    return jtree_write_without(value, NULL, 0);
}
