/* The threads: who waits for whom, and the order in which the reporter takes records. */
#include "engine/crew.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "engine/batch.h"
#include "engine/parcel.h"
#include "engine/ring.h"

#define SLOTS_AT_FIRST 256u
#define WAKE_EVERY     32u /* records taken between two looks at who waits for space */

/* What has to be followed up to here, as all threads may know. */
struct progress {
    uint64_t step;
    helo_time clock;
};

/* One worker. */
struct member {
    struct crew *crew;
    struct helo_engine *engine;
    struct ring ring;
    pthread_t thread;
    uint16_t index;
    /* Its own. */
    uint32_t *free_slots; /* numbers of connections that are over */
    uint32_t free_count, free_size, slot_count;
    uint64_t lost; /* records for which there was no memory */
    /* Under the crew's lock. */
    uint64_t batches; /* done */
    struct progress done;
    /* The reporter's. */
    struct tally **tallies; /* by slot, in blocks of SLOTS_AT_FIRST */
    size_t tally_blocks;
    struct progress seen; /* done, as it was when the ring was last looked at */
};

struct crew {
    struct helo_engine *leader;
    struct mem *mem;
    pthread_mutex_t lock;
    pthread_cond_t work;  /* a batch was handed out, or it is over: for workers */
    pthread_cond_t room;  /* a batch is done: for the reader */
    pthread_cond_t news;  /* a batch is done, or a ring full: for the reporter */
    pthread_cond_t space; /* the reporter has read: for workers with a full ring */
    pthread_cond_t told;  /* everything was taken up to told_step: for the reader */
    /* Under the lock. */
    uint64_t handed; /* batches */
    uint64_t news_count;
    uint64_t told_step;
    _Atomic bool over;
    _Atomic unsigned blocked; /* workers that wait for space */
    /* The reader's. */
    struct batch *batches[LIMIT_BATCHES];
    struct batch *filling; /* NULL: none is */
    uint64_t steps;
    helo_time clock;
    uint64_t hash_seed;
    bool started;
    /* The reporter's. */
    pthread_t reporter;
    uint64_t last_step; /* of the last record taken */
    struct tally spare; /* of a session that there is no memory for: its numbers begin anew */
    size_t count;       /* of the members, those with a thread */
    size_t made;
    struct member members[];
};

/* The worker. */

bool crew_enlist(struct member *member, uint32_t *slot)
{
    if (member->free_count > 0) {
        *slot = member->free_slots[--member->free_count];
        return true;
    }
    /* As many as there are slots may become free at once. */
    if (member->slot_count == member->free_size) {
        struct mem *mem = member->engine->mem;
        uint32_t size = member->free_size > 0 ? member->free_size * 2 : SLOTS_AT_FIRST;
        struct mem_account *account = mem_charge(mem, NULL);
        uint32_t *slots = mem_resize(mem, member->free_slots, member->free_size * sizeof(*slots),
                                     size * sizeof(*slots));
        mem_charge(mem, account);
        if (slots == NULL)
            return false;
        member->free_slots = slots;
        member->free_size = size;
    }
    *slot = member->slot_count++;
    return true;
}

struct naming *crew_naming(struct member *member)
{
    pthread_mutex_lock(&member->crew->lock);
    struct naming *naming = naming_new(member->engine->mem);
    pthread_mutex_unlock(&member->crew->lock);
    return naming;
}

/* Waits until the reporter has read something. */
static void wait_for_space(struct member *member, uint64_t read)
{
    struct crew *crew = member->crew;
    pthread_mutex_lock(&crew->lock);
    atomic_fetch_add(&crew->blocked, 1);
    crew->news_count++;
    pthread_cond_signal(&crew->news);
    while (atomic_load(&member->ring.read) == read && !crew->over)
        pthread_cond_wait(&crew->space, &crew->lock);
    atomic_fetch_sub(&crew->blocked, 1);
    pthread_mutex_unlock(&crew->lock);
}

