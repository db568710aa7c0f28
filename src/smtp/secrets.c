/* Marks of secrets: taken of what the client sent, and looked for in what the server says. */
#include "smtp/secrets.h"

#include <string.h>

#include "base/limits.h"
#include "smtp/base64.h"
#include "smtp/stock.h"
#include "smtp/text.h"

/* Kinds of marks. The same octets as marks of two kinds are two marks. */
enum kind {
    FOUR = 1,   /* octets of a secret, in lower case */
    FOUR_LINE,  /* octets of a line, as they are */
    EIGHT,      /* octets of a secret, in lower case */
    EIGHT_LINE, /* octets of a line, in lower case */
    WHOLE,      /* a secret of up to three octets, in lower case */
    FULL,       /* a hash of any secret, in lower case */
    WHOLE_LONGEST = 3,
};

#define PAIRS_SIZE (16 * sizeof(uint64_t)) /* a bit for each of 1,024 hashes */
#define FIRST_SIZE 128u
/* So many octets in a row that a challenge has of a line are no chance. */
#define ECHO_CHALLENGE 16u
/* An answer of one word, rather than a token. */
#define CLEAR_LONGEST 32u
/* Of long secrets every fourth run is marked: what repeats eleven octets has one of them. */
#define COARSE_STEP 4u
/* Pieces of a text that are looked at by themselves. */
#define MOST_PIECES 32u
/* Bits of the text that are masked. */
#define COVER_WORDS (LIMIT_REPLY_TEXT / 64)

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static bool is_alphanumeric(uint8_t c)
{
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || c >= 0x80;
}

/* Differs from run to run by an address that no sender knows, so that nobody can make marks meet in
 * one place. 64 bits: with 32 other octets have a secret's mark now and then, in some runs. 0 is
 * for free places. */
static uint64_t mark_of(const struct secrets *secrets, enum kind kind, uint64_t octets)
{
    uint64_t hash = octets ^ ((uint64_t)(uintptr_t)secrets + kind) * UINT64_C(0x9E3779B97F4A7C15);
    hash = (hash ^ hash >> 32) * UINT64_C(0xD6E8FEB86659FD93);
    hash = (hash ^ hash >> 32) * UINT64_C(0xD6E8FEB86659FD93);
    hash ^= hash >> 32;
    return hash | (hash == 0);
}

static uint32_t pair_of(uint32_t octets)
{
    return ((octets & 0xffff) * 40503u >> 6) & 1023;
}

static bool has_pair(const struct secrets *secrets, uint32_t octets)
{
    uint32_t pair = pair_of(octets);
    return secrets->pairs != NULL && (secrets->pairs[pair / 64] >> (pair % 64) & 1) != 0;
}

/* The place of a mark, or the free one where it belongs. */
static uint32_t place_of(const uint64_t *marks, uint32_t size, uint64_t mark)
{
    uint32_t at = (uint32_t)mark & (size - 1);
    while (marks[at] != 0 && marks[at] != mark)
        at = (at + 1) & (size - 1);
    return at;
}

static void give_back(struct secrets *secrets)
{
    if (secrets->marks != NULL)
        explicit_bzero(secrets->marks, secrets->size * sizeof(*secrets->marks));
    mem_give(secrets->mem, secrets->marks, secrets->size * sizeof(*secrets->marks));
    secrets->marks = NULL;
}

/* A larger table. False without memory, or when it is as large as it may be. */
static bool grow(struct secrets *secrets)
{
    uint32_t size = secrets->size == 0 ? FIRST_SIZE : secrets->size * 2;
    uint64_t *marks = NULL;
    if (size <= LIMIT_SECRET_MARKS)
        marks = mem_take_zero(secrets->mem, size * sizeof(*marks));
    if (marks == NULL) {
        secrets_mask_everything(secrets);
        return false;
    }
    for (uint32_t i = 0; i < secrets->size; i++) {
        if (secrets->marks[i] != 0)
            marks[place_of(marks, size, secrets->marks[i])] = secrets->marks[i];
    }
    give_back(secrets);
    secrets->marks = marks;
    secrets->size = size;
    return true;
}

static void add(struct secrets *secrets, enum kind kind, uint64_t octets)
{
    uint64_t mark = mark_of(secrets, kind, octets);
    if (secrets->everything || (secrets->count >= secrets->size / 4 * 3 && !grow(secrets)))
        return;
    uint32_t place = place_of(secrets->marks, secrets->size, mark);
    secrets->count += secrets->marks[place] == 0;
    secrets->marks[place] = mark;
}

