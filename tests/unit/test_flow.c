/* Flow: which segments begin, replace and end a connection, and when it is over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "exact.h"
#include "flow/flow.h"

#define NOW  (INT64_C(1700000000) * HELO_SECOND)
#define IDLE (77 * HELO_SECOND)
#define MANY 100000u

struct world {
    struct mem *mem;
    struct flow_table *table;
};

/* XXH3 wants a secret that looks random: with one of zeros all hashes are alike. */
static void make_secret(uint8_t secret[192])
{
    uint32_t x = 12345;
    for (unsigned i = 0; i < 192; i++) {
        x = x * 1664525u + 1013904223u;
        secret[i] = (uint8_t)(x >> 24);
    }
}

static int make(void **state)
{
    uint8_t secret[192];
    const struct flow_timeouts timeouts = {.idle = IDLE};
    struct world *world = calloc(1, sizeof(*world));
    assert_non_null(world);
    world->mem = mem_new(UINT64_C(256) << 20, 0);
    assert_non_null(world->mem);
    make_secret(secret);
    world->table = flow_table_new(world->mem, secret, &timeouts, &(struct flow_key){.vlan = false});
    assert_non_null(world->table);
    *state = world;
    return 0;
}

static int drop(void **state)
{
    struct world *world = *state;
    flow_table_free(world->table);
    uint64_t left = mem_used(world->mem);
    mem_destroy(world->mem);
    free(world);
    return left == 0 ? 0 : -1;
}

/* A segment of client number n, or with back of its server. */
static struct segment segment_of(unsigned n, bool back, unsigned flags, uint32_t seq, uint32_t ack)
{
    struct segment segment = {.time = NOW, .family = 4, .window_scale = -1, .window = 1000};
    uint8_t *client = back ? segment.destination : segment.source;
    uint8_t *server = back ? segment.source : segment.destination;
    memcpy(client, (const uint8_t[]){10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n}, 4);
    memcpy(server, (const uint8_t[]){192, 0, 2, 1}, 4);
    segment.source_port = back ? 25 : 40000;
    segment.destination_port = back ? 40000 : 25;
    segment.flags = (uint8_t)flags;
    segment.seq = seq;
    segment.ack = ack;
    return segment;
}

/* One row of a handshake: who sends what, and what the table is to make of it. */
struct row {
    char what; /* S: SYN, Y: SYN-ACK, A: ACK, R: RST, C: the flow is closed by hand, 0: the end */
    bool back;
    uint32_t seq, ack;
    enum flow_verdict verdict;
};

/* Plays rows; the flow as it stands afterwards. */
static struct flow *play(struct world *world, const struct row *rows)
{
    static const unsigned char flags[] = {['S'] = SEGMENT_SYN,
                                          ['Y'] = SEGMENT_SYN | SEGMENT_ACK,
                                          ['A'] = SEGMENT_ACK,
                                          ['R'] = SEGMENT_RST};
    struct flow *flow = NULL;
    for (; rows->what != 0; rows++) {
        unsigned direction;
        if (rows->what == 'C') {
            flow_set_class(world->table, flow, FLOW_CLOSED);
            continue;
        }
        struct segment segment =
            segment_of(1, rows->back, flags[(unsigned char)rows->what], rows->seq, rows->ack);
        flow = flow_find(world->table, &segment, &direction);
        if (flow == NULL)
            flow = flow_make(world->table, &segment, NOW, &direction);
        assert_non_null(flow);
        enum flow_verdict verdict = flow_handshake(flow, direction, &segment);
        assert_int_equal(verdict, rows->verdict);
        if (verdict == FLOW_RESTART) {
            flow_restart(world->table, flow, &segment, NOW, direction);
            assert_int_equal(flow_handshake(flow, direction, &segment), FLOW_GO_ON);
        }
    }
    return flow;
}

/* The half of the client of segment_of: its address is the lower one. */
enum { CLIENT, SERVER };

static void the_sender_of_a_syn_is_client(void **state)
{
    const struct flow *flow =
        play(*state, (const struct row[]){{'S', false, 100, 0, FLOW_GO_ON}, {0}});
    assert_int_equal(flow->client, CLIENT);
    assert_int_equal(flow->class, FLOW_HALF_OPEN);
    assert_false(flow->midstream);
    assert_true(flow->half[CLIENT].edge_known);
    assert_int_equal(flow->half[CLIENT].edge, 101);
    assert_false(flow->half[SERVER].edge_known);
}

static void a_syn_from_the_higher_address_makes_that_the_client(void **state)
{
    const struct flow *flow =
        play(*state, (const struct row[]){{'S', true, 100, 0, FLOW_GO_ON}, {0}});
    assert_int_equal(flow->client, SERVER);
}

