/* Reads the values that options take. */
#include "cli/values.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define EVERY_DATASET ((1u << HELO_DATASET_COUNT) - 1)

static const char *const dataset_names[] = {
    [HELO_DATASET_SESSION] = "session", [HELO_DATASET_EXCHANGE] = "exchange",
    [HELO_DATASET_AUTH] = "auth",       [HELO_DATASET_MESSAGE] = "message",
    [HELO_DATASET_TLS] = "tls",         [HELO_DATASET_ANOMALY] = "anomaly",
    [HELO_DATASET_STATS] = "stats",
};
_Static_assert(sizeof dataset_names / sizeof dataset_names[0] == HELO_DATASET_COUNT,
               "every dataset has a name");

static const struct {
    const char *name;
    enum helo_format format;
} formats[] = {{"json", HELO_FORMAT_JSON}, {"text", HELO_FORMAT_TEXT}};

static bool refuse(struct helo_error *why, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool refuse(struct helo_error *why, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why->message, sizeof why->message, format, arguments);
    va_end(arguments);
    return false;
}

/* Decimal digits from *text on, which moves past them; false without any, or past UINT64_MAX. */
static bool take_number(const char **text, uint64_t *number)
{
    const char *at = *text;
    uint64_t value = 0;
    while (*at >= '0' && *at <= '9') {
        uint64_t digit = (uint64_t)(*at - '0');
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, digit, &value))
            return false;
        at++;
    }
    if (at == *text)
        return false;
    *text = at;
    *number = value;
    return true;
}

bool value_flag(const char *text, bool *flag, struct helo_error *why)
{
    static const struct {
        const char *word;
        bool flag;
    } words[] = {{"yes", true},    {"no", false}, {"true", true},
                 {"false", false}, {"on", true},  {"off", false}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcasecmp(text, words[i].word) == 0) {
            *flag = words[i].flag;
            return true;
        }
    }
    return refuse(why, "'%s' is neither yes nor no", text);
}

bool value_number(const char *text, uint64_t least, uint64_t most, uint64_t *number,
                  struct helo_error *why)
{
    const char *at = text;
    if (!take_number(&at, number) || *at != '\0' || *number < least || *number > most)
        return refuse(why, "'%s' is not a number from %" PRIu64 " to %" PRIu64, text, least, most);
    return true;
}

bool value_seconds(const char *text, uint64_t most, helo_time *time, struct helo_error *why)
{
    const char *at = text;
    uint64_t seconds;
    if (!take_number(&at, &seconds) || *at != '\0' || seconds < 1 || seconds > most)
        return refuse(why, "'%s' is not a number of seconds from 1 to %" PRIu64, text, most);
    *time = (helo_time)seconds * HELO_SECOND;
    return true;
}

bool value_size(const char *text, uint64_t least, uint64_t *size, struct helo_error *why)
{
    static const char units[] = "KMG";
    const char *at = text;
    uint64_t octets;
    bool good = take_number(&at, &octets);
    if (good && *at != '\0') {
        const char *unit = strchr(units, *at >= 'a' ? *at - 0x20 : *at);
        good = unit != NULL && at[1] == '\0' &&
               !__builtin_mul_overflow(octets, UINT64_C(1) << (10 * (unit - units + 1)), &octets);
    }
    if (!good)
        return refuse(why, "'%s' is not a size such as 512M (K, M or G)", text);
    if (octets < least)
        return refuse(why, "'%s' is too little, it takes at least %" PRIu64 "M", text, least >> 20);
    *size = octets;
    return true;
}

static bool has_port(const uint16_t *ports, size_t count, uint64_t port)
{
    for (size_t i = 0; i < count; i++)
        if (ports[i] == port)
            return true;
    return false;
}

bool value_ports(const char *text, uint16_t ports[HELO_MAX_PORTS], size_t *count,
                 struct helo_error *why)
{
    size_t n = 0;
    const char *at = text;
    for (;;) {
        uint64_t port;
        if (!take_number(&at, &port) || port < 1 || port > UINT16_MAX ||
            (*at != ',' && *at != '\0'))
            return refuse(why, "'%s' is not a list of ports such as 25,465,587", text);
        if (!has_port(ports, n, port)) {
            if (n == HELO_MAX_PORTS)
                return refuse(why, "more than %d ports", HELO_MAX_PORTS);
            ports[n++] = (uint16_t)port;
        }
        if (*at++ == '\0')
            break;
    }
    *count = n;
    return true;
}

bool value_flow_key(const char *text, bool *vlan, bool *vni, struct helo_error *why)
{
    bool with_vlan = false;
    bool with_vni = false;
    const char *at = text;
    for (;;) {
        size_t len = strcspn(at, ",");
        if (len == 4 && strncmp(at, "vlan", 4) == 0)
            with_vlan = true;
        else if (len == 3 && strncmp(at, "vni", 3) == 0)
            with_vni = true;
        else
            return refuse(why, "'%.*s' is no part of a key; there are vlan and vni", (int)len, at);
        at += len;
        if (*at++ == '\0')
            break;
    }
    *vlan = with_vlan;
    *vni = with_vni;
    return true;
}

