/* Writes Ethernet frames to a pcap file, with a large buffer: for failed tests and benchmarks. */
#ifndef SUPPORT_PCAPFILE_H
#define SUPPORT_PCAPFILE_H

#include "heloscope/types.h"

struct pcapfile;

/* Creates or truncates the file; NULL (errno) if that fails. Times have microseconds. */
struct pcapfile *pcapfile_create(const char *path);

/* Appends a frame; returns the octets that the file has now. */
uint64_t pcapfile_write(struct pcapfile *file, const uint8_t *frame, uint32_t length,
                        helo_time time);

/* Writes what is buffered and closes; false if any write failed. */
bool pcapfile_close(struct pcapfile *file);

#endif
