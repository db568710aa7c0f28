/* Segments as Ethernet frames with correct lengths and checksums. */
#ifndef SUPPORT_FRAME_H
#define SUPPORT_FRAME_H

#include "synth.h"

/* Ethernet, IPv6 with a fragment header, TCP with options, a full segment and padding. */
#define FRAME_MAX 2048

/* Receives each frame; borrowed for the call. */
typedef void (*frame_fn)(void *context, const uint8_t *frame, uint32_t length, helo_time time);

/* Makes one segment's frame or, if it is to be fragmented, its several frames. id is the IP
 * identification. */
void frame_make(const struct synth *synth, const struct synth_segment *segment, uint16_t id,
                frame_fn on_frame, void *context);

/* The frame of a segment that is not fragmented, into out (FRAME_MAX octets); its length. */
uint32_t frame_write(const struct synth *synth, const struct synth_segment *segment, uint16_t id,
                     uint8_t *out);

#endif
