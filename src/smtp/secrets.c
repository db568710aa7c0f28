/* Marks of secrets: taken of what the client sent, and looked for in what the server says. */
#include "smtp/secrets.h"

#include <string.h>

#include "base/limits.h"
#include "smtp/base64.h"
#include "smtp/text.h"

/* Kinds of marks. The same octets as marks of two kinds are two marks. */
enum kind {
    FOUR = 1,    /* octets of a secret, in lower case */
    FOUR_LINE,   /* octets of a line, as they are */
    FOUR_BASE64, /* what Base64 makes of a secret, as it is */
    EIGHT,       /* octets of a secret, or what hexadecimal makes of it, in lower case */
    EIGHT_LINE,  /* octets of a line, in lower case */
    WHOLE,       /* a secret of up to three octets, in lower case */
    WHOLE_LONGEST = 3,
};

#define FIRST_SIZE 128u
/* So many octets in a row that a challenge has of a line are no chance. */
#define ECHO_CHALLENGE 16u
/* Secrets that Base64 and hexadecimal are thought of for: passwords. */
#define LONGEST_ENCODED 128u
/* Of long secrets every fourth run is marked: what repeats eleven octets has one of them. */
#define COARSE_STEP 4u
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
 * one place. 0 is for free places. */
static uint32_t mark_of(const struct secrets *secrets, enum kind kind, uint64_t octets)
{
    uint64_t hash = octets ^ ((uint64_t)(uintptr_t)secrets + kind) * UINT64_C(0x9E3779B97F4A7C15);
    hash = (hash ^ hash >> 32) * UINT64_C(0xD6E8FEB86659FD93);
    hash = (hash ^ hash >> 32) * UINT64_C(0xD6E8FEB86659FD93);
    return (uint32_t)(hash >> 32) | (hash >> 32 == 0);
}

static uint32_t pair_of(uint32_t octets)
{
    return ((octets & 0xffff) * 40503u >> 6) & 1023;
}

static bool has_pair(const struct secrets *secrets, uint32_t octets)
{
    uint32_t pair = pair_of(octets);
    return (secrets->pairs[pair / 64] >> (pair % 64) & 1) != 0;
}

/* The place of a mark, or the free one where it belongs. */
static uint32_t place_of(const uint32_t *marks, uint32_t size, uint32_t mark)
{
    uint32_t at = mark & (size - 1);
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
    uint32_t *marks = NULL;
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
    uint32_t mark = mark_of(secrets, kind, octets);
    if (secrets->everything || (secrets->count >= secrets->size / 4 * 3 && !grow(secrets)))
        return;
    uint32_t place = place_of(secrets->marks, secrets->size, mark);
    secrets->count += secrets->marks[place] == 0;
    secrets->marks[place] = mark;
}

static bool has(const struct secrets *secrets, enum kind kind, uint64_t octets)
{
    uint32_t mark = mark_of(secrets, kind, octets);
    return secrets->marks[place_of(secrets->marks, secrets->size, mark)] == mark;
}

/* Marks every run of four or eight octets, as they are or in lower case. */
static void add_runs(struct secrets *secrets, enum kind kind, struct helo_slice text, size_t length,
                     size_t step)
{
    bool as_is = kind == FOUR_LINE || kind == FOUR_BASE64;
    uint64_t run = 0;
    for (size_t i = 0; i < text.len && !secrets->everything; i++) {
        uint8_t c = as_is ? text.ptr[i] : lower(text.ptr[i]);
        run = run << 8 | c;
        if (i > 0) {
            uint32_t pair = pair_of((uint32_t)lower(text.ptr[i - 1]) << 8 | lower(c));
            secrets->pairs[pair / 64] |= UINT64_C(1) << pair % 64;
        }
        if (i + 1 >= length && (i + 1 - length) % step == 0)
            add(secrets, kind, length == 4 ? run & UINT32_MAX : run);
    }
    /* The last one, too: so the end of a long secret is covered like its start. */
    if (step > 1 && text.len >= length)
        add(secrets, kind, length == 4 ? run & UINT32_MAX : run);
}

/* What Base64 makes of a secret wherever among other octets it stands: of the three ways that its
 * octets can fall into groups, the characters that are made of them alone. */
