/* Every bound of heloscope in one place, each with its reason. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

/* Decode: deeper nesting than any mirror port makes is an attack. */
#define LIMIT_NESTING 8
/* An IP datagram has at most 65,535 octets. */
#define LIMIT_DATAGRAM 65535
/* Datagrams in reassembly at once; a mail path fragments rarely, a flood always. */
#define LIMIT_FRAGMENT_DATAGRAMS 256
/* Fragments of one datagram: 64 KiB in the 576-octet pieces of the smallest honest path, twice. */
#define LIMIT_FRAGMENTS_PER_DATAGRAM 256
/* RFC 8200 section 4.5 and RFC 791: reassembly gives up; ours is short, as captures are prompt. */
#define LIMIT_FRAGMENT_SECONDS 30
/* Octets of all fragments kept: 16 of the largest datagrams, a quarter of the smallest cap. */
#define LIMIT_FRAGMENT_OCTETS (1u << 20)
/* IPv6 extension headers; RFC 8200 section 4.1 has each once, destination options twice. */
#define LIMIT_EXTENSIONS 8
/* A packet whose IP header leaves the length to the packet: above Linux's GSO_MAX_SIZE, 524,280. */
#define LIMIT_OFFLOAD (1u << 20)

/* Labels of one MPLS stack: segment routing hardware pushes a dozen at most. */
#define LIMIT_LABELS 16
/* What a mirror that cut its copies leaves to the copy's own headers; above LIMIT_OFFLOAD, so that
 * a header without a length is not believed, and not so large that sums overflow. */
#define LIMIT_UNSEEN (1u << 24)

/* Time: a lone packet that leaps further is not believed before a second one agrees. */
#define LIMIT_LEAP_SECONDS 3600

/* Time: packets are dated from 1970 up to here, 2200-01-01; any further and sums would overflow.
 * What lies outside is taken as the nearest. */
#define LIMIT_TIME_SECONDS INT64_C(7258118400)
/* Time: the longest timeout, ten years, for the same reason. */
#define LIMIT_TIMEOUT_SECONDS 315360000
/* Flow: a connection that never got past SYN. */
#define LIMIT_HALF_OPEN_SECONDS 30
/* Flow: an established connection without a packet. */
#define LIMIT_IDLE_SECONDS 900
/* Flow: after both FINs or a RST, how long late packets of the other side are waited for; covers
 * the skew between two mirror ports several times. */
#define LIMIT_LINGER_MILLISECONDS 1000
/* Flow: the same after FINs that nobody acknowledges or a RST at no exact place: a living peer
 * would retransmit or go on well within this, a forged one is refuted. */
#define LIMIT_LINGER_DOUBTED_SECONDS 30
/* Flow: how long a closed connection's tuple is remembered, so that a late packet makes no ghost:
 * what is retransmitted after the close comes within a few seconds. */
#define LIMIT_CLOSED_SECONDS 5

/* Flow: how far a replaced connection's sides may have come meanwhile if it goes on after all: a
 * window without scaling. */
#define LIMIT_RIVAL_OCTETS 65536
/* Memory: what one connection may take, of stream and dialogue together: both directions' waiting
 * lists full, and the longest pipelines. Whoever wants more is given up before anybody else. */
#define LIMIT_CONNECTION_OCTETS (16u << 20)
/* Memory: but no more than this part of the cap. */
#define LIMIT_CONNECTION_PART 4
/* Memory: who takes more than this is fat, a hundred times what an idle session needs, and goes
 * before thinner connections when memory is short. */
#define LIMIT_FAT_OCTETS (256u << 10)

/* Classify: segments and octets of a connection that are held until it is known what it speaks:
 * SMTP, which greets, shows itself in two, and so does nearly everything else. */
#define LIMIT_CLASSIFY_PACKETS 16
#define LIMIT_CLASSIFY_OCTETS  (8u << 10)
/* Classify: an undecided connection is shown to nDPI when it has so many segments: those before are
 * enough for our own checks, or too few for it. */
#define LIMIT_CLASSIFY_PATIENCE 4

/* Stream: how long a segment waits for what it acknowledges, in capture time. */
#define LIMIT_CAUSAL_WAIT_MILLISECONDS 500
/* Stream: a side that is acknowledged but not seen for so long is not captured at all. */
#define LIMIT_ABSENT_MILLISECONDS 1000
/* Stream: waiting segments per direction, in number and octets: one large window in flight. */
#define LIMIT_WAITING_SEGMENTS 1024
#define LIMIT_WAITING_BYTES    (1u << 20)
/* Stream: how far beyond its window a side may be captured when the other's acknowledgements come
 * late: as much as the waiting list holds. */
