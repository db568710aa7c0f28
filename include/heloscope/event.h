/* The typed events that the engine hands to its caller; EVENTS (docs/events.md) says what each
 * field means. Everything is borrowed and valid only during the callback that delivers the event.
 */
#ifndef HELOSCOPE_EVENT_H
#define HELOSCOPE_EVENT_H

#include "heloscope/rules.h"
#include "heloscope/types.h"

enum helo_dataset {
    HELO_DATASET_SESSION,
    HELO_DATASET_EXCHANGE,
    HELO_DATASET_AUTH,
    HELO_DATASET_MESSAGE,
    HELO_DATASET_TLS,
    HELO_DATASET_ANOMALY,
    HELO_DATASET_STATS,
    HELO_DATASET_COUNT
};

enum helo_side { HELO_CLIENT = 0, HELO_SERVER = 1, HELO_SIDES = 2 };

/* One end of a connection on the wire. */
struct helo_endpoint {
    uint8_t family;      /* 4 or 6 */
    uint8_t address[16]; /* network order; IPv4 in the first four octets */
    uint16_t port;
    bool has_mac;
    uint8_t mac[6];
    uint64_t bytes; /* octets of TCP payload seen from this end, retransmissions included */
    uint64_t packets;
};

/* The connection that an event is about. */
struct helo_connection {
    uint64_t session_id;
    struct helo_endpoint end[HELO_SIDES];
    bool has_real_client; /* behind a proxy: PROXY header or XCLIENT */
    struct helo_endpoint real_client;
    uint8_t vlan_count;   /* 1: vlan[0] alone */
    uint16_t vlan[2];     /* the packet's outermost tag and, of several, its innermost one, be it
                             behind a tunnel */
    uint8_t tunnel_count; /* outermost first, as around the first packet with payload */
    struct helo_tunnel tunnel[HELO_MAX_TUNNELS];
    char community_id[31];   /* "1:" and 28 characters of Base64, NUL-terminated */
    bool nanoseconds;        /* the capture's clock ticks finer than a microsecond */
    const char *interface;   /* where its first payload was captured live; NULL for a file */
    struct helo_slice user;  /* who the client last said to be, by AUTH */
    struct helo_slice names; /* whom it named so far, by AUTH, AUTH= of MAIL and LOGIN= of XCLIENT,
                                as on the wire, a NUL behind each; only to hide them where texts of
                                this session repeat them */
    bool names_lost;         /* there were more than are kept */
};

/* An enhanced status code (RFC 3463) such as 5.7.1; class 0 when there is none. */
struct helo_enhanced {
    uint8_t klass; /* 2, 4 or 5 */
    uint16_t subject;
    uint16_t detail;
};

/* A reply (RFC 5321 section 4.2), its lines joined by '\n', codes stripped, secrets masked. */
struct helo_reply {
    uint16_t code; /* 0: none seen */
    struct helo_enhanced enhanced;
    struct helo_slice text;
    uint32_t lines;
};

enum helo_phase {
    HELO_PHASE_GREETING,
    HELO_PHASE_READY,
    HELO_PHASE_AUTH,
    HELO_PHASE_ENVELOPE,
    HELO_PHASE_DATA,
    HELO_PHASE_STARTTLS,
    HELO_PHASE_TLS,
};

/* A command and its reply; either may be missing (has_command, reply.code). */
struct helo_exchange {
    uint32_t number; /* from 1 within the session */
    bool has_command;
    bool has_argument;
    struct helo_slice verb; /* upper case; *RESPONSE*, *UNKNOWN*, *DATA* for what is no command */
    struct helo_slice argument;
    struct helo_reply reply;
    bool has_latency;
    helo_time latency; /* nanoseconds from the command's last octet to the reply's first */
    bool pipelined;    /* sent before the reply to the previous command had been received */
    bool reply_lost;   /* a gap in the capture hides the reply */
    enum helo_phase phase;
    uint32_t count; /* over 1: so many commands of this verb in a run, kept as a count */
    helo_time start;
    helo_time end;
};

/* A keyword with its value (MAIL and RCPT parameters); has_value false: the keyword alone. */
struct helo_parameter {
    struct helo_slice keyword;
    bool has_value;
    struct helo_slice value;
};

struct helo_recipient {
    struct helo_slice address;
    uint16_t code; /* 0: no reply seen */
    struct helo_enhanced enhanced;
    uint16_t final_code; /* LMTP: the reply to the content for this recipient; 0: none */
};

enum helo_message_result {
    HELO_MESSAGE_ACCEPTED,
    HELO_MESSAGE_PARTIAL,
    HELO_MESSAGE_REJECTED,
    HELO_MESSAGE_ABORTED,
    HELO_MESSAGE_INCOMPLETE,
};

