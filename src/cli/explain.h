/* The subcommand explain: what reply codes and rules mean, for a person at a terminal. */
#ifndef CLI_EXPLAIN_H
#define CLI_EXPLAIN_H

/* Explains each argument; two of them side by side. argv[0] is the subcommand's name. Returns the
 * program's exit code: 0, 1 when stdout fails, 2 when an argument is nothing known. */
int explain(int argc, char **argv);

#endif
