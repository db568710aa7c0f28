/* Nobody on the wire writes our log: whatever stands in a field, each event is one line, of JSON
 * that reads back what was sent, of text that does nothing to a terminal.
 *
 * Every field of the table is tried with every payload, in JSON and in text with and without
 * colour, names redacted, hashed and revealed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "../support/frame.h"
#include "../support/grow.h"
#include "../support/run.h"
#include "../support/sound.h"
#include "exact.h"
#include "heloscope/report.h"

#define LARGE (1u << 20)

/* Octets that somebody may want to see in a log; exact: text that can't be taken for anything but
 * a part of its field, and so is found again as it was. */
struct payload {
    const char *name;
    const char *octets;
    size_t length;
    size_t times; /* so often in a row, as far as LARGE octets go; 0: once */
    bool exact;
};

#define OCTETS(text) (text), sizeof(text) - 1
static const struct payload PAYLOADS[] = {
    {"terminal escapes", OCTETS("\x1b[2J\x1b[31mred\x1b]0;title\a\x1bP+q\x1b\\"), 0, true},
    {"C1 controls",
     OCTETS("\xc2\x9b"
            "31m\xc2\x85\xc2\x90"),
     0, true},
    {"C1 octets",
     OCTETS("\x9b"
            "31m\x85\x90"),
     0, false},
    {"a line of JSON", OCTETS("x\r\n{\"forged\":1}\r\n"), 0, false},
    {"a line feed and JSON", OCTETS("x\n{\"forged\":1}\n"), 0, false},
    {"a carriage return", OCTETS("x\r{\"forged\":1}\r"), 0, false},
    {"the end of a string", OCTETS("\",\"forged\":1,\"x\":\"\\\"\\u0022,\"forged\":1"), 0, true},
    {"a backslash last", OCTETS("x\\"), 0, true},
    {"NUL", OCTETS("a\0b\0"), 0, false},
    {"backspaces", OCTETS("x\b\b\b\b\x7f\x7f"), 0, true},
    {"bidirectional", OCTETS("\xe2\x80\xaegpj.\xe2\x81\xa6x\xe2\x81\xa9\xe2\x80\x8f\xd8\x9c"), 0,
     true},
    {"line and paragraph ends", OCTETS("x\xe2\x80\xa8y\xe2\x80\xa9z\xef\xbb\xbf"), 0, true},
    {"no UTF-8", OCTETS("\xff\xfe\xc3(\xed\xa0\x80\xf8\x88\x80\x80\x80\xc0\xaf\xf4\x90\x80\x80"), 0,
     false},
    {"cut UTF-8", OCTETS("\xf0\x9f\x93"), 0, false},
    {"our own marks", OCTETS("\xe2\x86\x92\xe2\x80\xa6\\x1b\\u{202e}"), 0, true},
    {"a megabyte of letters", OCTETS("A"), LARGE, false},
    {"a megabyte of escapes", OCTETS("\x1b[1m"), LARGE, false},
    {"a megabyte of what is longest", OCTETS("\xe2\x80\xae"), LARGE, false},
    {"a megabyte of no UTF-8", OCTETS("\xff"), LARGE, false},
};

/* A dialogue with the payload in one place: %s as it is, %u in Base64, %p as the name of PLAIN, %c
 * of CRAM-MD5, %x of XOAUTH2. */
