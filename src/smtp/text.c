/* Owned texts and small questions about slices. */
#include "smtp/text.h"

#include <string.h>
#include <strings.h>

bool text_add(struct mem *mem, struct text *text, struct helo_slice slice, size_t limit)
{
    size_t room = limit > text->len ? limit - text->len : 0;
    size_t len = slice.len < room ? slice.len : room;
    if (len == 0)
        return slice.len == 0;
    if (text->len + len > text->size) {
        size_t size = text->size > 0 ? text->size : 24; /* what base/mem.c makes of 32 */
        while (size < text->len + len)
            size = size * 2 + 8;
        if (size > limit)
            size = limit;
        uint8_t *ptr = mem_resize(mem, text->ptr, text->size, size);
        if (ptr == NULL)
            return false;
        text->ptr = ptr;
        text->size = (uint32_t)size;
    }
    memcpy(text->ptr + text->len, slice.ptr, len);
    text->len += (uint32_t)len;
    return len == slice.len;
}

bool text_set(struct mem *mem, struct text *text, struct helo_slice slice, size_t limit)
{
    text->len = 0;
    if (slice.len > limit)
        slice.len = limit;
    return text_add(mem, text, slice, limit);
}

void text_free(struct mem *mem, struct text *text)
{
    mem_give(mem, text->ptr, text->size);
    *text = (struct text){0};
}

bool slice_has_prefix(struct helo_slice slice, const char *prefix)
{
    size_t len = strlen(prefix);
    return slice.len >= len && strncasecmp((const char *)slice.ptr, prefix, len) == 0;
}

bool slice_is(struct helo_slice slice, const char *word)
{
    return slice.len == strlen(word) && slice_has_prefix(slice, word);
}

struct helo_slice slice_word(struct helo_slice *rest)
{
    if (rest->len == 0)
        return (struct helo_slice){0};
    size_t start = 0;
    while (start < rest->len && (rest->ptr[start] == ' ' || rest->ptr[start] == '\t'))
        start++;
    size_t end = start;
    while (end < rest->len && rest->ptr[end] != ' ' && rest->ptr[end] != '\t')
        end++;
    struct helo_slice word = {rest->ptr + start, end - start};
    rest->ptr += end;
    rest->len -= end;
    return word;
}
