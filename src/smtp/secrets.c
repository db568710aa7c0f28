/* Which marks are taken of what the client sent. */
#include "smtp/secrets.h"

#include <string.h>

#include "base/ascii.h"
#include "base/limits.h"
#include "smtp/base64.h"
#include "smtp/marks.h"
#include "smtp/stock.h"
#include "smtp/text.h"

/* An answer of one word, rather than a token. */
#define CLEAR_LONGEST 32u
/* Of long secrets every fourth run is marked: what repeats eleven octets has one of them. */
#define COARSE_STEP 4u
/* Pieces of a text that are looked at by themselves. */
#define MOST_PIECES 32u

/* An octet that lines have; NUL and 0x01 stand between parts. A line may end in more than CR LF. */
static bool is_of_text(uint8_t c)
{
    return (c >= ' ' && c != 0x7f) || c <= 1 || c == '\t' || c == '\r';
}

static bool is_text(struct helo_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_of_text(text.ptr[i]))
            return false;
    return true;
}

static bool is_printable(struct helo_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < ' ' || text.ptr[i] >= 0x7f)
            return false;
    return true;
}

/* Are the octets the secret's own? What a token of binary octets has in clear, such as the host
 * that it is for, is no secret, nor is what all tokens have. */
static bool is_own(enum mark_kind kind, bool is_token, struct helo_slice octets)
{
    if (is_token && is_printable(octets))
        return false;
    return !((is_token || kind == MARK_EIGHT_LINE) && stock_is_common(octets));
}

/* Marks every run of four or eight octets, as they are or in lower case. */
static void add_runs(struct secrets *secrets, enum mark_kind kind, struct helo_slice text,
                     size_t length, size_t step)
{
    bool is_token = kind == MARK_EIGHT && !is_text(text);
    bool as_is = kind == MARK_FOUR_LINE;
    uint64_t run = 0;
    for (size_t i = 0; i < text.len && !secrets->everything; i++) {
        uint8_t c = as_is ? text.ptr[i] : ascii_lower(text.ptr[i]);
        run = run << 8 | c;
        if (i > 0)
            marks_add_pair(secrets, (uint32_t)ascii_lower(text.ptr[i - 1]) << 8 | ascii_lower(c));
        bool is_due = i + 1 >= length && (i + 1 - length) % step == 0;
        /* The last one, too: so the end of a long secret is covered like its start. */
        is_due = is_due || (step > 1 && i + 1 == text.len && text.len >= length);
        if (is_due &&
            is_own(kind, is_token, (struct helo_slice){text.ptr + i + 1 - length, length}))
            marks_add(secrets, kind, length == 4 ? run & UINT32_MAX : run);
    }
}

static void add_whole(struct secrets *secrets, struct helo_slice secret)
{
    uint64_t octets = 0;
    for (size_t i = 0; i < secret.len; i++)
        octets = octets << 8 | ascii_lower(secret.ptr[i]);
    marks_add(secrets, MARK_WHOLE, octets << 8 | secret.len);
    secrets->has_whole = true;
}

static bool is_separator(uint8_t c)
{
    return c <= ' ' || c == ',' || c == '=' || c == ':';
}

/* A part by itself, and what stands in it between separators and behind one: as a list, or a key
 * and its value, it may have a secret in it. */
static void add_pieces(struct secrets *secrets, struct helo_slice part)
{
    size_t start = 0;
    marks_add(secrets, MARK_FULL, marks_hash(part));
    while (part.len > 0 && part.ptr[part.len - 1] <= ' ')
        part.len--;
    marks_add(secrets, MARK_FULL, marks_hash(part));
    for (size_t i = 0, count = 0; i < part.len && count < MOST_PIECES; i++) {
        if (!is_separator(part.ptr[i]))
            continue;
        marks_add(secrets, MARK_FULL, marks_hash((struct helo_slice){part.ptr + start, i - start}));
        marks_add(secrets, MARK_FULL,
                  marks_hash((struct helo_slice){part.ptr + i + 1, part.len - i - 1}));
        start = i + 1;
        count++;
    }
}

/* The parts of a text that NUL or 0x01 separates, as PLAIN and OAuth have them: each by itself, and
 * by its octets if it is too short for runs. */
static void add_parts(struct secrets *secrets, struct helo_slice text)
{
    size_t start = 0;
    for (size_t i = 0; i <= text.len; i++) {
        if (i < text.len && text.ptr[i] > 1)
            continue;
        if (i > start) {
            struct helo_slice part = {text.ptr + start, i - start};
            if (part.len <= MARK_WHOLE_LONGEST)
                add_whole(secrets, part);
            add_pieces(secrets, part);
        }
        start = i + 1;
    }
}

void secrets_add(struct secrets *secrets, struct helo_slice secret)
{
    if (secret.len > LIMIT_SECRET_FINE) {
        marks_add(secrets, MARK_FULL, marks_hash(secret));
        add_runs(secrets, MARK_EIGHT, secret, 8, COARSE_STEP);
        return;
    }
    add_runs(secrets, MARK_FOUR, secret, 4, 1);
    if (is_text(secret))
        add_parts(secrets, secret);
}

