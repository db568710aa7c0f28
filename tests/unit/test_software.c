/* Software: the server that a banner names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exact.h"
#include "smtp/session.h"

static void banners_name_their_software(void **state)
{
    (void)state;
    static const struct {
        const char *banner, *name;
    } cases[] = {
        {"mx.example ESMTP Postfix", "Postfix"},
        {"mx.example ESMTP Postfix (Debian/GNU)", "Postfix"},
        {"mx.example ESMTP Exim 4.96 Mon, 23 Nov 2026 20:00:00 +0000", "Exim"},
        {"mx.example ESMTP OpenSMTPD", "OpenSMTPD"},
        {"mx.example ESMTP Sendmail 8.17.1/8.17.1; Mon, 23 Nov 2026", "Sendmail"},
        {"x.example Microsoft ESMTP MAIL Service ready at Mon", "Microsoft ESMTP"},
        {"x.example Microsoft SMTP MAIL ready", "Microsoft ESMTP"},
        {"x.example Dovecot ready.", "Dovecot"},
        {"x.example ESMTP Haraka/3.0.2 ready", "Haraka"},
        {"x.example ESMTP netqmail", "qmail"},
        {"mx.google.com ESMTP a1-20020a - gsmtp", "Google"},
        {"x.example ESMTP CommuniGate Pro 6.1", "CommuniGate Pro"},
        {"x.example ESMTP\nPostfix", "Postfix"},
        {"Postfix", "Postfix"},
        {"Sendmail behind Exim", "Exim"}, /* the order of the table decides */
        {"x.example ESMTP", ""},
        {"x.example ESMTP postfix", ""},
        {"Postfi", ""},
        {"", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct helo_slice banner = exact_text(cases[i].banner);
        assert_slice(software_of(banner), cases[i].name);
        exact_free(banner);
    }
    assert_int_equal(software_of((struct helo_slice){0}).len, 0);
}

static void a_nul_hides_nothing_behind_it(void **state)
{
    (void)state;
    struct helo_slice banner = exact_copy("mx\0Exim", 7);
    assert_slice(software_of(banner), "Exim");
    exact_free(banner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(banners_name_their_software),
        cmocka_unit_test(a_nul_hides_nothing_behind_it),
    };
    return cmocka_run_group_tests_name("software", tests, NULL, NULL);
}
