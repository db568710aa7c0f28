/* Fuzz target: one SMTP dialogue. The first octet picks the world; then come messages, each an
 * octet that says whose it is and how it came, and octets up to a 0xff. It is heard twice, the
 * second time with each message in pieces: the events must be the same. Every event is written as
 * JSON, which must be sound, and as text; what was taken of memory comes back. */
#include "fuzz.h"

#include "../support/sound.h"
#include "base/limits.h"
#include "event/envelope.h"
#include "report/json_event.h"
#include "report/text.h"
#include "smtp/smtp.h"
#include "stream/held.h"

#define MEMORY    (UINT64_C(16) << 20)
#define MESSAGES  200
#define SEPARATOR 0xff

/* The world. */
enum { MIDSTREAM = 1, TRUSTED = 2, REVEAL = 4, SUBMISSION = 8, LMTP = 16, BARE = 32 };
/* How a message came: CROSSING was sent before the other side's last one was received. */
enum { SERVER = 1, LOST = 2, CROSSING = 4, FIN = 8, RST = 16, WAIT = 32, CONFLICT = 64 };

struct world {
    struct mem *mem;
    struct smtp_shared shared;
    struct smtp_session *session;
    struct envelope envelope;
    struct json json;
    struct line line; /* the event at hand */
    struct line text;
    struct text_layout layout;
    FILE *to; /* all of them */
    char *told;
    size_t told_len;
    FILE *facts;
    char *noticed;
    size_t noticed_len;
    uint64_t sequence;
    struct stream stream; /* what the dialogue stops at */
    struct stream_counts counts;
    uint64_t buffered;
    uint64_t said[HELO_SIDES];   /* offset behind the last octet */
    uint64_t before[HELO_SIDES]; /* the same before the last message */
    bool ended[HELO_SIDES];
    bool lossy; /* how lines stand in segments may decide */
    helo_time now;
    uint32_t cuts; /* 0: whole */
};

static void tell(struct world *world, struct helo_event *event, helo_time time)
{
    struct event_context context = {.sequence = ++world->sequence, .observer = "{}", .run = "1"};
    event->connection = &world->envelope.connection;
    envelope_stamp(&world->envelope, event, time);
    line_clear(&world->line);
    json_event_write(&world->json, &world->line, event, &context);
    fuzz_must(!world->line.failed, "an event without room");
    if (world->line.len > 0)
        fwrite(world->line.at, 1, world->line.len, world->to);
    line_clear(&world->text);
    text_event(&world->text, &world->layout, event, (world->sequence & 1) != 0);
    fuzz_must(!world->text.failed, "a text without room");
    fuzz_sound(sound_text(world->text.at, world->text.len, true));
}

static void on_exchange(void *context, const struct helo_exchange *exchange, helo_time time)
{
    struct world *world = context;
    struct helo_event event = {.dataset = HELO_DATASET_EXCHANGE, .of.exchange = exchange};
    fuzz_must((exchange != NULL) == world->shared.exchanges, "an exchange that nobody wanted");
    if (exchange != NULL)
        tell(world, &event, time);
}

static void on_message(void *context, const struct helo_message *message, helo_time time)
{
    struct helo_event event = {.dataset = HELO_DATASET_MESSAGE, .of.message = message};
    tell(context, &event, time);
}

static void on_auth(void *context, const struct fact_auth *auth, helo_time time)
{
    struct world *world = context;
    struct helo_event event = {.dataset = HELO_DATASET_AUTH, .of.auth = auth->auth};
    fuzz_must(world->shared.reveal_secrets || auth->auth->secret.len == 0, "a secret is told");
    /* What came within TLS, in a capture of a tap that decrypts, is not exposed. */
    bool bare = auth->secret != 0 && !auth->auth->tls;
    fuzz_must(auth->auth->secret_exposed == bare, "a secret without a digest");
    tell(world, &event, time);
}

static void on_tls(void *context, const struct helo_tls *tls, helo_time time)
{
    struct helo_event event = {.dataset = HELO_DATASET_TLS, .of.tls = tls};
    tell(context, &event, time);
}

static void on_session(void *context, const struct helo_session *session,
                       const struct fact_close *close, helo_time time)
{
    struct helo_event event = {.dataset = HELO_DATASET_SESSION, .of.session = session};
    fuzz_look(close->answered);
    tell(context, &event, time);
}

static void put(FILE *to, struct helo_slice slice)
{
    fputc(' ', to);
    if (slice.len > 0)
        fwrite(slice.ptr, 1, slice.len, to);
}

/* Some facts tell how far something has come, as often as octets of it come. */
static bool is_of_progress(const struct fact *fact)
{
    if (fact->kind == FACT_IRREGULARITY && fact->of.irregularity.what == IRREGULAR_BOUNDARY)
        return (fact->of.irregularity.oddity & BOUNDARY_CLOSED) == 0;
    return fact->kind == FACT_TURN || fact->kind == FACT_OPEN;
}

