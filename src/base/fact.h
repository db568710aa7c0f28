/* What the dialogue and the engine tell the rules: the events that are written, and the smaller
 * facts that are not. Facts are told at the moment that something is noticed, and only where it
 * may interest a rule: no ordinary command makes one. */
#ifndef BASE_FACT_H
#define BASE_FACT_H

#include "heloscope/event.h"

enum fact_kind {
    /* Of a connection. */
    FACT_OPEN,         /* its first payload */
    FACT_TURN,         /* whose turn it is in an AUTH exchange, in content, in a line */
    FACT_REFUSAL,      /* a 4xx or 5xx to MAIL, RCPT, VRFY, EXPN, DATA or content */
    FACT_QUERY,        /* a 2xx to VRFY or EXPN */
    FACT_UNASKED,      /* a reply without a command */
    FACT_IRREGULARITY, /* something that the RFCs do not have */
    FACT_FOREIGN,      /* another protocol, on a port of SMTP or with a server of SMTP */
    FACT_AUTH,
    FACT_MESSAGE,
    FACT_TLS,     /* a handshake was decided */
    FACT_SESSION, /* the connection's last */
    FACT_TIMER,   /* a time that the rule set for this connection has come */
    /* Of the sensor. */
    FACT_LOST, /* stream octets never captured, or state given up */
    FACT_KINDS
};

/* Whose turn it is. */
struct fact_turn {
    enum fact_turn_of { TURN_NOBODY, TURN_CLIENT, TURN_SERVER } of;
    enum helo_phase phase; /* AUTH, DATA, or where a line was left unfinished */
    bool unfinished;       /* a line: the client has begun it */
    helo_time since;
};

/* A reply, and the command that it answers (verb empty: none). */
struct fact_reply {
    struct helo_slice verb;
    struct helo_slice argument; /* RCPT, VRFY, EXPN: the address */
    const struct helo_reply *reply;
    enum helo_phase phase;
    bool hidden;    /* a gap may hide what it answers */
    uint64_t acked; /* FACT_UNASKED: octets of the client that the server had received */
};

enum irregularity {
    IRREGULAR_CHALLENGE,   /* a 334 as the answer to a command other than AUTH, or to none */
    IRREGULAR_SASL,        /* a line of an AUTH exchange: oddity has enum sasl_oddity's bits */
    IRREGULAR_AFTER_CLOSE, /* a command or reply after the 221 to QUIT */
    IRREGULAR_EARLY,       /* a command sent before the end of the greeting was received */
    IRREGULAR_PIPELINED,   /* a command, or content, sent too early: enum pipelined_oddity; text is
                              the verb that was to be waited for */
    IRREGULAR_REPLY,       /* enum answer_oddity */
    IRREGULAR_LENGTH,      /* a line of number octets where limit are allowed; verb empty: of
                              content, or the server's */
    IRREGULAR_OCTETS,      /* a line's enum octet_oddity */
    IRREGULAR_ORDER,       /* a command out of sequence, and its answer: enum order_oddity */
    IRREGULAR_UNKNOWN,     /* a command answered 500 or 502 */
    IRREGULAR_CHUNK,       /* BDAT: enum chunk_oddity; text is its argument */
    IRREGULAR_SIZE,        /* content of number octets taken, limit being SIZE: enum size_oddity */
    IRREGULAR_PRIVILEGED,  /* a command that mail clients have no use for, and its answer */
    IRREGULAR_BOUNDARY,    /* look-alikes of the end in content: enum boundary_oddity; number of
                              them, limit being the client's octets up to behind the first one's
                              beginning */
    IRREGULAR_FRAMING,     /* octets that are no record, inside an established TLS connection */
    IRREGULAR_INJECTED,    /* octets between STARTTLS, or its 220, and TLS */
    IRREGULAR_CONFLICT,    /* octet number of the side was sent again, as another one */
    IRREGULARITIES
};

enum pipelined_oddity {
    PIPELINED_BEHIND_LAST = 1, /* behind a command that is the last of its group (RFC 2920 3.1) */
    PIPELINED_UNOFFERED = 2,   /* the server does not offer PIPELINING */
};

