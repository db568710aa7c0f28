/* Names hashed wherever an event has them; the digests are those of `openssl dgst -hmac`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "report/credentials.h"
#include "report/hide.h"
#include "sample_events.h"

#define KEY "0123456789abcdef"

/* What stands for a name in the tables below. */
static const struct {
    char letter;
    const char *name;
    const char *hashed;
} NAMES[] = {
    {'A', "alice", "hmac-sha256:fdbf8b1cacd3d578e062d0e41104357d06aa63eca39f80b6fd7c83afedf1d44a"},
    {'O', "alice@example.org",
     "hmac-sha256:bc55b6f5fdc8ddc19d55842db3456c44fab6167acadac9cb71deb86ee883fd8d"},
    {'M', "e=mc2@example.com",
     "hmac-sha256:67371716b2a241aea836629353c406708882e127bd1d20958db0b5983b9b6f0b"},
    {'B', "bob", "hmac-sha256:6f32117ae2bc2046c803f82251013549cecfd9b07f3a94b4aa49fba3540e4cb0"},
    {'D', "example",
     "hmac-sha256:cc98da1b6ddcd796bfc964c4a4b46a288691245e2752c514644270726fc89d1e"},
};

struct fixture {
    struct mem *mem;
    struct credentials *credentials;
    struct hide hide;
    uint8_t *room;
    char expected[4096];
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    f->mem = mem_new(1 << 20, 0);
    f->credentials =
        credentials_new(f->mem, HELO_CREDENTIALS_HASH, (const uint8_t *)KEY, strlen(KEY));
    f->room = malloc(LIMIT_HIDE_ROOM);
    f->hide = (struct hide){.key = (const uint8_t *)KEY,
                            .key_len = strlen(KEY),
                            .room = f->room,
                            .size = LIMIT_HIDE_ROOM};
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    credentials_free(f->credentials);
    assert_int_equal(mem_used(f->mem), 0);
    mem_destroy(f->mem);
    free(f->room);
    free(f);
    return 0;
}

/* The pattern with a hash for each capital behind a dollar. */
static const char *expand(struct fixture *f, const char *pattern)
{
    char *to = f->expected;

    for (; *pattern != '\0'; pattern++) {
        if (*pattern != '$') {
            *to++ = *pattern;
            continue;
        }
        pattern++;
        for (size_t i = 0; i < COUNT(NAMES); i++)
            if (NAMES[i].letter == *pattern)
                to += sprintf(to, "%s", NAMES[i].hashed);
    }
    *to = '\0';
    return f->expected;
}

static void assert_text(struct fixture *f, struct helo_slice text, const char *pattern)
{
    const char *expected = expand(f, pattern);

    if (text.len != strlen(expected) || (text.len > 0 && memcmp(text.ptr, expected, text.len) != 0))
        fail_msg("'%.*s' is not '%s'", (int)text.len, (const char *)text.ptr, expected);
}

/* A copy of exactly its size, so that nothing past it can be read. */
static struct helo_slice exact(const char *text)
{
    size_t len = strlen(text);
    uint8_t *copy = malloc(len > 0 ? len : 1);
    memcpy(copy, text, len);
    return (struct helo_slice){copy, len};
}

static void give_back(struct helo_slice text)
{
    free((void *)(uintptr_t)text.ptr);
}

static void a_name_becomes_the_keyed_hash_of_its_lower_case(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(NAMES); i++) {
        struct helo_slice name = exact(NAMES[i].name);
        struct helo_slice hashed = hide_name(&f->hide, name);
        assert_int_equal(hashed.len, strlen(NAMES[i].hashed));
        assert_memory_equal(hashed.ptr, NAMES[i].hashed, hashed.len);
        give_back(name);
    }
    assert_text(f, hide_name(&f->hide, (struct helo_slice)SLICE("aLiCe")), "$A");
    assert_text(f, hide_name(&f->hide, (struct helo_slice){NULL, 0}), "");
}