#define LIMIT_SKEW_BYTES LIMIT_WAITING_BYTES
/* Stream: octets held while a consumer waits for the other side to speak. */
#define LIMIT_HELD_BYTES (64u << 10)
/* Stream: delivered octets remembered per direction to tell a conflicting retransmission. */
#define LIMIT_HISTORY 256
/* Stream: the same of a segment longer than that: message content, mostly. */
#define LIMIT_HISTORY_BULK 64
/* Stream: of what is older than that, digests of so many segments: one large window in flight. */
#define LIMIT_DIGESTS LIMIT_WAITING_SEGMENTS
/* Stream: octets of a segment up to which all of them are digested: more than a group of pipelined
 * commands has, less than the full segments that message content comes in. */
#define LIMIT_DIGEST_WHOLE 1280
/* Stream: samples of eight octets of a longer segment, each kept as one: of any 99 changed octets
 * in a row of a full one a sample is seen, of ten of them with a chance of one in five. */
#define LIMIT_DIGEST_SAMPLES 16
/* Stream: window assumed where no SYN told the scale: larger than any in practice. */
#define LIMIT_UNKNOWN_WINDOW (16u << 20)

/* SMTP: a command or response line; RFC 4954 section 4.5 lets an AUTH response have 12,288. */
#define LIMIT_COMMAND_LINE 12290
/* SMTP: a reply line; RFC 5321 section 4.5.3.1.5 says 512, servers send more. */
#define LIMIT_REPLY_LINE 4096
/* SMTP: text kept of one reply, all lines together: an EHLO reply of 100 keywords fits. */
#define LIMIT_REPLY_TEXT 8192
/* SMTP: outstanding exchanges kept one by one; beyond it runs are kept as counts. */
#define LIMIT_OUTSTANDING 1000
/* SMTP: octets of the arguments of all of them: as many of 1,000, the longest that is shown. */
#define LIMIT_OUTSTANDING_TEXT (1u << 20)
/* Events: longest string written, and what is kept of one so that the cut can be told. */
#define LIMIT_STRING      1024
#define LIMIT_STRING_KEPT 1028
/* Events: elements of a list. */
#define LIMIT_LIST 1000
/* SMTP: octets of addresses and parameters kept of one transaction. */
#define LIMIT_TRANSACTION_TEXT (256u << 10)
/* SMTP: transactions with replies outstanding at once; deeper pipelining gives up the oldest. */
#define LIMIT_OPEN_TRANSACTIONS 64
/* SMTP: so many of these may have their text whole; who pipelines more has few recipients in each.
 */
#define LIMIT_ROOMY_TRANSACTIONS      4
#define LIMIT_NARROW_TRANSACTION_TEXT (16u << 10)
/* SMTP: what all of one dialogue's bounds come to, in octets as base/mem.h counts them: arguments
 * and their exchanges 1.5 MiB, texts of transactions 2 MiB, their lists 4 MiB, the rest under
 * 0.3 MiB. tests/unit/test_bounds.c floods a dialogue with each kind of line. */
#define LIMIT_DIALOGUE (8u << 20)
/* SMTP: capabilities of an EHLO reply. */
#define LIMIT_CAPABILITIES 100
/* TLS: a record's body; RFC 5246 section 6.2.3 allows 2,048 octets of protection, later ones fewer.
 */
#define LIMIT_TLS_RECORD 18432
/* TLS: handshake messages kept of one connection while it is made; a ClientHello has under 4 KiB, a
 * chain of certificates seldom 10. */
#define LIMIT_TLS_HANDSHAKE (64u << 10)
/* TLS: cipher suites of a ClientHello: more than twice as many as are registered. */
#define LIMIT_TLS_CIPHERS 1000
/* TLS: extensions of one hello: over twice as many as are registered. */
#define LIMIT_TLS_EXTENSIONS 160
/* TLS: octets of names kept of a certificate: those of a large hoster's. */
#define LIMIT_TLS_NAMES 8192
/* AUTH: a client's line; RFC 4954 section 4.5 allows no longer Base64. */
#define LIMIT_SASL_LINE 12288
/* AUTH: challenges kept of one exchange; no mechanism has half as many, a loop of 334s does. */
#define LIMIT_SASL_CHALLENGES 16
/* AUTH: secrets of up to so many octets, and lines that hold them, are found again from four octets
 * on: passwords, NTLM. Of longer ones, tokens, four octets tell nothing, and are in any text. */
