/* Stream: two sides' octets come in causal order, losses are told, and nobody can forge them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "exact.h"
#include "stream/stream.h"

#define C  HELO_CLIENT
#define S  HELO_SERVER
#define MS HELO_MILLISECOND
#define FA (SEGMENT_FIN | SEGMENT_ACK)
#define RA (SEGMENT_RST | SEGMENT_ACK)
#define C0 UINT32_C(1000) /* first octets */
#define S0 UINT32_C(5000)

/* A stream and what it told, in a line: "C0:abc;gap S 3..7;end C fin". */
struct world {
    struct mem *mem;
    struct stream stream;
    struct stream_counts counts;
    uint64_t buffered;
    uint32_t first[HELO_SIDES];
    helo_time now;
    char told[4096];
    size_t len;
    size_t octets[HELO_SIDES];
    bool stop; /* the client's octets after a '!' wait for the server */
    bool spoken;
    unsigned forced, early;
    helo_time last;                     /* packet time of what was told last */
    uint64_t acked;                     /* what the last octets acknowledged */
    uint64_t acked_from[HELO_SIDES][8]; /* the same by their offset, the first few */
};

static void tell(struct world *world, const char *text)
{
    int n = snprintf(world->told + world->len, sizeof(world->told) - world->len, "%s%s",
                     world->len > 0 ? ";" : "", text);
    world->len += (size_t)n;
    assert_true(world->len < sizeof(world->told));
}

static size_t on_bytes(void *context, enum helo_side side, const struct stream_chunk *chunk)
{
    struct world *world = context;
    char text[256];
    size_t len = chunk->len;
    if (side == S)
        world->spoken = true;
    if (side == C && world->stop && !world->spoken && !chunk->forced)
        return 0;
    const uint8_t *stop = side == C && world->stop ? memchr(chunk->data, '!', len) : NULL;
    if (stop != NULL) {
        len = (size_t)(stop - chunk->data) + 1;
        world->spoken = false;
    }
    snprintf(text, sizeof(text), "%c%u:%.*s", side == C ? 'C' : 'S', (unsigned)chunk->offset,
             len > 60 ? 3 : (int)len, (const char *)chunk->data);
    tell(world, text);
    world->octets[side] += len;
    world->forced += chunk->forced;
    world->early += chunk->early;
    world->last = chunk->time;
    world->acked = chunk->acked;
    if (chunk->offset < 8)
        world->acked_from[side][chunk->offset] = chunk->acked;
    return len;
}

static void on_gap(void *context, enum helo_side side, uint64_t offset, uint64_t len,
                   helo_time time)
{
    struct world *world = context;
    char text[64];
    (void)time;
    world->spoken |= side == S; /* the gap may hide what was waited for */
    snprintf(text, sizeof(text), "gap %c %u..%u", side == C ? 'C' : 'S', (unsigned)offset,
             (unsigned)(offset + len));
    tell(world, text);
}

static void on_end(void *context, enum helo_side side, enum stream_end how, helo_time time)
{
    char text[64];
    (void)time;
    snprintf(text, sizeof(text), "end %c %s", side == C ? 'C' : 'S',
             how == STREAM_END_RST   ? "rst"
             : how == STREAM_END_FIN ? "fin"
                                     : "crossing");
    tell(context, text);
}

static void on_resume(void *context, enum helo_side side)
{
    tell(context, side == C ? "resume C" : "resume S");
}

static void on_conflict(void *context, enum helo_side side, uint64_t offset, helo_time time)
{
    char text[64];
    (void)time;
    (void)offset;
    snprintf(text, sizeof(text), "conflict %c", side == C ? 'C' : 'S');
    tell(context, text);
}

static void on_unchecked(void *context, enum helo_side side, uint64_t offset, helo_time time)
{
    char text[64];
    (void)time;
    snprintf(text, sizeof(text), "unchecked %c%u", side == C ? 'C' : 'S', (unsigned)offset);
    tell(context, text);
}

static void begin(struct world *world, uint32_t c0, uint32_t s0, bool handshake)
{
    struct stream_edge edge[HELO_SIDES] = {
        {true, !handshake, c0, handshake ? 7 : -1, handshake, handshake ? 0 : HELO_NO_TIME},
        {true, !handshake, s0, handshake ? 7 : -1, handshake, handshake ? 0 : HELO_NO_TIME}};
    const struct stream_consumer consumer = {world,     on_bytes,    on_gap,      on_end,
                                             on_resume, on_conflict, on_unchecked};
    world->spoken = true;
    world->first[C] = c0;
    world->first[S] = s0;
    stream_init(&world->stream, world->mem, &consumer, &world->counts, &world->buffered, edge);
}

static int make(void **state)
{
    struct world *world = calloc(1, sizeof(*world));
    assert_non_null(world);
    world->mem = mem_new(UINT64_C(16) << 20, 0);
    assert_non_null(world->mem);
    begin(world, C0, S0, true);
    *state = world;
    return 0;
}

