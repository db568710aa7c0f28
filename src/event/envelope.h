/* What all events of a connection share: who, where, which. */
#ifndef EVENT_ENVELOPE_H
#define EVENT_ENVELOPE_H

#include "heloscope/event.h"

/* Numbers and orders the events of one connection. */
struct envelope {
    struct helo_connection connection;
    uint32_t number;     /* of the last event */
    helo_time last_time; /* no event is before the one before it */
};

/* Names a session by its ends, its start and, where networks with the same addresses are told
 * apart, its realm (else 0): 64 bits, the same for the same capture. */
uint64_t envelope_session_id(const struct helo_endpoint end[HELO_SIDES], helo_time start,
                             uint64_t realm);

/* Fills connection->community_id (Community ID, version 1, seed 0) from its ends. */
void envelope_community_id(struct helo_connection *connection);

/* Begins the events of a connection whose ends are filled in. */
void envelope_begin(struct envelope *envelope, helo_time start, uint64_t realm);

/* Stamps the next event: its number, and its time or the last event's, whichever is later. */
void envelope_stamp(struct envelope *envelope, struct helo_event *event, helo_time time);

#endif
