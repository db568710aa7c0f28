/* AUTH exchanges cut at every octet, altered at random, and without memory: nothing is read past
 * its end, nothing is made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../support/prng.h"
#include "sasl_vectors.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define ANSWER 100000u

/* Lines altered and played; HELOSCOPE_SASL_LINES says otherwise for a longer run. */
#define LINES_ALTERED 200000

static const struct play *vector_at(size_t i)
{
    if (i < COUNT(SASL_EXAMPLES))
        return &SASL_EXAMPLES[i];
    i -= COUNT(SASL_EXAMPLES);
    return i < COUNT(SASL_CAPTURED) ? &SASL_CAPTURED[i] : NULL;
}

/* Ends an exchange and looks at everything that it tells; true if it came to a name. */
static bool finish(struct sasl *sasl, struct mem *mem)
{
    static const uint8_t KEY[16] = {0};
    struct helo_auth facts = {0};
    char written[1];
    FILE *to = fmemopen(written, sizeof(written), "w");
    sasl_facts(sasl, &facts);
    play_facts(to, sasl);
    play_secret(to, sasl);
    fclose(to);
    assert_int_equal(sasl_secret_digest(sasl, KEY) != 0, facts.secret_exposed);
    bool named = facts.user_name.len > 0;
    sasl_free(sasl);
    assert_int_equal(mem_used(mem), 0);
    return named;
}

/* Plays a vector with other octets in one of its lines. */
static unsigned play_altered(struct mem *mem, const struct play *vector, size_t which,
                             struct play_octets altered, bool *named)
{
    struct sasl *sasl = play_begin(mem, vector->mechanism);
    unsigned odd = 0;
    for (size_t i = 0; i < PLAY_LINES && vector->lines[i] != NULL; i++) {
        unsigned said = play_line(sasl, vector->lines[i], i == which ? &altered : NULL);
        if (i == which)
            odd = said;
    }
    *named = finish(sasl, mem);
    return odd;
}

static void reads_lines_cut_at_every_character(void **state)
{
    const struct play *vector;
    struct mem *mem = mem_new(1u << 20, 0);
    (void)state;
    for (size_t v = 0; (vector = vector_at(v)) != NULL; v++) {
        for (size_t i = 0; i < PLAY_LINES && vector->lines[i] != NULL; i++) {
            struct play_octets line = play_octets(vector->lines[i], false);
            for (size_t len = 0; len < line.len; len++) {
                struct play_octets cut = play_exact(line.at, len);
                bool named;
                unsigned odd = play_altered(mem, vector, i, cut, &named);
                if (len % 4 != 0 && strchr("ics", vector->lines[i][0]) != NULL)
                    assert_true((odd & (SASL_LENGTH | SASL_PADDING)) != 0);
                free(cut.at);
            }
            free(line.at);
        }
    }
    mem_destroy(mem);
}

static void reads_tokens_cut_at_every_octet(void **state)
{
    const struct play *vector;
    struct mem *mem = mem_new(1u << 20, 0);
    (void)state;
    for (size_t v = 0; (vector = vector_at(v)) != NULL; v++) {
        for (size_t i = 0; i < PLAY_LINES && vector->lines[i] != NULL; i++) {
            if (strchr("ics", vector->lines[i][0]) == NULL)
                continue;
            struct play_octets token = play_octets(vector->lines[i], true);
            for (size_t len = 0; len < token.len; len++) {
                struct play_octets text = play_encode((struct play_octets){token.at, len});
                bool named;
                unsigned odd = play_altered(mem, vector, i, text, &named);
                assert_int_equal(odd & (SASL_ALPHABET | SASL_PADDING | SASL_LENGTH), 0);
                free(text.at);
            }
            free(token.at);
        }
    }
    mem_destroy(mem);
}

/* The messages whose every octet counts: cut short anywhere they are malformed, and the name in
 * them is known only if it was whole. */
