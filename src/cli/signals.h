/* SIGINT and SIGTERM end a run cleanly, SIGHUP has the outputs opened anew. */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <stdbool.h>

/* From now on the first SIGINT or SIGTERM calls stop(what), which must be safe in a handler, and a
 * second one ends the program at once; SIGPIPE and SIGXFSZ are ignored. signals_release before what
 * is gone. */
void signals_stop(void (*stop)(void *what), void *what);

/* From now on SIGHUP does not end the program, but is to be taken. */
void signals_await_hangup(void);

/* Whether a SIGHUP waits to be taken. */
bool signals_hung_up(void);

/* True once after each SIGHUP, or after several. */
bool signals_take_hangup(void);

/* True if a signal stopped the run. */
bool signals_caught(void);

/* The signals end the program as they do by default. */
void signals_release(void);

#endif
