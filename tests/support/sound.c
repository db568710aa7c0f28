/* What every written line must be: checked by other means than those that wrote it. */
#include "sound.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jtree.h"

#define SESSIONS   64 /* followed at a time: by the end of their hash, the latest one each */
#define LONGEST_ID 64

size_t sound_character(const unsigned char *at, size_t left, unsigned long *code)
{
    static const unsigned long least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = at[0] < 0x80 ? 1 : at[0] >> 5 == 6 ? 2 : at[0] >> 4 == 14 ? 3 : 4;
    if (length > left || (length == 4 && at[0] >> 3 != 30))
        return 0;
    unsigned long value = length == 1 ? at[0] : at[0] & (0x7ful >> length);
    for (size_t i = 1; i < length; i++) {
        if (at[i] >> 6 != 2)
            return 0;
        value = value << 6 | (at[i] & 0x3ful);
    }
    *code = value;
    bool surrogate = value >= 0xd800 && value <= 0xdfff;
    return value < least[length] || value > 0x10ffff || surrogate ? 0 : length;
}

/* Controls, line and paragraph ends, and what changes the direction (Unicode's Bidi_Control). */
static bool is_harmful(unsigned long code)
{
    return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x61c || code == 0x200e ||
           code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

/* Octets of a colour's sequence at at, 0 if it is none. */
static size_t colour_length(const char *at, size_t left)
{
    size_t n = 2;
    if (left < 3 || at[0] != '\x1b' || at[1] != '[')
        return 0;
    while (n < left && ((at[n] >= '0' && at[n] <= '9') || at[n] == ';'))
        n++;
    return n < left && at[n] == 'm' ? n + 1 : 0;
}

static const char *check_characters(const char *line, size_t length, bool colour)
{
    for (size_t i = 0; i < length;) {
        unsigned long code;
        size_t n = colour ? colour_length(line + i, length - i) : 0;
        if (n == 0) {
            n = sound_character((const unsigned char *)line + i, length - i, &code);
            if (n == 0)
                return "not UTF-8";
            if (is_harmful(code))
                return "a raw control character";
        }
        i += n;
    }
    return NULL;
}

/* What the lines before said. */
struct told {
    bool any;
    long long sequence;
    struct {
        char session[LONGEST_ID];
        char time[LONGEST_ID];
        long long number;
    } of[SESSIONS];
};

static size_t place_of(const char *session)
{
    size_t hash = 5381;
    for (; *session != '\0'; session++)
        hash = hash * 33 + (unsigned char)*session;
    return hash % SESSIONS;
}

static const char *check_session(struct told *told, const struct jtree *event)
{
    const char *session = jtree_text(event, "smtp.session.id");
    const char *time = jtree_text(event, "@timestamp");
    const char *dash = strrchr(jtree_text(event, "event.id"), '-');
    if (*session == '\0' || dash == NULL)
        return NULL;
    size_t at = place_of(session);
    long long number = atoll(dash + 1);
    if (strcmp(told->of[at].session, session) == 0) {
        if (strcmp(time, told->of[at].time) < 0)
            return "a session's time goes back";
        if (number <= told->of[at].number)
            return "an event's number does not go on";
    }
    snprintf(told->of[at].session, LONGEST_ID, "%s", session);
    snprintf(told->of[at].time, LONGEST_ID, "%s", time);
    told->of[at].number = number;
    return NULL;
}

static const char *check_event(struct told *told, const struct jtree *event)
{
    if (event == NULL)
        return "not JSON";
    if (event->kind != JTREE_OBJECT)
        return "not an object";
    if (*jtree_text(event, "event.dataset") == '\0' || *jtree_text(event, "event.id") == '\0')
        return "an event without dataset or id";
    long long sequence = jtree_integer(event, "event.sequence");
    if (told->any && sequence != told->sequence + 1)
        return "event.sequence has a hole";
    told->any = true;
    told->sequence = sequence;
    return check_session(told, event);
}

const char *sound_json(const char *text, size_t length)
{
    struct told *told = calloc(1, sizeof(*told));
    const char *why = told == NULL ? "out of memory" : NULL;
    while (why == NULL && length > 0) {
        const char *end = memchr(text, '\n', length);
        size_t line = end == NULL ? length : (size_t)(end - text);
        if (end == NULL)
            why = "the last line has no end";
        if (why == NULL)
            why = check_characters(text, line, false);
        if (why == NULL) {
            struct jtree *event = jtree_parse(text, line);
            why = check_event(told, event);
            jtree_free(event);
        }
        length -= end == NULL ? length : line + 1;
        text += line + 1;
    }
    free(told);
    return why;
}

const char *sound_text(const char *text, size_t length, bool colour)
{
    while (length > 0) {
        const char *end = memchr(text, '\n', length);
        if (end == NULL)
            return "the last line has no end";
        if (end == text)
            return "an empty line";
        const char *why = check_characters(text, (size_t)(end - text), colour);
        if (why != NULL)
            return why;
        length -= (size_t)(end - text) + 1;
        text = end + 1;
    }
    return NULL;
}

const char *sound_message(const char *text)
{
    return *text == '\0' ? "an empty message" : check_characters(text, strlen(text), false);
}
