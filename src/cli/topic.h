/* One thing explained: a reply code, an enhanced code or a rule, as the parts of its page. */
#ifndef CLI_TOPIC_H
#define CLI_TOPIC_H

#include "heloscope/explain.h"

struct helo_rule;

/* The parts in the order in which they stand on the page. */
enum topic_part {
    TOPIC_CLASS,
    TOPIC_SEVERITY,
    TOPIC_MEANING,
    TOPIC_SEEN,
    TOPIC_BEFORE,
    TOPIC_AFTER,
    TOPIC_EXAMPLE,
    TOPIC_SUSPECT,
    TOPIC_ADVICE,
    TOPIC_CAUSES,
    TOPIC_PARAMETERS,
    TOPIC_WITH,
    TOPIC_CODES,
    TOPIC_RULES,
    TOPIC_TECHNIQUES,
    TOPIC_REFERENCES,
    TOPIC_PARTS
};

enum topic_kind { TOPIC_CODE, TOPIC_ENHANCED, TOPIC_RULE };

/* Holds the texts that are put together, the longest of them with room to spare. */
#define TOPIC_ROOM 4096

struct topic {
    enum topic_kind kind;
    unsigned code;                  /* TOPIC_CODE */
    unsigned class;                 /* TOPIC_ENHANCED; 0: X, any */
    unsigned subject, detail;       /* TOPIC_ENHANCED */
    const struct helo_rule *rule;   /* TOPIC_RULE */
    const char *name;               /* "221", "5.7.8", "HS-101" */
    const char *title;              /* one line */
    const char *parts[TOPIC_PARTS]; /* NULL: nothing to say */
    size_t used;                    /* of room */
    char room[TOPIC_ROOM];          /* texts may point in here: a topic is not copied */
};

/* Makes the topic of what a user wrote: a reply code, an enhanced code (class X: any), or a rule by
 * its id or name, in any case of letters. False when it is none of these, with a reason in *error.
 */
bool topic_find(struct topic *topic, const char *wanted, struct helo_error *error);

/* "What to do" */
const char *topic_heading(enum topic_part part);

/* "advice", for JSON */
const char *topic_key(enum topic_part part);

/* Whether the lines of this part are a dialogue. */
bool topic_is_dialogue(enum topic_part part);

#endif
