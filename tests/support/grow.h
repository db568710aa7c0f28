/* Growing arrays for test code: running out of memory ends the test program. */
#ifndef SUPPORT_GROW_H
#define SUPPORT_GROW_H

#include <stddef.h>

/* Makes room for one more element: returns the (perhaps moved) array, *capacity in elements. */
void *grow_array(void *array, size_t *capacity, size_t count, size_t element_size);

/* malloc that does not return NULL, cleared. */
void *grow_take(size_t size);

/* An owned, NUL-terminated copy. */
char *grow_copy(const char *text, size_t length);

/* Reads a whole file into an owned buffer with a NUL after its end; NULL if it can't be read. */
char *grow_read_file(const char *path, size_t *length);

#endif
