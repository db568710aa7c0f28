/* The progress line on stderr. */
#include "cli/progress.h"

#include "cli/human.h"

#include <stdio.h>

/* Columns: fits the narrowest usual terminal, the last column left free so that it never wraps. */
#define WIDTH 79

/* Before so much time has gone, a rate says nothing. */
#define SETTLED (HELO_SECOND / 2)

void progress_show(struct progress *progress, const struct helo_capture_progress *at,
                   uint64_t events, helo_time now)
{
    char line[160];
    int len = 0;
    if (at->total_bytes > 0)
        len = snprintf(line, sizeof line, "%3.0f %%  ",
                       100.0 * (double)at->read_bytes / (double)at->total_bytes);
    len += snprintf(line + len, sizeof line - (size_t)len, "%s  %s",
                    human_plural(at->packets, "packet").text, human_plural(events, "event").text);

    double seconds = (double)(now - progress->start) / (double)HELO_SECOND;
    if (now - progress->start >= SETTLED && at->read_bytes > 0) {
        double rate = (double)at->read_bytes / seconds;
        len += snprintf(line + len, sizeof line - (size_t)len, "  %s/s", human_bytes(rate).text);
        if (at->total_bytes >= at->read_bytes)
            snprintf(line + len, sizeof line - (size_t)len, "  %s left",
                     human_duration((double)(at->total_bytes - at->read_bytes) / rate).text);
    }
    fprintf(stderr, "\r%-*.*s", WIDTH, WIDTH, line);
    fflush(stderr);
    progress->shown = true;
}

void progress_clear(struct progress *progress)
{
    if (progress->shown)
        fprintf(stderr, "\r%*s\r", WIDTH, "");
    progress->shown = false;
}
