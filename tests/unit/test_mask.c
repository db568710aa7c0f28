/* Masking: whatever a reply echoes of a secret becomes asterisks, and nothing else does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support/prng.h"
#include "exact.h"
#include "smtp/session.h"

/* Masks in blocks of just their size, in place too: text may be the scratch itself. */
static void check_mask(bool challenge, const char *text, const char *secret, const char *masked)
{
    struct helo_slice from = exact_text(text), hidden = exact_text(secret);
    size_t size = from.len > 0 ? from.len : 1;
    uint8_t *scratch = malloc(size);
    struct helo_slice result = mask_echo(from, hidden, challenge, scratch, size);
    assert_slice(result, masked);
    memcpy(scratch, text, from.len);
    result = mask_echo((struct helo_slice){scratch, from.len}, hidden, challenge, scratch, size);
    assert_slice(result, masked);
    free(scratch);
    exact_free(from);
    exact_free(hidden);
}

static void echoes_become_asterisks(void **state)
{
    (void)state;
    static const struct {
        const char *text, *secret, *masked;
    } cases[] = {
        {"unknown command hunter2", "hunter2", "unknown command ***"},
        {"unknown command \"hunter2\"", "hunter2", "unknown command \"***\""},
        {"HUNTER2 unknown", "hunter2", "*** unknown"},
        {"hunter2hunter2", "hunter2", "******"},
        {"hunter2 hunter2", "hunter2", "*** ***"},
        {"hunter", "hunter2", "***"}, /* cut by the server */
        {"nter", "hunter2", "***"},
        {"hun ter", "hunter2", "hun ter"}, /* three in a row are chance */
        {"no echo at all", "hunter2", "no echo at all"},
        {"", "hunter2", ""},
        {"x", "hunter2", "x"},
        {"hunter2", "", "hunter2"},
        {"a b abc", "abc", "a b ***"},
        {"abcABC", "abc", "******"},
        {"ab", "abc", "ab"},
        {"xy x y", "xy", "** x y"},
        {"q: Q", "q", "*: *"},
        {"5.5.1 dXNlcg== what", "dXNlcg==", "5.5.1 *** what"},
        {"gr\xc3\xbc\xc3\x9f got", "gr\xc3\xbc\xc3\x9f", "*** got"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        check_mask(false, cases[i].text, cases[i].secret, cases[i].masked);
}

/* A 334's text is Base64, which the messages of one mechanism have more of in common. */
static void challenges_echo_in_runs_of_16_only(void **state)
{
    (void)state;
    static const struct {
        const char *text, *secret, *masked;
    } cases[] = {
        {"VXNlcm5hbWU6", "VXNlcm5hbWUgdGhhdA==", "VXNlcm5hbWU6"},
        {"abcdefghijklmno", "abcdefghijklmnop", "abcdefghijklmno"},
        {"abcdefghijklmnop", "abcdefghijklmnop", "***"},
        {"<abcdefghijklmnopq>", "-abcdefghijklmnopq-", "<***>"},
        {"abcdefgh", "abcdefgh", "***"}, /* shorter than a run: as a whole */
        {"abcdefg", "abcdefgh", "abcdefg"},
        {"", "abcdefgh", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        check_mask(true, cases[i].text, cases[i].secret, cases[i].masked);
}

static bool has_run(struct helo_slice text, struct helo_slice secret, size_t run)
{
    for (size_t i = 0; i + run <= secret.len; i++) {
        if (memmem(text.ptr, text.len, secret.ptr + i, run) != NULL)
            return true;
    }
    return false;
}

static void no_four_octets_in_a_row_of_the_secret_are_left(void **state)
{
    (void)state;
    struct prng prng = {7};
    for (unsigned round = 0; round < 3000; round++) {
        uint8_t secret[200], text[300], scratch[300];
        size_t secret_len = 4 + prng_below(&prng, sizeof(secret) - 4), len = 0;
        for (size_t i = 0; i < secret_len; i++)
            secret[i] = (uint8_t)(33 + prng_below(&prng, round % 2 == 0 ? 3 : 90));
        while (len < 200) {
            size_t from = prng_below(&prng, secret_len);
            size_t n = prng_below(&prng, secret_len - from) % 40;
            memcpy(text + len, secret + from, n);
            len += n;
            text[len++] = ' ';
        }
        struct helo_slice from = exact_copy(text, len), hidden = exact_copy(secret, secret_len);
        struct helo_slice masked = mask_echo(from, hidden, false, scratch, sizeof(scratch));
        assert_true(masked.len <= len);
        assert_false(memchr(secret, '*', secret_len) == NULL && has_run(masked, hidden, 4));
        exact_free(from);
        exact_free(hidden);
    }
}

static void scratch_is_never_left_and_text_cut_at_its_limit(void **state)
{
    (void)state;
    uint8_t text[5000];
    memset(text, 'x', sizeof(text));
    struct helo_slice from = exact_copy(text, sizeof(text)), secret = exact_text("hunter2");
    for (size_t size = 0; size < 20; size++) {
        uint8_t *scratch = malloc(size > 0 ? size : 1);
        assert_int_equal(mask_echo(from, secret, false, scratch, size).len, size);
        assert_int_equal(mask_echo(SLICE("hunter2"), secret, false, scratch, size).len,
                         size < 3 ? size : 3);
        free(scratch);
    }
    uint8_t scratch[5000];
    assert_int_equal(mask_echo(from, secret, false, scratch, sizeof(scratch)).len,
                     LIMIT_STRING_KEPT);
    exact_free(from);
    exact_free(secret);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(echoes_become_asterisks),
        cmocka_unit_test(challenges_echo_in_runs_of_16_only),
        cmocka_unit_test(no_four_octets_in_a_row_of_the_secret_are_left),
        cmocka_unit_test(scratch_is_never_left_and_text_cut_at_its_limit),
    };
    return cmocka_run_group_tests_name("mask", tests, NULL, NULL);
}
