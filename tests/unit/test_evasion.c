/* Evasion: whatever is done to the packets of a dialogue, what is told is the truth, or it is
 * marked. docs/robustness.md has the table of these attacks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../support/frame.h"
#include "../support/impair.h"
#include "exact.h"
#include "heloscope/heloscope.h"

#define C HELO_CLIENT
#define S HELO_SERVER

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ETHERNET     14u
#define MOST_FRAME   (FRAME_MAX + 512u)
#define WITH_OCTETS  19u /* segments with octets the dialogue has */

/* Logged in and sent a mail; every command waits for its reply. */
static const char DIALOGUE[] = "SERVER 198.51.100.25:587\n"
                               "S: 220 mx.example.net ESMTP\n"
                               "C: EHLO client.example.org\n"
                               "S: 250-mx.example.net\n"
                               "S: 250-AUTH PLAIN LOGIN\n"
                               "S: 250 SIZE 10485760\n"
                               "C: AUTH LOGIN\n"
                               "S: 334 VXNlcm5hbWU6\n"
                               "C: YWxpY2U=\n"
                               "S: 334 UGFzc3dvcmQ6\n"
                               "C: aHVudGVyMg==\n"
                               "S: 235 2.7.0 Authentication successful\n"
                               "C: MAIL FROM:<alice@example.org>\n"
                               "S: 250 2.1.0 Ok\n"
                               "C: RCPT TO:<bob@example.net>\n"
                               "S: 250 2.1.5 Ok\n"
                               "C: DATA\n"
                               "S: 354 go on\n"
                               "C: Subject: hello\n"
                               "C: \n"
                               "C: Nothing to hide.\n"
                               "C: .\n"
                               "S: 250 2.0.0 Ok: queued as 4VgKXy1Z\n"
                               "C: QUIT\n"
                               "S: 221 2.0.0 Bye\n"
                               "FIN S\n"
                               "FIN C\n"
                               "WAIT 40s\n";

/* What a run told, in lines, and whether it warned. */
struct facts {
    char text[8192];
    size_t len;
    unsigned sessions;
    bool uncertain, conflict, gap, midstream;
};

static void say(struct facts *facts, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int n =
        vsnprintf(facts->text + facts->len, sizeof(facts->text) - facts->len, format, arguments);
    va_end(arguments);
    facts->len += (size_t)n;
    assert_true(facts->len < sizeof(facts->text));
}

#define SLICE(slice) (int)(slice).len, (const char *)(slice).ptr

static void say_exchange(struct facts *facts, const struct helo_exchange *exchange)
{
    if (exchange->has_command)
        say(facts, "%.*s %.*s", SLICE(exchange->verb), SLICE(exchange->argument));
    say(facts, " -> %u %.*s\n", exchange->reply.code, SLICE(exchange->reply.text));
}

static void say_message(struct facts *facts, const struct helo_message *message)
{
    say(facts, "message <%.*s>", SLICE(message->mail_from));
    for (uint32_t i = 0; i < message->recipient_count; i++)
        say(facts, " <%.*s> %u", SLICE(message->recipients[i].address),
            message->recipients[i].code);
    say(facts, " %llu octets result %d id %.*s\n", (unsigned long long)message->size,
        (int)message->result, SLICE(message->queue_id));
}

static void say_session(struct facts *facts, const struct helo_session *session)
{
    facts->sessions++;
    facts->uncertain |= session->uncertain;
    facts->gap |= session->gap_count > 0;
    facts->midstream |= session->midstream;
    say(facts, "session %.*s kind %d auth %u/%u mail %u/%u closed %d by %d %u\n",
        SLICE(session->helo), (int)session->kind, session->auth_successes, session->auth_attempts,
        session->messages_accepted, session->messages_attempted, (int)session->close_reason,
        session->has_close_by ? (int)session->close_by : -1, session->close_reply_code);
}

static void on_event(void *context, const struct helo_event *event)
{
    struct facts *facts = context;
    switch (event->dataset) {
    case HELO_DATASET_EXCHANGE:
        say_exchange(facts, event->of.exchange);
        break;
    case HELO_DATASET_MESSAGE:
        say_message(facts, event->of.message);
        break;
    case HELO_DATASET_AUTH:
        say(facts, "auth %.*s %.*s result %d\n", SLICE(event->of.auth->mechanism),
            SLICE(event->of.auth->user_name), (int)event->of.auth->result);
        break;
    case HELO_DATASET_SESSION:
        say_session(facts, event->of.session);
        break;
    case HELO_DATASET_ANOMALY:
        facts->conflict |= strcmp(event->of.anomaly->rule->id, "HS-415") == 0;
        break;
    default:
        break;
    }
}

