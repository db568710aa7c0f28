/* Drops, as the kernel counts them: of interfaces by rtnetlink(7), of rings by packet(7). */
#include "capture/counters.h"

#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* An interface's description is some kilobytes; what is cut off is not looked at. */
#define ANSWER_SIZE 16384

struct request {
    struct nlmsghdr header;
    struct ifinfomsg about;
};

union answer {
    struct nlmsghdr header;
    char octets[ANSWER_SIZE];
};

/* Packets that the device had no buffer for, and those that overran its own. */
static uint64_t no_room(const uint8_t *octets, size_t have)
{
    struct rtnl_link_stats64 stats = {0};
    memcpy(&stats, octets, have < sizeof stats ? have : sizeof stats);
    return stats.rx_missed_errors + stats.rx_fifo_errors;
}

bool counters_read(const struct nlmsghdr *answer, size_t len, uint64_t *count)
{
    if (!NLMSG_OK(answer, len) || answer->nlmsg_type != RTM_NEWLINK ||
        answer->nlmsg_len < NLMSG_LENGTH(sizeof(struct ifinfomsg)))
        return false;
    const uint8_t *at = (const uint8_t *)answer + NLMSG_LENGTH(sizeof(struct ifinfomsg));
    size_t left = answer->nlmsg_len - NLMSG_LENGTH(sizeof(struct ifinfomsg));
    struct rtattr attribute;
    while (left >= sizeof attribute) {
        memcpy(&attribute, at, sizeof attribute);
        if (attribute.rta_len < sizeof attribute || attribute.rta_len > left)
            return false;
        if (attribute.rta_type == IFLA_STATS64) {
            *count = no_room(at + sizeof attribute, attribute.rta_len - sizeof attribute);
            return true;
        }
        size_t step = RTA_ALIGN(attribute.rta_len);
        step = step < left ? step : left; /* the last one's padding may be missing */
        at += step;
        left -= step;
    }
    return false;
}

/* The kernel has answered when send returns. */
static bool ask(const struct counters *counters, uint64_t *count)
{
    struct request request = {
        .header = {.nlmsg_len = sizeof request,
                   .nlmsg_type = RTM_GETLINK,
                   .nlmsg_flags = NLM_F_REQUEST},
        .about = {.ifi_family = AF_UNSPEC, .ifi_index = counters->index},
    };
    union answer answer;
    struct iovec vector = {&answer, sizeof answer};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
    if (counters->socket < 0 ||
        send(counters->socket, &request, sizeof request, 0) != (ssize_t)sizeof request)
        return false;
    ssize_t got = recvmsg(counters->socket, &message, MSG_DONTWAIT);
    return got > 0 && counters_read(&answer.header, (size_t)got, count);
}

void counters_open(struct counters *counters, int index)
{
    counters->socket = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    counters_move(counters, index);
}

void counters_move(struct counters *counters, int index)
{
    counters->index = index;
    counters->seen = 0;
    ask(counters, &counters->seen);
}

/* A device that is set up anew may begin at zero: nothing new then. */
uint64_t counters_interface(struct counters *counters)
{
    uint64_t now;
    if (!ask(counters, &now))
        return 0;
    uint64_t grown = now > counters->seen ? now - counters->seen : 0;
    counters->seen = now;
    return grown;
}

uint64_t counters_kernel(int socket)
{
    /* The kernel begins anew each time that it is asked; the ring's version has a third member. */
    struct tpacket_stats_v3 stats = {0};
    socklen_t size = sizeof stats;
    if (getsockopt(socket, SOL_PACKET, PACKET_STATISTICS, &stats, &size) != 0)
        return 0;
    return stats.tp_drops;
}

void counters_close(struct counters *counters)
{
    if (counters->socket >= 0)
        close(counters->socket);
    counters->socket = -1;
}
