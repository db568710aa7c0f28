/* Counters of a dialogue, and the session event made of them. */
#include <stdlib.h>
#include <string.h>

#include "smtp/session.h"

#define FIRST_LATENCIES 8u
_Static_assert(LIMIT_LATENCY_SAMPLES % FIRST_LATENCIES == 0, "doubling ends at the limit");

void summary_count_command(struct smtp_session *session, enum verb verb)
{
    session->commands[verb]++;
}

void summary_count_reply(struct smtp_session *session, uint16_t code)
{
    uint32_t at = 0;
    for (uint32_t end = session->reply_count; at < end;) {
        uint32_t middle = at + (end - at) / 2;
        if (session->replies[middle].code < code)
            at = middle + 1;
        else
            end = middle;
    }
    if (at < session->reply_count && session->replies[at].code == code) {
        session->replies[at].count++;
        return;
    }
    if (session->reply_count == session->reply_size) {
        uint32_t size = session->reply_size > 0 ? session->reply_size * 2 : 8;
        struct helo_code_count *replies =
            mem_resize(session->shared->mem, session->replies,
                       session->reply_size * sizeof(*replies), size * sizeof(*replies));
        if (replies == NULL) {
            session->failed = true;
            return;
        }
        session->replies = replies;
        session->reply_size = size;
    }
    memmove(session->replies + at + 1, session->replies + at,
            (session->reply_count - at) * sizeof(*session->replies));
    session->replies[at] = (struct helo_code_count){code, 1};
    session->reply_count++;
}

uint32_t summary_refusals(const struct smtp_session *session)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < session->reply_count; i++)
        count += session->replies[i].code >= 400 ? session->replies[i].count : 0;
    return count;
}

/* Room for one more latency, which most sessions have few of; false without memory. */
static bool make_room(struct smtp_session *session)
{
    if (session->latency_count < session->latency_room ||
        session->latency_room == LIMIT_LATENCY_SAMPLES)
        return true;
    uint32_t room = session->latency_room > 0 ? session->latency_room * 2 : FIRST_LATENCIES;
    uint32_t *latencies =
        mem_resize(session->shared->mem, session->latencies,
                   session->latency_room * sizeof(*latencies), room * sizeof(*latencies));
    if (latencies == NULL)
        return false;
    session->latencies = latencies;
    session->latency_room = room;
    return true;
}

/* Every stride-th latency is kept; when they fill their place every second one goes. */
static void sample(struct smtp_session *session, uint32_t microseconds)
{
    if (session->latency_stride == 0)
        session->latency_stride = 1;
    if (session->latency_seen++ % session->latency_stride != 0 || !make_room(session))
        return;
    if (session->latency_count == LIMIT_LATENCY_SAMPLES) {
        for (uint32_t i = 0; i < LIMIT_LATENCY_SAMPLES / 2; i++)
            session->latencies[i] = session->latencies[2 * i];
        session->latency_count = LIMIT_LATENCY_SAMPLES / 2;
        session->latency_stride *= 2;
    }
    session->latencies[session->latency_count++] = microseconds;
}

void summary_latency(struct smtp_session *session, helo_time latency)
{
    helo_time microseconds = latency / HELO_MICROSECOND;
    if (latency > session->latency_max)
        session->latency_max = latency;
    sample(session, microseconds > UINT32_MAX ? UINT32_MAX : (uint32_t)microseconds);
}

