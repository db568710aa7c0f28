/* Reads the values that options take. Each returns false with the reason in *why. */
#ifndef CLI_VALUES_H
#define CLI_VALUES_H

#include "heloscope/heloscope.h"
#include "heloscope/report.h"

/* yes, no, true, false, on, off. */
bool value_flag(const char *text, bool *flag, struct helo_error *why);

/* A number from least to most. */
bool value_number(const char *text, uint64_t least, uint64_t most, uint64_t *number,
                  struct helo_error *why);

/* 1 to most seconds. */
bool value_seconds(const char *text, uint64_t most, helo_time *time, struct helo_error *why);

/* Octets, with K, M or G for powers of 1,024; at least least. */
bool value_size(const char *text, uint64_t least, uint64_t *size, struct helo_error *why);

/* Ports with commas between them; repeated ones count once. */
bool value_ports(const char *text, uint16_t ports[HELO_MAX_PORTS], size_t *count,
                 struct helo_error *why);

/* What tells connections apart besides addresses and ports: vlan, vni, with a comma between them.
 */
bool value_flow_key(const char *text, bool *vlan, bool *vni, struct helo_error *why);

/* A network such as 192.0.2.0/24 or 2001:db8::/32; an address alone is a network of its own. */
bool value_network(const char *text, struct helo_network *network, struct helo_error *why);

/* redact, hash, reveal. */
bool value_credentials(const char *text, enum helo_credentials *credentials,
                       struct helo_error *why);

/* Names of datasets with commas between them, or "all"; +name and -name change *datasets, a list
 * that begins with a plain name replaces it. */
bool value_datasets(const char *text, helo_dataset_set *datasets, struct helo_error *why);

/* FORMAT:TARGET; *target points into text. */
bool value_output(const char *text, enum helo_format *format, const char **target,
                  struct helo_error *why);

#endif