static int drop(void **state)
{
    struct world *world = *state;
    stream_close(&world->stream);
    bool clean = mem_used(world->mem) == 0 && world->buffered == 0;
    mem_destroy(world->mem);
    free(world);
    return clean ? 0 : -1;
}

/* Pushes octets of a side at relative seq and ack, in a block of just their size. */
static enum stream_verdict push(struct world *world, enum helo_side side, unsigned flags,
                                uint32_t seq, uint32_t ack, const char *data, size_t len)
{
    struct helo_slice copy = exact_copy(data, len);
    struct segment segment = {.time = world->now, .family = 4, .window_scale = -1, .window = 500};
    segment.flags = (uint8_t)flags;
    segment.seq = world->first[side] + seq;
    segment.ack = world->first[1 - side] + ack;
    segment.payload = copy.ptr;
    segment.payload_len = (uint32_t)len;
    enum stream_verdict verdict = stream_push(&world->stream, side, &segment, world->now);
    exact_free(copy);
    return verdict;
}

static enum stream_verdict say(struct world *world, enum helo_side side, uint32_t seq, uint32_t ack,
                               const char *text)
{
    return push(world, side, SEGMENT_ACK, seq, ack, text, strlen(text));
}

/* Lets time pass as the engine does: whatever is due fires at its deadline. */
static void pass(struct world *world, helo_time span)
{
    helo_time until = world->now + span;
    while (stream_deadline(&world->stream) <= until) {
        world->now = stream_deadline(&world->stream);
        stream_expire(&world->stream, world->now);
        assert_true(stream_deadline(&world->stream) > world->now);
    }
    world->now = until;
}

#define assert_told(world, text) assert_string_equal((world)->told, text)

static void octets_in_order_pass_at_once(void **state)
{
    struct world *w = *state;
    say(w, S, 0, 0, "220");
    assert_told(w, "S0:220");
    say(w, C, 0, 3, "EHLO");
    say(w, S, 3, 4, "250");
    assert_told(w, "S0:220;C0:EHLO;S3:250");
    assert_int_equal(w->buffered, 0);
    assert_true(stream_deadline(&w->stream) == INT64_MAX);
}

static void a_reply_waits_for_the_command_that_it_acknowledges(void **state)
{
    struct world *w = *state;
    say(w, S, 0, 4, "250");
    assert_told(w, "");
    w->now = 5 * MS;
    say(w, C, 0, 0, "EHLO");
    assert_told(w, "C0:EHLO;S0:250");
    assert_int_equal(w->last, 0);
}

static void it_waits_half_a_second_and_not_a_nanosecond_more(void **state)
{
    struct world *w = *state;
    w->now = 7;
    say(w, S, 0, 4, "250");
    assert_true(stream_deadline(&w->stream) == 7 + 500 * MS);
    stream_expire(&w->stream, 7 + 500 * MS - 1);
    assert_told(w, "");
    stream_expire(&w->stream, 7 + 500 * MS);
    assert_told(w, "S0:250");
    assert_int_equal(w->early, 1);
}

static void a_hole_is_lost_only_if_acknowledged_and_followed(void **state)
{
    static const struct {
        bool acked, followed, by_fin;
        const char *told;
    } cases[] = {
        {false, false, false, "C0:ab"}, {true, false, false, "C0:ab"},
        {false, true, false, "C0:ab"},  {true, true, false, "C0:ab;gap C 2..5;C5:xy"},
        {false, true, true, "C0:ab"},   {true, true, true, "C0:ab;gap C 2..5;end C fin"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        void *fresh;
        (void)state;
        make(&fresh);
        struct world *w = fresh;
        say(w, C, 0, 0, "ab");
        if (cases[i].followed)
            push(w, C, cases[i].by_fin ? FA : SEGMENT_ACK, 5, 0, "xy", cases[i].by_fin ? 0 : 2);
        if (cases[i].acked)
            say(w, S, 0, cases[i].by_fin ? 6 : 5, "");
        pass(w, 499 * MS);
        assert_told(w, "C0:ab");
        pass(w, 1000 * MS);
        assert_told(w, cases[i].told);
        assert_int_equal(w->counts.gaps, strstr(cases[i].told, "gap") != NULL);
        assert_int_equal(drop(&fresh), 0);
    }
}

static void a_forged_acknowledgement_moves_nobodys_stream(void **state)
{
    struct world *w = *state;
    say(w, C, 0, 0, "ab");
    say(w, S, 0, 4000, "");
    pass(w, 5000 * MS);
    say(w, C, 2, 0, "cd");
    assert_told(w, "C0:ab;C2:cd");
    assert_int_equal(w->counts.gaps, 0);
}

static void a_full_list_without_acknowledgement_drops_the_farthest(void **state)
{
    struct world *w = *state;
    for (uint32_t i = 0; i < LIMIT_WAITING_SEGMENTS + 10; i++)
        say(w, C, 2 + 2 * i, 0, "x");
    assert_told(w, "");
    assert_int_equal(w->stream.side[C].waiting_count, LIMIT_WAITING_SEGMENTS);
    assert_int_equal(w->counts.dropped, 10);
    say(w, C, 1, 0, "y"); /* nearer than all: one more has to go for it */
    assert_int_equal(w->stream.side[C].waiting_count, LIMIT_WAITING_SEGMENTS);
    say(w, C, 0, 0, "z");
    assert_told(w, "C0:z;C1:y;C2:x");
}

static void at_the_bound_an_acknowledged_hole_is_lost_at_once(void **state)
{
    struct world *w = *state;
    say(w, S, 0, 2, "");
    for (uint32_t i = 0; i < LIMIT_WAITING_SEGMENTS; i++)
        say(w, C, 2 + 2 * i, 0, "x");
    assert_told(w, "");
    say(w, C, 2 + 2 * LIMIT_WAITING_SEGMENTS, 0, "x");
    assert_told(w, "gap C 0..2;C2:x");
}

static void what_is_out_of_the_window_or_has_no_ack_is_dropped_and_counted(void **state)
{
    static const struct {
        unsigned flags;
        uint32_t seq, ack;
    } cases[] = {
        {SEGMENT_ACK, 2000000, 0},
        {SEGMENT_ACK, 0x80000000, 0},
        {SEGMENT_ACK, 0, 2000000},
        {SEGMENT_ACK, 0, 0x80000000},
        {0, 0, 0},
        {SEGMENT_PSH, 0, 0},
        {SEGMENT_FIN, 0, 0},
    };
    struct world *w = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        enum stream_verdict verdict =
            push(w, C, cases[i].flags, cases[i].seq, cases[i].ack, "bad", 3);
        assert_int_equal(verdict, STREAM_DROPPED);
        assert_int_equal(w->counts.out_of_window, i + 1);
    }
    say(w, C, 0, 0, "good");
    assert_told(w, "C0:good");
}

