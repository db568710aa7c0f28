/* The TCP handshake as a bystander sees it: which SYN counts, who is client. */
#include "flow/flow.h"

/* A pick-up takes the first edges it sees; where a SYN was seen, its answer may only be late. */
static void learn_edge(struct flow_half *half, uint32_t edge, bool guessed)
{
    if (half->edge_known)
        return;
    half->edge = edge;
    half->edge_known = true;
    half->edge_guessed = guessed;
}

static void learn_syn(struct flow_half *half, const struct segment *segment)
{
    half->syn_seen = true;
    half->isn = segment->seq;
    half->edge = segment->seq + 1;
    half->edge_known = true;
    half->edge_guessed = false;
    half->window_scale = segment->window_scale < 0 ? -1 : segment->window_scale & 0x7f;
    half->rst = false; /* nobody sends it before its SYN */
}

/* A SYN on a tuple whose sender already has a sequence number: the same again, or a candidate. */
static enum flow_verdict second_syn(struct flow *flow, unsigned direction,
                                    const struct segment *segment)
{
    struct flow_half *half = &flow->half[direction];
    struct flow_half *other = &flow->half[1 - direction];

    if (half->edge_known && half->edge == segment->seq + 1 && !half->syn_seen) {
        /* Its SYN-ACK was captured before it. */
        learn_syn(half, segment);
        return FLOW_GO_ON;
    }
    if (half->syn_seen && half->isn == segment->seq)
        return FLOW_GO_ON;
    if (flow->closing || flow->class == FLOW_CLOSED)
        return FLOW_RESTART;
    if (other->has_candidate && other->has_answered && other->answered == segment->seq + 1)
        return FLOW_RESTART;
    half->has_candidate = true;
    half->candidate = segment->seq;
    half->has_answered = false;
    return FLOW_IGNORE;
}

static enum flow_verdict syn(struct flow *flow, unsigned direction, const struct segment *segment)
{
    struct flow_half *half = &flow->half[direction];

    if ((half->edge_known && !half->edge_guessed) || flow->class == FLOW_CLOSED)
        return second_syn(flow, direction, segment);
    learn_syn(half, segment);
    if (flow->client < 0)
        flow->client = (int8_t)direction;
    return FLOW_GO_ON;
}

static enum flow_verdict syn_ack(struct flow *flow, unsigned direction,
                                 const struct segment *segment)
{
    struct flow_half *half = &flow->half[direction];
    struct flow_half *other = &flow->half[1 - direction];
    bool over = flow->class == FLOW_CLOSED || flow->closing;
    bool unknown = !half->edge_known || half->edge_guessed;

    if (half->syn_seen && half->isn == segment->seq)
        return over ? FLOW_IGNORE : FLOW_GO_ON;
    if (unknown && (!other->edge_known || other->edge == segment->ack)) {
        if (flow->class == FLOW_CLOSED && !flow->unheard)
            return FLOW_IGNORE;
        learn_syn(half, segment);
        learn_edge(other, segment->ack, false);
        flow->client = (int8_t)(1 - direction);
        return FLOW_GO_ON;
    }
    if (over || (other->has_candidate && segment->ack == other->candidate + 1))
        return FLOW_RESTART;
    half->has_candidate = true;
    half->candidate = segment->seq;
    half->has_answered = true;
    half->answered = segment->ack;
    return FLOW_IGNORE;
}

enum flow_verdict flow_handshake(struct flow *flow, unsigned direction,
                                 const struct segment *segment)
{
    if (segment->flags & SEGMENT_RST)
        return FLOW_GO_ON;
    if (segment->flags & SEGMENT_SYN)
        return segment->flags & SEGMENT_ACK ? syn_ack(flow, direction, segment)
                                            : syn(flow, direction, segment);
    if (flow->class == FLOW_CLOSED)
        return FLOW_IGNORE;
    if ((segment->flags & SEGMENT_ACK) == 0)
        return FLOW_GO_ON;
    learn_edge(&flow->half[direction], segment->seq, !flow->midstream);
    learn_edge(&flow->half[1 - direction], segment->ack, !flow->midstream);
    return FLOW_GO_ON;
}
