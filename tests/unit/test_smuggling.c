/* Look-alikes of the end of content: each found wherever the octets are cut, against a search by
 * hand, and nothing else taken for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <strings.h>

#include <cmocka.h>

#include "../support/prng.h"
#include "exact.h"
#include "smtp/content.h"

struct found {
    uint32_t sequences;
    uint64_t first;
    bool command;
};

/* The line break that ends just before end: how many octets, and is it CRLF. */
static size_t break_before(struct helo_slice data, size_t end, bool *exact)
{
    bool lf = end > 0 && data.ptr[end - 1] == '\n';
    size_t at = end - lf;
    size_t crs = 0;
    while (at > 0 && data.ptr[at - 1] == '\r') {
        at--;
        crs++;
    }
    *exact = lf && crs == 1;
    return end - at;
}

/* The line break that begins at at; 0 also where the octet behind a CR is not known. */
static size_t break_behind(struct helo_slice data, size_t at, bool *exact)
{
    size_t crs = 0;
    while (at + crs < data.len && data.ptr[at + crs] == '\r')
        crs++;
    if (at + crs == data.len)
        return 0;
    bool lf = data.ptr[at + crs] == '\n';
    *exact = lf && crs == 1;
    return crs + lf;
}

/* True if the dot at i is a look-alike, which *end is then behind of. */
static bool is_look_alike(struct helo_slice data, size_t i, size_t *end)
{
    size_t left = i, right = i + 1;
    bool left_exact = true, right_exact = true;
    while (left > 0 && data.ptr[left - 1] == '\0')
        left--;
    while (right < data.len && data.ptr[right] == '\0')
        right++;
    bool nul = left < i || right > i + 1;
    if (left > 0 && break_before(data, left, &left_exact) == 0)
        return false;
    size_t behind = break_behind(data, right, &right_exact);
    *end = right + behind;
    return behind > 0 && !(left_exact && right_exact && !nul);
}

static bool begins_command(struct helo_slice data, size_t at)
{
    static const char *const verbs[] = {"EHLO", "MAIL", "RCPT", "DATA", "RSET"};
    static const char behind[] = " \t\r\n";
    if (data.len - at < 5 || strchr(behind, data.ptr[at + 4]) == NULL || data.ptr[at + 4] == '\0')
        return false;
    for (size_t i = 0; i < COUNT(verbs); i++) {
        if (strncasecmp((const char *)data.ptr + at, verbs[i], 4) == 0)
            return true;
    }
    return false;
}

static struct found search(struct helo_slice data)
{
    struct found found = {0};
    size_t since = 0;
    for (size_t i = 0; i < data.len; i++) {
        size_t end;
        if (data.ptr[i] != '.' || !is_look_alike(data, i, &end))
            continue;
        if (found.sequences++ == 0) {
            found.first = i;
            since = end;
        }
    }
    for (size_t i = since; found.sequences > 0 && i < data.len; i++) {
        size_t left = i;
        bool exact;
        while (left > since && data.ptr[left - 1] == '\0')
            left--;
        if (break_before(data, left, &exact) > 0)
            found.command |= begins_command(data, i);
    }
    return found;
}

static struct found scan(struct helo_slice data, size_t way)
{
    struct content_scan content;
    bool ended = false;
    content_start(&content);
    for (size_t taken = 0; taken < data.len && !ended;) {
        size_t len = exact_piece(way, data.len, taken);
        struct helo_slice piece = exact_copy(data.ptr + taken, len);
        taken += content_scan(&content, piece.ptr, len, &ended);
        exact_free(piece);
    }
    return (struct found){content.smuggling.sequences, content.smuggling.first,
                          content.smuggling.command};
}

static void check_in_every_cut(struct helo_slice data, struct found wanted)
{
    for (size_t way = 0; way < exact_ways(data.len); way++) {
        struct found found = scan(data, way);
        assert_int_equal(found.sequences, wanted.sequences);
        assert_int_equal(found.first, wanted.first);
        assert_int_equal(found.command, wanted.command);
    }
}

struct vector {
    const char *octets;
    size_t len;
};

#define OCTETS(text)                                                                               \
    {                                                                                              \
        (text), sizeof(text) - 1                                                                   \
    }

/* Those that rule HS-501 names. */
static const struct vector look_alikes[] = {
    OCTETS("\n.\n"),       OCTETS("\n.\r"),       OCTETS("\r.\n"),       OCTETS("\r.\r"),
    OCTETS("\n.\r\n"),     OCTETS("\r.\r\n"),     OCTETS("\r\n.\n"),     OCTETS("\r\n.\r"),
    OCTETS("\r\n\0.\r\n"), OCTETS("\r\n.\0\r\n"), OCTETS("\r\n.\r\r\n"), OCTETS("\r\r\n.\r\r\n"),
};

static size_t put(uint8_t *block, size_t at, const char *octets, size_t len)
{
    memcpy(block + at, octets, len);
    return at + len;
}