/* Room in the ring; NULL without memory, or when it is over. */
static void *reserve(struct member *member, size_t size)
{
    void *piece;
    for (;;) {
        uint64_t read = atomic_load(&member->ring.read);
        enum ring_result result = ring_reserve(&member->ring, size, &piece);
        if (result == RING_OK)
            return piece;
        if (result == RING_NO_MEMORY || atomic_load(&member->crew->over))
            return NULL;
        wait_for_space(member, read);
    }
}

void crew_report(struct member *member, const struct record *record)
{
    struct mem *mem = member->engine->mem;
    struct mem_account *account = mem_charge(mem, NULL); /* a piece outside is nobody's */
    void *piece = reserve(member, parcel_size(record));
    mem_charge(mem, account);
    if (piece == NULL) {
        member->lost++;
        return;
    }
    parcel_pack(record, piece);
    ring_publish(&member->ring);
    if (record->kind == RECORD_OVER)
        member->free_slots[member->free_count++] = record->slot;
}

static void follow_batch(struct member *member, const struct batch *batch)
{
    struct helo_engine *engine = member->engine;
    helo_time due = steps_due(engine);
    uint32_t packets = batch->steps - batch->flush;
    for (uint32_t i = 0; i < packets; i++) {
        const struct batch_segment *own =
            batch->owner[i] == member->index ? &batch->segments[i] : NULL;
        if (own == NULL && batch->clock[i] < due)
            continue;
        if (own != NULL)
            engine->interface = own->interface;
        steps_take(engine, batch->first + i, batch->clock[i], own != NULL ? &own->segment : NULL);
        due = steps_due(engine);
    }
    clock_advance(&engine->clock, batch->clock[batch->steps - 1]);
    if (batch->flush)
        steps_flush(engine, batch->first + packets);
}

/* The next batch to follow; NULL: it is over. */
static const struct batch *next_batch(struct member *member)
{
    struct crew *crew = member->crew;
    pthread_mutex_lock(&crew->lock);
    while (member->batches == crew->handed && !crew->over)
        pthread_cond_wait(&crew->work, &crew->lock);
    bool over = atomic_load(&crew->over);
    pthread_mutex_unlock(&crew->lock);
    return over ? NULL : crew->batches[member->batches % LIMIT_BATCHES];
}

static void end_batch(struct member *member, const struct batch *batch)
{
    struct crew *crew = member->crew;
    struct progress done = {batch->first + batch->steps - 1, member->engine->clock.now};
    pthread_mutex_lock(&crew->lock);
    member->batches++;
    member->done = done;
    crew->news_count++;
    pthread_cond_signal(&crew->news);
    pthread_cond_signal(&crew->room);
    pthread_mutex_unlock(&crew->lock);
}

static void *work(void *context)
{
    struct member *member = context;
    const struct batch *batch;
    while ((batch = next_batch(member)) != NULL) {
        follow_batch(member, batch);
        end_batch(member, batch);
    }
    return NULL;
}

/* The reporter. */

static bool grow_tallies(struct member *member, size_t block)
{
    struct mem *mem = member->crew->leader->reporter_mem;
    while (member->tally_blocks <= block) {
        size_t size = member->tally_blocks * sizeof(struct tally *);
        struct tally *made = mem_take_zero(mem, SLOTS_AT_FIRST * sizeof(*made));
        struct tally **blocks =
            made != NULL ? mem_resize(mem, member->tallies, size, size + sizeof(made)) : NULL;
        if (blocks == NULL) {
            mem_give(mem, made, SLOTS_AT_FIRST * sizeof(*made));
            return false;
        }
        blocks[member->tally_blocks++] = made;
        member->tallies = blocks;
    }
    return true;
}

/* The tally of a slot; NULL without memory. */
static struct tally *tally_of(struct member *member, uint32_t slot)
{
    size_t block = slot / SLOTS_AT_FIRST;
    if (block >= member->tally_blocks && !grow_tallies(member, block))
        return NULL;
    return &member->tallies[block][slot % SLOTS_AT_FIRST];
}

