/* Compiles BPF filters, with libpcap's reason for a person if one does not. */
#include "capture/filter.h"

#include "capture/fault.h"

enum helo_status filter_compile(pcap_t *pcap, const char *name, const char *filter,
                                struct bpf_program *program, struct helo_error *error)
{
    if (pcap_compile(pcap, program, filter, 1, PCAP_NETMASK_UNKNOWN) == 0)
        return HELO_OK;
    const char *type = pcap_datalink_val_to_name(pcap_datalink(pcap));
    return fault_set(error, name, "the filter '%s' does not compile for link type %s: %s", filter,
                     type != NULL ? type : "(unknown)", pcap_geterr(pcap));
}