static bool has(const struct secrets *secrets, enum kind kind, uint64_t octets)
{
    uint64_t mark = mark_of(secrets, kind, octets);
    return secrets->marks[place_of(secrets->marks, secrets->size, mark)] == mark;
}

static void add_pair(struct secrets *secrets, uint32_t octets)
{
    uint32_t pair = pair_of(octets);
    if (secrets->pairs == NULL)
        secrets->pairs = mem_take_zero(secrets->mem, PAIRS_SIZE);
    if (secrets->pairs == NULL)
        secrets_mask_everything(secrets);
    else
        secrets->pairs[pair / 64] |= UINT64_C(1) << pair % 64;
}

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
static bool is_own(enum kind kind, bool is_token, struct helo_slice octets)
{
    if (is_token && is_printable(octets))
        return false;
    return !((is_token || kind == EIGHT_LINE) && stock_is_common(octets));
}

/* Marks every run of four or eight octets, as they are or in lower case. */
static void add_runs(struct secrets *secrets, enum kind kind, struct helo_slice text, size_t length,
                     size_t step)
{
    bool is_token = kind == EIGHT && !is_text(text);
    bool as_is = kind == FOUR_LINE;
    uint64_t run = 0;
    for (size_t i = 0; i < text.len && !secrets->everything; i++) {
        uint8_t c = as_is ? text.ptr[i] : lower(text.ptr[i]);
        run = run << 8 | c;
        if (i > 0)
            add_pair(secrets, (uint32_t)lower(text.ptr[i - 1]) << 8 | lower(c));
        bool is_due = i + 1 >= length && (i + 1 - length) % step == 0;
        /* The last one, too: so the end of a long secret is covered like its start. */
        is_due = is_due || (step > 1 && i + 1 == text.len && text.len >= length);
        if (is_due &&
            is_own(kind, is_token, (struct helo_slice){text.ptr + i + 1 - length, length}))
            add(secrets, kind, length == 4 ? run & UINT32_MAX : run);
    }
}

static void add_whole(struct secrets *secrets, struct helo_slice secret)
{
    uint64_t octets = 0;
    for (size_t i = 0; i < secret.len; i++)
        octets = octets << 8 | lower(secret.ptr[i]);
    add(secrets, WHOLE, octets << 8 | secret.len);
    secrets->has_whole = true;
}

static uint64_t hash_of(struct helo_slice text)
{
    uint64_t hash = text.len;
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ lower(text.ptr[i])) * UINT64_C(0x9E3779B97F4A7C15) + (hash >> 29);
    return hash;
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
    add(secrets, FULL, hash_of(part));
    while (part.len > 0 && part.ptr[part.len - 1] <= ' ')
        part.len--;
    add(secrets, FULL, hash_of(part));
    for (size_t i = 0, count = 0; i < part.len && count < MOST_PIECES; i++) {
        if (!is_separator(part.ptr[i]))
            continue;
        add(secrets, FULL, hash_of((struct helo_slice){part.ptr + start, i - start}));
        add(secrets, FULL, hash_of((struct helo_slice){part.ptr + i + 1, part.len - i - 1}));
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
            if (part.len <= WHOLE_LONGEST)
                add_whole(secrets, part);
            add_pieces(secrets, part);
        }
        start = i + 1;
    }
}

void secrets_add(struct secrets *secrets, struct helo_slice secret)
{
    if (secret.len > LIMIT_SECRET_FINE) {
        add(secrets, FULL, hash_of(secret));
        add_runs(secrets, EIGHT, secret, 8, COARSE_STEP);
        return;
    }
    add_runs(secrets, FOUR, secret, 4, 1);
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
        add_runs(secrets, EIGHT_LINE, line, 8, COARSE_STEP);
        return;
    }
    if (line.len > 0)
        add(secrets, FULL, hash_of(line));
    add_runs(secrets, may_be_clear(line) ? FOUR : FOUR_LINE, line, 4, 1);
    add_runs(secrets, EIGHT_LINE, line, 8, 1);
}

void secrets_add_text(struct secrets *secrets, struct helo_slice line)
{
    add_runs(secrets, EIGHT, line, 8, line.len > LIMIT_SECRET_FINE ? COARSE_STEP : 1);
}