static void of_several_copies_the_smallest_acknowledgement_counts(void **state)
{
    struct world *w = *state;
    say(w, S, 0, 8, "250"); /* a retransmission, sent after the second command came */
    say(w, S, 0, 4, "250");
    say(w, C, 0, 0, "EHLO");
    assert_told(w, "C0:EHLO;S0:250");
}

static void a_side_unseen_for_a_second_is_absent_and_nobody_waits_for_it(void **state)
{
    struct world *w = *state;
    begin(w, C0, S0, false);
    say(w, C, 0, 3, "EHLO");
    pass(w, 100 * MS);
    say(w, C, 4, 6, "MAIL");
    pass(w, 1000 * MS);
    size_t before = w->len;
    assert_told(w, "C0:EHLO;C4:MAIL");
    say(w, C, 8, 9, "RCPT");
    assert_true(w->len > before);
    assert_true(w->forced > 0);
}

static void a_guessed_edge_is_lowered_by_the_sides_own_first_octets(void **state)
{
    struct world *w = *state;
    begin(w, C0, S0, false);
    say(w, C, 0, 0, "EHLO");
    say(w, S, (uint32_t)-3, 0, "220");
    assert_int_equal(w->octets[S], 3);
    assert_non_null(strstr(w->told, "S0:220"));
    assert_int_equal(w->counts.gaps, 0);
}

static void first_bytes_win_and_other_ones_are_a_conflict(void **state)
{
    static const struct {
        uint32_t seq;
        const char *text, *told;
    } cases[] = {
        {0, "abcd", "C0:abcd"},       {0, "abXd", "C0:abcd;conflict C"},
        {2, "cdef", "C0:abcd;C4:ef"}, {2, "Xdef", "C0:abcd;conflict C;C4:ef"},
        {3, "X", "C0:abcd"}, /* a keep-alive */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        void *fresh;
        (void)state;
        make(&fresh);
        struct world *w = fresh;
        say(w, C, 0, 0, "abcd");
        say(w, S, 0, 4, "");
        pass(w, 600 * MS);
        say(w, C, cases[i].seq, 0, cases[i].text);
        assert_told(w, cases[i].told);
        assert_int_equal(drop(&fresh), 0);
    }
}

static void first_bytes_win_among_those_that_wait_too(void **state)
{
    struct world *w = *state;
    say(w, C, 2, 0, "cd");
    say(w, C, 1, 0, "bXYe");
    say(w, C, 0, 0, "a");
    assert_told(w, "conflict C;C0:a;C1:b;C2:cd;C4:e");
}

/* The snap length may leave nothing of a segment but its header, at a place that is here already.
 */
static void a_segment_without_captured_octets_amid_waiting_ones_is_taken(void **state)
{
    static const uint32_t places[] = {5, 10, 15, 19, 20, 25};
    (void)state;
    for (size_t i = 0; i < COUNT(places); i++) {
        void *fresh;
        make(&fresh);
        struct world *w = fresh;
        say(w, C, 10, 0, "0123456789");
        struct segment bare = {.time = w->now,
                               .family = 4,
                               .window_scale = -1,
                               .window = 500,
                               .flags = SEGMENT_ACK,
                               .seq = C0 + places[i],
                               .ack = S0,
                               .cut = 20};
        stream_push(&w->stream, C, &bare, w->now);
        say(w, S, 0, 45, "");
        pass(w, 2000 * MS);
        say(w, C, 45, 0, "more");
        pass(w, 2000 * MS);
        assert_int_equal(w->octets[C], 14);
        assert_non_null(strstr(w->told, "C45:more"));
        assert_int_equal(drop(&fresh), 0);
    }
}

