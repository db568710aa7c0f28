/* Captures: every kind that is read, exact times, damage of every kind told and survived. */
#include "heloscope/capture.h"

#include <pcap/pcap.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cmocka.h>

#define MAGIC_MICRO 0xa1b2c3d4u
#define MAGIC_NANO  0xa1b23c4du
#define SECONDS     1700000000u

/* Octets that grow. */
struct blob {
    uint8_t *at;
    size_t len;
};

static void put(struct blob *blob, const void *data, size_t len)
{
    blob->at = realloc(blob->at, blob->len + len + 1);
    assert_non_null(blob->at);
    if (len > 0)
        memcpy(blob->at + blob->len, data, len);
    blob->len += len;
}

static void put_number(struct blob *blob, uint64_t value, size_t width, bool big)
{
    uint8_t octets[8];
    for (size_t i = 0; i < width; i++)
        octets[big ? width - 1 - i : i] = (uint8_t)(value >> (8 * i));
    put(blob, octets, width);
}

static void put_u16(struct blob *blob, uint32_t value, bool big)
{
    put_number(blob, value, 2, big);
}

static void put_u32(struct blob *blob, uint32_t value, bool big)
{
    put_number(blob, value, 4, big);
}

static void blob_free(struct blob *blob)
{
    free(blob->at);
    *blob = (struct blob){0};
}

static void pcap_head(struct blob *blob, uint32_t magic, bool big, uint32_t link_type)
{
    put_u32(blob, magic, big);
    put_u16(blob, 2, big);
    put_u16(blob, 4, big);
    put_u32(blob, 0, big);
    put_u32(blob, 0, big);
    put_u32(blob, 65535, big);
    put_u32(blob, link_type, big);
}

static void pcap_packet(struct blob *blob, bool big, uint32_t seconds, uint32_t fraction,
                        uint32_t captured, uint32_t length)
{
    put_u32(blob, seconds, big);
    put_u32(blob, fraction, big);
    put_u32(blob, captured, big);
    put_u32(blob, length, big);
    for (uint32_t i = 0; i < captured; i++)
        put(blob, &(uint8_t){(uint8_t)i}, 1);
}

/* A microsecond capture of n packets, the i-th of 40 + i octets at i microseconds. */
static struct blob plain_pcap(uint32_t n)
{
    struct blob blob = {0};
    pcap_head(&blob, MAGIC_MICRO, false, DLT_EN10MB);
    for (uint32_t i = 0; i < n; i++)
        pcap_packet(&blob, false, SECONDS, i, 40 + i, 1500);
    return blob;
}

static void ng_block(struct blob *blob, bool big, uint32_t type, const struct blob *body)
{
    uint32_t padding = (uint32_t)(-body->len & 3);
    uint32_t total = (uint32_t)body->len + padding + 12;
    put_u32(blob, type, big);
    put_u32(blob, total, big);
    put(blob, body->at, body->len);
    put(blob, "\0\0\0", padding);
    put_u32(blob, total, big);
}

static void ng_section(struct blob *blob, bool big, size_t comment)
{
    struct blob body = {0};
    put_u32(&body, 0x1a2b3c4d, big);
    put_u16(&body, 1, big);
    put_u16(&body, 0, big);
    put_number(&body, UINT64_MAX, 8, big);
    if (comment > 0) {
        put_u16(&body, 1, big);
        put_u16(&body, (uint32_t)comment, big);
        for (size_t i = 0; i < comment; i++)
            put(&body, "c", 1);
    }
    ng_block(blob, big, 0x0a0d0d0a, &body);
    blob_free(&body);
}

/* tsresol under 0: no such option. */
static void ng_interface(struct blob *blob, bool big, uint32_t link_type, uint32_t snaplen,
                         int tsresol)
{
    struct blob body = {0};
    put_u16(&body, link_type, big);
    put_u16(&body, 0, big);
    put_u32(&body, snaplen, big);
    put_u16(&body, 2, big);
    put_u16(&body, 3, big);
    put(&body, "eth0", 4);
    if (tsresol >= 0) {
        put_u16(&body, 9, big);
        put_u16(&body, 1, big);
        put(&body, (uint8_t[]){(uint8_t)tsresol, 0, 0, 0}, 4);
    }
    put_u32(&body, 0, big);
    ng_block(blob, big, 1, &body);
    blob_free(&body);
}

