/* Whom the client says to be: told as soon as it is said, for those who have to hide it. */
#include <string.h>
#include <strings.h>

#include "smtp/session.h"

void names_tell(const struct smtp_session *session, struct helo_slice name)
{
    if (name.len > 0 && session->shared->sink.name != NULL)
        session->shared->sink.name(session->context, name);
}

static bool has_text(struct helo_slice text, struct helo_slice part)
{
    for (size_t i = 0; i + part.len <= text.len; i++)
        if (strncasecmp((const char *)text.ptr + i, (const char *)part.ptr, part.len) == 0)
            return true;
    return false;
}

/* Has the server named the domain as its own, or the client as its machine's? */
static bool is_known(const struct smtp_session *session, const struct helo_auth *auth,
                     struct helo_slice domain)
{
    if (has_text(text_slice(&session->banner), domain) ||
        has_text(text_slice(&session->helo), domain) ||
        has_text(text_slice(&session->capabilities), domain))
        return true;
    for (uint32_t i = 0; i < auth->challenge_count; i++) {
        const struct helo_challenge *challenge = &auth->challenges[i];
        if (has_text(challenge->realm, domain) || has_text(challenge->host, domain) ||
            has_text(challenge->target, domain) || has_text(challenge->dns_domain, domain))
            return true;
    }
    return false;
}

static void tell_domain(const struct smtp_session *session, const struct helo_auth *auth,
                        struct helo_slice domain)
{
    if (domain.len > 0 && !is_known(session, auth, domain))
        names_tell(session, domain);
}

/* A name, and the domain in it. */
static void tell_user(const struct smtp_session *session, const struct helo_auth *auth,
                      struct helo_slice name)
{
    const uint8_t *at = name.len > 0 ? memrchr(name.ptr, '@', name.len) : NULL;
    const uint8_t *backslash = name.len > 0 ? memchr(name.ptr, '\\', name.len) : NULL;
    names_tell(session, name);
    if (at != NULL)
        tell_domain(session, auth,
                    (struct helo_slice){at + 1, name.len - (size_t)(at + 1 - name.ptr)});
    if (backslash != NULL)
        tell_domain(session, auth, (struct helo_slice){name.ptr, (size_t)(backslash - name.ptr)});
}

void names_tell_auth(const struct smtp_session *session, const struct helo_auth *auth)
{
    tell_user(session, auth, auth->user_name);
    tell_user(session, auth, auth->authzid);
    tell_domain(session, auth, auth->user_domain);
}

/* AUTH= of MAIL (RFC 4954 section 5), LOGIN= of XCLIENT; what stands behind them under any other
 * verb is meant as that, too. */
static size_t keyword_of(struct helo_slice word)
{
    static const char *const KEYWORDS[] = {"AUTH=", "LOGIN="};
    for (size_t i = 0; i < sizeof(KEYWORDS) / sizeof(KEYWORDS[0]); i++) {
        if (slice_has_prefix(word, KEYWORDS[i]))
            return strlen(KEYWORDS[i]);
    }
    return 0;
}

void names_find(const struct smtp_session *session, struct helo_slice argument)
{
    if (argument.len == 0 || memchr(argument.ptr, '=', argument.len) == NULL)
        return;
    for (struct helo_slice word = slice_word(&argument); word.len > 0;
         word = slice_word(&argument)) {
        size_t skip = keyword_of(word);
        if (skip > 0)
            names_tell(session, (struct helo_slice){word.ptr + skip, word.len - skip});
    }
}
