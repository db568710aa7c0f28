/* The subcommand explain: what reply codes and rules mean, for a person at a terminal. */
#include "cli/explain.h"

#include "base/message.h"
#include "cli/compare.h"
#include "cli/explain_json.h"
#include "cli/page.h"
#include "cli/terminal.h"
#include "cli/topic.h"
#include "heloscope/rules.h"

#include <stdlib.h>
#include <string.h>

/* Columns before the text below a heading, and more where a line goes on. */
#define INDENT 2
#define HANG   2

static struct page_cell heading(const char *text)
{
    return (struct page_cell){.text = text, .hang = INDENT, .bold = true};
}

/* A part's text: points are marked; the lines of a dialogue and what digits say hang. */
static struct page_cell body(enum topic_part part, const char *text)
{
    bool hangs = topic_is_dialogue(part) || part == TOPIC_CLASS || part == TOPIC_RULES;
    return (struct page_cell){
        .text = text,
        .indent = INDENT,
        .hang = hangs ? HANG : 0,
        .marked = !hangs && strchr(text, '\n') != NULL,
    };
}

static void show_title(const struct page *page, const struct topic *left, const struct topic *right)
{
    char titles[2][256];
    struct page_cell cells[2];
    snprintf(titles[0], sizeof titles[0], "%s  %s", left->name, left->title);
    cells[0] = heading(titles[0]);
    if (right == NULL) {
        page_one(page, &cells[0]);
        return;
    }
    snprintf(titles[1], sizeof titles[1], "%s  %s", right->name, right->title);
    cells[1] = heading(titles[1]);
    page_two(page, &cells[0], &cells[1]);
}

static void show_topic(const struct page *page, const struct topic *topic)
{
    show_title(page, topic, NULL);
    for (enum topic_part part = 0; part < TOPIC_PARTS; part++) {
        if (topic->parts[part] == NULL)
            continue;
        struct page_cell head = heading(topic_heading(part));
        struct page_cell text = body(part, topic->parts[part]);
        page_gap(page);
        page_one(page, &head);
        page_one(page, &text);
    }
}

/* The parts of both in two columns, each part beginning in the same line. */
static void show_columns(const struct page *page, const struct topic *left,
                         const struct topic *right)
{
    const char *none = left->kind == right->kind ? "–" : "";
    show_title(page, left, right);
    for (enum topic_part part = 0; part < TOPIC_PARTS; part++) {
        if (left->parts[part] == NULL && right->parts[part] == NULL)
            continue;
        struct page_cell head = heading(topic_heading(part));
        struct page_cell texts[2] = {
            body(part, left->parts[part] != NULL ? left->parts[part] : none),
            body(part, right->parts[part] != NULL ? right->parts[part] : none),
        };
        page_gap(page);
        page_one(page, &head);
        page_two(page, &texts[0], &texts[1]);
    }
}

static void show_points(const struct page *page, const char *title, const char *points)
{
    if (points == NULL)
        return;
    struct page_cell head = heading(title);
    struct page_cell text = {.text = points, .indent = INDENT, .marked = true};
    page_gap(page);
    page_one(page, &head);
    page_one(page, &text);
}

static void show_all(const struct page *page, const struct topic *topics, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            page_gap(page);
            page_gap(page);
        }
        show_topic(page, &topics[i]);
    }
}

static void show_pair(const struct page *page, const struct comparison *comparison,
                      const struct topic *topics)
{
    /* A rule's page has other parts than a code's. */
    bool alike = (topics[0].kind == TOPIC_RULE) == (topics[1].kind == TOPIC_RULE);
    if (page_is_wide(page) && alike)
        show_columns(page, &topics[0], &topics[1]);
    else
        show_all(page, topics, 2);
    char title[64];
    snprintf(title, sizeof title, "%s and %s: the key differences", topics[0].name, topics[1].name);
    show_points(page, title, comparison->differences);
    show_points(page, "Which to expect when", comparison->expect);
    if (comparison->example == NULL)
        return;
    struct page_cell head = heading("Both in one session");
    struct page_cell text = body(TOPIC_EXAMPLE, comparison->example);
    page_gap(page);
    page_one(page, &head);
    page_one(page, &text);
}

