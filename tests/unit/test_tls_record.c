/* TLS records: records walked over in every cut, what can begin a connection, gaps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exact.h"
#include "tls/record.h"

#define OCTETS(text) (text), sizeof(text) - 1

/* A handshake record, change_cipher_spec, application data, an alert and a heartbeat. */
#define HELLO  "\x16\x03\x01\0\x04\x01\0\0\0"
#define CIPHER "\x14\x03\x03\0\x01\x01"
#define DATA   "\x17\x03\x03\0\x06QUIT\r\n"
#define ALERT  "\x15\x03\x03\0\x02\x01\0"
#define BEAT   "\x18\x03\x03\0\x01\x01"
#define EMPTY  "\x17\x03\x03\0\0"

struct vector {
    const char *octets;
    size_t len;
    bool lost;
    unsigned records, left, have; /* at the end */
};

static const struct vector VECTORS[] = {
    {OCTETS(""), false, 0, 0, 0},
    {OCTETS("\x16"), false, 0, 0, 1},
    {OCTETS("\x16\x03\x01\0"), false, 0, 0, 4},
    {OCTETS("\x16\x03\x01\x02\x01"), false, 1, 513, 0},
    {OCTETS(HELLO), false, 1, 0, 0},
    {OCTETS(HELLO HELLO), false, 2, 0, 0},
    {OCTETS(HELLO "\x14\x03"), false, 1, 0, 2},
    {OCTETS(HELLO CIPHER), false, 2, 0, 0},
    {OCTETS(HELLO CIPHER DATA), false, 3, 0, 0},
    {OCTETS(HELLO DATA EMPTY DATA), false, 4, 0, 0},
    {OCTETS(DATA), false, 1, 0, 0},
    {OCTETS(ALERT), false, 1, 0, 0},
    {OCTETS(HELLO ALERT), false, 2, 0, 0},
    {OCTETS(HELLO BEAT CIPHER), false, 3, 0, 0},
    {OCTETS("\x17\x03\x03\x48\0" HELLO), false, 1, 18432 - 9, 0},
    {OCTETS("\x17\x03\x03\x48\x01" HELLO), true, 0, 0, 0}, /* longer than any */
    {OCTETS("\x17\x03\x03\xff\xff" HELLO), true, 0, 0, 0},
    {OCTETS("\x13\x03\x03\0\0" HELLO), true, 0, 0, 0},
    {OCTETS("\x19\x03\x03\0\0" HELLO), true, 0, 0, 0},
    {OCTETS("\x16\x02\x03\0\0" HELLO), true, 0, 0, 0},
    {OCTETS("\x16\x04\x03\0\0" HELLO), true, 0, 0, 0},
    {OCTETS("EHLO x\r\n"), true, 0, 0, 0},
    {OCTETS(HELLO "220 x\r\n"), true, 1, 0, 0},
    {OCTETS("\x80\x2e\x01\x03\x01\0\x15\0\0"), false, 1, 39, 0}, /* SSLv2 */
    {OCTETS(HELLO "\x80\x2e\x01\x03\x01\0\x15\0\0"), true, 1, 0, 0},
    {OCTETS("\x80\x02\x01\x03\x01\0\x15\0\0"), true, 0, 0, 0},
    {OCTETS("\0\0\0\0\0"), true, 0, 0, 0},
};

/* How many records begin in octets. */
static unsigned read_all(struct tls_reader *reader, struct helo_slice octets)
{
    struct bytes in = {octets.ptr, octets.len};
    struct tls_part part;
    unsigned records = 0;
    while (tls_read(reader, &in, &part))
        records += part.begins;
    return records;
}

