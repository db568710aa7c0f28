/* What is read of a packet at a glance is what decoding it finds. */
#include "decode/glimpse.h"

#include "decode/decode.h"

#include <glob.h>
#include <pcap/pcap.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct tally {
    size_t segments;
    size_t glimpsed;
};

static void compare(struct decoder *decoder, const struct helo_packet *packet, struct tally *tally)
{
    struct segment full;
    struct segment glimpse;
    enum helo_undecodable reason;
    bool seen = decode_glimpse(packet, &glimpse);
    if (decode_packet(decoder, packet, packet->time, &full, &reason) != DECODE_SEGMENT)
        return; /* damaged: a guess may be wrong */
    tally->segments++;
    tally->glimpsed += seen;
    if (!seen)
        return;
    assert_int_equal(glimpse.family, full.family);
    assert_int_equal(glimpse.source_port, full.source_port);
    assert_int_equal(glimpse.destination_port, full.destination_port);
    assert_memory_equal(glimpse.source, full.source, sizeof full.source);
    assert_memory_equal(glimpse.destination, full.destination, sizeof full.destination);
    assert_int_equal(full.tunnel_count, 0);
}

static void read_capture(struct mem *mem, const char *path, struct tally *tally)
{
    char why[PCAP_ERRBUF_SIZE];
    pcap_t *pcap = pcap_open_offline(path, why);
    struct decoder *decoder = decoder_new(mem, false);
    struct pcap_pkthdr *header;
    const u_char *data;
    assert_non_null(decoder);
    while (pcap != NULL && pcap_next_ex(pcap, &header, &data) == 1) {
        struct helo_packet packet = {.time = HELO_SECOND,
                                     .data = data,
                                     .captured = header->caplen,
                                     .length = header->len,
                                     .link_type = pcap_datalink(pcap)};
        compare(decoder, &packet, tally);
    }
    decoder_free(decoder);
    if (pcap != NULL)
        pcap_close(pcap);
}

static void a_glance_at_every_recorded_packet_is_right(void **state)
{
    (void)state;
    glob_t found;
    struct tally tally = {0};
    struct mem *mem = mem_new(UINT64_C(64) << 20, 0);
    assert_non_null(mem);
    assert_int_equal(glob("pcaps/*.pcap*", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++)
        read_capture(mem, found.gl_pathv[i], &tally);
    globfree(&found);
    mem_destroy(mem);
    assert_true(tally.glimpsed >
                tally.segments / 2); /* the rest are cooked, in tunnels, in parts */
}

/* Whatever is cut, nothing is read behind it. */
static void a_packet_cut_anywhere_is_no_harm(void **state)
{
    (void)state;
    uint8_t frame[64] = {[12] = 0x81, [16] = 0x08, [18] = 0x4f, [27] = 6};
    for (uint32_t captured = 0; captured <= sizeof frame; captured++) {
        uint8_t exact[sizeof frame];
        uint8_t *end = exact + sizeof exact - captured;
        memcpy(end, frame, captured);
        struct helo_packet packet = {
            .data = end, .captured = captured, .length = sizeof frame, .link_type = DLT_EN10MB};
        struct segment segment;
        /* Ethernet, a tag, 60 octets of IPv4, the ports. */
        assert_false(decode_glimpse(&packet, &segment));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_glance_at_every_recorded_packet_is_right),
        cmocka_unit_test(a_packet_cut_anywhere_is_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