static void the_receiver_of_a_syn_ack_is_client_and_its_edge_is_told(void **state)
{
    const struct flow *flow =
        play(*state, (const struct row[]){{'Y', true, 500, 101, FLOW_GO_ON}, {0}});
    assert_int_equal(flow->client, CLIENT);
    assert_int_equal(flow->half[SERVER].edge, 501);
    assert_int_equal(flow->half[CLIENT].edge, 101);
    assert_true(flow->half[CLIENT].edge_known);
    assert_false(flow->half[CLIENT].syn_seen);
}

static void a_syn_captured_after_its_syn_ack_is_of_the_same_connection(void **state)
{
    const struct flow *flow =
        play(*state, (const struct row[]){
                         {'Y', true, 500, 101, FLOW_GO_ON}, {'S', false, 100, 0, FLOW_GO_ON}, {0}});
    assert_true(flow->half[CLIENT].syn_seen);
    assert_int_equal(flow->client, CLIENT);
}

static void a_pick_up_sets_both_edges_by_seq_and_ack_and_knows_no_roles(void **state)
{
    const struct flow *flow =
        play(*state, (const struct row[]){{'A', false, 700, 900, FLOW_GO_ON}, {0}});
    assert_true(flow->midstream);
    assert_int_equal(flow->client, -1);
    assert_int_equal(flow->half[CLIENT].edge, 700);
    assert_int_equal(flow->half[SERVER].edge, 900);
    assert_true(flow->half[CLIENT].edge_known && flow->half[SERVER].edge_known);
}

static void both_may_open_at_once(void **state)
{
    const struct flow *flow = play(*state, (const struct row[]){{'S', false, 100, 0, FLOW_GO_ON},
                                                                {'S', true, 500, 0, FLOW_GO_ON},
                                                                {'Y', false, 100, 501, FLOW_GO_ON},
                                                                {'Y', true, 500, 101, FLOW_GO_ON},
                                                                {'A', false, 101, 501, FLOW_GO_ON},
                                                                {0}});
    assert_int_equal(flow->client, CLIENT);
    assert_int_equal(flow->half[CLIENT].edge, 101);
    assert_int_equal(flow->half[SERVER].edge, 501);
}

#define OPEN                                                                                       \
    {'S', false, 100, 0, FLOW_GO_ON}, {'Y', true, 500, 101, FLOW_GO_ON},                           \
    {                                                                                              \
        'A', false, 101, 501, FLOW_GO_ON                                                           \
    }

struct play {
    const char *what;
    struct row rows[10];
    uint32_t client_edge, server_edge;
};

/* A connection is open; then come SYNs. The edges tell whose connection it is at the end. */
static const struct play plays[] = {
    {"a retransmitted handshake changes nothing",
     {OPEN, {'S', false, 100, 0, FLOW_GO_ON}, {'Y', true, 500, 101, FLOW_GO_ON}},
     101,
     501},
    {"a forged SYN kills nothing",
     {OPEN, {'S', false, 9000, 0, FLOW_IGNORE}, {'A', false, 101, 501, FLOW_GO_ON}},
     101,
     501},
    {"many forged SYNs kill nothing",
     {OPEN,
      {'S', false, 9000, 0, FLOW_IGNORE},
      {'S', false, 9001, 0, FLOW_IGNORE},
      {'S', true, 9000, 0, FLOW_IGNORE},
      {'S', true, 9001, 0, FLOW_IGNORE}},
     101,
     501},
    {"a bare SYN's candidate answers no number, not even 0",
     {OPEN, {'S', false, 9000, 0, FLOW_IGNORE}, {'S', true, UINT32_MAX, 0, FLOW_IGNORE}},
     101,
     501},
    {"a forged SYN-ACK kills nothing",
     {OPEN, {'Y', true, 7000, 9001, FLOW_IGNORE}, {'A', false, 101, 501, FLOW_GO_ON}},
     101,
     501},
    {"a forged SYN that a challenge ACK answers kills nothing",
     {OPEN, {'S', false, 9000, 0, FLOW_IGNORE}, {'A', true, 501, 101, FLOW_GO_ON}},
     101,
     501},
    {"a SYN-ACK that answers another number than the new SYN's does not replace",
     {OPEN, {'S', false, 9000, 0, FLOW_IGNORE}, {'Y', true, 7000, 9002, FLOW_IGNORE}},
     101,
     501},
    {"a new SYN and its SYN-ACK replace",
     {OPEN, {'S', false, 9000, 0, FLOW_IGNORE}, {'Y', true, 7000, 9001, FLOW_RESTART}},
     9001,
     7001},
    {"so do they in the other order",
     {OPEN, {'Y', true, 7000, 9001, FLOW_IGNORE}, {'S', false, 9000, 0, FLOW_RESTART}},
     9001,
     0},
    {"of several new SYNs the last may be answered",
     {OPEN,
      {'S', false, 8000, 0, FLOW_IGNORE},
      {'S', false, 9000, 0, FLOW_IGNORE},
      {'Y', true, 7000, 9001, FLOW_RESTART}},
     9001,
     7001},
    {"the other side may open the new one",
     {OPEN, {'S', true, 9000, 0, FLOW_IGNORE}, {'Y', false, 7000, 9001, FLOW_RESTART}},
     7001,
     9001},
    {"a closed connection's tuple is taken by a new SYN at once",
     {OPEN, {'C', 0, 0, 0, 0}, {'S', false, 9000, 0, FLOW_RESTART}},
     9001,
     0},
    {"and by a new SYN-ACK whose SYN was missed",
     {OPEN, {'C', 0, 0, 0, 0}, {'Y', true, 7000, 9001, FLOW_RESTART}},
     9001,
     7001},
    {"late packets of a closed connection make no new one",
     {OPEN,
      {'C', 0, 0, 0, 0},
      {'A', false, 101, 501, FLOW_IGNORE},
      {'A', true, 501, 101, FLOW_IGNORE},
      {'Y', true, 500, 101, FLOW_IGNORE}},
     101,
     501},
    {"a RST is no handshake", {OPEN, {'R', false, 5, 0, FLOW_GO_ON}}, 101, 501},
    {"sequence numbers wrap",
     {{'S', false, UINT32_MAX, 0, FLOW_GO_ON},
      {'Y', true, UINT32_MAX, 0, FLOW_GO_ON},
      {'S', false, 9000, 0, FLOW_IGNORE}},
     0,
     0},
};

