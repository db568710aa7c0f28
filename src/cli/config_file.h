/* Configuration files: lines of KEY = VALUE, the keys being the long options. */
#ifndef CLI_CONFIG_FILE_H
#define CLI_CONFIG_FILE_H

#include "cli/options.h"

/* Applies the file to options. '#' at the start of a line or after a blank begins a comment. False
 * with "FILE:LINE: reason" in *error. */
bool config_file_read(struct options *options, const char *path, struct helo_error *error);

#endif