static void add_base64(struct secrets *secrets, struct helo_slice secret)
{
    static const char ALPHABET[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t text[LONGEST_ENCODED / 3 * 4 + 8];
    for (unsigned before = 0; before < 3; before++) {
        size_t n = 0;
        uint32_t bits = 0;
        unsigned have = 0;
        for (size_t i = 0; i < before + secret.len; i++) {
            bits = bits << 8 | (i < before ? 0u : secret.ptr[i - before]);
            for (have += 8; have >= 6; have -= 6)
                text[n++] = (uint8_t)ALPHABET[bits >> (have - 6) & 63];
        }
        size_t mixed = before == 0 ? 0 : before + 1;
        if (n > mixed)
            add_runs(secrets, FOUR_BASE64, (struct helo_slice){text + mixed, n - mixed}, 4, 1);
    }
    explicit_bzero(text, sizeof(text));
}

static void add_hexadecimal(struct secrets *secrets, struct helo_slice secret)
{
    static const char DIGITS[] = "0123456789abcdef";
    uint8_t text[2 * LONGEST_ENCODED];
    for (size_t i = 0; i < secret.len; i++) {
        text[2 * i] = (uint8_t)DIGITS[secret.ptr[i] >> 4];
        text[2 * i + 1] = (uint8_t)DIGITS[secret.ptr[i] & 15];
    }
    add_runs(secrets, EIGHT, (struct helo_slice){text, 2 * secret.len}, 8, 1);
    explicit_bzero(text, sizeof(text));
}

static void add_whole(struct secrets *secrets, struct helo_slice secret)
{
    uint64_t octets = 0;
    for (size_t i = 0; i < secret.len; i++)
        octets = octets << 8 | lower(secret.ptr[i]);
    if (secret.len > 0) {
        add(secrets, WHOLE, octets << 8 | secret.len);
        secrets->has_whole = true;
    }
}

static bool is_text(struct helo_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((text.ptr[i] < ' ' && text.ptr[i] > 1) || text.ptr[i] == 0x7f)
            return false;
    return true;
}

/* The parts of a text that NUL or 0x01 separates, as PLAIN and OAuth have them, and that are too
 * short for runs. */
static void add_short_parts(struct secrets *secrets, struct helo_slice text)
{
    size_t start = 0;
    for (size_t i = 0; i <= text.len; i++) {
        if (i < text.len && text.ptr[i] > 1)
            continue;
        if (i - start <= WHOLE_LONGEST)
            add_whole(secrets, (struct helo_slice){text.ptr + start, i - start});
        start = i + 1;
    }
}

/* Marks a secret as it is. */
static void add_plain(struct secrets *secrets, struct helo_slice secret)
{
    if (secret.len > LIMIT_SECRET_FINE) {
        add_runs(secrets, EIGHT, secret, 8, COARSE_STEP);
        return;
    }
    add_runs(secrets, FOUR, secret, 4, 1);
    if (is_text(secret))
        add_short_parts(secrets, secret);
}

void secrets_add(struct secrets *secrets, struct helo_slice secret)
{
    add_plain(secrets, secret);
    if (secrets->everything)
        return;
    if (secret.len > LONGEST_ENCODED)
        secret.len = LONGEST_ENCODED;
    add_base64(secrets, secret);
    add_hexadecimal(secrets, secret);
}

void secrets_add_line(struct secrets *secrets, struct helo_slice line)
{
    if (line.len <= LIMIT_SECRET_FINE) {
        add_runs(secrets, FOUR_LINE, line, 4, 1);
        add_runs(secrets, EIGHT_LINE, line, 8, 1);
        return;
    }
    add_runs(secrets, EIGHT_LINE, line, 8, COARSE_STEP);
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
        add_plain(secrets, said);
    explicit_bzero(octets, word.len + 4);
    mem_give(secrets->mem, octets, word.len + 4);
}

void secrets_add_words(struct secrets *secrets, struct helo_slice line)
{
    add_plain(secrets, line);
    if (line.len <= LIMIT_SECRET_FINE)
        add_runs(secrets, EIGHT, line, 8, COARSE_STEP); /* for challenges */
    for (size_t i = 0; i < line.len && !secrets->everything;) {
        size_t start = i;
        while (i < line.len && in_alphabet(line.ptr[i]))
            i++;
        add_decoded(secrets, (struct helo_slice){line.ptr + start, i - start});
        i += i == start;
    }
}

void secrets_mask_everything(struct secrets *secrets)
{
    secrets->everything = true;
    give_back(secrets);
    secrets->size = secrets->count = 0;
}

bool secrets_any(const struct secrets *secrets)
{
    return secrets->everything || secrets->count > 0;
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
    if (has(secrets, FOUR_BASE64, as_is))
        cover_last(cover, window, 4);
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
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\n')
            continue;
        window.as_is = window.as_is << 8 | text.ptr[i];
        window.folded = window.folded << 8 | lower(text.ptr[i]);
        window.at[window.seen++ % 8] = i;
        look(secrets, challenge, &window, cover, &lines);
        if (secrets->has_whole)
            look_for_whole(secrets, text, i, &window, cover);
    }
    if (lines.any)
        take_over(cover, &lines, text.len, challenge);
    if (cover->any)
        cover_characters(cover, text);
}

static struct helo_slice mask(const struct secrets *secrets, struct helo_slice text, bool challenge,
                              uint8_t *scratch, size_t size)
{
    struct cover cover = {{0}, secrets->everything};
    if (text.len > LIMIT_REPLY_TEXT)
        text.len = LIMIT_REPLY_TEXT;
    if (secrets->everything)
        memset(cover.bits, 0xff, sizeof(cover.bits));
    else
        find(secrets, text, challenge && is_base64(text), &cover);
    if (!cover.any)
        return text;
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
    give_back(secrets);
    *secrets = (struct secrets){.mem = mem};
}
