/* AUTH exchanges as a dialogue goes: what the final reply means, what cancels, how long each round
 * took, what was advertised, and that replies which repeat a secret do not tell it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../support/campaign.h"
#include "../support/wanted.h"
#include "../support/written.h"
#include "heloscope/report.h"
#include "smtp/session.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void a_reply_means_what_its_code_and_enhanced_code_say(void **state)
{
    static const struct {
        uint16_t code;
        struct helo_enhanced enhanced;
        enum helo_auth_result result;
    } table[] = {
        {235, {2, 7, 0}, HELO_AUTH_SUCCESS},
        {235, {0, 0, 0}, HELO_AUTH_SUCCESS},
        {235, {2, 7, 8}, HELO_AUTH_SUCCESS},
        {235, {2, 7, 11}, HELO_AUTH_SUCCESS},
        {502, {0, 0, 0}, HELO_AUTH_UNSUPPORTED},
        {502, {5, 5, 1}, HELO_AUTH_UNSUPPORTED},
        {504, {0, 0, 0}, HELO_AUTH_UNSUPPORTED},
        {504, {5, 5, 4}, HELO_AUTH_UNSUPPORTED},
        {504, {5, 7, 4}, HELO_AUTH_UNSUPPORTED},
        {538, {0, 0, 0}, HELO_AUTH_ENCRYPTION_REQUIRED},
        {530, {0, 0, 0}, HELO_AUTH_ENCRYPTION_REQUIRED},
        {530, {5, 7, 0}, HELO_AUTH_ENCRYPTION_REQUIRED},
        {538, {5, 7, 11}, HELO_AUTH_ENCRYPTION_REQUIRED},
        {535, {5, 7, 11}, HELO_AUTH_ENCRYPTION_REQUIRED},
        {454, {4, 7, 11}, HELO_AUTH_ENCRYPTION_REQUIRED},
        {534, {0, 0, 0}, HELO_AUTH_TOO_WEAK},
        {534, {5, 7, 9}, HELO_AUTH_TOO_WEAK},
        {550, {5, 7, 9}, HELO_AUTH_TOO_WEAK},
        {432, {0, 0, 0}, HELO_AUTH_TRANSITION_NEEDED},
        {432, {4, 7, 12}, HELO_AUTH_TRANSITION_NEEDED},
        {454, {0, 0, 0}, HELO_AUTH_NOT_AVAILABLE},
        {454, {4, 7, 0}, HELO_AUTH_NOT_AVAILABLE},
        {400, {0, 0, 0}, HELO_AUTH_TEMPORARY},
        {435, {0, 0, 0}, HELO_AUTH_TEMPORARY},
        {451, {4, 3, 0}, HELO_AUTH_TEMPORARY},
        {499, {0, 0, 0}, HELO_AUTH_TEMPORARY},
        {503, {0, 0, 0}, HELO_AUTH_BAD_SEQUENCE},
        {503, {5, 5, 1}, HELO_AUTH_BAD_SEQUENCE},
        {500, {0, 0, 0}, HELO_AUTH_SYNTAX},
        {501, {0, 0, 0}, HELO_AUTH_SYNTAX},
        {501, {5, 5, 2}, HELO_AUTH_SYNTAX},
        {421, {0, 0, 0}, HELO_AUTH_CLOSED_BY_SERVER},
        {421, {4, 7, 0}, HELO_AUTH_CLOSED_BY_SERVER},
        {221, {2, 0, 0}, HELO_AUTH_CLOSED_BY_SERVER},
        {535, {0, 0, 0}, HELO_AUTH_FAILURE},
        {535, {5, 7, 8}, HELO_AUTH_FAILURE},
        {535, {5, 7, 0}, HELO_AUTH_FAILURE},
        {454, {4, 7, 8}, HELO_AUTH_FAILURE},
        {550, {0, 0, 0}, HELO_AUTH_FAILURE},
        {554, {5, 7, 1}, HELO_AUTH_FAILURE},
        {599, {0, 0, 0}, HELO_AUTH_FAILURE},
        /* The same details of other subjects mean other things. */
        {550, {5, 1, 11}, HELO_AUTH_FAILURE},
        {451, {4, 1, 9}, HELO_AUTH_TEMPORARY},
        {250, {2, 7, 0}, HELO_AUTH_UNKNOWN},
        {354, {0, 0, 0}, HELO_AUTH_UNKNOWN},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        struct helo_reply reply = {.code = table[i].code, .enhanced = table[i].enhanced};
        if (auth_result_of(&reply, false) != table[i].result)
            fail_msg("%u %u.%u.%u is taken for %d", table[i].code, table[i].enhanced.klass,
                     table[i].enhanced.subject, table[i].enhanced.detail,
                     auth_result_of(&reply, false));
        assert_int_equal(auth_result_of(&reply, true), HELO_AUTH_CANCELLED);
    }
}

