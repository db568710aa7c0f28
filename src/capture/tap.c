/* One interface that is captured: opened, read packet by packet, counted, watched. */
#include "capture/tap.h"

#include "base/limits.h"
#include "capture/device.h"
#include "capture/fault.h"
#include "capture/filter.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* libpcap reports an interface that goes down as a failure to read; one that lasts is one. */
#define MOST_FAILURES 16

/* What to do about a lack of rights; the program's own path belongs into the command. */
static enum helo_status no_permission(const char *name, struct helo_error *error)
{
    char program[128] = "heloscope";
    ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);
    if (len > 0)
        program[len] = '\0';
    return fault_set(error, name,
                     "no permission to capture: that takes the capability CAP_NET_RAW; run as "
                     "root, or give it to the program once: setcap cap_net_raw=ep %s",
                     program);
}

static enum helo_status why_not_active(const char *name, pcap_t *pcap, int result,
                                       struct helo_error *error)
{
    const char *reason = pcap_geterr(pcap);
    switch (result) {
    case PCAP_ERROR_NO_SUCH_DEVICE:
        return device_missing(name, error);
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
        return no_permission(name, error);
    case PCAP_ERROR_IFACE_NOT_UP:
        return fault_set(error, name, "the interface is down; bring it up: ip link set %s up",
                         name);
    default:
        return fault_set(error, name, "can't be captured: %s",
                         reason[0] != '\0' ? reason : pcap_statustostr(result));
    }
}

/* Settings before pcap_activate can't fail but for a handle that is active. */
static void set_up(pcap_t *pcap, const struct helo_live_config *config)
{
    pcap_set_snaplen(pcap, (int)config->snaplen);
    pcap_set_promisc(pcap, config->promiscuous);
    pcap_set_buffer_size(pcap, (int)config->buffer);
    pcap_set_timeout(pcap, LIMIT_LIVE_BLOCK_MILLISECONDS);
    pcap_set_immediate_mode(pcap, 0); /* else it would be TPACKET_V2 and a wake-up per packet */
    pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
}

static enum helo_status set_filter(const struct tap *tap, const char *filter,
                                   struct helo_error *error)
{
    struct bpf_program program;
    if (filter == NULL || filter[0] == '\0')
        return HELO_OK;
    enum helo_status status = filter_compile(tap->pcap, tap->about.name, filter, &program, error);
    if (status != HELO_OK)
        return status;
    if (pcap_setfilter(tap->pcap, &program) != 0)
        status = fault_set(error, tap->about.name, "the filter can't be set: %s",
                           pcap_geterr(tap->pcap));
    pcap_freecode(&program);
    return status;
}

static enum helo_status activate(struct tap *tap, const struct helo_live_config *config,
                                 struct helo_error *error)
{
    const char *name = tap->about.name;
    char reason[PCAP_ERRBUF_SIZE] = "";
    int result = pcap_activate(tap->pcap);
    if (result < 0)
        return why_not_active(name, tap->pcap, result, error);
    if (pcap_setnonblock(tap->pcap, 1, reason) != 0)
        return fault_set(error, name, "can't be captured: %s", reason);
    tap->fd = pcap_get_selectable_fd(tap->pcap);
    if (tap->fd < 0)
        return fault_set(error, name, "can't be captured: it can't be waited for");
    if (config->promiscuous)
        counters_open(&tap->counters, tap->index);
    tap->kind = device_kind(name, tap->fd);
    tap->about.link_type = pcap_datalink(tap->pcap);
    const char *link_name = pcap_datalink_val_to_description(tap->about.link_type);
    tap->about.link_name = link_name != NULL ? link_name : "unknown link type";
    return set_filter(tap, config->filter, error);
}

enum helo_status tap_open(struct tap *tap, const char *name, const struct helo_live_config *config,
                          struct helo_error *error)
{
    char reason[PCAP_ERRBUF_SIZE] = "";
    *tap = (struct tap){
        .about = {.name = name, .state = HELO_LIVE_UP},
        .fd = -1,
        .promiscuous = config->promiscuous,
        .counters = COUNTERS_NONE,
    };
    tap->index = device_index(name);
    if (tap->index < 0)
        return device_missing(name, error);
    tap->pcap = pcap_create(name, reason);
    if (tap->pcap == NULL)
        return fault_set(error, name, "can't be captured: %s", reason);
    set_up(tap->pcap, config);
    enum helo_status status = activate(tap, config, error);
    if (status != HELO_OK)
        tap_close(tap);
    return status;
}