/* The SYN-ACK was not captured: what the client acknowledges tells where the server begins, but not
 * that anything behind it has come. */
static void a_guessed_edge_that_nothing_acknowledges_past_waits_for_a_packet(void **state)
{
    struct world *w = *state;
    struct stream_edge edge[HELO_SIDES] = {{true, false, C0, 7, true, 0},
                                           {false, true, 0, -1, false, HELO_NO_TIME}};
    struct stream_consumer consumer = w->stream.consumer;
    stream_init(&w->stream, w->mem, &consumer, &w->counts, &w->buffered, edge);
    say(w, C, 0, 0, "EHLO");
    w->now += 100 * MS;
    say(w, S, 10, 4, "250");
    pass(w, 60000 * MS);
    assert_told(w, "C0:EHLO");
    say(w, C, 4, 13, "");
    pass(w, 1000 * MS);
    assert_told(w, "C0:EHLO;gap S 0..10;S10:250");
}

static void a_keep_alive_never_fills_a_hole(void **state)
{
    struct world *w = *state;
    say(w, S, 0, 1, "");
    pass(w, 30000 * MS);
    say(w, C, 0, 0, "X");
    assert_int_equal(w->octets[C], 0);
    say(w, C, 1, 0, "bc");
    pass(w, 2000 * MS);
    assert_told(w, "gap C 0..1;C1:bc");
}

static void a_rst_counts_only_where_its_sender_s_own_would_be(void **state)
{
    static const struct {
        uint32_t seq;
        enum stream_verdict verdict;
    } cases[] = {
        {4, STREAM_RESET},         {5, STREAM_TAKEN},
        {3, STREAM_DROPPED},       {0x80000000, STREAM_DROPPED},
        {3000000, STREAM_DROPPED},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        void *fresh;
        (void)state;
        make(&fresh);
        struct world *w = fresh;
        say(w, C, 0, 0, "abcd");
        assert_int_equal(push(w, C, SEGMENT_RST, cases[i].seq, 0, "", 0), cases[i].verdict);
        assert_int_equal(stream_is_over(&w->stream), cases[i].verdict == STREAM_RESET);
        assert_int_equal(drop(&fresh), 0);
    }
}

/* Its receiver does not take it. If nothing follows, what lies before it may be unseen. */
static void a_rst_elsewhere_in_the_window_ends_nothing(void **state)
{
    static const struct {
        uint32_t rst;
        bool goes_on;
        const char *told;
        uint64_t unseen;
    } cases[] = {
        {6, false, "C0:abcd", 2},
        {6, true, "C0:abcd;C4:more", 0},
        {60, true, "C0:abcd;C4:more", 0},
        {60, false, "C0:abcd", 56},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        void *fresh;
        (void)state;
        make(&fresh);
        struct world *w = fresh;
        say(w, C, 0, 0, "abcd");
        assert_int_equal(push(w, C, SEGMENT_RST, cases[i].rst, 0, "", 0), STREAM_TAKEN);
        pass(w, 20000 * MS);
        assert_false(stream_is_over(&w->stream));
        if (cases[i].goes_on)
            say(w, C, 4, 0, "more");
        stream_finish(&w->stream, w->now);
        assert_told(w, cases[i].told);
        assert_int_equal(stream_unseen(&w->stream, C), cases[i].unseen);
        assert_int_equal(drop(&fresh), 0);
    }
}

static void after_a_rst_the_other_sides_late_octets_come_and_then_the_end(void **state)
{
    struct world *w = *state;
    assert_int_equal(push(w, C, RA, 0, 3, "", 0), STREAM_RESET);
    say(w, S, 0, 0, "421");
    stream_finish(&w->stream, w->now);
    assert_told(w, "S0:421;end C rst");
}

static void data_of_the_side_that_was_reset_revives_it(void **state)
{
    struct world *w = *state;
    push(w, C, SEGMENT_RST, 0, 0, "", 0);
    assert_int_equal(say(w, C, 0, 0, "EHLO"), STREAM_REVIVED);
    assert_false(stream_is_over(&w->stream));
    stream_finish(&w->stream, w->now);
    assert_told(w, "conflict C;C0:EHLO");
}

static void new_octets_of_the_other_side_refute_a_rst_half_a_second_later(void **state)
{
    struct world *w = *state;
    push(w, C, SEGMENT_RST, 0, 0, "", 0);
    w->now += 500 * MS - 1;
    assert_int_equal(say(w, S, 0, 0, "220"), STREAM_TAKEN);
    assert_true(stream_is_over(&w->stream));
    w->now++;
    assert_int_equal(say(w, S, 0, 0, "220"), STREAM_TAKEN);
    assert_true(stream_is_over(&w->stream));
    assert_int_equal(say(w, S, 3, 0, " x"), STREAM_REVIVED);
    assert_false(stream_is_over(&w->stream));
    stream_finish(&w->stream, w->now);
    assert_told(w, "S0:220;conflict C;S3: x");
}