enum answer_oddity {
    ANSWER_NO_CODE = 1,      /* a line without three digits of 2xx to 5xx */
    ANSWER_CODES_DIFFER = 2, /* within one multi-line reply */
    ANSWER_WRONG_CLASS = 4,  /* 354 to other than DATA, 2xx to DATA */
};

enum octet_oddity {
    OCTETS_BARE_LF = 1,
    OCTETS_BARE_CR = 2,
    OCTETS_NUL = 4,
    OCTETS_EIGHT_BIT = 8, /* without SMTPUTF8 (RFC 6531) */
};

enum order_oddity {
    ORDER_NO_MAIL = 1,      /* RCPT, DATA or BDAT outside a transaction */
    ORDER_NO_RECIPIENT = 2, /* DATA or BDAT after no recipient was accepted */
    ORDER_NESTED_MAIL = 3,  /* MAIL inside a transaction */
};

enum chunk_oddity {
    CHUNK_NO_SIZE = 1,   /* no number, or other words behind it than LAST */
    CHUNK_TOO_BIG = 2,   /* over 2^63 - 1 octets */
    CHUNK_OVER_SIZE = 4, /* the message over what SIZE offers: number and limit say */
    CHUNK_MIXED = 8,     /* DATA in a transaction of BDAT */
};

enum size_oddity {
    SIZE_OVER_DECLARED = 1, /* by MAIL (RFC 1870) */
    SIZE_OVER_OFFERED = 2,  /* by the server */
};

enum boundary_oddity {
    BOUNDARY_COMMAND = 1, /* a line behind it begins with EHLO, MAIL, RCPT, DATA or RSET */
    BOUNDARY_TAKEN = 2,   /* the server took one for the end, and the client, which had not heard of
                             it, sent on: verb is what */
    BOUNDARY_CLOSED = 4,  /* the content is over */
    BOUNDARY_BARE = 8,    /* the client has ended commands with LF alone as well */
    BOUNDARY_AT_END = 16, /* the last of them is where the server ended the content */
};

/* Something that the RFCs do not have. */
struct fact_irregularity {
    enum irregularity what;
    enum helo_side side;    /* who did it */
    struct helo_slice verb; /* a word of ours: static */
    struct helo_slice text;
    uint16_t code;
    uint32_t oddity;
    uint64_t number;
    uint64_t limit;
    enum helo_phase phase;
};

/* What a session event does not tell of the close. */
struct fact_close {
    struct helo_slice answered; /* the verb that the announcing 221 or 421 answered; empty: none */
    uint16_t last_code;         /* of the reply before it; 0: none */
    uint32_t refusals;          /* replies of 4xx and 5xx before it */
    bool auth_failed;           /* the last thing before it was a failed AUTH exchange */
    bool client_gone;           /* the client had closed before the announcement */
    bool hidden;                /* a gap may hide what was said at the end */
    bool odd_port;              /* the server's port is not one of SMTP's */
};

/* A connection that is not SMTP, or a client that does not speak it. */
struct fact_foreign {
    struct helo_slice protocol; /* its name; empty: not known */
    bool server_is_smtp;        /* the server has greeted as a mail server */
};

/* What an auth event does not tell: a digest of the secret, equal for equal secrets within a run;
 * 0: none was sent. It is nowhere written. */
struct fact_auth {
    const struct helo_auth *auth;
    uint64_t secret;
    bool starttls_offered;
    bool in_transaction;
};

enum loss { LOSS_STREAM, LOSS_SESSIONS, LOSS_COUNTERS };

struct fact_lost {
    enum loss what;
    uint64_t count; /* octets, sessions, subjects */
    uint64_t of;    /* octets: of so many in the same minute */
};

struct fact {
    enum fact_kind kind;
    helo_time time;
    const struct helo_connection *connection; /* NULL: of the sensor */
    union {
        struct fact_turn turn;
        struct fact_reply reply; /* FACT_REFUSAL, FACT_QUERY, FACT_UNASKED */
        struct fact_irregularity irregularity;
        struct fact_auth auth;
        const struct helo_message *message;
        const struct helo_tls *tls;
        struct fact_lost lost;
        struct fact_foreign foreign;
        struct {
            const struct helo_session *session;
            struct fact_close close;
        } end;
    } of;
};

#endif
