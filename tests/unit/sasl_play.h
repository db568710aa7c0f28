/* AUTH exchanges as lines, played to the decoders, and what came of them as one line of text. */
#ifndef UNIT_SASL_PLAY_H
#define UNIT_SASL_PLAY_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smtp/sasl/sasl.h"

/* A line: who says it, a blank, what. I: the initial response, C: the client, S: the server's 334,
 * G: a gap. Lower case i, c, s: text to be encoded, where ^@ is NUL and ^A is 0x01. ix, cx, sx: the
 * same in hexadecimal. */
#define PLAY_LINES 10

struct play {
    const char *name;
    const char *mechanism;
    const char *lines[PLAY_LINES];
    const char *expected;
};

struct play_octets {
    uint8_t *at;
    size_t len;
};

/* Copies to a block of just this size. */
static inline struct play_octets play_exact(const void *from, size_t len)
{
    struct play_octets octets = {malloc(len > 0 ? len : 1), len};
    if (len > 0)
        memcpy(octets.at, from, len);
    return octets;
}

static inline struct play_octets play_encode(struct play_octets plain)
{
    static const char ALPHABET[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct play_octets text = {malloc(plain.len / 3 * 4 + 4), 0};
    for (size_t i = 0; i < plain.len; i += 3) {
        uint32_t group = (uint32_t)plain.at[i] << 16;
        size_t n = plain.len - i < 3 ? plain.len - i : 3;
        if (n > 1)
            group |= (uint32_t)plain.at[i + 1] << 8;
        if (n > 2)
            group |= plain.at[i + 2];
        for (size_t k = 0; k < 4; k++)
            text.at[text.len++] = k <= n ? (uint8_t)ALPHABET[group >> (18 - 6 * k) & 63] : '=';
    }
    struct play_octets exact = play_exact(text.at, text.len);
    free(text.at);
    return exact;
}

static inline struct play_octets play_unescape(const char *text)
{
    struct play_octets plain = {malloc(strlen(text) + 1), 0};
    for (; *text != '\0'; text++) {
        if (text[0] == '^' && (text[1] == '@' || text[1] == 'A'))
            plain.at[plain.len++] = (uint8_t)(*++text - '@');
        else
            plain.at[plain.len++] = (uint8_t)*text;
    }
    return plain;
}

static inline struct play_octets play_unhex(const char *text)
{
    struct play_octets plain = {malloc(strlen(text) + 1), 0};
    for (; *text != '\0'; text++) {
        char pair[3] = {text[0], text[1], '\0'};
        if (*text == ' ')
            continue;
        plain.at[plain.len++] = (uint8_t)strtoul(pair, NULL, 16);
        text++;
    }
    return plain;
}

/* What is on the wire for a line; decoded: what the Base64 holds instead, for those that say. */
static inline struct play_octets play_octets(const char *line, bool decoded)
{
    const char *what = strchr(line, ' ') != NULL ? strchr(line, ' ') + 1 : "";
    if (line[0] >= 'A' && line[0] <= 'Z')
        return play_exact(what, strlen(what));
    struct play_octets plain = line[1] == 'x' ? play_unhex(what) : play_unescape(what);
    if (decoded)
        return plain;
    struct play_octets text = play_encode(plain);
    free(plain.at);
    return text;
}

static inline unsigned play_say(struct sasl *sasl, char who, struct play_octets said)
{
    struct helo_slice line = {said.at, said.len};
    if (who == 'G' || who == 'g') {
        sasl_gap(sasl);
        return 0;
    }
    if (who == 'S' || who == 's')
        return sasl_challenge(sasl, line, 1);
    return sasl_response(sasl, line, who == 'I' || who == 'i');
}

static inline void play_text(FILE *to, const char *key, struct helo_slice text)
{
    if (text.len == 0)
        return;
    fprintf(to, " %s=", key);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] >= ' ' && text.ptr[i] < 0x7f)
            fputc(text.ptr[i], to);
        else
            fprintf(to, "\\%02x", text.ptr[i]);
    }
}

static inline void play_challenge(FILE *to, const struct helo_challenge *challenge)
{
    static const char *const KINDS[] = {
        [HELO_CHALLENGE_USERNAME_PROMPT] = "username_prompt",
        [HELO_CHALLENGE_PASSWORD_PROMPT] = "password_prompt",
        [HELO_CHALLENGE_EMPTY] = "empty",
        [HELO_CHALLENGE_NONCE] = "nonce",
        [HELO_CHALLENGE_SERVER_FINAL] = "server_final",
        [HELO_CHALLENGE_NTLM] = "ntlm_challenge",
        [HELO_CHALLENGE_TOKEN] = "token",
        [HELO_CHALLENGE_ERROR] = "error",
        [HELO_CHALLENGE_INVALID_BASE64] = "invalid_base64",
        [HELO_CHALLENGE_OTHER] = "other",
    };
    fprintf(to, " [%s", KINDS[challenge->kind]);
    play_text(to, "text", challenge->text);
    play_text(to, "realm", challenge->realm);
    play_text(to, "host", challenge->host);
    if (challenge->iterations > 0)
        fprintf(to, " iterations=%u", (unsigned)challenge->iterations);
    play_text(to, "target", challenge->target);
    play_text(to, "dns_domain", challenge->dns_domain);
    play_text(to, "dns_host", challenge->dns_host);
    play_text(to, "os_version", challenge->os_version);
    play_text(to, "status", challenge->status);
    play_text(to, "scope", challenge->scope);
    fputc(']', to);
}

