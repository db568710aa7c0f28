/* Text for a person, wrapped to a width, in one column or in two side by side. */
#ifndef CLI_PAGE_H
#define CLI_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* From this width on two columns fit side by side. */
#define PAGE_COLUMNS_WIDTH 80
/* Longer lines are hard to read; so wide one column may be, and each of two. */
#define PAGE_MOST_COLUMN 100

struct page {
    FILE *to;
    size_t width; /* columns that a line may take */
    bool styles;  /* bold headings */
};

/* One text of a page. '\n' begins a new line; blanks are where lines may be broken. */
struct page_cell {
    const char *text;
    size_t indent; /* columns before each line */
    size_t hang;   /* columns more before a line that goes on from the one before */
    bool bold;
    bool marked; /* a dash before each line of the text but those that end with a colon */
};

/* Whether page_two puts its cells side by side. */
bool page_is_wide(const struct page *page);

void page_one(const struct page *page, const struct page_cell *cell);

/* Both cells side by side, if the page is wide, else one below the other. */
void page_two(const struct page *page, const struct page_cell *left, const struct page_cell *right);

/* An empty line. */
void page_gap(const struct page *page);

/* Columns that a text of UTF-8 takes, where each character takes one. */
size_t page_columns(const char *text, size_t len);

#endif
