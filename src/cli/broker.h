/* A process of its own that opens files for one that may not: those that the options name, and no
 * other. */
#ifndef CLI_BROKER_H
#define CLI_BROKER_H

#include "cli/options.h"

#include <sys/types.h>

struct broker {
    int fd; /* a socket to it; -1: there is none */
    pid_t process;
    const struct options *options;
};

/* Starts one, if the options name something that is opened later: captures after the first, outputs
 * that are files. It stays who it is now, with no other capability than to reach files, and ends
 * with its caller. The options are borrowed. To be called before rights are given up, and with
 * everything open by now that is not its to have open: it closes all of it. False with a reason in
 * *error. */
bool broker_start(struct broker *broker, const struct options *options, struct helo_error *error);

/* Opens a capture that the options name, for reading, or an output, for writing at its end; of type
 * helo_open_fn, broker being the context. EACCES for any other; without a broker all are. */
int broker_open_capture(void *broker, const char *path);
int broker_open_output(void *broker, const char *path);

void broker_stop(struct broker *broker);

#endif
