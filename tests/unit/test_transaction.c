/* Transactions: what MAIL and RCPT said, what was answered, every bound, and what became of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/limits.h"
#include "exact.h"
#include "smtp/transaction.h"

/* A transaction with its memory. */
struct play {
    struct mem *mem;
    struct transaction *transaction;
};

static struct play play_new(void)
{
    struct play play = {.mem = mem_new(16u << 20, 0)};
    play.transaction = transaction_new(play.mem, 1, 5, LIMIT_TRANSACTION_TEXT);
    assert_non_null(play.transaction);
    return play;
}

static void play_end(struct play *play)
{
    transaction_free(play->mem, play->transaction);
    assert_int_equal(mem_used(play->mem), 0);
    mem_destroy(play->mem);
}

static struct helo_slice piece(const struct transaction *transaction, struct extent extent)
{
    assert_true(extent.at + extent.len <= transaction->text.len);
    return (struct helo_slice){extent.len > 0 ? transaction->text.ptr + extent.at : NULL,
                               extent.len};
}

static void set_mail(struct play *play, const char *argument)
{
    struct helo_slice copy = exact_text(argument);
    transaction_set_mail(play->transaction, play->mem, copy);
    exact_free(copy);
}

static uint32_t add_recipient(struct play *play, const char *argument)
{
    struct helo_slice copy = exact_text(argument);
    uint32_t index = transaction_add_recipient(play->transaction, play->mem, copy);
    exact_free(copy);
    return index;
}

static void answer_content(struct play *play, uint16_t code, const char *text, bool lmtp)
{
    struct helo_slice copy = exact_text(text);
    const struct helo_reply reply = {.code = code, .text = copy, .lines = 1};
    transaction_answer_content(play->transaction, play->mem, &reply, lmtp);
    exact_free(copy);
}

static void mail_gives_sender_and_parameters(void **state)
{
    (void)state;
    static const struct {
        const char *argument, *from; /* NULL: none */
        const char *parameters;      /* as kept: KEY=value or KEY, each with a blank behind */
        const char *body;
        int64_t size; /* -1: none */
    } cases[] = {
        {"FROM:<a@b>", "a@b", "", "", -1},
        {"FROM:<>", "<>", "", "", -1},
        {"FROM:", NULL, "", "", -1},
        {"FRM:<a@b> SIZE=1", NULL, "", "", -1},
        {"", NULL, "", "", -1},
        {"FROM:<a@b> SIZE=1000 BODY=8BITMIME SMTPUTF8", "a@b", "SIZE=1000 BODY=8BITMIME SMTPUTF8 ",
         "8BITMIME", 1000},
        {"from:<a@b> size=7 body=7bit", "a@b", "SIZE=7 BODY=7bit ", "7bit", 7},
        {"FROM:<a@b> SIZE=1 size=2 SIZE", "a@b", "SIZE=1 ", "", 1},
        {"FROM:<a@b> SIZE SIZE=2", "a@b", "SIZE ", "", -1},
        {"FROM:<a@b> SIZE=", "a@b", "SIZE= ", "", -1},
        {"FROM:<a@b> SIZE=9223372036854775807", "a@b", "SIZE=9223372036854775807 ", "", INT64_MAX},
        {"FROM:<a@b> SIZE=18446744073709551616", "a@b", "SIZE=18446744073709551616 ", "", -1},
        {"FROM:<a@b> SIZE=1k", "a@b", "SIZE=1k ", "", -1},
        {"FROM:<a@b> = =x A= B", "a@b", "A= B ", "", -1},
        {"FROM:<a@b> BODY SIZES=3", "a@b", "BODY SIZES=3 ", "", -1},
        {"FROM:a@b AUTH=<> RET=HDRS", "a@b", "AUTH=<> RET=HDRS ", "", -1},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct play play = play_new();
        const struct transaction *t = play.transaction;
        char kept[256] = "";
        set_mail(&play, cases[i].argument);
        assert_int_equal(t->has_mail_from, cases[i].from != NULL);
        assert_slice(piece(t, t->mail_from), cases[i].from != NULL ? cases[i].from : "");
        for (uint32_t k = 0; k < t->parameter_count; k++) {
            struct helo_slice key = piece(t, t->parameters[k].keyword);
            struct helo_slice value = piece(t, t->parameters[k].value);
            size_t len = strlen(kept);
            snprintf(kept + len, sizeof(kept) - len, "%.*s%s%.*s ", (int)key.len,
                     (const char *)key.ptr, t->parameters[k].has_value ? "=" : "", (int)value.len,
                     value.len > 0 ? (const char *)value.ptr : "");
        }
        assert_string_equal(kept, cases[i].parameters);
        assert_slice(piece(t, t->body), cases[i].body);
        assert_int_equal(t->has_size_declared, cases[i].size >= 0);
        if (cases[i].size >= 0)
            assert_int_equal(t->size_declared, cases[i].size);
        play_end(&play);
    }
}

