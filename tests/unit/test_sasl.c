/* AUTH exchanges: what is known of each, what becomes of the secrets, and the bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "recycled.h"
#include "sasl_vectors.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const uint8_t KEY[16] = {1, 2, 3};

static void tells_what_is_expected(void **state)
{
    const struct play *vector = *state;
    char *result = play(vector);
    assert_string_equal(result, vector->expected);
    free(result);
}

static struct sasl *play_all(struct mem *mem, const struct play *vector)
{
    struct sasl *sasl = play_begin(mem, vector->mechanism);
    for (size_t i = 0; i < PLAY_LINES && vector->lines[i] != NULL; i++)
        (void)play_line(sasl, vector->lines[i], NULL);
    return sasl;
}

/* The whole of the secret or its head in what may be written. */
static void assert_unseen(const char *written, size_t size, const uint8_t *secret, size_t len)
{
    if (len >= 4)
        assert_null(memmem(written, size, secret, len > 8 ? 8 : len));
}

static void shows_no_secret_in_any_fact(void **state)
{
    const struct play *tables[] = {SASL_EXAMPLES, SASL_CAPTURED};
    const size_t counts[] = {COUNT(SASL_EXAMPLES), COUNT(SASL_CAPTURED)};
    size_t seen = 0;
    (void)state;
    for (size_t t = 0; t < 2; t++) {
        for (size_t i = 0; i < counts[t]; i++) {
            struct mem *mem = mem_new(1u << 20, 0);
            struct sasl *sasl = play_all(mem, &tables[t][i]);
            uint8_t secret[16384];
            char *written = NULL;
            size_t size = 0;
            FILE *to = open_memstream(&written, &size);
            play_facts(to, sasl);
            fclose(to);
            size_t len = sasl_last_secret(sasl, secret, sizeof(secret));
            seen += len >= 4;
            /* A whole answer taken for a secret may begin as the name does. */
            if (strstr(tables[t][i].expected, "malformed") == NULL)
                assert_unseen(written, size, secret, len);
            free(written);
            sasl_free(sasl);
            mem_destroy(mem);
        }
    }
    assert_true(seen > 100);
}

static uint64_t digest_of(const char *mechanism, const char *first, const char *second,
                          const uint8_t *key)
{
    struct play vector = {"", mechanism, {first, second}, ""};
    struct mem *mem = mem_new(1u << 20, 0);
    struct sasl *sasl = play_all(mem, &vector);
    uint64_t digest = sasl_secret_digest(sasl, key);
    sasl_free(sasl);
    mem_destroy(mem);
    return digest;
}

static void digests_a_secret_alike_whatever_carried_it(void **state)
{
    static const uint8_t OTHER_KEY[16] = {1, 2, 4};
    uint64_t plain = digest_of("PLAIN", "i ^@tim^@tanstaaf", NULL, KEY);
    (void)state;
    assert_true(plain != 0);
    assert_true(plain == digest_of("PLAIN", "i x^@tom^@tanstaaf", NULL, KEY));
    assert_true(plain == digest_of("LOGIN", "c tim", "c tanstaaf", KEY));
    assert_true(plain == digest_of("XOAUTH2", "i user=a^Aauth=Bearer tanstaaf^A^A", NULL, KEY));
    assert_true(plain == digest_of("XOAUTH2", "i user=a^Aauth=Bearer tanstaaf^A^A", "C ", KEY));
    assert_true(plain != digest_of("PLAIN", "i ^@tim^@tanstaag", NULL, KEY));
    assert_true(plain != digest_of("PLAIN", "i ^@tim^@tanstaaf", NULL, OTHER_KEY));
}

static void digests_no_secret_that_opens_nothing_else(void **state)
{
    (void)state;
    assert_true(digest_of("PLAIN", "i ^@tim^@", NULL, KEY) == 0);
    assert_true(digest_of("LOGIN", "c tim", NULL, KEY) == 0);
    assert_true(digest_of("CRAM-MD5", "c tim b913a602c7eda7a495b4e6e7334d3890", NULL, KEY) == 0);
    assert_true(digest_of("SCRAM-SHA-1", "c c=biws,r=a,p=AAAA", NULL, KEY) == 0);
    assert_true(digest_of("OTHER", "c something", NULL, KEY) == 0);
}

