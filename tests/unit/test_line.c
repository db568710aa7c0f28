/* Lines: what ends one, what is odd about it, and that cuts change nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exact.h"
#include "smtp/line.h"

enum { LIMIT = 20 };

struct vector {
    const char *name;
    const char *octets;
    size_t len;
    const char *lines[4]; /* what each has to be */
    unsigned oddities[4];
};

#define OCTETS(text) (text), sizeof(text) - 1
#define TWENTY       "abcdefghijklmnopqrst"

static const struct vector VECTORS[] = {
    {"CRLF", OCTETS("QUIT\r\n"), {"QUIT"}, {0}},
    {"two lines", OCTETS("a\r\nbc\r\n"), {"a", "bc"}, {0}},
    {"empty lines", OCTETS("\r\n\r\n\r\n"), {"", "", ""}, {0}},
    {"bare LF", OCTETS("QUIT\na\r\n"), {"QUIT", "a"}, {LINE_BARE_LF, 0}},
    {"empty, bare LF", OCTETS("\n\n"), {"", ""}, {LINE_BARE_LF, LINE_BARE_LF}},
    {"bare CR inside", OCTETS("a\rb\r\n"), {"a\rb"}, {LINE_BARE_CR}},
    {"CR first", OCTETS("\ra\r\n"), {"\ra"}, {LINE_BARE_CR}},
    {"two CRs", OCTETS("a\r\r\n"), {"a\r"}, {LINE_BARE_CR}},
    {"LF, CR", OCTETS("a\n\rb\n"), {"a", "\rb"}, {LINE_BARE_LF, LINE_BARE_LF | LINE_BARE_CR}},
    {"8-bit", OCTETS("a\xff\r\n\x80\n"), {"a\xff", "\x80"}, {8, LINE_EIGHT_BIT | LINE_BARE_LF}},
    {"UTF-8", OCTETS("gr\xc3\xbc\xc3\x9f\r\n"), {"gr\xc3\xbc\xc3\x9f"}, {LINE_EIGHT_BIT}},
    {"limit - 1", OCTETS("bcdefghijklmnopqrst\r\n"), {"bcdefghijklmnopqrst"}, {0}},
    {"limit", OCTETS(TWENTY "\r\nx\r\n"), {TWENTY, "x"}, {0}},
    {"limit, bare LF", OCTETS(TWENTY "\nx\r\n"), {TWENTY, "x"}, {LINE_BARE_LF, 0}},
    {"limit, CR too many", OCTETS(TWENTY "\r\r\nx\n"), {TWENTY, "x"}, {LINE_OVERLONG, 1}},
    {"limit + 1", OCTETS(TWENTY "u\r\nx\r\n"), {TWENTY, "x"}, {LINE_OVERLONG, 0}},
    {"limit + 1, bare LF", OCTETS(TWENTY "u\nx\r\n"), {TWENTY, "x"}, {LINE_OVERLONG, 0}},
    {"limit + 2", OCTETS(TWENTY "uv\r\nx\r\n"), {TWENTY, "x"}, {LINE_OVERLONG, 0}},
    {"limit + 2, bare LF", OCTETS(TWENTY "uv\nx\r\n"), {TWENTY, "x"}, {LINE_OVERLONG, 0}},
    {"limit + 3", OCTETS(TWENTY "uvw\nx\r\n"), {TWENTY, "x"}, {LINE_OVERLONG, 0}},
    {"far more, odd at the end",
     OCTETS(TWENTY TWENTY TWENTY "\xff\r\r\r\nx\r\n"),
     {TWENTY, "x"},
     {LINE_OVERLONG, 0}},
    {"more, odd within",
     OCTETS("\xff\r" TWENTY TWENTY "\r\nx\r\n"),
     {"\xff\rabcdefghijklmnopqr", "x"},
     {LINE_OVERLONG | LINE_EIGHT_BIT | LINE_BARE_CR, 0}},
};

/* Reads a vector cut in one way, every piece in its own block. */
static void read_vector(struct mem *mem, const struct vector *v, size_t way)
{
    struct line_reader reader = {0};
    size_t lines = 0, done = 0, begun = 0;
    while (done < v->len) {
        struct helo_slice piece = exact_copy(v->octets + done, exact_piece(way, v->len, done));
        for (size_t at = 0; at < piece.len;) {
            struct line line;
            bool whole;
            size_t n =
                line_read(&reader, mem, piece.ptr + at, piece.len - at, LIMIT, &line, &whole);
            assert_in_range(n, 1, piece.len - at);
            at += n;
            if (!whole) {
                assert_int_equal(at, piece.len);
                continue;
            }
            assert_non_null(v->lines[lines]);
            assert_slice(line.text, v->lines[lines]);
            assert_int_equal(line.oddities, v->oddities[lines]);
            assert_int_equal(line.length, done + at - begun);
            begun = done + at;
            lines++;
        }
        done += piece.len;
        exact_free(piece);
    }
    assert_true(lines == 4 || v->lines[lines] == NULL);
    line_reset(&reader, mem);
}

