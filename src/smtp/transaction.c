/* Transactions: bounded lists of recipients and parameters over one text. */
#include "smtp/transaction.h"

#include <string.h>

#include "base/limits.h"
#include "smtp/path.h"
#include "smtp/queue_id.h"

#define KEYWORD_PLACES 2048u

struct transaction *transaction_new(struct mem *mem, uint32_t number, helo_time start,
                                    uint32_t text_limit)
{
    struct transaction *transaction = mem_take_zero(mem, sizeof(*transaction));
    if (transaction != NULL) {
        transaction->number = number;
        transaction->text_limit = text_limit;
        transaction->start = transaction->end = start;
    }
    return transaction;
}

static void drop_contents(struct mem *mem, struct transaction *transaction)
{
    text_free(mem, &transaction->text);
    mem_give(mem, transaction->recipients,
             transaction->recipient_size * sizeof(*transaction->recipients));
    mem_give(mem, transaction->parameters,
             transaction->parameter_size * sizeof(*transaction->parameters));
    transaction->recipients = NULL;
    transaction->parameters = NULL;
    transaction->recipient_size = transaction->parameter_size = 0;
}

void transaction_detach(struct mem *mem, struct transaction *transaction)
{
    if (transaction->outstanding == 0) {
        transaction_free(mem, transaction);
        return;
    }
    drop_contents(mem, transaction);
    transaction->detached = true;
}

void transaction_free(struct mem *mem, struct transaction *transaction)
{
    if (transaction == NULL)
        return;
    drop_contents(mem, transaction);
    mem_give(mem, transaction, sizeof(*transaction));
}

/* Copies a slice into the transaction's text; false if there is no room for any of it. */
static bool keep(struct transaction *transaction, struct mem *mem, struct helo_slice slice,
                 struct extent *extent)
{
    if (slice.len > LIMIT_STRING_KEPT)
        slice.len = LIMIT_STRING_KEPT;
    extent->at = transaction->text.len;
    extent->len = 0;
    if (slice.len > transaction->text_limit - transaction->text.len ||
        !text_add(mem, &transaction->text, slice, transaction->text_limit))
        return false;
    extent->len = (uint32_t)slice.len;
    return true;
}

static bool grow_parameters(struct transaction *transaction, struct mem *mem)
{
    uint32_t size = transaction->parameter_size > 0 ? transaction->parameter_size * 2 : 4;
    if (size > LIMIT_LIST)
        size = LIMIT_LIST;
    if (transaction->parameter_size >= size)
        return false;
    struct parameter *parameters =
        mem_resize(mem, transaction->parameters, transaction->parameter_size * sizeof(*parameters),
                   size * sizeof(*parameters));
    if (parameters == NULL)
        return false;
    transaction->parameters = parameters;
    transaction->parameter_size = size;
    return true;
}

/* False without room. */
static bool add_parameter(struct transaction *transaction, struct mem *mem,
                          struct helo_slice keyword, bool has_value, struct helo_slice value)
{
    if (transaction->parameter_count == transaction->parameter_size &&
        !grow_parameters(transaction, mem))
        return false;
    struct parameter *parameter = &transaction->parameters[transaction->parameter_count];
    *parameter = (struct parameter){.has_value = has_value};
    if (!keep(transaction, mem, keyword, &parameter->keyword) ||
        !keep(transaction, mem, value, &parameter->value))
        return false;
    transaction->parameter_count++;
    return true;
}

/* Which keywords are there already: the number of the parameter plus one where its hash says, or in
 * a place behind. More than twice the places that are needed, so that the next free one is near. */
struct keywords {
    uint16_t places[KEYWORD_PLACES];
};

/* The address is what a sender cannot know: no keywords can be made to meet in one place. */
static uint32_t first_place(const struct transaction *transaction, struct helo_slice keyword)
{
    uint64_t hash = (uint64_t)(uintptr_t)transaction;
    for (size_t i = 0; i < keyword.len; i++)
        hash = (hash ^ keyword.ptr[i]) * UINT64_C(0x9E3779B97F4A7C15) + (hash >> 29);
    return (uint32_t)(hash >> 32) % KEYWORD_PLACES;
}

/* A keyword that comes again adds nothing: the first one stands. *place is where a new one goes. */
static bool has_parameter(const struct transaction *transaction, const struct keywords *keywords,
                          struct helo_slice keyword, uint32_t *place)
{
    uint32_t at = first_place(transaction, keyword);
    for (; keywords->places[at] != 0; at = (at + 1) % KEYWORD_PLACES) {
        const struct extent *extent = &transaction->parameters[keywords->places[at] - 1].keyword;
        if (extent->len == keyword.len &&
            memcmp(transaction->text.ptr + extent->at, keyword.ptr, keyword.len) == 0)
            return true;
    }
    *place = at;
    return false;
}

static struct helo_slice upper(struct helo_slice word, uint8_t *buffer, size_t size)
{
    if (word.len > size)
        word.len = size;
    for (size_t i = 0; i < word.len; i++) {
        uint8_t c = word.ptr[i];
        buffer[i] = c >= 'a' && c <= 'z' ? (uint8_t)(c - 32) : c;
    }
    return (struct helo_slice){buffer, word.len};
}

