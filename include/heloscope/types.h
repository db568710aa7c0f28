/* The plain types that every part of heloscope speaks: slices of wire text, times, results. */
#ifndef HELOSCOPE_TYPES_H
#define HELOSCOPE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Nanoseconds since 1970-01-01T00:00:00Z. */
typedef int64_t helo_time;

#define HELO_MICROSECOND INT64_C(1000)
#define HELO_MILLISECOND INT64_C(1000000)
#define HELO_SECOND      INT64_C(1000000000)

/* No time known. */
#define HELO_NO_TIME INT64_MIN

/* Wire text: not NUL-terminated, borrowed unless a comment says owned. ptr may be NULL if len is 0.
 */
struct helo_slice {
    const uint8_t *ptr;
    size_t len;
};

/* A network in CIDR notation; IPv4 in the first four octets. */
struct helo_network {
    uint8_t family; /* 4 or 6 */
    uint8_t bits;   /* length of the prefix */
    uint8_t address[16];
};

/* What events say of who logged in and with what. */
enum helo_credentials {
    HELO_CREDENTIALS_REDACT, /* names are shown, secrets are not */
    HELO_CREDENTIALS_HASH,   /* names as keyed hashes, secrets not at all */
    HELO_CREDENTIALS_REVEAL, /* names and secrets */
};

/* What a packet may be wrapped in; both versions of IP in either are one kind. */
enum helo_tunnel_kind {
    HELO_TUNNEL_GRE,
    HELO_TUNNEL_ERSPAN, /* the GRE around it is not counted; id: the session */
    HELO_TUNNEL_VXLAN,  /* VXLAN-GPE too; id: the VNI */
    HELO_TUNNEL_GENEVE, /* id: the VNI */
    HELO_TUNNEL_IPIP,
    HELO_TUNNEL_MPLS,  /* a whole label stack */
    HELO_TUNNEL_PPPOE, /* id: the session */
    HELO_TUNNEL_KINDS
};

/* One tunnel around a packet. */
struct helo_tunnel {
    uint8_t kind; /* enum helo_tunnel_kind */
    bool has_id;
    uint32_t id;
};

/* Deepest nesting of tunnels that is followed. */
#define HELO_MAX_TUNNELS 8

/* Results of the public functions. */
enum helo_status {
    HELO_OK = 0,
    HELO_ERROR_MEMORY, /* out of memory, or the memory cap is reached */
    HELO_ERROR_CONFIG, /* a value of the configuration is out of its range */
    HELO_ERROR_INPUT,  /* a capture can't be opened or is damaged */
    HELO_ERROR_OUTPUT, /* an output can't be opened or written */
};

/* A message for a person, one line without a newline; empty when nothing went wrong. */
struct helo_error {
    char message[512];
};

/* Opens a file for who may not do so himself. Returns the descriptor, which is given away, or -1
 * with errno. */
typedef int (*helo_open_fn)(void *context, const char *path);

/* One packet as a capture gives it. data is borrowed for the duration of the call it is passed to.
 */
struct helo_packet {
    helo_time time;
    const uint8_t *data;
    uint32_t captured;     /* octets at data */
    uint32_t length;       /* octets that were on the wire, >= captured unless the capture lies */
    int link_type;         /* a DLT_ value as pcap_datalink() returns it */
    uint64_t number;       /* from 1, over all captures read; for messages */
    const char *interface; /* where it was captured live, NULL for a file; outlives the engine */
};

#endif
