/* Fuzz target: message content. It is scanned whole and in pieces, and by an automaton of a few
 * lines that does nothing at memory speed: all three must find the same end, the same size. */
#include "fuzz.h"

#include "smtp/content.h"

struct found {
    bool ended;
    size_t octets;
    uint64_t size;
    bool lenient;
    uint32_t sequences;
    uint64_t first;
    bool command;
};

static struct found scan(struct helo_slice input, uint32_t cuts)
{
    struct content_scan scan;
    struct found found = {0};
    content_start(&scan);
    while (found.octets < input.len && !found.ended) {
        size_t left = input.len - found.octets;
        size_t piece = cuts == 0 ? left : fuzz_piece(&cuts, left);
        struct helo_slice copy = fuzz_exact((struct helo_slice){input.ptr + found.octets, piece});
        size_t taken = content_scan(&scan, copy.ptr, piece, &found.ended);
        fuzz_must(taken <= piece && (taken == piece || found.ended), "an end without an end");
        fuzz_free(copy);
        found.octets += taken;
    }
    fuzz_must(scan.octets == found.octets, "octets that were not counted");
    found.lenient = !found.ended && content_ends_leniently(&scan);
    if (found.lenient)
        content_end_leniently(&scan);
    if (found.ended || found.lenient)
        found.size = content_size(&scan);
    found.sequences = scan.smuggling.sequences;
    found.first = scan.smuggling.first;
    found.command = scan.smuggling.command;
    return found;
}

/* RFC 5321 section 4.5.2, octet by octet: a line that is a dot alone ends it, and a dot that
 * begins any other line is taken away. */
static struct found reference(struct helo_slice input)
{
    struct found found = {0};
    size_t line = 0;
    for (size_t i = 0; i < input.len && !found.ended; i++) {
        found.octets = i + 1;
        if (input.ptr[i] != '\n' || i == 0 || input.ptr[i - 1] != '\r')
            continue;
        found.ended = i - line == 2 && input.ptr[line] == '.';
        line = found.ended ? line : i + 1;
    }
    return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct helo_slice input = {data + 1, size - 1};
    struct found whole = scan(input, 0), pieces = scan(input, data[0] | 1u);
    struct found simple = reference(input);
    fuzz_must(whole.ended == simple.ended && whole.octets == simple.octets,
              "the end is not where RFC 5321 has it");
    fuzz_must(whole.size <= whole.octets, "larger than what was sent");
    fuzz_must(whole.ended == pieces.ended && whole.octets == pieces.octets &&
                  whole.size == pieces.size && whole.lenient == pieces.lenient,
              "in pieces another end");
    fuzz_must(whole.sequences == pieces.sequences && whole.first == pieces.first &&
                  whole.command == pieces.command,
              "in pieces other look-alikes");
    return 0;
}
