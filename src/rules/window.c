/* Subjects by name: a hash table, two lists by age, a share of memory. */
#include "rules/window.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/limits.h"

#define LEAST_BUCKETS  64
#define LEAST_EVENTS   2 /* sizes of rings are powers of two */
#define REGISTERS      512
#define REGISTER_BITS  9
#define LONGEST_TEXT   128
#define LONGEST_HASHED 1024
#define TAG_BITS       2
#define ALL_TAGS       ((1u << SUBJECT_TAGS) - 1)
_Static_assert(SUBJECT_TAGS == 1 << TAG_BITS, "a tag fits its bits");

uint64_t subject_hash_of(struct helo_slice text)
{
    uint8_t lower[LONGEST_HASHED];
    size_t len = text.len < sizeof(lower) ? text.len : sizeof(lower);
    for (size_t i = 0; i < len; i++) {
        uint8_t c = text.ptr[i];
        lower[i] = c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
    }
    return XXH64(lower, len, 0);
}

static void key_source(struct subject_key *key, const struct helo_connection *connection,
                       bool network)
{
    const struct helo_endpoint *end =
        connection->has_real_client ? &connection->real_client : &connection->end[HELO_CLIENT];
    size_t len = end->family == 4 ? 4 : 16;
    if (network)
        len = end->family == 4 ? 3 : 8;
    key->source_family = end->family;
    key->behind_proxy = connection->has_real_client;
    memcpy(key->source, end->address, len);
}

struct subject_key subject_key(unsigned parts, const struct helo_connection *connection,
                               struct helo_slice text, uint64_t secret)
{
    struct subject_key key;
    memset(&key, 0, sizeof(key));
    key.parts = (uint8_t)parts;
    if ((parts & (BY_SOURCE | BY_NETWORK)) != 0)
        key_source(&key, connection, (parts & BY_NETWORK) != 0);
    if ((parts & BY_SERVER) != 0) {
        const struct helo_endpoint *end = &connection->end[HELO_SERVER];
        key.server_family = end->family;
        key.server_port = end->port;
        memcpy(key.server, end->address, sizeof(key.server));
    }
    if ((parts & (BY_USER | BY_TEXT)) != 0)
        key.text = subject_hash_of(text);
    if ((parts & BY_SECRET) != 0)
        key.secret = secret;
    return key;
}

void window_init(struct window *window, struct mem *mem, struct timers *ends,
                 const struct window_shape *shape, const int64_t *parameters, size_t rule,
                 size_t share)
{
    int64_t seconds = shape->seconds == UINT8_MAX ? shape->fixed : parameters[shape->seconds];
    *window = (struct window){.mem = mem,
                              .ends = ends,
                              .rule = rule,
                              .length = seconds * HELO_SECOND,
                              .keep = (seconds + shape->keep) * HELO_SECOND,
                              .state = (shape->state + 15) / 16 * 16,
                              .share = share};
}

/* What base/mem.h takes for a block. */
static size_t charge(size_t size)
{
    size_t whole = 32;
    while (whole < size)
        whole *= 2;
    return whole;
}

static void unlink_subject(struct subject *subject)
{
    struct window *window = subject->window;
    if (subject->told != NULL)
        return;
    if (subject->older != NULL)
        subject->older->newer = subject->newer;
    else
        window->oldest[subject->repeated] = subject->newer;
    if (subject->newer != NULL)
        subject->newer->older = subject->older;
    else
        window->newest[subject->repeated] = subject->older;
}

static void link_newest(struct subject *subject)
{
    struct window *window = subject->window;
    subject->newer = NULL;
    subject->older = window->newest[subject->repeated];
    if (subject->older != NULL)
        subject->older->newer = subject;
    else
        window->oldest[subject->repeated] = subject;
    window->newest[subject->repeated] = subject;
}

static size_t bucket_of(const struct window *window, const struct subject_key *key)
{
    return XXH3_64bits(key, sizeof(*key)) & (window->bucket_count - 1);
}

static size_t subject_size(const struct window *window, size_t text_len)
{
    return sizeof(struct subject) + window->state + text_len;
}

static void give(struct window *window, void *block, size_t size)
{
    if (block == NULL)
        return;
    window->used -= charge(size);
    mem_give(window->mem, block, size);
}

static void free_told(struct subject *subject)
{
    struct subject_told *told = subject->told;
    if (told == NULL)
        return;
    timers_remove(subject->window->ends, &subject->timer);
    give(subject->window, told->registers, REGISTERS);
    give(subject->window, told, sizeof(*told));
    subject->told = NULL;
}

