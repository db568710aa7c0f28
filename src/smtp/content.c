/* The content scanner: a small automaton that is left at memory speed between line breaks. */
#include "smtp/content.h"

#include <string.h>

#ifdef __x86_64__
#include <immintrin.h>
#endif

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
    smuggling_start(&scan->smuggling);
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

/* Octets up to CR can stand before the dot of a line: CR, LF, and the NUL that some servers take
 * for nothing. A tab is found as well and means nothing. */
#define LAST_BREAK '\r'

#ifdef __x86_64__
/* Looks at 64 octets at a time; *i is left at the first block that holds such a dot, or at the last
 * that is not whole. */
__attribute__((target("avx2"))) static void pass_blocks_avx2(const uint8_t *data, size_t len,
                                                             size_t *i)
{
    const __m256i last = _mm256_set1_epi8(LAST_BREAK);
    const __m256i dot = _mm256_set1_epi8('.');
    for (; *i + 65 <= len; *i += 64) {
        const uint8_t *at = data + *i;
        __m256i low = _mm256_loadu_si256((const __m256i *)(const void *)at);
        __m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(at + 32));
        __m256i low_next = _mm256_loadu_si256((const __m256i *)(const void *)(at + 1));
        __m256i high_next = _mm256_loadu_si256((const __m256i *)(const void *)(at + 33));
        __m256i found =
            _mm256_or_si256(_mm256_and_si256(_mm256_cmpeq_epi8(_mm256_min_epu8(low, last), low),
                                             _mm256_cmpeq_epi8(low_next, dot)),
                            _mm256_and_si256(_mm256_cmpeq_epi8(_mm256_min_epu8(high, last), high),
                                             _mm256_cmpeq_epi8(high_next, dot)));
        if (!_mm256_testz_si256(found, found))
            return;
    }
}

static size_t find_in_blocks(const uint8_t *data, size_t len, size_t *i)
{
    const __m128i last = _mm_set1_epi8(LAST_BREAK);
    const __m128i dot = _mm_set1_epi8('.');
    if (__builtin_cpu_supports("avx2"))
        pass_blocks_avx2(data, len, i);
    for (; *i + 17 <= len; *i += 16) {
        __m128i here = _mm_loadu_si128((const __m128i *)(const void *)(data + *i));
        __m128i next = _mm_loadu_si128((const __m128i *)(const void *)(data + *i + 1));
        __m128i both = _mm_and_si128(_mm_cmpeq_epi8(_mm_min_epu8(here, last), here),
                                     _mm_cmpeq_epi8(next, dot));
        int mask = _mm_movemask_epi8(both);
        if (mask != 0)
            return *i + (size_t)__builtin_ctz((unsigned)mask);
    }
    return len;
}
#else
static size_t find_in_blocks(const uint8_t *data, size_t len, size_t *i)
{
    (void)data;
    (void)i;
    return len;
}
#endif

/* The first octet that a line can begin behind and that a dot follows, or len. The last octet is
 * not looked at: what follows it is not known. */
static size_t find_line_dot(const uint8_t *data, size_t len)
{
    size_t i = 0;
    size_t found = find_in_blocks(data, len, &i);
    if (found < len)
        return found;
    for (; i + 1 < len; i++) {
        if (data[i] <= LAST_BREAK && data[i + 1] == '.')
            return i;
    }
    return len;
}

/* The first octet that may end a line, or len. */
static size_t find_break(const uint8_t *data, size_t len)
{
    size_t i = 0;
    while (i < len && data[i] > LAST_BREAK)
        i++;
    return i;
}

/* Passes over text up to what stands before a line's leading dot; lines without one change nothing
 * but what stands before the next octet, unless each line's start is looked at. */
static size_t skip_text(struct content_scan *scan, const uint8_t *data, size_t len)
{
    bool lines = smuggling_wants_lines(&scan->smuggling);
    size_t before = lines ? find_break(data, len) : find_line_dot(data, len);
    size_t taken = before < len ? before + 1 : len;
    uint8_t last = data[taken - 1];
    bool cr_before = taken > 1 && data[taken - 2] == '\r';

    scan->octets += taken;
    smuggling_skip(&scan->smuggling, data, taken);
    if (last == '\n')
        scan->state = cr_before ? STATE_LINE : STATE_LINE_LF;
    else
        scan->state = last == '\r' ? STATE_CR : STATE_TEXT;
    return taken;
}

size_t content_scan(struct content_scan *scan, const uint8_t *data, size_t len, bool *ended)
{
    size_t i = 0;
    *ended = false;
    while (i < len) {
        if (scan->state == STATE_TEXT && smuggling_may_skip(&scan->smuggling)) {
            i += skip_text(scan, data + i, len - i);
            continue;
        }
        scan->octets++;
        if (step(scan, data[i])) {
            *ended = true;
            return i + 1;
        }
        smuggling_octet(&scan->smuggling, data[i++], scan->octets - 1);
    }
    return i;
}

void content_gap(struct content_scan *scan)
{
    scan->state = STATE_TEXT;
    smuggling_gap(&scan->smuggling);
    scan->bare_end = 0; /* more came behind it */
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
