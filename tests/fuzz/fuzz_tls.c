/* Fuzz target: TLS. The first octet picks what the rest is: a connection, or the body of one
 * handshake message. A connection's comes in steps, each an octet that says whose it is, a length
 * in two octets, and as many octets, or as many that are lost. It is watched twice, the second time
 * in pieces: after each step the same must be known of it. Whatever is told lies within what was
 * read; all memory comes back. */
#include "fuzz.h"

#include "base/limits.h"
#include "tls/watch.h"

#define MEMORY    (UINT64_C(1) << 20)
#define STEPS     200
#define FIRST_DAY (-62167219200) /* 0000-01-01 */
#define LAST_DAY  253402300799   /* 9999-12-31, its last second */

enum { CONNECTION, CLIENT_HELLO, SERVER_HELLO, CERTIFICATE, KINDS };
/* The head of a step. RELEASE: the handshake is told; RESET: another one begins. */
enum { SERVER = 1, LOST = 2, RELEASE = 4, RESET = 8 };

static bool within(struct helo_slice part, struct helo_slice all)
{
    return part.len == 0 || (part.ptr >= all.ptr && part.len <= all.len &&
                             (size_t)(part.ptr - all.ptr) <= all.len - part.len);
}

/* A fingerprint: nothing, or of its full length, in characters that need no escape. */
static void look_at_print(const char *text, size_t len)
{
    fuzz_must(text[0] == '\0' || strlen(text) == len, "a fingerprint of another length");
    for (size_t i = 0; text[i] != '\0'; i++)
        fuzz_must((text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'z') ||
                      (text[i] >= 'A' && text[i] <= 'Z') || text[i] == '_',
                  "an odd character in a fingerprint");
}

/* Everything that is known of a handshake, as text. */
static void put_facts(FILE *to, const struct helo_tls *facts)
{
    const struct helo_slice texts[] = {facts->next_protocol, facts->server_name, facts->ciphers,
                                       facts->subject,       facts->issuer,      facts->names};
    fprintf(to, "%lld %x %d %x %d %d %d %d %s %s %s\n", (long long)facts->start, facts->version,
            facts->has_cipher, facts->cipher, facts->has_established, facts->established,
            facts->has_resumed, facts->resumed, facts->ja3, facts->ja4, facts->ja3s);
    fprintf(to, "%d %d %lld %lld %d %u\n", facts->has_certificate, facts->has_validity,
            (long long)facts->not_before, (long long)facts->not_after, facts->self_signed,
            facts->name_count);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        fprintf(to, " %zu:", texts[i].len);
        if (texts[i].len > 0)
            fwrite(texts[i].ptr, 1, texts[i].len, to);
    }
    for (unsigned side = 0; side < HELO_SIDES; side++)
        fprintf(to, "\n%d %u", facts->has_alert[side], facts->alert[side]);
    fputc('\n', to);
}

static void look_at_facts(const struct helo_tls *facts)
{
    uint32_t count = 0;
    look_at_print(facts->ja3, sizeof(facts->ja3) - 1);
    look_at_print(facts->ja4, sizeof(facts->ja4) - 1);
    look_at_print(facts->ja3s, sizeof(facts->ja3s) - 1);
    fuzz_must(facts->has_established || !facts->established, "established, but not known to be");
    fuzz_must(facts->has_resumed || !facts->resumed, "resumed, but not known to be");
    fuzz_must(facts->ciphers.len % 2 == 0, "half a cipher");
    for (size_t i = 0; i < facts->names.len; i++)
        count += facts->names.ptr[i] == '\n';
    fuzz_must(count == facts->name_count, "names that are counted otherwise");
    fuzz_must(facts->has_certificate || (facts->subject.len == 0 && !facts->has_validity),
              "facts of a certificate that there is not");
    fuzz_must(!facts->has_validity ||
                  (facts->not_before >= FIRST_DAY && facts->not_before <= LAST_DAY &&
                   facts->not_after >= FIRST_DAY && facts->not_after <= LAST_DAY),
              "a date outside the calendar");
}

/* One connection as it is watched. */
struct world {
    struct mem *mem;
    struct tls_watch watch;
    helo_time now;
    uint32_t cuts; /* 0: whole */
    FILE *to;      /* what is known after each step */
    char *text;
    size_t len;
};

static void say(struct world *world, enum helo_side side, struct helo_slice octets)
{
    while (octets.len > 0) {
        size_t len = world->cuts == 0 ? octets.len : fuzz_piece(&world->cuts, octets.len);
        struct helo_slice copy = fuzz_exact((struct helo_slice){octets.ptr, len});
        tls_watch_bytes(&world->watch, side, copy, world->now);
        fuzz_free(copy);
        octets.ptr += len;
        octets.len -= len;
    }
}

static void put_state(struct world *world)
{
    const struct tls_watch *watch = &world->watch;
    struct helo_tls facts = {0};
    tls_facts(watch, (world->now & 1) != 0, (world->now & 2) != 0, &facts);
    look_at_facts(&facts);
    put_facts(world->to, &facts);
    fprintf(world->to, "state %d version %x\n", (int)tls_state(watch), watch->version);
    for (int side = 0; side < HELO_SIDES; side++)
        fprintf(world->to, "broken %d goodbye %d\n", tls_is_broken(watch, (enum helo_side)side),
                (int)tls_goodbye(watch, (enum helo_side)side));
}

