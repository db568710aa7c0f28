/* The content scanner: a small automaton that is left at memory speed between line breaks. */
#include "smtp/content.h"

#include <string.h>

/* What stands before the next octet. */
enum {
    STATE_TEXT,
    STATE_CR,        /* ..CR */
    STATE_LINE,      /* a line break: CRLF */
    STATE_LINE_LF,   /* a line break: bare LF */
    STATE_DOT,       /* CRLF . */
    STATE_DOT_LF,    /* LF . */
    STATE_DOT_CR,    /* CRLF . CR */
    STATE_DOT_LF_CR, /* LF . CR */
};

void content_start(struct content_scan *scan)
{
    *scan = (struct content_scan){.state = STATE_LINE};
}

static uint8_t after_text(uint8_t c)
{
    if (c == '\r')
        return STATE_CR;
    return c == '\n' ? STATE_LINE_LF : STATE_TEXT;
}

/* One octet; true when it ends the content. octets counts it already. */
static bool step(struct content_scan *scan, uint8_t c)
{
    switch (scan->state) {
    case STATE_CR:
        scan->state = c == '\n' ? STATE_LINE : after_text(c);
        return false;
    case STATE_LINE:
        scan->state = c == '.' ? STATE_DOT : after_text(c);
        return false;
    case STATE_LINE_LF:
        scan->state = c == '.' ? STATE_DOT_LF : after_text(c);
        return false;
    case STATE_DOT:
        if (c == '\r') {
            scan->state = STATE_DOT_CR;
            return false;
        }
        scan->stuffed++;
        if (c == '\n') {
            scan->bare_end = scan->octets;
            scan->bare_dot_stuffed = true;
        }
        scan->state = after_text(c);
        return false;
    case STATE_DOT_LF:
        if (c == '\n') {
            scan->bare_end = scan->octets;
            scan->bare_dot_stuffed = false;
        }
        scan->state = c == '\r' ? STATE_DOT_LF_CR : after_text(c);
        return false;
    case STATE_DOT_CR:
        if (c == '\n')
            return true;
        scan->stuffed++;
        scan->state = after_text(c);
        return false;
    case STATE_DOT_LF_CR:
        if (c == '\n') {
            scan->bare_end = scan->octets;
            scan->bare_dot_stuffed = false;
            scan->state = STATE_LINE;
        } else {
            scan->state = after_text(c);
        }
        return false;
    default:
        scan->state = after_text(c);
        return false;
    }
}

size_t content_scan(struct content_scan *scan, const uint8_t *data, size_t len, bool *ended)
{
    size_t i = 0;
    *ended = false;
    while (i < len) {
        if (scan->state == STATE_TEXT) {
            const uint8_t *lf = memchr(data + i, '\n', len - i);
            size_t stop = lf != NULL ? (size_t)(lf - data) : len;
            if (lf == NULL) {
                scan->state = data[len - 1] == '\r' ? STATE_CR : STATE_TEXT;
                scan->octets += len - i;
                return len;
            }
            bool crlf = stop > i && data[stop - 1] == '\r';
            scan->octets += stop + 1 - i;
            i = stop + 1;
            scan->state = crlf ? STATE_LINE : STATE_LINE_LF;
            continue;
        }
        scan->octets++;
        if (step(scan, data[i++])) {
            *ended = true;
            return i;
        }
    }
    return i;
}

void content_gap(struct content_scan *scan)
{
    scan->state = STATE_TEXT;
}

uint64_t content_size(const struct content_scan *scan)
{
    return scan->octets - scan->stuffed - 3;
}

bool content_ends_leniently(const struct content_scan *scan)
{
    return scan->bare_end > 0 && scan->bare_end == scan->octets;
}

void content_end_leniently(struct content_scan *scan)
{
    /* content_size subtracts a terminator of three octets; ". LF" has two. */
    if (scan->state == STATE_LINE_LF)
        scan->octets++;
    if (scan->bare_dot_stuffed)
        scan->stuffed--;
}
