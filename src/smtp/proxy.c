/* Who is behind a proxy: the PROXY protocol (versions 1 and 2) and XCLIENT. */
#include <arpa/inet.h>
#include <string.h>

#include "base/bytes.h"
#include "smtp/base64.h"
#include "smtp/path.h"
#include "smtp/session.h"

/* Longer ones of Basic are secrets as a whole. */
#define LONGEST_BASIC 512

static bool read_address(struct helo_slice text, struct helo_endpoint *end)
{
    char buffer[INET6_ADDRSTRLEN];
    if (slice_has_prefix(text, "IPV6:")) {
        text.ptr += 5;
        text.len -= 5;
    }
    if (text.len == 0 || text.len >= sizeof(buffer) || memchr(text.ptr, 0, text.len) != NULL)
        return false;
    memcpy(buffer, text.ptr, text.len);
    buffer[text.len] = 0;
    *end = (struct helo_endpoint){0};
    end->family = strchr(buffer, ':') != NULL ? 6 : 4;
    return inet_pton(end->family == 6 ? AF_INET6 : AF_INET, buffer, end->address) == 1;
}

static bool read_port(struct helo_slice text, uint16_t *port)
{
    uint64_t number;
    if (!number_parse(text, &number) || number > 65535)
        return false;
    *port = (uint16_t)number;
    return true;
}

bool proxy_v1_parse(struct helo_slice line, struct helo_endpoint *client)
{
    struct helo_slice rest = line;
    if (!slice_is(slice_word(&rest), "PROXY"))
        return false;
    struct helo_slice family = slice_word(&rest);
    if (!slice_is(family, "TCP4") && !slice_is(family, "TCP6"))
        return false;
    bool good = read_address(slice_word(&rest), client) &&
                client->family == (slice_is(family, "TCP4") ? 4 : 6);
    slice_word(&rest); /* the proxy's own address */
    return read_port(slice_word(&rest), &client->port) && good;
}

bool proxy_v2_parse(struct helo_slice header, struct helo_endpoint *client)
{
    *client = (struct helo_endpoint){0};
    if (header.len < 16 || header.ptr[12] != 0x21) /* version 2, command PROXY */
        return false;
    if (header.ptr[13] == 0x11 && header.len >= 16 + 12) { /* TCP over IPv4 */
        client->family = 4;
        memcpy(client->address, header.ptr + 16, 4);
        client->port = bytes_u16(header.ptr + 24);
        return true;
    }
    if (header.ptr[13] == 0x21 && header.len >= 16 + 36) { /* TCP over IPv6 */
        client->family = 6;
        memcpy(client->address, header.ptr + 16, 16);
        client->port = bytes_u16(header.ptr + 48);
        return true;
    }
    return false;
}

/* Credentials of the scheme Basic (RFC 7617): name, colon, password. */
static void learn_basic(struct smtp_session *session, struct helo_slice encoded)
{
    uint8_t plain[LONGEST_BASIC];
    struct base64_outcome outcome = base64_decode(encoded, plain, sizeof(plain));
    struct helo_slice said = {plain, outcome.fault == BASE64_OK ? outcome.len : 0};
    const uint8_t *colon = memchr(plain, ':', said.len);
    secrets_add_line(&session->secrets, encoded);
    if (colon == NULL) {
        secrets_add_words(&session->secrets, encoded);
    } else {
        size_t name = (size_t)(colon - plain);
        names_tell(session, (struct helo_slice){plain, name});
        secrets_add(&session->secrets, (struct helo_slice){colon + 1, said.len - name - 1});
    }
    explicit_bzero(plain, sizeof(plain));
}

void proxy_learn_login(struct smtp_session *session, const struct smtp_login *login)
{
    struct helo_slice rest = login->header;
    struct helo_slice scheme = slice_word(&rest);
    names_tell(session, login->name);
    secrets_add(&session->secrets, login->password);
    if (slice_is(scheme, "Basic"))
        learn_basic(session, slice_word(&rest));
    secrets_add_words(&session->secrets, rest);
    session->has_secret = secrets_any(&session->secrets);
}

bool proxy_xclient_parse(struct helo_slice argument, struct helo_endpoint *client)
{
    struct helo_slice keyword, value;
    bool has_value;
    bool found = false;
    uint16_t port = 0;
    while (parameter_next(&argument, &keyword, &has_value, &value)) {
        if (slice_is(keyword, "ADDR"))
            found = read_address(value, client);
        else if (slice_is(keyword, "PORT"))
            read_port(value, &port);
    }
    if (found)
        client->port = port;
    return found;
}
