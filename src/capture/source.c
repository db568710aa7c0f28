/* One stored capture as a FILE that libpcap can read: opened, recognised, unpacked. */
#include "capture/source.h"

#include "base/limits.h"
#include "capture/fault.h"
#include "capture/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct source {
    int fd;
    bool regular; /* a read does not wait for anybody */
    bool direct;  /* stdio reads the descriptor itself */
    off_t begin;  /* of a regular file: where it was when it was handed over */
    const volatile sig_atomic_t *stop;
    uint64_t read_bytes;
    bool ended;        /* the file as stored has been read to its end */
    char failure[160]; /* empty: none */
    enum unpack_kind kind;
    struct unpack *unpack; /* NULL: plain */
    const uint8_t *packed_at;
    const uint8_t *packed_end;
    size_t head_at; /* octets of head that are read */
    size_t head_len;
    uint8_t packed[LIMIT_CAPTURE_PACKED];
    uint8_t head[LIMIT_CAPTURE_HEAD];
    char buffer[LIMIT_CAPTURE_BUFFER];
};

/* Waits until a pipe has something to read; false when the run was stopped meanwhile. */
static bool wait_readable(const struct source *source)
{
    struct pollfd wanted = {.fd = source->fd, .events = POLLIN};
    int ready;
    do {
        if (*source->stop)
            return false;
        ready = poll(&wanted, 1, LIMIT_CAPTURE_POLL_MILLISECONDS);
    } while (ready == 0 || (ready < 0 && errno == EINTR));
    return true;
}

/* Reads octets as they are stored; 0 at the end, when stopped, and when reading fails, which is
 * then noted. */
static size_t read_stored(struct source *source, uint8_t *to, size_t size)
{
    ssize_t got = -1;
    while (!source->ended && got < 0) {
        if (!source->regular && !wait_readable(source))
            return 0;
        got = read(source->fd, to, size);
        if (got < 0 && errno != EINTR && errno != EAGAIN) {
            snprintf(source->failure, sizeof source->failure, "reading failed: %s",
                     strerror(errno));
            source->ended = true;
        }
    }
    if (got <= 0) {
        source->ended = true;
        return 0;
    }
    source->read_bytes += (uint64_t)got;
    return (size_t)got;
}

/* Makes sure that there are packed octets, or that there are no more. */
static void refill(struct source *source)
{
    if (source->packed_at < source->packed_end)
        return;
    source->packed_at = source->packed;
    source->packed_end = source->packed + read_stored(source, source->packed, LIMIT_CAPTURE_PACKED);
}

static size_t read_plain(struct source *source, uint8_t *to, size_t size)
{
    size_t ahead = (size_t)(source->packed_end - source->packed_at);
    if (ahead == 0)
        return read_stored(source, to, size);
    size_t n = ahead < size ? ahead : size;
    memcpy(to, source->packed_at, n);
    source->packed_at += n;
    return n;
}

static size_t read_packed(struct source *source, uint8_t *to, size_t size)
{
    while (source->failure[0] == '\0') {
        refill(source);
        const uint8_t *before = source->packed_at;
        size_t written;
        const char *damage =
            unpack_step(source->unpack, &source->packed_at, source->packed_end, to, size, &written);
        if (damage != NULL)
            snprintf(source->failure, sizeof source->failure, "the %s data are damaged (%s)",
                     unpack_name(source->kind), damage);
        if (written > 0)
            return written;
        if (damage != NULL || source->packed_at != before)
            continue;
        if (source->packed_at < source->packed_end) {
            snprintf(source->failure, sizeof source->failure, "the %s data make no progress",
                     unpack_name(source->kind));
        } else if (source->ended && !unpack_may_end(source->unpack)) {
            snprintf(source->failure, sizeof source->failure,
                     "truncated: the %s data end in the middle", unpack_name(source->kind));
        } else if (source->ended || *source->stop) {
            return 0;
        }
    }
    return 0;
}

/* Reads unpacked content; 0 at the end or at a failure. */
static size_t read_content(struct source *source, uint8_t *to, size_t size)
{
    return source->unpack == NULL ? read_plain(source, to, size) : read_packed(source, to, size);
}

size_t source_peek(struct source *source, size_t want, const uint8_t **head)
{
    while (source->head_len < want && source->head_len < LIMIT_CAPTURE_HEAD) {
        size_t got = read_content(source, source->head + source->head_len,
                                  LIMIT_CAPTURE_HEAD - source->head_len);
        if (got == 0)
            break;
        source->head_len += got;
    }
    *head = source->head;
    return source->head_len;
}

