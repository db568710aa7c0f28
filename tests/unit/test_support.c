/* The test code's own tests: JSON reader, transcripts, segments, impairments, comparisons. */
#include <stdio.h>
#include <string.h>

#include "../support/frame.h"
#include "../support/impair.h"
#include "../support/meaning.h"
#include "../support/truth.h"
#include "../support/wanted.h"
#include "decode/decode.h"
#include "group.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static struct jtree *tree(const char *text)
{
    return jtree_parse(text, strlen(text));
}

static void json_reader_takes_json_and_nothing_else(void **state)
{
    static const char *const good[] = {
        "{}", "[]", " {\"a\" : [1, -2.5e+3, true, false, null, \"\\u00e9\\n\\ud83d\\ude00\"]} ",
        "0", "\"\""};
    static const char *const bad[] = {"",
                                      "{",
                                      "{\"a\":1,}",
                                      "[1 2]",
                                      "01",
                                      "1.",
                                      "\"\n\"",
                                      "\"\\x\"",
                                      "{\"a\":1 \"b\":2}",
                                      "{a:1}",
                                      "nul",
                                      "\"\\ud83d\"",
                                      "{\"a\":1,\"a\":2}",
                                      "{} {}",
                                      "\"open",
                                      "[1,2",
                                      "-",
                                      "\"\\u12\"",
                                      "[1]]",
                                      "'a'"};
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        struct jtree *value = tree(good[i]);
        assert_non_null(value);
        jtree_free(value);
    }
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_null(tree(bad[i]));
}

static void json_strings_are_unescaped(void **state)
{
    (void)state;
    struct jtree *value = tree("{\"a\":{\"b\":\"\\u00e9\\t\\ud83d\\ude00\\u0000x\"},\"n\":42}");
    assert_string_equal(jtree_text(value, "a.b"), "\xc3\xa9\t\xf0\x9f\x98\x80");
    assert_int_equal(jtree_at(value, "a.b")->length, 9);
    assert_int_equal(jtree_integer(value, "n"), 42);
    assert_null(jtree_at(value, "a.c"));
    assert_null(jtree_at(value, "n.c"));
    static const char *const without[] = {"a.b", "x"};
    char *written = jtree_write_without(value, without, COUNT(without));
    assert_string_equal(written, "{\"a\":{},\"n\":42}");
    free(written);
    jtree_free(value);
}

static void json_is_written_as_it_was_read(void **state)
{
    static const char text[] =
        "{\"a\":[1,{\"b\":\"x\\\"\\\\\\u000ay\"},[],{}],\"c\":null,\"d\":true}";
    (void)state;
    struct jtree *value = tree(text);
    char *written = jtree_write(value);
    assert_string_equal(written, text);
    free(written);
    jtree_free(value);
}

