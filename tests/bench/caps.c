/* What attacks on memory do, for long: caps [PACKETS]. The cap holds, seen from the engine and from
 * the system, and honest sessions are told of as they were. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/attack.h"

#define PACKETS UINT64_C(1000000)
#define CAP     (UINT64_C(32) << 20)
/* Packets for each key of a rule. */
#define PER_KEY 3

int main(int argc, char **argv)
{
    uint64_t packets = argc > 1 ? strtoull(argv[1], NULL, 10) : PACKETS;
    bool bad = false;
    printf("cap %llu MiB%26s engine  process   honest      keys  per packet\n",
           (unsigned long long)(CAP >> 20), "");
    for (size_t i = 0; i < attack_count(); i++) {
        bool keys = strcmp(attack_name(i), "rule keys") == 0;
        struct attack_result result = attack_run(i, keys ? 10 * PER_KEY * packets : packets, CAP);
        const char *why = attack_verdict(&result, CAP);
        printf("%-28s %8llu %6.1f MiB %6.1f MiB %5llu/%llu %9llu %6llu ns%s%s\n", attack_name(i),
               (unsigned long long)result.packets, (double)result.most_used / (1 << 20),
               (double)result.resident / (1 << 20), (unsigned long long)result.right,
               (unsigned long long)result.honest, (unsigned long long)result.subjects,
               (unsigned long long)result.nanoseconds, why != NULL ? "  " : "",
               why != NULL ? why : "");
        fflush(stdout);
        bad |= why != NULL;
    }
    return bad;
}
