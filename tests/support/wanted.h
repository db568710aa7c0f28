/* Holds a run's events against what its transcript says must be found. */
#ifndef SUPPORT_WANTED_H
#define SUPPORT_WANTED_H

#include "run.h"
#include "transcript.h"

/* True if every expectation holds; else *why says which one does not, owned by the caller. */
bool wanted_check(const struct transcript *transcript, const struct run_result *result, char **why);

/* The exchanges by number as a DIALOGUE line writes them; owned by the caller. */
char *wanted_dialogue(const struct run_result *result);

#endif
