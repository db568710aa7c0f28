/* SIGINT and SIGTERM end a run cleanly. */
#include "cli/signals.h"

#include <signal.h>
#include <stddef.h>

/* A signal handler is given no context: these are the program's only mutable statics. */
static void (*volatile stop_function)(void *what);
static void *volatile target;
static volatile sig_atomic_t caught;

static void set_both(void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static void on_signal(int number)
{
    (void)number;
    set_both(SIG_DFL);
    caught = 1;
    if (stop_function != NULL)
        stop_function(target);
}

void signals_stop(void (*stop)(void *what), void *what)
{
    target = what;
    stop_function = stop;
    signal(SIGPIPE, SIG_IGN);
    set_both(on_signal);
}

bool signals_caught(void)
{
    return caught != 0;
}

void signals_release(void)
{
    set_both(SIG_DFL);
    stop_function = NULL;
    target = NULL;
}
