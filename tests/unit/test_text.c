/* The text lines: golden ones per dataset, times and addresses, and wire text that can't forge. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "report/format.h"
#include "report/text.h"
#include "report/text_parts.h"
#include "sample_events.h"

struct fixture {
    struct mem *mem;
    struct line line;
    struct text_layout layout;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    f->mem = mem_new(1 << 20, 0);
    line_init(&f->line, f->mem, LIMIT_LINE);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    line_free(&f->line);
    mem_destroy(f->mem);
    free(f);
    return 0;
}

static void assert_line(struct fixture *f, const char *expected)
{
    line_char(&f->line, '\0');
    assert_false(f->line.failed);
    assert_string_equal(f->line.at, expected);
    line_clear(&f->line);
}

/* Where a formatter may write at the start of the line. */
static char *room(struct fixture *f)
{
    line_clear(&f->line);
    return line_reserve(&f->line, FORMAT_LONGEST);
}

static void write_field(struct fixture *f, const void *text, size_t len, size_t columns)
{
    uint8_t *exact = malloc(len > 0 ? len : 1);
    if (len > 0)
        memcpy(exact, text, len);
    text_field(&f->line, (struct helo_slice){exact, len}, columns);
    free(exact);
}

static void wire_text_shows_what_would_mislead(void **state)
{
    static const struct {
        struct helo_slice in;
        size_t columns;
        const char *out;
    } VECTORS[] = {
        {SLICE(""), 10, ""},
        {SLICE("plain"), 10, "plain"},
        {SLICE("gr\xc3\xbc\xc3\x9f"), 10, "gr\xc3\xbc\xc3\x9f"},
        {SLICE("a\r\nb"), 20, "a\\x0d\\x0ab"},
        {SLICE("\x00\x1b[31m\x7f"), 20, "\\x00\\x1b[31m\\x7f"},
        {SLICE("\\x1b"), 20, "\\\\x1b"},
        {SLICE("\xc2\x85\xc2\x9b"), 20, "\\u{85}\\u{9b}"},
        {SLICE("\x9b\xff\xc3"), 20, "\\x9b\\xff\\xc3"},
        {SLICE("\xe2\x80\xae\xe2\x81\xa6\xe2\x81\xa9"), 40, "\\u{202e}\\u{2066}\\u{2069}"},
        {SLICE("\xe2\x80\xaa\xe2\x80\xa8\xe2\x80\x8b"), 40, "\\u{202a}\\u{2028}\\u{200b}"},
        {SLICE("\xef\xbb\xbf\xf3\xa0\x81\x81"), 40, "\\u{feff}\\u{e0041}"},
        {SLICE("> \xe2\x86\x92 <"), 40, "> \\u{2192} <"},
        {SLICE("ab\xe2\x80\xa6"), 40, "ab\\u{2026}"},
        {SLICE("1234567890"), 10, "1234567890"},
        {SLICE("12345678901"), 10, "123456789\u2026"},
        {SLICE("12345678\n"), 10, "12345678\u2026"},
        {SLICE("123456\n"), 10, "123456\\x0a"},
        {SLICE("123456\nx"), 10, "123456\u2026"},
        {SLICE("\n\n"), 1, "\u2026"},
        {SLICE("\xc3\xa9\xc3\xa9\xc3\xa9"), 2, "\xc3\xa9\u2026"},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(VECTORS); i++) {
        write_field(f, VECTORS[i].in.ptr, VECTORS[i].in.len, VECTORS[i].columns);
        assert_line(f, VECTORS[i].out);
    }
}

static void assert_harmless(const struct line *line)
{
    size_t i = 0;

    assert_int_equal(line->at[line->len - 1], '\n');
    while (i < line->len - 1) {
        uint32_t code = 0;
        size_t n = utf8_character((const uint8_t *)line->at + i, line->len - 1 - i, &code);
        assert_int_not_equal(n, 0);
        assert_true(code >= 0x20 && (code < 0x7F || code > 0x9F));
        assert_false(code >= 0x202A && code <= 0x202E);
        assert_false(code >= 0x2066 && code <= 0x2069);
        i += n;
    }
}

