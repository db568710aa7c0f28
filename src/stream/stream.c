/* Causal delivery: what a segment acknowledges comes before it. */
#include "stream/stream.h"

#include <string.h>

#include "stream/held.h"
#include "stream/waiting.h"

#define CAUSAL_WAIT (LIMIT_CAUSAL_WAIT_MILLISECONDS * HELO_MILLISECOND)
#define ABSENT      (LIMIT_ABSENT_MILLISECONDS * HELO_MILLISECOND)
/* A FIN that is acknowledged but was not captured looks like an octet. */
#define FIN_OCTET 1
/* How far two stray segments may disagree and still confirm each other. */
#define STRAY_AGREEMENT (1 << 20)
/* How many of them: two that somebody made up may agree by chance. */
#define STRAYS_TO_BELIEVE 3

static void set_edge(struct stream_side *side, uint32_t next)
{
    side->known = true;
    side->next = side->acked = side->end = next;
}

void stream_init(struct stream *stream, struct mem *mem, const struct stream_consumer *consumer,
                 struct stream_counts *counts, uint64_t *buffered,
                 const struct stream_edge edge[HELO_SIDES])
{
    memset(stream, 0, sizeof(*stream));
    stream->mem = mem;
    stream->consumer = *consumer;
    stream->counts = counts;
    stream->buffered = buffered;
    stream->clock = HELO_NO_TIME;
    for (int i = 0; i < HELO_SIDES; i++) {
        struct stream_side *side = &stream->side[i];
        side->acked_at = side->want_since = side->beyond_since = HELO_NO_TIME;
        side->window_scale = -1;
        if (edge[0].syn_seen && edge[1].syn_seen) {
            bool scaled = edge[0].window_scale >= 0 && edge[1].window_scale >= 0;
            side->window_scale = scaled ? edge[i].window_scale : 0;
        }
        if (edge[i].known)
            set_edge(side, edge[i].next);
        side->guessed = edge[i].guessed || !edge[i].known;
        side->shown = edge[i].seen != HELO_NO_TIME;
    }
}

/* How far ahead the other side of this one may be: what it may have in flight, and what it may
 * have sent while this side's acknowledgements were late on their mirror port. */
static int64_t window_of(const struct stream_side *side)
{
    if (side->window_scale < 0)
        return LIMIT_UNKNOWN_WINDOW;
    return (side->window > 65535 ? side->window : 65535) + LIMIT_SKEW_BYTES;
}

static void learn_window(struct stream_side *side, const struct segment *segment)
{
    uint32_t window = segment->window;
    if ((segment->flags & SEGMENT_SYN) == 0 && side->window_scale > 0)
        window <<= side->window_scale;
    if (window > side->window)
        side->window = window;
}

static bool is_absent(const struct stream *stream, const struct stream_side *side)
{
    return side->want_since != HELO_NO_TIME && stream->clock - side->want_since >= ABSENT;
}

static bool seq_in_window(const struct stream_side *from, const struct stream_side *to,
                          uint32_t seq, int64_t len)
{
    int64_t ahead = sequence_after(seq, from->next);
    int64_t acked = sequence_after(from->acked, from->next);
    if (ahead < 0)
        return -ahead <= window_of(to) + LIMIT_HISTORY;
    return ahead + len <= (acked > 0 ? acked : 0) + window_of(to);
}

static bool ack_in_window(const struct stream_side *from, const struct stream_side *to,
                          uint32_t ack)
{
    int64_t ahead = sequence_after(ack, to->acked);
    if (ahead <= 0)
        return -ahead <= window_of(from) + LIMIT_HISTORY;
    int64_t end = sequence_after(to->end, to->acked);
    int64_t next = sequence_after(to->next, to->acked);
    int64_t most = end > next ? end : next;
    return ahead <= (most > 0 ? most : 0) + window_of(from) + 1; /* a FIN has no window */
}

static bool fin_waits(const struct stream_side *side)
{
    return side->fin && !side->fin_delivered;
}

/* The peer has received the FIN: it acknowledges the number behind the last octet, and never more.
 * Whoever made a FIN up can't make the peer say so without ending the connection in truth. */
static bool fin_is_acked(const struct stream_side *side)
{
    return side->fin && sequence_after(side->acked, side->fin_seq) == FIN_OCTET;
}

/* Since when is the side acknowledged beyond what is here of it? */
static void note_beyond(const struct stream *stream, struct stream_side *side)
{
    if (sequence_after(side->acked, side->next) <= 0)
        side->beyond_since = HELO_NO_TIME;
    else if (side->beyond_since == HELO_NO_TIME)
        side->beyond_since = stream->clock;
}

static void note_ack(struct stream *stream, struct stream_side *to, uint32_t ack)
{
    if (sequence_after(ack, to->acked) > 0) {
        to->acked = ack;
        to->acked_at = stream->clock;
    }
    if (sequence_after(ack, to->next) <= 0 && (to->shown || !to->guessed))
        return;
    if (to->want_since == HELO_NO_TIME)
        to->want_since = stream->clock;
    note_beyond(stream, to);
}

/* Only octets take the edge past what was seen: a bare acknowledgement or FIN from anywhere in the
 * window, which costs nobody anything to make, would make less of all that comes before it. */
