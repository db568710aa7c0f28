/* Makes a large capture of interleaved SMTP sessions, the same one for the same arguments. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/frame.h"
#include "../support/grow.h"
#include "../support/pcapfile.h"
#include "../support/prng.h"

#define TEMPLATES 96
#define SERVERS   20
/* The synthetic wire is a local one; mail comes from further away. */
#define STRETCH 40

struct options {
    const char *path;
    uint64_t bytes;
    uint64_t seed;
    uint32_t open; /* sessions at a time */
    uint32_t smtp; /* percent of the sessions that are SMTP; the others are opaque */
    const struct kind *kind;
};

/* What SMTP sessions are like. */
struct kind {
    const char *name;
    void (*put)(FILE *out, struct prng *prng);
    size_t templates; /* at most TEMPLATES: fewer where each takes much memory */
};

/* Dialogues. */

/* The sizes of mail: most is small, most octets are in large ones. */
static uint32_t message_size(struct prng *prng)
{
    static const struct {
        uint32_t percent, least, most;
    } classes[] = {{40, 2000, 10000},
                   {35, 10000, 60000},
                   {18, 60000, 300000},
                   {6, 300000, 1000000},
                   {1, 1000000, 2000000}};
    uint64_t roll = prng_below(prng, 100);
    size_t i = 0;
    for (; roll >= classes[i].percent; i++)
        roll -= classes[i].percent;
    return classes[i].least + (uint32_t)prng_below(prng, classes[i].most - classes[i].least);
}

static void put_body_line(FILE *out, struct prng *prng)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char line[77] = "";
    for (int i = 0; i < 76; i++)
        line[i] = digits[prng_below(prng, 64)];
    fprintf(out, "C: %s\n", line);
}

/* Header and lines of Base64; returns the octets that were put. */
static uint32_t put_content(FILE *out, struct prng *prng, uint32_t size)
{
    static const char *const header[] = {
        "Received: from client.example.org by mx.example.net with ESMTP; Mon, 1 Jan 2024 10:00:00",
        "From: Alice Example <alice@example.org>",
        "To: Bob Example <bob@example.net>",
        "Subject: the figures that you asked for",
        "Message-ID: <20240101100000.4711@client.example.org>",
        "MIME-Version: 1.0",
        "Content-Type: application/octet-stream",
        "Content-Transfer-Encoding: base64",
        ""};
    uint32_t put = 0;
    for (size_t i = 0; i < sizeof header / sizeof header[0]; i++) {
        fprintf(out, "C: %s\n", header[i]);
        put += (uint32_t)strlen(header[i]) + 2;
    }
    for (; put < size; put += 78)
        put_body_line(out, prng);
    return put;
}

static void put_greeting(FILE *out)
{
    fputs("S: 220 mx.example.net ESMTP Postfix\nC: EHLO client.example.org\n"
          "S: 250-mx.example.net\nS: 250-PIPELINING\nS: 250-SIZE 52428800\nS: 250-ETRN\n"
          "S: 250-AUTH PLAIN LOGIN\nS: 250-ENHANCEDSTATUSCODES\nS: 250-8BITMIME\nS: 250-DSN\n"
          "S: 250 CHUNKING\n",
          out);
}

static void put_auth(FILE *out, bool login)
{
    if (login)
        fputs("C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: YWxpY2U=\nS: 334 UGFzc3dvcmQ6\n"
              "C: c2VjcmV0\nS: 235 2.7.0 Authentication successful\n",
              out);
    else
        fputs("C: AUTH PLAIN AGFsaWNlAHNlY3JldA==\nS: 235 2.7.0 Authentication successful\n", out);
}

static void put_message(FILE *out, struct prng *prng, uint32_t size)
{
    bool pipelined = !prng_one_in(prng, 3);
    fprintf(out, "C: MAIL FROM:<alice@example.org> SIZE=%u\n", size);
    if (!pipelined)
        fputs("S: 250 2.1.0 Ok\n", out);
    fputs("C: RCPT TO:<bob@example.net>\n", out);
    if (!pipelined)
        fputs("S: 250 2.1.5 Ok\n", out);
    fputs(pipelined ? "C: DATA\nS: 250 2.1.0 Ok\nS: 250 2.1.5 Ok\n" : "C: DATA\n", out);
    fputs("S: 354 End data with <CR><LF>.<CR><LF>\n", out);
    put_content(out, prng, size);
    fputs("C: .\nS: 250 2.0.0 Ok: queued as 4T3Xyz1Abc\n", out);
}