static inline void play_details(FILE *to, const struct sasl *sasl)
{
    struct sasl_details details;
    sasl_details(sasl, &details);
    play_text(to, "token", details.token);
    play_text(to, "realm", details.realm);
    play_text(to, "service", details.service);
    play_text(to, "workstation", details.workstation);
    play_text(to, "netbios_domain", details.netbios_domain);
    play_text(to, "netbios_host", details.netbios_host);
    play_text(to, "host", details.host);
    if (details.port > 0)
        fprintf(to, " port=%u", details.port);
    play_text(to, "binding", details.binding);
    if (details.salt_length > 0)
        fprintf(to, " salt=%u", (unsigned)details.salt_length);
    play_text(to, "qop", details.qop);
    play_text(to, "algorithm", details.algorithm);
    play_text(to, "trace", details.trace);
}

/* Everything that an exchange tells, without its secret. */
static inline void play_facts(FILE *to, const struct sasl *sasl)
{
    struct helo_auth facts = {0};
    sasl_facts(sasl, &facts);
    if (facts.mechanism.len > 0)
        fwrite(facts.mechanism.ptr, 1, facts.mechanism.len, to);
    fputs(facts.initial_response ? " initial" : "", to);
    fputs(sasl_is_cancelled(sasl) ? " cancelled" : "", to);
    fputs(facts.secret_exposed ? " exposed" : "", to);
    play_text(to, "user", facts.user_name);
    play_text(to, "domain", facts.user_domain);
    play_text(to, "authzid", facts.authzid);
    play_details(to, sasl);
    for (uint32_t i = 0; i < facts.challenge_count; i++)
        play_challenge(to, &facts.challenges[i]);
    if (facts.rounds != facts.challenge_count)
        fprintf(to, " rounds=%u", (unsigned)facts.rounds);
}

static inline void play_secret(FILE *to, const struct sasl *sasl)
{
    uint8_t secret[16384];
    size_t len = sasl_last_secret(sasl, secret, sizeof(secret));
    bool plain = len > 0 && len < 80;
    for (size_t i = 0; i < len; i++)
        plain = plain && secret[i] >= ' ' && secret[i] < 0x7f;
    if (plain)
        play_text(to, "secret", (struct helo_slice){secret, len});
    else if (len > 0)
        fprintf(to, " secret:%zu", len);
}

static inline void play_oddity(FILE *to, size_t line, unsigned oddity)
{
    static const char *const NAMES[] = {"alphabet", "padding",   "length",  "overlong",
                                        "empty",    "malformed", "too_many"};
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
        if ((oddity & 1u << i) != 0)
            fprintf(to, " %zu:%s", line, NAMES[i]);
}

static inline struct sasl *play_begin(struct mem *mem, const char *mechanism)
{
    struct play_octets name = play_exact(mechanism, strlen(mechanism));
    struct sasl *sasl = sasl_new(mem, (struct helo_slice){name.at, name.len}, NULL);
    free(name.at);
    return sasl;
}

/* Says line i, but with other octets in place of its own if there are any. */
static inline unsigned play_line(struct sasl *sasl, const char *line,
                                 const struct play_octets *instead)
{
    struct play_octets said = instead != NULL ? *instead : play_octets(line, false);
    unsigned oddity = play_say(sasl, line[0], said);
    if (instead == NULL)
        free(said.at);
    return oddity;
}

/* Plays it all; the caller frees what came of it. */
static inline char *play(const struct play *play)
{
    char *result = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&result, &size);
    struct mem *mem = mem_new(1u << 20, 0);
    struct sasl *sasl = play_begin(mem, play->mechanism);
    unsigned oddity[PLAY_LINES] = {0};
    for (size_t i = 0; i < PLAY_LINES && play->lines[i] != NULL; i++)
        oddity[i] = play_line(sasl, play->lines[i], NULL);
    play_facts(to, sasl);
    play_secret(to, sasl);
    for (size_t i = 0; i < PLAY_LINES; i++)
        play_oddity(to, i, oddity[i]);
    fputs(sasl_has_failed(sasl) ? " failed" : "", to);
    sasl_free(sasl);
    if (mem_used(mem) != 0)
        fputs(" leak", to);
    mem_destroy(mem);
    fclose(to);
    return result;
}

#endif
