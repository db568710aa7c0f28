/* Finds in what the server says what the client has sent, by the marks of it, and masks it. */
#include <string.h>

#include "base/ascii.h"
#include "base/limits.h"
#include "smtp/base64.h"
#include "smtp/marks.h"
#include "smtp/stock.h"
#include "smtp/text.h"

/* So many octets in a row that a challenge has of a line are no chance. */
#define ECHO_CHALLENGE 16u
/* Bits of the text that are masked. */
#define COVER_WORDS (LIMIT_REPLY_TEXT / 64)

static bool is_alphanumeric(uint8_t c)
{
    return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c >= 0x80;
}

/* What of a text is masked, a bit for each octet. */
struct cover {
    uint64_t bits[COVER_WORDS];
    bool any;
};

static bool is_covered(const struct cover *cover, size_t at)
{
    return (cover->bits[at / 64] >> (at % 64) & 1) != 0;
}

static void cover_one(struct cover *cover, size_t at)
{
    cover->bits[at / 64] |= UINT64_C(1) << at % 64;
    cover->any = true;
}

/* The octets of the text so far, line breaks left out. */
struct window {
    uint64_t as_is;
    uint64_t folded;
    size_t seen;
    size_t at[8]; /* where the last eight stand */
};

static void cover_last(struct cover *cover, const struct window *window, size_t n)
{
    for (size_t i = 1; i <= n; i++)
        cover_one(cover, window->at[(window->seen - i) % 8]);
}

/* A whole secret of three octets anywhere, a shorter one between what is neither letter nor digit.
 */
static void look_for_whole(const struct secrets *secrets, struct helo_slice text, size_t end,
                           const struct window *window, struct cover *cover)
{
    bool behind = end + 1 < text.len && is_alphanumeric(text.ptr[end + 1]);
    for (size_t n = 1; n <= MARK_WHOLE_LONGEST && n <= window->seen; n++) {
        uint64_t octets = window->folded & ((UINT64_C(1) << 8 * n) - 1);
        bool before = n < window->seen && is_alphanumeric((uint8_t)(window->folded >> 8 * n));
        if ((n == MARK_WHOLE_LONGEST || !(before || behind)) &&
            marks_have(secrets, MARK_WHOLE, octets << 8 | n))
            cover_last(cover, window, n);
    }
}

/* Looks at the runs that end with the window's last octet. */
static void look(const struct secrets *secrets, bool challenge, const struct window *window,
                 struct cover *cover, struct cover *lines)
{
    uint32_t folded = (uint32_t)window->folded;
    if (window->seen < 4 || !marks_have_pair(secrets, folded) ||
        !marks_have_pair(secrets, folded >> 8) || !marks_have_pair(secrets, folded >> 16))
        return;
    uint32_t as_is = (uint32_t)window->as_is;
    /* In Base64, letters in a row make no words: what a secret has in clear is there by chance. */
    struct cover *clear = challenge ? lines : cover;
    if (marks_have(secrets, MARK_FOUR, folded) ||
        (!challenge && marks_have(secrets, MARK_FOUR_LINE, as_is)))
        cover_last(clear, window, 4);
    if (window->seen < 8)
        return;
    if (marks_have(secrets, MARK_EIGHT, window->folded))
        cover_last(clear, window, 8);
    if (marks_have(secrets, MARK_EIGHT_LINE, window->folded))
        cover_last(lines, window, 8);
}

/* Takes over what lines covers: in a challenge only what is long, or all there is. */
static void take_over(struct cover *cover, const struct cover *lines, size_t len, bool challenge)
{
    for (size_t start = 0, end; start < len; start = end) {
        bool covered = is_covered(lines, start);
        for (end = start + 1; end < len && is_covered(lines, end) == covered; end++)
            ;
        bool enough = !challenge || end - start >= ECHO_CHALLENGE || end - start == len;
        for (size_t i = start; covered && enough && i < end; i++)
            cover_one(cover, i);
    }
}

/* Half a character of UTF-8 would make the text another one. */
static void cover_characters(struct cover *cover, struct helo_slice text)
{
    for (size_t i = 1; i < text.len; i++)
        if ((text.ptr[i] & 0xc0) == 0x80 && is_covered(cover, i - 1))
            cover_one(cover, i);
    for (size_t i = text.len - (text.len > 0); i > 0; i--)
        if ((text.ptr[i] & 0xc0) == 0x80 && text.ptr[i - 1] >= 0x80 && is_covered(cover, i))
            cover_one(cover, i - 1);
}

