/* What tells two topics apart, and which of them to expect when. */
#ifndef CLI_COMPARE_H
#define CLI_COMPARE_H

#include "cli/topic.h"

/* Lines with '\n' between; the texts may point into room. */
struct comparison {
    const char *differences; /* NULL: none worth telling */
    const char *expect;      /* NULL: nothing to say */
    const char *example;     /* a dialogue; NULL: none */
    char room[TOPIC_ROOM];
};

/* Fills *comparison. The topics' texts must outlive it. */
void compare_topics(struct comparison *comparison, const struct topic *left,
                    const struct topic *right);

#endif
