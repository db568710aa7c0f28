/* What the program was asked to do: the command line over the configuration files. */
#include "cli/options.h"

#include "base/message.h"
#include "cli/command.h"
#include "cli/config_file.h"
#include "cli/key_file.h"
#include "cli/nearest.h"
#include "cli/values.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The engine's own least; below it nothing can be followed. */
#define LEAST_MEMORY (UINT64_C(4) << 20)
/* A year: a longer silence is no session any more, and a longer interval no interval. */
#define MOST_IDLE_SECONDS UINT64_C(31536000)

#define DEFAULT_STATS_SECONDS 60

#define DEFAULT_DATASETS                                                                           \
    (1u << HELO_DATASET_SESSION | 1u << HELO_DATASET_AUTH | 1u << HELO_DATASET_MESSAGE |           \
     1u << HELO_DATASET_TLS | 1u << HELO_DATASET_ANOMALY)

/* getopt_long's values for long options: their row, above every letter. */
#define LONG_BASE 256

static bool fail(struct helo_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool fail(struct helo_error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    return false;
}

/* The list with room for one more element; NULL, and the old list still valid, without memory. */
static void *grow(void *list, size_t count, size_t size, struct helo_error *why)
{
    void *larger = reallocarray(list, count + 1, size);
    if (larger == NULL)
        fail(why, "out of memory");
    return larger;
}

/* The command line's captures and interfaces replace what a file says of either. */
static void forget_file_inputs(struct options *options)
{
    if (options->in_file)
        return;
    if (options->reads_from_file)
        options->read_count = 0;
    if (options->interfaces_from_file)
        options->interface_count = 0;
    options->reads_from_file = false;
    options->interfaces_from_file = false;
}

static bool apply_read(struct options *options, const char *value, struct helo_error *why)
{
    if (*value == '\0')
        return fail(why, "the name is empty");
    forget_file_inputs(options);
    options->reads_from_file = options->in_file;
    for (size_t i = 0; i < options->read_count; i++)
        if (strcmp(value, "-") == 0 && strcmp(options->reads[i], "-") == 0)
            return fail(why, "stdin can be read only once");
    const char **reads = grow(options->reads, options->read_count, sizeof *reads, why);
    if (reads == NULL)
        return false;
    options->reads = reads;
    options->reads[options->read_count++] = value;
    return true;
}

static bool apply_interface(struct options *options, const char *value, struct helo_error *why)
{
    if (*value == '\0')
        return fail(why, "the name is empty");
    forget_file_inputs(options);
    options->interfaces_from_file = options->in_file;
    for (size_t i = 0; i < options->interface_count; i++)
        if (strcmp(options->interfaces[i], value) == 0)
            return fail(why, "%s is watched already", value);
    const char **interfaces =
        grow(options->interfaces, options->interface_count, sizeof *interfaces, why);
    if (interfaces == NULL)
        return false;
    options->interfaces = interfaces;
    options->interfaces[options->interface_count++] = value;
    return true;
}

static bool apply_no_promisc(struct options *options, const char *value, struct helo_error *why)
{
    bool off = false;
    if (!value_flag(value, &off, why))
        return false;
    options->live.promiscuous = !off;
    return true;
}

static bool apply_snaplen(struct options *options, const char *value, struct helo_error *why)
{
    uint64_t octets = 0;
    if (!value_number(value, HELO_LEAST_SNAPLEN, HELO_MOST_SNAPLEN, &octets, why))
        return false;
    options->live.snaplen = (uint32_t)octets;
    return true;
}

static bool apply_buffer(struct options *options, const char *value, struct helo_error *why)
{
    uint64_t octets;
    if (!value_size(value, HELO_LEAST_BUFFER, &octets, why))
        return false;
    if (octets > HELO_MOST_BUFFER)
        return fail(why, "'%s' is too much, it takes at most 1G", value);
    options->live.buffer = octets;
    return true;
}

_Static_assert(HELO_MOST_BUFFER == 1073741824, "as the message says");

static bool apply_stats_interval(struct options *options, const char *value, struct helo_error *why)
{
    return value_seconds(value, MOST_IDLE_SECONDS, &options->stats_interval, why);
}

static bool apply_user(struct options *options, const char *value, struct helo_error *why)
{
    if (*value == '\0')
        return fail(why, "the name is empty");
    options->user = value;
    return true;
}

static bool apply_output(struct options *options, const char *value, struct helo_error *why)
{
    struct options_output output;
    if (!value_output(value, &output.format, &output.target, why))
        return false;
    if (options->outputs_from_file && !options->in_file)
        options->output_count = 0;
    options->outputs_from_file = options->in_file;
    for (size_t i = 0; i < options->output_count; i++)
        if (strcmp(options->outputs[i].target, output.target) == 0)
            return fail(why, "two outputs go to '%s'", output.target);
    struct options_output *outputs =
        grow(options->outputs, options->output_count, sizeof *outputs, why);
    if (outputs == NULL)
        return false;
    options->outputs = outputs;
    options->outputs[options->output_count++] = output;
    return true;
}

static bool apply_events(struct options *options, const char *value, struct helo_error *why)
{
    return value_datasets(value, &options->datasets, why);
}

static bool apply_ports(struct options *options, const char *value, struct helo_error *why)
{
    return value_ports(value, options->engine.ports, &options->engine.port_count, why);
}

static bool apply_memory(struct options *options, const char *value, struct helo_error *why)
{
    return value_size(value, LEAST_MEMORY, &options->engine.memory_cap, why);
}

static bool apply_workers(struct options *options, const char *value, struct helo_error *why)
{
    uint64_t workers = 1;
    if (!value_number(value, 1, HELO_MAX_WORKERS, &workers, why))
        return false;
    options->engine.workers = (unsigned)workers;
    return true;
}

static bool apply_idle_timeout(struct options *options, const char *value, struct helo_error *why)
{
    return value_seconds(value, MOST_IDLE_SECONDS, &options->engine.idle_timeout, why);
}

static bool apply_flow_key(struct options *options, const char *value, struct helo_error *why)
{
    return value_flow_key(value, &options->engine.flow_key_vlan, &options->engine.flow_key_vni,
                          why);
}

static bool apply_proxy(struct options *options, const char *value, struct helo_error *why)
{
    struct helo_config *engine = &options->engine;
    struct helo_network network;
    if (!value_network(value, &network, why))
        return false;
    if (!options->proxies_given || (options->proxies_from_file && !options->in_file))
        engine->proxy_count = 0;
    options->proxies_given = true;
    options->proxies_from_file = options->in_file;
    if (engine->proxy_count == HELO_MAX_NETWORKS)
        return fail(why, "more than %d networks", HELO_MAX_NETWORKS);
    engine->proxies[engine->proxy_count++] = network;
    return true;
}

static bool apply_set(struct options *options, const char *value, struct helo_error *why)
{
    return helo_rules_set(&options->engine.rules, value, why) == HELO_OK;
}

static bool apply_disable(struct options *options, const char *value, struct helo_error *why)
{
    return helo_rules_disable(&options->engine.rules, value, why) == HELO_OK;
}

static bool apply_allow(struct options *options, const char *value, struct helo_error *why)
{
    static const char user[] = "user:";
    const char *equals = strchr(value, '=');
    char rule[64];
    struct helo_network network;
    if (equals == NULL || equals[1] == '\0' || (size_t)(equals - value) >= sizeof rule)
        return fail(why, "'%.100s' is neither RULE=NET nor RULE=user:NAME", value);
    memcpy(rule, value, (size_t)(equals - value));
    rule[equals - value] = '\0';
    if (strcmp(equals + 1, user) == 0)
        return fail(why, "'%.100s' names no user", value);
    if (strncmp(equals + 1, user, sizeof user - 1) == 0)
        return helo_rules_allow(&options->engine.rules, rule, NULL, equals + sizeof user, why) ==
               HELO_OK;
    return value_network(equals + 1, &network, why) &&
           helo_rules_allow(&options->engine.rules, rule, &network, NULL, why) == HELO_OK;
}

static bool apply_home(struct options *options, const char *value, struct helo_error *why)
{
    struct helo_rules_config *rules = &options->engine.rules;
    struct helo_network network;
    if (!value_network(value, &network, why))
        return false;
    if (!options->homes_given || (options->homes_from_file && !options->in_file))
        rules->home_count = 0;
    options->homes_given = true;
    options->homes_from_file = options->in_file;
    if (rules->home_count == HELO_MOST_HOMES)
        return fail(why, "more than %d networks", HELO_MOST_HOMES);
    rules->homes[rules->home_count++] = network;
    return true;
}

static bool apply_own_domain(struct options *options, const char *value, struct helo_error *why)
{
    struct helo_rules_config *rules = &options->engine.rules;
    size_t len = strlen(value);
    bool dotted = len > 0 && (value[0] == '.' || value[len - 1] == '.');
    if (len == 0 || dotted || strpbrk(value, "@ \t/") != NULL)
        return fail(why, "'%.100s' is no domain such as example.org", value);
    if (rules->domain_count == HELO_MOST_DOMAINS)
        return fail(why, "more than %d domains", HELO_MOST_DOMAINS);
    rules->domains[rules->domain_count++] = value;
    return true;
}

static bool apply_fail_on(struct options *options, const char *value, struct helo_error *why)
{
    return helo_severity_find(value, &options->fail_on) ||
           fail(why, "'%.60s' is none of info, low, medium, high, critical", value);
}

static bool apply_credentials(struct options *options, const char *value, struct helo_error *why)
{
    options->credentials_given = true;
    return value_credentials(value, &options->credentials, why);
}

static bool apply_hash_key(struct options *options, const char *value, struct helo_error *why)
{
    if (*value == '\0')
        return fail(why, "the name is empty");
    options->hash_key_file = value;
    return true;
}

static bool apply_sensor(struct options *options, const char *value, struct helo_error *why)
{
    if (*value == '\0')
        return fail(why, "the name is empty");
    options->sensor = value;
    return true;
}

static bool apply_checksums(struct options *options, const char *value, struct helo_error *why)
{
    return value_flag(value, &options->engine.verify_checksums, why);
}

static bool apply_only_ports(struct options *options, const char *value, struct helo_error *why)
{
    return value_flag(value, &options->engine.only_ports, why);
}

static bool apply_quiet(struct options *options, const char *value, struct helo_error *why)
{
    return value_flag(value, &options->quiet, why);
}

static bool apply_verbose(struct options *options, const char *value, struct helo_error *why)
{
    return value_flag(value, &options->verbose, why);
}

static bool apply_version(struct options *options, const char *value, struct helo_error *why)
{
    (void)value;
    (void)why;
    options->action = OPTIONS_VERSION;
    return true;
}

static bool apply_help(struct options *options, const char *value, struct helo_error *why)
{
    (void)value;
    (void)why;
    options->action = OPTIONS_HELP;
    return true;
}

static bool apply_sandbox_check(struct options *options, const char *value, struct helo_error *why)
{
    (void)value;
    (void)why;
    options->action = OPTIONS_SANDBOX_CHECK;
    return true;
}

/* The files are read before the command line is applied, see read_config_files. */
static bool apply_config(struct options *options, const char *value, struct helo_error *why)
{
    (void)options;
    (void)value;
    (void)why;
    return true;
}

/* Begins the help of what is of use with -i only. */
#define LIVE "-i: "

/* The options: getopt, the help and the configuration files all follow this table. */
static const struct row {
    char letter; /* 0: none */
    const char *name;
    const char *argument; /* NULL: a flag, applied with "yes" */
    bool is_key;          /* may stand in a configuration file */
    bool (*apply)(struct options *options, const char *value, struct helo_error *why);
    const char *help;
} rows[] = {
    {'r', "read", "FILE", true, apply_read,
     "read this capture: pcap or pcapng, plain, gzip or zstd;\n"
     "'-' is stdin; repeat it to read several as one capture"},
    {'i', "interface", "IFACE", true, apply_interface,
     "watch this network interface until a signal comes; 'any'\n"
     "is all of them; repeat it to watch several as one"},
    {'o', "output", "FORMAT:TARGET", true, apply_output,
     "write events as json or text to a file or '-'\n"
     "(default json:-); repeat it for more outputs"},
    {'e', "events", "LIST", true, apply_events,
     "events to write: session, exchange, auth, message, tls,\n"
     "anomaly, stats, all; +x and -x add to and take from the\n"
     "default session,auth,message,tls,anomaly"},
    {0, "no-promisc", NULL, true, apply_no_promisc, LIVE "only packets from and to this host"},
    {0, "snaplen", "OCTETS", true, apply_snaplen,
     LIVE "capture so much of each packet, 64 to 262144 (default\n"
          "262144, everything)"},
    {0, "buffer", "SIZE", true, apply_buffer,
     LIVE "the kernel's buffer for each interface, 1M to 1G\n"
          "(default 16M)"},
    {0, "stats-interval", "SECONDS", true, apply_stats_interval,
     LIVE "time between two stats events (default 60)"},
    {0, "user", "USER", true, apply_user,
     "go on as this user, without privileges, once everything is\n"
     "open (default with -i, run as root: heloscope)"},
    {0, "ports", "LIST", true, apply_ports,
     "ports on which SMTP is spoken (default 25,465,587,2525)"},
    {0, "only-ports", NULL, true, apply_only_ports, "do not look for SMTP on other ports"},
    {0, "memory", "SIZE", true, apply_memory,
     "most memory for connections, with K, M or G (default 512M)"},
    {'w', "workers", "N", true, apply_workers,
     "threads that follow connections, 1 to 64 (default 1);\n"
     "what is written is the same"},
    {0, "idle-timeout", "SECONDS", true, apply_idle_timeout,
     "a connection silent for so long is over (default 900)"},
    {0, "flow-key", "LIST", true, apply_flow_key,
     "vlan, vni or both: these tell connections apart as well,\n"
     "for networks that use the same addresses"},
    {0, "proxy", "NET", true, apply_proxy,
     "believe PROXY headers and XCLIENT from this network, such\n"
     "as 192.0.2.0/24 (default: private ones); may be repeated"},
    {0, "set", "RULE.KEY=VALUE", true, apply_set,
     "change a rule's threshold or its severity, such as\n"
     "HS-101.idle=30 or HS-101.severity=low; may be repeated"},
    {0, "disable", "RULE", true, apply_disable, "switch a rule off, or all; may be repeated"},
    {0, "allow", "RULE=WHOM", true, apply_allow,
     "exempt a network or user:NAME from a rule; may be\n"
     "repeated"},
    {0, "home", "NET", true, apply_home,
     "a network of ours (default: private ones); may be\n"
     "repeated"},
    {0, "own-domain", "NAME", true, apply_own_domain,
     "a domain whose mail is ours, its subdomains included;\n"
     "may be repeated"},
    {0, "fail-on", "SEVERITY", true, apply_fail_on,
     "exit 3 when an anomaly at or above info, low, medium, high\n"
     "or critical was found"},
    {0, "credentials", "HOW", true, apply_credentials,
     "redact (default): show who logged in, never with what;\n"
     "hash: show names as keyed hashes; reveal: for a lab, show\n"
     "passwords, too"},
    {0, "hash-key", "FILE", true, apply_hash_key,
     "the key for --credentials hash, 16 to 4096 octets"},
    {0, "sensor", "NAME", true, apply_sensor,
     "observer.name in the events (default the host's name)"},
    {0, "checksums", NULL, true, apply_checksums,
     "drop packets whose IPv4 or TCP checksum is wrong"},
    {0, "sandbox-check", NULL, false, apply_sandbox_check,
     "try what a run can't do once everything is open"},
    {'c', "config", "FILE", false, apply_config,
     "read options from a file first, such as ports = 25,465"},
    {'q', "quiet", NULL, true, apply_quiet, "no progress and no summary on stderr"},
    {'v', "verbose", NULL, true, apply_verbose, "every counter in the summary"},
    {'V', "version", NULL, false, apply_version, "print the version"},
    {'h', "help", NULL, false, apply_help, "print this help"},
};
#define ROWS (sizeof rows / sizeof rows[0])

/* What getopt_long wants, made from the table. */
struct getopt_tables {
    char letters[2 + 2 * ROWS];
    struct option longs[ROWS + 1];
};

static void make_tables(struct getopt_tables *tables)
{
    char *letter = tables->letters;
    *letter++ = ':';
    for (size_t i = 0; i < ROWS; i++) {
        tables->longs[i] = (struct option){
            .name = rows[i].name,
            .has_arg = rows[i].argument != NULL ? required_argument : no_argument,
            .val = LONG_BASE + (int)i,
        };
        if (rows[i].letter == 0)
            continue;
        *letter++ = rows[i].letter;
        if (rows[i].argument != NULL)
            *letter++ = ':';
    }
    *letter = '\0';
    tables->longs[ROWS] = (struct option){0};
}

/* The row of what getopt_long returned or left in optopt; NULL: none. */
static const struct row *row_of(int value)
{
    for (size_t i = 0; i < ROWS; i++)
        if (value == LONG_BASE + (int)i || (rows[i].letter != 0 && value == rows[i].letter))
            return &rows[i];
    return NULL;
}

/* One line on what getopt_long did not like. */
static bool fail_getopt(int result, char **argv, struct helo_error *error)
{
    const struct row *row = row_of(optopt);
    if (result == ':' && row != NULL)
        return fail(error, "--%s needs %s", row->name, row->argument);
    if (row != NULL)
        return fail(error, "--%s takes no value", row->name);
    if (optopt > 0 && optopt < LONG_BASE)
        return fail(error, "unknown option '-%c'", optopt);
    return fail(error, "unknown or ambiguous option '%s'", argv[optind - 1]);
}

static bool apply_row(struct options *options, const struct row *row, const char *value,
                      struct helo_error *error)
{
    struct helo_error why = {""};
    if (strncmp(row->help, LIVE, sizeof LIVE - 1) == 0)
        options->live_only = row->name;
    if (row->apply(options, value, &why))
        return true;
    return fail(error, "--%s: %.400s", row->name, why.message);
}

/* Walks the command line: first for the configuration files alone, then for everything. */
static bool walk(struct options *options, int argc, char **argv, bool config_only,
                 struct helo_error *error)
{
    struct getopt_tables tables = {0};
    make_tables(&tables);
    optind = 0; /* glibc: begin anew */
    opterr = 0;
    int result;
    while ((result = getopt_long(argc, argv, tables.letters, tables.longs, NULL)) != -1) {
        const struct row *row = result == ':' || result == '?' ? NULL : row_of(result);
        if (row == NULL)
            return fail_getopt(result, argv, error);
        bool is_config = row->apply == apply_config;
        if (config_only && is_config && !config_file_read(options, optarg, error))
            return false;
        if (!config_only && !apply_row(options, row, row->argument != NULL ? optarg : "yes", error))
            return false;
    }
    return true;
}

/* The remaining arguments, joined by spaces, are the filter. */
static bool join_filter(struct options *options, char **words, struct helo_error *error)
{
    if (*words == NULL)
        return true;
    size_t size = 1;
    for (char **word = words; *word != NULL; word++)
        size += strlen(*word) + 1;
    options->filter = malloc(size);
    if (options->filter == NULL)
        return fail(error, "out of memory");
    char *end = options->filter;
    for (char **word = words; *word != NULL; word++)
        end += sprintf(end, "%s%s", word == words ? "" : " ", *word);
    return true;
}

/* Who gives a key wants names hashed, and is not to find them shown. */
static bool check_credentials(struct options *options, struct helo_error *error)
{
    struct helo_error why = {""};
    options->engine.reveal_secrets = options->credentials == HELO_CREDENTIALS_REVEAL;
    if (options->hash_key_file != NULL && !options->credentials_given)
        return fail(error, "--hash-key is of no use without --credentials hash");
    if (options->credentials != HELO_CREDENTIALS_HASH)
        return true;
    if (options->hash_key_file == NULL)
        return fail(error, "--credentials hash needs --hash-key FILE; make one with: "
                           "openssl rand -hex 32 >FILE");
    return key_file_read(options->hash_key_file, options->hash_key, &options->hash_key_len, &why) ||
           fail(error, "--hash-key: %.400s", why.message);
}

static bool check_inputs(const struct options *options, char **words, struct helo_error *error)
{
    if (options->read_count > 0 && options->interface_count > 0)
        return fail(error, "-r and -i can't go together: read captures, or watch interfaces");
    if (options->read_count > 0 && options->live_only != NULL)
        return fail(error, "--%s goes with -i; captures are read whole", options->live_only);
    for (size_t i = 0; i < options->interface_count; i++)
        if (options->interface_count > 1 && strcmp(options->interfaces[i], "any") == 0)
            return fail(error, "-i any stands for every interface; give it alone");
    if (options->read_count > 0 || options->interface_count > 0)
        return true;
    if (*words != NULL && access(*words, F_OK) == 0)
        return fail(error, "nothing to read; did you mean -r %s?", *words);
    if (*words != NULL && nearest_command(*words) != NULL)
        return fail(error, "nothing to read; did you mean the subcommand %s?",
                    nearest_command(*words));
    return fail(error,
                "nothing to read; give a capture with -r FILE or an interface with -i IFACE");
}

/* What can only be judged when everything has been read. */
static bool check(struct options *options, char **words, struct helo_error *error)
{
    if (!check_inputs(options, words, error))
        return false;
    if (options->output_count == 0 && !apply_output(options, "json:-", error))
        return false;
    return check_credentials(options, error);
}

static bool parse_all(struct options *options, int argc, char **argv, struct helo_error *error)
{
    *options = (struct options){.datasets = DEFAULT_DATASETS,
                                .fail_on = OPTIONS_NEVER,
                                .stats_interval = DEFAULT_STATS_SECONDS * HELO_SECOND};
    helo_live_config_init(&options->live);
    helo_config_init(&options->engine);
    error->message[0] = '\0';
    if (!walk(options, argc, argv, true, error) || !walk(options, argc, argv, false, error))
        return false;
    if (options->action != OPTIONS_RUN)
        return true;
    return check(options, argv + optind, error) && join_filter(options, argv + optind, error);
}

bool options_parse(struct options *options, int argc, char **argv, struct helo_error *error)
{
    bool parsed = parse_all(options, argc, argv, error);
    if (!parsed)
        message_tidy(error->message); /* it quotes the arguments and files */
    return parsed;
}

bool options_set(struct options *options, const char *key, const char *value,
                 struct helo_error *error)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (strcmp(rows[i].name, key) != 0)
            continue;
        if (!rows[i].is_key)
            return fail(error, "%s can't stand in a configuration file", key);
        struct helo_error why = {""};
        options->in_file = true;
        bool applied = rows[i].apply(options, value, &why);
        options->in_file = false;
        return applied || fail(error, "%s: %.400s", key, why.message);
    }
    return fail(error, "unknown key '%.100s'", key);
}