static void put_chunked(FILE *out, struct prng *prng)
{
    char *content = NULL;
    size_t length;
    FILE *memory = open_memstream(&content, &length);
    uint32_t octets = put_content(memory, prng, message_size(prng));
    fclose(memory);
    fprintf(out,
            "C: MAIL FROM:<alice@example.org> BODY=8BITMIME\nC: RCPT TO:<bob@example.net>\n"
            "C: RCPT TO:<carol@example.net>\nC: BDAT %u LAST\n%s",
            octets, content);
    fputs("S: 250 2.1.0 Ok\nS: 250 2.1.5 Ok\nS: 250 2.1.5 Ok\nS: 250 2.0.0 Ok: queued as 5X\n",
          out);
    free(content);
}

static void put_rejection(FILE *out, struct prng *prng)
{
    static const char *const replies[] = {"550 5.1.1 <nobody@example.net>: User unknown",
                                          "450 4.2.0 <nobody@example.net>: Greylisted",
                                          "554 5.7.1 Service unavailable; client is listed"};
    fprintf(out,
            "C: MAIL FROM:<spam@example.com>\nS: 250 2.1.0 Ok\n"
            "C: RCPT TO:<nobody@example.net>\nS: %s\nC: RSET\nS: 250 2.0.0 Ok\n",
            replies[prng_below(prng, 3)]);
}

static void put_dialogue(FILE *out, struct prng *prng)
{
    uint64_t kind = prng_below(prng, 20);
    put_greeting(out);
    if (kind < 6)
        put_auth(out, kind < 3);
    if (kind == 6 || kind == 7)
        put_rejection(out, prng);
    else if (kind < 12)
        put_chunked(out, prng);
    else
        put_message(out, prng, message_size(prng));
    if (kind >= 18)
        put_message(out, prng, message_size(prng));
    fputs("C: QUIT\nS: 221 2.0.0 Bye\nFIN S\nFIN C\n", out);
}

/* Nobody sends anything: scanners and health checks. */
static void put_tiny(FILE *out, struct prng *prng)
{
    (void)prng;
    put_greeting(out);
    fputs("C: QUIT\nS: 221 2.0.0 Bye\nFIN S\nFIN C\n", out);
}

static void put_huge(FILE *out, struct prng *prng)
{
    put_greeting(out);
    put_message(out, prng, 4000000 + (uint32_t)prng_below(prng, 8000000));
    fputs("C: QUIT\nS: 221 2.0.0 Bye\nFIN S\nFIN C\n", out);
}

static const struct kind KINDS[] = {
    {"mail", put_dialogue, TEMPLATES}, {"tiny", put_tiny, 1}, {"huge", put_huge, 6}};

/* What else crosses a link. */

static void put_octets(FILE *out, struct prng *prng, int count)
{
    for (int i = 0; i < count; i++)
        fprintf(out, "\\x%02x", (unsigned)prng_below(prng, 256));
}

/* Some have a hello that takes two segments, as those with post-quantum keys do. */
static void put_tls(FILE *out, struct prng *prng)
{
    bool long_hello = prng_one_in(prng, 2);
    fprintf(out, "C> \\x16\\x03\\x01%s\\x01", long_hello ? "\\x07\\x00" : "\\x02\\x00");
    put_octets(out, prng, long_hello ? 1400 : 511);
    if (long_hello)
        fputs("\nC> ", out);
    put_octets(out, prng, long_hello ? 391 : 0);
    fputs("\nS> \\x16\\x03\\x03\\x02\\x00\\x02", out);
    put_octets(out, prng, 511);
    fprintf(out, "\nC> \\x17\\x03\\x03\\x01\\x00\nS*%u> \\x17\\x03\\x03\\x10\\x00opaque octets\n",
            message_size(prng) / 18);
}

static void put_http(FILE *out, struct prng *prng)
{
    unsigned requests = 1 + (unsigned)prng_below(prng, 4);
    for (unsigned i = 0; i < requests; i++)
        fprintf(out,
                "C: GET /images/%u.png HTTP/1.1\nC: Host: www.example.net\n"
                "C: User-Agent: Mozilla/5.0\nC: Accept: */*\nC: \n"
                "S> HTTP/1.1 200 OK\\r\\nContent-Type: image/png\\r\\n\\r\\n\n"
                "S*%u> an image's octets\n",
                i, message_size(prng) / 60);
}