/* Clears what is behind the prefix; true if anything was there. */
static bool mask_network(struct helo_network *network)
{
    bool had_bits = false;
    for (unsigned i = 0; i < sizeof network->address; i++) {
        unsigned kept = network->bits <= 8 * i ? 0 : network->bits - 8 * i;
        uint8_t mask = (uint8_t)(0xff00u >> (kept < 8 ? kept : 8));
        had_bits = had_bits || (network->address[i] & ~mask) != 0;
        network->address[i] &= mask;
    }
    return had_bits;
}

static bool read_network(const char *text, struct helo_network *network)
{
    char address[INET6_ADDRSTRLEN];
    size_t len = strcspn(text, "/");
    if (len >= sizeof address)
        return false;
    memcpy(address, text, len);
    address[len] = '\0';
    *network = (struct helo_network){.family = strchr(address, ':') != NULL ? 6 : 4};
    if (inet_pton(network->family == 6 ? AF_INET6 : AF_INET, address, network->address) != 1)
        return false;
    uint8_t most = network->family == 6 ? 128 : 32;
    uint64_t bits = most;
    const char *at = text + len;
    if (*at == '/' && (at++, !take_number(&at, &bits)))
        return false;
    if (*at != '\0' || bits > most)
        return false;
    network->bits = (uint8_t)bits;
    return true;
}

/* A network with bits behind its prefix is refused: one of its two halves is a mistake. */
bool value_network(const char *text, struct helo_network *network, struct helo_error *why)
{
    struct helo_network read;
    char masked[INET6_ADDRSTRLEN];
    if (!read_network(text, &read))
        return refuse(why, "'%s' is not a network such as 192.0.2.0/24 or 2001:db8::/32", text);
    if (mask_network(&read)) {
        inet_ntop(read.family == 6 ? AF_INET6 : AF_INET, read.address, masked, sizeof masked);
        return refuse(why, "'%s' has bits behind its prefix; did you mean %s/%u?", text, masked,
                      read.bits);
    }
    *network = read;
    return true;
}

bool value_credentials(const char *text, enum helo_credentials *credentials, struct helo_error *why)
{
    static const char *const words[] = {
        [HELO_CREDENTIALS_REDACT] = "redact",
        [HELO_CREDENTIALS_HASH] = "hash",
        [HELO_CREDENTIALS_REVEAL] = "reveal",
    };
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(text, words[i]) == 0) {
            *credentials = (enum helo_credentials)i;
            return true;
        }
    }
    return refuse(why, "'%s' is none of redact, hash and reveal", text);
}

/* The bits of a name, 0 for an unknown one. */
static helo_dataset_set dataset_bits(const char *name, size_t len)
{
    if (len == 3 && strncmp(name, "all", 3) == 0)
        return EVERY_DATASET;
    for (unsigned i = 0; i < HELO_DATASET_COUNT; i++)
        if (strlen(dataset_names[i]) == len && strncmp(name, dataset_names[i], len) == 0)
            return 1u << i;
    return 0;
}

bool value_datasets(const char *text, helo_dataset_set *datasets, struct helo_error *why)
{
    helo_dataset_set set = *text == '+' || *text == '-' ? *datasets : 0;
    const char *at = text;
    for (;;) {
        char sign = '+';
        if (*at == '+' || *at == '-')
            sign = *at++;
        size_t len = strcspn(at, ",");
        helo_dataset_set bits = dataset_bits(at, len);
        if (bits == 0)
            return refuse(why,
                          "'%.*s' is no kind of event; there are session, exchange, auth, message, "
                          "tls, anomaly, stats and all",
                          (int)len, at);
        set = sign == '-' ? set & ~bits : set | bits;
        at += len;
        if (*at++ == '\0')
            break;
    }
    if (set == 0)
        return refuse(why, "'%s' leaves no events to write", text);
    *datasets = set;
    return true;
}

bool value_output(const char *text, enum helo_format *format, const char **target,
                  struct helo_error *why)
{
    const char *colon = strchr(text, ':');
    if (colon == NULL || colon == text || colon[1] == '\0')
        return refuse(why, "'%s' is not FORMAT:TARGET, such as json:- or text:report.txt", text);
    size_t len = (size_t)(colon - text);
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (strlen(formats[i].name) == len && strncmp(text, formats[i].name, len) == 0) {
            *format = formats[i].format;
            *target = colon + 1;
            return true;
        }
    }
    return refuse(why, "'%.*s' is no format; there are json and text", (int)len, text);
}