static void lines_and_their_oddities_are_the_same_in_every_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(VECTORS); i++) {
        struct mem *mem = mem_new(1u << 20, 0);
        for (size_t way = 0; way < exact_ways(VECTORS[i].len); way++)
            read_vector(mem, &VECTORS[i], way);
        assert_int_equal(mem_used(mem), 0);
        mem_destroy(mem);
    }
}

static void a_nul_is_noted_and_kept(void **state)
{
    (void)state;
    struct mem *mem = mem_new(1u << 20, 0);
    static const uint8_t octets[] = {'a', 0, 'b', '\r', '\n'};
    for (size_t way = 0; way < exact_ways(5); way++) {
        struct line_reader reader = {0};
        struct line line = {0};
        bool whole = false;
        struct helo_slice piece = {0};
        for (size_t done = 0; done < 5; done += piece.len) {
            exact_free(piece);
            piece = exact_copy(octets + done, exact_piece(way, 5, done));
            assert_int_equal(line_read(&reader, mem, piece.ptr, piece.len, LIMIT, &line, &whole),
                             piece.len);
        }
        assert_true(whole);
        assert_int_equal(line.text.len, 3);
        assert_memory_equal(line.text.ptr, octets, 3);
        assert_int_equal(line.oddities, LINE_NUL);
        exact_free(piece);
        line_reset(&reader, mem);
    }
    mem_destroy(mem);
}

static void an_endless_line_takes_no_more_memory_than_the_limit(void **state)
{
    (void)state;
    struct mem *mem = mem_new(1u << 20, 0);
    struct line_reader reader = {0};
    struct line line;
    bool whole;
    uint8_t block[4096];
    memset(block, 'x', sizeof(block));
    for (unsigned i = 0; i < 1024; i++) {
        assert_int_equal(line_read(&reader, mem, block, sizeof(block), 1000, &line, &whole), 4096);
        assert_false(whole);
        assert_in_range(mem_used(mem), 1, 2048);
    }
    assert_int_equal(line_read(&reader, mem, (const uint8_t *)"\r\nQUIT", 6, 1000, &line, &whole),
                     2);
    assert_true(whole);
    assert_int_equal(line.text.len, 1000);
    assert_int_equal(line.length, 4u * 1024 * 1024 + 2);
    assert_int_equal(line.oddities, LINE_OVERLONG);
    line_reset(&reader, mem);
    mem_destroy(mem);
}

static void without_memory_a_cut_line_is_overlong_and_the_next_one_whole(void **state)
{
    (void)state;
    struct mem *mem = mem_new(1u << 20, 1);
    struct line_reader reader = {0};
    struct line line;
    bool whole;
    assert_int_equal(line_read(&reader, mem, (const uint8_t *)"QU", 2, LIMIT, &line, &whole), 2);
    assert_false(whole);
    assert_int_equal(line_read(&reader, mem, (const uint8_t *)"IT\r\n", 4, LIMIT, &line, &whole),
                     4);
    assert_true(whole);
    assert_int_equal(line.length, 6);
    assert_true((line.oddities & LINE_OVERLONG) != 0);
    assert_int_equal(line_read(&reader, mem, (const uint8_t *)"QUIT\r\n", 6, LIMIT, &line, &whole),
                     6);
    assert_true(whole);
    assert_slice(line.text, "QUIT");
    assert_int_equal(line.oddities, 0);
    line_reset(&reader, mem);
    mem_destroy(mem);
}

static void a_reset_forgets_what_was_begun(void **state)
{
    (void)state;
    struct mem *mem = mem_new(1u << 20, 0);
    struct line_reader reader = {0};
    struct line line;
    bool whole;
    line_read(&reader, mem, (const uint8_t *)"AUTH", 4, LIMIT, &line, &whole);
    line_reset(&reader, mem);
    assert_int_equal(mem_used(mem), 0);
    line_read(&reader, mem, (const uint8_t *)"QU", 2, LIMIT, &line, &whole);
    line_read(&reader, mem, (const uint8_t *)"IT\r\n", 4, LIMIT, &line, &whole);
    assert_true(whole);
    assert_slice(line.text, "QUIT");
    assert_int_equal(line.length, 6);
    line_reset(&reader, mem);
    mem_destroy(mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_and_their_oddities_are_the_same_in_every_cut),
        cmocka_unit_test(a_nul_is_noted_and_kept),
        cmocka_unit_test(an_endless_line_takes_no_more_memory_than_the_limit),
        cmocka_unit_test(without_memory_a_cut_line_is_overlong_and_the_next_one_whole),
        cmocka_unit_test(a_reset_forgets_what_was_begun),
    };
    return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
