/* A run over network interfaces, until a signal ends it. */
#ifndef CLI_WATCH_H
#define CLI_WATCH_H

#include "cli/job.h"

/* Watches the interfaces that the options name, as the user that they name, or heloscope, once they
 * are open; messages go to stderr. job_close afterwards. */
enum exit_code watch_interfaces(struct job *job);

#endif