/* One mail transaction (RFC 5321 section 3.3). */
struct helo_message {
    uint32_t number; /* from 1 within the session */
    helo_time start;
    helo_time end;
    bool has_mail_from;
    struct helo_slice mail_from; /* without angle brackets; "<>" is the null reverse-path */
    struct helo_slice helo;
    const struct helo_recipient *recipients;
    uint32_t recipient_count; /* elements at recipients */
    uint32_t recipient_total; /* as attempted, >= recipient_count */
    const struct helo_parameter *parameters;
    uint32_t parameter_count;
    bool has_size_declared;
    uint64_t size_declared;
    bool has_size;
    uint64_t size;          /* octets of content, unstuffed, without the terminator */
    struct helo_slice body; /* BODY= value; empty: not given */
    bool chunking;
    struct helo_slice queue_id;
    struct helo_reply reply; /* final */
    enum helo_message_result result;
};

enum helo_auth_result {
    HELO_AUTH_SUCCESS,
    HELO_AUTH_CANCELLED,
    HELO_AUTH_UNSUPPORTED,
    HELO_AUTH_ENCRYPTION_REQUIRED,
    HELO_AUTH_TOO_WEAK,
    HELO_AUTH_TRANSITION_NEEDED,
    HELO_AUTH_NOT_AVAILABLE,
    HELO_AUTH_TEMPORARY,
    HELO_AUTH_BAD_SEQUENCE,
    HELO_AUTH_SYNTAX,
    HELO_AUTH_CLOSED_BY_SERVER,
    HELO_AUTH_FAILURE,
    HELO_AUTH_ABANDONED,
    HELO_AUTH_UNKNOWN,
};

/* What a 334 asked for. */
enum helo_challenge_kind {
    HELO_CHALLENGE_USERNAME_PROMPT,
    HELO_CHALLENGE_PASSWORD_PROMPT,
    HELO_CHALLENGE_EMPTY,
    HELO_CHALLENGE_NONCE, /* CRAM, DIGEST, SCRAM: what the response is computed from */
    HELO_CHALLENGE_SERVER_FINAL,
    HELO_CHALLENGE_NTLM,
    HELO_CHALLENGE_TOKEN, /* GSSAPI */
    HELO_CHALLENGE_ERROR, /* XOAUTH2, OAUTHBEARER: why it failed */
    HELO_CHALLENGE_INVALID_BASE64,
    HELO_CHALLENGE_OTHER,
};

/* One 334; slices that the mechanism does not have are empty. */
struct helo_challenge {
    enum helo_challenge_kind kind;
    struct helo_slice text; /* prompts and other plain text, decoded; never a secret */
    bool has_latency;
    helo_time latency; /* nanoseconds from the client's line before it */
    struct helo_slice realm;
    struct helo_slice host;                                     /* CRAM-MD5: right of the @ */
    uint32_t iterations;                                        /* SCRAM; 0: none */
    struct helo_slice target, dns_domain, dns_host, os_version; /* NTLM */
    struct helo_slice status, scope;                            /* OAuth errors */
};

/* One AUTH exchange (RFC 4954): from the command to the reply that ends it. */
struct helo_auth {
    helo_time start;
    helo_time end;
    struct helo_slice mechanism; /* upper case */
    bool initial_response;
    const struct helo_challenge *challenges;
    uint32_t challenge_count; /* elements at challenges */
    uint32_t rounds;          /* 334s, >= challenge_count */
    struct helo_slice user_name;
    struct helo_slice user_domain;
    struct helo_slice authzid;           /* where it differs from user_name */
    struct helo_slice workstation;       /* NTLM: the client's name for itself */
    struct helo_slice service_principal; /* a ticket's, or DIGEST-MD5's URI: "smtp/host" */
    struct helo_slice token_kind;        /* GSSAPI and its kin: what the client's first token is */
    struct helo_slice oauth_host;        /* OAUTHBEARER: the server as the client sees it */
    uint16_t oauth_port;                 /* 0: none */
    struct helo_slice channel_binding;   /* SCRAM: "n", "y", or the binding's name */
    enum helo_auth_result result;
    struct helo_reply reply; /* final */
    bool tls;
    bool has_advertised; /* an EHLO reply was seen */
    bool advertised;
    bool secret_exposed;
    struct helo_slice secret; /* the password or token; always empty unless the configuration says
                                 reveal_secrets */
};