/* Somebody puts octets beyond a hole that nobody has; the side itself goes on before it. */
static void what_lies_beyond_a_hole_says_nothing_of_what_comes_before(void **state)
{
    struct world *w = *state;
    say(w, S, 50, 0, "250 forged");
    say(w, C, 0, 0, "EHLO");
    say(w, S, 0, 4, "250");
    assert_told(w, "C0:EHLO;S0:250");
    assert_int_equal(w->acked, 4);
    say(w, C, 4, 3, "QUIT");
    say(w, S, 3, 8, "221");
    assert_told(w, "C0:EHLO;S0:250;C4:QUIT;S3:221");
    assert_int_equal(w->acked, 8);
}

/* Nor where the side's own octets reach it and are others. */
static void what_conflicts_says_nothing_of_what_comes_before(void **state)
{
    struct world *w = *state;
    say(w, S, 2, 0, "xx");
    say(w, C, 0, 0, "EHLO");
    say(w, S, 0, 4, "250 ok");
    assert_told(w, "C0:EHLO;conflict S;S0:25;S2:xx;S4:ok");
    assert_int_equal(w->acked_from[S][0], 4);
}

/* But once the hole is filled, or its peer has all of it, what filled it was sent again. */
static void a_hole_filled_late_was_first_said_with_what_follows(void **state)
{
    struct world *w = *state;
    for (int acked = 0; acked < 2; acked++) {
        begin(w, C0, S0, true);
        w->len = 0;
        say(w, C, 0, 0, "EHLO");
        say(w, S, 3, 0, "XYZ");
        if (acked)
            say(w, C, 4, 6, "");
        say(w, S, 0, 4, acked ? "22" : "220");
        assert_int_equal(w->acked, 0);
        assert_told(w, acked ? "C0:EHLO;S0:22" : "C0:EHLO;S0:220;S3:XYZ");
        stream_close(&w->stream);
    }
    begin(w, C0, S0, true);
}

/* n octets like no others of the side. */
static void fill(char *text, size_t n, unsigned salt)
{
    for (size_t i = 0; i < n; i++)
        text[i] = (char)('a' + (i * 7 + salt * 11 + i / 26) % 26);
    text[n] = '\0';
}

/* Commands of 100 and then 600 octets in one segment each: the first octets are remembered no more
 * as they are, but any other ones are seen. */
static void a_conflict_is_seen_farther_back_than_octets_are_kept(void **state)
{
    struct world *w = *state;
    char first[101], second[601];
    fill(first, 100, 1);
    fill(second, 600, 2);
    for (unsigned at = 0; at < 600; at += 7) {
        begin(w, C0, S0, true);
        w->len = 0;
        say(w, C, 0, 0, first);
        say(w, C, 100, 0, second);
        w->len = 0;
        say(w, C, 100, 0, second);
        assert_int_equal(w->len, 0);
        second[at] ^= 1;
        say(w, C, 100, 0, second);
        second[at] ^= 1;
        assert_told(w, "conflict C");
        stream_close(&w->stream);
    }
    begin(w, C0, S0, true);
}

/* In bulk, wherever 91 octets in a row are others. */
static void a_conflict_in_bulk_is_seen_where_91_octets_differ(void **state)
{
    struct world *w = *state;
    char first[301], bulk[1461];
    fill(first, 300, 1);
    fill(bulk, 1460, 2);
    for (size_t at = 0; at + 91 <= 1460; at += 37) {
        begin(w, C0, S0, true);
        w->counts.key = at * 7919 + 1;
        say(w, C, 0, 0, first);
        say(w, C, 300, 0, bulk);
        say(w, C, 1760, 0, first);
        w->len = 0;
        say(w, C, 300, 0, bulk);
        assert_int_equal(w->len, 0);
        for (size_t i = at; i < at + 91; i++)
            bulk[i] ^= 1;
        say(w, C, 300, 0, bulk);
        fill(bulk, 1460, 2);
        assert_told(w, "conflict C");
        stream_close(&w->stream);
    }
    begin(w, C0, S0, true);
}

/* The same octets in other pieces than before can't be compared: that is told, unless the other
 * side had received them. */
static void what_cannot_be_compared_is_told_unless_it_was_acknowledged(void **state)
{
    struct world *w = *state;
    char text[701];
    fill(text, 700, 3);
    say(w, C, 0, 0, text);
    w->len = 0;
    text[400] = '\0';
    say(w, C, 0, 0, text);
    assert_told(w, "unchecked C0");
    w->len = 0;
    say(w, S, 0, 400, "");
    say(w, C, 0, 0, text);
    say(w, C, 399, 0, "XY");
    assert_told(w, "unchecked C399");
}