/* The frames of a run on their way into the engine. */
struct tape {
    struct helo_engine *engine;
    uint64_t number;
    unsigned at; /* of the segments with octets, which one is at hand; the others: WITH_OCTETS */
    struct facts facts;
    struct helo_stats stats;
};

static void play(struct tape *tape, const uint8_t *frame, uint32_t len, helo_time time)
{
    struct helo_slice copy = exact_copy(frame, len);
    struct helo_packet packet = {.time = time,
                                 .data = copy.ptr,
                                 .captured = len,
                                 .length = len,
                                 .link_type = 1,
                                 .number = ++tape->number};
    helo_engine_packet(tape->engine, &packet);
    exact_free(copy);
}

/* How a frame is put on the tape: another way for each attack that works below TCP. */
typedef void (*wrap_fn)(struct tape *tape, const struct synth_segment *segment, uint8_t *frame,
                        uint32_t len, unsigned variant);

enum expected {
    TRUTH,   /* what is told is the truth, without a mark */
    MARKED,  /* it is the truth, and the session is marked */
    EITHER,  /* it is the truth, whether marked or not */
    HONEST,  /* it is the truth, or the session is marked */
    NOTHING, /* it can't be read, which is counted */
};

struct attack {
    const char *name;
    enum expected expected;
    unsigned variants;
    void (*shape)(struct synth *synth, unsigned variant); /* its segments; NULL: as they are */
    wrap_fn wrap;                                         /* its frames; NULL: as they are */
    unsigned family;                                      /* 6: over IPv6 */
    bool verify;                                          /* checksums are looked at */
    unsigned sessions;                                    /* 0: one */
};

static struct synth *make_dialogue(unsigned family)
{
    struct helo_error error = {""};
    char text[sizeof(DIALOGUE) + 64];
    snprintf(text, sizeof(text), "%s%s",
             family == 6 ? "CLIENT [2001:db8::1]:40000\nSERVER [2001:db8::25]:587\n" : "",
             family == 6 ? strchr(DIALOGUE, '\n') + 1 : DIALOGUE);
    static struct transcript *kept[2];
    struct transcript **transcript = &kept[family == 6];
    if (*transcript == NULL)
        *transcript = transcript_parse("evasion", text, strlen(text), &error);
    if (*transcript == NULL)
        fail_msg("%s", error.message);
    return synth_make(*transcript);
}

static void run(struct tape *tape, const struct synth *synth, const struct attack *attack,
                unsigned variant)
{
    struct helo_config config;
    struct helo_error error = {""};
    memset(tape, 0, sizeof(*tape));
    helo_config_init(&config);
    config.exchanges = true;
    config.verify_checksums = attack != NULL && attack->verify;
    assert_int_equal(helo_engine_new(&config, on_event, &tape->facts, &tape->engine, &error),
                     HELO_OK);
    for (size_t i = 0, octets = 0; i < synth->count; i++) {
        uint8_t frame[MOST_FRAME];
        const struct synth_segment *segment = &synth->segments[i];
        tape->at = segment->length > 0 ? (unsigned)octets++ : WITH_OCTETS;
        uint32_t len = frame_write(synth, segment, (uint16_t)(i + 1), frame);
        if (attack != NULL && attack->wrap != NULL)
            attack->wrap(tape, segment, frame, len, variant);
        else
            play(tape, frame, len, segment->time);
    }
    helo_engine_tick(tape->engine, synth->finish);
    helo_engine_flush(tape->engine);
    helo_engine_stats(tape->engine, &tape->stats);
    helo_engine_free(tape->engine);
}

/* Puts a segment on the wire a microsecond before (-1) or after (1) the i-th. */
static void put(struct synth *synth, size_t i, int when, struct synth_segment segment)
{
    segment.time = synth->segments[i].time + when * HELO_MICROSECOND;
    if (segment.window == 0)
        segment.window = SYNTH_WINDOW;
    synth_add(synth, &segment);
    synth_sort(synth);
}