bool options_keep(struct options *options, char *text)
{
    struct helo_error why = {""};
    char **texts = grow(options->texts, options->text_count, sizeof *texts, &why);
    if (texts == NULL) {
        free(text);
        return false;
    }
    options->texts = texts;
    options->texts[options->text_count++] = text;
    return true;
}

/* "  -r, --read FILE" */
static void help_name(FILE *to, const struct row *row)
{
    char name[40];
    snprintf(name, sizeof name, "--%s%s%s", row->name, row->argument != NULL ? " " : "",
             row->argument != NULL ? row->argument : "");
    if (row->letter != 0)
        fprintf(to, "  -%c, %-25s", row->letter, name);
    else
        fprintf(to, "      %-25s", name);
}

static void help_row(FILE *to, const struct row *row)
{
    help_name(to, row);
    const char *at = row->help;
    for (;;) {
        size_t len = strcspn(at, "\n");
        fprintf(to, "%.*s\n", (int)len, at);
        if (at[len] == '\0')
            break;
        at += len + 1;
        fprintf(to, "%31s", "");
    }
}

void options_help(FILE *to)
{
    fputs("usage: heloscope -r FILE [-r FILE]... [options] [BPF filter]\n"
          "       heloscope -i IFACE [-i IFACE]... [options] [BPF filter]\n"
          "       heloscope --sandbox-check [--user USER]\n",
          to);
    const struct command *command;
    for (size_t i = 0; (command = command_at(i)) != NULL; i++)
        fprintf(to, "       heloscope %s %s\n", command->name, command->arguments);
    fputs("\nReads captures, or watches interfaces, and writes what was said in the SMTP sessions\n"
          "there, one JSON object a line.\n\n",
          to);
    for (size_t i = 0; (command = command_at(i)) != NULL; i++)
        fprintf(to, "  %-26s %s\n", command->name, command->help);
    fputs("\n", to);
    for (size_t i = 0; i < ROWS; i++)
        help_row(to, &rows[i]);
    fputs("\nEvery long option but config, help, sandbox-check and version is a key of a\n"
          "configuration file.\n"
          "The filter is pcap-filter(7); 'port 25' does not look into VLANs or tunnels,\n"
          "'port 25 or (vlan and port 25)' does into VLANs.\n\n"
          "Exit: 0 done, 1 the input or an output failed, 2 wrong usage, 3 see --fail-on.\n",
          to);
}

void options_free(struct options *options)
{
    for (size_t i = 0; i < options->text_count; i++)
        free(options->texts[i]);
    free(options->texts);
    free(options->reads);
    free(options->interfaces);
    free(options->outputs);
    free(options->filter);
    explicit_bzero(options->hash_key, sizeof options->hash_key);
    *options = (struct options){0};
}
