/* Classify: greetings, opening lines, proxies, verdicts; each whole and octet by octet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "classify/classify.h"
#include "classify/greeting.h"
#include "classify/ndpi.h"
#include "exact.h"

static struct helo_slice text(const char *string)
{
    return (struct helo_slice){(const uint8_t *)string, strlen(string)};
}

static void greetings_are_told_from_other_first_lines(void **state)
{
    static const struct {
        const char *octets;
        enum greeting whole, so_far;
    } cases[] = {
        {"220 mx.example.net ESMTP Postfix\r\n", GREETING_SMTP, GREETING_SMTP},
        {"220 mx.example.net LMTP\n", GREETING_SMTP, GREETING_SMTP},
        {"220-mx.example.net\r\n220 SMTP ready\r\n", GREETING_SMTP, GREETING_SMTP},
        {"220-mx.example.net\r\n", GREETING_PLAIN, GREETING_MORE},
        {"220 mx.example.net", GREETING_PLAIN, GREETING_MORE},
        {"220 smtp.example.net ready\r\n", GREETING_PLAIN, GREETING_PLAIN},
        {"220 ftp.example.net ESMTP\r\n", GREETING_SMTP, GREETING_SMTP},
        {"220 ftp.example.net ready\r\n", GREETING_PLAIN, GREETING_PLAIN},
        {"220 (vsFTPd 3.0.3)\r\n", GREETING_FTP, GREETING_FTP},
        {"220 ProFTPD Server\r\n", GREETING_FTP, GREETING_FTP},
        {"220---- Welcome to Pure-FTPd ----\r\n220-You are user 1\r\n220 end\r\n", GREETING_FTP,
         GREETING_FTP},
        {"220-FileZilla Server 1.7\r\n220 hello\r\n", GREETING_FTP, GREETING_FTP},
        {"554 5.7.1 go away\r\n", GREETING_SMTP, GREETING_SMTP},
        {"421 too many connections\r\n", GREETING_PLAIN, GREETING_PLAIN},
        {"200 news.example.net ready\r\n", GREETING_NUMBER, GREETING_NUMBER},
        {"22", GREETING_NUMBER, GREETING_MORE},
        {"2200\r\n", GREETING_NOT, GREETING_NOT},
        {"120 wait\r\n", GREETING_NOT, GREETING_NOT},
        {"SSH-2.0-OpenSSH\r\n", GREETING_NOT, GREETING_NOT},
        {"HTTP/1.1 200 OK\r\n", GREETING_NOT, GREETING_NOT},
        {"+OK ready\r\n", GREETING_NOT, GREETING_NOT},
        {"\x16\x03\x03", GREETING_NOT, GREETING_NOT},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct helo_slice copy = exact_copy(cases[i].octets, strlen(cases[i].octets));
        assert_int_equal(greeting_of(copy, true), cases[i].whole);
        assert_int_equal(greeting_of(copy, false), cases[i].so_far);
        exact_free(copy);
    }
}

static void opening_lines_are_those_of_mail_or_not(void **state)
{
    static const struct {
        const char *octets;
        enum opening opening;
    } cases[] = {
        {"EHLO client.example.org\r\n", OPENING_SMTP},
        {"lhlo x\n", OPENING_SMTP},
        {"EHLO client.example.org", OPENING_MORE},
        {"EHLO\r\n", OPENING_FOREIGN},
        {"EHLO two words\r\n", OPENING_FOREIGN},
        {"QUIT\r\n", OPENING_MORE},
        {"NOOP\r\nHELO x\r\n", OPENING_SMTP},
        {"MAIL FROM:<>\r\n", OPENING_SMTP},
        {"AUTH LOGIN\r\n", OPENING_SMTP},
        {"AUTH TLS\r\n", OPENING_FOREIGN},
        {"AUTH GSSAPI\r\n", OPENING_FOREIGN},
        {"USER anonymous\r\n", OPENING_FOREIGN},
        {"GET / HTTP/1.1\r\n", OPENING_FOREIGN},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct helo_slice copy = exact_copy(cases[i].octets, strlen(cases[i].octets));
        assert_int_equal(opening_of(copy), cases[i].opening);
        exact_free(copy);
    }
}

/* A handshake with what the sides say in it; lengths as octets may be zero. */
struct handshake {
    const char *client;
    size_t client_len;
    const char *server;
    size_t server_len;
    const char *kind, *target; /* kind NULL: none */
};
#define OCTETS(literal) literal, sizeof(literal) - 1