static void remove_subject(struct subject *subject)
{
    struct window *window = subject->window;
    struct subject **at = &window->buckets[bucket_of(window, &subject->key)];
    while (*at != subject)
        at = &(*at)->next;
    *at = subject->next;
    unlink_subject(subject);
    free_told(subject);
    give(window, subject->events, subject->size * sizeof(*subject->events));
    give(window, subject, subject_size(window, subject->text_len));
    window->count--;
}

static void expire(struct window *window, helo_time now)
{
    for (int list = 0; list < 2; list++) {
        while (window->oldest[list] != NULL && now - window->oldest[list]->touched > window->keep)
            remove_subject(window->oldest[list]);
    }
}

/* Makes room for one subject less precious than the one at hand; false: there is none. Those told
 * of stay: they are few, for each had to cross a threshold. */
static bool drop_one(struct window *window, const struct subject *but)
{
    struct subject *victim = window->oldest[0];
    if (victim == NULL || victim == but)
        victim = window->oldest[1];
    if (victim != NULL && victim == but)
        victim = victim->newer;
    if (victim == NULL)
        return false;
    remove_subject(victim);
    window->dropped++;
    return true;
}

/* Takes octets of the window's share; but: a subject that must stay. */
static void *take(struct window *window, size_t size, const struct subject *but)
{
    void *block = NULL;
    while (window->used + charge(size) > window->share) {
        if (!drop_one(window, but)) {
            window->dropped++;
            return NULL;
        }
    }
    block = mem_take_zero(window->mem, size);
    if (block == NULL && drop_one(window, but))
        block = mem_take_zero(window->mem, size);
    if (block == NULL) {
        window->dropped++;
        return NULL;
    }
    window->used += charge(size);
    return block;
}

/* Doubles the buckets when they fill; without memory the chains grow. */
static bool make_buckets(struct window *window)
{
    size_t count = window->bucket_count > 0 ? 2 * window->bucket_count : LEAST_BUCKETS;
    if (window->count < window->bucket_count)
        return true;
    if (window->bucket_count > 0 && window->used + charge(count * sizeof(void *)) > window->share)
        return true;
    struct subject **buckets = mem_take_zero(window->mem, count * sizeof(struct subject *));
    if (buckets == NULL)
        return window->bucket_count > 0;
    window->used += charge(count * sizeof(struct subject *));
    struct subject **old = window->buckets;
    size_t old_count = window->bucket_count;
    window->buckets = buckets;
    window->bucket_count = count;
    for (size_t i = 0; i < old_count; i++) {
        while (old[i] != NULL) {
            struct subject *subject = old[i];
            old[i] = subject->next;
            struct subject **to = &buckets[bucket_of(window, &subject->key)];
            subject->next = *to;
            *to = subject;
        }
    }
    give(window, old, old_count * sizeof(struct subject *));
    return true;
}

struct subject *window_find(struct window *window, const struct subject_key *key, helo_time now)
{
    expire(window, now);
    if (window->count == 0)
        return NULL;
    struct subject *subject = window->buckets[bucket_of(window, key)];
    while (subject != NULL && memcmp(&subject->key, key, sizeof(*key)) != 0)
        subject = subject->next;
    return subject;
}

struct subject *window_make(struct window *window, const struct subject_key *key,
                            struct helo_slice text, helo_time now)
{
    struct subject *subject = window_find(window, key, now);
    if (subject != NULL || !make_buckets(window))
        return subject;
    size_t len = text.len < LONGEST_TEXT ? text.len : LONGEST_TEXT;
    subject = take(window, subject_size(window, len), NULL);
    if (subject == NULL)
        return NULL;
    subject->timer.index = TIMER_NONE;
    subject->window = window;
    subject->key = *key;
    subject->touched = now;
    subject->text_len = (uint16_t)len;
    if (len > 0)
        memcpy(subject->state + window->state, text.ptr, len);
    struct subject **bucket = &window->buckets[bucket_of(window, key)];
    subject->next = *bucket;
    *bucket = subject;
    window->count++;
    link_newest(subject);
    return subject;
}

static const struct subject_event *event_at(const struct subject *subject, uint32_t i)
{
    return &subject->events[(subject->first + i) & (subject->size - 1)];
}

static unsigned tag_of(const struct subject_event *event)
{
    return (unsigned)event->value & (SUBJECT_TAGS - 1);
}

static void drop_first(struct subject *subject)
{
    subject->tally[tag_of(event_at(subject, 0))]--;
    subject->first = (subject->first + 1) & (subject->size - 1);
    subject->count--;
}

