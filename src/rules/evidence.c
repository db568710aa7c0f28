/* What an anomaly shows of what was seen, and the small questions that rules ask of facts. */
#include <string.h>
#include <strings.h>

#include "base/network.h"
#include "rules/rule.h"

static struct helo_evidence *add(struct helo_anomaly *anomaly, const char *key,
                                 enum helo_evidence_kind kind)
{
    if (anomaly->evidence_count == HELO_MOST_EVIDENCE)
        return NULL;
    struct helo_evidence *evidence = &anomaly->evidence[anomaly->evidence_count++];
    *evidence = (struct helo_evidence){.key = key, .kind = kind};
    return evidence;
}

void evidence_text(struct helo_anomaly *anomaly, const char *key, struct helo_slice text)
{
    struct helo_evidence *evidence = text.len > 0 ? add(anomaly, key, HELO_EVIDENCE_TEXT) : NULL;
    if (evidence != NULL)
        evidence->text = text;
}

void evidence_word(struct helo_anomaly *anomaly, const char *key, const char *word)
{
    evidence_text(anomaly, key, (struct helo_slice){(const uint8_t *)word, strlen(word)});
}

void evidence_user(struct helo_anomaly *anomaly, const char *key, struct helo_slice user)
{
    struct helo_evidence *evidence = user.len > 0 ? add(anomaly, key, HELO_EVIDENCE_USER) : NULL;
    if (evidence != NULL)
        evidence->text = user;
}

static void add_number(struct helo_anomaly *anomaly, const char *key, enum helo_evidence_kind kind,
                       int64_t number)
{
    struct helo_evidence *evidence = add(anomaly, key, kind);
    if (evidence != NULL)
        evidence->number = number;
}

void evidence_number(struct helo_anomaly *anomaly, const char *key, int64_t number)
{
    add_number(anomaly, key, HELO_EVIDENCE_NUMBER, number);
}

void evidence_flag(struct helo_anomaly *anomaly, const char *key, bool flag)
{
    add_number(anomaly, key, HELO_EVIDENCE_FLAG, flag);
}

void evidence_interval(struct helo_anomaly *anomaly, const char *key, helo_time interval)
{
    if (interval >= 0)
        add_number(anomaly, key, HELO_EVIDENCE_INTERVAL, interval);
}

const struct helo_endpoint *rule_source(const struct helo_connection *connection)
{
    return connection->has_real_client ? &connection->real_client : &connection->end[HELO_CLIENT];
}

bool rule_is_home(const struct rule_call *call, const struct helo_endpoint *end)
{
    for (size_t i = 0; i < call->config->home_count; i++) {
        if (network_has(&call->config->homes[i], end->family, end->address))
            return true;
    }
    return false;
}

bool rule_is_word(struct helo_slice slice, const char *word)
{
    size_t len = strlen(word);
    return slice.len == len && strncasecmp((const char *)slice.ptr, word, len) == 0;
}

const char *rule_phase_name(enum helo_phase phase)
{
    static const char *const NAMES[] = {
        [HELO_PHASE_GREETING] = "greeting", [HELO_PHASE_READY] = "ready",
        [HELO_PHASE_AUTH] = "auth",         [HELO_PHASE_ENVELOPE] = "envelope",
        [HELO_PHASE_DATA] = "data",         [HELO_PHASE_STARTTLS] = "starttls",
        [HELO_PHASE_TLS] = "tls",
    };
    return NAMES[phase];
}

const char *rule_side_name(enum helo_side side)
{
    return side == HELO_CLIENT ? "client" : "server";
}

uint64_t rule_network_hash(const struct helo_endpoint *end, size_t octets)
{
    uint8_t name[17] = {end->family};
    memcpy(name + 1, end->address, octets);
    return subject_hash_of((struct helo_slice){name, sizeof(name)});
}

uint64_t rule_address_hash(const struct helo_endpoint *end)
{
    return rule_network_hash(end, end->family == 4 ? 4 : 16);
}

bool rule_is_on(const struct rule_call *call, const char *id)
{
    size_t index = helo_rule_find(id);
    return index != SIZE_MAX && !call->config->rules[index].disabled;
}

bool rule_has_word(struct helo_slice text, const char *word)
{
    size_t len = strlen(word);
    for (size_t i = 0; i + len <= text.len; i++) {
        if (strncasecmp((const char *)text.ptr + i, word, len) == 0)
            return true;
    }
    return false;
}

struct helo_slice rule_domain_of(struct helo_slice address)
{
    const uint8_t *at = address.len > 0 ? memrchr(address.ptr, '@', address.len) : NULL;
    if (at == NULL)
        return (struct helo_slice){0};
    struct helo_slice domain = {at + 1, address.len - (size_t)(at + 1 - address.ptr)};
    if (domain.len > 0 && domain.ptr[domain.len - 1] == '>')
        domain.len--;
    return domain;
}
