/* A key as it lies in a file. */
#ifndef CLI_KEY_FILE_H
#define CLI_KEY_FILE_H

#include "heloscope/report.h"

/* Reads the key for hashing names: the file's octets but for a line end at its end. False with a
 * reason, which never shows any of them, in *why. */
bool key_file_read(const char *path, uint8_t key[HELO_MOST_HASH_KEY], size_t *len,
                   struct helo_error *why);

#endif
