/* Proxies: whom the PROXY protocol and XCLIENT name, and what names nobody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>

#include "exact.h"
#include "smtp/session.h"

/* What has to be found; address NULL: nothing. */
struct vector {
    const char *text;
    const char *address;
    uint16_t port;
};

static void check_client(const struct helo_endpoint *client, const char *address, uint16_t port)
{
    uint8_t wanted[16] = {0};
    bool six = strchr(address, ':') != NULL;
    assert_int_equal(inet_pton(six ? AF_INET6 : AF_INET, address, wanted), 1);
    assert_int_equal(client->family, six ? 6 : 4);
    assert_memory_equal(client->address, wanted, 16);
    assert_int_equal(client->port, port);
}

typedef bool parser(struct helo_slice text, struct helo_endpoint *client);

static void check_all(parser *parse, const struct vector *vectors, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct helo_endpoint client = {0};
        struct helo_slice text = exact_text(vectors[i].text);
        if (parse(text, &client) != (vectors[i].address != NULL))
            fail_msg("%s", vectors[i].text);
        if (vectors[i].address != NULL)
            check_client(&client, vectors[i].address, vectors[i].port);
        exact_free(text);
    }
}

static const struct vector LINES[] = {
    {"PROXY TCP4 192.0.2.1 198.51.100.2 56324 25", "192.0.2.1", 56324},
    {"PROXY TCP6 2001:db8::1 2001:db8::2 1 25", "2001:db8::1", 1},
    {"PROXY TCP6 ::ffff:192.0.2.1 ::1 65535 25", "::ffff:192.0.2.1", 65535},
    {"PROXY TCP4 192.0.2.1 198.51.100.2 0 25", "192.0.2.1", 0},
    {"PROXY  TCP4\t192.0.2.1 198.51.100.2  7 25 ", "192.0.2.1", 7},
    {"PROXY UNKNOWN", NULL, 0},
    {"PROXY UNKNOWN 192.0.2.1 198.51.100.2 56324 25", NULL, 0},
    {"PROXY", NULL, 0},
    {"", NULL, 0},
    {"PROXYTCP4 192.0.2.1 198.51.100.2 1 25", NULL, 0},
    {"PROXY TCP4", NULL, 0},
    {"PROXY TCP4 192.0.2.1", NULL, 0},
    {"PROXY TCP4 192.0.2.1 198.51.100.2", NULL, 0},
    {"PROXY TCP4 192.0.2.1 198.51.100.2 65536 25", NULL, 0},
    {"PROXY TCP4 192.0.2.1 198.51.100.2 18446744073709551617 25", NULL, 0},
    {"PROXY TCP4 192.0.2.1 198.51.100.2 -1 25", NULL, 0},
    {"PROXY TCP4 192.0.2.1 198.51.100.2 +1 25", NULL, 0},
    {"PROXY TCP4 192.0.2.1 198.51.100.2 x 25", NULL, 0},
    {"PROXY TCP4 192.0.2.256 198.51.100.2 1 25", NULL, 0},
    {"PROXY TCP4 192.0.2 198.51.100.2 1 25", NULL, 0},
    {"PROXY TCP4 2001:db8::1 2001:db8::2 1 25", NULL, 0},
    {"PROXY TCP6 192.0.2.1 198.51.100.2 1 25", NULL, 0},
    {"PROXY TCP6 2001:db8:::1 ::1 1 25", NULL, 0},
    {"PROXY TCP6 0000:0000:0000:0000:0000:ffff:255.255.255.2555 ::1 1 25", NULL, 0},
    {"PROXY UDP4 192.0.2.1 198.51.100.2 1 25", NULL, 0},
};

static void a_version_1_line_names_its_tcp_client(void **state)
{
    (void)state;
    check_all(proxy_v1_parse, LINES, COUNT(LINES));
}

static void a_version_1_line_cut_short_of_its_port_names_nobody(void **state)
{
    (void)state;
    static const char LINE[] = "PROXY TCP4 192.0.2.1 198.51.100.2 56324 25";
    for (size_t len = 0; len < sizeof(LINE); len++) {
        struct helo_endpoint client;
        struct helo_slice line = exact_copy(LINE, len);
        assert_int_equal(proxy_v1_parse(line, &client), len >= 35);
        exact_free(line);
    }
}

