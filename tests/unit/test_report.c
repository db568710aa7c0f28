/* The report as its callers see it: golden JSON lines, numbering, and outputs that fail. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "heloscope/report.h"
#include "sample_events.h"

/* FNV-1a of the sensor and the first time, worked out apart from the program. */
#define RUN_ID "569879fbca6a07cb"

#define ALL_DATASETS ((1u << HELO_DATASET_COUNT) - 1)

struct fixture {
    char folder[32];
    char path[64];
    char *text; /* of the file as last read */
    size_t len;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    strcpy(f->folder, "/tmp/report-XXXXXX");
    if (mkdtemp(f->folder) == NULL)
        return -1;
    snprintf(f->path, sizeof(f->path), "%s/events", f->folder);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    unlink(f->path);
    rmdir(f->folder);
    free(f->text);
    free(f);
    return 0;
}

static struct helo_report *new_report(helo_dataset_set datasets)
{
    struct helo_report_config config = {.sensor = "tap-1", .datasets = datasets};
    struct helo_report *report;
    struct helo_error error;
    assert_int_equal(helo_report_new(&config, &report, &error), HELO_OK);
    return report;
}

static void add(struct helo_report *report, enum helo_format format, const char *target)
{
    struct helo_error error = {""};
    assert_int_equal(helo_report_add(report, format, target, false, &error), HELO_OK);
    assert_string_equal(error.message, "");
}

