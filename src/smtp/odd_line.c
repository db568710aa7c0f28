/* Oddities of lines and of when they were sent, and of content. */
#include <string.h>

#include "smtp/path.h"
#include "smtp/session.h"

/* What extensions add to a command line (with blanks and the longest value where the RFC gives no
 * number: RET and ENVID of RFC 3461, BY of RFC 2852, REQUIRETLS of RFC 8689). */
static const struct {
    const char *keyword; /* as EHLO offers it */
    enum verb verb;
    uint16_t octets;
} allowances[] = {
    {"SIZE", VERB_MAIL, 26},          /* RFC 1870 */
    {"8BITMIME", VERB_MAIL, 17},      /* RFC 6152 */
    {"AUTH", VERB_MAIL, 500},         /* RFC 4954 */
    {"DSN", VERB_MAIL, 116},          /* RFC 3461 */
    {"DSN", VERB_RCPT, 500},          /* RFC 3461 */
    {"SMTPUTF8", VERB_MAIL, 10},      /* RFC 6531 */
    {"SMTPUTF8", VERB_VRFY, 10},      /* RFC 6531 */
    {"SMTPUTF8", VERB_EXPN, 10},      /* RFC 6531 */
    {"DELIVERBY", VERB_MAIL, 17},     /* RFC 2852 */
    {"FUTURERELEASE", VERB_MAIL, 34}, /* RFC 4865 */
    {"MT-PRIORITY", VERB_MAIL, 15},   /* RFC 6710 */
    {"RRVS", VERB_RCPT, 61},          /* RFC 7293 */
    {"REQUIRETLS", VERB_MAIL, 11},    /* RFC 8689 */
};

/* Did the last EHLO reply have this keyword? */
static bool offers(const struct smtp_session *session, const char *keyword)
{
    struct helo_slice rest = text_slice(&session->capabilities);
    while (rest.len > 0) {
        const uint8_t *end = memchr(rest.ptr, '\n', rest.len);
        size_t len = end != NULL ? (size_t)(end - rest.ptr) : rest.len;
        struct helo_slice line = {rest.ptr, len};
        if (slice_is(slice_word(&line), keyword))
            return true;
        len += end != NULL;
        rest.ptr += len;
        rest.len -= len;
    }
    return false;
}

/* Where the EHLO reply was not seen, everything may have been offered. */
static uint64_t longest_command(const struct smtp_session *session, enum verb verb)
{
    uint64_t longest = LONGEST_LINE;
    bool known = session->capabilities_known || session->helo_verb == VERB_HELO;
    if (verb == VERB_AUTH || verb == VERB_X_EXPS || verb == VERB_BURL)
        return LIMIT_COMMAND_LINE; /* RFC 4954 section 4; a URL of RFC 4468 has no bound */
    for (size_t i = 0; i < sizeof(allowances) / sizeof(allowances[0]); i++) {
        if (allowances[i].verb == verb && (!known || offers(session, allowances[i].keyword)))
            longest += allowances[i].octets;
    }
    return longest;
}

static void check_length(struct smtp_session *session, enum helo_side side, struct helo_slice verb,
                         uint64_t length, uint64_t longest, helo_time time)
{
    struct fact_irregularity what = {
        .what = IRREGULAR_LENGTH, .side = side, .verb = verb, .number = length, .limit = longest};
    if (length > longest)
        notice_irregularity(session, &what, time);
}

static void check_octets(struct smtp_session *session, enum helo_side side, struct helo_slice verb,
                         const struct line *line, helo_time time)
{
    bool known = session->capabilities_known || session->helo_verb == VERB_HELO;
    uint32_t oddity = 0;
    if ((line->oddities & LINE_BARE_LF) != 0)
        oddity |= OCTETS_BARE_LF;
    if ((line->oddities & LINE_BARE_CR) != 0)
        oddity |= OCTETS_BARE_CR;
    if ((line->oddities & LINE_NUL) != 0)
        oddity |= OCTETS_NUL;
    if ((line->oddities & LINE_EIGHT_BIT) != 0 && known && !session->odd.smtputf8_offered)
        oddity |= OCTETS_EIGHT_BIT;
    struct fact_irregularity what = {
        .what = IRREGULAR_OCTETS, .side = side, .verb = verb, .oddity = oddity};
    if (oddity != 0)
        notice_irregularity(session, &what, time);
}