static const struct vector XCLIENTS[] = {
    {"ADDR=192.0.2.1", "192.0.2.1", 0},
    {"NAME=a.example ADDR=192.0.2.1 PORT=1025", "192.0.2.1", 1025},
    {"PORT=1025 ADDR=192.0.2.1", "192.0.2.1", 1025},
    {"addr=192.0.2.1 port=65535", "192.0.2.1", 65535},
    {"ADDR=IPV6:2001:db8::1 PORT=2", "2001:db8::1", 2},
    {"ADDR=ipv6:2001:db8::1", "2001:db8::1", 0},
    {"ADDR=2001:db8::1", "2001:db8::1", 0},
    {"ADDR=192.0.2.1 PORT=[UNAVAILABLE]", "192.0.2.1", 0},
    {"ADDR=192.0.2.1 PORT=65536", "192.0.2.1", 0},
    {"ADDR=192.0.2.1 PORT", "192.0.2.1", 0},
    {"ADDR=192.0.2.1 PROTO=ESMTP HELO=x LOGIN=y", "192.0.2.1", 0},
    {"ADDR=[UNAVAILABLE] NAME=[UNAVAILABLE]", NULL, 0},
    {"ADDR=[TEMPUNAVAIL]", NULL, 0},
    {"ADDR=IPV6:", NULL, 0},
    {"ADDR=IPV6:x", NULL, 0},
    {"ADDR=", NULL, 0},
    {"ADDR", NULL, 0},
    {"ADDR=192.0.2.1.5", NULL, 0},
    {"NAME=a.example PORT=5", NULL, 0},
    {"DESTADDR=192.0.2.1", NULL, 0},
    {"", NULL, 0},
};

static void xclient_names_a_client_if_its_address_is_available(void **state)
{
    (void)state;
    check_all(proxy_xclient_parse, XCLIENTS, COUNT(XCLIENTS));
}

static void a_nul_ends_no_address_early(void **state)
{
    (void)state;
    struct helo_endpoint client;
    struct helo_slice text = exact_copy("ADDR=192.0.2.1\0x", 16);
    assert_false(proxy_xclient_parse(text, &client));
    exact_free(text);
}

enum { SIGNATURE = 12, HEADER = 16 };

/* A header of version 2 with so many octets of addresses, each octet its own number. */
static struct helo_slice header(uint8_t command, uint8_t family, size_t addresses)
{
    uint8_t block[300] = "\r\n\r\n\0\r\nQUIT\n";
    block[SIGNATURE] = command;
    block[SIGNATURE + 1] = family;
    block[SIGNATURE + 2] = (uint8_t)(addresses >> 8);
    block[SIGNATURE + 3] = (uint8_t)addresses;
    for (size_t i = 0; i < addresses; i++)
        block[HEADER + i] = (uint8_t)(i + 1);
    return exact_copy(block, HEADER + addresses);
}

static void a_version_2_header_names_its_tcp_client(void **state)
{
    (void)state;
    static const struct {
        uint8_t command, family;
        size_t addresses;
        const char *address;
        uint16_t port;
    } cases[] = {
        {0x21, 0x11, 12, "1.2.3.4", 0x090a},
        {0x21, 0x11, 12 + 40, "1.2.3.4", 0x090a}, /* TLVs behind */
        {0x21, 0x21, 36, "102:304:506:708:90a:b0c:d0e:f10", 0x2122},
        {0x21, 0x21, 36 + 200, "102:304:506:708:90a:b0c:d0e:f10", 0x2122},
        {0x20, 0x11, 12, NULL, 0}, /* LOCAL: the proxy's own */
        {0x20, 0x00, 0, NULL, 0},
        {0x21, 0x00, 0, NULL, 0}, /* UNSPEC */
        {0x21, 0x00, 12, NULL, 0},
        {0x21, 0x12, 12, NULL, 0}, /* UDP */
        {0x21, 0x22, 36, NULL, 0},
        {0x21, 0x31, 216, NULL, 0}, /* a UNIX socket */
        {0x21, 0x21, 12, NULL, 0},  /* too short for its family */
        {0x21, 0x21, 35, NULL, 0},
        {0x21, 0x11, 11, NULL, 0},
        {0x21, 0x11, 0, NULL, 0},
        {0x11, 0x11, 12, NULL, 0}, /* no version 2 */
        {0x31, 0x11, 12, NULL, 0},
        {0x22, 0x11, 12, NULL, 0}, /* no known command */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct helo_endpoint client;
        struct helo_slice whole = header(cases[i].command, cases[i].family, cases[i].addresses);
        assert_int_equal(proxy_v2_parse(whole, &client), cases[i].address != NULL);
        if (cases[i].address != NULL)
            check_client(&client, cases[i].address, cases[i].port);
        exact_free(whole);
    }
}

static void a_version_2_header_cut_short_names_nobody(void **state)
{
    (void)state;
    for (unsigned six = 0; six < 2; six++) {
        size_t full = six ? 36 : 12;
        struct helo_slice whole = header(0x21, six ? 0x21 : 0x11, full);
        for (size_t len = 0; len <= whole.len; len++) {
            struct helo_endpoint client;
            struct helo_slice cut = exact_copy(whole.ptr, len);
            assert_int_equal(proxy_v2_parse(cut, &client), len == whole.len);
            exact_free(cut);
        }
        exact_free(whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_version_1_line_names_its_tcp_client),
        cmocka_unit_test(a_version_1_line_cut_short_of_its_port_names_nobody),
        cmocka_unit_test(a_version_2_header_names_its_tcp_client),
        cmocka_unit_test(a_version_2_header_cut_short_names_nobody),
        cmocka_unit_test(xclient_names_a_client_if_its_address_is_available),
        cmocka_unit_test(a_nul_ends_no_address_early),
    };
    return cmocka_run_group_tests_name("proxy", tests, NULL, NULL);
}
