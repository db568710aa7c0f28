/* Fuzz target: both directions of a TCP stream, with losses, copies, reordering and forgeries.
 *
 * The first octet picks the world, the next four the consumer's stops; then come steps of five
 * octets. What both ends say is fixed: the octet at an offset of a side follows from both. While
 * nobody forges, all that is delivered must be that, in order, with gaps only where something was
 * left out; if nothing was, without one. Forged or not: offsets never jump, nothing is delivered
 * twice, all memory comes back. */
#include "fuzz.h"

#include "base/limits.h"
#include "stream/stream.h"

/* When an end has heard of the other's RST, and says nothing any more. */
#define HEARD  (LIMIT_CAUSAL_WAIT_MILLISECONDS * HELO_MILLISECOND)
#define STEPS  400
#define MEMORY (UINT64_C(16) << 20)

/* The world. */
enum { FORGED = 1, MIDSTREAM = 2, TIMELESS = 4, STOPS = 8, WRAPS = 16 };
/* The head of a step: whose it is, and what is odd about it. */
enum { SERVER = 1, AGAIN = 2, SKIP = 4, FIN = 8, RST = 16, STALE = 32, CUT = 64, LATER = 128 };

struct world {
    struct mem *mem;
    struct stream stream;
    struct stream_counts counts;
    uint64_t buffered;
    uint8_t how;
    helo_time now;
    uint32_t first[HELO_SIDES];
    uint32_t sent[HELO_SIDES]; /* octets that the side has said */
    bool finished[HELO_SIDES]; /* it has said its last */
    bool reset[HELO_SIDES];    /* it says nothing any more */
    helo_time reset_at[HELO_SIDES];
    bool whole;                /* no octet was left out, nothing ended early */
    uint64_t next[HELO_SIDES]; /* offset that is due */
    uint64_t lost[HELO_SIDES];
    uint32_t stops;
};

static uint8_t octet_at(unsigned side, uint64_t offset)
{
    return (uint8_t)((offset * 2654435761u >> 7) + side * 101);
}

static size_t on_bytes(void *context, enum helo_side side, const struct stream_chunk *chunk)
{
    struct world *world = context;
    bool forged = (world->how & (FORGED | MIDSTREAM)) != 0;
    fuzz_must(chunk->len > 0, "an empty chunk");
    fuzz_must(chunk->offset == world->next[side], "an offset that is not due");
    fuzz_look((struct helo_slice){chunk->data, chunk->len});
    for (size_t i = 0; !forged && i < chunk->len; i++)
        fuzz_must(chunk->data[i] == octet_at(side, chunk->offset + i), "octets nobody has said");
    size_t taken = chunk->len;
    if ((world->how & STOPS) != 0 && !chunk->forced) {
        world->stops = world->stops * 1664525u + 1013904223u;
        taken = (world->stops >> 28) < 4 ? (world->stops >> 8) % (chunk->len + 1) : taken;
    }
    world->next[side] += taken;
    fuzz_must(forged || world->next[side] <= world->sent[side], "more than was said");
    return taken;
}

static void on_gap(void *context, enum helo_side side, uint64_t offset, uint64_t len,
                   helo_time time)
{
    struct world *world = context;
    (void)time;
    fuzz_must(len > 0, "an empty gap");
    fuzz_must(offset == world->next[side], "a gap that is not due");
    world->next[side] += len;
    world->lost[side] += len;
}

static void on_end(void *context, enum helo_side side, enum stream_end how, helo_time time)
{
    struct world *world = context;
    bool forged = (world->how & (FORGED | MIDSTREAM)) != 0;
    bool lossy = !world->whole; /* an octet that is missing at the end looks like a FIN */
    (void)time;
    fuzz_must(forged || lossy ||
                  (how == STREAM_END_RST ? world->reset[side] : world->finished[side]),
              "an end that nobody sent");
}

