/* Messages that quote what others wrote: one line that a terminal takes for nothing but text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../support/prng.h"
#include "../support/sound.h"
#include "base/message.h"
#include "exact.h"

static void what_acts_on_a_terminal_becomes_question_marks(void **state)
{
    (void)state;
    static const struct {
        const char *message;
        const char *tidy;
    } cases[] = {
        {"", ""},
        {"plain text, 'quoted' \\ too", "plain text, 'quoted' \\ too"},
        {"two\nlines\r\n", "two?lines??"},
        {"\x1b[31mred\x1b[0m", "?[31mred?[0m"},
        {"\a\b\t\x7f", "????"},
        {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
        {"C1: \xc2\x9b"
         "31m",
         "C1: ??31m"},
        {"\xe2\x80\xae"
         "fdp.exe",
         "???fdp.exe"},                           /* right to left */
        {"\xe2\x81\xa6x\xe2\x81\xa9", "???x???"}, /* isolates */
        {"\xe2\x80\xa8", "???"},                  /* line separator */
        {"\xef\xbb\xbfx", "???x"},                /* byte order mark */
        {"broken \xff\xc3", "broken ??"},
        {"cut \xe2\x82", "cut ??"},
        {"surrogate \xed\xa0\x80", "surrogate ???"},
        {"\xf0\x9f\x93\xa7", "\xf0\x9f\x93\xa7"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char message[128];
        snprintf(message, sizeof(message), "%s", cases[i].message);
        message_tidy(message);
        assert_string_equal(message, cases[i].tidy);
    }
}

static void whatever_it_was_it_is_sound_and_as_long(void **state)
{
    (void)state;
    struct prng prng = {.state = 8};
    for (unsigned round = 0; round < 20000; round++) {
        size_t length = 1 + prng_below(&prng, 40);
        char message[64] = "";
        for (size_t i = 0; i < length; i++)
            message[i] = (char)(1 + prng_below(&prng, 255));
        message_tidy(message);
        assert_int_equal(strlen(message), length);
        assert_null(sound_message(message));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_acts_on_a_terminal_becomes_question_marks),
        cmocka_unit_test(whatever_it_was_it_is_sound_and_as_long),
    };
    return cmocka_run_group_tests_name("messages", tests, NULL, NULL);
}
