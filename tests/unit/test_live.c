/* Live captures through the public API, on the loopback interface of a network namespace that the
 * program makes for itself; where that is not allowed, the tests that need it are skipped. What
 * takes real interfaces is in tests/live.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "heloscope/live.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PORT     4025
#define DATAGRAM 100
/* Ethernet, IPv4 and UDP before it. */
#define HEADERS (14 + 20 + 8)
#define COUNT   50

static bool may_capture;

static helo_time now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return time.tv_sec * HELO_SECOND + time.tv_nsec;
}

static bool set_loopback(bool up)
{
    struct ifreq request = {.ifr_name = "lo"};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    request.ifr_flags = up ? IFF_UP | IFF_RUNNING : 0;
    bool done = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
    close(fd);
    return done;
}

/* A user namespace gives the right to make the other one. */
static bool enter_namespace(void)
{
    return (unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0) &&
           set_loopback(true);
}

static void needs_namespace(void)
{
    if (may_capture)
        return;
    fputs("SKIPPED: no network namespace can be made here\n", stderr);
    skip();
}

static void send_datagrams(unsigned count, uint16_t port)
{
    uint8_t data[DATAGRAM] = {0};
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(sendto(fd, data, sizeof data, 0, (const struct sockaddr *)&to, sizeof to),
                         DATAGRAM);
    close(fd);
}

struct seen {
    struct helo_live *live;
    unsigned packets;     /* UDP to PORT; ICMP answers are not counted */
    unsigned of_first;    /* of them from the first interface */
    const char *first;    /* its name */
    unsigned rounds;      /* with a settled time */
    unsigned stop_after;  /* packets, by the callback's result; 0: never */
    unsigned rounds_left; /* 0: stop by the callback's result */
    unsigned disorder;
    unsigned cut;
    unsigned misnumbered;
    uint64_t number;
    helo_time last;
    helo_time settled;
    enum helo_live_state states[4];
    unsigned changes;
    bool (*then)(struct seen *seen); /* after each round; may be NULL */
};

static bool on_packet(void *context, const struct helo_packet *packet)
{
    struct seen *seen = context;
    seen->disorder += packet->time < seen->last;
    seen->last = packet->time;
    seen->misnumbered += packet->number != ++seen->number;
    seen->packets++;
    seen->of_first += packet->interface == seen->first;
    seen->cut += packet->captured < packet->length;
    seen->misnumbered += packet->length != HEADERS + DATAGRAM && packet->link_type == 1;
    return seen->stop_after == 0 || seen->packets < seen->stop_after;
}

static bool on_round(void *context, helo_time settled)
{
    struct seen *seen = context;
    if (settled == HELO_NO_TIME)
        return true;
    seen->disorder += settled < seen->settled || settled > now();
    seen->settled = settled;
    seen->rounds++;
    if (seen->then != NULL && !seen->then(seen))
        return true;
    return --seen->rounds_left > 0;
}

static void on_change(void *context, const struct helo_live_interface *interface)
{
    struct seen *seen = context;
    if (seen->changes < 4)
        seen->states[seen->changes++] = interface->state;
}

static struct helo_live *open_live(struct helo_live_config *config)
{
    struct helo_live *live;
    struct helo_error error;
    if (helo_live_open(config, &live, &error) != HELO_OK)
        fail_msg("%s", error.message);
    return live;
}

static enum helo_status run(struct helo_live *live, struct seen *seen)
{
    struct helo_live_callbacks callbacks = {seen, on_packet, on_round, on_change};
    struct helo_error error;
    seen->live = live;
    return helo_live_run(live, &callbacks, &error);
}