static void note_edge(struct stream_side *side, const struct segment *segment, uint32_t seq)
{
    uint32_t ack = segment->ack;
    uint32_t end = seq + segment->payload_len + segment->cut;
    bool beyond = sequence_after(seq, side->end) > 0;
    if (end == seq && beyond)
        return;
    if (!side->edge_known || beyond ||
        (sequence_after(seq, side->edge_from) < 0 && sequence_after(end, side->edge_from) >= 0))
        side->edge_from = seq;
    if (sequence_after(side->next, side->edge_from) > 0)
        side->edge_from = side->next;
    int32_t ahead = side->edge_known ? sequence_after(seq, side->edge_seq) : 1;
    if (ahead < 0 || (ahead == 0 && sequence_after(ack, side->edge_ack) >= 0))
        return;
    side->edge_known = true;
    side->edge_seq = seq;
    side->edge_ack = ack;
}

/* Does the edge tell of what ends at seq? Octets beyond a hole may be anybody's, until the hole is
 * filled or given up, or the peer has received them. */
static bool edge_holds(const struct stream_side *side, uint32_t seq)
{
    return sequence_after(side->next, side->edge_from) >= 0 ||
           sequence_after(seq, side->edge_from) >= 0 ||
           sequence_after(side->acked, side->edge_from) > 0;
}

/* What the side had received when it first sent what ends at seq: a copy that was sent later may
 * acknowledge more. */
static uint32_t first_ack(const struct stream_side *side, uint32_t seq, uint32_t ack)
{
    if (side->edge_known && sequence_after(side->edge_seq, seq) >= 0 &&
        sequence_after(ack, side->edge_ack) > 0 && edge_holds(side, seq))
        ack = side->edge_ack;
    if (fin_is_acked(side) && sequence_after(side->fin_seq, seq) >= 0 &&
        sequence_after(ack, side->fin_ack) > 0)
        ack = side->fin_ack;
    return ack;
}

static void declare_gap(struct stream *stream, enum helo_side s, uint32_t len, helo_time time)
{
    struct stream_side *side = &stream->side[s];
    uint64_t offset = side->offset;

    stream->counts->gaps++;
    stream->counts->gap_bytes += len;
    side->guessed = false;
    side->next += len;
    side->offset += len;
    history_skip(&side->history, side->offset);
    note_beyond(stream, side);
    held_gap(stream, s, offset, len, time);
}

/* The offset in a side's octets that an acknowledgement of it stands for. A FIN has a sequence
 * number, but no octet. */
static int64_t acked_offset(const struct stream_side *side, uint32_t ack)
{
    int64_t ahead = sequence_after(ack, side->next - side->fin_delivered);
    if (side->fin_delivered && ahead > 0)
        ahead = 0;
    return (int64_t)side->offset + ahead;
}

/* The offset up to which the other side has acknowledged a side's octets. */
static uint64_t received(const struct stream_side *side)
{
    int64_t acked = acked_offset(side, side->acked);
    return acked > 0 ? (uint64_t)acked : 0;
}

/* Nothing follows a FIN. */
static void clip_at_fin(const struct stream_side *side, struct piece *piece)
{
    int32_t room = side->fin ? sequence_after(side->fin_seq, piece->seq) : INT32_MAX;
    uint32_t most = room > 0 ? (uint32_t)room : 0;
    if (piece->len + piece->cut <= most)
        return;
    piece->len = piece->len < most ? piece->len : most;
    piece->cut = piece->cut < most - piece->len ? piece->cut : most - piece->len;
}

/* Octets behind a FIN: the peer has taken the FIN, and they count for nothing, or it has not, and
 * it was not the side's own. */
static void weigh_fin(struct stream *stream, enum helo_side s, struct piece *piece)
{
    struct stream_side *side = &stream->side[s];
    uint32_t end = piece->seq + piece->len + piece->cut;
    if (!side->fin || sequence_after(end, side->fin_seq) <= 0)
        return;
    if (side->fin_delivered || fin_is_acked(side)) {
        clip_at_fin(side, piece);
        return;
    }
    side->fin = false;
    stream->consumer.conflict(stream->consumer.context, s, side->offset, piece->time);
}

/* Delivers a piece that begins at or before next; what was delivered before is skipped. */
static void deliver(struct stream *stream, enum helo_side s, struct piece *piece)
{
    struct stream_side *side = &stream->side[s];
    struct stream_side *other = &stream->side[1 - s];
    weigh_fin(stream, s, piece);
    uint32_t old = side->next - piece->seq;
    if (old > piece->len)
        old = piece->len;
    const uint8_t *data = old > 0 ? piece->data + old : piece->data;
    uint32_t len = piece->len - old;
    int32_t cut = sequence_after(piece->seq + piece->len + piece->cut, side->next + len);

    if (len > 0) {
        int64_t acked = piece->has_ack ? acked_offset(other, piece->ack) : 0;
        struct stream_chunk chunk = {.data = data,
                                     .len = len,
                                     .offset = side->offset,
                                     .acked = acked > 0 ? (uint64_t)acked : 0,
                                     .time = piece->time,
                                     .forced = is_absent(stream, other),
                                     .early = acked > (int64_t)other->offset + FIN_OCTET};
        history_add(&side->history, stream->mem, stream->counts->key, side->offset, data, len,
                    received(side));
        side->guessed = false;
        side->next += len;
        side->offset += len;
        note_beyond(stream, side);
        if (side->beyond_since == HELO_NO_TIME)
            side->want_since = HELO_NO_TIME; /* what was wanted was here already */
        held_bytes(stream, s, &chunk);
    }
    if (piece->cut > 0 && cut > 0) {
        /* No copy of these octets has more of them: unless the next one is here already. */
        if (side->waiting_count > 0) {
            int32_t room = sequence_after(side->waiting[0]->seq, side->next);
            cut = room < cut ? room : cut;
        }
        if (cut > 0)
            declare_gap(stream, s, (uint32_t)cut, piece->time);
    }
}

