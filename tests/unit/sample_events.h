/* One hand-filled event of each dataset, for the tests of everything that writes events. */
#ifndef SAMPLE_EVENTS_H
#define SAMPLE_EVENTS_H

#include "heloscope/event.h"

#define SLICE(literal)                                                                             \
    {                                                                                              \
        (const uint8_t *)(literal), sizeof(literal) - 1                                            \
    }
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* 2024-05-17T09:08:07Z */
#define SAMPLE_START (INT64_C(1715936887) * HELO_SECOND)

static const struct helo_connection SAMPLE_CONNECTION = {
    .session_id = 0x0123456789abcdef,
    .end = {{.family = 4,
             .address = {192, 0, 2, 7},
             .port = 51324,
             .has_mac = true,
             .mac = {0x00, 0x00, 0x5e, 0x00, 0x53, 0xaf},
             .bytes = 420,
             .packets = 12},
            {.family = 4, .address = {198, 51, 100, 25}, .port = 25, .bytes = 815, .packets = 11}},
    .vlan_count = 2,
    .vlan = {100, 7},
    .community_id = "1:LQU9qZlK+B5F3KDmev6m5PMibrg=",
};

static const struct helo_slice SAMPLE_CAPABILITIES[] = {SLICE("PIPELINING"),
                                                        SLICE("SIZE 10240000")};
static const struct helo_verb_count SAMPLE_COMMANDS[] = {{SLICE("EHLO"), 1}, {SLICE("MAIL"), 2}};
static const struct helo_code_count SAMPLE_REPLIES[] = {{220, 1}, {250, 12}, {421, 1}};

static const struct helo_session SAMPLE_SESSION = {
    .kind = HELO_KIND_SUBMISSION,
    .outcome = HELO_OUTCOME_FAILURE,
    .start = SAMPLE_START,
    .end = SAMPLE_START + 31 * HELO_SECOND + 250 * HELO_MILLISECOND,
    .gap_count = 1,
    .gap_bytes = 1460,
    .banner = SLICE("mx.example ESMTP Postfix"),
    .server_name = SLICE("mx.example"),
    .server_software = SLICE("Postfix"),
    .helo = SLICE("client.example"),
    .client_verb = SLICE("EHLO"),
    .capabilities = SAMPLE_CAPABILITIES,
    .capability_count = COUNT(SAMPLE_CAPABILITIES),
    .commands = SAMPLE_COMMANDS,
    .command_count = COUNT(SAMPLE_COMMANDS),
    .replies = SAMPLE_REPLIES,
    .reply_count = COUNT(SAMPLE_REPLIES),
    .pipelining = true,
    .has_first_reply = true,
    .first_reply = 12345 * HELO_MICROSECOND + 999,
    .has_reply_times = true,
    .reply_p50 = 1500 * HELO_MICROSECOND,
    .reply_max = 30 * HELO_SECOND,
    .auth_seen = true,
    .auth_attempts = 3,
    .auth_successes = 1,
    .auth_failures = 2,
    .auth_challenges = 4,
    .messages_attempted = 2,
    .messages_accepted = 1,
    .messages_rejected = 1,
    .recipients_accepted = 5,
    .recipients_rejected = 3,
    .starttls_offered = true,
    .close_reason = HELO_CLOSE_SERVER_421,
    .has_close_by = true,
    .close_by = HELO_SERVER,
    .close_reply_code = 421,
    .close_reply_text = SLICE("4.4.2 mx.example Error: timeout exceeded"),
    .close_state = HELO_PHASE_ENVELOPE,
    .has_close_idle = true,
    .close_idle = 30 * HELO_SECOND,
};

static const struct helo_exchange SAMPLE_EXCHANGE = {
    .number = 4,
    .has_command = true,
    .has_argument = true,
    .verb = SLICE("MAIL"),
    .argument = SLICE("FROM:<a@client.example> SIZE=1000"),
    .reply = {.code = 250, .enhanced = {2, 1, 0}, .text = SLICE("2.1.0 Ok"), .lines = 1},
    .has_latency = true,
    .latency = 12 * HELO_MILLISECOND,
    .phase = HELO_PHASE_READY,
    .count = 1,
    .start = SAMPLE_START,
    .end = SAMPLE_START + 12 * HELO_MILLISECOND,
};

static const struct helo_challenge SAMPLE_CHALLENGES[] = {
    {.kind = HELO_CHALLENGE_USERNAME_PROMPT,
     .text = SLICE("Username:"),
     .has_latency = true,
     .latency = 1500 * HELO_MICROSECOND},
    {.kind = HELO_CHALLENGE_PASSWORD_PROMPT, .text = SLICE("Password for alice:")},
};

