/* `heloscope rules`: the table of rules for people, or as JSON. */
#ifndef CLI_RULES_LIST_H
#define CLI_RULES_LIST_H

#include <stdbool.h>
#include <stdio.h>

/* argv[0] is "rules". False, and what is wrong on stderr, for wrong usage. */
bool rules_list(int argc, char **argv, FILE *to);

#endif
