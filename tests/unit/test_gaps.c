/* Of a capture with losses nothing untrue is said. */
#include "../support/campaign.h"
#include "../support/truth.h"
#include "group.h"

static struct impaired make(const struct campaign_case *given, uint64_t seed)
{
    return impair_lose(given->transcript, given->clean, seed);
}

static char *check(const struct campaign_case *given, const struct impaired *variant,
                   const struct run_result *result)
{
    (void)variant;
    return truth_violation(given->truth, result);
}

int main(void)
{
    static const struct campaign_pin pins[] = {
        {"auth_codes", 5833339562556401751u},
        {"auth_refused_then_password", 10074394680444848787u},
        {"auth_refused_then_password", 18047127398866254032u},
        {"auth_refused_then_password", 4598101762251265787u},
        {"close_421_after_silence", 8327342917652100175u},
        {"close_421_crosses_quit", 12224658194144575010u},
        {"close_421_crosses_quit", 14570987041208639023u},
        {"close_421_crosses_quit", 1586907483347200480u},
        {"close_421_crosses_quit", 9437698052554183393u},
        {"close_client_rst_data", 13968232172198829191u},
        {"close_server_fin_data", 12625779135053297200u},
        {"close_server_fin_data", 3061361955732263298u},
        {"close_server_fin_data", 5267919101504503933u},
        {"close_server_fin_envelope", 15294755579612037002u},
        {"close_server_fin_envelope", 4246771792089187408u},
        {"close_server_fin_envelope", 5068890720163515925u},
        {"close_server_fin_ready", 1502079169167683877u},
        {"close_server_fin_ready", 3161380041992384655u},
        {"greeting_521_ignored", 14179620570978242773u},
        {"mail_nested", 10209612037648455148u},
        {"mail_nested", 11147573412206591636u},
        {"mail_nested", 11320999359866795397u},
        {"noop_1200", 1724963580997997196u},
        {"pipelining_354_without_recipients", 6949596488294328787u},
        {"proxy_v2", 1168925736644439571u},
        {"replies_to_nothing_order", 850647857963442428u},
        {"replies_to_nothing_order", 9218607762829814054u},
        {"gap_reply", 13981089854838016845u},
        {"replies_to_nothing_order", 13794269112560942905u},
    };
    static const struct campaign campaign = {.name = "a lossy capture tells no lies",
                                             .seeds = 25,
                                             .pins = pins,
                                             .pin_count = sizeof pins / sizeof pins[0],
                                             .kind = "loss",
                                             .make = make,
                                             .check = check};
    return group_campaign(&campaign);
}