/* How a side ended its half of TLS. */
enum helo_tls_goodbye {
    HELO_TLS_GOODBYE_UNKNOWN, /* a gap hides it */
    HELO_TLS_GOODBYE_NONE,    /* its last record is no alert */
    HELO_TLS_GOODBYE_LIKELY,  /* its last record has an alert's type or length, encrypted */
    HELO_TLS_GOODBYE_CLOSE,   /* close_notify, in clear */
    HELO_TLS_GOODBYE_FATAL,   /* another alert, in clear */
};

/* A TLS handshake (RFC 8446, RFC 5246), when it was decided or could not be any more. */
struct helo_tls {
    helo_time start;
    helo_time end;
    bool starttls;    /* else from the first octet */
    uint16_t version; /* 0x0300 SSL 3.0 to 0x0304 TLS 1.3; 0: not seen */
    bool has_cipher;
    uint16_t cipher;
    bool has_established; /* it could be told */
    bool established;
    bool has_resumed;
    bool resumed;
    struct helo_slice next_protocol; /* as the server chose it, where that is not encrypted */
    char ja3[33];                    /* empty: no ClientHello was seen, as for ja4; ja3s likewise */
    char ja4[37];
    char ja3s[33];
    struct helo_slice server_name;
    struct helo_slice ciphers; /* the client's, two octets each */
    bool has_certificate;      /* it was seen: before TLS 1.3 */
    uint8_t certificate_sha256[32];
    bool has_validity;
    int64_t not_before, not_after; /* seconds since 1970 */
    bool self_signed;
    struct helo_slice subject, issuer;
    struct helo_slice names; /* DNS names of the certificate, each behind a line feed */
    uint32_t name_count;
    bool has_alert[HELO_SIDES]; /* an alert in clear */
    uint8_t alert[HELO_SIDES];  /* its description (RFC 8446 section 6) */
};

enum helo_session_kind {
    HELO_KIND_SMTP,
    HELO_KIND_SUBMISSION,
    HELO_KIND_LMTP,
    HELO_KIND_OTHER,
};

enum helo_close_reason {
    HELO_CLOSE_REFUSED,
    HELO_CLOSE_SERVER_221,
    HELO_CLOSE_SERVER_421,
    HELO_CLOSE_QUIT,
    HELO_CLOSE_QUIT_OTHER_REPLY,
    HELO_CLOSE_QUIT_WITHOUT_REPLY,
    HELO_CLOSE_CLIENT_RST,
    HELO_CLOSE_SERVER_RST,
    HELO_CLOSE_CLIENT_FIN,
    HELO_CLOSE_SERVER_FIN,
    HELO_CLOSE_REPLACED,
    HELO_CLOSE_IDLE_TIMEOUT,
    HELO_CLOSE_CAPTURE_END,
    HELO_CLOSE_EVICTED,
    HELO_CLOSE_UNKNOWN,
};

enum helo_outcome { HELO_OUTCOME_SUCCESS, HELO_OUTCOME_FAILURE, HELO_OUTCOME_UNKNOWN };

/* A name or a code with how often it was seen. */
struct helo_verb_count {
    struct helo_slice verb;
    uint32_t count;
};
struct helo_code_count {
    uint16_t code;
    uint32_t count;
};

/* One TCP connection that spoke SMTP, or something else on a port of SMTP (kind other), as it stood
 * when it ended. */
struct helo_session {
    enum helo_session_kind kind;
    enum helo_outcome outcome;
    helo_time start;
    helo_time end;
    bool midstream;
    bool one_sided;
    enum helo_side seen_side; /* if one_sided */
    bool uncertain;
    bool decrypted;
    uint64_t gap_count;
    uint64_t gap_bytes;
    struct helo_slice proxy_kind; /* empty: none */
    struct helo_slice proxy_target;
    struct helo_slice banner;
    struct helo_slice server_name;
    struct helo_slice server_software;
    struct helo_slice helo;
    struct helo_slice client_verb;
    const struct helo_slice *capabilities;
    uint32_t capability_count;
    const struct helo_verb_count *commands;
    uint32_t command_count;
    const struct helo_code_count *replies; /* ascending */
    uint32_t reply_count;
    bool pipelining;
    bool has_first_reply;
    helo_time first_reply;
    bool has_reply_times;
    helo_time reply_p50;
    helo_time reply_max;
    bool auth_seen;
    uint32_t auth_attempts, auth_successes, auth_failures, auth_challenges;
    uint32_t messages_attempted, messages_accepted, messages_rejected;
    uint32_t messages_partial; /* LMTP: accepted for some recipients and refused for others */
    uint32_t recipients_accepted, recipients_rejected;
    bool mail_may_be_hidden; /* a count of 0 only says that none was seen */
    bool starttls_offered, starttls_requested, starttls_established;
    uint16_t starttls_reply_code; /* 0: none */
    bool tls;
    uint16_t tls_version; /* as in struct helo_tls; 0: not seen */
    enum helo_close_reason close_reason;
    bool has_close_by;
    enum helo_side close_by;
    uint16_t close_reply_code; /* 0: none */
    struct helo_slice close_reply_text;
    enum helo_phase close_state;
    bool has_close_idle;
    helo_time close_idle; /* nanoseconds of silence */
    bool close_expected;
};