static void copies_no_more_of_a_secret_than_there_is_room(void **state)
{
    struct play vector = {"", "PLAIN", {"i ^@tim^@tanstaaf"}, ""};
    struct mem *mem = mem_new(1u << 20, 0);
    struct sasl *sasl = play_all(mem, &vector);
    uint8_t *room = malloc(4);
    (void)state;
    assert_int_equal(sasl_last_secret(sasl, room, 4), 4);
    assert_memory_equal(room, "tans", 4);
    assert_int_equal(sasl_last_secret(sasl, room, 0), 0);
    free(room);
    sasl_free(sasl);
    mem_destroy(mem);
}

/* Blocks given back are recycled as they were: what a secret was in must have been wiped. Under
 * ASan nothing is recycled and this sees fresh blocks. */
static void leaves_no_secret_in_memory(void **state)
{
    static const char SECRET[] = "a-secret-of-some-length-tanstaaf";
    struct play vectors[] = {
        {"", "PLAIN", {"i ^@tim^@a-secret-of-some-length-tanstaaf"}, ""},
        {"", "LOGIN", {"c tim", "c a-secret-of-some-length-tanstaaf", "c x"}, ""},
        {"", "LOGIN", {"c tim", "C a-secret-of-some-length-tanstaaf!"}, ""},
        {"", "XOAUTH2", {"i user=a^Aauth=Bearer a-secret-of-some-length-tanstaaf^A^A", "C "}, ""},
        {"", "OTHER", {"c a-secret-of-some-length-tanstaaf"}, ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        struct mem *mem = mem_new(1u << 20, 0);
        sasl_free(play_all(mem, &vectors[i]));
        for (size_t size = 32; size <= 1024; size *= 2) {
            uint8_t *blocks[16];
            for (size_t b = 0; b < COUNT(blocks); b++) {
                blocks[b] = mem_take(mem, size);
                recycled_readable(blocks[b], size);
                /* The list of free blocks overwrites a block's first octets. */
                assert_null(memmem(blocks[b], size, SECRET + 8, 16));
            }
            for (size_t b = 0; b < COUNT(blocks); b++)
                mem_give(mem, blocks[b], size);
        }
        mem_destroy(mem);
    }
}

static void keeps_the_first_challenges_and_counts_the_rest(void **state)
{
    struct mem *mem = mem_new(1u << 20, 0);
    struct sasl *sasl = play_begin(mem, "LOGIN");
    struct helo_auth facts = {0};
    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        unsigned odd = play_line(sasl, "s Username:", NULL);
        assert_int_equal(odd, i < 2 ? 0 : SASL_TOO_MANY);
        (void)play_line(sasl, "c tim", NULL);
    }
    sasl_facts(sasl, &facts);
    assert_int_equal(facts.rounds, 1000);
    assert_int_equal(facts.challenge_count, LIMIT_SASL_CHALLENGES);
    for (uint32_t i = 0; i < facts.challenge_count; i++)
        assert_int_equal(facts.challenges[i].text.len, strlen("Username:"));
    assert_true(mem_used(mem) < 16384);
    sasl_free(sasl);
    mem_destroy(mem);
}

static void keeps_what_the_event_can_write_of_a_long_name(void **state)
{
    struct mem *mem = mem_new(1u << 20, 0);
    struct sasl *sasl = play_begin(mem, "LOGIN");
    struct helo_auth facts = {0};
    struct play_octets name = {malloc(9000), 9000};
    (void)state;
    memset(name.at, 'n', name.len);
    struct play_octets text = play_encode(name);
    assert_int_equal(play_say(sasl, 'C', text), 0);
    sasl_facts(sasl, &facts);
    assert_int_equal(facts.user_name.len, LIMIT_STRING_KEPT);
    free(text.at);
    free(name.at);
    sasl_free(sasl);
    mem_destroy(mem);
}

/* An answer of so many octets in Base64. */
static struct play_octets long_answer(const char *head, size_t size)
{
    struct play_octets start = play_octets(head, true);
    struct play_octets plain = {calloc(1, size), size};
    memcpy(plain.at, start.at, start.len);
    memset(plain.at + start.len, 'x', size - start.len);
    struct play_octets text = play_encode(plain);
    free(start.at);
    free(plain.at);
    return text;
}