#define GREETING "S 220 mx ESMTP\r\n"
#define HELLO    GREETING "C EHLO client\r\nS 250-mx\r\nS 250 AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2\r\n"
#define MAIL     HELLO "C MAIL FROM:<a@x>\r\nS 250 ok\r\n"
#define RCPT     MAIL "C RCPT TO:<b@y>\r\nS 250 ok\r\n"
static const struct field {
    const char *name;
    const char *dialogue; /* lines of "C text" and "S text"; a line ends by itself */
    const char *dataset;  /* where an exact payload stands again; NULL: nowhere for sure */
    const char *path;
} FIELDS[] = {
    {"banner", "S 220 %s\r\nC QUIT\r\nS 221 bye\r\n", "session", "smtp.server.banner"},
    {"refusing banner", "S 554 %s\r\nC QUIT\r\nS 221 bye\r\n", "exchange", "smtp.reply.text"},
    {"banner of many lines", "S 220-mx\r\nS 220-%s\r\nS 220 x\r\n", NULL, NULL},
    {"EHLO", GREETING "C EHLO %s\r\nS 250 ok\r\n", "session", "smtp.helo"},
    {"HELO", GREETING "C HELO %s\r\nS 250 ok\r\n", "exchange", "smtp.command.argument"},
    {"capability", GREETING "C EHLO x\r\nS 250-mx\r\nS 250-%s\r\nS 250 x\r\n", NULL, NULL},
    {"reply", HELLO "C NOOP\r\nS 250 %s\r\n", "exchange", "smtp.reply.text"},
    {"enhanced code", HELLO "C NOOP\r\nS 550 5.7.1 %s\r\n", "exchange", "smtp.reply.text"},
    {"no reply at all", HELLO "C NOOP\r\nS %s\r\n", NULL, NULL},
    {"unknown verb", GREETING "C %s\r\nS 500 what\r\n", NULL, NULL},
    {"unknown argument", GREETING "C XFOO %s\r\nS 500 what\r\n", NULL, NULL},
    {"VRFY", HELLO "C VRFY %s\r\nS 252 ok\r\n", "exchange", "smtp.command.argument"},
    {"ETRN", HELLO "C ETRN %s\r\nS 250 ok\r\n", "exchange", "smtp.command.argument"},
    {"sender", HELLO "C MAIL FROM:<%s>\r\nS 250 ok\r\n", "message", "smtp.mail_from"},
    {"parameter", HELLO "C MAIL FROM:<a@x> %s=1\r\nS 250 ok\r\n", NULL, NULL},
    {"value", HELLO "C MAIL FROM:<a@x> ENVID=%s BODY=%s\r\nS 250 ok\r\n", NULL, NULL},
    {"recipient", MAIL "C RCPT TO:<%s>\r\nS 550 no\r\n", NULL, NULL},
    {"queue id", RCPT "C DATA\r\nS 354 go\r\nC x\r\n.\r\nS 250 2.0.0 Ok: queued as %s\r\n",
     "message", "smtp.reply.text"},
    {"content", RCPT "C DATA\r\nS 354 go\r\nC Subject: %s\r\n\r\n%s\r\n.\r\nS 250 ok\r\n", NULL,
     NULL},
    {"chunk", RCPT "C BDAT %s\r\nS 501 what\r\n", NULL, NULL},
    {"mechanism", HELLO "C AUTH %s\r\nS 504 what\r\n", NULL, NULL},
    {"name of PLAIN", HELLO "C AUTH PLAIN %p\r\nS 535 no\r\n", "auth", "user.name"},
    {"name of LOGIN",
     HELLO
     "C AUTH LOGIN\r\nS 334 VXNlcm5hbWU6\r\nC %u\r\nS 334 UGFzc3dvcmQ6\r\nC cHc=\r\nS 535 no\r\n",
     "auth", "user.name"},
    {"name of CRAM-MD5", HELLO "C AUTH CRAM-MD5\r\nS 334 PDFAeD4=\r\nC %c\r\nS 235 ok\r\n", NULL,
     NULL},
    {"name of XOAUTH2", HELLO "C AUTH XOAUTH2 %x\r\nS 535 no\r\n", NULL, NULL},
    {"challenge", HELLO "C AUTH LOGIN\r\nS 334 %u\r\nC *\r\nS 501 no\r\n", NULL, NULL},
    {"reply to AUTH", HELLO "C AUTH PLAIN AGEAYg==\r\nS 535 5.7.8 %s\r\n", NULL, NULL},
    {"reply to STARTTLS", HELLO "C STARTTLS\r\nS 454 %s\r\n", "exchange", "smtp.reply.text"},
    {"421", HELLO "S 421 4.4.2 %s\r\n", "session", "smtp.session.close.reply_text"},
    {"221", HELLO "C QUIT\r\nS 221 2.0.0 %s\r\n", "session", "smtp.session.close.reply_text"},
    {"XCLIENT", HELLO "C XCLIENT NAME=%s ADDR=192.0.2.3 LOGIN=%s\r\nS 220 ok\r\n", NULL, NULL},
    {"XFORWARD", HELLO "C XFORWARD NAME=%s HELO=%s\r\nS 250 ok\r\n", NULL, NULL},
    {"PROXY", "C PROXY TCP4 %s 192.0.2.2 1 25\r\n" GREETING "C QUIT\r\nS 221 bye\r\n", NULL, NULL},
    {"another protocol", "C GET /%s HTTP/1.1\r\nHost: %s\r\n\r\nS 500 what\r\n", NULL, NULL},
};