static void random_wire_text_makes_one_harmless_line(void **state)
{
    static const char *const PIECES[] = {"\xe2\x80\xae", "\xe2\x81\xa6", "\x1b[2J", "\r\n",
                                         "\xc2\x9b",     "\xe2\x86\x92", "\xff",    "x"};
    struct fixture *f = *state;

    srand(5952);
    for (int round = 0; round < 20000; round++) {
        uint8_t wire[120];
        size_t len = 0;
        while (len < sizeof(wire) - 4) {
            const char *piece = PIECES[(size_t)rand() % COUNT(PIECES)];
            if (rand() % 3 == 0) {
                wire[len++] = (uint8_t)rand();
                continue;
            }
            memcpy(wire + len, piece, strlen(piece));
            len += strlen(piece);
        }
        struct helo_slice text = {wire, (size_t)rand() % len};
        struct helo_exchange exchange = SAMPLE_EXCHANGE;
        struct helo_event event = sample_event(HELO_DATASET_EXCHANGE);
        exchange.verb = exchange.argument = exchange.reply.text = text;
        event.of.exchange = &exchange;
        text_event(&f->line, &f->layout, &event, false);
        assert_harmless(&f->line);
        line_clear(&f->line);

        struct helo_message message = SAMPLE_MESSAGE;
        event = sample_event(HELO_DATASET_MESSAGE);
        message.mail_from = message.queue_id = message.reply.text = text;
        event.of.message = &message;
        text_event(&f->line, &f->layout, &event, false);
        assert_harmless(&f->line);
        line_clear(&f->line);

        struct helo_auth auth = SAMPLE_AUTH;
        event = sample_event(HELO_DATASET_AUTH);
        auth.mechanism = auth.user_name = auth.authzid = auth.secret = auth.reply.text = text;
        event.of.auth = &auth;
        text_event(&f->line, &f->layout, &event, false);
        assert_harmless(&f->line);
        line_clear(&f->line);

        struct helo_session session = SAMPLE_SESSION;
        event = sample_event(HELO_DATASET_SESSION);
        session.helo = session.client_verb = session.close_reply_text = text;
        event.of.session = &session;
        text_event(&f->line, &f->layout, &event, false);
        assert_harmless(&f->line);
        line_clear(&f->line);
    }
}

#define HEAD(tag) "09:08:08.123  " tag "  192.0.2.7:51324       \u2192 198.51.100.25:25       "

static void assert_event(struct fixture *f, const struct helo_event *event, const char *expected)
{
    text_event(&f->line, &f->layout, event, false);
    assert_line(f, expected);
}

static void each_dataset_has_its_line(void **state)
{
    static const struct {
        enum helo_dataset dataset;
        const char *out;
    } GOLDEN[] = {
        {HELO_DATASET_SESSION,
         HEAD("session ") "server 421 in envelope      31.2 s  after 30.0 s silence  "
                          "1 accepted, 1 rejected, 3 recipients refused  submission  auth 1/3  "
                          "1 gap  EHLO client.example  421 4.4.2 mx.example Error: timeout "
                          "exceeded\n"},
        {HELO_DATASET_EXCHANGE,
         HEAD("exchange") "MAIL FROM:<a@client.example> SIZE=1000 \u2192 250 2.1.0 Ok (12 ms)\n"},
        {HELO_DATASET_MESSAGE,
         HEAD("message ") "partial     1.2 KiB     <a@client.example> \u2192 <b@mx.example>, "
                          "<c@mx.example> 550, <d@mx.example> 452 +1  queue id 4VgKXy1Z  "
                          "452 4.2.2 Mailbox / full\n"},
        {HELO_DATASET_AUTH,
         HEAD("auth    ") "failure      LOGIN          Alice of EXAMPLE as bob  2 rounds  "
                          "CLEAR, secret exposed  secret hunter2  "
                          "535 5.7.8 ALICE may not be bob\n"},
        {HELO_DATASET_STATS,
         "09:08:08.123  stats     1000 packets, 1.5 MiB  3 undecodable  sessions 3 open, "
         "47 ended  2 gaps  memory 1.0 MiB of 512.0 MiB\n"},
    };

    for (size_t i = 0; i < COUNT(GOLDEN); i++) {
        struct helo_event event = sample_event(GOLDEN[i].dataset);
        assert_event(*state, &event, GOLDEN[i].out);
    }
}

