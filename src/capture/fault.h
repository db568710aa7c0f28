/* Messages about captures: one line, the file first, safe to print. */
#ifndef CAPTURE_FAULT_H
#define CAPTURE_FAULT_H

#include "heloscope/types.h"

/* What a path is called in a message: "-" is stdin. */
const char *fault_name(const char *path);

/* Sets *error to "NAME: message", control characters replaced; a long path loses its head. Returns
 * HELO_ERROR_INPUT, so that a caller can return it. */
enum helo_status fault_set(struct helo_error *error, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
