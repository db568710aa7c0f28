/* The engine of the rules: who wants what, what is kept of a session, who is exempt. */
#include "rules/rules.h"

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/network.h"
#include "base/timers.h"
#include "rules/rule.h"

/* A time that a rule waits for within a session. */
struct rules_timer {
    struct timer timer; /* as it is queued: not after what is wanted */
    helo_time wanted;   /* HELO_NO_TIME: it is off */
    size_t rule;
    struct rules_timer *next; /* of the session */
    struct rules_session *session;
    const struct helo_connection *connection;
};

struct rules {
    helo_time due; /* the first deadline of timers and ends */
    struct mem *mem;
    const struct helo_rules_config *config;
    rules_tell_fn tell;
    rules_refresh_fn refresh;
    void *context;
    struct timers timers;                    /* of sessions */
    struct timers ends;                      /* of windows */
    struct window *windows[HELO_MOST_RULES]; /* of the rules that have one and are on */
    helo_time since;                         /* the first fact's time */
    uint64_t lost; /* subjects that went before their time, to be told of */
    size_t count;
    const struct rule *table[HELO_MOST_RULES];
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

static size_t windowed_count(void)
{
    const struct rule *rule;
    size_t count = 0;
    for (size_t i = 0; (rule = rule_at(i)) != NULL; i++)
        count += rule->window.used;
    return count > 0 ? count : 1;
}

/* The shares are the same whichever rules are on: switching one off changes no other. */
static bool make_window(struct rules *rules, size_t index, const struct rule *rule)
{
    size_t share = (size_t)(mem_cap(rules->mem) / LIMIT_RULES_SHARE / windowed_count());
    struct window *window = mem_take(rules->mem, sizeof(*window));
    if (window == NULL)
        return false;
    window_init(window, rules->mem, &rules->ends, &rule->window, rules->config->rules[index].value,
                index, share);
    rules->windows[index] = window;
    return true;
}

static bool is_of_scope(const struct rule *rule, enum rules_scope scope)
{
    return rule->window.used == (scope == RULES_OVER_SESSIONS);
}

struct rules *rules_new(enum rules_scope scope, struct mem *mem,
                        const struct helo_rules_config *config, rules_tell_fn tell,
                        rules_refresh_fn refresh, void *context)
{
    struct rules *rules = mem_take_zero(mem, sizeof(*rules));
    if (rules == NULL)
        return NULL;
    rules->mem = mem;
    rules->config = config;
    rules->tell = tell;
    rules->refresh = refresh;
    rules->context = context;
    rules->since = HELO_NO_TIME;
    rules->due = INT64_MAX;
    timers_init(&rules->timers, mem);
    timers_init(&rules->ends, mem);
    const struct rule *rule;
    for (size_t i = 0; (rule = rule_at(i)) != NULL; i++) {
        rules->table[rules->count++] = rule;
        if (config->rules[i].disabled || !is_of_scope(rule, scope))
            continue;
        enter(rules, i, rule);
        if (rule->window.used && !make_window(rules, i, rule)) {
            rules_free(rules);
            return NULL;
        }
    }
    return rules;
}

bool rules_want(const struct rules *rules, enum fact_kind kind)
{
    return rules->wanting_count[kind] > 0;
}

static struct rule_call call_of(struct rules *rules, size_t index, struct rules_session *session,
                                const struct fact *fact)
{
    return (struct rule_call){.rules = rules,
                              .rule = rules->table[index],
                              .fact = fact,
                              .config = rules->config,
                              .parameters = rules->config->rules[index].value,
                              .session = session,
                              .index = index,
                              .time = fact->time};
}

static void run_rule(struct rules *rules, size_t index, struct rules_session *session,
                     const struct fact *fact)
{
    struct rule_call call = call_of(rules, index, session, fact);
    call.rule->on_fact(&call);
    struct window *window = rules->windows[index];
    if (window != NULL && window->dropped > 0) {
        rules->lost += window->dropped;
        window->dropped = 0;
    }
}

static void show(struct rules *rules, struct rules_session *session, const struct fact *fact)
{
    for (uint8_t i = 0; i < rules->wanting_count[fact->kind]; i++)
        run_rule(rules, rules->wanting[fact->kind][i], session, fact);
}

static void note_due(struct rules *rules)
{
    rules->due = timers_due(&rules->timers);
    if (timers_due(&rules->ends) < rules->due)
        rules->due = timers_due(&rules->ends);
}

const helo_time *rules_due(const struct rules *rules)
{
    return &rules->due;
}

void rules_fact(struct rules *rules, struct rules_session *session, const struct fact *fact)
{
    if (rules->since == HELO_NO_TIME)
        rules->since = fact->time;
    rules_tick(rules, fact->time);
    show(rules, session, fact);
    note_due(rules);
    if (rules->lost == 0)
        return;
    struct fact lost = {.kind = FACT_LOST,
                        .time = fact->time,
                        .of.lost = {.what = LOSS_COUNTERS, .count = rules->lost}};
    rules->lost = 0;
    show(rules, NULL, &lost);
    note_due(rules);
}

static void fire(struct rules *rules, struct timer *timer)
{
    struct rules_timer *due = (struct rules_timer *)(void *)timer;
    helo_time deadline = timers_deadline(&rules->timers, timer);
    struct fact fact = {.kind = FACT_TIMER, .time = deadline, .connection = due->connection};
    if (due->wanted != HELO_NO_TIME && due->wanted > deadline) {
        timers_set(&rules->timers, timer, due->wanted);
        return;
    }
    timers_remove(&rules->timers, timer);
    if (due->wanted == HELO_NO_TIME)
        return;
    rules->refresh(rules->context, due->connection);
    run_rule(rules, due->rule, due->session, &fact);
}

static void tell_subject(struct rule_call *call, struct subject *subject);

/* A window ends: what came after the crossing is told of. */
static void end_window(struct rules *rules, struct timer *timer, helo_time time)
{
    struct subject *subject = (struct subject *)(void *)timer;
    struct fact fact = {.kind = FACT_TIMER, .time = time};
    struct rule_call call = call_of(rules, subject->window->rule, NULL, &fact);
    if (!call.rule->window.once && subject->told->total > subject->told->count)
        tell_subject(&call, subject);
    subject_end_told(subject);
}

void rules_tick(struct rules *rules, helo_time now)
{
    while (now >= rules->due) {
        struct timer *timer = timers_first(&rules->timers);
        struct timer *window = timers_first(&rules->ends);
        helo_time end = timers_due(&rules->ends);
        if (window != NULL && end <= now && end <= timers_due(&rules->timers))
            end_window(rules, window, end);
        else if (timer != NULL && timers_due(&rules->timers) <= now)
            fire(rules, timer);
        note_due(rules);
    }
}

void rules_flush(struct rules *rules, helo_time now)
{
    struct timer *end;
    while ((end = timers_first(&rules->ends)) != NULL)
        end_window(rules, end, timers_due(&rules->ends) < now ? timers_due(&rules->ends) : now);
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
    for (size_t i = 0; i < rules->count; i++) {
        if (rules->windows[i] == NULL)
            continue;
        window_free(rules->windows[i]);
        mem_give(rules->mem, rules->windows[i], sizeof(struct window));
    }
    timers_close(&rules->timers);
    timers_close(&rules->ends);
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

/* A timer that has only moved on, or is off, stays where it is queued and looks again when it
 * fires: turns change many times in a session, and few of them last. */
void rule_set_timer(struct rule_call *call, helo_time deadline)
{
    struct rules_timer *timer = timer_of(call);
    assert(call->rules->refresh != NULL);
    if (timer == NULL && deadline == HELO_NO_TIME)
        return;
    if (timer == NULL) {
        timer = mem_take_zero(call->rules->mem, sizeof(*timer));
        if (timer == NULL)
            return; /* counted by mem; the rule misses this one */
        timer->timer.index = TIMER_NONE;
        timer->timer.order = call->session->order * HELO_MOST_RULES + call->index;
        timer->rule = call->index;
        timer->session = call->session;
        timer->connection = call->fact->connection;
        timer->next = call->session->timers;
        call->session->timers = timer;
    }
    timer->wanted = deadline;
    bool queued = timer->timer.index != TIMER_NONE;
    if (deadline != HELO_NO_TIME &&
        (!queued || deadline < timers_deadline(&call->rules->timers, &timer->timer)))
        timers_set(&call->rules->timers, &timer->timer, deadline);
}

struct helo_anomaly rule_anomaly(const struct rule_call *call)
{
    return (struct helo_anomaly){.rule = &call->rule->about,
                                 .severity = call->config->rules[call->index].severity,
                                 .advice = call->rule->about.advice};
}

struct helo_slice rule_address(struct helo_slice argument)
{
    size_t start = 0, end = argument.len;
    while (start < argument.len && argument.ptr[start] != '<')
        start++;
    if (start == argument.len)
        return argument;
    while (end > start + 1 && argument.ptr[end - 1] != '>')
        end--;
    if (end == start + 1)
        end = argument.len + 1;
    return (struct helo_slice){argument.ptr + start + 1, end - start - 2};
}

static bool same_user(struct helo_slice user, const char *name)
{
    return user.len > 0 && user.len == strlen(name) &&
           strncasecmp((const char *)user.ptr, name, user.len) == 0;
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

struct window *rule_window(const struct rule_call *call)
{
    return call->rules->windows[call->index];
}

/* Whose doing it is, as far as that is known. */
static struct helo_slice doer_of(const struct rule_call *call)
{
    const struct helo_connection *connection = call->fact->connection;
    if (call->fact->kind == FACT_AUTH)
        return call->fact->of.auth.auth->user_name;
    return connection != NULL ? connection->user : (struct helo_slice){0};
}

/* The subject, unless the fact's source or user is exempt. */
static struct subject *subject_of(struct rule_call *call, unsigned parts, struct helo_slice text)
{
    const struct helo_connection *connection = call->fact->connection;
    struct helo_slice user = (parts & BY_USER) != 0 ? text : doer_of(call);
    if (connection != NULL && rule_is_exempt(call, rule_source(connection), user))
        return NULL;
    struct subject_key key = subject_key(parts, connection, text, 0);
    return window_make(rule_window(call), &key, text, call->time);
}

struct subject *rule_remember(struct rule_call *call, unsigned parts, struct helo_slice text)
{
    struct subject *subject = subject_of(call, parts, text);
    if (subject != NULL)
        subject_touch(subject, call->time);
    return subject;
}

struct subject *rule_note(struct rule_call *call, unsigned parts, struct helo_slice text,
                          uint64_t value, unsigned tag)
{
    const struct helo_connection *connection = call->fact->connection;
    struct subject *subject = subject_of(call, parts, text);
    uint64_t session = connection != NULL ? connection->session_id : 0;
    if (subject == NULL || !subject_note(subject, call->time, session, value, tag))
        return NULL;
    return subject;
}

static void fill_source(const struct subject *subject, struct helo_anomaly *anomaly)
{
    const struct subject_key *key = &subject->key;
    anomaly->source.family = key->source_family;
    memcpy(anomaly->source.address, key->source, sizeof(key->source));
    anomaly->source_is_client = key->behind_proxy;
    anomaly->has_source = (key->parts & BY_SOURCE) != 0;
}

#define LONGEST_NETWORK (INET6_ADDRSTRLEN + 4)

/* "192.0.2.0/24"; in the evidence, as source.ip holds no networks. */
static void fill_network(const struct subject *subject, char text[LONGEST_NETWORK],
                         struct helo_anomaly *anomaly)
{
    const struct subject_key *key = &subject->key;
    int family = key->source_family == 4 ? AF_INET : AF_INET6;
    if ((key->parts & BY_NETWORK) == 0 ||
        inet_ntop(family, key->source, text, INET6_ADDRSTRLEN) == NULL)
        return;
    memcpy(text + strlen(text), family == AF_INET ? "/24" : "/64", sizeof("/24"));
    evidence_word(anomaly, "network", text);
}

static void fill_shared(const struct subject *subject, struct helo_anomaly *anomaly)
{
    const struct subject_key *key = &subject->key;
    if ((key->parts & (BY_SOURCE | BY_NETWORK)) != 0)
        fill_source(subject, anomaly);
    if ((key->parts & BY_SERVER) != 0) {
        anomaly->has_server = true;
        anomaly->server.family = key->server_family;
        anomaly->server.port = key->server_port;
        memcpy(anomaly->server.address, key->server, sizeof(key->server));
    }
    if ((key->parts & BY_USER) != 0)
        anomaly->user = subject_text(subject);
}

static void tell_subject(struct rule_call *call, struct subject *subject)
{
    const struct subject_told *told = subject->told;
    struct helo_anomaly anomaly = rule_anomaly(call);
    char network[LONGEST_NETWORK];
    fill_shared(subject, &anomaly);
    fill_network(subject, network, &anomaly);
    anomaly.count = told->total;
    anomaly.window = subject->window->length;
    anomaly.subject_hash = subject_id(subject);
    for (size_t i = 0; i < told->session_count; i++) {
        if (told->sessions[i] != 0)
            anomaly.sessions[anomaly.session_count++] = told->sessions[i];
    }
    call->rule->describe(call, subject, &anomaly);
    call->rules->tell(call->rules->context, NULL, &anomaly, call->time);
}

void rule_tell_subject(struct rule_call *call, struct subject *subject)
{
    if (subject->told == NULL && subject_begin_told(subject, call->time))
        tell_subject(call, subject);
}

helo_time rule_watching_since(const struct rule_call *call)
{
    return call->rules->since;
}
