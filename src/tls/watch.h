/* A TLS connection watched from outside: how its handshake went, and what may be told of its end.
 * It knows nothing of what is carried. */
#ifndef TLS_WATCH_H
#define TLS_WATCH_H

#include "heloscope/event.h"
#include "tls/certificate.h"
#include "tls/fingerprint.h"
#include "tls/record.h"

/* What a side has sent so far. */
struct tls_side {
    struct tls_reader reader;
    uint8_t last_type; /* of its last record, and how long that is */
    uint16_t last_length;
    uint8_t alert[2];      /* level and description of the alert at hand (RFC 5246 section 7.2) */
    uint8_t alert_have;    /* octets of it */
    bool handshake : 1;    /* a handshake record */
    bool protected : 1;    /* ChangeCipherSpec or application data: the handshake got that far */
    bool changed : 1;      /* ChangeCipherSpec */
    bool finished : 1;     /* a handshake record behind it: before TLS 1.3 the protected Finished */
    bool data : 1;         /* application data too long for an alert */
    bool alerted : 1;      /* an alert in clear: alert has it */
    bool alert_hidden : 1; /* an alert whose type is encrypted */
    bool gap : 1;
};

/* What is kept while the handshake goes on. */
struct tls_handshake;

enum tls_state { TLS_OPEN, TLS_ESTABLISHED, TLS_FAILED };

/* All zero but for mem is the start; mem is borrowed and outlives it. */
struct tls_watch {
    struct mem *mem;
    struct tls_handshake *handshake; /* NULL before it begins, and once it is told */
    struct tls_side side[HELO_SIDES];
    helo_time start;
    uint16_t version; /* that the server chose; 0: not seen */
    uint8_t state;    /* enum tls_state */
    bool begun : 1;
    bool told : 1;    /* tls_facts was taken, tls_release called */
    bool starved : 1; /* memory failed: what the hellos said is not known */
};

/* Takes octets of a side. */
void tls_watch_bytes(struct tls_watch *watch, enum helo_side side, struct helo_slice octets,
                     helo_time time);

/* Octets of a side are lost. */
void tls_watch_gap(struct tls_watch *watch, enum helo_side side, uint64_t len);

/* How the handshake stands. FAILED: a side gave it up in clear, or sent what is no TLS. */
enum tls_state tls_state(const struct tls_watch *watch);

/* What is known of the handshake now; borrowed from the watch until its release. over: nothing more
 * will come, and whole: nothing was missed. */
void tls_facts(const struct tls_watch *watch, bool over, bool whole, struct helo_tls *facts);

/* Frees what the handshake held; records are followed on. */
void tls_release(struct tls_watch *watch);

/* Frees everything and is at the start again. */
void tls_reset(struct tls_watch *watch);

/* True if a side sent octets that are no record after the handshake was established, and nothing
 * of it was missed. */
bool tls_is_broken(const struct tls_watch *watch, enum helo_side side);

/* How a side said goodbye, as far as can be told. */
enum helo_tls_goodbye tls_goodbye(const struct tls_watch *watch, enum helo_side side);

#endif