/* The i-th segment's like, with other octets. */
static struct synth_segment like(const struct synth *synth, size_t i, const char *text)
{
    struct synth_segment segment = synth->segments[i];
    segment.data = (const uint8_t *)text;
    segment.length = (uint32_t)strlen(text);
    return segment;
}

/* Segments at which attacks are tried: one after another of the dialogue's with octets. */
static size_t nth_with_octets(const struct synth *synth, unsigned n)
{
    for (size_t i = 0; i < synth->count; i++) {
        if (synth->segments[i].length > 0 && n-- == 0)
            return i;
    }
    fail_msg("not so many segments");
    return 0;
}

/* Octets as long as a segment's and all others, ending in a line break. */
static const char *others(const struct synth_segment *segment)
{
    static char text[512];
    assert_true(segment->length < sizeof(text));
    for (uint32_t i = 0; i < segment->length; i++)
        text[i] = segment->data[i] == 'x' ? 'y' : 'x';
    text[segment->length] = '\0';
    return text;
}

/* Makes room: a segment in two pieces, [0, front) and [back, its length). */
static void in_two(struct synth *synth, unsigned n, const char *front_text, const char *back_text,
                   bool backwards)
{
    size_t i = nth_with_octets(synth, n);
    struct synth_segment whole = synth->segments[i];
    uint32_t half = whole.length / 2;
    static char texts[2][512];
    struct synth_segment front = whole, back = whole;
    memcpy(texts[0], whole.data, whole.length);
    memcpy(texts[1], whole.data, whole.length);
    if (front_text != NULL)
        memcpy(texts[0] + half - 2, front_text, 4);
    if (back_text != NULL)
        memcpy(texts[1] + half - 2, back_text, 4);
    front.data = (const uint8_t *)texts[0];
    front.length = half + 2;
    back.data = (const uint8_t *)texts[1] + half - 2;
    back.seq += half - 2;
    back.length -= half - 2;
    synth->segments[i] = backwards ? back : front;
    put(synth, i, 1, backwards ? front : back);
}

static void overlap_alike(struct synth *synth, unsigned v)
{
    in_two(synth, v / 2, NULL, NULL, v % 2 != 0);
}

/* The copy that comes second has others; the first octets count, wherever they wait. */
static void overlap_late_others(struct synth *synth, unsigned v)
{
    bool backwards = v % 2 != 0;
    in_two(synth, v / 2, backwards ? "#~#~" : NULL, backwards ? NULL : "#~#~", backwards);
}

static void overlap_early_others(struct synth *synth, unsigned v)
{
    bool backwards = v % 2 != 0;
    in_two(synth, v / 2, backwards ? NULL : "#~#~", backwards ? "#~#~" : NULL, backwards);
}

static void again_as_others(struct synth *synth, unsigned v)
{
    size_t i = nth_with_octets(synth, v);
    put(synth, i, 1, like(synth, i, others(&synth->segments[i])));
}

/* Two replies later. */
static void again_as_others_later(struct synth *synth, unsigned v)
{
    size_t i = nth_with_octets(synth, v);
    struct synth_segment copy = like(synth, i, others(&synth->segments[i]));
    put(synth, i + 3, 1, copy);
}

static void before_as_others(struct synth *synth, unsigned v)
{
    size_t i = nth_with_octets(synth, v);
    put(synth, i, -1, like(synth, i, others(&synth->segments[i])));
}

/* Somebody's octets beyond a hole, that acknowledge little. */
static void ahead(struct synth *synth, unsigned v)
{
    static const uint32_t beyond[] = {1, 7, 50, 200, 3000};
    size_t i = nth_with_octets(synth, v / COUNT(beyond));
    struct synth_segment segment =
        like(synth, i, synth->segments[i].side == S ? "250 forged\r\n" : "VRFY forged\r\n");
    segment.seq += segment.length + beyond[v % COUNT(beyond)];
    put(synth, i, -1, segment);
}

/* Beyond all that the side ever says, so that its own octets never meet them. */
static void far_ahead(struct synth *synth, unsigned v)
{
    size_t i = nth_with_octets(synth, v);
    struct synth_segment segment =
        like(synth, i, synth->segments[i].side == S ? "250 forged\r\n" : "VRFY forged\r\n");
    segment.seq += 600;
    put(synth, i, -1, segment);
}