static void read_file(struct fixture *f)
{
    FILE *file = fopen(f->path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    f->len = (size_t)ftell(file);
    rewind(file);
    free(f->text);
    f->text = calloc(1, f->len + 1);
    assert_int_equal(fread(f->text, 1, f->len, file), f->len);
    fclose(file);
}

/* Has one event written as JSON and reads back the file. */
static void write_one(struct fixture *f, const struct helo_event *event)
{
    struct helo_report *report = new_report(ALL_DATASETS);
    struct helo_error error;
    add(report, HELO_FORMAT_JSON, f->path);
    helo_report_event(report, event);
    assert_int_equal(helo_report_flush(report, &error), HELO_OK);
    helo_report_free(report);
    read_file(f);
}

static size_t lines_in(const char *text)
{
    size_t n = 0;
    for (; *text != '\0'; text++)
        n += *text == '\n';
    return n;
}

static void assert_holds(struct fixture *f, const struct helo_event *event, const char *part)
{
    write_one(f, event);
    if (strstr(f->text, part) == NULL)
        fail_msg("no %s in %s", part, f->text);
}

static void assert_lacks(struct fixture *f, const struct helo_event *event, const char *part)
{
    write_one(f, event);
    if (strstr(f->text, part) != NULL)
        fail_msg("%s in %s", part, f->text);
}

#define OBSERVER                                                                                   \
    "\"observer\":{\"name\":\"tap-1\",\"type\":\"sensor\",\"product\":\"heloscope\","              \
    "\"version\":\"0.1.0\"},"
#define ENDS                                                                                       \
    "\"source\":{\"ip\":\"192.0.2.7\",\"port\":51324,\"mac\":\"00-00-5E-00-53-AF\","               \
    "\"bytes\":420,\"packets\":12},"                                                               \
    "\"destination\":{\"ip\":\"198.51.100.25\",\"port\":25,\"bytes\":815,\"packets\":11},"
#define NETWORK_BUT_RELATED                                                                        \
    "\"network\":{\"transport\":\"tcp\",\"type\":\"ipv4\",\"protocol\":\"smtp\","                  \
    "\"community_id\":\"1:LQU9qZlK+B5F3KDmev6m5PMibrg=\",\"vlan\":{\"id\":\"100\"},"               \
    "\"inner\":{\"vlan\":{\"id\":\"7\"}}},"
#define NETWORK NETWORK_BUT_RELATED "\"related\":{\"ip\":[\"192.0.2.7\",\"198.51.100.25\"]},"
#define START   "{\"@timestamp\":\"2024-05-17T09:08:08.123456Z\",\"ecs\":{\"version\":\"8.17.0\"},"

static void a_session_event_is_written_to_the_letter(void **state)
{
    struct fixture *f = *state;
    struct helo_event event = sample_event(HELO_DATASET_SESSION);

    write_one(f, &event);
    assert_string_equal(
        f->text, START
        "\"event\":{\"kind\":\"event\",\"module\":\"heloscope\",\"dataset\":\"heloscope.session\","
        "\"id\":\"0123456789abcdef-9\",\"sequence\":1,\"category\":[\"network\",\"email\"],"
        "\"type\":[\"connection\",\"end\"],\"action\":\"smtp-session\",\"outcome\":\"failure\","
        "\"start\":\"2024-05-17T09:08:07.000000Z\",\"end\":\"2024-05-17T09:08:38.250000Z\","
        "\"duration\":31250000000}," OBSERVER ENDS NETWORK
        "\"smtp\":{\"session\":{\"id\":\"0123456789abcdef\",\"kind\":\"submission\","
        "\"gaps\":{\"count\":1,\"bytes\":1460},\"commands\":{\"EHLO\":1,\"MAIL\":2},"
        "\"replies\":{\"220\":1,\"250\":12,\"421\":1},\"pipelining\":true,"
        "\"first_reply_ms\":12.345,\"reply_ms\":{\"p50\":1.5,\"max\":30000},"
        "\"auth\":{\"attempts\":3,\"successes\":1,\"failures\":2,\"challenges\":4},"
        "\"messages\":{\"attempted\":2,\"accepted\":1,\"rejected\":1},"
        "\"recipients\":{\"accepted\":5,\"rejected\":3},"
        "\"starttls\":{\"offered\":true,\"requested\":false,\"established\":false},\"tls\":false,"
        "\"close\":{\"reason\":\"server_421\",\"by\":\"server\",\"reply_code\":421,"
        "\"reply_text\":\"4.4.2 mx.example Error: timeout exceeded\",\"state\":\"envelope\","
        "\"idle_ms\":30000,\"expected\":false}},"
        "\"server\":{\"banner\":\"mx.example ESMTP Postfix\",\"name\":\"mx.example\","
        "\"software\":\"Postfix\",\"capabilities\":[\"PIPELINING\",\"SIZE 10240000\"]},"
        "\"helo\":\"client.example\",\"client\":{\"verb\":\"EHLO\"}}}\n");
}

static void an_exchange_event_is_written_to_the_letter(void **state)
{
    struct fixture *f = *state;
    struct helo_event event = sample_event(HELO_DATASET_EXCHANGE);

    write_one(f, &event);
    assert_string_equal(
        f->text, START
        "\"event\":{\"kind\":\"event\",\"module\":\"heloscope\",\"dataset\":\"heloscope.exchange\","
        "\"id\":\"0123456789abcdef-9\",\"sequence\":1,\"category\":[\"network\"],"
        "\"type\":[\"protocol\"],\"action\":\"smtp-exchange\",\"outcome\":\"success\","
        "\"start\":\"2024-05-17T09:08:07.000000Z\",\"end\":\"2024-05-17T09:08:07.012000Z\","
        "\"duration\":12000000}," OBSERVER ENDS NETWORK
        "\"smtp\":{\"session\":{\"id\":\"0123456789abcdef\"},"
        "\"command\":{\"verb\":\"MAIL\",\"argument\":\"FROM:<a@client.example> SIZE=1000\"},"
        "\"reply\":{\"code\":250,\"enhanced\":\"2.1.0\",\"class\":\"positive_completion\","
        "\"text\":\"2.1.0 Ok\",\"lines\":1},"
        "\"exchange\":{\"number\":4,\"latency_ms\":12,\"pipelined\":false,\"phase\":\"ready\"}}}"
        "\n");
}

#define AUTH_HEAD(type, outcome)                                                                   \
    "\"event\":{\"kind\":\"event\",\"module\":\"heloscope\",\"dataset\":\"heloscope.auth\","       \
    "\"id\":\"0123456789abcdef-9\",\"sequence\":1,\"category\":[\"authentication\"],"              \
    "\"type\":[\"" type "\"],\"action\":\"smtp-auth\",\"outcome\":\"" outcome "\","

static void an_auth_event_is_written_to_the_letter_but_for_the_secret(void **state)
{
    struct fixture *f = *state;
    struct helo_event event = sample_event(HELO_DATASET_AUTH);

    write_one(f, &event);
    assert_string_equal(
        f->text,
        START AUTH_HEAD("start",
                        "failure") "\"start\":\"2024-05-17T09:08:07.000000Z\",\"end\":\"2024-05-"
                                   "17T09:08:07.250000Z\","
                                   "\"duration\":250000000}," OBSERVER ENDS NETWORK_BUT_RELATED
                                   "\"user\":{\"name\":\"Alice\",\"domain\":\"EXAMPLE\"},"
                                   "\"related\":{\"ip\":[\"192.0.2.7\",\"198.51.100.25\"],\"user\":"
                                   "[\"Alice\",\"bob\"]},"
                                   "\"smtp\":{\"session\":{\"id\":\"0123456789abcdef\"},"
                                   "\"auth\":{\"mechanism\":\"LOGIN\",\"initial_response\":false,"
                                   "\"challenges\":[{\"kind\":\"username_prompt\",\"text\":"
                                   "\"Username:\",\"latency_ms\":1.5},"
                                   "{\"kind\":\"password_prompt\",\"text\":\"Password for "
                                   "alice:\"}],\"rounds\":2,"
                                   "\"authzid\":\"bob\",\"workstation\":\"ALICE-PC\","
                                   "\"service_principal\":\"smtp/mx.example\","
                                   "\"token_kind\":\"ntlm\","
                                   "\"oauth\":{\"host\":\"mx.example\",\"port\":587},"
                                   "\"channel_binding\":\"n\","
                                   "\"result\":\"failure\",\"tls\":false,"
                                   "\"advertised\":true,"
                                   "\"secret_exposed\":true},"
                                   "\"reply\":{\"code\":535,\"enhanced\":\"5.7.8\",\"class\":"
                                   "\"permanent_negative\","
                                   "\"text\":\"5.7.8 ALICE may not be bob\",\"lines\":1}}}\n");
}

static void each_kind_of_challenge_has_its_name_and_fields(void **state)
{
    static const struct {
        struct helo_challenge challenge;
        const char *out;
    } CASES[] = {
        {{.kind = HELO_CHALLENGE_EMPTY}, "{\"kind\":\"empty\"}"},
        {{.kind = HELO_CHALLENGE_EMPTY, .has_latency = true, .latency = -1},
         "{\"kind\":\"empty\"}"},
        {{.kind = HELO_CHALLENGE_NONCE, .realm = SLICE("example"), .host = SLICE("mx.example")},
         "{\"kind\":\"nonce\",\"realm\":\"example\",\"host\":\"mx.example\"}"},
        {{.kind = HELO_CHALLENGE_NONCE, .iterations = 4096, .has_latency = true, .latency = 0},
         "{\"kind\":\"nonce\",\"latency_ms\":0,\"iterations\":4096}"},
        {{.kind = HELO_CHALLENGE_SERVER_FINAL}, "{\"kind\":\"server_final\"}"},
        {{.kind = HELO_CHALLENGE_NTLM,
          .target = SLICE("EXAMPLE"),
          .dns_domain = SLICE("example.net"),
          .dns_host = SLICE("mx.example.net"),
          .os_version = SLICE("10.0.20348")},
         "{\"kind\":\"ntlm_challenge\",\"target\":\"EXAMPLE\",\"dns_domain\":\"example.net\","
         "\"dns_host\":\"mx.example.net\",\"os_version\":\"10.0.20348\"}"},
        {{.kind = HELO_CHALLENGE_TOKEN, .text = SLICE("krb5")},
         "{\"kind\":\"token\",\"text\":\"krb5\"}"},
        {{.kind = HELO_CHALLENGE_ERROR, .status = SLICE("401"), .scope = SLICE("mail\x1b")},
         "{\"kind\":\"error\",\"status\":\"401\",\"scope\":\"mail\\u001b\"}"},
        {{.kind = HELO_CHALLENGE_INVALID_BASE64, .text = SLICE("what?")},
         "{\"kind\":\"invalid_base64\",\"text\":\"what?\"}"},
        {{.kind = HELO_CHALLENGE_OTHER, .text = SLICE("t")}, "{\"kind\":\"other\",\"text\":\"t\"}"},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct helo_auth auth = {.challenges = &CASES[i].challenge, .challenge_count = 1};
        struct helo_event event = sample_event(HELO_DATASET_AUTH);
        char expected[256];
        event.of.auth = &auth;
        snprintf(expected, sizeof(expected), "\"challenges\":[%s],\"rounds\"", CASES[i].out);
        assert_holds(f, &event, expected);
    }
}

static void an_auth_result_decides_outcome_and_type(void **state)
{
    static const struct {
        enum helo_auth_result result;
        const char *type;
        const char *outcome;
        const char *name;
    } CASES[] = {
        {HELO_AUTH_SUCCESS, "start", "success", "success"},
        {HELO_AUTH_CANCELLED, "info", "unknown", "cancelled"},
        {HELO_AUTH_UNSUPPORTED, "start", "failure", "unsupported"},
        {HELO_AUTH_ENCRYPTION_REQUIRED, "start", "failure", "encryption_required"},
        {HELO_AUTH_TOO_WEAK, "start", "failure", "too_weak"},
        {HELO_AUTH_TRANSITION_NEEDED, "start", "failure", "transition_needed"},
        {HELO_AUTH_NOT_AVAILABLE, "start", "failure", "not_available"},
        {HELO_AUTH_TEMPORARY, "start", "failure", "temporary"},
        {HELO_AUTH_BAD_SEQUENCE, "start", "failure", "bad_sequence"},
        {HELO_AUTH_SYNTAX, "start", "failure", "syntax"},
        {HELO_AUTH_CLOSED_BY_SERVER, "info", "unknown", "closed_by_server"},
        {HELO_AUTH_FAILURE, "start", "failure", "failure"},
        {HELO_AUTH_ABANDONED, "info", "unknown", "abandoned"},
        {HELO_AUTH_UNKNOWN, "info", "unknown", "unknown"},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct helo_auth auth = {.result = CASES[i].result};
        struct helo_event event = sample_event(HELO_DATASET_AUTH);
        char expected[128];
        event.of.auth = &auth;
        snprintf(expected, sizeof(expected),
                 "\"type\":[\"%s\"],\"action\":\"smtp-auth\",\"outcome\":\"%s\"", CASES[i].type,
                 CASES[i].outcome);
        assert_holds(f, &event, expected);
        snprintf(
            expected, sizeof(expected),
            "\"auth\":{\"initial_response\":false,\"rounds\":0,\"result\":\"%s\",\"tls\":false,"
            "\"secret_exposed\":false}}}\n",
            CASES[i].name);
        assert_holds(f, &event, expected);
    }
}

static void users_are_related_once_and_only_when_known(void **state)
{
    static const struct {
        struct helo_slice name;
        struct helo_slice domain;
        struct helo_slice authzid;
        const char *out; /* NULL: no user at all */
    } CASES[] = {
        {{NULL, 0}, {NULL, 0}, {NULL, 0}, NULL},
        {SLICE("a"), {NULL, 0}, {NULL, 0}, "\"user\":[\"a\"]},\"smtp\""},
        {SLICE("a"), {NULL, 0}, SLICE("a"), "\"user\":[\"a\"]},\"smtp\""},
        {SLICE("a"), {NULL, 0}, SLICE("b"), "\"user\":[\"a\",\"b\"]},\"smtp\""},
        {{NULL, 0}, {NULL, 0}, SLICE("b"), "\"user\":[\"b\"]},\"smtp\""},
        {{NULL, 0}, SLICE("d"), {NULL, 0}, "\"user\":{\"domain\":\"d\"},\"related\":{\"ip\":["},
        {SLICE("\xe9"), {NULL, 0}, {NULL, 0}, "\"latin1\":[\"user.name\",\"related.user\"]"},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct helo_auth auth = {
            .user_name = CASES[i].name,
            .user_domain = CASES[i].domain,
            .authzid = CASES[i].authzid,
        };
        struct helo_event event = sample_event(HELO_DATASET_AUTH);
        event.of.auth = &auth;
        if (CASES[i].out != NULL)
            assert_holds(f, &event, CASES[i].out);
        else
            assert_lacks(f, &event, "user");
    }
}

static void the_secret_is_written_only_when_it_is_to_be_revealed(void **state)
{
    struct fixture *f = *state;
    struct helo_event event = sample_event(HELO_DATASET_AUTH);
    struct helo_report_config config = {.sensor = "tap-1", .datasets = ALL_DATASETS};
    static const uint8_t KEY[HELO_LEAST_HASH_KEY] = {1};

    config.hash_key = KEY;
    config.hash_key_len = sizeof(KEY);
    for (int mode = HELO_CREDENTIALS_REDACT; mode <= HELO_CREDENTIALS_REVEAL; mode++) {
        struct helo_report *report;
        struct helo_error error;
        config.credentials = (enum helo_credentials)mode;
        assert_int_equal(helo_report_new(&config, &report, &error), HELO_OK);
        add(report, mode == HELO_CREDENTIALS_REDACT ? HELO_FORMAT_TEXT : HELO_FORMAT_JSON, f->path);
        helo_report_event(report, &event);
        helo_report_free(report);
        read_file(f);
        assert_int_equal(strstr(f->text, "hunter2") != NULL, mode == HELO_CREDENTIALS_REVEAL);
        assert_int_equal(strcasestr(f->text, "alice") != NULL, mode != HELO_CREDENTIALS_HASH);
    }
    assert_non_null(strstr(f->text, "\"channel_binding\":\"n\",\"secret\":\"hunter2\",\"result\""));
}

static void a_hash_key_has_its_bounds(void **state)
{
    static const struct {
        size_t len;
        bool good;
    } CASES[] = {{0, false}, {15, false}, {16, true}, {4096, true}, {4097, false}};
    (void)state;

    for (size_t i = 0; i < COUNT(CASES); i++) {
        uint8_t *key = calloc(1, CASES[i].len + 1);
        struct helo_report_config config = {
            .sensor = "tap-1",
            .credentials = HELO_CREDENTIALS_HASH,
            .hash_key = key,
            .hash_key_len = CASES[i].len,
        };
        struct helo_report *report;
        struct helo_error error = {""};
        enum helo_status status = helo_report_new(&config, &report, &error);
        assert_int_equal(status, CASES[i].good ? HELO_OK : HELO_ERROR_CONFIG);
        assert_int_equal(report != NULL, CASES[i].good);
        assert_string_equal(error.message, CASES[i].good ? "" : "a hash key has 16 to 4096 octets");
        helo_report_free(report);
        free(key);
    }
}

static void a_message_event_is_written_to_the_letter(void **state)
{
    struct fixture *f = *state;
    struct helo_event event = sample_event(HELO_DATASET_MESSAGE);

    write_one(f, &event);
    assert_string_equal(
        f->text, START
        "\"event\":{\"kind\":\"event\",\"module\":\"heloscope\",\"dataset\":\"heloscope.message\","
        "\"id\":\"0123456789abcdef-9\",\"sequence\":1,\"category\":[\"email\"],"
        "\"type\":[\"info\"],\"action\":\"smtp-message\",\"outcome\":\"success\","
        "\"start\":\"2024-05-17T09:08:07.000000Z\",\"end\":\"2024-05-17T09:08:08.000000Z\","
        "\"duration\":1000000000}," OBSERVER ENDS NETWORK
        "\"smtp\":{\"session\":{\"id\":\"0123456789abcdef\"},\"mail_from\":\"a@client.example\","
        "\"rcpt_to\":[\"b@mx.example\",\"c@mx.example\",\"d@mx.example\",\"e@mx.example\"],"
        "\"helo\":\"client.example\","
        "\"message\":{\"number\":1,\"size_declared\":1000,\"size\":1234,\"body\":\"8BITMIME\","
        "\"chunking\":true,\"queue_id\":\"4VgKXy1Z\","
        "\"recipients\":[{\"address\":\"b@mx.example\",\"code\":250,\"enhanced\":\"2.1.5\","
        "\"final_code\":250},{\"address\":\"c@mx.example\",\"code\":550,\"enhanced\":\"5.7.1\"},"
        "{\"address\":\"d@mx.example\",\"code\":250,\"final_code\":452},"
        "{\"address\":\"e@mx.example\"}],\"parameters\":{\"SIZE\":\"1000\",\"SMTPUTF8\":true},"
        "\"result\":\"partial\"},"
        "\"reply\":{\"code\":452,\"enhanced\":\"4.2.2\",\"class\":\"transient_negative\","
        "\"text\":\"Mailbox\\nfull\",\"lines\":2}}}\n");
}

static void a_stats_event_is_written_to_the_letter(void **state)
{
    struct fixture *f = *state;
    struct helo_event event = sample_event(HELO_DATASET_STATS);
    char expected[2048];
    long long cpu_ms;
    long long rss_bytes;
    int end = 0;

    write_one(f, &event);
    int len = snprintf(
        expected, sizeof(expected),
        "%s\"event\":{\"kind\":\"metric\",\"module\":\"heloscope\","
        "\"dataset\":\"heloscope.stats\",\"id\":\"%s-stats-9\",\"sequence\":1,"
        "\"action\":\"smtp-stats\"}," OBSERVER
        "\"smtp\":{\"stats\":{\"packets\":{\"received\":1000,\"truncated\":3,\"other\":40,"
        "\"undecodable\":{\"ip_header\":2,\"nesting\":1}},\"bytes\":1572864,"
        "\"flows\":{\"active\":4,\"created\":50,\"expired\":6,\"evicted\":1},"
        "\"stream\":{\"buffered_bytes\":4096,\"gaps\":2,\"gap_bytes\":2920,\"out_of_window\":5},"
        "\"sessions\":{\"active\":3,\"ended\":47},"
        "\"events\":[{\"output\":\"json:%s\",\"written\":0,\"dropped\":0}],"
        "\"memory\":{\"used\":1048576,\"cap\":536870912,\"failures\":8},",
        START, RUN_ID, f->path);
    assert_true(f->len > (size_t)len);
    f->text[len - 1] = '\0';
    expected[len - 1] = '\0';
    assert_string_equal(f->text, expected);
    assert_int_equal(sscanf(f->text + len, "\"cpu_ms\":%lld%*[.0-9],\"rss_bytes\":%lld}}}%n",
                            &cpu_ms, &rss_bytes, &end),
                     2);
    assert_int_equal((size_t)(len + end + 1), f->len);
    assert_in_range(cpu_ms, 0, 600000);
    assert_in_range(rss_bytes, 100000, INT64_C(1) << 45);
}

static void unknown_facts_are_left_out(void **state)
{
    static const char *const ABSENT[] = {
        "null",        "\"\"",         "{}",          "[]",         "midstream", "one_sided",
        "uncertain",   "decrypted",    "proxy",       "\"server\"", "helo\"",    "\"client\"",
        "commands",    "replies",      "first_reply", "reply_ms",   "auth",      "starttls",
        "\"by\"",      "reply_code",   "reply_text",  "idle_ms",    "latin1",    "truncated",
        "list_counts", "community_id", "vlan",        "inner",      "mac",       "ingress",
    };
    struct fixture *f = *state;
    struct helo_connection connection = {.end = {{.family = 4}, {.family = 4}}};
    struct helo_session session = {.close_reason = HELO_CLOSE_UNKNOWN};
    struct helo_event event = {.connection = &connection, .of.session = &session};

    for (size_t i = 0; i < COUNT(ABSENT); i++)
        assert_lacks(f, &event, ABSENT[i]);
    session.kind = HELO_KIND_OTHER;
    assert_lacks(f, &event, "protocol");
    assert_lacks(f, &event, "messages");
    assert_lacks(f, &event, "state");
    session.kind = HELO_KIND_SMTP;
    session.start = session.end = HELO_NO_TIME;
    assert_lacks(f, &event, "\"start\"");
    assert_lacks(f, &event, "duration");
    session.start = 5;
    session.end = 4;
    assert_lacks(f, &event, "duration");
    event.time = HELO_NO_TIME;
    assert_lacks(f, &event, "@timestamp");
}

static void an_exchange_or_message_leaves_out_what_it_has_not(void **state)
{
    struct fixture *f = *state;
    struct helo_exchange exchange = {.count = 1};
    struct helo_message message = {.result = HELO_MESSAGE_INCOMPLETE};
    struct helo_event event = {
        .dataset = HELO_DATASET_EXCHANGE,
        .connection = &SAMPLE_CONNECTION,
        .of.exchange = &exchange,
    };

    assert_holds(f, &event,
                 "\"smtp\":{\"session\":{\"id\":\"0123456789abcdef\"},"
                 "\"exchange\":{\"number\":0,\"phase\":\"greeting\"}}}\n");
    event.dataset = HELO_DATASET_MESSAGE;
    event.of.message = &message;
    assert_holds(f, &event,
                 "\"smtp\":{\"session\":{\"id\":\"0123456789abcdef\"},"
                 "\"message\":{\"number\":0,\"chunking\":false,\"result\":\"incomplete\"}}}\n");
}

static void mail_inside_tls_is_not_counted_as_none(void **state)
{
    struct fixture *f = *state;
    struct helo_session session = {.tls = true, .mail_may_be_hidden = true};
    struct helo_event event = {.connection = &SAMPLE_CONNECTION, .of.session = &session};

    assert_lacks(f, &event, "messages");
    session.decrypted = true;
    session.mail_may_be_hidden = false;
    assert_holds(f, &event, "\"messages\":{\"attempted\":0,");
    session.decrypted = false;
    session.messages_attempted = 1;
    assert_holds(f, &event, "\"messages\":{\"attempted\":1,");
}

static void mail_accepted_in_part_is_counted_where_there_is_any(void **state)
{
    struct fixture *f = *state;
    struct helo_session session = {.messages_attempted = 3, .messages_rejected = 1};
    struct helo_event event = {.connection = &SAMPLE_CONNECTION, .of.session = &session};

    assert_holds(f, &event, "\"messages\":{\"attempted\":3,\"accepted\":0,\"rejected\":1}");
    session.messages_partial = 2;
    assert_holds(f, &event,
                 "\"messages\":{\"attempted\":3,\"accepted\":0,\"rejected\":1,\"partial\":2}");
}

static void marks_appear_when_they_hold(void **state)
{
    struct fixture *f = *state;
    struct helo_session session = SAMPLE_SESSION;
    struct helo_event event = {.connection = &SAMPLE_CONNECTION, .of.session = &session};

    session.midstream = session.one_sided = session.uncertain = session.decrypted = true;
    session.seen_side = HELO_SERVER;
    session.proxy_kind = (struct helo_slice)SLICE("socks5");
    session.proxy_target = (struct helo_slice)SLICE("mx.example:25");
    session.starttls_requested = session.starttls_established = true;
    session.starttls_reply_code = 220;
    assert_holds(f, &event,
                 "\"kind\":\"submission\",\"midstream\":true,\"one_sided\":\"server\","
                 "\"uncertain\":true,\"decrypted\":true,\"gaps\"");
    assert_holds(f, &event,
                 "\"proxy\":{\"kind\":\"socks5\",\"target\":\"mx.example:25\"},\"server\"");
    assert_holds(f, &event,
                 "\"starttls\":{\"offered\":true,\"requested\":true,\"reply_code\":220,"
                 "\"established\":true}");
}

static void the_real_client_is_named_and_related_addresses_are_unique(void **state)
{
    struct fixture *f = *state;
    struct helo_connection connection = SAMPLE_CONNECTION;
    struct helo_event event = sample_event(HELO_DATASET_EXCHANGE);
    event.connection = &connection;

    connection.has_real_client = true;
    connection.real_client = (struct helo_endpoint){
        .family = 6, .address = {0x20, 0x01, 0x0d, 0xb8, [15] = 9}, .port = 4000};
    assert_holds(f, &event, "\"client\":{\"ip\":\"2001:db8::9\",\"port\":4000},\"network\":{");
    assert_holds(f, &event,
                 "\"related\":{\"ip\":[\"192.0.2.7\",\"198.51.100.25\",\"2001:db8::9\"]}");
    connection.real_client = connection.end[HELO_CLIENT];
    connection.real_client.port = 0;
    assert_holds(f, &event, "\"client\":{\"ip\":\"192.0.2.7\"},");
    assert_holds(f, &event, "\"related\":{\"ip\":[\"192.0.2.7\",\"198.51.100.25\"]}");
    connection.end[HELO_SERVER] = connection.end[HELO_CLIENT];
    assert_holds(f, &event, "\"related\":{\"ip\":[\"192.0.2.7\"]}");
    connection.end[HELO_CLIENT].family = 6;
    assert_holds(f, &event, "\"type\":\"ipv6\"");
}

static void nanosecond_captures_get_nine_digits(void **state)
{
    struct fixture *f = *state;
    struct helo_connection connection = SAMPLE_CONNECTION;
    struct helo_event event = sample_event(HELO_DATASET_EXCHANGE);

    connection.nanoseconds = true;
    event.connection = &connection;
    assert_holds(f, &event, "{\"@timestamp\":\"2024-05-17T09:08:08.123456789Z\"");
    assert_holds(f, &event, "\"start\":\"2024-05-17T09:08:07.000000000Z\"");
}

static void outcomes_follow_reply_and_result(void **state)
{
    static const struct {
        uint16_t code;
        const char *outcome;
        const char *class;
    } REPLIES[] = {
        {0, "unknown", "\"exchange\":{"},
        {199, "unknown", "\"code\":199,\"lines\""},
        {250, "success", "\"class\":\"positive_completion\""},
        {354, "success", "\"class\":\"positive_intermediate\""},
        {421, "failure", "\"class\":\"transient_negative\""},
        {599, "failure", "\"class\":\"permanent_negative\""},
        {600, "unknown", "\"code\":600,\"lines\""},
    };
    static const char *const RESULTS[] = {
        [HELO_MESSAGE_ACCEPTED] = "success",   [HELO_MESSAGE_PARTIAL] = "success",
        [HELO_MESSAGE_REJECTED] = "failure",   [HELO_MESSAGE_ABORTED] = "unknown",
        [HELO_MESSAGE_INCOMPLETE] = "unknown",
    };
    struct fixture *f = *state;
    char expected[64];
    struct helo_exchange exchange = {.count = 1};
    struct helo_event event = {
        .dataset = HELO_DATASET_EXCHANGE,
        .connection = &SAMPLE_CONNECTION,
        .of.exchange = &exchange,
    };
    for (size_t i = 0; i < COUNT(REPLIES); i++) {
        exchange.reply.code = REPLIES[i].code;
        snprintf(expected, sizeof(expected), "\"outcome\":\"%s\"", REPLIES[i].outcome);
        assert_holds(f, &event, expected);
        assert_holds(f, &event, REPLIES[i].class);
    }
    for (size_t i = 0; i < COUNT(RESULTS); i++) {
        struct helo_message message = {.result = (enum helo_message_result)i};
        event.dataset = HELO_DATASET_MESSAGE;
        event.of.message = &message;
        snprintf(expected, sizeof(expected), "\"outcome\":\"%s\"", RESULTS[i]);
        assert_holds(f, &event, expected);
    }
}

static void every_close_reason_and_phase_has_its_name(void **state)
{
    static const char *const REASONS[] = {
        "refused",     "server_221",       "server_421",
        "quit",        "quit_other_reply", "quit_without_reply",
        "client_rst",  "server_rst",       "client_fin",
        "server_fin",  "replaced",         "idle_timeout",
        "capture_end", "evicted",          "unknown",
    };
    static const char *const PHASES[] = {"greeting", "ready",    "auth", "envelope",
                                         "data",     "starttls", "tls"};
    static const char *const KINDS[] = {"smtp", "submission", "lmtp", "other"};
    struct fixture *f = *state;
    struct helo_session session = {.close_reason = HELO_CLOSE_REFUSED};
    struct helo_event event = {.connection = &SAMPLE_CONNECTION, .of.session = &session};
    char expected[64];

    assert_int_equal(COUNT(REASONS), HELO_CLOSE_UNKNOWN + 1);
    for (size_t i = 0; i < COUNT(REASONS); i++) {
        session.close_reason = (enum helo_close_reason)i;
        snprintf(expected, sizeof(expected), "\"reason\":\"%s\"", REASONS[i]);
        assert_holds(f, &event, expected);
    }
    for (size_t i = 0; i < COUNT(PHASES); i++) {
        session.close_state = (enum helo_phase)i;
        snprintf(expected, sizeof(expected), "\"state\":\"%s\"", PHASES[i]);
        assert_holds(f, &event, expected);
    }
    for (size_t i = 0; i < COUNT(KINDS); i++) {
        session.kind = (enum helo_session_kind)i;
        snprintf(expected, sizeof(expected), "\"kind\":\"%s\"", KINDS[i]);
        assert_holds(f, &event, expected);
    }
}

static void wire_text_that_was_changed_is_listed(void **state)
{
    struct fixture *f = *state;
    uint8_t longer[LIMIT_STRING_KEPT];
    struct helo_recipient recipient = {.address = SLICE("caf\xe9@mx.example")};
    struct helo_parameter parameter = {
        .keyword = SLICE("X"), .has_value = true, .value = {longer, sizeof(longer)}};
    struct helo_message message = {
        .has_mail_from = true,
        .mail_from = SLICE("caf\xc3\xa9@client.example"),
        .recipients = &recipient,
        .recipient_count = 1,
        .recipient_total = 40000,
        .parameters = &parameter,
        .parameter_count = 1,
        .queue_id = {longer, sizeof(longer)},
    };
    struct helo_event event = {
        .dataset = HELO_DATASET_MESSAGE,
        .connection = &SAMPLE_CONNECTION,
        .of.message = &message,
    };
    memset(longer, 'q', sizeof(longer));

    assert_holds(f, &event,
                 "\"mail_from\":\"caf\xc3\xa9@client.example\","
                 "\"rcpt_to\":[\"caf\xc3\xa9@mx.example\"]");
    assert_holds(f, &event,
                 "\"latin1\":[\"smtp.rcpt_to\",\"smtp.message.recipients.address\"],"
                 "\"truncated\":[\"smtp.message.queue_id\",\"smtp.message.parameters\"],"
                 "\"list_counts\":{\"smtp\":{\"rcpt_to\":40000,"
                 "\"message\":{\"recipients\":40000}}}}}\n");
}

static void parameters_make_an_object_without_repeated_or_odd_keys(void **state)
{
    static const struct helo_parameter PARAMETERS[] = {
        {SLICE("SIZE"), true, SLICE("1")},    {SLICE("BODY"), true, SLICE("7BIT")},
        {SLICE("SIZE"), true, SLICE("2")},    {SLICE("SMTPUTF8"), false, {NULL, 0}},
        {SLICE("EMPTY"), true, {NULL, 0}},    {SLICE("SIZ\xc3\x89"), true, SLICE("3")},
        {SLICE("A B"), true, SLICE("4")},     {{NULL, 0}, true, SLICE("5")},
        {SLICE("X\"Y"), true, SLICE("\xe9")},
    };
    struct fixture *f = *state;
    struct helo_message message = {
        .parameters = PARAMETERS,
        .parameter_count = COUNT(PARAMETERS),
    };
    struct helo_event event = {
        .dataset = HELO_DATASET_MESSAGE,
        .connection = &SAMPLE_CONNECTION,
        .of.message = &message,
    };

    assert_holds(f, &event,
                 "\"parameters\":{\"SIZE\":\"1\",\"BODY\":\"7BIT\",\"SMTPUTF8\":true,"
                 "\"EMPTY\":true,\"X\\\"Y\":\"\xc3\xa9\"},");
    assert_holds(f, &event, "\"latin1\":[\"smtp.message.parameters\"]}}\n");
    message.parameters = &PARAMETERS[6];
    message.parameter_count = 2;
    assert_lacks(f, &event, "parameters");
}

static void a_hostile_sensor_name_is_escaped(void **state)
{
    struct fixture *f = *state;
    struct helo_report_config config = {
        .sensor = "tap\"\n", .interface = "eth\\0", .datasets = ALL_DATASETS};
    struct helo_event event = sample_event(HELO_DATASET_EXCHANGE);
    struct helo_report *report;
    struct helo_error error;

    assert_int_equal(helo_report_new(&config, &report, &error), HELO_OK);
    add(report, HELO_FORMAT_JSON, f->path);
    helo_report_event(report, &event);
    helo_report_free(report);
    read_file(f);
    assert_non_null(strstr(f->text, "\"observer\":{\"name\":\"tap\\\"\\n\",\"type\":\"sensor\","
                                    "\"product\":\"heloscope\",\"version\":\"0.1.0\","
                                    "\"ingress\":{\"interface\":{\"name\":\"eth\\\\0\"}}},"));
}

static void an_event_names_the_interface_of_its_connection(void **state)
{
    static const char *const THERE[] = {"eth0", "eth1", "eth1", NULL};
    struct fixture *f = *state;
    struct helo_report_config config = {.sensor = "s", .datasets = ALL_DATASETS};
    struct helo_event event = sample_event(HELO_DATASET_EXCHANGE);
    struct helo_connection connection = *event.connection;
    struct helo_report *report;
    struct helo_error error;

    assert_int_equal(helo_report_new(&config, &report, &error), HELO_OK);
    add(report, HELO_FORMAT_JSON, f->path);
    event.connection = &connection;
    for (size_t i = 0; i < 4; i++) {
        connection.interface = THERE[i];
        helo_report_event(report, &event);
    }
    helo_report_free(report);
    read_file(f);
    char *line = f->text;
    for (size_t i = 0; i < 4; i++) {
        char *end = strchr(line, '\n');
        char wanted[64] = "\"version\":\"0.1.0\"},";
        assert_non_null(end);
        *end = '\0';
        if (THERE[i] != NULL)
            snprintf(wanted, sizeof wanted, ",\"ingress\":{\"interface\":{\"name\":\"%s\"}}},",
                     THERE[i]);
        assert_non_null(strstr(line, wanted));
        line = end + 1;
    }
}

static void without_a_sensor_name_the_host_is_it(void **state)
{
    struct fixture *f = *state;
    struct helo_report_config config = {.datasets = ALL_DATASETS};
    struct helo_event event = sample_event(HELO_DATASET_EXCHANGE);
    struct helo_report *report;
    struct helo_error error;
    char host[256] = "";
    char expected[300];

    assert_int_equal(gethostname(host, sizeof(host) - 1), 0);
    snprintf(expected, sizeof(expected), "\"observer\":{\"name\":\"%s\",", host);
    assert_int_equal(helo_report_new(&config, &report, &error), HELO_OK);
    add(report, HELO_FORMAT_JSON, f->path);
    helo_report_event(report, &event);
    helo_report_free(report);
    read_file(f);
    assert_non_null(strstr(f->text, expected));
}

static void only_wanted_datasets_are_written_and_numbered_without_holes(void **state)
{
    struct fixture *f = *state;
    struct helo_report *report =
        new_report(1u << HELO_DATASET_SESSION | 1u << HELO_DATASET_STATS | 1u << HELO_DATASET_TLS);
    struct helo_event session = sample_event(HELO_DATASET_SESSION);
    struct helo_event exchange = sample_event(HELO_DATASET_EXCHANGE);
    struct helo_event unwritten = {.dataset = HELO_DATASET_TLS};

    add(report, HELO_FORMAT_JSON, f->path);
    helo_report_event(report, &exchange);
    helo_report_event(report, &session);
    helo_report_event(report, &unwritten);
    helo_report_stats(report, &SAMPLE_STATS, SAMPLE_START);
    helo_report_event(report, &session);
    helo_report_stats(report, &SAMPLE_STATS, SAMPLE_START);
    assert_int_equal(helo_report_written(report, HELO_DATASET_SESSION), 2);
    assert_int_equal(helo_report_written(report, HELO_DATASET_STATS), 2);
    assert_int_equal(helo_report_written(report, HELO_DATASET_EXCHANGE), 0);
    assert_int_equal(helo_report_written(report, HELO_DATASET_TLS), 0);
    helo_report_free(report);
    read_file(f);
    assert_int_equal(lines_in(f->text), 4);
    assert_non_null(strstr(f->text, "\"sequence\":1,\"category\""));
    assert_non_null(strstr(f->text, "-stats-1\",\"sequence\":2,"));
    assert_non_null(strstr(f->text, "\"sequence\":3,\"category\""));
    assert_non_null(strstr(f->text, "-stats-2\",\"sequence\":4,"));
    assert_non_null(strstr(f->text, "\"written\":1,\"dropped\":0}]"));
    assert_non_null(strstr(f->text, "\"written\":3,\"dropped\":0}]"));
}

static void json_and_text_go_out_side_by_side(void **state)
{
    struct fixture *f = *state;
    struct helo_report *report = new_report(ALL_DATASETS);
    struct helo_event event = sample_event(HELO_DATASET_SESSION);
    char json[80];
    struct stat status;

    snprintf(json, sizeof(json), "%s.json", f->path);
    add(report, HELO_FORMAT_JSON, json);
    add(report, HELO_FORMAT_TEXT, f->path);
    helo_report_event(report, &event);
    helo_report_event(report, &event);
    assert_int_equal(helo_report_written(report, HELO_DATASET_SESSION), 2);
    helo_report_free(report);
    read_file(f);
    assert_int_equal(lines_in(f->text), 2);
    assert_memory_equal(f->text, "09:08:08.123  session ", 22);
    assert_int_equal(stat(json, &status), 0);
    assert_int_equal(status.st_mode & 07777 & ~0640u, 0);
    assert_true(status.st_size > 2000);
    unlink(json);
}

static void an_existing_file_is_emptied_also_through_a_link(void **state)
{
    struct fixture *f = *state;
    struct helo_report *report = new_report(ALL_DATASETS);
    char link[80];
    int fd = open(f->path, O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(fd, "old content\n", 12), 12);
    close(fd);

    snprintf(link, sizeof(link), "%s.link", f->path);
    assert_int_equal(symlink(f->path, link), 0);
    add(report, HELO_FORMAT_JSON, link);
    helo_report_free(report);
    read_file(f);
    assert_int_equal(f->len, 0);
    unlink(link);
}

/* More than one block of events, so that writes happen before the flush. */
static void write_many(struct helo_report *report, int count)
{
    struct helo_event event = sample_event(HELO_DATASET_SESSION);
    for (int i = 0; i < count; i++)
        helo_report_event(report, &event);
}

#define MANY 1000

static void assert_flush_fails(struct helo_report *report, const char *target, int with)
{
    struct helo_error error = {""};
    char expected[512];
    snprintf(expected, sizeof(expected), "%s: %s", target, strerror(with));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(helo_report_flush(report, &error), HELO_ERROR_OUTPUT);
        assert_string_equal(error.message, expected);
    }
}

