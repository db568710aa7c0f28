/* Options: what the command line and the configuration files make of a run, and what is refused. */
#include "cli/config_file.c"
#include "cli/key_file.c"
#include "cli/options.c"
#include "cli/values.c"

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#define MOST_WORDS 40

#define DEFAULTS  DEFAULT_DATASETS
#define BIT(name) (1u << HELO_DATASET_##name)

/* Parses a command line of words with blanks between them; the words live as long as line. */
static bool parse(struct options *options, char *line, struct helo_error *error)
{
    char *words[MOST_WORDS + 2] = {(char[]){"heloscope"}};
    int count = 1;
    char *rest = line;
    for (char *word = strsep(&rest, " "); word != NULL && count <= MOST_WORDS;
         word = strsep(&rest, " "))
        if (*word != '\0')
            words[count++] = word;
    return options_parse(options, count, words, error);
}

/* Parses what must be right. */
static void parse_good(struct options *options, char *line)
{
    struct helo_error error;
    if (!parse(options, line, &error))
        fail_msg("%s", error.message);
}

#define GOOD(options, text) parse_good(options, (char[]){text})

static void a_capture_alone_gets_every_default(void **state)
{
    (void)state;
    struct options options;
    GOOD(&options, "-r a.pcap");
    assert_int_equal(options.action, OPTIONS_RUN);
    assert_int_equal(options.read_count, 1);
    assert_string_equal(options.reads[0], "a.pcap");
    assert_int_equal(options.output_count, 1);
    assert_int_equal(options.outputs[0].format, HELO_FORMAT_JSON);
    assert_string_equal(options.outputs[0].target, "-");
    assert_int_equal(options.datasets,
                     BIT(SESSION) | BIT(AUTH) | BIT(MESSAGE) | BIT(TLS) | BIT(ANOMALY));
    assert_int_equal(options.engine.port_count, 4);
    assert_int_equal(options.engine.memory_cap, 512u << 20);
    assert_int_equal(options.engine.idle_timeout, 900 * HELO_SECOND);
    assert_int_equal(options.engine.workers, 1);
    assert_false(options.engine.verify_checksums);
    assert_null(options.sensor);
    assert_null(options.filter);
    assert_false(options.quiet || options.verbose);
    options_free(&options);
}

static void every_option_does_its_work_in_both_forms(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "-r a -r - -o json:out.json -o text:- -e stats --ports 25,26,25 --memory 64M "
        "--idle-timeout 60 -w 3 --sensor mx --checksums -q -v",
        "--read=a --read=- --output=json:out.json --output=text:- --events=stats --ports=25,26 "
        "--memory=65536K --idle-timeout=60 --workers=3 --sensor=mx --checksums --quiet "
        "--verbose",
    };
    for (size_t i = 0; i < 2; i++) {
        char line[300];
        snprintf(line, sizeof line, "%s", lines[i]);
        struct options options;
        parse_good(&options, line);
        assert_int_equal(options.read_count, 2);
        assert_int_equal(options.engine.workers, 3);
        assert_string_equal(options.reads[1], "-");
        assert_int_equal(options.output_count, 2);
        assert_string_equal(options.outputs[0].target, "out.json");
        assert_int_equal(options.outputs[1].format, HELO_FORMAT_TEXT);
        assert_int_equal(options.datasets, BIT(STATS));
        assert_int_equal(options.engine.port_count, 2);
        assert_int_equal(options.engine.ports[1], 26);
        assert_int_equal(options.engine.memory_cap, 64u << 20);
        assert_int_equal(options.engine.idle_timeout, 60 * HELO_SECOND);
        assert_string_equal(options.sensor, "mx");
        assert_true(options.engine.verify_checksums && options.quiet && options.verbose);
        options_free(&options);
    }
}

static void the_flow_key_takes_vlan_and_vni(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        bool vlan, vni;
    } cases[] = {
        {"-r a", false, false},
        {"-r a --flow-key vlan", true, false},
        {"-r a --flow-key vni", false, true},
        {"-r a --flow-key vlan,vni", true, true},
        {"-r a --flow-key=vni,vlan", true, true},
        {"-r a --flow-key vlan --flow-key vni", false, true}, /* the last one counts */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char line[100];
        snprintf(line, sizeof line, "%s", cases[i].line);
        struct options options;
        parse_good(&options, line);
        assert_int_equal(options.engine.flow_key_vlan, cases[i].vlan);
        assert_int_equal(options.engine.flow_key_vni, cases[i].vni);
        options_free(&options);
    }
}

