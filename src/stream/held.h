/* What a consumer stopped at: kept in order until the other side has spoken. */
#ifndef STREAM_HELD_H
#define STREAM_HELD_H

#include "stream/stream.h"

/* Hands octets to the consumer, or behind what it already stopped at; then offers the other
 * side's held octets again, as this side has spoken. */
void held_bytes(struct stream *stream, enum helo_side side, const struct stream_chunk *chunk);

/* The same for a gap and for the side's FIN. */
void held_gap(struct stream *stream, enum helo_side side, uint64_t offset, uint32_t len,
              helo_time time);
void held_end(struct stream *stream, enum helo_side side, helo_time time);

/* Offers what is held again, with forced as given. */
void held_release(struct stream *stream, enum helo_side side, bool forced);

/* Takes a held end of the side back; false if none is held, so that the consumer knows of it. */
bool held_take_back_end(struct stream *stream, enum helo_side side);

/* True if the end of the side is held. */
bool held_has_end(const struct stream *stream, enum helo_side side);

/* Frees what is held. */
void held_drop(struct stream *stream, enum helo_side side);

#endif
