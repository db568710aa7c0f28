/* Fuzz target: one AUTH exchange. The first octet picks the mechanism; then come lines, each
 * behind an octet that says whose it is and whether it is encoded yet, up to a 0xff. */
#include "fuzz.h"

#include "smtp/sasl/sasl.h"

#define SEPARATOR 0xff
#define LINES     64

static const char *const MECHANISMS[] = {
    "PLAIN",
    "LOGIN",
    "CRAM-MD5",
    "DIGEST-MD5",
    "SCRAM-SHA-1",
    "NTLM",
    "GSS-SPNEGO",
    "GSSAPI",
    "KERBEROS_V4",
    "XOAUTH2",
    "OAUTHBEARER",
    "SCRAM-SHA-256",
    "SCRAM-SHA-512-PLUS",
    "EXTERNAL",
    "ANONYMOUS",
    "X-OTHER",
};

enum { CLIENT = 1, ENCODE = 2, INITIAL = 4, GAP = 8 };

static struct helo_slice encode(struct helo_slice plain)
{
    static const char ALPHABET[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t len = (plain.len + 2) / 3 * 4;
    uint8_t *text = malloc(len > 0 ? len : 1);
    for (size_t i = 0, k = 0; i < plain.len; i += 3) {
        size_t n = plain.len - i < 3 ? plain.len - i : 3;
        uint32_t group = (uint32_t)plain.ptr[i] << 16;
        group |= n > 1 ? (uint32_t)plain.ptr[i + 1] << 8 : 0;
        group |= n > 2 ? plain.ptr[i + 2] : 0u;
        for (size_t c = 0; c < 4; c++)
            text[k++] = c <= n ? (uint8_t)ALPHABET[group >> (18 - 6 * c) & 63] : '=';
    }
    return (struct helo_slice){text, len};
}

static void say(struct sasl *sasl, uint8_t how, struct helo_slice what)
{
    struct helo_slice line = (how & ENCODE) != 0 ? encode(what) : fuzz_exact(what);
    if ((how & GAP) != 0)
        sasl_gap(sasl);
    else if ((how & CLIENT) != 0)
        (void)sasl_response(sasl, line, (how & INITIAL) != 0);
    else
        (void)sasl_challenge(sasl, line, 0);
    fuzz_free(line);
}

/* Reads every octet of what an exchange tells, so that a stale one is found. */
static void look(const struct sasl *sasl)
{
    static const uint8_t KEY[16] = {0};
    struct helo_auth facts = {0};
    struct sasl_details details;
    uint8_t secret[9216];
    sasl_facts(sasl, &facts);
    sasl_details(sasl, &details);
    const struct helo_slice texts[] = {
        facts.mechanism, facts.user_name,        facts.user_domain,    facts.authzid,
        details.token,   details.realm,          details.service,      details.workstation,
        details.host,    details.netbios_domain, details.netbios_host, details.binding,
        details.qop,     details.algorithm,      details.trace,
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        fuzz_look(texts[i]);
    for (uint32_t i = 0; i < facts.challenge_count; i++)
        fuzz_look(facts.challenges[i].text);
    if ((sasl_secret_digest(sasl, KEY) != 0) != facts.secret_exposed)
        abort();
    if (sasl_last_secret(sasl, secret, sizeof(secret)) > sizeof(secret))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const char *name = MECHANISMS[data[0] % (sizeof(MECHANISMS) / sizeof(MECHANISMS[0]))];
    struct mem *mem = mem_new(1u << 20, data[0] >= 0xf0 ? data[0] - 0xefu : 0);
    struct secrets secrets = {.mem = mem};
    struct sasl *sasl =
        sasl_new(mem, (struct helo_slice){(const uint8_t *)name, strlen(name)}, &secrets);
    size_t at = 1;
    for (unsigned lines = 0; sasl != NULL && at < size && lines < LINES; lines++) {
        uint8_t how = data[at++];
        const uint8_t *end = at < size ? memchr(data + at, SEPARATOR, size - at) : NULL;
        size_t len = end != NULL ? (size_t)(end - (data + at)) : size - at;
        say(sasl, how, (struct helo_slice){data + at, len});
        at += len + (end != NULL ? 1 : 0);
    }
    if (sasl != NULL)
        look(sasl);
    sasl_free(sasl);
    secrets_free(&secrets);
    if (mem_used(mem) != 0)
        abort();
    mem_destroy(mem);
    return 0;
}