/* Does it look like UTF-8, as random octets hardly do? */
static bool is_utf8(struct helo_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        bool follows = (text.ptr[i] & 0xc0) == 0x80;
        bool leads = text.ptr[i] >= 0xc0;
        if (follows && (i == 0 || text.ptr[i - 1] < 0x80))
            return false;
        if (leads && (i + 1 == text.len || (text.ptr[i + 1] & 0xc0) != 0x80))
            return false;
    }
    return is_text(text);
}

/* Is a line too short to be told from a secret in clear, or does it say nothing as Base64? What a
 * mechanism says in so few octets is text, a name or a password; tokens of others are longer. */
static bool may_be_clear(struct helo_slice line)
{
    uint8_t octets[CLEAR_LONGEST];
    if (line.len > CLEAR_LONGEST)
        return false;
    struct base64_outcome outcome = base64_decode(line, octets, sizeof(octets));
    struct helo_slice said = {octets, outcome.len};
    bool clear = line.len < 8 || outcome.fault != BASE64_OK || !is_utf8(said);
    explicit_bzero(octets, sizeof(octets));
    return clear;
}

void secrets_add_line(struct secrets *secrets, struct helo_slice line)
{
    if (line.len > LIMIT_SECRET_FINE) {
        add_runs(secrets, MARK_EIGHT_LINE, line, 8, COARSE_STEP);
        return;
    }
    if (line.len > 0)
        marks_add(secrets, MARK_FULL, marks_hash(line));
    add_runs(secrets, may_be_clear(line) ? MARK_FOUR : MARK_FOUR_LINE, line, 4, 1);
    add_runs(secrets, MARK_EIGHT_LINE, line, 8, 1);
}

void secrets_add_text(struct secrets *secrets, struct helo_slice line)
{
    add_runs(secrets, MARK_EIGHT, line, 8, line.len > LIMIT_SECRET_FINE ? COARSE_STEP : 1);
}

/* What a word of Base64 holds, whether its padding is right or not. */
static void add_decoded(struct secrets *secrets, struct helo_slice word)
{
    word.len -= word.len % 4 == 1;
    uint8_t *octets = word.len > 0 ? mem_take(secrets->mem, word.len + 4) : NULL;
    if (octets == NULL) {
        if (word.len > 0)
            secrets_mask_everything(secrets);
        return;
    }
    size_t padded = word.len;
    memcpy(octets, word.ptr, word.len);
    while (padded % 4 != 0)
        octets[padded++] = '=';
    struct helo_slice text = {octets, padded};
    struct base64_outcome outcome = base64_decode(text, octets, padded);
    struct helo_slice said = {octets, outcome.len};
    if (outcome.fault == BASE64_OK && said.len >= MARK_WHOLE_LONGEST &&
        (is_text(said) || said.len >= 8))
        secrets_add(secrets, said);
    explicit_bzero(octets, word.len + 4);
    mem_give(secrets->mem, octets, word.len + 4);
}

/* Each word of a line by itself: which of them is the secret, nobody knows. */
static void add_each_word(struct secrets *secrets, struct helo_slice line)
{
    for (struct helo_slice word = slice_word(&line); word.len > 0; word = slice_word(&line))
        marks_add(secrets, MARK_FULL, marks_hash(word));
}

void secrets_add_words(struct secrets *secrets, struct helo_slice line)
{
    secrets_add(secrets, line);
    if (line.len <= LIMIT_SECRET_FINE) {
        add_runs(secrets, MARK_EIGHT, line, 8, COARSE_STEP); /* for challenges */
        add_each_word(secrets, line);
    }
    for (size_t i = 0; i < line.len && !secrets->everything;) {
        size_t start = i;
        while (i < line.len && base64_has(line.ptr[i]))
            i++;
        struct helo_slice word = {line.ptr + start, i - start};
        if (word.len > MARK_WHOLE_LONGEST && word.len <= CLEAR_LONGEST)
            marks_add(secrets, MARK_FULL, marks_hash(word));
        add_decoded(secrets, word);
        i += i == start;
    }
}

/* What is left of a line without the octets that are no letters of Base64; url: with "-" and "_"
 * for two of them. */
static size_t letters_of(struct helo_slice line, bool url, uint8_t *letters)
{
    size_t count = 0;
    for (size_t i = 0; i < line.len; i++) {
        uint8_t c = line.ptr[i];
        if (url && (c == '-' || c == '_'))
            c = c == '-' ? '+' : '/';
        if (base64_has(c))
            letters[count++] = c;
    }
    return count;
}

void secrets_add_lenient(struct secrets *secrets, struct helo_slice line)
{
    uint8_t *letters = line.len > 0 ? mem_take(secrets->mem, line.len) : NULL;
    if (letters == NULL) {
        if (line.len > 0)
            secrets_mask_everything(secrets);
        return;
    }
    size_t plain = letters_of(line, false, letters);
    add_decoded(secrets, (struct helo_slice){letters, plain});
    size_t url = letters_of(line, true, letters);
    if (url != plain)
        add_decoded(secrets, (struct helo_slice){letters, url});
    explicit_bzero(letters, line.len);
    mem_give(secrets->mem, letters, line.len);
}

bool secrets_any(const struct secrets *secrets)
{
    return secrets->everything || secrets->veil || secrets->count > 0;
}

bool secrets_hides_all(const struct secrets *secrets)
{
    return secrets->everything || secrets->veil;
}

bool secrets_has(const struct secrets *secrets, struct helo_slice text)
{
    return secrets->count > 0 && text.len > 0 && marks_have(secrets, MARK_FULL, marks_hash(text));
}
