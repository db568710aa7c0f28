/* Several interfaces as one stream of packets in the order of time. */
#include "heloscope/live.h"

#include "base/limits.h"
#include "capture/fault.h"
#include "capture/tap.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define SETTLE      (LIMIT_LIVE_SETTLE_MILLISECONDS * HELO_MILLISECOND)
#define LOOK_EVERY  (LIMIT_LIVE_ROUND_MILLISECONDS * HELO_MILLISECOND)
#define COUNT_EVERY (LIMIT_LIVE_COUNT_SECONDS * HELO_SECOND)

struct helo_live {
    struct tap *taps;
    size_t count;
    int wake; /* an eventfd: a signal is not to wait for a packet */
    volatile sig_atomic_t stop;
    bool draining;    /* nothing more comes in: every head may go */
    uint64_t packets; /* over all interfaces */
    helo_time looked; /* monotonic */
    helo_time counted;
    struct helo_live_callbacks callbacks;
};

static helo_time read_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * HELO_SECOND + now.tv_nsec;
}

void helo_live_config_init(struct helo_live_config *config)
{
    *config = (struct helo_live_config){
        .promiscuous = true,
        .snaplen = HELO_MOST_SNAPLEN,
        .buffer = UINT64_C(16) << 20,
    };
}

static enum helo_status refuse(struct helo_error *error, enum helo_status status,
                               const char *reason)
{
    snprintf(error->message, sizeof error->message, "%s", reason);
    return status;
}

static enum helo_status check_config(const struct helo_live_config *config,
                                     struct helo_error *error)
{
    if (config->count == 0)
        return refuse(error, HELO_ERROR_CONFIG, "no interface to watch");
    if (config->count > LIMIT_LIVE_INTERFACES)
        return refuse(error, HELO_ERROR_CONFIG, "too many interfaces");
    if (config->snaplen < HELO_LEAST_SNAPLEN || config->snaplen > HELO_MOST_SNAPLEN)
        return refuse(error, HELO_ERROR_CONFIG, "the snap length is out of its range");
    if (config->buffer < HELO_LEAST_BUFFER || config->buffer > HELO_MOST_BUFFER)
        return refuse(error, HELO_ERROR_CONFIG, "the buffer size is out of its range");
    return HELO_OK;
}

static enum helo_status open_taps(struct helo_live *live, const struct helo_live_config *config,
                                  struct helo_error *error)
{
    live->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    live->taps = calloc(config->count, sizeof *live->taps);
    if (live->wake < 0 || live->taps == NULL)
        return refuse(error, HELO_ERROR_MEMORY, "out of memory");
    for (size_t i = 0; i < config->count; i++) {
        enum helo_status status = tap_open(&live->taps[i], config->interfaces[i], config, error);
        if (status != HELO_OK)
            return status;
        live->count++;
    }
    return HELO_OK;
}

enum helo_status helo_live_open(const struct helo_live_config *config, struct helo_live **live,
                                struct helo_error *error)
{
    *live = NULL;
    error->message[0] = '\0';
    enum helo_status status = check_config(config, error);
    if (status != HELO_OK)
        return status;
    struct helo_live *made = calloc(1, sizeof *made);
    if (made == NULL)
        return refuse(error, HELO_ERROR_MEMORY, "out of memory");
    status = open_taps(made, config, error);
    if (status != HELO_OK) {
        helo_live_close(made);
        return status;
    }
    *live = made;
    return HELO_OK;
}

/* Looks what became of one interface, and tells of it. */
static void look_at(struct helo_live *live, struct tap *tap)
{
    if (!tap_look(tap, read_clock(CLOCK_MONOTONIC)))
        return;
    if (tap->about.state == HELO_LIVE_FAILED)
        tap_close(tap);
    if (live->callbacks.on_change != NULL)
        live->callbacks.on_change(live->callbacks.context, &tap->about);
}

/* What is done now and then. */
static void look_around(struct helo_live *live)
{
    helo_time now = read_clock(CLOCK_MONOTONIC);
    if (now - live->looked >= LOOK_EVERY) {
        live->looked = now;
        for (size_t i = 0; i < live->count; i++)
            look_at(live, &live->taps[i]);
    }
    if (now - live->counted >= COUNT_EVERY) {
        live->counted = now;
        for (size_t i = 0; i < live->count; i++)
            tap_count(&live->taps[i]);
    }
}

static bool any_is_open(const struct helo_live *live)
{
    for (size_t i = 0; i < live->count; i++)
        if (live->taps[i].pcap != NULL)
            return true;
    return false;
}

/* The earliest of the packets that are next, NULL without any. *whole: no interface is without. */
static struct tap *earliest(struct helo_live *live, bool *whole)
{
    struct tap *first = NULL;
    *whole = true;
    for (size_t i = 0; i < live->count; i++) {
        struct tap *tap = &live->taps[i];
        if (!tap->has_head)
            *whole = *whole && tap_is_away(tap);
        else if (first == NULL || tap->head.time < first->head.time)
            first = tap;
    }
    return first;
}

/* One round of reading. */
struct round {
    helo_time settled; /* wall clock: what is not seen yet was captured later */
    helo_time now;     /* monotonic */
    helo_time wait;    /* until the packet at hand may go; HELO_NO_TIME: there is none */
    bool more;         /* the round was over before the packets were */
    bool stopped;      /* by a callback */
};

static void read_heads(struct helo_live *live, const struct round *round)
{
    for (size_t i = 0; i < live->count; i++) {
        struct tap *tap = &live->taps[i];
        if (tap->has_head || !tap_read(tap))
            continue;
        tap->has_head = true;
        tap->taken = round->now;
    }
}

