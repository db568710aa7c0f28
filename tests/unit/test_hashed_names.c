/* With names hashed, none that the client has given by AUTH, AUTH= or LOGIN= is in anything that is
 * written of its session from then on: no event, no form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../support/written.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define NAME         "zeppelinuser"
#define HELLO                                                                                      \
    "S: 220 mx.example.net ESMTP\nC: EHLO client.example.org\n"                                    \
    "S: 250-mx.example.net\nS: 250 AUTH PLAIN LOGIN\n"
#define MAIL  "C: MAIL FROM:<a@example.org> "
#define PLAIN "AHplcHBlbGludXNlcgBobXBmbHNwcmZ0" /* NUL name NUL hmpflsprft */
#define OTHER "AGJvYgBobXBmbHNwcmZ0"             /* the same of bob */
#define BYE   "C: QUIT\nS: 221 bye\nFIN S\nFIN C\n"

static const struct {
    const char *what, *dialogue;
} CASES[] = {
    {"a malformed AUTH=, which a rule tells of",
     HELLO MAIL "AUTH=" NAME "=x\nS: 250 ok\nC: RSET\nS: 250 ok\n" BYE},
    {"AUTH= in later replies, the last ones too", HELLO MAIL
     "AUTH=" NAME "@example.org\nS: 250 ok\nC: RCPT TO:<b@example.org>\nS: 550 " NAME
     "@example.org may not\nC: RSET\nS: 250 " NAME "\nS: 421 " NAME " bye\nFIN S\nFIN C\n"},
    {"AUTH= in xtext", HELLO MAIL "AUTH=zeppelin+75ser\nS: 250 thanks, " NAME "\n" BYE},
    {"LOGIN= of XCLIENT", HELLO "C: XCLIENT LOGIN=" NAME " ADDR=192.0.2.9\nS: 220 hello " NAME
                                "\nC: EHLO x\nS: 250-hi " NAME "\nS: 250 XUSER " NAME "\n" BYE},
    {"who failed before another succeeded",
     HELLO "C: AUTH PLAIN " PLAIN "\nS: 535 no\nC: AUTH PLAIN " OTHER
           "\nS: 235 ok\nC: NOOP\nS: 250 hello ZeppelinUser\n" BYE},
    {"lists of the session, and the name as an argument",
     HELLO "C: AUTH PLAIN " PLAIN "\nS: 235 ok\nC: EHLO " NAME "\nS: 250-mx\nS: 250-XUSER " NAME
           "\nS: 250 AUTH\nC: HELP " NAME "\nS: 214 no\n" BYE},
    {"before the exchange is over",
     HELLO "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: emVwcGVsaW51c2Vy\nS: 334 UGFzc3dvcmQ6\n"
           "WAIT 60s\nS: 421 " NAME ", are you there?\nFIN S\nFIN C\n"},
    {"a line that is no reply", HELLO MAIL "AUTH=" NAME "\nS: what, " NAME "?\nS: 250 ok\n" BYE},
};

static void no_name_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(CASES); i++) {
        for (unsigned form = 0; form < 2; form++) {
            enum helo_format format = form == 0 ? HELO_FORMAT_JSON : HELO_FORMAT_TEXT;
            char *hashed = written_in_lower(CASES[i].dialogue, format, HELO_CREDENTIALS_HASH);
            char *plain = written_in_lower(CASES[i].dialogue, format, HELO_CREDENTIALS_REDACT);
            if (strstr(hashed, NAME) != NULL)
                fail_msg("%s:\n%s", CASES[i].what, strstr(hashed, NAME) - 40);
            if (strstr(plain, NAME) == NULL)
                fail_msg("%s: the name is not there in clear either", CASES[i].what);
            free(hashed);
            free(plain);
        }
    }
}

/* More names than are kept: from then on no text of the session is told. */
static void a_flood_of_names_hides_texts(void **state)
{
    char *dialogue = NULL, *hashed;
    size_t size = 0;
    FILE *to = open_memstream(&dialogue, &size);
    (void)state;
    fprintf(to, "%s", HELLO);
    fprintf(to, "%sAUTH=%s\nS: 250 early text\nC: RSET\nS: 250 ok\n", MAIL, NAME);
    for (unsigned n = 0; n < 400; n++)
        fprintf(to, "%sAUTH=somebody%u@example.org\nS: 250 ok\nC: RSET\nS: 250 ok\n", MAIL, n);
    fprintf(to, "C: NOOP\nS: 250 late text for %s and somebody399\n%s", NAME, BYE);
    fclose(to);
    hashed = written_in_lower(dialogue, HELO_FORMAT_JSON, HELO_CREDENTIALS_HASH);
    assert_null(strstr(hashed, NAME));
    assert_null(strstr(hashed, "somebody399"));
    assert_non_null(strstr(hashed, "early text"));
    assert_null(strstr(hashed, "late text"));
    free(hashed);
    free(dialogue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_name_is_told),
        cmocka_unit_test(a_flood_of_names_hides_texts),
    };
    return cmocka_run_group_tests_name("hashed_names", tests, NULL, NULL);
}