/* Facts for rules: those that say the same however octets come. */
static void on_fact(void *context, struct fact *fact, helo_time time)
{
    struct world *world = context;
    if (is_of_progress(fact))
        return;
    fprintf(world->facts, "%d %lld", (int)fact->kind, (long long)time);
    if (fact->kind == FACT_IRREGULARITY) {
        const struct fact_irregularity *odd = &fact->of.irregularity;
        fuzz_must(odd->what < IRREGULARITIES, "an irregularity that there is not");
        fprintf(world->facts, " %d %d %u %u %llu %llu", (int)odd->what, (int)odd->side, odd->code,
                odd->oddity, (unsigned long long)odd->number, (unsigned long long)odd->limit);
        put(world->facts, odd->verb);
        put(world->facts, odd->text);
    } else if (fact->kind == FACT_REFUSAL || fact->kind == FACT_QUERY ||
               fact->kind == FACT_UNASKED) {
        put(world->facts, fact->of.reply.verb);
        put(world->facts, fact->of.reply.argument);
        put(world->facts, fact->of.reply.reply->text);
    }
    fputc('\n', world->facts);
}

static void on_real_client(void *context, const struct helo_endpoint *client)
{
    struct world *world = context;
    fuzz_must(client->family == 4 || client->family == 6, "a family that there is not");
    world->envelope.connection.has_real_client = true;
    world->envelope.connection.real_client = *client;
}

static void begin(struct world *world, uint8_t how)
{
    struct smtp_start start = {.time = world->now,
                               .server_port = (how & LMTP) != 0         ? 24
                                              : (how & SUBMISSION) != 0 ? 587
                                                                        : 25,
                               .midstream = (how & MIDSTREAM) != 0,
                               .trusted_proxy = (how & TRUSTED) != 0};
    world->mem = mem_new(MEMORY, 0);
    world->to = open_memstream(&world->told, &world->told_len);
    world->facts = open_memstream(&world->noticed, &world->noticed_len);
    line_init(&world->line, world->mem, LIMIT_LINE);
    line_init(&world->text, world->mem, LIMIT_LINE);
    world->shared.mem = world->mem;
    world->shared.exchanges = (how & BARE) == 0;
    world->shared.reveal_secrets = (how & REVEAL) != 0;
    world->shared.wanted = (1u << FACT_KINDS) - 1;
    world->shared.sink = (struct smtp_sink){.exchange = on_exchange,
                                            .message = on_message,
                                            .auth = on_auth,
                                            .tls = on_tls,
                                            .session = on_session,
                                            .fact = on_fact,
                                            .real_client = on_real_client};
    struct helo_connection *connection = &world->envelope.connection;
    for (unsigned side = 0; side < HELO_SIDES; side++)
        connection->end[side] = (struct helo_endpoint){
            .family = 4, .address = {192, 0, 2, (uint8_t)(1 + side)}, .port = 25};
    envelope_begin(&world->envelope, world->now, 0);
    world->session = smtp_init(calloc(1, smtp_size()), &world->shared, world, &start);
    const struct stream_consumer consumer = {world->session, smtp_bytes,    smtp_gap,      smtp_end,
                                             smtp_resume,    smtp_conflict, smtp_unchecked};
    const struct stream_edge edge[HELO_SIDES] = {{.known = true, .window_scale = -1},
                                                 {.known = true, .window_scale = -1}};
    stream_init(&world->stream, world->mem, &consumer, &world->counts, &world->buffered, edge);
}

/* Octets of a side, whole or in pieces. */
static void say(struct world *world, unsigned side, struct helo_slice octets, uint64_t acked)
{
    while (octets.len > 0) {
        size_t len = world->cuts == 0 ? octets.len : fuzz_piece(&world->cuts, octets.len);
        struct helo_slice copy = fuzz_exact((struct helo_slice){octets.ptr, len});
        struct stream_chunk chunk = {.data = copy.ptr,
                                     .len = copy.len,
                                     .offset = world->said[side],
                                     .acked = acked,
                                     .time = world->now};
        world->said[side] += len;
        held_bytes(&world->stream, (enum helo_side)side, &chunk);
        fuzz_free(copy);
        octets.ptr += len;
        octets.len -= len;
    }
}

static void hear_message(struct world *world, uint8_t how, struct helo_slice octets)
{
    unsigned s = how & SERVER;
    enum helo_side side = (enum helo_side)s;
    uint64_t begin = world->said[s];
    if (world->ended[s])
        return;
    world->now += (how & WAIT) != 0 ? 90 * HELO_SECOND : HELO_MILLISECOND;
    if ((how & LOST) != 0 && octets.len > 0) {
        world->said[s] += octets.len;
        world->lossy = true;
        held_gap(&world->stream, side, begin, (uint32_t)octets.len, world->now);
    } else {
        say(world, s, octets, (how & CROSSING) != 0 ? world->before[1 - s] : world->said[1 - s]);
    }
    world->before[s] = begin;
    if ((how & CONFLICT) != 0)
        smtp_conflict(world->session, side, begin, world->now);
    world->ended[s] = (how & (FIN | RST)) != 0;
    if ((how & FIN) != 0) {
        world->stream.side[s].fin = world->stream.side[s].fin_delivered = true;
        held_end(&world->stream, side, world->now);
    } else if ((how & RST) != 0) {
        smtp_end(world->session, side, STREAM_END_RST, world->now);
    }
}