static void a_session_says_who_ended_it_and_how(void **state)
{
    enum { NOBODY = HELO_SIDES };
    static const struct {
        enum helo_close_reason reason;
        uint16_t code;
        int by;
        enum helo_phase phase;
        helo_time idle;
        bool expected;
        const char *out;
    } ENDS[] = {
        {HELO_CLOSE_QUIT, 221, NOBODY, HELO_PHASE_READY, 0, true, "QUIT/221                    "},
        {HELO_CLOSE_QUIT, 221, HELO_SERVER, HELO_PHASE_DATA, 5 * HELO_SECOND, true,
         "QUIT/221, server closed     "},
        {HELO_CLOSE_QUIT, 221, HELO_CLIENT, HELO_PHASE_READY, 0, true,
         "QUIT/221, client closed     "},
        {HELO_CLOSE_QUIT_OTHER_REPLY, 250, HELO_CLIENT, HELO_PHASE_READY, 0, false,
         "QUIT/250, client closed     "},
        {HELO_CLOSE_QUIT_WITHOUT_REPLY, 0, HELO_CLIENT, HELO_PHASE_READY, 0, false,
         "QUIT, no reply, client closed  "},
        {HELO_CLOSE_REFUSED, 554, HELO_SERVER, HELO_PHASE_GREETING, 0, true,
         "refused/554, server closed  "},
        {HELO_CLOSE_REFUSED, 554, HELO_CLIENT, HELO_PHASE_GREETING, 0, false,
         "refused/554, client closed  "},
        {HELO_CLOSE_SERVER_221, 221, HELO_SERVER, HELO_PHASE_READY, 0, false,
         "server 221                  "},
        {HELO_CLOSE_SERVER_421, 421, HELO_SERVER, HELO_PHASE_READY, 300 * HELO_SECOND, false,
         "server 421                  "},
        {HELO_CLOSE_SERVER_421, 421, HELO_CLIENT, HELO_PHASE_DATA, 0, false,
         "server 421, client closed in data  "},
        {HELO_CLOSE_CLIENT_RST, 0, HELO_CLIENT, HELO_PHASE_DATA, 0, false,
         "client RST in data          "},
        {HELO_CLOSE_SERVER_RST, 0, HELO_SERVER, HELO_PHASE_AUTH, 0, false,
         "server RST in auth          "},
        {HELO_CLOSE_CLIENT_FIN, 0, HELO_CLIENT, HELO_PHASE_TLS, 0, false,
         "client FIN in tls           "},
        {HELO_CLOSE_SERVER_FIN, 0, HELO_SERVER, HELO_PHASE_STARTTLS, 0, false,
         "server FIN in starttls      "},
        {HELO_CLOSE_REPLACED, 0, NOBODY, HELO_PHASE_READY, 0, false,
         "replaced                    "},
        {HELO_CLOSE_IDLE_TIMEOUT, 0, HELO_SERVER, HELO_PHASE_READY, 0, false,
         "idle timeout, server closed  "},
        {HELO_CLOSE_CAPTURE_END, 0, NOBODY, HELO_PHASE_READY, 0, false,
         "capture end                 "},
        {HELO_CLOSE_EVICTED, 0, NOBODY, HELO_PHASE_READY, 0, false, "evicted                     "},
        {HELO_CLOSE_UNKNOWN, 0, HELO_CLIENT, HELO_PHASE_READY, 0, false,
         "end not seen, client closed  "},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(ENDS); i++) {
        struct helo_session session = {
            .close_reason = ENDS[i].reason,
            .close_reply_code = ENDS[i].code,
            .has_close_by = ENDS[i].by != NOBODY,
            .close_by = (enum helo_side)ENDS[i].by,
            .close_state = ENDS[i].phase,
            .has_close_idle = true,
            .close_idle = ENDS[i].idle,
            .close_expected = ENDS[i].expected,
            .end = 5 * HELO_MILLISECOND,
        };
        struct helo_event event = {.of.session = &session};
        char expected[96] = "";
        strcat(strcat(expected, ENDS[i].out), "5 ms    ");
        if (!ENDS[i].expected && ENDS[i].idle > 0)
            strcat(expected, "after 5 min silence  ");
        strcat(expected, "no mail");
        text_session(&f->line, &event, false);
        assert_line(f, expected);
    }
}

static void last_words_are_shown_of_ends_that_nobody_expected(void **state)
{
    struct fixture *f = *state;
    struct helo_session session = {
        .close_reason = HELO_CLOSE_SERVER_421,
        .close_reply_code = 421,
        .close_reply_text = SLICE("4.3.2 Shutting down\nCome back later"),
        .close_state = HELO_PHASE_READY,
    };
    struct helo_event event = {.of.session = &session};

    text_session(&f->line, &event, false);
    assert_line(f, "server 421                  0 ms    no mail  "
                   "421 4.3.2 Shutting down / Come back later");
    session.close_expected = true;
    text_session(&f->line, &event, false);
    assert_line(f, "server 421                  0 ms    no mail");
}

static void sessions_that_show_no_mail_say_why(void **state)
{
    struct fixture *f = *state;
    struct helo_session session = {.end = HELO_SECOND, .kind = HELO_KIND_OTHER};
    struct helo_event event = {.foreign = true, .of.session = &session};

    session.close_reason = HELO_CLOSE_CLIENT_FIN;
    session.close_state = HELO_PHASE_GREETING;
    text_session(&f->line, &event, false);
    assert_line(f, "client FIN                  1.0 s   not SMTP");
    event.protocol = (struct helo_slice)SLICE("ssh");
    text_session(&f->line, &event, false);
    assert_line(f, "client FIN                  1.0 s   not SMTP: ssh");
    session.kind = HELO_KIND_SMTP;
    session.close_state = HELO_PHASE_TLS;
    session.tls = session.mail_may_be_hidden = true;
    session.midstream = session.uncertain = true;
    text_session(&f->line, &event, false);
    assert_line(f, "client FIN in tls           1.0 s   encrypted  TLS  midstream  uncertain");
    session.tls_version = 0x0303;
    session.midstream = session.uncertain = false;
    text_session(&f->line, &event, false);
    assert_line(f, "client FIN in tls           1.0 s   encrypted  TLS 1.2");
    session.tls_version = 0x0300;
    text_session(&f->line, &event, false);
    assert_line(f, "client FIN in tls           1.0 s   encrypted  SSL 3.0");
}

