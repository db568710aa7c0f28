/* LOGIN: a prompt and an answer, twice; nothing but custom says which is which. */
#include <string.h>
#include <strings.h>

#include "smtp/sasl/mechanism.h"

/* Octets of a prompt that are searched for its words: people's prompts end before. */
#define LONGEST_PROMPT 96
#define SHORT_WORD     3u

/* Looked for first: "password for user alice" asks for no name. */
static const char *const PASSWORD_WORDS[] = {
    "pass",
    "pwd",
    "pin:",
    "secret",
    "kennwort",
    "contrase",
    "clave",
    "senha",
    "parol",
    "heslo",
    "jelsz",
    "wachtw",
    "l\xc3\xb6sen",
    "has\xc5\x82",
    "\xd0\xb0\xd1\x80\xd0\xbe\xd0\xbb" /* Russian */,
    "\xe5\xaf\x86" /* Chinese */,
    "\xe3\x83\x91\xe3\x82\xb9" /* Japanese */,
};
static const char *const USER_WORDS[] = {
    "user",
    "name",
    "login",
    "account",
    "mail",
    "benutzer",
    "utilisateur",
    "identifiant",
    "usuario",
    "usu\xc3\xa1rio",
    "utente",
    "konto",
    "\xe7\x94\xa8\xe6\x88\xb7" /* Chinese */,
};

static bool is_letter(uint8_t c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* Does a word stand there? One that is so short is in much that is none, such as what a server
 * repeats: no letter may be beside it. */
static bool is_at(struct helo_slice text, size_t at, const char *word)
{
    size_t len = strlen(word);
    if (strncasecmp((const char *)text.ptr + at, word, len) != 0)
        return false;
    bool apart = (at == 0 || !is_letter(text.ptr[at - 1])) &&
                 (at + len == text.len || !is_letter(text.ptr[at + len]));
    return apart || len > SHORT_WORD || !is_letter((uint8_t)word[0]);
}

static bool contains(struct helo_slice text, const char *word)
{
    size_t len = strlen(word);
    for (size_t i = 0; text.len >= len && i <= text.len - len; i++)
        if (is_at(text, i, word))
            return true;
    return false;
}

static enum state_want asked_for(struct helo_slice prompt)
{
    if (prompt.len > LONGEST_PROMPT)
        prompt.len = LONGEST_PROMPT;
    for (size_t i = 0; i < sizeof(PASSWORD_WORDS) / sizeof(PASSWORD_WORDS[0]); i++)
        if (contains(prompt, PASSWORD_WORDS[i]))
            return STATE_PASSWORD;
    for (size_t i = 0; i < sizeof(USER_WORDS) / sizeof(USER_WORDS[0]); i++)
        if (contains(prompt, USER_WORDS[i]))
            return STATE_USERNAME;
    return STATE_BY_POSITION;
}

unsigned login_challenge(struct sasl *sasl, struct helo_slice text, struct helo_challenge *to)
{
    static const enum helo_challenge_kind KINDS[] = {
        [STATE_BY_POSITION] = HELO_CHALLENGE_OTHER,
        [STATE_USERNAME] = HELO_CHALLENGE_USERNAME_PROMPT,
        [STATE_PASSWORD] = HELO_CHALLENGE_PASSWORD_PROMPT,
    };
    sasl->want = asked_for(text);
    to->kind = KINDS[sasl->want];
    to->text = state_keep_plain(sasl, text);
    return 0;
}

/* A prompt as it is, not in Base64, still tells what the answer is. */
bool login_not_base64(struct sasl *sasl, struct helo_slice text, struct helo_challenge *to)
{
    (void)to;
    sasl->want = asked_for(text);
    return false;
}

/* The first is the name. A second may be anything, unless it says the same, and neither is a name
 * any more if the first was only taken for one by custom, and then the server asks for it, or if
 * there was a password in between: who it was that got in, or did not, is not known. */
static void take_name(struct sasl *sasl, struct helo_slice answer, bool asked)
{
    struct helo_slice name = text_slice(&sasl->user);
    bool same =
        answer.len == name.len && name.len > 0 && memcmp(answer.ptr, name.ptr, name.len) == 0;
    sasl->user_seen = true;
    if (!sasl->named) {
        sasl->named = answer.len > 0;
        sasl->user_by_position = !asked && !sasl->initial_response;
        state_set(sasl, &sasl->user, answer);
        return;
    }
    if (same)
        return;
    if (sasl->user_by_position || sasl->password_seen) {
        state_secret(sasl, name);
        state_set(sasl, &sasl->user, (struct helo_slice){NULL, 0});
    }
    state_secret(sasl, answer);
}

unsigned login_response(struct sasl *sasl, struct helo_slice answer)
{
    enum state_want is = sasl->want;
    bool asked = is == STATE_USERNAME;
    sasl->want = STATE_BY_POSITION;
    if (is == STATE_BY_POSITION && !sasl->lost) {
        if (!sasl->user_seen)
            is = STATE_USERNAME;
        else if (!sasl->password_seen)
            is = STATE_PASSWORD;
    }
    /* An empty answer that nobody asked for may be the name or none: from here on, only prompts
     * tell. */
    if (answer.len == 0 && sasl->rounds == 0)
        sasl->lost = true;
    if (is == STATE_USERNAME && answer.len > 0 && memchr(answer.ptr, '\0', answer.len) != NULL)
        return SASL_MALFORMED; /* a name and more, perhaps */
    switch (is) {
    case STATE_USERNAME:
        take_name(sasl, answer, asked);
        break;
    case STATE_PASSWORD:
        sasl->password_seen = true;
        state_reusable(sasl, answer);
        break;
    case STATE_BY_POSITION:
        state_secret(sasl, answer);
        break;
    }
    return answer.len == 0 ? SASL_EMPTY : 0;
}
