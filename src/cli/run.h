/* One run of the program: captures in, events out. */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include "cli/options.h"

/* Does what the options say; messages go to stderr. Returns the program's exit code. */
int run(const struct options *options);

#endif