/* BDAT's size and LAST (RFC 3030 section 2). */
static void check_chunk(struct smtp_session *session, struct helo_slice argument, helo_time time)
{
    struct helo_slice rest = argument;
    uint64_t size = 0;
    struct helo_slice number = slice_word(&rest);
    struct helo_slice word = slice_word(&rest);
    bool digits = number.len > 0;
    for (size_t i = 0; i < number.len; i++)
        digits = digits && number.ptr[i] >= '0' && number.ptr[i] <= '9';
    uint32_t oddity = 0;
    if (digits && (!number_parse(number, &size) || size > INT64_MAX))
        oddity = CHUNK_TOO_BIG;
    else if (!digits || (word.len > 0 && !slice_is(word, "LAST")))
        oddity = CHUNK_NO_SIZE;
    struct fact_irregularity what = {
        .what = IRREGULAR_CHUNK, .verb = verb_name(VERB_BDAT), .text = argument, .oddity = oddity};
    if (oddity != 0)
        notice_irregularity(session, &what, time);
}

void odd_command_line_told(struct smtp_session *session, enum verb verb, struct helo_slice rest,
                           const struct line *line, helo_time time)
{
    bool whole = session->gap_count == 0 && session->state != CLIENT_UNSYNCED;
    session->odd.bare_client |= (line->oddities & LINE_BARE_LF) != 0;
    if (!whole || (verb == VERB_OTHER && session->unknown_hidden))
        return; /* the line may be something else */
    check_octets(session, HELO_CLIENT, verb_name(verb), line, time);
    check_length(session, HELO_CLIENT, verb_name(verb), line->length,
                 longest_command(session, verb), time);
    if (verb == VERB_BDAT)
        check_chunk(session, rest, time);
}

/* True while a line of the server is a line of the dialogue for certain. */
static bool is_reply_line(const struct smtp_session *session)
{
    bool tls = session->state == CLIENT_AWAIT_TLS || session->state == CLIENT_TLS_OR_NOT;
    return !tls && !session->decrypted && session->spoke_smtp && session->gap_count == 0 &&
           !session->careful && (!session->midstream || session->last_code != 0);
}

void odd_reply_line(struct smtp_session *session, const struct line *line, struct helo_slice told,
                    unsigned oddities, helo_time time)
{
    struct helo_slice none = {0};
    struct fact_irregularity what = {
        .what = IRREGULAR_REPLY, .side = HELO_SERVER, .code = reply_code_of(line->text)};
    if (!is_reply_line(session))
        return;
    if (!session->auth_seen)
        what.text = told; /* else lines may repeat in pieces what is never told */
    if ((oddities & REPLY_NO_CODE) != 0)
        what.oddity |= ANSWER_NO_CODE;
    if ((oddities & REPLY_CODES_DIFFER) != 0)
        what.oddity |= ANSWER_CODES_DIFFER;
    if (what.oddity != 0)
        notice_irregularity(session, &what, time);
    check_octets(session, HELO_SERVER, none, line, time);
    check_length(session, HELO_SERVER, none, line->length, LONGEST_LINE, time);
}

void odd_forget(struct odd *odd)
{
    odd->pipelining_offered = odd->smtputf8_offered = false;
    odd->size_offered = 0;
}

void odd_capability(struct odd *odd, struct helo_slice line)
{
    struct helo_slice rest = line;
    if ((line.ptr[0] | 0x20) == 'p') {
        odd->pipelining_offered |= slice_is(slice_word(&rest), "PIPELINING");
    } else if ((line.ptr[0] | 0x20) == 's') {
        struct helo_slice keyword = slice_word(&rest);
        odd->smtputf8_offered |= slice_is(keyword, "SMTPUTF8");
        if (slice_is(keyword, "SIZE") && !number_parse(slice_word(&rest), &odd->size_offered))
            odd->size_offered = 0;
    }
}

/* RFC 2920 section 3.1; RFC 4954 section 4 and RFC 3207 section 4 add AUTH and STARTTLS, and HELO
 * tells as little as EHLO what may follow. */
static bool ends_group(const struct odd *odd)
{
    if (odd->previous_kind == EXCHANGE_RESPONSE)
        return true;
    if (odd->previous_kind != EXCHANGE_COMMAND)
        return false;
    switch ((enum verb)odd->previous_verb) {
    case VERB_EHLO:
    case VERB_HELO:
    case VERB_LHLO:
    case VERB_DATA:
    case VERB_VRFY:
    case VERB_EXPN:
    case VERB_TURN:
    case VERB_QUIT:
    case VERB_NOOP:
    case VERB_AUTH:
    case VERB_X_EXPS:
    case VERB_STARTTLS:
    case VERB_X_ANONYMOUSTLS:
        return true;
    default:
        return false;
    }
}

static struct helo_slice previous_name(const struct odd *odd)
{
    if (odd->previous_kind == EXCHANGE_CONTENT)
        return SLICE("*DATA*");
    if (odd->previous_kind == EXCHANGE_COMMAND)
        return verb_name((enum verb)odd->previous_verb);
    return SLICE("*RESPONSE*");
}

