/* A small strict JSON reader (RFC 8259) for checking what the reports write. */
#ifndef SUPPORT_JTREE_H
#define SUPPORT_JTREE_H

#include <stdbool.h>
#include <stddef.h>

enum jtree_kind {
    JTREE_NULL,
    JTREE_FALSE,
    JTREE_TRUE,
    JTREE_NUMBER,
    JTREE_STRING,
    JTREE_ARRAY,
    JTREE_OBJECT
};

/* A value; text is a number as written or a string unescaped, children are linked by next. */
struct jtree {
    enum jtree_kind kind;
    char *key; /* of a member of an object, else NULL */
    char *text;
    size_t length; /* of text: strings may hold NUL */
    struct jtree *child;
    struct jtree *next;
};

/* Reads one value that fills the text but for white space. NULL if it is not JSON, nested deeper
 * than 32, or has a key twice in one object. Owned by the caller. */
struct jtree *jtree_parse(const char *text, size_t length);

/* Frees the value and all within; NULL is allowed. */
void jtree_free(struct jtree *value);

/* The value at a path of keys joined by dots; NULL when there is none. */
const struct jtree *jtree_at(const struct jtree *value, const char *path);

/* The string or number at the path as text; "" when there is none. */
const char *jtree_text(const struct jtree *value, const char *path);

/* The integer at the path; 0 when there is none. */
long long jtree_integer(const struct jtree *value, const char *path);

/* True if the path holds true. */
bool jtree_true(const struct jtree *value, const char *path);

/* Elements of an array or object; 0 for NULL. */
size_t jtree_count(const struct jtree *value);

/* True if actual has all that wanted says: objects may have more members, arrays have the same
 * number of elements, null stands for "not there". The keys of wanted may be dotted paths. */
bool jtree_covers(const struct jtree *actual, const struct jtree *wanted);

/* Writes the value compactly, members in their order; owned by the caller. */
char *jtree_write(const struct jtree *value);

/* The same without the members at count paths of keys joined by dots. */
char *jtree_write_without(const struct jtree *value, const char *const *paths, size_t count);

#endif
