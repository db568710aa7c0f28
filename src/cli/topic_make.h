/* What the makers of topics share. */
#ifndef CLI_TOPIC_MAKE_H
#define CLI_TOPIC_MAKE_H

#include "cli/topic.h"

/* Each makes the topic of what a user wrote, if it is one of its kind; else false, and *topic is
 * not to be used. */
bool topic_make_code(struct topic *topic, const char *wanted);
bool topic_make_enhanced(struct topic *topic, const char *wanted);
bool topic_make_rule(struct topic *topic, const char *wanted);

/* Puts a text together in the topic's room. */
const char *topic_say(struct topic *topic, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A list with commas: "4 5" → "4, 5". NULL stays NULL. */
const char *topic_list(struct topic *topic, const char *list);

/* The rules of a list of ids, a line each, with their names; NULL where no rule of it is there. */
const char *topic_rules(struct topic *topic, const char *list);

#endif
