/* Queue identifiers by the wording of the servers that give them. */
#include "smtp/queue_id.h"

#include <string.h>

#include "smtp/text.h"

/* The identifier is the word after before (anywhere), or before after (at the start). */
struct wording {
    const char *before;
    const char *after;
};

static const struct wording wordings[] = {
    {"queued as ", NULL},                     /* Postfix, Haraka */
    {"OK id=", NULL},                         /* Exim */
    {"Ok: queued ", NULL},                    /* others in Postfix's manner */
    {"InternalId=", NULL},                    /* Exchange */
    {NULL, " Message accepted for delivery"}, /* Sendmail, OpenSMTPD */
};

static struct helo_slice find_text(struct helo_slice text, const char *what)
{
    const uint8_t *at = memmem(text.ptr, text.len, what, strlen(what));
    if (at == NULL)
        return (struct helo_slice){0};
    return (struct helo_slice){at, text.len - (size_t)(at - text.ptr)};
}

static struct helo_slice word_at(struct helo_slice text)
{
    size_t len = 0;
    while (len < text.len && memchr(" \t\n,;>]).", text.ptr[len], 10) == NULL)
        len++;
    return (struct helo_slice){text.ptr, len};
}

struct helo_slice queue_id_find(struct helo_slice text)
{
    for (size_t i = 0; text.len > 0 && i < sizeof(wordings) / sizeof(wordings[0]); i++) {
        const struct wording *wording = &wordings[i];
        struct helo_slice found =
            find_text(text, wording->before != NULL ? wording->before : wording->after);
        if (found.ptr == NULL)
            continue;
        if (wording->before != NULL) {
            size_t skip = strlen(wording->before);
            return word_at((struct helo_slice){found.ptr + skip, found.len - skip});
        }
        struct helo_slice id = {text.ptr, (size_t)(found.ptr - text.ptr)};
        if (id.len > 0 && memchr(id.ptr, ' ', id.len) == NULL)
            return id;
    }
    return (struct helo_slice){0};
}
