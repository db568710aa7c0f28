/* The first few names that a subject is seen with, to be shown as evidence. */
#ifndef RULES_NAMES_H
#define RULES_NAMES_H

#include "heloscope/event.h"

#define NAMES_KEPT    5
#define NAMES_LONGEST 59

/* Plain data, all zero is empty. */
struct names {
    uint8_t count;
    uint8_t len[NAMES_KEPT];
    uint8_t text[NAMES_KEPT][NAMES_LONGEST];
};

/* Adds a name, cut at NAMES_LONGEST octets, if it is new and there is room. */
void names_add(struct names *names, struct helo_slice name);

/* Adds them to the evidence under key; users: they are hidden where users are. */
void names_show(const struct names *names, const char *key, bool users,
                struct helo_anomaly *anomaly);

#endif
