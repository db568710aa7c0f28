/* A key as it lies in a file: any octets, of which an editor's line end at the end is none. */
#include "cli/key_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LINE_END 2
#define ADVICE   "make one with: openssl rand -hex 32"

static bool refuse_file(struct helo_error *why, const char *path, const char *reason)
{
    snprintf(why->message, sizeof why->message, "%.200s: %s", path, reason);
    return false;
}

_Static_assert(HELO_LEAST_HASH_KEY == 16 && HELO_MOST_HASH_KEY == 4096, "as the messages say");

/* Octets of what was read that are the key. */
static size_t without_line_end(const uint8_t *octets, size_t len)
{
    if (len == 0 || octets[len - 1] != '\n')
        return len;
    len--;
    return len > 0 && octets[len - 1] == '\r' ? len - 1 : len;
}

bool key_file_read(const char *path, uint8_t key[HELO_MOST_HASH_KEY], size_t *len,
                   struct helo_error *why)
{
    uint8_t octets[HELO_MOST_HASH_KEY + LINE_END + 1];
    FILE *file = fopen(path, "re");

    if (file == NULL)
        return refuse_file(why, path, strerror(errno));
    setvbuf(file, NULL, _IONBF, 0); /* no copy of the key that is not wiped */
    size_t read = fread(octets, 1, sizeof octets, file);
    const char *reason = ferror(file) ? strerror(errno) : NULL;
    fclose(file);

    size_t found = without_line_end(octets, read);
    if (reason == NULL && found < HELO_LEAST_HASH_KEY)
        reason = found == 0 ? "the key is empty; " ADVICE
                            : "the key is too short, it takes at least 16 octets; " ADVICE;
    else if (reason == NULL && found > HELO_MOST_HASH_KEY)
        reason = "the key is too long, it takes at most 4096 octets; " ADVICE;
    if (reason == NULL) {
        memcpy(key, octets, found);
        *len = found;
    }
    explicit_bzero(octets, sizeof octets);
    return reason == NULL || refuse_file(why, path, reason);
}
