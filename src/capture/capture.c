/* Captures: the files of a run, one after the other, as one stream of packets. */
#include "heloscope/capture.h"

#include "capture/blocks.h"
#include "capture/damage.h"
#include "capture/fault.h"
#include "capture/filter.h"
#include "capture/sniff.h"
#include "capture/source.h"

#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct helo_capture {
    pcap_t *pcap;          /* of the file at hand; NULL: none is open */
    struct blocks *blocks; /* what reads it; NULL: libpcap */
    volatile sig_atomic_t stop;
    bool filtered;
    struct bpf_program program;
    int link_type;
    uint64_t packets;      /* over all files, whatever the filter says */
    uint64_t file_packets; /* the same of the file at hand */
    helo_packet_fn on_packet;
    void *context;
    helo_ahead_fn on_ahead; /* NULL: nobody looks ahead */
    void *ahead_context;
    void (*on_error)(void *context, const struct helo_error *error); /* NULL: nobody listens */
    void *error_context;
    struct source_opener opener;

    const char *const *paths;
    size_t count;
    size_t at; /* the file at hand; count: all are read */
    const char *filter;
    struct source *source;
    bool nanoseconds;
    uint64_t done_bytes; /* of the files before the one at hand */
    uint64_t total_bytes;
};

static uint64_t read_bytes(const struct helo_capture *capture)
{
    if (capture->blocks != NULL)
        return blocks_read_bytes(capture->blocks);
    return capture->source != NULL ? source_read_bytes(capture->source) : 0;
}

static void close_file(struct helo_capture *capture)
{
    if (capture->filtered)
        pcap_freecode(&capture->program);
    capture->filtered = false;
    capture->done_bytes += read_bytes(capture);
    blocks_free(capture->blocks);
    capture->blocks = NULL;
    if (capture->pcap != NULL)
        pcap_close(capture->pcap);
    capture->pcap = NULL;
    source_close(capture->source);
    capture->source = NULL;
}

static enum helo_status compile_filter(struct helo_capture *capture, const char *path,
                                       struct helo_error *error)
{
    if (capture->filter == NULL || capture->filter[0] == '\0')
        return HELO_OK;
    enum helo_status status =
        filter_compile(capture->pcap, path, capture->filter, &capture->program, error);
    capture->filtered = status == HELO_OK;
    return status;
}

/* Gives the source to libpcap. */
static enum helo_status begin_pcap(struct helo_capture *capture, const char *path,
                                   struct helo_error *error)
{
    FILE *file = source_file(capture->source);
    if (file == NULL) {
        fault_set(error, path, "out of memory");
        return HELO_ERROR_MEMORY;
    }
    char reason[PCAP_ERRBUF_SIZE] = "";
    capture->pcap =
        pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, reason);
    if (capture->pcap == NULL) {
        fclose(file);
        return damage_at_open(path, capture->source, reason, error);
    }
    capture->link_type = pcap_datalink(capture->pcap);
    const uint8_t *head;
    if (source_is_stored(capture->source) &&
        source_peek(capture->source, BLOCKS_HEAD, &head) >= BLOCKS_HEAD)
        capture->blocks = blocks_new(capture->pcap, head);
    return compile_filter(capture, path, error);
}

static enum helo_status open_next(struct helo_capture *capture, struct helo_error *error)
{
    const char *path = capture->paths[capture->at];
    capture->file_packets = 0;
    enum helo_status status =
        source_open(path, &capture->stop, &capture->opener, &capture->source, error);
    if (status == HELO_OK) {
        capture->nanoseconds = sniff_nanoseconds(capture->source);
        status = begin_pcap(capture, path, error);
    }
    if (status != HELO_OK)
        close_file(capture);
    return status;
}

/* The octets of all files as they are stored; 0 if one is a pipe or can't be told. */
static uint64_t stored_bytes(const char *const *paths, size_t count)
{
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++) {
        struct stat about;
        int result =
            strcmp(paths[i], "-") == 0 ? fstat(STDIN_FILENO, &about) : stat(paths[i], &about);
        if (result != 0 || !S_ISREG(about.st_mode))
            return 0;
        total += (uint64_t)about.st_size;
    }
    return total;
}

enum helo_status helo_capture_open_files(const char *const *paths, size_t count, const char *filter,
                                         struct helo_capture **capture, struct helo_error *error)
{
    *capture = NULL;
    error->message[0] = '\0';
    struct helo_capture *made = calloc(1, sizeof *made);
    if (made == NULL) {
        snprintf(error->message, sizeof error->message, "out of memory");
        return HELO_ERROR_MEMORY;
    }
    made->paths = paths;
    made->count = count;
    made->filter = filter;
    made->opener = (struct source_opener){source_open_plainly, NULL};
    made->total_bytes = stored_bytes(paths, count);
    enum helo_status status = count > 0 ? open_next(made, error) : HELO_OK;
    if (status != HELO_OK) {
        helo_capture_close(made);
        return status;
    }
    *capture = made;
    return HELO_OK;
}

void helo_capture_open_with(struct helo_capture *capture, helo_open_fn open_file, void *context)
{
    capture->opener = (struct source_opener){open_file, context};
}

