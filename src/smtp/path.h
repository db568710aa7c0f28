/* The arguments of MAIL and RCPT: paths and parameters (RFC 5321 section 4.1.2). */
#ifndef SMTP_PATH_H
#define SMTP_PATH_H

#include "smtp/text.h"

/* A path as it was given, taken apart leniently. All slices are borrowed from the argument. */
struct path {
    struct helo_slice address;    /* without brackets and source route; "<>" if null */
    struct helo_slice parameters; /* what follows the path */
    bool has_address;
};

/* Takes apart what follows the verb: "FROM:<a@b> SIZE=1"; keyword is "FROM" or "TO", blanks
 * beside its colon and missing brackets allowed. False if the keyword is not there. */
bool path_parse(struct helo_slice argument, const char *keyword, struct path *path);

/* Cuts the next "KEY=value" or "KEY" off *rest. False at the end. */
bool parameter_next(struct helo_slice *rest, struct helo_slice *keyword, bool *has_value,
                    struct helo_slice *value);

/* Reads a decimal number; false if it is none or does not fit. */
bool number_parse(struct helo_slice text, uint64_t *number);

#endif