static const char *forged_line(enum helo_side side)
{
    return side == S ? "421 forged\r\n" : "EHLO forged\r\n";
}

/* Octets in a SYN that the SYN-ACK does not acknowledge; in the SYN-ACK, the true and others. */
static void octets_in_syn(struct synth *synth, unsigned v)
{
    struct synth_segment *segment = &synth->segments[v == 0 ? 0 : 1];
    assert_true((segment->flags & SYNTH_SYN) != 0);
    size_t greeting = nth_with_octets(synth, 0);
    const char *text = forged_line(segment->side);
    segment->data = v == 1 ? synth->segments[greeting].data : (const uint8_t *)text;
    segment->length = v == 1 ? synth->segments[greeting].length : (uint32_t)strlen(text);
}

/* From either side before each segment with octets. */
static struct synth_segment bare(const struct synth *synth, size_t i, enum helo_side side,
                                 unsigned flags)
{
    struct synth_segment segment = synth->segments[i];
    if (segment.side != side) {
        uint32_t seq = segment.seq;
        segment.seq = segment.ack;
        segment.ack = seq;
    }
    segment.side = side;
    segment.flags = (uint8_t)flags;
    segment.length = 0;
    return segment;
}

static void forged_syn(struct synth *synth, unsigned v)
{
    size_t i = nth_with_octets(synth, v / 6);
    struct synth_segment segment = bare(synth, i, v % 2 != 0 ? S : C, SYNTH_SYN);
    segment.flags |= v % 2 != 0 ? SYNTH_ACK : 0;
    if (v / 2 % 3 == 0)
        segment.seq += 77777; /* in the window */
    else
        segment.seq = v / 2 % 3 == 1 ? 0 : segment.seq + 0x40000000; /* the same again; out of it */
    segment.data = (const uint8_t *)forged_line(segment.side);
    segment.length = v / 2 % 3 == 2 ? (uint32_t)strlen(forged_line(segment.side)) : 0;
    put(synth, i, -1, segment);
}

/* The whole beginning of another connection. */
static void forged_handshake(struct synth *synth, unsigned v)
{
    size_t i = nth_with_octets(synth, v);
    struct synth_segment syn = bare(synth, i, C, SYNTH_SYN);
    struct synth_segment answer = bare(synth, i, S, SYNTH_SYN | SYNTH_ACK);
    syn.seq += 0x20000000;
    answer.seq += 0x30000000;
    answer.ack = syn.seq + 1;
    put(synth, i, -1, answer);
    put(synth, i, -2, syn);
}

static void forged_ack(struct synth *synth, unsigned v)
{
    static const uint32_t beyond[] = {1, 30, 5000, 70000, 10000000, 0x7fffffff};
    size_t i = nth_with_octets(synth, v / 2 / COUNT(beyond));
    struct synth_segment segment = bare(synth, i, v % 2 != 0 ? S : C, SYNTH_ACK);
    segment.ack += beyond[v / 2 % COUNT(beyond)];
    put(synth, i, -1, segment);
}

static void forged_rst(struct synth *synth, unsigned v)
{
    static const int32_t off[] = {0, 1, -1, 50, -50, 1000, 65535, 1 << 20, 1 << 30, -(1 << 30)};
    size_t i = nth_with_octets(synth, v / 2 / COUNT(off));
    struct synth_segment segment = bare(synth, i, v % 2 != 0 ? S : C, SYNTH_RST | SYNTH_ACK);
    segment.seq += (uint32_t)off[v / 2 % COUNT(off)];
    put(synth, i, -1, segment);
}

static void fin_then_octets(struct synth *synth, unsigned v)
{
    size_t i = nth_with_octets(synth, v / 2);
    put(synth, i, -1, bare(synth, i, v % 2 != 0 ? S : C, SYNTH_FIN | SYNTH_ACK));
}

/* Octets behind the true FIN. */
static void octets_behind_fin(struct synth *synth, unsigned v)
{
    enum helo_side side = v == 0 ? S : C;
    for (size_t i = 0; i < synth->count; i++) {
        struct synth_segment segment = synth->segments[i];
        if (segment.side != side || (segment.flags & SYNTH_FIN) == 0)
            continue;
        segment.seq++;
        segment.flags = SYNTH_ACK;
        segment.data = (const uint8_t *)forged_line(side);
        segment.length = (uint32_t)strlen(forged_line(side));
        put(synth, i, 1, segment);
        return;
    }
    fail_msg("no FIN");
}

