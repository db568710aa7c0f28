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
    FACT_AUTH,
    FACT_MESSAGE,
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
    bool hidden; /* a gap may hide what it answers */
};

enum irregularity {
    IRREGULAR_CHALLENGE,   /* a 334 as the answer to a command other than AUTH, or to none */
    IRREGULAR_SASL,        /* a line of an AUTH exchange: oddity has enum sasl_oddity's bits */
    IRREGULAR_AFTER_CLOSE, /* a command or reply after the 221 to QUIT */
    IRREGULARITIES
};

/* Something that the RFCs do not have. */
struct fact_irregularity {
    enum irregularity what;
    enum helo_side side; /* who did it */
    struct helo_slice verb;
    struct helo_slice text;
    uint16_t code;
    uint32_t oddity;
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
        struct fact_lost lost;
        struct {
            const struct helo_session *session;
            struct fact_close close;
        } end;
    } of;
};

#endif