static void ng_packet(struct blob *blob, bool big, uint32_t interface, uint64_t time, uint32_t len)
{
    struct blob body = {0};
    put_u32(&body, interface, big);
    put_u32(&body, (uint32_t)(time >> 32), big);
    put_u32(&body, (uint32_t)time, big);
    put_u32(&body, len, big);
    put_u32(&body, len, big);
    for (uint32_t i = 0; i < len; i++)
        put(&body, "x", 1);
    ng_block(blob, big, 6, &body);
    blob_free(&body);
}

static struct blob gzip(const struct blob *plain)
{
    struct blob packed = {0};
    uLong bound = compressBound(plain->len) + 32;
    packed.at = malloc(bound);
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = plain->at;
    z.avail_in = (uInt)plain->len;
    z.next_out = packed.at;
    z.avail_out = (uInt)bound;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    packed.len = z.total_out;
    deflateEnd(&z);
    return packed;
}

static struct blob zstd(const struct blob *plain)
{
    struct blob packed = {0};
    size_t bound = ZSTD_compressBound(plain->len);
    packed.at = malloc(bound);
    packed.len = ZSTD_compress(packed.at, bound, plain->at, plain->len, 3);
    assert_false(ZSTD_isError(packed.len));
    return packed;
}

/* Where the tests put their files: one folder per program run. */
struct place {
    char folder[64];
    char path[4][96];
};

static int make_place(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    snprintf(place->folder, sizeof place->folder, "/tmp/heloscope-capture-XXXXXX");
    if (mkdtemp(place->folder) == NULL)
        return -1;
    for (size_t i = 0; i < 4; i++)
        snprintf(place->path[i], sizeof place->path[i], "%s/%zu.cap", place->folder, i);
    *state = place;
    return 0;
}

static int remove_place(void **state)
{
    struct place *place = *state;
    for (size_t i = 0; i < 4; i++)
        unlink(place->path[i]);
    int result = rmdir(place->folder);
    free(place);
    return result;
}

static void store(const char *path, const struct blob *blob)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(blob->at, 1, blob->len, file), blob->len);
    assert_int_equal(fclose(file), 0);
}

#define SEEN_MOST 64

/* What a run delivered. */
struct seen {
    uint64_t count;
    struct helo_packet packets[SEEN_MOST];
    uint64_t octets; /* a sum over the bytes, so that each is touched */
    uint64_t stop_at;
    enum helo_status status;
    struct helo_error error;
    struct helo_capture_progress progress;
    bool nanoseconds;
};

static bool on_packet(void *context, const struct helo_packet *packet)
{
    struct seen *seen = context;
    if (seen->count < SEEN_MOST)
        seen->packets[seen->count] = *packet;
    for (uint32_t i = 0; i < packet->captured; i++)
        seen->octets += packet->data[i];
    seen->count++;
    return seen->count != seen->stop_at;
}

static struct seen read_files(const char *const *paths, size_t count, const char *filter)
{
    struct seen seen = {0};
    struct helo_capture *capture;
    seen.status = helo_capture_open_files(paths, count, filter, &capture, &seen.error);
    if (seen.status != HELO_OK) {
        assert_null(capture);
        return seen;
    }
    seen.nanoseconds = helo_capture_nanoseconds(capture);
    seen.status = helo_capture_run(capture, on_packet, &seen, &seen.error);
    helo_capture_progress(capture, &seen.progress);
    helo_capture_close(capture);
    return seen;
}

static struct seen read_blob(const struct place *place, const struct blob *blob)
{
    store(place->path[0], blob);
    return read_files(&(const char *){place->path[0]}, 1, NULL);
}

static void assert_says(const struct seen *seen, const char *text)
{
    assert_int_equal(seen->status, HELO_ERROR_INPUT);
    if (strstr(seen->error.message, text) == NULL)
        fail_msg("'%s' does not say '%s'", seen->error.message, text);
}

