/* Fuzz target: lines. The first octet picks whose; the input is read whole and in pieces, which
 * must come to the same: a client's lines as commands, with their paths and parameters, a server's
 * as replies. */
#include "fuzz.h"

#include "smtp/path.h"
#include "smtp/queue_id.h"
#include "smtp/reply.h"
#include "smtp/verb.h"

#define MEMORY (UINT64_C(1) << 20)

/* Everything that was understood, as text. */
struct heard {
    char *text;
    size_t len;
    FILE *to;
};

static bool is_within(struct helo_slice part, struct helo_slice whole)
{
    return part.len == 0 || (part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len);
}

static void put(FILE *to, const char *name, struct helo_slice slice)
{
    fprintf(to, "%s=", name);
    if (slice.len > 0)
        fwrite(slice.ptr, 1, slice.len, to);
    fputc('\n', to);
}

static void read_path(FILE *to, struct helo_slice rest, const char *keyword)
{
    struct path path;
    if (!path_parse(rest, keyword, &path))
        return;
    fuzz_must(is_within(path.parameters, rest), "parameters from elsewhere");
    put(to, "address", path.address);
    struct helo_slice left = path.parameters, name, value;
    bool has_value;
    uint64_t number;
    while (parameter_next(&left, &name, &has_value, &value)) {
        fuzz_must(is_within(name, rest), "a keyword from elsewhere");
        put(to, "keyword", name);
        if (!has_value)
            continue;
        fuzz_must(is_within(value, rest), "a value from elsewhere");
        put(to, "value", value);
        if (number_parse(value, &number))
            fprintf(to, "number=%llu\n", (unsigned long long)number);
    }
}

static void read_command(FILE *to, struct helo_slice text)
{
    struct helo_slice token, rest;
    enum verb verb = verb_parse(text, &token, &rest);
    fuzz_must(verb < VERB_COUNT, "a verb that there is not");
    fuzz_must(is_within(token, text) && is_within(rest, text), "a token from elsewhere");
    fprintf(to, "verb=%u strict=%d\n", (unsigned)verb, verb_is_strict(verb, rest));
    put(to, "token", token);
    put(to, "rest", rest);
    read_path(to, rest, "FROM");
    read_path(to, rest, "TO");
}

static void put_reply(FILE *to, const struct helo_reply *reply)
{
    fuzz_must(reply->code >= 200 && reply->code <= 599, "a code that there is not");
    fuzz_must(reply->text.len <= LIMIT_REPLY_TEXT, "a reply past its limit");
    fprintf(to, "code=%u lines=%u enhanced=%u.%u.%u\n", reply->code, reply->lines,
            reply->enhanced.klass, reply->enhanced.subject, reply->enhanced.detail);
    put(to, "text", reply->text);
    struct helo_slice id = queue_id_find(reply->text);
    fuzz_must(is_within(id, reply->text), "a queue id from elsewhere");
    put(to, "queue_id", id);
}

/* One way of cutting: 0 for whole. */
static void hear(struct heard *heard, struct helo_slice input, bool server, uint32_t cuts)
{
    struct mem *mem = mem_new(MEMORY, 0);
    struct line_reader reader = {0};
    struct reply_parser parser = {0};
    struct helo_reply reply;
    size_t limit = server ? LIMIT_REPLY_LINE : LIMIT_COMMAND_LINE;
    unsigned odd = 0;
    heard->to = open_memstream(&heard->text, &heard->len);
    for (size_t at = 0; at < input.len;) {
        size_t piece = cuts == 0 ? input.len - at : fuzz_piece(&cuts, input.len - at);
        struct helo_slice copy = fuzz_exact((struct helo_slice){input.ptr + at, piece});
        for (size_t done = 0; done < piece;) {
            struct line line;
            bool whole = false;
            size_t taken =
                line_read(&reader, mem, copy.ptr + done, piece - done, limit, &line, &whole);
            fuzz_must(taken > 0 && taken <= piece - done, "a reader that stands still");
            fuzz_must(whole || taken == piece - done, "an unfinished line that stops early");
            done += taken;
            if (!whole)
                continue;
            fuzz_must(line.text.len <= limit, "a line past its limit");
            fprintf(heard->to, "line %llu odd %u\n", (unsigned long long)line.length,
                    line.oddities);
            if (!server)
                read_command(heard->to, line.text);
            else if (reply_parse(&parser, mem, line.text, &reply, &odd))
                put_reply(heard->to, &reply);
        }
        fuzz_free(copy);
        at += piece;
    }
    if (reply_break_off(&parser, &reply))
        put_reply(heard->to, &reply);
    fprintf(heard->to, "odd %u left %llu\n", odd, (unsigned long long)reader.length);
    fclose(heard->to);
    line_reset(&reader, mem);
    reply_reset(&parser, mem);
    fuzz_must(mem_used(mem) == 0, "memory that did not come back");
    mem_destroy(mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct heard whole = {0}, pieces = {0};
    if (size < 2)
        return 0;
    struct helo_slice input = {data + 1, size - 1};
    hear(&whole, input, (data[0] & 1) != 0, 0);
    hear(&pieces, input, (data[0] & 1) != 0, data[0] | 1);
    fuzz_must(whole.len == pieces.len && memcmp(whole.text, pieces.text, whole.len) == 0,
              "in pieces something else was read");
    free(whole.text);
    free(pieces.text);
    return 0;
}
