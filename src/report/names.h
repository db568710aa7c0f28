/* The names under which events show the values of the enums. */
#ifndef REPORT_NAMES_H
#define REPORT_NAMES_H

#include "heloscope/event.h"

const char *name_of_side(enum helo_side side);
const char *name_of_phase(enum helo_phase phase);
const char *name_of_kind(enum helo_session_kind kind);
const char *name_of_close(enum helo_close_reason reason);
const char *name_of_outcome(enum helo_outcome outcome);
const char *name_of_message_result(enum helo_message_result result);
const char *name_of_challenge(enum helo_challenge_kind kind);
const char *name_of_goodbye(enum helo_tls_goodbye goodbye);
/* An alert's name (RFC 8446 section 6); NULL if it has none. */
const char *name_of_alert(uint8_t description);
/* "1.3"; NULL for what is none. */
const char *name_of_tls_version(uint16_t version);
const char *name_of_undecodable(enum helo_undecodable reason);
const char *name_of_tunnel(enum helo_tunnel_kind kind);

/* The class of a reply by its first digit (RFC 5321 section 4.2.1); NULL outside 200-599. */
const char *name_of_reply_class(uint16_t code);

#endif