static void check_pipelining(struct smtp_session *session, const struct exchange *exchange)
{
    const struct odd *odd = &session->odd;
    bool known = session->capabilities_known || session->helo_verb == VERB_HELO;
    struct fact_irregularity what = {
        .what = IRREGULAR_PIPELINED, .verb = emit_kind(exchange), .text = previous_name(odd)};
    if (ends_group(odd))
        what.oddity |= PIPELINED_BEHIND_LAST;
    if (known && !odd->pipelining_offered)
        what.oddity |= PIPELINED_UNOFFERED;
    if (what.oddity != 0)
        notice_irregularity(session, &what, exchange->time);
}

static void check_early(struct smtp_session *session, const struct exchange *exchange,
                        helo_time time)
{
    struct fact_irregularity what = {.what = IRREGULAR_EARLY, .verb = emit_kind(exchange)};
    if (session->odd.early_told || exchange->acked >= session->odd.greeting_end ||
        session->gap_count > 0 || session->careful || session->midstream)
        return;
    session->odd.early_told = true;
    notice_irregularity(session, &what, time);
}

/* The server answered for the content before, and what comes now was sent before that was known. */
static void check_taken(struct smtp_session *session, const struct exchange *exchange)
{
    struct fact_irregularity what = {.what = IRREGULAR_BOUNDARY,
                                     .verb = emit_kind(exchange),
                                     .oddity = BOUNDARY_TAKEN,
                                     .number = session->content.smuggling.sequences};
    if (session->odd.previous_kind == EXCHANGE_CONTENT && session->odd.lenient_end)
        notice_irregularity(session, &what, exchange->time);
}

void odd_queued(struct smtp_session *session, const struct exchange *exchange)
{
    struct odd *odd = &session->odd;
    if (exchange->kind == EXCHANGE_COMMAND) {
        check_early(session, exchange, exchange->time);
        if (exchange->pipelined) {
            check_pipelining(session, exchange);
            check_taken(session, exchange);
        }
    }
    odd->previous_kind = exchange->kind;
    odd->previous_verb = exchange->verb;
}

void odd_greeting(struct smtp_session *session, helo_time time)
{
    const struct exchange *first = session->queue.first;
    session->odd.greeting_end = session->server_offset;
    if (first != NULL && first->kind == EXCHANGE_COMMAND)
        check_early(session, first, time);
}

static void tell_boundary(struct smtp_session *session, uint32_t oddity, helo_time time)
{
    const struct smuggling *smuggling = &session->content.smuggling;
    const struct transaction *transaction = open_current(session);
    if (session->content_cut || (transaction != NULL && transaction->gap))
        return; /* half of a line break may be missing, or the end itself */
    struct fact_irregularity what = {.what = IRREGULAR_BOUNDARY,
                                     .number = smuggling->sequences,
                                     .oddity = oddity,
                                     .limit = session->content_from + smuggling->first};
    if (smuggling->command)
        what.oddity |= BOUNDARY_COMMAND;
    if (session->odd.bare_client)
        what.oddity |= BOUNDARY_BARE;
    if (session->odd.lenient_end)
        what.oddity |= BOUNDARY_AT_END;
    session->odd.sequences = smuggling->sequences;
    session->odd.command_told = smuggling->command;
    notice_irregularity(session, &what, time);
}

/* Content that did not wait for the 354. */
static void check_content_begin(struct smtp_session *session, const struct stream_chunk *chunk)
{
    struct odd *odd = &session->odd;
    struct fact_irregularity what = {.what = IRREGULAR_PIPELINED,
                                     .verb = SLICE("*DATA*"),
                                     .text = verb_name(VERB_DATA),
                                     .oddity = PIPELINED_BEHIND_LAST};
    odd->widths = (struct widths){0};
    odd->sequences = 0;
    odd->command_told = odd->lenient_end = false;
    if (chunk->acked < session->last_reply_end && session->gap_count == 0 && !session->careful &&
        !chunk->forced)
        notice_irregularity(session, &what, chunk->time);
}

void odd_content(struct smtp_session *session, const struct stream_chunk *chunk, size_t len,
                 uint64_t before)
{
    const struct smuggling *smuggling = &session->content.smuggling;
    struct odd *odd = &session->odd;
    if (before == 0)
        check_content_begin(session, chunk);
    if ((smuggling->sequences > 0 && odd->sequences == 0) ||
        smuggling->command != odd->command_told)
        tell_boundary(session, 0, chunk->time);
    if (session->gap_count > 0 || !widths_scan(&odd->widths, before, chunk->data, len))
        return;
    struct fact_irregularity what = {
        .what = IRREGULAR_LENGTH, .number = odd->widths.from, .limit = LONGEST_TEXT_LINE};
    notice_irregularity(session, &what, chunk->time);
}

void odd_content_end(struct smtp_session *session, helo_time time)
{
    if (session->content.smuggling.sequences > 0)
        tell_boundary(session, BOUNDARY_CLOSED, time);
}