static void json_covers_what_is_asked_for(void **state)
{
    static const struct {
        const char *actual, *wanted;
        bool covers;
    } table[] = {
        {"{\"a\":{\"b\":1,\"c\":2}}", "{\"a.b\":1}", true},
        {"{\"a\":{\"b\":1,\"c\":2}}", "{\"a\":{\"c\":2}}", true},
        {"{\"a\":{\"b\":1}}", "{\"a.b\":2}", false},
        {"{\"a\":{\"b\":1}}", "{\"a.b\":\"1\"}", false},
        {"{\"a\":{\"b\":1}}", "{\"a.c\":null}", true},
        {"{\"a\":{\"b\":1}}", "{\"a.b\":null}", false},
        {"{\"a\":[1,2]}", "{\"a\":[1]}", false},
        {"{\"a\":[1]}", "{\"a\":[1,2]}", false},
        {"{\"a\":[{\"x\":1,\"y\":2}]}", "{\"a\":[{\"y\":2,\"z\":null}]}", true},
        {"{\"a\":true}", "{\"a\":false}", false},
        {"{}", "{\"a\":[]}", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        struct jtree *actual = tree(table[i].actual), *wanted = tree(table[i].wanted);
        assert_int_equal(jtree_covers(actual, wanted), table[i].covers);
        jtree_free(actual);
        jtree_free(wanted);
    }
}

static void transcript_mistakes_name_their_line(void **state)
{
    static const struct {
        const char *text, *reason;
    } table[] = {
        {"S: 220 x\nHELLO\n", "t:2: unknown word HELLO"},
        {"C> \\q\n", "t:1: unknown escape"},
        {"C> \\x4\n", "t:1: unknown escape"},
        {"WAIT 5\n", "t:1: a time is a number and us, ms, s or m"},
        {"FIN X\n", "t:1: the side is C or S"},
        {"GAP C\n", "t:1: a gap has octets"},
        {"CLIENT 1.2.3:5\n", "t:1: an end is ADDRESS:PORT"},
        {"CLIENT [2001:db8::1]:25\n", "t:1: one end is IPv4, the other IPv6"},
        {"EXPECT session {\"a\":}\n", "t:1: not a JSON object"},
        {"C*0: x\n", "t:1: so many times?"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        struct helo_error error = {""};
        assert_null(transcript_parse("t", table[i].text, strlen(table[i].text), &error));
        assert_string_equal(error.message, table[i].reason);
    }
}

static struct transcript *parse(const char *text)
{
    struct helo_error error = {""};
    struct transcript *t = transcript_parse("t", text, strlen(text), &error);
    if (t == NULL)
        fail_msg("%s", error.message);
    return t;
}

static void lines_become_streams(void **state)
{
    (void)state;
    struct transcript *t = parse("S: 220 hi\nC*2: NOOP {n}\nC> a\\x00\\\\\nS*3> ab\n");
    struct synth *synth = synth_make(t);
    assert_int_equal(synth->stream[HELO_CLIENT].length, 19);
    assert_memory_equal(synth->stream[HELO_CLIENT].bytes, "NOOP 1\r\nNOOP 2\r\na\0\\", 19);
    assert_int_equal(synth->stream[HELO_SERVER].length, 14);
    assert_memory_equal(synth->stream[HELO_SERVER].bytes, "220 hi\r\nababab", 14);
    synth_free(synth);
    transcript_free(t);
}

/* One line per segment: side, flags, seq, ack, length. */
static char *listing(const struct synth *synth)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    for (size_t i = 0; i < synth->count; i++) {
        const struct synth_segment *s = &synth->segments[i];
        fprintf(out, "%c%02x %u %u %u\n", s->side == HELO_CLIENT ? 'C' : 'S', s->flags, s->seq,
                s->ack, s->length);
    }
    fclose(out);
    return text;
}

static void segments_acknowledge_what_has_arrived(void **state)
{
    static const struct {
        const char *text, *segments;
    } table[] = {
        {"S: 220\nC: NOOP\nS: 250\nFIN S\nFIN C\n",
         "C02 0 0 0\nS12 0 1 0\nC10 1 1 0\nS18 1 1 5\nC18 1 6 6\nS18 6 7 5\n"
         "S11 11 7 0\nC11 7 12 0\nS10 12 8 0\n"},
        {"S: 220\nC: A\nSPLIT\nC: B\nCROSS 1\nS: 1\n",
         "C02 0 0 0\nS12 0 1 0\nC10 1 1 0\nS18 1 1 5\nC18 1 6 3\nC18 4 6 3\nS18 6 4 3\n"},
        {"S: 220\nC: A\nCROSS\nS: 1\nWAIT 1s\nC: B\n",
         "C02 0 0 0\nS12 0 1 0\nC10 1 1 0\nS18 1 1 5\nC18 1 6 3\nS18 6 1 3\n"
         "C10 4 9 0\nS10 9 4 0\nC18 4 9 3\n"},
        {"GAP S 2\nS: 220\nC: A\nRST C\n",
         "C02 0 0 0\nS12 0 1 0\nC10 1 1 0\nS18 3 1 3\nC18 1 6 3\nC14 4 6 0\n"},
        {"MIDSTREAM\nC: A\nS: 1\n", "C18 1 1 3\nS18 1 4 3\n"},
        {"ONLY S\nC: A\nS: 1\n", "S12 0 1 0\nS18 1 4 3\n"},
        {"C*3000> x\nS: 1\n", "C02 0 0 0\nS12 0 1 0\nC10 1 1 0\nC10 1 1 1460\nC10 1461 1 1460\n"
                              "S10 1 2921 0\nC18 2921 1 80\nS18 1 3001 3\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        struct transcript *t = parse(table[i].text);
        struct synth *synth = synth_make(t);
        char *text = listing(synth);
        assert_string_equal(text, table[i].segments);
        free(text);
        synth_free(synth);
        transcript_free(t);
    }
}

static void sorting_keeps_the_order_of_equals(void **state)
{
    (void)state;
    struct synth synth = {.count = 0};
    struct prng prng = {7};
    for (uint32_t i = 0; i < 1000; i++) {
        struct synth_segment s = {.time = (helo_time)prng_below(&prng, 50), .seq = i};
        synth_add(&synth, &s);
    }
    synth_sort(&synth);
    for (size_t i = 1; i < synth.count; i++) {
        const struct synth_segment *a = &synth.segments[i - 1], *b = &synth.segments[i];
        assert_true(a->time < b->time || (a->time == b->time && a->seq < b->seq));
    }
    free(synth.segments);
}

/* Decodes frames and holds them against the segment that they were made from. */
struct decoding {
    struct decoder *decoder;
    const struct synth *synth;
    const struct synth_segment *segment;
    unsigned whole;
};

static void decode_frame(void *context, const uint8_t *frame, uint32_t length, helo_time time)
{
    struct decoding *d = context;
    const struct synth_segment *s = d->segment;
    struct helo_packet packet = {
        .time = time, .data = frame, .captured = length, .length = length, .link_type = 1};
    struct segment got;
    enum helo_undecodable reason;
    enum decode_result result = decode_packet(d->decoder, &packet, time, &got, &reason);
    if (result == DECODE_FRAGMENT)
        return;
    assert_int_equal(result, DECODE_SEGMENT);
    d->whole++;
    enum helo_side peer = s->side == HELO_CLIENT ? HELO_SERVER : HELO_CLIENT;
    assert_int_equal(got.source_port, d->synth->end[s->side].port);
    assert_int_equal(got.flags, s->flags);
    assert_int_equal(got.seq, d->synth->isn[s->side] + s->seq);
    if ((s->flags & SYNTH_ACK) != 0)
        assert_int_equal(got.ack, d->synth->isn[peer] + s->ack);
    assert_int_equal(got.window, s->window);
    assert_int_equal(got.window_scale, (s->flags & SYNTH_SYN) != 0 ? SYNTH_SCALE : -1);
    assert_int_equal(got.payload_len, s->length);
    if (s->length > 0)
        assert_memory_equal(got.payload, s->data, s->length);
}

static void decode_all(const struct synth *synth)
{
    struct mem *mem = mem_new(64u << 20, 0);
    struct decoding d = {.decoder = decoder_new(mem, true), .synth = synth};
    for (size_t i = 0; i < synth->count; i++) {
        d.segment = &synth->segments[i];
        frame_make(synth, d.segment, (uint16_t)i, decode_frame, &d);
    }
    assert_int_equal(d.whole, synth->count);
    decoder_free(d.decoder);
    mem_destroy(mem);
}

/* True if every octet that the clean segments hold is in the variant, and no other one. */
static size_t octets_missing(const struct synth *clean, const struct synth *variant)
{
    size_t missing = 0;
    for (int side = 0; side < HELO_SIDES; side++) {
        const struct synth_stream *stream = &clean->stream[side];
        bool *seen = grow_take(stream->length);
        for (size_t i = 0; i < variant->count; i++) {
            const struct synth_segment *s = &variant->segments[i];
            if (s->side != (enum helo_side)side || s->length == 0 || s->data == variant->garbage ||
                s->data == clean->garbage)
                continue;
            assert_memory_equal(s->data, stream->bytes + (s->seq - 1), s->length);
            memset(seen + (s->seq - 1), true, s->length);
        }
        for (size_t i = 0; i < clean->count; i++) {
            const struct synth_segment *s = &clean->segments[i];
            for (uint32_t k = 0; k < s->length && s->side == (enum helo_side)side; k++)
                missing += seen[s->seq - 1 + k] ? 0 : 1;
        }
        for (uint32_t k = 0; k < stream->length; k++)
            assert_false(seen[k] && stream->lost[k]);
        free(seen);
    }
    return missing;
}

static void impaired_segments_say_the_same(void **state)
{
    const struct transcript *t = *state;
    struct synth *clean = synth_make(t);
    decode_all(clean);
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct impaired variant = impair_make(t, clean, seed);
        assert_int_equal(octets_missing(clean, variant.synth), 0);
        decode_all(variant.synth);
        impair_free(&variant);
    }
    struct impaired bytes = impair_cut_bytes(clean);
    assert_int_equal(octets_missing(clean, bytes.synth), 0);
    impair_free(&bytes);
    synth_free(clean);
}

static void lossy_segments_say_less(void **state)
{
    const struct transcript *t = *state;
    struct synth *clean = synth_make(t);
    unsigned lossy = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct impaired variant = impair_lose(t, clean, seed);
        lossy += octets_missing(clean, variant.synth) > 0 ? 1 : 0;
        impair_free(&variant);
    }
    assert_true(lossy >= 5);
    synth_free(clean);
}

