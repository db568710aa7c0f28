/* The table of flows: open addressing by a keyed hash, one list per class. */
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/limits.h"
#include "flow/flow.h"

#define FIRST_SLOTS    1024u
#define LINGER         (LIMIT_LINGER_MILLISECONDS * HELO_MILLISECOND)
#define LINGER_DOUBTED (LIMIT_LINGER_DOUBTED_SECONDS * HELO_SECOND)
#define CLOSED         (LIMIT_CLOSED_SECONDS * HELO_SECOND)

struct slot {
    struct flow *flow;
    uint32_t hash;
};

struct class_list {
    struct flow *first;
    struct flow *last;
    size_t count;
};

struct flow_table {
    struct mem *mem;
    uint8_t secret[192];
    struct flow_timeouts timeouts;
    struct flow_key parts;
    struct slot *slots;
    size_t slot_count; /* a power of two */
    size_t count;
    struct class_list class[FLOW_CLASSES];
};

#define TUPLE      37u
#define CACHE_LINE 64u /* octets */

/* The tuple in canonical order, then the realm, without padding, as it is hashed. */
struct key {
    uint8_t octets[TUPLE + sizeof(uint64_t)];
    unsigned direction;
};

static int compare_ends(const struct segment *segment)
{
    int order = memcmp(segment->source, segment->destination, 16);
    if (order == 0)
        order = (segment->source_port > segment->destination_port) -
                (segment->source_port < segment->destination_port);
    return order;
}

static void put_end(uint8_t *to, const uint8_t address[16], uint16_t port)
{
    memcpy(to, address, 16);
    memcpy(to + 16, &port, 2);
}

/* The innermost VXLAN's or GENEVE's number plus 1, so that 0 means none. */
static uint32_t network_of(const struct segment *segment)
{
    for (unsigned i = segment->tunnel_count; i > 0; i--) {
        const struct helo_tunnel *tunnel = &segment->tunnel[i - 1];
        bool is_network = tunnel->kind == HELO_TUNNEL_VXLAN || tunnel->kind == HELO_TUNNEL_GENEVE;
        if (is_network && tunnel->has_id)
            return tunnel->id + 1;
    }
    return 0;
}

static uint64_t realm_of(const struct flow_key *parts, const struct segment *segment)
{
    uint64_t realm = 0;
    if (parts->vlan)
        realm = (uint64_t)segment->vlan[0] << 48 | (uint64_t)segment->vlan[1] << 32;
    return parts->vni ? realm | network_of(segment) : realm;
}

static void make_key(const struct flow_table *table, const struct segment *segment, struct key *key)
{
    key->direction = compare_ends(segment) <= 0 ? 0 : 1;
    put_end(key->octets + (key->direction == 0 ? 0 : 18), segment->source, segment->source_port);
    put_end(key->octets + (key->direction == 0 ? 18 : 0), segment->destination,
            segment->destination_port);
    key->octets[36] = segment->family;
    uint64_t realm = realm_of(&table->parts, segment);
    memcpy(key->octets + TUPLE, &realm, sizeof(realm));
}

static uint32_t hash_key(const struct flow_table *table, const struct key *key)
{
    return (uint32_t)XXH3_64bits_withSecret(key->octets, sizeof(key->octets), table->secret,
                                            sizeof(table->secret));
}

static bool same_key(const struct flow *flow, const struct key *key)
{
    return memcmp(flow->address[0], key->octets, 16) == 0 &&
           memcmp(&flow->port[0], key->octets + 16, 2) == 0 &&
           memcmp(flow->address[1], key->octets + 18, 16) == 0 &&
           memcmp(&flow->port[1], key->octets + 34, 2) == 0 && flow->family == key->octets[36] &&
           memcmp(&flow->realm, key->octets + TUPLE, sizeof(flow->realm)) == 0;
}

struct flow_table *flow_table_new(struct mem *mem, const uint8_t secret[192],
                                  const struct flow_timeouts *timeouts,
                                  const struct flow_key *parts)
{
    struct flow_table *table = mem_take_zero(mem, sizeof(*table));
    if (table == NULL)
        return NULL;
    table->mem = mem;
    memcpy(table->secret, secret, sizeof(table->secret));
    table->timeouts = *timeouts;
    table->parts = *parts;
    table->slot_count = FIRST_SLOTS;
    table->slots = mem_take_zero(mem, FIRST_SLOTS * sizeof(*table->slots));
    if (table->slots == NULL) {
        mem_give(mem, table, sizeof(*table));
        return NULL;
    }
    return table;
}

