/* What the results of AUTH are called in events. */
#ifndef EVENT_AUTH_RESULT_H
#define EVENT_AUTH_RESULT_H

#include "heloscope/event.h"

/* The word of smtp.auth.result, static. */
const char *auth_result_name(enum helo_auth_result result);

#endif
