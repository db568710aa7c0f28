/* Text for a person, wrapped to a width, in one column or in two side by side. */
#include "cli/page.h"

#include <string.h>

/* Columns between the two columns. */
#define GUTTER 3

#define BOLD  "\033[1m"
#define PLAIN "\033[0m"

/* A cell on its way to the page. */
struct flow {
    const struct page_cell *cell;
    const char *at;
    bool goes_on; /* the next line continues a broken one */
    bool marked;  /* this line of the text has a mark */
};

/* One line of a cell. */
struct piece {
    const char *text;
    size_t len;
    size_t indent;
    const char *mark; /* before the text, of as many columns as octets */
};

#define MARK "- "

static bool begins_character(char octet)
{
    return ((unsigned char)octet & 0xc0) != 0x80;
}

size_t page_columns(const char *text, size_t len)
{
    size_t columns = 0;
    for (size_t i = 0; i < len; i++)
        columns += begins_character(text[i]);
    return columns;
}

/* The octets of the first so many characters of a text. */
static size_t octets_of(const char *text, size_t characters)
{
    size_t len = 0;
    while (text[len] != '\0' && (!begins_character(text[len]) || characters-- > 0))
        len++;
    return len;
}

/* How many octets of the line at text fit: up to a blank, if there is one, else what fits. */
static size_t fitting(const char *text, size_t columns)
{
    size_t line = strcspn(text, "\n");
    size_t most = octets_of(text, columns);
    if (line <= most)
        return line;
    size_t len = most;
    while (len > 0 && text[len] != ' ')
        len--;
    while (len > 0 && text[len - 1] == ' ')
        len--;
    return len > 0 ? len : most;
}

static bool is_heading(const char *text)
{
    size_t len = strcspn(text, "\n");
    return len > 0 && text[len - 1] == ':';
}

/* The next line of a cell in so many columns; false at the end. */
static bool next_piece(struct flow *flow, size_t width, struct piece *piece)
{
    const struct page_cell *cell = flow->cell;
    *piece = (struct piece){.text = flow->at, .mark = ""};
    if (*flow->at == '\0')
        return false;
    piece->indent = cell->indent + (flow->goes_on ? cell->hang : 0);
    if (!flow->goes_on)
        flow->marked = cell->marked && !is_heading(flow->at);
    if (flow->marked && flow->goes_on)
        piece->indent += strlen(MARK);
    else if (flow->marked)
        piece->mark = MARK;
    size_t taken = piece->indent + strlen(piece->mark);
    piece->len = fitting(flow->at, width > taken ? width - taken : 1);
    flow->at += piece->len;
    flow->goes_on = *flow->at != '\n';
    flow->at += flow->goes_on ? strspn(flow->at, " ") : 1;
    return true;
}

static size_t columns_of(const struct piece *piece)
{
    return piece->indent + strlen(piece->mark) + page_columns(piece->text, piece->len);
}

static void put(const struct page *page, const struct page_cell *cell, const struct piece *piece)
{
    if (piece->len == 0)
        return;
    bool bold = cell->bold && page->styles;
    fprintf(page->to, "%*s%s%s%.*s%s", (int)piece->indent, "", piece->mark, bold ? BOLD : "",
            (int)piece->len, piece->text, bold ? PLAIN : "");
}

static size_t column_of(size_t width)
{
    return width < PAGE_MOST_COLUMN ? width : PAGE_MOST_COLUMN;
}

bool page_is_wide(const struct page *page)
{
    return page->width >= PAGE_COLUMNS_WIDTH;
}

void page_gap(const struct page *page)
{
    fputc('\n', page->to);
}

void page_one(const struct page *page, const struct page_cell *cell)
{
    struct flow flow = {.cell = cell, .at = cell->text};
    struct piece piece;
    while (next_piece(&flow, column_of(page->width), &piece)) {
        put(page, cell, &piece);
        fputc('\n', page->to);
    }
}

static void side_by_side(const struct page *page, const struct page_cell *left,
                         const struct page_cell *right)
{
    size_t column = column_of((page->width - GUTTER) / 2);
    struct flow flows[2] = {{.cell = left, .at = left->text}, {.cell = right, .at = right->text}};
    for (;;) {
        struct piece pieces[2];
        bool has_left = next_piece(&flows[0], column, &pieces[0]);
        bool has_right = next_piece(&flows[1], column, &pieces[1]);
        if (!has_left && !has_right)
            return;
        put(page, left, &pieces[0]);
        if (pieces[1].len > 0)
            fprintf(page->to, "%*s", (int)(column + GUTTER - columns_of(&pieces[0])), "");
        put(page, right, &pieces[1]);
        fputc('\n', page->to);
    }
}

void page_two(const struct page *page, const struct page_cell *left, const struct page_cell *right)
{
    if (page_is_wide(page)) {
        side_by_side(page, left, right);
        return;
    }
    page_one(page, left);
    page_one(page, right);
}