static void on_resume(void *context, enum helo_side side)
{
    struct world *world = context;
    (void)side;
    fuzz_must((world->how & (FORGED | MIDSTREAM)) != 0 || !world->whole,
              "a side goes on that had really ended");
}

static void on_conflict(void *context, enum helo_side side, uint64_t offset, helo_time time)
{
    struct world *world = context;
    (void)side;
    (void)offset;
    (void)time;
    fuzz_must((world->how & (FORGED | MIDSTREAM)) != 0, "a conflict where nobody contradicts");
}

/* What is sent again is the same octets or others: either is allowed. */
static void on_unchecked(void *context, enum helo_side side, uint64_t offset, helo_time time)
{
    (void)context;
    (void)side;
    (void)offset;
    (void)time;
}

static void begin(struct world *world)
{
    bool known = (world->how & MIDSTREAM) == 0;
    struct stream_edge edge[HELO_SIDES];
    const struct stream_consumer consumer = {world,     on_bytes,    on_gap,      on_end,
                                             on_resume, on_conflict, on_unchecked};
    for (unsigned side = 0; side < HELO_SIDES; side++) {
        world->first[side] = (world->how & WRAPS) != 0 ? 0xffffff00u : 1000 + 5000 * side;
        edge[side] = (struct stream_edge){.known = known,
                                          .guessed = !known,
                                          .next = world->first[side],
                                          .window_scale = known ? 7 : -1,
                                          .syn_seen = known,
                                          .seen = known ? world->now : HELO_NO_TIME};
    }
    stream_init(&world->stream, world->mem, &consumer, &world->counts, &world->buffered, edge);
}

static void push(struct world *world, unsigned side, struct segment *segment, uint32_t offset,
                 uint32_t len)
{
    uint8_t octets[256];
    bool other = (world->how & FORGED) != 0 && (segment->flags & SEGMENT_URG) != 0;
    for (uint32_t i = 0; i < len; i++)
        octets[i] = (uint8_t)(octet_at(side, offset + i) ^ (other ? 0x55 : 0));
    struct helo_slice copy = fuzz_exact((struct helo_slice){octets, len});
    segment->time = world->now;
    segment->family = 4;
    segment->window_scale = -1;
    segment->window = 500;
    segment->payload = copy.ptr;
    segment->payload_len = len;
    (void)stream_push(&world->stream, (enum helo_side)side, segment, world->now);
    fuzz_free(copy);
}

/* An end says nothing after its RST, nor after the other's once that is there. */
static bool is_silent(const struct world *world, unsigned side)
{
    bool heard = world->reset[1 - side] && world->now - world->reset_at[1 - side] >= HEARD;
    return world->reset[side] || heard;
}

/* What an honest end would send, but perhaps not in this order, and perhaps not all of it. */
static void honest_step(struct world *world, uint8_t head, uint32_t back, uint32_t len,
                        uint32_t unheard)
{
    unsigned side = head & SERVER;
    struct segment segment = {.flags = SEGMENT_ACK};
    uint32_t *sent = &world->sent[side];
    if (is_silent(world, side))
        return;
    if (world->finished[side])
        head |= AGAIN;
    if ((head & SKIP) != 0 && (head & AGAIN) == 0) {
        *sent += back;
        world->whole = world->whole && back == 0;
    }
    uint32_t offset = *sent;
    if ((head & AGAIN) != 0) {
        offset -= back < offset ? back : offset;
        len = len < *sent - offset ? len : *sent - offset;
    } else {
        *sent += len;
    }
    if ((head & CUT) != 0 && len > 0 && (head & AGAIN) == 0) {
        segment.cut = len - len / 2;
        world->whole = false;
        len /= 2;
    }
    if ((head & FIN) != 0 && offset + len + segment.cut == *sent) {
        segment.flags |= SEGMENT_FIN;
        world->finished[side] = true;
    }
    if ((head & RST) != 0) {
        segment.flags |= SEGMENT_RST;
        world->reset[side] = true;
        world->reset_at[side] = world->now;
        world->whole = false;
    }
    uint32_t heard = world->sent[1 - side];
    segment.seq = world->first[side] + offset;
    segment.ack = world->first[1 - side] + heard - (unheard < heard ? unheard : heard);
    push(world, side, &segment, offset, len);
}

