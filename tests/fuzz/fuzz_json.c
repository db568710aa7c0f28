/* Fuzz target: the JSON writer and the text writer. Strings of any octets are written as members,
 * elements and keys; what is written is read back and must be what went in. */
#include "fuzz.h"

#include "../support/jtree.h"
#include "../support/sound.h"
#include "base/limits.h"
#include "report/json.h"
#include "report/text.h"

#define MEMORY  (UINT64_C(16) << 20)
#define STRINGS 24

enum { LIST = 1, LONG = 2 };

struct strings {
    struct helo_slice of[STRINGS];
    size_t count;
};

/* Reads [length or 0xff: three times as long as the rest][octets]... */
static void read_strings(struct strings *strings, struct fuzz_input *input)
{
    while (input->left > 0 && strings->count < STRINGS) {
        size_t len = fuzz_octet(input);
        struct helo_slice taken = fuzz_take(input, len >= 0xf0 ? 16 * len : len);
        strings->of[strings->count++] = fuzz_exact(taken);
    }
}

static bool is_utf8(struct helo_slice text, size_t *cut)
{
    unsigned long code;
    size_t limit = text.len < LIMIT_STRING ? text.len : LIMIT_STRING;
    for (*cut = 0; *cut < limit;) {
        size_t n = sound_character(text.ptr + *cut, text.len - *cut, &code);
        if (n == 0)
            return false;
        if (*cut + n > limit)
            break;
        *cut += n;
    }
    return true;
}

/* What a reader must get of a string: owned. */
static struct helo_slice expected(struct helo_slice text)
{
    size_t cut;
    uint8_t *octets = malloc(2 * LIMIT_STRING + 1);
    size_t len = 0;
    fuzz_must(octets != NULL, "no memory for a copy");
    if (is_utf8(text, &cut)) {
        if (cut > 0)
            memcpy(octets, text.ptr, cut);
        return (struct helo_slice){octets, cut};
    }
    for (size_t i = 0; i < text.len && i < LIMIT_STRING; i++) {
        uint8_t c = text.ptr[i];
        if (c >= 0x80)
            octets[len++] = (uint8_t)(0xc0 | c >> 6);
        octets[len++] = c >= 0x80 ? (uint8_t)(0x80 | (c & 0x3f)) : c;
    }
    return (struct helo_slice){octets, len};
}

static void write_json(struct line *line, const struct strings *strings, bool list)
{
    struct json json;
    json_begin(&json, line);
    json_open_element(&json, '{');
    json_open(&json, "list", '[');
    for (size_t i = 0; list && i < strings->count; i++)
        json_string((json_comma(&json), &json), "x.list", strings->of[i]);
    json_close(&json, ']');
    json_open(&json, "members", '[');
    for (size_t i = 0; !list && i < strings->count; i++) {
        json_open_element(&json, '{');
        json_text_key(&json, "x.key", strings->of[i]);
        json.comma = false;
        json_string(&json, "x.value", strings->of[i]);
        json.comma = true;
        json_close(&json, '}');
    }
    json_close(&json, ']');
    json_write_notes(&json);
    json_close(&json, '}');
    line_char(line, '\n');
}

static void compare(const struct jtree *value, struct helo_slice text)
{
    struct helo_slice want = expected(text);
    fuzz_must(value != NULL && value->kind == JTREE_STRING, "a string that is missing");
    fuzz_must(value->length == want.len && memcmp(value->text, want.ptr, want.len) == 0,
              "a string that is another one");
    if (value->key != NULL && memchr(want.ptr, 0, want.len) == NULL)
        fuzz_must(strlen(value->key) == want.len && memcmp(value->key, want.ptr, want.len) == 0,
                  "a key that is another one");
    fuzz_free(want);
}

static void check_json(const struct line *line, const struct strings *strings, bool list)
{
    fuzz_must(!line->failed, "a line without room");
    fuzz_sound(sound_text(line->at, line->len, false));
    struct jtree *tree = jtree_parse(line->at, line->len - 1);
    fuzz_must(tree != NULL, "not JSON");
    const struct jtree *value = jtree_at(tree, list ? "list" : "members");
    fuzz_must(jtree_count(value) == strings->count, "not as many strings");
    value = value->child;
    for (size_t i = 0; i < strings->count; i++, value = value->next)
        compare(list ? value : value->child, strings->of[i]);
    jtree_free(tree);
}

/* Characters, which here are columns. */
static size_t characters(const char *text, size_t len)
{
    size_t count = 0;
    for (size_t i = 0; i < len; i++)
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    return count;
}

static void check_text(struct line *line, struct helo_slice text, size_t columns, bool lines)
{
    line_clear(line);
    (lines ? text_lines : text_field)(line, text, columns);
    fuzz_must(!line->failed, "a field without room");
    fuzz_must(characters(line->at, line->len) <= columns, "wider than its columns");
    fuzz_must(line->len == 0 || memchr(line->at, '\n', line->len) == NULL, "a field of two lines");
    line_char(line, '\n');
    if (line->len > 1)
        fuzz_sound(sound_text(line->at, line->len, false));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct strings strings = {.count = 0};
    struct line line;
    if (size < 3)
        return 0;
    uint8_t how = fuzz_octet(&input);
    size_t columns = 1 + fuzz_octet(&input);
    read_strings(&strings, &input);
    struct mem *mem = mem_new(MEMORY, 0);
    line_init(&line, mem, LIMIT_LINE);
    write_json(&line, &strings, (how & LIST) != 0);
    check_json(&line, &strings, (how & LIST) != 0);
    for (size_t i = 0; i < strings.count; i++)
        check_text(&line, strings.of[i], columns, (how & LONG) != 0);
    for (size_t i = 0; i < strings.count; i++)
        fuzz_free(strings.of[i]);
    line_free(&line);
    fuzz_must(mem_used(mem) == 0, "memory that did not come back");
    mem_destroy(mem);
    return 0;
}
