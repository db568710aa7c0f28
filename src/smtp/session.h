/* The state of one dialogue, shared by the files that follow its two sides. */
#ifndef SMTP_SESSION_H
#define SMTP_SESSION_H

#include "base/limits.h"
#include "smtp/auth.h"
#include "smtp/content.h"
#include "smtp/exchange.h"
#include "smtp/line.h"
#include "smtp/odd.h"
#include "smtp/reply.h"
#include "smtp/secrets.h"
#include "smtp/smtp.h"
#include "smtp/transaction.h"
#include "tls/watch.h"

/* How the client's next octets are to be read. It changes on the reply, through client_enter. */
enum client_state {
    CLIENT_START, /* its very first octets: a PROXY header, TLS or commands */
    CLIENT_PROXY_V1,
    CLIENT_PROXY_V2,
    CLIENT_COMMAND,
    CLIENT_AWAIT_DATA,  /* DATA was sent: the reply tells */
    CLIENT_DATA_OR_NOT, /* the reply to DATA is lost: the first line tells */
    CLIENT_CONTENT,
    CLIENT_CHUNK,      /* octets of a BDAT */
    CLIENT_AWAIT_AUTH, /* AUTH or a response was sent: the reply tells */
    CLIENT_RESPONSE,   /* after 334 */
    CLIENT_AWAIT_TLS,  /* STARTTLS was sent: the reply tells */
    CLIENT_TLS_OR_NOT, /* after its 220: the first octets tell */
    CLIENT_TLS,
    CLIENT_UNSYNCED, /* after a gap or a pick-up: commands, content or responses */
    CLIENT_OPAQUE,   /* given up */
};

/* The reply that announced the close. */
struct announcement {
    uint16_t code; /* 0: none */
    struct helo_enhanced enhanced;
    enum helo_phase phase;
    helo_time idle;
    struct fact_close before; /* what came before it */
    bool hidden;              /* a gap may hide the QUIT that it answers */
    struct text text;
};

/* The proxy that the connection crosses, and where to. */
struct proxied {
    struct helo_slice kind; /* static */
    struct text target;
};

struct smtp_session {
    struct smtp_shared *shared;
    void *context;

    /* The client's side. */
    enum client_state state;
    bool payload_seen;
    bool failed;
    helo_time activity;      /* of the last payload */
    helo_time last_activity; /* of the payload before it */
    uint64_t client_offset;  /* behind the last octet read */
    uint64_t server_offset;
    helo_time content_time; /* of the content's last octet so far; HELO_NO_TIME: none was seen */
    struct content_scan content;
    struct line_reader client_line;
    uint64_t begun_noted; /* offset up to which a line without its end was noted */
    uint64_t chunk_left;  /* octets of the BDAT at hand */
    struct exchange_queue queue;
    uint32_t next_number;
    uint64_t content_from; /* offset at which the content at hand began */
    uint64_t hidden_end;   /* offset behind the last gap that may hide commands */

    struct auth_exchange *auth; /* the AUTH exchange at hand; NULL: none */

    /* What no event may tell: see take_reply. */
    struct secrets secrets;      /* what the client sent that may be one, until the end */
    struct secrets spilt;        /* its lines that are no commands, until one is answered */
    struct helo_slice challenge; /* a 334's text as it came, while it is being answered */

    /* The server's side. */
    struct line_reader server_line;
    struct reply_parser reply;
    helo_time reply_first;   /* time of the first octet of the reply at hand */
    helo_time reply_idle;    /* silence before it */
    uint64_t reply_offset;   /* of its first octet */
    uint64_t reply_acked;    /* what its segment acknowledged */
    helo_time reply_time;    /* of its last octet */
    uint64_t last_reply_end; /* of the last that answered something, or greeted */
    uint64_t last_reply_acked;

    /* Gaps: see pairing.c. */
    uint64_t last_gap_end[HELO_SIDES]; /* offset behind the last gap; 0: none */
    bool response_guessed;             /* the next line is a response only if it is no command */
    bool line_cut;                     /* unsynchronised: the line at hand has no beginning */
    bool content_cut;                  /* content outside a transaction: its end may be in a gap */
    bool await_lost;      /* the reply that the client's state waits for may be in a gap */
    bool reply_cut;       /* the next reply's beginning may be in a gap */
    bool careful;         /* octets are missing: order alone pairs nothing */
    bool commands_hidden; /* a client gap may hide commands, QUIT among them */

    /* Transactions: the client's current one and those that wait for replies, oldest first. */
    struct transaction *transactions;
    struct transaction *last_transaction;
    struct transaction *current;
    uint32_t transaction_count;

