/* Pieces that the text lines of all datasets are made of. */
#ifndef REPORT_TEXT_PARTS_H
#define REPORT_TEXT_PARTS_H

#include "heloscope/event.h"
#include "report/line.h"

/* Wire text is shown as far as a glance goes; the JSON output has the rest. */
#define TEXT_ADDRESS_COLUMNS  64
#define TEXT_NAME_COLUMNS     64
#define TEXT_ARGUMENT_COLUMNS 96
/* A refusal's reason is worth two lines of a terminal, what a server can do is not. */
#define TEXT_REPLY_COLUMNS  120
#define TEXT_PRAISE_COLUMNS 64
#define TEXT_USER_COLUMNS   64

/* Styles of a terminal (ECMA-48, SGR), ended by text_untint. An alarm is a block that is seen in a
 * page of lines, whatever its severity. */
#define TEXT_DIM   "\033[2m"
#define TEXT_ALARM "\033[1;7m"

/* A result in its colour, if colour. */
void text_result(struct line *line, const char *result, enum helo_outcome outcome, bool colour);

/* Starts and ends what text_result colours, where the result is more than a string. */
void text_tint(struct line *line, enum helo_outcome outcome, bool colour);
void text_untint(struct line *line, bool colour);

/* Spaces until what began at from is width columns wide; ASCII only. */
void text_pad(struct line *line, size_t from, size_t width);

/* An address and its port, if it has one: 192.0.2.1:25, [2001:db8::1]:25, 2001:db8::1. */
void text_endpoint(struct line *line, const struct helo_endpoint *end);

/* A user's name, or as much of its hash as tells it from others and finds it in the JSON. */
void text_user(struct line *line, struct helo_slice name);

/* "TLS 1.3", "SSL 3.0"; "TLS" of a version that was not seen. */
void text_tls_version(struct line *line, uint16_t version);

/* A reply's code in its colour, the enhanced code where the text lacks it, and the text. */
void text_reply(struct line *line, const struct helo_reply *reply, bool colour);

/* An interval as 12 ms, 30.0 s, 15 min, 2 h 5 min, 24 h or 3 d 2 h. */
void text_interval(struct line *line, helo_time interval);

/* A size as 512 B or 1.2 KiB. */
void text_size(struct line *line, uint64_t octets);

/* A number and the words after it. */
void text_count(struct line *line, uint64_t count, const char *words);

#endif