static void remaining_words_are_the_filter_wherever_they_stand(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *filter;
    } cases[] = {
        {"-r a port 25", "port 25"},
        {"port 25 -r a or port 587", "port 25 or port 587"},
        {"-r a -- -q or port 25", "-q or port 25"},
        {"tcp -r a -- -v", "tcp -v"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char line[100];
        snprintf(line, sizeof line, "%s", cases[i].line);
        struct options options;
        parse_good(&options, line);
        assert_string_equal(options.filter, cases[i].filter);
        assert_int_equal(options.read_count, 1);
        assert_false(options.quiet || options.verbose);
        options_free(&options);
    }
}

static void lists_of_events_replace_or_change_the_choice(void **state)
{
    (void)state;
    static const struct {
        const char *list;
        helo_dataset_set set; /* 0: refused */
    } cases[] = {
        {"session", BIT(SESSION)},
        {"session,auth", BIT(SESSION) | BIT(AUTH)},
        {"all", EVERY_DATASET},
        {"+all", EVERY_DATASET},
        {"all,-exchange", EVERY_DATASET & ~BIT(EXCHANGE)},
        {"+exchange", DEFAULTS | BIT(EXCHANGE)},
        {"-tls,-anomaly,+stats", (DEFAULTS & ~(BIT(TLS) | BIT(ANOMALY))) | BIT(STATS)},
        {"session,+stats,-session", BIT(STATS)},
        {"message,message", BIT(MESSAGE)},
        {"", 0},
        {"sessions", 0},
        {"sess", 0},
        {"session,", 0},
        {",session", 0},
        {"+", 0},
        {"-all", 0},
        {"session,-session", 0},
        {"session auth", 0},
        {"++stats", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        helo_dataset_set set = DEFAULTS;
        struct helo_error why;
        bool good = value_datasets(cases[i].list, &set, &why);
        if (good != (cases[i].set != 0))
            fail_msg("'%s' is %s", cases[i].list, good ? "taken" : why.message);
        assert_int_equal(set, good ? cases[i].set : DEFAULTS);
    }
}

static void sizes_take_units_and_refuse_what_does_not_fit(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t size; /* 0: refused */
    } cases[] = {
        {"4194304", 4194304},
        {"4096K", 4194304},
        {"4096k", 4194304},
        {"4M", 4194304},
        {"512M", 536870912},
        {"2G", 2147483648},
        {"2g", 2147483648},
        {"4194303", 0},
        {"3M", 0},
        {"0", 0},
        {"", 0},
        {"M", 0},
        {"4 ", 0},
        {"4M ", 0},
        {"4\x0b", 0},
        {"-4M", 0},
        {"4MB", 0},
        {"4 M", 0},
        {" 4M", 0},
        {"4T", 0},
        {"0x400000", 0},
        {"1.5G", 0},
        {"18446744073709551615", UINT64_MAX},
        {"18446744073709551616", 0},
        {"17179869184G", 0},
        {"99999999999999999999999", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t size = 1;
        struct helo_error why;
        bool good = value_size(cases[i].text, LEAST_MEMORY, &size, &why);
        if (good != (cases[i].size != 0))
            fail_msg("'%s' is %s", cases[i].text, good ? "taken" : why.message);
        assert_int_equal(size, good ? cases[i].size : 1);
    }
}

static void seconds_are_whole_and_within_a_year(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        helo_time time; /* 0: refused */
    } cases[] = {
        {"1", HELO_SECOND},
        {"900", 900 * HELO_SECOND},
        {"31536000", 31536000 * HELO_SECOND},
        {"31536001", 0},
        {"0", 0},
        {"", 0},
        {"-1", 0},
        {"1.5", 0},
        {"10s", 0},
        {"18446744073709551617", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        helo_time time = 7;
        struct helo_error why;
        bool good = value_seconds(cases[i].text, MOST_IDLE_SECONDS, &time, &why);
        assert_int_equal(good, cases[i].time != 0);
        assert_int_equal(time, good ? cases[i].time : 7);
    }
}

static void ports_are_a_list_without_repeats_and_within_their_number(void **state)
{
    (void)state;
    static const char *const bad[] = {"",     "0",     "65536",  "25,", ",25", "25,,26",
                                      "smtp", "25-26", "25, 26", "+25", "-1",  "25 26"};
    uint16_t ports[HELO_MAX_PORTS];
    size_t count;
    struct helo_error why;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        count = 99;
        assert_false(value_ports(bad[i], ports, &count, &why));
        assert_int_equal(count, 99);
    }
    assert_true(value_ports("1,65535,025,25", ports, &count, &why));
    assert_int_equal(count, 3);
    assert_int_equal(ports[1], 65535);
    assert_int_equal(ports[2], 25);

    char list[8 * (HELO_MAX_PORTS + 1)];
    size_t len = 0;
    for (int i = 1; i <= HELO_MAX_PORTS; i++)
        len += (size_t)sprintf(list + len, "%s%d", i == 1 ? "" : ",", i);
    assert_true(value_ports(list, ports, &count, &why));
    assert_int_equal(count, HELO_MAX_PORTS);
    snprintf(list + len, sizeof list - len, ",1000");
    assert_false(value_ports(list, ports, &count, &why));
}

