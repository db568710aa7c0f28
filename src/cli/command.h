/* The program's subcommands, such as explain. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stddef.h>

struct command {
    const char *name;
    const char *arguments; /* for the help: "CODE|RULE..." */
    const char *help;      /* one line */
    /* Its own argv[0] is the name. Writes to stdout and stderr, does not flush them; returns the
     * program's exit code. */
    int (*run)(int argc, char **argv);
};

/* The subcommand of this name; NULL: none. */
const struct command *command_find(const char *name);

/* The subcommand at index; NULL past the last. */
const struct command *command_at(size_t index);

#endif
