/* TLS inside a dialogue: when its handshake is told, and what of it is out of order. */
#include "smtp/session.h"

/* Masks a field in the room that is left. */
static void mask(const struct smtp_session *session, struct helo_slice *field, size_t *used)
{
    uint8_t *scratch = session->shared->scratch;
    size_t left = sizeof(session->shared->scratch) - *used;
    *field = secrets_mask(&session->secrets, *field, false, scratch + *used, left);
    if (field->ptr == scratch + *used)
        *used += field->len;
}

/* What an AUTH before the handshake has said may come again in the clear part of that. */
static void mask_secrets(const struct smtp_session *session, struct helo_tls *facts)
{
    size_t used = 0;
    mask(session, &facts->names, &used); /* the longest comes first */
    mask(session, &facts->server_name, &used);
    mask(session, &facts->next_protocol, &used);
    mask(session, &facts->subject, &used);
    mask(session, &facts->issuer, &used);
}

static void tell(struct smtp_session *session, bool over, bool whole, helo_time time)
{
    struct tls_watch *watch = &session->tls_watch;
    struct helo_tls facts = {.starttls = session->starttls_code == 220, .end = time};
    if (!watch->begun || watch->told || !smtp_is_whole(session))
        return;
    tls_facts(watch, over, whole, &facts);
    if (facts.end < facts.start)
        facts.end = facts.start;
    mask_secrets(session, &facts);
    session->shared->sink.tls(session->context, &facts, time);
    smtp_told(session);
    tls_release(watch);
}

/* Bytes that are no record, for the first time: after an established handshake. */
static void look_at_framing(struct smtp_session *session, enum helo_side side, bool was_broken,
                            helo_time time)
{
    if (was_broken || !tls_is_broken(&session->tls_watch, side))
        return;
    struct fact_irregularity what = {.what = IRREGULAR_FRAMING, .side = side};
    notice_irregularity(session, &what, time);
}

void tls_octets(struct smtp_session *session, enum helo_side side, struct helo_slice octets,
                helo_time time)
{
    struct tls_watch *watch = &session->tls_watch;
    bool was_broken = watch->side[side].reader.broken;
    tls_watch_bytes(watch, side, octets, time);
    if (tls_state(watch) == TLS_OPEN)
        return;
    tell(session, false, false, time);
    look_at_framing(session, side, was_broken, time);
}

void tls_gap(struct smtp_session *session, enum helo_side side, uint64_t len)
{
    tls_watch_gap(&session->tls_watch, side, len);
}

void tls_refused(struct smtp_session *session, helo_time time)
{
    tell(session, true, session->gap_count == 0, time);
    tls_reset(&session->tls_watch);
}

void tls_finish(struct smtp_session *session, bool whole, helo_time time)
{
    tell(session, true, whole, time);
}
