/* Messages for people that quote what others wrote: names of files, arguments, lines of files. */
#ifndef BASE_MESSAGE_H
#define BASE_MESSAGE_H

/* Makes a message one line that does nothing to a terminal, in place: what controls one, ends a
 * line, turns text about or is no UTF-8 becomes question marks, one for each octet. */
void message_tidy(char *message);

#endif
