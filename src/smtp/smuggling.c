/* The look-alike finder: an automaton over line breaks and dots, a word at each line's start. */
#include "smtp/smuggling.h"

#include <string.h>

#define NO_WORD (sizeof(((struct smuggling *)0)->word) + 1)

void smuggling_start(struct smuggling *smuggling)
{
    *smuggling = (struct smuggling){.place = SMUGGLING_LINE, .word_len = NO_WORD};
}

static void begin_line(struct smuggling *smuggling, bool odd)
{
    smuggling->place = SMUGGLING_LINE;
    smuggling->odd = odd;
    smuggling->word_len = smuggling_wants_lines(smuggling) ? 0 : NO_WORD;
}

static void found(struct smuggling *smuggling)
{
    if (smuggling->sequences == 0)
        smuggling->first = smuggling->dot;
    if (smuggling->sequences < UINT32_MAX)
        smuggling->sequences++;
}

static bool is_command(const uint8_t word[4])
{
    static const char commands[][5] = {"EHLO", "MAIL", "RCPT", "DATA", "RSET"};
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (memcmp(word, commands[i], 4) == 0)
            return true;
    }
    return false;
}

/* The first word of a line: four letters and then no more of them. */
static void read_word(struct smuggling *smuggling, uint8_t c)
{
    if (smuggling->word_len > sizeof(smuggling->word))
        return;
    uint8_t upper = c >= 'a' && c <= 'z' ? (uint8_t)(c - ('a' - 'A')) : c;
    if (smuggling->word_len < sizeof(smuggling->word)) {
        bool letter = upper >= 'A' && upper <= 'Z';
        smuggling->word[smuggling->word_len] = upper;
        smuggling->word_len = letter ? (uint8_t)(smuggling->word_len + 1) : NO_WORD;
        return;
    }
    smuggling->word_len = NO_WORD;
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
        smuggling->command |= is_command(smuggling->word);
}

/* Behind a complete line break. */
static void at_line(struct smuggling *smuggling, uint8_t c, uint64_t before)
{
    switch (c) {
    case '\0':
        smuggling->odd = true;
        break;
    case '.':
        smuggling->place = SMUGGLING_DOT;
        smuggling->dot = before;
        break;
    case '\r':
        smuggling->place = SMUGGLING_CR;
        break;
    case '\n':
        begin_line(smuggling, true);
        break;
    default:
        smuggling->place = SMUGGLING_TEXT;
        read_word(smuggling, c);
        break;
    }
}

static void behind_dot(struct smuggling *smuggling, uint8_t c)
{
    switch (c) {
    case '\0':
        smuggling->odd = true;
        break;
    case '\r':
        smuggling->place = SMUGGLING_DOT_CR;
        break;
    case '\n':
        found(smuggling);
        begin_line(smuggling, true);
        break;
    default:
        smuggling->place = SMUGGLING_TEXT;
        smuggling->word_len = NO_WORD;
        break;
    }
}

/* Behind a dot and CRs. CRLF makes it a look-alike only if something before was odd: else it is the
 * end itself, and this octet is the content's last. */
static void behind_dot_crs(struct smuggling *smuggling, uint8_t c, uint64_t before)
{
    bool several = smuggling->place == SMUGGLING_DOT_CRS;
    if (c == '\r') {
        smuggling->place = SMUGGLING_DOT_CRS;
    } else if (c == '\n') {
        if (several || smuggling->odd)
            found(smuggling);
        begin_line(smuggling, several);
    } else {
        found(smuggling);
        begin_line(smuggling, true);
        at_line(smuggling, c, before);
    }
}

void smuggling_octet(struct smuggling *smuggling, uint8_t c, uint64_t before)
{
    switch ((enum smuggling_place)smuggling->place) {
    case SMUGGLING_TEXT:
        read_word(smuggling, c);
        if (c == '\r')
            smuggling->place = SMUGGLING_CR;
        else if (c == '\n')
            begin_line(smuggling, true);
        break;
    case SMUGGLING_CR:
    case SMUGGLING_CRS:
        if (c == '\r') {
            smuggling->place = SMUGGLING_CRS;
        } else if (c == '\n') {
            begin_line(smuggling, smuggling->place == SMUGGLING_CRS);
        } else {
            begin_line(smuggling, true);
            at_line(smuggling, c, before);
        }
        break;
    case SMUGGLING_LINE:
        at_line(smuggling, c, before);
        break;
    case SMUGGLING_DOT:
        behind_dot(smuggling, c);
        break;
    case SMUGGLING_DOT_CR:
    case SMUGGLING_DOT_CRS:
        behind_dot_crs(smuggling, c, before);
        break;
    }
}

/* What came before was text, so that the breaks at the end are wholly in data. */
void smuggling_skip(struct smuggling *smuggling, const uint8_t *data, size_t len)
{
    size_t at = len;
    while (at > 0 && data[at - 1] == '\0')
        at--;
    bool nul = at < len;
    bool lf = at > 0 && data[at - 1] == '\n';
    size_t crs = 0;
    for (size_t i = at - lf; i > 0 && data[i - 1] == '\r'; i--)
        crs++;
    if (lf)
        begin_line(smuggling, crs != 1 || nul);
    else if (crs > 0 && nul)
        begin_line(smuggling, true);
    else if (crs > 0)
        smuggling->place = crs == 1 ? SMUGGLING_CR : SMUGGLING_CRS;
}

void smuggling_gap(struct smuggling *smuggling)
{
    smuggling->place = SMUGGLING_TEXT;
    smuggling->word_len = NO_WORD;
}
