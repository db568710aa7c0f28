/* Base64: what is right, what is wrong with the rest and where, and that nothing else is touched.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../support/prng.h"
#include "sasl_play.h"
#include "smtp/base64.h"

struct vector {
    const char *text;
    const char *data; /* NULL: at fault */
    enum base64_fault fault;
    size_t at;
};

static const struct vector VECTORS[] = {
    /* RFC 4648 section 10 */
    {"", "", BASE64_OK, 0},
    {"Zg==", "f", BASE64_OK, 0},
    {"Zm8=", "fo", BASE64_OK, 0},
    {"Zm9v", "foo", BASE64_OK, 0},
    {"Zm9vYg==", "foob", BASE64_OK, 0},
    {"Zm9vYmE=", "fooba", BASE64_OK, 0},
    {"Zm9vYmFy", "foobar", BASE64_OK, 0},
    {"+/+/", "\xfb\xff\xbf", BASE64_OK, 0},
    {"Zh==", "f", BASE64_OK, 0}, /* bits left over, which nobody checks */
    {"Z", NULL, BASE64_LENGTH, 1},
    {"Zg", NULL, BASE64_LENGTH, 2},
    {"Zm8", NULL, BASE64_LENGTH, 3},
    {"Zm9vY", NULL, BASE64_LENGTH, 5},
    {"Zg=", NULL, BASE64_PADDING, 3},
    {"=", NULL, BASE64_PADDING, 0},
    {"==", NULL, BASE64_PADDING, 0},
    {"====", NULL, BASE64_PADDING, 0},
    {"Z===", NULL, BASE64_PADDING, 1},
    {"Zg===", NULL, BASE64_PADDING, 4},
    {"Zm8==", NULL, BASE64_PADDING, 4},
    {"Zm9v=", NULL, BASE64_PADDING, 4},
    {"Zm9v====", NULL, BASE64_PADDING, 4},
    {"Zg==Zg==", NULL, BASE64_PADDING, 2},
    {"=Zg=", NULL, BASE64_PADDING, 0},
    {"Z=g=", NULL, BASE64_PADDING, 1},
    {"{}", NULL, BASE64_ALPHABET, 0},
    {"Zm9{", NULL, BASE64_ALPHABET, 3},
    {"Zg==\n", NULL, BASE64_ALPHABET, 4},
    {" Zg==", NULL, BASE64_ALPHABET, 0},
    {"Zm9vZm-_", NULL, BASE64_ALPHABET, 6}, /* base64url is another alphabet */
    {"not-base-64!", NULL, BASE64_ALPHABET, 3},
    {"*", NULL, BASE64_ALPHABET, 0},
};

/* Decodes into room of just size octets. */
static struct base64_outcome decode(struct play_octets text, struct play_octets *room, size_t size)
{
    *room = (struct play_octets){malloc(size > 0 ? size : 1), size};
    memset(room->at, 0x55, size > 0 ? size : 1);
    return base64_decode((struct helo_slice){text.at, text.len}, room->at, size);
}

static void decodes_what_is_right_and_says_what_is_wrong_where(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(VECTORS) / sizeof(VECTORS[0]); i++) {
        const struct vector *v = &VECTORS[i];
        size_t len = v->data != NULL ? strlen(v->data) : 0;
        struct play_octets text = play_exact(v->text, strlen(v->text));
        struct play_octets room;
        struct base64_outcome outcome = decode(text, &room, len);
        assert_int_equal(outcome.fault, v->fault);
        assert_int_equal(outcome.at, v->at);
        assert_int_equal(outcome.len, len);
        if (len > 0)
            assert_memory_equal(room.at, v->data, len);
        outcome = base64_decode((struct helo_slice){text.at, text.len}, NULL, 0);
        assert_int_equal(outcome.fault, v->fault);
        assert_int_equal(outcome.len, len);
        free(room.at);
        free(text.at);
    }
}

static bool in_alphabet(unsigned c)
{
    return c != 0 && c < 0x80 &&
           strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", (int)c) !=
               NULL;
}

static void takes_the_alphabet_and_no_other_octet_at_any_place(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        for (size_t at = 0; at < 8; at++) {
            struct play_octets text = play_exact("QUJDREVG", 8);
            struct play_octets room;
            text.at[at] = (uint8_t)c;
            struct base64_outcome outcome = decode(text, &room, 6);
            if (in_alphabet(c)) {
                assert_int_equal(outcome.fault, BASE64_OK);
                assert_int_equal(outcome.len, 6);
            } else if (c == '=' && at == 7) {
                assert_int_equal(outcome.fault, BASE64_OK);
                assert_int_equal(outcome.len, 5);
            } else {
                assert_int_equal(outcome.fault, c == '=' ? BASE64_PADDING : BASE64_ALPHABET);
                assert_int_equal(outcome.at, at);
                for (size_t i = 0; i < 6; i++)
                    assert_int_equal(room.at[i], 0x55);
            }
            free(room.at);
            free(text.at);
        }
    }
}

static void gives_back_octets_of_every_length_and_value(void **state)
{
    (void)state;
    struct prng prng = {4};
    for (size_t len = 0; len < 3000; len += len < 800 ? 1 : 97) {
        struct play_octets plain = {malloc(len > 0 ? len : 1), len};
        for (size_t i = 0; i < len; i++)
            plain.at[i] = (uint8_t)prng_next(&prng);
        struct play_octets text = play_encode(plain);
        struct play_octets room;
        struct base64_outcome outcome = decode(text, &room, len);
        assert_int_equal(outcome.fault, BASE64_OK);
        assert_int_equal(outcome.len, len);
        assert_memory_equal(room.at, plain.at, len);
        free(room.at);
        if (len > 0) {
            outcome = decode(text, &room, len - 1);
            assert_int_equal(outcome.fault, BASE64_ROOM);
            assert_int_equal(outcome.len, len);
            for (size_t i = 0; i + 1 < len; i++)
                assert_int_equal(room.at[i], 0x55);
            free(room.at);
        }
        free(text.at);
        free(plain.at);
    }
}

static void finds_the_fault_at_the_end_of_100_kB(void **state)
{
    (void)state;
    struct play_octets text = {malloc(100001), 100000};
    struct play_octets room;
    memset(text.at, 'Q', 100001);
    struct base64_outcome outcome = decode(text, &room, 75000);
    assert_int_equal(outcome.fault, BASE64_OK);
    assert_int_equal(outcome.len, 75000);
    assert_int_equal(room.at[74999], 0x10);
    free(room.at);
    text.at[99999] = 0xd1;
    outcome = decode(text, &room, 75000);
    assert_int_equal(outcome.fault, BASE64_ALPHABET);
    assert_int_equal(outcome.at, 99999);
    free(room.at);
    free(text.at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_what_is_right_and_says_what_is_wrong_where),
        cmocka_unit_test(takes_the_alphabet_and_no_other_octet_at_any_place),
        cmocka_unit_test(gives_back_octets_of_every_length_and_value),
        cmocka_unit_test(finds_the_fault_at_the_end_of_100_kB),
    };
    return cmocka_run_group_tests_name("base64", tests, NULL, NULL);
}