static void records_are_followed_alike_in_every_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(VECTORS); i++) {
        const struct vector *v = &VECTORS[i];
        for (size_t way = 0; way < exact_ways(v->len); way++) {
            struct tls_reader reader = {0};
            unsigned records = 0;
            for (size_t done = 0; done < v->len;) {
                size_t len = exact_piece(way, v->len, done);
                struct helo_slice piece = exact_copy(v->octets + done, len);
                records += read_all(&reader, piece);
                done += len;
                exact_free(piece);
            }
            assert_int_equal(reader.lost, v->lost);
            assert_int_equal(reader.broken, v->lost);
            assert_int_equal(records, v->records);
            assert_int_equal(reader.left, v->left);
            assert_int_equal(reader.have, v->have);
        }
    }
}

static void a_gap_within_a_record_is_passed_over_and_a_longer_one_is_the_end(void **state)
{
    (void)state;
    static const struct {
        const char *before;
        size_t len;
        uint64_t gap;
        const char *behind;
        size_t rest;
        bool lost, more;
    } cases[] = {
        {OCTETS("\x16\x03\x01\0\x64"), 99, OCTETS("x" CIPHER), false, true},
        {OCTETS("\x16\x03\x01\0\x64"), 100, OCTETS(CIPHER), false, true},
        {OCTETS("\x16\x03\x01\0\x64"
                "abc"),
         97, OCTETS(CIPHER), false, true},
        {OCTETS("\x16\x03\x01\0\x64"), 101, OCTETS(CIPHER), true, false},
        {OCTETS("\x16\x03\x01\0\x64"), UINT64_C(1) << 32, OCTETS(CIPHER), true, false},
        {OCTETS("\x16\x03\x01\0\x64"), UINT64_MAX, OCTETS(CIPHER), true, false},
        {OCTETS(HELLO), 1, OCTETS(CIPHER), true, false},
        {OCTETS("\x16\x03"), 1, OCTETS(CIPHER), true, false},
        {OCTETS(""), 9, OCTETS(CIPHER), true, false},
        {OCTETS(HELLO CIPHER), 9, OCTETS("EHLO x"), true, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct tls_reader reader = {0};
        (void)read_all(&reader,
                       (struct helo_slice){(const uint8_t *)cases[i].before, cases[i].len});
        tls_read_gap(&reader, cases[i].gap);
        bool more = read_all(&reader, (struct helo_slice){(const uint8_t *)cases[i].behind,
                                                          cases[i].rest}) > 0;
        assert_int_equal(reader.lost, cases[i].lost);
        assert_false(reader.broken);
        assert_int_equal(more, cases[i].more);
    }
}

static void a_client_hello_or_its_beginning_looks_like_tls(void **state)
{
    (void)state;
    static const struct {
        const char *octets;
        size_t len;
        bool tls;
    } cases[] = {
        {OCTETS(HELLO), true},
        {OCTETS("\x16"), true},
        {OCTETS("\x16\x03"), true},
        {OCTETS("\x16\x03\x04"), true},
        {OCTETS("\x16\x02"), false},
        {OCTETS("\x16\r\n"), false},
        {OCTETS(DATA), false},
        {OCTETS(ALERT), false},
        {OCTETS("\x80\x2e\x01\x03\x01"), true},
        {OCTETS("\x80\x2e\x01"), true},
        {OCTETS("\x80\x2e"), true},
        {OCTETS("\x80"), true},
        {OCTETS("\x80\x2e\x04"), false},
        {OCTETS("\xff\xff\xff"), false},
        {OCTETS("EHLO x\r\n"), false},
        {OCTETS("E"), false},
        {OCTETS("\0"), false},
        {OCTETS(""), false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct helo_slice octets = exact_copy(cases[i].octets, cases[i].len);
        if (tls_looks_like(octets.ptr, octets.len) != cases[i].tls)
            fail_msg("case %zu", i);
        exact_free(octets);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_followed_alike_in_every_cut),
        cmocka_unit_test(a_gap_within_a_record_is_passed_over_and_a_longer_one_is_the_end),
        cmocka_unit_test(a_client_hello_or_its_beginning_looks_like_tls),
    };
    return cmocka_run_group_tests_name("tls_record", tests, NULL, NULL);
}
