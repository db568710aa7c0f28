/* One line per event: when, what, who with whom; what matters of it follows by dataset. */
#include "report/text.h"

#include "report/dataset.h"
#include "report/format.h"
#include "report/text_parts.h"

#define WIDTH_DATASET 8
/* Any IPv4 address with its port: most traffic never widens its columns. */
#define LEAST_WIDTH_ENDPOINT 21

static void endpoint(struct line *line, size_t *width, const struct helo_endpoint *end)
{
    size_t from = line->len;
    char *to = line_reserve(line, FORMAT_LONGEST + NUMBER_LONGEST);

    if (*width < LEAST_WIDTH_ENDPOINT)
        *width = LEAST_WIDTH_ENDPOINT;
    if (to == NULL)
        return;
    if (end->family != 4)
        *to++ = '[';
    to = format_address(to, end);
    if (end->family != 4)
        *to++ = ']';
    *to++ = ':';
    line_commit(line, number_decimal(to, end->port));
    if (line->len - from > *width)
        *width = line->len - from;
    text_pad(line, from, *width);
}

void text_event(struct line *line, struct text_layout *layout, const struct helo_event *event,
                bool colour)
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
        endpoint(line, &layout->width[HELO_CLIENT], &event->connection->end[HELO_CLIENT]);
        line_string(line, " \u2192 ");
        endpoint(line, &layout->width[HELO_SERVER], &event->connection->end[HELO_SERVER]);
        line_string(line, "  ");
    }
    dataset->text(line, event, colour);
    line_char(line, '\n');
}