enum helo_evidence_kind {
    HELO_EVIDENCE_TEXT, /* wire text, or a word of our own */
    HELO_EVIDENCE_USER, /* wire text that names a user: hidden like one */
    HELO_EVIDENCE_NUMBER,
    HELO_EVIDENCE_FLAG,
    HELO_EVIDENCE_INTERVAL /* nanoseconds, written as milliseconds */
};

/* One thing that was seen. The same key in a row makes a list of texts. */
struct helo_evidence {
    const char *key; /* static, snake case */
    enum helo_evidence_kind kind;
    struct helo_slice text;
    int64_t number;
};

#define HELO_MOST_EVIDENCE 24
#define HELO_MOST_SESSIONS 10

/* A rule spoke. Of one session: the event's connection is there. Of several: it is NULL, and what
 * all of them share stands here. */
struct helo_anomaly {
    const struct helo_rule *rule;
    enum helo_severity severity; /* as configured */
    const char *advice;
    struct helo_evidence evidence[HELO_MOST_EVIDENCE];
    size_t evidence_count;
    uint64_t count;        /* how often; 0: a single fact */
    helo_time window;      /* what the count is over, of windowed rules; 0: none */
    uint64_t subject_hash; /* of the subject and the window's start, for the event's id */
    bool has_source;
    struct helo_endpoint source; /* port 0: any */
    bool source_is_client;       /* the address is a real client's, behind a proxy */
    bool has_server;
    struct helo_endpoint server;
    struct helo_slice user; /* empty: not shared */
    uint64_t sessions[HELO_MOST_SESSIONS];
    size_t session_count;
};

/* Why a packet could not be followed to a TCP segment. */
enum helo_undecodable {
    HELO_UNDECODABLE_LINK_TYPE,
    HELO_UNDECODABLE_TRUNCATED,
    HELO_UNDECODABLE_LINK_HEADER,
    HELO_UNDECODABLE_IP_HEADER,
    HELO_UNDECODABLE_FRAGMENT,
    HELO_UNDECODABLE_TCP_HEADER,
    HELO_UNDECODABLE_CHECKSUM,
    HELO_UNDECODABLE_NESTING,
    HELO_UNDECODABLE_TUNNEL_HEADER,
    HELO_UNDECODABLE_COUNT
};

/* What an engine counted since it was made. */
struct helo_stats {
    uint64_t packets_received;  /* the sum of tcp, other, held and undecodable */
    uint64_t packets_truncated; /* cut by the snap length */
    uint64_t packets_tcp;       /* TCP segments, be they put together from fragments */
    uint64_t packets_other;     /* decodable, but no TCP over IP */
    uint64_t packets_held;      /* fragments that a later packet completes, or none */
    uint64_t undecodable[HELO_UNDECODABLE_COUNT];
    uint64_t bytes; /* on the wire */
    bool has_drops; /* live captures count drops */
    uint64_t dropped_kernel;
    uint64_t dropped_interface;
    uint64_t flows_active, flows_created, flows_expired, flows_evicted;
    uint64_t buffered_bytes;
    uint64_t gaps, gap_bytes;
    uint64_t out_of_window;
    uint64_t sessions_active, sessions_ended;
    uint64_t allocation_failures;
    uint64_t memory_used, memory_cap;
    uint64_t anomalies[HELO_MOST_RULES]; /* told of by each rule, by its index */
};

struct helo_event {
    enum helo_dataset dataset;
    helo_time time;
    uint32_t number;                          /* within the session, or of the stats */
    const struct helo_connection *connection; /* NULL for stats and of several sessions */
    bool foreign;               /* the connection is not SMTP (sessions of the kind other) */
    struct helo_slice protocol; /* foreign: what it is, as nDPI names it in lower case; empty: not
                                   known */
    union {
        const struct helo_session *session;
        const struct helo_exchange *exchange;
        const struct helo_message *message;
        const struct helo_auth *auth;
        const struct helo_tls *tls;
        const struct helo_anomaly *anomaly;
        const struct helo_stats *stats;
    } of;
};

#endif