static const struct helo_auth SAMPLE_AUTH = {
    .start = SAMPLE_START,
    .end = SAMPLE_START + 250 * HELO_MILLISECOND,
    .mechanism = SLICE("LOGIN"),
    .challenges = SAMPLE_CHALLENGES,
    .challenge_count = COUNT(SAMPLE_CHALLENGES),
    .rounds = 2,
    .user_name = SLICE("Alice"),
    .user_domain = SLICE("EXAMPLE"),
    .authzid = SLICE("bob"),
    .workstation = SLICE("ALICE-PC"),
    .service_principal = SLICE("smtp/mx.example"),
    .token_kind = SLICE("ntlm"),
    .oauth_host = SLICE("mx.example"),
    .oauth_port = 587,
    .channel_binding = SLICE("n"),
    .result = HELO_AUTH_FAILURE,
    .reply = {.code = 535,
              .enhanced = {5, 7, 8},
              .text = SLICE("5.7.8 ALICE may not be bob"),
              .lines = 1},
    .has_advertised = true,
    .advertised = true,
    .secret_exposed = true,
    .secret = SLICE("hunter2"),
};

static const struct helo_recipient SAMPLE_RECIPIENTS[] = {
    {.address = SLICE("b@mx.example"), .code = 250, .enhanced = {2, 1, 5}, .final_code = 250},
    {.address = SLICE("c@mx.example"), .code = 550, .enhanced = {5, 7, 1}},
    {.address = SLICE("d@mx.example"), .code = 250, .final_code = 452},
    {.address = SLICE("e@mx.example")},
};
static const struct helo_parameter SAMPLE_PARAMETERS[] = {
    {SLICE("SIZE"), true, SLICE("1000")},
    {SLICE("SMTPUTF8"), false, {NULL, 0}},
};

static const struct helo_message SAMPLE_MESSAGE = {
    .number = 1,
    .start = SAMPLE_START,
    .end = SAMPLE_START + HELO_SECOND,
    .has_mail_from = true,
    .mail_from = SLICE("a@client.example"),
    .helo = SLICE("client.example"),
    .recipients = SAMPLE_RECIPIENTS,
    .recipient_count = COUNT(SAMPLE_RECIPIENTS),
    .recipient_total = COUNT(SAMPLE_RECIPIENTS),
    .parameters = SAMPLE_PARAMETERS,
    .parameter_count = COUNT(SAMPLE_PARAMETERS),
    .has_size_declared = true,
    .size_declared = 1000,
    .has_size = true,
    .size = 1234,
    .body = SLICE("8BITMIME"),
    .chunking = true,
    .queue_id = SLICE("4VgKXy1Z"),
    .reply = {.code = 452, .enhanced = {4, 2, 2}, .text = SLICE("Mailbox\nfull"), .lines = 2},
    .result = HELO_MESSAGE_PARTIAL,
};

static const struct helo_stats SAMPLE_STATS = {
    .packets_received = 1000,
    .packets_truncated = 3,
    .packets_other = 40,
    .undecodable = {[HELO_UNDECODABLE_IP_HEADER] = 2, [HELO_UNDECODABLE_NESTING] = 1},
    .bytes = 1572864,
    .flows_active = 4,
    .flows_created = 50,
    .flows_expired = 6,
    .flows_evicted = 1,
    .buffered_bytes = 4096,
    .gaps = 2,
    .gap_bytes = 2920,
    .out_of_window = 5,
    .sessions_active = 3,
    .sessions_ended = 47,
    .allocation_failures = 8,
    .memory_used = 1 << 20,
    .memory_cap = 512 << 20,
};

/* An event around one of the above; number 9, a second after the start. */
static inline struct helo_event sample_event(enum helo_dataset dataset)
{
    struct helo_event event = {
        .dataset = dataset,
        .time = SAMPLE_START + HELO_SECOND + 123456789,
        .number = 9,
        .connection = &SAMPLE_CONNECTION,
    };
    switch (dataset) {
    case HELO_DATASET_SESSION:
        event.of.session = &SAMPLE_SESSION;
        break;
    case HELO_DATASET_EXCHANGE:
        event.of.exchange = &SAMPLE_EXCHANGE;
        break;
    case HELO_DATASET_AUTH:
        event.of.auth = &SAMPLE_AUTH;
        break;
    case HELO_DATASET_MESSAGE:
        event.of.message = &SAMPLE_MESSAGE;
        break;
    default:
        event.of.stats = &SAMPLE_STATS;
        event.connection = NULL;
        break;
    }
    return event;
}

#endif
