/* Messages about captures: one line, the file first, safe to print. */
#include "capture/fault.h"

#include "base/limits.h"
#include "base/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *fault_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "stdin" : path;
}

enum helo_status fault_set(struct helo_error *error, const char *path, const char *format, ...)
{
    const char *name = fault_name(path);
    size_t len = strlen(name);
    bool cut = len > LIMIT_PATH_SHOWN;
    int used = snprintf(error->message, sizeof error->message, "%s%s: ", cut ? "..." : "",
                        cut ? name + (len - LIMIT_PATH_SHOWN) : name);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->message + used, sizeof error->message - (size_t)used, format, arguments);
    va_end(arguments);
    message_tidy(error->message);
    return HELO_ERROR_INPUT;
}