static void a_full_disk_fails_one_output_and_the_others_go_on(void **state)
{
    struct fixture *f = *state;
    struct helo_report *report = new_report(ALL_DATASETS);

    add(report, HELO_FORMAT_JSON, "/dev/full");
    add(report, HELO_FORMAT_TEXT, f->path);
    write_many(report, MANY);
    assert_flush_fails(report, "/dev/full", ENOSPC);
    write_many(report, 1);
    helo_report_stats(report, &SAMPLE_STATS, SAMPLE_START);
    assert_int_equal(helo_report_written(report, HELO_DATASET_SESSION), MANY + 1);
    assert_flush_fails(report, "/dev/full", ENOSPC);
    helo_report_free(report);
    read_file(f);
    assert_int_equal(lines_in(f->text), MANY + 2);
}

static void what_a_failed_output_lost_is_counted(void **state)
{
    struct fixture *f = *state;
    struct helo_report *report = new_report(ALL_DATASETS);
    struct helo_error error;

    add(report, HELO_FORMAT_TEXT, "/dev/full");
    write_many(report, 3);
    assert_int_equal(helo_report_flush(report, &error), HELO_ERROR_OUTPUT);
    write_many(report, 2);
    add(report, HELO_FORMAT_JSON, f->path);
    helo_report_stats(report, &SAMPLE_STATS, SAMPLE_START);
    helo_report_free(report);
    read_file(f);
    assert_non_null(strstr(f->text, "\"events\":[{\"output\":\"text:/dev/full\",\"written\":0,"
                                    "\"dropped\":5},{\"output\":\"json:"));
}