static bool may_go(const struct stream *stream, const struct stream_side *other, bool has_ack,
                   uint32_t ack)
{
    bool edge = other->known && (other->shown || !other->guessed);
    if (edge && (!has_ack || sequence_after(ack, other->next) <= 0))
        return true;
    return is_absent(stream, other);
}

/* How many octets of the hole before a waiting segment (or FIN) are to be given up. An
 * acknowledgement makes them lost; how long it has to be known is the caller's matter. */
static uint32_t lost_octets(const struct stream *stream, const struct stream_side *side,
                            const struct stream_side *other, uint32_t ahead, helo_time arrival)
{
    int32_t acked = sequence_after(side->acked, side->next);
    if (is_absent(stream, other) && stream->clock - arrival >= CAUSAL_WAIT)
        return ahead;
    if (acked <= 0)
        return 0;
    return (uint32_t)acked < ahead ? (uint32_t)acked : ahead;
}

static void deliver_first(struct stream *stream, enum helo_side s)
{
    struct stream_segment *first = waiting_shift(stream, &stream->side[s]);
    uint32_t ack = first_ack(&stream->side[s], first->seq + first->len, first->ack);
    struct piece piece = {first->data, first->seq,     first->len, first->cut,
                          ack,         first->has_ack, first->time};
    deliver(stream, s, &piece);
    segment_free(stream, first);
}

/* A FIN that acknowledges one octet more than there was came after the other side's own, which
 * nobody captured. */
static void infer_other_fin(struct stream *stream, enum helo_side s)
{
    const struct stream_side *side = &stream->side[s];
    struct stream_side *other = &stream->side[1 - s];
    if (other->fin || other->waiting_count > 0 || !other->known ||
        sequence_after(side->fin_ack, other->next) != 1)
        return;
    other->fin = true;
    other->fin_seq = other->next;
    other->fin_time = other->fin_arrival = side->fin_time;
    other->fin_delivered = true;
    other->next++;
    held_end(stream, (enum helo_side)(1 - s), side->fin_time);
}

static void deliver_fin(struct stream *stream, enum helo_side s)
{
    struct stream_side *side = &stream->side[s];
    if (fin_is_acked(side) || is_absent(stream, &stream->side[1 - s]))
        infer_other_fin(stream, s);
    side->fin_delivered = true;
    side->guessed = false;
    side->next++;
    held_end(stream, s, side->fin_time);
}

/* Segments behind a FIN that was delivered wait for nothing but its being refuted. */
static bool segment_waits(const struct stream_side *side)
{
    return side->waiting_count > 0 && !side->fin_delivered;
}

/* True if the FIN, and no segment, is what the side waits with first. Octets in its place make a
 * FIN that nobody acknowledges doubtful, so they come first. */
static bool fin_is_first(const struct stream_side *side)
{
    if (!fin_waits(side) || side->waiting_count == 0)
        return fin_waits(side);
    int32_t behind = sequence_after(side->waiting[0]->seq, side->fin_seq);
    return fin_is_acked(side) ? behind >= 0 : behind > 0;
}

/* The side whose first item has waited longest. */
static enum helo_side oldest_side(const struct stream *stream)
{
    helo_time arrival[HELO_SIDES];
    for (int s = 0; s < HELO_SIDES; s++) {
        const struct stream_side *side = &stream->side[s];
        arrival[s] = fin_is_first(side)    ? side->fin_arrival
                     : segment_waits(side) ? side->waiting[0]->arrival
                                           : INT64_MAX;
    }
    return arrival[HELO_SERVER] < arrival[HELO_CLIENT] ? HELO_SERVER : HELO_CLIENT;
}

/* What a step may do. Each is tried only when no side can do any of those before it: what is lost
 * is told before what waits for it goes on without it. */
enum step {
    STEP_READY,   /* deliver what all that it acknowledges has come before */
    STEP_LOST,    /* give up a hole that was acknowledged long enough ago */
    STEP_EXPIRED, /* deliver what has waited long enough */
    STEP_HOLE,    /* give up a hole that is acknowledged, however short a time */
    STEP_FORCED,  /* give up or deliver whatever is first */
};

/* The first thing that a side waits with: a segment, or else its FIN. */
struct first {
    const struct stream_segment *segment; /* NULL: the FIN */
    helo_time arrival;
    helo_time time;
    uint32_t ack;
    bool has_ack;
    int32_t ahead; /* octets missing before it */
};

