/* Captures: saved files, plain or compressed, as one stream of packets. */
#ifndef HELOSCOPE_CAPTURE_H
#define HELOSCOPE_CAPTURE_H

#include "heloscope/types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct helo_capture;

/* Receives each packet; returns false to stop the run. */
typedef bool (*helo_packet_fn)(void *context, const struct helo_packet *packet);

/* Sees a packet whose turn comes soon, or never if the run is stopped. */
typedef void (*helo_ahead_fn)(void *context, const struct helo_packet *packet);

/* How far a capture has been read, for a progress line; total_bytes 0: not known (a pipe). */
struct helo_capture_progress {
    uint64_t read_bytes; /* of the files as stored, compressed or not */
    uint64_t total_bytes;
    uint64_t packets;
};

/* Opens the first of count files ("-" is stdin; pcap or pcapng, plain, gzip or zstd, told by
 * content and not by name) and checks the BPF filter (NULL: none). The strings are borrowed for
 * the capture's lifetime. HELO_ERROR_INPUT with a reason in *error, *capture NULL, when it can't
 * be opened or the filter does not compile. */
enum helo_status helo_capture_open_files(const char *const *paths, size_t count, const char *filter,
                                         struct helo_capture **capture, struct helo_error *error);

/* The files after the first are opened by open_file, for reading; EINTR from it is tried again,
 * unless the run is stopped. */
void helo_capture_open_with(struct helo_capture *capture, helo_open_fn open_file, void *context);

/* Calls back for every file that can't be opened or is damaged, in helo_capture_run. */
void helo_capture_on_error(struct helo_capture *capture,
                           void (*on_error)(void *context, const struct helo_error *error),
                           void *context);

/* Announces packets some turns before on_packet gets them, where they are at hand so early (plain
 * pcap files), for helo_engine_expect. Their number is not told yet, and no filter was asked. */
void helo_capture_on_ahead(struct helo_capture *capture, helo_ahead_fn on_ahead, void *context);

/* Hands every packet of every file to on_packet, in order. HELO_OK at the end or when on_packet
 * or helo_capture_stop stopped it; HELO_ERROR_INPUT when a file can't be opened or is damaged:
 * what came before has been handed over, *error names the file, the packet and what helps. Files
 * after a damaged one are still read; the first error is the one returned. */
enum helo_status helo_capture_run(struct helo_capture *capture, helo_packet_fn on_packet,
                                  void *context, struct helo_error *error);

/* Makes helo_capture_run return after the packet at hand; safe in a signal handler. */
void helo_capture_stop(struct helo_capture *capture);

/* True if the file at hand (the first, before the run) has nanosecond time stamps. */
bool helo_capture_nanoseconds(const struct helo_capture *capture);

/* Where the run is. */
void helo_capture_progress(const struct helo_capture *capture,
                           struct helo_capture_progress *progress);

/* Closes everything; NULL is allowed. */
void helo_capture_close(struct helo_capture *capture);

#ifdef __cplusplus
}
#endif

#endif
