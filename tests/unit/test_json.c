/* The JSON writer: exact bytes for every kind of input, and what it says of what it changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/limits.h"
#include "report/json.h"

#define PATH     "smtp.some.field"
#define SMALL    64
#define ROOM     (LIMIT_STRING * 8)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct fixture {
    struct mem *mem;
    struct line line;
    struct json json;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    f->mem = mem_new(1 << 20, 0);
    line_init(&f->line, f->mem, LIMIT_LINE);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    line_free(&f->line);
    assert_int_equal(mem_used(f->mem), 0);
    mem_destroy(f->mem);
    free(f);
    return 0;
}

/* Writes text, from an allocation of exactly its size, as a JSON string. */
static void write_string(struct fixture *f, const void *text, size_t len)
{
    uint8_t *exact = malloc(len > 0 ? len : 1);
    if (len > 0)
        memcpy(exact, text, len);
    line_clear(&f->line);
    json_begin(&f->json, &f->line);
    json_string(&f->json, PATH, (struct helo_slice){exact, len});
    free(exact);
}

static void assert_written(const struct fixture *f, const void *expected, size_t len)
{
    assert_int_equal(f->line.len, len);
    assert_memory_equal(f->line.at, expected, len);
}

struct vector {
    const char *in;
    size_t len;
    const char *out;
};

#define VECTOR(in, out)                                                                            \
    {                                                                                              \
        in, sizeof(in) - 1, "\"" out "\""                                                          \
    }

static const struct vector VALID[] = {
    VECTOR("", ""),
    VECTOR("a", "a"),
    VECTOR("/<>&'~ ", "/<>&'~ "),
    VECTOR("12345678", "12345678"),
    VECTOR("\"", "\\\""),
    VECTOR("\\", "\\\\"),
    VECTOR("\b\f\n\r\t", "\\b\\f\\n\\r\\t"),
    VECTOR("\x00\x01\x07\x0b\x0e\x1b\x1f", "\\u0000\\u0001\\u0007\\u000b\\u000e\\u001b\\u001f"),
    VECTOR("\x7e\x7f", "\x7e\\u007f"),
    VECTOR("\xc2\x80\xc2\x85\xc2\x9f\xc2\xa0", "\\u0080\\u0085\\u009f\xc2\xa0"),
    VECTOR("\xc3\xa9\xc3\xbf", "\xc3\xa9\xc3\xbf"),
    VECTOR("\xdf\xbf\xe0\xa0\x80", "\xdf\xbf\xe0\xa0\x80"),
    VECTOR("\xed\x9f\xbf\xee\x80\x80", "\xed\x9f\xbf\xee\x80\x80"),
    VECTOR("\xef\xbf\xbe\xef\xbf\xbf", "\xef\xbf\xbe\xef\xbf\xbf"),
    VECTOR("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"),
    VECTOR("a\xe2\x80\xa8"
           "b\xe2\x80\xa9",
           "a\\u2028b\\u2029"),
    VECTOR("abcdefg\xe2\x82\xachijklmnop", "abcdefg\xe2\x82\xachijklmnop"),
};

static void valid_utf8_stays_and_controls_are_escaped(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(VALID); i++) {
        write_string(f, VALID[i].in, VALID[i].len);
        assert_written(f, VALID[i].out, strlen(VALID[i].out));
        assert_int_equal(f->json.latin1.count, 0);
        assert_int_equal(f->json.truncated.count, 0);
    }
}

