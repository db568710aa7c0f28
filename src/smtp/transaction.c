/* Transactions: bounded lists of recipients and parameters over one text. */
#include "smtp/transaction.h"

#include <string.h>

#include "base/limits.h"
#include "smtp/path.h"
#include "smtp/queue_id.h"

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
    if (size > LIMIT_PARAMETERS)
        size = LIMIT_PARAMETERS;
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

static void add_parameter(struct transaction *transaction, struct mem *mem,
                          struct helo_slice keyword, bool has_value, struct helo_slice value)
{
    if (transaction->parameter_count == transaction->parameter_size &&
        !grow_parameters(transaction, mem))
        return;
    struct parameter *parameter = &transaction->parameters[transaction->parameter_count];
    *parameter = (struct parameter){.has_value = has_value};
    if (keep(transaction, mem, keyword, &parameter->keyword) &&
        keep(transaction, mem, value, &parameter->value))
        transaction->parameter_count++;
}

/* A keyword that comes again adds nothing: the first one stands. */
static bool has_parameter(const struct transaction *transaction, struct helo_slice keyword)
{
    for (uint32_t i = 0; i < transaction->parameter_count; i++) {
        const struct extent *extent = &transaction->parameters[i].keyword;
        if (extent->len == keyword.len &&
            memcmp(transaction->text.ptr + extent->at, keyword.ptr, keyword.len) == 0)
            return true;
    }
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
    bool has_value;
    /* So many are looked at, repeated ones too: what finds those is quadratic. */
    for (unsigned seen = 0;
         seen < LIMIT_PARAMETERS && parameter_next(&path.parameters, &keyword, &has_value, &value);
         seen++) {
        uint8_t buffer[64];
        keyword = upper(keyword, buffer, sizeof(buffer));
        if (has_parameter(transaction, keyword) || keyword.len == 0)
            continue;
        add_parameter(transaction, mem, keyword, has_value, value);
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