static void take(struct crew *crew, struct member *member, struct record *record)
{
    struct reporter *reporter = crew->leader->reporter;
    if (record->key.step != crew->last_step)
        reporter_end_step(reporter);
    crew->last_step = record->key.step;
    if (record->kind != RECORD_LOST)
        record->tally = tally_of(member, record->slot);
    bool lost = record->kind != RECORD_LOST && record->tally == NULL;
    if (lost)
        *(record->tally = &crew->spare) = (struct tally){0};
    reporter_take(reporter, record);
    if (lost)
        reporter_forget(reporter, &crew->spare);
    else if (record->kind == RECORD_OVER)
        *record->tally = (struct tally){0};
}

static bool is_before(const struct record_key *a, const struct record_key *b)
{
    if (a->step != b->step)
        return a->step < b->step;
    if (a->phase != b->phase)
        return a->phase < b->phase;
    if (a->at != b->at)
        return a->at < b->at;
    return a->order < b->order;
}

/* The worker with the first record of all; NULL: nobody has one, or who has none may still make
 * one that comes first. */
static struct member *find_first(struct crew *crew)
{
    struct member *first = NULL;
    const struct record *best = NULL;
    uint64_t certain = UINT64_MAX; /* nobody without a record makes one of this step or before */
    for (size_t i = 0; i < crew->count; i++) {
        struct member *member = &crew->members[i];
        const struct record *record = ring_front(&member->ring);
        if (record == NULL && member->seen.step < certain)
            certain = member->seen.step;
        if (record == NULL || (best != NULL && !is_before(&record->key, &best->key)))
            continue;
        first = member;
        best = record;
    }
    return best != NULL && best->key.step <= certain ? first : NULL;
}

static void wake_blocked(struct crew *crew)
{
    if (atomic_load(&crew->blocked) == 0)
        return;
    pthread_mutex_lock(&crew->lock);
    pthread_cond_broadcast(&crew->space);
    pthread_mutex_unlock(&crew->lock);
}

/* Everybody has followed up to some step, and all of it was taken: the clock is there. */
static void settle(struct crew *crew)
{
    struct progress least = crew->members[0].seen;
    for (size_t i = 0; i < crew->count; i++) {
        struct member *member = &crew->members[i];
        if (ring_front(&member->ring) != NULL)
            return;
        if (member->seen.step < least.step)
            least = member->seen;
    }
    if (least.step == 0)
        return;
    reporter_end_step(crew->leader->reporter);
    reporter_tick(crew->leader->reporter, least.clock);
    if (crew->leader->config.on_pause != NULL)
        crew->leader->config.on_pause(crew->leader->context);
    pthread_mutex_lock(&crew->lock);
    crew->told_step = least.step;
    pthread_cond_signal(&crew->told);
    pthread_mutex_unlock(&crew->lock);
}

/* Waits for something new; false: it is over. */
static bool wait_for_news(struct crew *crew, uint64_t *known)
{
    pthread_mutex_lock(&crew->lock);
    while (crew->news_count == *known && !crew->over)
        pthread_cond_wait(&crew->news, &crew->lock);
    *known = crew->news_count;
    for (size_t i = 0; i < crew->count; i++)
        crew->members[i].seen = crew->members[i].done;
    bool over = atomic_load(&crew->over);
    pthread_mutex_unlock(&crew->lock);
    return !over;
}

static void *report(void *context)
{
    struct crew *crew = context;
    uint64_t known = 0;
    while (wait_for_news(crew, &known)) {
        struct member *first;
        for (unsigned taken = 0; (first = find_first(crew)) != NULL; taken++) {
            take(crew, first, ring_front(&first->ring));
            ring_pop(&first->ring);
            if (taken % WAKE_EVERY == WAKE_EVERY - 1)
                wake_blocked(crew);
        }
        wake_blocked(crew);
        settle(crew);
    }
    return NULL;
}

/* The reader. */