static void every_escape_is_exact_at_every_position_of_a_word(void **state)
{
    struct fixture *f = *state;

    for (unsigned c = 0; c < 0x80; c++) {
        char escape[8];
        switch (c) {
        case '\b':
            strcpy(escape, "\\b");
            break;
        case '\f':
            strcpy(escape, "\\f");
            break;
        case '\n':
            strcpy(escape, "\\n");
            break;
        case '\r':
            strcpy(escape, "\\r");
            break;
        case '\t':
            strcpy(escape, "\\t");
            break;
        case '"':
            strcpy(escape, "\\\"");
            break;
        case '\\':
            strcpy(escape, "\\\\");
            break;
        default:
            if (c < 0x20 || c == 0x7F)
                snprintf(escape, sizeof(escape), "\\u%04x", c);
            else
                snprintf(escape, sizeof(escape), "%c", (char)c);
        }
        for (size_t position = 0; position < 18; position++) {
            char in[18];
            char out[SMALL];
            memset(in, 'x', sizeof(in));
            in[position] = (char)c;
            snprintf(out, sizeof(out), "\"%.*s%s%.*s\"", (int)position, "xxxxxxxxxxxxxxxxxx",
                     escape, (int)(17 - position), "xxxxxxxxxxxxxxxxxx");
            write_string(f, in, sizeof(in));
            assert_written(f, out, strlen(out));
        }
    }
}

/* As many octets as shown, each of which is then one character. */
static const struct vector INVALID[] = {
    VECTOR("\x80", "\\u0080"),
    VECTOR("\xbf", "\xc2\xbf"),
    VECTOR("\xc0\x80", "\xc3\x80\\u0080"),
    VECTOR("\xc1\xbf", "\xc3\x81\xc2\xbf"),
    VECTOR("\xc3", "\xc3\x83"),
    VECTOR("\xc3x", "\xc3\x83x"),
    VECTOR("\xc3\xc3", "\xc3\x83\xc3\x83"),
    VECTOR("\xe0\x9f\xbf", "\xc3\xa0\\u009f\xc2\xbf"),
    VECTOR("\xe2\x82", "\xc3\xa2\\u0082"),
    VECTOR("\xe2\x82x", "\xc3\xa2\\u0082x"),
    VECTOR("\xe2x\xac", "\xc3\xa2x\xc2\xac"),
    VECTOR("\xed\xa0\x80", "\xc3\xad\xc2\xa0\\u0080"),
    VECTOR("\xed\xbf\xbf", "\xc3\xad\xc2\xbf\xc2\xbf"),
    VECTOR("\xf0\x8f\xbf\xbf", "\xc3\xb0\\u008f\xc2\xbf\xc2\xbf"),
    VECTOR("\xf0\x9f\x98", "\xc3\xb0\\u009f\\u0098"),
    VECTOR("\xf0\x9f\x98x", "\xc3\xb0\\u009f\\u0098x"),
    VECTOR("\xf4\x90\x80\x80", "\xc3\xb4\\u0090\\u0080\\u0080"),
    VECTOR("\xf5\x80\x80\x80", "\xc3\xb5\\u0080\\u0080\\u0080"),
    VECTOR("\xfe", "\xc3\xbe"),
    VECTOR("\xff\n\x1b", "\xc3\xbf\\n\\u001b"),
    VECTOR("\xe9 \xc3\xa9", "\xc3\xa9 \xc3\x83\xc2\xa9"),
};

static void invalid_utf8_is_taken_byte_for_byte_wherever_it_stands(void **state)
{
    static const char FILL[] = "abcdefghijklmnopqrst";
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(INVALID); i++) {
        for (size_t before = 0; before <= 17; before++) {
            for (size_t after = 0; after <= 9; after++) {
                char in[SMALL];
                char out[SMALL * 2];
                size_t len = (size_t)snprintf(in, sizeof(in), "%.*s", (int)before, FILL);
                memcpy(in + len, INVALID[i].in, INVALID[i].len);
                len += INVALID[i].len;
                memcpy(in + len, FILL, after);
                len += after;
                snprintf(out, sizeof(out), "\"%.*s%.*s%.*s\"", (int)before, FILL,
                         (int)strlen(INVALID[i].out) - 2, INVALID[i].out + 1, (int)after, FILL);
                write_string(f, in, len);
                assert_written(f, out, strlen(out));
                assert_int_equal(f->json.latin1.count, 1);
                assert_string_equal(f->json.latin1.paths[0], PATH);
            }
        }
    }
}