/* Many segments in flight are remembered as long as they are not acknowledged. */
static void a_whole_window_can_be_compared(void **state)
{
    struct world *w = *state;
    char text[301];
    for (unsigned i = 0; i < 800; i++) {
        fill(text, 300, i);
        say(w, C, i * 300, 0, text);
        w->len = 0;
    }
    for (unsigned i = 1; i < 800; i += 9) {
        fill(text, 300, i);
        say(w, C, i * 300, 0, text);
        assert_int_equal(w->len, 0);
        text[150] ^= 1;
        say(w, C, i * 300, 0, text);
        assert_told(w, "conflict C");
        w->len = 0;
    }
}

static void nothing_follows_a_fin(void **state)
{
    struct world *w = *state;
    push(w, C, FA, 0, 0, "QUIT", 4);
    say(w, S, 0, 5, "");
    say(w, C, 5, 0, "more");
    say(w, C, 4, 0, "more");
    push(w, C, FA, 0, 0, "QUIT", 4);
    assert_told(w, "C0:QUIT;end C fin");
    push(w, S, FA, 0, 5, "221", 3);
    assert_told(w, "C0:QUIT;end C fin;S0:221");
    say(w, C, 5, 4, "");
    assert_told(w, "C0:QUIT;end C fin;S0:221;end S fin");
    assert_true(stream_is_over(&w->stream));
}

static void a_fin_ends_a_side_once_the_peer_acknowledges_it(void **state)
{
    struct world *w = *state;
    push(w, C, FA, 0, 0, "QUIT", 4);
    pass(w, 60000 * MS);
    assert_told(w, "C0:QUIT");
    assert_true(stream_deadline(&w->stream) == INT64_MAX);
    say(w, S, 0, 4, "221");
    assert_told(w, "C0:QUIT;S0:221");
    say(w, S, 3, 5, "");
    assert_told(w, "C0:QUIT;S0:221;end C fin");
}

/* The last acknowledgement of a connection is often not captured. */
static void a_peer_that_has_closed_need_not_acknowledge_the_fin(void **state)
{
    struct world *w = *state;
    push(w, C, FA, 0, 0, "QUIT", 4);
    push(w, S, FA, 0, 5, "221", 3);
    assert_told(w, "C0:QUIT;end C fin;S0:221");
    pass(w, 499 * MS);
    assert_false(stream_is_over(&w->stream));
    pass(w, 1 * MS);
    assert_told(w, "C0:QUIT;end C fin;S0:221;end S fin");
    assert_true(stream_is_over(&w->stream));
}

/* Somebody else sends a FIN in the client's name, at some number of the window; the peers go on. */
static void a_forged_fin_ends_nothing(void **state)
{
    static const uint32_t places[] = {0, 2, 4, 5, 6, 9, 13, 14, 100};
    (void)state;
    for (size_t i = 0; i < COUNT(places) * 4; i++) {
        void *fresh;
        make(&fresh);
        struct world *w = fresh;
        bool waits = i % 4 >= 2;
        if (i % 2 == 0)
            push(w, C, FA, places[i / 4], 0, "", 0);
        say(w, C, 0, 0, "EHLO");
        if (i % 2 == 1)
            push(w, C, FA, places[i / 4], 0, "", 0);
        say(w, S, 0, 4, "250");
        if (waits)
            pass(w, 5000 * MS);
        say(w, C, 4, 3, "MAIL rest");
        say(w, S, 3, 13, "250");
        if (waits)
            pass(w, 5000 * MS);
        say(w, C, 13, 6, "more");
        say(w, S, 6, 17, "250");
        pass(w, 1000 * MS);
        if (strstr(w->told, "end") != NULL || strstr(w->told, "gap") != NULL ||
            w->octets[C] != 17 || w->octets[S] != 9)
            fail_msg("FIN at %u, way %zu: %s", (unsigned)places[i / 4], i % 4, w->told);
        assert_false(stream_is_over(&w->stream));
        assert_int_equal(drop(&fresh), 0);
    }
}

/* Who forges the peer's acknowledgement as well is found out by the peer's own. */
static void a_forged_fin_with_a_forged_acknowledgement_ends_nothing(void **state)
{
    struct world *w = *state;
    say(w, C, 0, 0, "EHLO");
    push(w, C, FA, 4, 0, "", 0);
    push(w, S, SEGMENT_ACK, 0, 5, "", 0);
    assert_told(w, "C0:EHLO;end C fin");
    say(w, S, 0, 4, "250");
    say(w, C, 4, 3, "MAIL");
    assert_int_equal(push(w, S, SEGMENT_ACK, 3, 8, "250", 3), STREAM_REVIVED);
    say(w, C, 8, 6, "RCPT");
    say(w, S, 6, 12, "250");
    pass(w, 1000 * MS);
    assert_told(w, "C0:EHLO;end C fin;S0:250;resume C;conflict C;C4:MAIL;S3:250;C8:RCPT;S6:250");
    assert_false(stream_is_over(&w->stream));
}

/* Nobody has acknowledged the FIN, so the octets count: whoever can send them can send any others.
 */