static void a_seed_makes_the_same_variant_again(void **state)
{
    (void)state;
    struct transcript *t = parse("S: 220 hi\nC: NOOP\nS: 250 ok\nC: QUIT\nS: 221 bye\nFIN S\n");
    struct synth *clean = synth_make(t);
    for (uint64_t seed = 1; seed < 50; seed++) {
        struct impaired one = impair_make(t, clean, seed), two = impair_make(t, clean, seed);
        char *a = listing(one.synth), *b = listing(two.synth);
        assert_string_equal(a, b);
        free(a);
        free(b);
        impair_free(&one);
        impair_free(&two);
    }
    synth_free(clean);
    transcript_free(t);
}

/* Comparisons, over events written by hand. */

#define EVENT(dataset, number, rest)                                                               \
    "{\"event\":{\"id\":\"00-" number "\",\"dataset\":\"heloscope." dataset "\"}," rest "}\n"
#define EXCHANGE(number, verb, argument, code)                                                     \
    EVENT("exchange", number,                                                                      \
          "\"smtp\":{\"command\":{\"verb\":\"" verb "\",\"argument\":\"" argument                  \
          "\"},\"reply\":{\"code\":" code "},\"exchange\":{\"number\":" number "}}")
#define SESSION(number, reason)                                                                    \
    EVENT("session", number,                                                                       \
          "\"smtp\":{\"session\":{\"commands\":{\"NOOP\":2},\"replies\":{\"250\":2},"              \
          "\"close\":{\"reason\":\"" reason "\"}}}")