static void assert_plain(const struct seen *seen, uint32_t n)
{
    if (seen->status != HELO_OK)
        fail_msg("%s", seen->error.message);
    assert_int_equal(seen->count, n);
    for (uint32_t i = 0; i < n; i++) {
        const struct helo_packet *packet = &seen->packets[i];
        assert_int_equal(packet->number, i + 1);
        assert_int_equal(packet->captured, 40 + i);
        assert_int_equal(packet->length, 1500);
        assert_int_equal(packet->link_type, DLT_EN10MB);
        assert_int_equal(packet->time, SECONDS * HELO_SECOND + i * HELO_MICROSECOND);
    }
}

static void pcap_times_are_exact_in_both_precisions_and_byte_orders(void **state)
{
    static const struct {
        uint32_t magic;
        bool big;
        uint32_t seconds;
        uint32_t fraction;
        helo_time time;
        bool nanoseconds;
    } cases[] = {
        {MAGIC_MICRO, false, 1, 999999, INT64_C(1999999000), false},
        {MAGIC_MICRO, true, 1, 999999, INT64_C(1999999000), false},
        {MAGIC_NANO, false, 1, 999999999, INT64_C(1999999999), true},
        {MAGIC_NANO, true, 1, 1, INT64_C(1000000001), true},
        /* past January 2038 */
        {MAGIC_MICRO, false, 0x80000000u, 5, INT64_C(2147483648000005000), false},
        {MAGIC_MICRO, false, 0xffffffffu, 0, INT64_C(4294967295000000000), false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct blob blob = {0};
        pcap_head(&blob, cases[i].magic, cases[i].big, DLT_RAW);
        pcap_packet(&blob, cases[i].big, cases[i].seconds, cases[i].fraction, 20, 60);
        struct seen seen = read_blob(*state, &blob);
        blob_free(&blob);
        assert_int_equal(seen.status, HELO_OK);
        assert_int_equal(seen.count, 1);
        assert_int_equal(seen.packets[0].time, cases[i].time);
        assert_int_equal(seen.packets[0].captured, 20);
        assert_int_equal(seen.packets[0].length, 60);
        assert_int_equal(seen.nanoseconds, cases[i].nanoseconds);
    }
}

static void pcapng_resolution_decides_time_and_nanoseconds(void **state)
{
    static const struct {
        bool big;
        int tsresol;
        uint64_t stamp;
        helo_time time;
        bool nanoseconds;
        size_t comment;
    } cases[] = {
        {false, -1, 1999999, INT64_C(1999999000), false, 0},
        {true, -1, 1999999, INT64_C(1999999000), false, 0},
        {false, 6, 1999999, INT64_C(1999999000), false, 0},
        {false, 9, 1999999999, INT64_C(1999999999), true, 0},
        {true, 9, 1999999999, INT64_C(1999999999), true, 0},
        {true, 3, 1500, INT64_C(1500000000), false, 0},
        {false, 0x80 | 10, 1536, INT64_C(1500000000), false, 0},
        {false, 0x80 | 19, 3 << 18, INT64_C(1500000000), false, 0},
        {false, 0x80 | 20, 3 << 19, INT64_C(1500000000), true, 0},
        {false, 9, 1999999999, INT64_C(1999999999), true, 40000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct blob blob = {0};
        ng_section(&blob, cases[i].big, cases[i].comment);
        ng_interface(&blob, cases[i].big, DLT_EN10MB, 65535, cases[i].tsresol);
        ng_packet(&blob, cases[i].big, 0, cases[i].stamp, 61);
        struct seen seen = read_blob(*state, &blob);
        blob_free(&blob);
        assert_int_equal(seen.status, HELO_OK);
        assert_int_equal(seen.count, 1);
        assert_int_equal(seen.packets[0].time, cases[i].time);
        assert_int_equal(seen.packets[0].captured, 61);
        assert_int_equal(seen.nanoseconds, cases[i].nanoseconds);
    }
}

static void a_fine_clock_of_a_later_interface_counts(void **state)
{
    struct blob blob = {0};
    ng_section(&blob, false, 0);
    ng_interface(&blob, false, DLT_EN10MB, 65535, 6);
    ng_interface(&blob, false, DLT_EN10MB, 65535, 9);
    ng_packet(&blob, false, 0, 1000001, 60);
    ng_packet(&blob, false, 1, 1000001001, 60);
    struct seen seen = read_blob(*state, &blob);
    blob_free(&blob);
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.packets[0].time, INT64_C(1000001000));
    assert_int_equal(seen.packets[1].time, INT64_C(1000001001));
    assert_true(seen.nanoseconds);
}

static void absurd_times_stay_times(void **state)
{
    static const struct {
        int tsresol;
        uint64_t stamp;
    } cases[] = {{0, UINT64_MAX}, {0, INT64_MAX}, {6, UINT64_MAX}, {9, UINT64_MAX}, {0, 1u << 31}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct blob blob = {0};
        ng_section(&blob, false, 0);
        ng_interface(&blob, false, DLT_EN10MB, 65535, cases[i].tsresol);
        ng_packet(&blob, false, 0, cases[i].stamp, 60);
        struct seen seen = read_blob(*state, &blob);
        blob_free(&blob);
        assert_int_equal(seen.count, 1);
        assert_true(seen.packets[0].time >= 0);
    }
}

static void packed_captures_read_like_plain_ones(void **state)
{
    const struct place *place = *state;
    struct blob plain = plain_pcap(20);
    struct blob first = {0};
    struct blob second = {0};
    put(&first, plain.at, 100);
    put(&second, plain.at + 100, plain.len - 100);
    struct blob gz = gzip(&plain);
    struct blob zst = zstd(&plain);
    struct blob gz_parts = gzip(&first);
    struct blob gz_rest = gzip(&second);
    put(&gz_parts, gz_rest.at, gz_rest.len);
    struct blob gz_padded = {0};
    put(&gz_padded, gz.at, gz.len);
    put(&gz_padded, (uint8_t[512]){0}, 512);
    struct blob zst_parts = zstd(&first);
    struct blob zst_rest = zstd(&second);
    put(&zst_parts, zst_rest.at, zst_rest.len);
    struct blob zst_skip = {0};
    put(&zst_skip, "\x5a\x2a\x4d\x18\x03\0\0\0abc", 11);
    put(&zst_skip, zst.at, zst.len);

    struct blob *all[] = {&plain,    &gz,    &zst,    &gz_parts, &gz_padded, &zst_parts,
                          &zst_skip, &first, &second, &gz_rest,  &zst_rest};
    for (size_t i = 0; i < 7; i++) {
        struct seen seen = read_blob(place, all[i]);
        assert_plain(&seen, 20);
        assert_int_equal(seen.progress.read_bytes, all[i]->len);
        assert_int_equal(seen.progress.total_bytes, all[i]->len);
        assert_int_equal(seen.progress.packets, 20);
    }
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        blob_free(all[i]);
}

/* Runs "-" with these octets in a pipe that is then closed. */
static struct seen read_through_pipe(const struct blob *blob)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], blob->at, blob->len), blob->len);
    close(ends[1]);
    int saved = dup(STDIN_FILENO);
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
    struct seen seen = read_files(&(const char *){"-"}, 1, NULL);
    dup2(saved, STDIN_FILENO);
    close(saved);
    return seen;
}