/* Hands over the packet at the head of tap and reads the next one. */
static bool hand_over(struct helo_live *live, struct tap *tap, helo_time now)
{
    tap->head.number = ++live->packets;
    tap->about.packets++;
    bool goes_on = live->callbacks.on_packet(live->callbacks.context, &tap->head);
    tap->has_head = tap_read(tap);
    tap->taken = now;
    return goes_on;
}

/* A packet may go when no other interface can bring an earlier one: each has one to compare with,
 * or this one is as old as the kernel lets a packet lie. That it was read so long ago counts, too:
 * the wall clock may have been set back since it was captured. */
static void deliver(struct helo_live *live, struct round *round)
{
    round->wait = HELO_NO_TIME;
    for (unsigned n = 0; n < LIMIT_LIVE_BATCH; n++) {
        bool whole;
        struct tap *tap = earliest(live, &whole);
        if (tap == NULL)
            return;
        helo_time age = round->now - tap->taken;
        if (!whole && !live->draining && tap->head.time > round->settled && age < SETTLE) {
            helo_time wait = tap->head.time - round->settled;
            round->wait = wait < SETTLE - age ? wait : SETTLE - age;
            return;
        }
        if (!hand_over(live, tap, round->now)) {
            round->stopped = true;
            return;
        }
    }
    round->more = true;
}

/* Reads what there is. The clock is read first: what comes after that is newer. */
static struct round read_round(struct helo_live *live)
{
    struct round round = {.now = read_clock(CLOCK_MONOTONIC),
                          .settled = read_clock(CLOCK_REALTIME) - SETTLE};
    read_heads(live, &round);
    deliver(live, &round);
    return round;
}

/* Waits for a packet on an interface that has none at its head, for the packet that waits, for
 * the next look around, or for the stop. */
static void wait_for(struct helo_live *live, const struct round *round)
{
    struct pollfd fds[LIMIT_LIVE_INTERFACES + 1];
    int timeout = LIMIT_LIVE_ROUND_MILLISECONDS;
    if (round->more)
        timeout = 0;
    else if (round->wait != HELO_NO_TIME && round->wait < timeout * HELO_MILLISECOND)
        timeout = (int)(round->wait / HELO_MILLISECOND) + 1;
    for (size_t i = 0; i < live->count; i++)
        fds[i] =
            (struct pollfd){.fd = live->taps[i].has_head ? -1 : live->taps[i].fd, .events = POLLIN};
    fds[live->count] = (struct pollfd){.fd = live->wake, .events = POLLIN};
    if (poll(fds, live->count + 1, timeout) <= 0)
        return;
    for (size_t i = 0; i < live->count; i++)
        if ((fds[i].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0)
            look_at(live, &live->taps[i]);
}

static bool tell_round(const struct helo_live *live, const struct round *round)
{
    helo_time settled = round->more ? HELO_NO_TIME : round->settled;
    return live->callbacks.on_round == NULL ||
           live->callbacks.on_round(live->callbacks.context, settled);
}

/* What was captured before the stop is still handed over. */
static void drain(struct helo_live *live)
{
    struct timespec settle = {.tv_nsec = SETTLE};
    for (size_t i = 0; i < live->count; i++)
        tap_refuse(&live->taps[i]);
    while (nanosleep(&settle, &settle) != 0 && errno == EINTR)
        ;
    live->draining = true;
    struct round round = {.more = true};
    while (round.more && !round.stopped)
        round = read_round(live);
}

/* Of those that are lost for good, or have not come back so far, the one that was first. */
static const struct tap *first_lost(const struct helo_live *live)
{
    const struct tap *first = NULL;
    for (size_t i = 0; i < live->count; i++) {
        const struct tap *tap = &live->taps[i];
        if (tap->lost_at != 0 && (first == NULL || tap->lost_at < first->lost_at))
            first = tap;
    }
    return first;
}

static bool watch(struct helo_live *live)
{
    while (!live->stop && any_is_open(live)) {
        struct round round = read_round(live);
        if (round.stopped || !tell_round(live, &round))
            return false;
        look_around(live);
        if (!live->stop)
            wait_for(live, &round);
    }
    return true;
}

enum helo_status helo_live_run(struct helo_live *live, const struct helo_live_callbacks *callbacks,
                               struct helo_error *error)
{
    live->callbacks = *callbacks;
    error->message[0] = '\0';
    if (watch(live))
        drain(live);
    for (size_t i = 0; i < live->count; i++)
        tap_count(&live->taps[i]);
    const struct tap *lost = first_lost(live);
    if (lost == NULL)
        return HELO_OK;
    *error = lost->lost;
    return HELO_ERROR_INPUT;
}

void helo_live_stop(struct helo_live *live)
{
    int saved = errno;
    uint64_t one = 1;
    live->stop = 1;
    if (write(live->wake, &one, sizeof one) < 0)
        live->stop = 1; /* full: it is awake already */
    errno = saved;
}

size_t helo_live_count(const struct helo_live *live)
{
    return live->count;
}

void helo_live_interface(struct helo_live *live, size_t index,
                         struct helo_live_interface *interface)
{
    tap_count(&live->taps[index]);
    *interface = live->taps[index].about;
}

void helo_live_close(struct helo_live *live)
{
    if (live == NULL)
        return;
    for (size_t i = 0; i < live->count; i++)
        tap_close(&live->taps[i]);
    free(live->taps);
    if (live->wake >= 0)
        close(live->wake);
    free(live);
}