    struct tls_watch tls_watch;
    struct odd odd;

    /* Facts. */
    helo_time start;
    uint16_t server_port;
    uint16_t greeting_code;
    uint16_t quit_code;
    uint16_t starttls_code;
    uint64_t quit_reply_end; /* offset behind the reply to QUIT */
    bool line_told;          /* a line was told of as unfinished */
    uint16_t last_code;      /* of the reply before the one at hand */
    bool auth_failed;        /* the last reply ended an AUTH exchange that failed */
    bool auth_failed_before; /* so did the one before the reply at hand */
    bool midstream : 1;
    bool trusted_proxy : 1;
    bool odd_port : 1;
    bool accepted_any : 1;    /* a command of a session that was not refused got its 2xx or 354 */
    bool client_heard : 1;    /* the client acknowledged something of the server */
    bool greeting_hidden : 1; /* a gap hides it */
    bool greeted : 1;         /* the greeting was read, or can't come any more */
    bool spoke_smtp : 1;      /* a reply or a known command was seen */
    bool uncertain : 1;
    bool decrypted : 1;
    bool lmtp : 1;
    bool capabilities_known : 1; /* the last EHLO's reply was seen whole */
    bool auth_seen : 1;
    bool auth_replied : 1; /* a reply that only AUTH has, whatever it answers */
    bool has_secret : 1; /* the client sent one for certain: to a proxy, in an AUTH, as PASSWORD= */
    bool auth_open : 1;  /* an AUTH exchange is going on */
    bool authenticated : 1;
    bool unknown_hidden : 1; /* an unknown line may be a response: after AUTH, gap, pick-up */
    bool spilling : 1;       /* DATA was refused: lines of a message may come all the same */
    bool veiled : 1;         /* a client's line that may hold a secret was not captured */
    bool queue_ever : 1;     /* a command was seen */
    bool pipelining : 1;
    bool starttls_offered : 1;
    bool starttls_requested : 1;
    bool tls : 1;
    bool quit_seen : 1;
    bool quit_reply_lost : 1;
    bool finished : 1;
    bool ended[HELO_SIDES];
    bool has_closer;
    enum helo_side closer; /* who sent the first FIN or RST */
    enum stream_end closed_how;
    helo_time closed_at;
    helo_time closed_idle;
    enum helo_phase closed_phase;
    enum helo_phase quit_phase;
    struct announcement *announcement; /* NULL: none was made so far */
    helo_time quit_idle;               /* silence before the reply to QUIT */
    struct text quit_text;             /* of the reply to QUIT */
    struct proxied *proxied;           /* NULL: crosses no proxy */
    struct text banner;
    struct text helo;
    struct text capabilities; /* one a line */
    uint32_t capability_count;
    uint8_t helo_verb;
    uint32_t commands[VERB_COUNT];
    struct helo_code_count *replies; /* ascending */
    uint32_t reply_count;
    uint32_t reply_size;
    uint32_t *latencies; /* microseconds, at most LIMIT_LATENCY_SAMPLES */
    uint32_t latency_room;
    uint32_t latency_count;
    uint32_t latency_seen;
    uint32_t latency_stride;
    helo_time latency_max;
    helo_time first_reply;
    bool has_first_reply;
    uint64_t gap_count;
    uint64_t gap_bytes;
    uint32_t auth_attempts, auth_successes, auth_failures, auth_challenges;
    uint32_t messages_attempted, messages_accepted, messages_rejected, messages_partial;
    uint32_t recipients_accepted, recipients_rejected;
};

/* client.c */

/* Reads the client's octets; returns how many, fewer when only a reply tells how to go on. */
size_t client_bytes(struct smtp_session *session, const struct stream_chunk *chunk);

/* Changes how the client's next octets are read. */
void client_enter(struct smtp_session *session, enum client_state state);

/* The content at hand ended at offset end, by its terminator or because the server answered it. */
void client_end_content(struct smtp_session *session, const struct stream_chunk *chunk,
                        uint64_t end);

/* A complete reply was read: an unsynchronised client side may know again where it is. */
void client_resync(struct smtp_session *session, uint16_t code, uint64_t acked);

/* The server may repeat now what the client has begun to say. */
void client_note_begun(struct smtp_session *session);

/* Octets of the client are lost. */
void client_gap(struct smtp_session *session, uint64_t offset, uint64_t len);

/* command.c */

/* Reads a command line that ends at offset end. */
void command_line(struct smtp_session *session, const struct line *line,
                  const struct stream_chunk *chunk, uint64_t end);