static void show(const struct topic *topics, size_t count, bool as_json)
{
    struct page page = {stdout, terminal_width(), terminal_has_styles()};
    struct comparison comparison;
    if (count == 2)
        compare_topics(&comparison, &topics[0], &topics[1]);
    for (size_t i = 0; as_json && i < count; i++)
        explain_json_topic(stdout, &topics[i]);
    if (count == 2 && as_json)
        explain_json_comparison(stdout, &comparison, &topics[0], &topics[1]);
    else if (count == 2)
        show_pair(&page, &comparison, topics);
    else if (!as_json)
        show_all(&page, topics, count);
}

static int fail(const char *reason)
{
    struct helo_error error;
    snprintf(error.message, sizeof error.message, "%s", reason);
    message_tidy(error.message);
    fprintf(stderr, "heloscope: explain: %s (try heloscope --help)\n", error.message);
    return 2;
}

static bool is_among(const struct topic *topics, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(topics[i].name, name) == 0)
            return true;
    return false;
}

/* Shows the topics of all arguments, each once, and says for which there is none. */
static int explain_all(char **wanted, size_t count, bool as_json)
{
    struct topic *topics = calloc(count, sizeof *topics);
    struct helo_error error = {""};
    int code = 0;
    if (topics == NULL) {
        fputs("heloscope: out of memory\n", stderr);
        return 1;
    }
    size_t different = 0;
    for (size_t i = 0; i < count; i++) {
        if (topic_find(&topics[different], wanted[i], &error))
            different += !is_among(topics, different, topics[different].name);
        else
            code = fail(error.message);
    }
    show(topics, different, as_json);
    free(topics);
    return code;
}

/* Everything that has a page, a line each: for people who look around, and for completions. */
static void list_all(void)
{
    const struct helo_explain_code *code;
    for (size_t i = 0; (code = helo_explain_code_at(i)) != NULL; i++)
        printf("%u  %s\n", code->code, code->title);
    const struct helo_explain_enhanced *enhanced;
    for (size_t i = 0; (enhanced = helo_explain_enhanced_at(i)) != NULL; i++)
        printf("X.%u.%u  %s\n", enhanced->subject, enhanced->detail, enhanced->title);
    const struct helo_rule *rule;
    for (size_t i = 0; (rule = helo_rule_at(i)) != NULL; i++)
        printf("%s  %s\n", rule->id, rule->name);
}

/* What the arguments ask for besides what is to be explained. */
struct request {
    bool list;
    bool json;
    const char *unknown; /* an option; NULL: none */
};

/* Takes the options out of the arguments; how many others there are, now in front. */
static size_t take_options(struct request *request, int argc, char **argv)
{
    size_t count = 0;
    *request = (struct request){0};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--list") == 0)
            request->list = true;
        else if (strcmp(argv[i], "--json") == 0)
            request->json = true;
        else if (argv[i][0] == '-')
            request->unknown = argv[i];
        else
            argv[count++] = argv[i];
    }
    return count;
}

int explain(int argc, char **argv)
{
    struct request request;
    size_t count = take_options(&request, argc, argv);
    char reason[128];
    if (request.unknown != NULL) {
        snprintf(reason, sizeof reason, "unknown option '%.80s'", request.unknown);
        return fail(reason);
    }
    if (request.list && (count > 0 || request.json))
        return fail("--list stands alone");
    if (request.list) {
        list_all();
        return 0;
    }
    if (count == 0)
        return fail("a code or a rule is needed, such as: heloscope explain 221 334");
    return explain_all(argv, count, request.json);
}