static bool find_first(const struct stream_side *side, struct first *first)
{
    if (!segment_waits(side) && !fin_waits(side))
        return false;
    if (!fin_is_first(side)) {
        const struct stream_segment *segment = side->waiting[0];
        uint32_t ack = first_ack(side, segment->seq + segment->len, segment->ack);
        *first =
            (struct first){segment, segment->arrival, segment->time,
                           ack,     segment->has_ack, sequence_after(segment->seq, side->next)};
    } else {
        uint32_t ack = first_ack(side, side->fin_seq + 1, side->fin_ack);
        *first = (struct first){NULL,           side->fin_arrival,
                                side->fin_time, ack,
                                true,           sequence_after(side->fin_seq, side->next)};
    }
    return true;
}

/* A FIN counts once the peer acknowledges it. Of a peer that is not captured nobody waits for that,
 * nor for long of one that has sent its own FIN: its last acknowledgement may well be missing. */
static bool waits_for_fin_ack(const struct stream *stream, enum helo_side s,
                              const struct first *first)
{
    const struct stream_side *side = &stream->side[s];
    const struct stream_side *other = &stream->side[1 - s];
    bool left = other->fin_delivered && stream->clock - side->fin_arrival >= CAUSAL_WAIT;
    return first->segment == NULL && !fin_is_acked(side) && !left && !is_absent(stream, other);
}

static bool give_up_hole(struct stream *stream, enum helo_side s, enum step step,
                         const struct first *first)
{
    struct stream_side *side = &stream->side[s];
    uint32_t ahead = (uint32_t)first->ahead;
    uint32_t lost = ahead;
    if (step == STEP_READY || step == STEP_EXPIRED)
        return false;
    if (step == STEP_LOST && side->beyond_since != HELO_NO_TIME &&
        stream->clock - side->beyond_since < CAUSAL_WAIT)
        return false;
    if (step != STEP_FORCED)
        lost = lost_octets(stream, side, &stream->side[1 - s], ahead, first->arrival);
    if (lost > 0)
        declare_gap(stream, s, lost, first->time);
    return lost > 0;
}

/* One step of one side; false if it can't do it. */
static bool step(struct stream *stream, enum helo_side s, enum step step)
{
    struct stream_side *side = &stream->side[s];
    struct first first;
    if (!find_first(side, &first))
        return false;
    if (first.ahead > 0)
        return give_up_hole(stream, s, step, &first);
    bool ready = may_go(stream, &stream->side[1 - s], first.has_ack, first.ack);
    bool expired = stream->clock - first.arrival >= CAUSAL_WAIT;
    bool in_time = ready || (step == STEP_EXPIRED && expired);
    if (step != STEP_FORCED && (!in_time || waits_for_fin_ack(stream, s, &first)))
        return false;
    if (first.segment != NULL)
        deliver_first(stream, s);
    else
        deliver_fin(stream, s);
    return true;
}

static bool has_expired(const struct stream *stream, enum helo_side s)
{
    struct first first;
    return find_first(&stream->side[s], &first) && stream->clock - first.arrival >= CAUSAL_WAIT;
}

/* Both sides wait for each other: one copy is a retransmission that acknowledges more than the
 * original did. Commands come before their replies, so the client goes first. */
static bool is_deadlock(const struct stream *stream)
{
    struct first client, server;
    return find_first(&stream->side[HELO_CLIENT], &client) && client.ahead <= 0 &&
           !waits_for_fin_ack(stream, HELO_CLIENT, &client) &&
           find_first(&stream->side[HELO_SERVER], &server) && server.ahead <= 0;
}

static bool step_either(struct stream *stream, enum step kind)
{
    enum helo_side s = oldest_side(stream);
    bool expired = kind == STEP_EXPIRED && has_expired(stream, s);
    if (s == HELO_SERVER && (expired || kind == STEP_FORCED) && is_deadlock(stream))
        return step(stream, HELO_CLIENT, STEP_FORCED);
    return step(stream, s, kind) || step(stream, (enum helo_side)(1 - s), kind);
}

static void pump(struct stream *stream)
{
    while (step_either(stream, STEP_READY) || step_either(stream, STEP_LOST) ||
           step_either(stream, STEP_EXPIRED))
        ;
}

/* Delivers or gives up everything. */
static void drain(struct stream *stream)
{
    do
        pump(stream);
    while (step_either(stream, STEP_HOLE) || step_either(stream, STEP_FORCED));
}

/* Makes room in a full list: the hole if it is acknowledged, else what waits for the other side,
 * else the farthest segment goes. False if the newcomer itself is the farthest. */
static bool make_room(struct stream *stream, enum helo_side s, uint32_t seq)
{
    struct stream_side *side = &stream->side[s];
    int32_t ahead = sequence_after(side->waiting[0]->seq, side->next);
    if (ahead <= 0 || sequence_after(side->acked, side->next) > 0) {
        step(stream, s, ahead > 0 ? STEP_HOLE : STEP_FORCED);
        pump(stream);
        return true;
    }
    stream->counts->dropped++;
    return waiting_drop_farthest(stream, side, seq);
}

