/* Holds what is said of a capture with losses against what really happened.
 *
 * A run over a capture of which segments are missing may say less than the run over the whole one,
 * never something else:
 *   sessions      not more of them; every counter at most the true one; a flag only if truly set
 *   exchanges     those with command and reply are, in order, among the true ones: same verb, same
 *                 code, same argument where one is given. *UNKNOWN* stands for any verb. Those
 *                 with a reply alone have a true code
 *   messages      accepted, partial, rejected and aborted only if a true message of that result has
 *                 the same sender (where one is given) and at least these recipients, each code at
 *                 a recipient being true; a size is the true size
 *   names         helo is the argument of a true EHLO, HELO or LHLO; capabilities are lines of true
 *                 replies
 *   anomalies     of the protocol and of message boundaries: only of rules that truly speak
 *   close         the true reason or "unknown"; the true outcome, unless one of both is unknown */
#ifndef SUPPORT_TRUTH_H
#define SUPPORT_TRUTH_H

#include "run.h"

/* NULL if nothing untrue is said; else what is, owned by the caller. */
char *truth_violation(const struct run_result *truth, const struct run_result *said);

#endif
