/* heloscope --sandbox-check: shows by trying what the program can't do once it is confined. */
#ifndef CLI_SANDBOX_CHECK_H
#define CLI_SANDBOX_CHECK_H

#include "cli/options.h"

/* Confines processes as a run does, has them try what they must not be able to do, and writes a
 * line for each. Returns the program's exit code: 0 if every layer held, 1 if one is missing or did
 * not hold, 2 if there is no user to become. */
int sandbox_check(const struct options *options, FILE *to);

#endif
