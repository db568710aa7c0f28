/* What the program may still do once everything is open: little, as it reads hostile octets. */
#ifndef CLI_SANDBOX_H
#define CLI_SANDBOX_H

#include "heloscope/types.h"

/* Who is confined: each has a list of system calls of its own. */
enum sandbox_role {
    SANDBOX_READER,  /* reads captures */
    SANDBOX_WATCHER, /* watches interfaces */
    SANDBOX_BROKER,  /* opens files for one of these, and does nothing else */
};

/* A folder below which files may be opened; only a broker has some. */
struct sandbox_folder {
    int fd;
    bool write; /* files may be made and written there; otherwise read */
};

/* What this build and this kernel have. */
struct sandbox_layers {
    bool seccomp;
    int landlock; /* version of the interface; 0: none */
};

struct sandbox_layers sandbox_layers(void);

/* Takes every right to files and sockets that are not open from this process and its threads,
 * by Landlock but for these folders, and kills it at any system call that its role has no use for,
 * by seccomp; each where sandbox_layers has it. It needs no_new_privs or CAP_SYS_ADMIN. False with
 * a reason in *error: then it is not safe to go on. */
bool sandbox_enter(enum sandbox_role role, const struct sandbox_folder *folders, size_t count,
                   struct helo_error *error);

/* Each layer alone, as sandbox_enter does it; for the self-test. */
bool sandbox_landlock(const struct sandbox_folder *folders, size_t count, struct helo_error *error);
bool sandbox_seccomp(enum sandbox_role role, struct helo_error *error);

#endif