/* A file size limit cuts a write in the middle of a line, as a disk that fills up does. */
static void a_line_cut_by_a_full_disk_is_taken_back(void **state)
{
    struct fixture *f = *state;
    struct helo_report *report = new_report(ALL_DATASETS);
    struct rlimit before;
    struct rlimit tight;

    signal(SIGXFSZ, SIG_IGN);
    add(report, HELO_FORMAT_JSON, f->path);
    getrlimit(RLIMIT_FSIZE, &before);
    tight = before;
    tight.rlim_cur = 300001;
    setrlimit(RLIMIT_FSIZE, &tight);
    write_many(report, MANY);
    assert_flush_fails(report, f->path, EFBIG);
    setrlimit(RLIMIT_FSIZE, &before);
    helo_report_free(report);
    read_file(f);
    assert_in_range(f->len, 290000, 300001);
    assert_int_equal(f->text[f->len - 1], '\n');
    assert_memory_equal(f->text + f->len - 4, "}}}\n", 4);
}

static void a_closed_pipe_is_reported_and_kills_nobody(void **state)
{
    struct helo_report *report = new_report(ALL_DATASETS);
    char target[32];
    int ends[2];
    (void)state;

    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(ends), 0);
    snprintf(target, sizeof(target), "/dev/fd/%d", ends[1]);
    add(report, HELO_FORMAT_JSON, target);
    close(ends[0]);
    write_many(report, MANY);
    assert_flush_fails(report, target, EPIPE);
    helo_report_free(report);
    close(ends[1]);
}

