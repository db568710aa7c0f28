/* The ring: pieces one behind the other, each with its length before it. */
#include "engine/ring.h"

#define LEAST_SIZE 1024u
#define PART       4u /* what takes more than a fourth of the ring lies outside */

enum what { PIECE, GAP, OUTSIDE };

/* Before each piece; a gap fills the ring's end where no piece fits. */
struct head {
    uint64_t size; /* with this head */
    enum what what;
    _Alignas(16) uint8_t piece[];
};

/* A piece outside; the ring has a pointer to it. The writer takes it back when it was read. */
struct ring_outside {
    struct ring_outside *next;
    size_t size;  /* as it was taken */
    uint64_t end; /* where its pointer ends in the ring */
    _Alignas(16) uint8_t piece[];
};

bool ring_init(struct ring *ring, struct mem *mem, size_t size, struct mem *outside)
{
    size_t whole = LEAST_SIZE;
    while (whole < size)
        whole *= 2;
    ring->octets = mem_take(mem, whole);
    ring->size = whole;
    ring->mem = mem;
    ring->outside = outside;
    ring->reserved = 0;
    ring->first = ring->last = NULL;
    atomic_init(&ring->written, 0);
    atomic_init(&ring->read, 0);
    return ring->octets != NULL;
}

/* Gives back what lies outside and was read up to here. */
static void take_back(struct ring *ring, uint64_t read)
{
    while (ring->first != NULL && ring->first->end <= read) {
        struct ring_outside *old = ring->first;
        ring->first = old->next;
        if (ring->first == NULL)
            ring->last = NULL;
        mem_give(ring->outside, old, old->size);
    }
}

void ring_close(struct ring *ring)
{
    take_back(ring, UINT64_MAX);
    mem_give(ring->mem, ring->octets, ring->size);
    ring->octets = NULL;
}

static struct head *head_at(const struct ring *ring, uint64_t position)
{
    return (struct head *)(void *)(ring->octets + (position & (ring->size - 1)));
}

/* Room in one piece for size octets with their head, a gap before it if need be; NULL: none. */
static struct head *make_room(struct ring *ring, size_t size)
{
    uint64_t at = atomic_load_explicit(&ring->written, memory_order_relaxed);
    uint64_t read = atomic_load(&ring->read);
    size_t to_end = ring->size - (size_t)(at & (ring->size - 1));
    size_t gap = size > to_end ? to_end : 0;
    take_back(ring, read);
    if (at + gap + size - read > ring->size)
        return NULL;
    if (gap > 0)
        *head_at(ring, at) = (struct head){.size = gap, .what = GAP};
    ring->reserved = at + gap + size;
    return head_at(ring, at + gap);
}

static enum ring_result reserve_outside(struct ring *ring, size_t size, void **piece)
{
    size_t pointer = sizeof(struct head) + 16;
    struct head *head = make_room(ring, pointer);
    if (head == NULL)
        return RING_FULL;
    struct ring_outside *block = mem_take(ring->outside, sizeof(*block) + size);
    if (block == NULL)
        return RING_NO_MEMORY;
    *block = (struct ring_outside){.size = sizeof(*block) + size, .end = ring->reserved};
    *(ring->last != NULL ? &ring->last->next : &ring->first) = block;
    ring->last = block;
    *head = (struct head){.size = pointer, .what = OUTSIDE};
    *piece = block->piece;
    *(void **)(void *)head->piece = block->piece;
    return RING_OK;
}

enum ring_result ring_reserve(struct ring *ring, size_t size, void **piece)
{
    size_t whole = sizeof(struct head) + (size + 15) / 16 * 16;
    if (whole > ring->size / PART)
        return reserve_outside(ring, size, piece);
    struct head *head = make_room(ring, whole);
    if (head == NULL)
        return RING_FULL;
    *head = (struct head){.size = whole, .what = PIECE};
    *piece = head->piece;
    return RING_OK;
}

void ring_publish(struct ring *ring)
{
    atomic_store_explicit(&ring->written, ring->reserved, memory_order_release);
}

void *ring_front(struct ring *ring)
{
    uint64_t read = atomic_load_explicit(&ring->read, memory_order_relaxed);
    uint64_t written = atomic_load_explicit(&ring->written, memory_order_acquire);
    if (read == written)
        return NULL;
    struct head *head = head_at(ring, read);
    if (head->what == GAP) {
        uint64_t behind = read + head->size; /* once it counts as read it may be written over */
        atomic_store(&ring->read, behind);
        head = head_at(ring, behind);
    }
    return head->what == OUTSIDE ? *(void **)(void *)head->piece : head->piece;
}

void ring_pop(struct ring *ring)
{
    uint64_t read = atomic_load_explicit(&ring->read, memory_order_relaxed);
    atomic_store(&ring->read, read + head_at(ring, read)->size);
}
