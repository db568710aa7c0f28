/* Explanations: that what must be explained is, and that the tables agree with each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heloscope/explain.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static void every_code_of_the_standards_is_explained(void **state)
{
    (void)state;
    static const uint16_t codes[] = {
        211, 214, 220, 221, 250, 251, 252, 354, 421, 450, 451, 452,
        455, 500, 501, 502, 503, 504, 550, 551, 552, 553, 554, 555, /* RFC 5321 */
        235, 334, 432, 454, 530, 534, 535, 538, /* RFC 4954, and 538 of RFC 2554 */
        253, 458, 459,                          /* RFC 1985 */
        453,                                    /* RFC 2645 */
        521, 556,                               /* RFC 7504 */
        422, 523, 524, 525,                     /* the registry of RFC 5248 */
        355,                                    /* RFC 1845 */
        435,                                    /* Exim */
    };
    for (size_t i = 0; i < COUNT(codes); i++) {
        const struct helo_explain_code *entry = helo_explain_code(codes[i]);
        assert_non_null(entry);
        assert_int_equal(entry->code, codes[i]);
    }
    size_t count = 0;
    while (helo_explain_code_at(count) != NULL)
        count++;
    assert_int_equal(count, COUNT(codes));
}

static void every_enhanced_code_of_the_registry_is_explained(void **state)
{
    (void)state;
    /* IANA, SMTP Enhanced Status Codes: the largest detail of each subject; there are no gaps. */
    static const unsigned largest[] = {0, 10, 4, 6, 7, 6, 10, 30};
    size_t count = 0;
    for (unsigned subject = 0; subject < COUNT(largest); subject++) {
        for (unsigned detail = 0; detail <= largest[subject]; detail++) {
            const struct helo_explain_enhanced *entry = helo_explain_enhanced(subject, detail);
            assert_non_null(entry);
            assert_ptr_equal(entry, helo_explain_enhanced_at(count++));
        }
        assert_null(helo_explain_enhanced(subject, largest[subject] + 1));
    }
    assert_int_equal(count, 81);
    assert_null(helo_explain_enhanced_at(count));
    assert_null(helo_explain_enhanced(8, 0));
}

static void codes_are_in_ascending_order(void **state)
{
    (void)state;
    const struct helo_explain_code *entry;
    for (size_t i = 0, last = 0; (entry = helo_explain_code_at(i)) != NULL; i++) {
        assert_true(entry->code > last);
        last = entry->code;
    }
    assert_null(helo_explain_code_at(SIZE_MAX));
    const struct helo_explain_pair *pair;
    for (size_t i = 0, last = 0; (pair = helo_explain_pair_at(i)) != NULL; i++) {
        assert_true(pair->first * 1000u + pair->second > last);
        last = pair->first * 1000u + pair->second;
    }
}

static void what_is_no_code_has_no_explanation(void **state)
{
    (void)state;
    static const unsigned none[] = {0, 1, 22, 199, 222, 472, 599, 600, 999, 2210, UINT32_MAX};
    for (size_t i = 0; i < COUNT(none); i++)
        assert_null(helo_explain_code(none[i]));
    assert_null(helo_explain_class(0));
    assert_null(helo_explain_class(6));
    assert_null(helo_explain_class(UINT32_MAX));
    assert_null(helo_explain_group(10));
    assert_null(helo_explain_enhanced_class(0));
    assert_null(helo_explain_enhanced_class(3));
    assert_null(helo_explain_enhanced_class(6));
    assert_null(helo_explain_enhanced_subject(8));
    assert_null(helo_explain_pair(221, 599));
    assert_null(helo_explain_pair(221, 221));
}

