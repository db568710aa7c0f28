/* Fuzz target: options. The input is a command line, an argument a line; behind an empty line
 * stands what the configuration file has, which an argument names as "@". A refusal says why in one
 * line; what is taken is within its bounds. No other file is opened. */
#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

#include "../support/sound.h"
#include "cli/options.h"

#define ARGUMENTS 48

/* The configuration file: one for the whole run. */
static const char *config_file(const char *text, size_t len)
{
    static char path[64];
    static int file = -1;
    if (file < 0) {
        file = memfd_create("config", 0);
        snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    }
    fuzz_must(ftruncate(file, 0) == 0 && pwrite(file, text, len, 0) == (ssize_t)len,
              "no room for a file");
    return path;
}

static void check_options(const struct options *options)
{
    fuzz_must(options->datasets != 0 && options->datasets < 1u << HELO_DATASET_COUNT,
              "datasets that there are not");
    fuzz_must(options->engine.port_count <= HELO_MAX_PORTS, "too many ports");
    fuzz_must(options->engine.proxy_count <= HELO_MAX_NETWORKS, "too many proxies");
    fuzz_must(options->engine.memory_cap >= UINT64_C(4) << 20, "too little memory");
    fuzz_must(options->engine.idle_timeout > 0, "a timeout that is none");
    fuzz_must(options->stats_interval > 0, "an interval that is none");
    fuzz_must(options->output_count > 0, "no output");
    fuzz_must((options->read_count > 0) != (options->interface_count > 0), "no input, or both");
    fuzz_must(options->engine.rules.domain_count <= HELO_MOST_DOMAINS, "too many domains");
    fuzz_must(options->engine.rules.home_count <= HELO_MOST_HOMES, "too many homes");
    fuzz_must(options->live.snaplen >= HELO_LEAST_SNAPLEN &&
                  options->live.snaplen <= HELO_MOST_SNAPLEN,
              "a length out of its range");
    fuzz_must(options->live.buffer >= HELO_LEAST_BUFFER && options->live.buffer <= HELO_MOST_BUFFER,
              "a buffer out of its range");
}

/* An argument; what may name a file names ours: a name of two octets or less can't do harm. */
static char *argument(char *text, const char *config)
{
    static const char *const namers[] = {"-c", "--c", "--ha"};
    if (strcmp(text, "@") == 0)
        return strdup(config);
    for (size_t i = 0; i < sizeof(namers) / sizeof(namers[0]); i++)
        if (strncmp(text, namers[i], strlen(namers[i])) == 0 && strlen(text) > 2 &&
            strpbrk(text, "/=") != NULL)
            return strdup("-q");
    /* One letter's value may stand behind it, and behind others: -qc/dev/zero. */
    if (text[0] == '-' && text[1] != '-' && strchr(text, '/') != NULL)
        return strdup("-v");
    return text[0] == '/' ? strdup(".") : strdup(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *words[ARGUMENTS + 2] = {strdup("heloscope")};
    int count = 1;
    struct options options;
    struct helo_error error = {""};
    if (memchr(data, 0, size) != NULL)
        return free(words[0]), 0;
    char *text = malloc(size + 1);
    fuzz_must(text != NULL, "no memory for a copy");
    memcpy(text, data, size);
    text[size] = '\0';
    char *file = strstr(text, "\n\n");
    const char *config =
        config_file(file == NULL ? "" : file + 2, file == NULL ? 0 : strlen(file + 2));
    if (file != NULL)
        *file = '\0';
    for (char *rest = text, *word = strsep(&rest, "\n"); word != NULL && count <= ARGUMENTS;
         word = strsep(&rest, "\n"))
        words[count++] = argument(word, config);
    if (options_parse(&options, count, words, &error)) {
        if (options.action == OPTIONS_RUN)
            check_options(&options);
    } else {
        fuzz_sound(sound_message(error.message));
    }
    options_free(&options);
    while (count > 0)
        free(words[--count]);
    free(text);
    return 0;
}