void flow_table_free(struct flow_table *table)
{
    if (table == NULL)
        return;
    for (size_t i = 0; i < table->slot_count; i++)
        mem_give(table->mem, table->slots[i].flow, sizeof(struct flow));
    mem_give(table->mem, table->slots, table->slot_count * sizeof(*table->slots));
    mem_give(table->mem, table, sizeof(*table));
}

static struct slot *find_slot(const struct flow_table *table, const struct key *key, uint32_t hash)
{
    size_t mask = table->slot_count - 1;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
        struct slot *slot = &table->slots[i];
        if (slot->flow == NULL || (slot->hash == hash && same_key(slot->flow, key)))
            return slot;
    }
}

struct flow *flow_find(struct flow_table *table, const struct segment *segment, unsigned *direction)
{
    struct key key;
    make_key(table, segment, &key);
    *direction = key.direction;
    return find_slot(table, &key, hash_key(table, &key))->flow;
}

uint32_t flow_expect(const struct flow_table *table, const struct segment *segment)
{
    struct key key;
    make_key(table, segment, &key);
    uint32_t hash = hash_key(table, &key);
    __builtin_prefetch(&table->slots[hash & (table->slot_count - 1)]);
    return hash;
}

/* The flow that most likely is meant; NULL if there is none. */
static const struct flow *likely(const struct flow_table *table, uint32_t hash)
{
    size_t mask = table->slot_count - 1;
    for (size_t i = hash & mask; table->slots[i].flow != NULL; i = (i + 1) & mask)
        if (table->slots[i].hash == hash)
            return table->slots[i].flow;
    return NULL;
}

void flow_expect_flow(const struct flow_table *table, uint32_t hash)
{
    const struct flow *flow = likely(table, hash);
    if (flow == NULL)
        return;
    for (size_t i = 0; i < sizeof(*flow); i += CACHE_LINE)
        __builtin_prefetch((const char *)flow + i);
    __builtin_prefetch((const char *)(flow + 1) - 1);
}

const void *flow_expected(const struct flow_table *table, uint32_t hash)
{
    const struct flow *flow = likely(table, hash);
    return flow != NULL ? flow->connection : NULL;
}

static void insert_slot(struct slot *slots, size_t slot_count, struct slot entry)
{
    size_t i = entry.hash & (slot_count - 1);
    while (slots[i].flow != NULL)
        i = (i + 1) & (slot_count - 1);
    slots[i] = entry;
}

/* Keeps the table at most four fifths full: three slots are looked at on average, beside each
 * other. */
static bool make_room(struct flow_table *table)
{
    if (table->count + 1 <= table->slot_count / 5 * 4)
        return true;
    size_t count = table->slot_count * 2;
    struct slot *slots = mem_take_zero(table->mem, count * sizeof(*slots));
    if (slots == NULL)
        return false;
    for (size_t i = 0; i < table->slot_count; i++) {
        if (table->slots[i].flow != NULL)
            insert_slot(slots, count, table->slots[i]);
    }
    mem_give(table->mem, table->slots, table->slot_count * sizeof(*slots));
    table->slots = slots;
    table->slot_count = count;
    return true;
}

static void append_class(struct flow_table *table, struct flow *flow, enum flow_class class)
{
    struct class_list *list = &table->class[class];
    flow->class = (uint8_t) class;
    flow->class_prev = list->last;
    flow->class_next = NULL;
    *(list->last != NULL ? &list->last->class_next : &list->first) = flow;
    list->last = flow;
    list->count++;
}

static void leave_class(struct flow_table *table, struct flow *flow)
{
    struct class_list *list = &table->class[flow->class];
    *(flow->class_prev != NULL ? &flow->class_prev->class_next : &list->first) = flow->class_next;
    *(flow->class_next != NULL ? &flow->class_next->class_prev : &list->last) = flow->class_prev;
    list->count--;
}

void flow_set_class(struct flow_table *table, struct flow *flow, enum flow_class class)
{
    if (flow->class == class)
        return;
    leave_class(table, flow);
    append_class(table, flow, class);
}

/* Everything of a flow that belongs to one connection and not to the tuple. */
static void begin(struct flow *flow, const struct segment *segment, helo_time clock,
                  unsigned direction)
{
    memset(flow->half, 0, sizeof(flow->half));
    flow->half[0].seen = flow->half[1].seen = HELO_NO_TIME;
    flow->half[0].window_scale = flow->half[1].window_scale = -1;
    flow->client = -1;
    flow->midstream = (segment->flags & SEGMENT_SYN) == 0;
    flow->closing = flow->doubted = flow->unheard = flow->refuted = flow->rivals = false;
    flow->foreign = flow->closed_by_rst = false;
    flow->client_known = flow->opens_tls = flow->server_greets = false;
    flow->closer = -1;
    flow->told = 0;
    flow->created = segment->time;
    flow->touched = clock;
    flow->settled = clock;
    flow->vlan_count = segment->vlan_count;
    memcpy(flow->vlan, segment->vlan, sizeof(flow->vlan));
    flow->has_mac = segment->source_mac != NULL && segment->destination_mac != NULL;
    if (flow->has_mac) {
        memcpy(flow->mac[direction], segment->source_mac, 6);
        memcpy(flow->mac[1 - direction], segment->destination_mac, 6);
    }
}