static void an_authentication_says_who_how_and_how_openly(void **state)
{
    static const struct {
        struct helo_auth auth;
        const char *out;
    } CASES[] = {
        {{.mechanism = SLICE("PLAIN"),
          .user_name = SLICE("alice"),
          .reply = {.code = 235, .text = SLICE("2.7.0 welcome")},
          .tls = true},
         "success      PLAIN          alice  TLS"},
        {{.mechanism = SLICE("SCRAM-SHA-256"),
          .user_name = SLICE("al\nice"),
          .rounds = 1,
          .result = HELO_AUTH_ABANDONED},
         "abandoned    SCRAM-SHA-256  al\\x0aice  1 round  CLEAR"},
        {{.rounds = 2, .result = HELO_AUTH_UNKNOWN},
         "unknown      ?              no name seen  2 rounds  CLEAR"},
        {{.mechanism = SLICE("LOGIN"),
          .result = HELO_AUTH_ENCRYPTION_REQUIRED,
          .reply = {.code = 538, .enhanced = {5, 7, 11}, .text = SLICE("TLS\nfirst")}},
         "encryption_required  LOGIN          no name seen  CLEAR  "
         "538 5.7.11 TLS / first"},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct helo_event event = {.dataset = HELO_DATASET_AUTH, .of.auth = &CASES[i].auth};
        text_auth(&f->line, &event, false);
        assert_line(f, CASES[i].out);
    }
    struct helo_event event = sample_event(HELO_DATASET_AUTH);
    text_auth(&f->line, &event, true);
    assert_line(f, "\033[31mfailure    \033[0m  LOGIN          Alice of EXAMPLE as bob  2 rounds  "
                   "CLEAR, \033[31msecret exposed\033[0m  secret hunter2  "
                   "\033[31m535\033[0m 5.7.8 ALICE may not be bob");
}

/* Counts of nothing say nothing, and what was begun and not ended is told. */
static void a_session_counts_what_there_was(void **state)
{
    static const struct {
        struct helo_session session;
        const char *out;
    } CASES[] = {
        {{.messages_attempted = 1, .messages_accepted = 1}, "1 accepted"},
        {{.messages_attempted = 3, .messages_accepted = 1, .messages_rejected = 1},
         "1 accepted, 1 rejected, 1 unfinished"},
        {{.messages_attempted = 2, .messages_partial = 2}, "2 partly accepted"},
        {{.messages_attempted = 1, .recipients_rejected = 1}, "1 unfinished, 1 recipient refused"},
        {{.recipients_rejected = 2}, "no mail, 2 recipients refused"},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct helo_event event = {.of.session = &CASES[i].session};
        char expected[96] = "refused                     0 ms    ";
        text_session(&f->line, &event, false);
        assert_line(f, strcat(expected, CASES[i].out));
    }
}

/* Whoever stands behind a proxy is told, and where a proxy was asked to connect to. */
static void proxies_hide_neither_client_nor_target(void **state)
{
    struct fixture *f = *state;
    struct helo_connection connection = {
        .end = {{.family = 4, .address = {192, 0, 2, 7}, .port = 51324},
                {.family = 4, .address = {192, 0, 2, 25}, .port = 1080}},
        .has_real_client = true,
        .real_client = {.family = 4, .address = {198, 51, 100, 7}, .port = 40007},
    };
    struct helo_session session = {
        .close_reason = HELO_CLOSE_QUIT,
        .close_expected = true,
        .proxy_kind = SLICE("socks5"),
        .proxy_target = SLICE("mx\n.example:25"),
    };
    struct helo_message message = {.result = HELO_MESSAGE_ABORTED};
    struct helo_exchange exchange = {.reply = {.code = 220}};
    struct helo_event event = {.connection = &connection, .of.session = &session};
#define ENDS "192.0.2.7:51324       \u2192 192.0.2.25:1080        "

    assert_event(f, &event,
                 "00:00:00.000  session   " ENDS "QUIT                        0 ms    no mail  "
                 "socks5 to mx\\x0a.example:25  client 198.51.100.7:40007\n");
    event.dataset = HELO_DATASET_MESSAGE;
    event.of.message = &message;
    assert_event(f, &event,
                 "00:00:00.000  message   " ENDS "aborted                 sender not seen  "
                 "client 198.51.100.7:40007\n");
    event.dataset = HELO_DATASET_EXCHANGE;
    event.of.exchange = &exchange;
    assert_event(f, &event, "00:00:00.000  exchange  " ENDS "220\n");
    connection.real_client = (struct helo_endpoint){.family = 6, .address = {0x20, 1, 0xd, 0xb8}};
    event.dataset = HELO_DATASET_MESSAGE;
    event.of.message = &message;
    assert_event(f, &event,
                 "00:00:00.000  message   " ENDS "aborted                 sender not seen  "
                 "client 2001:db8::\n");
#undef ENDS
}