static void lies_are_told_from_silence(void **state)
{
    static const char truth_text[] = EXCHANGE("1", "NOOP", "a", "250")
        EXCHANGE("2", "NOOP", "b", "250") EXCHANGE("3", "VRFY", "c", "252") SESSION("4", "quit");
    static const struct {
        const char *said;
        bool lie;
    } table[] = {
        {EXCHANGE("1", "NOOP", "a", "250") SESSION("2", "unknown"), false},
        {EXCHANGE("1", "NOOP", "b", "250") EXCHANGE("2", "VRFY", "c", "252"), false},
        {EXCHANGE("1", "VRFY", "c", "252") EXCHANGE("2", "NOOP", "a", "250"), true},
        {EXCHANGE("1", "NOOP", "a", "252"), true},
        {EXCHANGE("1", "NOOP", "c", "250"), true},
        {SESSION("1", "client_fin"), true},
        {SESSION("1", "quit") SESSION("1", "quit"), true},
        {EVENT("session", "1", "\"smtp\":{\"session\":{\"commands\":{\"NOOP\":3}}}"), true},
        {EVENT("session", "1", "\"smtp\":{\"helo\":\"nobody\"}"), true},
        {EVENT("message", "1", "\"smtp\":{\"message\":{\"result\":\"accepted\"}}"), true},
        {"no JSON\n", true},
        {"", false},
    };
    (void)state;
    struct run_result *truth = run_from_text(truth_text);
    for (size_t i = 0; i < COUNT(table); i++) {
        struct run_result *said = run_from_text(table[i].said);
        char *why = truth_violation(truth, said);
        assert_int_equal(why != NULL, table[i].lie);
        free(why);
        run_free(said);
    }
    run_free(truth);
}