static void recipients_are_kept_up_to_1000_and_counted_beyond(void **state)
{
    (void)state;
    struct play play = play_new();
    const struct transaction *t = play.transaction;
    for (uint32_t i = 0; i < LIMIT_LIST + 500; i++) {
        char argument[32];
        snprintf(argument, sizeof(argument), "TO:<r%u@b>", i);
        assert_int_equal(add_recipient(&play, argument), i < LIMIT_LIST ? i : UINT32_MAX);
    }
    assert_int_equal(t->recipient_count, LIMIT_LIST);
    assert_int_equal(t->recipient_total, LIMIT_LIST + 500);
    assert_slice(piece(t, t->recipients[0].address), "r0@b");
    assert_slice(piece(t, t->recipients[999].address), "r999@b");
    play_end(&play);
}

static void parameters_are_kept_up_to_1000(void **state)
{
    (void)state;
    struct play play = play_new();
    char *argument = malloc(20000);
    size_t len = (size_t)snprintf(argument, 20000, "FROM:<a@b>");
    for (unsigned i = 0; i < 1500; i++)
        len += (size_t)snprintf(argument + len, 20000 - len, " K%u=v", i);
    set_mail(&play, argument);
    const struct transaction *t = play.transaction;
    assert_int_equal(t->parameter_count, LIMIT_LIST);
    assert_slice(piece(t, t->parameters[999].keyword), "K999");
    assert_slice(piece(t, t->parameters[999].value), "v");
    free(argument);
    play_end(&play);
}

static void texts_are_cut_and_all_of_them_bounded(void **state)
{
    (void)state;
    struct play play = play_new();
    const struct transaction *t = play.transaction;
    char argument[3000] = "TO:<";
    memset(argument + 4, 'x', sizeof(argument) - 6);
    argument[sizeof(argument) - 2] = '>';
    argument[sizeof(argument) - 1] = '\0';
    uint32_t fit = LIMIT_TRANSACTION_TEXT / LIMIT_STRING_KEPT;
    for (uint32_t i = 0; i < 400; i++)
        assert_int_equal(add_recipient(&play, argument), i < fit ? i : UINT32_MAX);
    assert_int_equal(t->recipient_count, fit);
    assert_int_equal(t->recipient_total, 400);
    assert_int_equal(t->recipients[0].address.len, LIMIT_STRING_KEPT);
    assert_true(t->text.len <= LIMIT_TRANSACTION_TEXT);
    assert_true(mem_used(play.mem) < 2 * LIMIT_TRANSACTION_TEXT);
    /* What does not fit any more is missing; what is no text still counts. */
    answer_content(&play, 250, "Ok: queued as ABC", false);
    assert_int_equal(t->reply.code, 250);
    assert_int_equal(t->reply_text.len, 0);
    assert_int_equal(t->finals_good, 1);
    play_end(&play);
}

static void a_recipient_that_is_no_path_is_kept_as_it_is(void **state)
{
    (void)state;
    static const struct {
        const char *argument, *address;
    } cases[] = {
        {"TO:<a@b>", "a@b"},
        {"to: a@b NOTIFY=NEVER", "a@b"},
        {"a@b", "a@b"},
        {"FROM:<a@b>", "FROM:<a@b>"},
        {"", ""},
        {"TO:<>", "<>"},
        {"TO:<@x:a@b>", "a@b"},
    };
    struct play play = play_new();
    for (uint32_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(add_recipient(&play, cases[i].argument), i);
        const struct transaction *t = play.transaction;
        assert_slice(piece(t, t->recipients[i].address), cases[i].address);
    }
    play_end(&play);
}

static void a_later_reply_takes_the_place_of_an_earlier_one(void **state)
{
    (void)state;
    struct play play = play_new();
    const struct transaction *t = play.transaction;
    char text[1001];
    memset(text, 'x', 1000);
    text[1000] = '\0';
    for (unsigned i = 0; i < 5000; i++) {
        struct helo_reply reply = {.code = 550, .text = {(const uint8_t *)text, i % 1001}};
        transaction_set_reply(play.transaction, play.mem, &reply);
        assert_int_equal(t->text.len, i % 1001);
        assert_int_equal(t->reply_text.len, i % 1001);
    }
    /* Something behind it: then it stays where it is, and so does what came behind. */
    uint32_t index = add_recipient(&play, "TO:<a@b>");
    struct helo_reply reply = {.code = 452, .text = SLICE("full")};
    transaction_set_reply(play.transaction, play.mem, &reply);
    reply = (struct helo_reply){.code = 250, .text = SLICE("Ok: queued as Q1"), .lines = 1};
    transaction_answer_content(play.transaction, play.mem, &reply, false);
    assert_int_equal(t->reply.code, 250);
    assert_slice(piece(t, t->reply_text), "Ok: queued as Q1");
    assert_slice(piece(t, t->recipients[index].address), "a@b");
    assert_slice(piece(t, t->queue_id), "Q1");
    play_end(&play);
}

