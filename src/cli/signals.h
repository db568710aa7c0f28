/* SIGINT and SIGTERM end a run cleanly. */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include "heloscope/capture.h"

/* From now on the first SIGINT or SIGTERM stops this capture and a second one ends the program at
 * once; SIGPIPE is ignored. signals_release before the capture is closed. */
void signals_stop(struct helo_capture *capture);

/* True if a signal stopped the capture. */
bool signals_caught(void);

/* The signals end the program as they do by default. */
void signals_release(void);

#endif
