/* What a dialogue takes of memory: bounded, whatever either side floods it with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "smtp/smtp.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
/* Lines of a flood: several times what any list or queue holds. */
#define LINES 9000u
/* Octets of a long argument. */
#define LONG 1500

struct talk {
    struct mem *mem;
    struct smtp_shared shared;
    struct smtp_session *session;
    uint64_t offset[HELO_SIDES];
    helo_time time;
    uint64_t most;
    uint64_t exchanges;
    uint64_t messages;
};

static void count_exchange(void *context, const struct helo_exchange *exchange, helo_time time)
{
    struct talk *talk = context;
    (void)time;
    (void)exchange;
    talk->exchanges++;
}

static void count_message(void *context, const struct helo_message *message, helo_time time)
{
    struct talk *talk = context;
    (void)message;
    (void)time;
    talk->messages++;
}

static void drop_auth(void *context, const struct fact_auth *auth, helo_time time)
{
    (void)context;
    (void)auth;
    (void)time;
}

static void drop_session(void *context, const struct helo_session *session,
                         const struct fact_close *close, helo_time time)
{
    (void)context;
    (void)session;
    (void)close;
    (void)time;
}

static void drop_tls(void *context, const struct helo_tls *tls, helo_time time)
{
    (void)context;
    (void)tls;
    (void)time;
}

static void drop_client(void *context, const struct helo_endpoint *client)
{
    (void)context;
    (void)client;
}

static struct talk *talk_new(bool midstream)
{
    struct talk *talk = calloc(1, sizeof(*talk));
    struct smtp_start start = {.time = 1, .server_port = 25, .midstream = midstream};
    talk->mem = mem_new(1u << 30, 0);
    talk->shared.mem = talk->mem;
    talk->shared.exchanges = true;
    talk->shared.sink = (struct smtp_sink){.exchange = count_exchange,
                                           .message = count_message,
                                           .auth = drop_auth,
                                           .tls = drop_tls,
                                           .session = drop_session,
                                           .real_client = drop_client};
    talk->session = smtp_init(calloc(1, smtp_size()), &talk->shared, talk, &start);
    talk->time = 1;
    return talk;
}

/* Says something that acknowledges acked; forced as a stream does that can't hold more. */
static void say(struct talk *talk, enum helo_side side, const char *text, uint64_t acked)
{
    struct stream_chunk chunk = {.data = (const uint8_t *)text,
                                 .len = strlen(text),
                                 .offset = talk->offset[side],
                                 .acked = acked,
                                 .time = ++talk->time};
    for (unsigned tries = 0; chunk.len > 0 && tries < 100; tries++) {
        size_t taken = smtp_bytes(talk->session, side, &chunk);
        chunk.forced = taken == 0;
        chunk.data += taken;
        chunk.len -= taken;
        chunk.offset += taken;
    }
    assert_int_equal(chunk.len, 0);
    talk->offset[side] = chunk.offset;
    uint64_t used = mem_used(talk->mem);
    talk->most = used > talk->most ? used : talk->most;
}

static void talk_free(struct talk *talk)
{
    struct smtp_finish finish = {
        .cause = SMTP_CAPTURE_END, .time = talk->time + 1, .seen = {true, true}};
    assert_false(smtp_has_failed(talk->session));
    smtp_finish(talk->session, &finish);
    smtp_close(talk->session);
    assert_int_equal(mem_used(talk->mem), 0);
    mem_destroy(talk->mem);
    free(talk->session);
    free(talk);
}

/* Replaces every % of a pattern by a number, every @ by a long word. */
static void make_line(char *line, size_t size, const char *pattern, unsigned number)
{
    size_t at = 0;
    for (const char *c = pattern; *c != '\0'; c++) {
        if (*c == '%') {
            at += (size_t)snprintf(line + at, size - at, "%u", number);
        } else if (*c == '@') {
            memset(line + at, 'a' + (int)(number % 26), LONG);
            at += LONG;
        } else {
            line[at++] = *c;
        }
        assert_true(at + LONG + 16 < size);
    }
    line[at] = '\0';
}