static void an_umlaut_keeps_its_case_and_another_key_makes_another_hash(void **state)
{
    struct fixture *f = *state;
    struct helo_slice small = hide_name(&f->hide, (struct helo_slice)SLICE("\xc3\xa4"));
    struct helo_slice large = hide_name(&f->hide, (struct helo_slice)SLICE("\xc3\x84"));

    assert_memory_not_equal(small.ptr, large.ptr, small.len);
    f->hide.key = (const uint8_t *)"0123456789abcdeg";
    struct helo_slice other = hide_name(&f->hide, (struct helo_slice)SLICE("\xc3\xa4"));
    assert_memory_not_equal(small.ptr, other.ptr, small.len);
}

static void names_in_text_are_found_in_any_case_the_longest_first(void **state)
{
    static const struct {
        const char *name;
        const char *text;
        const char *out;
    } CASES[] = {
        {"alice", "", ""},
        {"", "nobody", "nobody"},
        {"alice", "no such name", "no such name"},
        {"alice", "alice", "$A"},
        {"alice", "5.7.8 Alice: no (ALICE@mx)", "5.7.8 $A: no ($A@mx)"},
        {"alice", "alicealice", "$A$A"},
        {"alice", "malices", "m$As"},
        {"alice", "alic", "alic"},
        {"alice", "user=alice\nbye alice", "user=$A\nbye $A"},
        {"alice@example.org", "alice@EXAMPLE.org failed, alice!", "$O failed, $A!"},
        {"EXAMPLE\\alice", "alice is unknown", "$A is unknown"},
        {"bob", "bob kebobs bobs Bob.", "$B kebobs bobs $B."},
        {"bob",
         "\xc3\xa9"
         "bob",
         "\xc3\xa9"
         "bob"},
        {"bob", "bob", "$B"},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct helo_slice name = exact(CASES[i].name);
        struct helo_slice text = exact(CASES[i].text);
        struct hide_names names = {.count = 0};
        hide_add(&names, name);
        f->hide.used = 0;
        assert_text(f, hide_text(&f->hide, text, &names), CASES[i].out);
        give_back(name);
        give_back(text);
    }
}

static void the_beginning_of_a_name_at_the_end_of_a_cut_text_is_hidden(void **state)
{
    struct fixture *f = *state;
    struct hide_names names = {.count = 0};
    char text[LIMIT_STRING_KEPT + 1];

    hide_add(&names, (struct helo_slice)SLICE("alice"));
    memset(text, '.', sizeof(text));
    memcpy(text + LIMIT_STRING_KEPT - 3, "Ali", 4);
    struct helo_slice cut = exact(text);
    struct helo_slice hidden = hide_text(&f->hide, cut, &names);
    assert_int_equal(hidden.len, LIMIT_STRING_KEPT);
    assert_memory_equal(hidden.ptr + LIMIT_STRING_KEPT - 4, ".hma", 4);
    give_back(cut);
    struct helo_slice whole = exact(text + 1);
    hidden = hide_text(&f->hide, whole, &names);
    assert_ptr_equal(hidden.ptr, whole.ptr);
    give_back(whole);
}

static void arguments_have_the_values_of_auth_and_login_hashed(void **state)
{
    static const struct {
        const char *in;
        const char *out;
    } CASES[] = {
        {"", ""},
        {"FROM:<alice@example.org>", "FROM:<alice@example.org>"},
        {"FROM:<a@b> AUTH=alice@example.org SIZE=1", "FROM:<a@b> AUTH=$O SIZE=1"},
        {"FROM:<a@b> auth=ALICE", "FROM:<a@b> auth=$A"},
        {"FROM:<a@b>\tAUTH=alice\tSIZE=1", "FROM:<a@b>\tAUTH=$A\tSIZE=1"},
        {"FROM:<a@b> AUTH=e+3Dmc2@example.com", "FROM:<a@b> AUTH=$M"},
        {"FROM:<a@b> AUTH=e+3dmc2@example.com", "FROM:<a@b> AUTH=$M"},
        {"FROM:<a@b> AUTH=<>", "FROM:<a@b> AUTH=<>"},
        {"FROM:<a@b> AUTH=", "FROM:<a@b> AUTH="},
        {"FROM:<a@b> XAUTH=alice AUTHX=alice", "FROM:<a@b> XAUTH=alice AUTHX=alice"},
        {"AUTH=alice", "AUTH=$A"},
        {"AUTH=alice AUTH=bob", "AUTH=$A AUTH=$B"},
        {"NAME=c.example ADDR=192.0.2.1 LOGIN=alice", "NAME=c.example ADDR=192.0.2.1 LOGIN=$A"},
        {"LOGIN=[UNAVAILABLE] PROTO=ESMTP", "LOGIN=[UNAVAILABLE] PROTO=ESMTP"},
        {"LOGIN=[tempunavail]", "LOGIN=[tempunavail]"},
        {"AUT", "AUT"},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct helo_slice in = exact(CASES[i].in);
        struct hide_names names = {.count = 0};
        f->hide.used = 0;
        assert_text(f, hide_arguments(&f->hide, in, &names), CASES[i].out);
        give_back(in);
    }
}