/* Masks with text and secret in blocks of just their size. */
static void assert_masked(const char *text, const char *secret, const char *expected)
{
    uint8_t scratch[64];
    struct helo_slice masked, t = {NULL, strlen(text)}, s = {NULL, strlen(secret)};
    uint8_t *text_copy = malloc(t.len + 1), *secret_copy = malloc(s.len + 1);
    t.ptr = text_copy + 1;
    s.ptr = secret_copy + 1;
    memcpy(text_copy + 1, text, t.len);
    memcpy(secret_copy + 1, secret, s.len);
    struct mem *mem = mem_new(1u << 20, 0);
    struct secrets secrets = {.mem = mem};
    secrets_add(&secrets, s);
    masked = secrets_mask(&secrets, t, false, scratch, sizeof(scratch));
    assert_int_equal(masked.len, strlen(expected));
    assert_memory_equal(masked.ptr, expected, masked.len);
    free(text_copy);
    free(secret_copy);
    secrets_free(&secrets);
    mem_destroy(mem);
}

static void masks_what_a_text_repeats_of_a_secret(void **state)
{
    (void)state;
    assert_masked("500 what is tanstaafl?", "tanstaafl", "500 what is ***?");
    assert_masked("tanstaafl", "tanstaafl", "***");
    assert_masked("cut: tansta", "tanstaafl", "cut: ***");
    assert_masked("cut: staafl", "tanstaafl", "cut: ***");
    assert_masked("case: TANSTAAFL", "tanstaafl", "case: ***");
    assert_masked("case: tanstaafl", "TanStaAfl", "case: ***");
    assert_masked("twice tanstaafl tanstaafl", "tanstaafl", "twice *** ***");
    assert_masked("short: pw!", "pw", "short: **!");
    assert_masked("short: PW!", "pw", "short: **!");
}

static void leaves_a_text_that_repeats_nothing(void **state)
{
    (void)state;
    assert_masked("5.7.8 authentication failed", "tanstaafl", "5.7.8 authentication failed");
    assert_masked("tan afl", "tanstaafl", "tan afl");
    assert_masked("anything", "", "anything");
    assert_masked("", "tanstaafl", "");
}

#define GREETING       "S: 220 mx.example.net ESMTP\n"
#define EHLO           GREETING "C: EHLO client.example.org\nS: 250-mx.example.net\nS: 250 AUTH PLAIN LOGIN\n"
#define LOGIN          "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: YWxpY2U=\nS: 334 UGFzc3dvcmQ6\n"
#define END            "C: QUIT\nS: 221 2.0.0 Bye\nFIN S\nFIN C\n"
#define PLAIN          "C: AUTH PLAIN AGFsaWNlAHRhbnN0YWFmbA==\n" /* alice, tanstaafl */
#define RESULT(is)     "EXPECT auth {\"smtp.auth.result\":\"" is "\"}\n"
#define ADVERTISED(is) "EXPECT auth {\"smtp.auth.advertised\":" is "}\n"