/* A configuration file with this content; unlink it. */
static void write_config(char path[], const void *content, size_t len)
{
    strcpy(path, "/tmp/heloscope-config-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, len), len);
    close(fd);
}

/* Parses "-c FILE" with this content and further words. */
static bool parse_config(struct options *options, const char *content, const char *words,
                         struct helo_error *error, char line[200])
{
    char path[40];
    write_config(path, content, strlen(content));
    snprintf(line, 200, "-c %s %s", path, words);
    bool good = parse(options, line, error);
    unlink(path);
    return good;
}

static void networks_are_prefixes_of_both_families(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        struct helo_network network; /* family 0: refused */
    } cases[] = {
        {"192.0.2.0/24", {4, 24, {192, 0, 2}}},
        {"192.0.2.7", {4, 32, {192, 0, 2, 7}}},
        {"192.0.2.4/30", {4, 30, {192, 0, 2, 4}}},
        {"0.0.0.0/0", {4, 0, {0}}},
        {"2001:db8::/32", {6, 32, {0x20, 0x01, 0x0d, 0xb8}}},
        {"2001:db8:8000::/33", {6, 33, {0x20, 0x01, 0x0d, 0xb8, 0x80}}},
        {"::1", {6, 128, {[15] = 1}}},
        {"::/0", {6, 0, {0}}},
        {"fe80::/10", {6, 10, {0xfe, 0x80}}},
        {"", {0, 0, {0}}},
        {"/", {0, 0, {0}}},
        {"/24", {0, 0, {0}}},
        {"192.0.2.0/", {0, 0, {0}}},
        {"192.0.2.0/33", {0, 0, {0}}},
        {"192.0.2.0/-1", {0, 0, {0}}},
        {"192.0.2.0/24 ", {0, 0, {0}}},
        {"192.0.2.0/24/8", {0, 0, {0}}},
        {"192.0.2.0/255.255.255.0", {0, 0, {0}}},
        {"192.0.2/24", {0, 0, {0}}},
        {"192.0.2.0,192.0.3.0", {0, 0, {0}}},
        {"256.0.0.0/8", {0, 0, {0}}},
        {"2001:db8::/129", {0, 0, {0}}},
        {"2001:db8::g/64", {0, 0, {0}}},
        {"[2001:db8::]/32", {0, 0, {0}}},
        {"fe80::1%eth0", {0, 0, {0}}},
        {"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb/64", {0, 0, {0}}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct helo_network network = {0};
        struct helo_error why;
        if (value_network(cases[i].text, &network, &why) != (cases[i].network.family != 0))
            fail_msg("'%s'", cases[i].text);
        assert_memory_equal(&network, &cases[i].network, sizeof network);
    }
}

static void a_network_with_bits_behind_its_prefix_is_refused_with_the_one_meant(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"192.0.2.1/24", "192.0.2.0/24?"},
        {"192.0.2.7/30", "192.0.2.4/30?"},
        {"10.0.0.1/0", "0.0.0.0/0?"},
        {"2001:db8::1/64", "2001:db8::/64?"},
        {"2001:db8:ffff::/33", "2001:db8:8000::/33?"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct helo_network network;
        struct helo_error why;
        assert_false(value_network(cases[i][0], &network, &why));
        assert_non_null(strstr(why.message, cases[i][1]));
    }
}

