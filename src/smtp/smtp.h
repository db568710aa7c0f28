/* One SMTP dialogue (RFC 5321): ordered octets of both sides in, facts out. It can be driven
 * without a packet: everything it needs comes with the calls. */
#ifndef SMTP_SMTP_H
#define SMTP_SMTP_H

#include "base/fact.h"
#include "base/mem.h"
#include "heloscope/event.h"
#include "stream/stream.h"

#define SMTP_OPENING 7 /* octets of a side that tell most protocols */

/* What a dialogue tells. Events' pointers are borrowed for the call. */
struct smtp_sink {
    void *context;
    /* Octets that begin before SMTP_OPENING, in the order in which they are read, before what they
     * say is told; may come again. NULL if nobody wants to know. */
    void (*opening)(void *context, enum helo_side side, const struct stream_chunk *chunk);
    void (*exchange)(void *context, const struct helo_exchange *exchange, helo_time time);
    void (*message)(void *context, const struct helo_message *message, helo_time time);
    void (*auth)(void *context, const struct fact_auth *auth, helo_time time);
    /* A handshake was decided. */
    void (*tls)(void *context, const struct helo_tls *tls, helo_time time);
    void (*session)(void *context, const struct helo_session *session,
                    const struct fact_close *close, helo_time time);
    /* What only rules want to know. */
    void (*fact)(void *context, struct fact *fact, helo_time time);
    /* The client named somebody to act for; NULL if nobody wants to know. The name may be xtext. */
    void (*name)(void *context, struct helo_slice name);
    /* The client behind a proxy is known (PROXY header, XCLIENT). */
    void (*real_client)(void *context, const struct helo_endpoint *client);
};

/* What all dialogues of an engine share; borrowed, outlives them. */
struct smtp_shared {
    struct mem *mem;
    struct smtp_sink sink; /* its context is replaced by the session's own */
    bool exchanges;        /* build exchange events; without, they are only counted */
    bool reveal_secrets;   /* hand secrets out in AUTH events */
    uint32_t wanted;       /* facts to tell: bits by enum fact_kind */
    uint64_t failures;     /* of the memory, before the step at hand, whichever dialogue it is of */
    uint8_t digest_key[16]; /* for digests of secrets: the run's own */
    uint8_t scratch[16384];
};

struct smtp_session;

/* What a client told a proxy in order to be let through; borrowed for the call, all empty: nothing.
 */
struct smtp_login {
    struct helo_slice name;
    struct helo_slice password;
    struct helo_slice header; /* scheme and credentials (RFC 9110 section 11.4) */
};

/* What is known of a connection when its dialogue begins. */
struct smtp_start {
    helo_time time;
    uint16_t server_port;
    bool midstream;
    bool odd_port;                  /* the server's, or a proxy's target's, is not one of SMTP */
    bool trusted_proxy;             /* a PROXY header or XCLIENT from this client is believed */
    struct helo_slice proxy_kind;   /* of the proxy that it crosses, static; empty: none */
    struct helo_slice proxy_target; /* where that was asked to connect */
    struct smtp_login proxy_login;
};

/* Octets of memory that a dialogue needs beside what it takes from shared->mem as it goes. */
size_t smtp_size(void);

/* Makes a dialogue in caller-owned memory of smtp_size() octets, aligned as for any type; context
 * is handed to the sink. */
struct smtp_session *smtp_init(void *memory, struct smtp_shared *shared, void *context,
                               const struct smtp_start *start);

/* The stream's callbacks (struct stream_consumer), context being the session. */
size_t smtp_bytes(void *session, enum helo_side side, const struct stream_chunk *chunk);
void smtp_gap(void *session, enum helo_side side, uint64_t offset, uint64_t len, helo_time time);
void smtp_end(void *session, enum helo_side side, enum stream_end how, helo_time time);
void smtp_conflict(void *session, enum helo_side side, uint64_t offset, helo_time time);
void smtp_unchecked(void *session, enum helo_side side, uint64_t offset, helo_time time);
void smtp_resume(void *session, enum helo_side side);

/* Why the dialogue is over, as far as it does not tell itself. */
enum smtp_cause {
    SMTP_CONNECTION_OVER, /* FIN or RST */
    SMTP_REPLACED,
    SMTP_IDLE,
    SMTP_CAPTURE_END,
    SMTP_EVICTED,
};

struct smtp_finish {
    enum smtp_cause cause;
    helo_time time;              /* of the last packet, or the deadline that passed */
    uint64_t unseen[HELO_SIDES]; /* octets acknowledged but never captured, at the very end */
    bool seen[HELO_SIDES];       /* was a packet of this side captured at all */
    bool disputed;               /* a RST came that may have been the end, or somebody else's */
};

/* Reports what is unfinished and the session itself, once. */
void smtp_finish(struct smtp_session *session, const struct smtp_finish *finish);

/* True if memory failed and the dialogue can't go on truthfully. */
bool smtp_has_failed(const struct smtp_session *session);

/* Gives back what the dialogue took; its own memory stays the caller's. */
void smtp_close(struct smtp_session *session);

#endif
