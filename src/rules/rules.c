/* The engine of the rules: who wants what, what is kept of a session, who is exempt. */
#include "rules/rules.h"

#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/network.h"
#include "base/timers.h"
#include "rules/rule.h"

/* A time that a rule waits for within a session. */
struct rules_timer {
    struct timer timer;
    size_t rule;
    struct rules_timer *next; /* of the session */
    struct rules_session *session;
    const struct helo_connection *connection;
};

struct rules {
    struct mem *mem;
    const struct helo_rules_config *config;
    rules_tell_fn tell;
    void *context;
    struct timers timers;
    size_t count;
    size_t session_size;                          /* of all rules that are on, together */
    uint32_t session_offset[HELO_MOST_RULES];     /* of each rule's part */
    uint8_t wanting[FACT_KINDS][HELO_MOST_RULES]; /* rules by the kind of fact, by index */
    uint8_t wanting_count[FACT_KINDS];
};

static void enter(struct rules *rules, size_t index, const struct rule *rule)
{
    for (unsigned kind = 0; kind < FACT_KINDS; kind++) {
        if ((rule->wants & WANTS(kind)) != 0)
            rules->wanting[kind][rules->wanting_count[kind]++] = (uint8_t)index;
    }
    rules->session_offset[index] = (uint32_t)rules->session_size;
    rules->session_size += (rule->session_size + 7) / 8 * 8;
}

struct rules *rules_new(struct mem *mem, const struct helo_rules_config *config, rules_tell_fn tell,
                        void *context)
{
    struct rules *rules = mem_take_zero(mem, sizeof(*rules));
    if (rules == NULL)
        return NULL;
    rules->mem = mem;
    rules->config = config;
    rules->tell = tell;
    rules->context = context;
    timers_init(&rules->timers, mem);
    const struct rule *rule;
    for (size_t i = 0; (rule = rule_at(i)) != NULL; i++) {
        rules->count++;
        if (!config->rules[i].disabled)
            enter(rules, i, rule);
    }
    return rules;
}

bool rules_want(const struct rules *rules, enum fact_kind kind)
{
    return rules->wanting_count[kind] > 0;
}

static void run_rule(struct rules *rules, size_t index, struct rules_session *session,
                     const struct fact *fact)
{
    const struct rule *rule = rule_at(index);
    struct rule_call call = {.rules = rules,
                             .rule = rule,
                             .fact = fact,
                             .config = rules->config,
                             .parameters = rules->config->rules[index].value,
                             .session = session,
                             .index = index,
                             .time = fact->time};
    rule->on_fact(&call);
}

void rules_fact(struct rules *rules, struct rules_session *session, const struct fact *fact)
{
    rules_tick(rules, fact->time);
    for (uint8_t i = 0; i < rules->wanting_count[fact->kind]; i++)
        run_rule(rules, rules->wanting[fact->kind][i], session, fact);
}

void rules_tick(struct rules *rules, helo_time now)
{
    struct timer *first;
    while ((first = timers_first(&rules->timers)) != NULL && first->deadline <= now) {
        struct rules_timer *due = (struct rules_timer *)(void *)first;
        struct fact fact = {
            .kind = FACT_TIMER, .time = first->deadline, .connection = due->connection};
        timers_remove(&rules->timers, first);
        run_rule(rules, due->rule, due->session, &fact);
    }
}

void rules_forget(struct rules *rules, struct rules_session *session)
{
    while (session->timers != NULL) {
        struct rules_timer *timer = session->timers;
        session->timers = timer->next;
        timers_remove(&rules->timers, &timer->timer);
        mem_give(rules->mem, timer, sizeof(*timer));
    }
    mem_give(rules->mem, session->state, rules->session_size);
    session->state = NULL;
}

void rules_free(struct rules *rules)
{
    if (rules == NULL)
        return;
    timers_close(&rules->timers);
    mem_give(rules->mem, rules, sizeof(*rules));
}

void *rule_session(struct rule_call *call)
{
    struct rules *rules = call->rules;
    if (call->session->state == NULL)
        call->session->state = mem_take_zero(rules->mem, rules->session_size);
    return call->session->state != NULL ? call->session->state + rules->session_offset[call->index]
                                        : NULL;
}

bool rule_has_told(const struct rule_call *call, const char *id)
{
    size_t index = helo_rule_find(id);
    return index != SIZE_MAX && (call->session->told[index / 64] >> (index % 64) & 1) != 0;
}

static struct rules_timer *timer_of(struct rule_call *call)
{
    struct rules_timer *timer = call->session->timers;
    while (timer != NULL && timer->rule != call->index)
        timer = timer->next;
    return timer;
}

void rule_set_timer(struct rule_call *call, helo_time deadline)
{
    struct rules_timer *timer = timer_of(call);
    if (deadline == HELO_NO_TIME) {
        if (timer != NULL)
            timers_remove(&call->rules->timers, &timer->timer);
        return;
    }
    if (timer == NULL) {
        timer = mem_take_zero(call->rules->mem, sizeof(*timer));
        if (timer == NULL)
            return; /* counted by mem; the rule misses this one */
        timer->timer.index = TIMER_NONE;
        timer->rule = call->index;
        timer->session = call->session;
        timer->connection = call->fact->connection;
        timer->next = call->session->timers;
        call->session->timers = timer;
    }
    timers_set(&call->rules->timers, &timer->timer, deadline);
}

struct helo_anomaly rule_anomaly(const struct rule_call *call)
{
    return (struct helo_anomaly){.rule = &call->rule->about,
                                 .severity = call->config->rules[call->index].severity,
                                 .advice = call->rule->about.advice};
}

static bool same_user(struct helo_slice user, const char *name)
{
    return user.len == strlen(name) && strncasecmp((const char *)user.ptr, name, user.len) == 0;
}

bool rule_is_exempt(const struct rule_call *call, const struct helo_endpoint *source,
                    struct helo_slice user)
{
    for (size_t i = 0; i < call->config->exemption_count; i++) {
        const struct helo_exemption *exemption = &call->config->exemptions[i];
        if (exemption->rule != call->index)
            continue;
        if (exemption->user != NULL
                ? same_user(user, exemption->user)
                : source != NULL &&
                      network_has(&exemption->network, source->family, source->address))
            return true;
    }
    return false;
}

void rule_tell(struct rule_call *call, const struct helo_anomaly *anomaly)
{
    const struct helo_connection *connection = call->fact->connection;
    uint64_t bit = UINT64_C(1) << (call->index % 64);
    uint64_t *told = &call->session->told[call->index / 64];
    if ((*told & bit) != 0 || rule_is_exempt(call, rule_source(connection), connection->user))
        return;
    *told |= bit;
    call->rules->tell(call->rules->context, connection, anomaly, call->time);
}