static atomic_int interruptions;

struct slow_reader {
    int fd;
    pthread_t writer; /* whom it interrupts, if after is not 0 */
    int after; /* begins after so many interruptions: a write into a full pipe then has failed */
    size_t octets;
    size_t lines;
    bool whole; /* what came last was a line's end */
};

/* Returns when the writer has handled it. */
static void interrupt_writer(const struct slow_reader *reader, int before)
{
    const struct timespec moment = {.tv_nsec = 200000};
    nanosleep(&moment, NULL); /* so that it is in its write, most likely */
    pthread_kill(reader->writer, SIGALRM);
    while (interruptions <= before)
        nanosleep(&moment, NULL);
}

/* Takes little at a time, so that every write into the pipe is a short one. It interrupts the
 * writer itself: a timer's signals may come faster than a slow machine can handle them, for ever.
 */
static void *read_slowly(void *context)
{
    struct slow_reader *reader = context;
    char some[777];
    ssize_t n;

    for (int i = 0; i < reader->after; i++)
        interrupt_writer(reader, i);
    while ((n = read(reader->fd, some, sizeof(some))) > 0) {
        if (reader->after > 0)
            interrupt_writer(reader, interruptions);
        reader->octets += (size_t)n;
        for (ssize_t i = 0; i < n; i++)
            reader->lines += some[i] == '\n';
        reader->whole = some[n - 1] == '\n';
    }
    return NULL;
}