static void a_pipe_on_stdin_reads_like_a_file(void **state)
{
    (void)state;
    struct blob plain = plain_pcap(20);
    struct blob gz = gzip(&plain);
    struct blob zst = zstd(&plain);
    struct blob *all[] = {&plain, &gz, &zst};
    for (size_t i = 0; i < 3; i++) {
        struct seen seen = read_through_pipe(all[i]);
        assert_plain(&seen, 20);
        assert_int_equal(seen.progress.read_bytes, all[i]->len);
        assert_int_equal(seen.progress.total_bytes, 0);
    }
    struct blob nothing = {0};
    struct seen seen = read_through_pipe(&nothing);
    assert_says(&seen, "stdin: is empty");
    for (size_t i = 0; i < 3; i++)
        blob_free(all[i]);
}

static void files_are_one_capture_with_running_numbers(void **state)
{
    const struct place *place = *state;
    struct blob one = plain_pcap(3);
    struct blob two = {0};
    pcap_head(&two, MAGIC_NANO, false, DLT_NULL);
    pcap_packet(&two, false, SECONDS, 7, 30, 30);
    struct blob two_gz = gzip(&two);
    store(place->path[0], &one);
    store(place->path[1], &two_gz);
    const char *paths[] = {place->path[0], place->path[1], place->path[0]};
    struct seen seen = read_files(paths, 3, NULL);
    assert_int_equal(seen.status, HELO_OK);
    assert_int_equal(seen.count, 7);
    for (uint64_t i = 0; i < 7; i++)
        assert_int_equal(seen.packets[i].number, i + 1);
    assert_int_equal(seen.packets[3].link_type, DLT_NULL);
    assert_int_equal(seen.packets[3].time, SECONDS * HELO_SECOND + 7);
    assert_int_equal(seen.packets[4].link_type, DLT_EN10MB);
    assert_false(seen.nanoseconds);
    assert_int_equal(seen.progress.total_bytes, 2 * one.len + two_gz.len);
    assert_int_equal(seen.progress.read_bytes, 2 * one.len + two_gz.len);
    blob_free(&one);
    blob_free(&two);
    blob_free(&two_gz);
}