void transaction_set_mail(struct transaction *transaction, struct mem *mem,
                          struct helo_slice argument)
{
    struct path path;
    if (!path_parse(argument, "FROM", &path))
        return;
    if (path.has_address && path.address.len > 0)
        transaction->has_mail_from = keep(transaction, mem, path.address, &transaction->mail_from);

    struct helo_slice keyword, value;
    struct keywords keywords = {{0}};
    uint32_t place;
    bool has_value;
    while (transaction->parameter_count < LIMIT_LIST &&
           parameter_next(&path.parameters, &keyword, &has_value, &value)) {
        uint8_t buffer[64];
        keyword = upper(keyword, buffer, sizeof(buffer));
        if (keyword.len == 0 || has_parameter(transaction, &keywords, keyword, &place))
            continue;
        if (add_parameter(transaction, mem, keyword, has_value, value))
            keywords.places[place] = (uint16_t)transaction->parameter_count;
        if (slice_is(keyword, "SIZE") && has_value)
            transaction->has_size_declared = number_parse(value, &transaction->size_declared);
        else if (slice_is(keyword, "BODY") && has_value)
            keep(transaction, mem, value, &transaction->body);
    }
}

void transaction_set_helo(struct transaction *transaction, struct mem *mem, struct helo_slice helo)
{
    if (!transaction->has_helo)
        keep(transaction, mem, helo, &transaction->helo);
    transaction->has_helo = true;
}

static bool grow_recipients(struct transaction *transaction, struct mem *mem)
{
    uint32_t size = transaction->recipient_size > 0 ? transaction->recipient_size * 2 : 2;
    if (size > LIMIT_LIST)
        size = LIMIT_LIST;
    if (transaction->recipient_size >= size)
        return false;
    struct recipient *recipients =
        mem_resize(mem, transaction->recipients, transaction->recipient_size * sizeof(*recipients),
                   size * sizeof(*recipients));
    if (recipients == NULL)
        return false;
    transaction->recipients = recipients;
    transaction->recipient_size = size;
    return true;
}

uint32_t transaction_add_recipient(struct transaction *transaction, struct mem *mem,
                                   struct helo_slice argument)
{
    struct path path;
    transaction->recipient_total++;
    if (!path_parse(argument, "TO", &path))
        path.address = argument; /* as it is: there is no better name for it */
    if (transaction->recipient_count == transaction->recipient_size &&
        !grow_recipients(transaction, mem))
        return UINT32_MAX;
    struct recipient *recipient = &transaction->recipients[transaction->recipient_count];
    *recipient = (struct recipient){0};
    if (!keep(transaction, mem, path.address, &recipient->address))
        return UINT32_MAX;
    return transaction->recipient_count++;
}

void transaction_set_reply(struct transaction *transaction, struct mem *mem,
                           const struct helo_reply *reply)
{
    /* The latest refusal or the final reply: the text of an earlier one is not needed again. */
    if (transaction->reply.code != 0 &&
        transaction->reply_text.at + transaction->reply_text.len == transaction->text.len)
        transaction->text.len = transaction->reply_text.at;
    transaction->reply = *reply;
    keep(transaction, mem, reply->text, &transaction->reply_text);
}

void transaction_answer_recipient(struct transaction *transaction, uint32_t index,
                                  const struct helo_reply *reply)
{
    if (reply->code / 100 == 2)
        transaction->accepted++;
    else
        transaction->refused++;
    if (index >= transaction->recipient_count)
        return;
    transaction->recipients[index].code = reply->code;
    transaction->recipients[index].enhanced = reply->enhanced;
}

static void answer_next_recipient(struct transaction *transaction, uint16_t code)
{
    while (transaction->next_final < transaction->recipient_count) {
        struct recipient *recipient = &transaction->recipients[transaction->next_final++];
        if (recipient->code / 100 == 2) {
            recipient->final_code = code;
            return;
        }
    }
}

void transaction_answer_content(struct transaction *transaction, struct mem *mem,
                                const struct helo_reply *reply, bool lmtp)
{
    bool good = reply->code / 100 == 2;
    *(good ? &transaction->finals_good : &transaction->finals_bad) += 1;
    transaction_set_reply(transaction, mem, reply);
    if (lmtp)
        answer_next_recipient(transaction, reply->code);
    struct helo_slice id = good ? queue_id_find(reply->text) : (struct helo_slice){0};
    if (id.len > 0)
        keep(transaction, mem, id, &transaction->queue_id);
}

enum helo_message_result transaction_result(const struct transaction *transaction, bool cut_off)
{
    if (transaction->torn || (transaction->gap && !transaction->mail_accepted))
        return HELO_MESSAGE_INCOMPLETE; /* what was answered may have been another's */
    if (transaction->finals_good > 0)
        return transaction->finals_bad > 0 ? HELO_MESSAGE_PARTIAL : HELO_MESSAGE_ACCEPTED;
    if (transaction->finals_bad > 0 || transaction->mail_refused || transaction->data_refused ||
        transaction->content_refused_early)
        return HELO_MESSAGE_REJECTED;
    if (transaction->recipient_total > 0 && transaction->refused == transaction->recipient_total)
        return HELO_MESSAGE_REJECTED;
    if (transaction->gap || cut_off)
        return HELO_MESSAGE_INCOMPLETE;
    return HELO_MESSAGE_ABORTED;
}
