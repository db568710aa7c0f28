/* A run over network interfaces, until a signal ends it. */
#include "cli/watch.h"

#include "cli/live_clock.h"
#include "cli/privileges.h"
#include "cli/signals.h"
#include "cli/wall.h"
#include "heloscope/heloscope.h"
#include "heloscope/live.h"

#include <stdlib.h>

struct watching {
    struct job *job;
    struct helo_live *live;
    helo_time next_stats; /* by wall_now */
    struct live_clock clock;
};

/* The engine's counters and what was dropped before it. */
static void take_stats(const struct watching *watching, struct helo_stats *stats)
{
    helo_engine_stats(watching->job->engine, stats);
    stats->has_drops = true;
    for (size_t i = 0; i < helo_live_count(watching->live); i++) {
        struct helo_live_interface interface;
        helo_live_interface(watching->live, i, &interface);
        stats->dropped_kernel += interface.dropped_kernel;
        stats->dropped_interface += interface.dropped_interface;
    }
}

static void tell_stats(struct watching *watching, helo_time now)
{
    struct helo_stats stats;
    if (now < watching->next_stats)
        return;
    watching->next_stats = now + watching->job->options->stats_interval;
    take_stats(watching, &stats);
    job_tell_stats(watching->job, &stats, wall_time());
}

static bool on_packet(void *context, const struct helo_packet *packet)
{
    const struct watching *watching = context;
    helo_engine_packet(watching->job->engine, packet);
    return true;
}

/* Timers first, so that what they tell is flushed. */
static bool on_round(void *context, helo_time settled)
{
    struct watching *watching = context;
    helo_time now = wall_now();
    if (settled != HELO_NO_TIME)
        helo_engine_tick(watching->job->engine, live_clock_read(&watching->clock, settled, now));
    tell_stats(watching, now);
    return (!job_is_pending(watching->job) && !signals_hung_up()) || job_flush(watching->job);
}

static void on_change(void *context, const struct helo_live_interface *interface)
{
    static const char *const words[] = {
        [HELO_LIVE_UP] = "is up",
        [HELO_LIVE_NO_CARRIER] = "has no carrier; watching goes on when it has",
        [HELO_LIVE_DOWN] = "is down; watching goes on when it is up again",
        [HELO_LIVE_GONE] = "is gone; watching goes on when there is one of that name again",
        [HELO_LIVE_CHANGED] = "is there again, but of another kind; start anew to watch it",
        [HELO_LIVE_FAILED] = "can't be read and is no longer watched",
    };
    (void)context;
    fprintf(stderr, "heloscope: %s: the interface %s\n", interface->name, words[interface->state]);
}

/* Every interface's packets must be readable, or it is no use to listen there. */
static enum helo_status check_link_types(struct helo_live *live, struct helo_error *error)
{
    for (size_t i = 0; i < helo_live_count(live); i++) {
        struct helo_live_interface interface;
        helo_live_interface(live, i, &interface);
        if (helo_knows_link_type(interface.link_type))
            continue;
        snprintf(error->message, sizeof error->message,
                 "%s: its link type (%s) can't be read; Ethernet, Linux cooked, raw IP and "
                 "loopback can; -i any has every interface cooked",
                 interface.name, interface.link_name);
        return HELO_ERROR_INPUT;
    }
    return HELO_OK;
}

static enum helo_status open_live(struct watching *watching, struct helo_error *error)
{
    const struct options *options = watching->job->options;
    struct helo_live_config config = options->live;
    config.interfaces = options->interfaces;
    config.count = options->interface_count;
    config.filter = options->filter;
    enum helo_status status = helo_live_open(&config, &watching->live, error);
    return status == HELO_OK ? check_link_types(watching->live, error) : status;
}

/* "heloscope: watching eth0 (Ethernet), eth1 (Ethernet) as heloscope" */
static void announce(const struct watching *watching, const struct privileges *privileges)
{
    fputs("heloscope: watching", stderr);
    for (size_t i = 0; i < helo_live_count(watching->live); i++) {
        struct helo_live_interface interface;
        helo_live_interface(watching->live, i, &interface);
        fprintf(stderr, "%s %s (%s)", i > 0 ? "," : "", interface.name, interface.link_name);
    }
    if (privileges->user != NULL)
        fprintf(stderr, " as %s", privileges->user);
    fputs("\n", stderr);
}

static void stop(void *live)
{
    helo_live_stop(live);
}

static void summarise(const struct watching *watching, struct summary *summary)
{
    size_t count = helo_live_count(watching->live);
    struct helo_live_interface *interfaces = calloc(count, sizeof *interfaces);
    for (size_t i = 0; interfaces != NULL && i < count; i++)
        helo_live_interface(watching->live, i, &interfaces[i]);
    summary->interfaces = interfaces;
    summary->interface_count = interfaces != NULL ? count : 0;
    summary->read.packets = summary->stats.packets_received;
    summary->read.read_bytes = summary->stats.bytes;
    job_summarise(watching->job, summary);
    free(interfaces);
}

/* Watches until it is stopped, ends what is open, closes the books. */
static enum exit_code watch(struct watching *watching)
{
    struct job *job = watching->job;
    struct helo_live_callbacks callbacks = {watching, on_packet, on_round, on_change};
    struct summary summary = {.first = HELO_NO_TIME};
    struct helo_error lost;
    job->started = wall_now();
    watching->next_stats = job->started + job->options->stats_interval;
    enum helo_status in = helo_live_run(watching->live, &callbacks, &lost);
    helo_engine_flush(job->engine);
    take_stats(watching, &summary.stats);
    if (in != HELO_OK)
        job_complain(&lost);
    bool written = job_finish(job, wall_time(), &summary.stats);
    summarise(watching, &summary);
    return in == HELO_OK && written ? job_outcome(job) : EXIT_FAILED;
}

/* Opens interfaces and outputs, and gives up every right. */
static enum helo_status open_everything(struct watching *watching, struct privileges *privileges,
                                        struct helo_error *error)
{
    struct job *job = watching->job;
    const struct options *options = job->options;
    enum helo_status status = open_live(watching, error);
    if (status != HELO_OK)
        return status;
    /* Before the outputs: none is to be emptied for nothing. */
    if (!privileges_resolve(privileges, options->user, error))
        return HELO_ERROR_CONFIG;
    const char *only = options->interface_count == 1 ? options->interfaces[0] : NULL;
    status = job_open(job, true, only, privileges, error);
    return status == HELO_OK ? job_begin(job, true, error) : status;
}

enum exit_code watch_interfaces(struct job *job)
{
    struct watching watching = {.job = job};
    struct privileges privileges;
    struct helo_error error = {""};
    enum exit_code code = EXIT_FAILED;
    enum helo_status status = open_everything(&watching, &privileges, &error);
    if (status == HELO_OK) {
        signals_stop(stop, watching.live);
        if (!job->options->quiet)
            announce(&watching, &privileges);
        code = watch(&watching);
    } else {
        job_complain(&error);
        code = status == HELO_ERROR_CONFIG ? EXIT_USAGE : EXIT_FAILED;
    }
    signals_release();
    helo_live_close(watching.live);
    return code;
}