static void files_behind_a_bad_one_are_read_and_the_first_error_is_told(void **state)
{
    const struct place *place = *state;
    struct blob good = plain_pcap(3);
    struct blob cut = plain_pcap(3);
    cut.len -= 5;
    store(place->path[0], &cut);
    store(place->path[1], &good);
    char missing[128];
    snprintf(missing, sizeof missing, "%s/missing", place->folder);
    const char *paths[] = {place->path[0], place->path[1], missing, place->path[1]};
    struct seen seen = read_files(paths, 4, NULL);
    assert_says(&seen, "0.cap: packet 3: truncated");
    assert_int_equal(seen.count, 2 + 3 + 3);
    assert_int_equal(seen.packets[7].number, 8);

    const char *later[] = {place->path[1], missing, place->path[0]};
    seen = read_files(later, 3, NULL);
    assert_says(&seen, "missing: can't be opened: No such file");
    assert_int_equal(seen.count, 3 + 2);
    assert_int_equal(seen.progress.total_bytes, 0);
    blob_free(&good);
    blob_free(&cut);
}

static void a_filter_passes_matching_packets_with_their_own_numbers(void **state)
{
    const struct place *place = *state;
    struct blob cut = plain_pcap(6);
    cut.len -= 1;
    store(place->path[0], &cut);
    struct seen seen = read_files(&(const char *){place->path[0]}, 1, "ether[0] = 0 and len >= 0");
    assert_int_equal(seen.count, 5);
    assert_says(&seen, "packet 6:");
    /* The filter sees a length of 1500; only the numbers tell that packets were passed over. */
    seen = read_files(&(const char *){place->path[0]}, 1, "len < 1500");
    assert_int_equal(seen.count, 0);
    assert_int_equal(seen.progress.packets, 5);
    assert_says(&seen, "packet 6:");
    blob_free(&cut);
}

static void a_filter_is_compiled_for_each_files_link_type(void **state)
{
    const struct place *place = *state;
    for (size_t i = 0; i < 2; i++) {
        struct blob blob = {0};
        bool raw = i == 1;
        pcap_head(&blob, MAGIC_MICRO, false, raw ? DLT_RAW : DLT_EN10MB);
        static const uint8_t frame[] = "\0\0\0\0\0\0\0\0\0\0\0\0\x08\0"
                                       "\x45\0\0\x28\0\0\0\0\x40\x06\0\0\x0a\0\0\1\x0a\0\0\2"
                                       "\x04\0\0\x19\0\0\0\0\0\0\0\0\x50\x02\0\0\0\0\0\0";
        uint32_t len = raw ? 40 : 54;
        put_u32(&blob, SECONDS, false);
        put_u32(&blob, 0, false);
        put_u32(&blob, len, false);
        put_u32(&blob, len, false);
        put(&blob, frame + (raw ? 14 : 0), len);
        pcap_packet(&blob, false, SECONDS, 1, 60, 60);
        store(place->path[i], &blob);
        blob_free(&blob);
    }
    const char *paths[] = {place->path[0], place->path[1]};
    struct seen seen = read_files(paths, 2, "tcp port 25");
    assert_int_equal(seen.status, HELO_OK);
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.packets[0].number, 1);
    assert_int_equal(seen.packets[1].number, 3);
}