static void proxies_replace_the_private_networks_and_add_up(void **state)
{
    (void)state;
    struct options options;
    struct helo_error error;
    char line[200];
    GOOD(&options, "-r a");
    assert_int_equal(options.engine.proxy_count, 8);
    options_free(&options);
    GOOD(&options, "-r a --proxy 192.0.2.0/24 --proxy=2001:db8::1");
    assert_int_equal(options.engine.proxy_count, 2);
    assert_int_equal(options.engine.proxies[0].bits, 24);
    assert_int_equal(options.engine.proxies[1].family, 6);
    options_free(&options);

    static const char file[] = "proxy = 10.0.0.0/8\nproxy = 11.0.0.0/8\n";
    assert_true(parse_config(&options, file, "-r a", &error, line));
    assert_int_equal(options.engine.proxy_count, 2);
    options_free(&options);
    assert_true(
        parse_config(&options, file, "-r a --proxy 12.0.0.0/8 --proxy 13.0.0.0/8", &error, line));
    assert_int_equal(options.engine.proxy_count, 2);
    assert_int_equal(options.engine.proxies[0].address[0], 12);
    options_free(&options);
}

static void the_number_of_proxies_is_bounded(void **state)
{
    (void)state;
    struct options options = {0};
    struct helo_error why = {""};
    for (int i = 0; i < HELO_MAX_NETWORKS; i++)
        assert_true(options_set(&options, "proxy", "192.0.2.0/24", &why));
    assert_false(options_set(&options, "proxy", "192.0.2.0/24", &why));
    assert_string_equal(why.message, "proxy: more than 64 networks");
    assert_int_equal(options.engine.proxy_count, HELO_MAX_NETWORKS);
    options_free(&options);
}

