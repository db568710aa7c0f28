/* Writes Ethernet frames to a pcap file, with a large buffer: for failed tests and benchmarks. */
#include "pcapfile.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "grow.h"

#define BUFFER     (4u << 20)
#define MOST_FRAME 65536u

struct pcapfile {
    int descriptor;
    bool failed;
    size_t used;
    uint64_t written;
    uint8_t buffer[BUFFER + MOST_FRAME + 16];
};

static void flush(struct pcapfile *file)
{
    for (size_t done = 0; done < file->used && !file->failed;) {
        ssize_t wrote = write(file->descriptor, file->buffer + done, file->used - done);
        if (wrote < 0)
            file->failed = true;
        else
            done += (size_t)wrote;
    }
    file->used = 0;
}

static void put(struct pcapfile *file, const void *bytes, size_t length)
{
    memcpy(file->buffer + file->used, bytes, length);
    file->used += length;
    file->written += length;
}

struct pcapfile *pcapfile_create(const char *path)
{
    /* Magic, version 2.4 in one word of the host's order, two zeros, snap length, Ethernet. */
    uint32_t header[6] = {0xa1b2c3d4u, 0, 0, 0, MOST_FRAME, 1};
    uint16_t version[2] = {2, 4};
    int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (descriptor < 0)
        return NULL;
    struct pcapfile *file = grow_take(sizeof *file);
    file->descriptor = descriptor;
    memcpy(&header[1], version, sizeof version);
    put(file, header, sizeof header);
    return file;
}

uint64_t pcapfile_write(struct pcapfile *file, const uint8_t *frame, uint32_t length,
                        helo_time time)
{
    uint32_t header[4] = {(uint32_t)(time / HELO_SECOND),
                          (uint32_t)(time % HELO_SECOND / HELO_MICROSECOND), length, length};
    if (file->used >= BUFFER)
        flush(file);
    put(file, header, sizeof header);
    put(file, frame, length);
    return file->written;
}

bool pcapfile_close(struct pcapfile *file)
{
    flush(file);
    bool good = !file->failed;
    good &= close(file->descriptor) == 0;
    free(file);
    return good;
}