static void octets_behind_an_unacknowledged_fin_make_it_false(void **state)
{
    struct world *w = *state;
    push(w, C, FA, 0, 0, "QUIT", 4);
    say(w, C, 4, 0, "MAIL FROM:<>");
    say(w, S, 0, 16, "250");
    assert_told(w, "C0:QUIT;conflict C;C4:MAIL FROM:<>;S0:250");
    push(w, C, FA, 16, 3, "", 0);
    say(w, S, 3, 17, "");
    assert_told(w, "C0:QUIT;conflict C;C4:MAIL FROM:<>;S0:250;end C fin");
}

/* Of a side alone nothing tells which is true: it goes on as long as it speaks. */
static void alone_a_side_that_goes_on_behind_its_fin_goes_on(void **state)
{
    struct world *w = *state;
    begin(w, C0, S0, false);
    say(w, C, 0, 0, "EHLO");
    say(w, C, 4, 3, "MAIL");
    pass(w, 1500 * MS);
    push(w, C, FA, 8, 3, "", 0);
    say(w, C, 8, 6, "RCPT");
    say(w, C, 12, 6, "DATA");
    pass(w, 1500 * MS);
    assert_non_null(strstr(w->told, "RCPT"));
    assert_non_null(strstr(w->told, "DATA"));
}

static void both_may_close_at_once(void **state)
{
    struct world *w = *state;
    push(w, C, FA, 0, 0, "", 0);
    push(w, S, FA, 0, 0, "", 0);
    push(w, C, SEGMENT_ACK, 1, 1, "", 0);
    push(w, S, SEGMENT_ACK, 1, 1, "", 0);
    assert_told(w, "end S fin;end C crossing");
    assert_int_equal(w->counts.out_of_window, 0);
}

static void sequence_numbers_wrap_amid_a_hole(void **state)
{
    struct world *w = *state;
    begin(w, UINT32_MAX - 2, UINT32_MAX, true);
    say(w, S, 0, 8, "250");
    say(w, C, 4, 0, "5678");
    say(w, C, 0, 0, "1234");
    assert_told(w, "C0:1234;C4:5678;S0:250");
}

static void a_syn_may_carry_octets(void **state)
{
    struct world *w = *state;
    push(w, C, SEGMENT_SYN, (uint32_t)-1, 0, "EHLO", 4);
    say(w, S, 0, 4, "250");
    assert_told(w, "C0:EHLO;S0:250");
}

static void a_zero_window_loses_nothing(void **state)
{
    struct world *w = *state;
    struct segment zero = {.flags = SEGMENT_ACK, .window_scale = -1, .seq = S0, .ack = C0 + 4};
    say(w, C, 0, 0, "abcd");
    assert_int_equal(stream_push(&w->stream, S, &zero, 0), STREAM_TAKEN);
    pass(w, 60000 * MS);
    say(w, C, 4, 0, "efgh");
    assert_told(w, "C0:abcd;C4:efgh");
    assert_int_equal(w->counts.out_of_window, 0);
}

static void what_the_snap_length_cut_off_is_a_gap_at_once(void **state)
{
    struct world *w = *state;
    struct segment cut = {.flags = SEGMENT_ACK, .window_scale = -1, .seq = C0, .ack = S0};
    struct helo_slice copy = exact_text("abc");
    cut.payload = copy.ptr;
    cut.payload_len = 3;
    cut.cut = 7;
    stream_push(&w->stream, C, &cut, 0);
    exact_free(copy);
    assert_told(w, "C0:abc;gap C 3..10");
    say(w, C, 10, 0, "d");
    assert_told(w, "C0:abc;gap C 3..10;C10:d");
}

static void both_sides_jumping_alike_are_believed_again(void **state)
{
    struct world *w = *state;
    const uint32_t far = 0x20000000;
    say(w, C, 0, 0, "ab");
    assert_int_equal(say(w, C, far, far, "x"), STREAM_DROPPED);
    assert_int_equal(say(w, S, far, far + 1, "yy"), STREAM_DROPPED); /* two may agree by chance */
    say(w, C, far + 1, far + 2, "zz");
    say(w, S, far + 2, far + 3, "ww");
    assert_non_null(strstr(w->told, "gap C 2.."));
    assert_non_null(strstr(w->told, "gap S 0.."));
    assert_non_null(strstr(w->told, ":ww"));
}

static void one_side_jumping_alone_is_not_believed(void **state)
{
    struct world *w = *state;
    for (uint32_t i = 0; i < 10; i++)
        assert_int_equal(say(w, C, 0x20000000 + i, 0x20000000, "x"), STREAM_DROPPED);
    say(w, C, 0, 0, "ab");
    assert_told(w, "C0:ab");
}

static void a_consumer_that_stops_goes_on_when_the_other_side_has_spoken(void **state)
{
    struct world *w = *state;
    w->stop = true;
    say(w, C, 0, 0, "DATA!text");
    assert_told(w, "C0:DATA!");
    assert_int_equal(w->buffered, 4);
    say(w, S, 0, 9, "354"); /* acknowledges what is held: that counts as delivered */
    assert_told(w, "C0:DATA!;S0:354;C5:text");
    assert_int_equal(w->forced, 0);
}

