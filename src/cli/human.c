/* Numbers and times as people read them. */
#include "cli/human.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What is longer comes from a rate near zero, and must still fit an integer. */
#define MOST_SECONDS 1e12

struct human human_count(uint64_t count)
{
    char digits[21];
    int len = snprintf(digits, sizeof digits, "%" PRIu64, count);
    struct human human = {""};
    char *at = human.text;
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            *at++ = ',';
        *at++ = digits[i];
    }
    *at = '\0';
    return human;
}

struct human human_bytes(double bytes)
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    size_t unit = 0;
    while (bytes >= 1023.5 && unit + 1 < sizeof units / sizeof units[0]) {
        bytes /= 1024;
        unit++;
    }
    struct human human = {""};
    snprintf(human.text, sizeof human.text, "%.*f %s", unit > 0 && bytes < 9.95 ? 1 : 0, bytes,
             units[unit]);
    return human;
}

struct human human_duration(double seconds)
{
    struct human human = {""};
    if (!(seconds > 0))
        seconds = 0;
    if (seconds > MOST_SECONDS)
        seconds = MOST_SECONDS;
    if (seconds < 0.9995) {
        snprintf(human.text, sizeof human.text, "%.0f ms", seconds * 1000);
        return human;
    }
    if (seconds < 9.95) {
        snprintf(human.text, sizeof human.text, "%.1f s", seconds);
        return human;
    }
    uint64_t s = (uint64_t)(seconds + 0.5);
    if (s < 60)
        snprintf(human.text, sizeof human.text, "%" PRIu64 " s", s);
    else if (s < 3600)
        snprintf(human.text, sizeof human.text, "%" PRIu64 " min %" PRIu64 " s", s / 60, s % 60);
    else if (s < 86400)
        snprintf(human.text, sizeof human.text, "%" PRIu64 " h %" PRIu64 " min", s / 3600,
                 s / 60 % 60);
    else
        snprintf(human.text, sizeof human.text, "%" PRIu64 " d %" PRIu64 " h", s / 86400,
                 s / 3600 % 24);
    return human;
}

struct human human_plural(uint64_t count, const char *noun)
{
    struct human human = human_count(count);
    size_t len = strlen(human.text);
    snprintf(human.text + len, sizeof human.text - len, " %s%s", noun, count == 1 ? "" : "s");
    return human;
}