/* Reads an answer to a 334. */
void command_response(struct smtp_session *session, const struct line *line,
                      const struct stream_chunk *chunk, uint64_t end);

/* A line whose end, or whose beginning, was not captured: what it may hold of a secret is noted.
 * alone: nothing else is in its segment. */
void command_fragment(struct smtp_session *session, const struct line *line, bool alone);

/* The beginning of a line whose end has not come: what it may hold of a secret is noted. */
void command_begun(struct smtp_session *session, const struct line *begun);

/* Queues an exchange that ends at offset end; NULL when memory fails. */
struct exchange *command_queue(struct smtp_session *session, enum exchange_kind kind,
                               enum verb verb, const struct stream_chunk *chunk, uint64_t end);

/* values.c */

/* Remembers what stands behind PASSWORD= and its like in an argument, for the replies that may
 * repeat it. */
void values_note(struct smtp_session *session, struct helo_slice argument);

/* An argument with the values of its words, KEY=value, as they may be told: none that is a secret,
 * or has a part of one where the client may write what it likes. Itself, or in shared->scratch. */
struct helo_slice values_mask(struct smtp_session *session, struct helo_slice argument);

/* True if there is nothing but asterisks, and the padding of Base64 behind them. */
bool values_is_stars(struct helo_slice text);

/* server.c */

/* Reads the server's octets; returns how many, fewer only behind a reply that the client's held
 * octets waited for. */
size_t server_bytes(struct smtp_session *session, const struct stream_chunk *chunk);

/* pairing.c */

/* The exchange that a reply answers whose segment acknowledges up to acked; NULL: none, or it
 * can't be told which (*hidden is then set if a gap is why). It stays the queue's first. */
struct exchange *pairing_find(struct smtp_session *session, const struct helo_reply *reply,
                              uint64_t acked, bool *hidden);

/* A client line acknowledges up to acked: closes what was answered in a gap. */
void pairing_client_speaks(struct smtp_session *session, uint64_t acked);

/* Octets of a side are lost. */
void pairing_server_gap(struct smtp_session *session, uint64_t end);
void pairing_client_gap(struct smtp_session *session, uint64_t end);

/* Ends the queue's first exchange without a reply; lost: a gap hides it. */
void pairing_drop_first(struct smtp_session *session, bool lost);

/* answer.c */

/* A reply to an exchange, the queue's first, which it may end. */
void answer(struct smtp_session *session, struct exchange *exchange,
            const struct helo_reply *reply);

/* Keeps the verb and the name of an EHLO, HELO or LHLO. */
void answer_name(struct smtp_session *session, const struct exchange *exchange);

/* A reply without an exchange. hidden: a gap may hide what it answers. */
void answer_unasked(struct smtp_session *session, const struct helo_reply *reply, bool hidden);

/* emit.c */

/* True if all memory was there that the step at hand wanted. Without it what was understood may not
 * be whole: from then on nothing is read and nothing told but that the session was given up. */
bool smtp_is_whole(struct smtp_session *session);

/* What others could not take while they were told something is none of the dialogue's failures. */
void smtp_told(struct smtp_session *session);

/* Tells of an exchange; either part may be NULL. */
void emit_exchange(struct smtp_session *session, const struct exchange *exchange,
                   const struct helo_reply *reply, helo_time time, bool lost);

/* What an exchange is in one word of ours: its verb, or *RESPONSE*, *DATA*, OTHER. */
struct helo_slice emit_kind(const struct exchange *exchange);

/* Tells of a transaction, which is in no list any more, and lets go of it. */
void emit_message(struct smtp_session *session, struct transaction *transaction, bool cut_off);

/* open.c */

/* The transaction that a command belongs to now; NULL: none. */
struct transaction *open_current(const struct smtp_session *session);

/* Begins a transaction at a MAIL command. NULL without memory. */
struct transaction *open_begin(struct smtp_session *session, helo_time time);

/* The client can add nothing more to the current transaction. */
void open_leave(struct smtp_session *session);

/* A MAIL was accepted: the transactions before it are given up. */
void open_replace(struct smtp_session *session, const struct transaction *transaction);

/* A MAIL was refused: an earlier transaction that is still open is current again. */
void open_fall_back(struct smtp_session *session, struct transaction *transaction);

/* This MAIL was refused or its reply is lost, and an earlier transaction may be open, perhaps one
 * whose MAIL is in a gap: what follows may belong to either, so it is told of neither. */
void open_doubt(struct smtp_session *session, struct transaction *transaction);