static void add_register(uint8_t *registers, uint64_t value)
{
    uint64_t kept = value << TAG_BITS >> TAG_BITS;
    uint64_t hash = XXH64(&kept, sizeof(kept), 1);
    size_t at = hash >> (64 - REGISTER_BITS);
    uint64_t rest = hash << REGISTER_BITS;
    uint8_t rank = (uint8_t)(rest == 0 ? 64 - REGISTER_BITS + 1 : __builtin_clzll(rest) + 1);
    if (rank > registers[at])
        registers[at] = rank;
}

/* Events of a window that was told of no longer fit: from now on their values are estimated. */
static void begin_estimate(struct subject *subject)
{
    struct subject_told *told = subject->told;
    told->registers = take(subject->window, REGISTERS, subject);
    if (told->registers == NULL)
        return;
    for (uint32_t i = 0; i < subject->count; i++)
        add_register(told->registers, event_at(subject, i)->value >> TAG_BITS);
}

/* Room for one event more: a larger ring, or the first one's place. */
static bool make_room(struct subject *subject)
{
    uint32_t size = subject->size > 0 ? subject->size * 4 : LEAST_EVENTS;
    if (size > LIMIT_RULE_EVENTS)
        size = LIMIT_RULE_EVENTS;
    if (subject->count < subject->size)
        return true;
    struct subject_event *events = NULL;
    if (size > subject->size)
        events = take(subject->window, size * sizeof(*events), subject);
    if (events == NULL) {
        if (subject->count == 0)
            return false;
        if (subject->told != NULL && subject->told->registers == NULL)
            begin_estimate(subject);
        drop_first(subject);
        return true;
    }
    for (uint32_t i = 0; i < subject->count; i++)
        events[i] = *event_at(subject, i);
    give(subject->window, subject->events, subject->size * sizeof(*events));
    subject->events = events;
    subject->size = size;
    subject->first = 0;
    return true;
}

static void note_session(struct subject_told *told, uint64_t session)
{
    for (size_t i = 0; i < told->session_count; i++) {
        if (told->sessions[i] == session)
            return;
    }
    if (told->session_count < HELO_MOST_SESSIONS)
        told->sessions[told->session_count++] = session;
}

void subject_touch(struct subject *subject, helo_time time)
{
    if (time > subject->touched)
        subject->touched = time;
    if (subject->told != NULL)
        return;
    unlink_subject(subject);
    subject->repeated = subject->count > 1;
    link_newest(subject);
}

bool subject_note(struct subject *subject, helo_time time, uint64_t session, uint64_t value,
                  unsigned tag)
{
    struct subject_told *told = subject->told;
    if (time < subject->touched)
        time = subject->touched;
    subject_count(subject, time);
    if (!make_room(subject))
        return false;
    struct subject_event *event =
        &subject->events[(subject->first + subject->count) & (subject->size - 1)];
    *event = (struct subject_event){time, session, value << TAG_BITS | tag};
    subject->count++;
    subject->tally[tag]++;
    subject_touch(subject, time);
    if (told == NULL)
        return true;
    told->total++;
    told->tally[tag]++;
    note_session(told, session);
    if (told->registers != NULL)
        add_register(told->registers, value);
    return true;
}

uint32_t subject_count(struct subject *subject, helo_time now)
{
    while (subject->count > 0 && subject->told == NULL &&
           now - event_at(subject, 0)->time > subject->window->length)
        drop_first(subject);
    return subject->count;
}

/* 2^-rank by rank; the harmonic mean of the registers is what HyperLogLog estimates by. */
static uint64_t estimate(const uint8_t *registers)
{
    double sum = 0;
    unsigned zeros = 0;
    for (size_t i = 0; i < REGISTERS; i++) {
        sum += 1.0 / (double)(UINT64_C(1) << registers[i]);
        zeros += registers[i] == 0;
    }
    double alpha = 0.7213 / (1 + 1.079 / REGISTERS);
    double raw = alpha * REGISTERS * REGISTERS / sum;
    if (raw > 2.5 * REGISTERS || zeros == 0)
        return (uint64_t)(raw + 0.5);
    /* Few values: REGISTERS * ln(REGISTERS / zeros), the logarithm by its series. */
    double ratio = (double)REGISTERS / zeros;
    double log2 = 0;
    while (ratio >= 2) {
        ratio /= 2;
        log2++;
    }
    double y = (ratio - 1) / (ratio + 1);
    double ln = 2 * (y + y * y * y / 3 + y * y * y * y * y / 5) + log2 * 0.6931471805599453;
    return (uint64_t)(REGISTERS * ln + 0.5);
}

