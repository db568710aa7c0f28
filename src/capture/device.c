/* Network interfaces as the kernel knows them: which there are, what became of one. */
#include "capture/device.h"

#include "capture/fault.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

int device_index(const char *name)
{
    if (strcmp(name, "any") == 0)
        return 0;
    unsigned index = if_nametoindex(name);
    return index > 0 ? (int)index : -1;
}

static bool ask_by_name(const char *name, int fd, unsigned long what, struct ifreq *request)
{
    *request = (struct ifreq){.ifr_ifindex = 0};
    int len = snprintf(request->ifr_name, sizeof request->ifr_name, "%s", name);
    return len > 0 && (size_t)len < sizeof request->ifr_name && ioctl(fd, what, request) == 0;
}

int device_index_by(const char *name, int fd)
{
    struct ifreq request;
    return ask_by_name(name, fd, SIOCGIFINDEX, &request) ? request.ifr_ifindex : -1;
}

int device_kind(const char *name, int fd)
{
    struct ifreq request;
    return ask_by_name(name, fd, SIOCGIFHWADDR, &request) ? request.ifr_hwaddr.sa_family : -1;
}

enum helo_status device_missing(const char *name, struct helo_error *error)
{
    char names[320] = "";
    size_t len = 0;
    struct if_nameindex *list = if_nameindex();
    for (const struct if_nameindex *at = list; at != NULL && at->if_index != 0; at++) {
        int n = snprintf(names + len, sizeof names - len, "%s%s", len > 0 ? ", " : "", at->if_name);
        if (n < 0 || (size_t)n >= sizeof names - len)
            break;
        len += (size_t)n;
    }
    names[len] = '\0';
    if (list != NULL)
        if_freenameindex(list);
    return fault_set(error, name, "no such interface; there are %s and any", names);
}

enum helo_live_state device_state(int index, int fd)
{
    struct ifreq request = {.ifr_ifindex = index};
    if (index == 0)
        return HELO_LIVE_UP;
    if (ioctl(fd, SIOCGIFNAME, &request) != 0 || ioctl(fd, SIOCGIFFLAGS, &request) != 0)
        return HELO_LIVE_GONE;
    if ((request.ifr_flags & IFF_UP) == 0)
        return HELO_LIVE_DOWN;
    return (request.ifr_flags & IFF_RUNNING) != 0 ? HELO_LIVE_UP : HELO_LIVE_NO_CARRIER;
}
