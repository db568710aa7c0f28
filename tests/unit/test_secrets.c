/* What is remembered of secrets masks what repeats them, and little else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../support/prng.h"
#include "base/limits.h"
#include "exact.h"
#include "recycled.h"
#include "smtp/secrets.h"
#include "smtp/text.h"

enum what { SECRET, LINE, WORDS, TEXT };

static void add(struct secrets *secrets, enum what what, struct helo_slice text)
{
    struct helo_slice copy = exact_copy(text.ptr, text.len);
    if (what == SECRET)
        secrets_add(secrets, copy);
    else if (what == LINE)
        secrets_add_line(secrets, copy);
    else if (what == WORDS)
        secrets_add_words(secrets, copy);
    else
        secrets_add_text(secrets, copy);
    exact_free(copy);
}

/* Masks into a block of just the text's size, and once more in place. */
static void check_mask(bool challenge, enum what what, const char *text, const char *secret,
                       const char *masked)
{
    struct mem *mem = mem_new(1u << 20, 0);
    struct secrets secrets = {.mem = mem};
    struct helo_slice from = exact_text(text);
    uint8_t *scratch = malloc(from.len > 0 ? from.len : 1);
    add(&secrets, what, (struct helo_slice){(const uint8_t *)secret, strlen(secret)});
    struct helo_slice result = secrets_mask(&secrets, from, challenge, scratch, from.len);
    assert_slice(result, masked);
    memcpy(scratch, text, from.len);
    result = secrets_mask(&secrets, (struct helo_slice){scratch, from.len}, challenge, scratch,
                          from.len);
    assert_slice(result, masked);
    free(scratch);
    exact_free(from);
    secrets_free(&secrets);
    assert_int_equal(mem_used(mem), 0);
    mem_destroy(mem);
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
        {"hunter2hunter2", "hunter2", "***"},
        {"hunter2 hunter2", "hunter2", "*** ***"},
        {"hunter", "hunter2", "***"}, /* cut by the server */
        {"nter", "hunter2", "***"},
        {"hun ter", "hunter2", "hun ter"}, /* three in a row are chance */
        {"no echo at all", "hunter2", "no echo at all"},
        {"", "hunter2", ""},
        {"x", "hunter2", "x"},
        {"hunter2", "", "hunter2"},
        {"a b abc", "abc", "a b ***"},
        {"abcABC", "abc", "***"},
        {"ab", "abc", "ab"},
        {"xy x y", "xy", "** x y"},
        {"q: Q", "q", "*: *"},
        {"quite ordinary", "q", "quite ordinary"}, /* within a word it tells nothing */
        {"5.5.1 dXNlcg== what", "dXNlcg==", "5.5.1 *** what"},
        {"gr\xc3\xbc\xc3\x9f got", "gr\xc3\xbc\xc3\x9f", "*** got"},
        /* No half characters are left. */
        {"x\xe2\x82\xac\xe2\x82\xacy", "\xe2\x82\xac\xe2", "x***y"},
        /* Lines of a reply do not cut an echo in pieces too small to see. */
        {"hun\nter\n2 what", "hunter2", "***\n***\n* what"},
        /* Encoded, wherever it falls into groups of three octets. */
        {"cGFzczpodW50ZXIy", "hunter2", "cGFzcz***"},
        {"aHVudGVyMg==", "hunter2", "***=="},
        {"eGh1bnRlcjI=", "hunter2", "e***="},
        {"eHhodW50ZXIy", "hunter2", "eH***"},
        {"is 68756e74657232?", "hunter2", "is ***?"},
        {"is 68756E74657232?", "hunter2", "is ***?"},
        /* What percent and quoted-printable encoding leave as it is. */
        {"p%40ssword1", "p@ssword1", "p%40***"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        check_mask(false, SECRET, cases[i].text, cases[i].secret, cases[i].masked);
}

static void lines_are_found_as_they_were_or_from_eight_octets_on(void **state)
{
    (void)state;
    static const struct {
        const char *text, *line, *masked;
    } cases[] = {
        {"5.5.2 AHRpbQB0YW5zdA== what", "AHRpbQB0YW5zdA==", "5.5.2 *** what"},
        {"5.5.2 0YW5 what", "AHRpbQB0YW5zdA==", "5.5.2 *** what"},
        {"ahrpbqb0yw5zda==", "AHRpbQB0YW5zdA==", "***"},
        {"ahrpbqb", "AHRpbQB0YW5zdA==", "ahrpbqb"},
        {"nothing", "AHRpbQB0YW5zdA==", "nothing"},
        {"is MCtnWg== it?", "0+gZ", "is ***== it?"}, /* a secret in clear after all */
        {"is VQY6 it?", "vQy6", "is *** it?"},
        {"is HUNTER2 it?", "hunter22", "is *** it?"}, /* no text, if it is Base64 */
        {"is Ywxp", "YWxpY2U=", "is Ywxp"},           /* "alice", if it is */
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        check_mask(false, LINE, cases[i].text, cases[i].line, cases[i].masked);
}

/* A 334's text is Base64, which the messages of one mechanism have more of in common. */
/* A word that servers say by themselves stays: masked, it would tell that the secret has it. */
static void words_of_servers_own_stay(void **state)
{
    (void)state;
    static const struct {
        enum what what;
        const char *text, *secret, *masked;
    } cases[] = {
        {SECRET, "Invalid base64 data", "not-base-64!", "Invalid base64 data"},
        {SECRET, "mail.example.net closing connection", "mail1234",
         "mail.example.net closing connection"},
        {SECRET, "wrong password", "mypassword1", "wrong password"},
        {SECRET, "wrong password", "password", "wrong ***"},
        {SECRET, "WRONG PASSWORD", "password", "WRONG ***"},
        {WORDS, "wrong \"password\"", "alice password", "wrong \"***\""},
        {SECRET, "wrong password", "wrong password", "***"},
        {SECRET, "no mypassword1", "mypassword1", "no ***"},
        {SECRET, "no mypassword", "mypassword1", "no ***"},
        {SECRET, "\"my-password-1\"", "my-password-1", "\"***\""},
        {SECRET, "my-password-1", "y-password-", "m***1"},
        {SECRET, "my-\npassword\n-1", "my-password-1", "***\n***\n**"},
        {SECRET, "passwort", "mypassword1", "***t"}, /* another word */
        {SECRET, "passwords", "mypassword1", "***s"},
        {SECRET, "bXlwYXNzd29yZDE=", "mypassword1", "***="},
        {LINE, "Invalid base64 data", "not-base-64!", "Invalid base64 data"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_mask(false, cases[i].what, cases[i].text, cases[i].secret, cases[i].masked);
}

/* Texts that are masked as a whole tell nothing but consent. */
static void consent_is_told_where_nothing_else_is(void **state)
{
    static const struct {
        const char *text, *masked;
    } cases[] = {{"Ok", "Ok"}, {"OK", "OK"}, {"Ok.", "***"}, {"on", "**"}, {"password", "***"}};
    uint8_t scratch[16];
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct secrets secrets = {.veil = true};
        struct helo_slice text = {(const uint8_t *)cases[i].text, strlen(cases[i].text)};
        assert_slice(secrets_mask(&secrets, text, false, scratch, sizeof(scratch)),
                     cases[i].masked);
    }
}

/* What all tokens of a kind have is none's secret; an octet more, and it is. */
static void what_tokens_have_in_common_stays(void **state)
{
    static const uint8_t HEAD[] = "\x60\x20\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x01\x00";
    static const struct {
        const char *text, *masked;
    } cases[] = {
        /* of another token of Kerberos: 60 21 and the same OID, 02 00 and other octets */
        {"YCEGCSqGSIb3EgECAgIAAAAAAAAAAAA=", "YCEGCSqGSIb3EgECAgIAAAAAAAAAAAA="},
        {"ZYqv1PkeQ2iNstf8", "Z***stf8"}, /* of the token's own */
    };
    uint8_t token[LIMIT_SECRET_FINE + 100] = {0}; /* many zeros, as NTLM has them */
    struct mem *mem = mem_new(1u << 20, 0);
    struct secrets secrets = {.mem = mem};
    uint8_t scratch[64];
    (void)state;
    memcpy(token, HEAD, sizeof(HEAD) - 1);
    for (size_t i = 0; i < 200; i++)
        token[sizeof(HEAD) - 1 + i] = (uint8_t)(101 + 37 * i);
    add(&secrets, SECRET, (struct helo_slice){token, sizeof(token)});
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct helo_slice text = {(const uint8_t *)cases[i].text, strlen(cases[i].text)};
        assert_slice(secrets_mask(&secrets, text, false, scratch, sizeof(scratch)),
                     cases[i].masked);
    }
    secrets_free(&secrets);
    mem_destroy(mem);
}

static void challenges_echo_lines_in_runs_of_16_or_whole(void **state)
{
    (void)state;
    static const struct {
        const char *text, *line, *masked;
    } cases[] = {
        {"VXNlcm5hbWU6", "VXNlcm5hbWUgdGhhdA==", "VXNlcm5hbWU6"},
        {"abcdefghijklmno0", "abcdefghijklmnop", "abcdefghijklmno0"},
        {"abcdefghijklmno", "abcdefghijklmnop", "***"},
        {"abcdefghijklmnop", "abcdefghijklmnop", "***"},
        {"0abcdefghijklmnopq1", "-abcdefghijklmnopq-", "0***1"},
        {"abcdefgh", "abcdefgh", "***"}, /* shorter than a run: as a whole */
        {"YWJjZGV", "YWJjZGVm", "YWJjZGV"},
        {"abcdefg", "abcdefgh", "***"}, /* no text in Base64: a secret in clear, perhaps */
        {"", "abcdefgh", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        check_mask(true, LINE, cases[i].text, cases[i].line, cases[i].masked);
    check_mask(true, SECRET, "d3JvbmcgaHVudGVyMg==", "hunter2", "d3Jvbmcg***==");
    check_mask(true, SECRET, "d2h5IGh1bnQ=", "d2hh", "d2h5IGh1bnQ=");
    check_mask(true, SECRET, "hunter2x", "hunter2x", "***");
    check_mask(true, SECRET, "wrong hunter2", "hunter2", "wrong ***");
}

static void words_are_found_as_they_are_and_decoded(void **state)
{
    (void)state;
    static const struct {
        const char *text, *line, *masked;
    } cases[] = {
        {"tanstaaf?", "AHRpbQB0YW5zdGFhZg==", "***?"},
        {"tanstaaf?", "AHRpbQB0YW5zdGFhZg", "***?"},
        {"tanstaaf?", "x=AHRpbQB0YW5zdGFhZg== y", "***?"},
        {"is 'pw'?", "AHRpbQBwdw==", "is '**'?"},
        {"hunter2?", "open hunter2", "***?"},
        {"quite another", "open hunter2", "quite another"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        check_mask(false, WORDS, cases[i].text, cases[i].line, cases[i].masked);
    check_mask(false, TEXT, "unknown: Subject: hello", "Subject: hello world", "unknown: ***");
    check_mask(false, TEXT, "unknown: Subject", "Subject: hello world", "unknown: Subject");
}

static bool has_run(struct helo_slice text, struct helo_slice secret, size_t run)
{
    for (size_t i = 0; i + run <= secret.len; i++) {
        if (memmem(text.ptr, text.len, secret.ptr + i, run) != NULL)
            return true;
    }
    return false;
}

/* Of some earlier secret, too, and however many there were. */
static void no_four_octets_in_a_row_of_any_secret_are_left(void **state)
{
    (void)state;
    struct prng prng = {7};
    for (unsigned round = 0; round < 300; round++) {
        struct mem *mem = mem_new(1u << 20, 0);
        struct secrets secrets = {.mem = mem};
        static uint8_t secret[150][200];
        size_t length[150];
        size_t count = 1 + prng_below(&prng, round % 10 == 0 ? 150 : 10);
        for (size_t k = 0; k < count; k++) {
            length[k] = 4 + prng_below(&prng, round % 3 == 0 ? 196 : 20);
            for (size_t i = 0; i < length[k]; i++)
                secret[k][i] = (uint8_t)(43 + prng_below(&prng, round % 2 == 0 ? 3 : 80));
            add(&secrets, SECRET, (struct helo_slice){secret[k], length[k]});
        }
        for (size_t k = 0; k < count; k++) {
            uint8_t text[800], scratch[800];
            size_t len = 0;
            while (len < 300) {
                size_t from = prng_below(&prng, length[k]);
                size_t n = 1 + prng_below(&prng, length[k] - from);
                memcpy(text + len, secret[k] + from, n);
                len += n;
                text[len++] = prng_below(&prng, 4) == 0 ? '\n' : ' ';
            }
            struct helo_slice from = exact_copy(text, len);
            struct helo_slice masked =
                secrets_mask(&secrets, from, false, scratch, sizeof(scratch));
            assert_true(masked.len <= len);
            assert_false(has_run(masked, (struct helo_slice){secret[k], length[k]}, 4));
            exact_free(from);
        }
        assert_true(mem_used(mem) <= LIMIT_SECRET_MARKS * sizeof(uint64_t) + 18 * sizeof(uint64_t));
        secrets_free(&secrets);
        mem_destroy(mem);
    }
}

static void long_tokens_are_found_in_runs_of_eleven(void **state)
{
    (void)state;
    struct prng prng = {11};
    struct mem *mem = mem_new(1u << 20, 0);
    struct secrets secrets = {.mem = mem};
    static uint8_t token[4000], scratch[64];
    for (size_t i = 0; i < sizeof(token); i++)
        token[i] = (uint8_t)(43 + prng_below(&prng, 80));
    add(&secrets, SECRET, (struct helo_slice){token, sizeof(token)});
    for (size_t i = 0; i + 40 <= sizeof(token); i++) {
        struct helo_slice text = {token + i, 40};
        struct helo_slice masked = secrets_mask(&secrets, text, false, scratch, sizeof(scratch));
        assert_false(has_run(masked, (struct helo_slice){token, sizeof(token)}, 4));
    }
    secrets_free(&secrets);
    mem_destroy(mem);
}

/* Words of replies as servers say them. */
static const char *const REPLIES[] = {
    "2.7.0 Authentication successful",
    "5.7.8 Error: authentication failed: UGFzc3dvcmQ6",
    "2.1.0 Ok",
    "2.0.0 Ok: queued as 4QxYz01",
    "5.5.1 Error: no valid recipients",
    "4.7.1 <bob@example.net>: Recipient address rejected: Greylisted",
};

static void ordinary_replies_stay_as_they_are_after_many_secrets(void **state)
{
    (void)state;
    struct prng prng = {13};
    struct mem *mem = mem_new(1u << 20, 0);
    struct secrets secrets = {.mem = mem};
    uint8_t scratch[200];
    for (unsigned round = 0; round < 20; round++) {
        uint8_t secret[16];
        for (size_t i = 0; i < sizeof(secret); i++)
            secret[i] = (uint8_t)(48 + prng_below(&prng, 74));
        add(&secrets, SECRET, (struct helo_slice){secret, sizeof(secret)});
    }
    for (size_t i = 0; i < COUNT(REPLIES); i++) {
        struct helo_slice text = {(const uint8_t *)REPLIES[i], strlen(REPLIES[i])};
        assert_ptr_equal(secrets_mask(&secrets, text, false, scratch, sizeof(scratch)).ptr,
                         text.ptr);
    }
    secrets_free(&secrets);
    mem_destroy(mem);
}

/* Where nearly all places have a mark, chance must not make one of other octets. */
static void random_text_is_masked_in_no_run(void **state)
{
    (void)state;
    struct prng prng = {19};
    struct mem *mem = mem_new(1u << 20, 0);
    struct secrets secrets = {.mem = mem};
    static uint8_t token[2940 * 16], text[LIMIT_REPLY_TEXT], scratch[LIMIT_REPLY_TEXT];
    for (size_t i = 0; i < sizeof(token); i++)
        token[i] = (uint8_t)prng_next(&prng);
    add(&secrets, SECRET, (struct helo_slice){token, sizeof(token)});
    assert_false(secrets_hides_all(&secrets));
    for (unsigned round = 0; round < 150; round++) {
        for (size_t i = 0; i < sizeof(text); i++)
            text[i] = (uint8_t)(' ' + prng_below(&prng, 95));
        struct helo_slice told = {text, sizeof(text)};
        assert_ptr_equal(secrets_mask(&secrets, told, false, scratch, sizeof(scratch)).ptr, text);
    }
    secrets_free(&secrets);
    mem_destroy(mem);
}

/* A flood makes the memory no larger, and the masks no smaller. */
static void a_flood_of_secrets_masks_more_and_never_less(void **state)
{
    (void)state;
    struct prng prng = {17};
    struct mem *mem = mem_new(1u << 20, 0);
    struct secrets secrets = {.mem = mem};
    uint8_t scratch[200];
    add(&secrets, SECRET, SLICE("hunter2"));
    for (unsigned round = 0; round < 3000; round++) {
        uint8_t secret[100];
        for (size_t i = 0; i < sizeof(secret); i++)
            secret[i] = (uint8_t)(33 + prng_below(&prng, 90));
        add(&secrets, WORDS, (struct helo_slice){secret, sizeof(secret)});
        struct helo_slice masked = secrets_mask(&secrets, SLICE("hunter2 HUNTER2 aHVudGVyMg=="),
                                                false, scratch, sizeof(scratch));
        assert_false(has_run(masked, SLICE("hunter2"), 4));
        assert_false(has_run(masked, SLICE("HUNTER2"), 4));
        assert_false(has_run(masked, SLICE("aHVudGVyM"), 4));
        assert_true(mem_used(mem) <= LIMIT_SECRET_MARKS * sizeof(uint64_t) + 18 * sizeof(uint64_t));
    }
    secrets_free(&secrets);
    mem_destroy(mem);
}

static void without_memory_everything_is_masked(void **state)
{
    (void)state;
    for (uint64_t fail_at = 1; fail_at < 8; fail_at++) {
        struct mem *mem = mem_new(1u << 20, fail_at);
        struct secrets secrets = {.mem = mem};
        uint8_t scratch[64];
        for (unsigned i = 0; i < 40; i++) {
            char line[32];
            int len = snprintf(line, sizeof(line), "AHRpbQB0YW5zd%uGFhZg==", i);
            add(&secrets, WORDS, (struct helo_slice){(const uint8_t *)line, (size_t)len});
        }
        assert_int_equal(mem_failures(mem), 1);
        assert_slice(secrets_mask(&secrets, SLICE("ordinary\ntext"), false, scratch, 64),
                     "***\n***");
        secrets_free(&secrets);
        assert_int_equal(mem_used(mem), 0);
        mem_destroy(mem);
    }
}

static void nothing_of_a_secret_is_left_in_memory(void **state)
{
    (void)state;
    struct mem *mem = mem_new(1u << 20, 0);
    struct secrets secrets = {.mem = mem};
    add(&secrets, WORDS, SLICE("dGFuc3RhYWZsdGFuc3RhYWZs"));
    secrets_free(&secrets);
    assert_false(secrets_any(&secrets));
    for (size_t size = 32; size <= 4096; size *= 2) {
        uint8_t *block = mem_take(mem, size);
        recycled_readable(block, size);
        /* The list of free blocks overwrites a block's first octets. */
        assert_null(memmem(block + 8, size - 8, "nstaafl", 7));
        mem_give(mem, block, size);
    }
    mem_destroy(mem);
}

static void scratch_is_never_left_and_text_cut_at_its_limit(void **state)
{
    (void)state;
    static uint8_t text[LIMIT_REPLY_TEXT + 100], scratch[LIMIT_REPLY_TEXT + 100];
    struct mem *mem = mem_new(1u << 20, 0);
    struct secrets secrets = {.mem = mem};
    add(&secrets, SECRET, SLICE("hunter2"));
    memset(text, 'x', sizeof(text));
    memcpy(text, "hunter2", 7);
    struct helo_slice from = exact_copy(text, sizeof(text));
    for (size_t size = 0; size < 20; size++) {
        uint8_t *room = malloc(size > 0 ? size : 1);
        assert_int_equal(secrets_mask(&secrets, from, false, room, size).len, size);
        free(room);
    }
    assert_int_equal(secrets_mask(&secrets, from, false, scratch, sizeof(scratch)).len,
                     LIMIT_REPLY_TEXT - 4);
    exact_free(from);
    secrets_free(&secrets);
    mem_destroy(mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(echoes_become_asterisks),
        cmocka_unit_test(lines_are_found_as_they_were_or_from_eight_octets_on),
        cmocka_unit_test(words_of_servers_own_stay),
        cmocka_unit_test(consent_is_told_where_nothing_else_is),
        cmocka_unit_test(what_tokens_have_in_common_stays),
        cmocka_unit_test(challenges_echo_lines_in_runs_of_16_or_whole),
        cmocka_unit_test(words_are_found_as_they_are_and_decoded),
        cmocka_unit_test(no_four_octets_in_a_row_of_any_secret_are_left),
        cmocka_unit_test(long_tokens_are_found_in_runs_of_eleven),
        cmocka_unit_test(ordinary_replies_stay_as_they_are_after_many_secrets),
        cmocka_unit_test(random_text_is_masked_in_no_run),
        cmocka_unit_test(a_flood_of_secrets_masks_more_and_never_less),
        cmocka_unit_test(without_memory_everything_is_masked),
        cmocka_unit_test(nothing_of_a_secret_is_left_in_memory),
        cmocka_unit_test(scratch_is_never_left_and_text_cut_at_its_limit),
    };
    return cmocka_run_group_tests_name("secrets", tests, NULL, NULL);
}