/* What sessions share stands in the columns of addresses; a list has its key once. */
static void anomalies_of_several_sessions_keep_the_columns(void **state)
{
    static const struct helo_rule RULE = {.id = "HS-207", .name = "auth_offered_in_clear"};
    struct fixture *f = *state;
    struct helo_anomaly anomaly = {
        .rule = &RULE,
        .severity = HELO_SEVERITY_LOW,
        .count = 2,
        .window = 600 * HELO_SECOND,
        .has_server = true,
        .server = {.family = 4, .address = {192, 0, 2, 25}, .port = 25},
        .evidence = {{.key = "mechanisms", .text = SLICE("PLAIN")},
                     {.key = "mechanisms", .text = SLICE("LOGIN")},
                     {.key = "known", .kind = HELO_EVIDENCE_FLAG},
                     {.key = "idle_ms", .kind = HELO_EVIDENCE_INTERVAL, .number = HELO_SECOND}},
        .evidence_count = 4,
    };
    struct helo_event event = {.dataset = HELO_DATASET_ANOMALY, .of.anomaly = &anomaly};

    assert_event(f, &event,
                 "00:00:00.000  anomaly   *                     \u2192 192.0.2.25:25          "
                 "LOW       HS-207 auth_offered_in_clear  2 times in 10 min  "
                 "mechanisms=PLAIN, LOGIN  known=no  idle=1.0 s\n");
    anomaly.evidence_count = 0;
    anomaly.has_server = false;
    anomaly.has_source = true;
    anomaly.source = (struct helo_endpoint){.family = 6, .address = {0x20, 1, 0xd, 0xb8, [15] = 1}};
    assert_event(f, &event,
                 "00:00:00.000  anomaly   2001:db8::1           \u2192 *                      "
                 "LOW       HS-207 auth_offered_in_clear  2 times in 10 min\n");
    anomaly.has_source = false;
    anomaly.user = (struct helo_slice)SLICE("alice");
    assert_event(f, &event,
                 "00:00:00.000  anomaly   *                     \u2192 *                      "
                 "LOW       HS-207 auth_offered_in_clear  user alice  2 times in 10 min\n");
}

#define HASH_64 "5c509eeb1cf8f263255ec16a5036fd12c4107200a935ceaa02d08399f47d18e0"

/* Only what looks like a hash through and through is shortened. */
static void hashes_of_names_are_shown_by_their_beginning(void **state)
{
    static const struct {
        struct helo_slice name;
        const char *out;
    } NAMES[] = {
        {SLICE("hmac-sha256:" HASH_64), "hmac-sha256:5c509eeb1cf8\u2026"},
        {SLICE("hmac-sha256:5c509eeb1cf8f263"), "hmac-sha256:5c509eeb1cf8f263"},
        {SLICE("alice"), "alice"},
        {SLICE("hmac-sha257:" HASH_64),
         "hmac-sha257:5c509eeb1cf8f263255ec16a5036fd12c4107200a935ceaa02d\u2026"},
        {SLICE("hmac-sha256:\0"
               "c509eeb1cf8f263255ec16a5036fd12c4107200a935ceaa02d08399f47d18e0"),
         "hmac-sha256:\\x00c509eeb1cf8f263255ec16a5036fd12c4107200a935ceaa\u2026"},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(NAMES); i++) {
        text_user(&f->line, NAMES[i].name);
        assert_line(f, NAMES[i].out);
    }
}

static void lines_of_a_reply_are_joined_and_cut_to_what_they_are_worth(void **state)
{
    static const char EHLO[] = "mx.example\nPIPELINING\nSIZE 10240000\nVRFY\nETRN\nSTARTTLS\n"
                               "ENHANCEDSTATUSCODES\n8BITMIME\nDSN\nSMTPUTF8\nCHUNKING";
    struct fixture *f = *state;
    struct helo_reply reply = {.code = 250, .text = SLICE(EHLO)};

    text_reply(&f->line, &reply, false);
    assert_line(f, "250 mx.example / PIPELINING / SIZE 10240000 / VRFY / ETRN / STARTTL\u2026");
    reply.code = 550;
    text_reply(&f->line, &reply, false);
    assert_line(f, "550 mx.example / PIPELINING / SIZE 10240000 / VRFY / ETRN / STARTTLS / "
                   "ENHANCEDSTATUSCODES / 8BITMIME / DSN / SMTPUTF8 / CH\u2026");
    reply.text = (struct helo_slice)SLICE("a\rb\n\nc\x1b[2J\n");
    text_reply(&f->line, &reply, false);
    assert_line(f, "550 a\\x0db /  / c\\x1b[2J / ");
    reply.text = (struct helo_slice)SLICE("a\nb\nc");
    text_lines(&f->line, reply.text, 4);
    assert_line(f, "a\u2026");
    text_lines(&f->line, reply.text, 5);
    assert_line(f, "a / \u2026");
}

static void exchanges_without_command_or_reply_have_their_line(void **state)
{
    struct fixture *f = *state;
    struct helo_exchange exchange = {.reply = {.code = 220, .text = SLICE("mx ESMTP")}};
    struct helo_event event = {.of.exchange = &exchange};

    text_exchange(&f->line, &event, false);
    assert_line(f, "220 mx ESMTP");
    exchange = (struct helo_exchange){.has_command = true, .verb = SLICE("NOOP"), .count = 1200};
    text_exchange(&f->line, &event, false);
    assert_line(f, "NOOP, 1200 times \u2192 no reply");
    exchange.count = 1;
    exchange.reply_lost = true;
    text_exchange(&f->line, &event, false);
    assert_line(f, "NOOP \u2192 reply lost");
    exchange.reply = (struct helo_reply){.code = 550, .enhanced = {5, 7, 1}};
    text_exchange(&f->line, &event, false);
    assert_line(f, "NOOP \u2192 550 5.7.1");
    exchange.reply.text = (struct helo_slice)SLICE("denied");
    text_exchange(&f->line, &event, false);
    assert_line(f, "NOOP \u2192 550 5.7.1 denied");
}

