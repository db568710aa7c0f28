/* RSTs: which are their side's own, by where they are and by what comes after them. */
#ifndef STREAM_RST_H
#define STREAM_RST_H

#include "stream/side.h"

/* Takes a RST. One at no exact place ends nothing, as its receiver does not take it either (RFC
 * 5961 section 3.2). But if nothing more comes, the octets before it may only not have been
 * captured, and it may have been the end: then stream_unseen counts them. */
enum stream_verdict rst_take(struct stream *stream, enum helo_side side,
                             const struct segment *segment);

/* Takes back a RST that the segment, of either side, refutes. True if one that counted was. */
bool rst_refute(struct stream *stream, enum helo_side side, const struct segment *segment);

/* At the end: settles which doubted RSTs count, and tells the consumer of those that do. */
void rst_tell(struct stream *stream);

#endif