static void a_key_is_a_file_without_its_line_end(void **state)
{
    (void)state;
    static const struct {
        size_t octets; /* of 'k' */
        const char *end;
        size_t len; /* 0: refused */
        const char *says;
    } cases[] = {
        {16, "", 16, NULL},
        {16, "\n", 16, NULL},
        {16, "\r\n", 16, NULL},
        {16, "\r", 17, NULL},
        {16, "\n\n", 17, NULL},
        {4096, "", 4096, NULL},
        {4096, "\r\n", 4096, NULL},
        {0, "", 0, "the key is empty; make one with: openssl rand -hex 32"},
        {0, "\n", 0, "the key is empty"},
        {0, "\r\n", 0, "the key is empty"},
        {15, "\n", 0, "the key is too short, it takes at least 16 octets; make one"},
        {4097, "", 0, "the key is too long, it takes at most 4096 octets"},
        {4096, "\n\r\n", 0, "the key is too long"},
        {9000, "\n", 0, "the key is too long"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char path[40];
        char content[9010];
        uint8_t key[HELO_MOST_HASH_KEY];
        size_t len = 0;
        struct helo_error why = {""};
        memset(content, 'k', cases[i].octets);
        strcpy(content + cases[i].octets, cases[i].end);
        write_config(path, content, cases[i].octets + strlen(cases[i].end));
        bool good = key_file_read(path, key, &len, &why);
        unlink(path);
        assert_int_equal(good, cases[i].says == NULL);
        assert_int_equal(len, cases[i].len);
        if (good)
            assert_memory_equal(key, content, len);
        else if (strstr(why.message, cases[i].says) == NULL)
            fail_msg("'%s' does not say '%s'", why.message, cases[i].says);
        assert_null(strstr(why.message, "kkkkkkk")); /* more than the name of the file may have */
    }
}

static void credentials_reach_engine_and_report(void **state)
{
    (void)state;
    struct options options;
    char path[40];
    char line[200];
    GOOD(&options, "-r a");
    assert_int_equal(options.credentials, HELO_CREDENTIALS_REDACT);
    assert_false(options.engine.reveal_secrets);
    options_free(&options);
    GOOD(&options, "-r a --credentials reveal");
    assert_int_equal(options.credentials, HELO_CREDENTIALS_REVEAL);
    assert_true(options.engine.reveal_secrets);
    options_free(&options);
    /* A key in a file does not keep the command line from choosing otherwise. */
    write_config(path, "0123456789abcdef\n", 17);
    snprintf(line, sizeof line, "-r a --credentials redact --hash-key %s", path);
    parse_good(&options, line);
    assert_int_equal(options.credentials, HELO_CREDENTIALS_REDACT);
    options_free(&options);
    snprintf(line, sizeof line, "-r a --credentials=hash --hash-key=%s", path);
    parse_good(&options, line);
    assert_int_equal(options.credentials, HELO_CREDENTIALS_HASH);
    assert_false(options.engine.reveal_secrets);
    assert_int_equal(options.hash_key_len, 16);
    assert_memory_equal(options.hash_key, "0123456789abcdef", 16);
    options_free(&options);
    unlink(path);
}

static void wrong_usage_is_told_in_one_line(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *says;
    } cases[] = {
        {"", "nothing to read; give a capture with -r FILE or an interface with -i IFACE"},
        {"/dev/null", "did you mean -r /dev/null?"},
        {"port 25", "nothing to read"},
        {"-r", "--read needs FILE"},
        {"-r a --memory", "--memory needs SIZE"},
        {"-r a -z", "unknown option '-z'"},
        {"-r a -i eth0", "-r and -i can't go together"},
        {"-i eth0 -i eth0", "--interface: eth0 is watched already"},
        {"-i eth0 -i any", "-i any stands for every interface; give it alone"},
        {"-i any -i eth0", "-i any stands for every interface; give it alone"},
        {"-r a -i", "--interface needs IFACE"},
        {"--interface=", "--interface: the name is empty"},
        {"-i a --snaplen 63", "--snaplen: '63' is not a number from 64 to 262144"},
        {"-i a --snaplen 262145", "--snaplen: '262145' is not a number from 64 to 262144"},
        {"-i a --snaplen 1k", "--snaplen: '1k' is not a number from"},
        {"-i a --buffer 1023K", "--buffer: '1023K' is too little, it takes at least 1M"},
        {"-i a --buffer 1025M", "--buffer: '1025M' is too much, it takes at most 1G"},
        {"-i a --stats-interval 0", "--stats-interval: '0' is not a number of seconds"},
        {"-r a --snaplen 96", "--snaplen goes with -i; captures are read whole"},
        {"--buffer 2M -r a", "--buffer goes with -i; captures are read whole"},
        {"-r a --no-promisc", "--no-promisc goes with -i; captures are read whole"},
        {"-r a --stats-interval 5", "--stats-interval goes with -i; captures are read whole"},
        {"-r a --allow HS-902=user:x",
         "--allow: HS-902 is about the sensor itself: there is nobody "
         "to exempt from it"},
        {"-r a --allow HS-903=192.0.2.0/24", "--allow: HS-903 is about the sensor itself"},
        {"-r a --allow HS-201=user:", "--allow: 'HS-201=user:' names no user"},
        {"-r a --own-domain .example.net", "--own-domain: '.example.net' is no domain"},
        {"-r a --own-domain example.net.", "--own-domain: 'example.net.' is no domain"},
        {"-i a --user=", "--user: the name is empty"},
        {"-r a -x 2", "unknown option '-x'"},
        {"-r a -w 0", "--workers: '0' is "},
        {"-r a -w 65", "--workers: '65' is "},
        {"-r a --credentials show", "--credentials: 'show' is none of redact, hash and reveal"},
        {"-r a --credentials Hash", "--credentials: 'Hash' is none of redact, hash and reveal"},
        {"-r a --credentials hash", "--credentials hash needs --hash-key FILE; make one with"},
        {"-r a --hash-key k", "--hash-key is of no use without --credentials hash"},
        {"-r a --credentials hash --hash-key=", "--hash-key: the name is empty"},
        {"-r a --credentials hash --hash-key /nonexistent/key",
         "--hash-key: /nonexistent/key: No such file or directory"},
        {"-r a --credentials hash --hash-key /tmp", "--hash-key: /tmp: Is a directory"},
        {"-r a --proxy mx.example", "--proxy: 'mx.example' is not a network such as 192.0.2.0/24"},
        {"-r a --proxy 192.0.2.1/24", "bits behind its prefix; did you mean 192.0.2.0/24?"},
        {"-r a --set HS-001.x=1", "--set: no rule is called 'HS-001'"},
        {"-r a --nonsense 1", "unknown or ambiguous option '--nonsense'"},
        {"-r a --ver", "unknown or ambiguous option '--ver'"},
        {"-r a --quiet=yes", "--quiet takes no value"},
        {"-r a -o json", "--output: 'json' is not FORMAT:TARGET"},
        {"-r a -o json:", "is not FORMAT:TARGET"},
        {"-r a -o :x", "is not FORMAT:TARGET"},
        {"-r a -o xml:-", "'xml' is no format; there are json and text"},
        {"-r a -o json:- -o text:-", "two outputs go to '-'"},
        {"-r - -r -", "--read: stdin can be read only once"},
        {"-r a -e nonsense", "--events: 'nonsense' is no kind of event"},
        {"-r a --ports smtp", "--ports: 'smtp' is not a list of ports"},
        {"-r a --memory 1M", "--memory: '1M' is too little, it takes at least 4M"},
        {"-r a --flow-key vlan,vrf", "--flow-key: 'vrf' is no part of a key"},
        {"-r a --flow-key vlan,", "--flow-key: '' is no part of a key"},
        {"-r a --idle-timeout 0", "--idle-timeout: '0' is not a number of seconds"},
        {"-r a -c /nonexistent/file", "/nonexistent/file: No such file or directory"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char line[120];
        snprintf(line, sizeof line, "%s", cases[i].line);
        struct options options;
        struct helo_error error;
        assert_false(parse(&options, line, &error));
        if (strstr(error.message, cases[i].says) == NULL)
            fail_msg("'%s': '%s' does not say '%s'", cases[i].line, error.message, cases[i].says);
        assert_null(strchr(error.message, '\n'));
        options_free(&options);
    }
}

static void interfaces_are_watched_promiscuously_and_whole_unless_told(void **state)
{
    (void)state;
    struct options options;
    GOOD(&options, "-i eth0 -i eth1 port 25");
    assert_int_equal(options.interface_count, 2);
    assert_string_equal(options.interfaces[0], "eth0");
    assert_string_equal(options.interfaces[1], "eth1");
    assert_string_equal(options.filter, "port 25");
    assert_true(options.live.promiscuous);
    assert_int_equal(options.live.snaplen, 262144);
    assert_int_equal(options.live.buffer, 16 << 20);
    assert_int_equal(options.stats_interval, 60 * HELO_SECOND);
    assert_null(options.user);
    options_free(&options);
    GOOD(&options, "-i any --no-promisc --snaplen 64 --buffer 1G --stats-interval 5 --user nobody");
    assert_false(options.live.promiscuous);
    assert_int_equal(options.live.snaplen, 64);
    assert_int_equal(options.live.buffer, 1 << 30);
    assert_int_equal(options.stats_interval, 5 * HELO_SECOND);
    assert_string_equal(options.user, "nobody");
    options_free(&options);
}

static void the_command_line_replaces_a_files_captures_and_interfaces(void **state)
{
    (void)state;
    char line[200];
    struct options options;
    struct helo_error error;
    assert_true(parse_config(&options, "interface = eth0\ninterface = eth1", "", &error, line));
    assert_int_equal(options.interface_count, 2);
    options_free(&options);
    assert_true(parse_config(&options, "interface = eth0", " -i eth1 -i eth2", &error, line));
    assert_int_equal(options.interface_count, 2);
    assert_string_equal(options.interfaces[0], "eth1");
    options_free(&options);
    assert_true(parse_config(&options, "interface = eth0", " -r a", &error, line));
    assert_int_equal(options.interface_count, 0);
    assert_int_equal(options.read_count, 1);
    options_free(&options);
    assert_true(parse_config(&options, "read = a", " -i eth0", &error, line));
    assert_int_equal(options.interface_count, 1);
    assert_int_equal(options.read_count, 0);
    options_free(&options);
    assert_false(parse_config(&options, "read = a\ninterface = eth0", "", &error, line));
    assert_non_null(strstr(error.message, "-r and -i can't go together"));
    options_free(&options);
}

static void help_and_version_need_no_capture(void **state)
{
    (void)state;
    struct options options;
    GOOD(&options, "--help");
    assert_int_equal(options.action, OPTIONS_HELP);
    options_free(&options);
    GOOD(&options, "-V");
    assert_int_equal(options.action, OPTIONS_VERSION);
    options_free(&options);
}

static void the_help_names_every_row_of_the_table(void **state)
{
    (void)state;
    char *text;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    options_help(to);
    fclose(to);
    for (size_t i = 0; i < ROWS; i++) {
        char name[60];
        snprintf(name, sizeof name, " --%s%s%s ", rows[i].name, rows[i].argument ? " " : "",
                 rows[i].argument ? rows[i].argument : "");
        assert_non_null(strstr(text, name));
    }
    size_t column = 0;
    for (const char *at = text; *at != '\0'; at++) {
        column = *at == '\n' ? 0 : column + 1;
        assert_true(column <= 90);
    }
    free(text);
}

static void a_configuration_file_sets_every_key(void **state)
{
    (void)state;
    char line[200];
    struct options options;
    struct helo_error error;
    assert_true(parse_config(&options,
                             "# heloscope\n"
                             "read = a.pcap\n"
                             "read = b#1.pcap # the second\n"
                             "\n"
                             "  output=text:out.txt\t\r\n"
                             "events = +exchange,-tls\n"
                             "ports = 25\n"
                             "memory = 1G\n"
                             "idle-timeout = 30\n"
                             "sensor = mx one\n"
                             "checksums = yes\n"
                             "quiet = on\n"
                             "verbose = true",
                             "", &error, line));
    assert_int_equal(options.read_count, 2);
    assert_string_equal(options.reads[1], "b#1.pcap");
    assert_int_equal(options.output_count, 1);
    assert_string_equal(options.outputs[0].target, "out.txt");
    assert_int_equal(options.datasets, (DEFAULTS | BIT(EXCHANGE)) & ~BIT(TLS));
    assert_int_equal(options.engine.port_count, 1);
    assert_int_equal(options.engine.memory_cap, 1u << 30);
    assert_int_equal(options.engine.idle_timeout, 30 * HELO_SECOND);
    assert_string_equal(options.sensor, "mx one");
    assert_true(options.engine.verify_checksums && options.quiet && options.verbose);
    options_free(&options);
}

static void every_key_but_three_may_stand_in_a_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        struct options options = {0};
        struct helo_error error = {""};
        options_set(&options, rows[i].name, "", &error);
        bool refused = strstr(error.message, "can't stand in a configuration file") != NULL;
        bool is_no_key = strcmp(rows[i].name, "sandbox-check") == 0 ||
                         strcmp(rows[i].name, "config") == 0 || strcmp(rows[i].name, "help") == 0 ||
                         strcmp(rows[i].name, "version") == 0;
        assert_int_equal(refused, is_no_key);
        options_free(&options);
    }
}

