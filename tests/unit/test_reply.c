/* Replies: every code, every shape of line, enhanced codes, and replies of several lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "exact.h"
#include "smtp/reply.h"

struct vector {
    const char *name;
    const char *octets; /* lines ended by LF */
    int code;           /* of the one reply that comes; 0: none */
    const char *text;
    int klass, subject, detail;
    unsigned lines, oddities;
};

static const struct vector VECTORS[] = {
    {"one line", "250 ok\n", 250, "ok", 0, 0, 0, 1, 0},
    {"code alone", "250\n", 250, "", 0, 0, 0, 1, 0},
    {"code and blank", "250 \n", 250, "", 0, 0, 0, 1, 0},
    {"two blanks", "250  ok\n", 250, " ok", 0, 0, 0, 1, 0},
    {"no blank", "250ok\n", 250, "ok", 0, 0, 0, 1, REPLY_NO_SEPARATOR},
    {"tab", "250\tok\n", 250, "\tok", 0, 0, 0, 1, REPLY_NO_SEPARATOR},
    {"no blank, enhanced code", "550.5.1.1 no\n", 550, ".5.1.1 no", 0, 0, 0, 1, 4},
    {"several", "250-a\n250-b\n250 c\n", 250, "a\nb\nc", 0, 0, 0, 3, 0},
    {"several, empty", "250-\n250-\n250\n", 250, "\n\n", 0, 0, 0, 3, 0},
    {"several, no blank at last", "250-a\n250b\n", 250, "a\nb", 0, 0, 0, 2, REPLY_NO_SEPARATOR},
    {"codes differ", "250-a\n550 b\n", 550, "a\nb", 0, 0, 0, 2, REPLY_CODES_DIFFER},
    {"codes differ twice", "250-a\n251-b\n250 c\n", 250, "a\nb\nc", 0, 0, 0, 3, 2},
    {"text between", "250-a\nhm\n250 c\n", 250, "a\nc", 0, 0, 0, 2, REPLY_NO_CODE},
    {"text before", "hello\n\n220 x\n", 220, "x", 0, 0, 0, 1, REPLY_NO_CODE},
    {"enhanced", "250 2.1.5 ok\n", 250, "ok", 2, 1, 5, 1, 0},
    {"enhanced alone", "250 2.0.0\n", 250, "", 2, 0, 0, 1, 0},
    {"enhanced, 3 digits", "550 5.999.123 x\n", 550, "x", 5, 999, 123, 1, 0},
    {"enhanced, 4 digits", "550 5.1.1234 x\n", 550, "5.1.1234 x", 0, 0, 0, 1, 0},
    {"enhanced, 4 digits amid", "550 5.1234.1 x\n", 550, "5.1234.1 x", 0, 0, 0, 1, 0},
    {"enhanced of another class", "550 4.7.1 x\n", 550, "4.7.1 x", 0, 0, 0, 1, 0},
    {"enhanced of no class", "354 3.0.0 go\n", 354, "3.0.0 go", 0, 0, 0, 1, 0},
    {"two numbers", "550 5.1 x\n", 550, "5.1 x", 0, 0, 0, 1, 0},
    {"two numbers and a dot", "550 5.1.\n", 550, "5.1.", 0, 0, 0, 1, 0},
    {"one number and a dot", "550 5.\n", 550, "5.", 0, 0, 0, 1, 0},
    {"one number", "550 5\n", 550, "5", 0, 0, 0, 1, 0},
    {"no subject", "550 5..1 x\n", 550, "5..1 x", 0, 0, 0, 1, 0},
    {"four numbers", "550 5.1.1.1 x\n", 550, "5.1.1.1 x", 0, 0, 0, 1, 0},
    {"something behind", "550 5.1.1: x\n", 550, "5.1.1: x", 0, 0, 0, 1, 0},
    {"enhanced in each line", "550-5.7.1 a\n550 5.7.1 b\n", 550, "a\nb", 5, 7, 1, 2, 0},
    {"the first counts", "550-5.7.1 a\n550 5.1.2 b\n", 550, "a\nb", 5, 7, 1, 2, 0},
    {"only in the last", "450-a\n450 4.2.0 b\n", 450, "a\nb", 4, 2, 0, 2, 0},
    {"break-off", "250-a\n250-b\n", 250, "a\nb", 0, 0, 0, 2, 0},
    {"nothing to break off", "what\n", 0, NULL, 0, 0, 0, 0, REPLY_NO_CODE},
};

static void check_reply(const struct vector *v, const struct helo_reply *reply)
{
    assert_int_equal(reply->code, v->code);
    assert_slice(reply->text, v->text);
    assert_int_equal(reply->enhanced.klass, v->klass);
    assert_int_equal(reply->enhanced.subject, v->subject);
    assert_int_equal(reply->enhanced.detail, v->detail);
    assert_int_equal(reply->lines, v->lines);
}

