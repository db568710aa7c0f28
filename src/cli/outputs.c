/* The outputs while a run lasts. */
#include "cli/outputs.h"

#include "base/message.h"
#include "cli/signals.h"
#include "cli/terminal.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What was last said of an output. */
struct told {
    bool given_up;
    bool trouble;
    uint64_t dropped; /* when its last trouble was over */
};

struct outputs {
    struct helo_report *report;
    struct broker *broker;
    bool live;
    bool waits;
    struct told *told; /* of each */
};

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* On stderr, in one line; the names of outputs are somebody else's. */
static void say(const char *format, ...)
{
    struct helo_error message;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message.message, sizeof message.message, format, arguments);
    va_end(arguments);
    message_tidy(message.message);
    fprintf(stderr, "heloscope: %s\n", message.message);
}

/* A target may be a terminal by its name, too: /dev/tty. Nothing but a device is opened for it. */
static bool is_terminal(const char *target)
{
    struct stat about;
    if (strcmp(target, "-") == 0)
        return isatty(STDOUT_FILENO);
    if (stat(target, &about) != 0 || !S_ISCHR(about.st_mode))
        return false;
    int fd = open(target, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    bool terminal = fd >= 0 && isatty(fd);
    if (fd >= 0)
        close(fd);
    return terminal;
}

static bool wants_colour(const struct options_output *output)
{
    return output->format == HELO_FORMAT_TEXT && terminal_may_have_styles() &&
           is_terminal(output->target);
}

static enum helo_status make_report(struct outputs *outputs, const struct options *options,
                                    const char *interface, struct helo_error *error)
{
    struct helo_report_config config = {
        .sensor = options->sensor,
        .interface = interface,
        .datasets = options->datasets,
        .credentials = options->credentials,
        .hash_key = options->hash_key,
        .hash_key_len = options->hash_key_len,
        .live = outputs->live,
    };
    return helo_report_new(&config, &outputs->report, error);
}

enum helo_status outputs_open(const struct options *options, bool live, const char *interface,
                              struct broker *broker, struct outputs **outputs,
                              struct helo_error *error)
{
    struct outputs *made = calloc(1, sizeof *made);
    struct told *told = calloc(options->output_count, sizeof *told);
    *outputs = made;
    if (made == NULL || told == NULL) {
        free(told);
        snprintf(error->message, sizeof error->message, "out of memory");
        return HELO_ERROR_MEMORY;
    }
    *made = (struct outputs){.live = live, .broker = broker, .told = told};
    enum helo_status status = make_report(made, options, interface, error);
    bool any_file = false;
    for (size_t i = 0; status == HELO_OK && i < options->output_count; i++) {
        const struct options_output *output = &options->outputs[i];
        any_file |= strcmp(output->target, "-") != 0;
        status = helo_report_add(made->report, output->format, output->target, wants_colour(output),
                                 error);
    }
    if (status == HELO_OK && any_file)
        signals_await_hangup();
    return status;
}

struct helo_report *outputs_report(struct outputs *outputs)
{
    return outputs->report;
}

static void reopen(struct outputs *outputs)
{
    struct helo_error error;
    if (helo_report_reopen(outputs->report, broker_open_output, outputs->broker, &error) != HELO_OK)
        say("%.400s; it is written to as before", error.message);
}

/* Says what is new of one output. A reader that is slow is no news until events are lost. */
static void tell(struct told *told, const struct helo_report_output *now)
{
    if (now->failure != NULL && !told->given_up)
        say("%.300s: %s; it gets no more events", now->name, now->failure);
    told->given_up = now->failure != NULL;
    bool lost = now->dropped > told->dropped;
    if (now->trouble != NULL && !told->trouble && (!now->slow || lost)) {
        told->trouble = true;
        say("%.300s: %s; events wait for it, and those beyond 8 MiB are lost", now->name,
            now->trouble);
    }
    if (now->trouble == NULL && told->trouble) {
        say("%.300s takes events again; %s", now->name,
            lost ? "some were lost meanwhile" : "none was lost");
        told->trouble = false;
        told->dropped = now->dropped;
    }
}

/* Looks at every output; false when all are given up. */
static bool look(struct outputs *outputs)
{
    size_t given_up = 0;
    size_t count = helo_report_count(outputs->report);
    outputs->waits = false;
    for (size_t i = 0; i < count; i++) {
        struct helo_report_output now;
        helo_report_output(outputs->report, i, &now);
        given_up += now.failure != NULL;
        outputs->waits |= now.trouble != NULL;
        if (outputs->live && (now.failure == NULL || count > 1))
            tell(&outputs->told[i], &now);
    }
    return given_up < count;
}

bool outputs_flush(struct outputs *outputs)
{
    struct helo_error error = {""};
    if (signals_take_hangup())
        reopen(outputs);
    helo_report_flush(outputs->report, &error);
    return look(outputs);
}

bool outputs_wait(const struct outputs *outputs)
{
    return outputs->waits;
}

uint64_t outputs_written(const struct outputs *outputs)
{
    uint64_t most = 0;
    for (size_t i = 0; i < helo_report_count(outputs->report); i++) {
        struct helo_report_output output;
        helo_report_output(outputs->report, i, &output);
        most = output.written > most ? output.written : most;
    }
    return most;
}

bool outputs_finish(struct outputs *outputs)
{
    struct helo_error error;
    if (helo_report_finish(outputs->report, &error) == HELO_OK)
        return true;
    say("%s", error.message);
    return false;
}

void outputs_close(struct outputs *outputs)
{
    if (outputs == NULL)
        return;
    helo_report_free(outputs->report);
    free(outputs->told);
    free(outputs);
}