static void a_connection_is_replaced_only_by_another_isn_with_its_syn_ack(void **state)
{
    for (size_t i = 0; i < COUNT(plays); i++) {
        void *world;
        (void)state;
        make(&world);
        const struct flow *flow = play(world, plays[i].rows);
        if (flow->half[CLIENT].edge != plays[i].client_edge ||
            flow->half[SERVER].edge != plays[i].server_edge)
            fail_msg("%s: edges %u and %u", plays[i].what, flow->half[CLIENT].edge,
                     flow->half[SERVER].edge);
        assert_int_equal(drop(&world), 0);
    }
}

static void a_new_connection_on_a_tuple_remembers_nothing_of_the_old_one(void **state)
{
    struct world *world = *state;
    struct segment syn = segment_of(1, true, SEGMENT_SYN, 9000, 0);
    struct flow *flow = play(world, (const struct row[]){OPEN, {0}});
    flow_set_class(world->table, flow, FLOW_SILENT);
    flow->half[0].bytes = flow->half[1].packets = 5;
    flow->closing = true;
    flow->half[0].rst = flow->half[1].fin = true;
    flow_restart(world->table, flow, &syn, NOW + 5, 1);
    assert_int_equal(flow->class, FLOW_HALF_OPEN);
    assert_int_equal(flow->client, -1);
    assert_false(flow->closing);
    assert_true(flow->created == NOW);
    assert_true(flow->touched == NOW + 5);
    for (int i = 0; i < 2; i++) {
        assert_false(flow->half[i].rst || flow->half[i].fin || flow->half[i].edge_known);
        assert_int_equal(flow->half[i].bytes + flow->half[i].packets, 0);
    }
}

static void each_class_has_its_exact_deadline(void **state)
{
    struct world *world = *state;
    struct flow *flow = play(world, (const struct row[]){OPEN, {0}});
    static const struct {
        enum flow_class class;
        bool closing;
        helo_time deadline;
    } cases[] = {
        {FLOW_HALF_OPEN, false, NOW + 30 * HELO_SECOND},
        {FLOW_SILENT, false, NOW + IDLE},
        {FLOW_OTHER, false, NOW + IDLE},
        {FLOW_SMTP, false, NOW + IDLE},
        {FLOW_SMTP, true, NOW + 3 + LIMIT_LINGER_MILLISECONDS * HELO_MILLISECOND},
        {FLOW_CLOSED, false, NOW + 3 + LIMIT_CLOSED_SECONDS * HELO_SECOND},
    };
    flow->touched = NOW;
    flow->settled = NOW + 3;
    for (size_t i = 0; i < COUNT(cases); i++) {
        flow_set_class(world->table, flow, cases[i].class);
        flow->closing = cases[i].closing;
        assert_true(flow_deadline(world->table, flow) == cases[i].deadline);
    }
}

