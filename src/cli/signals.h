/* SIGINT and SIGTERM end a run cleanly. */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <stdbool.h>

/* From now on the first SIGINT or SIGTERM calls stop(what), which must be safe in a handler, and a
 * second one ends the program at once; SIGPIPE is ignored. signals_release before what is gone. */
void signals_stop(void (*stop)(void *what), void *what);

/* True if a signal stopped the run. */
bool signals_caught(void);

/* The signals end the program as they do by default. */
void signals_release(void);

#endif
