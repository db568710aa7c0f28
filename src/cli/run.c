/* One run of the program: captures in, events out. */
#include "cli/run.h"

#include "cli/read.h"
#include "cli/watch.h"

int run(const struct options *options)
{
    struct job job = {.options = options, .broker = {.fd = -1}};
    if (options->credentials == HELO_CREDENTIALS_REVEAL)
        fputs("heloscope: warning: passwords and tokens will be written, as --credentials reveal "
              "says; treat the outputs like them\n",
              stderr);
    enum exit_code code =
        options->interface_count > 0 ? watch_interfaces(&job) : read_captures(&job);
    job_close(&job);
    return (int)code;
}