static void a_plus_that_begins_no_octet_stays(void **state)
{
    static const char *const SAME[][2] = {
        {"a+b", "a+b"}, {"a+", "a+"},   {"a+3", "a+3"},   {"a+3g", "a+3g"},
        {"a+2B", "a+"}, {"+2Bx", "+x"}, {"a+g1", "a+g1"},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(SAME); i++) {
        struct hide_names names = {.count = 0};
        struct helo_slice value = exact(SAME[i][0]);
        struct helo_slice plain = exact(SAME[i][1]);
        struct helo_slice hashed = hide_xtext(&f->hide, value, &names);
        struct helo_slice wanted = hide_name(&f->hide, plain);
        assert_int_equal(hashed.len, wanted.len);
        assert_memory_equal(hashed.ptr, wanted.ptr, wanted.len);
        assert_int_equal(names.count, 1);
        give_back(value);
        give_back(plain);
    }
}

static void what_there_is_no_room_for_is_left_out(void **state)
{
    static const size_t ROOMS[] = {0, 16, 75, LIMIT_STRING_KEPT - 1, LIMIT_STRING_KEPT + 16};
    struct fixture *f = *state;
    struct helo_slice name = SLICE("alice");
    struct helo_slice text = SLICE("AUTH=alice alice");
    struct hide_names names = {.count = 0};
    hide_add(&names, name);

    for (size_t i = 0; i < COUNT(ROOMS); i++) {
        uint8_t *room = malloc(ROOMS[i] + 1);
        struct hide small = {f->hide.key, f->hide.key_len, room, ROOMS[i], 0};
        struct helo_slice out = hide_text(&small, text, &names);
        assert_null(out.len == 0 ? NULL : memmem(out.ptr, out.len, "alice", 5));
        small.used = 0;
        struct hide_names found = {.count = 0};
        out = hide_arguments(&small, (struct helo_slice){text.ptr, 10}, &found);
        assert_null(out.len == 0 ? NULL : memmem(out.ptr, out.len, "alice", 5));
        free(room);
    }
}

static void an_auth_event_has_hashes_for_names_and_no_secret(void **state)
{
    struct fixture *f = *state;
    struct helo_event event = sample_event(HELO_DATASET_AUTH);
    const struct helo_event *hidden = credentials_apply(f->credentials, &event);
    const struct helo_auth *auth = hidden->of.auth;

    assert_text(f, auth->user_name, "$A");
    assert_text(f, auth->user_domain, "$D");
    assert_text(f, auth->authzid, "$B");
    assert_text(f, auth->reply.text, "5.7.8 $A may not be $B");
    assert_int_equal(auth->challenge_count, 2);
    assert_text(f, auth->challenges[0].text, "Username:");
    assert_true(auth->challenges[0].has_latency);
    assert_text(f, auth->challenges[1].text, "Password for $A:");
    assert_int_equal(auth->secret.len, 0);
    assert_int_equal(hidden->number, event.number);
    assert_string_equal((const char *)event.of.auth->user_name.ptr, "Alice");
}

static void an_oauth_error_hides_the_name_in_status_and_scope(void **state)
{
    struct fixture *f = *state;
    struct helo_challenge challenge = {
        .kind = HELO_CHALLENGE_ERROR,
        .status = SLICE("no alice"),
        .scope = SLICE("mail:Alice"),
    };
    struct helo_auth auth = {
        .user_name = SLICE("alice"),
        .challenges = &challenge,
        .challenge_count = 1,
    };
    struct helo_event event = {.dataset = HELO_DATASET_AUTH, .of.auth = &auth};

    const struct helo_auth *hidden = credentials_apply(f->credentials, &event)->of.auth;
    assert_text(f, hidden->challenges[0].status, "no $A");
    assert_text(f, hidden->challenges[0].scope, "mail:$A");
}

