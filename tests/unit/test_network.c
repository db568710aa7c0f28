/* Networks: an address is inside exactly when the prefix's bits are the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support/prng.h"
#include "base/network.h"
#include "exact.h"

static bool bits_equal(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    for (unsigned i = 0; i < bits; i++) {
        if (((a[i / 8] ^ b[i / 8]) >> (7 - i % 8) & 1) != 0)
            return false;
    }
    return true;
}

static void check_prefixes(uint8_t family, unsigned width)
{
    struct prng prng = {family};
    for (unsigned bits = 0; bits <= width; bits++) {
        struct helo_network network = {.family = family, .bits = (uint8_t)bits};
        for (size_t i = 0; i < width / 8; i++)
            network.address[i] = (uint8_t)prng_next(&prng);
        for (unsigned flip = 0; flip <= width; flip++) {
            uint8_t address[16];
            memcpy(address, network.address, 16);
            if (flip < width)
                address[flip / 8] ^= (uint8_t)(0x80u >> (flip % 8));
            assert_int_equal(network_has(&network, family, address), flip >= bits);
        }
        for (unsigned round = 0; round < 50; round++) {
            uint8_t address[16] = {0};
            for (size_t i = 0; i < width / 8; i++) {
                address[i] = prng_one_in(&prng, 4) ? (uint8_t)prng_next(&prng) : network.address[i];
            }
            assert_int_equal(network_has(&network, family, address),
                             bits_equal(network.address, address, bits));
        }
    }
}

static void every_prefix_of_ipv4_tells_its_addresses(void **state)
{
    (void)state;
    check_prefixes(4, 32);
}

static void every_prefix_of_ipv6_tells_its_addresses(void **state)
{
    (void)state;
    check_prefixes(6, 128);
}

static void bits_behind_the_prefix_of_the_network_s_own_address_do_not_count(void **state)
{
    (void)state;
    const struct helo_network network = {.family = 4, .bits = 12, .address = {172, 31, 255, 255}};
    assert_true(network_has(&network, 4, (const uint8_t[16]){172, 16, 0, 0}));
    assert_true(network_has(&network, 4, (const uint8_t[16]){172, 31, 0, 1}));
    assert_false(network_has(&network, 4, (const uint8_t[16]){172, 32, 0, 1}));
    assert_false(network_has(&network, 4, (const uint8_t[16]){172, 15, 255, 255}));
}

static void the_other_family_is_never_inside(void **state)
{
    (void)state;
    const uint8_t address[16] = {0};
    for (unsigned bits = 0; bits <= 32; bits++) {
        const struct helo_network four = {.family = 4, .bits = (uint8_t)bits};
        const struct helo_network six = {.family = 6, .bits = (uint8_t)bits};
        assert_false(network_has(&four, 6, address));
        assert_false(network_has(&six, 4, address));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_prefix_of_ipv4_tells_its_addresses),
        cmocka_unit_test(every_prefix_of_ipv6_tells_its_addresses),
        cmocka_unit_test(bits_behind_the_prefix_of_the_network_s_own_address_do_not_count),
        cmocka_unit_test(the_other_family_is_never_inside),
    };
    return cmocka_run_group_tests_name("network", tests, NULL, NULL);
}
