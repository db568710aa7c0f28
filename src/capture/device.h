/* Network interfaces as the kernel knows them: which there are, what became of one. */
#ifndef CAPTURE_DEVICE_H
#define CAPTURE_DEVICE_H

#include "heloscope/live.h"

/* The kernel's number of an interface, which outlives a new name: 0 for "any", which stands for all
 * of them, -1 if there is none of that name. */
int device_index(const char *name);

/* Sets *error to "NAME: no such interface" and the names of those there are. Returns
 * HELO_ERROR_INPUT. */
enum helo_status device_missing(const char *name, struct helo_error *error);

/* The same by way of fd, any open socket, for a program that can make none any more. */
int device_index_by(const char *name, int fd);

/* What the interface of that name is to the kernel, an ARPHRD_ value; -1 if there is none. */
int device_kind(const char *name, int fd);

/* What became of the interface of that number; fd is any open socket. "any" is always up. */
enum helo_live_state device_state(int index, int fd);

#endif