static void read_vector(struct mem *mem, const struct vector *v, size_t way)
{
    struct line_reader reader = {0};
    struct reply_parser parser = {0};
    struct helo_reply reply;
    unsigned oddities = 0;
    size_t len = strlen(v->octets), replies = 0;
    for (size_t done = 0; done < len;) {
        struct helo_slice piece = exact_copy(v->octets + done, exact_piece(way, len, done));
        for (size_t at = 0; at < piece.len;) {
            struct line line;
            bool whole;
            at += line_read(&reader, mem, piece.ptr + at, piece.len - at, 1000, &line, &whole);
            struct helo_slice text = whole ? exact_copy(line.text.ptr, line.text.len) : line.text;
            if (whole && reply_parse(&parser, mem, text, &reply, &oddities)) {
                check_reply(v, &reply);
                replies++;
            }
            if (whole)
                exact_free(text);
        }
        done += piece.len;
        exact_free(piece);
    }
    if (reply_break_off(&parser, &reply)) {
        check_reply(v, &reply);
        replies++;
    }
    assert_false(reply_break_off(&parser, &reply));
    assert_int_equal(replies, v->code != 0);
    assert_int_equal(oddities, v->oddities);
    line_reset(&reader, mem);
    reply_reset(&parser, mem);
}

static void replies_are_the_same_in_every_cut(void **state)
{
    (void)state;
    struct mem *mem = mem_new(1u << 20, 0);
    for (size_t i = 0; i < COUNT(VECTORS); i++) {
        for (size_t way = 0; way < exact_ways(strlen(VECTORS[i].octets)); way++)
            read_vector(mem, &VECTORS[i], way);
    }
    assert_int_equal(mem_used(mem), 0);
    mem_destroy(mem);
}

static void codes_200_to_599_are_valid_and_no_others(void **state)
{
    (void)state;
    struct reply_parser parser = {0};
    struct helo_reply reply;
    for (unsigned code = 0; code <= 9999; code++) {
        char digits[8];
        snprintf(digits, sizeof(digits), code < 1000 ? "%03u" : "%u", code);
        struct helo_slice line = exact_text(digits);
        unsigned oddities = 0;
        bool good = code >= 200 && code <= 599;
        assert_int_equal(reply_code_of(line), good ? code : 0);
        assert_int_equal(reply_parse(&parser, NULL, line, &reply, &oddities), good);
        assert_int_equal(oddities, good ? 0 : REPLY_NO_CODE);
        if (good)
            assert_int_equal(reply.code, code);
        exact_free(line);
    }
}

static void what_has_no_three_digits_in_front_is_no_reply(void **state)
{
    (void)state;
    static const char *const lines[] = {"",        "2",       "25",      "2 0 x",     "25o ok",
                                        " 250 ok", "-250 ok", "+250",    "abc",       "2500",
                                        "25.0",    "250250",  "0250 ok", "2\xb2\xb0", "\t250",
                                        "*250",    "/50 x",   ":50 x",   "2/0 x",     "20: x"};
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct helo_slice line = exact_text(lines[i]);
        assert_int_equal(reply_code_of(line), 0);
        exact_free(line);
    }
}

static void text_is_kept_up_to_the_limit_and_every_line_counted(void **state)
{
    (void)state;
    struct mem *mem = mem_new(1u << 20, 0);
    struct reply_parser parser = {0};
    struct helo_reply reply;
    unsigned oddities = 0;
    char text[105];
    memset(text, 'x', sizeof(text));
    memcpy(text, "250-", 4);
    struct helo_slice more = exact_copy(text, sizeof(text));
    for (unsigned i = 0; i < 100000; i++) {
        assert_false(reply_parse(&parser, mem, more, &reply, &oddities));
        assert_in_range(mem_used(mem), 1, LIMIT_REPLY_TEXT);
    }
    exact_free(more);
    struct helo_slice last = exact_text("250 end");
    assert_true(reply_parse(&parser, mem, last, &reply, &oddities));
    assert_int_equal(reply.lines, 100001);
    assert_int_equal(reply.text.len, LIMIT_REPLY_TEXT);
    for (size_t i = 0; i < reply.text.len; i++)
        assert_int_equal(reply.text.ptr[i], i % 102 == 101 ? '\n' : 'x');
    assert_int_equal(oddities, 0);
    assert_true(reply_parse(&parser, mem, last, &reply, &oddities));
    assert_int_equal(reply.lines, 1);
    assert_slice(reply.text, "end");
    exact_free(last);
    reply_reset(&parser, mem);
    assert_int_equal(mem_used(mem), 0);
    mem_destroy(mem);
}

static void without_memory_the_code_is_told_all_the_same(void **state)
{
    (void)state;
    for (uint64_t fail_at = 1; fail_at < 4; fail_at++) {
        struct mem *mem = mem_new(1u << 20, fail_at);
        struct reply_parser parser = {0};
        struct helo_reply reply;
        unsigned oddities = 0;
        assert_false(reply_parse(&parser, mem, SLICE("550-a"), &reply, &oddities));
        assert_true(reply_parse(&parser, mem, SLICE("550 b"), &reply, &oddities));
        assert_int_equal(reply.code, 550);
        assert_int_equal(reply.lines, 2);
        assert_int_equal(oddities, 0);
        reply_reset(&parser, mem);
        assert_int_equal(mem_used(mem), 0);
        mem_destroy(mem);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replies_are_the_same_in_every_cut),
        cmocka_unit_test(codes_200_to_599_are_valid_and_no_others),
        cmocka_unit_test(what_has_no_three_digits_in_front_is_no_reply),
        cmocka_unit_test(text_is_kept_up_to_the_limit_and_every_line_counted),
        cmocka_unit_test(without_memory_the_code_is_told_all_the_same),
    };
    return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}