/* Octets read out of characters that may encode them, and where those stand. */
struct decoder {
    uint64_t bits;      /* of the last characters */
    size_t seen;        /* characters in a row */
    size_t at[16];      /* where the last 16 stand */
    uint64_t octets[4]; /* for each way to begin a group: the last eight, in lower case */
    uint32_t as_is[4];
    size_t count[4];
};

/* A character of Base64, also as RFC 4648 section 5 has it; negative: none. */
static int base64_value(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

/* Covers the characters of the last n octets of the groups that begin with character way; each
 * character has so many bits. */
static void cover_encoded(struct cover *cover, const struct decoder *decoder, size_t way, size_t n,
                          size_t bits)
{
    size_t last = decoder->count[way] * 8 - 1;
    size_t first = (decoder->count[way] - n) * 8;
    for (size_t i = way + first / bits; i <= way + last / bits; i++)
        cover_one(cover, decoder->at[i % 16]);
}

/* One more octet is known. */
static void decoded(const struct secrets *secrets, struct decoder *decoder, size_t way,
                    uint64_t octet, size_t bits, struct cover *cover)
{
    uint64_t octets = decoder->octets[way] << 8 | ascii_lower((uint8_t)octet);
    uint32_t four = (uint32_t)octets;
    uint32_t as_is = decoder->as_is[way] << 8 | (uint8_t)octet;
    decoder->octets[way] = octets;
    decoder->as_is[way] = as_is;
    decoder->count[way]++;
    if (decoder->count[way] < 4 || !marks_have_pair(secrets, four) ||
        !marks_have_pair(secrets, four >> 8) || !marks_have_pair(secrets, four >> 16))
        return;
    /* A line that looks like Base64 may be a secret in clear. */
    if (marks_have(secrets, MARK_FOUR, four) || marks_have(secrets, MARK_FOUR_LINE, as_is))
        cover_encoded(cover, decoder, way, 4, bits);
    if (decoder->count[way] >= 8 && marks_have(secrets, MARK_EIGHT, octets))
        cover_encoded(cover, decoder, way, 8, bits);
}

/* The groups that are left unfinished: one or two octets each. */
static void end_base64(const struct secrets *secrets, struct decoder *decoder, struct cover *cover)
{
    for (size_t way = 0; way < 4 && way < decoder->seen; way++) {
        size_t left = (decoder->seen - way) % 4;
        if (left == 2)
            decoded(secrets, decoder, way, decoder->bits >> 4, 6, cover);
        if (left == 3) {
            decoded(secrets, decoder, way, decoder->bits >> 10, 6, cover);
            decoded(secrets, decoder, way, decoder->bits >> 2, 6, cover);
        }
    }
    *decoder = (struct decoder){0};
}

static void next_character(struct decoder *decoder, int value, unsigned bits, size_t at)
{
    decoder->bits = decoder->bits << bits | (unsigned)value;
    decoder->at[decoder->seen++ % 16] = at;
}

/* Whatever stands before a secret in what was encoded, its octets begin a group in one of four
 * ways. */
static void look_into_base64(const struct secrets *secrets, struct decoder *decoder, uint8_t c,
                             size_t at, struct cover *cover)
{
    int value = base64_value(c);
    if (value < 0) {
        if (decoder->seen > 0)
            end_base64(secrets, decoder, cover);
        return;
    }
    next_character(decoder, value, 6, at);
    if (decoder->seen < 4)
        return;
    size_t way = decoder->seen % 4;
    for (unsigned shift = 24; shift > 0; shift -= 8)
        decoded(secrets, decoder, way, decoder->bits >> (shift - 8), 6, cover);
}

static void look_into_hexadecimal(const struct secrets *secrets, struct decoder *decoder, uint8_t c,
                                  size_t at, struct cover *cover)
{
    int value = ascii_hexadecimal(c);
    if (value < 0) {
        *decoder = (struct decoder){0};
        return;
    }
    next_character(decoder, value, 4, at);
    if (decoder->seen >= 2)
        decoded(secrets, decoder, decoder->seen % 2, decoder->bits, 4, cover);
}

static bool is_base64(struct helo_slice text)
{
    while (text.len > 0 && (base64_has(text.ptr[0]) || text.ptr[0] == '=')) {
        text.ptr++;
        text.len--;
    }
    return text.len == 0;
}

static void find(const struct secrets *secrets, struct helo_slice text, bool challenge,
                 struct cover *cover)
{
    struct cover lines = {{0}, false};
    struct window window = {0};
    struct decoder base64 = {0};
    struct decoder hexadecimal = {0};
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\n')
            continue;
        window.as_is = window.as_is << 8 | text.ptr[i];
        window.folded = window.folded << 8 | ascii_lower(text.ptr[i]);
        window.at[window.seen++ % 8] = i;
        look(secrets, challenge, &window, cover, &lines);
        look_into_base64(secrets, &base64, text.ptr[i], i, cover);
        look_into_hexadecimal(secrets, &hexadecimal, text.ptr[i], i, cover);
        if (secrets->has_whole)
            look_for_whole(secrets, text, i, &window, cover);
    }
    end_base64(secrets, &base64, cover);
    if (lines.any)
        take_over(cover, &lines, text.len, challenge);
    if (cover->any)
        cover_characters(cover, text);
}