bool tap_read(struct tap *tap)
{
    struct pcap_pkthdr *header;
    const u_char *data;
    if (tap->pcap == NULL)
        return false;
    int result = pcap_next_ex(tap->pcap, &header, &data);
    tap->failures = result < 0 ? tap->failures + 1 : 0;
    if (result != 1)
        return false;
    tap->head = (struct helo_packet){
        /* The precision asked for: tv_usec counts nanoseconds. */
        .time = header->ts.tv_sec * HELO_SECOND + header->ts.tv_usec,
        .data = data,
        .captured = header->caplen,
        .length = header->len,
        .link_type = tap->about.link_type,
        .interface = tap->about.name,
    };
    return true;
}

/* Not through pcap_setfilter, which would apply the filter to what is in the ring, too. */
void tap_refuse(struct tap *tap)
{
    struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
    struct sock_fprog program = {.len = 1, .filter = &nothing};
    if (tap->pcap != NULL)
        setsockopt(tap->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

void tap_count(struct tap *tap)
{
    if (tap->pcap == NULL)
        return;
    tap->about.dropped_kernel += counters_kernel(tap->fd);
    tap->about.dropped_interface += counters_interface(&tap->counters);
}

/* Notes the loss of the interface if it is one. */
static void note_loss(struct tap *tap, enum helo_live_state state, helo_time now)
{
    bool fails = state == HELO_LIVE_UP && tap->failures >= MOST_FAILURES;
    if (state != HELO_LIVE_UP)
        tap->failures = 0;
    if (tap->lost_at != 0 || (state != HELO_LIVE_GONE && !fails))
        return;
    tap->lost_at = now;
    tap->failed = fails;
    if (fails)
        fault_set(&tap->lost, tap->about.name, "reading failed: %s", pcap_geterr(tap->pcap));
    else
        fault_set(&tap->lost, tap->about.name, "the interface is gone");
}

/* Has the socket capture the interface of that number, as libpcap did with the one before. */
static bool bind_to(struct tap *tap, int index)
{
    struct sockaddr_ll address = {
        .sll_family = AF_PACKET,
        .sll_protocol = htons(ETH_P_ALL),
        .sll_ifindex = index,
    };
    struct packet_mreq wish = {.mr_ifindex = index, .mr_type = PACKET_MR_PROMISC};
    if (bind(tap->fd, (struct sockaddr *)(void *)&address, sizeof address) != 0)
        return false;
    if (tap->promiscuous)
        setsockopt(tap->fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &wish, sizeof wish);
    return true;
}

/* Looks for a new interface of the name of one that is gone. */
static enum helo_live_state find_again(struct tap *tap)
{
    int index = device_index_by(tap->about.name, tap->fd);
    if (index < 0)
        return HELO_LIVE_GONE;
    if (device_kind(tap->about.name, tap->fd) != tap->kind)
        return HELO_LIVE_CHANGED;
    if (!bind_to(tap, index))
        return HELO_LIVE_GONE;
    tap->index = index;
    tap->lost_at = 0;
    tap->failures = 0;
    counters_move(&tap->counters, index);
    return device_state(index, tap->fd);
}

/* What becomes of an interface that is lost: read empty first, then closed or waited for. */
static enum helo_live_state after_loss(struct tap *tap, helo_time now)
{
    enum helo_live_state before = tap->about.state;
    if (before == HELO_LIVE_GONE || before == HELO_LIVE_CHANGED)
        return find_again(tap);
    if (tap->has_head || now - tap->lost_at < LIMIT_LIVE_SETTLE_MILLISECONDS * HELO_MILLISECOND)
        return before;
    return tap->failed ? HELO_LIVE_FAILED : HELO_LIVE_GONE;
}

bool tap_look(struct tap *tap, helo_time now)
{
    int pending;
    socklen_t size = sizeof pending;
    if (tap->pcap == NULL)
        return false;
    /* An interface that goes down leaves an error that poll would tell of again and again. */
    getsockopt(tap->fd, SOL_SOCKET, SO_ERROR, &pending, &size);
    enum helo_live_state before = tap->about.state;
    enum helo_live_state state = device_state(tap->index, tap->fd);
    note_loss(tap, state, now);
    if (tap->lost_at != 0)
        state = after_loss(tap, now);
    tap->about.state = state;
    return state != before;
}

bool tap_is_away(const struct tap *tap)
{
    return tap->pcap == NULL || tap->about.state == HELO_LIVE_GONE ||
           tap->about.state == HELO_LIVE_CHANGED;
}

void tap_close(struct tap *tap)
{
    if (tap->pcap == NULL)
        return;
    tap_count(tap);
    pcap_close(tap->pcap);
    counters_close(&tap->counters);
    tap->pcap = NULL;
    tap->fd = -1;
    tap->has_head = false;
}
