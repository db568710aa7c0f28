/* Turns libpcap's reasons into what a person needs: what is wrong, where, and what helps. */
#include "capture/damage.h"

#include "capture/fault.h"
#include "capture/sniff.h"

#include <inttypes.h>
#include <pcap/pcap.h>
#include <string.h>

/* libpcap has no error codes for these: its wording is matched, and passed on where it is new. */
#define REASON_UNKNOWN   "unknown file format"
#define REASON_TRUNCATED "truncated "
#define REASON_CAPLEN    "invalid packet capture length "
#define REASON_LINK_TYPE "an interface has a type "
#define REASON_SNAPLEN   "an interface has a snapshot length "

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

enum helo_status damage_at_open(const char *path, struct source *source, const char *reason,
                                struct helo_error *error)
{
    if (source_failure(source) != NULL)
        return fault_set(error, path, "%s", source_failure(source));
    const uint8_t *head;
    size_t len = source_peek(source, 1, &head);
    if (len == 0)
        return fault_set(error, path, "is empty");
    if (starts_with(reason, REASON_UNKNOWN)) {
        struct sniff_kind kind = sniff_kind(head, len);
        return fault_set(error, path, "is not a capture, it looks like %s%s%s", kind.looks_like,
                         kind.help != NULL ? "; " : "", kind.help != NULL ? kind.help : "");
    }
    if (starts_with(reason, REASON_TRUNCATED))
        return fault_set(error, path,
                         "too short for a capture, it ends within the file header (%zu octets)",
                         len);
    return fault_set(error, path, "can't be read: %s", reason);
}

/* What editcap -T calls a link type; NULL where a name would be a guess. */
static const char *editcap_name(int link_type)
{
    static const struct {
        int link_type;
        const char *name;
    } names[] = {
        {DLT_EN10MB, "ether"},          {DLT_RAW, "rawip"},   {DLT_LINUX_SLL, "linux-sll"},
        {DLT_LINUX_SLL2, "linux-sll2"}, {DLT_NULL, "null"},   {DLT_LOOP, "loop"},
        {DLT_IPV4, "rawip4"},           {DLT_IPV6, "rawip6"},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].link_type == link_type)
            return names[i].name;
    return NULL;
}

static enum helo_status mixed_interfaces(const struct damage_place *place, struct helo_error *error)
{
    const char *type = editcap_name(place->link_type);
    if (type == NULL)
        return fault_set(error, place->path,
                         "packet %" PRIu64 ": its interfaces have different link types; record one "
                         "interface per file",
                         place->packet);
    return fault_set(error, place->path,
                     "packet %" PRIu64 ": its interfaces have different link types; take them out "
                     "one by one, the first with `tshark -r IN -Y frame.interface_id==0 -w "
                     "ONE.pcapng` and `editcap -F %s -T %s ONE.pcapng OUT.pcap`",
                     place->packet, place->nanoseconds ? "nsecpcap" : "pcap", type);
}

enum helo_status damage_in_packet(const struct damage_place *place, const struct source *source,
                                  const char *reason, struct helo_error *error)
{
    const char *path = place->path;
    uint64_t n = place->packet;
    const char *before = n > 1 ? "; the packets before it were read" : "";
    if (source_failure(source) != NULL)
        return fault_set(error, path, "packet %" PRIu64 ": %s%s", n, source_failure(source),
                         before);
    if (starts_with(reason, REASON_TRUNCATED))
        return fault_set(error, path, "packet %" PRIu64 ": truncated, the file ends within it%s%s",
                         n, before, n > 1 ? ", `editcap IN OUT` makes a whole file of them" : "");
    if (starts_with(reason, REASON_CAPLEN))
        return fault_set(error, path,
                         "packet %" PRIu64 ": damaged, its length is absurd (%s)%s, `pcapfix IN` "
                         "may recover those behind it",
                         n, reason, before);
    if (starts_with(reason, REASON_LINK_TYPE))
        return mixed_interfaces(place, error);
    if (starts_with(reason, REASON_SNAPLEN))
        return fault_set(error, path,
                         "packet %" PRIu64 ": its interfaces have different snap lengths, which "
                         "libpcap does not read; `editcap -F %s IN OUT.pcap` evens them out",
                         n, place->nanoseconds ? "nsecpcap" : "pcap");
    return fault_set(error, path, "packet %" PRIu64 ": damaged (%s)%s", n, reason, before);
}
