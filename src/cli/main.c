/* The program heloscope: options in, exit code out. */
#include "cli/command.h"
#include "cli/options.h"
#include "cli/run.h"
#include "cli/sandbox_check.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* A standard descriptor that was closed would be given to the next file opened, and what is meant
 * for stdout would be written there. */
static void occupy_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDONLY) != fd)
            return;
}

/* Help and version are output: failing to write them is an error. */
static int finish_stdout(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    fprintf(stderr, "heloscope: stdout: %s\n", strerror(errno));
    return 1;
}

/* Runs a subcommand, whose output is all that it does. */
static int run_command(const struct command *command, int argc, char **argv)
{
    int code = 0;
    if (command_wants_help(argc, argv))
        command_help(command, stdout);
    else
        code = command->run(argc, argv);
    return code != 0 ? code : finish_stdout();
}

int main(int argc, char **argv)
{
    occupy_standard_descriptors();
    const struct command *command = argc > 1 ? command_find(argv[1]) : NULL;
    if (command != NULL)
        return run_command(command, argc - 1, argv + 1);
    struct options options;
    struct helo_error error;
    int code;
    if (!options_parse(&options, argc, argv, &error)) {
        fprintf(stderr, "heloscope: %s (try heloscope --help)\n", error.message);
        code = 2;
    } else if (options.action == OPTIONS_HELP) {
        options_help(stdout);
        code = finish_stdout();
    } else if (options.action == OPTIONS_VERSION) {
        printf("heloscope %s\n", HELO_VERSION);
        code = finish_stdout();
    } else if (options.action == OPTIONS_SANDBOX_CHECK) {
        code = sandbox_check(&options, stdout);
        code = code != 0 ? code : finish_stdout();
    } else {
        code = run(&options);
    }
    options_free(&options);
    return code;
}
