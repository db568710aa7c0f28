/* Events as JSON objects, member by member as docs/events.md lists them. */
#ifndef REPORT_JSON_EVENT_H
#define REPORT_JSON_EVENT_H

#include "heloscope/event.h"
#include "report/dataset.h"
#include "report/json.h"

/* Writes one event as a line, newline included. json is used as scratch. */
void json_event_write(struct json *json, struct line *line, const struct helo_event *event,
                      const struct event_context *context);

/* Writes the object `observer` for a sensor; interface NULL: left out. */
void json_event_observer(struct json *json, struct line *line, const char *sensor,
                         const char *interface);

/* The members of `smtp` for each dataset (see struct dataset). */
void json_event_session(struct json *json, const struct helo_event *event,
                        const struct event_context *context);
void json_event_exchange(struct json *json, const struct helo_event *event,
                         const struct event_context *context);
void json_event_auth(struct json *json, const struct helo_event *event,
                     const struct event_context *context);
void json_event_tls(struct json *json, const struct helo_event *event,
                    const struct event_context *context);
void json_event_message(struct json *json, const struct helo_event *event,
                        const struct event_context *context);
void json_event_anomaly(struct json *json, const struct helo_event *event,
                        const struct event_context *context);
void json_event_stats(struct json *json, const struct helo_event *event,
                      const struct event_context *context);

/* Members `rule` and `threat` of an anomaly, and, where it is of several sessions, what they share.
 */
void json_event_rule(struct json *json, const struct helo_anomaly *anomaly);
void json_event_shared(struct json *json, const struct helo_anomaly *anomaly);

/* An address as a member. */
void json_event_address(struct json *json, const char *key, const struct helo_endpoint *end);

/* Member `ip`, an array of addresses, each of them once. */
void json_event_addresses(struct json *json, const struct helo_endpoint *const ends[],
                          size_t count);

/* Member `session` with nothing but the id, for events within a session. */
void json_event_session_id(struct json *json, const struct helo_connection *connection);

/* Member `reply`; left out when there was none. */
void json_event_reply(struct json *json, const struct helo_reply *reply);

/* Member `user`, and `user` of the object `related`; left out when nobody is known. */
void json_event_user(struct json *json, const struct helo_auth *auth);
void json_event_related_user(struct json *json, const struct helo_auth *auth);

/* Member `tls` of a TLS event. */
void json_event_tls_facts(struct json *json, const struct helo_tls *tls);

/* Member `enhanced`; left out when there is none. */
void json_event_enhanced(struct json *json, struct helo_enhanced enhanced);

#endif