static const struct flood {
    const char *name;
    const char *prologue; /* of the client, before the flood */
    const char *lines;
    bool midstream;
    bool answered; /* each line by a reply that acknowledges nothing */
} FLOODS[] = {
    {"RCPT", "MAIL FROM:<a@b>\r\n", "RCPT TO:<@%>\r\n", false, false},
    {"MAIL", "", "MAIL FROM:<@%> A=@\r\n", false, false},
    {"MAIL and RCPT", "", "MAIL FROM:<@%>\r\nRCPT TO:<@>\r\nRCPT TO:<@>\r\n", false, false},
    {"MAIL with parameters", "",
     "MAIL FROM:<a> A B C D E F G H I J K L M N O P Q R S T U V W X Y Z A1 A2 A3 A4 A5 A6 A7 A8 A9 "
     "B1 B2 B3 B4 B5 B6 B7 B8 B9 C1 C2 C3 C4 C5 C6 C7 C8 C9 D1 D2 D3 D4 D5 D6 D7 D8 D9 E1 E2\r\n",
     false, false},
    {"unknown verbs", "", "FOO%\r\n", false, false},
    {"unknown verbs with arguments", "", "FOO% @\r\n", false, false},
    {"unknown verbs and others", "", "FOO% @\r\nBAR @\r\nVRFY @\r\nRSET\r\n", false, false},
    {"lines that may be secrets", "", "f@=@%\r\n", true, false},
    {"octets that are no verb", "", "\x01\x02@%\r\n", false, false},
    {"the same, one in two", "", "\x01\x02@%\r\nNOOP\r\n", false, false},
    {"AUTH", "EHLO x\r\n", "AUTH PLAIN @%\r\n", false, false},
    {"AUTH with an unknown mechanism", "EHLO x\r\n", "AUTH @ @%\r\n", false, false},
    {"answers", "EHLO x\r\nAUTH LOGIN\r\n", "@%\r\n", false, false},
    {"answers, challenged", "EHLO x\r\nAUTH LOGIN\r\n", "@%\r\n", false, true},
    {"content", "", "MAIL FROM:<a>\r\nRCPT TO:<@>\r\nDATA\r\nfoo %\r\n.\r\n", false, false},
    {"chunks", "MAIL FROM:<a>\r\n", "BDAT 3\r\nabc", false, false},
    {"last chunks", "", "MAIL FROM:<a>\r\nBDAT 3 LAST\r\nabc", false, false},
    {"EHLO", "", "EHLO @%\r\n", false, false},
    {"RSET", "", "RSET\r\n", false, false},
};

/* One side floods, and the other acknowledges nothing, so that all of it stays outstanding. */
static void a_flood_stays_within_bounds(void **state)
{
    const struct flood *flood = *state;
    struct talk *talk = talk_new(flood->midstream);
    static char line[16 * LONG];
    say(talk, HELO_SERVER, "220 mx\r\n", 0);
    if (flood->prologue[0] != '\0')
        say(talk, HELO_CLIENT, flood->prologue, 8);
    for (unsigned i = 0; i < LINES; i++) {
        make_line(line, sizeof(line), flood->lines, i);
        say(talk, HELO_CLIENT, line, 8);
        if (flood->answered) {
            make_line(line, sizeof(line), "334 @%\r\n", i);
            say(talk, HELO_SERVER, line, talk->offset[HELO_CLIENT]);
        }
    }
    print_message("%-30s %8llu octets at most\n", flood->name, (unsigned long long)talk->most);
    assert_in_range(talk->most, 0, LIMIT_DIALOGUE);
    talk_free(talk);
}

static const char *const REPLIES[] = {
    "220-@%\r\n", "250-@%\r\n", "250 @\r\n", "334 @%\r\n", "421 @%\r\n", "599 @\r\n", "@",
};

static void replies_without_end_stay_within_bounds(void **state)
{
    static char line[16 * LONG];
    (void)state;
    for (size_t k = 0; k < COUNT(REPLIES); k++) {
        struct talk *talk = talk_new(false);
        for (unsigned i = 0; i < LINES; i++) {
            make_line(line, sizeof(line), REPLIES[k], i);
            say(talk, HELO_SERVER, line, 0);
        }
        assert_in_range(talk->most, 0, LIMIT_DIALOGUE);
        talk_free(talk);
    }
}

/* Each command is told once all the same, a counted one too. */
static void nothing_of_a_flood_is_left_out(void **state)
{
    static char line[16 * LONG];
    (void)state;
    struct talk *talk = talk_new(false);
    say(talk, HELO_SERVER, "220 mx\r\n", 0);
    for (unsigned i = 0; i < LINES; i++) {
        make_line(line, sizeof(line), "MAIL FROM:<%>\r\nRCPT TO:<b>\r\n\x01%\r\nNOOP\r\n", i);
        say(talk, HELO_CLIENT, line, 8);
    }
    struct smtp_finish finish = {
        .cause = SMTP_CAPTURE_END, .time = talk->time + 1, .seen = {true, true}};
    smtp_finish(talk->session, &finish);
    assert_int_equal(talk->exchanges, 1 + 4 * LINES);
    assert_int_equal(talk->messages, LINES);
    talk_free(talk);
}

int main(void)
{
    struct CMUnitTest tests[COUNT(FLOODS) + 2];
    size_t n = 0;
    for (; n < COUNT(FLOODS); n++)
        tests[n] = (struct CMUnitTest){.name = FLOODS[n].name,
                                       .test_func = a_flood_stays_within_bounds,
                                       .initial_state = (void *)(uintptr_t)&FLOODS[n]};
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(replies_without_end_stay_within_bounds);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(nothing_of_a_flood_is_left_out);
    return cmocka_run_group_tests_name("bounds", tests, NULL, NULL);
}