/* Something of a site's own: the client first, lengths before records. */
static void put_binary(FILE *out, struct prng *prng)
{
    for (int i = 0; i < 20; i++) {
        fputs("C> \\x00\\x00\\x00\\x20", out);
        put_octets(out, prng, 32);
        fputs("\nS> \\x00\\x00\\x01\\x00", out);
        put_octets(out, prng, 256);
        fputc('\n', out);
    }
}

/* The server first, as SMTP's does. */
static void put_ssh(FILE *out, struct prng *prng)
{
    fputs("S: SSH-2.0-OpenSSH_9.2p1 Debian-2\nC: SSH-2.0-OpenSSH_9.2p1 Debian-2\n", out);
    for (int i = 0; i < 100; i++) {
        fputs("C> ", out);
        put_octets(out, prng, 36);
        fputs("\nS> ", out);
        put_octets(out, prng, 100);
        fputc('\n', out);
    }
}

/* 60 % TLS, 20 % HTTP, the rest others; each with its server's port. */
static void put_opaque(FILE *out, struct prng *prng)
{
    uint64_t kind = prng_below(prng, 10);
    fprintf(out, "SERVER 172.16.0.1:%s\n",
            kind < 6    ? "443"
            : kind < 8  ? "80"
            : kind == 8 ? "9000"
                        : "22");
    if (kind < 6)
        put_tls(out, prng);
    else if (kind < 8)
        put_http(out, prng);
    else if (kind == 8)
        put_binary(out, prng);
    else
        put_ssh(out, prng);
    fputs("FIN S\nFIN C\n", out);
}

static struct synth *make_template(struct prng *prng, void (*put)(FILE *out, struct prng *prng))
{
    char *text = NULL;
    size_t length;
    struct helo_error error = {""};
    FILE *out = open_memstream(&text, &length);
    put(out, prng);
    fclose(out);
    struct transcript *transcript = transcript_parse("corpus", text, length, &error);
    free(text);
    if (transcript == NULL) {
        fprintf(stderr, "corpus_make: %s\n", error.message);
        exit(EXIT_FAILURE);
    }
    struct synth *made = synth_make(transcript);
    transcript_free(transcript);
    return made;
}

/* Sessions. */

struct session {
    struct synth own; /* ends and numbers; segments borrowed from a template */
    helo_time start;
    uint32_t stretch;
    size_t at;
    helo_time due;
};

struct corpus {
    struct options options;
    struct prng prng;
    struct synth *templates[2][TEMPLATES];
    struct session **heap; /* by due */
    uint64_t started, packets, smtp;
    struct pcapfile *file;
};

static helo_time due_time(const struct session *s)
{
    return s->start + (s->own.segments[s->at].time - s->own.segments[0].time) * s->stretch;
}

static void set_end(struct helo_endpoint *end, unsigned first, unsigned second, unsigned number,
                    unsigned port)
{
    end->family = 4;
    end->address[0] = (uint8_t)first;
    end->address[1] = (uint8_t)second;
    end->address[2] = (uint8_t)(number >> 8);
    end->address[3] = (uint8_t)number;
    end->port = (uint16_t)port;
}

static void start_session(struct corpus *c, struct session *s, helo_time start)
{
    bool smtp = prng_below(&c->prng, 100) < c->options.smtp;
    uint64_t n = c->started++;
    c->smtp += smtp ? 1 : 0;
    size_t templates = smtp ? c->options.kind->templates : TEMPLATES;
    s->own = *c->templates[smtp ? 0 : 1][prng_below(&c->prng, templates)];
    unsigned port = s->own.end[HELO_SERVER].port;
    set_end(&s->own.end[HELO_CLIENT], 10, (unsigned)(n / 50000 % 200), (unsigned)(n % 50000),
            (unsigned)(1024 + n % 60000));
    set_end(&s->own.end[HELO_SERVER], 172, 16, (unsigned)prng_below(&c->prng, SERVERS), port);
    s->own.isn[HELO_CLIENT] = (uint32_t)prng_next(&c->prng);
    s->own.isn[HELO_SERVER] = (uint32_t)prng_next(&c->prng);
    s->start = start;
    s->stretch = STRETCH / 2 + (uint32_t)prng_below(&c->prng, STRETCH);
    s->at = 0;
    s->due = due_time(s);
}

