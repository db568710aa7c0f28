/* A run over stored captures and pipes. */
#ifndef CLI_READ_H
#define CLI_READ_H

#include "cli/job.h"

/* Reads the captures that the options name, as the user that they name once they are open; messages
 * go to stderr. job_close afterwards. */
enum exit_code read_captures(struct job *job);

#endif