static void the_command_line_wins_over_the_file_wherever_c_stands(void **state)
{
    (void)state;
    static const char file[] = "read = a\nread = b\noutput = json:x\nevents = session\n"
                               "memory = 1G\nquiet = yes\n";
    char line[200];
    struct options options;
    struct helo_error error;
    assert_true(parse_config(&options, file, "-r c --read d -o text:y -e +auth --memory 8M port 25",
                             &error, line));
    assert_int_equal(options.read_count, 2);
    assert_string_equal(options.reads[0], "c");
    assert_string_equal(options.reads[1], "d");
    assert_int_equal(options.output_count, 1);
    assert_string_equal(options.outputs[0].target, "y");
    assert_int_equal(options.datasets, BIT(SESSION) | BIT(AUTH));
    assert_int_equal(options.engine.memory_cap, 8u << 20);
    assert_true(options.quiet);
    assert_string_equal(options.filter, "port 25");
    options_free(&options);

    char path[40];
    write_config(path, file, strlen(file));
    snprintf(line, sizeof line, "--memory 8M -r c --config=%s", path);
    parse_good(&options, line);
    assert_int_equal(options.engine.memory_cap, 8u << 20);
    assert_int_equal(options.read_count, 1);
    options_free(&options);
    unlink(path);
}