static void knows_a_cut_message_for_malformed(void **state)
{
    static const struct {
        const char *mechanism;
        const char *line;
    } WHOLE[] = {
        {"CRAM-MD5", "c tim b913a602c7eda7a495b4e6e7334d3890"},
        {"DIGEST-MD5", "c response=ab,username=\"chris\""},
        {"KERBEROS_V4", "cx 040601 54455354 00"},
        {"GSSAPI", "cx 600706032a030405ff"},
        {"GSSAPI", "cx 050400ff000c00000000000000000001 999999999999999999999999"},
        {"GSS-SPNEGO", "cx 600e06062b0601050502a0043002a000"},
        {"SCRAM-SHA-1", "c n,,n=u,r="},
    };
    (void)state;
    for (size_t v = 0; v < COUNT(WHOLE); v++) {
        struct play vector = {"", WHOLE[v].mechanism, {WHOLE[v].line}, ""};
        struct play_octets token = play_octets(WHOLE[v].line, true);
        for (size_t len = 1; len <= token.len; len++) {
            struct mem *mem = mem_new(1u << 20, 0);
            struct play_octets text = play_encode((struct play_octets){token.at, len});
            bool named;
            unsigned odd = play_altered(mem, &vector, 0, text, &named);
            assert_int_equal((odd & (SASL_MALFORMED | SASL_EMPTY)) != 0, len < token.len);
            assert_false(named && len < token.len);
            free(text.at);
            mem_destroy(mem);
        }
        free(token.at);
    }
}

static void alter(struct prng *prng, struct play_octets *octets)
{
    for (uint64_t n = 1 + prng_below(prng, 4); n > 0 && octets->len > 0; n--) {
        size_t at = prng_below(prng, octets->len);
        switch (prng_below(prng, 5)) {
        case 0:
            octets->at[at] = (uint8_t)prng_next(prng);
            break;
        case 1:
            octets->at[at] ^= (uint8_t)(1u << prng_below(prng, 8));
            break;
        case 2:
            octets->at[at] = prng_one_in(prng, 2) ? 0xff : 0;
            break;
        case 3:
            memmove(octets->at + at, octets->at + at + 1, octets->len - at - 1);
            octets->len--;
            break;
        default:
            octets->len = prng_one_in(prng, 8) ? at : octets->len;
            break;
        }
    }
}

/* Another line for this one: its octets altered, before encoding or after, or another's. */
static struct play_octets altered(struct prng *prng, const char *line)
{
    bool decoded = strchr("ics", line[0]) != NULL && !prng_one_in(prng, 5);
    struct play_octets octets = play_octets(line, decoded);
    alter(prng, &octets);
    struct play_octets text = decoded ? play_encode(octets) : play_exact(octets.at, octets.len);
    free(octets.at);
    return text;
}

static void survives_lines_altered_at_random(void **state)
{
    const char *asked = getenv("HELOSCOPE_SASL_LINES");
    size_t wanted = asked != NULL ? strtoul(asked, NULL, 10) : LINES_ALTERED;
    struct mem *mem = mem_new(1u << 20, 0);
    struct prng prng = {2026};
    size_t vectors = COUNT(SASL_EXAMPLES) + COUNT(SASL_CAPTURED);
    (void)state;
    for (size_t lines = 0; lines < wanted;) {
        const struct play *vector = vector_at(prng_below(&prng, vectors));
        const struct play *names =
            prng_one_in(&prng, 16) ? vector_at(prng_below(&prng, vectors)) : vector;
        struct sasl *sasl = play_begin(mem, names->mechanism);
        for (size_t i = 0; i < PLAY_LINES && vector->lines[i] != NULL; i++, lines++) {
            struct play_octets text = altered(&prng, vector->lines[i]);
            (void)play_line(sasl, vector->lines[i], prng_one_in(&prng, 3) ? NULL : &text);
            free(text.at);
            if (prng_one_in(&prng, 32))
                sasl_gap(sasl);
        }
        (void)finish(sasl, mem);
    }
    mem_destroy(mem);
}

/* A line of the client in 100 kB: what it says at first, then more of its last octet; or, where
 * form is no Base64, the line itself. */
