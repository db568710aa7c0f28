/* The sensor's own state in a line. */
#include "report/text.h"
#include "report/text_parts.h"

static uint64_t all_undecodable(const struct helo_stats *stats)
{
    uint64_t sum = 0;
    for (int i = 0; i < HELO_UNDECODABLE_COUNT; i++)
        sum += stats->undecodable[i];
    return sum;
}

void text_stats(struct line *line, const struct helo_event *event, bool colour)
{
    const struct helo_stats *stats = event->of.stats;
    uint64_t dropped = stats->dropped_kernel + stats->dropped_interface;

    text_count(line, stats->packets_received, " packets, ");
    text_size(line, stats->bytes);
    if (stats->has_drops) {
        line_string(line, "  ");
        text_tint(line, dropped == 0 ? HELO_OUTCOME_SUCCESS : HELO_OUTCOME_FAILURE, colour);
        text_count(line, dropped, " dropped");
        text_untint(line, colour);
    }
    line_string(line, "  ");
    text_count(line, all_undecodable(stats), " undecodable  sessions ");
    text_count(line, stats->sessions_active, " open, ");
    text_count(line, stats->sessions_ended, " ended  ");
    text_count(line, stats->gaps, stats->gaps == 1 ? " gap  memory " : " gaps  memory ");
    text_size(line, stats->memory_used);
    line_string(line, " of ");
    text_size(line, stats->memory_cap);
}
