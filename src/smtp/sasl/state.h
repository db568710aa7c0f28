/* What is known of one AUTH exchange, and how the mechanisms add to it. */
#ifndef SMTP_SASL_STATE_H
#define SMTP_SASL_STATE_H

#include "base/limits.h"
#include "smtp/sasl/sasl.h"
#include "smtp/text.h"

/* A mechanism's decoder. Both functions get decoded octets and return enum sasl_oddity bits. */
struct mechanism {
    const char *name;  /* upper case; ends in '-' where it begins a family's names */
    uint32_t rounds;   /* most 334s of an honest exchange; 0: not known */
    bool server_first; /* an empty first challenge is none */
    bool reads_cut;    /* makes sense of a line that was cut at LIMIT_SASL_LINE */
    unsigned (*response)(struct sasl *sasl, struct helo_slice answer);
    unsigned (*challenge)(struct sasl *sasl, struct helo_slice text, struct helo_challenge *to);
    /* A challenge that is not Base64: true if servers of this mechanism are known to say it. */
    bool (*not_base64)(struct sasl *sasl, struct helo_slice text, struct helo_challenge *to);
};

enum state_detail {
    STATE_TOKEN,
    STATE_REALM,
    STATE_SERVICE,
    STATE_WORKSTATION,
    STATE_NETBIOS_DOMAIN,
    STATE_NETBIOS_HOST,
    STATE_HOST,
    STATE_BINDING,
    STATE_QOP,
    STATE_ALGORITHM,
    STATE_TRACE,
    STATE_DETAILS
};

/* LOGIN: what the next answer is. */
enum state_want { STATE_BY_POSITION, STATE_USERNAME, STATE_PASSWORD };

struct state_kept;

struct sasl {
    struct mem *mem;
    struct secrets *secrets; /* the dialogue's; NULL: none */
    const struct mechanism *mechanism;
    struct text name;
    struct text user;
    struct text domain;
    struct text authzid;
    struct text detail[STATE_DETAILS];
    uint32_t salt_length;
    uint16_t port;
    struct helo_challenge *challenges;
    uint32_t challenge_count;
    uint32_t challenge_size;
    struct state_kept *kept; /* the challenges' texts */
    uint32_t rounds;
    bool keeping; /* the challenge at hand is one of the first and its texts are kept */
    bool initial_response;
    bool cancelled;
    bool failed;
    bool exposed;
    bool lost;     /* positions no longer tell what an answer is */
    bool awaiting; /* a challenge has not been answered */
    bool cut;      /* the answer at hand goes on past LIMIT_SASL_LINE */
    /* For LOGIN and NTLM, which speak in several lines that need one another. */
    enum state_want want;
    bool user_seen;
    bool named;            /* a name that is not empty was given, if only memory could hold it */
    bool user_by_position; /* nobody asked for it by name */
    bool password_seen;
    uint32_t ntlm_flags;
    /* The last secret, all its parts joined; wiped when a newer one comes. */
    uint8_t *secret;
    size_t secret_len;
    bool secret_is_old;
    bool has_fingerprint;
    uint8_t fingerprint[32];
};

/* Replaces a name; at most LIMIT_STRING_KEPT octets are kept. */
void state_set(struct sasl *sasl, struct text *text, struct helo_slice value);

/* Adds to the secret of the answer at hand, and to the dialogue's secrets. */
void state_secret(struct sasl *sasl, struct helo_slice part);

/* Adds to the dialogue's secrets alone: nobody's password, but not to be told either. */
void state_private(struct sasl *sasl, struct helo_slice part);

/* As state_secret, for a secret that opens other sessions too: it counts as exposed and has a
 * digest. */
void state_reusable(struct sasl *sasl, struct helo_slice secret);

/* Copies a challenge's text for as long as the exchange lives, at most LIMIT_STRING_KEPT octets,
 * with what it repeats of secrets masked. Empty if it is not to be kept, or repeats the secret sent
 * before it. */
struct helo_slice state_keep(struct sasl *sasl, struct helo_slice text);

/* The same if text is one that a person can read; trailing NULs, which some prompts have, go. */
struct helo_slice state_keep_plain(struct sasl *sasl, struct helo_slice text);

/* Wipes and frees the secret. */
void state_wipe(struct sasl *sasl);

/* Frees the challenges' texts. */
void state_drop_kept(struct sasl *sasl);

#endif