static bool in_alphabet(uint8_t c)
{
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || c == '+' || c == '/';
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
    if (outcome.fault == BASE64_OK && said.len >= WHOLE_LONGEST && (is_text(said) || said.len >= 8))
        secrets_add(secrets, said);
    explicit_bzero(octets, word.len + 4);
    mem_give(secrets->mem, octets, word.len + 4);
}

/* Each word of a line by itself: which of them is the secret, nobody knows. */
static void add_each_word(struct secrets *secrets, struct helo_slice line)
{
    for (struct helo_slice word = slice_word(&line); word.len > 0; word = slice_word(&line))
        add(secrets, FULL, hash_of(word));
}

void secrets_add_words(struct secrets *secrets, struct helo_slice line)
{
    secrets_add(secrets, line);
    if (line.len <= LIMIT_SECRET_FINE) {
        add_runs(secrets, EIGHT, line, 8, COARSE_STEP); /* for challenges */
        add_each_word(secrets, line);
    }
    for (size_t i = 0; i < line.len && !secrets->everything;) {
        size_t start = i;
        while (i < line.len && in_alphabet(line.ptr[i]))
            i++;
        struct helo_slice word = {line.ptr + start, i - start};
        if (word.len > WHOLE_LONGEST && word.len <= CLEAR_LONGEST)
            add(secrets, FULL, hash_of(word));
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
        if (in_alphabet(c))
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

void secrets_mask_everything(struct secrets *secrets)
{
    secrets->everything = true;
    give_back(secrets);
    secrets->size = secrets->count = 0;
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
    return secrets->count > 0 && text.len > 0 && has(secrets, FULL, hash_of(text));
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
    for (size_t n = 1; n <= WHOLE_LONGEST && n <= window->seen; n++) {
        uint64_t octets = window->folded & ((UINT64_C(1) << 8 * n) - 1);
        bool before = n < window->seen && is_alphanumeric((uint8_t)(window->folded >> 8 * n));
        if ((n == WHOLE_LONGEST || !(before || behind)) && has(secrets, WHOLE, octets << 8 | n))
            cover_last(cover, window, n);
    }
}

/* Looks at the runs that end with the window's last octet. */
static void look(const struct secrets *secrets, bool challenge, const struct window *window,
                 struct cover *cover, struct cover *lines)
{
    uint32_t folded = (uint32_t)window->folded;
    if (window->seen < 4 || !has_pair(secrets, folded) || !has_pair(secrets, folded >> 8) ||
        !has_pair(secrets, folded >> 16))
        return;
    uint32_t as_is = (uint32_t)window->as_is;
    /* In Base64, letters in a row make no words: what a secret has in clear is there by chance. */
    struct cover *clear = challenge ? lines : cover;
    if (has(secrets, FOUR, folded) || (!challenge && has(secrets, FOUR_LINE, as_is)))
        cover_last(clear, window, 4);
    if (window->seen < 8)
        return;
    if (has(secrets, EIGHT, window->folded))
        cover_last(clear, window, 8);
    if (has(secrets, EIGHT_LINE, window->folded))
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

static int hexadecimal_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10 : -1;
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
    uint64_t octets = decoder->octets[way] << 8 | lower((uint8_t)octet);
    uint32_t four = (uint32_t)octets;
    uint32_t as_is = decoder->as_is[way] << 8 | (uint8_t)octet;
    decoder->octets[way] = octets;
    decoder->as_is[way] = as_is;
    decoder->count[way]++;
    if (decoder->count[way] < 4 || !has_pair(secrets, four) || !has_pair(secrets, four >> 8) ||
        !has_pair(secrets, four >> 16))
        return;
    /* A line that looks like Base64 may be a secret in clear. */
    if (has(secrets, FOUR, four) || has(secrets, FOUR_LINE, as_is))
        cover_encoded(cover, decoder, way, 4, bits);
    if (decoder->count[way] >= 8 && has(secrets, EIGHT, octets))
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
    int value = hexadecimal_value(c);
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
    while (text.len > 0 && (in_alphabet(text.ptr[0]) || text.ptr[0] == '=')) {
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
        window.folded = window.folded << 8 | lower(text.ptr[i]);
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
    return text.len == 2 && lower(text.ptr[0]) == 'o' && lower(text.ptr[1]) == 'k';
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

void secrets_free(struct secrets *secrets)
{
    struct mem *mem = secrets->mem;
    if (secrets->pairs != NULL)
        explicit_bzero(secrets->pairs, PAIRS_SIZE);
    mem_give(mem, secrets->pairs, PAIRS_SIZE);
    give_back(secrets);
    *secrets = (struct secrets){.mem = mem};
}
