/* The AUTH exchange at hand (RFC 4954): from the command to the reply that ends it. */
#ifndef SMTP_AUTH_H
#define SMTP_AUTH_H

#include "heloscope/event.h"
#include "smtp/line.h"

struct smtp_session;

/* True if the word is a mechanism's name for certain, as we or the server know it, and no secret in
 * its place. */
bool auth_may_tell(const struct smtp_session *session, struct helo_slice mechanism);

/* AUTH was sent with this mechanism and, if has_initial, this initial response. */
void auth_begin(struct smtp_session *session, struct helo_slice mechanism,
                struct helo_slice initial, bool has_initial, helo_time time);

/* The client answered a 334. */
void auth_response(struct smtp_session *session, struct helo_slice line);

/* A 334 came; text as it stood in the reply. */
void auth_challenge(struct smtp_session *session, struct helo_slice text, helo_time latency);

/* Lines of the exchange may be missing. */
void auth_gap(struct smtp_session *session);

/* The final reply came. */
void auth_answer(struct smtp_session *session, const struct helo_reply *reply, helo_time time);

/* No final reply can come any more: the connection is over or the dialogue went on. hidden: a gap
 * may have held it. */
void auth_break_off(struct smtp_session *session, bool hidden, helo_time time);

/* What a final reply means (docs/events.md, smtp.auth.result). */
enum helo_auth_result auth_result_of(const struct helo_reply *reply, bool cancelled);

/* Frees the exchange untold. */
void auth_free(struct smtp_session *session);

#endif
