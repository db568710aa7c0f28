/* Dialogues as text files: what each side says, when, what of it is captured, what must be found.
 */
#include "transcript.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "jtree.h"

/* A transcript is written by hand: more than this is a slip of the pen. */
#define MAX_REPEAT 1000000
#define MAX_BYTES  (64u << 20)

struct parser {
    struct transcript *made;
    struct helo_error *error;
    unsigned line;
    bool failed;
};

__attribute__((format(printf, 2, 3))) static void fail(struct parser *p, const char *format, ...)
{
    if (p->failed)
        return;
    p->failed = true;
    char reason[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    snprintf(p->error->message, sizeof p->error->message, "%.100s:%u: %s", p->made->name, p->line,
             reason);
}

static void add_bytes(struct parser *p, const void *bytes, size_t length)
{
    struct transcript *t = p->made;
    if (t->byte_count + length > MAX_BYTES) {
        fail(p, "the dialogue is too long");
        return;
    }
    while (t->byte_capacity < t->byte_count + length)
        t->bytes = grow_array(t->bytes, &t->byte_capacity, t->byte_capacity, 1);
    if (length > 0)
        memcpy(t->bytes + t->byte_count, bytes, length);
    t->byte_count += length;
}

static struct step *add_step(struct parser *p, enum step_kind kind, enum helo_side side)
{
    struct transcript *t = p->made;
    t->steps = grow_array(t->steps, &t->step_capacity, t->step_count, sizeof *t->steps);
    struct step *step = &t->steps[t->step_count++];
    *step = (struct step){.kind = kind, .side = side, .offset = t->byte_count};
    return step;
}

static void add_line(struct parser *p, const char *text, size_t length, unsigned n)
{
    const char *mark = memmem(text, length, "{n}", 3);
    if (mark != NULL && n > 0) {
        char digits[16];
        int count = snprintf(digits, sizeof digits, "%u", n);
        add_bytes(p, text, (size_t)(mark - text));
        add_bytes(p, digits, (size_t)count);
        length -= (size_t)(mark - text) + 3;
        text = mark + 3;
    }
    add_bytes(p, text, length);
    add_bytes(p, "\r\n", 2);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
        return (c | 0x20) - 'a' + 10;
    return -1;
}

/* One escape after its backslash; returns the characters read, 0 for none that is known. */
static size_t unescape(const char *at, size_t left, char *out)
{
    static const char names[] = "rnt0\\";
    static const char values[] = "\r\n\t\0\\";
    if (left >= 3 && at[0] == 'x' && hex_digit(at[1]) >= 0 && hex_digit(at[2]) >= 0) {
        *out = (char)(hex_digit(at[1]) * 16 + hex_digit(at[2]));
        return 3;
    }
    const char *found = left == 0 || at[0] == '\0' ? NULL : strchr(names, at[0]);
    if (found == NULL)
        return 0;
    *out = values[found - names];
    return 1;
}

static void add_raw(struct parser *p, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (c == '\\') {
            size_t read = unescape(text + i + 1, length - i - 1, &c);
            if (read == 0)
                fail(p, "unknown escape");
            i += read;
        }
        add_bytes(p, &c, 1);
    }
}

/* "C: text", "C*40: text", "C> raw"; false if the line is none of these. */
static bool parse_speech(struct parser *p, const char *text, size_t length)
{
    if (length < 2 || (text[0] != 'C' && text[0] != 'S'))
        return false;
    enum helo_side side = text[0] == 'C' ? HELO_CLIENT : HELO_SERVER;
    unsigned long repeat = 0;
    const char *at = text + 1;
    if (*at == '*') {
        char *rest;
        repeat = strtoul(at + 1, &rest, 10);
        at = rest;
        if (repeat == 0 || repeat > MAX_REPEAT)
            fail(p, "so many times?");
    }
    if (at >= text + length || (*at != ':' && *at != '>'))
        return false;
    bool raw = *at++ == '>';
    if (at < text + length && *at == ' ')
        at++;
    struct step *step = add_step(p, STEP_DATA, side);
    size_t left = (size_t)(text + length - at);
    for (unsigned long n = 0; n < (repeat == 0 ? 1 : repeat) && !p->failed; n++) {
        if (raw)
            add_raw(p, at, left);
        else
            add_line(p, at, left, repeat == 0 ? 0 : (unsigned)n + 1);
    }
    step->length = p->made->byte_count - step->offset;
    return true;
}

static enum helo_side parse_side(struct parser *p, const char *word)
{
    if (strcmp(word, "C") != 0 && strcmp(word, "S") != 0)
        fail(p, "the side is C or S");
    return word[0] == 'S' ? HELO_SERVER : HELO_CLIENT;
}

