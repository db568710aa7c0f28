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
    {"explain", "[--json] CODE|RULE... | --list",
     "what a reply code or a rule means; two of them side by side",
     "Explains reply codes (221), enhanced codes (5.7.8; X.7.8 for any class) and rules\n"
     "(HS-101 or server_initiated_close): what they mean, when they are seen, what to do.\n"
     "Two are shown side by side, with the key differences and which to expect when.\n\n"
     "      --json                 write JSON, one object a line\n"
     "      --list                 list everything that is explained, with its title\n",
     explain},
    {"rules", "[--json]", "the anomaly rules with their thresholds",
     "Lists the rules that call something an anomaly, each with what can be set of it.\n\n"
     "      --json                 write JSON, one object a line\n",
     rules},
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

bool command_wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

void command_help(const struct command *command, FILE *to)
{
    fprintf(to,
            "usage: heloscope %s %s\n\n%s"
            "  -h, --help                 print this help\n",
            command->name, command->arguments, command->details);
}
