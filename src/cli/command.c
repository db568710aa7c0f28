/* The program's subcommands, such as explain. */
#include "cli/command.h"

#include "cli/explain.h"
#include "cli/rules_list.h"

#include <string.h>

static int rules(int argc, char **argv)
{
    return rules_list(argc, argv, stdout) ? 0 : 2;
}

/* main, the help and the completions follow this table. */
static const struct command commands[] = {
    {"explain", "CODE|RULE...", "what a reply code or a rule means; two of them side by side",
     explain},
    {"rules", "[--json]", "the anomaly rules with their thresholds", rules},
};
#define COMMANDS (sizeof commands / sizeof commands[0])

const struct command *command_at(size_t index)
{
    return index < COMMANDS ? &commands[index] : NULL;
}

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}