static void every_digit_has_a_name_and_a_meaning(void **state)
{
    (void)state;
    for (unsigned digit = 0; digit < 10; digit++) {
        assert_non_null(helo_explain_group(digit)->meaning);
        assert_true(digit < 1 || digit > 5 || helo_explain_class(digit)->meaning != NULL);
        assert_true(digit > 7 || helo_explain_enhanced_subject(digit)->meaning != NULL);
    }
    assert_string_equal(helo_explain_class(2)->name, "positive completion");
    assert_string_equal(helo_explain_class(3)->name, "positive intermediate");
    assert_string_equal(helo_explain_class(4)->name, "transient negative completion");
    assert_string_equal(helo_explain_class(5)->name, "permanent negative completion");
}

/* A text begins and ends as sentences do, and has no blank that does not part two words. */
static void assert_prose(const char *text)
{
    assert_non_null(text);
    size_t len = strlen(text);
    assert_true(len > 3);
    assert_false(islower((unsigned char)text[0]) || isspace((unsigned char)text[0]));
    assert_true(text[len - 1] == '.' || text[len - 1] == '?');
    assert_null(strstr(text, "  "));
    assert_null(strstr(text, " \n"));
    assert_null(strstr(text, "\n "));
    assert_null(strstr(text, "\n\n"));
    assert_null(strpbrk(text, "\t\r"));
}

static void assert_prose_or_none(const char *text)
{
    if (text != NULL)
        assert_prose(text);
}

static void texts_are_sentences(void **state)
{
    (void)state;
    const struct helo_explain_code *code;
    for (size_t i = 0; (code = helo_explain_code_at(i)) != NULL; i++) {
        assert_prose(code->meaning);
        assert_prose(code->seen);
        assert_prose(code->before);
        assert_prose(code->after);
        assert_prose_or_none(code->suspect);
        assert_prose_or_none(code->advice);
        assert_true(strlen(code->title) < 80 && !islower((unsigned char)code->title[0]));
        assert_true(strlen(code->references) > 5);
    }
    const struct helo_explain_enhanced *enhanced;
    for (size_t i = 0; (enhanced = helo_explain_enhanced_at(i)) != NULL; i++) {
        assert_prose(enhanced->meaning);
        assert_prose_or_none(enhanced->success);
        assert_prose_or_none(enhanced->advice);
        assert_true(strlen(enhanced->title) < 60);
        assert_true(strlen(enhanced->references) > 5);
    }
}

/* Takes the next word of a list; false at its end. */
static bool next_word(const char **list, char *word, size_t size)
{
    if (*list == NULL || **list == '\0')
        return false;
    size_t len = strcspn(*list, " ");
    assert_true(len > 0 && len < size);
    snprintf(word, size, "%.*s", (int)len, *list);
    *list += len;
    if (**list == ' ')
        assert_true(*++*list != '\0');
    return true;
}

/* Whether an id is in one of the rules' families, as far as that goes. */
static bool is_of_a_family(const char *id)
{
    static const struct {
        int first, last;
    } families[] = {{101, 108}, {201, 217}, {301, 307}, {401, 415},
                    {501, 503}, {601, 609}, {901, 903}};
    int number = atoi(id + 3);
    for (size_t i = 0; i < COUNT(families); i++)
        if (number >= families[i].first && number <= families[i].last)
            return true;
    return false;
}

static void assert_rule_ids(const char *list)
{
    char id[8];
    while (next_word(&list, id, sizeof id)) {
        assert_int_equal(strlen(id), 6);
        assert_memory_equal(id, "HS-", 3);
        assert_int_equal(strspn(id + 3, "0123456789"), 3);
        assert_true(is_of_a_family(id));
    }
}

static void a_code_goes_with_enhanced_codes_that_exist_and_have_its_class(void **state)
{
    (void)state;
    const struct helo_explain_code *code;
    for (size_t i = 0; (code = helo_explain_code_at(i)) != NULL; i++) {
        assert_rule_ids(code->rules);
        const char *list = code->enhanced;
        char word[12];
        while (next_word(&list, word, sizeof word)) {
            unsigned class, subject, detail;
            assert_int_equal(sscanf(word, "%u.%u.%u", &class, &subject, &detail), 3);
            assert_int_equal(class, code->code / 100);
            assert_non_null(helo_explain_enhanced(subject, detail));
        }
        if (code->code / 100 == 3)
            assert_null(code->enhanced); /* RFC 2034 §4 */
    }
}

