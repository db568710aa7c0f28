/* What several files ask of one side of a stream. */
#ifndef STREAM_SIDE_H
#define STREAM_SIDE_H

#include "stream/stream.h"

#define CAUSAL_WAIT (LIMIT_CAUSAL_WAIT_MILLISECONDS * HELO_MILLISECOND)
#define ABSENT      (LIMIT_ABSENT_MILLISECONDS * HELO_MILLISECOND)
/* A FIN that is acknowledged but was not captured looks like an octet. */
#define FIN_OCTET 1

/* True if the side is acknowledged but has not been seen for so long that it is not captured. */
static inline bool side_is_absent(const struct stream *stream, const struct stream_side *side)
{
    return side->want_since != HELO_NO_TIME && stream->clock - side->want_since >= ABSENT;
}

#endif