/* Octet by octet, each segment's from its beginning or from its end. */
static void octet_by_octet(struct synth *synth, unsigned v)
{
    struct synth *old = synth_copy(synth);
    synth->count = 0;
    for (size_t i = 0; i < old->count; i++) {
        struct synth_segment whole = old->segments[i];
        for (uint32_t n = 0; n < whole.length; n++) {
            struct synth_segment one = whole;
            uint32_t at = v == 0 ? n : whole.length - 1 - n;
            one.seq += at;
            one.data += at;
            one.length = 1;
            one.time += n * HELO_MICROSECOND;
            synth_add(synth, &one);
        }
        if (whole.length == 0)
            synth_add(synth, &whole);
    }
    synth_free_copy(old);
}

/* Ten minutes pass before a segment with octets, or before each. */
static void pause_long(struct synth *synth, unsigned v)
{
    helo_time later = 0;
    for (size_t i = 0, n = 0; i < synth->count; i++) {
        if (synth->segments[i].length > 0 && (n++ == v || v == WITH_OCTETS))
            later += 600 * HELO_SECOND;
        synth->segments[i].time += later;
    }
    synth->finish += later;
}

/* The same ports once more, so soon, with numbers so much higher. */
static void reuse_port(struct synth *synth, unsigned v)
{
    static const helo_time pause[] = {HELO_MILLISECOND, HELO_SECOND, 6 * HELO_SECOND,
                                      60 * HELO_SECOND};
    static const uint32_t jump[] = {1000, 200000, 0x20000000, 0xc0000000};
    size_t count = synth->count;
    helo_time span = synth->segments[count - 1].time - synth->segments[0].time + pause[v % 4];
    for (size_t i = 0; i < count; i++) {
        struct synth_segment segment = synth->segments[i];
        segment.time += span;
        segment.seq += jump[v / 4];
        segment.ack += jump[v / 4];
        synth_add(synth, &segment);
    }
    synth->finish += span;
}

/* Sequence numbers pass 2^32 amid a segment's octets, on both sides. */
static void wrap_numbers(struct synth *synth, unsigned v)
{
    const struct synth_segment *segment = &synth->segments[nth_with_octets(synth, v)];
    synth->isn[segment->side] = (uint32_t)0 - segment->seq - segment->length / 2;
    synth->isn[1 - segment->side] = (uint32_t)0 - segment->ack - 3;
}

/* Below TCP. */

static uint32_t payload_at(const uint8_t *frame)
{
    return ETHERNET + 20 + (uint32_t)(frame[ETHERNET + 32] >> 4) * 4;
}

/* A copy with other octets and the checksum of the true ones comes first; or (odd) one whose IP
 * header's checksum is wrong. */
static void bad_checksum_first(struct tape *tape, const struct synth_segment *segment,
                               uint8_t *frame, uint32_t len, unsigned v)
{
    if (tape->at == v / 2) {
        uint8_t copy[MOST_FRAME];
        memcpy(copy, frame, len);
        if (v % 2 == 0)
            copy[payload_at(frame)] ^= 1;
        else
            copy[ETHERNET + 10] ^= 1; /* and the segment is sound */
        play(tape, copy, len, segment->time);
        if (v % 2 != 0)
            return; /* then it is never captured otherwise */
    }
    play(tape, frame, len, segment->time);
}

/* The urgent pointer makes a receiver take an octet out (RFC 6093 section 3). */
static void urgent(struct tape *tape, const struct synth_segment *segment, uint8_t *frame,
                   uint32_t len, unsigned v)
{
    if (tape->at == v) {
        frame[ETHERNET + 33] |= 0x20;
        frame[ETHERNET + 39] = 3;
    }
    play(tape, frame, len, segment->time);
}

/* Puts a tag of 802.1Q or 802.1ad behind the addresses. */
static uint32_t add_tag(uint8_t *frame, uint32_t len, unsigned type, unsigned vlan)
{
    const uint8_t tag[4] = {(uint8_t)(type >> 8), (uint8_t)type, (uint8_t)(vlan >> 8),
                            (uint8_t)vlan};
    memmove(frame + 16, frame + 12, len - 12);
    memcpy(frame + 12, tag, 4);
    return len + 4;
}