static const struct dialogue {
    const char *name;
    const char *text;
} dialogues[] = {
    {"a 235 is a success whatever its text says",
     EHLO PLAIN "S: 235 auth failure\n" END RESULT("success")},
    {"a 535 is a failure whatever its text says",
     EHLO PLAIN "S: 535 Authentication successful\n" END RESULT("failure")},
    {"'*' cancels, answered as it should be", EHLO
     "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: *\nS: 501 5.7.0 Cancelled\n" END RESULT("cancelled")},
    {"'*' cancels even if a 235 follows",
     EHLO "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: *\nS: 235 2.7.0 Ok\n" END RESULT(
         "cancelled") "EXPECT session "
                      "{\"smtp.session.auth.attempts\":1,\"smtp.session.auth.successes\":0,"
                      "\"smtp.session.auth.failures\":0}\n"},
    {"'*' cancels even if a 535 follows",
     EHLO LOGIN "C: *\nS: 535 5.7.8 No\n" END RESULT("cancelled")},
    {"'*' cancels even if the server leaves",
     EHLO LOGIN "C: *\nS: 421 4.3.2 Bye\nFIN S\nFIN C\n" RESULT("cancelled")},
    {"'*' cancels even if nothing follows", EHLO LOGIN "C: *\nFIN C\nFIN S\n" RESULT("cancelled")},
    {"'*' as the initial response is a wrong one",
     EHLO "C: AUTH PLAIN *\nS: 501 5.5.2 Cannot decode\n" END RESULT("syntax")},
    {"a client that leaves after a 334 has abandoned it",
     EHLO LOGIN "FIN C\nFIN S\n" RESULT("abandoned")},
    {"a server that says 421 has closed it", EHLO LOGIN
     "C: dGFuc3RhYWZs\nS: 421 4.3.2 Shutting down\nFIN S\nFIN C\n" RESULT("closed_by_server")},
    {"a gap that hides the reply leaves it unknown",
     EHLO PLAIN "GAP S 40\n" END "EXPECT auth {\"smtp.auth.result\":\"unknown\","
                "\"smtp.reply.code\":null}\n"},
    {"each round has its own latency",
     EHLO "C: AUTH LOGIN\nWAIT 3s\nS: 334 VXNlcm5hbWU6\nC: YWxpY2U=\nWAIT 5s\n"
          "S: 334 UGFzc3dvcmQ6\nC: dGFuc3RhYWZs\nWAIT 7s\nS: 235 2.7.0 Ok\n" END
          "EXPECT auth {\"smtp.auth.rounds\":2,\"smtp.auth.challenges\":["
          "{\"kind\":\"username_prompt\",\"text\":\"Username:\",\"latency_ms\":3002.02},"
          "{\"kind\":\"password_prompt\",\"text\":\"Password:\",\"latency_ms\":5002.02}],"
          "\"user.name\":\"alice\"}\n"},
    {"a mechanism of the last EHLO is advertised",
     EHLO PLAIN "S: 235 2.7.0 Ok\n" END ADVERTISED("true")},
    {"letters may be of any case", GREETING
     "C: EHLO x\nS: 250-mx\nS: 250 auth Plain\nC: AUTH plain AGEAYg==\nS: 235 Ok\n" END ADVERTISED(
         "true")},
    {"the old form AUTH= advertises, too", GREETING
     "C: EHLO x\nS: 250-mx\nS: 250 AUTH=PLAIN\n" PLAIN "S: 235 Ok\n" END ADVERTISED("true")},
    {"a mechanism that the EHLO reply lacks is not advertised",
     EHLO "C: AUTH CRAM-MD5\nS: 504 5.5.4 No\n" END ADVERTISED("false")},
    {"part of a name is not the name",
     GREETING "C: EHLO x\nS: 250-mx\nS: 250 AUTH SCRAM-SHA-1-PLUS\nC: AUTH SCRAM-SHA-1\n"
              "S: 504 5.5.4 No\n" END ADVERTISED("false")},
    {"before EHLO nothing is advertised",
     GREETING PLAIN "S: 503 5.5.1 EHLO first\n" END ADVERTISED("false")},
    {"after HELO nothing is advertised",
     GREETING "C: HELO x\nS: 250 mx\n" PLAIN "S: 503 5.5.1 EHLO first\n" END ADVERTISED("false")},
    {"the last EHLO counts",
     EHLO "C: EHLO x\nS: 250-mx\nS: 250 SIZE\n" PLAIN "S: 503 5.5.1 No\n" END ADVERTISED("false")},
    {"a refused EHLO takes nothing back",
     EHLO "C: EHLO x\nS: 501 5.5.4 No\n" PLAIN "S: 235 2.7.0 Ok\n" END ADVERTISED("true")},
    {"what an EHLO before the capture said is not known",
     "MIDSTREAM\n" PLAIN "S: 235 2.7.0 Ok\n" END ADVERTISED("null")},
    {"an echo of the line is masked, whole",
     EHLO PLAIN "S: 501 5.5.2 AGFsaWNlAHRhbnN0YWFmbA== is wrong\n" END RESULT(
         "syntax") "SECRET AGFsaWNlAHRhbnN0YWFmbA\nSECRET aWNlAHRhbnN0\n"},
    {"an echo of the line is masked, cut",
     EHLO PLAIN "S: 501 5.5.2 Not understood: YWFmbA== (AGFsaWNlAHRhbn...)\n" END RESULT(
         "syntax") "SECRET YWFmbA\nSECRET AGFsaWNl\n"},
    {"an echo of the line is masked, in another case",
     EHLO PLAIN "S: 501 5.5.2 agfsawnlahrhbnn0ywfmba==\n" END RESULT("syntax") "SECRET hrhbnn0\n"},
    {"an echo of the password is masked",
     EHLO PLAIN "S: 535 5.7.8 Password tanstaafl is wrong, TANSTAAFL\n" END RESULT(
         "failure") "EXPECT auth {\"smtp.reply.text\":\"Password *** is wrong, ***\"}\n"
                    "SECRET tanstaafl\nSECRET TANSTAAFL\n"},
    {"an echo of an answer to a prompt is masked",
     EHLO LOGIN "C: dGFuc3RhYWZs\nS: 535 5.7.8 dGFuc3RhYWZs tanstaafl\n" END RESULT(
         "failure") "SECRET dGFuc3Rh\nSECRET tanstaafl\n"},
    {"an echo in a challenge is not shown",
     EHLO LOGIN "C: dGFuc3RhYWZs\nS: 334 dGFuc3RhYWZs\nC: *\nS: 501 No\n" END RESULT(
         "cancelled") "SECRET dGFuc3Rh\nSECRET tanstaafl\n"},
};

