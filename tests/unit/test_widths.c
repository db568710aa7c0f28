/* Lines of content that are too long are found, wherever the content is cut. */
#include <string.h>

#include "group.h"
#include "smtp/widths.h"

#define SIZE 8000

/* Text of short lines, with one of so many octets (line end included) at an offset. */
static void fill(uint8_t *text, size_t at, size_t octets)
{
    for (size_t i = 0; i < SIZE; i++)
        text[i] = i % 40 == 39 ? '\n' : 'x';
    memset(text + at, 'y', octets);
    if (at > 0)
        text[at - 1] = '\n';
    text[at + octets - 1] = '\n';
}

/* Where a line is found that is too long; SIZE: none. */
static size_t found_at(const uint8_t *text, size_t piece)
{
    struct widths widths = {0};
    for (size_t i = 0; i < SIZE; i += piece) {
        size_t len = SIZE - i < piece ? SIZE - i : piece;
        if (widths_scan(&widths, i, text + i, len))
            return (size_t)widths.from;
    }
    return SIZE;
}

static void the_limit_is_exact_however_it_is_cut(void **state)
{
    (void)state;
    static const size_t pieces[] = {1, 2, 7, 536, 999, 1000, 1001, 1448, SIZE};
    static const size_t places[] = {0, 1, 39, 40, 1500, 4000, SIZE - 1001};
    uint8_t text[SIZE];
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        for (size_t k = 0; k < sizeof(places) / sizeof(places[0]); k++) {
            fill(text, places[k], LONGEST_TEXT_LINE);
            assert_int_equal(found_at(text, pieces[i]), SIZE);
            fill(text, places[k], LONGEST_TEXT_LINE + 1);
            assert_int_equal(found_at(text, pieces[i]), places[k]);
        }
    }
}

static void only_the_first_is_told(void **state)
{
    (void)state;
    static uint8_t text[4 * SIZE];
    struct widths widths = {0};
    assert_true(widths_scan(&widths, 0, text, sizeof(text) / 2));
    assert_false(widths_scan(&widths, sizeof(text) / 2, text, sizeof(text) / 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_limit_is_exact_however_it_is_cut),
        cmocka_unit_test(only_the_first_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
