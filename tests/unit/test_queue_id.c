/* Queue identifiers: found in the words of each server, and in no others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exact.h"
#include "smtp/queue_id.h"

static void every_server_s_wording_names_the_identifier(void **state)
{
    (void)state;
    static const struct {
        const char *text, *id;
    } cases[] = {
        {"Ok: queued as 4ZkQ1x2Yz3z1", "4ZkQ1x2Yz3z1"},
        {"2.0.0 Ok: queued as D6F0A40D2A", "D6F0A40D2A"},
        {"Ok: queued as D6F0A40D2A\nmore", "D6F0A40D2A"},
        {"from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 4ABC", "4ABC"},
        {"Message Queued (queued as AB-1)", "AB-1"},
        {"OK id=1qXyZa-0001aB-2C", "1qXyZa-0001aB-2C"},
        {"OK id=1qXyZa-00000001aBc-2CdE", "1qXyZa-00000001aBc-2CdE"},
        {"Ok: queued 5d0c", "5d0c"},
        {"<a@b> [InternalId=12345, Hostname=x.example] Queued mail for delivery", "12345"},
        {"<a@b> [InternalId=98] Queued mail for delivery", "98"},
        {"49TEvN1q000123 Message accepted for delivery", "49TEvN1q000123"},
        {"a1b2c3d4 Message accepted for delivery", "a1b2c3d4"},
        {"queued as X.", "X"},
        {"queued as X; more", "X"},
        {"queued as <X>", "<X"},
        {"queued as ", ""},
        {"OK id=", ""},
        {"", ""},
        {"Ok", ""},
        {"Message accepted for delivery", ""},
        {" Message accepted for delivery", ""},
        {"Your Message accepted for delivery", "Your"},
        {"Thank you, Message accepted for delivery", ""},
        {"QUEUED AS X", ""},
        {"queued as", ""},
        {"OK  1700000000 x-1.2 - gsmtp", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct helo_slice text = exact_text(cases[i].text);
        assert_slice(queue_id_find(text), cases[i].id);
        exact_free(text);
    }
}

static void a_text_cut_anywhere_gives_the_beginning_or_nothing(void **state)
{
    (void)state;
    static const char *const texts[] = {"Ok: queued as D6F0A40D2A", "OK id=1qXyZa-0001aB-2C",
                                        "[InternalId=12345, x",
                                        "ab1 Message accepted for delivery"};
    static const char *const ids[] = {"D6F0A40D2A", "1qXyZa-0001aB-2C", "12345", "ab1"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        for (size_t len = 0; len <= strlen(texts[i]); len++) {
            struct helo_slice text = exact_copy(texts[i], len);
            struct helo_slice id = queue_id_find(text);
            assert_true(id.len <= strlen(ids[i]));
            /* "queued " alone is a wording too, of which "as" would be the identifier. */
            if (id.len > 0 && memcmp(id.ptr, "a", 1) != 0)
                assert_memory_equal(id.ptr, ids[i], id.len);
            exact_free(text);
        }
    }
    assert_int_equal(queue_id_find((struct helo_slice){0}).len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_server_s_wording_names_the_identifier),
        cmocka_unit_test(a_text_cut_anywhere_gives_the_beginning_or_nothing),
    };
    return cmocka_run_group_tests_name("queue_id", tests, NULL, NULL);
}