static void messages_without_sender_or_recipients_have_their_line(void **state)
{
    struct fixture *f = *state;
    struct helo_message message = {.result = HELO_MESSAGE_ABORTED};
    struct helo_event event = {.of.message = &message};

    text_message(&f->line, &event, false);
    assert_line(f, "aborted                 sender not seen");
    message.has_mail_from = true;
    message.mail_from = (struct helo_slice)SLICE("<>");
    message.recipient_total = 7;
    text_message(&f->line, &event, false);
    assert_line(f, "aborted                 <> \u2192 +7");
}

static void colours_mark_results_and_only_when_asked(void **state)
{
    static const struct {
        uint16_t code;
        const char *out;
    } REPLIES[] = {
        {250, "\033[32m250\033[0m"}, {354, "\033[32m354\033[0m"},    {451, "\033[33m451\033[0m"},
        {550, "\033[31m550\033[0m"}, {0, "\033[33mno reply\033[0m"},
    };
    struct fixture *f = *state;
    struct helo_exchange exchange = {.count = 1};
    struct helo_event event = {.of.exchange = &exchange};

    for (size_t i = 0; i < COUNT(REPLIES); i++) {
        exchange.reply.code = REPLIES[i].code;
        text_exchange(&f->line, &event, true);
        assert_line(f, REPLIES[i].out);
    }
    event = sample_event(HELO_DATASET_MESSAGE);
    text_event(&f->line, &f->layout, &event, true);
    line_char(&f->line, '\0');
    assert_non_null(strstr(f->line.at, "  \033[33mpartial   \033[0m  1.2 KiB"));
    assert_non_null(strstr(f->line.at, "\033[0m  message   "));
    event = sample_event(HELO_DATASET_EXCHANGE);
    line_clear(&f->line);
    text_event(&f->line, &f->layout, &event, true);
    line_char(&f->line, '\0');
    assert_memory_equal(f->line.at, "\033[2m", 4);
    assert_non_null(strstr(f->line.at, "\033[0m  \033[2mexchange\033[0m  "));
    for (int i = 0; i < HELO_DATASET_COUNT; i++) {
        if (i == HELO_DATASET_TLS || i == HELO_DATASET_ANOMALY)
            continue;
        event = sample_event((enum helo_dataset)i);
        line_clear(&f->line);
        text_event(&f->line, &f->layout, &event, false);
        assert_null(memchr(f->line.at, '\033', f->line.len));
    }
}

/* What a person sees: a line without what a terminal takes for a style. */
static void strip_styles(char *text)
{
    char *to = text;
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '\033') {
            at += strcspn(at, "m");
            continue;
        }
        *to++ = *at;
    }
    *to = '\0';
}

static void colours_change_no_column_and_are_ended_in_their_line(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < HELO_DATASET_COUNT; i++) {
        if (i == HELO_DATASET_TLS || i == HELO_DATASET_ANOMALY)
            continue;
        struct helo_event event = sample_event((enum helo_dataset)i);
        line_clear(&f->line);
        text_event(&f->line, &f->layout, &event, false);
        line_char(&f->line, '\0');
        char *plain = strdup(f->line.at);
        line_clear(&f->line);
        text_event(&f->line, &f->layout, &event, true);
        line_char(&f->line, '\0');
        const char *last = strrchr(f->line.at, '\033');
        assert_non_null(last);
        assert_memory_equal(last, "\033[0m", 4);
        strip_styles(f->line.at);
        assert_string_equal(f->line.at, plain);
        free(plain);
        line_clear(&f->line);
    }
}

static size_t count_escapes(const char *text, size_t len)
{
    size_t count = 0;
    for (size_t i = 0; i < len; i++)
        count += text[i] == '\033';
    return count;
}

/* A line with this text in every place that the wire fills. */
static void write_with(struct fixture *f, enum helo_dataset dataset, struct helo_slice text,
                       bool colour)
{
    struct helo_event event = sample_event(dataset);
    struct helo_session session = *sample_event(HELO_DATASET_SESSION).of.session;
    struct helo_exchange exchange = *sample_event(HELO_DATASET_EXCHANGE).of.exchange;
    struct helo_auth auth = *sample_event(HELO_DATASET_AUTH).of.auth;
    struct helo_message message = *sample_event(HELO_DATASET_MESSAGE).of.message;
    struct helo_recipient recipients[] = {{.address = text, .code = 550}, {.address = text}};

    session.client_verb = session.helo = session.close_reply_text = text;
    exchange.verb = exchange.argument = exchange.reply.text = text;
    exchange.has_command = exchange.has_argument = true;
    auth.mechanism = auth.user_name = auth.user_domain = text;
    auth.authzid = auth.secret = auth.reply.text = text;
    auth.result = HELO_AUTH_FAILURE;
    message.mail_from = message.queue_id = message.reply.text = text;
    message.has_mail_from = true;
    message.recipients = recipients;
    message.recipient_count = message.recipient_total = 2;
    if (dataset == HELO_DATASET_SESSION)
        event.of.session = &session;
    else if (dataset == HELO_DATASET_EXCHANGE)
        event.of.exchange = &exchange;
    else if (dataset == HELO_DATASET_AUTH)
        event.of.auth = &auth;
    else
        event.of.message = &message;
    line_clear(&f->line);
    text_event(&f->line, &f->layout, &event, colour);
    assert_false(f->line.failed);
}

