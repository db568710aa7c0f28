/* Explanations as JSON lines, for programs. */
#ifndef CLI_EXPLAIN_JSON_H
#define CLI_EXPLAIN_JSON_H

#include "cli/compare.h"

#include <stdio.h>

/* One object: kind, name, title, and each part that there is. */
void explain_json_topic(FILE *to, const struct topic *topic);

/* One object: kind "comparison", of whom, differences, expect and example as arrays of lines. */
void explain_json_comparison(FILE *to, const struct comparison *comparison,
                             const struct topic *left, const struct topic *right);

#endif