static void a_byte_order_mark_is_no_part_of_the_first_key(void **state)
{
    (void)state;
    char line[200];
    struct options options;
    struct helo_error error;
    assert_true(parse_config(&options, "\xef\xbb\xbfmemory = 8M\n", "-r a", &error, line));
    assert_int_equal(options.engine.memory_cap, 8u << 20);
    options_free(&options);
    assert_false(
        parse_config(&options, "quiet = yes\n\xef\xbb\xbfmemory = 8M\n", "-r a", &error, line));
    assert_non_null(strstr(error.message, ":2: unknown key"));
    options_free(&options);
}

static void a_mistake_in_a_file_is_told_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *content;
        const char *says;
    } cases[] = {
        {"\n# x\nmemory = 3\n", ":3: memory: '3' is too little"},
        {"memory\n", ":1: 'memory' is not KEY = VALUE"},
        {"read = a\nmem = 5M\n", ":2: unknown key 'mem'"},
        {"Memory = 5M", ":1: unknown key 'Memory'"},
        {"= 5M", ":1: unknown key ''"},
        {"config = other\n", ":1: config can't stand in a configuration file"},
        {"help = yes\n", ":1: help can't stand in a configuration file"},
        {"checksums = maybe\n", ":1: checksums: 'maybe' is neither yes nor no"},
        {"checksums =\n", ":1: checksums: '' is neither yes nor no"},
        {"sensor = # none\n", ":1: sensor: the name is empty"},
        {"read =\n", ":1: read: the name is empty"},
        {"output = json:-\noutput = text:-\n", ":2: output: two outputs go to '-'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char line[200];
        struct options options;
        struct helo_error error;
        assert_false(parse_config(&options, cases[i].content, "-r a", &error, line));
        assert_int_equal(strncmp(error.message, "/tmp/heloscope-config-", 22), 0);
        if (strstr(error.message, cases[i].says) == NULL)
            fail_msg("'%s' does not say '%s'", error.message, cases[i].says);
        options_free(&options);
    }
}