static void only_an_accepted_content_has_a_queue_id(void **state)
{
    (void)state;
    struct play play = play_new();
    const struct transaction *t = play.transaction;
    answer_content(&play, 451, "not queued as X", false);
    assert_int_equal(t->queue_id.len, 0);
    answer_content(&play, 250, "thanks", false);
    assert_int_equal(t->queue_id.len, 0);
    answer_content(&play, 250, "OK id=1a-2b-3c", false);
    assert_slice(piece(t, t->queue_id), "1a-2b-3c");
    assert_int_equal(t->finals_bad, 1);
    assert_int_equal(t->finals_good, 2);
    play_end(&play);
}

static void answers_to_recipients_are_counted_and_kept(void **state)
{
    (void)state;
    struct play play = play_new();
    const struct transaction *t = play.transaction;
    static const uint16_t codes[] = {250, 251, 550, 452, 354, 599, 200};
    for (uint32_t i = 0; i < COUNT(codes); i++) {
        const struct helo_reply reply = {.code = codes[i], .enhanced = {5, 1, 1}};
        add_recipient(&play, "TO:<a@b>");
        transaction_answer_recipient(play.transaction, i, &reply);
        assert_int_equal(t->recipients[i].code, codes[i]);
        assert_int_equal(t->recipients[i].enhanced.detail, 1);
        transaction_answer_recipient(play.transaction, UINT32_MAX, &reply);
        transaction_answer_recipient(play.transaction, t->recipient_count, &reply);
    }
    assert_int_equal(t->accepted, 9);
    assert_int_equal(t->refused, 12);
    play_end(&play);
}

/* RFC 2033 section 4.2. */
static void lmtp_replies_go_to_the_accepted_recipients_in_their_order(void **state)
{
    (void)state;
    static const uint16_t codes[] = {250, 550, 251, 0, 250};
    static const uint16_t finals[] = {250, 452, 552, 250, 250};
    static const uint16_t wanted[] = {250, 0, 452, 0, 552};
    for (unsigned lmtp = 0; lmtp < 2; lmtp++) {
        struct play play = play_new();
        const struct transaction *t = play.transaction;
        for (uint32_t i = 0; i < COUNT(codes); i++) {
            const struct helo_reply reply = {.code = codes[i]};
            add_recipient(&play, "TO:<a@b>");
            if (codes[i] != 0)
                transaction_answer_recipient(play.transaction, i, &reply);
        }
        for (size_t i = 0; i < COUNT(finals); i++)
            answer_content(&play, finals[i], "x", lmtp == 1);
        for (size_t i = 0; i < COUNT(wanted); i++)
            assert_int_equal(t->recipients[i].final_code, lmtp == 1 ? wanted[i] : 0);
        assert_int_equal(t->finals_good, 3);
        assert_int_equal(t->finals_bad, 2);
        play_end(&play);
    }
}

static void the_first_name_of_the_client_stays(void **state)
{
    (void)state;
    struct play play = play_new();
    const struct transaction *t = play.transaction;
    transaction_set_helo(play.transaction, play.mem, SLICE("one.example"));
    transaction_set_helo(play.transaction, play.mem, SLICE("two.example"));
    assert_slice(piece(t, t->helo), "one.example");
    play_end(&play);
    play = play_new();
    transaction_set_helo(play.transaction, play.mem, (struct helo_slice){0});
    transaction_set_helo(play.transaction, play.mem, SLICE("two.example"));
    assert_int_equal(play.transaction->helo.len, 0);
    play_end(&play);
}

