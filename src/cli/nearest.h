/* What somebody may have meant who mistyped a rule or a subcommand. */
#ifndef CLI_NEAREST_H
#define CLI_NEAREST_H

#include <stddef.h>

/* How many letters must be put in, left out, changed or swapped with their neighbour to make one
 * word of the other, in any case of letters; SIZE_MAX for a word longer than any rule's. */
size_t nearest_distance(const char *one, const char *other);

/* The id or name of the rule that is like this word, the likest; NULL: none is. */
const char *nearest_rule(const char *word);

/* The same for subcommands. */
const char *nearest_command(const char *word);

#endif