static void queue(struct stream *stream, enum helo_side s, const struct piece *piece)
{
    struct stream_side *side = &stream->side[s];
    bool conflict = false;
    for (;;) {
        enum waiting_result result = waiting_insert(stream, side, piece, &conflict);
        if (result == WAITING_FAILED)
            stream->counts->dropped++;
        if (result != WAITING_FULL || side->waiting_count == 0 || !make_room(stream, s, piece->seq))
            break;
    }
    bool may_be_acked =
        side->acked_at == HELO_NO_TIME || sequence_after(piece->seq, side->acked) < 0;
    bool keep_alive = piece->len == 1 && may_be_acked;
    if (conflict && !keep_alive)
        stream->consumer.conflict(stream->consumer.context, s, side->offset, piece->time);
}

/* Of several FINs the last one counts, while none is acknowledged: a TCP sends its FIN again at the
 * same place, so others are not all its own. */
static void note_fin(struct stream *stream, struct stream_side *side, const struct segment *segment,
                     uint32_t seq)
{
    if ((segment->flags & SEGMENT_FIN) == 0 || side->fin_delivered)
        return;
    if (side->fin && seq == side->fin_seq) {
        if (sequence_after(side->fin_ack, segment->ack) > 0)
            side->fin_ack = segment->ack;
        return;
    }
    if (sequence_after(seq, side->next) < 0 || fin_is_acked(side))
        return; /* octets behind it are delivered, or another FIN holds */
    side->fin = true;
    side->fin_seq = seq;
    side->fin_ack = segment->ack;
    side->fin_time = segment->time;
    side->fin_arrival = stream->clock;
}

/* The peer acknowledges octets behind the FIN: it was not the side's own. If the consumer has heard
 * of the end already, the acknowledgement of the FIN was made up as well; then somebody must have
 * seen such octets, and of a side alone they are enough. True if the consumer is told. */
static bool refute_fin(struct stream *stream, enum helo_side s, helo_time time)
{
    struct stream_side *side = &stream->side[s];
    bool told = side->fin_delivered;
    bool acked = sequence_after(side->acked, side->fin_seq) > FIN_OCTET;
    bool said = sequence_after(side->end, side->fin_seq) > FIN_OCTET;
    if (!side->fin || (told && !said) || (!acked && !is_absent(stream, &stream->side[1 - s])) ||
        (!told && !acked))
        return false;
    side->fin = side->fin_delivered = false;
    if (told) {
        side->next--;
        held_resume(stream, s);
    }
    stream->consumer.conflict(stream->consumer.context, s, side->offset, time);
    return told;
}

/* A keep-alive (RFC 9293 section 3.8.4) repeats the last acknowledged octet, possibly with garbage:
 * it says nothing about the octet. One that was delivered or acknowledged long ago is one; so is
 * any whose acknowledgement can't be known because the other side is not captured, or may have come
 * before the stream was made. */
static bool is_keep_alive(const struct stream *stream, const struct stream_side *side,
                          const struct stream_side *other, const struct piece *piece)
{
    bool acked = sequence_after(piece->seq, side->acked) < 0;
    if (piece->len != 1 || piece->cut > 0)
        return false;
    if (sequence_after(piece->seq, side->next) < 0)
        return acked || other->want_since != HELO_NO_TIME || side->acked_at == HELO_NO_TIME;
    return acked && side->acked_at != HELO_NO_TIME && stream->clock - side->acked_at >= CAUSAL_WAIT;
}

/* Octets that come again: are they the same? What is remembered no more has been received, as a
 * rule, and then no other octets can take its place; else nobody can tell. */
static void check_history(struct stream *stream, enum helo_side s, const struct piece *piece)
{
    struct stream_side *side = &stream->side[s];
    uint32_t old = side->next - piece->seq;
    uint64_t unchecked;
    if (side->fin_delivered)
        old--; /* next has stepped over the FIN, which has no octet */
    if (old > side->offset)
        return;
    uint64_t offset = side->offset - old;
    if (!history_agrees(&side->history, stream->counts->key, offset, piece->data, piece->len,
                        side->offset, &unchecked))
        stream->consumer.conflict(stream->consumer.context, s, offset, piece->time);
    else if (unchecked > received(side))
        stream->consumer.unchecked(stream->consumer.context, s, offset, piece->time);
}

/* Nothing follows a FIN, but if it turns out to be somebody else's these octets will be wanted. */
static void keep_behind_fin(struct stream *stream, struct stream_side *side, struct piece piece)
{
    int32_t before = sequence_after(side->fin_seq, piece.seq);
    bool conflict;
    if (before > 0 && (uint32_t)before < piece.len) {
        piece.data += before;
        piece.seq += (uint32_t)before;
        piece.len -= (uint32_t)before;
    } else if (before > 0) {
        return;
    }
    if (waiting_insert(stream, side, &piece, &conflict) != WAITING_QUEUED)
        stream->counts->dropped++;
}