static int64_t parse_span(struct parser *p, const char *word)
{
    static const struct {
        const char *name;
        int64_t unit;
    } units[] = {{"us", HELO_MICROSECOND},
                 {"ms", HELO_MILLISECOND},
                 {"s", HELO_SECOND},
                 {"m", 60 * HELO_SECOND}};
    char *rest;
    long number = strtol(word, &rest, 10);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (number > 0 && strcmp(rest, units[i].name) == 0)
            return number * units[i].unit;
    fail(p, "a time is a number and us, ms, s or m");
    return 0;
}

static void parse_endpoint(struct parser *p, enum helo_side side, const char *word)
{
    struct helo_endpoint *end = &p->made->end[side];
    char address[64];
    bool bracket = word[0] == '[';
    const char *colon = strrchr(word, ':');
    size_t length = colon == NULL ? 0 : (size_t)(colon - word);
    if (length < (bracket ? 3u : 1u) || length >= sizeof address) {
        fail(p, "an end is ADDRESS:PORT");
        return;
    }
    snprintf(address, sizeof address, "%.*s", (int)(bracket ? length - 2 : length),
             word + (bracket ? 1 : 0));
    end->family = bracket ? 6 : 4;
    end->port = (uint16_t)strtoul(colon + 1, NULL, 10);
    if (inet_pton(bracket ? AF_INET6 : AF_INET, address, end->address) != 1 || end->port == 0)
        fail(p, "an end is ADDRESS:PORT");
}

struct words {
    char first[16];
    char second[80];
    char third[32];
    int count;
};

static void parse_gap(struct parser *p, const struct words *w)
{
    struct step *step = add_step(p, STEP_GAP, parse_side(p, w->second));
    step->amount = strtol(w->third, NULL, 10);
    if (step->amount <= 0)
        fail(p, "a gap has octets");
    p->made->has_gaps = true;
}

static bool parse_motion(struct parser *p, const struct words *w)
{
    if (strcmp(w->first, "SPLIT") == 0)
        add_step(p, STEP_SPLIT, HELO_CLIENT);
    else if (strcmp(w->first, "CROSS") == 0)
        add_step(p, STEP_CROSS, HELO_CLIENT)->amount = strtol(w->second, NULL, 10);
    else if (strcmp(w->first, "WAIT") == 0)
        add_step(p, STEP_WAIT, HELO_CLIENT)->amount = parse_span(p, w->second);
    else if (strcmp(w->first, "FIN") == 0)
        add_step(p, STEP_FIN, parse_side(p, w->second));
    else if (strcmp(w->first, "RST") == 0)
        add_step(p, STEP_RST, parse_side(p, w->second));
    else if (strcmp(w->first, "GAP") == 0)
        parse_gap(p, w);
    else
        return false;
    return true;
}

static bool parse_setting(struct parser *p, const struct words *w, const char *rest)
{
    struct transcript *t = p->made;
    if (strcmp(w->first, "CLIENT") == 0)
        parse_endpoint(p, HELO_CLIENT, w->second);
    else if (strcmp(w->first, "SERVER") == 0)
        parse_endpoint(p, HELO_SERVER, w->second);
    else if (strcmp(w->first, "MIDSTREAM") == 0)
        t->midstream = true;
    else if (strcmp(w->first, "LOSE-ACKS") == 0)
        t->lose_acks = true;
    else if (strcmp(w->first, "ONLY") == 0) {
        t->one_sided = true;
        t->seen_side = parse_side(p, w->second);
    } else if (strcmp(w->first, "EXCEPT") == 0) {
        free(t->except);
        t->except = grow_take(strlen(rest) + 3);
        sprintf(t->except, " %s ", rest);
    } else
        return false;
    return true;
}

static void check_json(struct parser *p, const char *text)
{
    struct jtree *tree = jtree_parse(text, strlen(text));
    if (tree == NULL || tree->kind != JTREE_OBJECT)
        fail(p, "not a JSON object");
    jtree_free(tree);
}