static void a_message_hides_auth_and_who_is_logged_in(void **state)
{
    static const struct helo_parameter PARAMETERS[] = {
        {SLICE("SIZE"), true, SLICE("10")},
        {SLICE("Auth"), true, SLICE("e+3Dmc2@example.com")},
        {SLICE("AUTHX"), true, SLICE("carol")},
        {SLICE("AUTH"), false, {NULL, 0}},
        {SLICE("ENVID"), true, SLICE("id+2Dof-+41lice")},
    };
    struct fixture *f = *state;
    struct helo_connection connection = SAMPLE_CONNECTION;
    struct helo_message message = SAMPLE_MESSAGE;
    struct helo_event event = sample_event(HELO_DATASET_MESSAGE);

    connection.user = (struct helo_slice)SLICE("alice");
    message.parameters = PARAMETERS;
    message.parameter_count = COUNT(PARAMETERS);
    message.reply.text = (struct helo_slice)SLICE("Alice is over quota, E=MC2@example.com");
    event.connection = &connection;
    event.of.message = &message;
    const struct helo_message *hidden = credentials_apply(f->credentials, &event)->of.message;
    assert_int_equal(hidden->parameter_count, COUNT(PARAMETERS));
    assert_text(f, hidden->parameters[0].value, "10");
    assert_text(f, hidden->parameters[1].value, "$M");
    assert_text(f, hidden->parameters[2].value, "carol");
    assert_int_equal(hidden->parameters[3].value.len, 0);
    assert_text(f, hidden->parameters[4].value, "id-of-$A");
    assert_text(f, hidden->reply.text, "$A is over quota, $M");
    assert_text(f, hidden->mail_from, "a@client.example");
}

static void exchanges_and_sessions_hide_who_is_logged_in(void **state)
{
    struct fixture *f = *state;
    struct helo_connection connection = SAMPLE_CONNECTION;
    struct helo_exchange exchange = SAMPLE_EXCHANGE;
    struct helo_session session = SAMPLE_SESSION;
    struct helo_event event = sample_event(HELO_DATASET_EXCHANGE);

    connection.user = (struct helo_slice)SLICE("alice");
    event.connection = &connection;
    exchange.argument = (struct helo_slice)SLICE("FROM:<> AUTH=bob");
    exchange.reply.text = (struct helo_slice)SLICE("2.1.0 hello Alice, not bob");
    event.of.exchange = &exchange;
    const struct helo_event *hidden = credentials_apply(f->credentials, &event);
    assert_text(f, hidden->of.exchange->argument, "FROM:<> AUTH=$B");
    assert_text(f, hidden->of.exchange->reply.text, "2.1.0 hello $A, not $B");
    assert_text(f, hidden->of.exchange->verb, "MAIL");

    exchange.reply = (struct helo_reply){.code = 334, .text = SLICE("UGFzc3dvcmQ6"), .lines = 1};
    hidden = credentials_apply(f->credentials, &event);
    assert_int_equal(hidden->of.exchange->reply.code, 334);
    assert_int_equal(hidden->of.exchange->reply.text.len, 0);

    session.close_reply_text = (struct helo_slice)SLICE("bye, Alice");
    event.dataset = HELO_DATASET_SESSION;
    event.of.session = &session;
    hidden = credentials_apply(f->credentials, &event);
    assert_text(f, hidden->of.session->close_reply_text, "bye, $A");
    assert_text(f, hidden->of.session->helo, "client.example");
}

