/* Keeps fragments as sorted, disjoint pieces and joins them when the last hole is filled. */
#include "decode/fragment.h"

#include <string.h>
#include <sys/random.h>

#define KEY_WORDS    11
#define BUCKETS      256u /* a power of two */
#define PIECES_FIRST 4u

/* Octets [start, end) of a datagram. */
struct piece {
    uint8_t *data;
    uint32_t start;
    uint32_t end;
};

struct datagram {
    uint32_t key[KEY_WORDS];
    struct datagram *chain; /* in its bucket */
    struct datagram *older;
    struct datagram *newer;
    helo_time deadline;
    struct piece *pieces; /* ascending, disjoint */
    uint32_t piece_count;
    uint32_t piece_room;
    uint32_t have;  /* octets over all pieces */
    uint32_t total; /* 0: the last fragment has not been seen */
    uint8_t family;
    uint8_t protocol; /* of the first fragment */
    bool differed;    /* two fragments have other octets for some place */
    bool dropped;     /* what belongs to it is refused until its time is over */
};

/* A joined datagram; nested ones (tunnels) are all held until fragment_tidy. */
struct joined {
    struct joined *next;
    uint32_t len;
    uint8_t data[];
};

struct fragment_table {
    struct mem *mem;
    struct datagram *oldest;
    struct datagram *newest;
    struct joined *joined;
    uint32_t count;
    uint32_t octets; /* over all pieces of all datagrams */
    struct datagram *buckets[BUCKETS];
    uint64_t secret[KEY_WORDS + 1];
};

static void make_key(const struct fragment *fragment, uint32_t key[KEY_WORDS])
{
    memcpy(key, fragment->source, 16);
    memcpy(key + 4, fragment->destination, 16);
    key[8] = fragment->id;
    key[9] = fragment->family == 4 ? 0x400u | fragment->protocol : 0x600u;
    key[10] = fragment->realm;
}

/* A random linear function of the key: nobody outside can make keys meet in one bucket. */
static uint32_t bucket_of(const struct fragment_table *table, const uint32_t key[KEY_WORDS])
{
    uint64_t sum = table->secret[KEY_WORDS];
    for (unsigned i = 0; i < KEY_WORDS; i++)
        sum += table->secret[i] * key[i];
    return (uint32_t)(sum >> 32) & (BUCKETS - 1);
}

static void free_pieces(struct fragment_table *table, struct datagram *datagram)
{
    for (uint32_t i = 0; i < datagram->piece_count; i++) {
        struct piece *piece = &datagram->pieces[i];
        mem_give(table->mem, piece->data, piece->end - piece->start);
    }
    mem_give(table->mem, datagram->pieces, datagram->piece_room * sizeof(*datagram->pieces));
    table->octets -= datagram->have;
    datagram->pieces = NULL;
    datagram->piece_count = datagram->piece_room = datagram->have = 0;
}

static void remove_datagram(struct fragment_table *table, struct datagram *datagram)
{
    struct datagram **link = &table->buckets[bucket_of(table, datagram->key)];
    while (*link != datagram)
        link = &(*link)->chain;
    *link = datagram->chain;
    *(datagram->older != NULL ? &datagram->older->newer : &table->oldest) = datagram->newer;
    *(datagram->newer != NULL ? &datagram->newer->older : &table->newest) = datagram->older;
    table->count--;
    free_pieces(table, datagram);
    mem_give(table->mem, datagram, sizeof(*datagram));
}

/* Drops the content but remembers the datagram, so that late fragments do not start it anew. */
static enum fragment_result drop(struct fragment_table *table, struct datagram *datagram)
{
    free_pieces(table, datagram);
    datagram->dropped = true;
    return FRAGMENT_REFUSED;
}

static struct datagram *find(const struct fragment_table *table, const uint32_t key[KEY_WORDS])
{
    struct datagram *datagram = table->buckets[bucket_of(table, key)];
    while (datagram != NULL && memcmp(datagram->key, key, sizeof(datagram->key)) != 0)
        datagram = datagram->chain;
    return datagram;
}