static void a_filter_that_does_not_compile_is_told_with_libpcaps_reason(void **state)
{
    const struct place *place = *state;
    struct blob blob = plain_pcap(1);
    store(place->path[0], &blob);
    struct seen seen = read_files(&(const char *){place->path[0]}, 1, "port 25 and");
    assert_says(&seen, "'port 25 and' does not compile");
    assert_says(&seen, "syntax error");
    seen = read_files(&(const char *){place->path[0]}, 1, "");
    assert_int_equal(seen.status, HELO_OK);
    blob_free(&blob);
}

/* Every possible cut: whole packets are delivered, and only a cut between packets is no error. */
static void a_cut_anywhere_delivers_what_is_whole_and_says_so(void **state)
{
    struct blob blob = plain_pcap(5);
    size_t whole = 0; /* packets wholly before the cut */
    size_t next = 24; /* where the next packet begins */
    for (size_t len = 0; len <= blob.len; len++) {
        if (len == next + 16 + 40 + whole) {
            next = len;
            whole++;
        }
        struct seen seen = read_blob(*state, &(struct blob){blob.at, len});
        assert_int_equal(seen.count, whole);
        if (len == next && len >= 24) {
            assert_int_equal(seen.status, HELO_OK);
            continue;
        }
        char expected[64];
        snprintf(expected, sizeof expected, "packet %zu: truncated", whole + 1);
        assert_says(&seen, len == 0 ? "is empty" : len < 24 ? "too short for a capture" : expected);
    }
    blob_free(&blob);
}

static void a_cut_in_packed_data_is_told_and_delivers_what_is_whole(void **state)
{
    struct blob plain = plain_pcap(20);
    struct blob packed[] = {gzip(&plain), zstd(&plain)};
    for (size_t kind = 0; kind < 2; kind++) {
        uint64_t most = 0;
        for (size_t len = 4; len < packed[kind].len; len++) {
            struct seen seen = read_blob(*state, &(struct blob){packed[kind].at, len});
            assert_says(&seen, kind == 0 ? "truncated: the gzip data" : "truncated: the zstd data");
            assert_true(seen.count <= 20);
            most = seen.count > most ? seen.count : most;
        }
        assert_true(kind == 1 || most == 20); /* but the checksum everything was there */
        blob_free(&packed[kind]);
    }
    blob_free(&plain);
}

static void damaged_packed_data_are_told(void **state)
{
    struct blob plain = plain_pcap(40);
    struct blob gz = gzip(&plain);
    struct blob zst = zstd(&plain);
    gz.at[gz.len - 8] ^= 1;
    struct seen seen = read_blob(*state, &gz);
    assert_says(&seen, "packet 41: the gzip data are damaged (incorrect data check)");
    assert_int_equal(seen.count, 40);
    gz.at[gz.len - 8] ^= 1;
    put(&gz, "rubbish", 7);
    seen = read_blob(*state, &gz);
    assert_says(&seen, "packet 41: the gzip data are damaged (other data behind its end)");
    assert_int_equal(seen.count, 40);
    put(&zst, "rubbish", 7);
    seen = read_blob(*state, &zst);
    assert_says(&seen, "the zstd data are damaged (Unknown frame descriptor)");
    assert_int_equal(seen.count, 40);
    blob_free(&plain);
    blob_free(&gz);
    blob_free(&zst);
}