static void a_configuration_out_of_range_is_refused(void **state)
{
    (void)state;
    static const char *const lo[100] = {"lo"};
    static const struct {
        size_t count;
        uint32_t snaplen;
        uint64_t buffer;
        const char *says;
    } cases[] = {
        {0, 100, HELO_LEAST_BUFFER, "no interface"},
        {65, 100, HELO_LEAST_BUFFER, "too many interfaces"},
        {1, HELO_LEAST_SNAPLEN - 1, HELO_LEAST_BUFFER, "snap length"},
        {1, HELO_MOST_SNAPLEN + 1, HELO_LEAST_BUFFER, "snap length"},
        {1, 100, HELO_LEAST_BUFFER - 1, "buffer"},
        {1, 100, HELO_MOST_BUFFER + 1, "buffer"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct helo_live_config config;
        struct helo_live *live = (struct helo_live *)&config;
        struct helo_error error;
        helo_live_config_init(&config);
        config.interfaces = lo;
        config.count = cases[i].count;
        config.snaplen = cases[i].snaplen;
        config.buffer = cases[i].buffer;
        assert_int_equal(helo_live_open(&config, &live, &error), HELO_ERROR_CONFIG);
        assert_null(live);
        assert_non_null(strstr(error.message, cases[i].says));
    }
    helo_live_close(NULL);
}

static void refuses(const char *const *names, size_t count, const char *filter, const char *says)
{
    struct helo_live_config config;
    struct helo_live *live;
    struct helo_error error;
    helo_live_config_init(&config);
    config.interfaces = names;
    config.count = count;
    config.filter = filter;
    assert_int_equal(helo_live_open(&config, &live, &error), HELO_ERROR_INPUT);
    assert_null(live);
    if (strstr(error.message, says) == NULL)
        fail_msg("'%s' does not say '%s'", error.message, says);
}

static void an_unknown_interface_is_answered_with_those_there_are(void **state)
{
    (void)state;
    refuses((const char *const[]){"no such\n0"}, 1, NULL,
            "no such?0: no such interface; there are lo");
    refuses((const char *const[]){"no.such0"}, 1, NULL, " and any");
}

static void a_filter_that_does_not_compile_closes_what_was_open(void **state)
{
    (void)state;
    needs_namespace();
    refuses((const char *const[]){"lo", "any"}, 2, "port smtpp", "lo: the filter 'port smtpp'");
}

static void an_interface_that_is_down_is_refused_with_what_helps(void **state)
{
    (void)state;
    needs_namespace();
    assert_true(set_loopback(false));
    refuses((const char *const[]){"lo"}, 1, NULL, "lo: the interface is down; bring it up");
    assert_true(set_loopback(true));
}

/* What is sent before the run lies in the ring; what comes while it is stopped is read, too. */
static void every_packet_is_handed_over_once_and_counted(void **state)
{
    (void)state;
    needs_namespace();
    static const char *const lo = "lo";
    struct helo_live_config config;
    struct helo_live_interface interface;
    struct seen seen = {.first = lo};
    helo_live_config_init(&config);
    config.interfaces = &lo;
    config.count = 1;
    config.filter = "udp dst port 4025";
    struct helo_live *live = open_live(&config);
    send_datagrams(COUNT, PORT);
    send_datagrams(COUNT, PORT + 1);
    helo_live_stop(live);
    assert_int_equal(run(live, &seen), HELO_OK);
    assert_int_equal(seen.packets, COUNT);
    assert_int_equal(seen.of_first, COUNT);
    assert_int_equal(seen.disorder + seen.misnumbered + seen.cut + seen.changes, 0);
    helo_live_interface(live, 0, &interface);
    assert_int_equal(helo_live_count(live), 1);
    assert_ptr_equal(interface.name, lo);
    assert_int_equal(interface.link_type, 1);
    assert_string_equal(interface.link_name, "Ethernet");
    assert_int_equal(interface.packets, COUNT);
    assert_int_equal(interface.dropped_kernel + interface.dropped_interface, 0);
    assert_int_equal(interface.state, HELO_LIVE_UP);
    helo_live_close(live);
}

static bool send_some(struct seen *seen)
{
    send_datagrams(COUNT, PORT);
    return seen->rounds > 3;
}

/* Either sees every packet, with the same time: the order of times must hold all the same. */
static void two_interfaces_are_merged_by_time(void **state)
{
    (void)state;
    needs_namespace();
    static const char *const names[] = {"lo", "any"};
    struct helo_live_config config;
    struct helo_live_interface first, second;
    struct seen seen = {.first = names[0], .rounds_left = 4, .then = send_some};
    helo_live_config_init(&config);
    config.interfaces = names;
    config.count = 2;
    config.filter = "udp dst port 4025";
    struct helo_live *live = open_live(&config);
    send_datagrams(COUNT, PORT);
    while (seen.rounds_left > 0)
        assert_int_equal(run(live, &seen), HELO_OK);
    seen.rounds_left = 1;
    helo_live_stop(live);
    assert_int_equal(run(live, &seen), HELO_OK);
    helo_live_interface(live, 0, &first);
    helo_live_interface(live, 1, &second);
    assert_true(first.packets > COUNT);
    assert_int_equal(first.packets, second.packets);
    assert_int_equal(seen.packets, first.packets + second.packets);
    assert_int_equal(seen.of_first, first.packets);
    assert_int_equal(seen.disorder, 0);
    assert_int_equal(seen.misnumbered, 0);
    helo_live_close(live);
}

static void a_callback_ends_the_run(void **state)
{
    (void)state;
    needs_namespace();
    static const char *const lo = "lo";
    struct helo_live_config config;
    struct seen seen = {.first = lo, .stop_after = 3};
    helo_live_config_init(&config);
    config.interfaces = &lo;
    config.count = 1;
    config.filter = "udp dst port 4025";
    config.promiscuous = false;
    config.snaplen = HELO_LEAST_SNAPLEN;
    struct helo_live *live = open_live(&config);
    send_datagrams(COUNT, PORT);
    seen.rounds_left = 20;
    assert_int_equal(run(live, &seen), HELO_OK);
    assert_int_equal(seen.packets, 3);
    assert_int_equal(seen.cut, 3);
    /* And so does the other one, on a silent wire; the rest was in the ring. */
    seen.stop_after = 0;
    seen.rounds_left = 3;
    seen.rounds = 0;
    assert_int_equal(run(live, &seen), HELO_OK);
    assert_int_equal(seen.rounds, 3);
    assert_int_equal(seen.packets, COUNT);
    helo_live_close(live);
}

/* Down, up, and then the end; a packet after that is seen. */
static bool shake(struct seen *seen)
{
    if (seen->rounds == 1)
        assert_true(set_loopback(false));
    if (seen->changes == 1 && seen->states[0] == HELO_LIVE_DOWN)
        assert_true(set_loopback(true));
    if (seen->changes == 2 && seen->packets == 0)
        send_datagrams(1, PORT);
    return seen->packets > 0;
}

static void an_interface_may_go_down_and_come_back(void **state)
{
    (void)state;
    needs_namespace();
    static const char *const lo = "lo";
    struct helo_live_config config;
    struct seen seen = {.first = lo, .rounds_left = 1, .then = shake};
    helo_live_config_init(&config);
    config.interfaces = &lo;
    config.count = 1;
    config.filter = "udp dst port 4025";
    struct helo_live *live = open_live(&config);
    assert_int_equal(run(live, &seen), HELO_OK);
    assert_int_equal(seen.changes, 2);
    assert_int_equal(seen.states[0], HELO_LIVE_DOWN);
    assert_int_equal(seen.states[1], HELO_LIVE_UP);
    assert_true(seen.packets > 0);
    helo_live_close(live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_configuration_out_of_range_is_refused),
        cmocka_unit_test(an_unknown_interface_is_answered_with_those_there_are),
        cmocka_unit_test(a_filter_that_does_not_compile_closes_what_was_open),
        cmocka_unit_test(an_interface_that_is_down_is_refused_with_what_helps),
        cmocka_unit_test(every_packet_is_handed_over_once_and_counted),
        cmocka_unit_test(two_interfaces_are_merged_by_time),
        cmocka_unit_test(a_callback_ends_the_run),
        cmocka_unit_test(an_interface_may_go_down_and_come_back),
    };
    may_capture = enter_namespace();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
