/* Content: where it ends and nowhere else, and how long it is, against a search by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support/prng.h"
#include "exact.h"
#include "smtp/content.h"

/* What a content is by the RFC's own words: looked for octet by octet. */
struct truth {
    bool ended;
    size_t end;
    uint64_t size;
};

static struct truth look(const uint8_t *data, size_t len)
{
    struct truth truth = {.end = len};
    uint64_t dots = 0;
    for (size_t i = 0; i < len; i++) {
        bool at_start = i == 0 || (i >= 2 && data[i - 2] == '\r' && data[i - 1] == '\n');
        if (!at_start || data[i] != '.')
            continue;
        if (i + 2 < len && data[i + 1] == '\r' && data[i + 2] == '\n')
            return (struct truth){.ended = true, .end = i + 3, .size = i - dots};
        dots++;
    }
    return truth;
}

/* Scans cut in one way, every piece in its own block; how many octets were taken. */
static size_t scan_way(struct content_scan *scan, struct helo_slice data, size_t way, bool *ended)
{
    size_t taken = 0;
    *ended = false;
    content_start(scan);
    while (taken < data.len && !*ended) {
        size_t len = exact_piece(way, data.len, taken);
        struct helo_slice piece = exact_copy(data.ptr + taken, len);
        size_t n = content_scan(scan, piece.ptr, len, ended);
        assert_true(n == len || (n < len && *ended));
        taken += n;
        exact_free(piece);
    }
    return taken;
}

static void check_all_ways(struct helo_slice data)
{
    struct truth truth = look(data.ptr, data.len);
    for (size_t way = 0; way < exact_ways(data.len); way++) {
        struct content_scan scan;
        bool ended;
        assert_int_equal(scan_way(&scan, data, way, &ended), truth.end);
        assert_int_equal(ended, truth.ended);
        assert_int_equal(scan.octets, truth.end);
        if (ended)
            assert_int_equal(content_size(&scan), truth.size);
    }
}