static void a_stop_ends_at_gap_fin_flush_absence_and_64_kib(void **state)
{
    static char much[1000];
    memset(much, 'm', sizeof(much));
    for (int way = 0; way < 5; way++) {
        void *fresh;
        (void)state;
        make(&fresh);
        struct world *w = fresh;
        w->stop = true;
        say(w, C, 0, 0, "DATA!text");
        assert_told(w, "C0:DATA!");
        if (way == 0) { /* the reply is lost */
            say(w, C, 9, 3, "");
            push(w, S, SEGMENT_ACK, 3, 9, "250", 3);
            pass(w, 2000 * MS);
        } else if (way == 1) {
            push(w, S, FA, 0, 9, "", 0);
            say(w, C, 9, 1, "");
        } else if (way == 2) {
            stream_finish(&w->stream, w->now);
        } else if (way == 3) { /* the other side is acknowledged, but not seen */
            say(w, C, 9, 3, "");
            say(w, C, 9, 3, "more");
            pass(w, 1500 * MS);
        } else {
            for (uint32_t at = 9; at < 9 + LIMIT_HELD_BYTES; at += sizeof(much))
                push(w, C, SEGMENT_ACK, at, 0, much, sizeof(much));
        }
        if (strstr(w->told, "C5:") == NULL)
            fail_msg("way %d: %s", way, w->told);
        assert_int_equal(drop(&fresh), 0);
    }
}

static void at_the_end_holes_are_told_and_everything_is_delivered(void **state)
{
    struct world *w = *state;
    say(w, C, 4, 9, "MAIL");
    say(w, S, 3, 8, "250");
    stream_finish(&w->stream, w->now);
    assert_int_equal(w->octets[C], 4);
    assert_int_equal(w->octets[S], 3);
    assert_int_equal(w->counts.gaps, 2);
    assert_int_equal(w->buffered, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, make, drop)
        TEST(octets_in_order_pass_at_once),
        TEST(a_reply_waits_for_the_command_that_it_acknowledges),
        TEST(it_waits_half_a_second_and_not_a_nanosecond_more),
        cmocka_unit_test(a_hole_is_lost_only_if_acknowledged_and_followed),
        TEST(a_forged_acknowledgement_moves_nobodys_stream),
        TEST(a_full_list_without_acknowledgement_drops_the_farthest),
        TEST(at_the_bound_an_acknowledged_hole_is_lost_at_once),
        TEST(what_is_out_of_the_window_or_has_no_ack_is_dropped_and_counted),
        TEST(of_several_copies_the_smallest_acknowledgement_counts),
        TEST(a_side_unseen_for_a_second_is_absent_and_nobody_waits_for_it),
        TEST(a_guessed_edge_is_lowered_by_the_sides_own_first_octets),
        cmocka_unit_test(first_bytes_win_and_other_ones_are_a_conflict),
        TEST(first_bytes_win_among_those_that_wait_too),
        TEST(a_segment_without_captured_octets_amid_waiting_ones_is_taken),
        TEST(a_guessed_edge_that_nothing_acknowledges_past_waits_for_a_packet),
        TEST(a_keep_alive_never_fills_a_hole),
        cmocka_unit_test(a_rst_counts_only_where_its_sender_s_own_would_be),
        TEST(a_rst_elsewhere_in_the_window_ends_nothing),
        TEST(after_a_rst_the_other_sides_late_octets_come_and_then_the_end),
        TEST(data_of_the_side_that_was_reset_revives_it),
        TEST(new_octets_of_the_other_side_refute_a_rst_half_a_second_later),
        TEST(what_lies_beyond_a_hole_says_nothing_of_what_comes_before),
        TEST(a_conflict_is_seen_farther_back_than_octets_are_kept),
        TEST(a_conflict_in_bulk_is_seen_where_91_octets_differ),
        TEST(what_cannot_be_compared_is_told_unless_it_was_acknowledged),
        TEST(a_whole_window_can_be_compared),
        TEST(what_conflicts_says_nothing_of_what_comes_before),
        TEST(a_hole_filled_late_was_first_said_with_what_follows),
        TEST(nothing_follows_a_fin),
        TEST(a_fin_ends_a_side_once_the_peer_acknowledges_it),
        TEST(a_peer_that_has_closed_need_not_acknowledge_the_fin),
        TEST(a_forged_fin_ends_nothing),
        TEST(a_forged_fin_with_a_forged_acknowledgement_ends_nothing),
        TEST(octets_behind_an_unacknowledged_fin_make_it_false),
        TEST(alone_a_side_that_goes_on_behind_its_fin_goes_on),
        TEST(both_may_close_at_once),
        TEST(sequence_numbers_wrap_amid_a_hole),
        TEST(a_syn_may_carry_octets),
        TEST(a_zero_window_loses_nothing),
        TEST(what_the_snap_length_cut_off_is_a_gap_at_once),
        TEST(both_sides_jumping_alike_are_believed_again),
        TEST(one_side_jumping_alone_is_not_believed),
        TEST(a_consumer_that_stops_goes_on_when_the_other_side_has_spoken),
        cmocka_unit_test(a_stop_ends_at_gap_fin_flush_absence_and_64_kib),
        TEST(at_the_end_holes_are_told_and_everything_is_delivered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
