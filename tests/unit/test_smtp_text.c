/* Owned texts: bounded, grown as needed, empty without memory; and small questions about slices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exact.h"
#include "smtp/text.h"

static void texts_take_what_fits_and_say_if_something_did_not(void **state)
{
    (void)state;
    static const struct {
        const char *first, *second;
        size_t limit;
        bool first_fits, second_fits;
        const char *result;
    } cases[] = {
        {"abc", "def", 6, true, true, "abcdef"},
        {"abc", "def", 7, true, true, "abcdef"},
        {"abc", "def", 5, true, false, "abcde"},
        {"abc", "def", 3, true, false, "abc"},
        {"abc", "def", 2, false, false, "ab"},
        {"abc", "def", 0, false, false, ""},
        {"", "", 0, true, true, ""},
        {"", "x", 1, true, true, "x"},
        {"abc", "", 3, true, true, "abc"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct mem *mem = mem_new(1u << 20, 0);
        struct text text = {0};
        struct helo_slice first = exact_text(cases[i].first), second = exact_text(cases[i].second);
        assert_int_equal(text_add(mem, &text, first, cases[i].limit), cases[i].first_fits);
        assert_int_equal(text_add(mem, &text, second, cases[i].limit), cases[i].second_fits);
        assert_slice(text_slice(&text), cases[i].result);
        text_free(mem, &text);
        assert_null(text.ptr);
        assert_int_equal(mem_used(mem), 0);
        mem_destroy(mem);
        exact_free(first);
        exact_free(second);
    }
}

static void setting_replaces_and_cuts_without_complaint(void **state)
{
    (void)state;
    struct mem *mem = mem_new(1u << 20, 0);
    struct text text = {0};
    assert_true(text_set(mem, &text, SLICE("something rather long that takes a larger block"), 99));
    assert_true(text_set(mem, &text, SLICE("abc"), 2));
    assert_slice(text_slice(&text), "ab");
    assert_true(text_set(mem, &text, (struct helo_slice){0}, 2));
    assert_slice(text_slice(&text), "");
    text_free(mem, &text);
    assert_int_equal(mem_used(mem), 0);
    mem_destroy(mem);
}

static void texts_grow_octet_by_octet_with_their_contents(void **state)
{
    (void)state;
    struct mem *mem = mem_new(1u << 20, 0);
    struct text text = {0};
    for (unsigned i = 0; i < 3000; i++) {
        uint8_t c = (uint8_t)(i * 7);
        assert_true(text_add(mem, &text, (struct helo_slice){&c, 1}, 3000));
    }
    assert_false(text_add(mem, &text, SLICE("x"), 3000));
    assert_int_equal(text.len, 3000);
    for (unsigned i = 0; i < 3000; i++)
        assert_int_equal(text.ptr[i], (uint8_t)(i * 7));
    text_free(mem, &text);
    assert_int_equal(mem_used(mem), 0);
    mem_destroy(mem);
}

static void without_memory_a_text_keeps_what_it_had_or_is_empty(void **state)
{
    (void)state;
    struct mem *mem = mem_new(1u << 20, 2);
    struct text text = {0};
    static const uint8_t octets[100] = {0};
    assert_true(text_add(mem, &text, SLICE("kept"), 200));
    assert_false(text_add(mem, &text, (struct helo_slice){octets, sizeof(octets)}, 200));
    assert_slice(text_slice(&text), "kept");
    assert_int_equal(mem_failures(mem), 1);
    assert_true(text_add(mem, &text, (struct helo_slice){octets, sizeof(octets)}, 200));
    assert_int_equal(text.len, 104);
    text_free(mem, &text);
    mem_destroy(mem);

    mem = mem_new(64, 0);
    text = (struct text){0};
    assert_true(text_set(mem, &text, SLICE("old"), 200));
    assert_false(text_set(mem, &text, (struct helo_slice){octets, sizeof(octets)}, 200));
    assert_slice(text_slice(&text), "");
    text_free(mem, &text);
    assert_int_equal(mem_used(mem), 0);
    mem_destroy(mem);
}

static void slices_are_compared_in_any_case_and_never_past_their_end(void **state)
{
    (void)state;
    static const struct {
        const char *slice, *word;
        bool is, has_prefix;
    } cases[] = {
        {"SIZE", "SIZE", true, true},    {"size", "SIZE", true, true},
        {"SiZe=1", "SIZE", false, true}, {"SIZ", "SIZE", false, false},
        {"", "SIZE", false, false},      {"", "", true, true},
        {"x", "", false, true},          {"XSIZE", "SIZE", false, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct helo_slice slice = exact_text(cases[i].slice);
        assert_int_equal(slice_is(slice, cases[i].word), cases[i].is);
        assert_int_equal(slice_has_prefix(slice, cases[i].word), cases[i].has_prefix);
        exact_free(slice);
    }
    struct helo_slice nul = exact_copy("SI\0E", 4);
    assert_false(slice_is(nul, "SIZE"));
    exact_free(nul);
}

static void words_are_cut_off_one_by_one(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words[4];
    } cases[] = {
        {"", {0}},
        {" \t ", {0}},
        {"a", {"a"}},
        {"  a\tbc  d ", {"a", "bc", "d"}},
        {"a\r\nb c", {"a\r\nb", "c"}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct helo_slice text = exact_text(cases[i].text), rest = text;
        for (size_t n = 0; n < 4; n++)
            assert_slice(slice_word(&rest), cases[i].words[n] != NULL ? cases[i].words[n] : "");
        assert_int_equal(rest.len, 0);
        exact_free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_take_what_fits_and_say_if_something_did_not),
        cmocka_unit_test(setting_replaces_and_cuts_without_complaint),
        cmocka_unit_test(texts_grow_octet_by_octet_with_their_contents),
        cmocka_unit_test(without_memory_a_text_keeps_what_it_had_or_is_empty),
        cmocka_unit_test(slices_are_compared_in_any_case_and_never_past_their_end),
        cmocka_unit_test(words_are_cut_off_one_by_one),
    };
    return cmocka_run_group_tests_name("smtp_text", tests, NULL, NULL);
}