struct cut {
    const char *name;
    size_t ascii;     /* that many x, then */
    const char *tail; /* these octets */
    size_t kept;      /* octets of the input that are written */
    bool truncated;
    bool latin1;
};

static const struct cut CUTS[] = {
    {"just fits", 1024, "", 1024, false, false},
    {"one too many", 1025, "", 1024, true, false},
    {"far too many", 5000, "", 1024, true, false},
    {"two octets end at the limit", 1022, "\xc3\xa9", 1024, false, false},
    {"two octets across the limit", 1023, "\xc3\xa9", 1023, true, false},
    {"two octets behind the limit", 1024, "\xc3\xa9", 1024, true, false},
    {"three octets end at the limit", 1021, "\xe2\x82\xac", 1024, false, false},
    {"three octets across by one", 1022, "\xe2\x82\xac", 1022, true, false},
    {"three octets across by two", 1023, "\xe2\x82\xac", 1023, true, false},
    {"four octets end at the limit", 1020, "\xf0\x9f\x98\x80", 1024, false, false},
    {"four octets across by one", 1021, "\xf0\x9f\x98\x80", 1021, true, false},
    {"four octets across by two", 1022, "\xf0\x9f\x98\x80", 1022, true, false},
    {"four octets across by three", 1023, "\xf0\x9f\x98\x80", 1023, true, false},
    {"what follows a cut character does not matter", 1023, "\xf0\x9f\x98\x80\xff", 1023, true,
     false},
    {"invalid behind the limit is not shown", 1024, "\xff", 1024, true, false},
    {"broken across the limit", 1023, "\xe2\x82x", 1024, true, true},
    {"unfinished across the limit", 1023, "\xe2\x82", 1024, true, true},
    {"invalid before the limit", 1023, "\xff", 1024, false, true},
    {"invalid and too long", 1000, "\xff 567890123456789012345", 1023, false, true},
};

static void long_strings_are_cut_at_a_character_and_noted(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(CUTS); i++) {
        const struct cut *cut = &CUTS[i];
        char in[6000];
        char out[ROOM];
        size_t tail = strlen(cut->tail);
        memset(in, 'x', cut->ascii);
        memcpy(in + cut->ascii, cut->tail, tail);

        size_t at = 0;
        out[at++] = '"';
        for (size_t j = 0; j < cut->kept; j++) {
            uint8_t c = (uint8_t)in[j];
            if (cut->latin1 && c >= 0x80) {
                out[at++] = (char)(0xC0 | c >> 6);
                out[at++] = (char)(0x80 | (c & 0x3F));
            } else {
                out[at++] = in[j];
            }
        }
        out[at++] = '"';
        write_string(f, in, cut->ascii + tail);
        if (f->line.len != at)
            print_error("%s\n", cut->name);
        assert_written(f, out, at);
        assert_int_equal(f->json.truncated.count, cut->truncated);
        assert_int_equal(f->json.latin1.count, cut->latin1);
    }
}

/* Reads a JSON string with none of the writer's code: strict on UTF-8 and escapes; the code points
 * go to codes. Returns their number, or -1 at the first thing that is wrong. */
