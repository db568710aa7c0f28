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

/* Where the side's next segment begins: its FIN has a sequence number, but no octet. */
static uint32_t edge_of(const struct stream_side *side)
{
    return side->next + side->fin_delivered;
}

/* acked or next has moved: since when is more acknowledged than was delivered? */
static void note_beyond(struct stream_side *side, helo_time clock)
{
    if (sequence_after(side->acked, edge_of(side)) <= 0)
        side->beyond_since = HELO_NO_TIME;
    else if (side->beyond_since == HELO_NO_TIME)
        side->beyond_since = clock;
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

static void note_ack(struct stream *stream, struct stream_side *to, uint32_t ack)
{
    if (sequence_after(ack, to->acked) > 0) {
        to->acked = ack;
        to->acked_at = stream->clock;
    }
    note_beyond(to, stream->clock);
    if (sequence_after(ack, edge_of(to)) <= 0 && (to->shown || !to->guessed))
        return;
    if (to->want_since == HELO_NO_TIME)
        to->want_since = stream->clock;
}

static void note_edge(struct stream_side *side, uint32_t seq, uint32_t ack)
{
    int32_t ahead = side->edge_known ? sequence_after(seq, side->edge_seq) : 1;
    if (ahead < 0 || (ahead == 0 && sequence_after(ack, side->edge_ack) >= 0))
        return;
    side->edge_known = true;
    side->edge_seq = seq;
    side->edge_ack = ack;
}

/* The side itself went on behind its FIN: either is forged. */
static bool fin_is_disputed(const struct stream_side *side)
{
    return side->fin && (side->rival || waiting_reaches(side, side->fin_seq));
}

/* What the side had received when it first sent what ends at seq: a copy that was sent later may
 * acknowledge more. */
static uint32_t first_ack(const struct stream_side *side, uint32_t seq, uint32_t ack)
{
    if (side->edge_known && sequence_after(side->edge_seq, seq) >= 0 &&
        sequence_after(ack, side->edge_ack) > 0)
        ack = side->edge_ack;
    bool at_fin = side->fin && (seq == side->fin_seq || seq == side->fin_seq + FIN_OCTET);
    if (at_fin && !fin_is_disputed(side) && sequence_after(ack, side->fin_ack) > 0)
        ack = side->fin_ack;
    return ack;
}

/* Octets already delivered that come again: do they agree with what is remembered of them? */
static bool agrees_with_history(const struct stream_side *side, uint64_t offset,
                                const uint8_t *data, uint32_t len)
{
    uint64_t oldest = side->offset > LIMIT_HISTORY ? side->offset - LIMIT_HISTORY : 0;
    if (oldest < side->history_from)
        oldest = side->history_from;
    for (uint32_t i = 0; i < len; i++) {
        uint64_t at = offset + i;
        if (at >= oldest && at < side->offset && side->history[at % LIMIT_HISTORY] != data[i])
            return false;
    }
    return true;
}

/* Copies octets into the ring. */
static void put_history(struct stream_side *side, uint64_t offset, const uint8_t *data, size_t len)
{
    size_t at = offset % LIMIT_HISTORY;
    if (len == LIMIT_HISTORY_BULK && at + LIMIT_HISTORY_BULK <= LIMIT_HISTORY) {
        memcpy(side->history + at, data, LIMIT_HISTORY_BULK);
        return;
    }
    for (size_t i = 0; i < len; i++)
        side->history[(at + i) % LIMIT_HISTORY] = data[i];
}

/* Keeps the last octets delivered: all of what commands and replies are made of, but only a little
 * of bulk, where remembering would cost more than delivering. */
static void remember(struct stream_side *side, const uint8_t *data, size_t len)
{
    if (len <= LIMIT_HISTORY) {
        put_history(side, side->offset, data, len);
        return;
    }
    size_t skip = len - LIMIT_HISTORY_BULK;
    side->history_from = side->offset + skip;
    put_history(side, side->history_from, data + skip, LIMIT_HISTORY_BULK);
}

static void set_fin(struct stream *stream, struct stream_side *side, const struct fin *fin)
{
    side->fin = true;
    side->fin_seq = fin->seq;
    side->fin_ack = fin->ack;
    side->fin_time = fin->time;
    side->fin_arrival = stream->clock;
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
    side->history_from = side->offset;
    note_beyond(side, stream->clock);
    held_gap(stream, s, offset, len, time);
}

/* The offset in a side's octets that an acknowledgement of it stands for. A FIN has a sequence
 * number, but no octet. */
static int64_t acked_offset(const struct stream_side *side, uint32_t ack)
{
    int64_t ahead = sequence_after(ack, side->next);
    if (side->fin_delivered && ahead == FIN_OCTET)
        ahead = 0;
    return (int64_t)side->offset + ahead;
}

static void note_delivered(const struct stream *stream, struct stream_side *side)
{
    note_beyond(side, stream->clock);
    if (side->beyond_since == HELO_NO_TIME)
        side->want_since = HELO_NO_TIME; /* what was wanted was here already */
}

/* Delivers a piece that begins at or before next; what was delivered before is skipped. */
static void deliver(struct stream *stream, enum helo_side s, const struct piece *piece)
{
    struct stream_side *side = &stream->side[s];
    struct stream_side *other = &stream->side[1 - s];
    uint32_t old = side->next - piece->seq;
    if (old > piece->len)
        old = piece->len;
    uint32_t len = piece->len - old;
    const uint8_t *data = len > 0 ? piece->data + old : NULL;
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
        remember(side, data, len);
        side->guessed = false;
        side->next += len;
        side->offset += len;
        note_delivered(stream, side);
        held_bytes(stream, s, &chunk);
    }
    if (side->fin && sequence_after(side->fin_seq, side->next) < cut)
        cut = sequence_after(side->fin_seq, side->next);
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
    if (edge && (!has_ack || sequence_after(ack, edge_of(other)) <= 0))
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

/* When a disputed FIN ends its side all the same: the other side acknowledges its one octet and
 * then no more. */
static helo_time fin_wins_at(const struct stream_side *side)
{
    if (sequence_after(side->acked, side->fin_seq) != FIN_OCTET || side->acked_at == HELO_NO_TIME)
        return INT64_MAX;
    return side->acked_at + CAUSAL_WAIT;
}

static bool fin_waits(const struct stream *stream, const struct stream_side *side)
{
    return side->fin && !side->fin_delivered &&
           (!fin_is_disputed(side) || fin_wins_at(side) <= stream->clock);
}

/* Segments before the side's FIN, which alone can be delivered, wait. */
static bool segment_waits(const struct stream_side *side)
{
    return side->waiting_count > 0 &&
           (!side->fin || sequence_after(side->waiting[0]->seq, side->fin_seq) < 0);
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
    note_beyond(other, stream->clock);
    held_end(stream, (enum helo_side)(1 - s), side->fin_time);
}

static void deliver_fin(struct stream *stream, enum helo_side s)
{
    struct stream_side *side = &stream->side[s];
    infer_other_fin(stream, s);
    side->fin_delivered = true;
    side->guessed = false;
    note_delivered(stream, side);
    held_end(stream, s, side->fin_time);
}

/* The side whose first item has waited longest. */
static enum helo_side oldest_side(const struct stream *stream)
{
    helo_time arrival[HELO_SIDES];
    for (int s = 0; s < HELO_SIDES; s++) {
        const struct stream_side *side = &stream->side[s];
        arrival[s] = segment_waits(side)       ? side->waiting[0]->arrival
                     : fin_waits(stream, side) ? side->fin_arrival
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

static bool find_first(const struct stream *stream, enum helo_side s, struct first *first)
{
    const struct stream_side *side = &stream->side[s];
    if (segment_waits(side)) {
        const struct stream_segment *segment = side->waiting[0];
        uint32_t ack = first_ack(side, segment->seq + segment->len, segment->ack);
        *first =
            (struct first){segment, segment->arrival, segment->time,
                           ack,     segment->has_ack, sequence_after(segment->seq, side->next)};
    } else if (fin_waits(stream, side)) {
        uint32_t ack = first_ack(side, side->fin_seq + 1, side->fin_ack);
        *first = (struct first){NULL,           side->fin_arrival,
                                side->fin_time, ack,
                                true,           sequence_after(side->fin_seq, side->next)};
    } else {
        return false;
    }
    return true;
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
    struct first first;
    if (!find_first(stream, s, &first))
        return false;
    if (first.ahead > 0)
        return give_up_hole(stream, s, step, &first);
    bool ready = may_go(stream, &stream->side[1 - s], first.has_ack, first.ack);
    bool expired = stream->clock - first.arrival >= CAUSAL_WAIT;
    if (!ready && !(step == STEP_EXPIRED && expired) && step != STEP_FORCED)
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
    return find_first(stream, s, &first) && stream->clock - first.arrival >= CAUSAL_WAIT;
}

/* Both sides wait for each other: one copy is a retransmission that acknowledges more than the
 * original did. Commands come before their replies, so the client goes first. */
static bool is_deadlock(const struct stream *stream)
{
    struct first client, server;
    return find_first(stream, HELO_CLIENT, &client) && client.ahead <= 0 &&
           find_first(stream, HELO_SERVER, &server) && server.ahead <= 0;
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
    if (segment_waits(side) && step(stream, s, ahead > 0 ? STEP_HOLE : STEP_FORCED)) {
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
    bool behind_fin = side->fin && sequence_after(piece->seq, side->fin_seq) >= 0;
    if (conflict && !keep_alive && !behind_fin)
        stream->consumer.conflict(stream->consumer.context, s, side->offset, piece->time);
}

/* Another FIN than the one known. It may be the true one: the lower ends the side unless the other
 * side acknowledges more, the later captured of the others is kept beside it. */
static void note_rival(struct stream *stream, struct stream_side *side, const struct fin *fin)
{
    if (sequence_after(fin->seq, side->fin_seq) > 0) {
        side->rival_fin = *fin;
        side->rival = true;
    } else if (!side->fin_delivered && waiting_split_at(stream, side, fin->seq)) {
        side->rival_fin = (struct fin){side->fin_seq, side->fin_ack, side->fin_time};
        side->rival = true;
        set_fin(stream, side, fin);
    }
}

static void note_fin(struct stream *stream, struct stream_side *side, const struct segment *segment,
                     uint32_t seq)
{
    struct fin fin = {seq, segment->ack, segment->time};
    if ((segment->flags & SEGMENT_FIN) == 0)
        return;
    if (side->fin && seq == side->fin_seq) {
        if (sequence_after(side->fin_ack, segment->ack) > 0)
            side->fin_ack = segment->ack;
        return;
    }
    /* A FIN whose octet was lost looked like one of the hole's. */
    if (seq + FIN_OCTET == side->next && side->history_from == side->offset && side->offset > 0)
        fin.seq = side->next;
    if (sequence_after(fin.seq, side->next) < 0)
        stream->counts->out_of_window++; /* it went on long ago */
    else if (side->fin)
        note_rival(stream, side, &fin);
    else if (waiting_split_at(stream, side, fin.seq))
        set_fin(stream, side, &fin);
    else
        stream->counts->dropped++;
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

static void check_history(struct stream *stream, enum helo_side s, const struct piece *piece)
{
    struct stream_side *side = &stream->side[s];
    uint32_t old = side->next - piece->seq;
    uint32_t len = piece->len < old ? piece->len : old;
    if (old <= side->offset && !agrees_with_history(side, side->offset - old, piece->data, len))
        stream->consumer.conflict(stream->consumer.context, s, side->offset - old, piece->time);
}

static void take_piece(struct stream *stream, enum helo_side s, struct piece *piece)
{
    struct stream_side *side = &stream->side[s];
    struct stream_side *other = &stream->side[1 - s];

    if (is_keep_alive(stream, side, other, piece))
        return;
    if (side->fin) {
        int32_t room = sequence_after(side->fin_seq, piece->seq);
        if (room <= 0) {
            queue(stream, s, piece); /* nothing follows a FIN, unless it is forged */
            return;
        }
        if ((uint32_t)room < piece->len) {
            struct piece behind = *piece;
            piece_advance(&behind, (uint32_t)room);
            queue(stream, s, &behind);
            piece->len = (uint32_t)room;
            piece->cut = 0;
        }
    }
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
    const struct stream_side *side = &stream->side[s];
    uint32_t before = side->edge_seq - piece->seq;
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

/* The FIN was not the side's own: the side goes on. */
static void revoke_fin(struct stream *stream, enum helo_side s)
{
    struct stream_side *side = &stream->side[s];
    const struct stream_side *other = &stream->side[1 - s];
    bool told = side->fin_delivered && !held_take_back_end(stream, s);
    side->fin = side->fin_delivered = false;
    if (side->rival) {
        side->rival = false;
        if (sequence_after(side->rival_fin.seq, side->next) >= 0 &&
            waiting_split_at(stream, side, side->rival_fin.seq))
            set_fin(stream, side, &side->rival_fin);
    }
    note_beyond(side, stream->clock);
    stream->consumer.conflict(stream->consumer.context, s, side->offset, side->fin_time);
    if (!told)
        return;
    stream->consumer.resume(stream->consumer.context, s);
    /* If the other side has ended too it was the first to do so. */
    if (other->fin_delivered && !held_has_end(stream, (enum helo_side)(1 - s)))
        stream->consumer.end(stream->consumer.context, (enum helo_side)(1 - s), STREAM_END_FIN,
                             other->fin_time);
}

/* Takes back a FIN behind which its side goes on, and what lies there is acknowledged; or there is
 * no other side to acknowledge anything. An acknowledgement alone takes nothing back. */
static bool settle_fin(struct stream *stream, enum helo_side s)
{
    struct stream_side *side = &stream->side[s];
    bool revoked = false;
    while (fin_is_disputed(side)) {
        bool unheard = is_absent(stream, &stream->side[1 - s]) &&
                       stream->clock - side->fin_arrival >= CAUSAL_WAIT;
        if (sequence_after(side->acked, side->fin_seq) <= FIN_OCTET && !unheard)
            break;
        revoke_fin(stream, s);
        revoked = true;
    }
    return revoked;
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
    for (int i = 0; i < HELO_SIDES; i++) {
        while (stream->side[i].fin)
            revoke_fin(stream, (enum helo_side)i);
    }
    if (sequence_after(segment->ack, other->next) > 0)
        declare_gap(stream, (enum helo_side)(1 - s), segment->ack - other->next, segment->time);
    if (sequence_after(seq, side->next) > 0)
        declare_gap(stream, s, seq - side->next, segment->time);
    side->acked = side->end = side->next;
    other->acked = other->end = other->next;
    note_beyond(side, stream->clock);
    note_beyond(other, stream->clock);
    return true;
}

/* Sets an edge that is not known, or lowers one that was guessed too high. */
static void lower_edge(struct stream_side *side, uint32_t seq, helo_time clock)
{
    int32_t below = sequence_after(side->next, seq);
    if (!side->known)
        set_edge(side, seq);
    else if (side->guessed && below > 0 && below <= (int32_t)LIMIT_UNKNOWN_WINDOW)
        side->next = seq;
    note_beyond(side, clock);
}

static bool accept(struct stream *stream, enum helo_side s, const struct segment *segment,
                   uint32_t seq)
{
    struct stream_side *side = &stream->side[s];
    struct stream_side *other = &stream->side[1 - s];
    bool has_ack = (segment->flags & SEGMENT_ACK) != 0;

    if (!has_ack && (segment->flags & (SEGMENT_SYN | SEGMENT_RST)) == 0)
        return false;
    lower_edge(side, seq, stream->clock);
    if (has_ack)
        lower_edge(other, segment->ack, stream->clock);
    if (seq_in_window(side, other, seq, (int64_t)segment->payload_len + segment->cut) &&
        (!has_ack || (segment->flags & SEGMENT_RST) || ack_in_window(side, other, segment->ack)))
        return true;
    return (segment->flags & SEGMENT_RST) == 0 && resync(stream, s, segment, seq);
}

void stream_note_rst(struct stream *stream, enum helo_side s, uint32_t seq, helo_time time)
{
    struct stream_side *side = &stream->side[s];
    side->rst = true;
    side->rst_seq = seq;
    side->rst_time = time;
    side->rst_exact = seq == edge_of(side) || seq == side->acked || seq == side->end;
}

static enum stream_verdict take_rst(struct stream *stream, enum helo_side s,
                                    const struct segment *segment)
{
    struct stream_side *side = &stream->side[s];
    /* RFC 5961 section 3.2; not yet seen octets may lie before it, so the whole window counts. */
    if (sequence_after(segment->seq, side->next) < 0 && segment->seq != side->acked) {
        stream->counts->out_of_window++;
        return STREAM_DROPPED;
    }
    if (!side->rst)
        stream_note_rst(stream, s, segment->seq, segment->time);
    return STREAM_RESET;
}

/* A RST is not its side's own if the side sends octets behind it, or if either goes on for longer
 * than a mirror may be late: the side acknowledges more, or the other, whom it should have ended,
 * sends more. */
static bool disproves_rst(const struct stream_side *side, const struct stream_side *other,
                          const struct segment *segment, bool own)
{
    bool late = segment->time - side->rst_time >= ABSENT;
    if (!side->rst || side->rst_delivered)
        return false;
    if (!own)
        return late && segment->payload_len > 0 && sequence_after(segment->seq, other->end) >= 0;
    if (segment->payload_len > 0 && sequence_after(segment->seq, side->rst_seq) >= 0)
        return true;
    return late && (segment->flags & SEGMENT_ACK) != 0 &&
           sequence_after(segment->ack, other->acked) > 0;
}

static void settle_rst(struct stream *stream, enum helo_side s, const struct segment *segment)
{
    for (int i = 0; i < HELO_SIDES; i++) {
        struct stream_side *side = &stream->side[i];
        if (disproves_rst(side, &stream->side[1 - i], segment, i == (int)s))
            side->rst = false;
    }
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
    settle_rst(stream, s, segment);
    if (segment->flags & SEGMENT_ACK) {
        note_ack(stream, other, segment->ack);
        if (segment->payload_len > 0) /* a bare FIN or ACK is too easily forged ahead */
            note_edge(side, seq, segment->ack);
    }

    uint32_t end = seq + segment->payload_len + segment->cut;
    if (sequence_after(end, side->end) > 0)
        side->end = end;
    if (segment->payload_len + segment->cut > 0) {
        struct piece piece = {segment->payload, seq,          segment->payload_len,
                              segment->cut,     segment->ack, (segment->flags & SEGMENT_ACK) != 0,
                              segment->time};
        take_payload(stream, s, &piece);
    }
    note_fin(stream, side, segment, end);
    if (side->fin || other->fin) {
        settle_fin(stream, HELO_CLIENT);
        settle_fin(stream, HELO_SERVER);
    }
    if (stream_is_waiting(stream))
        pump(stream);
    return STREAM_TAKEN;
}

static helo_time earlier(helo_time a, helo_time b)
{
    return a < b ? a : b;
}

static helo_time later(helo_time a, helo_time b)
{
    return a > b ? a : b;
}

static helo_time side_deadline(const struct stream *stream, enum helo_side s)
{
    const struct stream_side *side = &stream->side[s];
    const struct stream_side *other = &stream->side[1 - s];
    helo_time absent = other->want_since == HELO_NO_TIME ? INT64_MAX : other->want_since + ABSENT;
    helo_time deadline = INT64_MAX;

    if (side->held != NULL)
        deadline = absent;
    if (fin_is_disputed(side) && absent != INT64_MAX)
        deadline = earlier(deadline, later(absent, side->fin_arrival + CAUSAL_WAIT));
    if (fin_is_disputed(side) && !side->fin_delivered && fin_wins_at(side) > stream->clock)
        deadline = earlier(deadline, fin_wins_at(side));
    bool segment = segment_waits(side);
    if (!segment && !fin_waits(stream, side))
        return deadline;
    helo_time waited = (segment ? side->waiting[0]->arrival : side->fin_arrival) + CAUSAL_WAIT;
    uint32_t seq = segment ? side->waiting[0]->seq : side->fin_seq;
    if (sequence_after(seq, side->next) <= 0)
        return earlier(deadline, waited);
    if (side->beyond_since != HELO_NO_TIME)
        deadline = earlier(deadline, side->beyond_since + CAUSAL_WAIT);
    return earlier(deadline, later(absent, waited));
}

helo_time stream_deadline(const struct stream *stream)
{
    return earlier(side_deadline(stream, HELO_CLIENT), side_deadline(stream, HELO_SERVER));
}

void stream_expire(struct stream *stream, helo_time clock)
{
    if (clock > stream->clock)
        stream->clock = clock;
    settle_fin(stream, HELO_CLIENT);
    settle_fin(stream, HELO_SERVER);
    pump(stream);
    for (int s = 0; s < HELO_SIDES; s++) {
        if (stream->side[s].held != NULL && is_absent(stream, &stream->side[1 - s]))
            held_release(stream, (enum helo_side)s, true);
    }
    pump(stream);
}

static void end_by_rst(struct stream *stream)
{
    for (int s = 0; s < HELO_SIDES; s++) {
        struct stream_side *side = &stream->side[s];
        if (side->rst && !side->rst_delivered) {
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

uint64_t stream_unseen(const struct stream *stream, enum helo_side s)
{
    const struct stream_side *side = &stream->side[s];
    uint32_t end = sequence_after(side->end, side->acked) > 0 ? side->end : side->acked;
    if (side->rst && sequence_after(side->rst_seq, end) > 0)
        end = side->rst_seq;
    int32_t unseen = sequence_after(end, edge_of(side));
    return unseen > 0 ? (uint64_t)unseen : 0;
}

bool stream_is_over(const struct stream *stream)
{
    const struct stream_side *a = &stream->side[0];
    const struct stream_side *b = &stream->side[1];
    return (a->fin_delivered && b->fin_delivered) || a->rst || b->rst;
}

static bool fin_is_taken(const struct stream_side *side)
{
    return side->fin_delivered && sequence_after(side->acked, side->fin_seq) == FIN_OCTET;
}

bool stream_is_over_for_sure(const struct stream *stream)
{
    const struct stream_side *a = &stream->side[0];
    const struct stream_side *b = &stream->side[1];
    return (fin_is_taken(a) && fin_is_taken(b)) || (a->rst && a->rst_exact) ||
           (b->rst && b->rst_exact);
}

void stream_close(struct stream *stream)
{
    for (int s = 0; s < HELO_SIDES; s++) {
        struct stream_side *side = &stream->side[s];
        while (side->waiting_count > 0)
            segment_free(stream, waiting_shift(stream, side));
        waiting_trim(stream, side);
        held_drop(stream, (enum helo_side)s);
    }
}
