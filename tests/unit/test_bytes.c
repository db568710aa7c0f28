/* Checked reading: right values inside, refusal at every place that is not wholly inside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "exact.h"

static void reads_succeed_only_where_all_octets_are(void **state)
{
    (void)state;
    static const uint8_t octets[] = {0x81, 0x92, 0xa3, 0xb4, 0xc5, 0xd6, 0xe7, 0xf8};
    static const size_t far[] = {
        9, 100, SIZE_MAX / 2, SIZE_MAX - 4, SIZE_MAX - 3, SIZE_MAX - 2, SIZE_MAX - 1, SIZE_MAX};
    for (size_t len = 0; len <= sizeof(octets); len++) {
        struct helo_slice copy = exact_copy(octets, len);
        const struct bytes bytes = {copy.ptr, len};
        for (size_t i = 0; i < 9 + COUNT(far); i++) {
            size_t at = i < 9 ? i : far[i - 9];
            uint16_t two = 7;
            uint32_t four = 7;
            bool has_two = at < 9 && at + 2 <= len, has_four = at < 9 && at + 4 <= len;
            assert_int_equal(bytes_get_u16(&bytes, at, &two), has_two);
            assert_int_equal(bytes_get_u32(&bytes, at, &four), has_four);
            assert_int_equal(two, has_two ? octets[at] * 256 + octets[at + 1] : 7);
            if (has_four)
                assert_int_equal(four >> 16, octets[at] * 256 + octets[at + 1]);
            assert_int_equal(four & 0xffff, has_four ? octets[at + 2] * 256 + octets[at + 3] : 7);
        }
        exact_free(copy);
    }
}

static void numbers_are_big_endian(void **state)
{
    (void)state;
    assert_int_equal(bytes_u16((const uint8_t[]){0x12, 0x34}), 0x1234);
    assert_int_equal(bytes_u16((const uint8_t[]){0xff, 0xff}), 0xffff);
    assert_int_equal(bytes_u32((const uint8_t[]){0x12, 0x34, 0x56, 0x78}), 0x12345678);
    assert_int_equal(bytes_u32((const uint8_t[]){0xff, 0xff, 0xff, 0xfe}), 0xfffffffe);
}

static void skipping_moves_only_if_all_is_there(void **state)
{
    (void)state;
    static const uint8_t octets[5] = {1, 2, 3, 4, 5};
    for (size_t n = 0; n <= 5; n++) {
        struct bytes bytes = {octets, 5};
        assert_true(bytes_skip(&bytes, n));
        assert_ptr_equal(bytes.at, octets + n);
        assert_int_equal(bytes.left, 5 - n);
        assert_false(bytes_skip(&bytes, 6 - n));
        assert_false(bytes_skip(&bytes, SIZE_MAX));
        assert_ptr_equal(bytes.at, octets + n);
        assert_int_equal(bytes.left, 5 - n);
        assert_true(bytes_skip(&bytes, 5 - n));
        assert_int_equal(bytes.left, 0);
        assert_true(bytes_skip(&bytes, 0));
        assert_false(bytes_skip(&bytes, 1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_succeed_only_where_all_octets_are),
        cmocka_unit_test(numbers_are_big_endian),
        cmocka_unit_test(skipping_moves_only_if_all_is_there),
    };
    return cmocka_run_group_tests_name("bytes", tests, NULL, NULL);
}