#define LIMIT_SECRET_FINE 512
/* AUTH: places for marks of one dialogue's secrets, 128 KiB of which three quarters are used: 100
 * attempts with passwords, or ten with tokens; with more, all replies' texts are masked. */
#define LIMIT_SECRET_MARKS 16384
/* SMTP: reply latencies sampled for the median. */
#define LIMIT_LATENCY_SAMPLES 32

/* Rules: the part of the memory cap that their counters may take: 1 of so many. */
#define LIMIT_RULES_SHARE 8
/* Rules: events kept of one subject; the largest threshold that counts exactly is just below. */
#define LIMIT_RULE_EVENTS 256

/* Workers: packets handed out together: a few hundred microseconds of work, so that waking a thread
 * costs little of it. */
#define LIMIT_BATCH_STEPS 512
/* Workers: octets of payload in a batch: one packet of any size fits, and 512 of the usual one. */
#define LIMIT_BATCH_OCTETS (1u << 20)
/* Workers: batches under way: enough that the reader need not wait for the slowest worker. */
#define LIMIT_BATCHES 8
/* Workers: octets of records between a worker and the reporter, some hundred of them. */
#define LIMIT_WORKER_RING (1u << 20)

/* Capture: stdio's buffer between the system and libpcap; larger gains nothing measurable. */
#define LIMIT_CAPTURE_BUFFER (256u << 10)
/* Capture: octets of a plain file read at a time: they are to stay in the processor's cache until
 * they are followed. */
#define LIMIT_CAPTURE_BLOCK (128u << 10)
/* Capture: packets looked at before their turn: enough to hide what memory takes to answer. */
#define LIMIT_CAPTURE_AHEAD 8
/* Capture: compressed octets read at a time. */
#define LIMIT_CAPTURE_PACKED (128u << 10)
/* Capture: content looked at before libpcap gets it: the interfaces that head a pcapng file. */
#define LIMIT_CAPTURE_HEAD (64u << 10)
/* Capture: how long a read from a pipe waits before it looks whether the run was stopped. */
#define LIMIT_CAPTURE_POLL_MILLISECONDS 200
/* Capture: octets of a path shown in a message, so that the reason still fits behind it. */
#define LIMIT_PATH_SHOWN 160
/* Live: interfaces of one run; each costs a ring buffer. */
#define LIMIT_LIVE_INTERFACES 64
/* Live: the kernel hands over a block of packets that is not full after so long: often enough for
 * events to be prompt, seldom enough to cost nothing. */
#define LIMIT_LIVE_BLOCK_MILLISECONDS 50
/* Live: what was captured so long ago has been handed over: a block may be closed at the second
 * look of the kernel's timer, and the timer and we may be late by half of that. */
#define LIMIT_LIVE_SETTLE_MILLISECONDS (3 * LIMIT_LIVE_BLOCK_MILLISECONDS)
/* Live: how long a silent wire is waited for before the timers are looked at. */
#define LIMIT_LIVE_ROUND_MILLISECONDS 250
/* Live: packets handed over between two looks at everything else: some milliseconds of work. */
#define LIMIT_LIVE_BATCH 4096
/* Live: how often the kernel's counters are fetched at least: 32 bits of packets take longer. */
#define LIMIT_LIVE_COUNT_SECONDS 5
/* Report: one line; a message event with every address escaped to six times its size fits. */
#define LIMIT_LINE (8u << 20)
/* Report: octets handed to the system at a time; the calls no longer show in a profile. */
#define LIMIT_OUTPUT_BLOCK (256u << 10)
/* Report: lines that wait for a live output that takes none, a full disk or a slow reader: some
 * thousands of events, seconds of a busy server; and the longest line fits. */
#define LIMIT_OUTPUT_QUEUE LIMIT_LINE
/* Report: how long a live output's reader may take nothing at the end of the run. */
#define LIMIT_OUTPUT_GRACE_MILLISECONDS 2000
/* A session's names for --credentials hash: two hundred usual ones, as many as a bot tries in one
 * connection; with more, texts of that session are left out. */
#define LIMIT_SESSION_NAMES 4096
/* Report: names looked for in an event's texts: those of a session, each in up to three forms. */
#define LIMIT_HIDE_NAMES 1024
/* Report: an event's texts with the names in them hashed: a message with as many parameters as a
 * list has, or an AUTH exchange with texts in each of its challenges, fits. */
#define LIMIT_HIDE_ROOM (192u << 10)
/* Report: outputs of one run; each costs a block. */
#define LIMIT_OUTPUTS 16
/* Report: a line per form while it grows, and every output's queue; what is not filled costs
 * nothing. */
#define LIMIT_REPORT_MEMORY (192u << 20)

#endif
