/* Other ways over the wire for the same dialogue, made from a seed. */
#include "impair.h"

#include "impair_parts.h"

/* Segments of one side that may wait at once within the engine's own bound. */
#define MOST_WAITING 900
/* A capture longer than this, by sides, is longer than the engine waits. */
#define SIDES_SPAN (400 * HELO_MILLISECOND)

const char *impair_name(enum impair_kind kind)
{
    static const char *const names[IMPAIR_KINDS] = {
        [IMPAIR_CUT] = "cut",           [IMPAIR_OVERLAP] = "overlap",
        [IMPAIR_COPY] = "copy",         [IMPAIR_ACK] = "ack",
        [IMPAIR_ZERO] = "zero",         [IMPAIR_REORDER] = "reorder",
        [IMPAIR_SKEW] = "skew",         [IMPAIR_SIDES] = "sides",
        [IMPAIR_FORGE] = "forge",       [IMPAIR_KEEPALIVE] = "keepalive",
        [IMPAIR_FRAGMENT] = "fragment", [IMPAIR_PAD] = "pad",
        [IMPAIR_WRAP] = "wrap",
    };
    return names[kind];
}

static size_t most_of_a_side(const struct synth *synth)
{
    size_t count[HELO_SIDES] = {0, 0};
    for (size_t i = 0; i < synth->count; i++)
        count[synth->segments[i].side]++;
    return count[0] > count[1] ? count[0] : count[1];
}

static helo_time span(const struct synth *synth)
{
    return synth->count == 0 ? 0 : synth->segments[synth->count - 1].time - synth->segments[0].time;
}

/* What the transcript's own nature rules out. */
static unsigned allowed(const struct transcript *t)
{
    unsigned kinds = (1u << IMPAIR_KINDS) - 1;
    for (unsigned i = 0; i < IMPAIR_KINDS; i++)
        if (transcript_excepts(t, impair_name((enum impair_kind)i)))
            kinds &= ~IMPAIR_BIT(i);
    /* Without a handshake the first packet decides where both streams begin. */
    if (t->midstream)
        kinds &= ~(IMPAIR_BIT(IMPAIR_REORDER) | IMPAIR_BIT(IMPAIR_SKEW) | IMPAIR_BIT(IMPAIR_SIDES));
    return kinds;
}

static void cut_somehow(struct synth *synth, struct prng *prng)
{
    static const uint32_t most[] = {1, 3, 20, 200, SYNTH_MSS};
    uint64_t choices = sizeof most / sizeof most[0];
    uint64_t choice = prng_below(prng, choices);
    /* Long dialogues in single octets have a test of their own. */
    if (synth->stream[0].length + synth->stream[1].length > 4000 && choice < 2)
        choice = 3;
    impair_cut(synth, prng, most[choice], 1 + (unsigned)prng_below(prng, 10));
}

static bool wants(struct impaired *made, enum impair_kind kind)
{
    return (made->kinds & IMPAIR_BIT(kind)) != 0;
}

static void shape(struct impaired *made, struct prng *prng)
{
    if (wants(made, IMPAIR_CUT))
        cut_somehow(made->synth, prng);
    if (wants(made, IMPAIR_OVERLAP))
        impair_overlap(made->synth, prng);
    if (wants(made, IMPAIR_COPY)) {
        made->acks_changed = prng_one_in(prng, 2);
        impair_copy(made->synth, prng, made->acks_changed);
    }
    if (wants(made, IMPAIR_ACK))
        impair_ack(made->synth, prng, false);
    if (wants(made, IMPAIR_ZERO))
        impair_ack(made->synth, prng, true);
}

