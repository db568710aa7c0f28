/* The reply parser. */
#include "smtp/reply.h"

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

uint16_t reply_code_of(struct helo_slice line)
{
    if (line.len < 3 || line.ptr[0] < '2' || line.ptr[0] > '5' || !is_digit(line.ptr[1]) ||
        !is_digit(line.ptr[2]) || (line.len > 3 && is_digit(line.ptr[3])))
        return 0;
    return (uint16_t)((line.ptr[0] - '0') * 100 + (line.ptr[1] - '0') * 10 + (line.ptr[2] - '0'));
}

/* Reads up to three digits; false if there are none or more. */
static bool read_number(struct helo_slice text, size_t *at, uint16_t *number)
{
    size_t start = *at;
    uint16_t value = 0;
    while (*at < text.len && is_digit(text.ptr[*at]) && *at - start < 4)
        value = (uint16_t)(value * 10 + (text.ptr[(*at)++] - '0'));
    *number = value;
    return *at > start && *at - start <= 3;
}

/* Cuts an enhanced status code (RFC 2034 section 4) off the text, if one of this class is there. */
static bool cut_enhanced(struct helo_slice *text, uint16_t code, struct helo_enhanced *enhanced)
{
    size_t at = 0;
    uint16_t klass, subject, detail;
    if (!read_number(*text, &at, &klass) || klass != code / 100 || at >= text->len ||
        text->ptr[at++] != '.' || !read_number(*text, &at, &subject) || at >= text->len ||
        text->ptr[at++] != '.' || !read_number(*text, &at, &detail))
        return false;
    if (at < text->len && text->ptr[at] != ' ')
        return false;
    if (klass != 2 && klass != 4 && klass != 5)
        return false;
    if (at < text->len)
        at++;
    *enhanced = (struct helo_enhanced){(uint8_t)klass, subject, detail};
    text->ptr += at;
    text->len -= at;
    return true;
}

static void fill(struct reply_parser *parser, struct helo_slice text, struct helo_reply *reply)
{
    *reply = (struct helo_reply){
        .code = parser->code, .enhanced = parser->enhanced, .text = text, .lines = parser->lines};
    parser->open = false;
    parser->lines = 0;
    parser->text.len = 0;
    parser->enhanced = (struct helo_enhanced){0};
}

bool reply_break_off(struct reply_parser *parser, struct helo_reply *reply)
{
    if (!parser->open)
        return false;
    fill(parser, text_slice(&parser->text), reply);
    return true;
}

bool reply_parse(struct reply_parser *parser, struct mem *mem, struct helo_slice line,
                 struct helo_reply *reply, unsigned *oddities)
{
    uint16_t code = reply_code_of(line);
    if (code == 0) {
        *oddities |= REPLY_NO_CODE;
        return false;
    }
    if (parser->open && parser->code != code)
        *oddities |= REPLY_CODES_DIFFER;
    bool more = line.len > 3 && line.ptr[3] == '-';
    bool separated = line.len == 3 || more || line.ptr[3] == ' ';
    if (!separated)
        *oddities |= REPLY_NO_SEPARATOR;

    size_t skip = line.len == 3 || !separated ? 3 : 4;
    struct helo_slice text = {line.ptr + skip, line.len - skip};
    struct helo_enhanced enhanced = {0};
    if (cut_enhanced(&text, code, &enhanced) && parser->enhanced.klass == 0)
        parser->enhanced = enhanced;
    bool first = !parser->open;
    parser->code = code;
    parser->open = true;
    parser->lines++;
    if (first && !more) {
        fill(parser, text, reply);
        return true;
    }
    if (!first)
        text_add(mem, &parser->text, SLICE("\n"), LIMIT_REPLY_TEXT);
    text_add(mem, &parser->text, text, LIMIT_REPLY_TEXT);
    if (more)
        return false;
    fill(parser, text_slice(&parser->text), reply);
    return true;
}

void reply_reset(struct reply_parser *parser, struct mem *mem)
{
    text_free(mem, &parser->text);
    *parser = (struct reply_parser){0};
}
