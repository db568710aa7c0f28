/* One run of the program: captures in, events out. */
#include "cli/run.h"

#include "cli/read.h"
#include "cli/watch.h"

int run(const struct options *options)
{
    struct job job = {.options = options};
    struct privileges privileges = {0};
    struct helo_error error = {""};
    bool live = options->interface_count > 0;
    if (options->credentials == HELO_CREDENTIALS_REVEAL)
        fputs("heloscope: warning: passwords and tokens will be written, as --credentials reveal "
              "says; treat the outputs like them\n",
              stderr);
    /* Before anything is opened: an output is not to be emptied for nothing. */
    if ((live || options->user != NULL) &&
        !privileges_resolve(&privileges, options->user, &error)) {
        job_complain(&error);
        return EXIT_USAGE;
    }
    enum exit_code code =
        live ? watch_interfaces(&job, &privileges) : read_captures(&job, &privileges);
    job_close(&job);
    return (int)code;
}