/* fopencookie's read: the octets looked at first, then the rest. */
static ssize_t cookie_read(void *cookie, char *to, size_t size)
{
    struct source *source = cookie;
    size_t ahead = source->head_len - source->head_at;
    if (ahead > 0) {
        size_t n = ahead < size ? ahead : size;
        memcpy(to, source->head + source->head_at, n);
        source->head_at += n;
        return (ssize_t)n;
    }
    size_t got = read_content(source, (uint8_t *)to, size);
    if (got == 0 && source->failure[0] != '\0') {
        errno = EIO;
        return -1;
    }
    return (ssize_t)got;
}

/* A plain file is read by stdio itself, from its beginning: a cookie costs a twentieth of a run. */
static FILE *stored_file(struct source *source)
{
    int fd = fcntl(source->fd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0)
        return NULL;
    FILE *file = lseek(fd, source->begin, SEEK_SET) == source->begin ? fdopen(fd, "r") : NULL;
    if (file == NULL)
        close(fd);
    else
        source->direct = true;
    return file;
}

FILE *source_file(struct source *source)
{
    FILE *file = NULL;
    if (source->regular && source->kind == UNPACK_PLAIN)
        file = stored_file(source);
    if (file == NULL)
        file = fopencookie(source, "r", (cookie_io_functions_t){.read = cookie_read});
    if (file == NULL)
        return NULL;
    setvbuf(file, source->buffer, _IOFBF, sizeof source->buffer);
    /* One thread reads it; libpcap's two fread calls per packet need no locks. */
    __fsetlocking(file, FSETLOCKING_BYCALLER);
    return file;
}

/* Opens the descriptor; refuses what can't hold a capture. */
int source_open_plainly(void *context, const char *path)
{
    (void)context;
    return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
}

static enum helo_status open_stored(struct source *source, const char *path,
                                    const struct source_opener *opener, struct helo_error *error)
{
    if (strcmp(path, "-") == 0) {
        source->fd = STDIN_FILENO;
        if (isatty(source->fd))
            return fault_set(error, path, "is a terminal; pipe or redirect a capture into it");
    } else {
        do {
            source->fd = opener->open(opener->context, path);
        } while (source->fd < 0 && errno == EINTR && !*source->stop);
    }
    struct stat about;
    if (source->fd < 0 || fstat(source->fd, &about) != 0)
        return fault_set(error, path, "can't be opened: %s", strerror(errno));
    if (S_ISDIR(about.st_mode))
        return fault_set(error, path, "is a directory; name the capture files in it");
    source->begin = lseek(source->fd, 0, SEEK_CUR);
    source->regular = S_ISREG(about.st_mode) && source->begin >= 0;
    return HELO_OK;
}

/* Looks at the stored octets and makes the unpacker that they need. */
static enum helo_status recognise(struct source *source, const char *path, struct helo_error *error)
{
    source->packed_at = source->packed;
    source->packed_end = source->packed;
    size_t got = 0;
    while (source->packed_end - source->packed < UNPACK_MAGIC) {
        uint8_t *end = source->packed + (source->packed_end - source->packed);
        got = read_stored(source, end, (size_t)(source->packed + LIMIT_CAPTURE_PACKED - end));
        if (got == 0)
            break;
        source->packed_end += got;
    }
    if (source->failure[0] != '\0')
        return fault_set(error, path, "%s", source->failure);
    source->kind = unpack_kind_of(source->packed, (size_t)(source->packed_end - source->packed));
    if (source->kind == UNPACK_PLAIN)
        return HELO_OK;
    source->unpack = unpack_new(source->kind);
    if (source->unpack == NULL) {
        fault_set(error, path, "out of memory");
        return HELO_ERROR_MEMORY;
    }
    return HELO_OK;
}

enum helo_status source_open(const char *path, const volatile sig_atomic_t *stop,
                             const struct source_opener *opener, struct source **source,
                             struct helo_error *error)
{
    *source = NULL;
    struct source *made = calloc(1, sizeof *made);
    if (made == NULL) {
        fault_set(error, path, "out of memory");
        return HELO_ERROR_MEMORY;
    }
    made->fd = -1;
    made->stop = stop;
    enum helo_status status = open_stored(made, path, opener, error);
    if (status == HELO_OK)
        status = recognise(made, path, error);
    if (status != HELO_OK) {
        source_close(made);
        return status;
    }
    *source = made;
    return HELO_OK;
}

bool source_is_stored(const struct source *source)
{
    return source->direct;
}

const char *source_failure(const struct source *source)
{
    return source->failure[0] != '\0' ? source->failure : NULL;
}

uint64_t source_read_bytes(const struct source *source)
{
    if (source->direct)
        return (uint64_t)(lseek(source->fd, 0, SEEK_CUR) - source->begin);
    return source->read_bytes;
}

void source_close(struct source *source)
{
    if (source == NULL)
        return;
    if (source->fd > STDIN_FILENO)
        close(source->fd);
    unpack_free(source->unpack);
    free(source);
}