static const struct handshake handshakes[] = {
    {OCTETS("\x05\x01\x00\x05\x01\x00\x01\xc0\x00\x02\x19\x00\x19"),
     OCTETS("\x05\x00\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"), "socks5", "192.0.2.25:25"},
    {OCTETS("\x05\x02\x00\x02\x01\x05"
            "alice\x06secret\x05\x01\x00\x03\x0emx.example.net\x02\x4b"),
     OCTETS("\x05\x02\x01\x00\x05\x00\x00\x03\x01x\x00\x00"), "socks5", "mx.example.net:587"},
    {OCTETS("\x05\x01\x00\x05\x01\x00\x04\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x25\x00\x19"),
     OCTETS("\x05\x00\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"), "socks5", "[2001:db8::25]:25"},
    {OCTETS("\x05\x01\x00\x05\x01\x00\x01\xc0\x00\x02\x19\x00\x19"), OCTETS("\x05\x00\x05\x05"),
     NULL, NULL},
    {OCTETS("\x05\x01\x00"), OCTETS("\x05\xff"), NULL, NULL},
    {OCTETS("\x04\x01\x00\x19\xc0\x00\x02\x19me\0"), OCTETS("\x00\x5a\x00\x00\x00\x00\x00\x00"),
     "socks4", "192.0.2.25:25"},
    {OCTETS("\x04\x01\x00\x19\x00\x00\x00\x01\0mx.example.net\0"),
     OCTETS("\x00\x5a\x00\x00\x00\x00\x00\x00"), "socks4", "mx.example.net:25"},
    {OCTETS("\x04\x01\x00\x19\xc0\x00\x02\x19me\0"), OCTETS("\x00\x5b\x00\x00\x00\x00\x00\x00"),
     NULL, NULL},
    {OCTETS("CONNECT mx.example.net:25 HTTP/1.1\r\nHost: mx\r\n\r\n"),
     OCTETS("HTTP/1.1 200 Go on\r\nVia: x\r\n\r\n"), "connect", "mx.example.net:25"},
    {OCTETS("CONNECT [2001:db8::25]:25 HTTP/1.1\r\n\r\n"), OCTETS("HTTP/1.0 200 \r\n\r\n"),
     "connect", "[2001:db8::25]:25"},
    {OCTETS("CONNECT mx.example.net:25 HTTP/1.1\r\n\r\n"), OCTETS("HTTP/1.1 403 No\r\n\r\n"), NULL,
     NULL},
    {OCTETS("CONNECT mx.example.net:99999 HTTP/1.1\r\n\r\n"), OCTETS("HTTP/1.1 200 Ok\r\n\r\n"),
     NULL, NULL},
    {OCTETS("GET / HTTP/1.1\r\n\r\n"), OCTETS("HTTP/1.1 200 Ok\r\n\r\n"), NULL, NULL},
};

static enum proxy_state read_copy(const struct handshake *h, size_t client, size_t server,
                                  struct proxy *proxy)
{
    struct helo_slice side[HELO_SIDES] = {exact_copy(h->client, client),
                                          exact_copy(h->server, server)};
    enum proxy_state found = proxy_read(side, proxy);
    exact_free(side[HELO_CLIENT]);
    exact_free(side[HELO_SERVER]);
    return found;
}

static void handshakes_of_proxies_are_read_however_they_are_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(handshakes); i++) {
        const struct handshake *h = &handshakes[i];
        struct proxy proxy = {0};
        enum proxy_state found = read_copy(h, h->client_len, h->server_len, &proxy);
        assert_int_equal(found, h->kind != NULL ? PROXY_OPEN : PROXY_NONE);
        for (size_t c = 0; c <= h->client_len; c++)
            for (size_t s = 0; s <= h->server_len; s++)
                if (c < h->client_len || s < h->server_len)
                    assert_int_not_equal(read_copy(h, c, s, &(struct proxy){0}), PROXY_OPEN);
        if (h->kind == NULL)
            continue;
        assert_string_equal(proxy.kind, h->kind);
        assert_int_equal(proxy.target_len, strlen(h->target));
        assert_memory_equal(proxy.target, h->target, proxy.target_len);
        assert_int_equal(proxy.skip[HELO_CLIENT], h->client_len);
        assert_int_equal(proxy.skip[HELO_SERVER], h->server_len);
    }
}

static enum classify_verdict judge(const char *client, const char *server, enum classify_port port,
                                   bool whole)
{
    struct classify_view view = {{text(client), text(server)}, port, whole};
    struct proxy proxy;
    return classify_judge(&view, &proxy);
}

#define HELLO "\x16\x03\x01\x02"
#define GET   "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

