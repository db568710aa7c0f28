/* A streaming JSON writer: members in the order of the calls, commas and escapes taken care of,
 * wire text made valid, with a note of which field was changed how. */
#ifndef REPORT_JSON_H
#define REPORT_JSON_H

#include "heloscope/types.h"
#include "report/line.h"

/* Distinct fields of one event that can be noted; no event has as many. */
#define JSON_NOTES 32

/* Fields by their dotted path, in the order of writing. */
struct json_notes {
    const char *paths[JSON_NOTES];
    uint64_t totals[JSON_NOTES]; /* of lists: elements there were */
    size_t count;
};

/* Plain data; the paths are static strings such as "smtp.server.banner", of which the part after
 * the last dot is the key. A notion of depth is not kept: who opens closes. */
struct json {
    struct line *line;
    bool comma; /* the next value follows another one */
    struct json_notes latin1;
    struct json_notes truncated;
    struct json_notes lists;
};

/* Starts a document at the end of line. */
void json_begin(struct json *json, struct line *line);

/* The last part of a path; the compiler does it for literals. */
static inline const char *json_key_of(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot == NULL ? path : dot + 1;
}

/* Writes `"key":`, with the comma that it needs, where room more octets follow; returns where.
 * json_end takes over what was written. key is our own: nothing in it is escaped. NULL without
 * room. The functions up to json_milliseconds are inline so that the lengths of their keys are
 * known and a member is one copy. */
static inline char *json_member(struct json *json, const char *key, size_t room)
{
    size_t len = strlen(key);
    char *to = line_reserve(json->line, len + 4 + room);

    if (to == NULL)
        return NULL;
    if (json->comma)
        *to++ = ',';
    *to++ = '"';
    memcpy(to, key, len);
    to += len;
    *to++ = '"';
    *to++ = ':';
    return to;
}

static inline void json_end(struct json *json, const char *end)
{
    line_commit(json->line, end);
    json->comma = true;
}

/* The key alone; the caller writes the value. */
static inline void json_key(struct json *json, const char *key)
{
    char *to = json_member(json, key, 0);
    if (to != NULL)
        json_end(json, to);
}

/* The comma before an element of a list. */
static inline void json_comma(struct json *json)
{
    if (json->comma)
        line_char(json->line, ',');
    json->comma = true;
}

/* An object or list as an element or as the whole document: bracket is { or [. */
static inline void json_open_element(struct json *json, char bracket)
{
    json_comma(json);
    line_char(json->line, bracket);
    json->comma = false;
}

/* An object or list as a member. */
static inline void json_open(struct json *json, const char *key, char bracket)
{
    char *to = json_member(json, key, 1);
    if (to == NULL)
        return;
    *to++ = bracket;
    json_end(json, to);
    json->comma = false;
}

/* Its end: } or ]. */
static inline void json_close(struct json *json, char bracket)
{
    line_char(json->line, bracket);
    json->comma = true;
}

static inline void json_u64(struct json *json, const char *key, uint64_t value)
{
    char *to = json_member(json, key, NUMBER_LONGEST);
    if (to != NULL)
        json_end(json, number_decimal(to, value));
}

/* A value that is JSON already. */
static inline void json_raw(struct json *json, const char *key, const char *value)
{
    size_t len = strlen(value);
    char *to = json_member(json, key, len);
    if (to == NULL)
        return;
    memcpy(to, value, len);
    json_end(json, to + len);
}

static inline void json_bool(struct json *json, const char *key, bool value)
{
    json_raw(json, key, value ? "true" : "false");
}

/* A string that needs no escapes. */
static inline void json_name(struct json *json, const char *key, const char *value)
{
    size_t len = strlen(value);
    char *to = json_member(json, key, len + 2);
    if (to == NULL)
        return;
    *to++ = '"';
    memcpy(to, value, len);
    to += len;
    *to++ = '"';
    json_end(json, to);
}

/* An interval in milliseconds, exact to the microsecond; a negative one is left out. */
static inline void json_milliseconds(struct json *json, const char *key, helo_time interval)
{
    char *to = interval < 0 ? NULL : json_member(json, key, NUMBER_LONGEST);
    if (to != NULL)
        json_end(json, number_thousandths(to, (uint64_t)(interval / HELO_MICROSECOND)));
}

/* Wire text as a string: UTF-8 as it is, anything else byte for byte as U+0000-U+00FF (noted),
 * control characters escaped, cut after LIMIT_STRING octets at a character's end (noted). */
void json_string(struct json *json, const char *path, struct helo_slice text);

/* Wire text as a member; left out when empty. */
static inline void json_text(struct json *json, const char *path, struct helo_slice text)
{
    if (text.len == 0)
        return;
    json_key(json, json_key_of(path));
    json_string(json, path, text);
}

/* Wire text as an element of the list at path; left out when empty. */
void json_text_element(struct json *json, const char *path, struct helo_slice text);

/* Wire text as the key of the next value in the object at path. */
void json_text_key(struct json *json, const char *path, struct helo_slice text);

/* How many of the elements at path to write, at most LIMIT_LIST; notes the total when that is not
 * all of them. count: those at hand; total: those there were. */
uint32_t json_list_length(struct json *json, const char *path, uint32_t count, uint32_t total);

/* Members `latin1`, `truncated` and `list_counts` of the object that is open, where not empty. */
void json_write_notes(struct json *json);

#endif