static void ends_and_sizes_are_the_same_in_every_cut(void **state)
{
    (void)state;
    static const struct {
        const char *octets;
        size_t end; /* 0: not in it */
        uint64_t size;
    } cases[] = {
        {".\r\n", 3, 0},
        {".\r\nQUIT\r\n", 3, 0},
        {"\r\n.\r\n", 5, 2},
        {"a\r\n.\r\n", 6, 3},
        {"a\r\nb\r\n.\r\n.\r\n", 9, 6},
        {"..\r\n.\r\n", 7, 3},
        {"...\r\n.\r\n", 8, 4},
        {".a\r\n..b\r\n.\r\n", 12, 7},
        {"a.\r\n.\r\n", 7, 4},
        {"a\r\n..\r\n.\r\n", 10, 6},
        {"a\r\n.\r.\r\n.\r\n", 11, 7},
        {"a\r\n.\r\r\n.\r\n", 10, 6},
        {"a\r\r\n.\r\n", 7, 4},
        {"a\n.\r\n\r\n.\r\n", 10, 7},
        {"From: x\r\n\r\ntext\r\n.\r\nMAIL FROM:<>\r\n", 20, 17},
        {"a\r\n", 0, 0},
        {"a\r\n.", 0, 0},
        {"a\r\n.\r", 0, 0},
        {"a\n.\n", 0, 0},
        {".\n", 0, 0},
        {".\r", 0, 0},
        {"..\r\n", 0, 0},
        {" .\r\n", 0, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct helo_slice data = exact_text(cases[i].octets);
        struct truth truth = look(data.ptr, data.len);
        assert_int_equal(truth.ended, cases[i].end > 0);
        if (truth.ended) {
            assert_int_equal(truth.end, cases[i].end);
            assert_int_equal(truth.size, cases[i].size);
        }
        check_all_ways(data);
        exact_free(data);
    }
}

/* The test vectors of rule HS-501. */
static void what_only_looks_like_the_end_is_content(void **state)
{
    (void)state;
#define OCTETS(text)                                                                               \
    {                                                                                              \
        (text), sizeof(text) - 1                                                                   \
    }
    static const struct {
        const char *octets;
        size_t len;
    } cases[] = {
        OCTETS("\n.\n"),       OCTETS("\n.\r"),       OCTETS("\r.\n"),
        OCTETS("\r.\r"),       OCTETS("\n.\r\n"),     OCTETS("\r.\r\n"),
        OCTETS("\r\n.\n"),     OCTETS("\r\n.\r"),     OCTETS("\r\n\0.\r\n"),
        OCTETS("\r\n.\0\r\n"), OCTETS("\r\n.\r\r\n"), OCTETS("\r\r\n.\r\r\n"),
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        static const char *const TAILS[] = {"", "b", "MAIL FROM:<a@b>\r\n", ".", "\0"};
        for (size_t k = 0; k < COUNT(TAILS); k++) {
            uint8_t block[64] = "a";
            size_t len = 1, tail = strlen(TAILS[k]);
            memcpy(block + len, cases[i].octets, cases[i].len);
            memcpy(block + (len += cases[i].len), TAILS[k], tail);
            len += tail;
            struct helo_slice open = exact_copy(block, len);
            assert_false(look(open.ptr, open.len).ended);
            check_all_ways(open);
            exact_free(open);
            memcpy(block + len, "x\r\n.\r\nQUIT\r\n", 12);
            struct helo_slice whole = exact_copy(block, len + 12);
            assert_int_equal(look(whole.ptr, whole.len).end, len + 6);
            check_all_ways(whole);
            exact_free(whole);
        }
    }
}

static void ends_that_lenient_servers_take_are_noted_only_while_they_are_last(void **state)
{
    (void)state;
    static const struct {
        const char *octets;
        bool lenient;
        uint64_t size;
    } cases[] = {
        {"a\n.\n", true, 2},      {"a\n.\r\n", true, 2},   {"a\r\n.\n", true, 3},
        {".\n", true, 0},         {"\n.\n", true, 1},      {"..\n.\n", true, 2},
        {"a\n.\n.\n", true, 4},   {"a\n..\n.\n", true, 5}, {"a\r\n..\r\n.\n", true, 6},
        {"a\n.\r\n.\n", true, 5}, {"a\n.\nb", false, 0},   {"a\n.\n\n", false, 0},
        {"a\n.", false, 0},       {"a\n", false, 0},       {"a\n..\n", false, 0},
        {"a\n.\r", false, 0},     {"a\r\n.\r", false, 0},  {"a.\n", false, 0},
        {"", false, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct helo_slice data = exact_text(cases[i].octets);
        for (size_t way = 0; way < exact_ways(data.len); way++) {
            struct content_scan scan;
            bool ended;
            scan_way(&scan, data, way, &ended);
            assert_false(ended);
            assert_int_equal(content_ends_leniently(&scan), cases[i].lenient);
            if (cases[i].lenient) {
                content_end_leniently(&scan);
                assert_int_equal(content_size(&scan), cases[i].size);
            }
        }
        exact_free(data);
    }
}

static void across_a_gap_nothing_is_a_line_s_start_and_no_lenient_end_stays(void **state)
{
    (void)state;
    static const char *const before[] = {"", "a", "a\r", "a\r\n", "a\r\n.", "a\r\n.\r", "a\n."};
    static const char *const behind[] = {".\r\n", "\n.\r\nb", "\r\n", "\n"};
    for (size_t i = 0; i < COUNT(before); i++) {
        for (size_t k = 0; k < COUNT(behind); k++) {
            struct content_scan scan;
            bool ended;
            struct helo_slice first = exact_text(before[i]), second = exact_text(behind[k]);
            scan_way(&scan, first, 0, &ended);
            content_gap(&scan);
            assert_int_equal(content_scan(&scan, second.ptr, second.len, &ended), second.len);
            assert_false(ended);
            assert_false(content_ends_leniently(&scan));
            assert_int_equal(content_scan(&scan, (const uint8_t *)"\r\n.\r\n", 5, &ended), 5);
            assert_true(ended);
            exact_free(first);
            exact_free(second);
        }
    }
    struct content_scan scan;
    bool ended;
    scan_way(&scan, (struct helo_slice){(const uint8_t *)"a\n.\n", 4}, 0, &ended);
    assert_true(content_ends_leniently(&scan));
    content_gap(&scan);
    assert_false(content_ends_leniently(&scan));
}

static void size_counts_what_was_seen_around_a_gap(void **state)
{
    (void)state;
    struct content_scan scan;
    bool ended;
    content_start(&scan);
    content_scan(&scan, (const uint8_t *)"..ab\r\ncd", 8, &ended);
    content_gap(&scan);
    content_scan(&scan, (const uint8_t *)"ef\r\n..\r\n.\r\n", 11, &ended);
    assert_true(ended);
    assert_int_equal(content_size(&scan), 8 + 11 - 3 - 2);
}

static void a_megabyte_without_a_line_break_is_followed(void **state)
{
    (void)state;
    size_t len = (1u << 20) + 5;
    uint8_t *data = malloc(len);
    memset(data, '.', len);
    memcpy(data + len - 5, "\r\n.\r\n", 5);
    static const size_t pieces[] = {1, 15, 16, 17, 1460, 65536, (1u << 20) + 5};
    for (size_t i = 0; i < COUNT(pieces); i++) {
        struct content_scan scan;
        bool ended = false;
        size_t taken = 0;
        content_start(&scan);
        while (!ended && taken < len) {
            size_t n = len - taken < pieces[i] ? len - taken : pieces[i];
            taken += content_scan(&scan, data + taken, n, &ended);
        }
        assert_true(ended);
        assert_int_equal(taken, len);
        assert_int_equal(content_size(&scan), (1u << 20) + 2 - 1);
    }
    free(data);
}

/* Mostly text, so that the fast path is left and entered at every place. */
static void fill(struct prng *prng, uint8_t *data, size_t len, unsigned rarity)
{
    static const char *const bits[] = {"\r",    "\n",    ".",   "\r\n",
                                       "\r\n.", ".\r\n", "\n.", "\r\n.\r\n"};
    memset(data, 'x', len);
    for (size_t i = 0; i < len; i++) {
        if (!prng_one_in(prng, rarity))
            continue;
        const char *bit = bits[prng_below(prng, prng_one_in(prng, 4) ? 8 : 7)];
        for (; *bit != '\0' && i < len; bit++)
            data[i++] = (uint8_t)*bit;
        i--;
    }
}

static void random_content_is_as_found_by_hand_at_every_alignment(void **state)
{
    (void)state;
    struct prng prng = {501};
    unsigned ends = 0, opens = 0;
    for (unsigned round = 0; round < 4000; round++) {
        uint8_t data[400];
        size_t len = 1 + prng_below(&prng, sizeof(data));
        fill(&prng, data, len, 1 + (unsigned)prng_below(&prng, 60));
        struct truth truth = look(data, len);
        *(truth.ended ? &ends : &opens) += 1;
        for (size_t shift = 0; shift < 16; shift++) {
            uint8_t *block = malloc(shift + len);
            memcpy(block + shift, data, len);
            struct content_scan scan;
            bool ended = false;
            size_t taken = 0;
            content_start(&scan);
            while (taken < len && !ended) {
                size_t n = round % 2 == 0 ? len : 1 + prng_below(&prng, 64);
                n = n < len - taken ? n : len - taken;
                taken += content_scan(&scan, block + shift + taken, n, &ended);
            }
            assert_int_equal(ended, truth.ended);
            assert_int_equal(taken, truth.end);
            if (ended)
                assert_int_equal(content_size(&scan), truth.size);
            free(block);
        }
    }
    assert_true(ends > 400 && opens > 400);
}

static void an_end_is_found_at_every_place_of_a_block(void **state)
{
    (void)state;
    for (size_t len = 5; len < 80; len++) {
        for (size_t at = 0; at + 5 <= len; at++) {
            uint8_t *data = malloc(len);
            memset(data, 'x', len);
            memcpy(data + at, "\r\n.\r\n", 5);
            struct content_scan scan;
            bool ended;
            content_start(&scan);
            assert_int_equal(content_scan(&scan, data, len, &ended), at + 5);
            assert_true(ended);
            assert_int_equal(content_size(&scan), at + 2);
            free(data);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_and_sizes_are_the_same_in_every_cut),
        cmocka_unit_test(what_only_looks_like_the_end_is_content),
        cmocka_unit_test(ends_that_lenient_servers_take_are_noted_only_while_they_are_last),
        cmocka_unit_test(across_a_gap_nothing_is_a_line_s_start_and_no_lenient_end_stays),
        cmocka_unit_test(size_counts_what_was_seen_around_a_gap),
        cmocka_unit_test(a_megabyte_without_a_line_break_is_followed),
        cmocka_unit_test(random_content_is_as_found_by_hand_at_every_alignment),
        cmocka_unit_test(an_end_is_found_at_every_place_of_a_block),
    };
    return cmocka_run_group_tests_name("content", tests, NULL, NULL);
}