/* Each direction has another VLAN, one alone has, or one has two; or they change all the time. */
static void mixed_vlans(struct tape *tape, const struct synth_segment *segment, uint8_t *frame,
                        uint32_t len, unsigned v)
{
    if (v == 3)
        len = add_tag(frame, len, 0x8100, 1 + (unsigned)(tape->number * 7 % 4000));
    else if (segment->side == C || v == 0)
        len = add_tag(frame, len, 0x8100, segment->side == C ? 10 : 20);
    if (v == 2 && segment->side == C)
        len = add_tag(frame, len, 0x88a8, 30);
    play(tape, frame, len, segment->time);
}

static void put_ip(uint8_t *at, uint32_t len, unsigned protocol)
{
    static const uint8_t header[20] = {0x45, 0, 0,   0, 0,   0, 0x40, 0, 64,  0,
                                       0,    0, 203, 0, 113, 1, 203,  0, 113, 2};
    memcpy(at, header, sizeof(header));
    at[2] = (uint8_t)(len >> 8);
    at[3] = (uint8_t)len;
    at[9] = (uint8_t)protocol;
}

/* Into one more tunnel: GRE with Ethernet, VXLAN, or IP in IP, by turns. */
static uint32_t add_tunnel(uint8_t *frame, uint32_t len, unsigned kind)
{
    static const uint8_t gre[4] = {0, 0, 0x65, 0x58};
    static const uint8_t vxlan[16] = {0xc0, 0, 0x12, 0xb5, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 42, 0};
    uint32_t own = kind == 0 ? 4 : kind == 1 ? 16 : 0;
    uint32_t inner = kind == 2 ? ETHERNET : 0; /* what of the frame stays behind */
    uint32_t grown = ETHERNET + 20 + own;
    memmove(frame + grown, frame + inner, len - inner);
    if (kind != 2)
        memmove(frame, frame + grown, ETHERNET);
    len = grown + len - inner;
    put_ip(frame + ETHERNET, len - ETHERNET, kind == 0 ? 47 : kind == 1 ? 17 : 4);
    memcpy(frame + ETHERNET + 20, kind == 0 ? gre : vxlan, own);
    if (kind == 1) {
        frame[ETHERNET + 24] = (uint8_t)((len - ETHERNET - 20) >> 8);
        frame[ETHERNET + 25] = (uint8_t)(len - ETHERNET - 20);
    }
    return len;
}

static void tunnels(struct tape *tape, const struct synth_segment *segment, uint8_t *frame,
                    uint32_t len, unsigned v)
{
    for (unsigned depth = 0; depth <= v / 3; depth++)
        len = add_tunnel(frame, len, (depth + v) % 3);
    play(tape, frame, len, segment->time);
}

static void too_many_tunnels(struct tape *tape, const struct synth_segment *segment, uint8_t *frame,
                             uint32_t len, unsigned v)
{
    for (unsigned depth = 0; depth < 10; depth++)
        len = add_tunnel(frame, len, v);
    play(tape, frame, len, segment->time);
}

/* One fragment [from, to) of a frame's datagram. */
static void play_fragment(struct tape *tape, const uint8_t *frame, uint32_t len, uint32_t from,
                          uint32_t to, uint8_t change, helo_time time)
{
    uint8_t out[MOST_FRAME];
    uint32_t all = len - ETHERNET - 20;
    if (to > all)
        to = all;
    memcpy(out, frame, ETHERNET + 20);
    memcpy(out + ETHERNET + 20, frame + ETHERNET + 20 + from, to - from);
    for (uint32_t i = 0; change != 0 && i < to - from; i++)
        out[ETHERNET + 20 + i] ^= change;
    uint32_t size = 20 + to - from;
    out[ETHERNET + 2] = (uint8_t)(size >> 8);
    out[ETHERNET + 3] = (uint8_t)size;
    out[ETHERNET + 6] = (uint8_t)((to < all ? 0x20u : 0u) | from / 8 >> 8);
    out[ETHERNET + 7] = (uint8_t)(from / 8);
    play(tape, out, ETHERNET + size, time);
}

/* All datagrams in fragments of 16 octets: in order, backwards, the odd ones first, each once more,
 * each with the octets of the next (RFC 5722 forbids that for IPv6, and IPv4 receivers differ). */
