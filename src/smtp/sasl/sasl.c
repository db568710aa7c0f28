/* One AUTH exchange: lines checked and decoded, handed to the mechanism, and what it saw kept. */
#include "smtp/sasl/sasl.h"

#include <openssl/sha.h>
#include <string.h>

#include "smtp/base64.h"
#include "smtp/sasl/mechanism.h"
#include "smtp/sasl/state.h"

struct sasl *sasl_new(struct mem *mem, struct helo_slice mechanism, struct secrets *secrets)
{
    struct sasl *sasl = mem_take_zero(mem, sizeof(*sasl));
    if (sasl == NULL)
        return NULL;
    sasl->mem = mem;
    sasl->secrets = secrets;
    sasl->mechanism = mechanism_find(mechanism);
    state_set(sasl, &sasl->name, mechanism);
    if (sasl->failed) {
        sasl_free(sasl);
        return NULL;
    }
    for (uint32_t i = 0; i < sasl->name.len; i++)
        if (sasl->name.ptr[i] >= 'a' && sasl->name.ptr[i] <= 'z')
            sasl->name.ptr[i] = (uint8_t)(sasl->name.ptr[i] - ('a' - 'A'));
    return sasl;
}

bool sasl_knows(struct helo_slice mechanism)
{
    return mechanism_is_known(mechanism);
}

static unsigned oddity_of(enum base64_fault fault)
{
    switch (fault) {
    case BASE64_ALPHABET:
        return SASL_ALPHABET;
    case BASE64_PADDING:
        return SASL_PADDING;
    case BASE64_LENGTH:
        return SASL_LENGTH;
    case BASE64_OK:
    case BASE64_ROOM:
        break;
    }
    return 0;
}

