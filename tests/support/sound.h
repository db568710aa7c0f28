/* What every written line must be, whatever was on the wire: readable by machines and harmless to
 * terminals. Nothing here is shared with what writes the lines. */
#ifndef SUPPORT_SOUND_H
#define SUPPORT_SOUND_H

#include <stdbool.h>
#include <stddef.h>

/* Each returns NULL if all is well, else what is wrong: static.
 *
 * JSON lines: each ends with a newline, is one object (RFC 8259) and valid UTF-8, without raw
 * control characters, C1 ones included, and without what ends a line or turns text about for some
 * readers. event.sequence counts without a hole; the times of one session never go back, and the
 * numbers in its event.id always go on. */
const char *sound_json(const char *text, size_t length);

/* Text lines: the same characters are forbidden, but for colours (CSI … m) where colour is set. */
const char *sound_text(const char *text, size_t length, bool colour);

/* One line for a person, such as an error's message: neither a newline nor any of the above. */
const char *sound_message(const char *text);

/* Octets of the character at at (RFC 3629), its code point in *code; 0 if it is none. */
size_t sound_character(const unsigned char *at, size_t left, unsigned long *code);

#endif