/* The values among the events kept and how often each occurs: a table on the stack. */
struct values {
    uint64_t value[2 * LIMIT_RULE_EVENTS];
    uint32_t times[2 * LIMIT_RULE_EVENTS];
    uint64_t different;
};

static void gather(const struct subject *subject, unsigned tags, struct values *values)
{
    memset(values, 0, sizeof(*values));
    for (uint32_t i = 0; i < subject->count; i++) {
        const struct subject_event *event = event_at(subject, i);
        if ((tags >> tag_of(event) & 1) == 0)
            continue;
        uint64_t value = event->value >> TAG_BITS;
        size_t at = (value * UINT64_C(0x9e3779b97f4a7c15)) >> 32 & (2 * LIMIT_RULE_EVENTS - 1);
        while (values->times[at] > 0 && values->value[at] != value)
            at = (at + 1) & (2 * LIMIT_RULE_EVENTS - 1);
        values->different += values->times[at] == 0;
        values->value[at] = value;
        values->times[at]++;
    }
}

uint64_t subject_rare(const struct subject *subject, uint32_t most)
{
    struct values values;
    uint64_t count = 0;
    gather(subject, ALL_TAGS, &values);
    for (size_t i = 0; i < 2 * LIMIT_RULE_EVENTS; i++)
        count += values.times[i] > 0 && values.times[i] <= most;
    return count;
}

uint64_t subject_most(const struct subject *subject)
{
    struct values values;
    uint32_t most = 0;
    gather(subject, ALL_TAGS, &values);
    for (size_t i = 0; i < 2 * LIMIT_RULE_EVENTS; i++)
        most = values.times[i] > most ? values.times[i] : most;
    return most;
}

uint64_t subject_different(const struct subject *subject, unsigned tags, bool *exact)
{
    struct values values;
    gather(subject, tags, &values);
    *exact = subject->told == NULL || subject->told->total == subject->count;
    if (*exact || subject->told->registers == NULL)
        return values.different;
    uint64_t all = estimate(subject->told->registers);
    return all > values.different ? all : values.different;
}

uint32_t subject_count_since(const struct subject *subject, helo_time since)
{
    uint32_t count = 0;
    while (count < subject->count && event_at(subject, subject->count - 1 - count)->time >= since)
        count++;
    return count;
}

void subject_clear(struct subject *subject)
{
    while (subject->told == NULL && subject->count > 0)
        drop_first(subject);
}

uint64_t subject_tally(const struct subject *subject, unsigned tag)
{
    return subject->told != NULL ? subject->told->tally[tag] : subject->tally[tag];
}

bool subject_begin_told(struct subject *subject, helo_time now)
{
    struct window *window = subject->window;
    struct subject_told *told = take(window, sizeof(*told), subject);
    if (told == NULL)
        return false;
    told->start = subject->count > 0 ? event_at(subject, 0)->time : now;
    subject->timer.order = timers_order(window->ends);
    if (!timers_set(window->ends, &subject->timer, told->start + window->length)) {
        give(window, told, sizeof(*told));
        return false;
    }
    told->count = told->total = subject->count;
    for (unsigned tag = 0; tag < SUBJECT_TAGS; tag++)
        told->tally[tag] = subject->tally[tag];
    for (uint32_t i = 0; i < subject->count; i++)
        note_session(told, event_at(subject, i)->session);
    unlink_subject(subject);
    subject->told = told;
    return true;
}

void subject_end_told(struct subject *subject)
{
    free_told(subject);
    while (subject->count > 0)
        drop_first(subject);
    subject->repeated = true;
    link_newest(subject);
}

uint64_t subject_id(const struct subject *subject)
{
    struct subject_key key = subject->key;
    const struct subject_told *told = subject->told;
    uint64_t seed = told != NULL ? (uint64_t)told->start : 0;
    if ((key.parts & BY_SECRET) != 0)
        key.text = subject_hash_of(subject_text(subject));
    key.secret = 0;
    seed ^= told != NULL && told->total > told->count ? UINT64_C(1) << 63 : 0;
    return XXH64(&key, sizeof(key), seed);
}

struct helo_slice subject_text(const struct subject *subject)
{
    return (struct helo_slice){subject->state + subject->window->state, subject->text_len};
}

void window_free(struct window *window)
{
    for (size_t i = 0; i < window->bucket_count; i++) {
        while (window->buckets[i] != NULL)
            remove_subject(window->buckets[i]);
    }
    if (window->buckets != NULL)
        give(window, window->buckets, window->bucket_count * sizeof(struct subject *));
    window->buckets = NULL;
    window->bucket_count = 0;
}
