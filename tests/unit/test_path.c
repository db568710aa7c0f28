/* Paths and parameters: what MAIL and RCPT name, however they are written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exact.h"
#include "smtp/path.h"

struct vector {
    const char *argument;
    const char *address; /* NULL: the keyword is not there */
    const char *parameters;
};

static const struct vector FROM[] = {
    {"FROM:<a@b>", "a@b", ""},
    {"FROM: <a@b>", "a@b", ""},
    {"FROM:\t <a@b>", "a@b", ""},
    {"FROM :<a@b>", "a@b", ""},
    {"FROM \t: <a@b>", "a@b", ""},
    {"from:<a@b>", "a@b", ""},
    {"fRoM:<a@b> SIZE=1", "a@b", " SIZE=1"},
    {"FROM:<>", "<>", ""},
    {"FROM: <> BODY=7BIT", "<>", " BODY=7BIT"},
    {"FROM:a@b", "a@b", ""},
    {"FROM: a@b SIZE=1", "a@b", " SIZE=1"},
    {"FROM: a@b\tSIZE=1", "a@b", "\tSIZE=1"},
    {"FROM:", "", ""},
    {"FROM: ", "", ""},
    {"FROM:<a@b>SIZE=1", "a@b", "SIZE=1"},
    {"FROM:<a b@c> X", "a b@c", " X"},
    {"FROM:<a@b", "a@b", ""},
    {"FROM:<", "<>", ""},
    {"FROM:>", ">", ""},
    {"FROM:<<a@b>>", "<a@b", ">"},
    {"FROM:<\"a>b\"@c> X", "\"a>b\"@c", " X"},
    {"FROM:<\"a b\"@c> X", "\"a b\"@c", " X"},
    {"FROM:\"a b\"@c X", "\"a b\"@c", " X"},
    {"FROM:<\"a\\\">b\"@c> X", "\"a\\\">b\"@c", " X"},
    {"FROM:<\"a\\\\\">X", "\"a\\\\\"", "X"},
    {"FROM:<\"a@b> X", "\"a@b", " X"},
    {"FROM:\"a@b X", "\"a@b", " X"},
    {"FROM:\"a@b\tX Y", "\"a@b", "\tX Y"},
    {"FROM:\"a@b", "\"a@b", ""},
    {"FROM:<\"a@b", "\"a@b", ""},
    {"FROM:<\"", "\"", ""},
    {"FROM:<\"\\", "\"\\", ""},
    {"FROM:<a\\>X", "a\\", "X"},
    {"FROM:<@a:b@c>", "b@c", ""},
    {"FROM:<@a,@b.example:c@d> X", "c@d", " X"},
    {"FROM:@a:b@c", "b@c", ""},
    {"FROM:<@a>", "@a", ""},
    {"FROM:<a@[IPv6:::1]>", "a@[IPv6:::1]", ""},
    {"FROM:<gr\xc3\xbc\xc3\x9f@b>", "gr\xc3\xbc\xc3\x9f@b", ""},
    {"FROM:<\xff\x80@b> \xfe", "\xff\x80@b", " \xfe"},
    {"FROM", NULL, NULL},
    {"FROM ", NULL, NULL},
    {"FROM<a@b>", NULL, NULL},
    {"FRO:<a@b>", NULL, NULL},
    {"FROMM:<a@b>", NULL, NULL},
    {" FROM:<a@b>", NULL, NULL},
    {"TO:<a@b>", NULL, NULL},
    {"", NULL, NULL},
    {":", NULL, NULL},
};

static void addresses_are_found_however_they_are_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(FROM); i++) {
        const struct vector *v = &FROM[i];
        struct helo_slice argument = exact_text(v->argument);
        struct path path;
        bool found = path_parse(argument, "FROM", &path);
        if (found != (v->address != NULL))
            fail_msg("%s", v->argument);
        if (found) {
            assert_slice(path.address, v->address);
            assert_slice(path.parameters, v->parameters);
            assert_int_equal(path.has_address, v->address[0] != '\0');
        }
        exact_free(argument);
    }
}

static void the_keyword_is_the_one_asked_for(void **state)
{
    (void)state;
    struct path path;
    struct helo_slice to = exact_text("to: <a@b> NOTIFY=NEVER");
    assert_false(path_parse(to, "FROM", &path));
    assert_true(path_parse(to, "TO", &path));
    assert_slice(path.address, "a@b");
    assert_slice(path.parameters, " NOTIFY=NEVER");
    exact_free(to);
}