static void takes_100_kB_for_a_secret_and_nothing_else(void **state)
{
    static const char *const MECHANISMS[] = {"PLAIN",       "LOGIN",     "CRAM-MD5", "DIGEST-MD5",
                                             "SCRAM-SHA-1", "NTLM",      "XOAUTH2",  "OAUTHBEARER",
                                             "EXTERNAL",    "ANONYMOUS", "GSSAPI",   "OTHER"};
    (void)state;
    for (size_t i = 0; i < COUNT(MECHANISMS); i++) {
        struct mem *mem = mem_new(1u << 20, 0);
        struct sasl *sasl = play_begin(mem, MECHANISMS[i]);
        struct helo_auth facts = {0};
        uint8_t secret[16384];
        struct play_octets text = long_answer("i ^@tim^@tanstaaf", 75000);
        assert_true((play_say(sasl, 'C', text) & SASL_OVERLONG) != 0);
        sasl_facts(sasl, &facts);
        assert_int_equal(facts.user_name.len, 0);
        assert_false(facts.secret_exposed);
        assert_int_equal(sasl_last_secret(sasl, secret, sizeof(secret)), LIMIT_SASL_LINE / 4 * 3);
        free(text.at);
        sasl_free(sasl);
        mem_destroy(mem);
    }
}

/* A ticket with all of a user's groups is longer than RFC 4954 allows, and sent all the same. */
static void reads_the_head_of_an_overlong_ticket(void **state)
{
    static const char HEAD[] =
        "ix 60 83013880 06092a864886f712010202 0100 6e 8301386f 30 8301386a a003020105 a10302010e "
        "a20703050000000000 a3 83013854 61 8301384f 30 8301384a a003020105 a109 1b074558414d504c45 "
        "a213 3011 a003020101 a10a 3008 1b0473 6d7470 1b0061 a3 83013820";
    struct mem *mem = mem_new(1u << 20, 0);
    struct sasl *sasl = play_begin(mem, "GSSAPI");
    struct sasl_details details;
    struct play_octets text = long_answer(HEAD, 80000);
    (void)state;
    assert_int_equal(play_say(sasl, 'I', text), SASL_OVERLONG);
    sasl_details(sasl, &details);
    assert_int_equal(details.realm.len, strlen("EXAMPLE"));
    assert_memory_equal(details.realm.ptr, "EXAMPLE", details.realm.len);
    assert_int_equal(details.service.len, strlen("smtp/"));
    assert_memory_equal(details.service.ptr, "smtp/", details.service.len);
    free(text.at);
    sasl_free(sasl);
    mem_destroy(mem);
}

static void keeps_latencies_and_leaves_unknown_ones_out(void **state)
{
    struct mem *mem = mem_new(1u << 20, 0);
    struct sasl *sasl = play_begin(mem, "LOGIN");
    struct helo_auth facts = {0};
    (void)state;
    (void)sasl_challenge(sasl, (struct helo_slice){NULL, 0}, 42);
    (void)sasl_challenge(sasl, (struct helo_slice){NULL, 0}, -1);
    (void)sasl_challenge(sasl, (struct helo_slice){NULL, 0}, 0);
    sasl_facts(sasl, &facts);
    assert_true(facts.challenges[0].has_latency);
    assert_true(facts.challenges[0].latency == 42);
    assert_false(facts.challenges[1].has_latency);
    assert_true(facts.challenges[2].has_latency);
    sasl_free(sasl);
    mem_destroy(mem);
}

static int run_vectors(const char *name, const struct play *vectors, size_t count)
{
    struct CMUnitTest *tests = calloc(count, sizeof(*tests));
    for (size_t i = 0; i < count; i++) {
        struct play *vector = malloc(sizeof(*vector));
        *vector = vectors[i];
        tests[i].name = vector->name;
        tests[i].test_func = tells_what_is_expected;
        tests[i].initial_state = vector;
    }
    int failed = _cmocka_run_group_tests(name, tests, count, NULL, NULL);
    for (size_t i = 0; i < count; i++)
        free(tests[i].initial_state);
    free(tests);
    return failed;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_no_secret_in_any_fact),
        cmocka_unit_test(digests_a_secret_alike_whatever_carried_it),
        cmocka_unit_test(digests_no_secret_that_opens_nothing_else),
        cmocka_unit_test(copies_no_more_of_a_secret_than_there_is_room),
        cmocka_unit_test(leaves_no_secret_in_memory),
        cmocka_unit_test(keeps_the_first_challenges_and_counts_the_rest),
        cmocka_unit_test(keeps_what_the_event_can_write_of_a_long_name),
        cmocka_unit_test(takes_100_kB_for_a_secret_and_nothing_else),
        cmocka_unit_test(reads_the_head_of_an_overlong_ticket),
        cmocka_unit_test(keeps_latencies_and_leaves_unknown_ones_out),
    };
    int failed = run_vectors("sasl examples", SASL_EXAMPLES, COUNT(SASL_EXAMPLES));
    failed += run_vectors("sasl captured", SASL_CAPTURED, COUNT(SASL_CAPTURED));
    return failed + cmocka_run_group_tests_name("sasl", tests, NULL, NULL);
}