/* The next or the last octet in a direction that is no line break; the text's length: none. */
static size_t beside(struct helo_slice text, size_t at, bool before)
{
    do
        at = before ? at - 1 : at + 1; /* below 0 it is larger than any length */
    while (at < text.len && text.ptr[at] == '\n');
    return at < text.len ? at : text.len;
}

/* Does what is covered in a word go on beyond it? */
static bool goes_on(const struct cover *cover, struct helo_slice text, size_t start, size_t end)
{
    size_t before = beside(text, start, true);
    size_t behind = beside(text, end - 1, false);
    return (before < text.len && is_covered(cover, before)) ||
           (behind < text.len && is_covered(cover, behind));
}

static void uncover(struct cover *cover, size_t start, size_t end)
{
    for (size_t i = start; i < end; i++)
        cover->bits[i / 64] &= ~(UINT64_C(1) << i % 64);
}

/* A word that servers say by themselves stays, although some of it is in a secret: but for one that
 * is a secret, or is cut out of what is repeated of one. */
static void leave_stock_words(const struct secrets *secrets, struct helo_slice text,
                              struct cover *cover)
{
    for (size_t start = 0, end; start < text.len; start = end) {
        bool any = false;
        for (end = start; end < text.len && is_alphanumeric(text.ptr[end]); end++)
            any = any || is_covered(cover, end);
        struct helo_slice word = {text.ptr + start, end - start};
        if (any && !goes_on(cover, text, start, end) && stock_is_word(word) &&
            !secrets_has(secrets, word))
            uncover(cover, start, end);
        end += end == start;
    }
}

/* What a server says to every other command, and to no secret. */
static bool is_mere_consent(struct helo_slice text)
{
    return text.len == 2 && ascii_lower(text.ptr[0]) == 'o' && ascii_lower(text.ptr[1]) == 'k';
}

static struct helo_slice mask(const struct secrets *secrets, struct helo_slice text, bool challenge,
                              uint8_t *scratch, size_t size)
{
    bool all = secrets_hides_all(secrets);
    struct cover cover = {{0}, all};
    if (text.len > LIMIT_REPLY_TEXT)
        text.len = LIMIT_REPLY_TEXT;
    if (all && is_mere_consent(text) && !secrets_has(secrets, text))
        return text;
    bool opaque = challenge && is_base64(text);
    if (all)
        memset(cover.bits, 0xff, sizeof(cover.bits));
    else
        find(secrets, text, opaque, &cover);
    if (!cover.any)
        return text;
    if (!all && !opaque)
        leave_stock_words(secrets, text, &cover);
    size_t out = 0;
    for (size_t i = 0, run = 0; i < text.len && out < size; i++) {
        bool masked = is_covered(&cover, i) && text.ptr[i] != '\n';
        run = masked ? run + 1 : 0;
        if (!masked)
            scratch[out++] = text.ptr[i];
        else if (run <= 3)
            scratch[out++] = '*';
    }
    return (struct helo_slice){scratch, out};
}

struct helo_slice secrets_mask(const struct secrets *secrets, struct helo_slice text,
                               bool challenge, uint8_t *scratch, size_t size)
{
    if (!secrets_any(secrets) || text.len == 0)
        return text;
    return mask(secrets, text, challenge, scratch, size);
}
