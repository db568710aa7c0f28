/* What reply codes mean: texts for people, by code, by enhanced code and by their digits. */
#ifndef HELOSCOPE_EXPLAIN_H
#define HELOSCOPE_EXPLAIN_H

#include "heloscope/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* All texts are constant, in English and UTF-8. '\n' in a text parts it into points, or lines of a
 * dialogue; a point that ends with a colon heads those behind it. A list has blanks between its
 * elements. A text or list may be NULL where a comment says so. */

/* One reply code (RFC 5321 §4.2). */
struct helo_explain_code {
    uint16_t code;
    const char *title;
    const char *meaning;
    const char *seen;       /* when it is seen */
    const char *before;     /* what comes before it: the commands that it may answer */
    const char *after;      /* what comes after it, and whose turn it is */
    const char *suspect;    /* when it is a sign that something is wrong; NULL: nothing to say */
    const char *advice;     /* what to do about it; NULL: nothing */
    const char *example;    /* a dialogue, lines of "C: …" and "S: …"; or NULL */
    const char *enhanced;   /* list: enhanced codes that often come with it; or NULL */
    const char *rules;      /* list: ids of the rules that look at it; or NULL */
    const char *references; /* where it is defined */
};

/* What a digit of a code, or a number of an enhanced code, says by itself. */
struct helo_explain_part {
    const char *name;
    const char *meaning;
    const char *references;
};

/* One enhanced code (RFC 3463) but for its class: X.subject.detail. */
struct helo_explain_enhanced {
    uint16_t subject;
    uint16_t detail;
    const char *title;
    const char *meaning;
    const char *success;    /* the meaning with class 2 where that is another; or NULL */
    const char *advice;     /* what to do about it with class 4 or 5; or NULL */
    const char *classes;    /* list: the classes that make sense with it */
    const char *codes;      /* list: reply codes that it often comes with; or NULL */
    const char *rules;      /* list: ids of the rules that look at it; or NULL */
    const char *references; /* where it is defined */
};

/* What tells two codes apart that are worth seeing side by side. */
struct helo_explain_pair {
    uint16_t first; /* the smaller code */
    uint16_t second;
    const char *differences; /* points, each "Aspect: what differs" */
    const char *expect;      /* points: which to expect when */
    const char *example;     /* a dialogue that has both; or NULL */
};

/* The explanation of this code, or NULL for a code of no table. */
const struct helo_explain_code *helo_explain_code(unsigned code);

/* The tables' codes in ascending order: the one at index, or NULL past the end. */
const struct helo_explain_code *helo_explain_code_at(size_t index);

/* The first digit of a code, 1 to 5; else NULL. RFC 5321 knows 2 to 5. */
const struct helo_explain_part *helo_explain_class(unsigned digit);

/* The second digit of a code, 0 to 9; else NULL. RFC 5321 gives 0, 1, 2 and 5 a meaning. */
const struct helo_explain_part *helo_explain_group(unsigned digit);

/* The explanation of X.subject.detail, or NULL for one that is not registered. */
const struct helo_explain_enhanced *helo_explain_enhanced(unsigned subject, unsigned detail);

/* The table's enhanced codes in ascending order: the one at index, or NULL past the end. */
const struct helo_explain_enhanced *helo_explain_enhanced_at(size_t index);

/* The class of an enhanced code: 2, 4 or 5; else NULL. */
const struct helo_explain_part *helo_explain_enhanced_class(unsigned number);

/* The subject of an enhanced code: 0 to 7; else NULL. */
const struct helo_explain_part *helo_explain_enhanced_subject(unsigned number);

/* What there is to say about these two codes, in either order; NULL: nothing of its own. */
const struct helo_explain_pair *helo_explain_pair(unsigned one, unsigned other);

/* The pairs that there are, in ascending order: the one at index, or NULL past the end. */
const struct helo_explain_pair *helo_explain_pair_at(size_t index);

#ifdef __cplusplus
}
#endif

#endif
