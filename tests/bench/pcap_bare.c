/* The reference of all ratios: pcap_loop over a file with a callback that does nothing. */
#include <pcap/pcap.h>
#include <stdio.h>

static void do_nothing(u_char *context, const struct pcap_pkthdr *header, const u_char *bytes)
{
    (void)context;
    (void)header;
    (void)bytes;
}

int main(int argc, char **argv)
{
    char reason[PCAP_ERRBUF_SIZE];
    if (argc != 2) {
        fprintf(stderr, "usage: pcap_bare FILE\n");
        return 2;
    }
    pcap_t *capture = pcap_open_offline(argv[1], reason);
    if (capture == NULL) {
        fprintf(stderr, "pcap_bare: %s\n", reason);
        return 1;
    }
    int result = pcap_loop(capture, 0, do_nothing, NULL);
    pcap_close(capture);
    return result == 0 ? 0 : 1;
}
