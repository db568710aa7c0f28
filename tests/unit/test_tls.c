/* TLS from outside: hellos of RFC 8448, published fingerprints, every cut, every broken length. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exact.h"
#include "tls/watch.h"

/* RFC 8448 section 3: ClientHello and ServerHello of "Simple 1-RTT Handshake". */
static const char client_hello[] =
    "010000c00303cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7000006130113031302"
    "010000910000000b0009000006736572766572ff01000100000a00140012001d001700180019010001010102010301"
    "0400230000003300260024001d002099381de560e4bd43d23d8e435a7dbafeb3c06e51c13cae4d5413691e529aaf2c"
    "002b0003020304000d0020001e040305030603020308040805080604010501060102010402050206020202002d0002"
    "0101001c00024001";
static const char server_hello[] =
    "020000560303a6af06a4121860dc5e6e60249cd34c95930c8ac5cb1434dac155772ed3e2692800130100002e003300"
    "24001d0020c9828876112095fe66762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f002b00020304";

static size_t unhex(const char *text, uint8_t *to)
{
    size_t len = strlen(text) / 2;
    for (size_t i = 0; i < len; i++) {
        char pair[3] = {text[2 * i], text[2 * i + 1], '\0'};
        to[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return len;
}

/* A record around octets; returns its length. */
static size_t record(uint8_t *to, uint8_t type, const uint8_t *body, size_t len)
{
    to[0] = type;
    to[1] = to[2] = 3;
    to[3] = (uint8_t)(len >> 8);
    to[4] = (uint8_t)len;
    if (len > 0)
        memcpy(to + 5, body, len);
    return len + 5;
}

static void say(struct tls_watch *watch, enum helo_side side, const uint8_t *octets, size_t len)
{
    struct helo_slice piece = exact_copy(octets, len);
    tls_watch_bytes(watch, side, piece, 1);
    exact_free(piece);
}

static void check_rfc_8448(const struct tls_watch *watch)
{
    struct helo_tls facts = {0};
    assert_int_equal(tls_state(watch), TLS_ESTABLISHED);
    tls_facts(watch, false, false, &facts);
    assert_true(facts.has_established && facts.established);
    assert_int_equal(facts.version, 0x0304);
    assert_int_equal(facts.cipher, 0x1301);
    assert_true(facts.has_resumed && !facts.resumed);
    assert_slice(facts.server_name, "server");
    assert_int_equal(facts.ciphers.len, 6);
    assert_false(facts.has_certificate);
    assert_memory_equal(facts.ja4, "t13d030900_", 11);
}

static void the_handshake_of_rfc_8448_reads_alike_in_every_cut(void **state)
{
    uint8_t hello[2][256], sent[2][512];
    (void)state;
    size_t client = record(sent[0], 22, hello[0], unhex(client_hello, hello[0]));
    size_t server = record(sent[1], 22, hello[1], unhex(server_hello, hello[1]));
    server += record(sent[1] + server, 23, hello[1], 70);
    for (size_t way = 0; way < exact_ways(server); way++) {
        struct mem *mem = mem_new(1u << 20, 0);
        struct tls_watch watch = {.mem = mem};
        for (size_t done = 0, n; done < client; done += n) {
            n = exact_piece(way < client ? way : 0, client, done);
            say(&watch, HELO_CLIENT, sent[0] + done, n);
        }
        for (size_t done = 0, n; done < server; done += n) {
            n = exact_piece(way, server, done);
            say(&watch, HELO_SERVER, sent[1] + done, n);
        }
        assert_int_equal(tls_state(&watch), TLS_OPEN);
        uint8_t finished[128];
        say(&watch, HELO_CLIENT, finished, record(finished, 23, hello[0], 53));
        check_rfc_8448(&watch);
        tls_release(&watch);
        assert_int_equal(mem_used(mem), 0);
        mem_destroy(mem);
    }
}

/* Every length that a hello could be cut to, and every octet of it changed: read or not, nothing is
 * read past its end. */
static void broken_hellos_are_none_or_harmless(void **state)
{
    uint8_t octets[256];
    struct tls_hello hello;
    (void)state;
    size_t len = unhex(client_hello, octets);
    for (size_t cut = 0; cut < len - 4; cut++) {
        struct helo_slice body = exact_copy(octets + 4, cut);
        assert_int_equal(tls_client_hello(body, &hello), cut == 45);
        exact_free(body);
    }
    for (size_t i = 4; i < len; i++) {
        for (unsigned change = 1; change < 256; change <<= 1) {
            char ja4[TLS_JA4_SIZE];
            octets[i] ^= (uint8_t)change;
            struct helo_slice body = exact_copy(octets + 4, len - 4);
            if (tls_client_hello(body, &hello))
                tls_ja4(&hello, ja4);
            exact_free(body);
            octets[i] ^= (uint8_t)change;
        }
    }
}

static void an_alert_in_clear_ends_the_handshake(void **state)
{
    struct mem *mem = mem_new(1u << 20, 0);
    struct tls_watch watch = {.mem = mem};
    struct helo_tls facts = {0};
    (void)state;
    say(&watch, HELO_SERVER, (const uint8_t *)"\x15\x03\x03\0\x02\x02\x28", 7);
    assert_int_equal(tls_state(&watch), TLS_FAILED);
    tls_facts(&watch, false, false, &facts);
    assert_true(facts.has_established && !facts.established);
    assert_true(facts.has_alert[HELO_SERVER]);
    assert_int_equal(facts.alert[HELO_SERVER], 40);
    assert_int_equal(tls_goodbye(&watch, HELO_SERVER), HELO_TLS_GOODBYE_FATAL);
    tls_release(&watch);
    mem_destroy(mem);
}

static void data_then_no_record_is_broken_framing_unless_a_gap_hides_something(void **state)
{
    (void)state;
    for (int gap = 0; gap < 2; gap++) {
        struct mem *mem = mem_new(1u << 20, 0);
        struct tls_watch watch = {.mem = mem};
        say(&watch, HELO_SERVER, (const uint8_t *)"\x17\x03\x03\0\x01x", 6);
        say(&watch, HELO_CLIENT, (const uint8_t *)"\x17\x03\x03\0\x02xy", gap ? 6 : 7);
        if (gap)
            tls_watch_gap(&watch, HELO_CLIENT, 1);
        assert_int_equal(tls_state(&watch), TLS_ESTABLISHED);
        assert_false(tls_is_broken(&watch, HELO_CLIENT));
        say(&watch, HELO_CLIENT, (const uint8_t *)"NOOP\r\n", 6);
        assert_int_equal(tls_is_broken(&watch, HELO_CLIENT), gap == 0);
        assert_false(tls_is_broken(&watch, HELO_SERVER));
        tls_release(&watch);
        mem_destroy(mem);
    }
}

#define LIST(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

/* The examples of the JA3 project's README. */
static void fingerprints_are_the_published_ones(void **state)
{
    char ja3[TLS_JA3_SIZE];
    (void)state;
    struct tls_hello first = {
        .version = 769,
        .ciphers = {LIST(0, 47, 0, 53, 0, 5, 0, 10, 0xc0, 9, 0xc0, 10, 0xc0, 19, 0xc0, 20, 0, 50, 0,
                         56, 0, 19, 0, 4)},
        .extensions = {0, 10, 11},
        .extension_count = 3,
        .groups = {LIST(0, 23, 0, 24, 0, 25)},
        .formats = {LIST(0)},
    };
    tls_ja3(&first, ja3);
    assert_string_equal(ja3, "ada70206e40642a3e4461f35503241d5");
    struct tls_hello second = {
        .version = 769,
        .ciphers = {LIST(0, 4, 0, 5, 0, 10, 0, 9, 0, 100, 0, 98, 0, 3, 0, 6, 0, 19, 0, 18, 0, 99)}};
    tls_ja3(&second, ja3);
    assert_string_equal(ja3, "de350869b8c85de67a350c8d186f11e6");
    /* Of "769,47,65281-0-11-35-5-16", by md5sum. */
    struct tls_hello server = {.version = 769,
                               .cipher = 47,
                               .extensions = {65281, 0, 11, 35, 5, 16},
                               .extension_count = 6};
    tls_ja3s(&server, ja3);
    assert_string_equal(ja3, "836ce314215654b5b1f85f97c73e506f");
}

/* The example of JA4's technical details, GREASE among its values. */
static void ja4_is_the_published_one(void **state)
{
    char ja4[TLS_JA4_SIZE];
    (void)state;
    struct tls_hello hello = {
        .version = 771,
        .ciphers = {LIST(0x1a, 0x1a, 0x13, 1, 0x13, 2, 0x13, 3, 0xc0, 0x2b, 0xc0, 0x2f, 0xc0, 0x2c,
                         0xc0, 0x30, 0xcc, 0xa9, 0xcc, 0xa8, 0xc0, 0x13, 0xc0, 0x14, 0, 0x9c, 0,
                         0x9d, 0, 0x2f, 0, 0x35)},
        .extensions = {0xcaca, 0x1b, 0, 0x33, 0x10, 0x4469, 0x17, 0x2d, 0xd, 5, 0x23, 0x12, 0x2b,
                       0xff01, 0xb, 0xa, 0x15},
        .extension_count = 17,
        .server_name_sent = true,
        .protocol = {(const uint8_t *)"h2", 2},
        .versions = {LIST(0xea, 0xea, 3, 4, 3, 3)},
        .signatures = {LIST(4, 3, 8, 4, 4, 1, 5, 3, 8, 5, 5, 1, 8, 6, 6, 1)},
    };
    tls_ja4(&hello, ja4);
    assert_string_equal(ja4, "t13d1516h2_8daaf6152771_e5627efa2ab1");
    hello.protocol = (struct helo_slice){(const uint8_t *)"\xab\xcd", 2};
    hello.server_name_sent = false;
    tls_ja4(&hello, ja4);
    assert_memory_equal(ja4, "t13i1516ad_", 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_handshake_of_rfc_8448_reads_alike_in_every_cut),
        cmocka_unit_test(broken_hellos_are_none_or_harmless),
        cmocka_unit_test(an_alert_in_clear_ends_the_handshake),
        cmocka_unit_test(data_then_no_record_is_broken_framing_unless_a_gap_hides_something),
        cmocka_unit_test(fingerprints_are_the_published_ones),
        cmocka_unit_test(ja4_is_the_published_one),
    };
    return cmocka_run_group_tests_name("tls", tests, NULL, NULL);
}
