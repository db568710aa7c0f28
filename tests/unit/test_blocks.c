/* Captures read in blocks: the same packets as libpcap reads, whatever the file. */
#include "capture/blocks.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../support/prng.h"

#define MICRO   0xa1b2c3d4u
#define NANO    0xa1b23c4du
#define PACKETS 600u

static void write_u32(FILE *file, uint32_t value, bool swapped)
{
    value = swapped ? __builtin_bswap32(value) : value;
    assert_int_equal(fwrite(&value, sizeof value, 1, file), 1);
}

/* A file of packets of up to most octets, some of them larger than a block. */
static FILE *make_file(uint32_t magic, bool swapped, uint32_t snapshot, uint64_t seed,
                       uint32_t most)
{
    static const uint8_t octets[300000] = {1, 2, 3};
    struct prng prng = {.state = seed};
    FILE *file = tmpfile();
    assert_non_null(file);
    write_u32(file, magic, swapped);
    write_u32(file, swapped ? 0x00020004u : 0x00040002u, swapped);
    write_u32(file, 0, swapped);
    write_u32(file, 0, swapped);
    write_u32(file, snapshot, swapped);
    write_u32(file, 1, swapped);
    for (unsigned i = 0; i < PACKETS; i++) {
        uint32_t length = (uint32_t)prng_below(&prng, most + 1);
        write_u32(file, 0xfffffff0u + i, swapped);
        write_u32(file, 999999000u + i, swapped);
        write_u32(file, length, swapped);
        write_u32(file, length + 7, swapped);
        assert_int_equal(fwrite(octets, 1, length, file), length);
    }
    fflush(file);
    return file;
}

/* libpcap's view of a copy, cut after so many octets (0: not). */
static pcap_t *open_copy(FILE *file, long cut)
{
    char reason[PCAP_ERRBUF_SIZE];
    FILE *copy = tmpfile();
    assert_non_null(copy);
    rewind(file);
    int octet;
    while ((cut == 0 || ftell(copy) < cut) && (octet = getc(file)) != EOF)
        putc(octet, copy);
    rewind(copy);
    pcap_t *pcap =
        pcap_fopen_offline_with_tstamp_precision(copy, PCAP_TSTAMP_PRECISION_NANO, reason);
    assert_non_null(pcap);
    return pcap;
}

static struct blocks *open_blocks(pcap_t *pcap, FILE *file)
{
    uint8_t head[BLOCKS_HEAD];
    rewind(file);
    assert_int_equal(fread(head, 1, sizeof head, file), sizeof head);
    return blocks_new(pcap, head);
}

static void assert_same(const struct pcap_pkthdr *a, const struct pcap_pkthdr *b)
{
    assert_int_equal(a->caplen, b->caplen);
    assert_int_equal(a->len, b->len);
    assert_int_equal((uint32_t)a->ts.tv_sec, (uint32_t)b->ts.tv_sec);
    assert_int_equal(a->ts.tv_usec, b->ts.tv_usec);
}

/* Reads both to the end; what the blocks leave libpcap reads. Returns how many the blocks gave. */
static unsigned compare(FILE *file, long cut)
{
    pcap_t *expected = open_copy(file, cut);
    pcap_t *actual = open_copy(file, cut);
    struct blocks *blocks = open_blocks(actual, file);
    struct pcap_pkthdr *want, *rest, got;
    const u_char *octets, *left;
    const uint8_t *data;
    unsigned count = 0;
    assert_non_null(blocks);
    enum blocks_result result;
    int code = 0;
    while ((result = blocks_next(blocks, &got, &data)) == BLOCKS_PACKET) {
        assert_int_equal(pcap_next_ex(expected, &want, &octets), 1);
        assert_same(want, &got);
        assert_memory_equal(octets, data, want->caplen);
        count++;
    }
    assert_int_equal(result, BLOCKS_REST);
    while ((code = pcap_next_ex(expected, &want, &octets)) == 1) {
        assert_int_equal(pcap_next_ex(actual, &rest, &left), 1);
        assert_same(want, rest);
        assert_memory_equal(octets, left, want->caplen);
    }
    assert_int_equal(pcap_next_ex(actual, &rest, &left), code);
    if (code == PCAP_ERROR)
        assert_string_equal(pcap_geterr(actual), pcap_geterr(expected));
    blocks_free(blocks);
    pcap_close(expected);
    pcap_close(actual);
    return count;
}

