/* Dialogues as text files: what each side says, when, what of it is captured, what must be found.
 *
 *   C: EHLO x              a client line; CRLF is added. S: the same for the server
 *   C*40: NOOP {n}         forty lines, {n} being 1 … 40
 *   C> raw\x00\n           octets with C escapes (\r \n \t \0 \\ \xHH), no line end added
 *   C*9> ab                the same octets nine times
 *   SPLIT                  what follows begins a new segment
 *   WAIT 30s               capture time passes (us, ms, s, m); the last one ticks the engine's
 * clock CROSS [N]              the next flight was sent before the other side's last flight (or
 * only the last N segments of it) had arrived GAP C 20               the next so many octets of
 * that side are never captured FIN C / RST C          the client ends the connection CLIENT
 * 192.0.2.1:4000  address, IPv6 in brackets; SERVER the same. Before the first line MIDSTREAM the
 * handshake is not captured ONLY C                 one direction alone is captured LOSE-ACKS
 * segments without payload are not captured, but for SYN, FIN and RST EXCEPT skew order …
 * impairments that change this dialogue's meaning # comment
 *
 * then, at the end, what must be found:
 *
 *   EXPECT session {json}  an event of this dataset that has all this (dotted keys; null: not
 *                          there); any dataset where none is named
 *   EXPECT*3 session {json}  three of them
 *   FORBID session {json}  no event of the dataset has all this
 *   SECRET text            the text occurs nowhere in the output
 *   DIALOGUE -=220 EHLO=250 NOOP=- RCPT=?
 *                          all exchanges by number: verb and reply code; no command is "-", no
 * reply
 *                          "-", "?" a reply that a gap hides; NOOP*40=250 forty in a row
 *   SESSIONS n             so many session events (1 where it is not said)
 */
#ifndef SUPPORT_TRANSCRIPT_H
#define SUPPORT_TRANSCRIPT_H

#include "heloscope/event.h"

enum step_kind {
    STEP_DATA,
    STEP_SPLIT,
    STEP_WAIT,
    STEP_CROSS,
    STEP_GAP,
    STEP_FIN,
    STEP_RST,
};

struct step {
    enum step_kind kind;
    enum helo_side side;
    size_t offset; /* STEP_DATA: octets in the transcript's bytes */
    size_t length;
    int64_t amount; /* WAIT nanoseconds, GAP octets, CROSS segments (0: the whole flight) */
};

enum expectation_kind {
    EXPECT_EVENT,
    EXPECT_NO_EVENT,
    EXPECT_SECRET,
    EXPECT_DIALOGUE,
    EXPECT_SESSIONS,
};

struct expectation {
    enum expectation_kind kind;
    unsigned line;
    unsigned count;
    char *dataset; /* "": any */
    char *text;
};

struct transcript {
    char *name;
    struct helo_endpoint end[HELO_SIDES];
    bool midstream;
    bool lose_acks;
    bool one_sided;
    enum helo_side seen_side;
    bool has_gaps;
    char *except; /* names with a space before and after each */
    uint8_t *bytes;
    size_t byte_count;
    struct step *steps;
    size_t step_count;
    struct expectation *expectations;
    size_t expectation_count;
    size_t byte_capacity, step_capacity, expectation_capacity;
};

/* Reads a transcript from text. NULL, and a reason with the line number in error, when it is
 * malformed. Owned by the caller. */
struct transcript *transcript_parse(const char *name, const char *text, size_t length,
                                    struct helo_error *error);

/* The same from a file; its name without folder and ending becomes the transcript's. */
struct transcript *transcript_load(const char *path, struct helo_error *error);

void transcript_free(struct transcript *transcript);

/* True if the transcript names this impairment under EXCEPT. */
bool transcript_excepts(const struct transcript *transcript, const char *impairment);

/* All transcripts of a folder, ordered by name; count 0 and a reason if one can't be read. */
struct transcript **transcript_load_all(const char *folder, size_t *count,
                                        struct helo_error *error);

void transcript_free_all(struct transcript **transcripts, size_t count);

#endif
