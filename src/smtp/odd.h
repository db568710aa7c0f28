/* What the RFCs do not have in commands, replies and content, told as facts (FACT_IRREGULARITY):
 * what it was, by whom, where. What becomes of it is the rules' affair. Nothing is said where
 * octets that were not captured may explain it. */
#ifndef SMTP_ODD_H
#define SMTP_ODD_H

#include "base/fact.h"
#include "smtp/exchange.h"
#include "smtp/line.h"
#include "smtp/widths.h"

/* RFC 5321 sections 4.5.3.1.4 and 4.5.3.1.5: octets of a command or reply line, CRLF included. */
#define LONGEST_LINE 512

struct smtp_session;
struct stream_chunk;

/* What of the dialogue so far makes something odd; all zero at its beginning. */
struct odd {
    uint64_t greeting_end; /* offset behind the greeting; 0: not read */
    uint64_t size_offered; /* SIZE of the EHLO reply; 0: none */
    uint32_t sequences;    /* look-alikes of the content at hand that were told of */
    struct widths widths;  /* of the content at hand */
    uint8_t previous_kind; /* of the line before the one at hand */
    uint8_t previous_verb;
    bool pipelining_offered : 1;
    bool smtputf8_offered : 1;
    bool lossy : 1; /* a reply was lost: what is missing since may have been in it */
    bool early_told : 1;
    bool bare_client : 1;  /* a command ended in LF alone */
    bool command_told : 1; /* a command behind a look-alike was told of */
    bool lenient_end : 1;  /* the last content ended where only the server saw an end */
    uint8_t data_order;    /* enum order_oddity of the DATA of the content at hand */
};

/* A capability of an EHLO reply; odd_forget before the first. */
void odd_forget(struct odd *odd);
void odd_capability(struct odd *odd, struct helo_slice line);

/* A command or response was queued. */
void odd_queued(struct smtp_session *session, const struct exchange *exchange);

/* The greeting was read. */
void odd_greeting(struct smtp_session *session, helo_time time);

/* A reply to an exchange, before it changes anything. */
void odd_answer(struct smtp_session *session, const struct exchange *exchange,
                const struct helo_reply *reply);

/* An exchange ends without a reply; lost: one may have been given. */
void odd_unanswered(struct smtp_session *session, const struct exchange *exchange, bool lost);

/* Content: so many octets of the chunk were scanned, before being those before them. */
void odd_content(struct smtp_session *session, const struct stream_chunk *chunk, size_t len,
                 uint64_t before);

/* The content is over. */
void odd_content_end(struct smtp_session *session, helo_time time);

/* The one below, where something is odd. */
void odd_command_line_told(struct smtp_session *session, enum verb verb, struct helo_slice rest,
                           const struct line *line, helo_time time);

/* A line of a command, rest being what is behind the verb. */
static inline void odd_command_line(struct smtp_session *session, enum verb verb,
                                    struct helo_slice rest, const struct line *line, helo_time time)
{
    if (line->oddities != 0 || line->length > LONGEST_LINE || verb == VERB_BDAT)
        odd_command_line_told(session, verb, rest, line, time);
}

/* Is anything odd about a line of a reply? oddities: enum reply_oddity. */
static inline bool odd_is_reply_line(const struct line *line, unsigned oddities)
{
    return (line->oddities | oddities) != 0 || line->length > LONGEST_LINE;
}

/* A line of a reply that is odd; told: what may be told of its text. */
void odd_reply_line(struct smtp_session *session, const struct line *line, struct helo_slice told,
                    unsigned oddities, helo_time time);

#endif
