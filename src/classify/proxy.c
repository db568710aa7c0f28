/* The handshakes of SOCKS and HTTP CONNECT. */
#include "classify/proxy.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "base/bytes.h"

enum { ADDRESS_IPV4 = 1, ADDRESS_NAME = 3, ADDRESS_IPV6 = 4 };

/* Both sides, and how far they were read. */
struct talk {
    struct bytes side[HELO_SIDES];
    const struct helo_slice *from;
};

static void put(struct proxy *proxy, const void *text, size_t len)
{
    size_t room = sizeof(proxy->target) - proxy->target_len;
    if (len > room)
        len = room;
    memcpy(proxy->target + proxy->target_len, text, len);
    proxy->target_len = (uint16_t)(proxy->target_len + len);
}

static void put_port(struct proxy *proxy, uint16_t port)
{
    char digits[6];
    size_t at = sizeof(digits);
    unsigned rest = port;
    do
        digits[--at] = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    digits[--at] = ':';
    put(proxy, digits + at, sizeof(digits) - at);
    proxy->port = port;
}

/* Takes name and password off the front of an authority (RFC 3986 section 3.2.1), if they are
 * there.
 */
static struct helo_slice take_login(struct proxy *proxy, struct helo_slice authority)
{
    const uint8_t *at = authority.len > 0 ? memrchr(authority.ptr, '@', authority.len) : NULL;
    if (at == NULL)
        return authority;
    size_t len = (size_t)(at - authority.ptr);
    const uint8_t *colon = memchr(authority.ptr, ':', len);
    proxy->name = (struct helo_slice){authority.ptr, len};
    if (colon != NULL) {
        proxy->name.len = (size_t)(colon - authority.ptr);
        proxy->password = (struct helo_slice){colon + 1, len - proxy->name.len - 1};
    }
    return (struct helo_slice){at + 1, authority.len - len - 1};
}

/* A name or an address, then the port: as host:port. */
static void put_target(struct proxy *proxy, uint8_t kind, struct helo_slice host, uint16_t port)
{
    char text[INET6_ADDRSTRLEN];
    proxy->target_len = 0;
    if (kind == ADDRESS_NAME) {
        host = take_login(proxy, host);
        put(proxy, host.ptr, host.len);
    } else {
        bool six = kind == ADDRESS_IPV6;
        inet_ntop(six ? AF_INET6 : AF_INET, host.ptr, text, sizeof(text));
        put(proxy, "[", six);
        put(proxy, text, strlen(text));
        put(proxy, "]", six);
    }
    put_port(proxy, port);
}

static enum proxy_state open_here(const struct talk *talk, struct proxy *proxy, const char *kind)
{
    proxy->kind = kind;
    for (int i = 0; i < HELO_SIDES; i++)
        proxy->skip[i] = talk->from[i].len - talk->side[i].left;
    return PROXY_OPEN;
}

/* The octets up to a zero, which is stepped over. */
static bool take_string(struct bytes *b, struct helo_slice *text)
{
    const uint8_t *end = b->left > 0 ? memchr(b->at, 0, b->left) : NULL;
    if (end == NULL)
        return false;
    *text = (struct helo_slice){b->at, (size_t)(end - b->at)};
    return bytes_skip(b, text->len + 1);
}

static enum proxy_state read_socks4(struct talk *talk, struct proxy *proxy)
{
    struct bytes *client = &talk->side[HELO_CLIENT], *server = &talk->side[HELO_SERVER];
    const uint8_t *head = client->at;
    struct helo_slice host = {head + 4, 4}, text;

    if (client->left > 1 && head[1] != 1)
        return PROXY_NONE;
    if (!bytes_skip(client, 8) || !take_string(client, &text))
        return PROXY_MORE;
    proxy->name = text; /* whoever the client says that its user is */
    bool by_name = head[4] == 0 && head[5] == 0 && head[6] == 0 && head[7] != 0; /* 4a */
    if (by_name && !take_string(client, &host))
        return PROXY_MORE;
    if (host.len > 255 || (server->left > 0 && server->at[0] != 0) ||
        (server->left > 1 && server->at[1] != 90))
        return PROXY_NONE;
    if (!bytes_skip(server, 8))
        return PROXY_MORE;
    put_target(proxy, by_name ? ADDRESS_NAME : ADDRESS_IPV4, host, bytes_u16(head + 2));
    return open_here(talk, proxy, "socks4");
}

/* An octet with a length, and as many octets. */
static bool take_counted(struct bytes *b, struct helo_slice *text)
{
    if (b->left < 1 || b->left - 1 < b->at[0])
        return false;
    *text = (struct helo_slice){b->at + 1, b->at[0]};
    return bytes_skip(b, 1 + text->len);
}

/* RFC 1929: version, name, password. */
static enum proxy_state read_login(struct bytes *client, struct bytes *server, struct proxy *proxy)
{
    if (!bytes_skip(client, 1) || !take_counted(client, &proxy->name) ||
        !take_counted(client, &proxy->password))
        return PROXY_MORE;
    if (server->left > 1 && server->at[1] != 0)
        return PROXY_NONE;
    return bytes_skip(server, 2) ? PROXY_OPEN : PROXY_MORE;
}