static struct helo_slice blow_up(const struct payload *payload)
{
    size_t times = payload->times > 0 ? payload->times / payload->length : 1;
    uint8_t *octets = grow_take(times * payload->length);
    for (size_t i = 0; i < times; i++)
        memcpy(octets + i * payload->length, payload->octets, payload->length);
    return (struct helo_slice){octets, times * payload->length};
}

static void put_base64(FILE *to, const char *before, size_t before_len, struct helo_slice text,
                       const char *behind, size_t behind_len)
{
    static const char ALPHABET[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t len = before_len + text.len + behind_len;
    uint8_t *octets = grow_take(len + 2);
    memcpy(octets, before, before_len);
    memcpy(octets + before_len, text.ptr, text.len);
    memcpy(octets + before_len + text.len, behind, behind_len);
    for (size_t i = 0; i < len; i += 3) {
        uint32_t group = (uint32_t)octets[i] << 16 | (uint32_t)octets[i + 1] << 8 | octets[i + 2];
        for (size_t k = 0; k < 4; k++)
            fputc(k <= len - i ? ALPHABET[group >> (18 - 6 * k) & 63] : '=', to);
    }
    free(octets);
}

/* Octets with the payload in their places. */
static void put_line(FILE *to, const char *at, size_t len, struct helo_slice payload)
{
    static const char DIGEST[] = " 0123456789abcdef0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        if (at[i] != '%') {
            fputc(at[i], to);
            continue;
        }
        switch (at[++i]) {
        case 'u':
            put_base64(to, "", 0, payload, "", 0);
            break;
        case 'p':
            put_base64(to, "\0", 1, payload, "\0pw", 3);
            break;
        case 'c':
            put_base64(to, "", 0, payload, DIGEST, sizeof(DIGEST) - 1);
            break;
        case 'x':
            put_base64(to, "user=", 5, payload, "\1auth=Bearer t\1\1", 16);
            break;
        default:
            fwrite(payload.ptr, 1, payload.len, to);
        }
    }
}

static bool begins_line(const char *at)
{
    return (at[0] == 'C' || at[0] == 'S') && at[1] == ' ';
}

/* What one side says until the other one does, from *at on; owned. */
static struct helo_slice flight(const char **at, char side, struct helo_slice payload)
{
    char *text;
    size_t length;
    FILE *to = open_memstream(&text, &length);
    while (**at == side) {
        const char *line = *at + 2, *end = line;
        do
            end = strstr(end, "\r\n") + 2;
        while (*end != '\0' && !begins_line(end));
        put_line(to, line, (size_t)(end - line), payload);
        *at = end;
    }
    fclose(to);
    return (struct helo_slice){(uint8_t *)text, length};
}

/* Where frames go, and how far each side has come. */
struct wire {
    struct helo_engine *engine;
    struct synth synth;
    uint32_t next[HELO_SIDES];
    helo_time now;
    uint64_t number;
};