static void damage_is_told_with_what_helps(void **state)
{
    struct blob absurd = plain_pcap(2);
    put_u32(&absurd, SECONDS, false);
    put_u32(&absurd, 0, false);
    put_u32(&absurd, 0xfffffff0, false);
    put_u32(&absurd, 0xfffffff0, false);
    struct seen seen = read_blob(*state, &absurd);
    assert_says(&seen, "packet 3: damaged, its length is absurd");
    assert_says(&seen, "pcapfix");
    assert_int_equal(seen.count, 2);
    blob_free(&absurd);

    static const struct {
        uint32_t type;
        uint32_t snaplen;
        int tsresol;
        const char *says;
    } second[] = {
        {DLT_EN10MB, 128, 6,
         "different snap lengths, which libpcap does not read; `editcap -F pcap "},
        {DLT_EN10MB, 128, 9, "`editcap -F nsecpcap IN OUT.pcap`"},
        {101, 65535, 6, "different link types"},
        {101, 65535, 6, "`editcap -F pcap -T ether ONE.pcapng OUT.pcap`"},
        {101, 65535, 9, "`editcap -F nsecpcap -T ether ONE.pcapng OUT.pcap`"},
    };
    for (size_t i = 0; i < sizeof second / sizeof second[0]; i++) {
        struct blob blob = {0};
        ng_section(&blob, false, 0);
        ng_interface(&blob, false, DLT_EN10MB, 65535, second[i].tsresol);
        ng_packet(&blob, false, 0, 1, 60);
        ng_interface(&blob, false, second[i].type, second[i].snaplen, second[i].tsresol);
        ng_packet(&blob, false, 1, 1, 60);
        seen = read_blob(*state, &blob);
        assert_says(&seen, "packet 2: its interfaces");
        assert_says(&seen, second[i].says);
        assert_int_equal(seen.count, 1);
        blob_free(&blob);
    }

    struct blob orphan = {0};
    ng_section(&orphan, false, 0);
    ng_interface(&orphan, false, DLT_EN10MB, 65535, 6);
    ng_packet(&orphan, false, 7, 1, 60);
    seen = read_blob(*state, &orphan);
    assert_says(&seen, "packet 1: damaged (a packet arrived on interface 7");
    blob_free(&orphan);
}

static void what_is_no_capture_is_named(void **state)
{
    static const struct {
        const char *head;
        size_t len;
        const char *says;
    } cases[] = {
        {"\xfd\x37zXZ\0\0\4", 8, "an xz file; `xz -dc IN | heloscope -r -`"},
        {"BZh91AY", 7, "a bzip2 file"},
        {"\x04\x22\x4d\x18 lz4", 8, "an lz4 file"},
        {"PK\3\4 zip", 8, "a zip archive"},
        {"snoop\0\0\0", 8, "a snoop capture; `editcap"},
        {"GMBU", 4, "a Network Monitor capture"},
        {"\x7f\x45LF\2", 5, "a program"},
        {"{\"event\":1}\n", 12, "JSON"},
        {"No. Time Source\r\n", 17, "text; `tcpdump -w"},
        {"\0\1\2\3\4\5\6\7", 8, "neither pcap nor pcapng"},
        {"te\0xt", 5, "neither pcap nor pcapng"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct blob blob = {0};
        put(&blob, cases[i].head, cases[i].len);
        struct seen seen = read_blob(*state, &blob);
        assert_says(&seen, "0.cap: is not a capture, it looks like ");
        assert_says(&seen, cases[i].says);
        struct blob twice = gzip(&blob);
        struct blob thrice = gzip(&twice);
        seen = read_blob(*state, &twice);
        assert_says(&seen, cases[i].says);
        seen = read_blob(*state, &thrice);
        assert_says(&seen, "gzip data packed twice");
        blob_free(&blob);
        blob_free(&twice);
        blob_free(&thrice);
    }
}

static void what_cannot_be_opened_is_told_on_one_line(void **state)
{
    const struct place *place = *state;
    struct seen seen = read_files(&(const char *){place->folder}, 1, NULL);
    assert_says(&seen, "is a directory");
    char path[700];
    snprintf(path, sizeof path, "%s/%s", place->folder, "no\nsuch\x1b[31mfile");
    seen = read_files(&(const char *){path}, 1, NULL);
    assert_says(&seen, "no?such?[31mfile: can't be opened: No such file");
    memset(path, 'x', sizeof path);
    path[sizeof path - 1] = '\0';
    seen = read_files(&(const char *){path}, 1, NULL);
    assert_says(&seen, "x: can't be opened: File name too long");
    assert_int_equal(strncmp(seen.error.message, "...xxx", 6), 0);
}

static void a_callback_can_stop_the_run(void **state)
{
    const struct place *place = *state;
    struct blob blob = plain_pcap(10);
    store(place->path[0], &blob);
    const char *paths[] = {place->path[0], place->path[0]};
    for (uint64_t stop_at = 1; stop_at <= 20; stop_at++) {
        struct seen seen = {.stop_at = stop_at};
        struct helo_capture *capture;
        assert_int_equal(helo_capture_open_files(paths, 2, NULL, &capture, &seen.error), HELO_OK);
        assert_int_equal(helo_capture_run(capture, on_packet, &seen, &seen.error), HELO_OK);
        assert_int_equal(seen.count, stop_at);
        helo_capture_close(capture);
    }
    blob_free(&blob);
}

/* A signal handler has no context; this is the one it needs. */
static struct helo_capture *volatile alarmed;

static void on_alarm(int number)
{
    (void)number;
    helo_capture_stop(alarmed);
}

static void a_signal_stops_a_run_that_waits_for_a_pipe(void **state)
{
    (void)state;
    struct blob blob = plain_pcap(3);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], blob.at, blob.len), blob.len);
    int saved = dup(STDIN_FILENO);
    dup2(ends[0], STDIN_FILENO);

    struct seen seen = {0};
    struct helo_capture *capture;
    assert_int_equal(helo_capture_open_files(&(const char *){"-"}, 1, NULL, &capture, &seen.error),
                     HELO_OK);
    alarmed = capture;
    signal(SIGALRM, on_alarm);
    setitimer(ITIMER_REAL, &(struct itimerval){.it_value = {.tv_usec = 50000}}, NULL);
    assert_int_equal(helo_capture_run(capture, on_packet, &seen, &seen.error), HELO_OK);
    assert_int_equal(seen.count, 3);
    assert_string_equal(seen.error.message, "");
    helo_capture_close(capture);

    signal(SIGALRM, SIG_DFL);
    dup2(saved, STDIN_FILENO);
    close(saved);
    close(ends[0]);
    close(ends[1]);
    blob_free(&blob);
}