/* A request or reply (RFC 1928 sections 4 and 6): three octets, an address, a port. */
static enum proxy_state read_address(struct bytes *b, uint8_t want, uint8_t *kind,
                                     struct helo_slice *host, uint16_t *port)
{
    if (b->left > 1 && (b->at[0] != 5 || b->at[1] != want))
        return PROXY_NONE;
    if (b->left < 5)
        return PROXY_MORE;
    size_t head = b->at[3] == ADDRESS_NAME ? 5 : 4;
    *kind = b->at[3];
    host->len = *kind == ADDRESS_NAME ? b->at[4] : *kind == ADDRESS_IPV4 ? 4 : 16;
    host->ptr = b->at + head;
    if (*kind != ADDRESS_NAME && *kind != ADDRESS_IPV4 && *kind != ADDRESS_IPV6)
        return PROXY_NONE;
    if (!bytes_get_u16(b, head + host->len, port))
        return PROXY_MORE;
    return bytes_skip(b, head + host->len + 2) ? PROXY_OPEN : PROXY_MORE;
}

static enum proxy_state read_socks5(struct talk *talk, struct proxy *proxy)
{
    struct bytes *client = &talk->side[HELO_CLIENT], *server = &talk->side[HELO_SERVER];
    struct helo_slice host, bound;
    uint8_t kind, ignored;
    uint16_t port, bound_port;

    if (client->left < 2 || !bytes_skip(client, 2u + client->at[1]))
        return PROXY_MORE;
    if ((server->left > 0 && server->at[0] != 5) ||
        (server->left > 1 && server->at[1] != 0 && server->at[1] != 2))
        return PROXY_NONE;
    if (server->left < 2)
        return PROXY_MORE;
    bool login = server->at[1] == 2;
    bytes_skip(server, 2);
    enum proxy_state state = login ? read_login(client, server, proxy) : PROXY_OPEN;
    if (state == PROXY_OPEN)
        state = read_address(client, 1, &kind, &host, &port);
    if (state == PROXY_OPEN)
        state = read_address(server, 0, &ignored, &bound, &bound_port);
    if (state != PROXY_OPEN)
        return state;
    put_target(proxy, kind, host, port);
    return open_here(talk, proxy, "socks5");
}

/* The octets up to and with the empty line. */
static bool take_head(struct bytes *b, struct helo_slice *head)
{
    const uint8_t *end = b->left > 0 ? memmem(b->at, b->left, "\r\n\r\n", 4) : NULL;
    if (end == NULL)
        return false;
    *head = (struct helo_slice){b->at, (size_t)(end - b->at) + 4};
    return bytes_skip(b, head->len);
}

/* The request's target: host:port. */
static bool read_authority(struct helo_slice head, struct proxy *proxy)
{
    const uint8_t *from = head.ptr + strlen("CONNECT ");
    const uint8_t *blank = memchr(from, ' ', head.len - strlen("CONNECT "));
    if (blank == NULL || blank == from || blank - from >= PROXY_TARGET)
        return false;
    struct helo_slice text = {from, (size_t)(blank - from)};
    const uint8_t *colon = memrchr(text.ptr, ':', text.len);
    unsigned port = 0;
    if (colon == NULL)
        return false;
    for (const uint8_t *c = colon + 1; c < blank && port <= UINT16_MAX; c++) {
        if (*c < '0' || *c > '9')
            return false;
        port = port * 10 + (unsigned)(*c - '0');
    }
    proxy->target_len = 0;
    proxy->port = (uint16_t)port;
    text = take_login(proxy, text);
    put(proxy, text.ptr, text.len);
    return port > 0 && port <= UINT16_MAX;
}

/* The value of the header that logs in, without the blanks before it. */
static void read_authorization(struct helo_slice head, struct proxy *proxy)
{
    static const char NAME[] = "Proxy-Authorization:";
    size_t len = sizeof(NAME) - 1;
    const uint8_t *end = head.ptr + head.len;
    for (const uint8_t *line = head.ptr; line < end;) {
        const uint8_t *lf = memchr(line, '\n', (size_t)(end - line));
        const uint8_t *next = lf != NULL ? lf + 1 : end;
        const uint8_t *last = lf != NULL && lf > line && lf[-1] == '\r' ? lf - 1 : next;
        if ((size_t)(last - line) > len && strncasecmp((const char *)line, NAME, len) == 0) {
            line += len;
            while (line < last && (*line == ' ' || *line == '\t'))
                line++;
            proxy->header = (struct helo_slice){line, (size_t)(last - line)};
        }
        line = next;
    }
}

static bool agrees(const struct bytes *b, const char *word)
{
    size_t len = strlen(word);
    return b->left == 0 || memcmp(b->at, word, b->left < len ? b->left : len) == 0;
}

static enum proxy_state read_connect(struct talk *talk, struct proxy *proxy)
{
    struct bytes *client = &talk->side[HELO_CLIENT], *server = &talk->side[HELO_SERVER];
    struct helo_slice request, reply;
    if (!agrees(client, "CONNECT ") || !agrees(server, "HTTP/1."))
        return PROXY_NONE;
    if (!take_head(client, &request) || !take_head(server, &reply))
        return PROXY_MORE;
    if (reply.len < 12 || reply.ptr[8] != ' ' || reply.ptr[9] != '2' ||
        !read_authority(request, proxy))
        return PROXY_NONE;
    read_authorization(request, proxy);
    return open_here(talk, proxy, "connect");
}

enum proxy_state proxy_read(const struct helo_slice side[HELO_SIDES], struct proxy *proxy)
{
    struct talk talk = {.from = side};
    proxy->name = proxy->password = proxy->header = (struct helo_slice){NULL, 0};
    for (int i = 0; i < HELO_SIDES; i++)
        talk.side[i] = (struct bytes){side[i].ptr, side[i].len};
    if (side[HELO_CLIENT].len == 0)
        return PROXY_NONE;
    switch (side[HELO_CLIENT].ptr[0]) {
    case 4:
        return read_socks4(&talk, proxy);
    case 5:
        return read_socks5(&talk, proxy);
    case 'C':
        return read_connect(&talk, proxy);
    default:
        return PROXY_NONE;
    }
}
