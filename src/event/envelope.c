/* Session ids, Community ids and event numbers. */

/* SHA1() of OpenSSL 3 looks its algorithm up in every call, which costs ten times the hash itself;
 * the functions from before do not, and are marked as deprecated. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "event/envelope.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static size_t put_port(uint8_t *to, uint16_t port)
{
    to[0] = (uint8_t)(port >> 8);
    to[1] = (uint8_t)port;
    return 2;
}

/* The end that Community ID puts first: the lower address, then the lower port. */
static int lower_end(const struct helo_endpoint end[HELO_SIDES], size_t size)
{
    int order = memcmp(end[0].address, end[1].address, size);
    if (order == 0)
        order = (end[0].port > end[1].port) - (end[0].port < end[1].port);
    return order <= 0 ? 0 : 1;
}

uint64_t envelope_session_id(const struct helo_endpoint end[HELO_SIDES], helo_time start,
                             uint64_t realm)
{
    uint8_t input[2 * (16 + 2) + 8];
    size_t len = 0;
    int first = lower_end(end, sizeof(end[0].address));
    for (int i = 0; i < HELO_SIDES; i++) {
        const struct helo_endpoint *at = &end[i == 0 ? first : 1 - first];
        memcpy(input + len, at->address, 16);
        len += 16;
        len += put_port(input + len, at->port);
    }
    for (int i = 0; i < 8; i++)
        input[len++] = (uint8_t)((uint64_t)start >> (8 * i));
    return XXH64(input, len, realm);
}

void envelope_community_id(struct helo_connection *connection)
{
    const struct helo_endpoint *end = connection->end;
    size_t size = end[0].family == 6 ? 16 : 4;
    uint8_t input[2 + 32 + 2 + 4] = {0}; /* begins with the seed, 0 */
    uint8_t digest[SHA_DIGEST_LENGTH];
    size_t len = 2;
    int first = lower_end(end, size);

    memcpy(input + len, end[first].address, size);
    memcpy(input + len + size, end[1 - first].address, size);
    len += 2 * size;
    input[len] = 6; /* TCP */
    len += 2;
    len += put_port(input + len, end[first].port);
    len += put_port(input + len, end[1 - first].port);
    SHA_CTX hash;
    SHA1_Init(&hash);
    SHA1_Update(&hash, input, len);
    SHA1_Final(digest, &hash);
    memcpy(connection->community_id, "1:", 2);
    EVP_EncodeBlock((unsigned char *)connection->community_id + 2, digest, sizeof(digest));
}

void envelope_begin(struct envelope *envelope, helo_time start, uint64_t realm)
{
    struct helo_connection *connection = &envelope->connection;
    envelope->number = 0;
    envelope->last_time = start;
    connection->session_id = envelope_session_id(connection->end, start, realm);
    envelope_community_id(connection);
}

void envelope_stamp(struct envelope *envelope, struct helo_event *event, helo_time time)
{
    if (time > envelope->last_time)
        envelope->last_time = time;
    event->time = envelope->last_time;
    event->number = ++envelope->number;
    event->connection = &envelope->connection;
}
