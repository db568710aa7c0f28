/* The SASL mechanisms that SMTP servers offer, one decoder each. */
#ifndef SMTP_SASL_MECHANISM_H
#define SMTP_SASL_MECHANISM_H

#include "smtp/sasl/state.h"

/* The decoder for a mechanism's name, letters in any case; never NULL: unknown ones have a decoder
 * that takes every answer for a secret. */
const struct mechanism *mechanism_find(struct helo_slice name);

/* True if there is a decoder of this very name, or the name is one of a family's: SCRAM with a hash
 * of the SHA kind. */
bool mechanism_is_known(struct helo_slice name);

/* plain.c: mechanisms of one answer. */
unsigned plain_response(struct sasl *sasl, struct helo_slice answer);
unsigned external_response(struct sasl *sasl, struct helo_slice answer);
unsigned anonymous_response(struct sasl *sasl, struct helo_slice answer);
unsigned other_response(struct sasl *sasl, struct helo_slice answer);
unsigned other_challenge(struct sasl *sasl, struct helo_slice text, struct helo_challenge *to);

/* login.c */
unsigned login_response(struct sasl *sasl, struct helo_slice answer);
unsigned login_challenge(struct sasl *sasl, struct helo_slice text, struct helo_challenge *to);
bool login_not_base64(struct sasl *sasl, struct helo_slice text, struct helo_challenge *to);

/* cram.c */
unsigned cram_response(struct sasl *sasl, struct helo_slice answer);
unsigned cram_challenge(struct sasl *sasl, struct helo_slice text, struct helo_challenge *to);

/* digest.c */
unsigned digest_response(struct sasl *sasl, struct helo_slice answer);
unsigned digest_challenge(struct sasl *sasl, struct helo_slice text, struct helo_challenge *to);

/* scram.c */
unsigned scram_response(struct sasl *sasl, struct helo_slice answer);
unsigned scram_challenge(struct sasl *sasl, struct helo_slice text, struct helo_challenge *to);

/* ntlm.c: also what SPNEGO carries. */
bool ntlm_is(struct helo_slice token);
unsigned ntlm_response(struct sasl *sasl, struct helo_slice answer);
unsigned ntlm_challenge(struct sasl *sasl, struct helo_slice text, struct helo_challenge *to);
bool ntlm_not_base64(struct sasl *sasl, struct helo_slice text, struct helo_challenge *to);

/* gss.c */
unsigned gss_response(struct sasl *sasl, struct helo_slice answer);
unsigned gss_challenge(struct sasl *sasl, struct helo_slice text, struct helo_challenge *to);
unsigned kerberos4_response(struct sasl *sasl, struct helo_slice answer);
unsigned kerberos4_challenge(struct sasl *sasl, struct helo_slice text, struct helo_challenge *to);

/* oauth.c */
unsigned xoauth2_response(struct sasl *sasl, struct helo_slice answer);
unsigned oauthbearer_response(struct sasl *sasl, struct helo_slice answer);
unsigned oauth_challenge(struct sasl *sasl, struct helo_slice text, struct helo_challenge *to);

#endif
