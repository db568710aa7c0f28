/* Rights are given up as soon as the capture and the outputs are open: what reads hostile octets
 * is to have none. */
#ifndef CLI_PRIVILEGES_H
#define CLI_PRIVILEGES_H

#include "heloscope/types.h"

#include <sys/types.h>

/* Who goes on. */
struct privileges {
    const char *user; /* borrowed; NULL: who runs the program anyhow */
    bool changes;     /* the program becomes that user */
    uid_t uid;
    gid_t gid;
};

/* Finds out who is to go on: user (borrowed), or by default heloscope where the program runs as
 * root. False with what helps in *error if there is no such user or it can't be become. */
bool privileges_resolve(struct privileges *privileges, const char *user, struct helo_error *error);

/* Becomes that user, without any capability, and without a way to new privileges. False with the
 * reason in *error: then it is not safe to go on. */
bool privileges_drop(const struct privileges *privileges, struct helo_error *error);

/* Keeps the capabilities to reach files whoever owns them, of those that the process has, and no
 * other, and no way to new privileges. False with errno. */
bool privileges_keep_files(void);

#endif
