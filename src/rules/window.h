/* Counters with a window: what each subject did in the last so many seconds of capture time.
 *
 * Of every subject the last LIMIT_RULE_EVENTS events are kept one by one, so that counts up to that
 * are exact, over a window that slides. Once a subject has been told of, its events are counted on
 * from the window's start, exactly; of different values past those kept there is an estimate with
 * a standard error of 4.6 % (HyperLogLog, 512 registers). Memory is bounded for each rule: when its
 * share is used up, subjects seen only once go first, oldest first. Counts can then be too low,
 * never too high, and the loss is counted. */
#ifndef RULES_WINDOW_H
#define RULES_WINDOW_H

#include "base/fact.h"
#include "base/mem.h"
#include "base/timers.h"

/* What a subject is made of. */
enum subject_part {
    BY_SOURCE = 1,  /* the client's address, the real one's behind a proxy */
    BY_NETWORK = 2, /* its /24 or /64 */
    BY_USER = 4,    /* letters in any case */
    BY_SERVER = 8,  /* address and port */
    BY_TEXT = 16,   /* letters in any case */
    BY_SECRET = 32, /* a digest; no part of the event's id, which is the same in every run */
};

/* A subject's name. */
struct subject_key {
    uint64_t text; /* a hash */
    uint64_t secret;
    uint8_t parts;
    uint8_t source_family;
    uint8_t server_family;
    uint8_t behind_proxy;
    uint16_t server_port;
    uint8_t unused[2];
    uint8_t source[16];
    uint8_t server[16];
};

/* Makes the name of what parts say. text: the user or text, if parts have one; secret: likewise. */
struct subject_key subject_key(unsigned parts, const struct helo_connection *connection,
                               struct helo_slice text, uint64_t secret);

/* A hash of text, letters in any case, the same in every run: a value to tell texts apart by. */
uint64_t subject_hash_of(struct helo_slice text);

#define SUBJECT_TAGS 4

/* Something that a subject did. */
struct subject_event {
    helo_time time;
    uint64_t session;
    uint64_t value; /* different values are counted; the tag is in its lowest bits */
};

/* What is kept of a subject from the crossing to the window's end. */
struct subject_told {
    helo_time start;              /* of the window */
    uint64_t count;               /* as it was told */
    uint64_t total;               /* events since the start */
    uint64_t tally[SUBJECT_TAGS]; /* the same by tag */
    uint8_t *registers;           /* HyperLogLog; NULL: every event since the start is kept */
    uint64_t sessions[HELO_MOST_SESSIONS];
    size_t session_count;
};

struct subject {
    struct timer timer; /* the window's end, once told of */
    struct window *window;
    struct subject *next;          /* of its bucket */
    struct subject *newer, *older; /* of its list; told ones are in none */
    struct subject_key key;
    struct subject_event *events; /* a ring of size, oldest at first */
    uint32_t first, count, size;
    uint32_t tally[SUBJECT_TAGS]; /* of the events kept */
    bool repeated;                /* which list it is in */
    uint16_t text_len;            /* of the key's text; it lies behind the state */
    helo_time touched;
    struct subject_told *told; /* NULL: not told of */
    _Alignas(16) uint8_t state[];
};

/* How a rule counts. */
struct window_shape {
    bool used;
    uint8_t seconds; /* index of the parameter that has the window's length; UINT8_MAX: fixed */
    int64_t fixed;   /* then: seconds */
    size_t state;    /* octets that the rule keeps of each subject besides */
    bool once;       /* the window's end does not tell of what came after the crossing */
    int64_t keep;    /* seconds that a silent subject is kept beyond the window */
};

struct window {
    struct mem *mem;
    struct timers *ends;
    size_t rule; /* its index */
    helo_time length;
    helo_time keep;
    size_t state;
    size_t share; /* octets it may take */
    size_t used;
    struct subject **buckets;
    size_t bucket_count;
    size_t count;
    struct subject *oldest[2], *newest[2]; /* seen once, seen more often */
    uint64_t dropped; /* subjects that had to go before their time, since it was last asked */
};

/* Makes an empty window; it takes nothing before its first subject. */
void window_init(struct window *window, struct mem *mem, struct timers *ends,
                 const struct window_shape *shape, const int64_t *parameters, size_t rule,
                 size_t share);

/* The subject of this name; NULL: nothing is known of it. */
struct subject *window_find(struct window *window, const struct subject_key *key, helo_time now);

/* The same, made if need be: NULL without memory. text is kept for display, cut at 128 octets. */
struct subject *window_make(struct window *window, const struct subject_key *key,
                            struct helo_slice text, helo_time now);

/* Notes what a subject did: a value to be told apart, a tag below SUBJECT_TAGS. False without
 * memory. */
bool subject_note(struct subject *subject, helo_time time, uint64_t session, uint64_t value,
                  unsigned tag);

/* The subject is in use: it ages from now on. */
void subject_touch(struct subject *subject, helo_time time);

/* Forgets events that are out of the window by now; what is left. */
uint32_t subject_count(struct subject *subject, helo_time now);

/* Events kept that are not older than since. */
uint32_t subject_count_since(const struct subject *subject, helo_time since);

/* Forgets the events of a subject that was not told of. */
void subject_clear(struct subject *subject);

/* Different values that occur at most so often, among the events kept. */
uint64_t subject_rare(const struct subject *subject, uint32_t most);

/* How often the most frequent value occurs among the events kept. */
uint64_t subject_most(const struct subject *subject);

/* Different values among the events of these tags (bits), since the window's start if told of;
 * *exact is false for an estimate. */
uint64_t subject_different(const struct subject *subject, unsigned tags, bool *exact);

/* Events of a tag, since the window's start if told of. */
uint64_t subject_tally(const struct subject *subject, unsigned tag);

/* The crossing: from now on it is counted from its first event kept. False without memory. */
bool subject_begin_told(struct subject *subject, helo_time now);

/* The window's end: it starts anew. */
void subject_end_told(struct subject *subject);

/* A hash of the subject's name and, once told of, its window's start and whether it was told at the
 * crossing or at the end: for the event's id, the same in every run. */
uint64_t subject_id(const struct subject *subject);

/* What was kept for display. */
struct helo_slice subject_text(const struct subject *subject);

void window_free(struct window *window);

#endif
