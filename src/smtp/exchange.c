/* The exchange queue: a list, in the order in which the client spoke. */
#include "smtp/exchange.h"

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

struct exchange *exchange_shift(struct exchange_queue *queue)
{
    struct exchange *first = queue->first;
    if (first != NULL) {
        queue->first = first->next;
        queue->count--;
    }
    return first;
}

void exchange_free(struct mem *mem, struct exchange *exchange)
{
    text_free(mem, &exchange->text);
    text_free(mem, &exchange->token);
    text_free(mem, &exchange->secret);
    mem_give(mem, exchange, sizeof(*exchange));
}

void exchange_clear(struct exchange_queue *queue, struct mem *mem)
{
    while (queue->first != NULL)
        exchange_free(mem, exchange_shift(queue));
}