bool crew_is_ready(struct crew *crew)
{
    if (crew->started)
        return true;
    while (crew->count < crew->made) {
        struct member *member = &crew->members[crew->count];
        if (pthread_create(&member->thread, NULL, work, member) != 0)
            break;
        crew->count++;
    }
    crew->started = crew->count > 0 && pthread_create(&crew->reporter, NULL, report, crew) == 0;
    return crew->started;
}

/* Waits until a batch is free, and begins it. */
static void begin_batch(struct crew *crew)
{
    uint64_t least;
    pthread_mutex_lock(&crew->lock);
    for (;;) {
        least = UINT64_MAX;
        for (size_t i = 0; i < crew->count; i++)
            if (crew->members[i].batches < least)
                least = crew->members[i].batches;
        if (crew->handed - least < LIMIT_BATCHES)
            break;
        pthread_cond_wait(&crew->room, &crew->lock);
    }
    pthread_mutex_unlock(&crew->lock);
    crew->filling = crew->batches[crew->handed % LIMIT_BATCHES];
    batch_begin(crew->filling, crew->steps + 1);
}

void crew_hand_out(struct crew *crew)
{
    if (crew->filling == NULL)
        return;
    crew->filling = NULL;
    pthread_mutex_lock(&crew->lock);
    crew->handed++;
    pthread_cond_broadcast(&crew->work);
    pthread_mutex_unlock(&crew->lock);
}

/* Both directions of a connection are one worker's. */
static uint16_t owner_of(const struct crew *crew, const struct segment *segment)
{
    struct {
        uint8_t address[16];
        uint64_t port;
    } end[2] = {{.port = segment->source_port}, {.port = segment->destination_port}};
    memcpy(end[0].address, segment->source, 16);
    memcpy(end[1].address, segment->destination, 16);
    uint64_t hash = XXH3_64bits_withSeed(&end[0], sizeof(end[0]), crew->hash_seed) +
                    XXH3_64bits_withSeed(&end[1], sizeof(end[1]), crew->hash_seed);
    return (uint16_t)((hash >> 32) % crew->count);
}

void crew_step(struct crew *crew, helo_time now, const struct segment *segment)
{
    uint16_t owner = segment != NULL ? owner_of(crew, segment) : BATCH_NOBODY;
    if (crew->filling != NULL && !batch_has_room(crew->filling, segment))
        crew_hand_out(crew);
    if (crew->filling == NULL)
        begin_batch(crew);
    crew->steps++;
    crew->clock = now;
    batch_add(crew->filling, now, segment, crew->leader->interface, owner);
    if (crew->leader->config.prompt)
        crew_hand_out(crew);
}

void crew_rest(struct crew *crew)
{
    if (!crew->started)
        return; /* nothing was handed in so far */
    crew_hand_out(crew);
    pthread_mutex_lock(&crew->lock);
    while (crew->told_step < crew->steps)
        pthread_cond_wait(&crew->told, &crew->lock);
    pthread_mutex_unlock(&crew->lock);
}

void crew_flush(struct crew *crew, helo_time now)
{
    if (!crew->started)
        return;
    crew_hand_out(crew);
    begin_batch(crew);
    crew->steps++;
    batch_add(crew->filling, now, NULL, NULL, BATCH_NOBODY);
    crew->filling->flush = true;
    crew_rest(crew);
}

void crew_count(const struct crew *crew, struct helo_stats *stats)
{
    for (size_t i = 0; i < crew->count; i++) {
        steps_count(crew->members[i].engine, stats);
        stats->allocation_failures += crew->members[i].lost;
    }
}

static void free_tallies(struct member *member)
{
    struct mem *mem = member->crew->leader->reporter_mem;
    for (size_t i = 0; i < member->tally_blocks; i++) {
        for (size_t j = 0; j < SLOTS_AT_FIRST; j++)
            reporter_forget(member->crew->leader->reporter, &member->tallies[i][j]);
        mem_give(mem, member->tallies[i], SLOTS_AT_FIRST * sizeof(struct tally));
    }
    mem_give(mem, member->tallies, member->tally_blocks * sizeof(struct tally *));
}