static void every_packet_is_the_one_that_libpcap_reads(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        FILE *file = make_file((i & 1) != 0 ? NANO : MICRO, (i & 2) != 0, 65535, i, 3000);
        assert_int_equal(compare(file, 0), PACKETS);
        fclose(file);
    }
}

static void what_is_not_ordinary_is_left_to_libpcap(void **state)
{
    (void)state;
    FILE *larger = make_file(MICRO, false, 262144, 3, 250000); /* than a block */
    assert_in_range(compare(larger, 0), 0, PACKETS - 1);
    fclose(larger);
    FILE *longer = make_file(MICRO, false, 900, 4, 1000); /* than the snap length */
    assert_in_range(compare(longer, 0), 0, PACKETS - 1);
    fclose(longer);
    FILE *absurd = make_file(NANO, true, 262144, 5, 280000); /* than libpcap takes */
    compare(absurd, 0);
    fclose(absurd);
}

static void a_file_that_ends_anywhere_is_told_as_by_libpcap(void **state)
{
    (void)state;
    FILE *file = make_file(MICRO, false, 65535, 6, 40);
    for (long cut = BLOCKS_HEAD; cut < BLOCKS_HEAD + 300; cut++)
        compare(file, cut);
    fclose(file);
}

static void other_formats_are_left_to_libpcap(void **state)
{
    (void)state;
    static const uint8_t heads[][BLOCKS_HEAD] = {
        {0x0a, 0x0d, 0x0d, 0x0a},             /* pcapng */
        {0x34, 0xcd, 0xb2, 0xa1, 2, 0, 4, 0}, /* the patched pcap, whose records are longer */
        {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 3, 0}, /* lengths in the other order */
        {0xd4, 0xc3, 0xb2, 0xa1, 3, 0, 4, 0},
    };
    FILE *file = make_file(MICRO, false, 65535, 7, 40);
    pcap_t *pcap = open_copy(file, 0);
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
        assert_null(blocks_new(pcap, heads[i]));
    pcap_close(pcap);
    fclose(file);
}

static void each_packet_is_announced_once_and_stays_where_it_is(void **state)
{
    (void)state;
    const uint8_t *announced[LIMIT_CAPTURE_AHEAD];
    FILE *file = make_file(MICRO, false, 65535, 8, 3000);
    pcap_t *pcap = open_copy(file, 0);
    struct blocks *blocks = open_blocks(pcap, file);
    struct pcap_pkthdr header;
    const uint8_t *data;
    unsigned next = 0;
    unsigned taken = 0;
    do {
        while (blocks_ahead(blocks, &header, &data))
            announced[next++ % LIMIT_CAPTURE_AHEAD] = data;
        assert_in_range(next, taken, taken + LIMIT_CAPTURE_AHEAD);
        if (blocks_next(blocks, &header, &data) != BLOCKS_PACKET)
            break;
        if (taken < next)
            assert_ptr_equal(data, announced[taken % LIMIT_CAPTURE_AHEAD]);
        else
            next++; /* the first behind what had been read */
        taken++;
    } while (true);
    assert_int_equal(taken, PACKETS);
    blocks_free(blocks);
    pcap_close(pcap);
    fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_packet_is_the_one_that_libpcap_reads),
        cmocka_unit_test(what_is_not_ordinary_is_left_to_libpcap),
        cmocka_unit_test(a_file_that_ends_anywhere_is_told_as_by_libpcap),
        cmocka_unit_test(other_formats_are_left_to_libpcap),
        cmocka_unit_test(each_packet_is_announced_once_and_stays_where_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
