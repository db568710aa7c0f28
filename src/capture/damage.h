/* Turns libpcap's reasons into what a person needs: what is wrong, where, and what helps. */
#ifndef CAPTURE_DAMAGE_H
#define CAPTURE_DAMAGE_H

#include "capture/source.h"

/* A capture that libpcap would not begin with. */
enum helo_status damage_at_open(const char *path, struct source *source, const char *reason,
                                struct helo_error *error);

/* Where reading a capture stopped. */
struct damage_place {
    const char *path;
    uint64_t packet; /* the one that could not be read, from 1 within the file */
    int link_type;   /* of the first interface */
    bool nanoseconds;
};

/* A capture that libpcap or the source gave up in the middle; reason is libpcap's. */
enum helo_status damage_in_packet(const struct damage_place *place, const struct source *source,
                                  const char *reason, struct helo_error *error);

#endif