static void whatever_the_wire_says_a_line_is_a_line_and_its_styles_are_ours(void **state)
{
    static const struct helo_slice HOSTILE[] = {
        SLICE("\033[31mred\033[0m"),
        SLICE("\033]0;title\a"),
        SLICE("\r\n12:00:00 forged"),
        SLICE("\xc2\x9b"
              "31m"),
        SLICE("\x9b"
              "31m"),
        SLICE("\b\b\b\x7f\x0e"),
        SLICE("\xe2\x80\xae"
              "evil"),
        SLICE("a\xe2\x80\xa8"
              "b"),
        SLICE("\0\xff\xfe"),
    };
    static const struct helo_slice HARMLESS = SLICE("harmless");
    static const enum helo_dataset DATASETS[] = {HELO_DATASET_SESSION, HELO_DATASET_EXCHANGE,
                                                 HELO_DATASET_AUTH, HELO_DATASET_MESSAGE};
    struct fixture *f = *state;

    for (size_t d = 0; d < COUNT(DATASETS); d++) {
        write_with(f, DATASETS[d], HARMLESS, true);
        size_t ours = count_escapes(f->line.at, f->line.len);
        assert_true(ours > 0);
        for (size_t i = 0; i < COUNT(HOSTILE); i++) {
            write_with(f, DATASETS[d], HOSTILE[i], true);
            assert_int_equal(count_escapes(f->line.at, f->line.len), ours);
            write_with(f, DATASETS[d], HOSTILE[i], false);
            for (size_t at = 0; at + 1 < f->line.len; at++)
                assert_true((uint8_t)f->line.at[at] >= 0x20 && f->line.at[at] != 0x7f);
            assert_int_equal(f->line.at[f->line.len - 1], '\n');
            assert_null(memmem(f->line.at, f->line.len, "\xc2\x9b", 2));
            assert_null(memmem(f->line.at, f->line.len, "\xe2\x80", 2));
        }
    }
    line_clear(&f->line);
}

static void quantities_are_rounded_down_for_the_eye(void **state)
{
    static const struct {
        uint64_t value;
        const char *out;
    } SIZES[] = {
        {0, "0 B"},
        {1023, "1023 B"},
        {1024, "1.0 KiB"},
        {1048575, "1023.9 KiB"},
        {1048576, "1.0 MiB"},
        {UINT64_C(5) << 40, "5120.0 GiB"},
        {UINT64_MAX, "17179869183.9 GiB"},
    };
    static const struct {
        helo_time value;
        const char *out;
    } INTERVALS[] = {
        {-5, "0 ms"},
        {999999, "0 ms"},
        {999999999, "999 ms"},
        {HELO_SECOND, "1.0 s"},
        {119 * HELO_SECOND + 999 * HELO_MILLISECOND, "119.9 s"},
        {120 * HELO_SECOND, "2 min"},
        {900 * HELO_SECOND, "15 min"},
        {3599 * HELO_SECOND, "59 min"},
        {3600 * HELO_SECOND, "1 h"},
        {7500 * HELO_SECOND, "2 h 5 min"},
        {86400 * HELO_SECOND, "24 h"},
        {172799 * HELO_SECOND, "47 h 59 min"},
        {172800 * HELO_SECOND, "2 d"},
        {180000 * HELO_SECOND, "2 d 2 h"},
        {INT64_MAX, "106751 d 23 h"},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(SIZES); i++) {
        text_size(&f->line, SIZES[i].value);
        assert_line(f, SIZES[i].out);
    }
    for (size_t i = 0; i < COUNT(INTERVALS); i++) {
        text_interval(&f->line, INTERVALS[i].value);
        assert_line(f, INTERVALS[i].out);
    }
}

static void timestamps_are_those_of_the_calendar(void **state)
{
    static const struct {
        helo_time time;
        bool nanoseconds;
        const char *out;
    } TIMES[] = {
        {0, false, "1970-01-01T00:00:00.000000Z"},
        {-1, true, "1969-12-31T23:59:59.999999999Z"},
        {INT64_C(951782399) * HELO_SECOND, false, "2000-02-28T23:59:59.000000Z"},
        {INT64_C(951782400) * HELO_SECOND, false, "2000-02-29T00:00:00.000000Z"},
        {INT64_C(951868800) * HELO_SECOND, false, "2000-03-01T00:00:00.000000Z"},
        {INT64_C(4107542400) * HELO_SECOND, false, "2100-03-01T00:00:00.000000Z"},
        {SAMPLE_START + 123456789, false, "2024-05-17T09:08:07.123456Z"},
        {SAMPLE_START + 123456789, true, "2024-05-17T09:08:07.123456789Z"},
        {INT64_MAX, true, "2262-04-11T23:47:16.854775807Z"},
        {INT64_MIN + 1, true, "1677-09-21T00:12:43.145224193Z"},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(TIMES); i++) {
        line_commit(&f->line, format_timestamp(room(f), TIMES[i].time, TIMES[i].nanoseconds));
        assert_line(f, TIMES[i].out);
    }
    for (int64_t second = -9000000000; second < 9000000000; second += 40009 * 97) {
        struct tm tm;
        char expected[64];
        time_t moment = (time_t)second;
        gmtime_r(&moment, &tm);
        strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%S.000000Z", &tm);
        line_commit(&f->line, format_timestamp(room(f), second * HELO_SECOND, false));
        assert_line(f, expected);
    }
    line_commit(&f->line, format_clock(room(f), -1));
    assert_line(f, "23:59:59.999");
    line_commit(&f->line, format_clock(room(f), HELO_NO_TIME));
    assert_line(f, "--:--:--.---");
}

