/* The queue of commands whose replies are outstanding. */
#ifndef SMTP_EXCHANGE_H
#define SMTP_EXCHANGE_H

#include "heloscope/event.h"
#include "smtp/text.h"
#include "smtp/verb.h"

enum exchange_kind {
    EXCHANGE_COMMAND,
    EXCHANGE_RESPONSE, /* an answer to a 334 */
    EXCHANGE_UNKNOWN,  /* a line that may be one: its text is never told */
    EXCHANGE_CONTENT,  /* message content after 354 */
};

struct transaction;

struct exchange {
    struct exchange *next;
    struct transaction *belongs; /* read through exchange_transaction; NULL: to none */
    uint64_t end;                /* client's stream offset behind its last octet */
    uint64_t acked;              /* server's stream offset that its sender had received */
    helo_time start;
    helo_time time;    /* of its last octet */
    struct text text;  /* the argument */
    struct text token; /* the verb as given, of VERB_OTHER */
    uint32_t number;
    uint32_t recipient; /* index, of RCPT */
    uint32_t replies;   /* how many are due; more than 1: LMTP content */
    uint32_t count;     /* so many commands alike, kept as a count */
    uint8_t kind;
    uint8_t verb;
    uint8_t phase;
    bool has_argument : 1;
    bool pipelined : 1;
    bool last_chunk : 1; /* BDAT … LAST */
    bool mixed : 1;      /* a counted run of different things */
    bool guessed : 1;    /* a response only if its reply says so: the one to AUTH is lost */
};

struct exchange_queue {
    struct exchange *first;
    struct exchange *last;
    struct exchange *heard; /* the last that exchange_heard found; NULL: look from the first on */
    uint32_t count;         /* nodes */
    uint64_t octets;        /* taken by their arguments */
};

/* Appends an empty exchange. NULL without memory. */
struct exchange *exchange_append(struct exchange_queue *queue, struct mem *mem);

/* The last exchange that ends at or before acked; NULL if there is none, or if more had been
 * acknowledged before: so nothing is walked over twice. */
struct exchange *exchange_heard(struct exchange_queue *queue, uint64_t acked);

/* Takes the first exchange out; the caller frees it by exchange_free. */
struct exchange *exchange_shift(struct exchange_queue *queue);

/* Lets go of its transaction, and frees it. */
void exchange_free(struct mem *mem, struct exchange *exchange);

/* Keeps the argument of an exchange of the queue; LIMIT_OUTSTANDING_TEXT may leave no room for it.
 */
void exchange_keep(struct exchange_queue *queue, struct mem *mem, struct exchange *exchange,
                   struct helo_slice argument);

/* Frees the argument of an exchange of the queue. */
void exchange_forget(struct exchange_queue *queue, struct mem *mem, struct exchange *exchange);

/* The exchange waits for a reply that its transaction needs. One that stands for several commands
 * belongs to the transaction of the first: whatever the others were answered, is not told of
 * theirs. */
void exchange_join(struct exchange *exchange, struct transaction *transaction);

/* The transaction that it belongs to; NULL: none, or it has been told and is gone. */
struct transaction *exchange_transaction(const struct exchange *exchange);

/* Frees all. */
void exchange_clear(struct exchange_queue *queue, struct mem *mem);

#endif
