/* Compiles BPF filters, with libpcap's reason for a person if one does not. */
#ifndef CAPTURE_FILTER_H
#define CAPTURE_FILTER_H

#include "heloscope/types.h"

#include <pcap/pcap.h>

/* Compiles filter for an open handle of the file or interface name. *program is the caller's
 * (pcap_freecode) if HELO_OK is returned; else HELO_ERROR_INPUT with the reason. */
enum helo_status filter_compile(pcap_t *pcap, const char *name, const char *filter,
                                struct bpf_program *program, struct helo_error *error);

#endif
