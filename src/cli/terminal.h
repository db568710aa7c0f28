/* What the terminal that stdout may be can do. */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* Narrower than this is taken for a mistake. */
#define TERMINAL_LEAST_WIDTH 20
#define TERMINAL_USUAL_WIDTH 80

/* Columns of text on stdout: what COLUMNS says, else the terminal, else TERMINAL_USUAL_WIDTH. */
size_t terminal_width(void);

/* False if the environment says no to colour and bold: NO_COLOR (no-color.org), or a terminal that
 * can't. */
bool terminal_may_have_styles(void);

/* Whether stdout is a terminal on which bold and colours are wanted: NO_COLOR (no-color.org) and
 * TERM=dumb say no. */
bool terminal_has_styles(void);

#endif
