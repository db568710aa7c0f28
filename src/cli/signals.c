/* SIGINT and SIGTERM end a run cleanly, SIGHUP has the outputs opened anew. */
#include "cli/signals.h"

#include <signal.h>
#include <stddef.h>

/* A signal handler is given no context: these are the program's only mutable statics. */
static void (*volatile stop_function)(void *what);
static void *volatile target;
static volatile sig_atomic_t caught;
static volatile sig_atomic_t hung_up;

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

static void on_hangup(int number)
{
    (void)number;
    hung_up = 1;
}

void signals_await_hangup(void)
{
    struct sigaction action = {.sa_handler = on_hangup};
    sigemptyset(&action.sa_mask);
    sigaction(SIGHUP, &action, NULL);
}

bool signals_hung_up(void)
{
    return hung_up != 0;
}

bool signals_take_hangup(void)
{
    bool was = hung_up != 0;
    hung_up = 0;
    return was;
}

void signals_stop(void (*stop)(void *what), void *what)
{
    target = what;
    stop_function = stop;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error like a full disk */
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