static struct flow *add(struct world *world, unsigned n)
{
    struct segment segment = segment_of(n, false, SEGMENT_SYN, n, 0);
    unsigned direction;
    struct flow *flow = flow_make(world->table, &segment, NOW, &direction);
    assert_non_null(flow);
    return flow;
}

static struct flow *find(struct world *world, unsigned n, bool back)
{
    struct segment segment = segment_of(n, back, SEGMENT_ACK, n, 0);
    unsigned direction;
    struct flow *flow = flow_find(world->table, &segment, &direction);
    if (flow != NULL)
        assert_int_equal(direction, back ? SERVER : CLIENT);
    return flow;
}

static void a_hundred_thousand_flows_are_found_and_removed_one_by_one(void **state)
{
    struct world *world = *state;
    for (unsigned n = 0; n < MANY; n++) {
        assert_null(find(world, n, false));
        add(world, n);
    }
    assert_int_equal(flow_count(world->table), MANY);
    /* Two of three go; their neighbours in the probes must stay. */
    for (unsigned n = 0; n < MANY; n++) {
        if (n % 3 != 0)
            flow_remove(world->table, find(world, n, n % 2 == 0));
    }
    for (unsigned n = 0; n < MANY; n++) {
        const struct flow *flow = find(world, n, true);
        assert_int_equal(flow != NULL, n % 3 == 0);
    }
    for (unsigned n = 0; n < MANY; n += 3)
        flow_remove(world->table, find(world, n, false));
    assert_int_equal(flow_count(world->table), 0);
}

static void the_victim_is_the_one_longest_untouched_in_its_class(void **state)
{
    struct world *world = *state;
    struct flow *flow[4];
    for (unsigned n = 0; n < 4; n++)
        flow[n] = add(world, n);
    assert_ptr_equal(flow_victim(world->table, FLOW_HALF_OPEN), flow[0]);
    flow[0]->touched = NOW + 1; /* it moved: a second chance */
    assert_ptr_equal(flow_victim(world->table, FLOW_HALF_OPEN), flow[1]);
    flow[1]->touched = flow[2]->touched = NOW + 2;
    assert_ptr_equal(flow_victim(world->table, FLOW_HALF_OPEN), flow[3]);
    flow_remove(world->table, flow[3]);
    assert_ptr_equal(flow_victim(world->table, FLOW_HALF_OPEN), flow[0]);
    assert_null(flow_victim(world->table, FLOW_SMTP));
    flow_set_class(world->table, flow[2], FLOW_SMTP);
    assert_ptr_equal(flow_victim(world->table, FLOW_SMTP), flow[2]);
}

static void without_memory_no_flow_is_made_and_the_table_stays_whole(void **state)
{
    uint8_t secret[192];
    (void)state;
    make_secret(secret);
    for (uint64_t n = 1; n < 2000; n++) {
        const struct flow_timeouts timeouts = {.idle = IDLE};
        struct world world = {.mem = mem_new(UINT64_C(64) << 20, n)};
        world.table =
            flow_table_new(world.mem, secret, &timeouts, &(struct flow_key){.vlan = false});
        unsigned made = 0;
        for (unsigned i = 0; world.table != NULL && i < 800; i++) {
            struct segment segment = segment_of(i, false, SEGMENT_SYN, i, 0);
            unsigned direction;
            made += flow_make(world.table, &segment, NOW, &direction) != NULL;
        }
        if (world.table != NULL) {
            assert_in_range(made, mem_failures(world.mem) > 0 ? 799 : 800, 800);
            assert_int_equal(flow_count(world.table), made);
        }
        flow_table_free(world.table);
        assert_int_equal(mem_used(world.mem), 0);
        bool failed = mem_failures(world.mem) > 0;
        mem_destroy(world.mem);
        if (!failed)
            return;
    }
    fail_msg("there is no end of allocations");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, make, drop)
        TEST(the_sender_of_a_syn_is_client),
        TEST(a_syn_from_the_higher_address_makes_that_the_client),
        TEST(the_receiver_of_a_syn_ack_is_client_and_its_edge_is_told),
        TEST(a_syn_captured_after_its_syn_ack_is_of_the_same_connection),
        TEST(a_pick_up_sets_both_edges_by_seq_and_ack_and_knows_no_roles),
        TEST(both_may_open_at_once),
        cmocka_unit_test(a_connection_is_replaced_only_by_another_isn_with_its_syn_ack),
        TEST(a_new_connection_on_a_tuple_remembers_nothing_of_the_old_one),
        TEST(each_class_has_its_exact_deadline),
        TEST(a_hundred_thousand_flows_are_found_and_removed_one_by_one),
        TEST(the_victim_is_the_one_longest_untouched_in_its_class),
        cmocka_unit_test(without_memory_no_flow_is_made_and_the_table_stays_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
