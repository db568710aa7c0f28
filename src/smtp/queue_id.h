/* The queue identifier that a server names when it takes a message. */
#ifndef SMTP_QUEUE_ID_H
#define SMTP_QUEUE_ID_H

#include "heloscope/types.h"

/* Finds it in the text of a 2xx reply to content; empty if the wording is not known. */
struct helo_slice queue_id_find(struct helo_slice text);

#endif
