/* JSON strings (RFC 8259 section 7) from bytes of any kind, eight plain ones at a time. */
#include "report/json.h"

#include <assert.h>

#include "base/limits.h"
#include "base/utf8.h"

#define BYTES_OF(b)    (UINT64_C(0x0101010101010101) * (b))
#define ESCAPE_LONGEST 6 /* \u00XX */

void json_begin(struct json *json, struct line *line)
{
    json->line = line;
    json->comma = false;
    json->latin1.count = 0;
    json->truncated.count = 0;
    json->lists.count = 0;
}

static void note(struct json_notes *notes, const char *path, uint64_t total)
{
    for (size_t i = notes->count; i > 0; i--)
        if (strcmp(notes->paths[i - 1], path) == 0)
            return;
    assert(notes->count < JSON_NOTES);
    notes->paths[notes->count] = path;
    notes->totals[notes->count] = total;
    notes->count++;
}

/* True if all eight octets are ASCII that stands for itself. Borrows can only flag too much in
 * octets above one that is flagged rightly, so the answer for the whole word is exact. */
static bool plain_word(uint64_t word)
{
    uint64_t quote = word ^ BYTES_OF('"');
    uint64_t backslash = word ^ BYTES_OF('\\');
    uint64_t del = word ^ BYTES_OF(0x7F);
    uint64_t special = word | (word - BYTES_OF(0x20)) | (quote - BYTES_OF(1)) |
                       (backslash - BYTES_OF(1)) | (del - BYTES_OF(1));
    return (special & BYTES_OF(0x80)) == 0;
}

static char *put_escape(char *to, uint32_t code)
{
    *to++ = '\\';
    *to++ = 'u';
    return number_hex(to, code, 4);
}

static char *put_ascii(char *to, uint8_t c)
{
    static const char SHORT[] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
                                 ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\'};

    if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F) {
        *to++ = (char)c;
        return to;
    }
    if (c >= sizeof(SHORT) || SHORT[c] == 0)
        return put_escape(to, c);
    *to++ = '\\';
    *to++ = SHORT[c];
    return to;
}

/* C1 controls; beyond them what some readers end a line at, what turns the text around it about,
 * and the byte order mark, which some readers drop. The string is the same to every parser. */
static bool wants_escape(uint32_t code)
{
    if (code < 0x2028)
        return (code >= 0x80 && code <= 0x9F) || code == 0x61C || code == 0x200E || code == 0x200F;
    return code <= 0x202E || (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF;
}

/* What is written of a string that is not UTF-8. */
static char *put_latin1(char *to, const uint8_t *from, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (from[i] < 0x80) {
            to = put_ascii(to, from[i]);
        } else if (wants_escape(from[i])) {
            to = put_escape(to, from[i]);
        } else {
            *to++ = (char)(0xC0 | from[i] >> 6);
            *to++ = (char)(0x80 | (from[i] & 0x3F));
        }
    }
    return to;
}

/* The characters of text that end within limit octets; NULL if one that begins there is none. A
 * character across the limit must be whole, so that a cut never makes text look broken. */
static char *put_utf8(char *to, struct helo_slice text, size_t limit)
{
    size_t i = 0;

    while (i < limit) {
        uint64_t word;
        uint32_t code;
        if (limit - i >= sizeof(word)) {
            memcpy(&word, text.ptr + i, sizeof(word));
            if (plain_word(word)) {
                memcpy(to, &word, sizeof(word));
                to += sizeof(word);
                i += sizeof(word);
                continue;
            }
        }
        if (text.ptr[i] < 0x80) {
            to = put_ascii(to, text.ptr[i++]);
            continue;
        }
        size_t n = utf8_character(text.ptr + i, text.len - i, &code);
        if (n == 0)
            return NULL;
        if (i + n > limit)
            break;
        if (wants_escape(code)) {
            to = put_escape(to, code);
        } else {
            memcpy(to, text.ptr + i, n);
            to += n;
        }
        i += n;
    }
    return to;
}

void json_string(struct json *json, const char *path, struct helo_slice text)
{
    size_t limit = text.len;
    if (limit > LIMIT_STRING) {
        limit = LIMIT_STRING;
        note(&json->truncated, path, 0);
    }
    char *start = line_reserve(json->line, limit * ESCAPE_LONGEST + 2);
    if (start == NULL)
        return;

    char *to = start;
    *to++ = '"';
    char *end = put_utf8(to, text, limit);
    if (end == NULL) {
        end = put_latin1(to, text.ptr, limit);
        note(&json->latin1, path, 0);
    }
    *end++ = '"';
    json->line->len += (size_t)(end - start);
}

void json_text_element(struct json *json, const char *path, struct helo_slice text)
{
    if (text.len == 0)
        return;
    json_comma(json);
    json_string(json, path, text);
}

void json_text_key(struct json *json, const char *path, struct helo_slice text)
{
    json_comma(json);
    json_string(json, path, text);
    line_char(json->line, ':');
}

uint32_t json_list_length(struct json *json, const char *path, uint32_t count, uint32_t total)
{
    uint32_t length = count < LIMIT_LIST ? count : LIMIT_LIST;
    if (total > length)
        note(&json->lists, path, total);
    return length;
}

static void write_paths(struct json *json, const char *key, const struct json_notes *notes)
{
    if (notes->count == 0)
        return;
    json_open(json, key, '[');
    for (size_t i = 0; i < notes->count; i++) {
        json_comma(json);
        line_char(json->line, '"');
        line_string(json->line, notes->paths[i]);
        line_char(json->line, '"');
    }
    json_close(json, ']');
}

/* Octets of path up to and with the last dot that it shares with other. */
static size_t shared_parents(const char *path, const char *other)
{
    size_t shared = 0;
    for (size_t i = 0; path[i] != '\0' && path[i] == other[i]; i++)
        if (path[i] == '.')
            shared = i + 1;
    return shared;
}

static void close_parents(struct json *json, const char *path)
{
    for (; *path != '\0'; path++)
        if (*path == '.')
            json_close(json, '}');
}

/* Keys are never dotted, so the paths become objects; they come in the order of writing, in which
 * fields of one object stand together. */
static void write_totals(struct json *json, const struct json_notes *notes)
{
    const char *previous = "";

    if (notes->count == 0)
        return;
    json_open(json, "list_counts", '{');
    for (size_t i = 0; i < notes->count; i++) {
        const char *path = notes->paths[i];
        size_t shared = shared_parents(path, previous);
        close_parents(json, previous + shared);
        const char *part = path + shared;
        for (const char *dot; (dot = strchr(part, '.')) != NULL; part = dot + 1) {
            json_comma(json);
            line_char(json->line, '"');
            line_put(json->line, part, (size_t)(dot - part));
            line_string(json->line, "\":{");
            json->comma = false;
        }
        json_u64(json, part, notes->totals[i]);
        previous = path;
    }
    close_parents(json, previous);
    json_close(json, '}');
}

void json_write_notes(struct json *json)
{
    write_paths(json, "latin1", &json->latin1);
    write_paths(json, "truncated", &json->truncated);
    write_totals(json, &json->lists);
}