struct flow *flow_make(struct flow_table *table, const struct segment *segment, helo_time clock,
                       unsigned *direction)
{
    if (!make_room(table))
        return NULL;
    struct flow *flow = mem_take_zero(table->mem, sizeof(*flow));
    if (flow == NULL)
        return NULL;
    struct key key;
    make_key(table, segment, &key);
    *direction = key.direction;
    memcpy(flow->address[0], key.octets, 16);
    memcpy(&flow->port[0], key.octets + 16, 2);
    memcpy(flow->address[1], key.octets + 18, 16);
    memcpy(&flow->port[1], key.octets + 34, 2);
    flow->family = segment->family;
    memcpy(&flow->realm, key.octets + TUPLE, sizeof(flow->realm));
    flow->timer.index = TIMER_NONE;
    begin(flow, segment, clock, key.direction);
    insert_slot(table->slots, table->slot_count, (struct slot){flow, hash_key(table, &key)});
    table->count++;
    append_class(table, flow, flow->midstream ? FLOW_SILENT : FLOW_HALF_OPEN);
    return flow;
}

void flow_restart(struct flow_table *table, struct flow *flow, const struct segment *segment,
                  helo_time clock, unsigned direction)
{
    begin(flow, segment, clock, direction);
    flow_set_class(table, flow, flow->midstream ? FLOW_SILENT : FLOW_HALF_OPEN);
}

/* Closes the hole that a removed slot leaves in its run of probes. */
static void shift_back(struct flow_table *table, size_t hole)
{
    size_t mask = table->slot_count - 1;
    for (size_t i = (hole + 1) & mask; table->slots[i].flow != NULL; i = (i + 1) & mask) {
        size_t home = table->slots[i].hash & mask;
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            table->slots[hole] = table->slots[i];
            hole = i;
        }
    }
    table->slots[hole] = (struct slot){0};
}

static uint32_t hash_of(const struct flow_table *table, const struct flow *flow)
{
    struct key key;
    put_end(key.octets, flow->address[0], flow->port[0]);
    put_end(key.octets + 18, flow->address[1], flow->port[1]);
    key.octets[36] = flow->family;
    memcpy(key.octets + TUPLE, &flow->realm, sizeof(flow->realm));
    return hash_key(table, &key);
}

void flow_remove(struct flow_table *table, struct flow *flow)
{
    size_t mask = table->slot_count - 1;
    size_t i = hash_of(table, flow) & mask;
    while (table->slots[i].flow != flow)
        i = (i + 1) & mask;
    shift_back(table, i);
    leave_class(table, flow);
    table->count--;
    mem_give(table->mem, flow, sizeof(*flow));
}

/* Nobody acknowledges a RST, so it may be found to be forged for longer than a close. */
static bool was_reset(const struct flow *flow)
{
    return flow->half[0].rst || flow->half[1].rst || flow->unheard;
}

helo_time flow_deadline(const struct flow_table *table, const struct flow *flow)
{
    if (flow->closing)
        return flow->settled + (flow->doubted ? LINGER_DOUBTED : LINGER);
    switch ((enum flow_class)flow->class) {
    case FLOW_CLOSED:
        return flow->settled + (was_reset(flow) ? LINGER_DOUBTED : CLOSED);
    case FLOW_HALF_OPEN:
        return flow->touched + LIMIT_HALF_OPEN_SECONDS * HELO_SECOND;
    default:
        return flow->touched + table->timeouts.idle;
    }
}

struct flow *flow_victim(struct flow_table *table, enum flow_class class)
{
    struct class_list *list = &table->class[class];
    struct flow *flow = list->first;
    /* Second chance: what moved since it was last passed over goes to the end, once. */
    while (flow != NULL && flow != list->last && flow->touched > flow->settled) {
        flow->settled = flow->touched;
        leave_class(table, flow);
        append_class(table, flow, class);
        flow = list->first;
    }
    return flow;
}

struct flow *flow_first(const struct flow_table *table, enum flow_class class)
{
    return table->class[class].first;
}

size_t flow_class_count(const struct flow_table *table, enum flow_class class)
{
    return table->class[class].count;
}

size_t flow_count(const struct flow_table *table)
{
    return table->count;
}