static int compare_samples(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void fill_latencies(const struct smtp_session *session, struct helo_session *facts)
{
    uint32_t sorted[LIMIT_LATENCY_SAMPLES];
    uint32_t count = session->latency_count;
    facts->has_first_reply = session->has_first_reply;
    facts->first_reply = session->first_reply;
    facts->has_reply_times = count > 0;
    if (count == 0)
        return;
    memcpy(sorted, session->latencies, count * sizeof(*sorted));
    qsort(sorted, count, sizeof(*sorted), compare_samples);
    facts->reply_p50 = (helo_time)sorted[(count - 1) / 2] * HELO_MICROSECOND;
    facts->reply_max = session->latency_max;
}

/* Replies that only an AUTH is answered with (RFC 4954 section 4): its client may be unseen. */
static bool has_auth_reply(const struct smtp_session *session)
{
    for (uint32_t i = 0; i < session->reply_count; i++) {
        if (session->replies[i].code == 334 || session->replies[i].code == 235)
            return true;
    }
    return false;
}

static enum helo_session_kind kind_of(const struct smtp_session *session)
{
    if (session->lmtp)
        return HELO_KIND_LMTP;
    if (!session->spoke_smtp && !session->tls)
        return HELO_KIND_OTHER;
    if (session->auth_seen || has_auth_reply(session) || session->server_port == 587 ||
        session->server_port == 465)
        return HELO_KIND_SUBMISSION;
    return HELO_KIND_SMTP;
}

static enum helo_outcome outcome_of(const struct helo_session *facts, bool end_is_hidden)
{
    if (facts->close_expected)
        return HELO_OUTCOME_SUCCESS;
    if (end_is_hidden && facts->close_reason == HELO_CLOSE_REFUSED)
        return HELO_OUTCOME_UNKNOWN; /* a QUIT may have been answered */
    switch (facts->close_reason) {
    case HELO_CLOSE_REPLACED:
    case HELO_CLOSE_IDLE_TIMEOUT:
    case HELO_CLOSE_CAPTURE_END:
    case HELO_CLOSE_EVICTED:
    case HELO_CLOSE_UNKNOWN:
        return HELO_OUTCOME_UNKNOWN;
    default:
        return facts->close_state == HELO_PHASE_TLS ? HELO_OUTCOME_UNKNOWN : HELO_OUTCOME_FAILURE;
    }
}

/* The arrays that a session event points to. */
struct lists {
    struct helo_slice capabilities[LIMIT_CAPABILITIES];
    struct helo_verb_count commands[VERB_COUNT];
};

static void fill_lists(const struct smtp_session *session, struct lists *lists,
                       struct helo_session *facts)
{
    struct helo_slice rest = text_slice(&session->capabilities);
    while (rest.len > 0 && facts->capability_count < LIMIT_CAPABILITIES) {
        const uint8_t *lf = memchr(rest.ptr, '\n', rest.len);
        size_t len = lf != NULL ? (size_t)(lf - rest.ptr) : rest.len;
        lists->capabilities[facts->capability_count++] = (struct helo_slice){rest.ptr, len};
        size_t skip = lf != NULL ? len + 1 : len;
        rest.ptr += skip;
        rest.len -= skip;
    }
    facts->capabilities = lists->capabilities;
    for (unsigned v = 0; v < VERB_COUNT; v++) {
        if (session->commands[(v + 1) % VERB_COUNT] > 0)
            lists->commands[facts->command_count++] =
                (struct helo_verb_count){verb_name((enum verb)((v + 1) % VERB_COUNT)),
                                         session->commands[(v + 1) % VERB_COUNT]};
    }
    facts->commands = lists->commands;
    facts->replies = session->replies;
    facts->reply_count = session->reply_count;
}

static void fill_server(const struct smtp_session *session, struct helo_session *facts)
{
    struct helo_slice banner = text_slice(&session->banner);
    const uint8_t *lf = banner.len > 0 ? memchr(banner.ptr, '\n', banner.len) : NULL;
    struct helo_slice first = banner;
    if (lf != NULL)
        first.len = (size_t)(lf - banner.ptr);
    facts->banner = banner;
    if (session->greeting_code == 220) {
        facts->server_name = slice_word(&first);
        facts->server_software = software_of(banner);
    }
}

/* A ClientHello alone encrypts nothing: where a gap may hide that the server answered in clear,
 * more is needed. */
static bool tls_is_shown(const struct smtp_session *session)
{
    const struct tls_side *side = session->tls_watch.side;
    return session->tls && (session->gap_count == 0 || session->starttls_code == 220 ||
                            side[HELO_SERVER].handshake || side[HELO_SERVER].protected ||
                            side[HELO_CLIENT].protected);
}

static void fill_counts(const struct smtp_session *session, struct helo_session *facts)
{
    facts->auth_seen = session->auth_seen;
    facts->auth_attempts = session->auth_attempts;
    facts->auth_successes = session->auth_successes;
    facts->auth_failures = session->auth_failures;
    facts->auth_challenges = session->auth_challenges;
    facts->messages_attempted = session->messages_attempted;
    facts->messages_accepted = session->messages_accepted;
    facts->messages_rejected = session->messages_rejected;
    facts->messages_partial = session->messages_partial;
    facts->recipients_accepted = session->recipients_accepted;
    facts->recipients_rejected = session->recipients_rejected;
    facts->starttls_offered = session->starttls_offered;
    facts->starttls_requested = session->starttls_requested;
    facts->starttls_reply_code = session->starttls_code;
    facts->tls = tls_is_shown(session);
    facts->tls_version = facts->tls ? session->tls_watch.version : 0;
    facts->starttls_established = session->starttls_code == 220 && session->tls &&
                                  tls_state(&session->tls_watch) == TLS_ESTABLISHED;
}

void summary_emit(struct smtp_session *session, const struct smtp_finish *finish,
                  struct helo_session *facts)
{
    struct lists lists;
    facts->kind = kind_of(session);
    facts->start = session->start;
    facts->end = finish->time > session->start ? finish->time : session->start;
    facts->midstream = session->midstream;
    facts->one_sided = finish->seen[HELO_CLIENT] != finish->seen[HELO_SERVER];
    facts->seen_side = finish->seen[HELO_CLIENT] ? HELO_CLIENT : HELO_SERVER;
    facts->uncertain = session->uncertain;
    facts->decrypted = session->decrypted;
    facts->gap_count = session->gap_count;
    facts->gap_bytes = session->gap_bytes;
    if (session->proxied != NULL) {
        facts->proxy_kind = session->proxied->kind;
        facts->proxy_target = text_slice(&session->proxied->target);
    }
    facts->helo = text_slice(&session->helo);
    facts->pipelining = session->pipelining;
    if (session->helo_verb != VERB_OTHER)
        facts->client_verb = verb_name((enum verb)session->helo_verb);
    fill_server(session, facts);
    fill_counts(session, facts);
    fill_latencies(session, facts);
    fill_lists(session, &lists, facts);
    facts->mail_may_be_hidden = session->gap_count > 0 || session->midstream || facts->one_sided ||
                                (session->tls && !session->decrypted);
    facts->outcome = outcome_of(facts, close_end_is_hidden(session, finish));
    struct fact_close close = {.last_code = session->last_code,
                               .refusals = summary_refusals(session),
                               .auth_failed = session->auth_failed};
    if (close_is_announced(session))
        close = session->announcement->before;
    close.odd_port = session->odd_port;
    close.hidden = close_end_is_hidden(session, finish);
    session->shared->sink.session(session->context, facts, &close, finish->time);
}
