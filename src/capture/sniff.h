/* What a file's content is: which clock a capture has, and what a file that is none looks like. */
#ifndef CAPTURE_SNIFF_H
#define CAPTURE_SNIFF_H

#include "capture/source.h"

/* True if the time stamps of the capture tick finer than a microsecond: a nanosecond pcap, or a
 * pcapng whose leading interface descriptions say so. */
bool sniff_nanoseconds(struct source *source);

/* For content that libpcap does not know. */
struct sniff_kind {
    const char *looks_like; /* "an xz file" */
    const char *help;       /* what to do about it */
};
struct sniff_kind sniff_kind(const uint8_t *head, size_t len);

#endif