static struct play_octets swollen(const char *line, bool decoded)
{
    struct play_octets plain = play_octets(line, decoded);
    struct play_octets large = {malloc(ANSWER), ANSWER};
    memset(large.at, plain.len > 0 ? plain.at[plain.len - 1] : 'A', ANSWER);
    if (plain.len > 0)
        memcpy(large.at, plain.at, plain.len);
    struct play_octets text = decoded ? play_encode(large) : play_exact(large.at, large.len);
    free(plain.at);
    free(large.at);
    return text;
}

/* The decoders are given more than any server takes: they keep no more of it than their limits, and
 * get along. */
static void reads_answers_of_100_kb(void **state)
{
    const struct play *vector;
    unsigned played = 0;
    (void)state;
    for (size_t v = 0; (vector = vector_at(v)) != NULL; v++) {
        for (size_t i = 0; i < PLAY_LINES && vector->lines[i] != NULL; i++) {
            bool client = strchr("icIC", vector->lines[i][0]) != NULL;
            for (int decoded = 0; client && decoded < 2; decoded++, played++) {
                struct mem *mem = mem_new(1u << 20, 0);
                struct play_octets text = swollen(vector->lines[i], decoded != 0);
                bool named;
                (void)play_altered(mem, vector, i, text, &named);
                assert_int_equal(mem_failures(mem), 0);
                mem_destroy(mem);
                free(text.at);
            }
        }
    }
    assert_true(played > 200);
}

static void say_all(struct sasl *sasl, const struct play *vector)
{
    for (size_t i = 0; i < PLAY_LINES && vector->lines[i] != NULL; i++)
        (void)play_line(sasl, vector->lines[i], NULL);
}

/* Plays with the n-th allocation failing; false if there were not as many. */
static bool play_without(uint64_t n, const struct play *vector, const struct helo_auth *all)
{
    struct mem *mem = mem_new(1u << 20, n);
    struct helo_auth facts = {0};
    struct sasl *sasl = play_begin(mem, vector->mechanism);
    assert_int_equal(sasl == NULL, mem_failures(mem) > 0);
    if (sasl != NULL) {
        say_all(sasl, vector);
        assert_int_equal(sasl_has_failed(sasl), mem_failures(mem) > 0);
        sasl_facts(sasl, &facts);
        assert_int_equal(facts.rounds, all->rounds);
        assert_true(facts.challenge_count <= all->challenge_count);
        /* The one vector with two names has the first as the second's head. */
        assert_true(facts.user_name.len <= all->user_name.len);
        if (facts.user_name.len > 0)
            assert_memory_equal(facts.user_name.ptr, all->user_name.ptr, facts.user_name.len);
        sasl_free(sasl);
    }
    bool failed = mem_failures(mem) > 0;
    assert_int_equal(mem_used(mem), 0);
    mem_destroy(mem);
    return failed;
}

/* Every allocation fails once: what is told then is a part of what is told with memory. */
static void tells_less_but_nothing_else_without_memory(void **state)
{
    const struct play *vector;
    (void)state;
    for (size_t v = 0; (vector = vector_at(v)) != NULL; v++) {
        struct mem *plenty = mem_new(1u << 20, 0);
        struct sasl *whole = play_begin(plenty, vector->mechanism);
        struct helo_auth all = {0};
        uint64_t n = 1;
        say_all(whole, vector);
        sasl_facts(whole, &all);
        while (play_without(n, vector, &all))
            n++;
        assert_true(n > 1);
        sasl_free(whole);
        mem_destroy(plenty);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_lines_cut_at_every_character),
        cmocka_unit_test(reads_tokens_cut_at_every_octet),
        cmocka_unit_test(knows_a_cut_message_for_malformed),
        cmocka_unit_test(reads_answers_of_100_kb),
        cmocka_unit_test(survives_lines_altered_at_random),
        cmocka_unit_test(tells_less_but_nothing_else_without_memory),
    };
    return cmocka_run_group_tests_name("sasl malformed", tests, NULL, NULL);
}
