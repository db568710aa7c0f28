/* Pages: text wrapped in one column and in two, and what is explained on them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cli/compare.h"
#include "cli/nearest.h"
#include "cli/page.h"
#include "cli/topic.h"
#include "heloscope/rules.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* A page in memory. */
struct sheet {
    struct page page;
    char *text;
    size_t len;
};

static void sheet_open(struct sheet *sheet, size_t width)
{
    *sheet = (struct sheet){.page = {.width = width}};
    sheet->page.to = open_memstream(&sheet->text, &sheet->len);
    assert_non_null(sheet->page.to);
}

static void sheet_expect(struct sheet *sheet, const char *wanted)
{
    fclose(sheet->page.to);
    assert_string_equal(sheet->text, wanted);
    free(sheet->text);
}

static void one_column_is_wrapped_at_blanks(void **state)
{
    (void)state;
    static const struct {
        size_t width;
        struct page_cell cell;
        const char *wanted;
    } cases[] = {
        {20, {.text = ""}, ""},
        {20, {.text = "short"}, "short\n"},
        {9, {.text = "four five"}, "four five\n"},
        {8, {.text = "four five"}, "four\nfive\n"},
        {4, {.text = "four five"}, "four\nfive\n"},
        {3, {.text = "four five"}, "fou\nr\nfiv\ne\n"},
        {5, {.text = "ab  cd"}, "ab\ncd\n"},
        {20, {.text = "a\nb"}, "a\nb\n"},
        {20, {.text = "a\n\nb"}, "a\n\nb\n"},
        {6, {.text = "ab cd ef", .indent = 1, .hang = 2}, " ab cd\n   ef\n"},
        {8, {.text = "ab cd ef\ngh", .indent = 1, .hang = 2}, " ab cd\n   ef\n gh\n"},
        {8, {.text = "ab cd ef\ngh", .marked = true}, "- ab cd\n  ef\n- gh\n"},
        {8, {.text = "ab cd:\nef", .marked = true}, "ab cd:\n- ef\n"},
        {6, {.text = "ab cd ef:\ngh", .marked = true}, "ab cd\nef:\n- gh\n"},
        {6, {.text = "§§§ §§ …"}, "§§§ §§\n…\n"},
        {1, {.text = "a b", .indent = 4}, "    a\n    b\n"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sheet sheet;
        sheet_open(&sheet, cases[i].width);
        page_one(&sheet.page, &cases[i].cell);
        sheet_expect(&sheet, cases[i].wanted);
    }
}

static void two_columns_are_side_by_side_from_80_on(void **state)
{
    (void)state;
    struct page_cell left = {.text = "left\nends first"}, right = {.text = "right", .indent = 1};
    struct sheet sheet;
    sheet_open(&sheet, 80);
    assert_true(page_is_wide(&sheet.page));
    page_two(&sheet.page, &left, &right);
    page_two(&sheet.page, &right, &left);
    sheet_expect(&sheet, "left                                      right\n"
                         "ends first\n"
                         " right                                   left\n"
                         "                                         ends first\n");
    sheet_open(&sheet, 79);
    assert_false(page_is_wide(&sheet.page));
    page_two(&sheet.page, &left, &right);
    sheet_expect(&sheet, "left\nends first\n right\n");
}

static void columns_stay_apart_at_any_width(void **state)
{
    (void)state;
    char words[400] = "";
    for (size_t i = 0; i < sizeof words - 6; i += 5)
        memcpy(words + i, "§xx ", 5);
    struct page_cell cell = {.text = words};
    for (size_t width = 80; width < 260; width += 7) {
        struct sheet sheet;
        sheet_open(&sheet, width);
        page_two(&sheet.page, &cell, &cell);
        fclose(sheet.page.to);
        char *rest = sheet.text, *line;
        while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
            assert_true(page_columns(line, strlen(line)) <= width);
            assert_non_null(strstr(line, "   "));
        }
        free(sheet.text);
    }
}

static void bold_is_written_only_where_there_are_styles(void **state)
{
    (void)state;
    struct page_cell cell = {.text = "bold here", .indent = 1, .bold = true};
    struct sheet sheet;
    sheet_open(&sheet, 5);
    sheet.page.styles = true;
    page_one(&sheet.page, &cell);
    sheet_expect(&sheet, " \033[1mbold\033[0m\n \033[1mhere\033[0m\n");
    sheet_open(&sheet, 80);
    sheet.page.styles = true;
    page_two(&sheet.page, &cell, &cell);
    sheet_expect(&sheet,
                 " \033[1mbold here\033[0m                                \033[1mbold here\033"
                 "[0m\n");
    sheet_open(&sheet, 80);
    page_one(&sheet.page, &cell);
    sheet_expect(&sheet, " bold here\n");
}

