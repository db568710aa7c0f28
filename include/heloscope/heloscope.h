/* The engine: packets in, events out. One engine is used by one thread at a time; engines share
 * nothing, so several may run side by side. */
#ifndef HELOSCOPE_HELOSCOPE_H
#define HELOSCOPE_HELOSCOPE_H

#include "heloscope/event.h"
#include "heloscope/rules.h"
#include "heloscope/types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define HELO_VERSION "0.1.0"

#define HELO_MAX_PORTS    64
#define HELO_MAX_NETWORKS 64
#define HELO_MAX_WORKERS  64

/* Receives each event. Everything in it is borrowed and ends with the call. */
typedef void (*helo_event_fn)(void *context, const struct helo_event *event);

/* What an engine is made from; helo_config_init gives every field its default. */
struct helo_config {
    uint16_t ports[HELO_MAX_PORTS]; /* taken for SMTP: 25, 465, 587, 2525 */
    size_t port_count;
    struct helo_network proxies[HELO_MAX_NETWORKS]; /* whose PROXY header and XCLIENT are believed:
                                                       private and loopback addresses */
    size_t proxy_count;
    uint64_t memory_cap;    /* octets over flows, stream buffers and SMTP state; at least 4 MiB */
    helo_time idle_timeout; /* an established connection without a packet for so long is over */
    bool only_ports;        /* SMTP is not looked for on other ports than these */
    bool flow_key_vlan;     /* VLAN identifiers tell connections apart */
    bool flow_key_vni;      /* so does the innermost tunnel's network identifier */
    bool verify_checksums;  /* drop segments with wrong IPv4 or TCP checksums */
    bool nanoseconds;       /* packet times are finer than a microsecond */
    bool exchanges;         /* make exchange events (they cost time) */
    bool reveal_secrets;    /* auth events carry the secret itself: for a lab */
    struct helo_rules_config rules; /* what the anomaly rules are told */
    unsigned workers; /* threads that follow connections; 1: the caller's own and no other */
    bool prompt; /* several workers: each packet is handed on at once, for captures that pause */
    /* Several workers: called as on_event is, when what is known so far has been handed over, to
     * pass it on; NULL: nothing is. */
    void (*on_pause)(void *context);
    uint64_t fail_allocation; /* tests: the n-th allocation fails, from 1; 0: none */
    size_t worker_ring;       /* tests: octets between a worker and the reporter; 0: enough */
};

struct helo_engine;

/* Fills config with the defaults. */
void helo_config_init(struct helo_config *config);

/* Makes an engine that calls on_event(context, …) for every event, and those of a capture in the
 * same order however many workers there are. With several, it is called in a thread of the
 * engine's own, one call at a time, some time after the packet; the threads are made at the first
 * packet, with the rights that the caller then has. The configuration is copied.
 * Returns HELO_OK and the engine in *engine (owned by the caller, helo_engine_free), or an error
 * with *engine NULL and a reason in *error. */
enum helo_status helo_engine_new(const struct helo_config *config, helo_event_fn on_event,
                                 void *context, struct helo_engine **engine,
                                 struct helo_error *error);

/* Reads one packet. Whatever it holds is no error: what can't be decoded is counted. A packet may
 * be kept back until the next one tells whether its time is to be believed. */
void helo_engine_packet(struct helo_engine *engine, const struct helo_packet *packet);

/* Announces a packet that is to be read soon, some packets before (helo_capture_on_ahead): reading
 * it will then not wait for memory. Nothing but time depends on it. */
void helo_engine_expect(struct helo_engine *engine, const struct helo_packet *packet);

/* Live capture: lets the clock go on to now, so that timers fire though the wire is silent. now is
 * to be a time before which no packet is still to come. */
void helo_engine_tick(struct helo_engine *engine, helo_time now);

/* Ends every open connection (close reason capture_end) in order of their start. When it returns,
 * every event has been handed over. The engine can be used on. */
void helo_engine_flush(struct helo_engine *engine);

/* Copies the counters; several workers come to rest for that. */
void helo_engine_stats(const struct helo_engine *engine, struct helo_stats *stats);

/* The largest packet time believed so far, or that of helo_engine_tick if it is later;
 * HELO_NO_TIME before either. */
helo_time helo_engine_clock(const struct helo_engine *engine);

/* Has the libraries below load now what they would load when first used. For a program that gives
 * up the right to open files: to be called before. False if libcrypto does not work. */
bool helo_prepare(void);

/* True if packets of this link type (a DLT_ value) can be decoded. */
bool helo_knows_link_type(int link_type);

/* Frees the engine without reporting what is open, and ends its threads; NULL is allowed. */
void helo_engine_free(struct helo_engine *engine);

#ifdef __cplusplus
}
#endif

#endif