static void take_piece(struct stream *stream, enum helo_side s, struct piece *piece)
{
    struct stream_side *side = &stream->side[s];
    struct stream_side *other = &stream->side[1 - s];

    if (side->fin_delivered) {
        keep_behind_fin(stream, side, *piece);
        clip_at_fin(side, piece);
        if (piece->len + piece->cut == 0)
            return;
    }
    if (is_keep_alive(stream, side, other, piece))
        return;
    if (sequence_after(piece->seq, side->next) < 0) {
        check_history(stream, s, piece);
        if (sequence_after(piece->seq + piece->len + piece->cut, side->next) <= 0)
            return;
    }
    if (side->waiting_count == 0 && sequence_after(piece->seq, side->next) <= 0 &&
        may_go(stream, other, piece->has_ack, piece->ack)) {
        deliver(stream, s, piece);
        return;
    }
    uint32_t old = side->next - piece->seq;
    if ((int32_t)old > 0 && old <= piece->len) {
        piece->data += old;
        piece->seq += old;
        piece->len -= old;
    }
    queue(stream, s, piece);
}

/* A segment of octets that were sent before, with their acknowledgement of that time, and of new
 * ones is taken as two. */
static void take_payload(struct stream *stream, enum helo_side s, struct piece *piece)
{
    struct stream_side *side = &stream->side[s];
    uint32_t before = side->edge_seq - piece->seq;
    if (before < piece->len && side->waiting_count > 0 && waiting_doubt(side, piece))
        side->edge_known = false; /* the edge may be somebody else's */
    if (side->edge_known && piece->has_ack && before > 0 && before < piece->len &&
        sequence_after(piece->ack, side->edge_ack) > 0) {
        struct piece front = *piece;
        front.len = before;
        front.cut = 0;
        front.ack = side->edge_ack;
        take_piece(stream, s, &front);
        piece->data += before;
        piece->seq += before;
        piece->len -= before;
    }
    if (piece->has_ack)
        piece->ack = first_ack(side, piece->seq + piece->len, piece->ack);
    take_piece(stream, s, piece);
}

/* Notes a segment out of the window; true if enough of them on end agree, over both sides. */
static bool confirm_stray(struct stream_side *side, const struct stream_side *other,
                          const struct segment *segment, uint32_t seq)
{
    int32_t one = sequence_after(segment->ack, other->stray_seq);
    int32_t two = sequence_after(seq, other->stray_ack);
    bool agrees = other->strays > 0 && one <= STRAY_AGREEMENT && one >= -STRAY_AGREEMENT &&
                  two <= STRAY_AGREEMENT && two >= -STRAY_AGREEMENT;

    if ((segment->flags & SEGMENT_ACK) == 0)
        return false;
    if (!agrees)
        side->strays = 0;
    if (side->strays < STRAYS_TO_BELIEVE)
        side->strays++;
    side->stray_seq = seq;
    side->stray_ack = segment->ack;
    return agrees && side->strays + other->strays >= STRAYS_TO_BELIEVE;
}

/* Both directions jumped, each confirmed by the other's acknowledgement: the capture lost more
 * than a window. */
static bool resync(struct stream *stream, enum helo_side s, const struct segment *segment,
                   uint32_t seq)
{
    struct stream_side *side = &stream->side[s];
    struct stream_side *other = &stream->side[1 - s];

    if (!confirm_stray(side, other, segment, seq))
        return false;
    if (sequence_after(seq, side->next) < 0 || sequence_after(segment->ack, other->next) < 0)
        return false;
    side->strays = other->strays = 0;
    drain(stream);
    if (sequence_after(segment->ack, other->next) > 0)
        declare_gap(stream, (enum helo_side)(1 - s), segment->ack - other->next, segment->time);
    if (sequence_after(seq, side->next) > 0)
        declare_gap(stream, s, seq - side->next, segment->time);
    side->acked = side->end = side->next;
    other->acked = other->end = other->next;
    return true;
}

/* Sets an edge that is not known, or lowers one that was guessed too high. */
static void lower_edge(const struct stream *stream, struct stream_side *side, uint32_t seq)
{
    int32_t below = sequence_after(side->next, seq);
    if (side->known && !side->guessed)
        return;
    if (!side->known)
        set_edge(side, seq);
    else if (below > 0 && below <= (int32_t)LIMIT_UNKNOWN_WINDOW)
        side->next = seq;
    note_beyond(stream, side);
}

static bool accept(struct stream *stream, enum helo_side s, const struct segment *segment,
                   uint32_t seq)
{
    struct stream_side *side = &stream->side[s];
    struct stream_side *other = &stream->side[1 - s];
    bool has_ack = (segment->flags & SEGMENT_ACK) != 0;

    if (!has_ack && (segment->flags & (SEGMENT_SYN | SEGMENT_RST)) == 0)
        return false;
    lower_edge(stream, side, seq);
    if (has_ack)
        lower_edge(stream, other, segment->ack);
    if (seq_in_window(side, other, seq, (int64_t)segment->payload_len + segment->cut) &&
        (!has_ack || (segment->flags & SEGMENT_RST) || ack_in_window(side, other, segment->ack)))
        return true;
    return (segment->flags & SEGMENT_RST) == 0 && resync(stream, s, segment, seq);
}

