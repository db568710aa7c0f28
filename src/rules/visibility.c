/* Rules about what the sensor itself does not see. */
#include "rules/rule.h"

static const struct helo_slice nothing = {NULL, 0};

/* HS-901 */
enum { SIDED_SECONDS };

static void one_sided(struct rule_call *call)
{
    const struct helo_session *session = call->fact->of.end.session;
    if (!session->one_sided || session->close_reason == HELO_CLOSE_EVICTED) /* too soon to tell */
        return;
    struct subject *subject = rule_note(call, BY_SERVER, nothing, 0, (unsigned)session->seen_side);
    if (subject != NULL)
        rule_tell_subject(call, subject);
}

static void describe_one_sided(const struct rule_call *call, struct subject *subject,
                               struct helo_anomaly *anomaly)
{
    (void)call;
    evidence_number(anomaly, "client_side_only", (int64_t)subject_tally(subject, HELO_CLIENT));
    evidence_number(anomaly, "server_side_only", (int64_t)subject_tally(subject, HELO_SERVER));
}

/* HS-902 and HS-903 are of the sensor, which is a subject without a name. */
struct sum {
    uint64_t lost;
    uint64_t of;
    uint64_t sessions;
    uint64_t counters;
};

static struct subject *note_loss(struct rule_call *call)
{
    const struct fact_lost *lost = &call->fact->of.lost;
    struct subject *subject = rule_note(call, 0, nothing, 0, 0);
    if (subject == NULL)
        return NULL;
    struct sum *sum = (void *)subject->state;
    if (subject->count == 1)
        *sum = (struct sum){0};
    sum->lost += lost->what == LOSS_STREAM ? lost->count : 0;
    sum->of += lost->of;
    sum->sessions += lost->what == LOSS_SESSIONS ? lost->count : 0;
    sum->counters += lost->what == LOSS_COUNTERS ? lost->count : 0;
    return subject;
}

enum { LOSS_PERMILLE };

static void capture_loss(struct rule_call *call)
{
    const struct fact_lost *lost = &call->fact->of.lost;
    if (lost->what != LOSS_STREAM ||
        lost->count * 1000 <= lost->of * (uint64_t)call->parameters[LOSS_PERMILLE])
        return;
    struct subject *subject = note_loss(call);
    if (subject != NULL)
        rule_tell_subject(call, subject);
}

static void describe_loss(const struct rule_call *call, struct subject *subject,
                          struct helo_anomaly *anomaly)
{
    const struct sum *sum = (const void *)subject->state;
    (void)call;
    evidence_number(anomaly, "minutes", (int64_t)subject->told->total);
    evidence_number(anomaly, "octets_lost", (int64_t)sum->lost);
    evidence_number(anomaly, "octets", (int64_t)sum->of);
}

static void state_evicted(struct rule_call *call)
{
    if (call->fact->of.lost.what == LOSS_STREAM)
        return;
    struct subject *subject = note_loss(call);
    if (subject != NULL)
        rule_tell_subject(call, subject);
}

static void describe_evicted(const struct rule_call *call, struct subject *subject,
                             struct helo_anomaly *anomaly)
{
    const struct sum *sum = (const void *)subject->state;
    (void)call;
    evidence_number(anomaly, "sessions", (int64_t)sum->sessions);
    evidence_number(anomaly, "counters", (int64_t)sum->counters);
}

static const struct rule rules[] = {
    {
        .about = {.id = "HS-901",
                  .name = "one_sided",
                  .category = "visibility",
                  .severity = HELO_SEVERITY_INFO,
                  .description = "Of sessions with a server only one direction is captured.",
                  .advice = "Check the mirror port or tap: it has to carry both directions, also "
                            "where they take different ways.",
                  .reference = "docs/design.md",
                  .memory = "the one-sided sessions of a server",
                  .parameters = {{"seconds", "s", "length of the window", 3600, 1, 604800}}},
        .wants = WANTS(FACT_SESSION),
        .on_fact = one_sided,
        .window = {.used = true, .seconds = SIDED_SECONDS},
        .describe = describe_one_sided,
    },
    {
        .about = {.id = "HS-902",
                  .name = "capture_loss",
                  .category = "visibility",
                  .severity = HELO_SEVERITY_INFO,
                  .description = "Octets of sessions were never captured.",
                  .reference = "docs/design.md",
                  .advice = "Use a larger capture buffer, a narrower filter or a faster machine; "
                            "what rules say of this time may lack something.",
                  .memory = "one counter",
                  .parameters = {{"permille", "\u2030", "more than this share within a minute", 10,
                                  0, 1000}}},
        .wants = WANTS(FACT_LOST),
        .on_fact = capture_loss,
        .window = {.used = true, .seconds = UINT8_MAX, .fixed = 3600, .state = sizeof(struct sum)},
        .describe = describe_loss,
    },
    {
        .about = {.id = "HS-903",
                  .name = "state_evicted",
                  .category = "visibility",
                  .severity = HELO_SEVERITY_MEDIUM,
                  .description = "The memory cap was reached: sessions or counters of rules were "
                                 "given up.",
                  .reference = "docs/design.md",
                  .advice = "Raise --memory, or look for a flood of connections or names: what was "
                            "given up is not counted, so rules may miss what is slow.",
                  .memory = "one counter",
                  .parameters = {{"seconds", "s", "length of the window", 60, 1, 86400}}},
        .wants = WANTS(FACT_LOST),
        .on_fact = state_evicted,
        .window = {.used = true, .seconds = 0, .state = sizeof(struct sum)},
        .describe = describe_evicted,
    },
};

const struct rule_family rules_visibility = {rules, sizeof(rules) / sizeof(rules[0])};