static void fragments(struct tape *tape, const struct synth_segment *segment, uint8_t *frame,
                      uint32_t len, unsigned v)
{
    uint32_t all = len - ETHERNET - 20;
    uint32_t count = (all + 15) / 16;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t n = v == 1 ? count - 1 - i : v == 2 ? (2 * i + 1) % (count | 1) : i;
        play_fragment(tape, frame, len, 16 * n, 16 * n + (v == 4 ? 24 : 16), 0, segment->time);
        if (v == 3)
            play_fragment(tape, frame, len, 16 * n, 16 * n + 16, 0, segment->time);
    }
}

/* Of one datagram a fragment comes also with other octets, before or after; or not at all. */
static void fragments_at_odds(struct tape *tape, const struct synth_segment *segment,
                              uint8_t *frame, uint32_t len, unsigned v)
{
    if (tape->at != v / 3) {
        play(tape, frame, len, segment->time);
        return;
    }
    play_fragment(tape, frame, len, 0, 24, 0, segment->time);
    if (v % 3 == 0)
        play_fragment(tape, frame, len, 16, 32, 1, segment->time);
    if (v % 3 != 2)
        play_fragment(tape, frame, len, 24, MOST_FRAME, 0, segment->time);
    if (v % 3 == 1)
        play_fragment(tape, frame, len, 16, 32, 1, segment->time);
}

/* Puts IPv6 extension headers before TCP: each bit of v is one, the fragment header atomic. */
static void extensions(struct tape *tape, const struct synth_segment *segment, uint8_t *frame,
                       uint32_t len, unsigned v)
{
    static const struct {
        uint8_t type, octets[8]; /* the first says what follows */
    } headers[] = {
        {60, {0, 0, 1, 4, 0, 0, 0, 0}},             /* destination options */
        {44, {0, 0, 0, 0, 0x12, 0x34, 0x56, 0x78}}, /* an atomic fragment (RFC 6946) */
        {43, {0, 0, 253, 0, 0, 0, 0, 0}},           /* routing, with nothing left to route */
        {0, {0, 0, 1, 4, 0, 0, 0, 0}},              /* hop by hop, which comes first */
    };
    for (unsigned i = 0; i < COUNT(headers); i++) {
        if ((v + 1) >> i & 1) {
            uint8_t *at = frame + ETHERNET + 40;
            memmove(at + 8, at, len - ETHERNET - 40);
            memcpy(at, headers[i].octets, 8);
            at[0] = frame[ETHERNET + 6];
            frame[ETHERNET + 6] = headers[i].type;
            len += 8;
            frame[ETHERNET + 4] = (uint8_t)((len - ETHERNET - 40) >> 8);
            frame[ETHERNET + 5] = (uint8_t)(len - ETHERNET - 40);
        }
    }
    play(tape, frame, len, segment->time);
}

static const struct attack attacks[] = {
    {"overlapping segments, alike", TRUTH, 2 * WITH_OCTETS, .shape = overlap_alike},
    {"overlapping segments, the later one others", MARKED, 2 * WITH_OCTETS,
     .shape = overlap_late_others},
    {"overlapping segments, the earlier one others", HONEST, 2 * WITH_OCTETS,
     .shape = overlap_early_others},
    {"inconsistent retransmission, at once", MARKED, WITH_OCTETS, .shape = again_as_others},
    {"inconsistent retransmission, later", MARKED, WITH_OCTETS - 1, .shape = again_as_others_later},
    {"inconsistent retransmission, before the true one", HONEST, WITH_OCTETS,
     .shape = before_as_others},
    {"octets ahead", HONEST, 5 * WITH_OCTETS, .shape = ahead},
    {"octets far ahead", EITHER, WITH_OCTETS, .shape = far_ahead},
    {"bad checksums, looked at", HONEST, 2 * WITH_OCTETS, .wrap = bad_checksum_first,
     .verify = true},
    {"bad checksums, not looked at", HONEST, 2 * WITH_OCTETS, .wrap = bad_checksum_first},
    {"urgent data", MARKED, WITH_OCTETS, .wrap = urgent},
    {"data in SYN", HONEST, 3, .shape = octets_in_syn},
    {"forged SYN", EITHER, 6 * WITH_OCTETS, .shape = forged_syn},
    {"forged handshake", HONEST, WITH_OCTETS, .shape = forged_handshake},
    {"forged ACK past the window", EITHER, 12 * WITH_OCTETS, .shape = forged_ack},
    {"RST with wrong sequence", EITHER, 20 * WITH_OCTETS, .shape = forged_rst},
    /* Not before the last: a client that has sent QUIT may close before it hears the 221. */
    {"FIN then data", EITHER, 2 * WITH_OCTETS - 2, .shape = fin_then_octets},
    {"data behind the FIN", EITHER, 2, .shape = octets_behind_fin},
    {"fragments out of order", TRUTH, 4, .wrap = fragments},
    {"fragments overlapping", HONEST, 3 * WITH_OCTETS, .wrap = fragments_at_odds},
    {"IPv6 extension headers and atomic fragments", TRUTH, 15, .wrap = extensions, .family = 6},
    {"nested tunnels", TRUTH, 12, .wrap = tunnels},
    {"too many tunnels", NOTHING, 3, .wrap = too_many_tunnels},
    {"VLAN mix between directions", TRUTH, 4, .wrap = mixed_vlans},
    {"1-byte segments", TRUTH, 2, .shape = octet_by_octet},
    {"10-minute pauses", TRUTH, WITH_OCTETS + 1, .shape = pause_long},
    {"port reuse", TRUTH, 16, .shape = reuse_port, .sessions = 2},
    {"sequence wrap inside a command", TRUTH, WITH_OCTETS, .shape = wrap_numbers},
};