static void every_code_has_a_topic_that_fits(void **state)
{
    (void)state;
    struct topic topic;
    struct helo_error error;
    for (unsigned code = 100; code < 600; code++) {
        char wanted[8];
        snprintf(wanted, sizeof wanted, "%u", code);
        assert_true(topic_find(&topic, wanted, &error));
        assert_int_equal(topic.kind, TOPIC_CODE);
        assert_string_equal(topic.name, wanted);
        assert_non_null(topic.title);
        assert_non_null(topic.parts[TOPIC_CLASS]);
        assert_non_null(topic.parts[TOPIC_MEANING]);
        assert_non_null(topic.parts[TOPIC_REFERENCES]);
        assert_true(helo_explain_code(code) != NULL || topic.parts[TOPIC_ADVICE] != NULL);
    }
}

static void every_enhanced_code_has_a_topic_with_each_class(void **state)
{
    (void)state;
    struct topic topic;
    struct helo_error error;
    const struct helo_explain_enhanced *entry;
    for (size_t i = 0; (entry = helo_explain_enhanced_at(i)) != NULL; i++) {
        for (const char *class = "245X"; *class != '\0'; class ++) {
            char wanted[16];
            snprintf(wanted, sizeof wanted, "%c.%u.%u", *class, entry->subject, entry->detail);
            assert_true(topic_find(&topic, wanted, &error));
            assert_int_equal(topic.kind, TOPIC_ENHANCED);
            assert_string_equal(topic.name, wanted);
            bool usual = *class == 'X' || strchr(entry->classes, *class) != NULL;
            assert_int_equal(strstr(topic.parts[TOPIC_WITH], "unusual") == NULL, usual);
        }
    }
}

static void an_unknown_enhanced_code_is_explained_by_its_parts(void **state)
{
    (void)state;
    struct topic topic;
    struct helo_error error;
    assert_true(topic_find(&topic, "5.7.999", &error));
    assert_non_null(strstr(topic.parts[TOPIC_CLASS], "permanent failure"));
    assert_non_null(strstr(topic.parts[TOPIC_CLASS], "security and policy"));
    assert_non_null(strstr(topic.parts[TOPIC_CLASS], "x.7.999: not registered"));
    assert_true(topic_find(&topic, "4.9.0", &error));
    assert_non_null(strstr(topic.parts[TOPIC_CLASS], "no subject has this number"));
    assert_true(topic_find(&topic, "x.7.8", &error));
    assert_string_equal(topic.name, "X.7.8");
}

static void success_is_told_as_such(void **state)
{
    (void)state;
    struct topic topic;
    struct helo_error error;
    assert_true(topic_find(&topic, "2.7.0", &error));
    assert_non_null(strstr(topic.parts[TOPIC_MEANING], "succeeded"));
    assert_null(topic.parts[TOPIC_ADVICE]);
    assert_true(topic_find(&topic, "5.7.0", &error));
    assert_null(strstr(topic.parts[TOPIC_MEANING], "succeeded"));
    assert_non_null(topic.parts[TOPIC_ADVICE]);
    assert_true(topic_find(&topic, "X.7.0", &error));
    assert_non_null(strstr(topic.parts[TOPIC_MEANING], "\nWith class 2: "));
}

static void what_is_nothing_known_is_refused(void **state)
{
    (void)state;
    static const char *const nothing[] = {
        "",      "2",     "22",     "2210",     "099",    "600",    "22a",     " 221",   "221 ",
        "-21",   "+21",   "5.7",    "5.7.",     "5.7.8.", "5.07.8", "5.7.08",  "3.0.0",  "1.0.0",
        "0.0.0", "6.0.0", "55.0.0", "5.7.1000", "5.-1.0", "X",      "X.",      "X.7",    ".7.8",
        "5..8",  "5,7,8", "Y.7.8",  "HS",       "HS-",    "HS-000", "HS-1000", "server", "explain",
    };
    struct topic topic;
    for (size_t i = 0; i < COUNT(nothing); i++) {
        struct helo_error error = {""};
        assert_false(topic_find(&topic, nothing[i], &error));
        assert_non_null(strstr(error.message, nothing[i]));
        assert_non_null(strstr(error.message, "reply code"));
        assert_non_null(strstr(error.message, "enhanced code"));
        assert_non_null(strstr(error.message, "rule"));
        assert_null(strchr(error.message, '\n'));
    }
}

