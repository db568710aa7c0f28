/* Drops, as the kernel counts them. */
#include "capture/counters.h"

#include <fcntl.h>
#include <linux/if_packet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* Packets that the device had no buffer for, and those that overran its own. */
static const char *const names[COUNTERS_FILES] = {"rx_missed_errors", "rx_fifo_errors"};

static uint64_t sum(const struct counters *counters)
{
    uint64_t total = 0;
    for (int i = 0; i < COUNTERS_FILES; i++) {
        char text[32];
        ssize_t got = pread(counters->fd[i], text, sizeof text - 1, 0);
        text[got > 0 ? got : 0] = '\0';
        total += strtoull(text, NULL, 10);
    }
    return total;
}

void counters_open(struct counters *counters, const char *name)
{
    for (int i = 0; i < COUNTERS_FILES; i++) {
        char path[128];
        snprintf(path, sizeof path, "/sys/class/net/%s/statistics/%s", name, names[i]);
        counters->fd[i] = open(path, O_RDONLY | O_CLOEXEC);
    }
    counters->seen = sum(counters);
}

/* A device that is set up anew may begin at zero: nothing new then. */
uint64_t counters_interface(struct counters *counters)
{
    uint64_t now = sum(counters);
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
    for (int i = 0; i < COUNTERS_FILES; i++) {
        if (counters->fd[i] >= 0)
            close(counters->fd[i]);
        counters->fd[i] = -1;
    }
}