static void send_segment(struct wire *wire, enum helo_side side, unsigned flags,
                         const uint8_t *data, uint32_t len)
{
    uint8_t frame[FRAME_MAX];
    struct synth_segment segment = {.side = side,
                                    .seq = wire->next[side],
                                    .ack = wire->next[1 - side],
                                    .window = SYNTH_WINDOW,
                                    .flags = (uint8_t)flags,
                                    .data = data,
                                    .length = len};
    uint32_t length = frame_write(&wire->synth, &segment, 1, frame);
    struct helo_packet packet = {.time = wire->now += HELO_MILLISECOND,
                                 .data = frame,
                                 .captured = length,
                                 .length = length,
                                 .link_type = 1,
                                 .number = ++wire->number};
    helo_engine_packet(wire->engine, &packet);
    wire->next[side] += len + ((flags & SYNTH_SYN) != 0);
}

static void send_all(struct wire *wire, const char *dialogue, struct helo_slice payload)
{
    for (unsigned side = 0; side < HELO_SIDES; side++)
        wire->synth.end[side] = (struct helo_endpoint){
            .family = 4, .address = {10, 0, 0, (uint8_t)(1 + side)}, .port = side == 0 ? 4000 : 25};
    send_segment(wire, HELO_CLIENT, SYNTH_SYN, NULL, 0);
    send_segment(wire, HELO_SERVER, SYNTH_SYN | SYNTH_ACK, NULL, 0);
    send_segment(wire, HELO_CLIENT, SYNTH_ACK, NULL, 0);
    while (*dialogue != '\0') {
        enum helo_side side = *dialogue == 'S' ? HELO_SERVER : HELO_CLIENT;
        struct helo_slice said = flight(&dialogue, *dialogue, payload);
        for (size_t at = 0; at < said.len; at += SYNTH_MSS) {
            size_t len = said.len - at < SYNTH_MSS ? said.len - at : SYNTH_MSS;
            send_segment(wire, side, SYNTH_ACK, said.ptr + at, (uint32_t)len);
        }
        exact_free(said);
    }
}

enum { JSON, TEXT, COLOUR, OUTPUTS };

/* Runs a dialogue; what each output has is the caller's. */
static void write_all(const char *dialogue, struct helo_slice payload,
                      enum helo_credentials credentials, char *written[OUTPUTS],
                      size_t length[OUTPUTS])
{
    static const uint8_t KEY[HELO_LEAST_HASH_KEY] = {1};
    struct helo_report_config settings = {.sensor = "test",
                                          .datasets = (1u << HELO_DATASET_COUNT) - 1,
                                          .credentials = credentials,
                                          .hash_key = KEY,
                                          .hash_key_len = sizeof(KEY)};
    struct helo_config config;
    struct helo_report *report;
    struct helo_error error;
    struct wire wire = {.now = 1700000000 * HELO_SECOND};
    char paths[OUTPUTS][64];
    int files[OUTPUTS];
    assert_int_equal(helo_report_new(&settings, &report, &error), HELO_OK);
    for (unsigned i = 0; i < OUTPUTS; i++) {
        files[i] = memfd_create("events", 0);
        snprintf(paths[i], sizeof(paths[i]), "/proc/self/fd/%d", files[i]);
        assert_int_equal(helo_report_add(report, i == JSON ? HELO_FORMAT_JSON : HELO_FORMAT_TEXT,
                                         paths[i], i == COLOUR, &error),
                         HELO_OK);
    }
    helo_config_init(&config);
    config.reveal_secrets = credentials == HELO_CREDENTIALS_REVEAL;
    assert_int_equal(helo_engine_new(&config, helo_report_event, report, &wire.engine, &error),
                     HELO_OK);
    send_all(&wire, dialogue, payload);
    struct helo_stats stats;
    helo_engine_flush(wire.engine);
    helo_engine_stats(wire.engine, &stats);
    helo_report_stats(report, &stats, wire.now);
    helo_engine_free(wire.engine);
    assert_int_equal(helo_report_flush(report, &error), HELO_OK);
    helo_report_free(report);
    for (unsigned i = 0; i < OUTPUTS; i++) {
        written[i] = grow_read_file(paths[i], &length[i]);
        close(files[i]);
    }
}