/* Reports what is complete: nothing outstanding, and over or left. */
void open_settle(struct smtp_session *session, struct transaction *transaction);

/* notice.c: facts for the rules, told if some rule wants them. */

/* A reply to an exchange. */
void notice_reply(struct smtp_session *session, const struct exchange *exchange,
                  const struct helo_reply *reply);

/* A reply that answers nobody in a phase; hidden: unless a gap hides whom. */
void notice_unasked(struct smtp_session *session, const struct helo_reply *reply,
                    enum helo_phase phase, bool hidden);

/* Whose turn it is since when: in an AUTH exchange, in content (phase DATA). */
void notice_turn(struct smtp_session *session, enum fact_turn_of of, enum helo_phase phase,
                 helo_time since);

/* After octets of the client: a line that is left unfinished, or that is finished at last. */
void notice_line(struct smtp_session *session, helo_time time);

/* What the RFCs do not have: in general, and in a line of an AUTH exchange. */
void notice_irregularity(struct smtp_session *session, const struct fact_irregularity *what,
                         helo_time time);
void notice_sasl(struct smtp_session *session, enum helo_side side, unsigned oddities,
                 helo_time time);

/* A command, a reply that may come too late: after the 221 to QUIT. */
void notice_command(struct smtp_session *session, const struct exchange *exchange);
void notice_late_reply(struct smtp_session *session, const struct helo_reply *reply);

/* tls.c */

/* Octets of a side inside TLS, and octets of it that are lost. */
void tls_octets(struct smtp_session *session, enum helo_side side, struct helo_slice octets,
                helo_time time);
void tls_gap(struct smtp_session *session, enum helo_side side, uint64_t len);

/* TLS was begun and the server goes on in clear: tells of it, and forgets it. */
void tls_refused(struct smtp_session *session, helo_time time);

/* The session is over: tells of a handshake that was not decided. whole: nothing may have been said
 * that was not captured. */
void tls_finish(struct smtp_session *session, bool whole, helo_time time);

/* close.c */

/* The phase of the dialogue now. */
enum helo_phase close_phase(const struct smtp_session *session);

/* True where the last reply was a 221 or 421, asked for or not: session->announcement tells of it.
 */
static inline bool close_is_announced(const struct smtp_session *session)
{
    return session->announcement != NULL && session->announcement->code != 0;
}

/* True if n octets that nobody captured may have held a command or a reply. */
bool close_hides(uint64_t n);

/* True if something may have been said at the very end that was not captured. */
bool close_end_is_hidden(const struct smtp_session *session, const struct smtp_finish *finish);

/* Fills the close of the session's facts. */
void close_judge(const struct smtp_session *session, const struct smtp_finish *finish,
                 struct helo_session *facts);

/* names.c */

/* The client named somebody. */
void names_tell(const struct smtp_session *session, struct helo_slice name);

/* Tells the names of an AUTH exchange as far as it is read, and the domains in them: those are told
 * only of users, not those that the server or the client has given as its own. */
void names_tell_auth(const struct smtp_session *session, const struct helo_auth *auth);

/* Tells of the names in a command's argument. */
void names_find(const struct smtp_session *session, struct helo_slice argument);

/* summary.c */

/* Counts a reply; counts a command; the replies of 4xx and 5xx so far; keeps a reply's latency. */
void summary_count_reply(struct smtp_session *session, uint16_t code);
void summary_count_command(struct smtp_session *session, enum verb verb);
uint32_t summary_refusals(const struct smtp_session *session);
void summary_latency(struct smtp_session *session, helo_time latency);

/* Tells of the session; facts holds what close_judge found. */
void summary_emit(struct smtp_session *session, const struct smtp_finish *finish,
                  struct helo_session *facts);

/* software.c */

/* The server software that a banner's text names; empty if none is known. */
struct helo_slice software_of(struct helo_slice banner);

/* proxy.c */

/* Reads a PROXY header: version 1 line without its end, version 2 whole. True and *client filled
 * if it names a TCP client. */
bool proxy_v1_parse(struct helo_slice line, struct helo_endpoint *client);
bool proxy_v2_parse(struct helo_slice header, struct helo_endpoint *client);

/* What the client told the proxy that it comes through: its secrets are remembered like those of an
 * AUTH, its name is told. */
void proxy_learn_login(struct smtp_session *session, const struct smtp_login *login);

/* XCLIENT's attributes (Postfix's XCLIENT_README): true if ADDR names an address. */
bool proxy_xclient_parse(struct helo_slice argument, struct helo_endpoint *client);

#endif
