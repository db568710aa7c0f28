/* Watching a TLS connection: which records say what of its handshake and its end. */
#include "tls/watch.h"

#include <string.h>

#include "tls/message.h"

#define TLS_1_3       0x0304
#define ALERT_OCTETS  2
#define ALERT_FATAL   2
#define CLOSE_NOTIFY  0
#define TLS_1_3_ALERT 19 /* an alert, its type and 16 octets of tag (RFC 8446 section 5.2) */
#define WANTED_CLIENT (1u << TLS_CLIENT_HELLO)
#define WANTED_SERVER (1u << TLS_SERVER_HELLO | 1u << TLS_CERTIFICATE)
#define ROOM          (LIMIT_TLS_HANDSHAKE / HELO_SIDES)

struct tls_handshake {
    struct tls_messages messages[HELO_SIDES];
    struct tls_hello hello[HELO_SIDES];
    uint8_t *body[HELO_SIDES]; /* what the hellos point into; owned */
    uint32_t size[HELO_SIDES];
    bool has_hello[HELO_SIDES];
    bool missed[HELO_SIDES]; /* octets of its messages are lost */
    bool server_done;        /* the server handed over to the client: no resumption before 1.3 */
    struct tls_certificate certificate;
};

static void keep_hello(struct tls_watch *watch, enum helo_side side)
{
    struct tls_handshake *handshake = watch->handshake;
    struct tls_messages *messages = &handshake->messages[side];
    struct helo_slice body = {messages->body, messages->len};
    struct tls_hello *hello = &handshake->hello[side];
    if (handshake->has_hello[side])
        return;
    bool read = side == HELO_CLIENT ? tls_client_hello(body, hello) : tls_server_hello(body, hello);
    if (!read || hello->retry)
        return;
    handshake->has_hello[side] = true;
    handshake->body[side] = tls_message_take(messages, &handshake->size[side]);
    if (side == HELO_SERVER) {
        watch->version = tls_hello_version(hello);
        watch->side[HELO_CLIENT].data = false; /* what came before it was early data */
    }
}

static void take_message(struct tls_watch *watch, enum helo_side side)
{
    struct tls_handshake *handshake = watch->handshake;
    struct tls_messages *messages = &handshake->messages[side];
    struct helo_slice body = {messages->body, messages->len};
    switch (messages->head[0]) {
    case TLS_CLIENT_HELLO:
    case TLS_SERVER_HELLO:
        if (messages->kept)
            keep_hello(watch, side);
        break;
    case TLS_CERTIFICATE:
        if (messages->kept && side == HELO_SERVER)
            (void)tls_certificate_read(&handshake->certificate, watch->mem, body);
        break;
    case TLS_SERVER_HELLO_DONE:
        handshake->server_done |= side == HELO_SERVER;
        break;
    default:
        break;
    }
}

/* Octets of handshake messages, in clear. */
static void take_handshake(struct tls_watch *watch, enum helo_side side, struct helo_slice body)
{
    struct bytes in = {body.ptr, body.len};
    uint32_t wanted = side == HELO_CLIENT ? WANTED_CLIENT : WANTED_SERVER;
    bool starved = watch->starved;
    if (watch->told || watch->starved)
        return;
    if (watch->handshake == NULL)
        watch->handshake = mem_take_zero(watch->mem, sizeof(*watch->handshake));
    watch->starved = watch->handshake == NULL;
    if (watch->starved || watch->handshake->missed[side])
        return;
    while (in.left > 0 && tls_message_read(&watch->handshake->messages[side], watch->mem, &in,
                                           wanted, ROOM, &starved))
        take_message(watch, side);
    watch->starved = starved;
}

static void take_body(struct tls_watch *watch, enum helo_side side, const struct tls_part *part)
{
    struct tls_side *from = &watch->side[side];
    if (part->type == TLS_HANDSHAKE && !from->changed && !from->reader.skipped)
        take_handshake(watch, side, part->body);
    if (part->type != TLS_ALERT || from->last_length != ALERT_OCTETS || from->reader.skipped)
        return;
    for (size_t i = 0; i < part->body.len && from->alert_have < ALERT_OCTETS; i++)
        from->alert[from->alert_have++] = part->body.ptr[i];
}

static void begin_record(struct tls_watch *watch, enum helo_side side, const struct tls_part *part,
                         helo_time time)
{
    struct tls_side *from = &watch->side[side];
    from->last_type = part->type;
    from->last_length = part->length;
    from->alert_have = 0;
    from->handshake |= part->type == TLS_HANDSHAKE;
    if (part->type != TLS_HANDSHAKE || watch->begun)
        return;
    watch->start = time;
    watch->begun = true;
}

/* Before TLS 1.3 a side's first handshake record behind ChangeCipherSpec is its Finished; in 1.3
 * the client's is application data. Data of both sides is proof enough, also without a ServerHello.
 */
static bool is_established(const struct tls_watch *watch)
{
    const struct tls_side *client = &watch->side[HELO_CLIENT], *server = &watch->side[HELO_SERVER];
    bool old = watch->version != 0 && watch->version < TLS_1_3;
    return (client->data && server->data) || (old && client->finished && server->finished);
}

static void settle(struct tls_watch *watch, const struct tls_side *from)
{
    if (watch->state != TLS_OPEN)
        return;
    bool gives_up =
        from->alerted && (from->alert[0] == ALERT_FATAL || from->alert[1] == CLOSE_NOTIFY);
    if (is_established(watch))
        watch->state = TLS_ESTABLISHED;
    else if (gives_up || from->reader.broken)
        watch->state = TLS_FAILED;
}