static void step(struct world *world, struct fuzz_input *input)
{
    uint8_t how = fuzz_octet(input);
    enum helo_side side = (how & SERVER) != 0 ? HELO_SERVER : HELO_CLIENT;
    uint32_t len = fuzz_number16(input);
    world->now++;
    if ((how & LOST) != 0)
        tls_watch_gap(&world->watch, side, len);
    else
        say(world, side, fuzz_take(input, len));
    put_state(world);
    if ((how & RESET) != 0)
        tls_reset(&world->watch);
    else if ((how & RELEASE) != 0)
        tls_release(&world->watch);
}

/* Everything that is known of a connection on its way; cuts 0: each step's octets whole. */
static void watch(struct world *world, struct fuzz_input input, uint64_t fail_at, uint32_t cuts)
{
    world->mem = world->watch.mem = mem_new(MEMORY, fail_at);
    world->cuts = cuts;
    world->to = open_memstream(&world->text, &world->len);
    for (unsigned steps = 0; input.left > 0 && steps < STEPS; steps++)
        step(world, &input);
    tls_reset(&world->watch);
    fclose(world->to);
    fuzz_must(mem_used(world->mem) == 0, "memory that did not come back");
    mem_destroy(world->mem);
}

static void watch_twice(struct fuzz_input input, uint64_t fail_at)
{
    struct world whole = {0}, pieces = {0};
    watch(&whole, input, fail_at, 0);
    watch(&pieces, input, fail_at, (uint32_t)input.left * 77u + 1u);
    /* Whether memory lasts may depend on how it is asked for. */
    bool same = whole.len == pieces.len && memcmp(whole.text, pieces.text, whole.len) == 0;
    fuzz_must(same || fail_at != 0, "in pieces something else is known");
    free(whole.text);
    free(pieces.text);
}

static void look_at_list(struct helo_slice list, struct helo_slice body, bool pairs)
{
    fuzz_must(within(list, body), "a list that is not in the hello");
    fuzz_must(!pairs || list.len % 2 == 0, "half a value");
    fuzz_look(list);
}

/* A hello, and what is made of it. */
static void read_hello(struct helo_slice body, bool client)
{
    struct tls_hello hello;
    char ja3[TLS_JA3_SIZE], ja4[TLS_JA4_SIZE];
    bool read = client ? tls_client_hello(body, &hello) : tls_server_hello(body, &hello);
    if (!read)
        return;
    fuzz_must(hello.extension_count <= LIMIT_TLS_EXTENSIONS, "more extensions than there is room");
    fuzz_must(tls_count(hello.ciphers) <= LIMIT_TLS_CIPHERS, "more ciphers than there is room");
    fuzz_must(hello.server_name_sent || hello.server_name.len == 0, "a name that was not sent");
    look_at_list(hello.ciphers, body, true);
    look_at_list(hello.groups, body, true);
    look_at_list(hello.versions, body, true);
    look_at_list(hello.signatures, body, true);
    look_at_list(hello.formats, body, false);
    look_at_list(hello.server_name, body, false);
    look_at_list(hello.protocol, body, false);
    if (client) {
        tls_ja4(&hello, ja4);
        look_at_print(ja4, sizeof(ja4) - 1);
        tls_ja3(&hello, ja3);
    } else {
        fuzz_must(tls_hello_version(&hello) != 0, "a hello without a version");
        tls_ja3s(&hello, ja3);
    }
    look_at_print(ja3, sizeof(ja3) - 1);
}

/* Twice: what the second one says must not be mixed with the first one's. */
static void read_certificate(struct helo_slice body, uint64_t fail_at)
{
    struct mem *mem = mem_new(MEMORY, fail_at);
    struct tls_certificate certificate = {0};
    for (unsigned round = 0; round < 2; round++) {
        bool read = tls_certificate_read(&certificate, mem, body);
        struct helo_slice kept = {certificate.kept, certificate.size};
        fuzz_must(read == certificate.present, "a certificate that is there and is not");
        fuzz_must(within(certificate.subject, kept) && within(certificate.issuer, kept) &&
                      within(certificate.names, kept),
                  "a text that nobody owns");
        fuzz_must(certificate.names.len <= LIMIT_TLS_NAMES + 1, "more names than there is room");
        fuzz_must(certificate.readable || (kept.len == 0 && !certificate.has_validity),
                  "facts of what could not be read");
    }
    tls_certificate_free(&certificate, mem);
    fuzz_must(mem_used(mem) == 0, "memory that did not come back");
    mem_destroy(mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    uint64_t fail_at = data[0] >= 0xc0 ? data[0] >> 2 & 15 : 0;
    struct fuzz_input input = {data + 1, size - 1};
    if (data[0] % KINDS == CONNECTION) {
        watch_twice(input, fail_at);
        return 0;
    }
    struct helo_slice body = fuzz_exact((struct helo_slice){input.at, input.left});
    if (data[0] % KINDS == CERTIFICATE)
        read_certificate(body, fail_at);
    else
        read_hello(body, data[0] % KINDS == CLIENT_HELLO);
    fuzz_free(body);
    return 0;
}
