/* An anomaly in a line: how bad, which rule, what was seen. */
#include "report/dataset.h"
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

static void value(struct line *line, const struct helo_evidence *evidence)
{
    switch (evidence->kind) {
    case HELO_EVIDENCE_TEXT:
        text_field(line, evidence->text, EVIDENCE_COLUMNS);
        break;
    case HELO_EVIDENCE_USER:
        text_user(line, evidence->text);
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

/* The unit in a key of an interval is said by the interval. */
static void key(struct line *line, const struct helo_evidence *of)
{
    size_t len = strlen(of->key);
    if (of->kind == HELO_EVIDENCE_INTERVAL && len > 3)
        len -= strlen("_ms");
    line_string(line, "  ");
    line_put(line, of->key, len);
    line_char(line, '=');
}

/* "cause=unknown" and so on, a list as "users=alice, bob". */
static void evidence(struct line *line, const struct helo_anomaly *anomaly)
{
    const char *last = "";
    for (size_t i = 0; i < anomaly->evidence_count; i++) {
        const struct helo_evidence *at = &anomaly->evidence[i];
        if (strcmp(at->key, last) == 0)
            line_string(line, ", ");
        else
            key(line, at);
        last = at->key;
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
    if (event->connection == NULL && anomaly->user.len > 0) {
        line_string(line, "  user ");
        text_user(line, anomaly->user);
    }
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