static void no_octet_anywhere_leads_out_of_the_argument(void **state)
{
    (void)state;
    static const char SAMPLE[] = "FROM: <\"a b\"@c> SIZE=10 BODY=8BITMIME";
    for (size_t len = 0; len < sizeof(SAMPLE); len++) {
        for (size_t at = 0; at < len; at++) {
            for (const char *c = "<>\"\\ =:@\r"; *c != '\0'; c++) {
                struct helo_slice argument = exact_copy(SAMPLE, len);
                ((uint8_t *)(uintptr_t)argument.ptr)[at] = (uint8_t)*c;
                struct path path;
                if (path_parse(argument, "FROM", &path)) {
                    assert_true(path.parameters.len <= len);
                    assert_ptr_equal(path.parameters.ptr + path.parameters.len, argument.ptr + len);
                    assert_true(path.address.len <= len);
                }
                exact_free(argument);
            }
        }
    }
}

static void parameters_come_one_by_one_with_or_without_values(void **state)
{
    (void)state;
    static const struct {
        const char *text, *keyword[4], *value[4]; /* value NULL: none */
    } cases[] = {
        {"", {0}, {0}},
        {"  \t ", {0}, {0}},
        {"SIZE=1", {"SIZE"}, {"1"}},
        {" SIZE=1  BODY=8BITMIME\tSMTPUTF8 ",
         {"SIZE", "BODY", "SMTPUTF8"},
         {"1", "8BITMIME", NULL}},
        {"size=1 SIZE=2 Size", {"size", "SIZE", "Size"}, {"1", "2", NULL}},
        {"=", {""}, {""}},
        {"=x =", {"", ""}, {"x", ""}},
        {"A= B", {"A", "B"}, {"", NULL}},
        {"AUTH=a=b==", {"AUTH"}, {"a=b=="}},
        {"\xff=\xc3\xbc", {"\xff"}, {"\xc3\xbc"}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct helo_slice text = exact_text(cases[i].text), rest = text, keyword, value;
        bool has_value;
        size_t n = 0;
        for (; parameter_next(&rest, &keyword, &has_value, &value); n++) {
            assert_non_null(cases[i].keyword[n]);
            assert_slice(keyword, cases[i].keyword[n]);
            assert_int_equal(has_value, cases[i].value[n] != NULL);
            assert_slice(value, has_value ? cases[i].value[n] : "");
        }
        assert_null(cases[i].keyword[n]);
        assert_int_equal(rest.len, 0);
        exact_free(text);
    }
}

static void numbers_are_read_up_to_2_to_the_64_less_1(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
        uint64_t number;
    } cases[] = {
        {"0", true, 0},
        {"000", true, 0},
        {"1", true, 1},
        {"0010", true, 10},
        {"4294967296", true, UINT64_C(4294967296)},
        {"18446744073709551614", true, UINT64_MAX - 1},
        {"18446744073709551615", true, UINT64_MAX},
        {"018446744073709551615", true, UINT64_MAX},
        {"18446744073709551616", false, 7},
        {"18446744073709551620", false, 7},
        {"28446744073709551615", false, 7},
        {"99999999999999999999999999", false, 7},
        {"", false, 7},
        {"-1", false, 7},
        {"+1", false, 7},
        {" 1", false, 7},
        {"1 ", false, 7},
        {"1k", false, 7},
        {"0x10", false, 7},
        {"/", false, 7},
        {":", false, 7},
        {"\xb1", false, 7},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct helo_slice text = exact_text(cases[i].text);
        uint64_t number = 7;
        assert_int_equal(number_parse(text, &number), cases[i].good);
        assert_true(number == cases[i].number);
        exact_free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_found_however_they_are_written),
        cmocka_unit_test(the_keyword_is_the_one_asked_for),
        cmocka_unit_test(no_octet_anywhere_leads_out_of_the_argument),
        cmocka_unit_test(parameters_come_one_by_one_with_or_without_values),
        cmocka_unit_test(numbers_are_read_up_to_2_to_the_64_less_1),
    };
    return cmocka_run_group_tests_name("path", tests, NULL, NULL);
}