static void the_dialogue_yields_what_is_expected(void **state)
{
    const struct dialogue *dialogue = *state;
    struct helo_error error = {""};
    struct transcript *transcript =
        transcript_parse(dialogue->name, dialogue->text, strlen(dialogue->text), &error);
    if (transcript == NULL)
        fail_msg("%s", error.message);
    struct run_result *result = run_transcript(transcript);
    char *why = NULL;
    bool good = wanted_check(transcript, result, &why);
    if (!good)
        fprintf(stderr, "%s", why);
    free(why);
    run_free(result);
    transcript_free(transcript);
    assert_true(good);
}

static void shows_no_secret_of_any_transcript_in_any_form(void **state)
{
    size_t count, secrets = 0;
    struct transcript **all = campaign_transcripts(&count);
    (void)state;
    for (size_t i = 0; i < count; i++) {
        for (unsigned form = 0; form < 4; form++) {
            char *text = written(all[i], form % 2 == 0 ? HELO_FORMAT_JSON : HELO_FORMAT_TEXT,
                                 form / 2 == 0 ? HELO_CREDENTIALS_REDACT : HELO_CREDENTIALS_HASH);
            for (size_t e = 0; e < all[i]->expectation_count; e++) {
                const struct expectation *expected = &all[i]->expectations[e];
                if (expected->kind != EXPECT_SECRET)
                    continue;
                secrets++;
                if (strstr(text, expected->text) != NULL)
                    fail_msg("%s, form %u: %s is in\n%s", all[i]->name, form, expected->text, text);
            }
            free(text);
        }
    }
    transcript_free_all(all, count);
    assert_true(secrets > 40);
}

static void shows_a_password_only_when_it_is_to_be_revealed(void **state)
{
    static const char DIALOGUE[] = EHLO PLAIN "S: 235 2.7.0 Ok\n" END;
    struct helo_error error = {""};
    struct transcript *transcript = transcript_parse("reveal", DIALOGUE, strlen(DIALOGUE), &error);
    (void)state;
    assert_non_null(transcript);
    for (unsigned form = 0; form < 2; form++) {
        enum helo_format format = form == 0 ? HELO_FORMAT_JSON : HELO_FORMAT_TEXT;
        char *revealed = written(transcript, format, HELO_CREDENTIALS_REVEAL);
        char *redacted = written(transcript, format, HELO_CREDENTIALS_REDACT);
        char *hashed = written(transcript, format, HELO_CREDENTIALS_HASH);
        assert_non_null(strstr(revealed, "tanstaafl"));
        assert_null(strstr(redacted, "tanstaafl"));
        assert_non_null(strstr(redacted, "alice"));
        assert_null(strstr(hashed, "tanstaafl"));
        assert_null(strstr(hashed, "alice"));
        free(revealed);
        free(redacted);
        free(hashed);
    }
    transcript_free(transcript);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reply_means_what_its_code_and_enhanced_code_say),
        cmocka_unit_test(masks_what_a_text_repeats_of_a_secret),
        cmocka_unit_test(leaves_a_text_that_repeats_nothing),
        cmocka_unit_test(shows_no_secret_of_any_transcript_in_any_form),
        cmocka_unit_test(shows_a_password_only_when_it_is_to_be_revealed),
    };
    struct CMUnitTest each[COUNT(dialogues)];
    for (size_t i = 0; i < COUNT(dialogues); i++)
        each[i] = (struct CMUnitTest){dialogues[i].name, the_dialogue_yields_what_is_expected, NULL,
                                      NULL, (void *)(uintptr_t)&dialogues[i]};
    return cmocka_run_group_tests_name("auth", tests, NULL, NULL) +
           _cmocka_run_group_tests("auth dialogues", each, COUNT(each), NULL, NULL);
}
