/* Configuration files: lines of KEY = VALUE, the keys being the long options. */
#include "cli/config_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Hundreds of times what all options need. */
#define MOST_OCTETS (256u << 10)

/* Reads the whole file into text, which has room for MOST_OCTETS + 1; NULL, or why not. */
static const char *read_into(char *text, const char *path)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return strerror(errno);
    const char *reason = NULL;
    size_t len = fread(text, 1, MOST_OCTETS + 1, file);
    if (ferror(file))
        reason = strerror(errno);
    else if (len > MOST_OCTETS)
        reason = "too large for a configuration file";
    else if (memchr(text, '\0', len) != NULL)
        reason = "not a text file";
    else
        text[len] = '\0';
    fclose(file);
    return reason;
}

/* The whole file as a string owned by options; NULL with a reason. */
static char *read_text(struct options *options, const char *path, struct helo_error *error)
{
    char *text = malloc(MOST_OCTETS + 1);
    const char *reason = "out of memory";
    if (text != NULL && options_keep(options, text))
        reason = read_into(text, path);
    if (reason == NULL)
        return text;
    snprintf(error->message, sizeof error->message, "%.200s: %s", path, reason);
    return NULL;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Cuts blanks off both ends, in place. */
static char *trim(char *text)
{
    while (is_blank(*text))
        text++;
    size_t len = strlen(text);
    while (len > 0 && is_blank(text[len - 1]))
        len--;
    text[len] = '\0';
    return text;
}

static void cut_comment(char *line)
{
    for (char *at = line; *at != '\0'; at++) {
        if (*at == '#' && (at == line || is_blank(at[-1]))) {
            *at = '\0';
            return;
        }
    }
}

/* Applies one line, which is taken apart in place. */
static bool apply_line(struct options *options, char *line, struct helo_error *why)
{
    cut_comment(line);
    char *key = trim(line);
    if (*key == '\0')
        return true;
    char *equals = strchr(key, '=');
    if (equals == NULL) {
        snprintf(why->message, sizeof why->message, "'%.100s' is not KEY = VALUE", key);
        return false;
    }
    *equals = '\0';
    return options_set(options, trim(key), trim(equals + 1), why);
}

bool config_file_read(struct options *options, const char *path, struct helo_error *error)
{
    static const char mark[] = "\xef\xbb\xbf"; /* some editors begin UTF-8 with it */
    char *line = read_text(options, path, error);
    if (line == NULL)
        return false;
    if (strncmp(line, mark, sizeof mark - 1) == 0)
        line += sizeof mark - 1;
    for (unsigned number = 1; line != NULL; number++) {
        char *next = strchr(line, '\n');
        if (next != NULL)
            *next++ = '\0';
        struct helo_error why = {""};
        if (!apply_line(options, line, &why)) {
            snprintf(error->message, sizeof error->message, "%.200s:%u: %.280s", path, number,
                     why.message);
            return false;
        }
        line = next;
    }
    return true;
}