static void every_result_has_its_facts(void **state)
{
    (void)state;
    static const struct {
        struct transaction facts;
        bool cut_off;
        enum helo_message_result result;
    } cases[] = {
        {{.mail_accepted = 1, .finals_good = 1}, false, HELO_MESSAGE_ACCEPTED},
        {{.mail_accepted = 1, .finals_good = 3}, true, HELO_MESSAGE_ACCEPTED},
        {{.mail_accepted = 1, .finals_good = 1, .gap = 1}, false, HELO_MESSAGE_ACCEPTED},
        {{.mail_accepted = 1, .finals_good = 1, .recipient_total = 2, .refused = 1},
         false,
         HELO_MESSAGE_ACCEPTED},
        {{.mail_accepted = 1, .finals_good = 1, .finals_bad = 1}, false, HELO_MESSAGE_PARTIAL},
        {{.mail_accepted = 1, .finals_bad = 1}, false, HELO_MESSAGE_REJECTED},
        {{.mail_accepted = 1, .finals_bad = 1}, true, HELO_MESSAGE_REJECTED},
        {{.mail_refused = 1}, false, HELO_MESSAGE_REJECTED},
        {{.mail_accepted = 1, .data_refused = 1}, false, HELO_MESSAGE_REJECTED},
        {{.mail_accepted = 1, .content_refused_early = 1}, true, HELO_MESSAGE_REJECTED},
        {{.mail_accepted = 1, .recipient_total = 2, .refused = 2}, false, HELO_MESSAGE_REJECTED},
        {{.mail_accepted = 1, .recipient_total = 2, .refused = 1}, false, HELO_MESSAGE_ABORTED},
        {{.mail_accepted = 1, .recipient_total = 2, .refused = 1}, true, HELO_MESSAGE_INCOMPLETE},
        {{.mail_accepted = 1}, false, HELO_MESSAGE_ABORTED},
        {{.mail_accepted = 1}, true, HELO_MESSAGE_INCOMPLETE},
        {{.mail_accepted = 1, .gap = 1}, false, HELO_MESSAGE_INCOMPLETE},
        {{.mail_accepted = 0}, false, HELO_MESSAGE_ABORTED},
        {{.gap = 1, .finals_good = 1}, false, HELO_MESSAGE_INCOMPLETE},
        {{.gap = 1, .mail_refused = 1}, false, HELO_MESSAGE_INCOMPLETE},
        {{.mail_accepted = 1, .torn = 1, .finals_good = 1}, false, HELO_MESSAGE_INCOMPLETE},
        {{.mail_accepted = 1, .torn = 1, .finals_bad = 1}, false, HELO_MESSAGE_INCOMPLETE},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (transaction_result(&cases[i].facts, cases[i].cut_off) != cases[i].result)
            fail_msg("case %zu", i);
    }
}

static void whatever_allocation_fails_nothing_is_lost_but_text(void **state)
{
    (void)state;
    for (uint64_t fail_at = 1; fail_at < 40; fail_at++) {
        struct mem *mem = mem_new(1u << 20, fail_at);
        struct transaction *t = transaction_new(mem, 1, 5, LIMIT_TRANSACTION_TEXT);
        assert_int_equal(t == NULL, fail_at == 1);
        for (unsigned i = 0; t != NULL && i < 20; i++) {
            const struct helo_reply reply = {.code = 250, .text = SLICE("Ok: queued as ABCDEFGH")};
            transaction_set_mail(t, mem, SLICE("FROM:<a@b> SIZE=1 BODY=7BIT A B C D E F G"));
            transaction_set_helo(t, mem, SLICE("host.example"));
            uint32_t index = transaction_add_recipient(t, mem, SLICE("TO:<somebody@b.example>"));
            transaction_answer_recipient(t, index, &reply);
            transaction_answer_content(t, mem, &reply, true);
            assert_int_equal(t->recipient_total, i + 1);
            assert_int_equal(t->accepted, i + 1);
            assert_int_equal(t->finals_good, i + 1);
            assert_true(t->recipient_count <= i + 1 && t->recipient_count >= i);
        }
        transaction_free(mem, t);
        assert_int_equal(mem_used(mem), 0);
        mem_destroy(mem);
    }
    transaction_free(NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mail_gives_sender_and_parameters),
        cmocka_unit_test(recipients_are_kept_up_to_1000_and_counted_beyond),
        cmocka_unit_test(parameters_are_kept_up_to_1000),
        cmocka_unit_test(texts_are_cut_and_all_of_them_bounded),
        cmocka_unit_test(a_recipient_that_is_no_path_is_kept_as_it_is),
        cmocka_unit_test(a_later_reply_takes_the_place_of_an_earlier_one),
        cmocka_unit_test(only_an_accepted_content_has_a_queue_id),
        cmocka_unit_test(answers_to_recipients_are_counted_and_kept),
        cmocka_unit_test(lmtp_replies_go_to_the_accepted_recipients_in_their_order),
        cmocka_unit_test(the_first_name_of_the_client_stays),
        cmocka_unit_test(every_result_has_its_facts),
        cmocka_unit_test(whatever_allocation_fails_nothing_is_lost_but_text),
    };
    return cmocka_run_group_tests_name("transaction", tests, NULL, NULL);
}
