/* The closing summary on stderr. */
#include "cli/summary.h"

#include "cli/human.h"

#include <stdio.h>

static const char *const reasons[] = {
    [HELO_UNDECODABLE_LINK_TYPE] = "unknown link type",
    [HELO_UNDECODABLE_TRUNCATED] = "truncated",
    [HELO_UNDECODABLE_LINK_HEADER] = "bad link header",
    [HELO_UNDECODABLE_IP_HEADER] = "bad IP header",
    [HELO_UNDECODABLE_FRAGMENT] = "bad or incomplete fragment",
    [HELO_UNDECODABLE_TCP_HEADER] = "bad TCP header",
    [HELO_UNDECODABLE_CHECKSUM] = "wrong checksum",
    [HELO_UNDECODABLE_NESTING] = "nested too deep",
    [HELO_UNDECODABLE_TUNNEL_HEADER] = "bad tunnel header",
};
_Static_assert(sizeof reasons / sizeof reasons[0] == HELO_UNDECODABLE_COUNT,
               "every reason has a name");

static void print_read(const struct summary *s)
{
    fprintf(stderr, "heloscope: %s, %s", human_plural(s->read.packets, "packet").text,
            human_bytes((double)s->read.read_bytes).text);
    if (s->first != HELO_NO_TIME && s->last > s->first)
        fprintf(stderr, ", %s of traffic",
                human_duration((double)(s->last - s->first) / (double)HELO_SECOND).text);
    fprintf(stderr, "; %s %s%s\n", s->interface_count > 0 ? "watched for" : "read in",
            human_duration((double)s->elapsed / (double)HELO_SECOND).text,
            s->interrupted ? ", stopped by a signal" : "");
}

static void print_interfaces(const struct summary *s)
{
    uint64_t dropped = 0;
    for (size_t i = 0; i < s->interface_count; i++) {
        const struct helo_live_interface *interface = &s->interfaces[i];
        dropped += interface->dropped_kernel;
        fprintf(stderr, "heloscope: %s: %s; dropped: %s by the kernel, %s by the interface\n",
                interface->name, human_plural(interface->packets, "packet").text,
                human_count(interface->dropped_kernel).text,
                human_count(interface->dropped_interface).text);
    }
    if (dropped > 0)
        fputs("heloscope: the kernel dropped packets because its buffer was full; raise --buffer, "
              "or let less in by a filter\n",
              stderr);
}

static void print_found(const struct summary *s)
{
    uint64_t anomalies = s->seen[HELO_DATASET_ANOMALY];
    fprintf(stderr, "heloscope: %s, %s, %s, %s %s; %s written\n",
            human_plural(s->seen[HELO_DATASET_SESSION], "session").text,
            human_plural(s->seen[HELO_DATASET_MESSAGE], "message").text,
            human_plural(s->seen[HELO_DATASET_AUTH], "authentication").text,
            anomalies == 1 ? "1" : human_count(anomalies).text,
            anomalies == 1 ? "anomaly" : "anomalies", human_plural(s->written, "event").text);
}

static uint64_t all_undecodable(const struct helo_stats *stats)
{
    uint64_t total = 0;
    for (size_t i = 0; i < HELO_UNDECODABLE_COUNT; i++)
        total += stats->undecodable[i];
    return total;
}

static void print_undecodable(const struct helo_stats *stats)
{
    uint64_t total = all_undecodable(stats);
    if (total == 0)
        return;
    fprintf(stderr, "heloscope: %s could not be decoded:", human_plural(total, "packet").text);
    const char *separator = " ";
    for (size_t i = 0; i < HELO_UNDECODABLE_COUNT; i++) {
        if (stats->undecodable[i] == 0)
            continue;
        fprintf(stderr, "%s%s %s", separator, human_count(stats->undecodable[i]).text, reasons[i]);
        separator = ", ";
    }
    fputs("\n", stderr);
}

/* TCP without a session is mail on another port more often than no mail. */
static void print_other_ports(const struct summary *s)
{
    if (s->seen[HELO_DATASET_SESSION] > 0 || s->stats.packets_tcp == 0)
        return;
    fprintf(stderr, "heloscope: no SMTP in %s with TCP",
            human_plural(s->stats.packets_tcp, "packet").text);
    if (s->port_count == 0) {
        fputs(", whatever the port\n", stderr);
        return;
    }
    fprintf(stderr, "; it was looked for on %s ", s->port_count == 1 ? "port" : "ports");
    for (size_t i = 0; i < s->port_count; i++)
        fprintf(stderr, "%s%u", i > 0 ? "," : "", s->ports[i]);
    fputs(" only: leave out --only-ports, or add others to --ports\n", stderr);
}

/* What the reader should know before believing the events. */
static void print_doubts(const struct summary *s)
{
    const struct helo_stats *stats = &s->stats;
    print_undecodable(stats);
    if (s->backward > 0)
        fprintf(stderr,
                "heloscope: %s over a second older than one before: silences may be told wrongly; "
                "read captures in the order of their times, or join them with mergecap\n",
                human_plural(s->backward, "packet").text);
    if (stats->packets_truncated > 0)
        fprintf(stderr, "heloscope: %s cut by the snap length; record with `tcpdump -s 0`\n",
                human_plural(stats->packets_truncated, "packet").text);
    if (stats->gaps > 0)
        fprintf(stderr, "heloscope: %s in the streams, %s never captured\n",
                human_plural(stats->gaps, "gap").text,
                human_plural(stats->gap_bytes, "octet").text);
    if (stats->flows_evicted > 0)
        fprintf(stderr, "heloscope: %s given up at the memory cap; raise --memory\n",
                human_plural(stats->flows_evicted, "connection").text);
    if (s->filtered && stats->packets_received == 0 && s->read.packets > 0)
        fputs("heloscope: no packet passed the filter; to look into VLANs it needs "
              "'or (vlan and ...)'\n",
              stderr);
}

static void print_counters(const struct helo_stats *stats)
{
    const struct {
        const char *name;
        uint64_t count;
    } counters[] = {
        {"packets analysed", stats->packets_received},
        {"packets with TCP", stats->packets_tcp},
        {"packets without TCP", stats->packets_other},
        {"fragments that others complete", stats->packets_held},
        {"packets that could not be decoded", all_undecodable(stats)},
        {"octets on the wire", stats->bytes},
        {"packets cut by the snap length", stats->packets_truncated},
        {"connections", stats->flows_created},
        {"connections timed out", stats->flows_expired},
        {"connections given up at the memory cap", stats->flows_evicted},
        {"gaps", stats->gaps},
        {"octets in gaps", stats->gap_bytes},
        {"segments out of window", stats->out_of_window},
        {"allocations failed", stats->allocation_failures},
    };
    for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++)
        fprintf(stderr, "heloscope: %18s %s\n", human_count(counters[i].count).text,
                counters[i].name);
}

void summary_print(const struct summary *summary)
{
    print_read(summary);
    print_interfaces(summary);
    print_found(summary);
    print_doubts(summary);
    print_other_ports(summary);
    if (summary->verbose)
        print_counters(&summary->stats);
}
