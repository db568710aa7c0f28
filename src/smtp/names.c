/* Whom the client says to be: told as soon as it is said, for those who have to hide it. */
#include <string.h>

#include "smtp/session.h"

void names_tell(const struct smtp_session *session, struct helo_slice name)
{
    if (name.len > 0 && session->shared->sink.name != NULL)
        session->shared->sink.name(session->context, name);
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
