/* What the program would write of a dialogue: through the engine and a report, as a string. */
#ifndef SUPPORT_WRITTEN_H
#define SUPPORT_WRITTEN_H

#include "heloscope/report.h"
#include "transcript.h"

/* All datasets in one form, exchanges included; NUL-terminated, owned by the caller. */
char *written(const struct transcript *transcript, enum helo_format format,
              enum helo_credentials credentials);

/* The same of a dialogue as transcripts are written, letters in lower case. */
char *written_in_lower(const char *dialogue, enum helo_format format,
                       enum helo_credentials credentials);

#endif