/* Any segment at all near what was said. */
static void forged_step(struct world *world, uint8_t head, uint32_t a, uint32_t b, uint32_t c)
{
    unsigned side = head & SERVER;
    struct segment segment = {.flags = (uint8_t)(c & 0x3f)};
    uint32_t far = (head & SKIP) != 0 ? 1u << (a & 31) : 0;
    uint32_t offset = world->sent[side] + far + a - 128;
    segment.seq = world->first[side] + offset;
    segment.ack = (segment.flags & SEGMENT_ACK) == 0
                      ? 0
                      : world->first[1 - side] + world->sent[1 - side] + b - 128 +
                            ((head & STALE) != 0 ? 1u << (b & 31) : 0);
    segment.cut = (head & CUT) != 0 ? a : 0;
    if ((head & AGAIN) == 0)
        world->sent[side] += b;
    push(world, side, &segment, offset, b);
}

static void step(struct world *world, struct fuzz_input *input)
{
    uint8_t head = fuzz_octet(input);
    uint32_t a = fuzz_octet(input), len = fuzz_octet(input), c = fuzz_octet(input);
    uint8_t wait = fuzz_octet(input);
    if ((world->how & TIMELESS) == 0) {
        world->now += wait * (wait > 250 ? HELO_SECOND : HELO_MILLISECOND);
        if (stream_deadline(&world->stream) <= world->now)
            stream_expire(&world->stream, world->now);
    }
    bool odd = (head & LATER) != 0 && (world->how & FORGED) != 0;
    if (odd)
        forged_step(world, head, a, len, c);
    else
        honest_step(world, head, a, len, (head & STALE) != 0 ? c : 0);
    fuzz_must(world->buffered <= MEMORY, "more is waiting than there is memory");
}

/* What the ends have said, all of it again, so that nothing is missing. */
static void say_again(struct world *world)
{
    for (unsigned side = 0; side < HELO_SIDES; side++) {
        for (uint32_t offset = 0; offset < world->sent[side]; offset += 200) {
            uint32_t left = world->sent[side] - offset;
            struct segment segment = {.flags = SEGMENT_ACK,
                                      .seq = world->first[side] + offset,
                                      .ack = world->first[1 - side]};
            push(world, side, &segment, offset, left < 200 ? left : 200);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct world world = {.now = HELO_SECOND, .whole = true};
    if (size < 6)
        return 0;
    world.how = fuzz_octet(&input);
    world.stops = fuzz_number16(&input) << 16 | fuzz_number16(&input);
    bool told_all = (world.how & (FORGED | MIDSTREAM)) == 0 && (world.how & TIMELESS) != 0;
    world.mem = mem_new(MEMORY, 0);
    begin(&world);
    for (unsigned steps = 0; input.left > 0 && steps < STEPS; steps++)
        step(&world, &input);
    if (told_all && world.whole)
        say_again(&world);
    stream_finish(&world.stream, world.now);
    for (unsigned side = 0; side < HELO_SIDES; side++) {
        fuzz_must(world.stream.side[side].held == NULL, "something is held at the end");
        if (told_all && world.whole)
            fuzz_must(world.next[side] == world.sent[side] && world.lost[side] == 0,
                      "a loss where nothing was lost");
    }
    stream_close(&world.stream);
    fuzz_must(world.buffered == 0, "octets are counted that nobody holds");
    fuzz_must(mem_used(world.mem) == 0, "memory that did not come back");
    mem_destroy(world.mem);
    return 0;
}
