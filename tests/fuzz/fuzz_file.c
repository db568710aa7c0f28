/* Fuzz target: capture files, pcap and pcapng, plain and compressed, through the public API. What
 * can't be read is refused in one line; what can goes through an engine. */
#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

#include "../support/sound.h"
#include "heloscope/capture.h"
#include "heloscope/heloscope.h"

#define PACKETS 2000

struct run {
    struct helo_engine *engine;
    uint64_t packets;
};

static void drop_event(void *context, const struct helo_event *event)
{
    (void)context;
    (void)event;
}

static bool on_packet(void *context, const struct helo_packet *packet)
{
    struct run *run = context;
    fuzz_must(packet->number == ++run->packets, "packets that are not numbered in order");
    fuzz_look((struct helo_slice){packet->data, packet->captured});
    helo_engine_packet(run->engine, packet);
    return run->packets < PACKETS;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int file = -1;
    static char path[64];
    const char *paths[] = {path};
    struct helo_capture *capture;
    struct helo_capture_progress progress;
    struct helo_config config;
    struct helo_error error = {""};
    struct run run = {0};
    if (file < 0) {
        file = memfd_create("capture", 0);
        snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    }
    fuzz_must(ftruncate(file, 0) == 0 && pwrite(file, data, size, 0) == (ssize_t)size,
              "no room for a file");
    if (helo_capture_open_files(paths, 1, NULL, &capture, &error) != HELO_OK) {
        fuzz_must(capture == NULL, "refused, and opened");
        fuzz_sound(sound_message(error.message));
        return 0;
    }
    helo_config_init(&config);
    config.memory_cap = UINT64_C(8) << 20;
    fuzz_must(helo_engine_new(&config, drop_event, NULL, &run.engine, &error) == HELO_OK,
              "no engine");
    if (helo_capture_run(capture, on_packet, &run, &error) != HELO_OK)
        fuzz_sound(sound_message(error.message));
    helo_capture_progress(capture, &progress);
    fuzz_must(progress.packets == run.packets, "packets that were not counted");
    helo_engine_flush(run.engine);
    helo_engine_free(run.engine);
    helo_capture_close(capture);
    return 0;
}
