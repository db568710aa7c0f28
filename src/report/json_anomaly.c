/* What anomaly events have of their own: the rule, what was seen, what to do about it. */
#include "heloscope/rules.h"
#include "report/format.h"
#include "report/json_event.h"

#define EVIDENCE "smtp.anomaly.evidence"

static struct helo_slice slice_of(const char *string)
{
    return (struct helo_slice){(const uint8_t *)string, strlen(string)};
}

/* The technique of a sub-technique such as T1110.001 is what stands before the dot. */
static size_t technique_length(const char *technique)
{
    return strcspn(technique, ".");
}

/* Does an earlier one name the same technique? */
static bool is_repeated(const struct helo_rule *rule, size_t index)
{
    size_t len = technique_length(rule->techniques[index]);
    for (size_t i = 0; i < index; i++) {
        if (technique_length(rule->techniques[i]) == len &&
            memcmp(rule->techniques[i], rule->techniques[index], len) == 0)
            return true;
    }
    return false;
}

static void id_list(struct json *json, const struct helo_rule *rule, bool sub)
{
    json_open(json, "id", '[');
    for (size_t i = 0; i < HELO_RULE_TECHNIQUES && rule->techniques[i] != NULL; i++) {
        struct helo_slice id = slice_of(rule->techniques[i]);
        size_t len = technique_length(rule->techniques[i]);
        if (sub ? len == id.len : is_repeated(rule, i))
            continue;
        if (!sub)
            id.len = len;
        json_text_element(json, "threat.technique.id", id);
    }
    json_close(json, ']');
}

static void threat_object(struct json *json, const struct helo_rule *rule)
{
    bool sub = false;
    for (size_t i = 0; i < HELO_RULE_TECHNIQUES && rule->techniques[i] != NULL; i++)
        sub = sub || rule->techniques[i][technique_length(rule->techniques[i])] != '\0';
    if (rule->techniques[0] == NULL)
        return;
    json_open(json, "threat", '{');
    json_name(json, "framework", "MITRE ATT&CK");
    json_open(json, "technique", '{');
    id_list(json, rule, false);
    if (sub) {
        json_open(json, "subtechnique", '{');
        id_list(json, rule, true);
        json_close(json, '}');
    }
    json_close(json, '}');
    json_close(json, '}');
}

void json_event_rule(struct json *json, const struct helo_anomaly *anomaly)
{
    const struct helo_rule *rule = anomaly->rule;
    json_open(json, "rule", '{');
    json_name(json, "id", rule->id);
    json_name(json, "name", rule->name);
    json_name(json, "category", rule->category);
    json_text(json, "rule.description", slice_of(rule->description));
    if (rule->reference != NULL)
        json_text(json, "rule.reference", slice_of(rule->reference));
    json_close(json, '}');
    threat_object(json, rule);
}

static void shared_end(struct json *json, const char *key, const struct helo_endpoint *end)
{
    json_open(json, key, '{');
    json_event_address(json, "ip", end);
    if (end->port != 0)
        json_u64(json, "port", end->port);
    json_close(json, '}');
}

void json_event_shared(struct json *json, const struct helo_anomaly *anomaly)
{
    bool named = anomaly->user.len > 0;
    bool addressed = anomaly->has_source || anomaly->has_server;
    if (anomaly->has_source)
        shared_end(json, anomaly->source_is_client ? "client" : "source", &anomaly->source);
    if (anomaly->has_server)
        shared_end(json, "destination", &anomaly->server);
    if (!named && !addressed)
        return;
    json_open(json, "related", '{');
    if (addressed) {
        const struct helo_endpoint *ends[] = {
            anomaly->has_source ? &anomaly->source : &anomaly->server, &anomaly->server};
        json_event_addresses(json, ends, anomaly->has_server ? 2 : 1);
    }
    if (named) {
        json_open(json, "user", '[');
        json_text_element(json, "related.user", anomaly->user);
        json_close(json, ']');
    }
    json_close(json, '}');
}

static void evidence_value(struct json *json, const struct helo_evidence *evidence)
{
    if (evidence->kind == HELO_EVIDENCE_TEXT || evidence->kind == HELO_EVIDENCE_USER) {
        json_key(json, evidence->key);
        json_string(json, EVIDENCE, evidence->text);
    } else if (evidence->kind == HELO_EVIDENCE_FLAG) {
        json_bool(json, evidence->key, evidence->number != 0);
    } else if (evidence->kind == HELO_EVIDENCE_INTERVAL) {
        json_milliseconds(json, evidence->key, evidence->number);
    } else {
        json_u64(json, evidence->key, (uint64_t)evidence->number);
    }
}

static bool same_key(const struct helo_evidence *a, const struct helo_evidence *b)
{
    return strcmp(a->key, b->key) == 0;
}

static void evidence_object(struct json *json, const struct helo_anomaly *anomaly)
{
    const struct helo_evidence *at = anomaly->evidence;
    const struct helo_evidence *end = at + anomaly->evidence_count;

    json_open(json, "evidence", '{');
    while (at < end) {
        const struct helo_evidence *next = at + 1;
        while (next < end && same_key(at, next))
            next++;
        if (next - at == 1) {
            evidence_value(json, at);
        } else {
            json_open(json, at->key, '[');
            for (const struct helo_evidence *e = at; e < next; e++)
                json_text_element(json, EVIDENCE, e->text);
            json_close(json, ']');
        }
        at = next;
    }
    json_close(json, '}');
}

static void session_ids(struct json *json, const struct helo_anomaly *anomaly)
{
    json_open(json, "session", '{');
    json_open(json, "ids", '[');
    for (size_t i = 0; i < anomaly->session_count; i++) {
        json_comma(json);
        char *to = line_reserve(json->line, 18);
        if (to == NULL)
            continue;
        *to++ = '"';
        to = number_hex(to, anomaly->sessions[i], 16);
        *to++ = '"';
        line_commit(json->line, to);
    }
    json_close(json, ']');
    json_close(json, '}');
}

void json_event_anomaly(struct json *json, const struct helo_event *event,
                        const struct event_context *context)
{
    const struct helo_anomaly *anomaly = event->of.anomaly;

    (void)context;
    if (event->connection != NULL) {
        json_open(json, "session", '{');
        json_event_session_id(json, event->connection);
        json_close(json, '}');
    } else if (anomaly->session_count > 0) {
        session_ids(json, anomaly);
    }
    json_open(json, "anomaly", '{');
    evidence_object(json, anomaly);
    json_text(json, "smtp.anomaly.advice", slice_of(anomaly->advice));
    if (anomaly->count > 0)
        json_u64(json, "count", anomaly->count);
    if (anomaly->window > 0)
        json_u64(json, "window_s", (uint64_t)(anomaly->window / HELO_SECOND));
    json_close(json, '}');
}
