/* Rights are given up as soon as the capture and the outputs are open. */
#include "cli/privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DEFAULT_USER "heloscope"
#define HOW_TO_MAKE  "useradd --system --no-create-home --shell /usr/sbin/nologin"

static bool refuse(struct helo_error *error, const char *what, const char *reason)
{
    snprintf(error->message, sizeof error->message, "%s%s", what, reason);
    return false;
}

static bool no_such_user(const char *name, bool asked_for, struct helo_error *error)
{
    if (asked_for)
        snprintf(error->message, sizeof error->message, "--user: there is no user %.100s", name);
    else
        snprintf(error->message, sizeof error->message,
                 "there is no user %s to go on as once the capture is open; make it (" HOW_TO_MAKE
                 " %s), name another with --user, or stay root with --user root",
                 name, name);
    return false;
}

bool privileges_resolve(struct privileges *privileges, const char *user, struct helo_error *error)
{
    bool asked_for = user != NULL;
    *privileges = (struct privileges){.user = user};
    if (!asked_for && geteuid() != 0)
        return true;
    if (!asked_for)
        privileges->user = user = DEFAULT_USER;
    const struct passwd *entry = getpwnam(user);
    if (entry == NULL)
        return no_such_user(user, asked_for, error);
    privileges->uid = entry->pw_uid;
    privileges->gid = entry->pw_gid;
    privileges->changes = entry->pw_uid != geteuid();
    if (privileges->changes && geteuid() != 0)
        return refuse(error, "--user: only root can become ", user);
    return true;
}

static bool become(const struct privileges *privileges)
{
    return setgroups(1, &privileges->gid) == 0 &&
           setresgid(privileges->gid, privileges->gid, privileges->gid) == 0 &&
           setresuid(privileges->uid, privileges->uid, privileges->uid) == 0;
}

/* The bounding set comes first: it takes a capability to shrink it. Without that one it can't be,
 * and need not be: nothing is gained from it with no_new_privs. */
static void empty_bounding_set(void)
{
    for (unsigned long capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0;
         capability++)
        prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

/* What the process may keep of a set of capabilities, and everything else is dropped. glibc has no
 * function for it. */
static bool keep_capabilities(uint64_t wanted)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};
    if (syscall(SYS_capget, &header, data) != 0)
        return false;
    for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
        data[i].permitted &= (uint32_t)(wanted >> 32 * i);
        data[i].effective = data[i].permitted;
        data[i].inheritable = 0;
    }
    return syscall(SYS_capset, &header, data) == 0;
}

bool privileges_keep_files(void)
{
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           keep_capabilities(UINT64_C(1) << CAP_DAC_OVERRIDE | UINT64_C(1) << CAP_DAC_READ_SEARCH);
}

bool privileges_drop(const struct privileges *privileges, struct helo_error *error)
{
    const char *failed = "can't give up privileges: ";
    empty_bounding_set();
    if (privileges->changes && !become(privileges))
        return refuse(error, failed, strerror(errno));
    if (!keep_capabilities(0) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return refuse(error, failed, strerror(errno));
    if (privileges->changes && (setuid(0) == 0 || seteuid(0) == 0))
        return refuse(error, failed, "they came back");
    return true;
}