static void every_rule_is_found_by_id_and_name_in_any_case(void **state)
{
    (void)state;
    struct topic topic;
    struct helo_error error;
    const struct helo_rule *rule;
    for (size_t i = 0; (rule = helo_rule_at(i)) != NULL; i++) {
        char wanted[2][64];
        snprintf(wanted[0], sizeof wanted[0], "%s", rule->id);
        snprintf(wanted[1], sizeof wanted[1], "%s", rule->name);
        for (size_t n = 0; n < 2; n++) {
            for (size_t upper = 0; upper < 2; upper++) {
                for (char *at = wanted[n]; *at != '\0'; at++)
                    *at = (char)(upper ? toupper(*at) : tolower(*at));
                assert_true(topic_find(&topic, wanted[n], &error));
                assert_int_equal(topic.kind, TOPIC_RULE);
                assert_ptr_equal(topic.rule, rule);
            }
        }
        assert_string_equal(topic.parts[TOPIC_MEANING], rule->description);
        assert_string_equal(topic.parts[TOPIC_ADVICE], rule->advice);
        assert_non_null(strstr(topic.parts[TOPIC_SEVERITY], helo_severity_name(rule->severity)));
        for (size_t n = 0; n < helo_rule_parameter_count(rule); n++)
            assert_non_null(strstr(topic.parts[TOPIC_PARAMETERS], rule->parameters[n].name));
    }
    assert_true(helo_rules_count() > 0);
}

static void a_code_and_its_rule_name_each_other(void **state)
{
    (void)state;
    static struct topic code, rule;
    struct helo_error error;
    assert_true(topic_find(&code, "221", &error));
    assert_true(topic_find(&rule, "HS-101", &error));
    assert_non_null(strstr(code.parts[TOPIC_RULES], "HS-101 server_initiated_close"));
    assert_non_null(strstr(rule.parts[TOPIC_CODES], "221"));
    struct comparison comparison;
    compare_topics(&comparison, &code, &rule);
    assert_non_null(strstr(comparison.differences, "HS-101 looks at 221"));
    assert_true(topic_find(&code, "5.1.1", &error));
    compare_topics(&comparison, &rule, &code);
    assert_non_null(strstr(comparison.differences, "HS-101 does not look at 5.1.1"));
}

static void a_mistyped_rule_is_answered_with_the_likest(void **state)
{
    (void)state;
    static const struct {
        const char *wanted, *meant; /* NULL: none is like it */
    } cases[] = {
        {"server_initated_close", "did you mean server_initiated_close?"},
        {"SERVER-INITIATED-CLOSE", "did you mean server_initiated_close?"},
        {"hs101", "did you mean HS-101?"},
        {"HS_101", "did you mean HS-101?"},
        {"sh-101", "did you mean HS-101?"},
        {"", NULL},
        {"xyzzy", NULL},
        {"a word that is far longer than any rule's name is, and so is like none of them", NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct topic topic;
        struct helo_error error = {""};
        assert_false(topic_find(&topic, cases[i].wanted, &error));
        assert_int_equal(strstr(error.message, "did you mean") != NULL, cases[i].meant != NULL);
        if (cases[i].meant != NULL)
            assert_non_null(strstr(error.message, cases[i].meant));
    }
}

static void the_distance_counts_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *one, *other;
        size_t distance;
    } cases[] = {
        {"", "", 0},         {"", "abc", 3},    {"abc", "", 3},           {"abc", "ABC", 0},
        {"abc", "abd", 1},   {"abc", "acb", 1}, {"abc", "ab", 1},         {"abc", "xabc", 1},
        {"abcd", "badc", 2}, {"abc", "xyz", 3}, {"kitten", "sitting", 3},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(nearest_distance(cases[i].one, cases[i].other), cases[i].distance);
        assert_int_equal(nearest_distance(cases[i].other, cases[i].one), cases[i].distance);
    }
    char longer[65];
    memset(longer, 'a', sizeof longer - 1);
    longer[64] = '\0';
    assert_true(nearest_distance(longer, "a") == SIZE_MAX);
    assert_true(nearest_distance("a", longer) == SIZE_MAX);
    assert_int_equal(nearest_distance(longer + 1, longer + 1), 0);
}

