/* Events as lines for a person at a terminal; wire text can't look like anything but itself. */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include "heloscope/event.h"
#include "report/line.h"

/* The columns that addresses take: as wide as the widest so far, so that lines stand below each
 * other whatever the traffic is. All zero at first. */
struct text_layout {
    size_t width[HELO_SIDES];
};

/* Writes one event as a line, newline included. colour: ANSI colours for results. */
void text_event(struct line *line, struct text_layout *layout, const struct helo_event *event,
                bool colour);

/* Writes wire text in at most columns columns, cut with an ellipsis. Control characters, bytes
 * that are no UTF-8, characters that are invisible or change the direction, the marks that our
 * own lines are made of and the backslash appear as \xNN, \u{…} and \\. */
void text_field(struct line *line, struct helo_slice text, size_t columns);

/* The same of text whose lines a newline parts: a slash between blanks stands there. */
void text_lines(struct line *line, struct helo_slice text, size_t columns);

/* What follows time, dataset and addresses, for each dataset (see struct dataset). */
void text_session(struct line *line, const struct helo_event *event, bool colour);
void text_exchange(struct line *line, const struct helo_event *event, bool colour);
void text_auth(struct line *line, const struct helo_event *event, bool colour);
void text_tls(struct line *line, const struct helo_event *event, bool colour);
void text_message(struct line *line, const struct helo_event *event, bool colour);
void text_anomaly(struct line *line, const struct helo_event *event, bool colour);
void text_stats(struct line *line, const struct helo_event *event, bool colour);

#endif
