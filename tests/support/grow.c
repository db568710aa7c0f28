/* Growing arrays for test code: running out of memory ends the test program. */
#include "grow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void out_of_memory(void)
{
    fprintf(stderr, "test support: out of memory\n");
    abort();
}

void *grow_array(void *array, size_t *capacity, size_t count, size_t element_size)
{
    if (count < *capacity)
        return array;
    size_t wanted = *capacity < 16 ? 16 : *capacity * 2;
    void *moved = realloc(array, wanted * element_size);
    if (moved == NULL)
        out_of_memory();
    *capacity = wanted;
    return moved;
}

void *grow_take(size_t size)
{
    void *block = calloc(1, size == 0 ? 1 : size);
    if (block == NULL)
        out_of_memory();
    return block;
}

char *grow_copy(const char *text, size_t length)
{
    char *copy = grow_take(length + 1);
    memcpy(copy, text, length);
    return copy;
}

char *grow_read_file(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return NULL;
    size_t capacity = 0, used = 0;
    char *buffer = NULL;
    for (;;) {
        buffer = grow_array(buffer, &capacity, used + 1, 1);
        size_t got = fread(buffer + used, 1, capacity - used - 1, file);
        if (got == 0)
            break;
        used += got;
    }
    fclose(file);
    buffer[used] = '\0';
    *length = used;
    return buffer;
}