/* Changed octets anywhere: no crash, an error exactly when there is a message, on one line. */
static void changed_octets_never_do_harm(void **state)
{
    struct blob plain = plain_pcap(4);
    struct blob ng = {0};
    ng_section(&ng, false, 12);
    ng_interface(&ng, false, DLT_EN10MB, 65535, 9);
    ng_packet(&ng, false, 0, 1000000001, 61);
    ng_packet(&ng, false, 0, 1000000002, 64);
    struct blob kinds[] = {plain, ng, gzip(&ng), zstd(&ng)};
    static const uint8_t values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    for (size_t kind = 0; kind < 4; kind++) {
        struct blob *blob = &kinds[kind];
        for (size_t at = 0; at < blob->len; at++) {
            uint8_t before = blob->at[at];
            for (size_t v = 0; v < sizeof values; v++) {
                blob->at[at] = values[v];
                struct seen seen = read_blob(*state, blob);
                assert_int_equal(seen.status != HELO_OK, seen.error.message[0] != '\0');
                for (const char *c = seen.error.message; *c != '\0'; c++)
                    assert_true((unsigned char)*c >= 0x20);
            }
            blob->at[at] = before;
        }
        blob_free(blob);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pcap_times_are_exact_in_both_precisions_and_byte_orders),
        cmocka_unit_test(pcapng_resolution_decides_time_and_nanoseconds),
        cmocka_unit_test(a_fine_clock_of_a_later_interface_counts),
        cmocka_unit_test(absurd_times_stay_times),
        cmocka_unit_test(packed_captures_read_like_plain_ones),
        cmocka_unit_test(a_pipe_on_stdin_reads_like_a_file),
        cmocka_unit_test(files_are_one_capture_with_running_numbers),
        cmocka_unit_test(files_behind_a_bad_one_are_read_and_the_first_error_is_told),
        cmocka_unit_test(a_filter_passes_matching_packets_with_their_own_numbers),
        cmocka_unit_test(a_filter_is_compiled_for_each_files_link_type),
        cmocka_unit_test(a_filter_that_does_not_compile_is_told_with_libpcaps_reason),
        cmocka_unit_test(a_cut_anywhere_delivers_what_is_whole_and_says_so),
        cmocka_unit_test(a_cut_in_packed_data_is_told_and_delivers_what_is_whole),
        cmocka_unit_test(damaged_packed_data_are_told),
        cmocka_unit_test(damage_is_told_with_what_helps),
        cmocka_unit_test(what_is_no_capture_is_named),
        cmocka_unit_test(what_cannot_be_opened_is_told_on_one_line),
        cmocka_unit_test(a_callback_can_stop_the_run),
        cmocka_unit_test(a_signal_stops_a_run_that_waits_for_a_pipe),
        cmocka_unit_test(changed_octets_never_do_harm),
    };
    return cmocka_run_group_tests(tests, make_place, remove_place);
}