static void compare(struct comparison *comparison, const char *left, const char *right)
{
    static struct topic topics[2];
    struct helo_error error;
    assert_true(topic_find(&topics[0], left, &error));
    assert_true(topic_find(&topics[1], right, &error));
    compare_topics(comparison, &topics[0], &topics[1]);
}

static void two_things_are_compared_by_what_they_are(void **state)
{
    (void)state;
    static const struct {
        const char *left, *right;
        const char *differences; /* among them */
        const char *expect;      /* among that; NULL: nothing is told */
    } cases[] = {
        {"221", "334", "Whose turn: after 221 nobody's", "Expect 221 only after QUIT"},
        {"334", "221", "Whose turn: after 221 nobody's", "Expect 221 only after QUIT"},
        {"250", "599", "Second digit: 5 (mail system) and 9 (no meaning)", "599: no standard"},
        {"250", "451", "250 is a success, 451 may be", "451: On MAIL"},
        {"251", "252", "First digit: 2 in both", "252: As the usual answer"},
        {"421", "199", "199 is no reply of SMTP", "199: no standard"},
        {"535", "5.7.8", "Together: often, as in “535 5.7.8 …”", NULL},
        {"5.7.8", "535", "Together: often, as in “535 5.7.8 …”", NULL},
        {"450", "5.1.1", "contradict each other", NULL},
        {"334", "2.0.0", "Replies of 3yz carry no enhanced code", NULL},
        {"550", "X.1.1", "Together: often", NULL},
        {"250", "2.4.0", "allowed, but unusual", NULL},
        {"5.7.8", "4.7.8", "Class: 5.7.8 fails again", NULL},
        {"5.7.8", "4.7.8", "Detail: the same", NULL},
        {"5.7.8", "5.1.1", "5.7.8 is about security and policy, 5.1.1 about addresses", NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct comparison comparison;
        compare(&comparison, cases[i].left, cases[i].right);
        assert_non_null(strstr(comparison.differences, cases[i].differences));
        if (cases[i].expect == NULL)
            assert_null(comparison.expect);
        else
            assert_non_null(strstr(comparison.expect, cases[i].expect));
    }
}

static void two_rules_are_compared_by_severity_and_by_what_they_tell(void **state)
{
    (void)state;
    struct comparison comparison;
    compare(&comparison, "HS-101", "HS-102");
    assert_non_null(strstr(comparison.differences, "Category: close for both."));
    assert_non_null(strstr(comparison.differences, "Severity: medium for HS-101, low for HS-102."));
    assert_non_null(strstr(comparison.expect, "HS-102: "));
    compare(&comparison, "HS-101", "HS-208");
    assert_non_null(
        strstr(comparison.differences, "Category: close for HS-101, authentication for HS-208."));
    assert_non_null(strstr(comparison.differences, "Severity: medium for both."));
}

static void any_two_codes_can_be_compared(void **state)
{
    (void)state;
    struct comparison comparison;
    const struct helo_explain_code *left, *right;
    for (size_t i = 0; (left = helo_explain_code_at(i)) != NULL; i++) {
        for (size_t j = 0; (right = helo_explain_code_at(j)) != NULL; j++) {
            char names[2][8];
            snprintf(names[0], sizeof names[0], "%u", left->code);
            snprintf(names[1], sizeof names[1], "%u", right->code);
            compare(&comparison, names[0], names[1]);
            assert_non_null(comparison.differences);
            assert_non_null(comparison.expect);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_column_is_wrapped_at_blanks),
        cmocka_unit_test(two_columns_are_side_by_side_from_80_on),
        cmocka_unit_test(columns_stay_apart_at_any_width),
        cmocka_unit_test(bold_is_written_only_where_there_are_styles),
        cmocka_unit_test(every_code_has_a_topic_that_fits),
        cmocka_unit_test(every_enhanced_code_has_a_topic_with_each_class),
        cmocka_unit_test(an_unknown_enhanced_code_is_explained_by_its_parts),
        cmocka_unit_test(success_is_told_as_such),
        cmocka_unit_test(what_is_nothing_known_is_refused),
        cmocka_unit_test(every_rule_is_found_by_id_and_name_in_any_case),
        cmocka_unit_test(a_code_and_its_rule_name_each_other),
        cmocka_unit_test(a_mistyped_rule_is_answered_with_the_likest),
        cmocka_unit_test(the_distance_counts_mistakes),
        cmocka_unit_test(two_things_are_compared_by_what_they_are),
        cmocka_unit_test(two_rules_are_compared_by_severity_and_by_what_they_tell),
        cmocka_unit_test(any_two_codes_can_be_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