static void addresses_are_written_as_rfc_5952_says(void **state)
{
    static const char *const ADDRESSES[] = {
        "::",
        "::1",
        "1::",
        "2001:db8::1",
        "2001:db8:0:1:1:1:1:1",
        "2001:0:0:1::1",
        "2001:db8::1:0:0:1",
        "::ffff:192.0.2.1",
        "64:ff9b::c000:201",
        "1:2:3:4:5:6:7::",
        "::2:3:4:5:6:7:8",
        "fe80::abc:def0:12:3",
        "1:2:3:4:5:6:7:8",
        "0:0:1::",
    };
    struct fixture *f = *state;
    struct helo_endpoint end = {.family = 6};

    for (size_t i = 0; i < COUNT(ADDRESSES); i++) {
        char expected[INET6_ADDRSTRLEN];
        assert_int_equal(inet_pton(AF_INET6, ADDRESSES[i], end.address), 1);
        inet_ntop(AF_INET6, end.address, expected, sizeof(expected));
        line_commit(&f->line, format_address(room(f), &end));
        assert_line(f, expected);
    }
    srand(4291);
    for (int round = 0; round < 100000; round++) {
        char expected[INET6_ADDRSTRLEN];
        for (size_t i = 0; i < 16; i++)
            end.address[i] = rand() % 3 > 0 ? 0 : (uint8_t)(rand() >> 4);
        end.address[0] = 0x20; /* inet_ntop shows the long deprecated ::a.b.c.d form */
        inet_ntop(AF_INET6, end.address, expected, sizeof(expected));
        line_commit(&f->line, format_address(room(f), &end));
        assert_line(f, expected);
    }
}

static void addresses_stand_in_columns_as_wide_as_the_widest_so_far(void **state)
{
    struct fixture *f = *state;
    struct helo_connection six = {
        .end = {{.family = 6, .address = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}, .port = 51324},
                {.family = 6, .address = {0x20, 0x01, 0x0d, 0xb8, [15] = 2}, .port = 587}},
    };
    struct helo_connection long_six = six;
    struct helo_exchange exchange = {.reply = {.code = 220, .text = SLICE("hi")}};
    struct helo_event event = {
        .dataset = HELO_DATASET_EXCHANGE,
        .connection = &six,
        .of.exchange = &exchange,
    };

    memset(long_six.end[HELO_CLIENT].address, 0xAB, 16);
    assert_event(f, &event,
                 "00:00:00.000  exchange  [2001:db8::1]:51324   \u2192 [2001:db8::2]:587      "
                 "220 hi\n");
    event.connection = &long_six;
    assert_event(f, &event,
                 "00:00:00.000  exchange  [abab:abab:abab:abab:abab:abab:abab:abab]:51324 \u2192 "
                 "[2001:db8::2]:587      220 hi\n");
    event.connection = &six;
    assert_event(f, &event,
                 "00:00:00.000  exchange  [2001:db8::1]:51324                             \u2192 "
                 "[2001:db8::2]:587      220 hi\n");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(wire_text_shows_what_would_mislead),
        TEST(random_wire_text_makes_one_harmless_line),
        TEST(each_dataset_has_its_line),
        TEST(a_session_says_who_ended_it_and_how),
        TEST(a_session_counts_what_there_was),
        TEST(proxies_hide_neither_client_nor_target),
        TEST(anomalies_of_several_sessions_keep_the_columns),
        TEST(hashes_of_names_are_shown_by_their_beginning),
        TEST(last_words_are_shown_of_ends_that_nobody_expected),
        TEST(an_authentication_says_who_how_and_how_openly),
        TEST(lines_of_a_reply_are_joined_and_cut_to_what_they_are_worth),
        TEST(sessions_that_show_no_mail_say_why),
        TEST(exchanges_without_command_or_reply_have_their_line),
        TEST(messages_without_sender_or_recipients_have_their_line),
        TEST(colours_mark_results_and_only_when_asked),
        TEST(colours_change_no_column_and_are_ended_in_their_line),
        TEST(whatever_the_wire_says_a_line_is_a_line_and_its_styles_are_ours),
        TEST(quantities_are_rounded_down_for_the_eye),
        TEST(timestamps_are_those_of_the_calendar),
        TEST(addresses_are_written_as_rfc_5952_says),
        TEST(addresses_stand_in_columns_as_wide_as_the_widest_so_far),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