static bool parse_expectation(struct parser *p, const char *word, const char *rest)
{
    static const struct {
        const char *name;
        enum expectation_kind kind;
    } kinds[] = {{"EXPECT", EXPECT_EVENT},
                 {"FORBID", EXPECT_NO_EVENT},
                 {"SECRET", EXPECT_SECRET},
                 {"DIALOGUE", EXPECT_DIALOGUE},
                 {"SESSIONS", EXPECT_SESSIONS}};
    struct transcript *t = p->made;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t length = strlen(kinds[i].name);
        if (strncmp(word, kinds[i].name, length) != 0)
            continue;
        if (word[length] != '\0' && word[length] != '*')
            continue;
        t->expectations = grow_array(t->expectations, &t->expectation_capacity,
                                     t->expectation_count, sizeof *t->expectations);
        struct expectation *e = &t->expectations[t->expectation_count++];
        bool json = kinds[i].kind == EXPECT_EVENT || kinds[i].kind == EXPECT_NO_EVENT;
        size_t dataset = json ? strcspn(rest, " {") : 0;
        *e = (struct expectation){.kind = kinds[i].kind, .line = p->line, .count = 1};
        e->dataset = grow_copy(rest, dataset);
        rest += dataset + strspn(rest + dataset, " ");
        e->text = grow_copy(rest, strlen(rest));
        if (word[length] == '*')
            e->count = (unsigned)strtoul(word + length + 1, NULL, 10);
        if (json)
            check_json(p, rest);
        return true;
    }
    return false;
}

static void parse_line(struct parser *p, const char *text, size_t length)
{
    if (length == 0 || text[0] == '#' || parse_speech(p, text, length))
        return;
    char *line = grow_copy(text, length);
    struct words w = {.count = 0};
    w.count = sscanf(line, "%15s %79s %31s", w.first, w.second, w.third);
    const char *rest = line + strlen(w.first);
    rest += strspn(rest, " ");
    if (!parse_motion(p, &w) && !parse_setting(p, &w, rest) && !parse_expectation(p, w.first, rest))
        fail(p, "unknown word %s", w.first);
    free(line);
}

struct transcript *transcript_parse(const char *name, const char *text, size_t length,
                                    struct helo_error *error)
{
    struct transcript *t = grow_take(sizeof *t);
    struct parser p = {.made = t, .error = error};
    t->name = grow_copy(name, strlen(name));
    t->except = grow_copy(" ", 1);
    parse_endpoint(&p, HELO_CLIENT, "192.0.2.10:40025");
    parse_endpoint(&p, HELO_SERVER, "198.51.100.25:25");
    for (const char *at = text, *end = text + length; at < end && !p.failed;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline == NULL ? end : newline;
        p.line++;
        parse_line(&p, at, (size_t)(stop - at));
        at = newline == NULL ? end : newline + 1;
    }
    if (!p.failed && t->end[0].family != t->end[1].family)
        fail(&p, "one end is IPv4, the other IPv6");
    if (!p.failed)
        return t;
    transcript_free(t);
    return NULL;
}

struct transcript *transcript_load(const char *path, struct helo_error *error)
{
    size_t length;
    char *text = grow_read_file(path, &length);
    if (text == NULL) {
        snprintf(error->message, sizeof error->message, "%.300s: %s", path, strerror(errno));
        return NULL;
    }
    const char *slash = strrchr(path, '/');
    char *name = grow_copy(slash == NULL ? path : slash + 1, strlen(slash == NULL ? path : slash));
    char *dot = strrchr(name, '.');
    if (dot != NULL)
        *dot = '\0';
    struct transcript *t = transcript_parse(name, text, length, error);
    free(name);
    free(text);
    return t;
}

void transcript_free(struct transcript *t)
{
    if (t == NULL)
        return;
    for (size_t i = 0; i < t->expectation_count; i++) {
        free(t->expectations[i].dataset);
        free(t->expectations[i].text);
    }
    free(t->expectations);
    free(t->steps);
    free(t->bytes);
    free(t->except);
    free(t->name);
    free(t);
}

bool transcript_excepts(const struct transcript *t, const char *impairment)
{
    char word[64];
    snprintf(word, sizeof word, " %s ", impairment);
    return strstr(t->except, word) != NULL;
}

static int is_transcript(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');
    return dot != NULL && strcmp(dot, ".txt") == 0;
}

struct transcript **transcript_load_all(const char *folder, size_t *count, struct helo_error *error)
{
    struct dirent **entries;
    int found = scandir(folder, &entries, is_transcript, alphasort);
    *count = 0;
    if (found < 0) {
        snprintf(error->message, sizeof error->message, "%.300s: %s", folder, strerror(errno));
        return NULL;
    }
    struct transcript **all = grow_take((size_t)found * sizeof(struct transcript *));
    bool failed = false;
    for (int i = 0; i < found; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%.700s/%s", folder, entries[i]->d_name);
        free(entries[i]);
        if (failed)
            continue;
        all[*count] = transcript_load(path, error);
        failed = all[*count] == NULL;
        *count += failed ? 0 : 1;
    }
    free(entries);
    if (!failed)
        return all;
    transcript_free_all(all, *count);
    *count = 0;
    return NULL;
}

void transcript_free_all(struct transcript **transcripts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        transcript_free(transcripts[i]);
    free(transcripts);
}
