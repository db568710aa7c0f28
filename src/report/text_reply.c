/* A reply in a line: its code in colour, all its lines, as far as they matter. */
#include "report/format.h"
#include "report/text.h"
#include "report/text_parts.h"

/* 4xx may do better next time: neither good nor bad. */
static enum helo_outcome reply_outcome(uint16_t code)
{
    if (code >= 200 && code <= 399)
        return HELO_OUTCOME_SUCCESS;
    return code >= 500 && code <= 599 ? HELO_OUTCOME_FAILURE : HELO_OUTCOME_UNKNOWN;
}

/* The enhanced code, unless the text begins with it anyhow. */
static void enhanced(struct line *line, const struct helo_reply *reply)
{
    char code[FORMAT_LONGEST];
    size_t len = (size_t)(format_enhanced(code, reply->enhanced) - code);

    if (reply->enhanced.klass == 0 ||
        (reply->text.len >= len && memcmp(reply->text.ptr, code, len) == 0))
        return;
    line_char(line, ' ');
    line_put(line, code, len);
}

void text_reply(struct line *line, const struct helo_reply *reply, bool colour)
{
    enum helo_outcome outcome = reply_outcome(reply->code);

    text_tint(line, outcome, colour);
    line_u64(line, reply->code);
    text_untint(line, colour);
    enhanced(line, reply);
    if (reply->text.len > 0)
        line_char(line, ' ');
    text_lines(line, reply->text,
               outcome == HELO_OUTCOME_SUCCESS ? TEXT_PRAISE_COLUMNS : TEXT_REPLY_COLUMNS);
}
