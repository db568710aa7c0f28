/* Mail transactions (RFC 5321 section 3.3): from MAIL to the reply that ends them. */
#ifndef SMTP_TRANSACTION_H
#define SMTP_TRANSACTION_H

#include "heloscope/event.h"
#include "smtp/text.h"

/* A piece of the transaction's text. */
struct extent {
    uint32_t at;
    uint32_t len;
};

struct recipient {
    struct extent address;
    uint16_t code;
    uint16_t final_code;
    struct helo_enhanced enhanced;
};

struct parameter {
    struct extent keyword;
    struct extent value;
    bool has_value;
};

struct transaction {
    struct transaction *next;
    struct transaction *previous;
    uint32_t number;
    uint32_t outstanding; /* exchanges that wait for a reply and belong here */
    uint32_t text_limit;
    helo_time start;
    helo_time end;
    struct text text;
    struct recipient *recipients;
    uint32_t next_final; /* LMTP: the recipients before it have their final reply or get none */
    uint32_t recipient_count;
    uint32_t recipient_size;
    uint32_t recipient_total;
    struct parameter *parameters;
    uint32_t parameter_count;
    uint32_t parameter_size;
    struct extent mail_from;
    struct extent helo; /* the name given before MAIL was answered */
    struct extent queue_id;
    struct extent body;
    struct helo_reply reply; /* its text is reply_text */
    struct extent reply_text;
    uint64_t size;
    uint64_t size_declared;
    uint32_t accepted; /* recipients answered 2xx */
    uint32_t refused;
    uint32_t finals_good; /* replies to the content */
    uint32_t finals_bad;
    bool has_helo : 1;
    bool has_mail_from : 1;
    bool has_size_declared : 1;
    bool has_size : 1;
    bool chunking : 1;
    bool mail_accepted : 1;
    bool mail_refused : 1;
    bool data_refused : 1;
    bool content_begun : 1;
    bool content_sent : 1;
    bool content_refused_early : 1;
    bool torn : 1;        /* a gap may hide commands of it, or its end */
    bool gap : 1;         /* something of it was not captured */
    bool client_done : 1; /* the client can add nothing more */
    bool over : 1;        /* the content was answered */
    bool detached : 1;    /* told: only the exchanges that belong here still know it */
};

/* Makes an empty transaction that keeps at most text_limit octets of addresses and parameters. NULL
 * without memory. */
struct transaction *transaction_new(struct mem *mem, uint32_t number, helo_time start,
                                    uint32_t text_limit);

/* Takes the argument of MAIL, once. */
void transaction_set_mail(struct transaction *transaction, struct mem *mem,
                          struct helo_slice argument);

/* Keeps the client's name as it is when MAIL is answered; later ones belong to later transactions.
 */
void transaction_set_helo(struct transaction *transaction, struct mem *mem, struct helo_slice helo);

/* Takes the argument of RCPT; the recipient's index, or UINT32_MAX when the list is full. */
uint32_t transaction_add_recipient(struct transaction *transaction, struct mem *mem,
                                   struct helo_slice argument);

/* Notes the reply to a recipient by its index (UINT32_MAX: only counted). */
void transaction_answer_recipient(struct transaction *transaction, uint32_t index,
                                  const struct helo_reply *reply);

/* LMTP (RFC 2033 section 4.2): the n-th content reply belongs to the n-th accepted recipient. */
void transaction_answer_content(struct transaction *transaction, struct mem *mem,
                                const struct helo_reply *reply, bool lmtp);

/* Keeps a reply as the one that decides. */
void transaction_set_reply(struct transaction *transaction, struct mem *mem,
                           const struct helo_reply *reply);

/* What became of it. cut_off: the capture, not the peers, ended it. */
enum helo_message_result transaction_result(const struct transaction *transaction, bool cut_off);

/* It was told and is in no list any more: frees it, or all but what its exchanges hold on to. */
void transaction_detach(struct mem *mem, struct transaction *transaction);

/* Frees the transaction; NULL is allowed. */
void transaction_free(struct mem *mem, struct transaction *transaction);

#endif