static long read_string(const uint8_t *at, size_t len, uint32_t *codes)
{
    long n = 0;
    size_t i = 1;

    if (len < 2 || at[0] != '"' || at[len - 1] != '"')
        return -1;
    while (i < len - 1) {
        uint32_t code = at[i++];
        if (code < 0x20 || code == 0x7F || code == '"')
            return -1;
        if (code == '\\') {
            static const char FROM[] = "bfnrt\"\\";
            static const char TO[] = "\b\f\n\r\t\"\\";
            const char *short_form = strchr(FROM, at[i]);
            if (short_form != NULL && at[i] != 0) {
                code = (uint32_t)TO[short_form - FROM];
                i++;
            } else {
                char hex[5] = {0};
                if (at[i] != 'u' || i + 5 > len - 1)
                    return -1;
                memcpy(hex, at + i + 1, 4);
                if (strspn(hex, "0123456789abcdef") != 4)
                    return -1;
                code = (uint32_t)strtoul(hex, NULL, 16);
                i += 5;
            }
        } else if (code >= 0x80) {
            int more = code >= 0xF0 ? 3 : code >= 0xE0 ? 2 : 1;
            static const uint32_t LEAST[] = {0, 0x80, 0x800, 0x10000};
            if (code < 0xC0 || code > 0xF7)
                return -1;
            code &= 0x3Fu >> more;
            for (int j = 0; j < more; j++) {
                if (at[i] >> 6 != 2)
                    return -1;
                code = code << 6 | (at[i++] & 0x3Fu);
            }
            if (code < LEAST[more] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000) ||
                (code >= 0x80 && code <= 0x9F))
                return -1;
        }
        codes[n++] = code;
    }
    return n;
}

static size_t encode(uint32_t code, uint8_t *to)
{
    if (code < 0x80) {
        to[0] = (uint8_t)code;
        return 1;
    }
    size_t more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    for (size_t j = more; j > 0; j--) {
        to[j] = (uint8_t)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    static const uint8_t LEAD[] = {0, 0xC0, 0xE0, 0xF0};
    to[0] = (uint8_t)(LEAD[more] | code);
    return more + 1;
}

/* All of two and three octets: which of them are escaped, and no others. */
static void characters_that_turn_or_break_text_are_escaped(void **state)
{
    static const uint32_t ESCAPED[] = {0x61C,  0x200E, 0x200F, 0x2028, 0x2029,
                                       0x202A, 0x202B, 0x202C, 0x202D, 0x202E,
                                       0x2066, 0x2067, 0x2068, 0x2069, 0xFEFF};
    struct fixture *f = *state;
    size_t next = 0;

    for (uint32_t code = 0xA0; code <= 0xFFFF; code++) {
        uint8_t in[4];
        char out[16];
        bool escaped = next < COUNT(ESCAPED) && ESCAPED[next] == code;
        if (code >= 0xD800 && code <= 0xDFFF)
            continue;
        size_t len = encode(code, in);
        if (escaped)
            snprintf(out, sizeof(out), "\"\\u%04x\"", code);
        else
            snprintf(out, sizeof(out), "\"%.*s\"", (int)len, (const char *)in);
        next += escaped;
        write_string(f, (const char *)in, len);
        assert_written(f, out, strlen(out));
    }
    assert_int_equal(next, COUNT(ESCAPED));
}

static uint32_t next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33);
}

/* Plain, any octets, UTF-8 with a mistake now and then: the three ways through the writer. */
static size_t random_text(uint64_t *seed, uint8_t *text)
{
    uint32_t way = next_random(seed) % 3;
    size_t len = next_random(seed) % 40;
    size_t at = 0;

    if (next_random(seed) % 500 == 0)
        len = 1000 + next_random(seed) % 50;
    while (at < len) {
        if (way == 0) {
            text[at++] = (uint8_t)(next_random(seed) % 0x80);
        } else if (way == 1 || next_random(seed) % 60 == 0) {
            text[at++] = (uint8_t)next_random(seed);
        } else {
            uint32_t code = next_random(seed) % (1u << (5 + next_random(seed) % 17));
            if (code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF))
                at += encode(code, text + at);
        }
    }
    return at;
}