static void what_is_no_configuration_file_is_refused(void **state)
{
    (void)state;
    char *large = malloc(MOST_OCTETS + 1);
    memset(large, '\n', MOST_OCTETS + 1);
    const struct {
        const char *content;
        size_t len;
        const char *says; /* NULL: taken */
    } cases[] = {
        {"read\0 = a", 9, "not a text file"},
        {large, MOST_OCTETS, NULL},
        {large, MOST_OCTETS + 1, "too large"},
        {"", 0, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char path[40];
        write_config(path, cases[i].content, cases[i].len);
        char line[200];
        snprintf(line, sizeof line, "-r a -c %s", path);
        struct options options;
        struct helo_error error;
        bool good = parse(&options, line, &error);
        unlink(path);
        assert_int_equal(good, cases[i].says == NULL);
        if (!good)
            assert_non_null(strstr(error.message, cases[i].says));
        options_free(&options);
    }
    free(large);
    struct options options;
    struct helo_error error;
    assert_false(parse(&options, (char[]){"-r a -c /tmp"}, &error));
    assert_string_equal(error.message, "/tmp: Is a directory");
    options_free(&options);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_capture_alone_gets_every_default),
        cmocka_unit_test(every_option_does_its_work_in_both_forms),
        cmocka_unit_test(the_flow_key_takes_vlan_and_vni),
        cmocka_unit_test(remaining_words_are_the_filter_wherever_they_stand),
        cmocka_unit_test(lists_of_events_replace_or_change_the_choice),
        cmocka_unit_test(sizes_take_units_and_refuse_what_does_not_fit),
        cmocka_unit_test(seconds_are_whole_and_within_a_year),
        cmocka_unit_test(ports_are_a_list_without_repeats_and_within_their_number),
        cmocka_unit_test(networks_are_prefixes_of_both_families),
        cmocka_unit_test(a_network_with_bits_behind_its_prefix_is_refused_with_the_one_meant),
        cmocka_unit_test(proxies_replace_the_private_networks_and_add_up),
        cmocka_unit_test(the_number_of_proxies_is_bounded),
        cmocka_unit_test(a_key_is_a_file_without_its_line_end),
        cmocka_unit_test(credentials_reach_engine_and_report),
        cmocka_unit_test(wrong_usage_is_told_in_one_line),
        cmocka_unit_test(interfaces_are_watched_promiscuously_and_whole_unless_told),
        cmocka_unit_test(the_command_line_replaces_a_files_captures_and_interfaces),
        cmocka_unit_test(help_and_version_need_no_capture),
        cmocka_unit_test(the_help_names_every_row_of_the_table),
        cmocka_unit_test(a_configuration_file_sets_every_key),
        cmocka_unit_test(every_key_but_three_may_stand_in_a_file),
        cmocka_unit_test(the_command_line_wins_over_the_file_wherever_c_stands),
        cmocka_unit_test(a_byte_order_mark_is_no_part_of_the_first_key),
        cmocka_unit_test(a_mistake_in_a_file_is_told_with_its_line),
        cmocka_unit_test(what_is_no_configuration_file_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