/* Is the RST where its sender's own would be (RFC 5961 section 3.2)? Anybody can hit the window. */
static bool rst_is_exact(const struct stream_side *side, uint32_t seq)
{
    return seq == side->next || seq == side->acked || seq == side->end ||
           (side->fin && seq == side->fin_seq + FIN_OCTET);
}

static void note_rst(struct stream_side *side, uint32_t seq, helo_time time)
{
    side->rst = true;
    side->rst_doubted = !rst_is_exact(side, seq);
    side->rst_seq = seq;
    side->rst_time = time;
}

void stream_note_rst(struct stream *stream, enum helo_side s, uint32_t seq, helo_time time)
{
    note_rst(&stream->side[s], seq, time);
    stream->side[s].rst_early = true;
}

/* One elsewhere in the window ends nothing, as its receiver does not take it either. But if nothing
 * more comes, the octets before it may only not have been captured, and it may have been the end:
 * then stream_unseen counts them. */
static enum stream_verdict take_rst(struct stream *stream, enum helo_side s,
                                    const struct segment *segment)
{
    struct stream_side *side = &stream->side[s];
    if (sequence_after(segment->seq, side->next) < 0 && segment->seq != side->acked) {
        stream->counts->out_of_window++;
        return STREAM_DROPPED;
    }
    bool exact = rst_is_exact(side, segment->seq);
    if (!side->rst || (side->rst_doubted && exact))
        note_rst(side, segment->seq, segment->time);
    if (exact)
        side->rst_early = false;
    if (!side->rst_doubted && (segment->flags & SEGMENT_ACK) != 0)
        note_ack(stream, &stream->side[1 - s], segment->ack);
    return side->rst_doubted ? STREAM_TAKEN : STREAM_RESET;
}

/* A side that sends octets or a FIN behind its RST, or when what was under way must have come, did
 * not send the RST. */
static bool revives(const struct stream *stream, const struct stream_side *side,
                    const struct segment *segment)
{
    if (!side->rst || side->rst_delivered)
        return false;
    bool speaks = segment->payload_len > 0 || (segment->flags & SEGMENT_FIN) != 0;
    bool behind = segment->payload_len > 0 &&
                  sequence_after(segment->seq + segment->payload_len, side->rst_seq) > 0;
    bool late = stream->clock - side->rst_time >= CAUSAL_WAIT;
    return behind || (speaks && late);
}

/* Nor did a side whose peer says something new when it must have received the RST. */
static bool outlives(const struct stream_side *side, const struct stream_side *peer,
                     const struct segment *segment)
{
    return side->rst && !side->rst_delivered && segment->payload_len > 0 &&
           sequence_after(segment->seq + segment->payload_len, peer->end) > 0 &&
           segment->time - side->rst_time >= CAUSAL_WAIT;
}

/* Takes back a RST that the segment refutes, of either side. True if one that counted was. */
static bool refute_rst(struct stream *stream, enum helo_side s, const struct segment *segment)
{
    bool counted = false;
    for (int i = 0; i < HELO_SIDES; i++) {
        struct stream_side *side = &stream->side[i];
        bool refuted = i == (int)s ? revives(stream, side, segment)
                                   : outlives(side, &stream->side[s], segment);
        if (!refuted)
            continue;
        if (!side->rst_doubted)
            stream->consumer.conflict(stream->consumer.context, (enum helo_side)i, side->offset,
                                      segment->time);
        counted |= !side->rst_doubted;
        side->rst = side->rst_doubted = side->rst_early = false;
    }
    return counted;
}

enum stream_verdict stream_push(struct stream *stream, enum helo_side s,
                                const struct segment *segment, helo_time clock)
{
    struct stream_side *side = &stream->side[s];
    struct stream_side *other = &stream->side[1 - s];
    uint32_t seq = segment->seq + ((segment->flags & SEGMENT_SYN) != 0);

    stream->clock = clock;
    if (!accept(stream, s, segment, seq)) {
        stream->counts->out_of_window++;
        return STREAM_DROPPED;
    }
    learn_window(side, segment);
    if (segment->flags & SEGMENT_RST)
        return take_rst(stream, s, segment);
    side->strays = 0;
    side->shown = true;
    if (segment->flags & SEGMENT_SYN)
        side->guessed = false;
    side->want_since = HELO_NO_TIME;
    if (segment->flags & SEGMENT_ACK) {
        note_ack(stream, other, segment->ack);
        note_edge(side, segment, seq);
    }

    enum stream_verdict verdict = STREAM_TAKEN;
    if (refute_rst(stream, s, segment))
        verdict = STREAM_REVIVED;
    uint32_t end = seq + segment->payload_len + segment->cut;
    bool bare_fin = end == seq && (segment->flags & SEGMENT_FIN) != 0;
    if (sequence_after(end, side->end) > 0 && !bare_fin)
        side->end = end;
    for (int i = 0; (side->fin || other->fin) && i < HELO_SIDES; i++) {
        if (refute_fin(stream, (enum helo_side)i, segment->time))
            verdict = STREAM_REVIVED;
    }
    if (segment->doubtful && segment->payload_len > 0)
        stream->consumer.unchecked(stream->consumer.context, s, side->offset, segment->time);
    if (segment->payload_len + segment->cut > 0) {
        struct piece piece = {segment->payload, seq,          segment->payload_len,
                              segment->cut,     segment->ack, (segment->flags & SEGMENT_ACK) != 0,
                              segment->time};
        take_payload(stream, s, &piece);
    }
    note_fin(stream, side, segment, end);
    if (stream_is_waiting(stream))
        pump(stream);
    return verdict;
}

