/* The exchange queue: a list, in the order in which the client spoke. */
#include "smtp/exchange.h"

#include "base/limits.h"
#include "smtp/transaction.h"

struct exchange *exchange_append(struct exchange_queue *queue, struct mem *mem)
{
    struct exchange *exchange = mem_take_zero(mem, sizeof(*exchange));
    if (exchange == NULL)
        return NULL;
    exchange->count = 1;
    exchange->replies = 1;
    exchange->recipient = UINT32_MAX;
    *(queue->first != NULL ? &queue->last->next : &queue->first) = exchange;
    queue->last = exchange;
    queue->count++;
    return exchange;
}

struct exchange *exchange_heard(struct exchange_queue *queue, uint64_t acked)
{
    struct exchange *last = queue->heard != NULL ? queue->heard : queue->first;
    if (last == NULL || last->end > acked)
        return NULL;
    while (last->next != NULL && last->next->end <= acked)
        last = last->next;
    queue->heard = last;
    return last;
}

struct exchange *exchange_shift(struct exchange_queue *queue)
{
    struct exchange *first = queue->first;
    if (first != NULL) {
        queue->first = first->next;
        queue->heard = queue->heard != first ? queue->heard : NULL;
        queue->count--;
        queue->octets -= first->text.size;
    }
    return first;
}

void exchange_keep(struct exchange_queue *queue, struct mem *mem, struct exchange *exchange,
                   struct helo_slice argument)
{
    if (queue->octets + LIMIT_STRING_KEPT > LIMIT_OUTSTANDING_TEXT)
        return;
    queue->octets -= exchange->text.size;
    text_set(mem, &exchange->text, argument, LIMIT_STRING_KEPT);
    queue->octets += exchange->text.size;
}

void exchange_forget(struct exchange_queue *queue, struct mem *mem, struct exchange *exchange)
{
    queue->octets -= exchange->text.size;
    text_free(mem, &exchange->text);
}

void exchange_join(struct exchange *exchange, struct transaction *transaction)
{
    if (transaction == NULL || exchange->belongs == transaction)
        return;
    if (exchange->belongs == NULL && exchange->count == 1) {
        exchange->belongs = transaction;
        transaction->outstanding++;
    } else {
        transaction->gap = true;
    }
}

struct transaction *exchange_transaction(const struct exchange *exchange)
{
    struct transaction *transaction = exchange->belongs;
    return transaction != NULL && !transaction->detached ? transaction : NULL;
}

void exchange_free(struct mem *mem, struct exchange *exchange)
{
    struct transaction *transaction = exchange->belongs;
    if (transaction != NULL && --transaction->outstanding == 0 && transaction->detached)
        transaction_free(mem, transaction);
    text_free(mem, &exchange->text);
    text_free(mem, &exchange->token);
    mem_give(mem, exchange, sizeof(*exchange));
}

void exchange_clear(struct exchange_queue *queue, struct mem *mem)
{
    while (queue->first != NULL)
        exchange_free(mem, exchange_shift(queue));
}