static void meaning_leaves_out_times_alone(void **state)
{
    (void)state;
    struct run_result *one = run_from_text(
        "{\"@timestamp\":\"1\",\"event\":{\"id\":\"aa-1\"},\"smtp\":{\"helo\":\"a\"}}\n");
    struct run_result *two = run_from_text(
        "{\"@timestamp\":\"2\",\"event\":{\"id\":\"bb-1\"},\"smtp\":{\"helo\":\"a\"}}\n");
    struct run_result *three = run_from_text(
        "{\"@timestamp\":\"2\",\"event\":{\"id\":\"bb-1\"},\"smtp\":{\"helo\":\"b\"}}\n");
    char *a = meaning_of(one, MEANING_WHOLE), *b = meaning_of(two, MEANING_WHOLE),
         *c = meaning_of(three, MEANING_WHOLE);
    assert_null(meaning_difference(a, b));
    char *difference = meaning_difference(b, c);
    assert_non_null(difference);
    assert_non_null(strstr(difference, "actual:   1 {\"event\":{},\"smtp\":{\"helo\":\"b\"}}"));
    free(difference);
    free(a);
    free(b);
    free(c);
    run_free(one);
    run_free(two);
    run_free(three);
}

static void expectations_can_fail(void **state)
{
    static const struct {
        const char *wanted;
        bool holds;
    } table[] = {
        {"DIALOGUE NOOP=250 VRFY=252", true},
        {"DIALOGUE NOOP=250", false},
        {"DIALOGUE NOOP*2=250 VRFY=252", false},
        {"DIALOGUE NOOP*1=250 VRFY=252", true},
        {"EXPECT exchange {\"smtp.command.verb\":\"NOOP\"}", true},
        {"EXPECT*2 exchange {\"smtp.command.verb\":\"NOOP\"}", false},
        {"EXPECT session {\"smtp.command.verb\":\"NOOP\"}", false},
        {"FORBID exchange {\"smtp.command.verb\":\"NOOP\"}", false},
        {"FORBID {\"smtp.command.verb\":\"QUIT\"}", true},
        {"SECRET hidden", true},
        {"SECRET VRFY", false},
        {"SESSIONS 2", false},
    };
    (void)state;
    struct run_result *result = run_from_text(
        EXCHANGE("2", "VRFY", "c", "252") EXCHANGE("1", "NOOP", "a", "250") SESSION("3", "quit"));
    for (size_t i = 0; i < COUNT(table); i++) {
        struct transcript *t = parse(table[i].wanted);
        char *why;
        assert_int_equal(wanted_check(t, result, &why), table[i].holds);
        assert_int_equal(why == NULL, table[i].holds);
        free(why);
        transcript_free(t);
    }
    run_free(result);
}

static int over_all_transcripts(void)
{
    size_t count;
    struct transcript **all = campaign_transcripts(&count);
    int failed = group_transcripts("impaired segments say the same", impaired_segments_say_the_same,
                                   all, count);
    failed += group_transcripts("lossy segments say less", lossy_segments_say_less, all, count);
    transcript_free_all(all, count);
    return failed;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_reader_takes_json_and_nothing_else),
        cmocka_unit_test(json_strings_are_unescaped),
        cmocka_unit_test(json_is_written_as_it_was_read),
        cmocka_unit_test(json_covers_what_is_asked_for),
        cmocka_unit_test(transcript_mistakes_name_their_line),
        cmocka_unit_test(lines_become_streams),
        cmocka_unit_test(segments_acknowledge_what_has_arrived),
        cmocka_unit_test(sorting_keeps_the_order_of_equals),
        cmocka_unit_test(a_seed_makes_the_same_variant_again),
        cmocka_unit_test(lies_are_told_from_silence),
        cmocka_unit_test(meaning_leaves_out_times_alone),
        cmocka_unit_test(expectations_can_fail),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed + over_all_transcripts();
}
