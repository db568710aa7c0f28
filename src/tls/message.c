/* Handshake messages put together, the ones that nobody wants passed over. */
#include "tls/message.h"

#include <string.h>

#include "base/limits.h"

#define FIRST_SIZE 512 /* of a body: most hellos fit */

/* Makes room for so many octets in all; it grows with what has come, not with what is promised. */
static bool grow(struct tls_messages *messages, struct mem *mem, uint32_t need)
{
    uint32_t size = messages->size > 0 ? messages->size : FIRST_SIZE;
    if (need <= messages->size)
        return true;
    while (size < need)
        size *= 2;
    uint8_t *body = mem_resize(mem, messages->body, messages->size, size);
    if (body == NULL)
        return false;
    messages->body = body;
    messages->size = size;
    return true;
}

static void begin(struct tls_messages *messages, uint32_t wanted, uint32_t room)
{
    uint8_t type = messages->head[0];
    messages->left = bytes_u32(messages->head) & 0xffffff;
    messages->kept = type < 32 && (wanted >> type & 1u) != 0 && messages->left <= room;
    messages->len = 0;
}

static void take(struct tls_messages *messages, struct mem *mem, struct bytes *in, bool *starved)
{
    uint32_t n = messages->left < in->left ? messages->left : (uint32_t)in->left;
    if (messages->kept && !grow(messages, mem, messages->len + n)) {
        messages->kept = false;
        *starved = true;
    }
    if (messages->kept && n > 0)
        memcpy(messages->body + messages->len, in->at, n);
    messages->len += messages->kept ? n : 0;
    messages->left -= n;
    (void)bytes_skip(in, n);
}

bool tls_message_read(struct tls_messages *messages, struct mem *mem, struct bytes *in,
                      uint32_t wanted, uint32_t room, bool *starved)
{
    while (in->left > 0 && messages->have < sizeof(messages->head)) {
        messages->head[messages->have++] = *in->at;
        (void)bytes_skip(in, 1);
        if (messages->have == sizeof(messages->head))
            begin(messages, wanted, room);
    }
    if (messages->have < sizeof(messages->head))
        return false;
    take(messages, mem, in, starved);
    if (messages->left > 0)
        return false;
    messages->have = 0;
    return true;
}

uint8_t *tls_message_take(struct tls_messages *messages, uint32_t *size)
{
    uint8_t *body = messages->body;
    *size = messages->size;
    messages->body = NULL;
    messages->size = 0;
    return body;
}

void tls_messages_free(struct tls_messages *messages, struct mem *mem)
{
    mem_give(mem, messages->body, messages->size);
    memset(messages, 0, sizeof(*messages));
}