static void sift_down(struct corpus *c)
{
    struct session **heap = c->heap;
    struct session *moved = heap[0];
    size_t hole = 0, count = c->options.open;
    for (size_t child = 1; child < count; child = 2 * hole + 1) {
        if (child + 1 < count && heap[child + 1]->due < heap[child]->due)
            child++;
        if (heap[child]->due >= moved->due)
            break;
        heap[hole] = heap[child];
        hole = child;
    }
    heap[hole] = moved;
}

static int by_due(const void *a, const void *b)
{
    const struct session *const *one = a, *const *two = b;
    return ((*one)->due > (*two)->due) - ((*one)->due < (*two)->due);
}

static uint64_t write_packet(struct corpus *c, struct session *s)
{
    uint8_t frame[FRAME_MAX];
    uint32_t length = frame_write(&s->own, &s->own.segments[s->at], (uint16_t)s->at, frame);
    c->packets++;
    return pcapfile_write(c->file, frame, length, s->due);
}

static void fill(struct corpus *c)
{
    const helo_time start = INT64_C(1704067200) * HELO_SECOND;
    c->heap = grow_take(c->options.open * sizeof(struct session *));
    for (uint32_t i = 0; i < c->options.open; i++) {
        c->heap[i] = grow_take(sizeof(struct session));
        start_session(c, c->heap[i],
                      start + (helo_time)prng_below(&c->prng, 5 * (uint64_t)HELO_SECOND));
    }
    qsort(c->heap, c->options.open, sizeof(struct session *), by_due);
    for (uint64_t written = 0; written < c->options.bytes;) {
        struct session *s = c->heap[0];
        written = write_packet(c, s);
        if (++s->at < s->own.count)
            s->due = due_time(s);
        else
            start_session(c, s, s->due + HELO_MILLISECOND);
        sift_down(c);
    }
}

static void prepare(struct corpus *c)
{
    for (size_t i = 0; i < c->options.kind->templates; i++)
        c->templates[0][i] = make_template(&c->prng, c->options.kind->put);
    for (size_t i = 0; i < TEMPLATES; i++)
        c->templates[1][i] = make_template(&c->prng, put_opaque);
}

static void dispose(struct corpus *c)
{
    for (uint32_t i = 0; i < c->options.open; i++)
        free(c->heap[i]);
    free(c->heap);
    for (int opaque = 0; opaque < 2; opaque++)
        for (size_t i = 0; i < TEMPLATES; i++)
            synth_free(c->templates[opaque][i]);
}

/* A number with k, M or G for powers of 1,000. */
static uint64_t parse_number(const char *text)
{
    char *rest;
    uint64_t number = strtoull(text, &rest, 10);
    static const char units[] = "kMG";
    const char *unit = *rest == '\0' ? NULL : strchr(units, *rest);
    for (long i = unit == NULL ? -1 : unit - units; i >= 0; i--)
        number *= 1000;
    return number;
}

/* NULL: there is none of that name. */
static const struct kind *find_kind(const char *name)
{
    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++)
        if (strcmp(KINDS[i].name, name) == 0)
            return &KINDS[i];
    return NULL;
}

int main(int argc, char **argv)
{
    const struct kind *kind = find_kind(argc > 6 ? argv[6] : "mail");
    if (argc < 3 || kind == NULL) {
        fprintf(stderr, "usage: corpus_make FILE SIZE [SEED [OPEN-SESSIONS [PERCENT-SMTP "
                        "[mail|tiny|huge]]]]\n");
        return 2;
    }
    struct corpus c = {.options = {.path = argv[1],
                                   .bytes = parse_number(argv[2]),
                                   .seed = argc > 3 ? parse_number(argv[3]) : 1,
                                   .open = argc > 4 ? (uint32_t)parse_number(argv[4]) : 2000,
                                   .smtp = argc > 5 ? (uint32_t)parse_number(argv[5]) : 100,
                                   .kind = kind}};
    if (c.options.open == 0)
        c.options.open = 1;
    c.prng.state = c.options.seed;
    c.file = pcapfile_create(c.options.path);
    if (c.file == NULL) {
        fprintf(stderr, "corpus_make: %s: %s\n", c.options.path, strerror(errno));
        return 1;
    }
    prepare(&c);
    fill(&c);
    dispose(&c);
    if (!pcapfile_close(c.file)) {
        fprintf(stderr, "corpus_make: %s: can't be written\n", c.options.path);
        return 1;
    }
    printf("packets %llu sessions %llu smtp %llu\n", (unsigned long long)c.packets,
           (unsigned long long)c.started, (unsigned long long)c.smtp);
    return 0;
}