/* Nanoseconds from what libpcap gives, whatever a hostile file says. */
static helo_time packet_time(const struct timeval *stamp)
{
    int64_t seconds = stamp->tv_sec;
    /* libpcap reads the unsigned seconds of a pcap file as signed: 2038 and after. */
    if (seconds < 0 && seconds >= INT32_MIN)
        seconds += INT64_C(1) << 32;
    int64_t limit = INT64_MAX / HELO_SECOND - HELO_SECOND;
    if (seconds < 0)
        seconds = 0;
    if (seconds > limit)
        seconds = limit;
    return seconds * HELO_SECOND + stamp->tv_usec;
}

static struct helo_packet describe(const struct helo_capture *capture,
                                   const struct pcap_pkthdr *header, const u_char *data)
{
    return (struct helo_packet){
        .time = packet_time(&header->ts),
        .data = data,
        .captured = header->caplen,
        .length = header->len,
        .link_type = capture->link_type,
        .number = capture->packets,
    };
}

/* Counts a packet and hands it over; false: to stop. The filter is run here and not by libpcap, so
 * that packets are counted as they stand in the file; and a stop is acted upon here, so that the
 * signal handler needs nothing but a flag. */
static bool take_packet(struct helo_capture *capture, const struct pcap_pkthdr *header,
                        const u_char *data)
{
    if (capture->stop)
        return false;
    capture->packets++;
    capture->file_packets++;
    if (capture->filtered && pcap_offline_filter(&capture->program, header, data) == 0)
        return true;
    struct helo_packet packet = describe(capture, header, data);
    if (!capture->on_packet(capture->context, &packet))
        capture->stop = 1;
    return capture->stop == 0;
}

/* pcap_loop's callback. */
static void on_pcap_packet(u_char *user, const struct pcap_pkthdr *header, const u_char *data)
{
    struct helo_capture *capture = (struct helo_capture *)(void *)user;
    if (!take_packet(capture, header, data))
        pcap_breakloop(capture->pcap);
}

/* Announces packets whose turn comes soon. */
static void look_ahead(struct helo_capture *capture)
{
    struct pcap_pkthdr header;
    const uint8_t *data;
    while (capture->on_ahead != NULL && blocks_ahead(capture->blocks, &header, &data)) {
        struct helo_packet packet = describe(capture, &header, data);
        capture->on_ahead(capture->ahead_context, &packet);
    }
}

/* Reads as much of the open file as needs no libpcap. */
static void run_blocks(struct helo_capture *capture)
{
    struct pcap_pkthdr header;
    const uint8_t *data;
    enum blocks_result result;
    do {
        look_ahead(capture);
        result = blocks_next(capture->blocks, &header, &data);
    } while (result == BLOCKS_PACKET && take_packet(capture, &header, data));
    if (result == BLOCKS_PACKET)
        return; /* stopped */
    blocks_free(capture->blocks);
    capture->blocks = NULL;
}

/* Reads the open file to its end. */
static enum helo_status run_file(struct helo_capture *capture, struct helo_error *error)
{
    if (capture->blocks != NULL)
        run_blocks(capture);
    if (capture->stop)
        return HELO_OK;
    int result = pcap_loop(capture->pcap, -1, on_pcap_packet, (u_char *)capture);
    if (capture->stop || result == PCAP_ERROR_BREAK)
        return HELO_OK;
    if (result == 0 && source_failure(capture->source) == NULL)
        return HELO_OK;
    struct damage_place place = {
        .path = capture->paths[capture->at],
        .packet = capture->file_packets + 1,
        .link_type = capture->link_type,
        .nanoseconds = capture->nanoseconds,
    };
    return damage_in_packet(&place, capture->source, pcap_geterr(capture->pcap), error);
}

void helo_capture_on_ahead(struct helo_capture *capture, helo_ahead_fn on_ahead, void *context)
{
    capture->on_ahead = on_ahead;
    capture->ahead_context = context;
}

void helo_capture_on_error(struct helo_capture *capture,
                           void (*on_error)(void *context, const struct helo_error *error),
                           void *context)
{
    capture->on_error = on_error;
    capture->error_context = context;
}

enum helo_status helo_capture_run(struct helo_capture *capture, helo_packet_fn on_packet,
                                  void *context, struct helo_error *error)
{
    capture->on_packet = on_packet;
    capture->context = context;
    error->message[0] = '\0';
    enum helo_status first = HELO_OK;
    while (capture->at < capture->count && !capture->stop) {
        struct helo_error trouble;
        enum helo_status status = HELO_OK;
        if (capture->pcap == NULL)
            status = open_next(capture, &trouble);
        if (status == HELO_OK)
            status = run_file(capture, &trouble);
        if (status != HELO_OK && !capture->stop && capture->on_error != NULL)
            capture->on_error(capture->error_context, &trouble);
        if (status != HELO_OK && first == HELO_OK && !capture->stop) {
            first = status;
            *error = trouble;
        }
        if (!capture->stop) {
            close_file(capture);
            capture->at++;
        }
    }
    return first;
}

void helo_capture_stop(struct helo_capture *capture)
{
    capture->stop = 1;
}

bool helo_capture_nanoseconds(const struct helo_capture *capture)
{
    return capture->nanoseconds;
}

void helo_capture_progress(const struct helo_capture *capture,
                           struct helo_capture_progress *progress)
{
    progress->read_bytes = capture->done_bytes + read_bytes(capture);
    progress->total_bytes = capture->total_bytes;
    progress->packets = capture->packets;
}

void helo_capture_close(struct helo_capture *capture)
{
    if (capture == NULL)
        return;
    close_file(capture);
    free(capture);
}