static helo_time earlier(helo_time a, helo_time b)
{
    return a < b ? a : b;
}

static helo_time side_deadline(const struct stream *stream, enum helo_side s)
{
    const struct stream_side *side = &stream->side[s];
    const struct stream_side *other = &stream->side[1 - s];
    helo_time absent = other->want_since == HELO_NO_TIME ? INT64_MAX : other->want_since + ABSENT;
    helo_time deadline = INT64_MAX;

    if (side->held != NULL)
        deadline = absent;
    struct first first;
    if (!find_first(side, &first))
        return deadline;
    helo_time waited = first.arrival + CAUSAL_WAIT;
    if (first.ahead <= 0 && waits_for_fin_ack(stream, s, &first)) {
        helo_time left = other->fin_delivered ? side->fin_arrival + CAUSAL_WAIT : INT64_MAX;
        return earlier(deadline, earlier(left, absent > waited ? absent : waited));
    }
    if (first.ahead <= 0)
        return earlier(deadline, waited);
    if (side->beyond_since != HELO_NO_TIME)
        deadline = earlier(deadline, side->beyond_since + CAUSAL_WAIT);
    return earlier(deadline, absent > waited ? absent : waited);
}

helo_time stream_deadline(const struct stream *stream)
{
    return earlier(side_deadline(stream, HELO_CLIENT), side_deadline(stream, HELO_SERVER));
}

void stream_expire(struct stream *stream, helo_time clock)
{
    if (clock > stream->clock)
        stream->clock = clock;
    pump(stream);
    for (int s = 0; s < HELO_SIDES; s++) {
        if (stream->side[s].held != NULL && is_absent(stream, &stream->side[1 - s]))
            held_release(stream, (enum helo_side)s, true);
    }
    pump(stream);
}

/* A doubted RST was captured before its side's last octets if those have come up to it. */
static void settle_rst(const struct stream *stream, struct stream_side *side)
{
    if (!side->rst_doubted)
        return;
    if (stream_is_over(stream))
        side->rst = side->rst_doubted = false;
    else if (rst_is_exact(side, side->rst_seq))
        side->rst_doubted = false;
}

static void end_by_rst(struct stream *stream)
{
    for (int s = 0; s < HELO_SIDES; s++)
        settle_rst(stream, &stream->side[s]);
    for (int s = 0; s < HELO_SIDES; s++) {
        struct stream_side *side = &stream->side[s];
        if (side->rst && !side->rst_doubted && !side->rst_delivered) {
            side->rst_delivered = true;
            stream->consumer.end(stream->consumer.context, (enum helo_side)s, STREAM_END_RST,
                                 side->rst_time);
        }
    }
}

void stream_finish(struct stream *stream, helo_time clock)
{
    if (clock > stream->clock)
        stream->clock = clock;
    drain(stream);
    held_release(stream, HELO_CLIENT, true);
    held_release(stream, HELO_SERVER, true);
    end_by_rst(stream);
}

static uint32_t later(uint32_t a, uint32_t b)
{
    return sequence_after(a, b) > 0 ? a : b;
}

uint64_t stream_unseen(const struct stream *stream, enum helo_side s)
{
    const struct stream_side *side = &stream->side[s];
    uint32_t end = side->fin_delivered ? side->acked : later(side->end, side->acked);
    if (fin_waits(side))
        end = later(end, side->fin_seq);
    if (side->rst)
        end = later(end, side->rst_seq);
    int32_t unseen = sequence_after(end, side->next);
    return unseen > 0 ? (uint64_t)unseen : 0;
}

bool stream_is_reset(const struct stream *stream)
{
    const struct stream_side *a = &stream->side[0];
    const struct stream_side *b = &stream->side[1];
    return (a->rst && !a->rst_doubted) || (b->rst && !b->rst_doubted);
}

bool stream_is_over(const struct stream *stream)
{
    return (stream->side[0].fin_delivered && stream->side[1].fin_delivered) ||
           stream_is_reset(stream);
}

bool stream_is_over_for_sure(const struct stream *stream)
{
    const struct stream_side *a = &stream->side[0];
    const struct stream_side *b = &stream->side[1];
    return (fin_is_acked(a) && fin_is_acked(b)) ||
           (stream_is_reset(stream) && !a->rst_early && !b->rst_early);
}

bool stream_is_disputed(const struct stream *stream)
{
    return stream->side[0].rst_doubted || stream->side[1].rst_doubted;
}

void stream_close(struct stream *stream)
{
    for (int s = 0; s < HELO_SIDES; s++) {
        struct stream_side *side = &stream->side[s];
        while (side->waiting_count > 0)
            segment_free(stream, waiting_shift(stream, side));
        waiting_trim(stream, side);
        history_free(&side->history, stream->mem);
        held_drop(stream, (enum helo_side)s);
    }
}
