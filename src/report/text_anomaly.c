/* An anomaly in a line: how bad, which rule, what was seen. */
#include "report/dataset.h"
#include "report/format.h"
#include "report/text.h"
#include "report/text_parts.h"

#define WIDTH_SEVERITY   8
#define EVIDENCE_COLUMNS 48

/* The severity has to be found at a glance: from green over yellow to white on red. */
static void severity(struct line *line, enum helo_severity of, bool colour)
{
    static const char *const CODES[HELO_SEVERITIES] = {
        [HELO_SEVERITY_INFO] = "\033[36m",          [HELO_SEVERITY_LOW] = "\033[33m",
        [HELO_SEVERITY_MEDIUM] = "\033[1;33m",      [HELO_SEVERITY_HIGH] = "\033[1;31m",
        [HELO_SEVERITY_CRITICAL] = "\033[1;37;41m",
    };
    static const char *const NAMES[HELO_SEVERITIES] = {
        [HELO_SEVERITY_INFO] = "info",         [HELO_SEVERITY_LOW] = "LOW",
        [HELO_SEVERITY_MEDIUM] = "MEDIUM",     [HELO_SEVERITY_HIGH] = "HIGH",
        [HELO_SEVERITY_CRITICAL] = "CRITICAL",
    };
    if (colour)
        line_string(line, CODES[of]);
    size_t from = line->len;
    line_string(line, NAMES[of]);
    text_pad(line, from, WIDTH_SEVERITY);
    text_untint(line, colour);
    line_string(line, "  ");
}

static void address(struct line *line, const char *before, const struct helo_endpoint *end)
{
    line_string(line, before);
    char *to = line_reserve(line, FORMAT_LONGEST);
    if (to != NULL)
        line_commit(line, format_address(to, end));
    if (end->port != 0) {
        line_char(line, ':');
        line_u64(line, end->port);
    }
}

/* What several sessions share stands where a session's ends would. */
static void shared(struct line *line, const struct helo_anomaly *anomaly)
{
    if (anomaly->has_source)
        address(line, "  from ", &anomaly->source);
    if (anomaly->user.len > 0) {
        line_string(line, "  user ");
        text_field(line, anomaly->user, TEXT_USER_COLUMNS);
    }
    if (anomaly->has_server)
        address(line, "  at ", &anomaly->server);
}

static void value(struct line *line, const struct helo_evidence *evidence)
{
    switch (evidence->kind) {
    case HELO_EVIDENCE_TEXT:
        text_field(line, evidence->text, EVIDENCE_COLUMNS);
        break;
    case HELO_EVIDENCE_USER:
        text_field(line, evidence->text, TEXT_USER_COLUMNS);
        break;
    case HELO_EVIDENCE_NUMBER:
        line_u64(line, (uint64_t)evidence->number);
        break;
    case HELO_EVIDENCE_FLAG:
        line_string(line, evidence->number != 0 ? "yes" : "no");
        break;
    case HELO_EVIDENCE_INTERVAL:
        text_interval(line, evidence->number);
        break;
    }
}

/* "cause=unknown" and so on; the unit in a key of an interval is said by the interval. */
static void evidence(struct line *line, const struct helo_anomaly *anomaly)
{
    for (size_t i = 0; i < anomaly->evidence_count; i++) {
        const struct helo_evidence *at = &anomaly->evidence[i];
        size_t len = strlen(at->key);
        if (at->kind == HELO_EVIDENCE_INTERVAL && len > 3)
            len -= strlen("_ms");
        line_string(line, "  ");
        line_put(line, at->key, len);
        line_char(line, '=');
        value(line, at);
    }
}

void text_anomaly(struct line *line, const struct helo_event *event, bool colour)
{
    const struct helo_anomaly *anomaly = event->of.anomaly;

    severity(line, anomaly->severity, colour);
    line_string(line, anomaly->rule->id);
    line_char(line, ' ');
    line_string(line, anomaly->rule->name);
    if (event->connection == NULL)
        shared(line, anomaly);
    if (anomaly->count > 0) {
        line_string(line, "  ");
        text_count(line, anomaly->count, anomaly->count == 1 ? " time" : " times");
    }
    if (anomaly->window > 0) {
        line_string(line, " in ");
        text_interval(line, anomaly->window);
    }
    evidence(line, anomaly);
}