static void short_and_refused_writes_lose_nothing(void **state)
{
    struct helo_report *report = new_report(ALL_DATASETS);
    struct slow_reader reader = {.fd = -1};
    struct helo_error error;
    pthread_t thread;
    int ends[2];
    (void)state;

    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    fcntl(ends[0], F_SETFL, 0);
    fcntl(ends[1], F_SETPIPE_SZ, 4096);
    reader.fd = ends[0];
    int kept = dup(STDOUT_FILENO);
    fflush(stdout);
    dup2(ends[1], STDOUT_FILENO);
    close(ends[1]);
    int created = pthread_create(&thread, NULL, read_slowly, &reader);
    enum helo_status added = helo_report_add(report, HELO_FORMAT_JSON, "-", false, &error);
    write_many(report, MANY);
    enum helo_status flushed = helo_report_flush(report, &error);
    helo_report_free(report);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    pthread_join(thread, NULL);
    close(ends[0]);
    assert_int_equal(created, 0);
    assert_int_equal(added, HELO_OK);
    assert_int_equal(flushed, HELO_OK);
    assert_int_equal(reader.lines, MANY);
    assert_true(reader.whole);
    assert_true(reader.octets > MANY * 1000);
}

static void interrupted(int signal_number)
{
    (void)signal_number;
    atomic_fetch_add(&interruptions, 1);
}

