/* The program's subcommands, such as explain. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct command {
    const char *name;
    const char *arguments; /* for the help: "[--json]" */
    const char *help;      /* for the program's help, one line */
    const char *details;   /* for its own help: lines */
    /* Its own argv[0] is the name. Writes to stdout and stderr, does not flush them; returns the
     * program's exit code. */
    int (*run)(int argc, char **argv);
};

/* The subcommand of this name; NULL: none. */
const struct command *command_find(const char *name);

/* The subcommand at index; NULL past the last. */
const struct command *command_at(size_t index);

/* Whether the arguments ask for the subcommand's help. argv[0] is its name. */
bool command_wants_help(int argc, char **argv);

/* Writes it. */
void command_help(const struct command *command, FILE *to);

#endif
