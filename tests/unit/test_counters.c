/* What the kernel's answers say of an interface's drops; and the kernel's own, of the loopback. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <linux/rtnetlink.h>
#include <net/if.h>

#include "capture/counters.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct built {
    union {
        struct nlmsghdr header;
        uint8_t octets[1024];
    } of;
};

static void add(struct built *built, uint16_t type, const void *data, size_t len)
{
    struct rtattr attribute = {.rta_len = (uint16_t)RTA_LENGTH(len), .rta_type = type};
    uint8_t *to = built->of.octets + built->of.header.nlmsg_len;
    memcpy(to, &attribute, sizeof attribute);
    memcpy(to + sizeof attribute, data, len);
    built->of.header.nlmsg_len += (uint32_t)RTA_SPACE(len);
}

/* An answer as the kernel makes it, with len octets of the counters. */
static struct built make(uint16_t type, size_t len)
{
    static const struct rtnl_link_stats64 stats = {
        .rx_packets = 1000, .rx_missed_errors = 5, .rx_fifo_errors = 70, .rx_dropped = 3};
    struct built built = {.of = {.octets = {0}}};
    built.of.header.nlmsg_type = type;
    built.of.header.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg));
    add(&built, IFLA_IFNAME, "tap1", 5);
    add(&built, IFLA_STATS64, &stats, len);
    add(&built, IFLA_QDISC, "noqueue", 8);
    return built;
}

static void drops_are_what_there_was_no_room_for(void **state)
{
    uint64_t count = 1;
    struct built built = make(RTM_NEWLINK, sizeof(struct rtnl_link_stats64));
    (void)state;
    assert_true(counters_read(&built.of.header, built.of.header.nlmsg_len, &count));
    assert_int_equal(count, 75);
}

static void an_older_kernel_has_fewer_of_them(void **state)
{
    uint64_t count = 1;
    struct built built = make(RTM_NEWLINK, offsetof(struct rtnl_link_stats64, rx_missed_errors));
    (void)state;
    assert_true(counters_read(&built.of.header, built.of.header.nlmsg_len, &count));
    assert_int_equal(count, 70);
}

static void errors_and_others_say_nothing(void **state)
{
    static const uint16_t types[] = {NLMSG_ERROR, NLMSG_DONE, RTM_DELLINK};
    uint64_t count = 9;
    (void)state;
    for (size_t i = 0; i < COUNT(types); i++) {
        struct built built = make(types[i], sizeof(struct rtnl_link_stats64));
        assert_false(counters_read(&built.of.header, built.of.header.nlmsg_len, &count));
    }
    assert_int_equal(count, 9);
}

/* Cut anywhere, and lying about its length: nothing behind its end is read. */
static void an_answer_that_is_cut_says_nothing(void **state)
{
    struct built built = make(RTM_NEWLINK, sizeof(struct rtnl_link_stats64));
    size_t whole = built.of.header.nlmsg_len;
    (void)state;
    for (size_t len = 0; len < whole; len++) {
        uint64_t count = 9;
        struct nlmsghdr *exact = malloc(len > 0 ? len : 1);
        memcpy(exact, built.of.octets, len);
        assert_false(counters_read(exact, len, &count));
        if (len >= sizeof *exact) {
            exact->nlmsg_len = (uint32_t)len;
            bool all = len >= whole - RTA_SPACE(8);
            assert_int_equal(counters_read(exact, len, &count), all);
            assert_int_equal(count, all ? 75 : 9);
        }
        free(exact);
    }
}

static void the_kernel_is_asked_and_what_is_closed_counts_nothing(void **state)
{
    struct counters counters = COUNTERS_NONE;
    (void)state;
    assert_int_equal(counters_interface(&counters), 0);
    counters_open(&counters, (int)if_nametoindex("lo"));
    assert_true(counters.socket >= 0);
    assert_int_equal(counters_interface(&counters), 0);
    counters.seen = UINT64_MAX; /* as if it had been reset since: its own count is smaller */
    assert_int_equal(counters_interface(&counters), 0);
    assert_int_not_equal(counters.seen, UINT64_MAX); /* the kernel did answer */
    counters_move(&counters, INT32_MAX);
    counters.seen = UINT64_MAX;
    assert_int_equal(counters_interface(&counters), 0);
    assert_int_equal(counters.seen, UINT64_MAX); /* there is no such interface: nothing is known */
    counters_close(&counters);
    counters_close(&counters);
    assert_int_equal(counters_interface(&counters), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drops_are_what_there_was_no_room_for),
        cmocka_unit_test(an_older_kernel_has_fewer_of_them),
        cmocka_unit_test(errors_and_others_say_nothing),
        cmocka_unit_test(an_answer_that_is_cut_says_nothing),
        cmocka_unit_test(the_kernel_is_asked_and_what_is_closed_counts_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
