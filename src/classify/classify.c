/* The verdict, from greeting, opening lines and proxies' handshakes. */
#include "classify/classify.h"

#include <string.h>

#include "base/bytes.h"
#include "classify/greeting.h"

#define PROXY_V2_HEADER 16u

static const uint8_t proxy_v2_signature[12] = "\r\n\r\n\0\r\nQUIT\n";

/* True if octets agree with a word as far as they go. */
static bool agrees(struct helo_slice octets, const void *word, size_t len)
{
    size_t n = octets.len < len ? octets.len : len;
    return n > 0 && memcmp(octets.ptr, word, n) == 0;
}

/* A PROXY protocol header, which stands before SMTP's first line and others' as well. */
static bool begins_with_proxy_header(struct helo_slice octets)
{
    return agrees(octets, "PROXY ", 6) ||
           agrees(octets, proxy_v2_signature, sizeof(proxy_v2_signature));
}

static struct helo_slice without_proxy_header(struct helo_slice octets)
{
    size_t skip = 0;
    if (!begins_with_proxy_header(octets))
        return octets;
    const uint8_t *lf = memchr(octets.ptr, '\n', octets.len);
    if (octets.ptr[0] == 'P')
        skip = lf != NULL ? (size_t)(lf - octets.ptr) + 1 : octets.len;
    else if (octets.len >= PROXY_V2_HEADER)
        skip = PROXY_V2_HEADER + bytes_u16(octets.ptr + 14);
    if (skip == 0 || skip > octets.len)
        skip = octets.len;
    return (struct helo_slice){octets.ptr + skip, octets.len - skip};
}

enum classify_client classify_client_of(struct helo_slice octets, enum signature *signature)
{
    *signature = SIGNATURE_NONE;
    if (octets.len == 0)
        return CLASSIFY_CLIENT_FITS;
    *signature = signature_of_client(octets);
    if (*signature != SIGNATURE_NONE)
        return CLASSIFY_CLIENT_KNOWN;
    if (begins_with_proxy_header(octets) || opening_is_text(octets) || octets.ptr[0] == '\r' ||
        octets.ptr[0] == '\n')
        return CLASSIFY_CLIENT_FITS;
    return CLASSIFY_CLIENT_UNKNOWN;
}

static enum classify_verdict either(bool smtp)
{
    return smtp ? CLASSIFY_SMTP : CLASSIFY_OTHER;
}

/* On a port of SMTP whose server has said nothing yet. */
static enum classify_verdict judge_client_first(const struct classify_view *view)
{
    enum signature signature;
    if (view->side[HELO_CLIENT].len == 0) /* neither has: what was held lies elsewhere */
        return view->whole ? CLASSIFY_SMTP : CLASSIFY_MORE;
    enum classify_client client = classify_client_of(view->side[HELO_CLIENT], &signature);
    if (client == CLASSIFY_CLIENT_FITS)
        return CLASSIFY_SMTP;
    if (signature == SIGNATURE_TLS && view->port == CLASSIFY_PORT_TLS)
        return CLASSIFY_SMTP;
    if (!view->whole)
        return CLASSIFY_MORE;
    if (signature == SIGNATURE_TLS)
        return either(view->port != CLASSIFY_PORT_CLEARTEXT);
    return either(signature == SIGNATURE_NONE);
}

/* A greeting that FTP may have sent as well: the client's first line tells. */
static enum classify_verdict judge_opening(struct helo_slice client, bool whole)
{
    enum opening opening = opening_of(without_proxy_header(client));
    if (opening == OPENING_MORE && !whole)
        return CLASSIFY_MORE;
    return either(opening == OPENING_SMTP);
}

static enum classify_verdict judge_smtp_port(const struct classify_view *view)
{
    struct helo_slice server = view->side[HELO_SERVER];
    if (server.len == 0)
        return judge_client_first(view);
    switch (greeting_of(server, view->whole)) {
    case GREETING_MORE:
        return CLASSIFY_MORE;
    case GREETING_FTP:
        return judge_opening(view->side[HELO_CLIENT], view->whole);
    case GREETING_NOT:
        return either(signature_is_tls(server) && view->port != CLASSIFY_PORT_CLEARTEXT);
    default:
        return CLASSIFY_SMTP;
    }
}

static enum classify_verdict judge_any_port(const struct helo_slice side[HELO_SIDES], bool whole)
{
    if (side[HELO_SERVER].len == 0) {
        enum opening opening = opening_of(without_proxy_header(side[HELO_CLIENT]));
        if (opening == OPENING_SMTP)
            return CLASSIFY_SMTP;
        return whole ? CLASSIFY_OTHER : CLASSIFY_MORE;
    }
    switch (greeting_of(side[HELO_SERVER], whole)) {
    case GREETING_MORE: /* cut off by the snap length, perhaps */
    case GREETING_PLAIN:
    case GREETING_FTP:
        return judge_opening(side[HELO_CLIENT], whole);
    case GREETING_SMTP:
        return CLASSIFY_SMTP;
    default:
        return CLASSIFY_OTHER;
    }
}

enum classify_verdict classify_judge(const struct classify_view *view, struct proxy *proxy)
{
    struct helo_slice inner[HELO_SIDES];
    enum proxy_state state = proxy_read(view->side, proxy);
    if (state == PROXY_OPEN) {
        for (int i = 0; i < HELO_SIDES; i++)
            inner[i] = (struct helo_slice){view->side[i].ptr + proxy->skip[i],
                                           view->side[i].len - proxy->skip[i]};
        return judge_any_port(inner, view->whole);
    }
    proxy->kind = NULL;
    if (state == PROXY_MORE && !view->whole)
        return CLASSIFY_MORE;
    if (view->port != CLASSIFY_PORT_ANY)
        return judge_smtp_port(view);
    return judge_any_port(view->side, view->whole);
}

bool classify_is_of_mail(struct helo_slice payload)
{
    const uint8_t *lf = payload.len > 0 ? memchr(payload.ptr, '\n', payload.len) : NULL;
    if (lf == NULL || lf == payload.ptr || lf[-1] != '\r')
        return false;
    return opening_is_of_mail((struct helo_slice){payload.ptr, (size_t)(lf - payload.ptr) - 1});
}