static void the_server_s_first_octets_decide(void **state)
{
    static const struct {
        const char *client, *server;
        enum classify_verdict any, cleartext, either, tls; /* by port */
    } cases[] = {
#define ALL(verdict) verdict, verdict, verdict, verdict
        {"", "220 x ESMTP\r\n", ALL(CLASSIFY_SMTP)},
        {GET, "220 x ESMTP\r\n", ALL(CLASSIFY_SMTP)},
        {HELLO, "220 x ESMTP\r\n", ALL(CLASSIFY_SMTP)},
        {"\x01\x02\x03", "220 x ESMTP\r\n", ALL(CLASSIFY_SMTP)},
        {GET, "HTTP/1.1 200 OK\r\n", ALL(CLASSIFY_OTHER)},
        {"", "SSH-2.0-x\r\n", ALL(CLASSIFY_OTHER)},
        {"EHLO x\r\n", "", ALL(CLASSIFY_SMTP)},
        {"", "220 x\r\n", CLASSIFY_MORE, CLASSIFY_SMTP, CLASSIFY_SMTP, CLASSIFY_SMTP},
        {"USER x\r\n", "220 x\r\n", CLASSIFY_OTHER, CLASSIFY_SMTP, CLASSIFY_SMTP, CLASSIFY_SMTP},
        {"EHLO x\r\n", "220 x\r\n", ALL(CLASSIFY_SMTP)},
        {"USER x\r\n", "220 FTP\r\n", ALL(CLASSIFY_OTHER)},
        {"EHLO x\r\n", "220 FTP\r\n", ALL(CLASSIFY_SMTP)},
        {"", "220 FTP\r\n", ALL(CLASSIFY_MORE)},
        {"", "200 x\r\n", CLASSIFY_OTHER, CLASSIFY_SMTP, CLASSIFY_SMTP, CLASSIFY_SMTP},
        {GET, "", ALL(CLASSIFY_MORE)},
        {HELLO, "", CLASSIFY_MORE, CLASSIFY_MORE, CLASSIFY_MORE, CLASSIFY_SMTP},
        {HELLO, HELLO, CLASSIFY_OTHER, CLASSIFY_OTHER, CLASSIFY_SMTP, CLASSIFY_SMTP},
        {"PROXY TCP4 192.0.2.1 192.0.2.2 1 25\r\nEHLO x\r\n", "", ALL(CLASSIFY_SMTP)},
        {"PROXY TCP4 192.0.2.1 192.0.2.2 1 25\r\nEHLO x\r\n", "220 x\r\n", ALL(CLASSIFY_SMTP)},
        {"\x05\x01", "", ALL(CLASSIFY_MORE)},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *client = cases[i].client, *server = cases[i].server;
        assert_int_equal(judge(client, server, CLASSIFY_PORT_ANY, false), cases[i].any);
        assert_int_equal(judge(client, server, CLASSIFY_PORT_CLEARTEXT, false), cases[i].cleartext);
        assert_int_equal(judge(client, server, CLASSIFY_PORT_EITHER, false), cases[i].either);
        assert_int_equal(judge(client, server, CLASSIFY_PORT_TLS, false), cases[i].tls);
    }
}

static void at_the_end_the_port_decides(void **state)
{
    static const enum classify_port ports[] = {CLASSIFY_PORT_ANY, CLASSIFY_PORT_CLEARTEXT};
    static const struct {
        const char *client, *server;
        enum classify_verdict verdict[2];
    } cases[] = {
        {GET, "", {CLASSIFY_OTHER, CLASSIFY_OTHER}},
        {HELLO, "", {CLASSIFY_OTHER, CLASSIFY_OTHER}},
        {"\x01\x02\x03", "", {CLASSIFY_OTHER, CLASSIFY_SMTP}},
        {"", "22", {CLASSIFY_OTHER, CLASSIFY_SMTP}},
        {"", "220 mx.example.net", {CLASSIFY_OTHER, CLASSIFY_SMTP}},
        {"", "220 mx.example.net ESMTP", {CLASSIFY_SMTP, CLASSIFY_SMTP}},
        {"", "", {CLASSIFY_OTHER, CLASSIFY_SMTP}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t p = 0; p < COUNT(ports); p++)
            assert_int_equal(judge(cases[i].client, cases[i].server, ports[p], true),
                             cases[i].verdict[p]);
}

static void ndpi_names_what_is_spoken(void **state)
{
    static const struct {
        const char *client, *server, *name;
    } cases[] = {
        {GET, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "http"},
        {"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "ssh"},
    };
    struct mem *mem = mem_new(1u << 20, 0);
    struct naming *naming = naming_new(mem);
    (void)state;
    assert_non_null(naming);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct naming_flow *flow = naming_begin(mem);
        uint16_t protocol = NAMING_UNKNOWN;
        for (int side = 0; side < HELO_SIDES && protocol == NAMING_UNKNOWN; side++) {
            struct helo_slice octets = text(side == 0 ? cases[i].client : cases[i].server);
            struct segment segment = {.payload = octets.ptr,
                                      .payload_len = (uint32_t)octets.len,
                                      .seq = 1,
                                      .ack = 1,
                                      .flags = SEGMENT_ACK,
                                      .source_port = side == 0 ? 40000 : 25,
                                      .destination_port = side == 0 ? 25 : 40000};
            protocol = naming_segment(naming, flow, (enum helo_side)side, &segment);
        }
        assert_false(naming_is_smtp(protocol));
        assert_string_equal(naming_name(naming, protocol), cases[i].name);
        naming_end(mem, flow);
    }
    naming_free(mem, naming);
    assert_int_equal(mem_used(mem), 0);
    mem_destroy(mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(greetings_are_told_from_other_first_lines),
        cmocka_unit_test(opening_lines_are_those_of_mail_or_not),
        cmocka_unit_test(handshakes_of_proxies_are_read_however_they_are_cut),
        cmocka_unit_test(the_server_s_first_octets_decide),
        cmocka_unit_test(at_the_end_the_port_decides),
        cmocka_unit_test(ndpi_names_what_is_spoken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