static void interrupted_writes_are_taken_up_again(void **state)
{
    struct helo_report *report = new_report(ALL_DATASETS);
    struct slow_reader reader = {.after = 10};
    struct sigaction action = {.sa_handler = interrupted};
    struct helo_error error;
    pthread_t thread;
    char target[32];
    int ends[2];
    (void)state;

    assert_int_equal(pipe(ends), 0);
    fcntl(ends[1], F_SETPIPE_SZ, 4096);
    snprintf(target, sizeof(target), "/dev/fd/%d", ends[1]);
    add(report, HELO_FORMAT_JSON, target);
    close(ends[1]);
    reader.fd = ends[0];
    reader.writer = pthread_self();
    interruptions = 0;
    sigaction(SIGALRM, &action, NULL);
    assert_int_equal(pthread_create(&thread, NULL, read_slowly, &reader), 0);
    write_many(report, MANY);
    assert_int_equal(helo_report_flush(report, &error), HELO_OK);
    helo_report_free(report);
    pthread_join(thread, NULL);
    close(ends[0]);
    assert_true(interruptions >= reader.after);
    assert_int_equal(reader.lines, MANY);
    assert_true(reader.whole);
}

static void assert_add_fails(const char *target, enum helo_status status, const char *message)
{
    struct helo_report *report = new_report(ALL_DATASETS);
    struct helo_error error = {""};
    assert_int_equal(helo_report_add(report, HELO_FORMAT_JSON, target, false, &error), status);
    assert_string_equal(error.message, message);
    write_many(report, 1);
    assert_int_equal(helo_report_flush(report, &error), HELO_OK);
    helo_report_free(report);
}

