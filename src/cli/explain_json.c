/* Explanations as JSON lines, for programs. */
#include "cli/explain_json.h"

#include <string.h>

/* The texts are our own, UTF-8 without control characters but '\n'. */
static void put_string(FILE *to, const char *text, size_t len)
{
    fputc('"', to);
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\n')
            fputs("\\n", to);
        else if (text[i] == '"' || text[i] == '\\')
            fprintf(to, "\\%c", text[i]);
        else
            fputc(text[i], to);
    }
    fputc('"', to);
}

static void put_member(FILE *to, const char *key, const char *value)
{
    fprintf(to, ",\"%s\":", key);
    put_string(to, value, strlen(value));
}

static void put_points(FILE *to, const char *key, const char *points)
{
    if (points == NULL)
        return;
    fprintf(to, ",\"%s\":[", key);
    for (;;) {
        size_t len = strcspn(points, "\n");
        put_string(to, points, len);
        if (points[len] == '\0')
            break;
        fputc(',', to);
        points += len + 1;
    }
    fputc(']', to);
}

void explain_json_topic(FILE *to, const struct topic *topic)
{
    static const char *const kinds[] = {
        [TOPIC_CODE] = "code", [TOPIC_ENHANCED] = "enhanced", [TOPIC_RULE] = "rule"};
    fprintf(to, "{\"kind\":\"%s\"", kinds[topic->kind]);
    put_member(to, "name", topic->name);
    put_member(to, "title", topic->title);
    for (enum topic_part part = 0; part < TOPIC_PARTS; part++)
        if (topic->parts[part] != NULL)
            put_member(to, topic_key(part), topic->parts[part]);
    fputs("}\n", to);
}

void explain_json_comparison(FILE *to, const struct comparison *comparison,
                             const struct topic *left, const struct topic *right)
{
    fprintf(to, "{\"kind\":\"comparison\",\"of\":[\"%s\",\"%s\"]", left->name, right->name);
    put_points(to, "differences", comparison->differences);
    put_points(to, "expect", comparison->expect);
    put_points(to, "example", comparison->example);
    fputs("}\n", to);
}