static struct helo_slice without_blanks_behind(struct helo_slice text)
{
    while (text.len > 0 && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t'))
        text.len--;
    return text;
}

/* Decodes to a block of just this size, so that nothing can read past it unseen; NULL if the text
 * is empty, at fault, or memory failed. */
static uint8_t *decoded(struct sasl *sasl, struct helo_slice text, struct base64_outcome *outcome)
{
    *outcome = base64_decode(text, NULL, 0);
    if (outcome->fault != BASE64_OK || outcome->len == 0)
        return NULL;
    uint8_t *octets = mem_take(sasl->mem, outcome->len);
    if (octets == NULL) {
        sasl->failed = true;
        return NULL;
    }
    *outcome = base64_decode(text, octets, outcome->len);
    return octets;
}

static void give_back(struct sasl *sasl, uint8_t *octets, size_t len)
{
    if (octets != NULL)
        explicit_bzero(octets, len);
    mem_give(sasl->mem, octets, len);
}

/* What an answer says. One that can't be read says nothing, is a secret as a whole, and leaves
 * open what the next one is. */
static unsigned answer(struct sasl *sasl, struct helo_slice line)
{
    struct base64_outcome outcome;
    uint8_t *octets = decoded(sasl, line, &outcome);
    struct helo_slice said = {octets, outcome.len};
    unsigned odd = oddity_of(outcome.fault);
    if (odd != 0 || (octets == NULL && outcome.len > 0)) {
        sasl->lost = true;
        state_secret(sasl, line);
        return odd;
    }
    if (sasl->cut && !sasl->mechanism->reads_cut)
        odd = SASL_MALFORMED;
    else
        odd = sasl->mechanism->response(sasl, said);
    if ((odd & SASL_MALFORMED) != 0) {
        sasl->lost = true;
        sasl->secret_is_old = true;
        state_secret(sasl, said);
    }
    give_back(sasl, octets, outcome.len);
    return odd;
}

unsigned sasl_response(struct sasl *sasl, struct helo_slice line, bool initial)
{
    unsigned odd = 0;
    if (initial && line.len == 0)
        return 0;
    sasl->cancelled = !initial && line.len == 1 && line.ptr[0] == '*';
    sasl->awaiting = false;
    if (sasl->cancelled)
        return 0;
    sasl->initial_response = sasl->initial_response || initial;
    sasl->secret_is_old = true;
    sasl->cut = line.len > LIMIT_SASL_LINE;
    if (sasl->cut) {
        odd |= SASL_OVERLONG;
        line.len = LIMIT_SASL_LINE;
    }
    struct helo_slice text = without_blanks_behind(line);
    if (text.len < line.len)
        odd |= SASL_ALPHABET;
    if (initial && text.len == 1 && text.ptr[0] == '=')
        text.len = 0;
    return odd | answer(sasl, text);
}

/* The place for the next challenge; NULL if it is one too many, or memory failed. */
static struct helo_challenge *place(struct sasl *sasl)
{
    if (sasl->challenge_count >= LIMIT_SASL_CHALLENGES)
        return NULL;
    if (sasl->challenge_count == sasl->challenge_size) {
        uint32_t size = sasl->challenge_size == 0 ? 2 : sasl->challenge_size * 2;
        struct helo_challenge *more =
            mem_resize(sasl->mem, sasl->challenges, sasl->challenge_size * sizeof(*more),
                       size * sizeof(*more));
        if (more == NULL) {
            sasl->failed = true;
            return NULL;
        }
        sasl->challenges = more;
        sasl->challenge_size = size;
    }
    return &sasl->challenges[sasl->challenge_count++];
}

static unsigned not_base64(struct sasl *sasl, struct helo_slice text, enum base64_fault fault,
                           struct helo_challenge *to)
{
    const struct mechanism *mechanism = sasl->mechanism;
    if (mechanism->not_base64 != NULL && mechanism->not_base64(sasl, text, to))
        return 0;
    to->kind = HELO_CHALLENGE_INVALID_BASE64;
    to->text = state_keep_plain(sasl, text);
    return oddity_of(fault);
}

static unsigned challenge(struct sasl *sasl, struct helo_slice text, struct helo_challenge *to)
{
    struct base64_outcome outcome;
    uint8_t *octets = decoded(sasl, text, &outcome);
    unsigned odd = 0;
    if (outcome.fault != BASE64_OK) {
        odd = not_base64(sasl, text, outcome.fault, to);
    } else if (outcome.len == 0) {
        to->kind = HELO_CHALLENGE_EMPTY;
        odd = sasl->mechanism->server_first ? SASL_EMPTY : 0;
    } else if (octets != NULL) {
        odd = sasl->mechanism->challenge(sasl, (struct helo_slice){octets, outcome.len}, to);
        give_back(sasl, octets, outcome.len);
    } else {
        sasl->lost = true; /* no memory to see what was asked for */
    }
    return odd;
}

unsigned sasl_challenge(struct sasl *sasl, struct helo_slice text, helo_time latency)
{
    struct helo_challenge unkept;
    struct helo_challenge *to = place(sasl);
    sasl->keeping = to != NULL;
    if (to == NULL)
        to = &unkept;
    *to = (struct helo_challenge){.kind = HELO_CHALLENGE_OTHER};
    to->has_latency = latency >= 0;
    to->latency = latency >= 0 ? latency : 0;
    if (sasl->rounds < UINT32_MAX)
        sasl->rounds++;
    /* A server that goes on without an answer took one for given: positions no longer hold. */
    if (sasl->awaiting)
        sasl->lost = true;
    sasl->awaiting = true;
    sasl->want = STATE_BY_POSITION;

    text = without_blanks_behind(text);
    while (text.len > 0 && (text.ptr[0] == ' ' || text.ptr[0] == '\t')) {
        text.ptr++;
        text.len--;
    }
    unsigned odd = challenge(sasl, text, to);
    if (sasl->mechanism->rounds > 0 && sasl->rounds > sasl->mechanism->rounds)
        odd |= SASL_TOO_MANY;
    return odd;
}

void sasl_gap(struct sasl *sasl)
{
    sasl->lost = true;
    sasl->awaiting = false;
    sasl->cancelled = false;
    sasl->want = STATE_BY_POSITION;
}

void sasl_facts(const struct sasl *sasl, struct helo_auth *facts)
{
    struct helo_slice user = text_slice(&sasl->user);
    struct helo_slice authzid = text_slice(&sasl->authzid);
    /* LOGIN: what would have told that it is none may not have found memory. */
    if (sasl->failed && sasl->named)
        user.len = 0;
    bool same =
        authzid.len == user.len && (user.len == 0 || memcmp(authzid.ptr, user.ptr, user.len) == 0);
    facts->mechanism = text_slice(&sasl->name);
    facts->initial_response = sasl->initial_response;
    facts->challenges = sasl->challenges;
    facts->challenge_count = sasl->challenge_count;
    facts->rounds = sasl->rounds;
    facts->user_name = user;
    facts->user_domain = text_slice(&sasl->domain);
    facts->authzid = same ? (struct helo_slice){NULL, 0} : authzid;
    facts->secret_exposed = sasl->exposed;
}

void sasl_details(const struct sasl *sasl, struct sasl_details *details)
{
    const struct text *detail = sasl->detail;
    *details = (struct sasl_details){
        .token = text_slice(&detail[STATE_TOKEN]),
        .realm = text_slice(&detail[STATE_REALM]),
        .service = text_slice(&detail[STATE_SERVICE]),
        .workstation = text_slice(&detail[STATE_WORKSTATION]),
        .netbios_domain = text_slice(&detail[STATE_NETBIOS_DOMAIN]),
        .netbios_host = text_slice(&detail[STATE_NETBIOS_HOST]),
        .host = text_slice(&detail[STATE_HOST]),
        .port = sasl->port,
        .binding = text_slice(&detail[STATE_BINDING]),
        .salt_length = sasl->salt_length,
        .qop = text_slice(&detail[STATE_QOP]),
        .algorithm = text_slice(&detail[STATE_ALGORITHM]),
        .trace = text_slice(&detail[STATE_TRACE]),
    };
}

bool sasl_has_failed(const struct sasl *sasl)
{
    return sasl->failed;
}

bool sasl_is_cancelled(const struct sasl *sasl)
{
    return sasl->cancelled;
}

/* SHA-256 rather than a faster hash: passwords are short, and fast hashes of short texts can be
 * undone. Only the text's own SHA-256 is kept, as the key comes after the text is gone. */
uint64_t sasl_secret_digest(const struct sasl *sasl, const uint8_t key[16])
{
    uint8_t keyed[16 + sizeof(sasl->fingerprint)];
    uint8_t hash[SHA256_DIGEST_LENGTH];
    uint64_t digest;
    if (!sasl->has_fingerprint)
        return 0;
    memcpy(keyed, key, 16);
    memcpy(keyed + 16, sasl->fingerprint, sizeof(sasl->fingerprint));
    SHA256(keyed, sizeof(keyed), hash);
    memcpy(&digest, hash, sizeof(digest));
    explicit_bzero(keyed, sizeof(keyed));
    explicit_bzero(hash, sizeof(hash));
    return digest != 0 ? digest : 1;
}

size_t sasl_last_secret(const struct sasl *sasl, uint8_t *buffer, size_t size)
{
    size_t n = sasl->secret_len < size ? sasl->secret_len : size;
    if (n > 0)
        memcpy(buffer, sasl->secret, n);
    return n;
}

void sasl_free(struct sasl *sasl)
{
    if (sasl == NULL)
        return;
    struct mem *mem = sasl->mem;
    state_wipe(sasl);
    state_drop_kept(sasl);
    mem_give(mem, sasl->challenges, sasl->challenge_size * sizeof(*sasl->challenges));
    text_free(mem, &sasl->name);
    text_free(mem, &sasl->user);
    text_free(mem, &sasl->domain);
    text_free(mem, &sasl->authzid);
    for (size_t i = 0; i < STATE_DETAILS; i++)
        text_free(mem, &sasl->detail[i]);
    explicit_bzero(sasl, sizeof(*sasl));
    mem_give(mem, sasl, sizeof(*sasl));
}