static void a_target_that_cannot_be_opened_is_named_with_the_reason(void **state)
{
    struct fixture *f = *state;
    char message[128];
    bool root = geteuid() == 0;

    assert_add_fails("/nonexistent/x", HELO_ERROR_OUTPUT,
                     "/nonexistent/x: No such file or directory");
    snprintf(message, sizeof(message), "%s: Is a directory", f->folder);
    assert_add_fails(f->folder, HELO_ERROR_OUTPUT, message);

    assert_int_equal(chmod(f->folder, 0555), 0);
    snprintf(message, sizeof(message), "%s: Permission denied", f->path);
    if (root)
        assert_int_equal(seteuid(65534), 0);
    assert_add_fails(f->path, HELO_ERROR_OUTPUT, message);
    if (root)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(chmod(f->folder, 0755), 0);
}

static void two_outputs_cannot_share_a_target(void **state)
{
    struct fixture *f = *state;
    struct helo_report *report = new_report(ALL_DATASETS);
    struct helo_error error = {""};
    char message[128];

    snprintf(message, sizeof(message), "%s: two outputs can't share a target", f->path);
    add(report, HELO_FORMAT_JSON, f->path);
    assert_int_equal(helo_report_add(report, HELO_FORMAT_TEXT, f->path, false, &error),
                     HELO_ERROR_CONFIG);
    assert_string_equal(error.message, message);
    helo_report_free(report);
}

static void the_number_of_outputs_is_bounded(void **state)
{
    struct fixture *f = *state;
    struct helo_report *report = new_report(ALL_DATASETS);
    struct helo_error error = {""};
    char target[80];

    for (int i = 0; i < LIMIT_OUTPUTS; i++) {
        snprintf(target, sizeof(target), "%s.%d", f->path, i);
        add(report, HELO_FORMAT_TEXT, target);
        unlink(target);
    }
    assert_int_equal(helo_report_add(report, HELO_FORMAT_TEXT, f->path, false, &error),
                     HELO_ERROR_CONFIG);
    assert_int_equal(access(f->path, F_OK), -1);
    helo_report_free(report);
}

static void an_event_past_the_line_limit_is_dropped_and_leaves_a_hole(void **state)
{
    static struct helo_verb_count commands[300000];
    struct fixture *f = *state;
    struct helo_report *report = new_report(ALL_DATASETS);
    struct helo_event event = sample_event(HELO_DATASET_SESSION);
    struct helo_session session = SAMPLE_SESSION;

    for (size_t i = 0; i < COUNT(commands); i++)
        commands[i] = (struct helo_verb_count){SLICE("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), 1};
    session.commands = commands;
    session.command_count = COUNT(commands);
    event.of.session = &session;
    add(report, HELO_FORMAT_JSON, f->path);
    write_many(report, 1);
    helo_report_event(report, &event);
    session.command_count = COUNT(commands) / 2;
    helo_report_event(report, &event);
    assert_int_equal(helo_report_written(report, HELO_DATASET_SESSION), 2);
    helo_report_stats(report, &SAMPLE_STATS, SAMPLE_START);
    helo_report_free(report);
    read_file(f);
    assert_int_equal(lines_in(f->text), 3);
    assert_null(strstr(f->text, "\"sequence\":2,"));
    assert_non_null(strstr(f->text, "\"sequence\":3,"));
    assert_non_null(strstr(f->text, "\"written\":2,\"dropped\":1}]"));
}

static void stats_ids_tell_sensors_and_captures_apart(void **state)
{
    static const struct {
        const char *sensor;
        helo_time first;
    } RUNS[] = {{"tap-1", SAMPLE_START}, {"tap-2", SAMPLE_START}, {"tap-1", SAMPLE_START + 1}};
    struct fixture *f = *state;
    char ids[COUNT(RUNS)][17] = {""};

    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < COUNT(RUNS); i++) {
            struct helo_report_config config = {.sensor = RUNS[i].sensor, .datasets = ALL_DATASETS};
            struct helo_report *report;
            struct helo_error error;
            assert_int_equal(helo_report_new(&config, &report, &error), HELO_OK);
            add(report, HELO_FORMAT_JSON, f->path);
            helo_report_stats(report, &SAMPLE_STATS, RUNS[i].first);
            helo_report_stats(report, &SAMPLE_STATS, RUNS[i].first + HELO_SECOND);
            helo_report_free(report);
            read_file(f);
            const char *id = strstr(f->text, "\"id\":\"") + 6;
            if (round == 0)
                memcpy(ids[i], id, 16);
            assert_memory_equal(ids[i], id, 16);
            assert_memory_equal(id + 16, "-stats-1", 8);
            assert_memory_equal(strstr(id, "\"id\":\"") + 6, ids[i], 16);
        }
    }
    assert_string_not_equal(ids[0], ids[1]);
    assert_string_not_equal(ids[0], ids[2]);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_session_event_is_written_to_the_letter),
        TEST(an_exchange_event_is_written_to_the_letter),
        TEST(a_message_event_is_written_to_the_letter),
        TEST(an_auth_event_is_written_to_the_letter_but_for_the_secret),
        TEST(each_kind_of_challenge_has_its_name_and_fields),
        TEST(an_auth_result_decides_outcome_and_type),
        TEST(users_are_related_once_and_only_when_known),
        TEST(the_secret_is_written_only_when_it_is_to_be_revealed),
        TEST(a_hash_key_has_its_bounds),
        TEST(a_stats_event_is_written_to_the_letter),
        TEST(unknown_facts_are_left_out),
        TEST(an_exchange_or_message_leaves_out_what_it_has_not),
        TEST(mail_inside_tls_is_not_counted_as_none),
        TEST(mail_accepted_in_part_is_counted_where_there_is_any),
        TEST(marks_appear_when_they_hold),
        TEST(the_real_client_is_named_and_related_addresses_are_unique),
        TEST(nanosecond_captures_get_nine_digits),
        TEST(outcomes_follow_reply_and_result),
        TEST(every_close_reason_and_phase_has_its_name),
        TEST(wire_text_that_was_changed_is_listed),
        TEST(parameters_make_an_object_without_repeated_or_odd_keys),
        TEST(a_hostile_sensor_name_is_escaped),
        TEST(an_event_names_the_interface_of_its_connection),
        TEST(without_a_sensor_name_the_host_is_it),
        TEST(only_wanted_datasets_are_written_and_numbered_without_holes),
        TEST(json_and_text_go_out_side_by_side),
        TEST(an_existing_file_is_emptied_also_through_a_link),
        TEST(a_full_disk_fails_one_output_and_the_others_go_on),
        TEST(what_a_failed_output_lost_is_counted),
        TEST(a_line_cut_by_a_full_disk_is_taken_back),
        TEST(a_closed_pipe_is_reported_and_kills_nobody),
        TEST(short_and_refused_writes_lose_nothing),
        TEST(interrupted_writes_are_taken_up_again),
        TEST(a_target_that_cannot_be_opened_is_named_with_the_reason),
        TEST(two_outputs_cannot_share_a_target),
        TEST(the_number_of_outputs_is_bounded),
        TEST(an_event_past_the_line_limit_is_dropped_and_leaves_a_hole),
        TEST(stats_ids_tell_sensors_and_captures_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