static void a_hundred_thousand_random_strings_decode_to_what_they_were(void **state)
{
    struct fixture *f = *state;
    uint64_t seed = 20240517;
    size_t latin1 = 0;

    for (int round = 0; round < 100000; round++) {
        uint8_t in[1100];
        uint8_t back[4400];
        uint32_t codes[1100];
        size_t len = random_text(&seed, in);
        write_string(f, in, len);
        long n = read_string((const uint8_t *)f->line.at, f->line.len, codes);
        assert_true(n >= 0);
        size_t at = 0;
        for (long i = 0; i < n; i++) {
            if (f->json.latin1.count > 0) {
                assert_true(codes[i] <= 0xFF);
                back[at++] = (uint8_t)codes[i];
            } else {
                at += encode(codes[i], back + at);
            }
        }
        assert_memory_equal(back, in, at);
        if (len <= LIMIT_STRING)
            assert_int_equal(at, len);
        else
            assert_in_range(at, LIMIT_STRING - 3, LIMIT_STRING);
        assert_int_equal(f->json.truncated.count, len > LIMIT_STRING);
        latin1 += f->json.latin1.count;
    }
    assert_in_range(latin1, 20000, 80000);
}

static void assert_line(struct fixture *f, const char *expected)
{
    line_char(&f->line, '\0');
    assert_false(f->line.failed);
    assert_string_equal(f->line.at, expected);
}

static void members_and_elements_are_parted_by_commas(void **state)
{
    struct fixture *f = *state;
    struct json *json = &f->json;

    json_begin(json, &f->line);
    json_open_element(json, '{');
    json_open(json, "empty", '{');
    json_close(json, '}');
    json_open(json, "list", '[');
    json_text_element(json, PATH, (struct helo_slice){(const uint8_t *)"a", 1});
    json_text_element(json, PATH, (struct helo_slice){NULL, 0});
    json_text_element(json, PATH, (struct helo_slice){(const uint8_t *)"b", 1});
    json_open_element(json, '{');
    json_u64(json, "x", 1);
    json_close(json, '}');
    json_open_element(json, '{');
    json_bool(json, "y", false);
    json_close(json, '}');
    json_close(json, ']');
    json_text(json, "a.b.text", (struct helo_slice){(const uint8_t *)"t", 1});
    json_text(json, "a.b.none", (struct helo_slice){NULL, 0});
    json_text(json, "plain", (struct helo_slice){(const uint8_t *)"p", 1});
    json_open(json, "counts", '{');
    json_text_key(json, PATH, (struct helo_slice){(const uint8_t *)"A\"", 2});
    line_u64(&f->line, 1);
    json_text_key(json, PATH, (struct helo_slice){(const uint8_t *)"B", 1});
    line_u64(&f->line, 2);
    json_close(json, '}');
    json_name(json, "name", "n");
    json_raw(json, "raw", "{}");
    json_write_notes(json);
    json_close(json, '}');
    assert_line(f, "{\"empty\":{},\"list\":[\"a\",\"b\",{\"x\":1},{\"y\":false}],\"text\":\"t\","
                   "\"plain\":\"p\",\"counts\":{\"A\\\"\":1,\"B\":2},\"name\":\"n\",\"raw\":{}}");
}

static void numbers_are_exact(void **state)
{
    static const struct {
        uint64_t value;
        const char *out;
    } INTEGERS[] = {
        {0, "0"},     {9, "9"},     {10, "10"},       {99, "99"},
        {100, "100"}, {101, "101"}, {12345, "12345"}, {UINT64_MAX, "18446744073709551615"},
    };
    static const struct {
        helo_time interval;
        const char *out;
    } INTERVALS[] = {
        {0, "{\"t\":0}"},
        {999, "{\"t\":0}"},
        {1000, "{\"t\":0.001}"},
        {12345678, "{\"t\":12.345}"},
        {12300000, "{\"t\":12.3}"},
        {12050000, "{\"t\":12.05}"},
        {30000000000, "{\"t\":30000}"},
        {-1, "{}"},
        {INT64_MAX, "{\"t\":9223372036854.775}"},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(INTEGERS); i++) {
        line_clear(&f->line);
        line_u64(&f->line, INTEGERS[i].value);
        assert_line(f, INTEGERS[i].out);
    }
    for (size_t i = 0; i < COUNT(INTERVALS); i++) {
        line_clear(&f->line);
        json_begin(&f->json, &f->line);
        json_open_element(&f->json, '{');
        json_milliseconds(&f->json, "t", INTERVALS[i].interval);
        json_close(&f->json, '}');
        assert_line(f, INTERVALS[i].out);
    }
}