static void finish(struct world *world, uint8_t how)
{
    struct smtp_finish end = {.cause = (enum smtp_cause)(how % 5), .seen = {true, true}};
    held_release(&world->stream, HELO_SERVER, true);
    held_release(&world->stream, HELO_CLIENT, true);
    fuzz_must(world->stream.side[0].held == NULL && world->stream.side[1].held == NULL,
              "something is left unread");
    end.time = world->now + HELO_SECOND;
    fuzz_must(!smtp_has_failed(world->session), "a failure without a cause");
    smtp_finish(world->session, &end);
    smtp_close(world->session);
    stream_close(&world->stream);
    free(world->session);
    line_free(&world->line);
    line_free(&world->text);
    fclose(world->to);
    fclose(world->facts);
    fuzz_must(world->buffered == 0, "octets are counted that nobody holds");
    fuzz_must(mem_used(world->mem) == 0, "memory that did not come back");
    mem_destroy(world->mem);
}

/* Everything that is told of an input; cuts 0: each message whole. */
static struct world *hear(const uint8_t *data, size_t size, uint32_t cuts)
{
    struct world *world = calloc(1, sizeof(*world));
    fuzz_must(world != NULL, "no memory for a world");
    world->now = 1700000000 * HELO_SECOND;
    world->lossy = (data[0] & MIDSTREAM) != 0;
    world->cuts = cuts;
    begin(world, data[0]);
    size_t at = 1;
    for (unsigned count = 0; at < size && count < MESSAGES; count++) {
        uint8_t how = data[at++];
        const uint8_t *end = at < size ? memchr(data + at, SEPARATOR, size - at) : NULL;
        size_t len = end != NULL ? (size_t)(end - (data + at)) : size - at;
        hear_message(world, how, (struct helo_slice){data + at, len});
        at += len + (end != NULL ? 1 : 0);
    }
    finish(world, data[0] >> 5);
    return world;
}

/* How long it was silent before a close is a matter of packets, not of what was said. */
static void leave_out_silence(struct world *world)
{
    static const char KEY[] = "\"idle_ms\":";
    char *to = world->told;
    for (const char *at = world->told, *end = at + world->told_len; at < end;) {
        bool found = (size_t)(end - at) >= sizeof(KEY) && memcmp(at, KEY, sizeof(KEY) - 1) == 0;
        *to++ = *at++;
        if (!found)
            continue;
        memmove(to, KEY + 1, sizeof(KEY) - 2);
        to += sizeof(KEY) - 2;
        at += sizeof(KEY) - 2;
        while (at < end && ((*at >= '0' && *at <= '9') || *at == '.'))
            at++;
    }
    world->told_len = (size_t)(to - world->told);
    *to = '\0';
}

/* The line of text[0..len) that at is in. */
static struct helo_slice line_at(const char *text, size_t len, size_t at)
{
    size_t from = at, to = at;
    while (from > 0 && text[from - 1] != '\n')
        from--;
    while (to < len && text[to] != '\n')
        to++;
    return (struct helo_slice){(const uint8_t *)text + from, to - from};
}

static void must_be_same(const char *whole, size_t whole_len, const char *pieces, size_t pieces_len,
                         const char *what)
{
    if (whole_len == pieces_len && memcmp(whole, pieces, whole_len) == 0)
        return;
    size_t at = 0;
    while (at < whole_len && at < pieces_len && whole[at] == pieces[at])
        at++;
    struct helo_slice one = line_at(whole, whole_len, at), other = line_at(pieces, pieces_len, at);
    fprintf(stderr, "whole:\n%.*s\nin pieces:\n%.*s\n", (int)one.len, (const char *)one.ptr,
            (int)other.len, (const char *)other.ptr);
    fuzz_must(false, what);
}

static void compare(struct world *whole, struct world *pieces)
{
    leave_out_silence(whole);
    leave_out_silence(pieces);
    must_be_same(whole->told, whole->told_len, pieces->told, pieces->told_len,
                 "in pieces other events");
    must_be_same(whole->noticed, whole->noticed_len, pieces->noticed, pieces->noticed_len,
                 "in pieces other facts");
}

static void world_free(struct world *world)
{
    free(world->told);
    free(world->noticed);
    free(world);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct world *whole = hear(data, size, 0);
    struct world *pieces = hear(data, size, data[0] * 256u + data[1] + 1u);
    fuzz_sound(sound_json(whole->told, whole->told_len));
    if (whole->lossy)
        fuzz_sound(sound_json(pieces->told, pieces->told_len));
    else
        compare(whole, pieces);
    world_free(whole);
    world_free(pieces);
    return 0;
}