static void free_member(struct member *member)
{
    struct helo_engine *engine = member->engine;
    if (engine == NULL || engine->mem == NULL) {
        free(engine);
        return;
    }
    free_tallies(member);
    steps_close(engine);
    ring_close(&member->ring);
    mem_give(engine->mem, member->free_slots, member->free_size * sizeof(uint32_t));
    mem_destroy(engine->mem);
    free(engine);
}

static void stop(struct crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    atomic_store(&crew->over, true);
    pthread_cond_broadcast(&crew->work);
    pthread_cond_broadcast(&crew->space);
    pthread_cond_signal(&crew->news);
    pthread_mutex_unlock(&crew->lock);
    for (size_t i = 0; i < crew->count; i++)
        pthread_join(crew->members[i].thread, NULL);
    if (crew->started)
        pthread_join(crew->reporter, NULL);
}

void crew_free(struct crew *crew)
{
    if (crew == NULL)
        return;
    stop(crew);
    for (size_t i = 0; i < crew->made; i++)
        free_member(&crew->members[i]);
    for (size_t i = 0; i < LIMIT_BATCHES; i++)
        mem_give(crew->mem, crew->batches[i], sizeof(struct batch));
    pthread_mutex_destroy(&crew->lock);
    pthread_cond_destroy(&crew->work);
    pthread_cond_destroy(&crew->room);
    pthread_cond_destroy(&crew->news);
    pthread_cond_destroy(&crew->space);
    pthread_cond_destroy(&crew->told);
    mem_destroy(crew->mem);
    free(crew);
}

static bool make_member(struct member *member)
{
    struct crew *crew = member->crew;
    struct helo_engine *leader = crew->leader;
    struct helo_engine *engine = calloc(1, sizeof(*engine));
    member->engine = engine;
    if (engine == NULL)
        return false;
    engine->config = leader->config;
    engine->member = member;
    engine->reported = leader->reported;
    memcpy(engine->smtp.digest_key, leader->smtp.digest_key, sizeof(engine->smtp.digest_key));
    engine->mem = mem_new_shared(&leader->pool, leader->config.fail_allocation);
    size_t size = leader->config.worker_ring > 0 ? leader->config.worker_ring : LIMIT_WORKER_RING;
    return engine->mem != NULL && steps_open(engine) &&
           ring_init(&member->ring, crew->mem, size, engine->mem);
}

/* All that is taken here is of a fixed size, so the cap on what grows with the traffic does not
 * count it. */
static bool make_parts(struct crew *crew)
{
    crew->mem = mem_new(UINT64_MAX, 0);
    if (crew->mem == NULL ||
        getrandom(&crew->hash_seed, sizeof(crew->hash_seed), 0) != sizeof(crew->hash_seed))
        return false;
    for (size_t i = 0; i < LIMIT_BATCHES; i++) {
        crew->batches[i] = mem_take(crew->mem, sizeof(struct batch));
        if (crew->batches[i] == NULL)
            return false;
    }
    for (size_t i = 0; i < crew->made; i++) {
        crew->members[i].crew = crew;
        crew->members[i].index = (uint16_t)i;
        if (!make_member(&crew->members[i]))
            return false;
    }
    return true;
}

struct crew *crew_new(struct helo_engine *leader)
{
    size_t count = leader->config.workers;
    size_t size = sizeof(struct crew) + count * sizeof(struct member);
    struct crew *crew = aligned_alloc(_Alignof(struct crew), (size + 63) / 64 * 64);
    if (crew == NULL)
        return NULL;
    memset(crew, 0, size);
    crew->leader = leader;
    crew->made = count;
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->work, NULL);
    pthread_cond_init(&crew->room, NULL);
    pthread_cond_init(&crew->news, NULL);
    pthread_cond_init(&crew->space, NULL);
    pthread_cond_init(&crew->told, NULL);
    if (!make_parts(crew)) {
        crew_free(crew);
        return NULL;
    }
    return crew;
}
