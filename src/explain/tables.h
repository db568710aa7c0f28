/* The tables of explanations; explain.c looks things up in them. Each is in ascending order. */
#ifndef EXPLAIN_TABLES_H
#define EXPLAIN_TABLES_H

#include "heloscope/explain.h"

extern const struct helo_explain_code tables_positive[]; /* 2yz and 3yz */
extern const size_t tables_positive_count;

extern const struct helo_explain_code tables_transient[]; /* 4yz */
extern const size_t tables_transient_count;

extern const struct helo_explain_code tables_permanent[]; /* 5yz */
extern const size_t tables_permanent_count;

extern const struct helo_explain_enhanced tables_enhanced[];
extern const size_t tables_enhanced_count;

extern const struct helo_explain_pair tables_pairs[];
extern const size_t tables_pair_count;

#endif