static void an_enhanced_code_goes_with_codes_that_exist_and_have_one_of_its_classes(void **state)
{
    (void)state;
    const struct helo_explain_enhanced *enhanced;
    for (size_t i = 0; (enhanced = helo_explain_enhanced_at(i)) != NULL; i++) {
        assert_rule_ids(enhanced->rules);
        const char *list = enhanced->codes;
        char word[12];
        while (next_word(&list, word, sizeof word)) {
            assert_non_null(helo_explain_code((unsigned)atoi(word)));
            assert_non_null(strchr(enhanced->classes, word[0]));
        }
        list = enhanced->classes;
        while (next_word(&list, word, sizeof word))
            assert_non_null(helo_explain_enhanced_class((unsigned)atoi(word)));
        if (strpbrk(enhanced->classes, "45") != NULL)
            assert_non_null(enhanced->advice);
    }
}

static void pairs_are_of_known_codes_in_either_order_and_name_both(void **state)
{
    (void)state;
    const struct helo_explain_pair *pair;
    for (size_t i = 0; (pair = helo_explain_pair_at(i)) != NULL; i++) {
        assert_true(pair->first < pair->second);
        assert_non_null(helo_explain_code(pair->first));
        assert_non_null(helo_explain_code(pair->second));
        assert_ptr_equal(helo_explain_pair(pair->first, pair->second), pair);
        assert_ptr_equal(helo_explain_pair(pair->second, pair->first), pair);
        char names[2][8];
        snprintf(names[0], sizeof names[0], "%u", pair->first);
        snprintf(names[1], sizeof names[1], "%u", pair->second);
        for (size_t n = 0; n < 2; n++) {
            assert_non_null(strstr(pair->differences, names[n]));
            assert_non_null(strstr(pair->expect, names[n]));
        }
        assert_prose(pair->differences);
        assert_prose(pair->expect);
        assert_non_null(strchr(pair->differences, '\n'));
    }
}

/* What this tool began with. */
static void an_unasked_221_and_a_failing_334_are_told_with_causes_and_advice(void **state)
{
    (void)state;
    static const struct {
        unsigned code;
        const char *suspect[4], *advice[4], *rules;
    } seeds[] = {
        {221,
         {"shuts down", "silent", "policy", "nobody said QUIT"},
         {"After QUIT: nothing", "idle timeout", "535", "shutdown"},
         "HS-101"},
        {334,
         {"fails again", "silent", "more of them", "no TLS"},
         {"credentials", "mechanism", "password", "TLS"},
         "HS-208"},
    };
    for (size_t i = 0; i < COUNT(seeds); i++) {
        const struct helo_explain_code *entry = helo_explain_code(seeds[i].code);
        for (size_t n = 0; n < 4; n++) {
            assert_non_null(strstr(entry->suspect, seeds[i].suspect[n]));
            assert_non_null(strstr(entry->advice, seeds[i].advice[n]));
        }
        assert_non_null(strstr(entry->rules, seeds[i].rules));
        assert_non_null(entry->example);
    }
    assert_non_null(helo_explain_pair(334, 221));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_of_the_standards_is_explained),
        cmocka_unit_test(every_enhanced_code_of_the_registry_is_explained),
        cmocka_unit_test(codes_are_in_ascending_order),
        cmocka_unit_test(what_is_no_code_has_no_explanation),
        cmocka_unit_test(every_digit_has_a_name_and_a_meaning),
        cmocka_unit_test(texts_are_sentences),
        cmocka_unit_test(a_code_goes_with_enhanced_codes_that_exist_and_have_its_class),
        cmocka_unit_test(an_enhanced_code_goes_with_codes_that_exist_and_have_one_of_its_classes),
        cmocka_unit_test(pairs_are_of_known_codes_in_either_order_and_name_both),
        cmocka_unit_test(an_unasked_221_and_a_failing_334_are_told_with_causes_and_advice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