static void end_record(struct tls_watch *watch, struct tls_side *from)
{
    switch (from->last_type) {
    case TLS_CHANGE_CIPHER_SPEC:
        from->changed = from->protected = true;
        break;
    case TLS_HANDSHAKE:
        from->finished |= from->changed;
        break;
    case TLS_APPLICATION:
        from->protected = true;
        from->data |= from->last_length != TLS_1_3_ALERT;
        break;
    case TLS_ALERT:
        from->alerted |= from->alert_have == ALERT_OCTETS;
        from->alert_hidden |= from->last_length > ALERT_OCTETS;
        break;
    default:
        break;
    }
    settle(watch, from);
}

void tls_watch_bytes(struct tls_watch *watch, enum helo_side side, struct helo_slice octets,
                     helo_time time)
{
    struct bytes in = {octets.ptr, octets.len};
    struct tls_side *from = &watch->side[side];
    struct tls_part part;
    while (tls_read(&from->reader, &in, &part)) {
        if (part.begins)
            begin_record(watch, side, &part, time);
        else
            take_body(watch, side, &part);
        if (part.left == 0)
            end_record(watch, from);
    }
    if (from->reader.broken)
        settle(watch, from);
}

void tls_watch_gap(struct tls_watch *watch, enum helo_side side, uint64_t len)
{
    struct tls_side *from = &watch->side[side];
    bool amid = from->reader.left > 0;
    from->gap = true;
    if (watch->handshake != NULL)
        watch->handshake->missed[side] = true;
    tls_read_gap(&from->reader, len);
    if (amid && from->reader.left == 0 && !from->reader.lost)
        end_record(watch, from);
}

enum tls_state tls_state(const struct tls_watch *watch)
{
    return (enum tls_state)watch->state;
}

static void client_facts(const struct tls_hello *hello, struct helo_tls *facts)
{
    tls_ja3(hello, facts->ja3);
    tls_ja4(hello, facts->ja4);
    facts->server_name = hello->server_name;
    facts->ciphers = hello->ciphers;
}

static void server_facts(const struct tls_hello *hello, struct helo_tls *facts)
{
    tls_ja3s(hello, facts->ja3s);
    facts->version = tls_hello_version(hello);
    facts->has_cipher = true;
    facts->cipher = hello->cipher;
    facts->next_protocol = hello->protocol;
    facts->has_resumed = facts->version == TLS_1_3;
    facts->resumed = hello->pre_shared_key;
}

static void certificate_facts(const struct tls_certificate *certificate, struct helo_tls *facts)
{
    facts->has_certificate = certificate->present;
    memcpy(facts->certificate_sha256, certificate->sha256, sizeof(facts->certificate_sha256));
    facts->has_validity = certificate->has_validity;
    facts->not_before = certificate->not_before;
    facts->not_after = certificate->not_after;
    facts->self_signed = certificate->self_signed;
    facts->subject = certificate->subject;
    facts->issuer = certificate->issuer;
    facts->names = certificate->names;
    facts->name_count = certificate->name_count;
}

void tls_facts(const struct tls_watch *watch, bool over, bool whole, struct helo_tls *facts)
{
    const struct tls_handshake *handshake = watch->handshake;
    facts->start = watch->start;
    facts->established = watch->state == TLS_ESTABLISHED;
    facts->has_established = watch->state != TLS_OPEN || (over && whole);
    for (int i = 0; i < HELO_SIDES; i++) {
        facts->has_alert[i] = watch->side[i].alerted;
        facts->alert[i] = watch->side[i].alert[1];
    }
    if (handshake == NULL)
        return;
    if (handshake->has_hello[HELO_CLIENT])
        client_facts(&handshake->hello[HELO_CLIENT], facts);
    if (handshake->has_hello[HELO_SERVER])
        server_facts(&handshake->hello[HELO_SERVER], facts);
    if (facts->version != 0 && facts->version < TLS_1_3) {
        facts->has_resumed = watch->side[HELO_SERVER].finished && !handshake->missed[HELO_SERVER];
        facts->resumed = facts->has_resumed && !handshake->server_done;
    }
    certificate_facts(&handshake->certificate, facts);
}

void tls_release(struct tls_watch *watch)
{
    struct tls_handshake *handshake = watch->handshake;
    watch->told = true;
    if (handshake == NULL)
        return;
    for (int i = 0; i < HELO_SIDES; i++) {
        tls_messages_free(&handshake->messages[i], watch->mem);
        mem_give(watch->mem, handshake->body[i], handshake->size[i]);
    }
    tls_certificate_free(&handshake->certificate, watch->mem);
    mem_give(watch->mem, handshake, sizeof(*handshake));
    watch->handshake = NULL;
}

void tls_reset(struct tls_watch *watch)
{
    tls_release(watch);
    *watch = (struct tls_watch){.mem = watch->mem};
}

bool tls_is_broken(const struct tls_watch *watch, enum helo_side side)
{
    return watch->state == TLS_ESTABLISHED && watch->side[side].reader.broken &&
           !watch->side[side].gap;
}

enum helo_tls_goodbye tls_goodbye(const struct tls_watch *watch, enum helo_side side)
{
    const struct tls_side *from = &watch->side[side];
    if (from->gap || from->reader.lost || from->reader.left > 0 || from->reader.have > 0)
        return HELO_TLS_GOODBYE_UNKNOWN;
    if (from->alerted)
        return from->alert[1] == CLOSE_NOTIFY ? HELO_TLS_GOODBYE_CLOSE : HELO_TLS_GOODBYE_FATAL;
    bool may_be_alert = watch->version == TLS_1_3 && from->last_type == TLS_APPLICATION &&
                        from->last_length == TLS_1_3_ALERT;
    if (from->last_type == TLS_ALERT || may_be_alert)
        return HELO_TLS_GOODBYE_LIKELY;
    return HELO_TLS_GOODBYE_NONE;
}
