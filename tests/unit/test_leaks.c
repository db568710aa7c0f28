/* Random dialogues with secrets in every place that a client has for them, and servers that repeat
 * them whenever and however they can: nothing that is written has four octets in a row of one.
 *
 * HELO_LEAKS_SECONDS=600  try random seeds for so long instead of a fixed few
 * HELO_LEAKS_SEED=n       this seed alone, and the dialogue on stderr */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "../support/prng.h"
#include "../support/written.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define SEEDS        400u
#define MOST_SECRETS 24u
#define LONGEST      700u
#define LONGEST_LINE 4000u
#define USER         "alice"

struct secret {
    char clear[LONGEST + 1];
    char line[LONGEST_LINE]; /* as it stood on the wire; "": in clear */
    size_t length;
    bool lost; /* its line is not captured: only the reply to that may repeat it */
};

/* A dialogue in the making. The shape comes from one seed, the secrets' octets from another. */
struct making {
    FILE *to;
    struct prng shape;
    struct prng octets;
    struct secret secrets[MOST_SECRETS];
    size_t count;
    size_t newest; /* number of the secrets that may be repeated */
    bool sees_client;
};

static size_t chance(struct making *m, uint64_t n)
{
    return (size_t)prng_below(&m->shape, n);
}

static char *base64(char *to, const char *from, size_t len)
{
    static const char ALPHABET[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = 0;
    for (size_t i = 0; i < len; i += 3) {
        uint32_t group = (uint32_t)(uint8_t)from[i] << 16;
        size_t have = len - i < 3 ? len - i : 3;
        if (have > 1)
            group |= (uint32_t)(uint8_t)from[i + 1] << 8;
        if (have > 2)
            group |= (uint8_t)from[i + 2];
        for (size_t k = 0; k < 4; k++)
            to[n++] = k <= have ? ALPHABET[group >> (18 - 6 * k) & 63] : '=';
    }
    to[n] = '\0';
    return to;
}

/* Draws a secret of so many octets from the alphabet. */
static struct secret *draw(struct making *m, size_t length, const char *alphabet)
{
    struct secret *secret = &m->secrets[m->count++];
    secret->length = length;
    for (size_t i = 0; i < length; i++)
        secret->clear[i] = alphabet[prng_below(&m->octets, strlen(alphabet))];
    secret->clear[length] = '\0';
    return secret;
}

static struct secret *password(struct making *m)
{
    static const char ALL[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!$%&+,-./:;<=>?@^_~#";
    size_t length = 4 + chance(m, 12);
    if (chance(m, 6) == 0)
        length = 4 + chance(m, 100);
    return draw(m, length, ALL);
}

static struct secret *digits(struct making *m, size_t length)
{
    return draw(m, length, "0123456789abcdef");
}

/* The line of a secret: its text encoded between other octets. */
static const char *encoded(struct secret *secret, const char *before, size_t before_len,
                           const char *behind, size_t behind_len)
{
    char plain[LONGEST + 200];
    size_t len = before_len;
    memcpy(plain, before, before_len);
    memcpy(plain + len, secret->clear, secret->length);
    len += secret->length;
    memcpy(plain + len, behind, behind_len);
    return base64(secret->line, plain, len + behind_len);
}

static const char *as_plain(struct secret *secret)
{
    return encoded(secret, "\0" USER "\0", sizeof("\0" USER), "", 0);
}

static const char *alone(struct secret *secret)
{
    return encoded(secret, "", 0, "", 0);
}

/* As URLs and quoted-printable have what is no letter. */
static void quote(char *to, size_t size, const char *from, char mark)
{
    static const char PLAIN[] =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-._~";
    size_t at = 0;
    for (; *from != '\0' && at + 4 < size; from++) {
        if (strchr(PLAIN, *from) != NULL)
            to[at++] = *from;
        else
            at += (size_t)snprintf(to + at, size - at, "%c%02X", mark, (unsigned)(uint8_t)*from);
    }
    to[at] = '\0';
}

/* What the server repeats of a secret. */
static void put_echo(struct making *m, const struct secret *secret)
{
    static char text[3 * LONGEST_LINE], plain[LONGEST + 8];
    size_t from = chance(m, secret->length - 3), pad = chance(m, 3);
    snprintf(text, sizeof(text), "%s", secret->clear);
    switch (chance(m, 11)) {
    case 9:
    case 10:
        quote(text, sizeof(text), secret->clear, chance(m, 2) == 0 ? '%' : '=');
        break;
    case 0: /* a part */
        snprintf(text, sizeof(text), "%.*s", (int)(4 + chance(m, 40)), secret->clear + from);
        break;
    case 1:
        for (char *c = text; *c != '\0'; c++)
            *c = *c >= 'a' && *c <= 'z' ? (char)(*c - 32) : *c;
        break;
    case 2: /* in Base64, wherever it falls into groups */
        snprintf(plain, sizeof(plain), "%.*s%s", (int)pad, "xy", secret->clear);
        if (secret->length <= 128)
            base64(text, plain, strlen(plain));
        break;
    case 3: /* in hexadecimal */
        for (size_t i = 0; i < secret->length && secret->length <= 128; i++)
            snprintf(text + 2 * i, 3, "%02x", (unsigned)(uint8_t)secret->clear[i]);
        break;
    case 4:
    case 5:
        if (secret->line[0] != '\0')
            snprintf(text, sizeof(text), "%s", secret->line);
        break;
    case 6: /* a part of the line */
        if (strlen(secret->line) > 4)
            snprintf(text, sizeof(text), "%s", secret->line + chance(m, strlen(secret->line) - 4));
        break;
    default:
        break;
    }
    fputs(text, m->to);
}

static const struct secret *some_secret(struct making *m)
{
    const struct secret *secret = &m->secrets[chance(m, m->newest)];
    return secret->lost ? NULL : secret;
}

/* A line of the client, now and then with an end that is none, or with more before it. */
static void say(struct making *m, const char *text)
{
    static const char *const ENDS[] = {"\\n",       "\\x00\\r\\n",  " \\r\\n",
                                       "\\r\\r\\n", "\\x00x\\r\\n", "\\t\\n"};
    if (chance(m, 4) > 0)
        fprintf(m->to, "C: %s\n", text);
    else
        fprintf(m->to, "C> %s%s\n", text, ENDS[chance(m, COUNT(ENDS))]);
}

/* The same of a form that a secret stands in. */
static void say_as(struct making *m, const char *form, const char *secret)
{
    char text[2 * LONGEST_LINE];
    snprintf(text, sizeof(text), form, secret);
    say(m, text);
}

/* A reply, with or without an echo, of one line or several. */
static void reply(struct making *m, unsigned code)
{
    const struct secret *secret =
        m->newest > 0 && m->sees_client && chance(m, 2) == 0 ? some_secret(m) : NULL;
    if (secret == NULL) {
        fprintf(m->to, "S: %u done\n", code);
        return;
    }
    switch (chance(m, 4)) {
    case 0: /* over several lines */
        for (size_t at = 0; at < secret->length; at += 3)
            fprintf(m->to, "S: %u%c%.3s\n", code, at + 3 < secret->length ? '-' : ' ',
                    secret->clear + at);
        return;
    case 1:
        fprintf(m->to, "S: %u-first\nS: %u-", code, code);
        put_echo(m, secret);
        fprintf(m->to, "\nS: %u last\n", code);
        return;
    default:
        fprintf(m->to, "S: %u said \"", code);
        put_echo(m, secret);
        fputs("\" again\n", m->to);
        return;
    }
}

static void challenge(struct making *m, const char *prompt)
{
    static char text[2 * LONGEST_LINE], plain[LONGEST + 100];
    const struct secret *secret =
        m->newest > 0 && m->sees_client && chance(m, 4) == 0 ? some_secret(m) : NULL;
    if (secret == NULL || secret->length > 128) {
        fprintf(m->to, "S: 334 %s\n", base64(text, prompt, strlen(prompt)));
    } else if (chance(m, 3) == 0) {
        fprintf(m->to, "S: 334 not \"%s\", %s\n", secret->clear, prompt);
    } else {
        snprintf(plain, sizeof(plain), "%.*s%s %s", (int)chance(m, 3), "no", secret->clear, prompt);
        fprintf(m->to, "S: 334 %s\n", base64(text, plain, strlen(plain)));
    }
}

/* From here on the server may repeat all secrets that were drawn. */
static void crossed(struct making *m)
{
    m->newest = m->count;
}

static void final_reply(struct making *m)
{
    static const unsigned CODES[] = {235, 535, 535, 501, 504, 454, 500, 421, 250};
    crossed(m);
    reply(m, CODES[chance(m, COUNT(CODES))]);
}

/* An answer to a challenge; now and then nobody captured it, and the reply repeats it all the same.
 */
static void answer(struct making *m, struct secret *secret, const char *line)
{
    secret->lost = chance(m, 12) == 0;
    if (secret->lost) {
        fprintf(m->to, "GAP C %zu\nC: %s\n", strlen(line) + 2, line);
        fprintf(m->to, "S: 535 wrong: %s\nC: NOOP\nS: 250 ok\n", secret->clear);
        crossed(m);
        return;
    }
    say(m, line);
    final_reply(m);
}

static void auth_plain(struct making *m)
{
    struct secret *secret = password(m);
    as_plain(secret);
    if (chance(m, 2) == 0) {
        say_as(m, "AUTH PLAIN %s", secret->line);
        final_reply(m);
    } else {
        fputs("C: AUTH PLAIN\n", m->to);
        challenge(m, "");
        answer(m, secret, secret->line);
    }
}

static void auth_login(struct making *m)
{
    char name[64];
    struct secret *secret = password(m);
    base64(name, USER, strlen(USER));
    if (chance(m, 4) == 0) {
        fprintf(m->to, "C: AUTH LOGIN %s\n", name);
    } else {
        fputs("C: AUTH LOGIN\n", m->to);
        challenge(m, "Username:");
        if (chance(m, 4) == 0) { /* both in one */
            answer(m, secret, encoded(secret, USER "\0", sizeof(USER), "", 0));
            return;
        }
        fprintf(m->to, "C: %s\n", name);
    }
    challenge(m, chance(m, 4) == 0 ? "Username:" : "Password:");
    answer(m, secret, chance(m, 8) == 0 && secret->length >= 8 ? secret->clear : alone(secret));
}

static void auth_digests(struct making *m)
{
    struct secret *secret = digits(m, 32);
    if (chance(m, 2) == 0) {
        fputs("C: AUTH CRAM-MD5\n", m->to);
        challenge(m, "<1896.697170952@mail.example.net>");
        answer(m, secret, encoded(secret, USER " ", sizeof(USER), "", 0));
        return;
    }
    static const char BEFORE[] = "username=\"" USER "\",response=";
    static const char BEHIND[] = ",qop=auth";
    fputs("C: AUTH DIGEST-MD5\n", m->to);
    challenge(m, "realm=\"r\",nonce=\"n\"");
    answer(m, secret, encoded(secret, BEFORE, sizeof(BEFORE) - 1, BEHIND, sizeof(BEHIND) - 1));
}

static void auth_token(struct making *m)
{
    static const char BEFORE[] = "user=" USER "\1auth=Bearer ";
    struct secret *secret = password(m);
    encoded(secret, BEFORE, sizeof(BEFORE) - 1, "\1\1", 2);
    say_as(m, "AUTH XOAUTH2 %s", secret->line);
    if (chance(m, 2) == 0) {
        crossed(m);
        challenge(m, "{\"status\":\"401\"}");
        fputs("C: \n", m->to);
    }
    final_reply(m);
}

/* AUTH as it should not be. */
static void auth_oddly(struct making *m)
{
    static const char *const FORMS[] = {
        "AUTH %s",         "AUTH PLAIN=%s",   "AUTH=PLAIN %s",
        "AUTH PLAIN x %s", "AUTH PLAIN %s x", "AUTH X-OTHER %s",
        "AUTH: %s",        "AUTH:PLAIN %s",   "AUTHENTICATE PLAIN %s",
    };
    struct secret *secret = password(m);
    const char *what = chance(m, 3) == 0 ? secret->clear : as_plain(secret);
    say_as(m, FORMS[chance(m, COUNT(FORMS))], what);
    final_reply(m);
}

static void other_protocols(struct making *m)
{
    static const char *const FORMS[] = {
        "PASS %s",
        "ACCT %s",
        "LOGIN alice %s",
        "a1 LOGIN alice %s",
        "a1 AUTHENTICATE PLAIN %s",
        "APOP alice %s",
        "Authorization: Basic %s",
        "Proxy-Authorization: Bearer %s",
        "Cookie: sid=%s",
        "PASS:%s",
        "password=%s",
        "AUTHINFO PASS %s",
        "GET /?token=%s HTTP/1.1",
        "X-Token: %s",
    };
    struct secret *secret = password(m);
    const char *what = chance(m, 3) == 0 ? alone(secret) : secret->clear;
    say_as(m, FORMS[chance(m, COUNT(FORMS))], what);
    /* Whether such a line is a secret, nobody knows: what is not told is noted only if it is. */
    reply(m, 500);
    secret->lost = true;
    crossed(m);
}

/* Lines that are no commands, or no good ones, after an AUTH that was refused. */
static void after_refusal(struct making *m)
{
    static const char *const FORMS[] = {"%s",      "HELP %s", "RCPT %s",
                                        "NOOP %s", "DATA %s", "MAIL %s"};
    fputs("C: AUTH NTLM\nS: 504 no\n", m->to);
    for (size_t n = 1 + chance(m, 2); n > 0; n--) {
        struct secret *secret = password(m);
        const char *what = chance(m, 2) == 0 ? alone(secret) : secret->clear;
        say_as(m, FORMS[chance(m, COUNT(FORMS))], what);
        crossed(m);
        reply(m, 500);
    }
}

/* All at once, without waiting for replies. */
static void all_at_once(struct making *m)
{
    char name[64];
    struct secret *secret = password(m);
    fprintf(m->to, "C: AUTH LOGIN\nC: %s\nC: %s\n", base64(name, USER, strlen(USER)),
            alone(secret));
    crossed(m);
    for (unsigned i = 0; i < 3; i++)
        reply(m, i < 2 && chance(m, 2) == 0 ? 334 : 500);
}

/* Lines whose end comes only after the server has spoken, in the middle of what it may repeat or
 * behind it. */
static void unfinished(struct making *m)
{
    static const char *const FORMS[] = {"AUTH PLAIN %s", "AUTH %s",    "AUTH PLAIN x %s",
                                        "auth: %s",      "%s",         "HELP %s",
                                        "RCPT %s",       "a1 LOGIN %s"};
    static const unsigned CODES[] = {421, 500, 535, 250};
    struct secret *secret = password(m);
    const char *form = FORMS[chance(m, COUNT(FORMS))];
    const char *what = chance(m, 2) == 0 ? secret->clear : as_plain(secret);
    fputs("C: AUTH NTLM\nS: 504 no\n", m->to);
    if (chance(m, 3) == 0) {
        fputs("C> ", m->to);
        fprintf(m->to, form, "");
        fputs("\nS: 250 what?\n", m->to);
        fprintf(m->to, "C> %s\n", what);
    } else {
        fputs("C> ", m->to);
        fprintf(m->to, form, what);
        fputs("\n", m->to);
    }
    crossed(m);
    reply(m, CODES[chance(m, COUNT(CODES))]);
    fputs("C> \\r\\n\n", m->to);
    reply(m, 500);
}

/* An answer to a challenge whose end comes late or never. */
static void unfinished_answer(struct making *m)
{
    struct secret *secret = password(m);
    fputs("C: AUTH PLAIN\nS: 334 \n", m->to);
    fprintf(m->to, "C> %s\n", as_plain(secret));
    crossed(m);
    reply(m, chance(m, 2) == 0 ? 535 : 421);
    if (chance(m, 2) == 0)
        fputs("C> \\r\\n\n", m->to);
    else
        fputs("GAP C 7\nC> abcde\\r\\n\n", m->to);
    reply(m, 500);
}

/* Lines behind a command whose reply tells how to read on: they are held until it comes. */
static void held(struct making *m)
{
    static const char *const COMMANDS[] = {"DATA", "STARTTLS", "AUTH CRAM-MD5", "AUTH PLAIN",
                                           "AUTH X-OTHER eA=="};
    static const char *const FORMS[] = {"%s", "PASS %s", "AUTH PLAIN %s", "AUTH LOGIN %s",
                                        "my password is %s"};
    struct secret *secret = password(m);
    const char *what = chance(m, 2) == 0 ? secret->clear : as_plain(secret);
    size_t command = chance(m, COUNT(COMMANDS));
    fprintf(m->to, "C: AUTH NTLM\nS: 504 no\nC: %s\n", COMMANDS[command]);
    if (chance(m, 2) == 0)
        fputs("SPLIT\n", m->to);
    say_as(m, FORMS[chance(m, COUNT(FORMS))], what);
    secret->lost = command == 0; /* it may be of a message: see refused_message */
    crossed(m);
    reply(m, chance(m, 2) == 0 ? 503 : 535);
    reply(m, 500);
}

/* Lines in front of TLS. What comes behind is a dialogue that somebody has decrypted, or TLS. */
static void injected(struct making *m)
{
    static const char *const FORMS[] = {"AUTH PLAIN %s", "AUTH LOGIN %s", "PASS %s", "%s"};
    struct secret *secret = password(m);
    const char *what = chance(m, 2) == 0 ? secret->clear : as_plain(secret);
    fputs("C: AUTH NTLM\nS: 504 no\nC: STARTTLS\n", m->to);
    say_as(m, FORMS[chance(m, COUNT(FORMS))], what);
    crossed(m);
    fputs("S: 220 go\n", m->to);
    if (chance(m, 2) == 0)
        reply(m, 535);
    fputs("C: EHLO client.example.org\n", m->to);
    reply(m, 250);
}

/* Octets of a message in chunks, and lines that the client takes for some and the server does not.
 */
static void chunks(struct making *m)
{
    struct secret *secret = password(m);
    fputs("C: AUTH NTLM\nS: 504 no\nC: MAIL FROM:<a@example.org>\nS: 250 ok\n", m->to);
    fputs("C: BDAT 5\nC> hello\n", m->to);
    if (chance(m, 2) == 0) {
        fputs("C: BDAT x\n", m->to);
        say(m, secret->clear);
    } else {
        say(m, as_plain(secret));
    }
    crossed(m);
    reply(m, 250);
    reply(m, 500);
    fputs("C: BDAT 0 LAST\n", m->to);
    reply(m, 250);
}

/* What was a secret before comes again as a value that anything may be. */
static void values(struct making *m)
{
    static const char *const FORMS[] = {
        "MAIL FROM:<a@example.org> ENVID=%s SIZE=1",
        "MAIL FROM:<a@example.org> AUTH=%s",
        "RCPT TO:<b@example.net> ORCPT=rfc822;%s",
        "RCPT TO:<b@example.net> ORCPT=rfc822;%s@x",
        "XCLIENT LOGIN=%s",
        "XCLIENT NAME=%s ADDR=192.0.2.1",
        "XFORWARD IDENT=%s",
        "EHLO %s",
    };
    static const char *const NEW[] = {"XCLIENT PASSWORD=%s", "XCLIENT ADDR=192.0.2.1 PASSWORD=%s",
                                      "MAIL FROM:<a@example.org> TOKEN=%s", "NOOP PASS=%s"};
    const struct secret *known = m->newest > 0 && m->sees_client ? some_secret(m) : NULL;
    if (known != NULL && chance(m, 2) == 0) {
        fputs("C: ", m->to);
        fprintf(m->to, FORMS[chance(m, COUNT(FORMS))], known->clear);
    } else {
        fputs("C: ", m->to);
        fprintf(m->to, NEW[chance(m, COUNT(NEW))], password(m)->clear);
        crossed(m);
    }
    fputs("\n", m->to);
    reply(m, chance(m, 2) == 0 ? 250 : 501);
}

static void refused_message(struct making *m)
{
    struct secret *secret = password(m);
    fputs("C: MAIL FROM:<a@example.org>\n", m->to);
    reply(m, 250);
    fputs("C: DATA\nS: 503 no\n", m->to);
    fprintf(m->to, "C: Subject: x\nS: 500 what\nC: my password is %s\nS: 500 what\n",
            secret->clear);
    fprintf(m->to, "C: %s\nS: 500 what\n", secret->clear);
    secret->lost = true;
    crossed(m);
}

static void message(struct making *m)
{
    fputs("C: MAIL FROM:<a@example.org>\n", m->to);
    reply(m, 250);
    fputs("C: RCPT TO:<b@example.net>\n", m->to);
    reply(m, chance(m, 4) == 0 ? 550 : 250);
    fputs("C: DATA\n", m->to);
    fputs("S: 354 go\nC: Subject: x\nC: \nC: x\nC: .\n", m->to);
    reply(m, chance(m, 4) == 0 ? 554 : 250);
}

static void command(struct making *m)
{
    static const char *const COMMANDS[] = {"NOOP",     "RSET", "EHLO client.example.org",
                                           "VRFY bob", "FOO",  "HELP"};
    fprintf(m->to, "C: %s\n", COMMANDS[chance(m, COUNT(COMMANDS))]);
    reply(m, chance(m, 3) == 0 ? 502 : 250);
}

static void lost_command(struct making *m)
{
    fputs(chance(m, 2) == 0 ? "GAP C 6\nC: NOOP\n" : "GAP S 8\n", m->to);
    fputs("C: RSET\nS: 250 done\n", m->to);
}

static void unasked(struct making *m)
{
    fputs("WAIT 9s\n", m->to);
    reply(m, chance(m, 2) == 0 ? 421 : 250);
}

static void (*const PARTS[])(struct making *) = {
    auth_plain, auth_login,  auth_login,    auth_digests,    auth_token, auth_oddly,
    auth_oddly, all_at_once, after_refusal, other_protocols, message,    refused_message,
    command,    command,     lost_command,  unasked,         unfinished, unfinished_answer,
    held,       injected,    chunks,        values,          values,
};

/* Makes the dialogue of a seed, its secrets by another. */
static char *make(struct making *m, uint64_t shape, uint64_t octets)
{
    char *text = NULL;
    size_t size = 0;
    memset(m, 0, sizeof(*m));
    m->to = open_memstream(&text, &size);
    m->shape.state = shape;
    m->octets.state = octets;
    size_t begin = chance(m, 10);
    m->sees_client = true;
    if (begin == 0)
        fputs("MIDSTREAM\n", m->to);
    else if (begin == 1)
        fputs("ONLY C\n", m->to);
    fputs("S: 220 mx.example.net ESMTP\n", m->to);
    if (chance(m, 5) > 0)
        fputs("C: EHLO client.example.org\nS: 250-mx.example.net\nS: 250 AUTH PLAIN LOGIN\n",
              m->to);
    for (size_t parts = 1 + chance(m, 9); parts > 0 && m->count + 3 < MOST_SECRETS; parts--)
        PARTS[chance(m, COUNT(PARTS))](m);
    fputs("C: QUIT\n", m->to);
    reply(m, 221);
    fputs("FIN S\nFIN C\n", m->to);
    fclose(m->to);
    return text;
}

static struct transcript *parse(const char *text)
{
    struct helo_error error = {""};
    struct transcript *transcript = transcript_parse("leaks", text, strlen(text), &error);
    if (transcript == NULL)
        fail_msg("%s in\n%s", error.message, text);
    return transcript;
}

static const struct {
    enum helo_format format;
    enum helo_credentials credentials;
} FORMS[] = {
    {HELO_FORMAT_JSON, HELO_CREDENTIALS_REDACT},
    {HELO_FORMAT_TEXT, HELO_CREDENTIALS_REDACT},
    {HELO_FORMAT_JSON, HELO_CREDENTIALS_HASH},
    {HELO_FORMAT_TEXT, HELO_CREDENTIALS_HASH},
};

/* Numbers of RFCs, which rules give as their reasons, are no parts of digests. */
static void blank_references(char *text)
{
    while ((text = strstr(text, "RFC ")) != NULL)
        for (text += 4; *text >= '0' && *text <= '9'; text++)
            *text = '_';
}

static void lower(char *text)
{
    for (; *text != '\0'; text++)
        *text = *text >= 'A' && *text <= 'Z' ? (char)(*text + 32) : *text;
}

/* The first run of so many octets of a secret that is in the output, and not by chance: it is not
 * in that of the same dialogue with other secrets. */
static const char *find_run(const char *secret, size_t run, const char *output, const char *control)
{
    static char piece[32];
    for (size_t i = 0; i + run <= strlen(secret); i++) {
        snprintf(piece, sizeof(piece), "%.*s", (int)run, secret + i);
        if (strstr(output, piece) != NULL && strstr(control, piece) == NULL)
            return piece;
    }
    return NULL;
}

/* What of a secret is in an output; NULL: nothing. */
static const char *find_leak(const struct secret *secret, char *output, char *control)
{
    static char text[3 * LONGEST_LINE], plain[LONGEST + 8];
    const char *found = find_run(secret->clear, 4, output, control);
    if (found == NULL && strlen(secret->line) >= 4)
        found = find_run(secret->line, 4, output, control);
    for (size_t pad = 0; pad < 3 && found == NULL; pad++) {
        snprintf(plain, sizeof(plain), "%.*s%s", (int)pad, "xy", secret->clear);
        base64(text, plain, strlen(plain));
        text[(pad + secret->length) * 8 / 6] = '\0'; /* not what others have a part in */
        found = find_run(text + (pad > 0 ? pad + 1 : 0), 4, output, control);
    }
    return found;
}

/* The same, letters in any case. */
static const char *find_folded(const struct secret *secret, char *output, char *control)
{
    static char text[3 * LONGEST_LINE];
    lower(output);
    lower(control);
    snprintf(text, sizeof(text), "%s", secret->clear);
    lower(text);
    const char *found = find_run(text, 4, output, control);
    snprintf(text, sizeof(text), "%s", secret->line);
    lower(text);
    if (found == NULL)
        found = find_run(text, 8, output, control);
    for (size_t i = 0; found == NULL && i < secret->length; i++)
        snprintf(text + 2 * i, 3, "%02x", (unsigned)(uint8_t)secret->clear[i]);
    return found != NULL ? found : find_run(text, 8, output, control);
}

static bool try_seed(uint64_t seed, bool verbose)
{
    static struct making m, other;
    char *text = make(&m, seed, seed + 1), *other_text = make(&other, seed, ~seed);
    struct transcript *transcript = parse(text), *control = parse(other_text);
    bool good = true;
    if (verbose)
        fprintf(stderr, "%s", text);
    for (size_t f = 0; f < COUNT(FORMS) && good; f++) {
        char *output = written(transcript, FORMS[f].format, FORMS[f].credentials);
        char *by_chance = written(control, FORMS[f].format, FORMS[f].credentials);
        const char *found = NULL;
        blank_references(output);
        for (size_t i = 0; i < m.count && found == NULL; i++)
            found = find_leak(&m.secrets[i], output, by_chance);
        for (size_t i = 0; i < m.count && found == NULL; i++)
            found = find_folded(&m.secrets[i], output, by_chance);
        if (found != NULL) {
            fprintf(stderr, "HELO_LEAKS_SEED=%llu: %s is in form %zu\n", (unsigned long long)seed,
                    found, f);
            if (verbose)
                fprintf(stderr, "%s", output);
            good = false;
        }
        free(output);
        free(by_chance);
    }
    transcript_free(transcript);
    transcript_free(control);
    free(text);
    free(other_text);
    return good;
}

static void nothing_is_told_of_any_secret(void **state)
{
    const char *seconds = getenv("HELO_LEAKS_SECONDS"), *seed = getenv("HELO_LEAKS_SEED");
    unsigned failed = 0;
    (void)state;
    if (seed != NULL) {
        assert_true(try_seed(strtoull(seed, NULL, 10), true));
        return;
    }
    if (seconds == NULL) {
        for (uint64_t i = 1; i <= SEEDS; i++)
            failed += !try_seed(i, false);
        assert_int_equal(failed, 0);
        return;
    }
    time_t end = time(NULL) + strtol(seconds, NULL, 10);
    uint64_t tried = 0, at = (uint64_t)time(NULL) << 20;
    for (; time(NULL) < end && failed < 20; tried++)
        failed += !try_seed(at++, false);
    print_message("%llu seeds\n", (unsigned long long)tried);
    assert_int_equal(failed, 0);
}

/* The finder finds: with secrets revealed, most dialogues that have a password show it. */
static void what_is_told_is_found(void **state)
{
    static struct making m, other;
    unsigned found = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        char *text = make(&m, seed, seed + 1), *other_text = make(&other, seed, ~seed);
        struct transcript *transcript = parse(text), *control = parse(other_text);
        char *output = written(transcript, HELO_FORMAT_JSON, HELO_CREDENTIALS_REVEAL);
        char *by_chance = written(control, HELO_FORMAT_JSON, HELO_CREDENTIALS_REVEAL);
        bool here = false;
        for (size_t i = 0; i < m.count; i++)
            here = here || find_leak(&m.secrets[i], output, by_chance) != NULL;
        found += here;
        free(output);
        free(by_chance);
        transcript_free(transcript);
        transcript_free(control);
        free(text);
        free(other_text);
    }
    assert_true(found > 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_told_of_any_secret),
        cmocka_unit_test(what_is_told_is_found),
    };
    return cmocka_run_group_tests_name("leaks", tests, NULL, NULL);
}