static void notes_name_each_field_once_and_counts_are_nested(void **state)
{
    struct fixture *f = *state;
    struct json *json = &f->json;
    uint8_t longer[1100];
    memset(longer, 0xE9, sizeof(longer));

    json_begin(json, &f->line);
    for (int i = 0; i < 3; i++) {
        json_string(json, "smtp.rcpt_to", (struct helo_slice){longer, 1});
        json_string(json, "smtp.helo", (struct helo_slice){longer, sizeof(longer)});
    }
    assert_int_equal(json_list_length(json, "related.ip", 3, 3), 3);
    assert_int_equal(json_list_length(json, "email.to", 1000, 1001), 1000);
    assert_int_equal(json_list_length(json, "smtp.rcpt_to", 1001, 1001), 1000);
    assert_int_equal(json_list_length(json, "smtp.message.recipients", 3, 70000), 3);
    assert_int_equal(json_list_length(json, "smtp.message.parameters", 2000, 2000), 1000);
    line_clear(&f->line);
    json->comma = false;
    json_open_element(json, '{');
    json_write_notes(json);
    json_close(json, '}');
    assert_line(f, "{\"latin1\":[\"smtp.rcpt_to\",\"smtp.helo\"],\"truncated\":[\"smtp.helo\"],"
                   "\"list_counts\":{\"email\":{\"to\":1001},\"smtp\":{\"rcpt_to\":1001,"
                   "\"message\":{\"recipients\":70000,\"parameters\":2000}}}}");
}

static void a_line_past_its_limit_fails_and_the_next_one_does_not(void **state)
{
    struct fixture *f = *state;
    char chunk[1000];
    memset(chunk, 'x', sizeof(chunk));

    f->line.limit = 10000;
    for (int i = 0; i < 10; i++)
        line_put(&f->line, chunk, sizeof(chunk));
    assert_false(f->line.failed);
    assert_int_equal(f->line.len, 10000);
    line_char(&f->line, 'x');
    assert_true(f->line.failed);
    assert_int_equal(f->line.len, 10000);
    line_clear(&f->line);
    line_string(&f->line, "again");
    assert_line(f, "again");
}

static void a_line_without_memory_fails_and_keeps_what_it_had(void **state)
{
    char chunk[20000];
    memset(chunk, 'y', sizeof(chunk));
    (void)state;

    for (uint64_t nth = 1; nth <= 2; nth++) {
        struct mem *mem = mem_new(1 << 20, nth);
        struct line line;
        line_init(&line, mem, LIMIT_LINE);
        line_string(&line, "first");
        assert_int_equal(line.failed, nth == 1);
        line_put(&line, chunk, sizeof(chunk));
        assert_int_equal(line.failed, true);
        assert_int_equal(line.len, nth == 1 ? 20000 : 5);
        line_free(&line);
        assert_int_equal(mem_used(mem), 0);
        mem_destroy(mem);
    }
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(valid_utf8_stays_and_controls_are_escaped),
        TEST(characters_that_turn_or_break_text_are_escaped),
        TEST(every_escape_is_exact_at_every_position_of_a_word),
        TEST(invalid_utf8_is_taken_byte_for_byte_wherever_it_stands),
        TEST(long_strings_are_cut_at_a_character_and_noted),
        TEST(a_hundred_thousand_random_strings_decode_to_what_they_were),
        TEST(members_and_elements_are_parted_by_commas),
        TEST(numbers_are_exact),
        TEST(notes_name_each_field_once_and_counts_are_nested),
        TEST(a_line_past_its_limit_fails_and_the_next_one_does_not),
        TEST(a_line_without_memory_fails_and_keeps_what_it_had),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
