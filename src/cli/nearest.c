/* What somebody may have meant who mistyped a rule or a subcommand. */
#include "cli/nearest.h"

#include "cli/command.h"

#include "heloscope/rules.h"

#include <ctype.h>
#include <string.h>

/* Rules' names are shorter. */
#define MOST_LETTERS 63

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

size_t nearest_distance(const char *one, const char *other)
{
    size_t rows = strlen(one), columns = strlen(other);
    if (rows > MOST_LETTERS || columns > MOST_LETTERS)
        return SIZE_MAX;
    /* cost[i][j]: of making the first j letters of other from the first i of one. */
    size_t cost[MOST_LETTERS + 1][MOST_LETTERS + 1];
    for (size_t i = 0; i <= rows; i++)
        cost[i][0] = i;
    for (size_t j = 0; j <= columns; j++)
        cost[0][j] = j;
    for (size_t i = 1; i <= rows; i++) {
        for (size_t j = 1; j <= columns; j++) {
            size_t changed = cost[i - 1][j - 1] + !same(one[i - 1], other[j - 1]);
            cost[i][j] = least(changed, least(cost[i - 1][j], cost[i][j - 1]) + 1);
            if (i > 1 && j > 1 && same(one[i - 1], other[j - 2]) && same(one[i - 2], other[j - 1]))
                cost[i][j] = least(cost[i][j], cost[i - 2][j - 2] + 1);
        }
    }
    return cost[rows][columns];
}

/* The likest word so far, and how far it is. */
struct likest {
    const char *word;
    size_t distance;
};

static void try_word(struct likest *likest, const char *wanted, const char *word)
{
    size_t distance = nearest_distance(wanted, word);
    if (distance < likest->distance)
        *likest = (struct likest){word, distance};
}

/* One mistake in a short word, one in four letters of a long one. */
static struct likest none_yet(const char *word)
{
    return (struct likest){NULL, strlen(word) / 4 + 1};
}

const char *nearest_rule(const char *word)
{
    struct likest likest = none_yet(word);
    const struct helo_rule *rule;
    for (size_t i = 0; (rule = helo_rule_at(i)) != NULL; i++) {
        try_word(&likest, word, rule->id);
        try_word(&likest, word, rule->name);
    }
    return likest.word;
}

const char *nearest_command(const char *word)
{
    struct likest likest = none_yet(word);
    const struct command *command;
    for (size_t i = 0; (command = command_at(i)) != NULL; i++)
        try_word(&likest, word, command->name);
    return likest.word;
}
