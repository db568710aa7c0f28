/* Verbs: which is which in any case of letters, and which lines are surely commands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>

#include "exact.h"
#include "smtp/verb.h"

static void every_verb_is_found_in_any_case_with_blanks_before_and_behind(void **state)
{
    (void)state;
    for (unsigned v = VERB_OTHER + 1; v < VERB_COUNT; v++) {
        struct helo_slice name = verb_name((enum verb)v);
        for (unsigned form = 0; form < 12; form++) {
            uint8_t line[64] = " \t";
            size_t lead = form % 3, len = lead;
            for (size_t i = 0; i < name.len; i++) {
                bool lower =
                    form / 3 == 1 || (form / 3 == 2 && i % 2 == 0) || (form / 3 == 3 && i % 2 == 1);
                line[len++] = (uint8_t)(lower ? tolower(name.ptr[i]) : name.ptr[i]);
            }
            struct helo_slice token, rest, bare = exact_copy(line, len);
            assert_int_equal(verb_parse(bare, &token, &rest), v);
            assert_ptr_equal(token.ptr, bare.ptr + lead);
            assert_int_equal(token.len, name.len);
            assert_int_equal(rest.len, 0);
            exact_free(bare);
            memcpy(line + len, " \t a  b", 7);
            struct helo_slice more = exact_copy(line, len + 7);
            assert_int_equal(verb_parse(more, &token, &rest), v);
            assert_int_equal(token.len, name.len);
            assert_slice(rest, "a  b");
            exact_free(more);
        }
    }
}

static void what_is_not_quite_a_verb_is_another(void **state)
{
    (void)state;
    static const struct {
        const char *line, *token, *rest;
    } cases[] = {
        {"", "", ""},
        {" ", "", ""},
        {" \t \t", "", ""},
        {"E", "E", ""},
        {"EHL", "EHL", ""},
        {"EHLOO host", "EHLOO", "host"},
        {"EHLO:host", "EHLO:host", ""},
        {"MAIL_FROM:<a@b>", "MAIL_FROM:<a@b>", ""},
        {"STARTTL", "STARTTL", ""},
        {"X-ANONYMOUSTL s", "X-ANONYMOUSTL", "s"},
        {"OTHER x", "OTHER", "x"}, /* the table's first entry is no verb */
        {"\xc5HLO x", "\xc5HLO", "x"},
        {"%HLO x", "%HLO", "x"},
        {"GET / HTTP/1.1", "GET", "/ HTTP/1.1"},
        {"\r", "\r", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct helo_slice token, rest, line = exact_text(cases[i].line);
        assert_int_equal(verb_parse(line, &token, &rest), VERB_OTHER);
        assert_slice(token, cases[i].token);
        assert_slice(rest, cases[i].rest);
        exact_free(line);
    }
}

static void a_nul_is_no_part_of_any_verb(void **state)
{
    (void)state;
    static const uint8_t octets[] = {'E', 'H', 0, 'O', 'E', 'H', 'L', 'O', 0, 0, 'H', 'L', 'O'};
    static const struct {
        size_t at, len;
    } cases[] = {{0, 4}, {4, 5}, {9, 4}, {8, 1}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct helo_slice token, rest, line = exact_copy(octets + cases[i].at, cases[i].len);
        assert_int_equal(verb_parse(line, &token, &rest), VERB_OTHER);
        assert_int_equal(token.len, cases[i].len);
        exact_free(line);
    }
}

static void names_are_upper_case_and_all_different(void **state)
{
    (void)state;
    for (unsigned v = VERB_OTHER; v < VERB_COUNT; v++) {
        struct helo_slice name = verb_name((enum verb)v);
        assert_true(name.len > 0);
        for (size_t i = 0; i < name.len; i++)
            assert_false(islower(name.ptr[i]));
        for (unsigned w = v + 1; w < VERB_COUNT; w++) {
            struct helo_slice other = verb_name((enum verb)w);
            assert_false(name.len == other.len && memcmp(name.ptr, other.ptr, name.len) == 0);
        }
    }
}

static void only_the_syntax_of_the_rfc_is_strict(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        bool strict;
    } cases[] = {
        {"EHLO host", true},
        {"ehlo [127.0.0.1]", true},
        {"EHLO", false},
        {"EHLO there, how are you", false},
        {"HELO host", true},
        {"LHLO host", true},
        {"MAIL FROM:<a@b>", true},
        {"mail from:a", true},
        {"MAIL FROM", false},
        {"MAIL FRO", false},
        {"MAIL is what this is about", false},
        {"MAIL TO:<a>", false},
        {"RCPT TO:<a>", true},
        {"RCPT TO", false},
        {"RCPT FROM:<a>", false},
        {"DATA", true},
        {"DATA \t ", true},
        {"DATA is here", false},
        {"BDAT 0", true},
        {"BDAT 9 LAST", true},
        {"BDAT", false},
        {"BDAT x", false},
        {"BDAT /", false},
        {"BDAT :", false},
        {"QUIT", true},
        {"QUIT now", false},
        {"RSET", true},
        {"NOOP", true},
        {"NOOP=", false},
        {"VRFY a", true},
        {"VRFY a b", false},
        {"HELP", true},
        {"Help me", false},
        {"AUTH PLAIN", true},
        {"AUTH plain AAAA", true},
        {"AUTH", false},
        {"AUTH =", false},
        {"AUTH [", false},
        {"AUTH @", false},
        {"AUTH `", false},
        {"AUTH {", false},
        {"AUTH Z", true},
        {"AUTH a", true},
        {"XCLIENT ADDR=1", true},
        {"XEXCH50 1 2", true},
        {"SEND FROM:<a>", true},
        {"SEND me a mail", false},
        {"STARTTLS", true},
        {"STARTTLS x", false},
        {"XYZZY", false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct helo_slice token, rest, line = exact_text(cases[i].line);
        enum verb verb = verb_parse(line, &token, &rest);
        if (verb_is_strict(verb, rest) != cases[i].strict)
            fail_msg("%s", cases[i].line);
        exact_free(line);
    }
}

/* Why answers to a 334 are never looked at for verbs: four letters may be both. */
static void base64_is_a_verb_only_where_it_is_one_letter_for_letter(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        enum verb verb;
        bool strict;
    } cases[] = {
        {"eHlo", VERB_EHLO, false},      {"QUIt", VERB_QUIT, true},
        {"RSEt", VERB_RSET, true},       {"eHloYWJj", VERB_OTHER, false},
        {"QUItQUI=", VERB_OTHER, false}, {"RSEtYQ==", VERB_OTHER, false},
        {"ZGF0YQ==", VERB_OTHER, false}, {"DATAAAAA", VERB_OTHER, false},
        {"DATA====", VERB_OTHER, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct helo_slice token, rest, line = exact_text(cases[i].line);
        enum verb verb = verb_parse(line, &token, &rest);
        assert_int_equal(verb, cases[i].verb);
        assert_int_equal(verb_is_strict(verb, rest), cases[i].strict);
        exact_free(line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_verb_is_found_in_any_case_with_blanks_before_and_behind),
        cmocka_unit_test(what_is_not_quite_a_verb_is_another),
        cmocka_unit_test(a_nul_is_no_part_of_any_verb),
        cmocka_unit_test(names_are_upper_case_and_all_different),
        cmocka_unit_test(only_the_syntax_of_the_rfc_is_strict),
        cmocka_unit_test(base64_is_a_verb_only_where_it_is_one_letter_for_letter),
    };
    return cmocka_run_group_tests_name("verb", tests, NULL, NULL);
}
