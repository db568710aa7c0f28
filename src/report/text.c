/* One line per event: when, what, who with whom; what matters of it follows by dataset. */
#include "report/text.h"

#include "report/dataset.h"
#include "report/format.h"
#include "report/text_parts.h"

/* Widths that keep IPv4 traffic in columns; what is wider shifts its own line. */
#define WIDTH_DATASET  8
#define WIDTH_ENDPOINT 21

static void endpoint(struct line *line, const struct helo_endpoint *end)
{
    size_t from = line->len;
    char *to = line_reserve(line, FORMAT_LONGEST + NUMBER_LONGEST);

    if (to == NULL)
        return;
    if (end->family != 4)
        *to++ = '[';
    to = format_address(to, end);
    if (end->family != 4)
        *to++ = ']';
    *to++ = ':';
    line_commit(line, number_decimal(to, end->port));
    text_pad(line, from, WIDTH_ENDPOINT);
}

void text_event(struct line *line, const struct helo_event *event, bool colour)
{
    const struct dataset *dataset = dataset_of(event->dataset);

    char *to = line_reserve(line, FORMAT_LONGEST);
    if (to != NULL)
        line_commit(line, format_clock(to, event->time));
    line_string(line, "  ");
    size_t from = line->len;
    line_string(line, dataset->name);
    text_pad(line, from, WIDTH_DATASET);
    line_string(line, "  ");
    if (event->connection != NULL) {
        endpoint(line, &event->connection->end[HELO_CLIENT]);
        line_string(line, " \u2192 ");
        endpoint(line, &event->connection->end[HELO_SERVER]);
        line_string(line, "  ");
    }
    dataset->text(line, event, colour);
    line_char(line, '\n');
}
