/* The first few names that a subject is seen with. */
#include "rules/names.h"

#include <string.h>

#include "rules/rule.h"

void names_add(struct names *names, struct helo_slice name)
{
    size_t len = name.len < NAMES_LONGEST ? name.len : NAMES_LONGEST;
    for (unsigned i = 0; i < names->count; i++) {
        if (names->len[i] == len && memcmp(names->text[i], name.ptr, len) == 0)
            return;
    }
    if (names->count == NAMES_KEPT || len == 0)
        return;
    memcpy(names->text[names->count], name.ptr, len);
    names->len[names->count++] = (uint8_t)len;
}

void names_show(const struct names *names, const char *key, bool users,
                struct helo_anomaly *anomaly)
{
    for (unsigned i = 0; i < names->count; i++) {
        struct helo_slice name = {names->text[i], names->len[i]};
        if (users)
            evidence_user(anomaly, key, name);
        else
            evidence_text(anomaly, key, name);
    }
}
