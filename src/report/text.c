/* One line per event: when, what, who with whom; what matters of it follows by dataset. */
#include "report/text.h"

#include "report/dataset.h"
#include "report/format.h"
#include "report/text_parts.h"

#define WIDTH_DATASET 8
/* Any IPv4 address with its port: most traffic never widens its columns. */
#define LEAST_WIDTH_ENDPOINT 21

/* What a dataset's name looks like on a terminal: an anomaly is found at a glance, its severity
 * being coloured by text_anomaly; what is many times as frequent as the rest does not drown it. */
static const char *const name_styles[HELO_DATASET_COUNT] = {
    [HELO_DATASET_EXCHANGE] = TEXT_DIM,
    [HELO_DATASET_STATS] = TEXT_DIM,
    [HELO_DATASET_ANOMALY] = TEXT_ALARM,
};

static void dataset_name(struct line *line, const struct helo_event *event, bool colour)
{
    const char *style = colour ? name_styles[event->dataset] : NULL;
    size_t name_len = strlen(dataset_of(event->dataset)->name);

    if (style != NULL)
        line_string(line, style);
    line_string(line, dataset_of(event->dataset)->name);
    text_untint(line, style != NULL);
    text_pad(line, line->len - name_len, WIDTH_DATASET);
    line_string(line, "  ");
}

static void clock_time(struct line *line, helo_time time, bool colour)
{
    if (colour)
        line_string(line, TEXT_DIM);
    char *to = line_reserve(line, FORMAT_LONGEST);
    if (to != NULL)
        line_commit(line, format_clock(to, time));
    text_untint(line, colour);
    line_string(line, "  ");
}

/* end NULL: several, of which none is named. */
static void endpoint(struct line *line, size_t *width, const struct helo_endpoint *end)
{
    size_t from = line->len;

    if (*width < LEAST_WIDTH_ENDPOINT)
        *width = LEAST_WIDTH_ENDPOINT;
    if (end != NULL)
        text_endpoint(line, end);
    else
        line_char(line, '*');
    if (line->len - from > *width)
        *width = line->len - from;
    text_pad(line, from, *width);
}

static void endpoints(struct line *line, struct text_layout *layout,
                      const struct helo_endpoint *client, const struct helo_endpoint *server)
{
    endpoint(line, &layout->width[HELO_CLIENT], client);
    line_string(line, " \u2192 ");
    endpoint(line, &layout->width[HELO_SERVER], server);
    line_string(line, "  ");
}

/* Who with whom: the ends of the connection, or what the sessions of an anomaly share of them. */
static void who(struct line *line, struct text_layout *layout, const struct helo_event *event)
{
    if (event->connection != NULL) {
        endpoints(line, layout, &event->connection->end[HELO_CLIENT],
                  &event->connection->end[HELO_SERVER]);
    } else if (event->dataset == HELO_DATASET_ANOMALY) {
        const struct helo_anomaly *anomaly = event->of.anomaly;
        endpoints(line, layout, anomaly->has_source ? &anomaly->source : NULL,
                  anomaly->has_server ? &anomaly->server : NULL);
    }
}

/* The client behind a proxy, whose address stands in the column; once is enough for each command.
 */
static void real_client(struct line *line, const struct helo_event *event)
{
    if (event->connection == NULL || !event->connection->has_real_client ||
        event->dataset == HELO_DATASET_EXCHANGE)
        return;
    line_string(line, "  client ");
    text_endpoint(line, &event->connection->real_client);
}

void text_event(struct line *line, struct text_layout *layout, const struct helo_event *event,
                bool colour)
{
    clock_time(line, event->time, colour);
    dataset_name(line, event, colour);
    who(line, layout, event);
    dataset_of(event->dataset)->text(line, event, colour);
    real_client(line, event);
    line_char(line, '\n');
}
