/* What the terminal that stdout may be can do. */
#include "cli/terminal.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* What COLUMNS says; 0: nothing that makes sense. */
static size_t width_wished(void)
{
    const char *columns = getenv("COLUMNS");
    if (columns == NULL || *columns < '0' || *columns > '9')
        return 0;
    char *end;
    unsigned long width = strtoul(columns, &end, 10);
    return *end == '\0' && width <= UINT16_MAX ? width : 0;
}

size_t terminal_width(void)
{
    struct winsize size = {0};
    size_t width = width_wished();
    if (width == 0 && isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
        width = size.ws_col;
    if (width == 0)
        return TERMINAL_USUAL_WIDTH;
    return width < TERMINAL_LEAST_WIDTH ? TERMINAL_LEAST_WIDTH : width;
}

bool terminal_may_have_styles(void)
{
    const char *no_colour = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    return (no_colour == NULL || *no_colour == '\0') &&
           (terminal == NULL || strcmp(terminal, "dumb") != 0);
}

bool terminal_has_styles(void)
{
    return isatty(STDOUT_FILENO) && terminal_may_have_styles();
}