static bool holds(const struct jtree *value, struct helo_slice payload)
{
    return value != NULL && value->length >= payload.len &&
           memmem(value->text, value->length, payload.ptr, payload.len) != NULL;
}

/* A payload that stays one text is found again where it was said, as it was. */
static bool is_read_back(const struct field *field, const struct run_result *result,
                         struct helo_slice payload)
{
    for (size_t i = 0; i < result->count; i++)
        if (strcmp(run_dataset(result->events[i]), field->dataset) == 0 &&
            holds(jtree_at(result->events[i], field->path), payload))
            return true;
    return false;
}

/* No payload has become a member or an event of its own. */
static bool is_forged(const struct run_result *result)
{
    for (size_t i = 0; i < result->count; i++)
        if (jtree_at(result->events[i], "forged") != NULL ||
            strncmp(jtree_text(result->events[i], "event.dataset"), "heloscope.", 10) != 0)
            return true;
    return false;
}

static size_t lines_of(const char *text, size_t length)
{
    size_t lines = 0;
    for (size_t i = 0; i < length; i++)
        lines += text[i] == '\n';
    return lines;
}

static void check(const struct field *field, const struct payload *payload,
                  enum helo_credentials credentials)
{
    char *written[OUTPUTS];
    size_t length[OUTPUTS];
    struct helo_slice octets = blow_up(payload);
    write_all(field->dialogue, octets, credentials, written, length);
    const char *why = sound_json(written[JSON], length[JSON]);
    if (why == NULL)
        why = sound_text(written[TEXT], length[TEXT], false);
    if (why == NULL)
        why = sound_text(written[COLOUR], length[COLOUR], true);
    struct run_result *result = run_from_text(written[JSON]);
    if (why == NULL && is_forged(result))
        why = "a line that nobody but the client wrote";
    if (why == NULL && (result->count != lines_of(written[TEXT], length[TEXT]) ||
                        result->count != lines_of(written[COLOUR], length[COLOUR])))
        why = "not as many lines of text as events";
    bool shown = credentials == HELO_CREDENTIALS_REVEAL || strstr(field->name, "name") == NULL;
    if (why == NULL && payload->exact && field->dataset != NULL && shown &&
        !is_read_back(field, result, octets))
        why = "what was sent is not read back";
    if (why != NULL)
        fail_msg("%s, %s, credentials %d: %s", field->name, payload->name, (int)credentials, why);
    run_free(result);
    exact_free(octets);
    for (unsigned i = 0; i < OUTPUTS; i++)
        free(written[i]);
}

static void nobody_writes_our_log(void **state)
{
    const struct field *field = *state;
    for (size_t i = 0; i < COUNT(PAYLOADS); i++)
        for (int how = HELO_CREDENTIALS_REDACT; how <= HELO_CREDENTIALS_REVEAL; how++)
            check(field, &PAYLOADS[i], (enum helo_credentials)how);
}

int main(void)
{
    struct CMUnitTest tests[COUNT(FIELDS)];
    for (size_t i = 0; i < COUNT(FIELDS); i++)
        tests[i] = (struct CMUnitTest){.name = FIELDS[i].name,
                                       .test_func = nobody_writes_our_log,
                                       .initial_state = (void *)(uintptr_t)&FIELDS[i]};
    print_message("%zu fields, %zu payloads, 3 forms, 3 ways to show names\n", COUNT(FIELDS),
                  COUNT(PAYLOADS));
    return cmocka_run_group_tests_name("forging", tests, NULL, NULL);
}