static void each_look_alike_is_found_wherever_it_is_cut(void **state)
{
    (void)state;
    static const char *const heads[] = {
        "",         "text",          "a line\r\n",
        "\r\n\r\n", "dots...\r\n..", "0123456789012345678901234567890123456789012345678901234567"};
    static const char *const tails[] = {"x\r\n.\r\n",
                                        "MAIL FROM:<a@b>\r\n.\r\n",
                                        "mail from:<a@b>\r\n.\r\n",
                                        "mailing list\r\n.\r\n",
                                        "x\r\nRSET\r\n.\r\n",
                                        "x MAIL FROM:<a@b>\r\n.\r\n"};
    static const bool commands[] = {false, true, true, false, true, false};
    for (size_t i = 0; i < COUNT(look_alikes) * COUNT(heads) * COUNT(tails); i++) {
        const struct vector *vector = &look_alikes[i % COUNT(look_alikes)];
        const char *head = heads[i / COUNT(look_alikes) % COUNT(heads)];
        size_t t = i / COUNT(look_alikes) / COUNT(heads);
        uint8_t block[160];
        size_t len = put(block, 0, head, strlen(head));
        len = put(block, len, vector->octets, vector->len);
        len = put(block, len, tails[t], strlen(tails[t]));
        struct helo_slice data = exact_copy(block, len);
        struct found found = scan(data, 0);
        assert_int_equal(found.sequences, 1);
        assert_int_equal(found.command, commands[t]);
        check_in_every_cut(data, found);
        exact_free(data);
    }
}

static void honest_content_has_none(void **state)
{
    (void)state;
    static const struct vector honest[] = {
        OCTETS(".\r\n"),
        OCTETS("text\r\n.\r\n"),
        OCTETS("text\r\n\r\n.\r\n"),
        OCTETS("\r\n\r\n\r\n.\r\n"),
        OCTETS("text\r\r\n.\r\n"), /* a strict end, whatever stands before it */
        OCTETS("..\r\n...\r\n..text\r\n.\r\n"),
        OCTETS("text.\r\n.text\r\n.\r\n"),
        OCTETS("a\n..\n.a\n\r\n.\r\n"), /* bare LF, but no dot alone */
        OCTETS("a\n b.\n\r\n.\r\n"),
        OCTETS("\r\nMAIL FROM:<a@b>\r\nDATA\r\n.\r\n"),
        OCTETS("a\0.\r\n\r\n.\r\n"),
        OCTETS("a\t.\r\n.\r\n"),
    };
    for (size_t i = 0; i < COUNT(honest); i++) {
        struct helo_slice data = exact_copy(honest[i].octets, honest[i].len);
        check_in_every_cut(data, (struct found){0});
        exact_free(data);
    }
}

static void a_gap_is_no_line_break(void **state)
{
    (void)state;
    struct content_scan content;
    bool ended;
    content_start(&content);
    content_scan(&content, (const uint8_t *)"text\n", 5, &ended);
    content_gap(&content);
    content_scan(&content, (const uint8_t *)".\nmore", 6, &ended);
    assert_int_equal(content.smuggling.sequences, 0);
    content_scan(&content, (const uint8_t *)"\n.\n", 3, &ended);
    assert_int_equal(content.smuggling.sequences, 1);
}

/* Without a strict end, after which nothing is content. */
static bool holds_end(struct helo_slice data)
{
    for (size_t i = 0; i + 2 < data.len; i++) {
        if (memcmp(data.ptr + i, ".\r\n", 3) == 0 &&
            (i == 0 || (i > 1 && memcmp(data.ptr + i - 2, "\r\n", 2) == 0)))
            return true;
    }
    return false;
}

static void random_content_is_as_searched_by_hand(void **state)
{
    (void)state;
    static const char *const pieces[] = {"\r",
                                         "\n",
                                         "\r\n",
                                         ".",
                                         ".",
                                         "",
                                         "a",
                                         "DATA",
                                         "mail ",
                                         "RSET\r\n",
                                         "text without anything in it, of some length"};
    struct prng prng = {20231218};
    unsigned with = 0, commands = 0;
    for (int round = 0; round < 30000; round++) {
        uint8_t block[600];
        size_t len = 0;
        for (uint64_t n = 1 + prng_below(&prng, 12); n > 0; n--) {
            const char *piece = pieces[prng_below(&prng, COUNT(pieces))];
            len = put(block, len, piece, piece[0] == '\0' ? 1 : strlen(piece));
        }
        struct helo_slice data = exact_copy(block, len);
        if (!holds_end(data)) {
            struct found wanted = search(data);
            with += wanted.sequences > 0;
            commands += wanted.command;
            check_in_every_cut(data, wanted);
        }
        exact_free(data);
    }
    assert_in_range(with, 1000, 30000);
    assert_in_range(commands, 100, 30000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_look_alike_is_found_wherever_it_is_cut),
        cmocka_unit_test(honest_content_has_none),
        cmocka_unit_test(a_gap_is_no_line_break),
        cmocka_unit_test(random_content_is_as_searched_by_hand),
    };
    return cmocka_run_group_tests_name("smuggling", tests, NULL, NULL);
}