static struct datagram *add_datagram(struct fragment_table *table, const uint32_t key[KEY_WORDS],
                                     uint8_t family, helo_time now)
{
    if (table->count == LIMIT_FRAGMENT_DATAGRAMS)
        remove_datagram(table, table->oldest);
    struct datagram *datagram = mem_take_zero(table->mem, sizeof(*datagram));
    if (datagram == NULL)
        return NULL;
    memcpy(datagram->key, key, sizeof(datagram->key));
    datagram->family = family;
    const helo_time wait = LIMIT_FRAGMENT_SECONDS * HELO_SECOND;
    datagram->deadline = now > INT64_MAX - wait ? INT64_MAX : now + wait;

    struct datagram **bucket = &table->buckets[bucket_of(table, key)];
    datagram->chain = *bucket;
    *bucket = datagram;
    datagram->older = table->newest;
    *(table->newest != NULL ? &table->newest->newer : &table->oldest) = datagram;
    table->newest = datagram;
    table->count++;
    return datagram;
}

/* The first piece that ends after offset. */
static uint32_t first_after(const struct datagram *datagram, uint32_t offset)
{
    uint32_t low = 0;
    uint32_t high = datagram->piece_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (datagram->pieces[middle].end > offset)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static bool make_room(struct fragment_table *table, struct datagram *datagram)
{
    if (datagram->piece_count < datagram->piece_room)
        return true;
    if (datagram->piece_count == LIMIT_FRAGMENTS_PER_DATAGRAM)
        return false;
    uint32_t room = datagram->piece_room != 0 ? datagram->piece_room * 2 : PIECES_FIRST;
    struct piece *pieces =
        mem_resize(table->mem, datagram->pieces, datagram->piece_room * sizeof(*pieces),
                   room * sizeof(*pieces));
    if (pieces == NULL)
        return false;
    datagram->pieces = pieces;
    datagram->piece_room = room;
    return true;
}

static bool insert(struct fragment_table *table, struct datagram *datagram, uint32_t index,
                   struct piece piece, const uint8_t *data)
{
    uint32_t len = piece.end - piece.start;

    if (!make_room(table, datagram))
        return false;
    piece.data = mem_take(table->mem, len);
    if (piece.data == NULL)
        return false;
    memcpy(piece.data, data, len);
    memmove(&datagram->pieces[index + 1], &datagram->pieces[index],
            (datagram->piece_count - index) * sizeof(piece));
    datagram->pieces[index] = piece;
    datagram->piece_count++;
    datagram->have += len;
    table->octets += len;
    return true;
}

/* Are a fragment's octets from at on the same as a piece's that has them? */
static bool same_octets(const struct piece *piece, const struct fragment *fragment, uint32_t at)
{
    uint32_t end = fragment->offset + fragment->len;
    uint32_t stop = piece->end < end ? piece->end : end;
    return memcmp(piece->data + (at - piece->start), fragment->data + (at - fragment->offset),
                  stop - at) == 0;
}

/* Keeps the octets that no earlier fragment brought. False at a bound or without memory. */
static bool fill_holes(struct fragment_table *table, struct datagram *datagram,
                       const struct fragment *fragment)
{
    uint32_t at = fragment->offset;
    const uint32_t end = fragment->offset + fragment->len;

    for (uint32_t i = first_after(datagram, at); at < end; i++) {
        uint32_t stop = end;
        if (i < datagram->piece_count && datagram->pieces[i].start < end)
            stop = datagram->pieces[i].start;
        if (stop <= at) {
            datagram->differed |= !same_octets(&datagram->pieces[i], fragment, at);
            at = datagram->pieces[i].end;
            continue;
        }
        struct piece piece = {.start = at, .end = stop};
        if (!insert(table, datagram, i, piece, fragment->data + (at - fragment->offset)))
            return false;
        at = stop;
    }
    return true;
}

enum overlap { OVERLAP_NONE, OVERLAP_DUPLICATE, OVERLAP_CONFLICT };

static enum overlap overlap_of(const struct datagram *datagram, const struct fragment *fragment)
{
    uint32_t end = fragment->offset + fragment->len;
    uint32_t i = first_after(datagram, fragment->offset);

    if (i == datagram->piece_count || datagram->pieces[i].start >= end)
        return OVERLAP_NONE;
    const struct piece *piece = &datagram->pieces[i];
    if (piece->start == fragment->offset && piece->end == end &&
        memcmp(piece->data, fragment->data, fragment->len) == 0)
        return OVERLAP_DUPLICATE;
    return OVERLAP_CONFLICT;
}

/* False if the fragment and what is known of the datagram's end exclude each other. */
static bool end_agrees(const struct datagram *datagram, const struct fragment *fragment)
{
    uint32_t end = fragment->offset + fragment->len;

    if (datagram->total != 0)
        return fragment->more ? end <= datagram->total : end == datagram->total;
    return fragment->more || datagram->piece_count == 0 ||
           datagram->pieces[datagram->piece_count - 1].end <= end;
}

static bool well_formed(const struct fragment *fragment)
{
    return fragment->len != 0 && fragment->len <= LIMIT_DATAGRAM &&
           fragment->offset + fragment->len <= LIMIT_DATAGRAM &&
           (!fragment->more || fragment->len % 8 == 0);
}

static enum fragment_result join(struct fragment_table *table, struct datagram *datagram,
                                 struct fragment_whole *whole)
{
    struct joined *joined = mem_take(table->mem, sizeof(*joined) + datagram->total);
    if (joined == NULL)
        return drop(table, datagram);
    for (uint32_t i = 0; i < datagram->piece_count; i++) {
        const struct piece *piece = &datagram->pieces[i];
        memcpy(joined->data + piece->start, piece->data, piece->end - piece->start);
    }
    joined->len = datagram->total;
    joined->next = table->joined;
    table->joined = joined;
    whole->data = joined->data;
    whole->len = joined->len;
    whole->protocol = datagram->protocol;
    whole->differed = datagram->differed;
    remove_datagram(table, datagram);
    return FRAGMENT_WHOLE;
}

/* The oldest datagrams make way until len more octets fit; the one at hand stays. */
static void make_way(struct fragment_table *table, const struct datagram *stays, uint32_t len)
{
    struct datagram *datagram = table->oldest;
    while (datagram != NULL && table->octets + len > LIMIT_FRAGMENT_OCTETS) {
        struct datagram *newer = datagram->newer;
        if (datagram != stays)
            remove_datagram(table, datagram);
        datagram = newer;
    }
}

static enum fragment_result add(struct fragment_table *table, struct datagram *datagram,
                                const struct fragment *fragment, struct fragment_whole *whole)
{
    if (datagram->dropped)
        return FRAGMENT_REFUSED;
    if (datagram->family == 6) {
        enum overlap overlap = overlap_of(datagram, fragment);
        if (overlap == OVERLAP_CONFLICT || !end_agrees(datagram, fragment))
            return drop(table, datagram);
        if (overlap == OVERLAP_DUPLICATE)
            return FRAGMENT_HELD;
    } else if (!end_agrees(datagram, fragment)) {
        return FRAGMENT_REFUSED;
    }
    make_way(table, datagram, fragment->len);
    if (!fill_holes(table, datagram, fragment))
        return drop(table, datagram);
    if (!fragment->more)
        datagram->total = fragment->offset + fragment->len;
    if (fragment->offset == 0)
        datagram->protocol = fragment->protocol;
    if (datagram->total == 0 || datagram->have < datagram->total)
        return FRAGMENT_HELD;
    return join(table, datagram, whole);
}

struct fragment_table *fragment_new(struct mem *mem)
{
    struct fragment_table *table = mem_take_zero(mem, sizeof(*table));
    if (table == NULL)
        return NULL;
    table->mem = mem;
    if (getrandom(table->secret, sizeof(table->secret), 0) != (ssize_t)sizeof(table->secret)) {
        /* Where a table lies is the next best thing that a sender can't know. */
        for (unsigned i = 0; i <= KEY_WORDS; i++)
            table->secret[i] = ((uintptr_t)table + i) * UINT64_C(0x9e3779b97f4a7c15);
    }
    return table;
}

enum fragment_result fragment_push(struct fragment_table *table, const struct fragment *fragment,
                                   helo_time now, struct fragment_whole *whole)
{
    uint32_t key[KEY_WORDS];

    if (!well_formed(fragment))
        return FRAGMENT_REFUSED;
    make_key(fragment, key);
    struct datagram *datagram = find(table, key);
    if (datagram == NULL)
        datagram = add_datagram(table, key, fragment->family, now);
    if (datagram == NULL)
        return FRAGMENT_REFUSED;
    return add(table, datagram, fragment, whole);
}

void fragment_tidy(struct fragment_table *table, helo_time now)
{
    while (table->joined != NULL) {
        struct joined *joined = table->joined;
        table->joined = joined->next;
        mem_give(table->mem, joined, sizeof(*joined) + joined->len);
    }
    while (table->oldest != NULL && table->oldest->deadline <= now)
        remove_datagram(table, table->oldest);
}

helo_time fragment_due(const struct fragment_table *table)
{
    if (table->joined != NULL)
        return INT64_MIN;
    return table->oldest != NULL ? table->oldest->deadline : INT64_MAX;
}

void fragment_free(struct fragment_table *table)
{
    if (table == NULL)
        return;
    fragment_tidy(table, INT64_MAX);
    mem_give(table->mem, table, sizeof(*table));
}