static bool is_marked(const struct facts *facts)
{
    return facts->uncertain || facts->conflict || facts->gap || facts->midstream;
}

/* NULL if the facts are as the attack lets one expect, else what is wrong. */
static const char *judge(const struct attack *attack, const struct tape *tape, const char *truth)
{
    const struct facts *facts = &tape->facts;
    bool same = strcmp(facts->text, truth) == 0;
    uint64_t undecodable = 0;
    for (size_t i = 0; i < COUNT(tape->stats.undecodable); i++)
        undecodable += tape->stats.undecodable[i];
    switch (attack->expected) {
    case TRUTH:
        return !same ? "not the truth" : is_marked(facts) ? "marked" : NULL;
    case MARKED:
        return !same ? "not the truth" : !is_marked(facts) ? "not marked" : NULL;
    case EITHER:
        return same ? NULL : "not the truth";
    case HONEST:
        return same || is_marked(facts) ? NULL : "not the truth, and not marked";
    case NOTHING:
        return facts->len > 0 ? "something" : undecodable != tape->number ? "not counted" : NULL;
    }
    return "?";
}

/* The clean dialogue's facts, so often. */
static char *tell_truth(unsigned family, unsigned sessions)
{
    struct tape *tape = malloc(sizeof(*tape));
    struct synth *synth = make_dialogue(family);
    run(tape, synth, NULL, 0);
    assert_int_equal(tape->facts.sessions, 1);
    assert_false(is_marked(&tape->facts));
    assert_non_null(strstr(tape->facts.text, "auth 1/1 mail 1/1"));
    char *truth = calloc(sessions, tape->facts.len + 1);
    for (unsigned i = 0; i < sessions; i++)
        strcat(truth, tape->facts.text);
    synth_free(synth);
    free(tape);
    return truth;
}

static void nothing_false_is_told_unmarked(void **state)
{
    const struct attack *attack = *state;
    char *truth = tell_truth(attack->family, attack->sessions > 0 ? attack->sessions : 1);
    struct tape *tape = malloc(sizeof(*tape));
    unsigned wrong = 0;
    for (unsigned v = 0; v < attack->variants; v++) {
        struct synth *synth = make_dialogue(attack->family);
        if (attack->shape != NULL)
            attack->shape(synth, v);
        run(tape, synth, attack, v);
        const char *what = judge(attack, tape, truth);
        if (what != NULL && wrong++ < 3)
            print_error("%s, variant %u: %s\n%s\n", attack->name, v, what, tape->facts.text);
        synth_free(synth);
    }
    free(tape);
    free(truth);
    if (wrong > 0)
        fail_msg("%s: %u of %u are wrong", attack->name, wrong, attack->variants);
}

int main(void)
{
    struct CMUnitTest tests[COUNT(attacks)];
    for (size_t i = 0; i < COUNT(attacks); i++)
        tests[i] = (struct CMUnitTest){attacks[i].name, nothing_false_is_told_unmarked, NULL, NULL,
                                       (void *)(uintptr_t)&attacks[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