static void carry(struct impaired *made, struct prng *prng)
{
    if (most_of_a_side(made->synth) > MOST_WAITING)
        made->kinds &=
            ~(IMPAIR_BIT(IMPAIR_REORDER) | IMPAIR_BIT(IMPAIR_SKEW) | IMPAIR_BIT(IMPAIR_SIDES));
    if (wants(made, IMPAIR_REORDER))
        impair_reorder(made->synth, prng);
    /* An overlap that comes before what it repeats tells of a later acknowledgement. */
    made->acks_changed |= wants(made, IMPAIR_REORDER) && wants(made, IMPAIR_OVERLAP);
    if (wants(made, IMPAIR_SKEW))
        impair_skew(made->synth, prng);
    if (span(made->synth) > SIDES_SPAN)
        made->kinds &= ~IMPAIR_BIT(IMPAIR_SIDES);
    if (wants(made, IMPAIR_SIDES))
        impair_sides(made->synth, prng);
    if (wants(made, IMPAIR_KEEPALIVE))
        impair_keepalive(made->synth, prng);
    if (wants(made, IMPAIR_FORGE))
        impair_forge(made->synth, prng);
    if (wants(made, IMPAIR_FRAGMENT))
        impair_fragment(made->synth, prng);
    if (wants(made, IMPAIR_PAD))
        impair_pad(made->synth);
    if (wants(made, IMPAIR_WRAP))
        impair_wrap(made->synth, prng);
}

/* Every kind alone is as likely to fail as many together, and tells more. */
static unsigned choose(struct prng *prng, unsigned kinds)
{
    if (prng_one_in(prng, 3))
        return kinds & IMPAIR_BIT(prng_below(prng, IMPAIR_KINDS));
    return kinds & (unsigned)prng_next(prng);
}

struct impaired impair_make(const struct transcript *transcript, const struct synth *clean,
                            uint64_t seed)
{
    struct prng prng = {seed};
    return impair_with(transcript, clean, prng_next(&prng), choose(&prng, ~0u));
}

struct impaired impair_with(const struct transcript *transcript, const struct synth *clean,
                            uint64_t seed, unsigned kinds)
{
    struct prng prng = {seed};
    struct impaired made = {.synth = synth_copy(clean), .kinds = kinds & allowed(transcript)};
    shape(&made, &prng);
    carry(&made, &prng);
    return made;
}

struct impaired impair_cut_bytes(const struct synth *clean)
{
    struct prng prng = {0};
    struct impaired made = {.synth = synth_copy(clean), .kinds = IMPAIR_BIT(IMPAIR_CUT)};
    impair_cut(made.synth, &prng, 1, 10);
    return made;
}

struct impaired impair_cut_random(const struct synth *clean, uint64_t seed)
{
    struct prng prng = {seed};
    struct impaired made = {.synth = synth_copy(clean), .kinds = IMPAIR_BIT(IMPAIR_CUT)};
    cut_somehow(made.synth, &prng);
    return made;
}

struct impaired impair_lose(const struct transcript *transcript, const struct synth *clean,
                            uint64_t seed)
{
    struct prng prng = {seed};
    struct impaired made = {.synth = synth_copy(clean)};
    /* Keep-alives and forgeries would fill holes with what nobody said. */
    unsigned harmless = ~(IMPAIR_BIT(IMPAIR_KEEPALIVE) | IMPAIR_BIT(IMPAIR_FORGE));
    if (prng_one_in(&prng, 2))
        made.kinds = choose(&prng, allowed(transcript) & harmless);
    /* Where the first packet tells where the other side's stream begins, a capture must not begin,
     * after a loss, with a copy of what came before it. */
    if (transcript->midstream || transcript->one_sided)
        made.kinds &= ~(IMPAIR_BIT(IMPAIR_OVERLAP) | IMPAIR_BIT(IMPAIR_COPY));
    shape(&made, &prng);
    impair_drop(made.synth, &prng);
    carry(&made, &prng);
    return made;
}

struct synth *impair_reuse(const struct synth *first, const struct synth *second, helo_time pause,
                           uint32_t jump)
{
    struct synth *both = synth_copy(first);
    helo_time end = both->count == 0 ? 0 : both->segments[both->count - 1].time;
    for (size_t i = 0; i < second->count; i++) {
        struct synth_segment s = second->segments[i];
        s.time += end + pause - second->segments[0].time;
        s.seq += jump;
        s.ack += (s.flags & SYNTH_ACK) != 0 ? jump : 0;
        synth_add(both, &s);
    }
    both->finish = 0;
    return both;
}

void impair_free(struct impaired *impaired)
{
    synth_free_copy(impaired->synth);
    impaired->synth = NULL;
}
