/* What the program was asked to do: the command line over the configuration files. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "heloscope/heloscope.h"
#include "heloscope/live.h"
#include "heloscope/report.h"

#include <stdio.h>

enum options_action { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_VERSION, OPTIONS_SANDBOX_CHECK };

#define OPTIONS_NEVER HELO_SEVERITIES

struct options_output {
    enum helo_format format;
    const char *target;
};

/* The strings are borrowed from argv or from texts. */
struct options {
    enum options_action action;
    const char **reads;
    size_t read_count;
    bool reads_from_file;    /* the command line's replace them, interfaces too */
    const char **interfaces; /* either these or reads */
    size_t interface_count;
    bool interfaces_from_file;    /* the same */
    struct helo_live_config live; /* but for interfaces and filter */
    const char *live_only;        /* the last option on the command line that is for them; NULL */
    helo_time stats_interval;
    const char *user; /* NULL: the default one, live only */
    struct options_output *outputs;
    size_t output_count;
    bool outputs_from_file;
    helo_dataset_set datasets;
    struct helo_config engine;
    bool proxies_given;     /* they replace the default ones */
    bool proxies_from_file; /* the command line's replace them */
    enum helo_credentials credentials;
    bool credentials_given;
    const char *hash_key_file; /* NULL: none */
    uint8_t hash_key[HELO_MOST_HASH_KEY];
    size_t hash_key_len;
    const char *sensor;         /* NULL: the host's name */
    enum helo_severity fail_on; /* OPTIONS_NEVER: whatever is found is no failure */
    bool homes_given;           /* they replace the default ones */
    bool homes_from_file;       /* the command line's replace them */
    bool quiet;
    bool verbose;
    char *filter; /* owned; NULL: none */
    bool in_file; /* a configuration file is being read */
    char **texts; /* owned: what configuration files held */
    size_t text_count;
};

/* Fills *options from its defaults, the configuration files named with -c, and the command line,
 * in this order. False with a reason in *error, for exit code 2. options_free in either case. */
bool options_parse(struct options *options, int argc, char **argv, struct helo_error *error);

/* Applies one line of a configuration file: a long option's name and its value. */
bool options_set(struct options *options, const char *key, const char *value,
                 struct helo_error *error);

/* Makes text live as long as options; false without memory (and text is freed). */
bool options_keep(struct options *options, char *text);

/* Writes the help. */
void options_help(FILE *to);

void options_free(struct options *options);

#endif
