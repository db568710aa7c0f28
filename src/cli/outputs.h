/* The outputs while a run lasts: opened, opened anew at SIGHUP, told of when one takes nothing. */
#ifndef CLI_OUTPUTS_H
#define CLI_OUTPUTS_H

#include "cli/broker.h"
#include "cli/options.h"

struct outputs;

/* Makes the report with all its outputs open. live: nobody waits for them. interface: the only one
 * of a live capture, or NULL. broker opens files anew, borrowed. HELO_ERROR_OUTPUT or what else
 * helo_report_new and _add return, with a reason in *error. *outputs is to be closed in either
 * case. */
enum helo_status outputs_open(const struct options *options, bool live, const char *interface,
                              struct broker *broker, struct outputs **outputs,
                              struct helo_error *error);

/* The report to write events to; borrowed. */
struct helo_report *outputs_report(struct outputs *outputs);

/* Opens the files anew if a SIGHUP came, hands what is written to the system, and says on stderr
 * what changed: an output that takes nothing for now, or takes events again, or was given up. False
 * when all were: it is no use to go on. */
bool outputs_flush(struct outputs *outputs);

/* Whether events wait for an output that takes none for now: flush again. */
bool outputs_wait(const struct outputs *outputs);

/* Events in the output that has most of them. */
uint64_t outputs_written(const struct outputs *outputs);

/* Flushes for the last time; false, and said on stderr, if an output was given up or lost events.
 */
bool outputs_finish(struct outputs *outputs);

/* NULL is allowed. */
void outputs_close(struct outputs *outputs);

#endif