static void an_event_as_large_as_they_come_has_room(void **state)
{
    struct fixture *f = *state;
    struct helo_parameter parameters[LIMIT_LIST];
    struct helo_challenge challenges[LIMIT_SASL_CHALLENGES];
    char text[LIMIT_STRING_KEPT + 1];
    struct helo_slice value = SLICE("alice");
    struct helo_message message = {.parameters = parameters, .parameter_count = LIMIT_LIST};
    struct helo_event event = {.dataset = HELO_DATASET_MESSAGE, .of.message = &message};

    for (size_t i = 0; i < LIMIT_LIST; i++)
        parameters[i] = (struct helo_parameter){SLICE("AUTH"), true, value};
    message.reply.text = value;
    const struct helo_message *hidden = credentials_apply(f->credentials, &event)->of.message;
    assert_int_equal(hidden->parameter_count, LIMIT_LIST);
    assert_text(f, hidden->parameters[LIMIT_LIST - 1].value, "$A");
    assert_text(f, hidden->reply.text, "$A");

    memset(text, ' ', sizeof(text));
    memcpy(text + 100, "alice", 5);
    struct helo_slice wide = {(const uint8_t *)text, LIMIT_STRING_KEPT};
    struct helo_auth auth = {.user_name = value, .user_domain = value, .authzid = value};
    auth.challenges = challenges;
    auth.challenge_count = LIMIT_SASL_CHALLENGES;
    auth.reply.text = wide;
    for (size_t i = 0; i < LIMIT_SASL_CHALLENGES; i++)
        challenges[i] = (struct helo_challenge){.text = wide, .status = wide, .scope = wide};
    event = (struct helo_event){.dataset = HELO_DATASET_AUTH, .of.auth = &auth};
    const struct helo_auth *all = credentials_apply(f->credentials, &event)->of.auth;
    assert_int_equal(all->challenge_count, LIMIT_SASL_CHALLENGES);
    assert_int_equal(all->challenges[LIMIT_SASL_CHALLENGES - 1].scope.len, LIMIT_STRING_KEPT);
    assert_memory_equal(all->challenges[LIMIT_SASL_CHALLENGES - 1].scope.ptr + 100, "hmac", 4);
}

static void without_hashing_names_stay_and_only_reveal_has_the_secret(void **state)
{
    struct fixture *f = *state;
    struct helo_event event = sample_event(HELO_DATASET_AUTH);

    for (int mode = HELO_CREDENTIALS_REDACT; mode <= HELO_CREDENTIALS_REVEAL;
         mode += HELO_CREDENTIALS_REVEAL) {
        struct credentials *credentials =
            credentials_new(f->mem, (enum helo_credentials)mode, NULL, 0);
        const struct helo_auth *auth = credentials_apply(credentials, &event)->of.auth;
        assert_text(f, auth->user_name, "Alice");
        assert_text(f, auth->reply.text, "5.7.8 ALICE may not be bob");
        assert_text(f, auth->secret, mode == HELO_CREDENTIALS_REVEAL ? "hunter2" : "");
        credentials_free(credentials);
    }
}

static void without_memory_there_is_no_object(void **state)
{
    (void)state;
    for (uint64_t nth = 1; nth <= 3; nth++) {
        struct mem *mem = mem_new(1 << 20, nth);
        struct credentials *credentials =
            credentials_new(mem, HELO_CREDENTIALS_HASH, (const uint8_t *)KEY, strlen(KEY));
        assert_int_equal(credentials != NULL, nth == 3);
        credentials_free(credentials);
        assert_int_equal(mem_used(mem), 0);
        mem_destroy(mem);
    }
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_name_becomes_the_keyed_hash_of_its_lower_case),
        TEST(an_umlaut_keeps_its_case_and_another_key_makes_another_hash),
        TEST(names_in_text_are_found_in_any_case_the_longest_first),
        TEST(the_beginning_of_a_name_at_the_end_of_a_cut_text_is_hidden),
        TEST(arguments_have_the_values_of_auth_and_login_hashed),
        TEST(a_plus_that_begins_no_octet_stays),
        TEST(what_there_is_no_room_for_is_left_out),
        TEST(an_auth_event_has_hashes_for_names_and_no_secret),
        TEST(an_oauth_error_hides_the_name_in_status_and_scope),
        TEST(a_message_hides_auth_and_who_is_logged_in),
        TEST(exchanges_and_sessions_hide_who_is_logged_in),
        TEST(an_event_as_large_as_they_come_has_room),
        TEST(without_hashing_names_stay_and_only_reveal_has_the_secret),
        TEST(without_memory_there_is_no_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
