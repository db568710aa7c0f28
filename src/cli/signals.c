/* SIGINT and SIGTERM end a run cleanly. */
#include "cli/signals.h"

#include <signal.h>

/* A signal handler is given no context: these two are the program's only mutable statics. */
static struct helo_capture *volatile target;
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
    if (target != NULL)
        helo_capture_stop(target);
}

void signals_stop(struct helo_capture *capture)
{
    target = capture;
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
    target = NULL;
}
